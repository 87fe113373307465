package payments

import (
	"context"
	"time"
)

// How long a call may take, from connecting to the last byte of the answer.
const (
	payDeadline    = 15 * time.Second
	askDeadline    = 5 * time.Second
	cancelDeadline = 10 * time.Second
)

// course follows one attempt or one refund to its end: it asks plan what is
// due, does it, and writes what step makes of the answer. One goroutine runs
// it; mem is guarded by the Desk's lock, since screens look at it.
type course struct {
	saleID, id string
	refund     bool
	pay        *PayRequest // this start's own request, kept for the one resend; nil after a restart
	mem        memory

	results chan result
	wake    chan struct{}
}

type result struct {
	call    Call
	account Account
	ans     Answer
}

// follow begins a course. The Desk's lock is held.
func (d *Desk) follow(c *course) {
	c.results = make(chan result, 4)
	c.wake = make(chan struct{}, 1)
	d.courses[c.id] = c
	d.background(func() { d.run(c) })
}

// poke has the course look again what is due.
func (c *course) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (d *Desk) run(c *course) {
	if !c.mem.fresh && !d.answered(d.ctx) {
		return // closed before Alipay was heard once
	}
	for d.ctx.Err() == nil {
		n, asking, over := d.plan(c)
		if over {
			return
		}
		if n.move != "" {
			if !d.move(c, n.move) {
				return // the till is locked or closing
			}
			continue
		}
		var due <-chan time.Time
		var timer *time.Timer
		if !n.none && !asking {
			timer = time.NewTimer(n.at.Sub(d.options.Now()))
			due = timer.C
		}
		select {
		case <-due:
			d.send(c, n.call)
		case r := <-c.results:
			d.take(c, r)
		case <-c.wake:
		case <-d.ctx.Done():
			if timer != nil {
				timer.Stop()
			}
			return
		}
		if timer != nil {
			timer.Stop()
		}
	}
}

// plan is what is due; asking reports that an inquiry or cancel is under way,
// over that nothing is left to do: then the course is forgotten, under the same
// lock under which a new one could begin.
func (d *Desk) plan(c *course) (n next, asking, over bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n = d.planned(c)
	asking = c.mem.asking
	if n.none && !asking && c.mem.paying == 0 {
		delete(d.courses, c.id)
		return n, false, true
	}
	return n, asking, false
}

func (d *Desk) planned(c *course) next {
	s, err := d.sale(c.saleID)
	if err != nil {
		return next{none: true}
	}
	own := d.clock.now()
	if c.refund {
		if r := s.Refund(c.id); r != nil {
			return planRefund(*r, c.mem, own)
		}
	} else if a := s.Attempt(c.id); a != nil {
		return planAttempt(*a, c.mem, own, d.clock.alipay())
	}
	return next{none: true}
}

// move enters a state without an answer: silence, or the wish to cancel. It
// returns false when that could not be written.
func (d *Desk) move(c *course, to AttemptState) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.open[c.saleID]
	if !ok {
		return false
	}
	change := AttemptChanged{PaymentRequestID: c.id, State: to, Stopped: c.mem.stop}
	if to == AttemptUnknown {
		change.Result = ReasonTimeout
		c.mem.silent = true
	}
	c.mem.tries = 0
	return d.write(s, Batch{Events: []Event{d.event(s.ID, change)}}) == nil
}

// send makes one call in its own goroutine; its answer comes back as a result.
func (d *Desk) send(c *course, call Call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, err := d.sale(c.saleID)
	if err != nil || d.refusal() != nil {
		return
	}
	if r := s.Refund(c.id); call == CallRefund && (r == nil || r.Elsewhere) {
		return // a refund that this till never made is never sent by it
	}
	m := &c.mem
	m.last = d.clock.now()
	m.tries++
	switch call {
	case CallPay, CallRefund:
		m.sent++
		m.paying++
		m.missing = false
	case CallInquire, CallInquireRefund:
		m.asked++
		m.asking = true
		if a := s.Attempt(c.id); a != nil && (m.stop || !d.clock.alipay().Before(a.Expiry)) {
			m.final = true
		}
	case CallCancel:
		m.cancels++
		m.asking = true
	}
	d.publish(&s)
	d.background(func() {
		if !m.fresh && call != CallPay {
			select {
			case d.four <- struct{}{}:
				defer func() { <-d.four }()
			case <-d.ctx.Done():
				return
			}
		}
		if account, ask := d.prepare(c, call); ask != nil {
			c.results <- result{call, account, ask(d.ctx)}
		}
	})
}

