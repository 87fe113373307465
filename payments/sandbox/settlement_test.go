package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ringup/payments"
	"ringup/payments/alipay"
	"ringup/payments/settlement"
)

// honest is a journal that agrees with the ledger.
type honest struct{ sales map[string]payments.Sale }

func (h honest) SaleByAlipay(id string) (payments.Sale, error) {
	for _, s := range h.sales {
		for _, a := range s.Attempts {
			if a.PaymentRequestID == id || a.PaymentID == id {
				return s, nil
			}
		}
		for _, r := range s.Refunds {
			if r.RefundRequestID == id || r.RefundID == id {
				return s, nil
			}
		}
	}
	return payments.Sale{}, payments.ErrNoSale
}

func (h honest) Sales(_, _ time.Time, each func(payments.Sale) error) error {
	for _, s := range h.sales {
		if err := each(s); err != nil {
			return err
		}
	}
	return nil
}

// journalOf is the journal of a till that knows all that the ledger holds.
func journalOf(t *testing.T, c *till, at time.Time) honest {
	t.Helper()
	l, err := c.Ledger()
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]payments.AttemptState{
		alipay.StateSuccess: payments.AttemptPaid, alipay.StateFail: payments.AttemptFailed,
		alipay.StateCancelled: payments.AttemptCancelled, alipay.StateProcessing: payments.AttemptUnknown,
	}
	h := honest{map[string]payments.Sale{}}
	for _, p := range l.Payments {
		amount, err := p.PaymentAmount.Money()
		if err != nil {
			t.Fatal(err)
		}
		h.sales[p.PaymentID] = payments.Sale{ID: p.PaymentRequestID, Number: "T1-" + p.PaymentRequestID, Amount: amount, Attempts: []payments.Attempt{{
			PaymentRequestID: p.PaymentRequestID, PaymentID: p.PaymentID, State: states[p.PaymentStatus], Amount: amount, SettledAt: at,
		}}}
	}
	for _, r := range l.Refunds {
		amount, err := r.RefundAmount.Money()
		if err != nil {
			t.Fatal(err)
		}
		state := payments.RefundFailed
		if r.RefundStatus == alipay.StateSuccess {
			state = payments.Refunded
		}
		s := h.sales[r.PaymentID]
		s.Refunds = append(s.Refunds, payments.Refund{RefundRequestID: r.RefundRequestID, PaymentID: r.PaymentID, Amount: amount, State: state, SettledAt: at})
		h.sales[r.PaymentID] = s
	}
	return h
}

