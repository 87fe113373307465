package alipay

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Errors of reading a key that a person pasted. Each has its own cure, so each
// is told apart.
var (
	ErrNotKey           = errors.New("not a key")
	ErrPublicAsPrivate  = errors.New("a public key where a private key belongs")
	ErrPrivateAsPublic  = errors.New("a private key where a public key belongs")
	ErrKeyTruncated     = errors.New("key cut short")
	ErrKeyTooShort      = fmt.Errorf("key shorter than %d bits", KeyBits)
	ErrKeyNotRSA        = errors.New("not an RSA key")
	ErrKeyEncrypted     = errors.New("key protected by a passphrase")
	ErrKeyDamaged       = errors.New("key damaged")
	ErrKeysDoNotMatch   = errors.New("the two keys are not a pair")
	ErrOwnKeyAsAlipays  = errors.New("the till's own public key where Alipay's belongs")
	errKeyUnreadable    = fmt.Errorf("%w: not base64 or PEM", ErrNotKey)
	errKeyOtherDocument = fmt.Errorf("%w: another document", ErrNotKey)
)

// GenerateKey makes a new private key for a till.
func GenerateKey() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, KeyBits) }

// FormatPrivateKey is the key as Alipay's tools write it: PKCS#8 in one line
// of base64.
func FormatPrivateKey(key *rsa.PrivateKey) string {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil { // only for kinds of key that *rsa.PrivateKey is not
		panic("alipay: " + err.Error())
	}
	return base64.StdEncoding.EncodeToString(der)
}

// FormatPublicKey is the key as the dashboard takes and shows it: X.509
// SubjectPublicKeyInfo in one line of base64.
func FormatPublicKey(key *rsa.PublicKey) string {
	return base64.StdEncoding.EncodeToString(publicDER(key))
}

// Fingerprint names a public key in 16 hex digits: the start of the SHA-256 of
// its X.509 form. It is for people to compare, and says nothing secret.
func Fingerprint(key *rsa.PublicKey) string {
	sum := sha256.Sum256(publicDER(key))
	return hex.EncodeToString(sum[:8])
}

func publicDER(key *rsa.PublicKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil { // only for kinds of key that *rsa.PublicKey is not
		panic("alipay: " + err.Error())
	}
	return der
}

// CheckPair says whether the two belong together: ErrKeysDoNotMatch if not.
func CheckPair(private *rsa.PrivateKey, public *rsa.PublicKey) error {
	if !private.PublicKey.Equal(public) {
		return ErrKeysDoNotMatch
	}
	return nil
}

// ParsePrivateKey reads an RSA private key: PEM or bare base64, PKCS#8 or
// PKCS#1, with any spaces and line breaks. The error is one of the errors of
// keys, and never holds a part of the text.
func ParsePrivateKey(text string) (*rsa.PrivateKey, error) {
	der, err := keyDER(text)
	if err != nil {
		return nil, err
	}
	var key *rsa.PrivateKey
	switch keyShape(der) {
	case shapePKCS8:
		parsed, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			return nil, ErrKeyDamaged
		}
		key = parsed.(*rsa.PrivateKey) // keyShape read its algorithm
	case shapePKCS1:
		if key, err = x509.ParsePKCS1PrivateKey(der); err != nil {
			return nil, ErrKeyDamaged
		}
	case shapePKIX, shapePublicPKCS1, shapePublicOther:
		return nil, ErrPublicAsPrivate
	case shapePrivateOther:
		return nil, ErrKeyNotRSA
	case shapeEncrypted:
		return nil, ErrKeyEncrypted
	default:
		return nil, errKeyOtherDocument
	}
	if key.N.BitLen() < KeyBits {
		return nil, ErrKeyTooShort
	}
	return key, nil
}

// ParsePublicKey reads an RSA public key: PEM or bare base64, X.509 or PKCS#1,
// with any spaces and line breaks. The error is one of the errors of keys.
func ParsePublicKey(text string) (*rsa.PublicKey, error) {
	der, err := keyDER(text)
	if err != nil {
		return nil, err
	}
	var key *rsa.PublicKey
	switch keyShape(der) {
	case shapePKIX:
		parsed, err := x509.ParsePKIXPublicKey(der)
		if err != nil {
			return nil, ErrKeyDamaged
		}
		key = parsed.(*rsa.PublicKey) // keyShape read its algorithm
	case shapePublicPKCS1:
		if key, err = x509.ParsePKCS1PublicKey(der); err != nil {
			return nil, ErrKeyDamaged
		}
	case shapePublicOther:
		return nil, ErrKeyNotRSA
	case shapePKCS8, shapePKCS1, shapePrivateOther, shapeEncrypted:
		return nil, ErrPrivateAsPublic
	default:
		return nil, errKeyOtherDocument
	}
	if key.N.BitLen() < KeyBits {
		return nil, ErrKeyTooShort
	}
	return key, nil
}

