package soak

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"ringup/payments"
	"ringup/payments/sandbox"
)

// witness sees everything that is sent and everything that a face is told, and
// holds it against the journal on disk and against Alipay's ledger at that very
// moment. What it finds wrong it keeps: it is called from the Desk's own
// goroutines.
type witness struct {
	shop *shop

	mu       sync.Mutex
	problems []string
	asked    map[string]int                  // calls, by what and about which id
	paid     map[string]payments.PayRequest  // the first request with an id
	payCount map[string]int                  // how often it was sent
	codes    map[payments.PaymentCode]string // the newest request id that carried a code
	given    map[string]payments.Money       // refunds by request id
	ends     map[string]payments.AttemptState
	calls    int
	lines    []string // the transcript: every call and every news, with its moment
}

// note adds a line to the transcript.
func (w *witness) note(format string, args ...any) {
	line := time.Now().UTC().Format("02 15:04:05.000000 ") + fmt.Sprintf(format, args...)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, line)
}

func newWitness(s *shop) *witness {
	return &witness{
		shop: s, asked: map[string]int{}, paid: map[string]payments.PayRequest{}, payCount: map[string]int{},
		codes: map[payments.PaymentCode]string{}, given: map[string]payments.Money{}, ends: map[string]payments.AttemptState{},
	}
}

func (w *witness) wrong(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}

func (w *witness) problem() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.problems) == 0 {
		return ""
	}
	return w.problems[0]
}

// transcript is every line so far.
func (w *witness) transcript() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.lines)
}

func (w *witness) count(call, id string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	w.asked[call+id]++
	return w.asked[call+id]
}

// pays: no request before its intent is durable, none a third time, none with
// another amount or code under the same id, and no code twice.
func (w *witness) pays(q payments.PayRequest) {
	sale, err := w.shop.journal.SaleByAlipay(q.PaymentRequestID)
	if err != nil || sale.Attempt(q.PaymentRequestID) == nil || sale.Attempt(q.PaymentRequestID).Amount != q.Amount {
		w.wrong("pay %s leaves and its intent is not on disk: %v", q.PaymentRequestID, err)
		return
	}
	w.mu.Lock()
	first, sent := w.paid[q.PaymentRequestID]
	if !sent {
		w.paid[q.PaymentRequestID] = q
	}
	w.payCount[q.PaymentRequestID]++
	times := w.payCount[q.PaymentRequestID]
	other := w.codes[q.Code]
	w.codes[q.Code] = q.PaymentRequestID
	w.mu.Unlock()
	switch {
	case times > 2:
		w.wrong("pay %s leaves for the %dth time", q.PaymentRequestID, times)
	case sent && (first.Amount != q.Amount || first.Code != q.Code || !first.SentAt.Equal(q.SentAt) || !first.Expiry.Equal(q.Expiry)):
		w.wrong("pay %s leaves again with another body", q.PaymentRequestID)
	case other != "" && other != q.PaymentRequestID:
		w.codeAgain(other, q)
	}
}

// codeAgain: a code may be charged again when no byte of its first request can
// have left, or when it has long expired.
func (w *witness) codeAgain(other string, q payments.PayRequest) {
	sale, err := w.shop.journal.SaleByAlipay(other)
	if err != nil {
		w.wrong("%s: %v", other, err)
		return
	}
	a := sale.Attempt(other)
	notSent := a.State.Final() && a.Result == payments.ReasonNoConnection
	if !notSent && q.SentAt.Sub(a.SentAt).Minutes() < 9 {
		w.wrong("a code of %s (%s) is charged again by %s", other, a.State, q.PaymentRequestID)
	}
}

// cancels: only what the journal holds as being cancelled, never what is paid.
func (w *witness) cancels(q payments.CancelRequest) {
	sale, err := w.shop.journal.SaleByAlipay(q.PaymentRequestID)
	if err != nil {
		w.wrong("cancel of %s, which the journal doesn't know: %v", q.PaymentRequestID, err)
		return
	}
	if a := sale.Attempt(q.PaymentRequestID); a == nil || a.State.Holds() || a.State == payments.AttemptIntent || a.State == payments.AttemptUnknown {
		w.wrong("cancel of %s, which is %s on disk", q.PaymentRequestID, sale.State())
	}
}

