package alipay

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"ringup/payments"
)

func TestAWholeSuccessIsBelieved(t *testing.T) {
	at := func(h, m, s, ms int) time.Time { return time.Date(2026, 11, 21, h, m, s, ms*1e6, zone) }
	for call, want := range map[Call]payments.Answer{
		CallPay:           {Outcome: payments.Succeeded, Result: "SUCCESS", PaymentID: paymentID, PaidAt: at(10, 0, 3, 0), Wallet: "ALIPAY_CN", Customer: "138****0000"},
		CallInquire:       {Outcome: payments.Succeeded, Result: "SUCCESS", PaymentID: paymentID, PaidAt: at(10, 0, 9, 250), Wallet: "ALIPAY_HK", Customer: "9****12"},
		CallCancel:        {Outcome: payments.Succeeded, Result: "SUCCESS", PaymentID: paymentID},
		CallRefund:        {Outcome: payments.Succeeded, Result: "SUCCESS", PaymentID: paymentID, RefundID: "R1"},
		CallInquireRefund: {Outcome: payments.Succeeded, Result: "SUCCESS", RefundID: "R1"},
	} {
		t.Run(string(call), func(t *testing.T) {
			got := saying(t, reply{body: success(call)}).ask(call)
			if !got.Stamp.Equal(noon) || !got.PaidAt.Equal(want.PaidAt) {
				t.Errorf("stamped %v, paid at %v", got.Stamp, got.PaidAt)
			}
			got.Stamp, got.PaidAt, want.PaidAt = time.Time{}, time.Time{}, time.Time{}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestWhatIsSent(t *testing.T) {
	live := shop()
	live.ClientID, live.Local = "5Y0000000000000000", true
	integrator := shop()
	integrator.AgentToken, integrator.TokenID, integrator.KeyVersion = "token-of-the-shop", "shop-7", "3"
	for _, c := range []struct {
		name          string
		creds         Credentials
		prefix, token string
		version       string
	}{
		{"a sandbox client speaks to the sandbox path", shop(), "/ams/sandbox/api/v1/", "", "1"},
		{"a live client speaks to the live path", live, "/ams/api/v1/", "", "1"},
		{"an integrator sends the shop's token and its own key version", integrator, "/ams/sandbox/api/v1/", "token-of-the-shop", "3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, c.creds, func(w http.ResponseWriter, q asked) {
				reply{body: `{` + result("U", "UNKNOWN_EXCEPTION") + `}`, clientID: c.creds.ClientID}.write(w, q.path)
			})
			for i, call := range allCalls {
				if got := s.ask(call); got.Stamp.IsZero() {
					t.Fatalf("%s: the answer was not verified: %+v", call, got)
				}
				q := s.requests()[i]
				if q.path != c.prefix+string(call) || q.query != "" {
					t.Errorf("path %s?%s", q.path, q.query)
				}
				for name, want := range map[string]string{
					HeaderClientID: c.creds.ClientID, HeaderRequestTime: "1795226400000", "Content-Type": "application/json; charset=UTF-8",
				} {
					if got := q.header.Values(name); len(got) != 1 || got[0] != want {
						t.Errorf("%s: %s is %q, want %q", call, name, got, want)
					}
				}
				token, sent := q.header[HeaderAgentToken]
				if sent != (c.token != "") || sent && token[0] != c.token {
					t.Errorf("%s: Agent-Token %q", call, token)
				}
				for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key", "Cookie", "Authorization"} {
					if q.header.Get(name) != "" {
						t.Errorf("%s: header %s is sent", call, name)
					}
				}
				signed := Signed{"POST", q.path, c.creds.ClientID, "1795226400000", q.body}
				if err := Verify(&tillKey().PublicKey, q.header.Get(HeaderSignature), signed); err != nil {
					t.Errorf("%s: signature of the request: %v", call, err)
				}
				if sig, _ := ParseSignature(q.header.Get(HeaderSignature)); sig.KeyVersion != c.version {
					t.Errorf("%s: key version %q", call, sig.KeyVersion)
				}
			}
		})
	}
}

