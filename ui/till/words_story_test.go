package till

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ringup/payments"
	"ringup/payments/alipay"
	"ringup/receipts"
)

// inBoth is one text in each language.
func inBoth(say func(b *Books) string) (text [2]string) {
	for i, language := range tongues {
		text[i] = say(&Books{book: bookOf(language)})
	}
	return text
}

// refundLines are the sentences that a refund is told in, the console's answer.
func refundLines() (lines []line) {
	for _, r := range refundsOf() {
		text := inBoth(func(b *Books) string { return hide(b.TellRefund(r), r.Result) })
		lines = append(lines, line{string(r.State), string(r.State), r.Result, text})
	}
	return lines
}

func refundsOf() (list []payments.Refund) {
	list = append(list, refundOf("r", 1000, payments.RefundIntent, ""), refundOf("r", 1000, payments.Refunded, "SUCCESS"), refundOf("r", 1000, payments.Refunded, ""))
	for _, r := range whileOpen {
		list = append(list, refundOf("r", 1000, payments.RefundUnknown, r))
	}
	for _, r := range endsRefused {
		list = append(list, refundOf("r", 1000, payments.RefundFailed, r))
	}
	return list
}

func TestWordsOfARefund(t *testing.T) {
	shop := insideTraining(t)
	inTongues(t, shop, func(language string) {
		for _, r := range refundsOf() {
			text := shop.TellRefund(r)
			has := claimsOf(language, text)
			complain := func(what string) { t.Errorf("%s, %s %q %s: %s", language, r.State, r.Result, what, text) }
			for _, f := range flaws(text) {
				complain(f)
			}
			says := func(c claim) bool { return slices.Contains(has, c) }
			if says(saysBack) != (r.State == payments.Refunded) {
				complain("is wrong about whether it went back")
			}
			if none := says(saysNoRefund) || says(saysNothing); none != (r.State == payments.RefundFailed) {
				complain("is wrong about whether nothing went back")
			}
			if says(saysUnsure) == r.State.Final() {
				complain("is wrong about what is certain")
			}
			if !r.State.Final() && !says(saysNoRepeat) {
				complain("does not warn of a second refund")
			}
			if !step[language].MatchString(text) {
				complain("does not say what to do")
			}
			if says(saysPaid) {
				complain("claims a payment")
			}
		}
	})
}

// moment is an event in a sale's life, with the sale as it was before.
type moment struct {
	group, name string
	so          payments.Sale
	body        payments.Body
	result      string
	silent      bool // it makes no line of its own
}

