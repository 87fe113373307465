package till

import (
	"slices"
	"strings"
	"time"

	"ringup/payments"
	"ringup/receipts"
)

// Tell is a sale's state in words: which picture, which sentences, which next
// steps. It never says more than is known.
func (t *Till) Tell(s payments.Sale, p payments.Progress) Telling {
	say := t.Book().Say
	tell := Telling{Amount: s.Amount.String(), Actions: nil}
	a := s.Speaker()
	if a == nil {
		tell.Face, tell.Title, tell.Detail = FaceNotPaid, say("tell.not_paid"), say("tell.nothing_charged")
		return tell
	}
	say2 := func(f Face, title, detail string, pairs ...any) {
		tell.Face, tell.Title, tell.Detail = f, say(title), say(detail, pairs...)
	}
	switch {
	case t.desk.Link().Locked && a.Open():
		say2(FaceLocked, "tell.locked", "tell.locked.detail", "number", s.Number)
	case t.desk.Link().Locked && openRefund(s) != nil:
		say2(FaceLocked, "tell.locked", "tell.locked.refund", "amount", openRefund(s).Amount, "number", s.Number)
	case a.Contested:
		say2(FaceFinding, "tell.hold", "tell.contested", "number", s.Number)
		tell.Actions = []Action{ActNext}
	case s.State() == payments.AttemptResolve:
		tell.Actions = decisions(s)
		say2(FaceDecide, "tell.decide", undecided(s, *a), "number", s.Number, "why", t.whyNotBack(s, *a))
	case s.State().Holds():
		t.tellPaid(&tell, s, *a)
	default:
		t.tellUnpaid(&tell, s, *a, p)
	}
	return tell
}

// tellPaid tells of a sale that holds money, or gave it back.
func (t *Till) tellPaid(tell *Telling, s payments.Sale, a payments.Attempt) {
	say := t.Book().Say
	if r := openRefund(s); r != nil {
		tell.Face, tell.Title = FaceFinding, say("tell.refunding")
		tell.Detail = t.tellOpenRefund(*r)
		tell.Actions = []Action{ActNext}
		return
	}
	tell.Actions = []Action{ActPrint, ActNext}
	back := s.RefundedSum()
	if back.Minor > 0 && s.Left().IsZero() {
		tell.Face, tell.Title = FaceCancelled, say("tell.refunded_all")
		tell.Detail = say("tell.refunded.detail", "amount", back, "left", s.Left(), "number", s.Number)
		return
	}
	tell.Face, tell.Title = FacePaid, say("tell.paid")
	switch {
	case back.Minor > 0:
		tell.Detail = say("tell.refunded.detail", "amount", back, "left", s.Left(), "number", s.Number)
	case alarmed(s, payments.AlarmFound, a.PaymentRequestID):
		tell.Detail = say("tell.paid.found", "number", s.Number)
	default:
		who := strings.TrimSpace(receipts.WalletName(a.Wallet) + " " + a.Customer)
		tell.Detail = say("tell.paid.detail", "who", firstOf(who, say("light.alipay")),
			"time", t.Calendar().In(a.SettledAt).Format("15:04:05"), "number", s.Number)
	}
}

// tellOpenRefund is what is known of a refund that isn't settled.
func (t *Books) tellOpenRefund(r payments.Refund) string {
	return t.Book().Say("attention.refund", "amount", r.Amount, "why", t.doubt(r.Result))
}

// openRefund is the refund that isn't settled, or nil.
func openRefund(s payments.Sale) *payments.Refund {
	for i := range s.Refunds {
		if !s.Refunds[i].State.Final() {
			return &s.Refunds[i]
		}
	}
	return nil
}

func alarmed(s payments.Sale, k payments.AlarmKind, id string) bool {
	return slices.ContainsFunc(s.Alarms, func(a payments.Alarm) bool { return a.Kind == k && a.ID == id })
}

