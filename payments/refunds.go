package payments

import (
	"context"
	"fmt"
	"time"
)

// decideAfter is how long after the last cancel was sent a person may say that
// the goods were given: until then a cancel on its way could still take the
// money back.
const decideAfter = 10 * time.Minute

// RefundOrder gives back part or all of what a sale holds.
type RefundOrder struct {
	SaleID string
	// Amount of zero means all that is left.
	Amount Money
	Reason string
	By     string
	// Confirmed says that a person knows of no refund made elsewhere; needed
	// where Alipay does not list a payment's refunds and the journal is
	// younger than the sale.
	Confirmed bool
}

// Refund gives money back. Alipay is asked first how the payment stands, so
// that refunds made elsewhere are seen; then the intent is written, then the
// request leaves. It returns the refund's request id once the intent is on
// disk; Watch or Settle tell how it ends.
//
// An error means that nothing was given back by this call: ErrNotPaid,
// ErrRefundOpen, ErrRefundTooMuch, ErrNotCertain (Alipay did not answer),
// ErrConfirm, or ErrLocked, after which the next start settles it.
func (d *Desk) Refund(ctx context.Context, o RefundOrder) (refundRequestID string, err error) {
	if err := d.answeredSoon(ctx); err != nil {
		return "", err
	}
	s, a, moment, err := d.beginRefund(o)
	if err != nil {
		return "", err
	}
	defer func() {
		d.mu.Lock()
		delete(d.refunding, o.SaleID)
		d.mu.Unlock()
	}()
	ans := asking(askDeadline, d.gateway.Inquire, inquiryOf(a, moment))(ctx)
	d.heard(ans, a.Account)

	d.mu.Lock()
	defer d.mu.Unlock()
	if s, err = d.sale(o.SaleID); err != nil {
		return "", err
	}
	if err := d.confirmPaid(&s, a.PaymentRequestID, ans, o.Confirmed); err != nil {
		return "", err
	}
	left := s.Refundable(a.PaymentRequestID)
	amount := o.Amount
	if amount.IsZero() {
		amount = left
	}
	if amount.Currency != left.Currency || amount.Minor > left.Minor || left.Minor <= 0 {
		return "", ErrRefundTooMuch
	}
	if err := amount.CheckCharge(); err != nil {
		return "", err
	}
	r := d.refundOf(&s, a.PaymentRequestID, amount, o.Reason, o.By)
	return r.RefundRequestID, d.launchRefund(&s, r, nil)
}

// beginRefund checks what can be checked without Alipay and keeps a second
// refund of the same sale out until this one is on disk.
func (d *Desk) beginRefund(o RefundOrder) (Sale, Attempt, Moment, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fail := func(err error) (Sale, Attempt, Moment, error) { return Sale{}, Attempt{}, Moment{}, err }
	if err := d.refusal(); err != nil {
		return fail(err)
	}
	s, err := d.sale(o.SaleID)
	if err != nil {
		return fail(err)
	}
	if d.refunding[s.ID] {
		return fail(ErrRefundOpen)
	}
	for _, r := range s.Refunds {
		if !r.State.Final() {
			return fail(ErrRefundOpen)
		}
	}
	// The money that goes back is the newest that is held and not yet back.
	var from *Attempt
	for i := range s.Attempts {
		if a := &s.Attempts[i]; a.State.Holds() && !a.Contested && (from == nil || s.Refundable(a.PaymentRequestID).Minor > 0) {
			from = a
		}
	}
	if from == nil {
		return fail(ErrNotPaid)
	}
	if left := s.Refundable(from.PaymentRequestID); left.Minor <= 0 || o.Amount.Minor > left.Minor {
		return fail(ErrRefundTooMuch)
	}
	d.refunding[s.ID] = true
	return s, *from, d.clock.moment(1), nil
}