func moments() (all []moment) {
	add := func(group, name, result string, so payments.Sale, body payments.Body) {
		all = append(all, moment{group, name, so, body, result, false})
	}
	quiet := func(name string, so payments.Sale, body payments.Body) {
		all = append(all, moment{"No line", name, so, body, "", true})
	}
	unknown := saleOf(attemptOf("a", payments.AttemptUnknown, because("TIMEOUT")))
	cancelling := saleOf(attemptOf("a", payments.AttemptCancelling, because("TIMEOUT")))
	add("Sale", "opened", "", payments.Sale{}, payments.SaleOpened{Sale: saleOf()})
	add("Sale", "payment begun", "", saleOf(), payments.AttemptBegun{Attempt: attemptOf("a", payments.AttemptIntent)})
	found := attemptOf("a", payments.AttemptUnknown)
	found.Code = ""
	add("Sale", "payment found after a restore", "", saleOf(), payments.AttemptBegun{Attempt: found})
	for _, r := range whileOpen {
		before := saleOf(attemptOf("a", payments.AttemptIntent))
		add("Payment", "unknown", r, before, payments.AttemptChanged{PaymentRequestID: "a", State: payments.AttemptUnknown, Result: r})
		for _, state := range []payments.AttemptState{payments.AttemptCancelSeen, payments.AttemptResolve, payments.AttemptPaid, payments.AttemptPaidLate, payments.AttemptCancelled} {
			add("Payment", string(state), r, cancelling, payments.AttemptChanged{PaymentRequestID: "a", State: state, Result: r})
		}
		add("Payment", "resolve, when it was final before", r, saleOf(attemptOf("a", payments.AttemptPaidLate)), payments.AttemptChanged{PaymentRequestID: "a", State: payments.AttemptResolve, Result: r})
		wasLate := saleOf(attemptOf("a", payments.AttemptCancelling, late))
		add("Payment", "cancelled after a late success", r, wasLate, payments.AttemptChanged{PaymentRequestID: "a", State: payments.AttemptCancelled, Result: r, LateSuccess: true})
	}
	add("Payment", "cancelling", "", unknown, payments.AttemptChanged{PaymentRequestID: "a", State: payments.AttemptCancelling})
	for _, r := range endsUnpaid {
		add("Payment", "failed", r, unknown, payments.AttemptChanged{PaymentRequestID: "a", State: payments.AttemptFailed, Result: r})
	}
	add("Payment", "late success", "", cancelling, payments.AttemptChanged{PaymentRequestID: "a", State: payments.AttemptCancelling, LateSuccess: true})
	add("Payment", "short funds", "", cancelling, payments.AttemptChanged{PaymentRequestID: "a", State: payments.AttemptCancelling, ShortFunds: true})
	add("Payment", "stopped", "", unknown, payments.AttemptChanged{PaymentRequestID: "a", State: payments.AttemptUnknown, Stopped: true})
	for _, state := range []payments.AttemptState{payments.AttemptPaid, payments.AttemptPaidLate, payments.AttemptFailed, payments.AttemptCancelled} {
		sure, doubted := saleOf(attemptOf("a", state)), saleOf(attemptOf("a", state, contested))
		add("Payment", "contradicted", "", sure, payments.AttemptChanged{PaymentRequestID: "a", State: state, Contested: true})
		add("Payment", "contradicted, and Alipay agrees after all", "", doubted, payments.AttemptChanged{PaymentRequestID: "a", State: state})
	}
	paid := saleOf(attemptOf("a", payments.AttemptPaid))
	refund := refundOf("r", 1000, payments.RefundIntent, "")
	add("Refund", "begun", "", paid, payments.RefundBegun{Refund: refund})
	refund.Reason = "Goods returned"
	add("Refund", "begun, with a reason", "", paid, payments.RefundBegun{Refund: refund})
	refund.Elsewhere = true
	add("Refund", "found, made elsewhere", "", paid, payments.RefundBegun{Refund: refund})
	for _, r := range whileOpen {
		add("Refund", "unknown", r, paid, payments.RefundChanged{RefundRequestID: "r", State: payments.RefundUnknown, Result: r})
	}
	for _, r := range endsRefused {
		add("Refund", "refund_failed", r, paid, payments.RefundChanged{RefundRequestID: "r", State: payments.RefundFailed, Result: r})
	}
	add("Refund", "refunded", "", paid, payments.RefundChanged{RefundRequestID: "r", State: payments.Refunded, Result: "SUCCESS"})
	for _, d := range []payments.Decision{payments.GoodsGiven, payments.GiveBack} {
		add("People", string(d), "", paid, payments.Decided{PaymentRequestID: "a", Decision: d})
		add("People", string(d)+", by name", "", paid, payments.Decided{PaymentRequestID: "a", Decision: d, By: "Min Chan"})
	}
	add("Alarms", "marked as seen", "", paid, payments.Note{Topic: topicSeen, Data: []byte(`{"events":[9]}`)})
	add("Alarms", "marked as seen, by name", "", paid, payments.Note{Topic: topicSeen, Data: []byte(`{"by":"Min Chan","events":[9]}`)})
	for _, k := range alarmKinds {
		add("Alarms", string(k), "", paid, payments.Alarmed{Alarm: payments.Alarm{Kind: k, ID: "a", Text: "inquire UNEQUAL_ANSWER"}})
	}
	for _, state := range []string{printPrinted, printSent, printFailed, printPreview} {
		add("Slips", state, "", paid, payments.Note{Topic: topicPrint, Data: []byte(`{"state":"` + state + `","printer":"tcp://192.168.1.50:9100","what":"sale"}`)})
	}
	for _, from := range []string{payments.RestoredFromCopy, payments.RestoredFromBackup} {
		add("Books", "restored from "+from, "", payments.Sale{}, payments.Restored{From: from})
		add("Books", "restored from "+from+", with numbers left out", "", payments.Sale{}, payments.Restored{From: from, Day: "2026-11-21", Skip: 117})
	}
	add("Books", "searched", "", payments.Sale{}, payments.Searched{Through: 4000, Found: 3})
	add("Books", "searched, nothing found", "", payments.Sale{}, payments.Searched{Through: 4000})
	quiet("started", payments.Sale{}, payments.Started{})
	quiet("clock", payments.Sale{}, payments.ClockSeen{})
	quiet("another note", paid, payments.Note{Topic: topicSettings})
	quiet("nothing new", unknown, payments.AttemptChanged{PaymentRequestID: "a", State: payments.AttemptUnknown, Result: "TIMEOUT"})
	return all
}