func (t *Till) tellUnpaid(tell *Telling, s payments.Sale, a payments.Attempt, p payments.Progress) {
	say := t.Book().Say
	set := func(f Face, title, detail string, pairs ...any) {
		tell.Face, tell.Title, tell.Detail = f, say(title), say(detail, pairs...)
	}
	switch a.State {
	case payments.AttemptIntent, payments.AttemptUnknown:
		tell.Actions = []Action{ActStop, ActNext}
		switch {
		case p.Stopping:
			set(FaceCancelling, "tell.hold", "tell.stopping")
			tell.Actions = []Action{ActNext}
		case a.State == payments.AttemptIntent && !p.Silent && t.corrected().Sub(a.SentAt) < justSent:
			set(FaceSending, "tell.sending", "tell.sending.detail")
			tell.Actions = []Action{ActStop}
		case waiting(a, p) && t.corrected().Before(a.Expiry):
			set(FaceWaiting, "tell.waiting", "tell.waiting.detail")
			tell.Total = int(a.Expiry.Sub(a.SentAt).Seconds())
			tell.Left = secondsUntil(p.Until)
		default:
			set(FaceFinding, "tell.hold", "tell.finding.detail", "why", t.doubt(a.Result),
				"times", p.Asking, "seconds", secondsSince(p.Since))
		}
	case payments.AttemptCancelling:
		tell.Actions = []Action{ActNext}
		switch {
		case a.ShortFunds:
			set(FaceCancelling, "tell.hold", "tell.short_funds")
		case a.LateSuccess:
			set(FaceCancelling, "tell.hold", "tell.late_success")
		case p.Cancels > 3:
			set(FaceCancelling, "tell.hold", "tell.cancelling.long", "times", p.Cancels)
		default:
			set(FaceCancelling, "tell.hold", "tell.cancelling")
		}
	case payments.AttemptCancelSeen:
		set(FaceCancelled, "tell.cancelled", "tell.cancel_seen")
		if a.LateSuccess {
			tell.Detail = say("tell.cancel_seen.returned")
		}
		tell.Actions = []Action{ActGiveUp, ActAgain}
	case payments.AttemptCancelled:
		set(FaceCancelled, "tell.cancelled", "tell.cancelled.detail")
		if a.LateSuccess {
			tell.Detail = say("tell.cancelled.returned")
		}
		tell.Actions = []Action{ActGiveUp, ActAgain}
	default:
		set(FaceNotPaid, "tell.not_paid", "tell.failed", "why", t.why(a.Result))
		tell.Actions = []Action{ActGiveUp, ActAgain}
	}
}

// justSent is how long a payment that nothing was heard of may be called fresh:
// silence is one after five seconds, so what is older was left by an earlier
// start of the program.
const justSent = 10 * time.Second

// waiting: Alipay itself said that the customer is confirming, or is being
// asked on after it had answered.
func waiting(a payments.Attempt, p payments.Progress) bool {
	return !p.Silent && (a.Result == "PAYMENT_IN_PROCESS" || a.Result == "PROCESSING" || a.Result == "PENDING")
}

func secondsUntil(t time.Time) int {
	if t.IsZero() {
		return 0
	}
	return max(0, int(time.Until(t).Round(time.Second).Seconds()))
}

func secondsSince(t time.Time) int {
	if t.IsZero() {
		return 0
	}
	return max(0, int(time.Since(t).Seconds()))
}

// decisions are what a person may choose in Resolve: where another attempt of
// the sale is paid or begun, the money can only go back.
func decisions(s payments.Sale) []Action {
	for _, a := range s.Attempts {
		if a.State != payments.AttemptResolve && (a.State.Holds() || !a.State.Final()) {
			return []Action{ActGiveBack}
		}
	}
	return []Action{ActGiveBack, ActGoodsGiven}
}

// undecided is the key of why a person is asked about an attempt.
func undecided(s payments.Sale, a payments.Attempt) string {
	switch {
	case len(decisions(s)) == 1:
		return "tell.decide.beside"
	case failedGiveBack(s, a) != nil:
		return "tell.decide.not_given_back"
	case alarmed(s, payments.AlarmContradiction, a.PaymentRequestID):
		return "tell.decide.contradiction"
	}
	return "tell.decide.detail"
}

