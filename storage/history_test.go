package storage

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ringup/payments"
)

// shopZone is the zone of the shops in these tests.
var shopZone = time.FixedZone("", 8*3600)

// history makes up valid events, as a till would write them, and keeps the
// books in the plainest way there is: lists in memory.
type history struct {
	now   time.Time
	ids   uint32
	seed  string
	count map[string]int
	sales []*payments.Sale
	days  map[string]map[payments.Currency]*plain // by day
	notes map[string][]string
	drawn []payments.Batch
}

// plain are the sums of a day.
type plain struct {
	takings, refunds                    int64
	paid, refunded, declined, cancelled int
	byHour                              [24]int64
	byCashier, byWallet                 map[string]int64
	countByCashier, countByWallet       map[string]int
	booked                              int
}

func newHistory() *history {
	return &history{
		now:   time.Date(2026, 11, 21, 9, 30, 0, 0, shopZone),
		seed:  "0123456789abcdefghjkmnpqrs",
		count: map[string]int{}, days: map[string]map[payments.Currency]*plain{}, notes: map[string][]string{},
	}
}

func (h *history) id() string { h.ids++; return payments.IDAfter(h.seed, h.ids) }

func (h *history) today() payments.Day {
	return payments.Calendar{Zone: shopZone, CutOver: 4}.Day(h.now)
}

func (h *history) tick(t *rapid.T) {
	h.now = h.now.Add(time.Duration(rapid.Int64Range(1, int64(9*time.Hour)).Draw(t, "later")))
}

func (h *history) event(sale string, b payments.Body) payments.Event {
	return payments.Event{At: h.now, Sale: sale, Body: b}
}

func (h *history) sum(c payments.Currency) *plain {
	day := string(h.today())
	if h.days[day] == nil {
		h.days[day] = map[payments.Currency]*plain{}
	}
	if h.days[day][c] == nil {
		h.days[day][c] = &plain{byCashier: map[string]int64{}, byWallet: map[string]int64{},
			countByCashier: map[string]int{}, countByWallet: map[string]int{}}
	}
	return h.days[day][c]
}

func (h *history) hold(s *payments.Sale, a payments.Attempt, sign int) {
	p := h.sum(a.Amount.Currency)
	minor := int64(sign) * a.Amount.Minor
	p.takings += minor
	p.paid += sign
	p.byHour[h.now.Hour()] += minor
	cashier := a.Cashier
	if cashier == "" {
		cashier = s.Cashier
	}
	p.byCashier[cashier] += minor
	p.countByCashier[cashier] += sign
	p.byWallet[a.Wallet] += minor
	p.countByWallet[a.Wallet] += sign
	p.booked++
}

var (
	cashiers   = rapid.SampledFrom([]string{"", "Ann", "Bo", "陳"})
	wallets    = rapid.SampledFrom([]string{"ALIPAY_HK", "ALIPAY_CN", "GCASH"})
	currencies = rapid.SampledFrom([]payments.Currency{"HKD", "HKD", "HKD", "JPY"})
)

// open draws a batch that opens a sale, with an attempt or without.
func (h *history) open(t *rapid.T) payments.Batch {
	day := h.today()
	till := rapid.SampledFrom([]string{"T1", "T10", "K2"}).Draw(t, "till")
	h.count[till+string(day)]++
	s := payments.Sale{
		ID: h.id(), Number: payments.ShopNumber(till, day, h.count[till+string(day)]),
		Amount:      payments.Money{Minor: rapid.Int64Range(1, 2_000_000).Draw(t, "amount"), Currency: currencies.Draw(t, "currency")},
		Note:        rapid.SampledFrom([]string{"", "two bags", "=1+1"}).Draw(t, "note"),
		Cashier:     cashiers.Draw(t, "cashier"),
		BusinessDay: day, Created: h.now,
	}
	for range rapid.IntRange(0, 2).Draw(t, "lines") {
		s.Lines = append(s.Lines, payments.Line{Text: "Tea", Unit: s.Amount, Count: 1})
	}
	b := payments.Batch{Events: []payments.Event{h.event(s.ID, payments.SaleOpened{Sale: s})}}
	held := s.Clone()
	h.sales = append(h.sales, &held)
	if rapid.Bool().Draw(t, "at once") {
		b.Events = append(b.Events, h.begin(t, &held))
	}
	return b
}

func (h *history) apply(s *payments.Sale, e payments.Event) payments.Event {
	if err := s.Apply(e); err != nil {
		panic(err)
	}
	return e
}

