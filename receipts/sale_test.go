package receipts_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ringup/payments"
	"ringup/receipts"
)

// texts are a slip's rows on 58 mm paper, with runs of spaces as one.
func texts(s receipts.Slip) []string {
	var out []string
	for _, r := range receipts.Layout(s, receipts.Paper58) {
		if r.Payload != "" {
			out = append(out, map[receipts.Kind]string{receipts.QR: "QR ", receipts.Barcode: "Barcode "}[r.Kind]+r.Payload)
		} else if text := strings.Join(strings.Fields(r.Text), " "); text != "" {
			out = append(out, text)
		}
	}
	return out
}

func has(rows []string, row string) bool {
	for _, r := range rows {
		if r == row {
			return true
		}
	}
	return false
}

func TestSaleSlipSaysWhatWasPaid(t *testing.T) {
	slip, err := form(t, "en", receipts.Live).Sale(sale("en"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Harbour Tea House",
		"18 Des Voeux Road, Central",
		"No. T2-261121-0017 14:32",
		"Cashier Min Chan 2026-11-21",
		"Hong Kong milk tea x2 36.00",
		"Pineapple bun 9.50",
		"Total HK$ 45.50",
		"AlipayHK 138****0000 Paid",
		"Alipay 202611211940108001001881111111111",
		"QR " + code(t, receipts.Live, sale("en")),
		"Show this code for refunds",
	}
	if got := texts(slip); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("slip\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if slip.Number != "T2-261121-0017" || slip.Copy {
		t.Errorf("slip of %q, copy %v", slip.Number, slip.Copy)
	}
}

func TestOnlyAHeldPaymentHasASlip(t *testing.T) {
	for _, state := range []payments.AttemptState{
		payments.AttemptIntent, payments.AttemptUnknown, payments.AttemptCancelling, payments.AttemptCancelSeen,
		payments.AttemptResolve, payments.AttemptFailed, payments.AttemptCancelled,
	} {
		s := sale("en")
		s.Attempts[0].State = state
		if slip, err := form(t, "en", receipts.Live).Sale(s); !errors.Is(err, receipts.ErrNotPaid) {
			t.Errorf("%s: %v, %v", state, slip.Lines, err)
		}
	}
	s := sale("en")
	s.Attempts = nil
	if _, err := form(t, "en", receipts.Live).Sale(s); !errors.Is(err, receipts.ErrNotPaid) {
		t.Errorf("no attempt: %v", err)
	}
	s = sale("en")
	s.Attempts[0].State = payments.AttemptPaidLate
	if _, err := form(t, "en", receipts.Live).Sale(s); err != nil {
		t.Errorf("paid late: %v", err)
	}
}

func TestTheAttemptThatHoldsTheMoneySpeaks(t *testing.T) {
	s := sale("en")
	failed := s.Attempts[0]
	failed.State, failed.Wallet, failed.PaymentID = payments.AttemptFailed, "ALIPAY_CN", "1"
	s.Attempts = []payments.Attempt{failed, s.Attempts[0], failed}
	slip, err := form(t, "en", receipts.Live).Sale(s)
	if err != nil {
		t.Fatal(err)
	}
	if rows := texts(slip); !has(rows, "AlipayHK 138****0000 Paid") || !has(rows, "Alipay 202611211940108001001881111111111") {
		t.Errorf("slip\n%s", strings.Join(rows, "\n"))
	}
}

func TestMarksStandAtBothEnds(t *testing.T) {
	for name, c := range map[string]struct {
		environment receipts.Environment
		copy        bool
		top, bottom string
	}{
		"live has none":             {receipts.Live, false, "Harbour Tea House", "Show this code for refunds"},
		"training says so":          {receipts.Training, false, "TRAINING - no money moved", "TRAINING - no money moved"},
		"sandbox says test":         {receipts.Sandbox, false, "TEST - not a real payment", "TEST - not a real payment"},
		"a reprint says copy":       {receipts.Live, true, "COPY", "COPY"},
		"a reprint in training too": {receipts.Training, true, "TRAINING - no money moved", "TRAINING - no money moved"},
	} {
		t.Run(name, func(t *testing.T) {
			f := form(t, "en", c.environment)
			f.Copy = c.copy
			slip, err := f.Sale(sale("en"))
			if err != nil {
				t.Fatal(err)
			}
			rows := texts(slip)
			if rows[0] != c.top || rows[len(rows)-1] != c.bottom {
				t.Errorf("from %q to %q", rows[0], rows[len(rows)-1])
			}
			if n := strings.Count(strings.Join(rows, "\n"), "COPY"); c.copy != (n == 2) || slip.Copy != c.copy {
				t.Errorf("COPY stands %d times", n)
			}
		})
	}
}

func TestUnknownEnvironmentIsNoSlip(t *testing.T) {
	if _, err := form(t, "en", "staging").Sale(sale("en")); !errors.Is(err, receipts.ErrEnvironment) {
		t.Errorf("error %v", err)
	}
}

func TestRefundsShowOnALaterCopy(t *testing.T) {
	s := refunded("en")
	unsure := s.Refunds[0]
	unsure.RefundRequestID, unsure.State, unsure.Amount = "other", payments.RefundUnknown, hkd(100)
	s.Refunds = append(s.Refunds, unsure)
	slip, err := form(t, "en", receipts.Live).Sale(s)
	if err != nil {
		t.Fatal(err)
	}
	rows := texts(slip)
	if !has(rows, "Refunded 2026-11-22 -9.50") || strings.Contains(strings.Join(rows, "\n"), "-1.00") {
		t.Errorf("slip\n%s", strings.Join(rows, "\n"))
	}

	s.Refunds = s.Refunds[:1]
	s.Refunds[0].Amount = hkd(4550)
	slip, err = form(t, "en", receipts.Live).Sale(s)
	if err != nil {
		t.Fatal(err)
	}
	if has(texts(slip), "Show this code for refunds") {
		t.Error("nothing is left, and the slip asks to be shown for refunds")
	}
}

func TestRefundSlipNamesTheSale(t *testing.T) {
	s := refunded("en")
	slip, err := form(t, "en", receipts.Live).Refund(s, s.Refunds[0].RefundRequestID)
	if err != nil {
		t.Fatal(err)
	}
	rows := texts(slip)
	for _, row := range []string{
		"REFUND", "For sale T2-261121-0017", "Paid on 2026-11-21 14:32", "Refunded on 2026-11-22 09:15", "Cashier Min Chan",
		"Refund HK$ 9.50", "AlipayHK 138****0000 Refunded", "Of the payment of 45.50", "Reason: Bun sold out",
		"Alipay 202611211940108001001882222222222", "QR " + code(t, receipts.Live, s),
	} {
		if !has(rows, row) {
			t.Errorf("%q is missing in\n%s", row, strings.Join(rows, "\n"))
		}
	}
}

func TestOnlyACertainRefundHasASlip(t *testing.T) {
	for _, state := range []payments.RefundState{payments.RefundIntent, payments.RefundUnknown, payments.RefundFailed} {
		s := refunded("en")
		s.Refunds[0].State = state
		if _, err := form(t, "en", receipts.Live).Refund(s, s.Refunds[0].RefundRequestID); !errors.Is(err, receipts.ErrNotRefunded) {
			t.Errorf("%s: %v", state, err)
		}
	}
	if _, err := form(t, "en", receipts.Live).Refund(refunded("en"), "nothing"); !errors.Is(err, receipts.ErrNotRefunded) {
		t.Errorf("no such refund: %v", err)
	}
}

func TestWhatIsNotKnownIsLeftOut(t *testing.T) {
	s := sale("en")
	s.Cashier, s.Lines = "", []payments.Line{{Unit: hkd(4550), Count: 1}}
	s.Attempts[0].Wallet, s.Attempts[0].Customer, s.Attempts[0].PaymentID = "", "", ""
	s.Attempts[0].PaidAt, s.Attempts[0].SettledAt = time.Time{}, time.Time{}
	f := form(t, "en", receipts.Live)
	f.Shop = receipts.Shop{}
	slip, err := f.Sale(s)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"No. T2-261121-0017 14:32", "Date 2026-11-21", "Item 45.50", "Total HK$ 45.50", "Alipay Paid",
		"QR " + code(t, receipts.Live, s), "Show this code for refunds"}
	if got := texts(slip); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("slip\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTimesAreTheShops(t *testing.T) {
	s := sale("en")
	s.Attempts[0].PaidAt = time.Date(2026, 11, 21, 16, 5, 0, 0, time.UTC) // the next day in Hong Kong
	slip, err := form(t, "en", receipts.Live).Sale(s)
	if err != nil {
		t.Fatal(err)
	}
	if rows := texts(slip); !has(rows, "No. T2-261121-0017 00:05") || !has(rows, "Cashier Min Chan 2026-11-22") {
		t.Errorf("slip\n%s", strings.Join(rows, "\n"))
	}
}

func TestDaySlipAddsNothingOfItsOwn(t *testing.T) {
	rows := texts(form(t, "en", receipts.Live).Day(figures("en")))
	for _, row := range []string{"Z REPORT - DAY CLOSE", "Close No. 326", "Business day 2026-11-21", "Till T2", "Opened 2026-11-21 07:58",
		"Closed 2026-11-21 22:05", "Cash drawer opened 4", "Sales x212 12,840.50", "Refunds x1 -9.50",
		"Net HK$ 12,831.00", "Not paid 6", "Cancelled 2", "Not settled yet 1", "AlipayHK x160 9,040.50", "Min Chan x212 12,840.50", "Books 9f3a 11c0 7be2 40d5"} {
		if !has(rows, row) {
			t.Errorf("%q is missing in\n%s", row, strings.Join(rows, "\n"))
		}
	}
	open := figures("en")
	open.Closed, open.Close, open.Opened, open.Ended, open.Drawer, open.Notes, open.Head = false, 0, time.Time{}, time.Time{}, 0, nil, ""
	rows = texts(form(t, "en", receipts.Live).Day(open))
	if !has(rows, "X REPORT - DAY SO FAR") || !has(rows, "Printed 2026-11-21 22:05") {
		t.Errorf("slip\n%s", strings.Join(rows, "\n"))
	}
	for _, row := range rows {
		for _, gone := range []string{"Z REPORT", "Close", "Opened", "Cash drawer", "Books", "changed"} {
			if strings.HasPrefix(row, gone) {
				t.Errorf("%q stands in an X report that knows nothing of it", row)
			}
		}
	}
}

// TestEveryPhraseExists makes every slip in every language: a key without a
// text would show as itself, a hole without its value as {name}.
func TestEveryPhraseExists(t *testing.T) {
	for _, language := range languages {
		bare := sale(language)
		bare.Cashier, bare.Lines, bare.Attempts[0].Wallet = "", []payments.Line{{Unit: hkd(4550), Count: 1}}, ""
		nobody := figures(language)
		nobody.Closed, nobody.ByCashier[0].Name = false, ""
		f := form(t, language, receipts.Sandbox)
		all := slips(t, language, receipts.Paper58)
		all["bare"], _ = f.Sale(bare)
		all["nobody"] = f.Day(nobody)
		for name, s := range all {
			if len(s.Lines) < 5 {
				t.Errorf("%s has %d lines", name, len(s.Lines))
			}
			for _, row := range texts(s) {
				if strings.Contains(row, "slip.") || strings.ContainsAny(row, "{}") && !strings.HasPrefix(row, "$ & @") {
					t.Errorf("%s, %s: %q", language, name, row)
				}
			}
		}
	}
}