// refunds: the intent is on disk, the id always means the same, and all refunds
// together are never more than was paid.
func (w *witness) refunds(q payments.RefundRequest) {
	sale, err := w.shop.journal.SaleByAlipay(q.RefundRequestID)
	if err != nil || sale.Refund(q.RefundRequestID) == nil {
		w.wrong("refund %s leaves and its intent is not on disk: %v", q.RefundRequestID, err)
		return
	}
	if sale.Refundable(sale.Refund(q.RefundRequestID).PaymentRequestID).Minor < 0 {
		w.wrong("refunds of sale %s are more than was paid", sale.Number)
	}
	w.mu.Lock()
	before, sent := w.given[q.RefundRequestID]
	w.given[q.RefundRequestID] = q.Amount
	w.mu.Unlock()
	if sent && before != q.Amount {
		w.wrong("refund %s leaves with %v and then with %v", q.RefundRequestID, before, q.Amount)
	}
}

// told: what a face is told never claims more than is so. "Paid" means that
// Alipay has the money now; an end without money means that it has none, now
// and for ever.
func (w *witness) told(c payments.Change) {
	w.note("told %s %s", c.Sale.Number, c.Sale.State())
	for _, a := range c.Sale.Attempts {
		if a.Contested {
			continue
		}
		if !a.State.Final() && a.State != payments.AttemptResolve {
			continue
		}
		captured, held, err := w.balance(a.PaymentRequestID)
		if err != nil {
			w.wrong("ledger: %v", err)
			return
		}
		switch {
		case a.State.Holds() && captured != a.Amount.Minor:
			w.wrong("sale %s is told to be %s, and Alipay took %d", c.Sale.Number, a.State, captured)
		case a.State.Final() && !a.State.Holds() && held != 0:
			w.wrong("sale %s is told to be %s, and Alipay holds %d", c.Sale.Number, a.State, held)
		}
		w.mu.Lock()
		before, ended := w.ends[a.PaymentRequestID]
		if a.State.Final() {
			w.ends[a.PaymentRequestID] = a.State
		}
		w.mu.Unlock()
		if ended && before != a.State && !alarmed(c.Sale, a.PaymentRequestID) && a.State != payments.AttemptPaidLate {
			w.wrong("attempt %s was %s and is %s, without an alarm", a.PaymentRequestID, before, a.State)
		}
	}
}

func alarmed(s payments.Sale, id string) bool {
	for _, a := range s.Alarms {
		if a.ID == id && (a.Kind == payments.AlarmContradiction || a.Kind == payments.AlarmNotGivenBack) {
			return true
		}
	}
	return false
}

// balance is what Alipay ever took for an order, and what it holds of it now.
func (w *witness) balance(id string) (captured, held int64, err error) {
	b, err := w.shop.alipay.Balance(id)
	if errors.Is(err, sandbox.ErrNoOrder) {
		err = nil
	}
	return b.Captured.Minor, b.Held().Minor, err
}

// forget is for a till that has lost its memory: what it was told before, and
// which codes it saw, is no promise of the one that is restored.
func (w *witness) forget() {
	w.forgetCodes()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ends = map[string]payments.AttemptState{}
}

func (w *witness) forgetCodes() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.codes = map[payments.PaymentCode]string{}
}

