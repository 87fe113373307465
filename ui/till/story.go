package till

import (
	"encoding/json"

	"ringup/payments"
)

// Story is a sale's life as a timeline in words, oldest first.
func (t *Books) Story(number string) ([]Moment, error) {
	s, err := t.journal.SaleByNumber(number)
	if err != nil {
		return nil, err
	}
	events, err := t.journal.EventsOf(s.ID)
	if err != nil {
		return nil, err
	}
	var story []Moment
	var so payments.Sale // the sale as it was before each event
	for _, e := range events {
		if text := t.tellEvent(&so, e); text != "" {
			story = append(story, Moment{t.Calendar().In(e.At), text})
		}
		if err := so.Apply(e); err != nil {
			return nil, err
		}
	}
	return story, nil
}

func (t *Books) tellEvent(so *payments.Sale, e payments.Event) string {
	say := t.Book().Say
	// told is a line with what a person added to it, if anything.
	told := func(key, name, added string, pairs ...any) string {
		if added == "" {
			return say(key, pairs...)
		}
		return say(key+"."+name, append(pairs, name, added)...)
	}
	switch b := e.Body.(type) {
	case payments.SaleOpened:
		return say("story.opened", "amount", b.Sale.Amount)
	case payments.AttemptBegun:
		if b.Attempt.Code == "" { // no customer stood here: it was found at Alipay
			return say("story.begun.found")
		}
		return say("story.begun", "code", b.Attempt.Code)
	case payments.AttemptChanged:
		return t.tellAttempt(so, b)
	case payments.RefundBegun:
		if b.Refund.Elsewhere {
			return say("story.refund_elsewhere", "amount", b.Refund.Amount)
		}
		return told("story.refund_begun", "reason", b.Refund.Reason, "amount", b.Refund.Amount)
	case payments.RefundChanged:
		if b.State.Final() {
			return say("story."+string(b.State), "why", t.whyNoRefund(b.Result))
		}
		return say("story.refund_unknown", "why", t.doubt(b.Result))
	case payments.Decided:
		return told("story.decided."+string(b.Decision), "by", b.By)
	case payments.Restored:
		text := say("story.restored." + b.From)
		if b.Skip > 0 {
			text = say("story.restored.numbers", "what", text, "day", b.Day, "skip", b.Skip)
		}
		return text
	case payments.Searched:
		return say("story.searched", "found", b.Found)
	case payments.Alarmed:
		return say("story.alarm."+string(b.Alarm.Kind), "text", b.Alarm.Text)
	case payments.Note:
		switch b.Topic {
		case topicPrint:
			var p printNote
			if json.Unmarshal(b.Data, &p) == nil {
				return say("story.print."+p.State, "printer", p.Printer)
			}
		case topicDrawer:
			var n drawerNote
			if json.Unmarshal(b.Data, &n) == nil {
				if n.Failed != "" {
					return say("story.drawer.failed")
				}
				return told("story.drawer", "by", n.By)
			}
		case topicSeen:
			var n seenNote
			if json.Unmarshal(b.Data, &n) == nil {
				return told("story.seen", "by", n.By)
			}
		}
	}
	return ""
}

func (t *Books) tellAttempt(so *payments.Sale, b payments.AttemptChanged) string {
	say := t.Book().Say
	before := so.Attempt(b.PaymentRequestID)
	switch {
	case b.Contested && (before == nil || !before.Contested):
		return say("story.contested")
	case before != nil && before.Contested && !b.Contested && b.State == before.State:
		return say("story.agreed")
	case b.LateSuccess && (before == nil || !before.LateSuccess):
		return say("story.late_success")
	case b.ShortFunds && (before == nil || !before.ShortFunds):
		return say("story.short_funds")
	case b.Stopped && before != nil && !before.Stopped && b.State == before.State:
		return say("story.stopped")
	case before != nil && before.State == b.State && (before.Result == b.Result || b.Result == ""):
		return ""
	case b.State == payments.AttemptUnknown && b.Result == "PAYMENT_IN_PROCESS":
		return say("story.confirming")
	}
	switch {
	case b.State == payments.AttemptIntent:
		return "" // no state that a payment comes to
	case b.State == payments.AttemptResolve && before != nil && before.State.Final():
		return say("story.decide_again")
	case b.State == payments.AttemptCancelled && before != nil && before.LateSuccess:
		return say("story.cancelled.returned")
	case b.State.Final():
		return say("story."+string(b.State), "why", t.why(b.Result))
	}
	return say("story."+string(b.State), "why", t.doubt(b.Result))
}
