package payments

import "time"

// This file tells what is due: which call, and when, from where an attempt or a
// refund stands and from what its course remembers. It is as pure as step.go.

// memory is what the Desk remembers of an attempt's or a refund's way since
// this start of the program. Losing it costs time, never truth.
type memory struct {
	begun    time.Time // when following began, this machine's clock
	fresh    bool      // begun by this start's own request, not taken up at a restart
	paying   int       // copies of the pay (or refund) request still in the air
	answered bool      // pay (or refund) was answered by Alipay, with anything
	sent     int       // copies of the pay (or refund) request ever handed over
	asked    int       // inquiries sent
	missing  bool      // the newest inquiry said that there is no such order
	final    bool      // the last inquiry before cancelling was sent
	asking   bool      // an inquiry or cancel is under way
	silent   bool      // the newest call brought no verified answer
	stop     bool      // a person asked to stop
	cancels  int       // cancels sent
	// cancelSent is when cancel was last sent, Alipay's clock: a late one may
	// still act, so a person's decision waits for it.
	cancelSent time.Time
	tries      int       // calls sent since the present state began
	last       time.Time // when the newest call was sent, this machine's clock
	ended      time.Time // when the newest call was answered
}

// next is what is to be done about an attempt or refund: a call at a moment
// (this machine's clock), or a state to enter without one.
type next struct {
	call Call
	at   time.Time
	move AttemptState // enter this state now; no call
	none bool         // nothing, until news comes
}

// Timing of a payment (Antom's best practice for user-presented mode: inquire
// when nothing came for 5 s, every 3 s, then cancel).
const (
	silence      = 5 * time.Second
	askEvery     = 3 * time.Second
	payFor       = 60 * time.Second // paymentExpiryTime after sending
	resendWithin = 10 * time.Second
	// afterRefusal is how long a copy of a refund may be on its way.
	afterRefusal = time.Minute
)

var (
	cancelPauses  = []time.Duration{0, 2, 4, 8, 16, 30}
	refundPauses  = []time.Duration{1, 3, 3, 5, 10, 15, 30, 60}
	resolvePauses = []time.Duration{0, 60, 60, 60, 60, 60, 60, 60, 60, 60, 3600}
	recheckPauses = []time.Duration{0, 3, 5, 10, 30, 60}
)

func pause(of []time.Duration, n int) time.Duration {
	if n >= len(of) {
		n = len(of) - 1
	}
	return of[n] * time.Second
}

// planAttempt is what to do next about an attempt. own is this machine's
// clock, alipay the same moment in Alipay's.
func planAttempt(a Attempt, m memory, own, alipay time.Time) next {
	at := func(t time.Time) time.Time { return own.Add(t.Sub(alipay)) } // Alipay's moment in this machine's clock
	if a.State.Final() {
		if a.Contested {
			return next{call: CallInquire, at: m.ended.Add(pause(recheckPauses, m.tries))}
		}
		return next{none: true}
	}
	switch a.State {
	case AttemptIntent, AttemptUnknown:
		over := m.stop || !alipay.Before(a.Expiry)
		switch {
		case over && m.final && m.asking:
			return next{none: true} // the last inquiry decides: it is waited for
		case over && m.final:
			return next{move: AttemptCancelling}
		case over:
			return next{call: CallInquire, at: own}
		case resendable(a, m, own):
			return next{call: CallPay, at: own}
		case a.State == AttemptIntent && m.fresh && !m.answered && m.paying > 0:
			if own.Before(m.begun.Add(silence)) {
				return next{call: CallInquire, at: m.begun.Add(silence)}
			}
			return next{move: AttemptUnknown}
		case m.asked == 0:
			return next{call: CallInquire, at: own}
		}
		return next{call: CallInquire, at: earlier(m.last.Add(askEvery), at(a.Expiry))}

	case AttemptCancelling:
		// Cancel and inquiry by turns: either may be the one that ends it.
		call := CallCancel
		if m.tries%2 == 1 {
			call = CallInquire
		}
		due := m.ended.Add(pause(cancelPauses, m.tries))
		if m.tries == 0 {
			due = own
		}
		return next{call: call, at: dueAtClosing(due, m.ended, at(a.Closes()), own)}

	case AttemptCancelSeen:
		closing := at(a.Closes()).Add(time.Second)
		if m.tries == 0 || m.ended.Before(closing) {
			return next{call: CallInquire, at: later(own, closing)}
		}
		return next{call: CallInquire, at: m.ended.Add(pause(recheckPauses, m.tries))}

	case AttemptResolve:
		if m.tries == 0 {
			return next{call: CallInquire, at: own}
		}
		return next{call: CallInquire, at: m.ended.Add(pause(resolvePauses, m.tries))}
	}
	return next{none: true}
}

// resendable: within ten seconds of the intent, in the same process, Alipay
// says that it knows no such order and has answered nothing else. The request
// was lost, and the same bytes may go once more.
func resendable(a Attempt, m memory, own time.Time) bool {
	return m.fresh && m.missing && !m.answered && m.sent == 1 && !m.stop &&
		own.Before(m.begun.Add(resendWithin)) && (a.State == AttemptIntent || a.State == AttemptUnknown)
}

// dueAtClosing moves a waiting call forward to the moment at which the order
// closes, since from then on an answer is final.
func dueAtClosing(due, ended, closes, own time.Time) time.Time {
	closes = closes.Add(time.Second)
	if ended.Before(closes) && closes.Before(due) && !closes.Before(own) {
		return closes
	}
	return due
}

// planRefund is what to do next about a refund.
func planRefund(r Refund, m memory, own time.Time) next {
	switch {
	case r.State.Final():
		return next{none: true}
	case m.fresh && m.sent == 0:
		return next{call: CallRefund, at: own}
	case m.paying > 0:
		return next{none: true}
	case r.Refused != "":
		// Asked about when no other copy can be on its way any more.
		wait := later(m.begun, m.last).Add(afterRefusal)
		return next{call: CallInquireRefund, at: later(wait, m.ended.Add(pause(refundPauses, m.asked)))}
	case m.missing && !r.Elsewhere:
		return next{call: CallRefund, at: own}
	}
	call := CallInquireRefund
	if m.missing {
		// Made by somebody else, so never sent from here; the payment's own
		// list knows it.
		call = CallInquire
	}
	wait := pause(refundPauses, m.asked)
	if !m.fresh && m.asked == 0 {
		wait = 0
	}
	if own.Sub(r.Created) > 24*time.Hour && m.asked > len(refundPauses) {
		wait = time.Hour
	}
	return next{call: call, at: m.ended.Add(wait)}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
