package payments

import (
	"testing"
	"time"
)

var (
	sentAt  = time.Date(2026, 11, 21, 10, 0, 0, 0, time.FixedZone("HKT", 8*3600))
	early   = sentAt.Add(30 * time.Second)  // before the order closes
	closing = sentAt.Add(120 * time.Second) // expiry + one minute
)

func attemptIn(state AttemptState) Attempt {
	return Attempt{
		PaymentRequestID: "r1", State: state, Amount: Money{4550, "HKD"},
		SentAt: sentAt, Expiry: sentAt.Add(payFor),
	}
}

// The table of a payment's life, row by row: an empty result means that
// nothing is written.
func TestStepAttempt(t *testing.T) {
	rows := []struct {
		name  string
		from  AttemptState
		call  Call
		out   Outcome
		stamp time.Time
		want  AttemptState
		alarm AlarmKind
	}{
		{"pay succeeds", AttemptIntent, CallPay, Succeeded, early, AttemptPaid, ""},
		{"pay is declined", AttemptIntent, CallPay, Declined, early, AttemptFailed, ""},
		{"pay was never sent", AttemptIntent, CallPay, NotSent, time.Time{}, AttemptFailed, ""},
		{"the customer is confirming", AttemptIntent, CallPay, InProgress, early, AttemptUnknown, ""},
		{"pay brings nothing certain", AttemptIntent, CallPay, Unsure, time.Time{}, AttemptUnknown, ""},
		{"an inquiry that never left leaves pay unknown", AttemptIntent, CallInquire, NotSent, time.Time{}, AttemptUnknown, ""},
		{"the late answer to pay succeeds", AttemptUnknown, CallPay, Succeeded, early, AttemptPaid, ""},
		{"the inquiry finds it paid", AttemptUnknown, CallInquire, Succeeded, early, AttemptPaid, ""},
		{"the inquiry finds it failed", AttemptUnknown, CallInquire, Declined, early, AttemptFailed, ""},
		{"not found is not failed while the order can start", AttemptUnknown, CallInquire, NotFound, early, AttemptUnknown, ""},
		{"not found is failed once the order is closed", AttemptUnknown, CallInquire, NotFound, closing, AttemptFailed, ""},
		{"found cancelled early", AttemptUnknown, CallInquire, WasStopped, early, AttemptCancelSeen, ""},
		{"found cancelled after closing", AttemptUnknown, CallInquire, WasStopped, closing, AttemptCancelled, ""},
		{"pay while cancelling: late success changes no state", AttemptCancelling, CallPay, Succeeded, early, AttemptCancelling, ""},
		{"pay declined while cancelling proves nothing", AttemptCancelling, CallPay, Declined, early, "", ""},
		{"inquiry while cancelling: late success", AttemptCancelling, CallInquire, Succeeded, early, AttemptCancelling, ""},
		{"inquiry says FAIL while cancelling", AttemptCancelling, CallInquire, Declined, early, AttemptCancelled, ""},
		{"inquiry says not found early", AttemptCancelling, CallInquire, NotFound, early, "", ""},
		{"inquiry says not found after closing", AttemptCancelling, CallInquire, NotFound, closing, AttemptCancelled, ""},
		{"cancelled early must be seen again", AttemptCancelling, CallCancel, Succeeded, early, AttemptCancelSeen, ""},
		{"cancelled after closing", AttemptCancelling, CallCancel, Succeeded, closing, AttemptCancelled, ""},
		{"nothing to cancel, early", AttemptCancelling, CallCancel, NotFound, early, "", ""},
		{"nothing to cancel, closed", AttemptCancelling, CallCancel, NotFound, closing, AttemptCancelled, ""},
		{"cancel not allowed any more", AttemptCancelling, CallCancel, NotAllowed, early, AttemptResolve, ""},
		{"balance too small to give back", AttemptCancelling, CallCancel, ShortFunds, early, AttemptCancelling, AlarmShortFunds},
		{"cancel unanswered", AttemptCancelling, CallCancel, Unsure, time.Time{}, "", ""},
		{"cancel seen, confirmed too early", AttemptCancelSeen, CallInquire, WasStopped, early, AttemptCancelSeen, ""},
		{"cancel seen, confirmed", AttemptCancelSeen, CallInquire, WasStopped, closing, AttemptCancelled, ""},
		{"cancel seen, unknown order", AttemptCancelSeen, CallInquire, NotFound, closing, AttemptCancelled, ""},
		{"cancel seen, but paid after all", AttemptCancelSeen, CallInquire, Succeeded, closing, AttemptCancelling, ""},
		{"resolve closes when Alipay says cancelled", AttemptResolve, CallInquire, WasStopped, closing, AttemptCancelled, ""},
		{"resolve stays while not closed", AttemptResolve, CallInquire, NotFound, early, "", ""},
		{"paid and agreed", AttemptPaid, CallInquire, Succeeded, early, "", ""},
		{"paid and contradicted: contested, not moved", AttemptPaid, CallInquire, WasStopped, closing, AttemptPaid, AlarmContradiction},
		{"failed and contradicted by pay", AttemptFailed, CallPay, Succeeded, early, AttemptFailed, AlarmContradiction},
		{"cancelled and unsure", AttemptCancelled, CallInquire, Unsure, time.Time{}, "", ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			got, alarm := stepAttempt(attemptIn(r.from), r.call, Answer{Outcome: r.out, Result: "X", Stamp: r.stamp}, true)
			state := AttemptState("")
			if got != nil {
				state = got.State
			}
			if state != r.want || alarm != r.alarm {
				t.Errorf("%s, %s of %s: got %q alarm %q, want %q alarm %q", r.from, r.out, r.call, state, alarm, r.want, r.alarm)
			}
		})
	}
}