func TestBodies(t *testing.T) {
	s := saying(t, reply{body: `{` + result("U", "UNKNOWN_EXCEPTION") + `}`})
	for call, want := range map[Call]string{
		CallInquire:       `{"paymentRequestId":"s01t0220261121000017a1"}`,
		CallCancel:        `{"paymentRequestId":"s01t0220261121000017a1"}`,
		CallRefund:        `{"refundRequestId":"s01r20261121000003","paymentId":"202611211940108001001881111111111","referenceRefundId":"T2-261121-0017","refundAmount":{"currency":"HKD","value":"4550"},"refundReason":"one bun returned"}`,
		CallInquireRefund: `{"refundRequestId":"s01r20261121000003"}`,
	} {
		s.ask(call)
		if got := s.requests()[len(s.requests())-1].body; string(got) != want {
			t.Errorf("%s:\ngot  %s\nwant %s", call, got, want)
		}
	}
}

// TestPayBody holds the whole body of pay against a file, since every field of
// it is a promise to Alipay.
func TestPayBody(t *testing.T) {
	s := saying(t, reply{body: success(CallPay)})
	q := s.payRequest()
	q.Lines = []payments.Line{
		{Text: "Milk tea & toast \t<hot>\n", Unit: payments.Money{Minor: 1600, Currency: "HKD"}, Count: 2},
		{Unit: payments.Money{Minor: 1450, Currency: "HKD"}, Count: 1},
		{Text: "discount", Unit: payments.Money{Minor: -100, Currency: "HKD"}, Count: 1},
		{Text: strings.Repeat("茶", 200), Unit: payments.Money{Minor: 1, Currency: "HKD"}, Count: 100},
	}
	want, err := os.ReadFile("testdata/pay.json")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.client.Pay(context.Background(), q); err != nil {
			t.Fatal(err)
		}
	}
	sent := s.requests()
	if string(sent[0].body) != string(sent[1].body) {
		t.Errorf("the same request made two bodies:\n%s\n%s", sent[0].body, sent[1].body)
	}
	var got, expected any
	if err := json.Unmarshal(sent[0].body, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(want, &expected); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, expected) {
		t.Errorf("body differs from testdata/pay.json:\n%s", sent[0].body)
	}
}

func TestPayBodyFillsInWhatTheShopLeftOut(t *testing.T) {
	c := shop()
	c.MerchantDisplayName, c.StoreName, c.StoreMCC, c.StoreTerminalID = "", "", "", ""
	q := (&stage{t: t}).payRequest()
	q.Description = strings.Repeat("é", 300)
	for range 150 {
		q.Lines = append(q.Lines, payments.Line{Unit: payments.Money{Minor: 1, Currency: "HKD"}, Count: 1})
	}
	raw, err := payBody(&c, q)
	if err != nil {
		t.Fatal(err)
	}
	var r PayRequest
	if err := Decode(raw, &r); err != nil {
		t.Fatal(err)
	}
	store := r.Order.Merchant.Store
	if store.StoreName != c.MerchantName || store.StoreMCC != "5812" || store.StoreTerminalID != "T1" || r.Order.Env.StoreTerminalID != "T1" {
		t.Errorf("store %+v, env %+v", store, r.Order.Env)
	}
	if r.PaymentNotifyURL != DefaultNotifyURL || r.SettlementStrategy.SettlementCurrency != "HKD" {
		t.Errorf("notify %q, settle in %q", r.PaymentNotifyURL, r.SettlementStrategy.SettlementCurrency)
	}
	if r.Order.OrderDescription != strings.Repeat("é", 256) || len(r.Order.Goods) != 100 {
		t.Errorf("description of %d bytes, %d goods", len(r.Order.OrderDescription), len(r.Order.Goods))
	}
	c.PaymentNotifyURL, c.SettlementCurrency = "https://relay.example/notify", "USD"
	raw, err = payBody(&c, q)
	if err != nil || Decode(raw, &r) != nil || r.PaymentNotifyURL != "https://relay.example/notify" || r.SettlementStrategy.SettlementCurrency != "USD" {
		t.Errorf("the shop's own settings are not sent: %s, %v", raw, err)
	}
}

