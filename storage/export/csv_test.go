package export

import (
	"bytes"
	"encoding/csv"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ringup/payments"
	"ringup/storage"
)

var update = flag.Bool("update", false, "write the golden files again")

var zone = time.FixedZone("", 8*3600)

// shop writes a journal for these tests.
type shop struct {
	j   *storage.Journal
	now time.Time
	n   uint32
}

func newShop(t *testing.T) *shop {
	t.Helper()
	j, err := storage.Open(t.TempDir(), storage.Options{Ballast: -1, MinFree: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return &shop{j: j, now: time.Date(2026, 11, 21, 9, 0, 0, 0, zone)}
}

func (s *shop) id() string { s.n++; return payments.IDAfter("0123456789abcdefghjkmnpqrs", s.n) }

func (s *shop) day() payments.Day { return payments.Calendar{Zone: zone}.Day(s.now) }

func (s *shop) write(sale string, b payments.Body) error {
	s.now = s.now.Add(time.Minute)
	return s.j.Append(payments.Batch{Events: []payments.Event{{At: s.now, Sale: sale, Body: b}}})
}

func (s *shop) sell(sale payments.Sale) (id string, err error) {
	sale.ID, sale.BusinessDay, sale.Created = s.id(), s.day(), s.now
	if sale.Number == "" {
		sale.Number = payments.ShopNumber("T1", s.day(), int(s.n))
	}
	return sale.ID, s.write(sale.ID, payments.SaleOpened{Sale: sale})
}

func (s *shop) try(sale string, amount payments.Money) (id string, err error) {
	id = s.id()
	return id, s.write(sale, payments.AttemptBegun{Attempt: payments.Attempt{PaymentRequestID: id, State: payments.AttemptIntent,
		Amount: amount, Code: "281234…56", SentAt: s.now, Expiry: s.now.Add(time.Minute)}})
}

func (s *shop) settle(sale, attempt string, state payments.AttemptState, result string) error {
	c := payments.AttemptChanged{PaymentRequestID: attempt, State: state, Result: result, Day: s.day()}
	if state.Holds() {
		c.PaymentID, c.Wallet = "20261121"+attempt[26:], "ALIPAY_HK"
	}
	return s.write(sale, c)
}

func (s *shop) refund(sale, attempt string, amount payments.Money, reason string) error {
	id := s.id()
	if err := s.write(sale, payments.RefundBegun{Refund: payments.Refund{RefundRequestID: id, PaymentRequestID: attempt,
		PaymentID: "20261121" + attempt[26:], Amount: amount, State: payments.RefundIntent, Reason: reason, By: "Bo", Created: s.now}}); err != nil {
		return err
	}
	return s.write(sale, payments.RefundChanged{RefundRequestID: id, State: payments.Refunded, Result: "SUCCESS", RefundID: "R" + id[26:], Day: s.day()})
}

func (s *shop) csv(t interface{ Fatal(...any) }, day payments.Day) []byte {
	sales, err := s.j.SettledOn(day)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteDayCSV(&out, day, sales); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// someDays is a shop after two days with something of each kind on them.
func someDays(t *testing.T) *shop {
	t.Helper()
	s := newShop(t)
	hkd := func(minor int64) payments.Money { return payments.Money{Minor: minor, Currency: "HKD"} }
	must := func(id string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	do := func(err error) { must("", err) }

	paid := must(s.sell(payments.Sale{Amount: hkd(4600), Cashier: "Ann", Note: "two bags",
		Lines: []payments.Line{{Text: "Milk tea, hot", Unit: hkd(2200), Count: 2}, {Unit: hkd(200), Count: 1}}}))
	do(s.settle(paid, must(s.try(paid, hkd(4600))), payments.AttemptFailed, "USER_BALANCE_NOT_ENOUGH"))
	paidBy := must(s.try(paid, hkd(4600)))
	do(s.settle(paid, paidBy, payments.AttemptPaid, "SUCCESS"))
	do(s.refund(paid, paidBy, hkd(1050), "+1 \"too sweet\""))
	declined := must(s.sell(payments.Sale{Amount: hkd(120000), Cashier: "=HYPERLINK(1)"}))
	do(s.settle(declined, must(s.try(declined, hkd(120000))), payments.AttemptFailed, "RISK_REJECT"))
	_ = must(s.sell(payments.Sale{Amount: payments.Money{Minor: 980, Currency: "JPY"}, Note: "＝1＋1\r\nsecond line"}))
	late := must(s.sell(payments.Sale{Amount: hkd(700)}))
	lateBy := must(s.try(late, hkd(700)))
	contested := must(s.sell(payments.Sale{Amount: hkd(300)}))
	contestedBy := must(s.try(contested, hkd(300)))
	do(s.settle(contested, contestedBy, payments.AttemptPaid, "SUCCESS"))

	s.now = time.Date(2026, 11, 22, 9, 0, 0, 0, zone)
	do(s.settle(late, lateBy, payments.AttemptPaidLate, "SUCCESS"))
	do(s.settle(contested, contestedBy, payments.AttemptCancelled, "ORDER_IS_CANCELED"))
	do(s.refund(paid, paidBy, hkd(3550), ""))
	return s
}

func TestDaysAsCSV(t *testing.T) {
	s := someDays(t)
	for _, day := range []payments.Day{"2026-11-21", "2026-11-22", "2026-11-23"} {
		t.Run(string(day), func(t *testing.T) {
			got, golden := s.csv(t, day), "testdata/"+string(day)+".csv"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%v\ngot\n%s\nwant\n%s", err, got, want)
			}
		})
	}
}

func TestTheAmountsAddUpToTheTotals(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := newShop(t)
		must := func(id string, err error) string {
			if err != nil {
				r.Fatal(err)
			}
			return id
		}
		type tried struct {
			sale, attempt string
			amount        payments.Money
		}
		var open, held []tried
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			s.now = s.now.Add(time.Duration(rapid.IntRange(1, 300).Draw(r, "minutes")) * time.Minute)
			switch what := rapid.IntRange(0, 5).Draw(r, "what"); {
			case what < 2 || len(open)+len(held) == 0:
				m := payments.Money{Minor: rapid.Int64Range(1, 1e6).Draw(r, "amount"), Currency: rapid.SampledFrom([]payments.Currency{"HKD", "JPY"}).Draw(r, "currency")}
				id := must(s.sell(payments.Sale{Amount: m, Note: rapid.String().Draw(r, "note"), Cashier: rapid.String().Draw(r, "cashier")}))
				open = append(open, tried{id, must(s.try(id, m)), m})
			case what < 5 && len(open) > 0:
				i := rapid.IntRange(0, len(open)-1).Draw(r, "which")
				a := open[i]
				open = append(open[:i:i], open[i+1:]...)
				state := rapid.SampledFrom([]payments.AttemptState{payments.AttemptPaid, payments.AttemptPaidLate, payments.AttemptFailed, payments.AttemptCancelled}).Draw(r, "state")
				must("", s.settle(a.sale, a.attempt, state, "X"))
				if state.Holds() {
					held = append(held, a)
				}
			case len(held) > 0:
				i := rapid.IntRange(0, len(held)-1).Draw(r, "which")
				if back := rapid.Int64Range(1, held[i].amount.Minor).Draw(r, "back"); back < held[i].amount.Minor || rapid.Bool().Draw(r, "all") {
					must("", s.refund(held[i].sale, held[i].attempt, payments.Money{Minor: back, Currency: held[i].amount.Currency}, "-"))
				} else {
					must("", s.settle(held[i].sale, held[i].attempt, payments.AttemptCancelled, "CONTRADICTED"))
				}
				held = append(held[:i:i], held[i+1:]...)
			}
		}
		for day := payments.Day("2026-11-21"); day <= s.day(); day = next(day) {
			totals, err := s.j.Totals(day)
			if err != nil {
				r.Fatal(err)
			}
			sums := map[payments.Currency]int64{}
			for _, row := range parse(r, s.csv(r, day)) {
				c := payments.Currency(row["currency"])
				amount, err := payments.ParseMoney(strings.TrimPrefix(row["amount"], "-"), c)
				if err != nil {
					r.Fatalf("amount %q: %v", row["amount"], err)
				}
				if strings.HasPrefix(row["amount"], "-") {
					amount.Minor = -amount.Minor
				}
				sums[c] += amount.Minor
			}
			for _, want := range append([]storage.DayTotals{totals}, totals.Others...) {
				if sums[want.Currency] != want.Net().Minor {
					r.Fatalf("%s: the column adds up to %d, the totals say %+v", day, sums[want.Currency], want)
				}
				delete(sums, want.Currency)
			}
			for c, sum := range sums {
				if sum != 0 {
					r.Fatalf("%s: %d %s are in no total", day, sum, c)
				}
			}
		}
	})
}

