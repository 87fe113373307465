package storage

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ringup/payments"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 123456789, shopZone)

const testSeed = "zyxwvtsrqpnmkjhgfedcba9876"

func saleID(n int) string { return payments.IDAfter(testSeed, uint32(10*n+1)) }

func requestID(n, try int) string { return payments.IDAfter(testSeed, uint32(10*n+1+try)) }

func hkd(minor int64) payments.Money { return payments.Money{Minor: minor, Currency: "HKD"} }

// aSale is the batch that opens sale n with its first attempt.
func aSale(n int) payments.Batch {
	at := noon.Add(time.Duration(n) * time.Second)
	s := payments.Sale{ID: saleID(n), Number: payments.ShopNumber("T1", "2026-11-21", n+1), Amount: hkd(int64(1000 + n)),
		Lines: []payments.Line{{Text: "Milk tea", Unit: hkd(int64(1000 + n)), Count: 1}}, Cashier: "Ann",
		BusinessDay: "2026-11-21", Created: at}
	return payments.Batch{Events: []payments.Event{
		{At: at, Sale: s.ID, Body: payments.SaleOpened{Sale: s}},
		{At: at, Sale: s.ID, Body: begun(n, 1, at)},
	}}
}

func begun(n, try int, at time.Time) payments.AttemptBegun {
	return payments.AttemptBegun{Attempt: payments.Attempt{PaymentRequestID: requestID(n, try), State: payments.AttemptIntent,
		Code: "281234…56", Account: payments.Account{Host: "https://open-sea-global.alipay.com", ClientID: "5YEW6L2ZM4DB03456"},
		Cashier: "Ann", Amount: hkd(int64(1000 + n)), SentAt: at, Expiry: at.Add(time.Minute)}, Offset: 1234567}
}

// paid is the batch that settles sale n.
func paid(n int) payments.Batch {
	at := noon.Add(time.Duration(n)*time.Second + 1876543210)
	return payments.Batch{Events: []payments.Event{{At: at, Sale: saleID(n), Body: payments.AttemptChanged{
		PaymentRequestID: requestID(n, 1), State: payments.AttemptPaid, Result: "SUCCESS",
		PaymentID: fmt.Sprintf("2026112119401080010018%011d", n), PaidAt: at.Truncate(time.Second), Wallet: "ALIPAY_HK",
		Customer: fmt.Sprintf("852-****%04d", n%10000), Day: "2026-11-21", Stamp: at.Truncate(time.Second)}}}}
}