// prepare makes the question, at the moment at which it leaves and from the
// sale as it then stands. Every question goes to the account that the payment
// was made under. nil when the till has closed meanwhile.
func (d *Desk) prepare(c *course, call Call) (Account, func(context.Context) Answer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, err := d.sale(c.saleID)
	if err != nil || d.refusal() != nil {
		return Account{}, nil
	}
	moment := d.clock.moment(c.mem.tries)
	if c.refund {
		r := *s.Refund(c.id)
		switch call {
		case CallRefund:
			q := RefundRequest{Moment: moment, Account: r.Account, RefundRequestID: r.RefundRequestID, PaymentID: r.PaymentID, Amount: r.Amount, Reason: r.Reason, Number: s.Number}
			return r.Account, asking(payDeadline, d.gateway.Refund, q)
		case CallInquire:
			return r.Account, asking(askDeadline, d.gateway.Inquire, inquiryOf(*s.Attempt(r.PaymentRequestID), moment))
		}
		q := InquireRefundRequest{Moment: moment, Account: r.Account, RefundRequestID: r.RefundRequestID, Amount: r.Amount}
		return r.Account, asking(askDeadline, d.gateway.InquireRefund, q)
	}
	a := *s.Attempt(c.id)
	switch call {
	case CallPay:
		return a.Account, asking(payDeadline, d.gateway.Pay, *c.pay)
	case CallCancel:
		c.mem.cancelSent = d.clock.alipay()
		q := CancelRequest{Moment: moment, Account: a.Account, PaymentRequestID: a.PaymentRequestID}
		return a.Account, asking(cancelDeadline, d.gateway.Cancel, q)
	}
	return a.Account, asking(askDeadline, d.gateway.Inquire, inquiryOf(a, moment))
}

// asking is one call with its question and deadline; the caller's own fault
// is "not sent".
func asking[Q any](limit time.Duration, call func(context.Context, Q) (Answer, error), q Q) func(context.Context) Answer {
	return func(ctx context.Context) Answer {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		ans, err := call(ctx, q)
		if err != nil {
			return Answer{Outcome: NotSent, Result: ReasonNoAccount, Hint: err.Error()}
		}
		return ans
	}
}

func inquiryOf(a Attempt, m Moment) InquireRequest {
	return InquireRequest{Moment: m, Account: a.Account, PaymentRequestID: a.PaymentRequestID, Amount: a.Amount}
}

// take writes what an answer means.
func (d *Desk) take(c *course, r result) {
	d.heard(r.ans, r.account)
	d.mu.Lock()
	defer d.mu.Unlock()
	m := &c.mem
	m.ended = d.clock.now()
	verified := !r.ans.Stamp.IsZero()
	switch r.call {
	case CallPay, CallRefund:
		m.paying--
		m.answered = m.answered || verified
	case CallCancel:
		m.asking = false
	case CallInquire, CallInquireRefund:
		m.asking = false
		if r.ans.Result == ReasonStale {
			break // it may be about another order, and says nothing of this one
		}
		m.missing = verified && r.ans.Outcome == NotFound
		m.answered = m.answered || verified && r.ans.Outcome != NotFound
	}
	m.silent = !verified
	s, err := d.sale(c.saleID)
	if err != nil {
		return
	}
	if c.refund {
		d.takeRefund(c, &s, r)
	} else {
		d.takeAttempt(c, &s, r)
	}
}

func (d *Desk) takeAttempt(c *course, s *Sale, r result) {
	a := *s.Attempt(c.id)
	var events []Event
	var free PaymentCode
	change, alarm := stepAttempt(a, r.call, r.ans, c.mem.fresh && c.mem.sent == 1)
	if change != nil {
		change.CancelAsked = c.mem.cancelSent
		if change.State != a.State {
			c.mem.tries = 0
		}
		if change.State.Final() && r.ans.Outcome == NotSent && c.pay != nil {
			free = c.pay.Code
		}
		events = append(events, d.changed(s, a, change))
	}
	if alarm != "" {
		events = append(events, d.alarm(s.ID, alarm, a.PaymentRequestID, r))
	} else if r.ans.Suspect && !s.alarmed(AlarmSuspicion, a.PaymentRequestID) {
		events = append(events, d.alarm(s.ID, AlarmSuspicion, a.PaymentRequestID, r))
	}
	d.writeOrTell(s, events, free)
}

