package till

import (
	"context"
	"strings"
	"testing"
	"time"

	"ringup/payments"
	"ringup/payments/sandbox"
)

func insideTraining(t *testing.T) *Till {
	t.Helper()
	shop, err := Open(Options{Data: t.TempDir(), Environment: Training, Language: "en", Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = shop.Close() }) // a locked till reports its lock
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := shop.Prove(ctx); err != nil {
		t.Fatal(err)
	}
	return shop
}

// toDecide is a sale that Alipay took and refuses to cancel.
func (t *Till) toDecide(test *testing.T) payments.Sale {
	test.Helper()
	if err := t.practice.server.Script(
		sandbox.Fault{Call: "pay", Kind: sandbox.FaultDropAnswer},
		sandbox.Fault{Call: "inquiryPayment", Kind: sandbox.FaultResult, Code: "UNKNOWN_EXCEPTION", Times: 2},
		sandbox.Fault{Call: "cancel", Kind: sandbox.FaultResult, Code: "CANCEL_WINDOW_EXCEED"}); err != nil {
		test.Fatal(err)
	}
	s, err := t.Sell(test.Context(), Order{Amount: payments.Money{Minor: 4550, Currency: "HKD"}, Code: t.Phone().Code("pays")})
	if err != nil {
		test.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(test.Context(), time.Minute)
	defer cancel()
	// The first inquiry has brought nothing; the second serves as the last.
	if _, err := t.desk.Await(ctx, s.ID, func(payments.Sale) bool { return t.Progress(s.ID).Asking > 0 && t.Progress(s.ID).Silent == false }); err != nil {
		test.Fatal(err)
	}
	if err := t.Stop(s.ID); err != nil {
		test.Fatal(err)
	}
	if s, err = t.desk.Await(ctx, s.ID, func(s payments.Sale) bool { return s.State() == payments.AttemptResolve }); err != nil {
		test.Fatal(err, s.State())
	}
	return s
}

func TestAttentionOfALockedTill(t *testing.T) {
	shop := insideTraining(t)
	shop.toDecide(t)
	if err := shop.desk.Note("", payments.Note{Topic: "a\x00b"}); err == nil { // any failed write
		t.Fatal("not locked")
	}
	tasks, err := shop.Attention()
	if err != nil || len(tasks) != 1 || !strings.Contains(tasks[0].Text, "Do not charge again") {
		t.Errorf("%+v, %v", tasks, err)
	}
}

// A give-back that fails is never green, and stands under Attention.
func TestWhatIsSaidOfAGiveBackThatFails(t *testing.T) {
	shop := insideTraining(t)
	s := shop.toDecide(t)
	if err := shop.practice.server.Script(sandbox.Fault{Call: "refund", Kind: sandbox.FaultResult, Code: "MERCHANT_BALANCE_NOT_ENOUGH"}); err != nil {
		t.Fatal(err)
	}
	s, err := shop.Decide(t.Context(), s.Number, payments.GiveBack)
	if err != nil {
		t.Fatal(err)
	}
	if tell := shop.Tell(s, shop.Progress(s.ID)); tell.Face == FacePaid {
		t.Errorf("while the money is on its way back: %+v", tell)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err = shop.desk.Await(ctx, s.ID, func(s payments.Sale) bool { return len(s.Refunds) > 0 && s.Refunds[0].State.Final() })
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := shop.Attention()
	if tell := shop.Tell(s, payments.Progress{}); tell.Face != FaceDecide || err != nil || len(tasks) != 1 {
		t.Errorf("after it failed: %+v, %d tasks, %v", tell, len(tasks), err)
	}
}

// Each row says what is known; the words must not claim more.
func TestTellingNeverClaimsMore(t *testing.T) {
	shop := insideTraining(t)
	now := time.Now()
	hkd := payments.Money{Minor: 4550, Currency: "HKD"}
	attempt := func(state payments.AttemptState, change func(*payments.Attempt)) payments.Attempt {
		a := payments.Attempt{State: state, Amount: hkd, SentAt: now, Expiry: now.Add(time.Minute), SettledAt: now}
		if change != nil {
			change(&a)
		}
		return a
	}
	result := func(code string) func(*payments.Attempt) {
		return func(a *payments.Attempt) { a.Result = code }
	}
	rows := []struct {
		name     string
		attempts []payments.Attempt
		refunds  []payments.Refund
		progress payments.Progress
		face     Face
		says     string
		never    string
	}{
		{"just sent", []payments.Attempt{attempt(payments.AttemptIntent, nil)}, nil, payments.Progress{}, FaceSending, "", "charged"},
		{"confirming", []payments.Attempt{attempt(payments.AttemptUnknown, result("PAYMENT_IN_PROCESS"))}, nil, payments.Progress{}, FaceWaiting, "confirming", "charged"},
		{"confirming, and the network is gone", []payments.Attempt{attempt(payments.AttemptUnknown, result("PAYMENT_IN_PROCESS"))}, nil, payments.Progress{Silent: true}, FaceFinding, "not known", "Nothing was charged"},
		{"a refusal of the inquiry", []payments.Attempt{attempt(payments.AttemptUnknown, result("CLIENT_INVALID"))}, nil, payments.Progress{}, FaceFinding, "not known", "Nothing was charged"},
		{"stopping", []payments.Attempt{attempt(payments.AttemptUnknown, nil)}, nil, payments.Progress{Stopping: true}, FaceCancelling, "last time", "not charged"},
		{"cancelling", []payments.Attempt{attempt(payments.AttemptCancelling, nil)}, nil, payments.Progress{}, FaceCancelling, "being cancelled", "not charged"},
		{"declined", []payments.Attempt{attempt(payments.AttemptFailed, result("USER_BALANCE_NOT_ENOUGH"))}, nil, payments.Progress{}, FaceNotPaid, "Nothing was charged", "asks again"},
		{"never arrived", []payments.Attempt{attempt(payments.AttemptFailed, result("ORDER_NOT_EXIST"))}, nil, payments.Progress{}, FaceNotPaid, "Nothing was charged", "asks again"},
		{"contested", []payments.Attempt{attempt(payments.AttemptFailed, func(a *payments.Attempt) { a.Contested = true })}, nil, payments.Progress{}, FaceFinding, "two different things", "Nothing was charged"},
		{"the first of two still goes back", []payments.Attempt{
			attempt(payments.AttemptCancelling, func(a *payments.Attempt) { a.LateSuccess = true }),
			attempt(payments.AttemptFailed, result("EXPIRED_CODE"))}, nil, payments.Progress{}, FaceCancelling, "given up", "Nothing was charged"},
		{"a refund under way", []payments.Attempt{attempt(payments.AttemptPaid, nil)}, []payments.Refund{{Amount: hkd, State: payments.RefundUnknown}}, payments.Progress{}, FaceFinding, "not known", "went back"},
		{"all given back", []payments.Attempt{attempt(payments.AttemptPaid, func(a *payments.Attempt) { a.PaymentRequestID = "p" })},
			[]payments.Refund{{PaymentRequestID: "p", Amount: hkd, State: payments.Refunded}}, payments.Progress{}, FaceCancelled, "went back", "Keep"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			tell := shop.Tell(payments.Sale{Number: "T1-260101-0001", Amount: hkd, Attempts: r.attempts, Refunds: r.refunds}, r.progress)
			if tell.Face != r.face || !strings.Contains(tell.Detail, r.says) || strings.Contains(tell.Title+tell.Detail, r.never) {
				t.Errorf("%s: %q %q", tell.Face, tell.Title, tell.Detail)
			}
		})
	}
}