func (h *history) begin(t *rapid.T, s *payments.Sale) payments.Event {
	return h.apply(s, h.event(s.ID, payments.AttemptBegun{Attempt: payments.Attempt{
		PaymentRequestID: h.id(), State: payments.AttemptIntent, Code: "281234…56",
		Account: payments.Account{Host: "https://open-sea-global.alipay.com", ClientID: "SANDBOX_5Y"},
		Cashier: cashiers.Draw(t, "cashier"), Amount: s.Amount, SentAt: h.now, Expiry: h.now.Add(time.Minute)}}))
}

// step draws a batch that goes on with some sale.
func (h *history) step(t *rapid.T) payments.Batch {
	if len(h.sales) == 0 {
		return h.open(t)
	}
	s := h.sales[len(h.sales)-1-rapid.IntRange(0, min(len(h.sales)-1, 4)).Draw(t, "sale")]
	if len(s.Attempts) == 0 {
		return payments.Batch{Events: []payments.Event{h.begin(t, s)}}
	}
	a := &s.Attempts[rapid.IntRange(0, len(s.Attempts)-1).Draw(t, "attempt")]
	var events []payments.Event
	switch {
	case slices.ContainsFunc(s.Refunds, func(r payments.Refund) bool { return r.State != payments.RefundFailed }) && rapid.Bool().Draw(t, "refund goes on"):
		i := slices.IndexFunc(s.Refunds, func(r payments.Refund) bool { return r.State != payments.RefundFailed })
		was := s.Refunds[i]
		b := payments.RefundChanged{RefundRequestID: was.RefundRequestID,
			State: rapid.SampledFrom([]payments.RefundState{payments.Refunded, payments.RefundFailed, payments.RefundUnknown}).Draw(t, "refund state"),
			Day:   h.today()}
		if b.State == payments.Refunded {
			b.RefundID = "20261121" + h.id()[20:]
		}
		switch {
		case b.State == payments.Refunded && was.State != payments.Refunded:
			h.refund(was, 1)
		case b.State != payments.Refunded && was.State == payments.Refunded:
			h.refund(was, -1)
		}
		events = append(events, h.apply(s, h.event(s.ID, b)))
	case a.State.Holds() && s.Refundable(a.PaymentRequestID).Minor > 0 && rapid.IntRange(0, 2).Draw(t, "contradiction") == 0:
		r := payments.Refund{RefundRequestID: h.id(), PaymentRequestID: a.PaymentRequestID, PaymentID: a.PaymentID,
			Amount: payments.Money{Minor: rapid.Int64Range(1, s.Refundable(a.PaymentRequestID).Minor).Draw(t, "back"), Currency: s.Amount.Currency},
			State:  payments.RefundIntent, Created: h.now}
		if rapid.IntRange(0, 5).Draw(t, "elsewhere") == 0 {
			r.State, r.Elsewhere, r.SettledAt, r.SettledDay = payments.Refunded, true, h.now, h.today()
			h.refund(r, 1)
		}
		events = append(events, h.apply(s, h.event(s.ID, payments.RefundBegun{Refund: r})))
	default:
		events = append(events, h.change(t, s, a))
		if rapid.Bool().Draw(t, "again") {
			events = append(events, h.begin(t, s))
		}
	}
	if rapid.IntRange(0, 9).Draw(t, "alarm") == 0 {
		events = append(events, h.apply(s, h.event(s.ID, payments.Alarmed{Alarm: payments.Alarm{At: h.now, Kind: payments.AlarmSuspicion}})))
	}
	return payments.Batch{Events: events}
}

func (h *history) refund(r payments.Refund, sign int) {
	p := h.sum(r.Amount.Currency)
	p.refunds += int64(sign) * r.Amount.Minor
	p.refunded += sign
	p.booked++
}

func (h *history) change(t *rapid.T, s *payments.Sale, a *payments.Attempt) payments.Event {
	b := payments.AttemptChanged{PaymentRequestID: a.PaymentRequestID, Day: h.today(), Stamp: h.now.UTC().Truncate(time.Second),
		State: rapid.SampledFrom([]payments.AttemptState{payments.AttemptUnknown, payments.AttemptCancelling, payments.AttemptCancelSeen,
			payments.AttemptResolve, payments.AttemptPaid, payments.AttemptPaid, payments.AttemptPaidLate,
			payments.AttemptFailed, payments.AttemptCancelled}).Draw(t, "state")}
	if b.State.Holds() {
		b.PaidAt, b.Result = h.now, "SUCCESS"
		if a.PaymentID == "" {
			b.PaymentID, b.Wallet = "2026112119401080"+h.id()[20:], wallets.Draw(t, "wallet")
		}
	}
	was := *a
	e := h.apply(s, h.event(s.ID, b))
	if was.State.Holds() && !a.State.Holds() {
		h.hold(s, was, -1)
	}
	if !was.State.Holds() && a.State.Holds() {
		h.hold(s, *a, 1)
	}
	if a.State == payments.AttemptFailed && was.State != a.State {
		h.sum(a.Amount.Currency).declined++
	}
	if a.State == payments.AttemptCancelled && was.State != a.State {
		h.sum(a.Amount.Currency).cancelled++
	}
	return e
}