// longestKey bounds what is looked at: an RSA key of 16,384 bits in PEM is
// about 13,000 characters.
const longestKey = 32 << 10

// keyDER is the DER that a pasted text holds, whole: its outermost element is
// as long as it says.
func keyDER(text string) ([]byte, error) {
	if len(text) > longestKey {
		return nil, errKeyOtherDocument
	}
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	if strings.Contains(text, "-----BEGIN ") {
		if !strings.Contains(text, "-----END ") {
			return nil, ErrKeyTruncated
		}
		if strings.Contains(text, "Proc-Type: 4,ENCRYPTED") { // RFC 1421
			return nil, ErrKeyEncrypted
		}
		if block, _ := pem.Decode([]byte(text)); block != nil {
			return whole(block.Bytes)
		}
		// A PEM whose line breaks were lost in pasting is read as base64
		// between its two marks.
		_, after, _ := strings.Cut(text, "-----BEGIN ")
		_, after, _ = strings.Cut(after, "-----")
		text, _, _ = strings.Cut(after, "-----END ")
	}
	text = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\r', '\n':
			return -1
		}
		return r
	}, text)
	cut := strings.TrimRight(text, "=")
	if len(cut)%4 == 1 {
		cut = cut[:len(cut)-1] // six bits of a byte that is not there
	}
	der, err := base64.RawStdEncoding.DecodeString(cut)
	if err != nil || len(der) == 0 {
		return nil, errKeyUnreadable
	}
	return whole(der)
}

func whole(der []byte) ([]byte, error) {
	const sequence = 0x30
	if len(der) < 2 || der[0] != sequence {
		return nil, errKeyOtherDocument
	}
	length, header := int(der[1]), 2
	if length >= 0x80 {
		n := length & 0x7f
		if n == 0 || n > 3 {
			return nil, errKeyOtherDocument
		}
		if len(der) < 2+n {
			return nil, ErrKeyTruncated
		}
		length, header = 0, 2+n
		for _, b := range der[2 : 2+n] {
			length = length<<8 | int(b)
		}
	}
	switch {
	case len(der) < header+length:
		return nil, ErrKeyTruncated
	case len(der) > header+length:
		return nil, errKeyOtherDocument
	}
	return der, nil
}

// shape is what kind of key a DER is by its outline.
type shape int

const (
	shapeNone shape = iota
	shapePKCS8
	shapePKCS1
	shapePrivateOther
	shapeEncrypted
	shapePKIX
	shapePublicPKCS1
	shapePublicOther
)

// oidRSA is rsaEncryption, RFC 8017 appendix A.1.
var oidRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}

// keyShape tells the outlines of RFC 5208, 5280, 5915 and 8017 apart.
func keyShape(der []byte) shape {
	var parts []asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &parts); err != nil || len(rest) > 0 || len(parts) < 2 {
		return shapeNone
	}
	switch first, second := parts[0], parts[1]; first.Tag {
	case asn1.TagInteger:
		switch {
		case second.Tag == asn1.TagSequence && algorithm(second).Equal(oidRSA):
			return shapePKCS8
		case second.Tag == asn1.TagSequence && algorithm(second) != nil, second.Tag == asn1.TagOctetString:
			return shapePrivateOther
		case second.Tag == asn1.TagInteger && len(parts) == 2:
			return shapePublicPKCS1
		case second.Tag == asn1.TagInteger && len(parts) >= 9:
			return shapePKCS1
		}
	case asn1.TagSequence:
		switch {
		case algorithm(first) == nil || len(parts) != 2:
		case second.Tag == asn1.TagOctetString:
			return shapeEncrypted
		case second.Tag == asn1.TagBitString && algorithm(first).Equal(oidRSA):
			return shapePKIX
		case second.Tag == asn1.TagBitString:
			return shapePublicOther
		}
	}
	return shapeNone
}

// algorithm is the object identifier that an AlgorithmIdentifier begins with,
// or nil.
func algorithm(v asn1.RawValue) asn1.ObjectIdentifier {
	var id asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(v.Bytes, &id); err != nil {
		return nil
	}
	return id
}
