package alipay

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"ringup/payments"
)

// What stands in a fuzzed answer for something that only a key, or a scan, can
// make. Inputs so stay the same whatever keys a process has drawn.
const (
	signatureMark = "$SIGNATURE" // of the body, by Alipay
	forgedMark    = "$FORGED"    // of the body, by another key
	codeMark      = "$CODE"      // the customer's code
)

// answers are heads of an answer, in front of a signed success.
var answers = []string{
	"HTTP/1.1 200 OK\r\nClient-Id: " + clientID + "\r\nResponse-Time: 2026-11-21T10:00:00+08:00\r\nSignature: " + signatureMark + "\r\nContent-Type: application/json\r\n",
	"HTTP/1.1 200 OK\r\nclient-id: " + clientID + "\r\nresponse-time: 2026-11-21T10:00:00+08:00\r\nsignature: " + signatureMark + "\r\nTransfer-Encoding: chunked\r\n",
	"HTTP/1.1 200 OK\r\nClient-Id: " + clientID + "\r\nResponse-Time: 2026-11-21T10:00:00+08:00\r\nSignature: " + forgedMark + "\r\n",
	"HTTP/1.1 200 OK\r\nClient-Id: " + clientID + "\r\nResponse-Time: 2026-11-21T09:00:00+08:00\r\nSignature: " + signatureMark + "\r\n",
	"HTTP/1.1 200 OK\r\nClient-Id: SANDBOX_OTHER\r\nResponse-Time: 2026-11-21T10:00:00+08:00\r\nSignature: " + signatureMark + "\r\n",
	"HTTP/1.1 200 OK\r\nClient-Id: " + clientID + "\r\nClient-Id: " + clientID + "\r\nResponse-Time: 2026-11-21T10:00:00+08:00\r\nSignature: " + signatureMark + "\r\n",
	"HTTP/1.1 200 OK\r\nClient-Id: " + clientID + "\r\nResponse-Time: 1795226400000\r\nSignature: " + signatureMark + "\r\nSignature: " + forgedMark + "\r\n",
	"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n",
	"HTTP/1.1 502 " + codeMark + "\r\n",
	"HTTP/1.1 302 Found\r\nLocation: http://" + codeMark + "/\r\n",
	"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n",
	"HTTP/1.1 7" + codeMark + "\r\n",
	"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n",
}

// filled puts the real things for the marks, over the body that follows.
func filled(head string, path string, body []byte) string {
	s := Signed{http.MethodPost, path, clientID, string(TimeOf(noon)), body}
	if strings.Contains(head, signatureMark) {
		signature, err := Sign(alipayKey(), "1", s)
		if err != nil {
			panic(err)
		}
		head = strings.ReplaceAll(head, signatureMark, signature)
	}
	if strings.Contains(head, forgedMark) {
		signature, err := Sign(otherKey(), "1", s)
		if err != nil {
			panic(err)
		}
		head = strings.ReplaceAll(head, forgedMark, signature)
	}
	return strings.ReplaceAll(head, codeMark, digits)
}

// checkHint wants words for support to be one short line without the code.
func checkHint(t *testing.T, words string) {
	t.Helper()
	if strings.ContainsFunc(words, unicode.IsControl) || utf8.RuneCountInString(words) > longestHint || !utf8.ValidString(words) {
		t.Fatalf("the hint is %q", words)
	}
	if strings.Contains(words, digits[6:len(digits)-2]) || strings.Contains(words, digits[:len(digits)-4]) {
		t.Fatalf("the hint tells the code: %q", words)
	}
}

// FuzzBelieve: of all heads that an answer can have, only one with Alipay's
// own signature over this very body, for us and for this moment, makes it
// believed.
func FuzzBelieve(f *testing.F) {
	a := &account{Credentials: shop(), alipay: &alipayKey().PublicKey}
	path := CallPay.Path(clientID)
	for _, head := range answers {
		f.Add(head, []byte(success(CallPay)))
		f.Add(head, []byte(`{`+result("F", "INVALID_SIGNATURE")+`}`))
		f.Add(head, []byte(`{`+result("U", codeMark)+`}`))
	}
	f.Fuzz(func(t *testing.T, head string, body []byte) {
		wire := filled(head, path, body) + "\r\n" + strings.ReplaceAll(string(body), codeMark, digits)
		resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(wire)), nil)
		if err != nil {
			return
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(io.LimitReader(resp.Body, largestAnswer+1))
		if err != nil {
			return
		}
		got := believe(a, path, payments.Moment{Now: noon, Floor: noon}, resp, raw)
		if got.Outcome == "" {
			if !strings.Contains(head, signatureMark) || !bytes.Equal(raw, body) || resp.StatusCode != http.StatusOK ||
				resp.Header.Get(HeaderClientID) != clientID || resp.Header.Get(HeaderResponseTime) != string(TimeOf(noon)) {
				t.Fatalf("%q is believed with %q", wire, raw)
			}
			if !got.Stamp.Equal(noon) || got.Suspect {
				t.Fatalf("believed as %+v", got)
			}
			return
		}
		if got.Outcome != payments.Unsure || !got.Stamp.IsZero() || got.PaymentID+got.RefundID != "" || !got.PaidAt.IsZero() || got.Refunds != nil {
			t.Fatalf("%q is not believed, and makes %+v", wire, got)
		}
		if strings.Contains(head, forgedMark) && !strings.Contains(head, signatureMark) && resp.StatusCode == http.StatusOK &&
			len(resp.Header.Values(HeaderSignature)) == 1 && len(raw) <= largestAnswer && !got.Suspect {
			t.Fatalf("%q is not suspect", wire)
		}
		checkHint(t, got.Hint)
	})
}

