package alipay

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"ringup/payments"
)

// Keys are made once: each takes a while.
var (
	tillKey   = sync.OnceValue(newKey)
	alipayKey = sync.OnceValue(newKey)
	otherKey  = sync.OnceValue(newKey)
)

func newKey() *rsa.PrivateKey {
	key, err := GenerateKey()
	if err != nil {
		panic(err)
	}
	return key
}

var (
	zone  = time.FixedZone("", 8*60*60)
	noon  = time.Date(2026, 11, 21, 10, 0, 0, 0, zone)
	price = payments.Money{Minor: 4550, Currency: "HKD"}
)

const (
	clientID  = "SANDBOX_5Y0000000000000000"
	requestID = "s01t0220261121000017a1"
	refundID  = "s01r20261121000003"
	paymentID = "202611211940108001001881111111111"
	digits    = "281006020000000000123456"
)

// shop is what a till needs but a host.
func shop() Credentials {
	return Credentials{
		ClientID:            clientID,
		PrivateKey:          Secret(FormatPrivateKey(tillKey())),
		AlipayPublicKey:     FormatPublicKey(&alipayKey().PublicKey),
		ReferenceMerchantID: "M0001",
		MerchantName:        "Harbour Tea House Ltd",
		MerchantDisplayName: "Harbour Tea House",
		MerchantMCC:         "5812",
		ReferenceStoreID:    "S01",
		StoreName:           "Harbour Tea House Central",
		StoreTerminalID:     "T02",
		Currency:            "HKD",
	}
}

// asked is a request as it came to the stage.
type asked struct {
	path, query string
	header      http.Header
	body        []byte
}

// stage is an Alipay that says what a test wants, with real signatures.
type stage struct {
	t       testing.TB
	server  *httptest.Server
	client  *Client
	account payments.Account

	mu    sync.Mutex
	asked []asked
}

// reply is an answer to be signed. Empty fields are what is right.
type reply struct {
	body     string
	status   int
	stamp    string          // Response-Time
	clientID string          // Client-Id
	key      *rsa.PrivateKey // signs
	unsigned bool
	header   func(http.Header) // the last word on the headers
	send     []byte            // instead of body, after it was signed
}

func (r reply) write(w http.ResponseWriter, path string) {
	if r.stamp == "" {
		r.stamp = string(TimeOf(noon))
	}
	if r.clientID == "" {
		r.clientID = clientID
	}
	if r.key == nil {
		r.key = alipayKey()
	}
	h := w.Header()
	h.Set("Content-Type", ContentType)
	h.Set(HeaderClientID, r.clientID)
	h.Set(HeaderResponseTime, r.stamp)
	if !r.unsigned {
		signature, err := Sign(r.key, "1", Signed{http.MethodPost, path, r.clientID, r.stamp, []byte(r.body)})
		if err != nil {
			panic(err)
		}
		h.Set(HeaderSignature, signature)
	}
	if r.header != nil {
		r.header(h)
	}
	if r.status != 0 {
		w.WriteHeader(r.status)
	}
	if r.send == nil {
		r.send = []byte(r.body)
	}
	_, _ = w.Write(r.send)
}

// newStage is a server over TLS whose every answer comes from act, and a
// client that trusts it.
func newStage(t *testing.T, creds Credentials, act func(w http.ResponseWriter, q asked), options ...Option) *stage {
	t.Helper()
	s := &stage{t: t}
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		q := asked{r.URL.Path, r.URL.RawQuery, r.Header, body}
		s.mu.Lock()
		s.asked = append(s.asked, q)
		s.mu.Unlock()
		if r.Method != http.MethodPost {
			t.Errorf("method %s", r.Method)
		}
		act(w, q)
	}))
	s.server.Config.ErrorLog = quiet() // a connection that is made ahead may end unused
	s.server.StartTLS()
	t.Cleanup(s.server.Close)
	s.trust(creds, options...)
	return s
}

func (s *stage) trust(creds Credentials, options ...Option) {
	s.t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(s.server.Certificate())
	s.client = NewClient(append([]Option{WithRootCAs(pool)}, options...)...)
	s.t.Cleanup(s.client.Close)
	creds.Host = s.server.URL
	if err := s.client.Use(creds); err != nil {
		s.t.Fatal(err)
	}
	s.account = creds.Account()
}

// saying is a stage that answers everything with one reply.
func saying(t *testing.T, r reply) *stage {
	return newStage(t, shop(), func(w http.ResponseWriter, q asked) { r.write(w, q.path) })
}

func (s *stage) requests() []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func code(t testing.TB) payments.PaymentCode {
	c, err := payments.ParseCode(digits)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *stage) payRequest() payments.PayRequest {
	return payments.PayRequest{
		Moment: payments.Moment{Now: noon, Floor: noon}, Account: s.account, PaymentRequestID: requestID, Amount: price,
		Code: code(s.t), SentAt: noon, Expiry: noon.Add(time.Minute), Number: "T2-261121-0017",
	}
}

