package sandbox

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ringup/payments"
	"ringup/payments/alipay"
)

// template is a folder that holds a new ledger: making keys takes long, so
// that every test begins with a copy of it.
var template string

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		serveAsChild(dir)
		return
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "ringup-sandbox-*")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		s, err := Open(dir)
		if err != nil {
			panic(err)
		}
		if err := s.Close(); err != nil {
			panic(err)
		}
		template = dir
		return m.Run()
	}())
}

// newDir is a folder with a ledger that nobody used yet.
func newDir(t testing.TB) string { return copyDir(t, template) }

// copyDir is what a power cut leaves of a folder: a copy of its files at this
// moment, which may be while a server has them open.
func copyDir(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(filepath.Join(to, "alipay"), os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(to, "alipay")
}

// watch is a clock that a test sets.
type watch struct {
	mu sync.Mutex
	t  time.Time
}

func newWatch() *watch {
	return &watch{t: time.Date(2026, 11, 21, 10, 0, 0, 0, beijing)}
}

func (w *watch) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.t
}

func (w *watch) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.t = w.t.Add(d)
}

func (w *watch) set(t time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.t = t
}

// till is a small honest client of the sandbox.
type till struct {
	testing.TB
	*Server
	watch  *watch
	dir    string
	creds  alipay.Credentials
	key    *rsa.PrivateKey
	alipay *rsa.PublicKey
	client *http.Client
	now    func() time.Time
	n      int
}

// newTill serves a new sandbox over TCP, with a clock that the test sets.
func newTill(t testing.TB, opts ...Option) *till {
	t.Helper()
	return openTill(t, newDir(t), newWatch(), opts...)
}