func TestNotSentEndsNothingOnceACopyLeft(t *testing.T) {
	got, _ := stepAttempt(attemptIn(AttemptIntent), CallPay, Answer{Outcome: NotSent}, false)
	if got == nil || got.State != AttemptUnknown {
		t.Errorf("got %+v, want unknown", got)
	}
}

func TestContestedIsSettledByInquiryOnly(t *testing.T) {
	a := attemptIn(AttemptFailed)
	a.Contested = true
	if c, _ := stepAttempt(a, CallPay, Answer{Outcome: Succeeded, Stamp: early}, true); c != nil {
		t.Errorf("a second late answer to pay moved it: %+v", c)
	}
	c, alarm := stepAttempt(a, CallInquire, Answer{Outcome: Succeeded, Stamp: early}, true)
	if c == nil || c.State != AttemptResolve || alarm != AlarmContradiction {
		t.Errorf("confirmed: got %+v %q, want resolve with an alarm", c, alarm)
	}
	c, _ = stepAttempt(a, CallInquire, Answer{Outcome: Declined, Stamp: early}, true)
	if c == nil || c.State != AttemptFailed || c.Contested {
		t.Errorf("refuted: got %+v, want failed and settled", c)
	}
}

// Whatever comes in whatever order, no answer may ever turn an attempt that is
// to be cancelled into a paid one, nor one that is final into another final
// state without doubt first.
func TestNoAnswerSkipsTheRules(t *testing.T) {
	states := []AttemptState{AttemptIntent, AttemptUnknown, AttemptCancelling, AttemptCancelSeen, AttemptResolve, AttemptPaid, AttemptPaidLate, AttemptFailed, AttemptCancelled}
	outcomes := []Outcome{Succeeded, Declined, WasStopped, InProgress, NotFound, NotAllowed, ShortFunds, NotSent, Unsure}
	for _, from := range states {
		for _, call := range []Call{CallPay, CallInquire, CallCancel} {
			for _, out := range outcomes {
				for _, stamp := range []time.Time{{}, early, closing} {
					for _, contested := range []bool{false, true} {
						a := attemptIn(from)
						a.Contested = contested
						c, _ := stepAttempt(a, call, Answer{Outcome: out, Stamp: stamp, Result: "Y"}, true)
						if c == nil {
							continue
						}
						wished := from == AttemptCancelling || from == AttemptCancelSeen || from == AttemptResolve
						if wished && c.State.Holds() {
							t.Errorf("%s became %s by %s of %s", from, c.State, out, call)
						}
						if from.Final() && c.State != from && c.State != AttemptResolve {
							t.Errorf("final %s became %s by %s of %s", from, c.State, out, call)
						}
						neverLeft := call == CallPay && out == NotSent
						if c.State == AttemptCancelled && from != AttemptCancelled && out != Declined && stamp != closing && !neverLeft {
							t.Errorf("%s became cancelled by %s of %s before the order closed", from, out, call)
						}
						if (c.State == AttemptFailed || c.State == AttemptCancelled) && from != c.State && (out == Unsure || out == InProgress) {
							t.Errorf("%s became %s by %s of %s", from, c.State, out, call)
						}
					}
				}
			}
		}
	}
}