// failedGiveBack is the refund by which a person's decision to give an
// attempt's money back was not carried out, or nil.
func failedGiveBack(s payments.Sale, a payments.Attempt) *payments.Refund {
	for i := len(s.Refunds) - 1; i >= 0; i-- {
		if r := &s.Refunds[i]; r.GiveBack && r.State == payments.RefundFailed && r.PaymentRequestID == a.PaymentRequestID {
			return r
		}
	}
	return nil
}

func (t *Books) whyNotBack(s payments.Sale, a payments.Attempt) string {
	if r := failedGiveBack(s, a); r != nil {
		return t.whyNoRefund(r.Result)
	}
	return ""
}

// Tag is a sale's state as a word for a list.
func (t *Books) Tag(s payments.Sale) Tag {
	say := t.Book().Say
	if a := s.Speaker(); a != nil && a.Contested {
		return Tag{FaceFinding, say("tag.finding")}
	}
	for _, r := range s.Refunds {
		if !r.State.Final() {
			return Tag{FaceFinding, say("tag.refunding")}
		}
	}
	if back := s.RefundedSum(); back.Minor > 0 && s.State().Holds() {
		if s.Left().IsZero() {
			return Tag{FaceWaiting, say("tag.refunded_all")}
		}
		return Tag{FaceWaiting, say("tag.refunded", "amount", back.Grouped())}
	}
	switch s.State() {
	case payments.AttemptPaid, payments.AttemptPaidLate:
		return Tag{FacePaid, say("tag.paid")}
	case payments.AttemptFailed:
		return Tag{FaceNotPaid, say("tag.not_paid")}
	case payments.AttemptCancelled, payments.AttemptCancelSeen:
		return Tag{FaceCancelled, say("tag.cancelled")}
	case payments.AttemptResolve:
		return Tag{FaceDecide, say("tag.decide")}
	case payments.AttemptCancelling:
		return Tag{FaceCancelling, say("tag.cancelling")}
	}
	return Tag{FaceFinding, say("tag.finding")}
}

// TellRefund is how a refund stands, as one sentence.
func (t *Books) TellRefund(r payments.Refund) string {
	why := t.doubt
	if r.State.Final() {
		why = t.whyNoRefund
	}
	return t.Book().Say("tell.refund."+string(r.State), "why", why(r.Result))
}

// Attention lists what is unsettled, oldest first, each with its next step;
// after that the Alarms.
func (t *Till) Attention() ([]Task, error) {
	open, err := t.journal.Open()
	if err != nil {
		return nil, err
	}
	tasks := make([]Task, 0, len(open))
	for _, s := range open {
		tasks = append(tasks, t.task(s, t.desk.Progress(s.ID)))
	}
	alarms, err := t.alarms(open)
	return append(tasks, alarms...), err
}

func (t *Till) task(s payments.Sale, p payments.Progress) Task {
	tell := t.Tell(s, p)
	task := Task{Sale: s, Tag: t.Tag(s), Text: tell.Detail}
	switch {
	case s.State() == payments.AttemptResolve:
		if n := len(tell.Actions); n > 0 {
			task.Action = tell.Actions[n-1]
		}
	case s.State() == payments.AttemptIntent, s.State() == payments.AttemptUnknown:
		task.Action = ActStop
	}
	switch r := openRefund(s); {
	case tell.Face == FaceLocked:
	case r != nil && !s.State().Holds():
		task.Text = t.Book().Say("attention.both", "first", task.Text, "second", t.tellOpenRefund(*r))
	case tell.Face == FacePaid:
		task.Text = t.Book().Say("attention.beside")
	}
	return task
}

// WalletOf is the name of the wallet that paid a sale; "" when none did.
func WalletOf(s payments.Sale) string {
	name := ""
	for _, a := range s.Attempts {
		if a.Wallet != "" {
			name = receipts.WalletName(a.Wallet)
		}
	}
	return name
}
