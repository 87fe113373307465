package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"ringup/payments/alipay"
)

var fuzzCalls = []alipay.Call{
	alipay.CallPay, alipay.CallInquire, alipay.CallCancel, alipay.CallRefund, alipay.CallInquireRefund,
}

// hurried is a till whose ledger doesn't wait for the disk: nobody pulls the
// plug here, and waiting takes all of a fuzzer's time.
func hurried(f *testing.F) *till {
	c := newTill(f)
	c.ledger.db.NoSync = true
	return c
}

// FuzzBody sends any body, rightly signed, to every call: each is answered,
// signed, with a result, and the books stay right.
func FuzzBody(f *testing.F) {
	c := hurried(f)
	paid := c.pay("SEED", c.fresh(), "100")
	for i := range fuzzCalls {
		for _, seed := range []any{
			c.goodPay("A1", "2812345678901234", "100"),
			alipay.InquiryPaymentRequest{PaymentRequestID: "SEED"},
			alipay.RefundRequest{RefundRequestID: "R1", PaymentID: paid.paymentID, RefundAmount: alipay.Amount{Currency: "HKD", Value: "1"}},
		} {
			raw, err := json.Marshal(seed)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(uint8(i), raw)
		}
		f.Add(uint8(i), []byte(`{"paymentRequestId":"A1","paymentRequestId":"A2"}`))
		f.Add(uint8(i), []byte(`[[[[{"a":[{}]}]]]]`))
		f.Add(uint8(i), []byte("{\"paymentId\":\"\xff\"}"))
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		c := c.with(t)
		call := fuzzCalls[int(which)%len(fuzzCalls)]
		r := c.request(call, body)
		r.RequestURI = ""
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, r)
		h := &heard{status: w.Code, header: w.Header(), body: w.Body.Bytes(), path: r.URL.RequestURI(), till: c}
		if len(body) > maxBody {
			return
		}
		if err := h.verify(); err != nil {
			t.Fatalf("%v: %s", err, h.body)
		}
		var a alipay.Plain
		if err := json.Unmarshal(h.body, &a); err != nil || a.Result.ResultCode == "" || a.Result.ResultStatus == "" {
			t.Fatalf("answered %s (%v)", h.body, err)
		}
		if call == alipay.CallPay && a.Result.ResultStatus == alipay.StatusSuccess {
			var q alipay.PayRequest
			if err := alipay.Decode(body, &q); err != nil {
				t.Fatalf("paid for what can't be read: %v", err)
			}
			m, err := q.PaymentAmount.Money()
			if err != nil || m.CheckCharge() != nil || !isCode(q.PaymentMethod.PaymentMethodID) {
				t.Fatalf("paid %v", m)
			}
			if b, err := c.Balance(q.PaymentRequestID); err != nil || b.Captured != m {
				t.Fatalf("captured %v, %v", b.Captured, err)
			}
		}
	})
}

// FuzzHeaders sends any headers: nobody without the key gets past the gateway,
// and nothing of what it says is signed.
func FuzzHeaders(f *testing.F) {
	c := newTill(f)
	body := []byte(`{"paymentRequestId":"A1"}`)
	good := c.request(alipay.CallCancel, body)
	f.Add(good.URL.Path, "POST", good.Header.Get("Content-Type"), c.creds.ClientID, good.Header.Get(alipay.HeaderRequestTime), "algorithm=RSA256,keyVersion=1,signature=AAAA")
	f.Add("/ams/api/v1/payments/pay", "GET", "text/plain", "", "", "")
	f.Add("/ams/sandbox/api/v1/payments/pay?x=1", "POST", "application/json;charset=", "x", "1795226400000", "signature=,algorithm=RSA256")
	f.Fuzz(func(t *testing.T, path, method, contentType, clientID, stamp, signature string) {
		r, err := http.NewRequest(method, "http://localhost/", bytes.NewReader(body))
		if err != nil {
			return
		}
		r.URL.Path, r.RemoteAddr = path, "127.0.0.1:1"
		r.Header["Content-Type"] = []string{contentType}
		r.Header.Set(alipay.HeaderClientID, clientID)
		r.Header.Set(alipay.HeaderRequestTime, stamp)
		r.Header.Set(alipay.HeaderSignature, signature)
		w := httptest.NewRecorder()
		c.serveGateway(w, r)
		var a alipay.Plain
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || a.Result.ResultStatus != alipay.StatusFailure {
			t.Fatalf("answered %s", w.Body)
		}
		if w.Header().Get(alipay.HeaderSignature) != "" {
			t.Fatalf("signed %s", w.Body)
		}
	})
}

