package settlement

import (
	"context"
	"slices"
	"time"

	"ringup/payments"
)

// End looks the journal through for what no file had and tells the result.
func (m *Matcher) End(ctx context.Context) (Result, error) {
	if m.err == nil && !m.ended {
		m.err = m.end(ctx)
		m.ended = true
	}
	if m.err != nil {
		return Result{}, m.err
	}
	return m.result, nil
}

func (m *Matcher) end(ctx context.Context) error {
	through := m.o.Pool.Through
	if m.kind != "" && m.through.After(m.from) {
		through = m.through
		err := m.books.Sales(m.from, m.through, func(s payments.Sale) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			for _, e := range entries(s) {
				if err := m.settled(e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := m.uncancelled(); err != nil {
		return err
	}
	if err := m.missing(ctx); err != nil {
		return err
	}
	for _, f := range m.ledger.unequal() {
		if err := m.say(f); err != nil {
			return err
		}
	}
	m.result.Kind, m.result.Units = m.kind, m.units
	if m.kind == "" && m.result.Files > 0 {
		m.result.Kind = Summaries
	}
	m.result.Sums, m.result.Payouts = m.ledger.sorted()
	m.result.Pool = Pool{Kind: m.kind, Through: through, Waiting: sortedWaiting(m.waiting), Early: sortedEarly(m.early)}
	return nil
}

// settled is an attempt or a refund that the journal settled in the time that
// is looked through.
func (m *Matcher) settled(e entry) error {
	if !e.final || e.moment.Before(m.from) || !e.moment.Before(m.through) || !m.o.Under(e.account) {
		return nil
	}
	if e.part == Payment { // before its payment's line, which asks for the cancel
		if _, err := m.cameEarly(Cancel, e); err != nil {
			return err
		}
	}
	if early, err := m.cameEarly(e.part, e); early || err != nil {
		return err
	}
	if _, here := m.seen[m.hash("till", e.part, e.requestID)]; here || !e.moved {
		return nil
	}
	key := poolKey{e.part, e.requestID}
	if _, carried := m.waiting[key]; carried {
		return nil
	}
	return m.carry(Waiting{Type: e.part, RequestID: e.requestID, ID: e.id, SaleID: e.sale.ID, Number: e.sale.Number, Amount: e.amount, At: e.moment})
}

// cameEarly compares a line that came before the till had settled what it is
// about, and says how it ends when that is another way than it was said then.
func (m *Matcher) cameEarly(of Type, e entry) (bool, error) {
	key := poolKey{of, e.requestID}
	early, ok := m.early[key]
	if !ok {
		return false, nil
	}
	delete(m.early, key)
	mark := m.hash("till", of, e.requestID)
	if _, here := m.seen[mark]; !here {
		m.seen[mark] = 0
	}
	t := Transaction{Type: of, ID: early.ID, RequestID: e.requestID, Amount: early.Amount, PaidAt: early.At}
	outcome, _ := judge(t, e)
	if outcome == early.Said || outcome == Agrees && early.Said == FeeNoted {
		if !(of == Payment && e.cancelled) {
			return true, nil
		}
	}
	return true, m.known(t, e, earlyFinding(early, e, m.through))
}

// earlyFinding is a finding about a line of an earlier run.
func earlyFinding(early Early, e entry, now time.Time) Finding {
	f := Finding{Type: early.Type, RequestID: early.RequestID, ID: early.ID, Alipay: early.Amount, At: early.At, Waited: true, Days: days(early.At, now)}
	f.till(e)
	return f
}

func (m *Matcher) carry(w Waiting) error {
	if len(m.waiting) >= m.o.Missing {
		return ErrMissing
	}
	m.waiting[poolKey{w.Type, w.RequestID}] = w
	return nil
}

// uncancelled are the payments that the till has cancelled and whose cancel
// did not come: it may stand in the next file, so it is waited for.
func (m *Matcher) uncancelled() error {
	ids := make([]string, 0, len(m.awaits))
	for id := range m.awaits {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return m.awaits[a].Line - m.awaits[b].Line })
	for _, id := range ids {
		f := m.awaits[id]
		if err := m.say(f); err != nil {
			return err
		}
		key := poolKey{Cancel, id}
		if err := m.carry(Waiting{Type: Cancel, RequestID: id, ID: f.ID, SaleID: f.SaleID, Number: f.Number, Amount: f.Till, At: f.At}); err != nil {
			return err
		}
		m.old[key] = false
	}
	m.awaits = nil
	return nil
}

// missing says what waits for a later file. What waited before is looked up
// again: the journal may have changed its mind since.
func (m *Matcher) missing(ctx context.Context) error {
	for _, w := range sortedWaiting(m.waiting) {
		if err := ctx.Err(); err != nil {
			return err
		}
		key := poolKey{w.Type, w.RequestID}
		of := w.Type
		if of == Cancel {
			of = Payment
		}
		e, ok, err := lookUp(m.books, of, w.RequestID, "")
		if err != nil {
			return err
		}
		if !ok || w.Type == Cancel && !e.cancelled || w.Type != Cancel && !e.moved {
			delete(m.waiting, key)
			continue
		}
		old, carried := m.old[key]
		if w.Type == Cancel && carried && !old {
			continue // was said with its payment's line
		}
		f := Finding{Outcome: OnlyAtTill, Type: w.Type, OriginalID: e.original, RequestID: w.RequestID, ID: w.ID, At: w.At, Waited: old, Days: days(w.At, m.through)}
		f.till(e)
		if w.Type == Cancel {
			f.Outcome, f.Why, f.Alipay = StatusDiffers, WhyNoCancel, w.Amount
		}
		if err := m.say(f); err != nil {
			return err
		}
	}
	return nil
}