// aside draws a batch about no sale.
func (h *history) aside(t *rapid.T) payments.Batch {
	switch rapid.IntRange(0, 2).Draw(t, "aside") {
	case 0:
		return payments.Batch{Events: []payments.Event{h.event("", payments.ClockSeen{Offset: time.Duration(rapid.Int64().Draw(t, "offset"))})}}
	case 1:
		return payments.Batch{Events: []payments.Event{h.event("", payments.Started{Seed: h.seed, Version: "1"})}}
	}
	topic := rapid.SampledFrom([]string{"settings", "set", "print"}).Draw(t, "topic")
	data := fmt.Sprintf(`{"n":%d}`, rapid.Int().Draw(t, "data"))
	h.notes[topic] = append(h.notes[topic], data)
	return payments.Batch{Events: []payments.Event{h.event("", payments.Note{Topic: topic, Data: []byte(data)})}}
}

// next draws any batch.
func (h *history) next(t *rapid.T) payments.Batch {
	h.tick(t)
	var b payments.Batch
	switch rapid.IntRange(0, 7).Draw(t, "what") {
	case 7:
		b = h.open(t)
	case 6:
		b = h.aside(t)
	default:
		b = h.step(t)
	}
	h.drawn = append(h.drawn, b)
	return b
}

func TestAJournalSaysWhatItsEventsAddUpTo(t *testing.T) {
	seen := map[BookingKind]int{}
	rapid.Check(t, func(r *rapid.T) {
		dir := t.TempDir()
		j := open(t, dir)
		defer func() { _ = j.Close() }()
		j.db.NoSync = true // what is durable is asked elsewhere
		h := newHistory()
		for range rapid.IntRange(40, 80).Draw(r, "batches") {
			b := h.next(r)
			if err := j.Append(b); err != nil {
				r.Fatalf("append %+v: %v", b, err)
			}
		}
		if rapid.Bool().Draw(r, "reopen") {
			if err := j.Close(); err != nil {
				r.Fatal(err)
			}
			j = open(t, dir)
		}
		h.compareSales(r, j)
		h.compareLists(r, j)
		h.compareTotals(r, j, seen)
		if err := j.Verify(t.Context(), nil); err != nil {
			r.Fatal(err)
		}
	})
	t.Logf("booked %v", seen)
	for _, kind := range []BookingKind{BookedPaid, BookedUnpaid, BookedDeclined, BookedCancelled, BookedRefunded, BookedUnrefunded} {
		if seen[kind] < 5 && !t.Failed() {
			t.Errorf("too few histories booked %s to tell anything", kind)
		}
	}
}

func (h *history) compareSales(t *rapid.T, j *Journal) {
	for _, want := range h.sales {
		finds := map[string]func() (payments.Sale, error){
			"id":     func() (payments.Sale, error) { return j.Sale(want.ID) },
			"number": func() (payments.Sale, error) { return j.SaleByNumber(want.Number) },
		}
		for _, a := range want.Attempts {
			finds[a.PaymentRequestID] = func() (payments.Sale, error) { return j.SaleByAlipay(a.PaymentRequestID) }
			if a.PaymentID != "" {
				finds[a.PaymentID] = func() (payments.Sale, error) { return j.SaleByAlipay(a.PaymentID) }
			}
		}
		for _, r := range want.Refunds {
			finds[r.RefundRequestID] = func() (payments.Sale, error) { return j.SaleByAlipay(r.RefundRequestID) }
			if r.RefundID != "" {
				finds[r.RefundID] = func() (payments.Sale, error) { return j.SaleByAlipay(r.RefundID) }
			}
		}
		for by, find := range finds {
			got, err := find()
			if err != nil || !sameSale(got, *want) {
				t.Fatalf("sale %s by %s: %v\ngot  %+v\nwant %+v", want.Number, by, err, got, *want)
			}
		}
		events, err := j.EventsOf(want.ID)
		if err != nil {
			t.Fatal(err)
		}
		var folded payments.Sale
		for _, e := range events {
			if err := folded.Apply(e); err != nil {
				t.Fatal(err)
			}
		}
		if !sameSale(folded, *want) {
			t.Fatalf("the events of %s add up to\n%+v\nwant %+v", want.Number, folded, *want)
		}
	}
}