func TestAppend(t *testing.T) {
	one := func(sale string, b payments.Body) payments.Batch {
		return payments.Batch{Events: []payments.Event{{At: noon, Sale: sale, Body: b}}}
	}
	opened := func(change func(*payments.Sale)) payments.Batch {
		b := aSale(7)
		o := b.Events[0].Body.(payments.SaleOpened)
		change(&o.Sale)
		return one(o.Sale.ID, o)
	}
	t.Run("gives the events their numbers and hashes", func(t *testing.T) {
		j := open(t, t.TempDir())
		b := aSale(0)
		if err := j.Append(b); err != nil {
			t.Fatal(err)
		}
		seq, hash, err := j.Head()
		if err != nil || b.Events[0].Seq != 1 || b.Events[1].Seq != 2 || seq != 2 || b.Events[1].Hash != hash || hash == [32]byte{} {
			t.Fatalf("%+v, head %d %x, %v", b.Events, seq, hash, err)
		}
	})
	t.Run("an empty batch writes nothing", func(t *testing.T) {
		j := open(t, t.TempDir())
		if err := j.Append(payments.Batch{}); err != nil {
			t.Fatal(err)
		}
	})

	refused := []struct {
		name  string
		batch payments.Batch
		err   error
	}{
		{"a sale opened twice", aSale(0), ErrDuplicateID},
		{"a shop number used twice", opened(func(s *payments.Sale) { s.Number = "T1-261121-0001" }), ErrDuplicateID},
		{"a payment request id used twice, by another sale",
			payments.Batch{Events: append(aSale(1).Events[:1], payments.Event{At: noon, Sale: saleID(1), Body: begun(0, 1, noon)})}, ErrDuplicateID},
		{"a payment request id used twice in one batch",
			payments.Batch{Events: append(aSale(1).Events, aSale(1).Events[1])}, ErrDuplicateID},
		{"a refund request id used twice", one(saleID(0), payments.RefundBegun{Refund: payments.Refund{
			RefundRequestID: requestID(0, 2), PaymentRequestID: requestID(0, 1), Amount: hkd(1), State: payments.RefundIntent, Created: noon}}), ErrDuplicateID},
		{"an event about a sale that was never opened", one("nobody", payments.Alarmed{}), payments.ErrNoSale},
		{"an attempt of no sale", one("", begun(1, 1, noon)), ErrEvent},
		{"an attempt without an id", one(saleID(0), payments.AttemptBegun{}), ErrEvent},
		{"a change of an attempt that is not there", one(saleID(0), payments.AttemptChanged{PaymentRequestID: "x", State: payments.AttemptPaid}), ErrEvent},
		{"a sale opened under another id", one("other", aSale(7).Events[0].Body), ErrEvent},
		{"a sale without a number", opened(func(s *payments.Sale) { s.Number = "" }), ErrEvent},
		{"a sale on no day", opened(func(s *payments.Sale) { s.BusinessDay = "today" }), ErrEvent},
		{"a sale with a past", opened(func(s *payments.Sale) { s.Attempts = []payments.Attempt{{}} }), ErrEvent},
		{"an event without a body", one("", nil), ErrEvent},
		{"a topic that would spoil the index", one("", payments.Note{Topic: "a\x00b"}), ErrEvent},
		{"a time that no calendar has", payments.Batch{Events: []payments.Event{{At: time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC), Body: payments.Note{Topic: "x"}}}}, ErrEvent},
		{"an event that is too big", one("", payments.Note{Topic: "x", Data: make([]byte, largestEvent)}), ErrEvent},
	}
	for _, c := range refused {
		t.Run(c.name+" is refused and nothing of the batch is written", func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir)
			first := aSale(0)
			first.Events = append(first.Events, payments.Event{At: noon, Sale: saleID(0), Body: payments.RefundBegun{Refund: payments.Refund{
				RefundRequestID: requestID(0, 2), PaymentRequestID: requestID(0, 1), Amount: hkd(1), State: payments.RefundIntent, Created: noon}}})
			if err := j.Append(first); err != nil {
				t.Fatal(err)
			}
			before, hash, _ := j.Head()
			b := c.batch
			b.Events = append([]payments.Event{{At: noon, Body: payments.Note{Topic: "before"}}}, b.Events...)
			if err := j.Append(b); !errors.Is(err, c.err) || errors.Is(err, ErrUncertain) {
				t.Fatalf("got %v, want %v", err, c.err)
			}
			if b.Events[0].Seq != 0 {
				t.Fatal("the refused events have numbers")
			}
			if after, same, err := j.Head(); after != before || same != hash || err != nil {
				t.Fatalf("head moved from %d to %d, %v", before, after, err)
			}
			if _, ok, err := j.Latest("before"); ok || err != nil {
				t.Fatalf("a part of the batch was written, %v", err)
			}
			if err := errors.Join(j.Append(aSale(2)), j.Verify(t.Context(), nil)); err != nil {
				t.Fatalf("afterwards: %v", err)
			}
		})
	}
	t.Run("text from outside that is no UTF-8 is kept as it came", func(t *testing.T) {
		j := open(t, t.TempDir())
		b := paid(0)
		c := b.Events[0].Body.(payments.AttemptChanged)
		c.Customer = "\xff\xfe=1"
		b.Events[0].Body = c
		if err := errors.Join(j.Append(aSale(0)), j.Append(b)); err != nil {
			t.Fatal(err)
		}
		s, err := j.Sale(saleID(0))
		if err != nil || s.Attempts[0].Customer != c.Customer {
			t.Fatalf("%q, %v", s.Attempts[0].Customer, err)
		}
	})
	t.Run("an id that Alipay gives twice finds the first sale, and both are whole", func(t *testing.T) {
		j := open(t, t.TempDir())
		twice := paid(1)
		c := twice.Events[0].Body.(payments.AttemptChanged)
		c.PaymentID = paid(0).Events[0].Body.(payments.AttemptChanged).PaymentID
		twice.Events[0].Body = c
		for _, b := range []payments.Batch{aSale(0), aSale(1), paid(0), twice} {
			if err := j.Append(b); err != nil {
				t.Fatal(err)
			}
		}
		s, err := j.SaleByAlipay(c.PaymentID)
		if err != nil || s.ID != saleID(0) {
			t.Fatalf("%s, %v", s.ID, err)
		}
		if err := j.Verify(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("very long ids from Alipay lead to their own sale only", func(t *testing.T) {
		j := open(t, t.TempDir())
		long := strings.Repeat("9", 3*longestText)
		b := paid(0)
		c := b.Events[0].Body.(payments.AttemptChanged)
		c.PaymentID = long
		b.Events[0].Body = c
		if err := errors.Join(j.Append(aSale(0)), j.Append(b)); err != nil {
			t.Fatal(err)
		}
		if _, err := j.SaleByAlipay(long); err != nil {
			t.Fatal(err)
		}
		if _, err := j.SaleByAlipay(long + "9"); !errors.Is(err, payments.ErrNoSale) {
			t.Fatal(err)
		}
	})
	t.Run("looking for what is not there is ErrNoSale", func(t *testing.T) {
		j := open(t, t.TempDir())
		if err := j.Append(aSale(0)); err != nil {
			t.Fatal(err)
		}
		for _, find := range []func() (payments.Sale, error){
			func() (payments.Sale, error) { return j.Sale("") },
			func() (payments.Sale, error) { return j.Sale(requestID(0, 1)) },
			func() (payments.Sale, error) { return j.SaleByNumber("T1-261121-0002") },
			func() (payments.Sale, error) { return j.SaleByNumber("") },
			func() (payments.Sale, error) { return j.SaleByAlipay("") },
			func() (payments.Sale, error) { return j.SaleByAlipay(saleID(0)) },
		} {
			if s, err := find(); !errors.Is(err, payments.ErrNoSale) {
				t.Fatalf("found %+v, %v", s, err)
			}
		}
	})
	t.Run("the offset is the one last noted", func(t *testing.T) {
		j := open(t, t.TempDir())
		if seen, err := j.Offset(); seen.Offset != 0 || err != nil {
			t.Fatal(seen, err)
		}
		for _, d := range []time.Duration{3 * time.Second, -time.Minute} {
			if err := j.Append(one("", payments.ClockSeen{Offset: d})); err != nil {
				t.Fatal(err)
			}
			if seen, err := j.Offset(); seen.Offset != d || err != nil {
				t.Fatal(seen, err)
			}
		}
	})
}

func TestCodes(t *testing.T) {
	code := func(s string) payments.PaymentCode {
		c, err := payments.ParseCode(s)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	one, other := code("281234567890123456"), code("281234567890123457")
	now := noon
	dir := t.TempDir()
	o := small
	j, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	used := func(c payments.PaymentCode) string {
		t.Helper()
		number, err := j.CodeUsed(c, now)
		if err != nil {
			t.Fatal(err)
		}
		return number
	}
	append := func(b payments.Batch) {
		t.Helper()
		b.CodeAt = now
		if err := j.Append(b); err != nil {
			t.Fatal(err)
		}
	}
	marks := func() (n int) {
		_ = j.view(viewCount(shelfCodes, &n))
		return n
	}

	b := aSale(0)
	b.UseCode, b.CodeSale = one, "T1-261121-0001"
	append(b)
	if used(one) != "T1-261121-0001" || used(other) != "" {
		t.Fatalf("%q %q", used(one), used(other))
	}
	now = now.Add(10*time.Minute - time.Millisecond)
	if used(one) == "" {
		t.Fatal("forgotten too early")
	}
	now = now.Add(time.Millisecond)
	if used(one) != "" {
		t.Fatal("remembered after ten minutes")
	}
	append(payments.Batch{UseCode: other, CodeSale: "T1-261121-0002"})
	if marks() != 1 {
		t.Fatalf("%d marks are kept, want 1", marks())
	}
	append(payments.Batch{FreeCode: other})
	if used(other) != "" || marks() != 0 {
		t.Fatal("a freed code is still marked")
	}
	now = now.Add(-time.Hour) // the clock was set back
	append(payments.Batch{UseCode: one, CodeSale: "T1-261121-0003"})
	if used(one) != "T1-261121-0003" {
		t.Fatal("not marked")
	}
}

func TestReadersAndAWriterTogether(t *testing.T) {
	j := open(t, t.TempDir())
	const sales = 60
	stop := make(chan struct{})
	errs := make(chan error, 3)
	for range cap(errs) {
		go func() {
			for {
				select {
				case <-stop:
					errs <- nil
					return
				default:
				}
				totals, err := j.Totals("2026-11-21")
				if err != nil {
					errs <- err
					return
				}
				all, err := j.SalesOf("2026-11-21", 0, sales)
				if err != nil {
					errs <- err
					return
				}
				held := 0
				for _, s := range all {
					if s.State().Holds() {
						held++
					}
				}
				if held < totals.Count { // the totals were read first
					errs <- fmt.Errorf("%d sales are paid, the totals said %d", held, totals.Count)
					return
				}
			}
		}()
	}
	for n := range sales {
		if err := errors.Join(j.Append(aSale(n)), j.Append(paid(n))); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
}
