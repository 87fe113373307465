package alipay

import (
	"context"
	"testing"
	"time"

	"ringup/payments"
)

// An answer that says no and doesn't say to whom could be another payment's.
// It is believed the first time that it is heard, and no second time.
func TestARefusalThatNamesNoOrderIsBelievedOnce(t *testing.T) {
	rows := []struct {
		name    string
		call    Call
		body    string
		first   payments.Outcome
		then    payments.Outcome
		between func(*stage) // asked in between, of something else
	}{
		{"a declined payment", CallPay, `{` + result(StatusFailure, "RISK_REJECT") + `}`, payments.Declined, payments.Unsure, nil},
		{"a declined payment that is named", CallPay, `{` + result(StatusFailure, "RISK_REJECT") + `,"paymentRequestId":"` + requestID + `"}`, payments.Declined, payments.Declined, nil},
		{"an order that isn't there", CallInquire, `{` + result(StatusFailure, "ORDER_NOT_EXIST") + `}`, payments.NotFound, payments.Unsure, nil},
		{"a refund that is refused", CallRefund, `{` + result(StatusFailure, "REFUND_WINDOW_EXCEED") + `}`, payments.Declined, payments.Unsure, nil},
		{"a refund that isn't there", CallInquireRefund, `{` + result(StatusFailure, "ORDER_NOT_EXIST") + `}`, payments.NotFound, payments.Unsure, nil},
		{"a cancel that isn't allowed", CallCancel, `{` + result(StatusFailure, "CANCEL_WINDOW_EXCEED") + `}`, payments.NotAllowed, payments.Unsure, nil},
		{"a success, which names all", CallPay, success(CallPay), payments.Succeeded, payments.Succeeded, nil},
		{"a question whether Alipay is there", CallInquire, `{` + result(StatusFailure, "ORDER_NOT_EXIST") + `}`, payments.Unsure, payments.Unsure, func(s *stage) {
			for range 2 {
				s.askWith(context.Background(), CallInquire, func(_ *payments.PayRequest, q *payments.InquireRequest) { q.Amount = payments.Money{} })
			}
		}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := saying(t, reply{body: r.body})
			if r.between != nil {
				r.between(s)
			}
			for i, want := range []payments.Outcome{r.first, r.then} {
				a := s.ask(r.call)
				if a.Outcome != want || want == payments.Unsure && (a.Result != payments.ReasonStale || a.Stamp.IsZero() || a.Suspect) {
					t.Errorf("answer %d: %s %s (stamp %v, suspect %t), want %s", i+1, a.Outcome, a.Result, a.Stamp, a.Suspect, want)
				}
			}
		})
	}
}

func TestHeardForgetsAndFollowsAlipaysClock(t *testing.T) {
	h, body := new(heard), []byte(`{}`)
	for _, row := range []struct {
		stamp time.Time
		again bool
	}{
		{noon, false},
		{noon, true},
		{noon.Add(time.Second), false},
		{noon.Add(-2 * time.Second), true},   // may be from before this start
		{noon.Add(-time.Hour), false},        // the clock was set back
		{noon.Add(-time.Hour), true},         //
		{noon.Add(time.Minute), false},       //
		{noon.Add(2 * time.Minute), false},   // the others are forgotten
		{noon.Add(2*time.Minute + 1), false}, //
	} {
		if got := h.again(CallPay, row.stamp, body); got != row.again {
			t.Errorf("%v: %t", row.stamp, got)
		}
	}
	if h.again(CallInquire, noon.Add(2*time.Minute), body) {
		t.Error("the same answer to another call")
	}
	if len(h.recent) > 4 {
		t.Errorf("%d answers are kept", len(h.recent))
	}
}
