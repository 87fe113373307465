package sandbox

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"ringup/payments"
	"ringup/payments/alipay"
)

func TestOpen(t *testing.T) {
	t.Run("makes keys and a credentials file that only the owner can read", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "new", "alipay")
		s, err := Open(dir, WithCurrency("JPY"))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		c, err := alipay.ReadCredentials(filepath.Join(dir, CredentialsFile))
		if err != nil {
			t.Fatal(err)
		}
		if c != s.Credentials() {
			t.Error("the file holds other credentials than the server tells")
		}
		if c.Currency != "JPY" || !alipay.IsSandbox(c.ClientID) || !c.Local {
			t.Errorf("credentials for %s of %s", c.Currency, c.ClientID)
		}
		if runtime.GOOS == "windows" {
			return // modes mean nothing there
		}
		for name, want := range map[string]fs.FileMode{".": 0o700, CredentialsFile: 0o600, ledgerFile: 0o600} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != want {
				t.Errorf("%s has mode %o", name, info.Mode().Perm())
			}
		}
	})
	t.Run("keeps keys, client id and currency", func(t *testing.T) {
		dir := newDir(t)
		var before alipay.Credentials
		for i, opts := range [][]Option{{WithCurrency("CNY")}, {}} {
			s, err := Open(dir, opts...)
			if err != nil {
				t.Fatal(err)
			}
			if now := s.Credentials(); i > 0 && now != before {
				t.Error("other credentials after reopening")
			}
			before = s.Credentials()
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if before.Currency != "CNY" {
			t.Error("currency", before.Currency)
		}
	})
	t.Run("refuses a folder that is open already", func(t *testing.T) {
		dir := newDir(t)
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := Open(dir); !errors.Is(err, ErrInUse) {
			t.Error("second Open:", err)
		}
	})
	t.Run("refuses a currency that nobody knows", func(t *testing.T) {
		if _, err := Open(newDir(t), WithCurrency("XXX")); !errors.Is(err, payments.ErrNoCurrency) {
			t.Error(err)
		}
	})
	t.Run("refuses a damaged ledger", func(t *testing.T) {
		dir := newDir(t)
		if err := os.WriteFile(filepath.Join(dir, ledgerFile), []byte("not a ledger, but long enough to look at"), 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(dir); err == nil {
			s.Close()
			t.Error("opened")
		}
	})
	t.Run("names the shop that it is told and keeps its own keys", func(t *testing.T) {
		dir := newDir(t)
		shop := alipay.Credentials{
			Host: "https://open-sea.alipay.com", ClientID: "live", PrivateKey: "secret", AgentToken: "token",
			ReferenceMerchantID: "M7", MerchantName: "Seven", MerchantMCC: "5411", ReferenceStoreID: "S7", Currency: "SGD",
		}
		s, err := Open(dir, WithShop(shop), WithHost("http://localhost:1"))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		c := s.Credentials()
		if err := c.Validate(); err != nil {
			t.Error(err)
		}
		if c.Host != "http://localhost:1" || c.ReferenceMerchantID != "M7" || c.Currency != "SGD" || c.AgentToken != "" || !alipay.IsSandbox(c.ClientID) {
			t.Errorf("credentials %+v", c)
		}
	})
}

func TestServe(t *testing.T) {
	t.Run("writes its address into the credentials, and ends with Close", func(t *testing.T) {
		dir := newDir(t)
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		l, err := net.Listen("tcp", "0.0.0.0:0")
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- s.Serve(l) }()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		c := newClient(t, s, nil)
		c.creds.Host = "http://127.0.0.1:" + port
		c.pay("A1", "2812345678901234", "100").want(t, "S SUCCESS")
		if got := s.Credentials().Host; got != c.creds.Host {
			t.Errorf("host %s, want %s", got, c.creds.Host)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error("Serve:", err)
		}
		file, err := alipay.ReadCredentials(filepath.Join(dir, CredentialsFile))
		if err != nil || file.Host != c.creds.Host {
			t.Error(file.Host, err)
		}
		if _, err := c.try(alipay.CallPay, c.goodPay("A2", "2812345678901235", "100")); err == nil {
			t.Error("answered after Close")
		}
		if err := s.Close(); err != nil {
			t.Error("second Close:", err)
		}
		l, err = net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Serve(l); !errors.Is(err, ErrClosed) {
			t.Error("Serve after Close:", err)
		}
		if _, err := s.Ledger(); !errors.Is(err, ErrClosed) {
			t.Error("Ledger after Close:", err)
		}
	})
}

