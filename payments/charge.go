package payments

import (
	"errors"
	"fmt"
)

// ChargeOrder asks for a payment: a new sale, or a new attempt at one that is
// not paid yet.
type ChargeOrder struct {
	Code   PaymentCode
	Amount Money
	// Lines may be empty; otherwise they add up to Amount.
	Lines   []Line
	Note    string
	Cashier string
	// Again is the Sale.ID of a sale to try once more with a new code; its own
	// amount, lines and note are used, and Amount must be zero or the same.
	Again string
	// SameAmountOK says that a person knows this to be another customer than
	// the one of an open sale with the same amount.
	SameAmountOK bool
}

// Charge takes a payment. It returns once the intent is on disk and the
// request is on its way; Watch or Settle tell how it ends.
//
// An error means that nothing was sent and nothing will be: ErrNotProven,
// ErrClockWrong, the errors of Money.CheckCharge, ErrTooManyLines,
// ErrLinesSum, *CodeUsedError, *SameAmountError, ErrAlreadyPaid,
// ErrAttemptOpen, or ErrLocked, after which the intent may be on disk and the
// next start settles it.
func (d *Desk) Charge(o ChargeOrder) (Sale, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.ready(); err != nil {
		return Sale{}, err
	}
	s, opened, err := d.saleFor(o)
	if err != nil {
		return Sale{}, err
	}
	number, err := d.journal.CodeUsed(o.Code, d.clock.alipay())
	if err != nil {
		return Sale{}, fmt.Errorf("look up the code: %w", err)
	}
	if number != "" {
		return Sale{}, &CodeUsedError{number}
	}

	// Whole seconds, as the wire has them: the journal holds what was sent.
	sent := d.options.Calendar.In(d.clock.alipay()).Truncate(1e9)
	a := Attempt{
		PaymentRequestID: d.ids.next(), State: AttemptIntent, Code: o.Code.Masked(),
		Account: d.options.Account, Cashier: o.Cashier, Amount: s.Amount, SentAt: sent, Expiry: sent.Add(payFor),
	}
	var events []Event
	if opened {
		events = append(events, d.event(s.ID, SaleOpened{s.Clone()}))
	}
	events = append(events, d.event(s.ID, AttemptBegun{Attempt: a, Offset: d.clock.offset}))
	c := &course{
		saleID: s.ID, id: a.PaymentRequestID,
		mem: memory{begun: d.clock.now(), fresh: true, sent: 1, paying: 1},
		pay: &PayRequest{
			Moment: d.clock.moment(1), Account: a.Account, PaymentRequestID: a.PaymentRequestID, Amount: a.Amount,
			Code: o.Code, SentAt: a.SentAt, Expiry: a.Expiry, Number: s.Number, Lines: s.Lines,
		},
	}
	// The course is known before the write tells the screens, so that they
	// show its progress from the first moment.
	d.courses[c.id] = c
	if err := d.write(&s, Batch{Events: events, UseCode: o.Code, CodeSale: s.Number, CodeAt: d.clock.alipay()}); err != nil {
		delete(d.courses, c.id)
		return Sale{}, err
	}
	d.follow(c)
	pay := asking(payDeadline, d.gateway.Pay, *c.pay)
	d.background(func() { c.results <- result{CallPay, a.Account, pay(d.ctx)} })
	return s.Clone(), nil
}

// saleFor is the sale to charge: a new one, not written yet, or the one to try
// again.
func (d *Desk) saleFor(o ChargeOrder) (s Sale, opened bool, err error) {
	if o.Again != "" {
		s, err := d.sale(o.Again)
		if err != nil {
			return Sale{}, false, err
		}
		for _, a := range s.Attempts {
			switch {
			case a.State.Holds():
				return Sale{}, false, ErrAlreadyPaid
			case a.Contested, !a.State.Final() && a.State != AttemptCancelSeen:
				return Sale{}, false, ErrAttemptOpen
			}
		}
		if !o.Amount.IsZero() && o.Amount != s.Amount {
			return Sale{}, false, ErrOtherAmount
		}
		return s, false, nil
	}
	if err := o.Amount.CheckCharge(); err != nil {
		return Sale{}, false, err
	}
	if err := checkLines(o.Lines, o.Amount); err != nil {
		return Sale{}, false, err
	}
	if !o.SameAmountOK {
		for _, other := range d.open {
			if st := other.State(); other.Amount == o.Amount && !st.Final() && st != AttemptCancelSeen {
				return Sale{}, false, &SameAmountError{other.Number}
			}
		}
	}
	s, err = d.newSale()
	if err != nil {
		return Sale{}, false, err
	}
	s.Amount, s.Lines, s.Note, s.Cashier = o.Amount, o.Lines, o.Note, o.Cashier
	return s, true, nil
}

// newSale is a sale of now with an id and a number of its own.
func (d *Desk) newSale() (Sale, error) {
	now := d.options.Calendar.In(d.clock.alipay())
	day := d.options.Calendar.Day(now)
	count, err := d.journal.LastCount(d.options.Till, day)
	if err != nil {
		return Sale{}, fmt.Errorf("count of the day: %w", err)
	}
	if d.restored.Day == day {
		// Lost sales may have used the numbers in between.
		count = max(count, d.restored.Skip)
	}
	return Sale{ID: d.ids.next(), Number: ShopNumber(d.options.Till, day, count+1), BusinessDay: day, Created: now}, nil
}

func checkLines(lines []Line, amount Money) error {
	if len(lines) == 0 {
		return nil
	}
	if len(lines) > MaxLines {
		return ErrTooManyLines
	}
	sum := Money{0, amount.Currency}
	for _, l := range lines {
		line, err := l.Unit.Times(l.Count)
		if err != nil {
			return err
		}
		if sum, err = sum.Add(line); err != nil {
			return err
		}
	}
	if sum != amount {
		return ErrLinesSum
	}
	return nil
}

// Stop gives up an attempt that is not settled: Alipay is asked a last time,
// then the payment is cancelled, for as long as that takes. A sale that turns
// out to be paid stays paid. ErrAlreadyPaid, ErrNeedsDecision and
// ErrNothingToStop say that there was nothing to give up.
func (d *Desk) Stop(saleID string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.refusal(); err != nil {
		return err
	}
	s, err := d.sale(saleID)
	if err != nil {
		return err
	}
	last := s.Speaker()
	switch {
	case last == nil:
		return ErrNothingToStop
	case s.State().Holds():
		return ErrAlreadyPaid
	case last.State == AttemptCancelling, last.State == AttemptCancelSeen:
		return nil
	case last.State == AttemptResolve:
		return ErrNeedsDecision
	case last.State != AttemptIntent && last.State != AttemptUnknown:
		return ErrNothingToStop
	}
	c, ok := d.courses[last.PaymentRequestID]
	if !ok {
		return errors.New("attempt is not followed")
	}
	if c.mem.stop {
		return nil
	}
	// On disk, so that a restart goes on stopping.
	change := AttemptChanged{PaymentRequestID: last.PaymentRequestID, State: last.State, Stopped: true, Known: last.Known}
	if err := d.write(&s, Batch{Events: []Event{d.event(s.ID, change)}}); err != nil {
		return err
	}
	c.mem.stop = true
	// An inquiry that is under way serves as the last one.
	c.mem.final = c.mem.final || c.mem.asking
	d.publish(&s)
	c.poke()
	return nil
}
