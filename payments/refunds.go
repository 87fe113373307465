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
	r, event := d.refundOf(&s, a.PaymentRequestID, amount, o.Reason, o.By)
	return r.RefundRequestID, d.launchRefund(&s, r, []Event{event})
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
	var events []Event
	change, alarm := stepAttempt(*a, CallInquire, ans, false)
	if change != nil {
		events = append(events, d.event(s.ID, *change))
	}
	if alarm != "" {
		events = append(events, d.alarm(s.ID, alarm, id, result{call: CallInquire, ans: ans}))
	}
	for _, l := range ans.Refunds {
		events = append(events, d.takeUpRefund(s, a, l)...)
	}
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

// takeUpRefund is what the journal lacks of a refund that Alipay lists.
func (d *Desk) takeUpRefund(s *Sale, a *Attempt, l ListedRefund) []Event {
	if known := s.Refund(l.RefundRequestID); known != nil {
		if known.State != RefundFailed || l.State != Refunded {
			return nil
		}
		// It was taken for failed and is not: the books follow the money.
		return []Event{
			d.event(s.ID, RefundChanged{RefundRequestID: l.RefundRequestID, State: Refunded, RefundID: l.RefundID, Day: d.today()}),
			d.event(s.ID, Alarmed{Alarm{At: d.options.Calendar.In(d.clock.alipay()), Kind: AlarmContradiction, ID: l.RefundRequestID, Text: "listed as refunded"}}),
		}
	}
	if l.State == RefundFailed || l.RefundRequestID == "" {
		return nil
	}
	r := Refund{
		RefundRequestID: l.RefundRequestID, RefundID: l.RefundID, PaymentRequestID: a.PaymentRequestID, PaymentID: a.PaymentID,
		Amount: l.Amount, State: RefundUnknown, Account: a.Account, Created: d.options.Calendar.In(d.clock.alipay()), Elsewhere: true,
	}
	events := []Event{d.event(s.ID, RefundBegun{r})}
	if l.State == Refunded {
		events = append(events, d.event(s.ID, RefundChanged{RefundRequestID: r.RefundRequestID, State: Refunded, RefundID: l.RefundID, Day: d.today()}))
	}
	return events
}

// refundOf makes a refund and the event that begins it.
func (d *Desk) refundOf(s *Sale, paymentRequestID string, amount Money, reason, by string) (Refund, Event) {
	a := s.Attempt(paymentRequestID)
	r := Refund{
		RefundRequestID: d.ids.next(), PaymentRequestID: a.PaymentRequestID, PaymentID: a.PaymentID, Amount: amount,
		State: RefundIntent, Reason: reason, By: by, Account: a.Account, Created: d.options.Calendar.In(d.clock.alipay()),
	}
	return r, d.event(s.ID, RefundBegun{r})
}

// launchRefund writes the events that end with a refund's intent, and follows
// it.
func (d *Desk) launchRefund(s *Sale, r Refund, events []Event) error {
	if err := d.write(s, Batch{Events: events}); err != nil {
		return err
	}
	d.follow(&course{saleID: s.ID, id: r.RefundRequestID, refund: true, mem: memory{begun: d.clock.now(), fresh: true}})
	return nil
}

// Decide ends what could not be settled by asking. Alipay is asked once more;
// only a payment that it confirms now can be decided. GoodsGiven keeps the
// money; GiveBack books it and refunds all of it.
//
// ErrNotDecidable, ErrNotCertain, ErrTooEarly (ten minutes after the last
// cancel) and ErrOnlyGiveBack say why not.
func (d *Desk) Decide(ctx context.Context, saleID string, what Decision, by string) error {
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
	if undecided == nil {
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
	if ans.Outcome != Succeeded {
		if change, _ := stepAttempt(*a, CallInquire, ans, false); change != nil {
			if change.State.Final() {
				change.Day = d.today()
			}
			if err := d.write(&s, Batch{Events: []Event{d.event(s.ID, *change)}}); err != nil {
				return err
			}
		}
		return fmt.Errorf("%w (%s)", ErrNotCertain, ans.Result)
	}
	if what == GoodsGiven {
		if s.busyBeside(a.PaymentRequestID) {
			return ErrOnlyGiveBack
		}
		if !a.CancelAsked.IsZero() && d.clock.alipay().Sub(a.CancelAsked) < decideAfter {
			return ErrTooEarly
		}
	}
	change := AttemptChanged{PaymentRequestID: a.PaymentRequestID, State: AttemptPaidLate, Result: ans.Result, Stamp: ans.Stamp, Day: d.today()}
	change.learn(ans)
	events := []Event{
		d.event(s.ID, Decided{PaymentRequestID: a.PaymentRequestID, Decision: what, By: by}),
		d.event(s.ID, change),
	}
	if what == GoodsGiven {
		return d.write(&s, Batch{Events: events})
	}
	for _, l := range ans.Refunds {
		events = append(events, d.takeUpRefund(&s, a, l)...)
	}
	after := s.Clone()
	for _, e := range events {
		if err := after.Apply(e); err != nil {
			return err
		}
	}
	left := after.Refundable(a.PaymentRequestID)
	if left.Minor <= 0 {
		return d.write(&s, Batch{Events: events})
	}
	r, event := d.refundOf(&after, a.PaymentRequestID, left, "", by)
	return d.launchRefund(&s, r, append(events, event))
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