// The till's own client must be able to live with the sandbox, and the other
// way round.
func TestTheClientSellsHere(t *testing.T) {
	s, err := Open(newDir(t))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	client := alipay.NewClient(alipay.WithDial(func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
	}))
	t.Cleanup(func() {
		client.Close()
		s.Close()
		<-served
	})
	creds := s.Credentials()
	creds.Host = firstHost
	if err := client.Use(creds); err != nil {
		t.Fatal(err)
	}
	ctx, account, amount := context.Background(), creds.Account(), payments.Money{Minor: 4550, Currency: "HKD"}
	moment := func() payments.Moment { return payments.Moment{Now: time.Now(), Floor: time.Now()} }
	expect := func(what string, a payments.Answer, err error, want payments.Outcome, result string) {
		t.Helper()
		if err != nil || a.Outcome != want || result != "" && a.Result != result || a.Suspect || a.Stamp.IsZero() {
			t.Fatalf("%s: %s %s %s, suspect %v (%v); want %s %s", what, a.Outcome, a.Result, a.Hint, a.Suspect, err, want, result)
		}
	}
	pay := func(id, habit string) payments.Answer {
		t.Helper()
		code, err := s.NewCode(habit)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		a, err := client.Pay(ctx, payments.PayRequest{
			Moment: moment(), Account: account, PaymentRequestID: id, Amount: amount, Code: code,
			SentAt: now, Expiry: now.Add(time.Minute), Number: "T1-261121-0001",
			Lines: []payments.Line{{Text: "Tea", Unit: amount, Count: 1}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	inquire := func(id string) (payments.Answer, error) {
		return client.Inquire(ctx, payments.InquireRequest{Moment: moment(), Account: account, PaymentRequestID: id, Amount: amount})
	}

	a, err := inquire("probe")
	expect("probe", a, err, payments.NotFound, "ORDER_NOT_EXIST")
	a = pay("A1", "pays")
	expect("pay", a, nil, payments.Succeeded, "SUCCESS")
	if a.PaymentID == "" || a.Wallet == "" || a.Customer == "" || a.PaidAt.IsZero() {
		t.Errorf("paid, but %+v", a)
	}
	r, err := client.Refund(ctx, payments.RefundRequest{
		Moment: moment(), Account: account, RefundRequestID: "R1", PaymentID: a.PaymentID,
		Amount: payments.Money{Minor: 1000, Currency: "HKD"}, Reason: "one bun returned", Number: "T1-261121-0001",
	})
	expect("refund", r, err, payments.Succeeded, "SUCCESS")
	r, err = client.InquireRefund(ctx, payments.InquireRefundRequest{Moment: moment(), Account: account, RefundRequestID: "R1", Amount: payments.Money{Minor: 1000, Currency: "HKD"}})
	expect("refund inquiry", r, err, payments.Succeeded, "SUCCESS")
	a, err = inquire("A1")
	expect("inquiry", a, err, payments.Succeeded, "SUCCESS")
	if len(a.Refunds) != 1 || a.Refunds[0].RefundRequestID != "R1" || a.Refunds[0].Amount.Minor != 1000 {
		t.Errorf("refunds listed: %+v", a.Refunds)
	}
	a, err = client.Cancel(ctx, payments.CancelRequest{Moment: moment(), Account: account, PaymentRequestID: "A1"})
	expect("cancel after refund", a, err, payments.NotAllowed, "ORDER_STATUS_INVALID")

	expect("password", pay("A2", "password"), nil, payments.InProgress, "PAYMENT_IN_PROCESS")
	a, err = client.Cancel(ctx, payments.CancelRequest{Moment: moment(), Account: account, PaymentRequestID: "A2"})
	expect("cancel", a, err, payments.Succeeded, "SUCCESS")
	a, err = inquire("A2")
	expect("inquiry of a cancelled order", a, err, payments.WasStopped, "")
	expect("poor", pay("A3", "poor"), nil, payments.Declined, "USER_BALANCE_NOT_ENOUGH")
	a, err = inquire("A3")
	expect("inquiry of a failed order", a, err, payments.Declined, "USER_BALANCE_NOT_ENOUGH")
	if a := pay("A4", "network_fails"); a.Outcome != payments.Unsure || !a.Stamp.IsZero() {
		t.Errorf("lost answer: %+v", a)
	}
}