// ask makes the call with the usual request.
func (s *stage) ask(call Call) payments.Answer {
	s.t.Helper()
	ctx, done := context.WithTimeout(context.Background(), 10*time.Second)
	defer done()
	return s.askWith(ctx, call, func(*payments.PayRequest, *payments.InquireRequest) {})
}

func (s *stage) askWith(ctx context.Context, call Call, change func(*payments.PayRequest, *payments.InquireRequest)) payments.Answer {
	s.t.Helper()
	m := payments.Moment{Now: noon, Floor: noon}
	pay := s.payRequest()
	inquire := payments.InquireRequest{Moment: m, Account: s.account, PaymentRequestID: requestID, Amount: price}
	change(&pay, &inquire)
	var a payments.Answer
	var err error
	switch call {
	case CallPay:
		a, err = s.client.Pay(ctx, pay)
	case CallInquire:
		a, err = s.client.Inquire(ctx, inquire)
	case CallCancel:
		a, err = s.client.Cancel(ctx, payments.CancelRequest{Moment: m, Account: s.account, PaymentRequestID: requestID})
	case CallRefund:
		a, err = s.client.Refund(ctx, payments.RefundRequest{
			Moment: m, Account: s.account, RefundRequestID: refundID, PaymentID: paymentID, Amount: price, Reason: "one bun returned", Number: "T2-261121-0017",
		})
	case CallInquireRefund:
		a, err = s.client.InquireRefund(ctx, payments.InquireRefundRequest{Moment: m, Account: s.account, RefundRequestID: refundID, Amount: price})
	}
	if err != nil {
		s.t.Fatalf("%s: %v", call, err)
	}
	return a
}

var allCalls = []Call{CallPay, CallInquire, CallCancel, CallRefund, CallInquireRefund}

const ok = `"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}`

// success is the body of a whole success of each call, as Antom documents it.
func success(call Call) string {
	const amount = `{"currency":"HKD","value":"4550"}`
	switch call {
	case CallPay:
		return `{` + ok + `,"paymentRequestId":"` + requestID + `","paymentId":"` + paymentID + `","paymentAmount":` + amount +
			`,"actualPaymentAmount":{"currency":"CNY","value":"4211"},"paymentCreateTime":"2026-11-21T10:00:01+08:00","paymentTime":"2026-11-21T10:00:03+08:00",` +
			`"pspCustomerInfo":{"pspName":"ALIPAY_CN","pspCustomerId":"2088000000000000","displayCustomerId":"138****0000"},` +
			`"settlementQuote":{"guaranteed":"true","quotePrice":1.0811,"quoteCurrencyPair":"HKD/USD"}}`
	case CallInquire:
		return `{` + ok + `,"paymentStatus":"SUCCESS","paymentResultCode":"SUCCESS","paymentRequestId":"` + requestID + `","paymentId":"` + paymentID + `","paymentAmount":` + amount +
			`,"paymentTime":"2026-11-21 10:00:09.250+08:00","pspCustomerInfo":{"pspName":"ALIPAY_HK","displayCustomerId":"9****12"}}`
	case CallCancel:
		return `{` + ok + `,"paymentId":"` + paymentID + `","paymentRequestId":"` + requestID + `","cancelTime":"2026-11-21T10:01:20+08:00"}`
	case CallRefund:
		return `{` + ok + `,"refundRequestId":"` + refundID + `","refundId":"R1","paymentId":"` + paymentID + `","refundAmount":` + amount + `,"refundTime":"2026-11-21T11:30:00+08:00"}`
	case CallInquireRefund:
		return `{` + ok + `,"refundStatus":"SUCCESS","refundRequestId":"` + refundID + `","refundId":"R1","refundAmount":` + amount + `}`
	}
	return ""
}

// with is a body with one part of it replaced; the part must be there.
func with(t testing.TB, body, old, replacement string) string {
	t.Helper()
	if strings.Count(body, old) == 0 {
		t.Fatalf("%s is not in %s", old, body)
	}
	return strings.Replace(body, old, replacement, 1)
}

func result(status Status, code string) string {
	return fmt.Sprintf(`"result":{"resultStatus":%q,"resultCode":%q}`, status, code)
}

func expect(t *testing.T, got payments.Answer, outcome payments.Outcome, reason string, suspect bool) {
	t.Helper()
	if got.Outcome != outcome || got.Result != reason || got.Suspect != suspect {
		t.Errorf("%s %s (suspect %v, hint %q), want %s %s (suspect %v)", got.Outcome, got.Result, got.Suspect, got.Hint, outcome, reason, suspect)
	}
}