func next(d payments.Day) payments.Day {
	t, _ := time.Parse(time.DateOnly, string(d))
	return payments.Day(t.AddDate(0, 0, 1).Format(time.DateOnly))
}

// parse reads a CSV as a spreadsheet does.
func parse(t *rapid.T, file []byte) []map[string]string {
	body, ok := bytes.CutPrefix(file, []byte("\xef\xbb\xbf"))
	if !ok {
		t.Fatal("no byte order mark")
	}
	all, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, cell := range cells {
			row[all[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return rows
}

func TestNoTextIsAFormula(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"Ann", "Ann"},
		{"1+1=2", "1+1=2"},
		{"=1+1", "'=1+1"},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"\t=1", "' =1"},
		{"\tAnn", "' Ann"},
		{"\r\n=1", "'  =1"},
		{"\x00=1", "' =1"},
		{"  =1", "'  =1"},
		{"\u00a0=1", "'\u00a0=1"},
		{"\u200b=1", "'\u200b=1"},
		{"\ufeff=1", "'\ufeff=1"},
		{"＝1", "'＝1"},
		{"＋1", "'＋1"},
		{"－1", "'－1"},
		{"＠1", "'＠1"},
		{"﹣1", "'﹣1"},
		{"a\r\n=b", "a  =b"},
		{"tea;=1", "tea;'=1"},
		{"tea; \t-1;2", "tea;'  -1;2"},
		{"a;\"\"=1", "a;'\"\"=1"},
		{"\"=1", "\"=1"},
		{"a;b; 1 x tea 2.00", "a;b; 1 x tea 2.00"},
		{"=1;@x", "'=1;'@x"},
		{"\xff=1", "\ufffd=1"},
		{"陳", "陳"},
	} {
		if got := harmless(c.text); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}
