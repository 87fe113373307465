package alipay

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Algorithm is the only signature algorithm there is: RSASSA-PKCS1-v1_5 with
// SHA-256.
const Algorithm = "RSA256"

// Errors of a Signature header.
var (
	ErrNoSignature    = errors.New("no signature")
	ErrSignatureForm  = errors.New("signature header malformed")
	ErrAlgorithm      = errors.New("signature algorithm is not RSA256")
	ErrWrongSignature = errors.New("signature does not match")
)

// Signed is what a signature covers. Path holds the query, but no host. Time
// is the text of Request-Time for what is sent and for notifications, and of
// Response-Time for an answer; an answer is signed over the path of its
// request. Body is the exact bytes on the wire.
type Signed struct {
	Method   string // "POST"
	Path     string
	ClientID string
	Time     string
	Body     []byte
}

// SignatureString is the bytes that are signed:
//
//	METHOD PATH
//	CLIENT-ID.TIME.BODY
//
// Dots don't separate the parts unmistakably. That is harmless as long as the
// one who verifies requires a client id that it knows, a time that ParseTime
// reads, and a body that is JSON: then no other split of the same bytes passes.
func SignatureString(s Signed) []byte {
	b := make([]byte, 0, len(s.Method)+len(s.Path)+len(s.ClientID)+len(s.Time)+len(s.Body)+4)
	b = append(b, s.Method...)
	b = append(b, ' ')
	b = append(b, s.Path...)
	b = append(b, '\n')
	b = append(b, s.ClientID...)
	b = append(b, '.')
	b = append(b, s.Time...)
	b = append(b, '.')
	return append(b, s.Body...)
}

// Sign is the Signature header over s. An empty keyVersion leaves it out,
// which means the newest key of the client id. The error is a key that can't
// sign.
func Sign(key *rsa.PrivateKey, keyVersion string, s Signed) (string, error) {
	sum := sha256.Sum256(SignatureString(s))
	value, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return Signature{Algorithm, keyVersion, value}.String(), nil
}

// Verify checks a Signature header over s. The error is ErrNoSignature,
// ErrSignatureForm, ErrAlgorithm or ErrWrongSignature.
func Verify(key *rsa.PublicKey, header string, s Signed) error {
	sig, err := ParseSignature(header)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(SignatureString(s))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig.Value) != nil {
		return ErrWrongSignature
	}
	return nil
}

// Signature is a Signature header.
type Signature struct {
	Algorithm  string
	KeyVersion string // "" when the header left it out
	Value      []byte
}

// String is the header's text.
func (s Signature) String() string {
	text := "algorithm=" + s.Algorithm
	if s.KeyVersion != "" {
		text += ",keyVersion=" + s.KeyVersion
	}
	return text + ",signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(s.Value))
}

// ParseSignature reads a Signature header. Parts come in any order, spaces
// around them don't matter, unknown parts are ignored; a part that comes twice,
// or a value that is not base64, is ErrSignatureForm, an algorithm other than
// RSA256 is ErrAlgorithm, and an empty header or value is ErrNoSignature.
func ParseSignature(header string) (Signature, error) {
	if strings.TrimSpace(header) == "" {
		return Signature{}, ErrNoSignature
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(header, ",") {
		name, value, ok := strings.Cut(part, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if _, twice := parts[name]; !ok || twice {
			return Signature{}, ErrSignatureForm
		}
		parts[name] = value
	}
	s := Signature{Algorithm: parts["algorithm"], KeyVersion: parts["keyVersion"]}
	if s.Algorithm != Algorithm {
		return Signature{}, ErrAlgorithm
	}
	// PathUnescape, because QueryUnescape would turn the plus sign of a peer
	// that forgot to escape into a space.
	text, err := url.PathUnescape(parts["signature"])
	if err != nil {
		return Signature{}, ErrSignatureForm
	}
	if text == "" {
		return Signature{}, ErrNoSignature
	}
	if s.Value, err = base64.StdEncoding.Strict().DecodeString(text); err != nil {
		return Signature{}, ErrSignatureForm
	}
	return s, nil
}