func TestStepRefund(t *testing.T) {
	rows := []struct {
		name     string
		from     RefundState
		call     Call
		out      Outcome
		sentOnce bool
		want     RefundState
	}{
		{"refunded", RefundIntent, CallRefund, Succeeded, true, Refunded},
		{"refused", RefundIntent, CallRefund, Declined, true, RefundFailed},
		{"a copy that is refused proves nothing", RefundUnknown, CallRefund, Declined, false, RefundUnknown},
		{"never sent", RefundIntent, CallRefund, NotSent, true, RefundFailed},
		{"a resend that was never sent", RefundUnknown, CallRefund, NotSent, false, ""},
		{"no answer", RefundIntent, CallRefund, Unsure, true, RefundUnknown},
		{"found refunded", RefundUnknown, CallInquireRefund, Succeeded, true, Refunded},
		{"found refused", RefundUnknown, CallInquireRefund, Declined, true, RefundFailed},
		{"not found is not refused", RefundUnknown, CallInquireRefund, NotFound, true, RefundUnknown},
		{"final stays", Refunded, CallInquireRefund, Declined, true, ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			c, _ := stepRefund(Refund{State: r.from, Result: "BEFORE"}, r.call, Answer{Outcome: r.out, Result: "X"}, r.sentOnce)
			got := RefundState("")
			if c != nil {
				got = c.State
			}
			if got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

// A later copy of a refund was refused: it is failed once Alipay still knows of
// none when no earlier copy can be on its way, and refunded if one got through.
func TestARefusedCopyOfARefund(t *testing.T) {
	r := Refund{State: RefundUnknown, Result: ReasonTimeout}
	c, _ := stepRefund(r, CallRefund, Answer{Outcome: Declined, Result: "REFUND_WINDOW_EXCEED"}, false)
	r.State, r.Refused, r.Result = c.State, c.Refused, c.Result
	own := sentAt
	n := planRefund(r, memory{begun: own, last: own.Add(20 * time.Second), ended: own.Add(21 * time.Second), sent: 2}, own.Add(22*time.Second))
	if n.call != CallInquireRefund || !n.at.Equal(own.Add(80*time.Second)) {
		t.Errorf("planned %+v, want an inquiry a minute after the last copy", n)
	}
	failed, _ := stepRefund(r, CallInquireRefund, Answer{Outcome: NotFound, Result: "ORDER_NOT_EXIST"}, false)
	if failed == nil || failed.State != RefundFailed || failed.Result != "REFUND_WINDOW_EXCEED" {
		t.Errorf("not found: %+v", failed)
	}
	got, _ := stepRefund(r, CallInquireRefund, Answer{Outcome: Succeeded, Result: "SUCCESS"}, false)
	if got == nil || got.State != Refunded {
		t.Errorf("found: %+v", got)
	}
}

func TestPlanAttempt(t *testing.T) {
	own := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) // this machine's clock is far off: only distances count
	alipay := func(after time.Duration) time.Time { return sentAt.Add(after) }
	begun := memory{begun: own, fresh: true, sent: 1, paying: 1}
	rows := []struct {
		name   string
		state  AttemptState
		mem    func(m *memory)
		after  time.Duration // since sent
		want   Call
		in     time.Duration // from now
		move   AttemptState
		nothin bool
	}{
		{"five seconds of silence first", AttemptIntent, nil, 0, CallInquire, 5 * time.Second, "", false},
		{"silence becomes unknown", AttemptIntent, func(m *memory) { m.begun = own.Add(-5 * time.Second) }, 5 * time.Second, "", 0, AttemptUnknown, false},
		{"an unsure answer is followed at once", AttemptUnknown, func(m *memory) { m.answered = true; m.paying = 0 }, time.Second, CallInquire, 0, "", false},
		{"then every three seconds", AttemptUnknown, func(m *memory) { m.answered = true; m.paying = 0; m.asked = 1; m.last = own.Add(-time.Second) }, 2 * time.Second, CallInquire, 2 * time.Second, "", false},
		{"the last inquiry at expiry", AttemptUnknown, func(m *memory) { m.asked = 9; m.last = own.Add(-time.Second) }, 59 * time.Second, CallInquire, time.Second, "", false},
		{"a stop asks once more", AttemptUnknown, func(m *memory) { m.stop = true; m.asked = 2 }, 10 * time.Second, CallInquire, 0, "", false},
		{"then cancels", AttemptUnknown, func(m *memory) { m.stop = true; m.final = true }, 10 * time.Second, "", 0, AttemptCancelling, false},
		{"expiry cancels after its last inquiry", AttemptUnknown, func(m *memory) { m.final = true }, 60 * time.Second, "", 0, AttemptCancelling, false},
		{"a lost request goes once more", AttemptUnknown, func(m *memory) { m.missing = true; m.asked = 1; m.begun = own.Add(-6 * time.Second) }, 6 * time.Second, CallPay, 0, "", false},
		{"but not twice", AttemptUnknown, func(m *memory) { m.missing = true; m.asked = 1; m.sent = 2; m.last = own }, 6 * time.Second, CallInquire, 3 * time.Second, "", false},
		{"nor after ten seconds", AttemptUnknown, func(m *memory) { m.missing = true; m.asked = 2; m.begun = own.Add(-10 * time.Second); m.last = own }, 10 * time.Second, CallInquire, 3 * time.Second, "", false},
		{"nor once Alipay answered", AttemptUnknown, func(m *memory) { m.missing = true; m.answered = true; m.asked = 1; m.last = own }, 2 * time.Second, CallInquire, 3 * time.Second, "", false},
		{"nor after a restart", AttemptUnknown, func(m *memory) { *m = memory{begun: own, missing: true, asked: 1, last: own} }, 2 * time.Second, CallInquire, 3 * time.Second, "", false},
		{"cancel at once", AttemptCancelling, func(m *memory) { m.ended = own }, 61 * time.Second, CallCancel, 0, "", false},
		{"then inquire", AttemptCancelling, func(m *memory) { m.tries = 1; m.ended = own }, 61 * time.Second, CallInquire, 2 * time.Second, "", false},
		{"a call falls due when the order closes", AttemptCancelling, func(m *memory) { m.tries = 6; m.ended = own }, 110 * time.Second, CallCancel, 11 * time.Second, "", false},
		{"cancel seen waits for the closing", AttemptCancelSeen, nil, 20 * time.Second, CallInquire, 101 * time.Second, "", false},
		{"resolve asks at once", AttemptResolve, nil, 200 * time.Second, CallInquire, 0, "", false},
		{"paid has nothing to do", AttemptPaid, nil, 2 * time.Second, "", 0, "", true},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			m := begun
			if r.mem != nil {
				r.mem(&m)
			}
			n := planAttempt(attemptIn(r.state), m, own, alipay(r.after))
			if n.none != r.nothin || n.move != r.move {
				t.Fatalf("got none %v move %q, want none %v move %q", n.none, n.move, r.nothin, r.move)
			}
			if n.none || n.move != "" {
				return
			}
			in := n.at.Sub(own)
			if in < 0 {
				in = 0
			}
			if n.call != r.want || in != r.in {
				t.Errorf("got %s in %v, want %s in %v", n.call, in, r.want, r.in)
			}
		})
	}
}

