package alipay

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The vectors were made with openssl and checked with a second implementation;
// the private key is not kept.
const vectorKey = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA4EY4x44GQ9ZW4bQ7bPjPiQs706+Joq5iXZqtfa1F4SLZNTdR1LTwEhJX+9CK9h2M0ne+a4djA8d/WgRQW+cizzz484MNPZqrhf7aLwExdENU9UjTfY84Ixsx7VLWYS5+YAo6VIlYGKj+Ikc48UJ61hIxlFxS+pIFh2klLU5AmBMaTcqqodzTghgYDqyEV+x0DZJijMFnEo1xDxwSoc2AanhkQlDjSjUPmmr01eQYMt4hpuWFs6a7T7GeGvfJTOy3O946hOvQyTNTOWAmW42o0JwzHxr7Jv/MKa8N7EKIR6dnRx75Zfy1ET9pZTYpMBqmssEgjznbySRvQ1GfEyefzwIDAQAB"

var vectors = []struct {
	name, value, sum, otherPath string
	signed                      Signed
}{
	{
		name: "an answer of the sandbox",
		signed: Signed{
			Method: "POST", Path: "/ams/sandbox/api/v1/payments/inquiryPayment",
			ClientID: "SANDBOX_5Y0000000000000000", Time: "2026-11-21T10:00:00+08:00",
			Body: []byte(`{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"},"paymentId":"20261121000000000001","note":"caf\u00e9 ☕ 1+1/2=?"}`),
		},
		sum:       "e6c88f72d970bd476d3438b4eb5cde7928ffead5efb820230c1f083b4c5652fe",
		value:     "oBk%2BTCbTBCjfllGmkeohWL3V3cQM5qQDxXhsP9g6B5Nfn7G1uaSrgbgSsvHQyDWjDaZQ94MyHaA1UNPZ0tx6AAJ68%2FfouokgMQysreHlHLjsLA447kbHH466GBeuNHpwqOMAok82QCPRZX9ah48VVnwUD%2Bb903FXF%2FfO%2BFlGM03wc6EhCLTcS4t5o%2Fy9DIefAus6WXqZJxyJoqWoyuNsEDnZdHha4zZ9KzCmyMa%2Fp1zuNcfKmggHS7SO%2BffFpRi%2FjHC7Z5RA%2B6QuNBd1WH4fLU0bMbF1SpE20YJXuINRWW8IFgY87ATaL90WX1BUhQfg4nehwhswtW5QTZt%2BezqJLA%3D%3D",
		otherPath: "/ams/api/v1/payments/inquiryPayment",
	},
	{
		name: "a request to the live system",
		signed: Signed{
			Method: "POST", Path: "/ams/api/v1/payments/pay",
			ClientID: "5Y0000000000000000", Time: "1795226400000",
			Body: []byte(`{"productCode":"IN_STORE_PAYMENT","paymentRequestId":"T01-20261121-000001","paymentAmount":{"currency":"HKD","value":"4550"},"order":{"orderDescription":"Tea & buns / 茶點"}}`),
		},
		sum:       "a930cfa244612570195c7870b7b08b3462fd1dccaef7d9889513896d9918abd1",
		value:     "IfyTCeXSJ6bZ5ju4Snfe5BiXHkqfvjPUfcY3tEFxC3qvISsZUgtBOs9bMLiTC4L%2FH3ujBUip4F8NIc7rjznjQHbc2xesfgB0w3Izwwqp1Rp9%2B7tMNyLwxqImLpe08D16w9uwTB%2B7IcrdQ%2BPXWwI0kJ12UfwEk0XM3WOs2J8A4yxOUs%2F0nwP2Ndck%2Fqp7ir5ur8jmDNM%2BCdeAsczYF%2F3WeIGQLWicUjAVygT8JisWVZ0hf8PWXbpdXTAIOJFD6bo6qXymwm62jk%2ByMi6Gz22OjHlwTIAO00P2WQr9FevPdIbSOflUPavR1Vz2qUrd7TKhUcKGtZejuQVqPSxy96Rc1g%3D%3D",
		otherPath: "/ams/sandbox/api/v1/payments/pay",
	},
}