func TestARequestThatCannotBeSentIsTheCallersFault(t *testing.T) {
	s := saying(t, reply{body: success(CallPay)})
	ctx := context.Background()
	good := s.payRequest()
	pay := func(change func(*payments.PayRequest)) (payments.Answer, error) {
		q := good
		change(&q)
		return s.client.Pay(ctx, q)
	}
	for name, c := range map[string]struct {
		ask  func() (payments.Answer, error)
		want error
	}{
		"no id": {func() (payments.Answer, error) {
			return pay(func(q *payments.PayRequest) { q.PaymentRequestID = "" })
		}, ErrRequest},
		"an id with special characters": {func() (payments.Answer, error) {
			return pay(func(q *payments.PayRequest) { q.PaymentRequestID = "a-b" })
		}, ErrRequest},
		"an id of 65": {func() (payments.Answer, error) {
			return pay(func(q *payments.PayRequest) { q.PaymentRequestID = strings.Repeat("a", 65) })
		}, ErrRequest},
		"no amount": {func() (payments.Answer, error) {
			return pay(func(q *payments.PayRequest) { q.Amount.Minor = 0 })
		}, payments.ErrNotPositive},
		"a currency nobody knows": {func() (payments.Answer, error) {
			return pay(func(q *payments.PayRequest) { q.Amount.Currency = "XXX" })
		}, payments.ErrNoCurrency},
		"no code": {func() (payments.Answer, error) {
			return pay(func(q *payments.PayRequest) { q.Code = payments.PaymentCode{} })
		}, ErrRequest},
		"no expiry": {func() (payments.Answer, error) {
			return pay(func(q *payments.PayRequest) { q.Expiry = time.Time{} })
		}, ErrRequest},
		"no time": {func() (payments.Answer, error) {
			return pay(func(q *payments.PayRequest) { q.Moment.Now = time.Time{} })
		}, ErrRequest},
		"an account without keys": {func() (payments.Answer, error) {
			return pay(func(q *payments.PayRequest) { q.Account.TokenID = "another" })
		}, ErrNoAccount},
		"an inquiry without an id": {func() (payments.Answer, error) {
			return s.client.Inquire(ctx, payments.InquireRequest{Moment: good.Moment, Account: s.account})
		}, ErrRequest},
		"a cancel without an id": {func() (payments.Answer, error) {
			return s.client.Cancel(ctx, payments.CancelRequest{Moment: good.Moment, Account: s.account})
		}, ErrRequest},
		"a refund of no payment": {func() (payments.Answer, error) {
			return s.client.Refund(ctx, payments.RefundRequest{Moment: good.Moment, Account: s.account, RefundRequestID: "r", Amount: price})
		}, ErrRequest},
		"a refund of nothing": {func() (payments.Answer, error) {
			return s.client.Refund(ctx, payments.RefundRequest{Moment: good.Moment, Account: s.account, RefundRequestID: "r", PaymentID: "p"})
		}, ErrRequest},
		"an inquiry for a refund without an id": {func() (payments.Answer, error) {
			return s.client.InquireRefund(ctx, payments.InquireRefundRequest{Moment: good.Moment, Account: s.account})
		}, ErrRequest},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := c.ask()
			if !errors.Is(err, c.want) || a.Outcome != payments.NotSent {
				t.Errorf("%v, %v", a.Outcome, err)
			}
		})
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestAccountsCanBeReplacedAndForgotten(t *testing.T) {
	s := saying(t, reply{body: success(CallInquire)})
	if got := s.ask(CallInquire); got.Outcome != payments.Succeeded {
		t.Fatalf("%+v", got)
	}
	// After Alipay has changed its key, the old one believes nothing.
	creds := shop()
	creds.Host, creds.AlipayPublicKey = s.server.URL, FormatPublicKey(&otherKey().PublicKey)
	if err := s.client.Use(creds); err != nil {
		t.Fatal(err)
	}
	expect(t, s.ask(CallInquire), payments.Unsure, payments.ReasonUnsigned, true)
	s.client.Forget(s.account)
	_, err := s.client.Inquire(context.Background(), payments.InquireRequest{
		Moment: payments.Moment{Now: noon}, Account: s.account, PaymentRequestID: requestID,
	})
	if !errors.Is(err, ErrNoAccount) {
		t.Errorf("%v, want ErrNoAccount", err)
	}
}