func TestPlanRefund(t *testing.T) {
	own := sentAt
	r := Refund{State: RefundIntent, Created: own}
	if n := planRefund(r, memory{fresh: true}, own); n.call != CallRefund {
		t.Errorf("a new refund: got %+v, want the refund itself", n)
	}
	if n := planRefund(r, memory{}, own); n.call != CallInquireRefund || n.at.After(own) {
		t.Errorf("after a restart: got %+v, want an inquiry at once", n)
	}
	r.State = RefundUnknown
	if n := planRefund(r, memory{missing: true, asked: 1, ended: own}, own); n.call != CallRefund {
		t.Errorf("not found: got %+v, want the same refund again", n)
	}
	if n := planRefund(r, memory{fresh: true, sent: 1, paying: 1}, own); !n.none {
		t.Errorf("in the air: got %+v, want nothing", n)
	}
}

// Alipay showed that it knows the order and then says, by a replica that lags,
// "no such order" after closing: that ends nothing.
func TestNotFoundAfterTheOrderWasSeenEndsNothing(t *testing.T) {
	for _, from := range []AttemptState{AttemptUnknown, AttemptCancelling, AttemptCancelSeen, AttemptResolve} {
		a := attemptIn(from)
		a.PaymentID, a.LateSuccess, a.Result = "2026112119401080010018800000001", from != AttemptUnknown, "PAYMENT_IN_PROCESS"
		c, _ := stepAttempt(a, CallInquire, Answer{Outcome: NotFound, Result: "ORDER_NOT_EXIST", Stamp: closing}, true)
		if c != nil && c.State.Final() {
			t.Errorf("%s, with a paymentId and late success known, ended %s by not found", from, c.State)
		}
	}
}

