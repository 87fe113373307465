package receipts_test

import (
	"errors"
	"strings"
	"testing"

	"ringup/payments"
	"ringup/receipts"
)

func TestDeclinedSlipSaysThatNothingWasTaken(t *testing.T) {
	f := form(t, "en", receipts.Live)
	f.Template.Footer = []string{"Thank you."}
	slip, err := f.Declined(unpaid("en", payments.AttemptFailed), whys["en"])
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Harbour Tea House",
		"18 Des Voeux Road, Central",
		"NOT PAID",
		"No. T2-261121-0017 14:32",
		"Cashier Min Chan 2026-11-21",
		"Amount HK$ 45.50",
		"Nothing was taken from you.",
		"The wallet's balance",
		"is too small.",
		"Pay with another",
		"wallet, or in cash.",
		"Alipay 202611211940108001001881111111111",
	}
	if got := texts(slip); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("slip\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if slip.Number != "T2-261121-0017" {
		t.Errorf("slip of %q", slip.Number)
	}
	plain, err := f.Declined(unpaid("en", payments.AttemptFailed), "")
	if err != nil || len(plain.Lines) != len(slip.Lines)-2 {
		t.Errorf("without a reason: %d lines, %v", len(plain.Lines), err)
	}
}

func TestCancelledSlipSaysWhatBecameOfTheMoney(t *testing.T) {
	f := form(t, "en", receipts.Live)
	s := unpaid("en", payments.AttemptCancelled)
	slip, err := f.Cancelled(s)
	if rows := texts(slip); err != nil || !has(rows, "CANCELLED") || !has(rows, "The shop holds no money.") || has(rows, "NOT PAID") {
		t.Errorf("%v\n%s", err, strings.Join(rows, "\n"))
	}
	s.Attempts[0].LateSuccess = true
	slip, err = f.Cancelled(s)
	if rows := strings.Join(texts(slip), " "); err != nil || !strings.Contains(rows, "What was taken has been given back in full.") {
		t.Errorf("taken and given back: %v\n%s", err, rows)
	}
	// What failed after one that was taken and given back doesn't say that
	// nothing was ever taken.
	last := s.Attempts[0]
	last.State = payments.AttemptFailed
	s.Attempts = append(s.Attempts, last)
	slip, err = f.Declined(s, "")
	if rows := strings.Join(texts(slip), " "); err != nil || !strings.Contains(rows, "given back in full") || strings.Contains(rows, "Nothing was taken") {
		t.Errorf("failed afterwards: %v\n%s", err, rows)
	}
}

// TestOnlyWhatIsCertainHasASlip tries every state, alone and before or after a
// certain one, and every reason to doubt it.
func TestOnlyWhatIsCertainHasASlip(t *testing.T) {
	f := form(t, "en", receipts.Live)
	makes := func(s payments.Sale) (declined, cancelled bool) {
		t.Helper()
		d, err := f.Declined(s, "why")
		if err != nil && (!errors.Is(err, receipts.ErrNotDeclined) || d.Lines != nil) {
			t.Errorf("declined: %v, %v", d.Lines, err)
		}
		c, err2 := f.Cancelled(s)
		if err2 != nil && (!errors.Is(err2, receipts.ErrNotCancelled) || c.Lines != nil) {
			t.Errorf("cancelled: %v, %v", c.Lines, err2)
		}
		return err == nil, err2 == nil
	}
	for _, state := range []payments.AttemptState{
		payments.AttemptIntent, payments.AttemptUnknown, payments.AttemptCancelling, payments.AttemptCancelSeen, payments.AttemptResolve,
		payments.AttemptPaid, payments.AttemptPaidLate, payments.AttemptFailed, payments.AttemptCancelled,
	} {
		s := unpaid("en", state)
		d, c := makes(s)
		if d != (state == payments.AttemptFailed) || c != (state == payments.AttemptCancelled) {
			t.Errorf("%s: declined slip %v, cancelled slip %v", state, d, c)
		}
		failed := unpaid("en", payments.AttemptFailed).Attempts[0]
		certain := state == payments.AttemptFailed || state == payments.AttemptCancelled
		s.Attempts = append(s.Attempts, failed)
		if d, c := makes(s); d != certain || c {
			t.Errorf("%s, then failed: declined slip %v, cancelled slip %v", state, d, c)
		}
		s.Attempts[0], s.Attempts[1] = s.Attempts[1], s.Attempts[0]
		if d, c := makes(s); d != (state == payments.AttemptFailed) || c != (state == payments.AttemptCancelled) {
			t.Errorf("failed, then %s: declined slip %v, cancelled slip %v", state, d, c)
		}
	}
	s := unpaid("en", payments.AttemptFailed)
	s.Attempts[0].Contested = true
	if d, c := makes(s); d || c {
		t.Error("a failure that was contradicted has a slip")
	}
	s = unpaid("en", payments.AttemptFailed)
	s.Refunds = []payments.Refund{{State: payments.RefundUnknown, Amount: s.Amount}}
	if d, c := makes(s); d || c {
		t.Error("a sale with an open refund has a slip")
	}
	s.Attempts, s.Refunds = nil, nil
	if d, c := makes(s); d || c {
		t.Error("a sale that was never tried has a slip")
	}
}
