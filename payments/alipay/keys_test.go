package alipay

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func b64(der []byte) string { return base64.StdEncoding.EncodeToString(der) }

func inPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// inLines breaks a text as mail programs do.
func inLines(text string) string {
	var b strings.Builder
	for len(text) > 64 {
		b.WriteString(text[:64] + "\r\n")
		text = text[64:]
	}
	return b.String() + text + "\r\n"
}

func TestKeysInEveryForm(t *testing.T) {
	key := tillKey()
	pkcs8, pkcs1 := must(x509.MarshalPKCS8PrivateKey(key)), x509.MarshalPKCS1PrivateKey(key)
	for name, text := range map[string]string{
		"as this program writes it":    FormatPrivateKey(key),
		"PKCS#8 in PEM":                inPEM("PRIVATE KEY", pkcs8),
		"PKCS#1 in PEM":                inPEM("RSA PRIVATE KEY", pkcs1),
		"PKCS#1 bare":                  b64(pkcs1),
		"bare in lines of mail":        inLines(b64(pkcs8)),
		"bare with spaces around":      "\t " + b64(pkcs8) + " \n",
		"bare without padding":         strings.TrimRight(b64(pkcs8), "="),
		"PEM whose breaks were lost":   strings.ReplaceAll(inPEM("PRIVATE KEY", pkcs8), "\n", ""),
		"PEM with spaces for breaks":   strings.ReplaceAll(inPEM("PRIVATE KEY", pkcs8), "\n", " "),
		"PEM with Windows line breaks": strings.ReplaceAll(inPEM("PRIVATE KEY", pkcs8), "\n", "\r\n"),
		"PEM with words before it":     "Key Attributes: <No Attributes>\n" + inPEM("PRIVATE KEY", pkcs8),
		"with a byte order mark":       "\ufeff" + b64(pkcs8),
	} {
		t.Run("private: "+name, func(t *testing.T) {
			got, err := ParsePrivateKey(text)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(key) {
				t.Error("another key came back")
			}
		})
	}
	public := must(x509.MarshalPKIXPublicKey(&key.PublicKey))
	for name, text := range map[string]string{
		"as this program writes it": FormatPublicKey(&key.PublicKey),
		"X.509 in PEM":              inPEM("PUBLIC KEY", public),
		"PKCS#1 in PEM":             inPEM("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&key.PublicKey)),
		"bare in lines of mail":     inLines(b64(public)),
	} {
		t.Run("public: "+name, func(t *testing.T) {
			got, err := ParsePublicKey(text)
			if err != nil {
				t.Fatal(err)
			}
			if CheckPair(key, got) != nil {
				t.Error("another key came back")
			}
			if !errors.Is(CheckPair(otherKey(), got), ErrKeysDoNotMatch) {
				t.Error("two keys of two pairs are taken for a pair")
			}
		})
	}
}

func TestWhatIsWrongWithAKey(t *testing.T) {
	key := tillKey()
	private, public := strings.TrimRight(FormatPrivateKey(key), "="), FormatPublicKey(&key.PublicKey)
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	ec := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	edPublic, ed, _ := ed25519.GenerateKey(rand.Reader)
	encrypted := must(asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}{pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}}, make([]byte, 1300)}))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	damaged := must(x509.MarshalPKCS8PrivateKey(key))
	damaged[200] ^= 1

	for _, c := range []struct {
		name, text      string
		private, public error
	}{
		{"nothing", "", ErrNotKey, ErrNotKey},
		{"spaces", " \n\t", ErrNotKey, ErrNotKey},
		{"words", "please paste the key here", ErrNotKey, ErrNotKey},
		{"base64 of words", b64([]byte("not a key at all, but base64 all the same")), ErrNotKey, ErrNotKey},
		{"a client id", clientID, ErrNotKey, ErrNotKey},
		{"a private key", private, nil, ErrPrivateAsPublic},
		{"a public key", public, ErrPublicAsPrivate, nil},
		{"a PKCS#1 private key", inPEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)), nil, ErrPrivateAsPublic},
		{"a PKCS#1 public key", b64(x509.MarshalPKCS1PublicKey(&key.PublicKey)), ErrPublicAsPrivate, nil},
		{"a private key that lost its last character", private[:len(private)-1], ErrKeyTruncated, ErrKeyTruncated},
		{"a private key that lost its last line", private[:len(private)-64], ErrKeyTruncated, ErrKeyTruncated},
		{"half a private key", private[:len(private)/2], ErrKeyTruncated, ErrKeyTruncated},
		{"the first line of a private key", private[:64], ErrKeyTruncated, ErrKeyTruncated},
		{"half a public key", public[:len(public)/2], ErrKeyTruncated, ErrKeyTruncated},
		{"a PEM without its end", strings.SplitAfter(inPEM("PRIVATE KEY", damaged), "\n")[0] + private[:64], ErrKeyTruncated, ErrKeyTruncated},
		{"a PEM with half its middle", "-----BEGIN PRIVATE KEY-----\n" + private[:500] + "\n-----END PRIVATE KEY-----", ErrKeyTruncated, ErrKeyTruncated},
		{"a key twice", b64(append(must(x509.MarshalPKIXPublicKey(&key.PublicKey)), must(x509.MarshalPKIXPublicKey(&key.PublicKey))...)), ErrNotKey, ErrNotKey},
		{"a private key of 1024 bits", FormatPrivateKey(small), ErrKeyTooShort, ErrPrivateAsPublic},
		{"a public key of 1024 bits", FormatPublicKey(&small.PublicKey), ErrPublicAsPrivate, ErrKeyTooShort},
		{"a private key of an elliptic curve", b64(must(x509.MarshalPKCS8PrivateKey(ec))), ErrKeyNotRSA, ErrPrivateAsPublic},
		{"the same in its own form", inPEM("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(ec))), ErrKeyNotRSA, ErrPrivateAsPublic},
		{"a public key of an elliptic curve", b64(must(x509.MarshalPKIXPublicKey(&ec.PublicKey))), ErrPublicAsPrivate, ErrKeyNotRSA},
		{"a private key of Ed25519", b64(must(x509.MarshalPKCS8PrivateKey(ed))), ErrKeyNotRSA, ErrPrivateAsPublic},
		{"a public key of Ed25519", b64(must(x509.MarshalPKIXPublicKey(edPublic))), ErrPublicAsPrivate, ErrKeyNotRSA},
		{"a private key with a passphrase", inPEM("ENCRYPTED PRIVATE KEY", encrypted), ErrKeyEncrypted, ErrPrivateAsPublic},
		{"the same, bare", b64(encrypted), ErrKeyEncrypted, ErrPrivateAsPublic},
		{"a private key with a passphrase in the old way", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" + private + "\n-----END RSA PRIVATE KEY-----\n", ErrKeyEncrypted, ErrKeyEncrypted},
		{"a private key with a bit turned", b64(damaged), ErrKeyDamaged, ErrPrivateAsPublic},
		{"a certificate", inPEM("CERTIFICATE", certificate), ErrNotKey, ErrNotKey},
		{"something endless", strings.Repeat("A", 1<<20), ErrNotKey, ErrNotKey},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParsePrivateKey(c.text)
			if !errors.Is(err, c.private) {
				t.Errorf("as a private key: %v, want %v", err, c.private)
			}
			_, errPublic := ParsePublicKey(c.text)
			if !errors.Is(errPublic, c.public) {
				t.Errorf("as a public key: %v, want %v", errPublic, c.public)
			}
			for _, err := range []error{err, errPublic} {
				if err != nil && len(c.text) > 20 && strings.Contains(err.Error(), c.text[10:20]) {
					t.Errorf("the error tells the key: %v", err)
				}
			}
		})
	}
}