// What Alipay has once shown to know can't be unknown later: a "not found"
// after that is a replica that lags, and the customer may well have paid.
func TestWhatAlipayHasShownToKnowStaysKnown(t *testing.T) {
	rows := []struct {
		name string
		from AttemptState
		call Call
		out  Outcome
		want bool
	}{
		{"a customer who confirms while it is cancelled", AttemptCancelling, CallInquire, InProgress, true},
		{"a customer who confirms after it was cancelled", AttemptCancelSeen, CallInquire, InProgress, true},
		{"a customer who confirms while a person decides", AttemptResolve, CallInquire, InProgress, true},
		{"a cancel that succeeded may be of an order that never was", AttemptCancelling, CallCancel, Succeeded, false},
		{"an answer that makes nothing certain", AttemptCancelling, CallInquire, Unsure, false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			a := attemptIn(r.from)
			c, _ := stepAttempt(a, r.call, Answer{Outcome: r.out, Result: "X", Stamp: early}, false)
			if got := c != nil && c.Known; got != r.want {
				t.Fatalf("known %t, want %t (%+v)", got, r.want, c)
			}
			if c != nil {
				c.apply(&a, early)
			}
			for _, after := range []time.Duration{0, 59 * time.Minute, time.Hour} {
				ends, _ := stepAttempt(a, CallInquire, Answer{Outcome: NotFound, Result: "X", Stamp: closing.Add(after)}, false)
				waits := after < time.Hour && (r.want || a.State == AttemptResolve)
				if ended := ends != nil && ends.State == AttemptCancelled; ended == waits {
					t.Errorf("not found %v after closing ends it: %t", after, ended)
				}
			}
		})
	}
}

// A cancel that was refused speaks of an order that is there, so a "not found"
// soon after is a replica that lags. An hour later it is the truth.
func TestARefusedCancelMakesNotFoundWait(t *testing.T) {
	for _, refusal := range []Outcome{NotAllowed, ShortFunds} {
		t.Run(string(refusal), func(t *testing.T) {
			a := attemptIn(AttemptCancelling)
			c, _ := stepAttempt(a, CallCancel, Answer{Outcome: refusal, Result: "X", Stamp: early}, false)
			c.apply(&a, early)
			for _, row := range []struct {
				stamp time.Time
				ends  bool
			}{{closing, false}, {closing.Add(59 * time.Minute), false}, {closing.Add(time.Hour), true}} {
				c, _ := stepAttempt(a, CallInquire, Answer{Outcome: NotFound, Result: "X", Stamp: row.stamp}, false)
				if ends := c != nil && c.State == AttemptCancelled; ends != row.ends {
					t.Errorf("%v after closing: ends %t", row.stamp.Sub(closing), ends)
				}
			}
		})
	}
}