// confirmPaid takes up what an inquiry says about a payment that is to be
// refunded: refunds made elsewhere, or that it is not paid after all. The
// Desk's lock is held.
func (d *Desk) confirmPaid(s *Sale, id string, ans Answer, confirmed bool) error {
	a := s.Attempt(id)
	if a == nil || !a.State.Holds() {
		return ErrNotPaid
	}
	events := d.takeUpInquiry(s, *a, ans)
	if len(events) > 0 {
		if err := d.write(s, Batch{Events: events}); err != nil {
			return err
		}
		d.followAll(s)
	}
	if ans.Outcome != Succeeded {
		return fmt.Errorf("%w (%s)", ErrNotCertain, ans.Result)
	}
	for _, r := range s.Refunds {
		if !r.State.Final() {
			return ErrRefundOpen
		}
	}
	begun, _ := d.journal.Incarnation()
	if ans.Refunds == nil && s.Created.Before(begun) && !confirmed {
		return ErrConfirm
	}
	return nil
}

// takeUpInquiry is what an inquiry outside a course changes about an attempt,
// and what its list of refunds adds.
func (d *Desk) takeUpInquiry(s *Sale, a Attempt, ans Answer) []Event {
	var events []Event
	change, alarm := stepAttempt(a, CallInquire, ans, false)
	if change != nil {
		events = append(events, d.changed(s, a, change))
	}
	if alarm != "" {
		events = append(events, d.alarm(s.ID, alarm, a.PaymentRequestID, result{call: CallInquire, ans: ans}))
	}
	return append(events, d.takeUpRefunds(s, &a, ans.Refunds)...)
}

// takeUpRefunds is what the journal lacks of the refunds that Alipay lists for
// a payment.
func (d *Desk) takeUpRefunds(s *Sale, a *Attempt, listed []ListedRefund) []Event {
	var events []Event
	after := s.Clone() // a list may name a refund more than once
	for _, l := range listed {
		for _, e := range d.takeUpRefund(&after, a, l) {
			if err := after.Apply(e); err != nil {
				d.options.Log.Error("listed refund", "sale", s.Number, "error", err)
				return events
			}
			events = append(events, e)
		}
	}
	return events
}

func (d *Desk) takeUpRefund(s *Sale, a *Attempt, l ListedRefund) []Event {
	id := l.RefundRequestID
	alarm := func(k AlarmKind, text string) Event {
		return d.event(s.ID, Alarmed{Alarm{At: d.options.Calendar.In(d.clock.alipay()), Kind: k, ID: id, Text: text}})
	}
	moved := func(to RefundState) Event {
		c := RefundChanged{RefundRequestID: id, State: to, RefundID: l.RefundID}
		if to.Final() {
			c.Day = d.today()
		}
		return d.event(s.ID, c)
	}
	if known := s.Refund(id); known != nil {
		switch {
		case known.State == RefundFailed && l.State != RefundFailed:
			// It was taken for failed and is not: the books follow the money.
			return []Event{moved(l.State), alarm(AlarmContradiction, "listed as "+string(l.State))}
		case known.Elsewhere && !known.State.Final() && l.State.Final():
			return []Event{moved(l.State)}
		}
		return nil
	}
	if l.State == RefundFailed || id == "" {
		return nil
	}
	if _, err := d.journal.SaleByAlipay(id); err == nil {
		if s.alarmed(AlarmOtherSale, id) {
			return nil
		}
		return []Event{alarm(AlarmOtherSale, "listed refund")}
	}
	r := Refund{
		RefundRequestID: id, RefundID: l.RefundID, PaymentRequestID: a.PaymentRequestID, PaymentID: a.PaymentID,
		Amount: l.Amount, State: RefundUnknown, Account: a.Account, Created: d.options.Calendar.In(d.clock.alipay()), Elsewhere: true,
	}
	events := []Event{d.event(s.ID, RefundBegun{r})}
	if l.State == Refunded {
		events = append(events, moved(Refunded))
	}
	return events
}

// refundOf makes a refund, with an id of its own.
func (d *Desk) refundOf(s *Sale, paymentRequestID string, amount Money, reason, by string) Refund {
	a := s.Attempt(paymentRequestID)
	return Refund{
		RefundRequestID: d.ids.next(), PaymentRequestID: a.PaymentRequestID, PaymentID: a.PaymentID, Amount: amount,
		State: RefundIntent, Reason: reason, By: by, Account: a.Account, Created: d.options.Calendar.In(d.clock.alipay()),
	}
}