// TestEveryCutOfAKeyIsNoticed: a key that lost any number of characters at its
// end is never taken for a key, and from the first line on it is said why.
func TestEveryCutOfAKeyIsNoticed(t *testing.T) {
	text := strings.TrimRight(FormatPrivateKey(tillKey()), "=")
	for n := range len(text) {
		_, err := ParsePrivateKey(text[:n])
		if err == nil || n >= 8 && !errors.Is(err, ErrKeyTruncated) {
			t.Fatalf("%d of %d characters: %v", n, len(text), err)
		}
	}
}

func TestKeysOfOpenssl(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl on this machine to make keys with")
	}
	run := func(in string, args ...string) string {
		cmd := exec.Command(openssl, args...)
		cmd.Stdin = strings.NewReader(in)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("openssl %v: %v", args, err)
		}
		return string(out)
	}
	pkcs8 := run("", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
	pkcs1 := run(pkcs8, "rsa", "-traditional")
	public := run(pkcs8, "pkey", "-pubout")
	one, err := ParsePrivateKey(pkcs8)
	if err != nil {
		t.Fatal(err)
	}
	two, err := ParsePrivateKey(pkcs1)
	if err != nil || !one.Equal(two) {
		t.Fatalf("PKCS#1: %v", err)
	}
	half, err := ParsePublicKey(public)
	if err != nil || CheckPair(one, half) != nil {
		t.Fatalf("public: %v", err)
	}
	if _, err := ParsePrivateKey(run(pkcs8, "pkcs8", "-topk8", "-passout", "pass:secret")); !errors.Is(err, ErrKeyEncrypted) {
		t.Errorf("with a passphrase: %v", err)
	}
	if _, err := ParsePrivateKey(run("", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:512")); !errors.Is(err, ErrKeyTooShort) {
		t.Errorf("of 512 bits: %v", err)
	}
	if _, err := ParsePrivateKey(run("", "genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048")); !errors.Is(err, ErrKeyNotRSA) {
		t.Errorf("for RSA-PSS only: %v", err)
	}
	// What this program makes, openssl reads.
	if got := run(inPEM("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(tillKey()))), "pkey", "-pubout"); got != inPEM("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(&tillKey().PublicKey))) {
		t.Errorf("openssl makes another public key of ours:\n%s", got)
	}
}

func TestFingerprint(t *testing.T) {
	one, two := Fingerprint(&tillKey().PublicKey), Fingerprint(&otherKey().PublicKey)
	if len(one) != 16 || one == two || one != Fingerprint(&tillKey().PublicKey) {
		t.Errorf("%s and %s", one, two)
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add(FormatPrivateKey(tillKey()))
	f.Add(FormatPublicKey(&tillKey().PublicKey))
	f.Add(inPEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(tillKey())))
	f.Add("-----BEGIN PRIVATE KEY-----\nMIIE")
	f.Add("MIAA")
	f.Add("MIT/////")
	known := []error{
		ErrNotKey, ErrPublicAsPrivate, ErrPrivateAsPublic, ErrKeyTruncated, ErrKeyTooShort,
		ErrKeyNotRSA, ErrKeyEncrypted, ErrKeyDamaged,
	}
	f.Fuzz(func(t *testing.T, text string) {
		private, err := ParsePrivateKey(text)
		public, errPublic := ParsePublicKey(text)
		if err == nil && errPublic == nil {
			t.Fatalf("%q is a private and a public key", text)
		}
		if err == nil && private.N.BitLen() < KeyBits || errPublic == nil && public.N.BitLen() < KeyBits {
			t.Fatalf("%q is too short", text)
		}
		for _, err := range []error{err, errPublic} {
			told := err == nil
			for _, k := range known {
				told = told || errors.Is(err, k)
			}
			if !told {
				t.Fatalf("%q: %v is none of the errors of keys", text, err)
			}
		}
	})
}