var alarmKinds = []payments.AlarmKind{
	payments.AlarmContradiction, payments.AlarmSuspicion, payments.AlarmShortFunds, payments.AlarmNotGivenBack, payments.AlarmFound, payments.AlarmOtherSale,
}

func (m moment) line(shop *Books) string {
	so := m.so.Clone()
	return shop.tellEvent(&so, payments.Event{At: settled(), Sale: "s", Body: m.body})
}

func storyLines() (lines []line) {
	for _, m := range moments() {
		if m.silent {
			continue
		}
		lines = append(lines, line{m.group, m.name, m.result, inBoth(func(b *Books) string { return hide(m.line(b), m.result) })})
	}
	return lines
}

// Every kind of event has its line or is known to have none, and no line says
// more than its event.
func TestWordsOfAStory(t *testing.T) {
	kinds := map[payments.Kind]bool{}
	for _, language := range tongues {
		for _, m := range moments() {
			kinds[m.body.Kind()] = true
			text := m.line(&Books{book: bookOf(language)})
			complain := func(what string) { t.Errorf("%s, %s %s %q: %s: %q", language, m.group, m.name, m.result, what, text) }
			if m.silent {
				if text != "" {
					complain("has a line")
				}
				continue
			}
			for _, f := range flaws(text) {
				complain(f)
			}
			has := claimsOf(language, text)
			says := func(c claim) bool { return slices.Contains(has, c) }
			if b, ok := m.body.(payments.AttemptChanged); ok {
				certain := b.State.Final() && !b.Contested && b.State != m.so.Attempts[0].State
				if says(saysPaid) != (certain && b.State.Holds()) {
					complain("is wrong about being paid")
				}
				if none := says(saysNothing) || says(saysBack); none != (certain && !b.State.Holds()) {
					complain("is wrong about nothing being taken")
				}
			} else if says(saysNothing) && m.group != "Refund" {
				complain("claims that nothing was taken")
			}
			if b, ok := m.body.(payments.RefundChanged); ok {
				if says(saysBack) != (b.State == payments.Refunded) || (says(saysNoRefund) || says(saysNothing)) != (b.State == payments.RefundFailed) || says(saysUnsure) == b.State.Final() {
					complain(fmt.Sprint("is wrong about the refund: ", has))
				}
			}
		}
	}
	for _, k := range []payments.Kind{
		payments.KindStarted, payments.KindClock, payments.KindSaleOpened, payments.KindAttemptBegun, payments.KindAttemptChanged, payments.KindRefundBegun,
		payments.KindRefundChanged, payments.KindDecided, payments.KindAlarmed, payments.KindRestored, payments.KindSearched, payments.KindNote,
	} {
		if !kinds[k] {
			t.Errorf("no moment of kind %s", k)
		}
	}
}