// FuzzControl sends any text to the control endpoints: it is taken or refused,
// and what was refused has changed nothing.
func FuzzControl(f *testing.F) {
	c := hurried(f)
	for _, path := range []string{"/sandbox/wallets", "/sandbox/faults", "/sandbox/codes"} {
		for _, body := range []string{
			`{"wallets":[{"prefix":"28","balance":"1"}],"merchantBalance":"1"}`, `[{"kind":"drop","nth":2}]`, `{"habit":"pays"}`, `{"prefix":"281","habit":"no such"}`,
			`{"merchantBalance":"-1"}`, `{"merchantBalance":"unlimited"}`, `[]`, `{}`, `{}{}`, `null`, `{"kind":"result"}`, `{"kind":"drop","delayMs":-1}`, `{"kind":"drop","times":1e99}`,
			`{"merchantBalance":"5","wallets":[{"prefix":"x"}]}`,
		} {
			f.Add(path, []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		switch path {
		case "/sandbox/wallets", "/sandbox/faults", "/sandbox/codes":
		default:
			return
		}
		r := httptest.NewRequest("POST", path, bytes.NewReader(body))
		r.RemoteAddr, r.Host = "127.0.0.1:1", "localhost"
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
			t.Fatalf("HTTP %d %s", w.Code, w.Body)
		}
		wallets, err := c.Wallets()
		if err != nil {
			t.Fatal(err)
		}
		_, limited, err := c.MerchantBalance()
		if err != nil {
			t.Fatal(err)
		}
		if w.Code == http.StatusBadRequest && (len(wallets) > 0 || len(c.Scripted()) > 0 || limited) {
			t.Fatalf("%s is refused (%s), and %d wallets, %d faults, a limit %v are there", body, w.Body, len(wallets), len(c.Scripted()), limited)
		}
		for _, known := range wallets {
			if err := known.check(); err != nil {
				t.Fatalf("%s has made %+v: %v", body, known, err)
			}
		}
		for _, fault := range c.Scripted() {
			if err := fault.check(); err != nil {
				t.Fatalf("%s has scripted %+v: %v", body, fault, err)
			}
		}
		c.ClearScript()
		if err := errors.Join(c.ClearWallets(), c.SetMerchantBalance(-1)); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzWhoMaySteer: only a program on this machine reaches the control
// endpoints, not another machine and not somebody's page in a browser here.
func FuzzWhoMaySteer(f *testing.F) {
	c := newTill(f)
	for _, who := range [][5]string{
		{"127.0.0.1:40000", "localhost:8790", "", "", "/sandbox/ledger"}, {"192.0.2.7:40000", "localhost", "", "", "/sandbox/ledger"},
		{"127.0.0.1:40000", "rebound.example:8790", "", "", "/sandbox/ledger"}, {"127.0.0.1:40000", "localhost", "https://evil.example", "", "/sandbox/wallets"},
		{"[::1]:40000", "[::1]:8790", "", "cross-site", "/sandbox/faults"}, {"[::ffff:192.0.2.7]:1", "127.0.0.1", "", "", "/sandbox//ledger"},
		{"[fe80::1%lo]:1", "localhost.", "", "", "/sandbox/../sandbox/ledger"}, {"127.1:1", "127.0.0.1.example", "null", "same-origin", "/sandbox/habits"},
	} {
		f.Add(who[0], who[1], who[2], who[3], who[4])
	}
	f.Fuzz(func(t *testing.T, from, host, origin, site, path string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr, r.Host, r.URL.Path = from, host, path
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		if site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
		}
		where, err := netip.ParseAddrPort(from)
		if err != nil || !strings.HasPrefix(path, "/sandbox/") {
			return // no address that a connection can have, or the gateway
		}
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, r)
		name, _, err := net.SplitHostPort(host)
		if err != nil {
			name = host
		}
		ip, notIP := netip.ParseAddr(strings.Trim(name, "[]"))
		here := where.Addr().Unmap().IsLoopback() && (name == "localhost" || notIP == nil && ip.Unmap().IsLoopback()) && origin == "" &&
			(site == "" || site == "none" || site == "same-origin")
		if w.Code == http.StatusOK && !here {
			t.Fatalf("%q, asking %q (origin %q, %q), gets %s", from, host, origin, site, w.Body)
		}
		if here && w.Code == http.StatusForbidden {
			t.Fatalf("%q, asking %q, is refused", from, host)
		}
	})
}
