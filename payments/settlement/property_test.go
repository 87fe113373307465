package settlement

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ringup/payments"
)

// habit is what happens to one transaction of a drawn ledger: what the till
// holds, which lines the first and the second file have, and what must be found
// of it in each run.
type habit struct {
	name string
	draw func(d *drawn, id string)
}

// drawn is a ledger and its files under way.
type drawn struct {
	t      *rapid.T
	kind   Kind
	till1  []payments.Sale // the journal when the first file comes
	till2  []payments.Sale // and the second
	file1  []written
	file2  []written
	want1  []string
	want2  []string
	amount payments.Money
	at     time.Time
	faults int
	votes  int // lines whose amounts tell the units
}

// written is a line before its units are chosen.
type written struct {
	of            Type
	id, requestID string
	original      string
	amount        payments.Money
	fee           int64
	broken        string // instead of all this
}

func (d *drawn) sale(id string, state payments.AttemptState) payments.Sale {
	return sold(id, d.amount, state, d.at)
}

func (d *drawn) holds(s payments.Sale) { d.till1, d.till2 = append(d.till1, s), append(d.till2, s) }

func (d *drawn) line(of Type, id string, amount payments.Money) written {
	w := written{of: of, id: "pay-" + id, requestID: "req-" + id, amount: amount}
	if of == Refund {
		w.id, w.requestID, w.original = "ref-"+id, "rreq-"+id, "pay-"+id
	}
	if d.kind == Settlements {
		w.fee = rapid.Int64Range(0, 3).Draw(d.t, "fee")
	}
	return w
}

// agrees is the word for a line that is right.
func (w written) agrees() string {
	if w.fee != 0 {
		return string(FeeNoted)
	}
	return string(Agrees)
}

func (d *drawn) right(of Type, id string, amount payments.Money) {
	w := d.line(of, id, amount)
	d.file1 = append(d.file1, w)
	d.want1 = append(d.want1, fmt.Sprintf("%s %s %s", w.agrees(), of, w.requestID))
	d.votes++
}

func (d *drawn) wrong(want string, w written) {
	d.file1 = append(d.file1, w)
	d.want1 = append(d.want1, want)
}