// changed is the event of a change: the one place that says on which day it
// books, which is the day on which it becomes known.
func (d *Desk) changed(s *Sale, before Attempt, c *AttemptChanged) Event {
	if c.State.Final() != before.State.Final() || c.State.Holds() != before.State.Holds() {
		c.Day = d.today()
	}
	return d.event(s.ID, *c)
}

func (d *Desk) takeRefund(c *course, s *Sale, r result) {
	before := *s.Refund(c.id)
	if r.call == CallInquire { // of its payment: the list may tell
		d.writeOrTell(s, d.takeUpRefunds(s, s.Attempt(before.PaymentRequestID), r.ans.Refunds), PaymentCode{})
		return
	}
	var events []Event
	change, cancelled := stepRefund(before, r.call, r.ans, c.mem.fresh && c.mem.sent == 1)
	if change != nil {
		if change.State.Final() {
			change.Day = d.today()
		}
		events = append(events, d.event(s.ID, *change))
	}
	if a := s.Attempt(before.PaymentRequestID); a != nil && a.State.Holds() && !a.Contested {
		again := AttemptChanged{PaymentRequestID: a.PaymentRequestID, State: a.State, Result: r.ans.Result}
		switch {
		case change != nil && change.State == RefundFailed && before.GiveBack:
			// The customer was to have the money, and has it not: a person
			// decides again.
			again.State = AttemptResolve
			events = append(events, d.changed(s, *a, &again), d.alarm(s.ID, AlarmNotGivenBack, a.PaymentRequestID, r))
		case cancelled:
			again.Contested = true
			events = append(events, d.changed(s, *a, &again), d.alarm(s.ID, AlarmContradiction, a.PaymentRequestID, r))
		}
	}
	if r.ans.Suspect && !s.alarmed(AlarmSuspicion, before.RefundRequestID) {
		events = append(events, d.alarm(s.ID, AlarmSuspicion, before.RefundRequestID, r))
	}
	d.writeOrTell(s, events, PaymentCode{})
}

// writeOrTell writes events, if any; without any the news is only that a call
// came back.
func (d *Desk) writeOrTell(s *Sale, events []Event, free PaymentCode) {
	if len(events) == 0 {
		d.publish(s)
		return
	}
	// A failed write has locked the till: there is nobody else to tell.
	if err := d.write(s, Batch{Events: events, FreeCode: free, CodeAt: d.clock.alipay()}); err != nil {
		d.options.Log.Error("write", "sale", s.Number, "error", err)
		return
	}
	d.followAll(s)
}

// followAll begins a course for whatever is open of a sale and has none: an
// attempt that a refund's answer put in doubt, a refund found at Alipay. A
// course that sleeps looks again what is due.
func (d *Desk) followAll(s *Sale) {
	begin := func(c *course) {
		if running := d.courses[c.id]; running != nil {
			running.poke()
			return
		}
		c.saleID, c.mem.begun = s.ID, d.clock.now()
		d.follow(c)
	}
	for _, a := range s.Attempts {
		if a.Open() {
			begin(&course{id: a.PaymentRequestID, mem: memory{stop: a.Stopped}})
		}
	}
	for _, r := range s.Refunds {
		if !r.State.Final() {
			begin(&course{id: r.RefundRequestID, refund: true})
		}
	}
}

func (d *Desk) alarm(saleID string, k AlarmKind, id string, r result) Event {
	return d.event(saleID, Alarmed{Alarm{At: d.options.Calendar.In(d.clock.alipay()), Kind: k, ID: id, Text: string(r.call) + " " + r.ans.Result}})
}

func (s *Sale) alarmed(k AlarmKind, id string) bool {
	for _, a := range s.Alarms {
		if a.Kind == k && a.ID == id {
			return true
		}
	}
	return false
}
