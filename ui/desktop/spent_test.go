package desktop

import (
	"testing"
	"time"

	"ringup/payments"
	"ringup/ui/till"
)

func TestASecondReadOfTheSameCodeSaysNothingFalse(t *testing.T) {
	notPaid := till.Telling{Face: till.FaceNotPaid, Title: "Not paid", Actions: []till.Action{till.ActGiveUp, till.ActAgain}}
	busy := func(b *bench) string { return b.w.say("window.scan.busy") }
	t.Run("while it is under way", func(t *testing.T) {
		b := newBench(t, "en")
		b.pay(payments.AttemptUnknown, till.Telling{Face: till.FaceFinding, Title: "Finding out", Actions: []till.Action{till.ActStop, till.ActNext}})
		b.scan(aCode)
		b.mustSee("Finding out")
		b.mustNotSee(busy(b))
		b.scan(otherCode) // that one wasn't charged indeed
		b.mustSee(busy(b))
	})
	t.Run("over Paid", func(t *testing.T) {
		b := newBench(t, "en")
		b.pay(payments.AttemptPaid, b.paid())
		b.scan(aCode)
		b.mustSee("Paid")
	})
	t.Run("from another place", func(t *testing.T) {
		b := newBench(t, "en")
		b.pay(payments.AttemptPaid, b.paid())
		b.w.Go(PlaceSales)
		b.scan(aCode)
		if b.w.place != PlaceSales || b.w.counter.pay == nil {
			t.Errorf("in %s, payment %v", b.w.place, b.w.counter.pay)
		}
	})
	t.Run("just after Next customer", func(t *testing.T) {
		b := newBench(t, "en")
		b.pay(payments.AttemptPaid, b.paid())
		b.pass(paidStays - time.Second)
		b.tap("Next customer")
		b.scan(aCode)
		b.mustNotSee("Code 281006…56")
		b.keys("5")
		b.scan(aCode)
		b.mustAsk("sell", "sell 45.50 281006…56")
		b.pass(lateFor)
		b.scan(aCode) // no second read any more: the till has to say what is wrong
		b.mustAsk("sell", "sell 45.50 281006…56", "sell 5.00 281006…56")
	})
	t.Run("over Not paid it is spent", func(t *testing.T) {
		b := newBench(t, "en")
		b.pay(payments.AttemptFailed, notPaid)
		b.scan(aCode)
		b.mustSee("Not paid", b.w.say("window.scan.spent"))
		b.tap("Scan again")
		b.pass(time.Minute)
		b.scan(aCode)
		b.mustSee(b.w.say("window.scan.spent"))
		b.mustAsk("sell", "sell 45.50 281006…56")
		b.scan(otherCode)
		b.mustAsk("sell", "sell 45.50 281006…56", "sell 45.50 281006…77 again s1")
	})
	t.Run("a sale that was not begun leaves its code fresh", func(t *testing.T) {
		b := newBench(t, "en")
		b.milkTea()
		b.till.sellErr = errStrange
		b.scan(aCode)
		b.till.sellErr = nil
		b.scan(aCode)
		b.mustAsk("sell", "sell 45.50 281006…56", "sell 45.50 281006…56")
	})
}