// settled is the check at the end of a run: every sale equals the ledger to the
// cent, the day's totals do too, the ledger holds nothing that no book knows,
// and nothing is open.
func (w *witness) settled(t *table) {
	s := w.shop
	open, err := s.journal.Open()
	must(err, "open sales")
	t.Open += len(open)
	for _, sale := range open {
		w.wrong("sale %s is still open: %s, attempts %+v, refunds %+v", sale.Number, sale.State(), sale.Attempts, sale.Refunds)
	}
	balances, err := s.alipay.Balances()
	must(err, "ledger")
	held := map[string]int64{}
	var atAlipay int64
	for _, b := range balances {
		held[b.PaymentRequestID] = b.Held().Minor
		atAlipay += b.Held().Minor
		if b.Returned.Minor > b.Captured.Minor {
			w.wrong("order %s: %d taken, %d given back", b.PaymentRequestID, b.Captured.Minor, b.Returned.Minor)
		}
		sale, err := s.journal.SaleByAlipay(b.PaymentRequestID)
		switch {
		case err == nil && !slices.Contains(s.sales, sale.ID):
			s.sales = append(s.sales, sale.ID) // found after a restore
		case err != nil && (b.Held().Minor != 0 || !s.lost):
			w.wrong("Alipay has the order %s, and no book knows it", b.PaymentRequestID)
		}
	}
	var mine int64
	seen := map[string]string{}
	for _, id := range s.sales {
		sale, err := s.journal.Sale(id)
		must(err, "sale")
		mine += w.sale(t, sale, held, seen)
	}
	if mine != atAlipay {
		w.wrong("the books hold %d in all, Alipay %d", mine, atAlipay)
	}
	if net := w.net(); net != atAlipay {
		w.wrong("the days add up to %d, Alipay holds %d", net, atAlipay)
	}
	w.mu.Lock()
	t.Calls += w.calls
	w.mu.Unlock()
	for kind, n := range s.alipay.Struck() {
		t.Faults[string(kind)] += n
	}
}

// sale checks one sale and returns what its books hold.
func (w *witness) sale(t *table, sale payments.Sale, held map[string]int64, seen map[string]string) int64 {
	mine, alipay, holding := sale.Paid().Minor-sale.RefundedSum().Minor, int64(0), 0
	unique := func(id string) {
		if before, twice := seen[id]; twice {
			w.wrong("the id %s is of %s and of %s", id, before, sale.Number)
		}
		seen[id] = sale.Number
	}
	unique(sale.ID)
	unique(sale.Number)
	for _, a := range sale.Attempts {
		unique(a.PaymentRequestID)
		alipay += held[a.PaymentRequestID]
		if held[a.PaymentRequestID] > 0 {
			holding++
		}
	}
	for _, r := range sale.Refunds {
		unique(r.RefundRequestID)
		t.Refunds[string(r.State)]++
	}
	if mine != alipay {
		t.CentsApart += max(mine-alipay, alipay-mine)
		w.wrong("sale %s (%s): the till says %d, Alipay holds %d; %+v %+v", sale.Number, sale.State(), mine, alipay, sale.Attempts, sale.Refunds)
	}
	if holding > 1 {
		w.wrong("sale %s is paid %d times", sale.Number, holding)
	}
	if sale.RefundedSum().Minor > sale.Paid().Minor {
		w.wrong("sale %s: more given back than was paid", sale.Number)
	}
	t.Attempts += len(sale.Attempts)
	t.Outcomes[string(sale.State())]++
	for _, a := range sale.Alarms {
		t.Alarms[string(a.Kind)]++
	}
	w.history(t, sale)
	return mine
}

// history reads the events of a sale again: an end changes only with an alarm.
func (w *witness) history(t *table, sale payments.Sale) {
	events, err := w.shop.journal.EventsOf(sale.ID)
	must(err, "events")
	var was payments.Sale
	for _, e := range events {
		is := was.Clone()
		must(is.Apply(e), "event")
		if d, ok := e.Body.(payments.Decided); ok {
			t.Decisions[string(d.Decision)]++
		}
		for _, a := range was.Attempts {
			after := is.Attempt(a.PaymentRequestID)
			if a.State.Final() && after.State != a.State && !alarmed(sale, a.PaymentRequestID) {
				w.wrong("sale %s: %s became %s without an alarm", sale.Number, a.State, after.State)
			}
			if after.State == payments.AttemptResolve && a.State != after.State {
				t.Resolves++
			}
		}
		was = is
	}
}

// net is what the totals of all days add up to.
func (w *witness) net() int64 {
	s, net := w.shop, int64(0)
	calendar := payments.Calendar{Zone: shopZone}
	for day := s.began.Add(-24 * time.Hour); !day.After(time.Now().Add(24 * time.Hour)); day = day.Add(24 * time.Hour) {
		totals, err := s.journal.Totals(calendar.Day(day))
		must(err, "totals")
		net += totals.Net().Minor
	}
	return net
}