// launchRefund writes events and the refund's intent behind them, and follows
// it.
func (d *Desk) launchRefund(s *Sale, r Refund, events []Event) error {
	if err := d.write(s, Batch{Events: append(events, d.event(s.ID, RefundBegun{r}))}); err != nil {
		return err
	}
	d.follow(&course{saleID: s.ID, id: r.RefundRequestID, refund: true, mem: memory{begun: d.clock.now(), fresh: true}})
	d.followAll(s)
	return nil
}

// Decide ends what could not be settled by asking. Alipay is asked once more;
// only a payment that it confirms now can be decided. GoodsGiven keeps the
// money; GiveBack books it and refunds all of it.
//
// ErrNotDecidable, ErrNotCertain, ErrTooEarly (ten minutes after the last
// cancel) and ErrOnlyGiveBack say why not.
func (d *Desk) Decide(ctx context.Context, saleID string, what Decision, by string) error {
	if err := d.answeredSoon(ctx); err != nil {
		return err
	}
	d.mu.Lock()
	s, err := d.sale(saleID)
	moment := d.clock.moment(1)
	refused := d.refusal()
	d.mu.Unlock()
	switch {
	case refused != nil:
		return refused
	case err != nil:
		return err
	}
	undecided := s.undecided()
	if undecided == nil || what != GoodsGiven && what != GiveBack {
		return ErrNotDecidable
	}
	ans := asking(askDeadline, d.gateway.Inquire, inquiryOf(*undecided, moment))(ctx)
	d.heard(ans, undecided.Account)

	d.mu.Lock()
	defer d.mu.Unlock()
	if s, err = d.sale(saleID); err != nil {
		return err
	}
	a := s.Attempt(undecided.PaymentRequestID)
	if a == nil || a.State != AttemptResolve {
		return ErrNotDecidable
	}
	if events := d.takeUpInquiry(&s, *a, ans); len(events) > 0 {
		if err := d.write(&s, Batch{Events: events}); err != nil {
			return err
		}
		d.followAll(&s)
	}
	if a = s.Attempt(undecided.PaymentRequestID); ans.Outcome != Succeeded || a.State != AttemptResolve {
		return fmt.Errorf("%w (%s)", ErrNotCertain, ans.Result)
	}
	return d.decide(&s, *a, ans, what, by)
}

// decide writes a person's word on an attempt that Alipay has just confirmed.
// The Desk's lock is held.
func (d *Desk) decide(s *Sale, a Attempt, ans Answer, what Decision, by string) error {
	if what == GoodsGiven {
		if s.busyBeside(a.PaymentRequestID) {
			return ErrOnlyGiveBack
		}
		if !a.CancelAsked.IsZero() && d.clock.alipay().Sub(a.CancelAsked) < decideAfter {
			return ErrTooEarly
		}
	}
	change := &AttemptChanged{PaymentRequestID: a.PaymentRequestID, State: AttemptPaidLate, Result: ans.Result, Stamp: ans.Stamp, Known: true}
	change.learn(ans)
	events := []Event{
		d.event(s.ID, Decided{PaymentRequestID: a.PaymentRequestID, Decision: what, By: by}),
		d.changed(s, a, change),
	}
	if what == GoodsGiven {
		return d.write(s, Batch{Events: events})
	}
	after := s.Clone()
	for _, e := range events {
		if err := after.Apply(e); err != nil {
			return err
		}
	}
	left := after.Refundable(a.PaymentRequestID)
	if left.Minor <= 0 { // it went back, or is on its way, by a refund made elsewhere
		return d.write(s, Batch{Events: events})
	}
	for _, r := range s.Refunds {
		if !r.State.Final() {
			return ErrRefundOpen
		}
	}
	r := d.refundOf(&after, a.PaymentRequestID, left, "", by)
	r.GiveBack = true
	return d.launchRefund(s, r, events)
}

// undecided is the attempt that waits for a person, or nil.
func (s *Sale) undecided() *Attempt {
	for i := range s.Attempts {
		if s.Attempts[i].State == AttemptResolve {
			return &s.Attempts[i]
		}
	}
	return nil
}

// busyBeside reports whether another attempt of the sale is paid or begun.
func (s *Sale) busyBeside(paymentRequestID string) bool {
	for _, a := range s.Attempts {
		if a.PaymentRequestID != paymentRequestID && (a.State.Holds() || !a.State.Final()) {
			return true
		}
	}
	return false
}