// TestWhatTheLedgerHoldsIsWhatItsFilesSay: files in every form are matched with
// a journal that knows all of the ledger, and only what is planted differs.
func TestWhatTheLedgerHoldsIsWhatItsFilesSay(t *testing.T) {
	c := newTill(t)
	from := c.now()
	for i := range 8 {
		c.pay(fmt.Sprintf("P%d", i), c.fresh(), fmt.Sprint(10_000+i)).want(t, "S SUCCESS")
	}
	c.pay("POOR", c.code("poor"), "500").want(t, "F USER_BALANCE_NOT_ENOUGH")
	c.cancel("P1").want(t, "S SUCCESS")
	c.pay("LATE", c.code("confirms_after_cancel"), "700").want(t, "U PAYMENT_IN_PROCESS")
	c.cancel("LATE").want(t, "S SUCCESS")
	paid := c.inquire("P2").want(t, "S SUCCESS")
	c.refund("R2", paid.paymentID, "4000").want(t, "S SUCCESS")
	paid = c.pay("BOUNCES", c.code("refund_fails"), "900").want(t, "S SUCCESS")
	c.refund("R9", paid.paymentID, "900").want(t, "U REFUND_IN_PROCESS")
	c.watch.pass(time.Minute)
	to := c.now().Add(time.Minute)
	books := journalOf(t, c, from.Add(time.Second))
	balances, err := c.Balances()
	if err != nil {
		t.Fatal(err)
	}
	held := int64(0)
	for _, b := range balances {
		held += b.Held().Minor
	}

	planted := []Planted{
		{Mistake: Omitted, ID: "P3"}, {Mistake: Doubled, ID: "P4"}, {Mistake: Changed, ID: "P5", By: -1}, {Mistake: Changed, ID: "P6", By: 1},
		{Mistake: Exchanged, ID: "P7"}, {Mistake: Stranger, ID: "X"}, {Mistake: Malformed, ID: "R2"},
	}
	differs := []string{
		"amount_over P6", "amount_under P5", "currency_differs P7", "only_at_alipay X", "only_at_till P3", "only_at_till R2", "twice P4",
	}
	for _, kind := range []FileKind{TransactionItems, SettlementItems} {
		for form := range 32 {
			f := Files{
				Kind: kind, From: from, To: to, Batch: "B1", Minor: form&1 != 0, Signed: form&2 != 0, Mark: form&4 != 0, CRLF: form&8 != 0, Turned: form&16 != 0,
				Fee: 60,
			}
			for name, want := range map[string][]string{"clean": nil, "planted": differs} {
				t.Run(fmt.Sprintf("%s %d %s", kind, form, name), func(t *testing.T) {
					f := f
					if name == "planted" {
						f.Planted = planted
					}
					var found []string
					m := settlement.New(books, settlement.Options{From: from, To: to, Each: func(f settlement.Finding) error {
						if f.Outcome.Difference() {
							found = append(found, string(f.Outcome)+" "+f.RequestID)
						}
						return nil
					}})
					take(t, c, m, f)
					if kind == SettlementItems && name == "clean" {
						f.Kind = SettlementSummary
						take(t, c, m, f)
					}
					r, err := m.End(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					slices.Sort(found)
					if !slices.Equal(found, want) {
						t.Errorf("found %q, want %q", found, want)
					}
					if name == "planted" {
						if r.Malformed != 1 {
							t.Errorf("%d malformed lines", r.Malformed)
						}
						return
					}
					s := r.Sums[0]
					if got := s.Paid.Amount.Minor - s.Refunded.Amount.Minor - s.Cancelled.Amount.Minor; len(r.Sums) != 1 || got != held {
						t.Errorf("the file holds %d, the ledger %d", got, held)
					}
					if kind == SettlementItems {
						if p := r.Payouts; len(p) != 1 || p[0].Net.Minor+p[0].Fees[0].Amount.Minor != held || p[0].Fees[0].Amount.Minor == 0 {
							t.Errorf("%+v, held %d", p, held)
						}
					}
				})
			}
		}
	}
}

func take(t *testing.T, c *till, m *settlement.Matcher, f Files) {
	t.Helper()
	var out bytes.Buffer
	if err := c.WriteFile(&out, f); err != nil {
		t.Fatal(err)
	}
	file, err := settlement.Open(&out, settlement.Reading{Name: string(f.Kind)})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Take(t.Context(), file); err != nil {
		t.Fatal(err)
	}
}

func TestAFileOfAnotherDayIsEmptyAndACutOneHasNoEnd(t *testing.T) {
	c := newTill(t)
	c.pay("A1", c.fresh(), "100").want(t, "S SUCCESS")
	var out bytes.Buffer
	if err := c.WriteFile(&out, Files{Kind: TransactionItems, From: c.now().Add(time.Hour), To: c.now().Add(2 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(out.String(), "\n"); len(lines) != 3 || lines[1] != "<END>" {
		t.Errorf("%q", lines)
	}
	out.Reset()
	if err := c.WriteFile(&out, Files{Kind: TransactionItems, From: c.now(), To: c.now().Add(time.Hour), Cut: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "A1") || strings.Contains(out.String(), "<END>") {
		t.Errorf("%q", out.String())
	}
	full := errors.New("disk full")
	if err := c.WriteFile(writerFunc(func([]byte) (int, error) { return 0, full }), Files{Kind: TransactionItems}); !errors.Is(err, full) {
		t.Error(err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