func openTill(t testing.TB, dir string, w *watch, opts ...Option) *till {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, append([]Option{WithClock(w.now), WithHost("http://" + l.Addr().String())}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	c := newClient(t, s, nil)
	c.watch, c.dir, c.now = w, dir, w.now
	t.Cleanup(func() {
		c.audit()
		c.client.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		// A test may be over before Serve begins.
		if err := <-served; err != nil && !errors.Is(err, ErrClosed) {
			t.Error("Serve:", err)
		}
	})
	return c
}

func newClient(t testing.TB, s *Server, dial func(ctx context.Context, network, address string) (net.Conn, error)) *till {
	t.Helper()
	c := &till{TB: t, Server: s, creds: s.Credentials(), now: time.Now}
	var err error
	if c.key, err = alipay.ParsePrivateKey(string(c.creds.PrivateKey)); err != nil {
		t.Fatal(err)
	}
	if c.alipay, err = alipay.ParsePublicKey(c.creds.AlipayPublicKey); err != nil {
		t.Fatal(err)
	}
	c.client = &http.Client{
		Transport:     &http.Transport{DialContext: dial, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// with is the same till for another test.
func (c *till) with(t testing.TB) *till {
	other := *c
	other.TB = t
	return &other
}

// audit holds the balances, which are booked where money moves, against the
// ledger's states.
func (c *till) audit() {
	c.Helper()
	l, err := c.Ledger()
	if errors.Is(err, ErrClosed) {
		return
	}
	if err != nil {
		c.Fatal(err)
	}
	balances, err := c.Balances()
	if err != nil {
		c.Fatal(err)
	}
	if len(balances) != len(l.Payments) {
		c.Fatalf("%d balances for %d payments", len(balances), len(l.Payments))
	}
	for i, p := range l.Payments {
		want := int64(0)
		if p.PaymentStatus == alipay.StateSuccess {
			want = amountOf(c, p.PaymentAmount)
			for _, r := range l.Refunds {
				if r.PaymentID == p.PaymentID && r.RefundStatus == alipay.StateSuccess {
					want -= amountOf(c, r.RefundAmount)
				}
			}
		}
		if balances[i].PaymentRequestID != p.PaymentRequestID {
			c.Fatalf("balance %d is of %s, not of %s", i, balances[i].PaymentRequestID, p.PaymentRequestID)
		}
		if held := balances[i].Held().Minor; held != want {
			c.Errorf("%s %s: the merchant holds %d, the states say %d", p.PaymentRequestID, p.PaymentStatus, held, want)
		}
	}
}

func amountOf(t testing.TB, a alipay.Amount) int64 {
	t.Helper()
	m, err := a.Money()
	if err != nil {
		t.Fatal(err)
	}
	return m.Minor
}

// heard is an answer as it came over the wire.
type heard struct {
	status int
	header http.Header
	body   []byte
	path   string
	till   *till

	alipay.Result    // parsed from body
	fields           map[string]json.RawMessage
	paymentRequestID string
	paymentID        string
	refundRequestID  string
}

// verify says whether the answer is signed by Alipay for this client.
func (h *heard) verify() error {
	if got := h.header.Get(alipay.HeaderClientID); got != h.till.creds.ClientID {
		return fmt.Errorf("client id %q", got)
	}
	at, err := alipay.ParseTime(h.header.Get(alipay.HeaderResponseTime))
	if err != nil {
		return err
	}
	if off := h.till.now().Sub(at); off < -5*time.Second || off > 5*time.Second {
		return fmt.Errorf("stamped %v ago", off)
	}
	return alipay.Verify(h.till.alipay, h.header.Get(alipay.HeaderSignature), alipay.Signed{
		Method: http.MethodPost, Path: h.path, ClientID: h.header.Get(alipay.HeaderClientID),
		Time: h.header.Get(alipay.HeaderResponseTime), Body: h.body,
	})
}

// text is a field of the answer that is a string.
func (h *heard) text(name string) string {
	var s string
	_ = json.Unmarshal(h.fields[name], &s)
	return s
}

func (h *heard) amount(name string) alipay.Amount {
	var a alipay.Amount
	_ = json.Unmarshal(h.fields[name], &a)
	return a
}

// request makes a signed request, which a test may then spoil.
func (c *till) request(call alipay.Call, body []byte) *http.Request {
	c.Helper()
	return c.requestTo(call.Path(c.creds.ClientID), body)
}

func (c *till) requestTo(path string, body []byte) *http.Request {
	c.Helper()
	r, err := http.NewRequest(http.MethodPost, c.creds.Host+path, bytes.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	stamp := alipay.RequestTime(c.now())
	signature, err := alipay.Sign(c.key, "1", alipay.Signed{
		Method: http.MethodPost, Path: path, ClientID: c.creds.ClientID, Time: stamp, Body: body,
	})
	if err != nil {
		c.Fatal(err)
	}
	r.Header.Set("Content-Type", alipay.ContentType)
	r.Header.Set(alipay.HeaderClientID, c.creds.ClientID)
	r.Header.Set(alipay.HeaderRequestTime, stamp)
	r.Header.Set(alipay.HeaderSignature, signature)
	return r
}

// send sends a request and reads the whole answer.
func (c *till) send(r *http.Request) (*heard, error) {
	resp, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	h := &heard{status: resp.StatusCode, header: resp.Header, body: body, path: r.URL.RequestURI(), till: c}
	_ = json.Unmarshal(body, &h.fields)
	_ = json.Unmarshal(h.fields["result"], &h.Result)
	h.paymentRequestID, h.paymentID, h.refundRequestID = h.text("paymentRequestId"), h.text("paymentId"), h.text("refundRequestId")
	return h, nil
}

// try makes a call; the error is the network's.
func (c *till) try(call alipay.Call, body any) (*heard, error) {
	c.Helper()
	raw, ok := body.([]byte)
	if !ok {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			c.Fatal(err)
		}
	}
	return c.send(c.request(call, raw))
}

// call makes a call that must be answered, signed.
func (c *till) call(call alipay.Call, body any) *heard {
	c.Helper()
	h, err := c.try(call, body)
	if err != nil {
		c.Fatalf("%s: %v", call, err)
	}
	if err := h.verify(); err != nil {
		c.Fatalf("%s: %v: %s", call, err, h.body)
	}
	return h
}

// goodPay is a request that nothing is wrong with.
func (c *till) goodPay(id, code string, value string) alipay.PayRequest {
	amount := alipay.Amount{Currency: string(c.creds.Currency), Value: alipay.Text(value)}
	return alipay.PayRequest{
		ProductCode:      alipay.ProductInStore,
		PaymentRequestID: id,
		Order: alipay.Order{
			ReferenceOrderID: "T1-261121-0001", OrderDescription: "Tea & buns / 茶點", OrderAmount: amount,
			Merchant: alipay.Merchant{
				ReferenceMerchantID: "M0001", MerchantMCC: "5812", MerchantName: "Tea House",
				Store: alipay.Store{ReferenceStoreID: "S0001", StoreName: "Tea House", StoreMCC: "5812"},
			},
			Env:   alipay.Env{StoreTerminalID: "T1", StoreTerminalRequestTime: alipay.TimeOf(c.now())},
			Goods: []alipay.Goods{{ReferenceGoodsID: "1", GoodsName: "Tea", GoodsUnitAmount: amount, GoodsQuantity: "1"}},
		},
		PaymentAmount:      amount,
		PaymentMethod:      alipay.PaymentMethod{PaymentMethodType: alipay.MethodConnectWallet, PaymentMethodID: code},
		PaymentFactor:      alipay.PaymentFactor{InStorePaymentScenario: alipay.ScenarioPaymentCode},
		PaymentNotifyURL:   "https://ringup.invalid/notifyPayment",
		PaymentExpiryTime:  alipay.TimeOf(c.now().Add(time.Minute)),
		SettlementStrategy: alipay.SettlementStrategy{SettlementCurrency: string(c.creds.Currency)},
	}
}

// code is a fresh code of a habit, as somebody would type it.
func (c *till) code(habitID string) string {
	c.Helper()
	h, ok := habitByID(habitID)
	if !ok {
		c.Fatalf("no habit %s", habitID)
	}
	c.n++
	return fmt.Sprintf("%s%s%012d", HabitPrefix, h.Digits, c.n)
}

// fresh is a code without a habit.
func (c *till) fresh() string {
	c.n++
	return fmt.Sprintf("28%016d", c.n)
}

func (c *till) pay(id, code, value string) *heard {
	c.Helper()
	return c.call(alipay.CallPay, c.goodPay(id, code, value))
}

func (c *till) inquire(id string) *heard {
	c.Helper()
	return c.call(alipay.CallInquire, alipay.InquiryPaymentRequest{PaymentRequestID: id})
}

func (c *till) cancel(id string) *heard {
	c.Helper()
	return c.call(alipay.CallCancel, alipay.CancelRequest{PaymentRequestID: id})
}

func (c *till) refund(id, paymentID, value string) *heard {
	c.Helper()
	return c.call(alipay.CallRefund, alipay.RefundRequest{
		RefundRequestID: id, PaymentID: paymentID,
		RefundAmount: alipay.Amount{Currency: string(c.creds.Currency), Value: alipay.Text(value)},
	})
}

func (c *till) inquireRefund(id string) *heard {
	c.Helper()
	return c.call(alipay.CallInquireRefund, alipay.InquiryRefundRequest{RefundRequestID: id})
}

// result checks status and code of an answer, "S SUCCESS".
func (h *heard) want(t testing.TB, want string) *heard {
	t.Helper()
	if got := string(h.ResultStatus) + " " + h.ResultCode; got != want {
		t.Fatalf("answered %s (%s), want %s", got, h.ResultMessage, want)
	}
	return h
}

// stands checks the ledger's state of a payment and what the merchant holds of
// it in minor units.
func (c *till) stands(id, status string, held int64) {
	c.Helper()
	l, err := c.Ledger()
	if err != nil {
		c.Fatal(err)
	}
	got := "unknown"
	for _, p := range l.Payments {
		if p.PaymentRequestID == id {
			got = p.PaymentStatus
		}
	}
	if got != status {
		c.Fatalf("the ledger says %s is %s, want %s", id, got, status)
	}
	b, err := c.Balance(id)
	if status == "unknown" {
		if !errors.Is(err, ErrNoOrder) {
			c.Fatalf("balance of an unknown order: %v", err)
		}
		return
	}
	if err != nil {
		c.Fatal(err)
	}
	if b.Held() != (payments.Money{Minor: held, Currency: c.creds.Currency}) {
		c.Fatalf("the merchant holds %v of %s, want %d", b.Held(), id, held)
	}
}

// control calls a control endpoint.
func (c *till) control(method, path, body string) (int, string) {
	c.Helper()
	r, err := http.NewRequest(method, c.creds.Host+path, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	resp, err := c.client.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		c.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}
