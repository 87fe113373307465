package payments

import "time"

// This file is the table of a payment's and a refund's life: what each answer
// of Alipay does to each state. It is pure: no clock, no disk, no network. The
// Desk carries out what it says; tests, the simulator and the model check it.

// Call names what was asked of Alipay.
type Call string

// The calls.
const (
	CallPay           Call = "pay"
	CallInquire       Call = "inquire"
	CallCancel        Call = "cancel"
	CallRefund        Call = "refund"
	CallInquireRefund Call = "inquire_refund"
)

// stepAttempt is what an answer to call does to an attempt: the change to
// write, or nil when there is nothing to write; and the alarm to raise, or "".
// sentOnce tells, for an answer to pay, that no other copy of the request was
// ever sent: only then does "not sent" end the attempt.
func stepAttempt(a Attempt, call Call, ans Answer, sentOnce bool) (*AttemptChanged, AlarmKind) {
	c, alarm := moveAttempt(a, call, ans, sentOnce)
	if c == nil && !a.State.Final() && !a.Known && shows(call, ans) {
		// Nothing else is new, but from now on a replica that lags and knows no
		// such order is not believed.
		c = &AttemptChanged{
			PaymentRequestID: a.PaymentRequestID, State: a.State, Stamp: ans.Stamp,
			ShortFunds: a.ShortFunds, Contested: a.Contested, Known: true,
		}
		c.learn(ans)
	}
	return c, alarm
}

// shows reports whether an answer shows that Alipay knows the order. What a
// cancel is answered with doesn't: a gateway may say that it succeeded, or that
// it can't be done, of an order that it never had.
func shows(call Call, ans Answer) bool {
	switch ans.Outcome {
	case Succeeded, InProgress, WasStopped:
		return call != CallCancel
	}
	return false
}

// longClosed is how long after it closed an order must still be unknown that
// was spoken of as if it were there: as one that a customer is confirming, or
// by a cancel that was refused. No replica lags so long. An order that was once
// paid never becomes unknown.
const longClosed = time.Hour

func moveAttempt(a Attempt, call Call, ans Answer, sentOnce bool) (*AttemptChanged, AlarmKind) {
	c := &AttemptChanged{
		PaymentRequestID: a.PaymentRequestID, State: a.State, Result: ans.Result, Stamp: ans.Stamp,
		ShortFunds: a.ShortFunds, Contested: a.Contested,
	}
	c.learn(ans)
	c.Known = a.Known || shows(call, ans)
	if ans.Outcome == Declined && call == CallPay && !sentOnce {
		// Another copy may have been taken before this one was refused.
		ans.Outcome = Unsure
	}
	to := func(s AttemptState) (*AttemptChanged, AlarmKind) {
		c.State, c.Contested, c.ShortFunds = s, false, false
		return c, ""
	}
	// closed: the order can't start any more, so what Alipay says now holds.
	closed := !ans.Stamp.IsZero() && !ans.Stamp.Before(a.Closes())
	long := !ans.Stamp.Before(a.Closes().Add(longClosed))
	if ans.Outcome == NotFound && (a.LateSuccess || !long && (c.exists(a) || a.refusedCancel())) {
		// A replica that lags: what was seen can't have gone.
		ans.Outcome = Unsure
	}

	if a.State.Final() {
		return contradict(a, call, ans, c, closed)
	}
	switch a.State {
	case AttemptIntent, AttemptUnknown:
		switch {
		case call == CallCancel: // none is sent from here, so none is answered
			return nil, ""
		case ans.Outcome == Succeeded:
			return to(AttemptPaid)
		case ans.Outcome == Declined:
			return to(AttemptFailed)
		case ans.Outcome == NotSent && call == CallPay && sentOnce:
			return to(AttemptFailed)
		case ans.Outcome == WasStopped && closed:
			return to(AttemptCancelled)
		case ans.Outcome == WasStopped:
			return to(AttemptCancelSeen)
		case ans.Outcome == NotFound && closed:
			return to(AttemptFailed)
		}
		if a.State == AttemptUnknown && (a.Result == ans.Result || ans.Outcome == NotSent) {
			return nil, ""
		}
		return to(AttemptUnknown)

	case AttemptCancelling:
		return stepCancelling(a, call, ans, c, closed, sentOnce)

	case AttemptCancelSeen:
		switch {
		case ans.Outcome == Succeeded && (call == CallInquire || call == CallPay):
			// It was paid after all: the cancel has to be sent again.
			c.LateSuccess = true
			return to(AttemptCancelling)
		case call == CallPay:
			return nil, ""
		case closed && (ans.Outcome == WasStopped || ans.Outcome == NotFound || ans.Outcome == Declined):
			return to(AttemptCancelled)
		}

	case AttemptResolve:
		switch {
		case call == CallPay:
			return lateSuccess(a, ans, c)
		case ans.Outcome == Declined, closed && (ans.Outcome == WasStopped || ans.Outcome == NotFound):
			return to(AttemptCancelled)
		case ans.Outcome == Succeeded && call == CallInquire && a.PaidAt.IsZero() && !ans.PaidAt.IsZero():
			return c, ""
		}
	}
	return nil, ""
}