var habits = []habit{
	{"right", func(d *drawn, id string) {
		d.holds(d.sale(id, payments.AttemptPaid))
		d.right(Payment, id, d.amount)
	}},
	{"refunded", func(d *drawn, id string) {
		part := money(rapid.Int64Range(10, d.amount.Minor).Draw(d.t, "part"), d.amount.Currency)
		d.holds(returned(d.sale(id, payments.AttemptPaidLate), id, part, payments.Refunded, d.at))
		d.right(Payment, id, d.amount)
		d.right(Refund, id, part)
	}},
	{"cancelled", func(d *drawn, id string) {
		d.holds(d.sale(id, payments.AttemptCancelled))
		d.right(Payment, id, d.amount)
		d.right(Cancel, id, d.amount)
	}},
	{"nothing happened", func(d *drawn, id string) {
		d.holds(d.sale(id, rapid.SampledFrom([]payments.AttemptState{payments.AttemptCancelled, payments.AttemptFailed}).Draw(d.t, "state")))
	}},
	{"only at Alipay", func(d *drawn, id string) {
		w := d.line(Payment, id, d.amount)
		d.wrong("only_at_alipay PAYMENT req-"+id+" unknown", w)
	}},
	{"refunded elsewhere", func(d *drawn, id string) {
		d.holds(d.sale(id, payments.AttemptPaid))
		d.right(Payment, id, d.amount)
		d.wrong("only_at_alipay REFUND rreq-"+id, d.line(Refund, id, d.amount))
	}},
	{"only at the till", func(d *drawn, id string) {
		d.holds(d.sale(id, payments.AttemptPaid))
		d.want1 = append(d.want1, "only_at_till PAYMENT req-"+id)
		d.want2 = append(d.want2, "only_at_till PAYMENT req-"+id+" waited 1")
	}},
	{"a day later", func(d *drawn, id string) {
		d.holds(d.sale(id, payments.AttemptPaid))
		w := d.line(Payment, id, d.amount)
		d.file2 = append(d.file2, w)
		d.want1 = append(d.want1, "only_at_till PAYMENT req-"+id)
		d.want2 = append(d.want2, w.agrees()+" PAYMENT req-"+id+" waited 1")
	}},
	{"refund only at the till", func(d *drawn, id string) {
		d.holds(returned(d.sale(id, payments.AttemptPaid), id, d.amount, payments.Refunded, d.at))
		d.right(Payment, id, d.amount)
		d.want1 = append(d.want1, "only_at_till REFUND rreq-"+id)
		d.want2 = append(d.want2, "only_at_till REFUND rreq-"+id+" waited 1")
	}},
	{"failed here", func(d *drawn, id string) {
		d.holds(d.sale(id, payments.AttemptFailed))
		d.wrong("status_differs PAYMENT req-"+id, d.line(Payment, id, d.amount))
	}},
	{"cancelled there", func(d *drawn, id string) {
		d.holds(d.sale(id, payments.AttemptPaid))
		d.right(Payment, id, d.amount)
		d.wrong("status_differs CANCEL req-"+id, d.line(Cancel, id, d.amount))
	}},
	{"not cancelled there", func(d *drawn, id string) {
		d.holds(d.sale(id, payments.AttemptCancelled))
		d.wrong("status_differs PAYMENT req-"+id+" no_cancel", d.line(Payment, id, d.amount))
		d.want2 = append(d.want2, "status_differs CANCEL req-"+id+" no_cancel waited 1")
	}},
	{"cancelled there a day later", func(d *drawn, id string) {
		d.holds(d.sale(id, payments.AttemptCancelled))
		d.wrong("status_differs PAYMENT req-"+id+" no_cancel", d.line(Payment, id, d.amount))
		w := d.line(Cancel, id, d.amount)
		d.file2 = append(d.file2, w)
		d.want2 = append(d.want2, w.agrees()+" CANCEL req-"+id+" waited 1")
	}},
	{"refund failed here", func(d *drawn, id string) {
		d.holds(returned(d.sale(id, payments.AttemptPaid), id, d.amount, payments.RefundFailed, d.at))
		d.right(Payment, id, d.amount)
		d.wrong("status_differs REFUND rreq-"+id, d.line(Refund, id, d.amount))
	}},
	{"open, then paid", func(d *drawn, id string) {
		d.till1 = append(d.till1, d.sale(id, payments.AttemptUnknown))
		d.till2 = append(d.till2, sold(id, d.amount, payments.AttemptPaid, day2.Add(time.Hour)))
		d.wrong("status_differs PAYMENT req-"+id, d.line(Payment, id, d.amount))
		d.want2 = append(d.want2, fmt.Sprintf("agrees PAYMENT req-%s waited %d", id, days(d.at, day3)))
	}},
	{"settled behind the day's end", func(d *drawn, id string) {
		d.holds(sold(id, d.amount, payments.AttemptPaid, day2))
		d.right(Payment, id, d.amount)
	}},
	{"over", func(d *drawn, id string) {
		d.holds(d.sale(id, payments.AttemptPaid))
		d.wrong("amount_over PAYMENT req-"+id, d.line(Payment, id, money(d.amount.Minor+1, d.amount.Currency)))
	}},
	{"under", func(d *drawn, id string) {
		d.holds(d.sale(id, payments.AttemptPaid))
		d.wrong("amount_under PAYMENT req-"+id, d.line(Payment, id, money(d.amount.Minor-1, d.amount.Currency)))
	}},
	{"other currency", func(d *drawn, id string) {
		d.holds(d.sale(id, payments.AttemptPaid))
		d.wrong("currency_differs PAYMENT req-"+id, d.line(Payment, id, money(d.amount.Minor, "EUR")))
	}},
	{"other ids", func(d *drawn, id string) {
		d.holds(d.sale(id, payments.AttemptPaid))
		w := d.line(Payment, id, d.amount)
		w.id = "pay-of-another"
		d.wrong("status_differs PAYMENT req-"+id+" ids", w)
	}},
	{"twice", func(d *drawn, id string) {
		d.holds(d.sale(id, payments.AttemptPaid))
		d.right(Payment, id, d.amount)
		d.file1 = append(d.file1, d.file1[len(d.file1)-1])
		d.want1 = append(d.want1, "twice PAYMENT req-"+id)
	}},
	{"unknown twice", func(d *drawn, id string) {
		w := d.line(Payment, id, d.amount)
		d.wrong("only_at_alipay PAYMENT req-"+id+" unknown", w)
		d.wrong("twice PAYMENT req-"+id+" unknown", w)
	}},
	{"malformed", func(d *drawn, _ string) {
		d.faults++
		d.file1 = append(d.file1, written{broken: rapid.SampledFrom([]string{`a,b`, `x,"never closed`, "\xff\xfe"}).Draw(d.t, "broken")})
	}},
}

// style is how a file is written.
type style struct {
	sheet
	units    Units
	points   bool // of major units: 12.00, not 12
	signed   bool
	packing  string
	settling Kind
}

func (s style) amount(m payments.Money) string {
	switch {
	case s.units == Minor:
		return m.Wire()
	case !s.points && m.Minor%100 == 0:
		return fmt.Sprint(m.Minor / 100)
	}
	return m.Major()
}

