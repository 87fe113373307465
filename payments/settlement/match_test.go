package settlement

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ringup/payments"
)

// brief is what a test says of a finding.
func brief(all []Finding) (list []string) {
	for _, f := range all {
		text := fmt.Sprintf("%s %s %s", f.Outcome, f.Type, f.RequestID)
		if f.Why != "" {
			text += " " + string(f.Why)
		}
		if f.Number == "" {
			text += " unknown"
		}
		if f.Waited {
			text += fmt.Sprintf(" waited %d", f.Days)
		}
		list = append(list, text)
	}
	slices.Sort(list)
	return list
}

func expect(t *testing.T, all []Finding, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := brief(all); !slices.Equal(got, want) {
		t.Errorf("found\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func transactions(rows ...map[string]string) string {
	return sheet{columns: transactionColumns, rows: rows}.String()
}

func hkd(n int64) payments.Money { return money(n, "HKD") }

func TestEveryOutcome(t *testing.T) {
	noon := day1.Add(12 * time.Hour)
	books := newShop(
		sold("ok", hkd(1000), payments.AttemptPaid, noon),
		returned(sold("back", hkd(1000), payments.AttemptPaid, noon), "back", hkd(300), payments.Refunded, noon),
		sold("late", hkd(1000), payments.AttemptPaidLate, noon),
		sold("over", hkd(1000), payments.AttemptPaid, noon),
		sold("under", hkd(1000), payments.AttemptPaid, noon),
		sold("money", hkd(1000), payments.AttemptPaid, noon),
		sold("missing", hkd(1000), payments.AttemptPaid, noon),
		sold("failed", hkd(1000), payments.AttemptFailed, noon),
		sold("gone", hkd(1000), payments.AttemptFailed, noon),
		sold("open", hkd(1000), payments.AttemptUnknown, noon),
		sold("cancelled", hkd(1000), payments.AttemptCancelled, noon),
		sold("halfway", hkd(1000), payments.AttemptCancelled, noon),
		sold("wrongly", hkd(1000), payments.AttemptPaid, noon),
		returned(sold("noback", hkd(1000), payments.AttemptPaid, noon), "noback", hkd(300), payments.RefundFailed, noon),
		sold("ids", hkd(1000), payments.AttemptPaid, noon),
	)
	pay := func(name, amount string) map[string]string {
		return row(Payment, "pay-"+name, "req-"+name, amount, "HKD", noon)
	}
	elsewhere := row(Refund, "ref-x", "rreq-x", "1.00", "HKD", noon)
	elsewhere["originalTransactionId"] = "pay-ok"
	yen := pay("money", "1000")
	yen["transactionCurrency"] = "JPY"
	other := pay("ids", "10.00")
	other["transactionId"] = "pay-foreign"
	noRequestID := pay("late", "10.00")
	noRequestID["transactionRequestId"] = ""
	text := transactions(
		pay("ok", "10.00"), pay("back", "10.00"), row(Refund, "ref-back", "rreq-back", "-3.00", "HKD", noon), noRequestID,
		pay("over", "10.01"), pay("under", "9.99"), yen, pay("failed", "10.00"), pay("open", "10.00"),
		row(Cancel, "pay-cancelled", "req-cancelled", "10.00", "HKD", noon), pay("cancelled", "10.00"), pay("halfway", "10.00"),
		pay("wrongly", "10.00"), row(Cancel, "pay-wrongly", "req-wrongly", "10.00", "HKD", noon),
		pay("noback", "10.00"), row(Refund, "ref-noback", "rreq-noback", "3.00", "HKD", noon),
		pay("stranger", "5.00"), elsewhere, other, pay("ok", "10.00"), row("CAPTURE", "cap", "creq", "1.00", "HKD", noon),
	)
	r, found := run(t, books, Options{From: day1, To: day2}, Auto, text)
	expect(t, found,
		"agrees PAYMENT req-ok", "agrees PAYMENT req-back", "agrees REFUND rreq-back", "agrees PAYMENT req-late",
		"amount_over PAYMENT req-over", "amount_under PAYMENT req-under", "currency_differs PAYMENT req-money",
		"status_differs PAYMENT req-failed", "status_differs PAYMENT req-open",
		"agrees CANCEL req-cancelled", "agrees PAYMENT req-cancelled", "status_differs PAYMENT req-halfway no_cancel",
		"agrees PAYMENT req-wrongly", "status_differs CANCEL req-wrongly",
		"agrees PAYMENT req-noback", "status_differs REFUND rreq-noback",
		"only_at_alipay PAYMENT req-stranger unknown", "only_at_alipay REFUND rreq-x", "status_differs PAYMENT req-ids ids",
		"twice PAYMENT req-ok", "only_at_alipay CAPTURE creq unknown", "only_at_till PAYMENT req-missing",
	)
	for _, f := range found {
		switch {
		case f.Outcome == Twice && (f.Line != 21 || f.First != 2):
			t.Errorf("twice: %+v", f)
		case f.Outcome == OnlyAtTill && (f.Line != 0 || f.Number != "T1-261121-missing" || f.ID != "pay-missing" || f.Till != hkd(1000) || !f.At.Equal(noon) || f.State != "paid"):
			t.Errorf("missing: %+v", f)
		case f.Outcome == AmountOver && (f.Line != 6 || f.Till != hkd(1000) || f.Alipay != hkd(1001) || f.File != "file0" || f.SaleID != "sale-over"):
			t.Errorf("over: %+v", f)
		}
	}
	total := 0
	for _, n := range r.Counts {
		total += n
	}
	if total != len(found) || r.Lines != 21 || r.Malformed != 0 || r.Files != 1 || r.Kind != Transactions || r.Units != Major {
		t.Errorf("%+v", r)
	}
	want := []Sums{
		{Day: "2026-11-21", Currency: "HKD", Paid: Sum{14, hkd(13500)}, Refunded: Sum{3, hkd(700)}, Cancelled: Sum{2, hkd(2000)}, Other: Sum{1, hkd(100)}},
		{Day: "2026-11-21", Currency: "JPY", Paid: Sum{1, money(1000, "JPY")}, Refunded: Sum{0, money(0, "JPY")}, Cancelled: Sum{0, money(0, "JPY")}, Other: Sum{0, money(0, "JPY")}},
	}
	if !reflect.DeepEqual(r.Sums, want) {
		t.Errorf("%+v", r.Sums)
	}
}

func TestOutcomesAreWordsAndComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range Outcomes() {
		if seen[o.Key()] || !strings.HasPrefix(o.Key(), "settlement.") {
			t.Error(o.Key())
		}
		seen[o.Key()] = true
		if o.Difference() == (o == Agrees || o == FeeNoted) {
			t.Error(o)
		}
	}
	if len(seen) != 9 {
		t.Errorf("%d outcomes", len(seen))
	}
}

// kept is a pool after it was stored and read again.
func kept(t *testing.T, p Pool) Pool {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back Pool
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

func TestWhatIsMissingWaitsForTheNextFiles(t *testing.T) {
	midnight := day2.Add(-time.Minute)
	books := newShop(sold("a", hkd(1000), payments.AttemptPaid, midnight), sold("b", hkd(1000), payments.AttemptPaid, midnight))
	r1, found := run(t, books, Options{From: day1, To: day2}, Major, transactions())
	expect(t, found, "only_at_till PAYMENT req-a", "only_at_till PAYMENT req-b")

	late := row(Payment, "pay-a", "req-a", "10.00", "HKD", day2)
	r2, found := run(t, books, Options{To: day3, Pool: kept(t, r1.Pool)}, Major, transactions(late))
	expect(t, found, "agrees PAYMENT req-a waited 1", "only_at_till PAYMENT req-b waited 1")

	r3, found := run(t, books, Options{To: day3.AddDate(0, 0, 5), Pool: kept(t, r2.Pool)}, Major, transactions())
	expect(t, found, "only_at_till PAYMENT req-b waited 6")

	// The same file again, and an older one after a newer one.
	_, found = run(t, books, Options{To: day3, Pool: kept(t, r3.Pool)}, Major, transactions(late))
	expect(t, found, "agrees PAYMENT req-a", "only_at_till PAYMENT req-b waited 6")

	// The journal finds out that it was not paid.
	books = newShop(sold("b", hkd(1000), payments.AttemptFailed, midnight))
	r4, found := run(t, books, Options{To: day3, Pool: kept(t, r3.Pool)}, Major, transactions())
	expect(t, found)
	if len(r4.Pool.Waiting) != 0 {
		t.Errorf("%+v", r4.Pool)
	}
}

func TestALineThatComesBeforeTheTillHasSettledIt(t *testing.T) {
	line := func(of Type, name string) map[string]string {
		return row(of, "pay-"+name, "req-"+name, "10.00", "HKD", day1)
	}
	file := transactions(line(Payment, "open"), line(Payment, "after"), line(Payment, "dead"), line(Payment, "stopped"), line(Cancel, "stopped"), line(Payment, "less"))
	before := newShop(
		sold("open", hkd(1000), payments.AttemptUnknown, day1),
		sold("after", hkd(1000), payments.AttemptPaid, day2.Add(time.Second)), // the till's clock is behind
		sold("dead", hkd(1000), payments.AttemptUnknown, day1),
		sold("stopped", hkd(1000), payments.AttemptCancelling, day1),
		sold("less", hkd(900), payments.AttemptUnknown, day1),
	)
	r1, found := run(t, before, Options{From: day1, To: day2}, Major, file)
	expect(t, found, "status_differs PAYMENT req-open", "agrees PAYMENT req-after", "status_differs PAYMENT req-dead",
		"status_differs PAYMENT req-stopped", "status_differs CANCEL req-stopped", "status_differs PAYMENT req-less")

	settled := day2.Add(time.Hour)
	after := newShop(
		sold("open", hkd(1000), payments.AttemptPaid, settled),
		sold("after", hkd(1000), payments.AttemptPaid, day2.Add(time.Second)),
		sold("dead", hkd(1000), payments.AttemptFailed, settled),
		sold("stopped", hkd(1000), payments.AttemptCancelled, settled),
		sold("less", hkd(900), payments.AttemptPaid, settled),
	)
	r2, found := run(t, after, Options{To: day3, Pool: kept(t, r1.Pool)}, Major, transactions())
	expect(t, found, "agrees PAYMENT req-open waited 2", "agrees PAYMENT req-stopped waited 2", "agrees CANCEL req-stopped waited 2",
		"amount_over PAYMENT req-less waited 2")
	if len(r2.Pool.Early) != 0 || len(r2.Pool.Waiting) != 0 {
		t.Errorf("%+v", r2.Pool)
	}
}

func TestACancelMayStandInTheNextFile(t *testing.T) {
	at := day2.Add(-time.Minute)
	books := newShop(sold("a", hkd(1000), payments.AttemptCancelled, at))
	r1, found := run(t, books, Options{From: day1, To: day2}, Major, transactions(row(Payment, "pay-a", "req-a", "10.00", "HKD", at)))
	expect(t, found, "status_differs PAYMENT req-a no_cancel")
	r2, found := run(t, books, Options{To: day3, Pool: kept(t, r1.Pool)}, Major, transactions())
	expect(t, found, "status_differs CANCEL req-a no_cancel waited 1")
	r3, found := run(t, books, Options{To: day3, Pool: kept(t, r2.Pool)}, Major, transactions(row(Cancel, "pay-a", "req-a", "10.00", "HKD", day2)))
	expect(t, found, "agrees CANCEL req-a waited 1")
	if len(r3.Pool.Waiting) != 0 {
		t.Errorf("%+v", r3.Pool)
	}
}

func TestWhatNeverWasPaidIsNotWaitedFor(t *testing.T) {
	books := newShop()
	for i := range 20 {
		books.add(sold(fmt.Sprint(i), hkd(1), payments.AttemptFailed, day1))
	}
	_, found := run(t, books, Options{From: day1, To: day2, Missing: 10}, Major, transactions())
	expect(t, found)
}

func TestOtherAccountsAreNotMissed(t *testing.T) {
	other := sold("a", hkd(1000), payments.AttemptPaid, day1)
	other.Attempts[0].Account.ClientID = "SANDBOX"
	o := Options{From: day1, To: day2, Under: func(a payments.Account) bool { return a.ClientID == "" }}
	_, found := run(t, newShop(other, sold("b", hkd(1000), payments.AttemptPaid, day1)), o, Major, transactions())
	expect(t, found, "only_at_till PAYMENT req-b")
}

func settlements(rows ...map[string]string) string {
	return sheet{columns: settlementColumns, rows: rows}.String()
}

func settledRow(r map[string]string, batch, net, fee string, c payments.Currency) map[string]string {
	r = maps.Clone(r)
	r["settlementBatchId"], r["settlementTime"] = batch, day2.Format(time.RFC3339)
	r["settlementAmountValue"], r["settlementCurrency"], r["feeAmountValue"], r["feeCurrency"] = net, string(c), fee, string(c)
	return r
}

const summaryHeading = "settlementBatchId,summaryType,count,settlementTime,settlementAmountValue,settlementCurrency,feeAmountValue,feeCurrency\n"

func TestABatchIsAddedUpAndComparedWithItsSummary(t *testing.T) {
	sale := returned(sold("a", hkd(1500), payments.AttemptPaid, day1), "a", hkd(750), payments.Refunded, day1)
	books := newShop(sale, sold("free", hkd(500), payments.AttemptPaid, day1))
	file := settlements(
		settledRow(row(Payment, "pay-a", "req-a", "15.00", "HKD", day1), "B1", "14.50", "0.50", "HKD"),
		settledRow(row(Refund, "ref-a", "rreq-a", "7.50", "HKD", day1), "B1", "7.25", "0.25", "HKD"),
		settledRow(row(Payment, "pay-free", "req-free", "5.00", "HKD", day1), "B2", "5.00", "0.00", "HKD"),
	)
	for name, c := range map[string]struct {
		summary string
		want    []string
	}{
		"equal by types": {"B1,PAYMENT,1,,14.50,HKD,0.50,HKD\nB1,REFUND,1,,-7.25,HKD,-0.25,HKD\nB2,PAYMENT,1,,5.00,HKD,,\n", nil},
		"equal by total": {"B1,PAYMENT,1,,14.50,HKD,0.50,HKD\nB1,TOTAL,2,,7.25,HKD,0.25,HKD\n", nil},
		"over":           {"B1,TOTAL,2,,7.26,HKD,0.25,HKD\n", []string{"amount_over TOTAL  summary unknown"}},
		"under":          {"B1,TOTAL,2,,7.24,HKD,0.25,HKD\nB2,,1,,4.99,HKD,,\n", []string{"amount_under TOTAL  summary unknown", "amount_under TOTAL  summary unknown"}},
	} {
		t.Run(name, func(t *testing.T) {
			r, found := run(t, books, Options{From: day1, To: day2}, Major, file, summaryHeading+c.summary+"<END>\n")
			expect(t, found, append([]string{"fee_noted PAYMENT req-a", "fee_noted REFUND rreq-a", "agrees PAYMENT req-free"}, c.want...)...)
			want := []Payout{
				{Batch: "B1", Currency: "HKD", SettledAt: r.Payouts[0].SettledAt, Lines: 2, Net: hkd(725), Fees: []Fee{{mainFee, hkd(25)}}},
				{Batch: "B2", Currency: "HKD", SettledAt: r.Payouts[1].SettledAt, Lines: 1, Net: hkd(500), Fees: []Fee{{mainFee, hkd(0)}}},
			}
			if !reflect.DeepEqual(r.Payouts, want) || !want[0].SettledAt.Equal(day2) || len(r.Sums) != 2 {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestUnitsAreToldByTheJournal(t *testing.T) {
	books := newShop(sold("a", hkd(1000), payments.AttemptPaid, day1), sold("b", hkd(2000), payments.AttemptPaid, day1), sold("yen", money(500, "JPY"), payments.AttemptPaid, day1))
	file := func(a, b string) string {
		return transactions(row(Payment, "pay-a", "req-a", a, "HKD", day1), row(Payment, "pay-b", "req-b", b, "HKD", day1))
	}
	for name, c := range map[string]struct {
		file string
		lean Units
		want Units
		err  error
	}{
		"minor":               {file: file("1000", "2000"), want: Minor},
		"major without point": {file: file("10", "20"), want: Major},
		"major by a point":    {file: file("10", "20.00"), want: Major},
		"one differs":         {file: file("1000", "2001"), want: Minor},
		"against the lean":    {file: file("1000", "2001"), lean: Major, want: Minor},
		"a draw":              {file: file("1000", "20"), err: ErrUnits},
		"a draw and a lean":   {file: file("1000", "20"), lean: Minor, want: Minor},
		"nothing known":       {file: strings.ReplaceAll(file("1000", "2000"), "-", "_"), err: ErrUnits},
		"no difference":       {file: transactions(row(Payment, "pay-yen", "req-yen", "500", "JPY", day1)), want: Auto},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Open(strings.NewReader(strings.ReplaceAll(c.file, "2026_11_21T", "2026-11-21T")), Reading{})
			if err != nil {
				t.Fatal(err)
			}
			m := New(books, Options{From: day1, To: day2, Lean: c.lean})
			if err := m.Take(t.Context(), f); !errors.Is(err, c.err) {
				t.Fatal(err)
			}
			r, err := m.End(t.Context())
			if !errors.Is(err, c.err) || r.Units != c.want {
				t.Errorf("%v, %s", err, r.Units)
			}
		})
	}
}

func TestAPointAfterMinorUnitsWereToldRefusesTheFile(t *testing.T) {
	books := newShop(sold("a", hkd(1000), payments.AttemptPaid, day1))
	s := sheet{columns: transactionColumns}
	for i := range sampleLines + 10 {
		s.rows = append(s.rows, row(Payment, "pay-a", "req-a", "1000", "HKD", day1))
		if i == sampleLines+5 {
			s.rows[i]["transactionAmountValue"] = "10.00"
		}
	}
	for units, want := range map[Units]error{Auto: ErrMixedUnits, Minor: nil} {
		f, err := Open(strings.NewReader(s.String()), Reading{Units: units})
		if err != nil {
			t.Fatal(err)
		}
		m := New(books, Options{})
		if err := m.Take(t.Context(), f); !errors.Is(err, want) {
			t.Errorf("%q: %v", units, err)
		}
		r, err := m.End(t.Context())
		if want == nil && (err != nil || r.Malformed != 1 || r.Faults[0].Line != sampleLines+7) || want != nil && err == nil {
			t.Errorf("%q: %+v, %v", units, r.Faults, err)
		}
	}
}

func TestNothingOfARunCountsAfterAnError(t *testing.T) {
	books := newShop(sold("a", hkd(1000), payments.AttemptPaid, day1))
	good := transactions(row(Payment, "pay-a", "req-a", "10.00", "HKD", day1))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	full := errors.New("full")
	many := newShop()
	for i := range 20 {
		many.add(sold(fmt.Sprint(i), hkd(1), payments.AttemptPaid, day1))
	}
	for name, c := range map[string]struct {
		ctx   context.Context
		books Books
		o     Options
		text  string
		want  error
	}{
		"cut":              {text: good[:len(good)-4], want: ErrIncomplete},
		"another kind":     {text: good, o: Options{Pool: Pool{Kind: Settlements}}, want: ErrKinds},
		"stopped":          {ctx: ctx, text: good, want: context.Canceled},
		"Each says no":     {text: good, o: Options{Each: func(Finding) error { return full }}, want: full},
		"too much missing": {text: good, books: many, o: Options{From: day1, To: day2, Missing: 10}, want: ErrMissing},
		"broken journal":   {text: good, books: brokenBooks{}, want: errBroken},
		"too many batches": {text: manyBatches(), want: ErrTooMany},
		"sums too large":   {text: tooLarge(), want: payments.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			if c.ctx == nil {
				c.ctx = t.Context()
			}
			if c.books == nil {
				c.books = books
			}
			m := New(c.books, c.o)
			f, err := Open(strings.NewReader(c.text), Reading{Units: Major, Name: "a.csv"})
			if err != nil {
				t.Fatal(err)
			}
			_ = m.Take(c.ctx, f)
			again, _ := Open(strings.NewReader(good), Reading{Units: Major})
			if m.err != nil && m.Take(t.Context(), again) == nil {
				t.Error("took a file after an error")
			}
			r, err := m.End(t.Context())
			if !errors.Is(err, c.want) || !reflect.DeepEqual(r, Result{}) {
				t.Errorf("%v, %+v", err, r)
			}
		})
	}
}

type brokenBooks struct{}

var errBroken = errors.New("broken")

func (brokenBooks) SaleByAlipay(string) (payments.Sale, error) { return payments.Sale{}, errBroken }
func (brokenBooks) Sales(time.Time, time.Time, func(payments.Sale) error) error {
	return errBroken
}

func manyBatches() string {
	s := sheet{columns: settlementColumns}
	r := row(Payment, "p", "r", "1.00", "HKD", day1)
	for i := range mostTotals {
		s.rows = append(s.rows, settledRow(r, fmt.Sprint("B", i), "1.00", "", "HKD"))
	}
	return s.String()
}

func tooLarge() string {
	s := sheet{columns: transactionColumns}
	for i := range 1000 {
		s.rows = append(s.rows, row(Payment, fmt.Sprint("p", i), "", "99999999999999.99", "HKD", day1))
	}
	return s.String()
}

func TestARunOfSummariesLooksNothingThrough(t *testing.T) {
	books := newShop(sold("a", hkd(1000), payments.AttemptPaid, day1))
	r, found := run(t, books, Options{From: day1, To: day2}, Major, summaryHeading+"B1,TOTAL,2,,7.25,HKD,0.25,HKD\n<END>\n")
	expect(t, found)
	if r.Kind != Summaries || !reflect.DeepEqual(r.Pool, Pool{Waiting: []Waiting{}, Early: []Early{}}) {
		t.Errorf("%+v", r)
	}
	_, found = run(t, books, Options{From: day1, To: day2, Pool: kept(t, r.Pool)}, Major, settlements())
	expect(t, found, "only_at_till PAYMENT req-a")
}

func TestARunThatHasEndedTakesNoMore(t *testing.T) {
	m := New(newShop(), Options{})
	first, err := m.End(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(strings.NewReader(transactions()), Reading{})
	if err != nil {
		t.Fatal(err)
	}
	if m.Take(t.Context(), f) == nil {
		t.Error("took a file")
	}
	if again, err := m.End(t.Context()); err != nil || !reflect.DeepEqual(again, first) {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestSeveralFilesOfADayAndProgress(t *testing.T) {
	books := newShop(sold("a", hkd(1000), payments.AttemptPaid, day1), sold("b", hkd(1000), payments.AttemptPaid, day1))
	var seen []Progress
	o := Options{From: day1, To: day2, Progress: func(p Progress) { seen = append(seen, p) }}
	a := transactions(row(Payment, "pay-a", "req-a", "1000", "HKD", day1))
	b := transactions(row(Payment, "pay-b", "req-b", "1000", "HKD", day1), row(Payment, "pay-a", "req-a", "1000", "HKD", day1))
	r, found := run(t, books, o, Auto, a, b)
	expect(t, found, "agrees PAYMENT req-a", "agrees PAYMENT req-b", "twice PAYMENT req-a")
	if last := seen[len(seen)-1]; last.File != "file1" || last.Lines != 2 || last.Taken != int64(len(b)) || r.Files != 2 {
		t.Errorf("%+v", seen)
	}
}

func TestAZipThatCanBeReadAtAnyPlaceIsNotKept(t *testing.T) {
	data := zipped(t, transactions(row(Payment, "pay-a", "req-a", "10.00", "HKD", day1)))
	f, err := Open(bytes.NewReader(data), Reading{Packed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if rows, _, err := all(f); err != nil || len(rows) != 1 {
		t.Error(rows, err)
	}
}