func stepCancelling(a Attempt, call Call, ans Answer, c *AttemptChanged, closed, sentOnce bool) (*AttemptChanged, AlarmKind) {
	to := func(s AttemptState) (*AttemptChanged, AlarmKind) {
		c.State, c.ShortFunds = s, false
		return c, ""
	}
	switch call {
	case CallPay:
		if ans.Outcome == NotSent && sentOnce {
			return to(AttemptCancelled) // nothing ever left: there is nothing to cancel
		}
		return lateSuccess(a, ans, c)
	case CallInquire:
		switch {
		case ans.Outcome == Succeeded:
			return lateSuccess(a, ans, c)
		case ans.Outcome == Declined:
			return to(AttemptCancelled)
		case closed && (ans.Outcome == WasStopped || ans.Outcome == NotFound):
			return to(AttemptCancelled)
		case ans.Outcome == WasStopped:
			return to(AttemptCancelSeen)
		}
	case CallCancel:
		switch {
		case ans.Outcome == Succeeded && !closed:
			return to(AttemptCancelSeen)
		case ans.Outcome == Succeeded, ans.Outcome == NotFound && closed:
			return to(AttemptCancelled)
		case ans.Outcome == NotAllowed:
			return to(AttemptResolve)
		case ans.Outcome == ShortFunds && !a.ShortFunds:
			c.ShortFunds = true
			return c, AlarmShortFunds
		}
	}
	return nil, ""
}

// lateSuccess notes that the money came after the wish to cancel. It changes
// no state: the cancel goes on and gives the money back.
func lateSuccess(a Attempt, ans Answer, c *AttemptChanged) (*AttemptChanged, AlarmKind) {
	if ans.Outcome != Succeeded || a.LateSuccess {
		return nil, ""
	}
	c.LateSuccess = true
	return c, ""
}

// contradict weighs an answer about an attempt that was final already. The
// first contradiction alarms and has Alipay asked again; a second, by an
// inquiry, opens Resolve; an inquiry that agrees ends the doubt.
func contradict(a Attempt, call Call, ans Answer, c *AttemptChanged, closed bool) (*AttemptChanged, AlarmKind) {
	agrees, differs := false, false
	switch ans.Outcome {
	case Succeeded:
		agrees, differs = a.State.Holds(), !a.State.Holds()
	case Declined:
		agrees, differs = !a.State.Holds(), a.State.Holds()
	case WasStopped:
		agrees, differs = !a.State.Holds(), a.State.Holds()
	case NotFound:
		agrees = !a.State.Holds() && closed
	}
	if call == CallCancel || call == CallRefund || call == CallInquireRefund {
		return nil, ""
	}
	switch {
	case a.Contested && call == CallInquire && agrees:
		c.Contested = false
		return c, ""
	case a.Contested && call == CallInquire && differs:
		c.State, c.Contested = AttemptResolve, false
		return c, AlarmContradiction
	case !a.Contested && differs:
		c.Contested = true
		return c, AlarmContradiction
	}
	return nil, ""
}

// refusedCancel reports whether a cancel was answered with no: nobody says that
// of an order that isn't there, but nothing proves that it is.
func (a Attempt) refusedCancel() bool {
	return a.State == AttemptResolve || a.State == AttemptCancelling && a.ShortFunds
}

// exists reports whether Alipay has ever shown that it knows the order.
func (c *AttemptChanged) exists(a Attempt) bool {
	return c.Known || a.PaymentID != "" || a.LateSuccess
}

// learn takes from an answer what it tells about the payment.
func (c *AttemptChanged) learn(ans Answer) {
	c.PaymentID, c.PaidAt, c.Wallet, c.Customer = ans.PaymentID, ans.PaidAt, ans.Wallet, ans.Customer
}

// stepRefund is what an answer to call does to a refund; nil when there is
// nothing to write. cancelled reports that Alipay says the payment itself
// stands cancelled, which contradicts that the shop holds its money.
func stepRefund(r Refund, call Call, ans Answer, sentOnce bool) (change *RefundChanged, cancelled bool) {
	if r.State.Final() {
		return nil, false
	}
	c := &RefundChanged{RefundRequestID: r.RefundRequestID, State: r.State, Result: ans.Result, RefundID: ans.RefundID, Stamp: ans.Stamp}
	switch {
	case ans.Outcome == Succeeded:
		c.State = Refunded
	case ans.Outcome == Declined && call == CallRefund && !sentOnce:
		// Another copy may still be on its way, and may be taken.
		c.State, c.Refused = RefundUnknown, ans.Result
	case ans.Outcome == Declined:
		c.State = RefundFailed
		cancelled = ans.Result == resultOrderCancelled
	case ans.Outcome == NotFound && r.Refused != "":
		c.State, c.Result = RefundFailed, r.Refused
		cancelled = r.Refused == resultOrderCancelled
	case ans.Outcome == NotSent && call == CallRefund && sentOnce:
		c.State = RefundFailed
	case r.State == RefundUnknown && (r.Result == ans.Result || ans.Outcome == NotSent || r.Refused != ""):
		return nil, false
	default:
		c.State = RefundUnknown
	}
	return c, cancelled
}

// resultOrderCancelled is Alipay's code for "the order was cancelled".
const resultOrderCancelled = "ORDER_IS_CANCELED"

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