// A slip is a promise on paper: there is none for a sale that doesn't hold its
// money for certain, and one that is printed again says so.
func TestWordsOfASlip(t *testing.T) {
	shop := insideTraining(t)
	inTongues(t, shop, func(language string) {
		slips := 0
		for _, s := range situations() {
			if s.locked {
				continue
			}
			for _, copy := range []bool{false, true} {
				slip, err := shop.slipOf(s.sale, whatSale, copy)
				holds := slices.ContainsFunc(s.sale.Attempts, func(a payments.Attempt) bool { return a.State.Holds() && !a.Contested })
				if (err == nil) != holds {
					t.Errorf("%s, %s: a slip, and the money is held: %v, %v", s.group, s.name, holds, err)
				}
				if err != nil {
					if !errors.Is(err, receipts.ErrNotPaid) {
						t.Error(err)
					}
					continue
				}
				slips++
				text := textOf(slip)
				if strings.Contains(text, "COPY") != copy {
					t.Errorf("%s: a slip printed again is %v:\n%s", language, copy, text)
				}
				claims := claimsOf(language, strings.ReplaceAll(strings.ReplaceAll(text, "no money moved", ""), "没有真实收款", ""))
				if !slices.Contains(claims, saysPaid) || slices.Contains(claims, saysNothing) {
					t.Errorf("%s, %s, %s claims %v:\n%s", language, s.group, s.name, claims, text)
				}
				if back := s.sale.RefundedSum(); slices.Contains(claims, saysBack) != (back.Minor > 0) {
					t.Errorf("%s, %s, %s: %s went back, and the slip says\n%s", language, s.group, s.name, back, text)
				}
			}
			for what, state := range map[string]payments.AttemptState{whatDeclined: payments.AttemptFailed, whatCancelled: payments.AttemptCancelled} {
				slip, err := shop.slipOf(s.sale, what, false)
				if err == nil && s.sale.State() != state {
					t.Errorf("%s, %s: a slip says %s, and the sale is %s", s.group, s.name, what, s.sale.State())
				}
				if err != nil {
					continue
				}
				if claims := claimsOf(language, textOf(slip)); slices.Contains(claims, saysPaid) {
					t.Errorf("%s, %s, %s claims %v:\n%s", language, s.group, s.name, claims, textOf(slip))
				}
			}
			for _, r := range s.sale.Refunds {
				if _, err := shop.slipOf(s.sale, r.RefundRequestID, false); (err == nil) != (r.State == payments.Refunded) {
					t.Errorf("%s, %s: the slip of a refund that is %s: %v", s.group, s.name, r.State, err)
				}
			}
		}
		if slips == 0 {
			t.Error("no slip at all")
		}
	})
}

func textOf(slip receipts.Slip) string {
	text := ""
	for _, l := range slip.Lines {
		text += l.Left + " " + l.Right + "\n"
	}
	return text
}

// The light of Alipay stands beside whatever sale is on the screen, so it says
// nothing of money.
func TestWordsOfTheLight(t *testing.T) {
	shop := insideTraining(t)
	inTongues(t, shop, func(language string) {
		for _, result := range whileOpen {
			text := shop.Book().Say("light.alipay.problem", "why", shop.doubt(result))
			has := claimsOf(language, text)
			for _, never := range []claim{saysPaid, saysNothing, saysBack, saysNoRefund} {
				if slices.Contains(has, never) {
					t.Errorf("%s, %q says %s: %s", language, result, never, text)
				}
			}
			for _, f := range flaws(text) {
				t.Errorf("%s, %q %s: %s", language, result, f, text)
			}
		}
	})
	if alipay.PhraseWhileOpen(newCode) != alipay.PhraseOther {
		t.Error("a code that nobody knows has words of its own")
	}
}