// sameSale compares as the journal keeps: by canonical bytes.
func sameSale(a, b payments.Sale) bool {
	x, err := encoding.Marshal(a)
	if err != nil {
		return false
	}
	y, err := encoding.Marshal(b)
	return err == nil && string(x) == string(y)
}

func (h *history) compareLists(t *rapid.T, j *Journal) {
	numbers := func(sales []payments.Sale, err error) (all []string) {
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sales {
			all = append(all, s.Number)
		}
		return all
	}
	var open []string
	days := map[payments.Day][]string{}
	for _, s := range h.sales {
		if s.Open() {
			open = append(open, s.Number)
		}
		days[s.BusinessDay] = append(days[s.BusinessDay], s.Number)
	}
	if got := numbers(j.Open()); !slices.Equal(got, open) {
		t.Fatalf("open: got %v, want %v", got, open)
	}
	for day, want := range days {
		slices.Reverse(want)
		if got := numbers(j.SalesOf(day, 0, len(want)+1)); !slices.Equal(got, want) {
			t.Fatalf("%s: got %v, want %v", day, got, want)
		}
		if got := numbers(j.SalesOf(day, 1, 2)); !slices.Equal(got, want[1:min(3, len(want))]) {
			t.Fatalf("%s, page: got %v of %v", day, got, want)
		}
		for _, till := range []string{"T1", "T10", "K2"} {
			if got, err := j.LastCount(till, day); err != nil || got != h.count[till+string(day)] {
				t.Fatalf("last count of %s on %s: %d, %v, want %d", till, day, got, err, h.count[till+string(day)])
			}
		}
	}
	for topic, want := range h.notes {
		notes, err := j.Notes(topic, len(want)+1)
		if err != nil || len(notes) != len(want) {
			t.Fatalf("notes on %s: %d, %v, want %d", topic, len(notes), err, len(want))
		}
		latest, ok, err := j.Latest(topic)
		if err != nil || !ok || string(latest.Data) != want[len(want)-1] {
			t.Fatalf("latest note on %s: %s, %v, want %s", topic, latest.Data, err, want[len(want)-1])
		}
	}
}

func (h *history) compareTotals(t *rapid.T, j *Journal, seen map[BookingKind]int) {
	for day, byCurrency := range h.days {
		got, err := j.Totals(payments.Day(day))
		if err != nil {
			t.Fatal(err)
		}
		all := append([]DayTotals{got}, got.Others...)
		if len(all) != len(byCurrency) {
			t.Fatalf("%s: %d currencies, want %d", day, len(all), len(byCurrency))
		}
		settled, err := j.SettledOn(payments.Day(day))
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range all {
			want := byCurrency[got.Currency]
			if want == nil || got.Takings.Minor != want.takings || got.Refunds.Minor != want.refunds || got.Count != want.paid ||
				got.Refunded != want.refunded || got.Declined != want.declined || got.Cancelled != want.cancelled || got.ByHour != want.byHour {
				t.Fatalf("%s: got %+v, want %+v", day, got, want)
			}
			sameShares(t, got.ByCashier, want.byCashier, want.countByCashier)
			sameShares(t, got.ByWallet, want.byWallet, want.countByWallet)
			var net int64
			booked := 0
			for _, d := range settled {
				for _, b := range d.Booked {
					seen[b.Kind]++
					if b.Amount.Currency == got.Currency {
						net += b.Amount.Minor
						if !b.Amount.IsZero() {
							booked++
						}
					}
				}
			}
			if net != want.takings-want.refunds || net != got.Net().Minor || booked != want.booked {
				t.Fatalf("%s: %d bookings of %d, want %d of %d", day, booked, net, want.booked, want.takings-want.refunds)
			}
		}
	}
}

func sameShares(t *rapid.T, got []Share, amounts map[string]int64, counts map[string]int) {
	seen := 0
	for name, amount := range amounts {
		if amount == 0 && counts[name] == 0 {
			continue
		}
		seen++
		if !slices.Contains(got, Share{Name: name, Amount: amount, Count: counts[name]}) {
			t.Fatalf("shares %+v lack %s %d", got, name, amount)
		}
	}
	if len(got) != seen {
		t.Fatalf("%d shares, want %d: %+v", len(got), seen, got)
	}
}