func (s style) write(t *rapid.T, lines []written) []byte {
	s.rows, s.raw = nil, map[int]string{}
	for i, w := range lines {
		if w.broken != "" {
			s.rows = append(s.rows, nil)
			s.raw[i] = w.broken
			continue
		}
		sign, feeSign := int64(1), int64(1)
		if s.signed && w.of.back() {
			sign = -1
		} else if s.signed {
			feeSign = -1
		}
		r := row(w.of, w.id, w.requestID, s.amount(money(sign*w.amount.Minor, w.amount.Currency)), w.amount.Currency, w.when())
		r["originalTransactionId"] = w.original
		if s.settling == Settlements {
			r = settledRow(r, "B1", s.amount(hkd(sign*(w.amount.Minor-w.fee))), s.amount(hkd(feeSign*w.fee)), "HKD")
		}
		s.rows = append(s.rows, r)
	}
	switch text := s.sheet.String(); s.packing {
	case "gzip":
		return gzipped(t, text)
	case "zip":
		return zipped(t, text)
	default:
		return []byte(text)
	}
}

// when is the time of a line; it decides nothing but how long an early one
// waited.
func (w written) when() time.Time { return day1.Add(12 * time.Hour) }

func TestPlantedDifferencesAreFoundAndNoOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &drawn{t: t, kind: rapid.SampledFrom([]Kind{Transactions, Settlements}).Draw(t, "kind"), at: day1.Add(12 * time.Hour)}
		s := style{
			units: rapid.SampledFrom([]Units{Major, Minor}).Draw(t, "units"), points: rapid.Bool().Draw(t, "points"), signed: rapid.Bool().Draw(t, "signed"),
			packing: rapid.SampledFrom([]string{"plain", "gzip", "zip"}).Draw(t, "packing"), settling: d.kind,
		}
		columns := transactionColumns
		if d.kind == Settlements {
			columns = settlementColumns
		}
		s.columns = rapid.Permutation(columns).Draw(t, "columns")
		s.bom, s.crlf, s.quoted = rapid.Bool().Draw(t, "bom"), rapid.Bool().Draw(t, "crlf"), rapid.Bool().Draw(t, "quoted")
		for i, n := range rapid.SliceOfN(rapid.IntRange(0, len(habits)-1), 0, 40).Draw(t, "habits") {
			d.amount = hkd(rapid.Int64Range(10, 1_000_000).Draw(t, "amount"))
			habits[n].draw(d, fmt.Sprintf("%d", i))
		}
		d.file1 = rapid.Permutation(d.file1).Draw(t, "order")
		reading := Reading{Units: s.units}
		if d.votes > 0 && rapid.Bool().Draw(t, "auto") {
			reading.Units = Auto
		}

		pool := Pool{}
		for i, step := range []struct {
			till  []payments.Sale
			lines []written
			to    time.Time
			want  []string
		}{{d.till1, d.file1, day2, d.want1}, {d.till2, d.file2, day3, d.want2}} {
			var found []Finding
			m := New(newShop(step.till...), Options{From: day1, To: step.to, Pool: pool, Lean: s.units, Each: func(f Finding) error { found = append(found, f); return nil }})
			f, err := Open(bytes.NewReader(s.write(t, step.lines)), reading)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Take(t.Context(), f); err != nil {
				t.Fatal(err)
			}
			r, err := m.End(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got := brief(found)
			slices.Sort(step.want)
			if !slices.Equal(got, step.want) {
				t.Fatalf("run %d found\n  %s\nwant\n  %s", i+1, strings.Join(got, "\n  "), strings.Join(step.want, "\n  "))
			}
			d.sums(t, step.lines, r)
			if i == 0 && r.Malformed != d.faults {
				t.Fatalf("%d malformed lines, %d planted", r.Malformed, d.faults)
			}
			text, err := json.Marshal(r.Pool)
			if err != nil {
				t.Fatal(err)
			}
			pool = Pool{}
			if err := json.Unmarshal(text, &pool); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// sums compares what the run added up with the lines.
func (d *drawn) sums(t *rapid.T, lines []written, r Result) {
	want := map[Type]int64{}
	var net, fees int64
	for _, w := range lines {
		if w.broken != "" {
			continue
		}
		want[w.of] += w.amount.Minor
		sign := int64(1)
		if w.of.back() {
			sign = -1
		}
		net, fees = net+sign*(w.amount.Minor-w.fee), fees+sign*w.fee
	}
	got := map[Type]int64{}
	for _, s := range r.Sums {
		got[Payment] += s.Paid.Amount.Minor
		got[Refund] += s.Refunded.Amount.Minor
		got[Cancel] += s.Cancelled.Amount.Minor
	}
	for _, of := range []Type{Payment, Refund, Cancel} {
		if got[of] != want[of] {
			t.Fatalf("%s add up to %d, want %d", of, got[of], want[of])
		}
	}
	if d.kind != Settlements {
		if len(r.Payouts) > 0 {
			t.Fatalf("%+v", r.Payouts)
		}
		return
	}
	for _, p := range r.Payouts {
		net -= p.Net.Minor
		for _, f := range p.Fees {
			fees -= f.Amount.Minor
		}
	}
	if net != 0 || fees != 0 {
		t.Fatalf("net is off by %d, fees by %d", net, fees)
	}
}
