package payments

import "time"

// This file is the table of a payment's and a refund's life: what each answer
// of Alipay does to each state. It is pure: no clock, no disk, no network. The
// Desk carries out what it says; tests, the soak and the model check it.

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