func TestKnownSignatures(t *testing.T) {
	key, err := ParsePublicKey(vectorKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			sum := sha256.Sum256(SignatureString(v.signed))
			if hex.EncodeToString(sum[:]) != v.sum {
				t.Fatalf("the text to sign has SHA-256 %x", sum)
			}
			for _, form := range []string{
				"algorithm=RSA256,keyVersion=1,signature=" + v.value,
				"algorithm=RSA256, keyVersion=1, signature=" + v.value,
				"signature=" + v.value + ",algorithm=RSA256",
			} {
				if err := Verify(key, form, v.signed); err != nil {
					t.Errorf("%.40s…: %v", form, err)
				}
			}
			header := "algorithm=RSA256,keyVersion=1,signature=" + v.value
			for what, change := range map[string]func(*Signed){
				"another path":      func(s *Signed) { s.Path = v.otherPath },
				"another client id": func(s *Signed) { s.ClientID += "1" },
				"another time":      func(s *Signed) { s.Time = "2026-11-21T10:00:01+08:00" },
				"another method":    func(s *Signed) { s.Method = "GET" },
				"another body":      func(s *Signed) { s.Body = append([]byte(" "), s.Body...) },
			} {
				other := v.signed
				change(&other)
				if err := Verify(key, header, other); !errors.Is(err, ErrWrongSignature) {
					t.Errorf("with %s: %v, want ErrWrongSignature", what, err)
				}
			}
		})
	}
}

func TestOpensslAcceptsOurSignature(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl on this machine to check against")
	}
	key, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	s := vectors[1].signed
	header, err := Sign(key, "1", s)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := ParseSignature(header)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	public := file("public.pem", []byte("-----BEGIN PUBLIC KEY-----\n"+FormatPublicKey(&key.PublicKey)+"\n-----END PUBLIC KEY-----\n"))
	value := file("value", sig.Value)
	// The string is put together here by hand, so that SignatureString is
	// checked too.
	verify := func(text string) (string, error) {
		out, err := exec.Command(openssl, "dgst", "-sha256", "-verify", public, "-signature", value, file("text", []byte(text))).CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	text := "POST /ams/api/v1/payments/pay\n5Y0000000000000000.1795226400000." + string(s.Body)
	if out, err := verify(text); err != nil {
		t.Errorf("openssl refuses our signature: %v: %s", err, out)
	}
	if out, err := verify(text + "\n"); err == nil {
		t.Errorf("openssl accepts our signature over another text: %s", out)
	}
}

func TestSignatureHeader(t *testing.T) {
	good := "algorithm=RSA256,keyVersion=1,signature="
	for _, c := range []struct {
		name, header string
		want         error
		value        string
	}{
		{"encoded padding", good + "AP%2F7%2BAA%3D", nil, "\x00\xff\xfb\xf8\x00"},
		{"a peer that forgot to encode", good + "AP/7+AA=", nil, "\x00\xff\xfb\xf8\x00"},
		{"no key version", "algorithm=RSA256,signature=AAAA", nil, "\x00\x00\x00"},
		{"unknown parts are ignored", "algorithm=RSA256,trace=1,signature=AAAA", nil, "\x00\x00\x00"},
		{"no header", " ", ErrNoSignature, ""},
		{"no value", good, ErrNoSignature, ""},
		{"value part missing", "algorithm=RSA256,keyVersion=1", ErrNoSignature, ""},
		{"another algorithm", "algorithm=RSA,keyVersion=1,signature=AAAA", ErrAlgorithm, ""},
		{"algorithm in small letters", "algorithm=rsa256,signature=AAAA", ErrAlgorithm, ""},
		{"no algorithm", "keyVersion=1,signature=AAAA", ErrAlgorithm, ""},
		{"a part twice", good + "AAAA,signature=BBBB", ErrSignatureForm, ""},
		{"no name", "algorithm=RSA256,AAAA", ErrSignatureForm, ""},
		{"not base64", good + "A*AA", ErrSignatureForm, ""},
		{"broken escape", good + "AA%2", ErrSignatureForm, ""},
		{"padding cut off", good + "AP/7+AA", ErrSignatureForm, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := ParseSignature(c.header)
			if !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			if c.want == nil && string(s.Value) != c.value {
				t.Errorf("value %x, want %x", s.Value, c.value)
			}
		})
	}
}

func FuzzParseSignature(f *testing.F) {
	f.Add("algorithm=RSA256,keyVersion=1,signature=" + vectors[0].value)
	f.Add("algorithm=RSA256, signature=AAAA")
	f.Add("signature==,algorithm=")
	f.Fuzz(func(t *testing.T, header string) {
		s, err := ParseSignature(header)
		if err != nil {
			return
		}
		if len(s.Value) == 0 || s.Algorithm != Algorithm {
			t.Fatalf("accepted %q as %+v", header, s)
		}
		again, err := ParseSignature(s.String())
		if err != nil || string(again.Value) != string(s.Value) {
			t.Fatalf("%q does not come back: %v", s.String(), err)
		}
	})
}