// FuzzWire lets a whole client pay and answers with any bytes, on a connection
// of this process. The money is only there when Alipay signed for it; nothing
// that comes back is unfit to be kept; the log never tells the code.
func FuzzWire(f *testing.F) {
	for _, head := range answers {
		f.Add([]byte(head + "\r\n" + success(CallPay)))
	}
	f.Add([]byte(answers[1] + "\r\n4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n"))
	f.Add([]byte(answers[0] + "Content-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\n"))
	f.Add([]byte("SSH-2.0-" + codeMark + "\r\n"))
	f.Add([]byte(answers[0] + "\r\n{" + result("F", "RISK_REJECT") + `,"echo":"` + codeMark + `"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		head, body, _ := strings.Cut(string(raw), "\r\n\r\n")
		wire := filled(head, CallPay.Path(clientID), []byte(body)) + "\r\n\r\n" + strings.ReplaceAll(body, codeMark, digits)
		var served sync.WaitGroup
		var heard atomic.Int32
		dial := func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			served.Go(func() {
				defer there.Close()
				r, err := http.ReadRequest(bufio.NewReader(there))
				if err == nil {
					heard.Add(1)
					_, _ = io.Copy(io.Discard, r.Body)
					_, _ = io.WriteString(there, wire) // the client may have had enough
				}
			})
			return here, nil
		}
		var told bytes.Buffer
		c := NewClient(WithDial(dial), WithLog(slog.New(slog.NewTextHandler(&told, &slog.HandlerOptions{Level: slog.LevelDebug}))))
		creds := shop()
		creds.Host = "http://localhost"
		if err := c.Use(creds); err != nil {
			t.Fatal(err)
		}
		ctx, done := context.WithTimeout(t.Context(), 10*time.Second)
		defer done()
		a, err := c.Pay(ctx, payments.PayRequest{
			Moment: payments.Moment{Now: noon, Floor: noon}, Account: creds.Account(), PaymentRequestID: requestID, Amount: price,
			Code: code(t), SentAt: noon, Expiry: noon.Add(time.Minute), Number: "T2-261121-0017",
		})
		c.Close()
		served.Wait()
		if n := heard.Load(); n != 1 {
			t.Fatalf("%q: the request was sent %d times", wire, n)
		}
		if err != nil || ctx.Err() != nil {
			t.Fatalf("%q: %v, %v", wire, err, ctx.Err())
		}
		signed := strings.Contains(head, signatureMark)
		switch a.Outcome {
		case payments.Unsure:
		case payments.Succeeded:
			var r PayResponse
			if err := json.Unmarshal([]byte(body), &r); err != nil || !signed || r.Result.ResultStatus != StatusSuccess || r.PaymentRequestID != requestID ||
				r.PaymentAmount != AmountOf(price) || a.PaymentID == "" || a.PaymentID != r.PaymentID {
				t.Fatalf("%q is paid: %+v, %v", wire, a, err)
			}
		case payments.Declined, payments.InProgress:
			if !signed {
				t.Fatalf("%q is %s", wire, a.Outcome)
			}
		default:
			t.Fatalf("%q is %s", wire, a.Outcome)
		}
		if !signed && (!a.Stamp.IsZero() || a.PaymentID != "") {
			t.Fatalf("%q is believed in part: %+v", wire, a)
		}
		checkHint(t, a.Hint)
		if secret := digits[6 : len(digits)-2]; strings.Contains(told.String(), secret) {
			t.Fatalf("%q: the log tells the code: %s", wire, told.String())
		}
	})
}

// FuzzVerify: a signature that another program made verifies over the bytes
// that it was made for, and over no others, however the header is written.
func FuzzVerify(f *testing.F) {
	key, err := ParsePublicKey(vectorKey)
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range vectors {
		for _, header := range []string{"algorithm=RSA256,keyVersion=1,signature=" + v.value, "signature=" + v.value + " , algorithm=RSA256", "algorithm=none,signature=" + v.value, "signature=" + v.value} {
			f.Add(header, v.signed.Method, v.signed.Path, v.signed.ClientID, v.signed.Time, v.signed.Body)
			f.Add(header, v.signed.Method, v.otherPath, v.signed.ClientID, v.signed.Time, v.signed.Body)
			f.Add(header, v.signed.Method, v.signed.Path, v.signed.ClientID+"."+v.signed.Time, "", v.signed.Body)
		}
	}
	f.Fuzz(func(t *testing.T, header, method, path, client, at string, body []byte) {
		s := Signed{method, path, client, at, body}
		if Verify(key, header, s) != nil {
			return
		}
		for _, v := range vectors {
			if !bytes.Equal(SignatureString(s), SignatureString(v.signed)) {
				continue
			}
			// The same bytes, split otherwise: see SignatureString.
			_, notTime := ParseTime(at)
			same := method == v.signed.Method && path == v.signed.Path && at == v.signed.Time && bytes.Equal(body, v.signed.Body)
			if client == v.signed.ClientID && notTime == nil && json.Valid(body) && method == http.MethodPost && !same {
				t.Fatalf("%+v passes for %+v", s, v.signed)
			}
			return
		}
		t.Fatalf("%q verifies over %q", header, SignatureString(s))
	})
}
