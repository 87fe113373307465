package desktop

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"ringup/payments"
	"ringup/ui/till"
)

const (
	aCode     = "281006020000000012345656"
	otherCode = "281006020000000099999977"
)

func TestTheCalculatorTakesGlassAndKeyboard(t *testing.T) {
	for _, c := range []struct {
		name  string
		do    func(b *bench)
		total string
	}{
		{"typed", func(b *bench) { b.keys("4", "5", ".", "5") }, "45.50"},
		{"typed with a comma", func(b *bench) { b.keys("4", "5", ",", "5") }, "45.50"},
		{"typed with x and Enter", func(b *bench) { b.keys("1", "8", "x", "2", "Return", "9", ".", "5") }, "45.50"},
		{"keypad's Enter", func(b *bench) { b.keys("5", "KP_Enter", "6", "KP_Enter") }, "11.00"},
		{"tapped", func(b *bench) {
			for _, k := range []string{"1", "8", "×", "2", "+", "9", ".", "5", "="} {
				b.tap(k)
			}
		}, "45.50"},
		{"preset, then times", func(b *bench) { b.milkTea() }, "45.50"},
		{"double nought", func(b *bench) { b.tap("5"); b.tap("00") }, "500.00"},
		{"BackSpace", func(b *bench) { b.keys("4", "5", "BackSpace") }, "4.00"},
		{"Escape clears", func(b *bench) { b.keys("4", "5", "+", "3", "Escape") }, "0.00"},
		{"Clear clears", func(b *bench) { b.keys("4", "5"); b.tap("Clear") }, "0.00"},
		{"letters say nothing", func(b *bench) { b.keys("a", "4", "q") }, "4.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, "en")
			c.do(b)
			b.mustSee(c.total)
		})
	}
}

func TestARefusedKeySaysWhy(t *testing.T) {
	b := newBench(t, "en")
	b.keys("1", ".", "2", "3", "4")
	b.mustSee("1.23", "explained: too many decimals")
	b.keys("BackSpace")
	b.mustNotSee("explained: too many decimals")
}

func TestAScanWithAnAmountSells(t *testing.T) {
	b := newBench(t, "en")
	b.milkTea()
	b.scan(aCode)
	b.mustAsk("sell", "sell 45.50 281006…56")
	if n := len(b.till.sold[0].Lines); n != 2 {
		t.Errorf("%d lines went along, want 2", n)
	}
	b.mustSee("Asking Alipay")
	b.till.tell("T2-261121-0001", payments.AttemptPaid, b.paid())
	b.mustSee("Paid", "HK$ 45.50", "Next customer")
	b.tap("Next customer")
	b.mustSee("0.00", "Key in the amount")
}

func TestADigitOfAScanNeverLandsInTheAmount(t *testing.T) {
	b := newBench(t, "en")
	b.keys("4", "5")
	b.scan(aCode)
	b.mustAsk("sell", "sell 45.00 281006…56")

	b = newBench(t, "en")
	b.till.sellErr = errStrange
	b.keys("4", "5")
	b.scan(aCode)
	b.mustSee("45.00", "explained: something strange")
	b.scan("4006381333931") // goods
	b.mustSee("45.00")
	b.mustAsk("sell", "sell 45.00 281006…56")
}

func TestAScanBeforeItsAmountIsKeptAndNeverChargedByItself(t *testing.T) {
	b := newBench(t, "en")
	b.scan(aCode)
	b.mustAsk("sell")
	b.mustSee("Code 281006…56", "0.00")
	b.tap("Charge this code") // nothing to charge
	b.keys("F3")
	b.mustAsk("sell")
	b.keys("9", ".", "5", "Return")
	b.mustAsk("sell")
	b.tap("Charge this code")
	b.mustAsk("sell", "sell 9.50 281006…56")

	b = newBench(t, "en")
	b.scan(aCode)
	b.keys("9")
	b.pass(31 * time.Second)
	b.mustNotSee("Code 281006…56")
	b.keys("F3")
	b.mustAsk("sell")
	b.mustSee("9.00")
}

func TestAWrongScanSaysWhatItIs(t *testing.T) {
	b := newBench(t, "en")
	b.keys("5")
	b.scan("4006381333931")
	b.mustAsk("sell")
	b.mustSee("5.00", "not a payment code (too_short, 13 digits)")
}

func TestAShortReadAsksToScanAgain(t *testing.T) {
	b := newBench(t, "en")
	b.keys("5")
	b.scanAt(6*time.Millisecond, "2810060")
	b.mustAsk("sell")
	b.mustSee("5.00", b.w.say("window.scan.broken", "digits", 7))
}

func TestASerialScannerNeedsNoKeys(t *testing.T) {
	b := newBench(t, "en")
	b.keys("5")
	b.w.Scanned(aCode)
	b.mustAsk("sell", "sell 5.00 281006…56")
}

func TestWhatWasOnTheWayNeverPressesTheNewButton(t *testing.T) {
	b := newBench(t, "en")
	b.pay(payments.AttemptPaid, b.paid())
	b.w.counter.pay.panel.choices[1].do() // within the first moments
	b.mustSee("Paid")
	b.at = b.at.Add(settles)
	b.w.counter.pay.panel.choices[1].do()
	b.mustNotSee("Paid")
}

func TestHoldingIsLeftByTouchOrF2Only(t *testing.T) {
	hold := till.Telling{Face: till.FaceFinding, Title: "Do not hand over the goods", Actions: []till.Action{till.ActStop, till.ActNext}}
	for _, c := range []struct {
		name  string
		do    func(b *bench)
		leave bool
	}{
		{"Enter", func(b *bench) { b.keys("Return") }, false},
		{"keypad's Enter", func(b *bench) { b.keys("KP_Enter") }, false},
		{"a digit", func(b *bench) { b.keys("5") }, false},
		{"a scan", func(b *bench) { b.scan(otherCode) }, false},
		{"F2", func(b *bench) { b.at = b.at.Add(time.Second); b.keys("F2") }, true},
		{"touch", func(b *bench) { b.tap("Serve the next customer") }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, "en")
			b.pay(payments.AttemptUnknown, hold)
			c.do(b)
			if left := !b.sees("Do not hand over the goods"); left != c.leave {
				t.Errorf("left: %v, want %v", left, c.leave)
			}
			b.mustAsk("sell", "sell 45.50 281006…56")
		})
	}
}

func TestEscapeStopsAPaymentUnderWay(t *testing.T) {
	b := newBench(t, "en")
	b.pay(payments.AttemptUnknown, till.Telling{Face: till.FaceWaiting, Left: 40, Total: 60, Actions: []till.Action{till.ActStop}})
	b.at = b.at.Add(time.Second)
	b.keys("Escape")
	b.mustAsk("stop", "stop s1")
	b.mustSee("40")
}

func TestAWaitingPaymentIsStoppedOrLeft(t *testing.T) {
	waiting := till.Telling{Face: till.FaceWaiting, Title: "Customer is confirming", Left: 40, Total: 60, Actions: []till.Action{till.ActStop, till.ActNext}}
	for _, size := range []fyne.Size{{Width: 1024, Height: 768}, {Width: 1920, Height: 1080}} {
		b := newBench(t, "en")
		b.w.win.Resize(size)
		b.pay(payments.AttemptUnknown, waiting)
		stop, next := b.find("Stop and cancel"), b.find("Serve the next customer")
		if stop == nil || next == nil || stop.Size().Height < 60 || next.Position().X <= stop.Position().X {
			t.Fatalf("at %v: %v and %v", size, stop, next)
		}
		b.mustSee("Esc", "F2")
		b.at = b.at.Add(settles)
		b.keys("Escape")
		b.mustAsk("stop", "stop s1")
		b.at = b.at.Add(settles)
		b.keys("F2")
		b.mustNotSee("Customer is confirming")
		b.mustSee("0.00")
	}
}

func TestAPaidSaleLeavesByItself(t *testing.T) {
	b := newBench(t, "en")
	b.pay(payments.AttemptPaid, b.paid())
	b.pass(paidStays - time.Second)
	b.mustSee("Paid")
	b.pass(2 * time.Second)
	b.mustNotSee("Paid")
	b.mustSee("0.00")
}

func TestTheNextKeyAfterPaidIsNotLost(t *testing.T) {
	b := newBench(t, "en")
	b.pay(payments.AttemptPaid, b.paid())
	b.keys("7", "5")
	b.mustSee("75.00")
}

func TestTheNextScanAfterPaidIsNotLost(t *testing.T) {
	b := newBench(t, "en")
	b.pay(payments.AttemptPaid, b.paid())
	b.scan(otherCode)
	b.mustSee("Code 281006…77", "0.00")
	b.mustAsk("sell", "sell 45.50 281006…56")
}

func TestNotPaidIsTriedAgainForTheSameSale(t *testing.T) {
	not := till.Telling{Face: till.FaceNotPaid, Title: "Not paid", Actions: []till.Action{till.ActGiveUp, till.ActAgain}}
	t.Run("by a scan at once", func(t *testing.T) {
		b := newBench(t, "en")
		b.pay(payments.AttemptFailed, not)
		b.scan(otherCode)
		b.mustAsk("sell", "sell 45.50 281006…56", "sell 45.50 281006…77 again s1")
	})
	t.Run("by Enter, then a scan", func(t *testing.T) {
		b := newBench(t, "en")
		b.pay(payments.AttemptFailed, not)
		b.at = b.at.Add(time.Second)
		b.keys("Return")
		b.mustSee("45.50", "Scan the customer’s code again")
		b.keys("9") // the amount is the sale's
		b.mustSee("45.50")
		b.scan(otherCode)
		b.mustAsk("sell", "sell 45.50 281006…56", "sell 45.50 281006…77 again s1")
	})
	t.Run("or given up", func(t *testing.T) {
		b := newBench(t, "en")
		b.pay(payments.AttemptFailed, not)
		b.at = b.at.Add(time.Second)
		b.keys("Escape")
		b.mustSee("0.00")
	})
}

func TestAnOpenSaleOfTheSameAmountIsAskedAbout(t *testing.T) {
	ask := func(t *testing.T) *bench {
		b := newBench(t, "en")
		b.pay(payments.AttemptUnknown, till.Telling{Face: till.FaceFinding, Title: "Finding out", Actions: []till.Action{till.ActStop, till.ActNext}})
		b.tap("Serve the next customer")
		b.milkTea()
		b.till.sellErr = &payments.SameAmountError{Number: "T2-261121-0001"}
		b.scan(otherCode)
		b.mustSee("Is this the same customer?")
		return b
	}
	t.Run("another customer", func(t *testing.T) {
		b := ask(t)
		b.keys("Return", "F2") // no key answers
		b.tap("Another customer")
		if last := b.asked("sell"); len(last) != 3 || !strings.HasSuffix(last[2], "281006…77 same-amount-ok") {
			t.Errorf("asked %q", last)
		}
	})
	t.Run("the same", func(t *testing.T) {
		b := ask(t)
		b.tap("Same customer: show that sale")
		b.mustSee("Finding out", "HK$ 45.50")
		b.mustAsk("sell", "sell 45.50 281006…56", "sell 45.50 281006…77")
	})
	t.Run("Escape leaves it and charges nothing", func(t *testing.T) {
		b := ask(t)
		b.keys("Escape")
		b.mustNotSee("Is this the same customer?")
		b.mustSee("45.50")
		b.mustAsk("sell", "sell 45.50 281006…56", "sell 45.50 281006…77")
	})
	t.Run("it tells when the open sale was paid meanwhile", func(t *testing.T) {
		b := ask(t)
		b.till.tell("T2-261121-0001", payments.AttemptPaid, b.paid())
		b.mustSee("Is this the same customer?", b.w.say("window.same.paid.detail", "number", "T2-261121-0001", "amount", hkd(4550)))
	})
	t.Run("it tells when the open sale was cancelled meanwhile", func(t *testing.T) {
		b := ask(t)
		b.till.tell("T2-261121-0001", payments.AttemptCancelled, till.Telling{Face: till.FaceCancelled})
		b.mustSee(b.w.say("window.same.settled.detail", "number", "T2-261121-0001", "amount", hkd(4550)))
	})
	t.Run("a scan meanwhile charges nothing", func(t *testing.T) {
		b := ask(t)
		b.scan("281006020000000011111133")
		if n := len(b.asked("sell")); n != 2 {
			t.Errorf("sold %d times", n)
		}
	})
}

func TestALockedTillLeadsNowhere(t *testing.T) {
	b := newBench(t, "en")
	b.milkTea()
	b.till.sellErr = payments.ErrLocked
	b.scan(aCode)
	b.mustSee("The till is locked")
	b.keys("Return", "F2", "Escape", "5")
	b.scan(otherCode)
	b.mustSee("The till is locked")
	b.mustAsk("sell", "sell 45.50 281006…56")
}

func TestASaleLeftBehindTellsHowItWent(t *testing.T) {
	b := newBench(t, "en")
	b.pay(payments.AttemptUnknown, till.Telling{Face: till.FaceFinding, Actions: []till.Action{till.ActStop, till.ActNext}})
	b.tap("Serve the next customer")
	b.till.tell("T2-261121-0001", payments.AttemptPaid, b.paid())
	b.mustSee("Sale T2-261121-0001, HK$ 45.50: Paid")
	b.tap("Show")
	if b.w.place != PlaceSales || b.w.sales.detail.number != "T2-261121-0001" {
		t.Errorf("Show led to %s, sale %q", b.w.place, b.w.sales.detail.number)
	}
}

func TestNewsMayComeBeforeTheAnswer(t *testing.T) {
	b := newBench(t, "en")
	var late []func()
	b.w.spawn = func(f func()) { late = append(late, f) }
	b.milkTea()
	b.scan(aCode)
	b.w.spawn = func(f func()) { f() }
	for len(late) > 0 { // read the scan, then sell
		f := late[0]
		late = late[1:]
		sold := len(b.till.sales)
		b.w.post = func(g func()) {
			if len(b.till.sales) > sold { // the answer of Sell waits until the news is told
				b.w.post = func(f func()) { f() }
				b.till.tell("T2-261121-0001", payments.AttemptPaid, b.paid())
			}
			g()
		}
		b.w.spawn = func(f func()) { late = append(late, f) }
		f()
	}
	b.mustSee("Paid")
}

func TestThePhoneSellsInTraining(t *testing.T) {
	b := newBench(t, "en")
	first := b.w.counter.phone.code
	b.mustSee("The customer’s phone", inFours(first))
	b.milkTea()
	b.tap("Show it to the scanner")
	if len(b.till.sold) != 1 || b.till.sold[0].Code != first {
		t.Fatalf("sold %v, want the phone's code", b.till.sold)
	}
	if b.w.counter.phone.code == first {
		t.Error("the phone shows a used code")
	}
}

func TestThePhoneRenewsItsCode(t *testing.T) {
	b := newBench(t, "en")
	first := b.w.counter.phone.code
	b.pass(codeLives - time.Second)
	if b.w.counter.phone.code != first {
		t.Error("renewed too early")
	}
	b.pass(2 * time.Second)
	if b.w.counter.phone.code == first {
		t.Error("not renewed")
	}
	b.tap("Walks away")
	if got := b.w.counter.phone.code; got[5] != '3' {
		t.Errorf("code %s is not of the chosen customer", got)
	}
}

func TestThereIsNoPhoneOutsideTraining(t *testing.T) {
	b := newBench(t, "en", func(m *memoryTill) { m.env = till.Live })
	b.mustNotSee("The customer’s phone", "TRAINING")
	b.mustSee("0.00")
}

func TestTheSlipShowsBesideThePaidSale(t *testing.T) {
	b := newBench(t, "en")
	b.pay(payments.AttemptPaid, b.paid())
	before := b.w.counter.pay.panel.Size().Width
	b.till.listener(till.News{Slip: &till.Slip{Number: "T2-261121-0001", PNG: slipPicture()}})
	if after := b.w.counter.pay.panel.Size().Width; after >= before {
		t.Errorf("the picture is %v wide beside the slip, %v without", after, before)
	}
	b.till.listener(till.News{Slip: &till.Slip{Number: "another"}})
	if b.w.counter.pay.slip.Number != "T2-261121-0001" {
		t.Error("another sale's slip is shown")
	}
}

func TestThePromptSaysWhatIsMissing(t *testing.T) {
	b := newBench(t, "en")
	b.mustSee("Key in the amount")
	b.keys("5")
	b.mustSee("Scan the customer’s code")
	b.till.ready = payments.ErrNotProven
	b.pass(time.Second)
	b.mustSee("explained: Alipay has not answered under this account yet")
}

func TestALightSaysWhatIsWrong(t *testing.T) {
	b := newBench(t, "en")
	b.till.lights.Printer = till.Light{Name: "Printer", Sentence: "The paper is out. Put in a new roll."}
	b.till.listener(till.News{Lights: true})
	b.tap("Printer")
	b.mustSee("The paper is out. Put in a new roll.")
	b.pass(noticeStays + time.Second)
	b.mustNotSee("The paper is out. Put in a new roll.")
}

func TestAFailedPrintIsTold(t *testing.T) {
	b := newBench(t, "en")
	b.till.listener(till.News{Printed: &till.PrintOutcome{Number: "T2-261121-0001", Sentence: "The slip was not printed."}})
	b.mustSee("The slip was not printed.")
}

func TestKeysOfAPaidSale(t *testing.T) {
	b := newBench(t, "en")
	b.pay(payments.AttemptPaid, b.paid())
	b.at = b.at.Add(time.Second)
	b.keys("F4")
	b.mustAsk("print", "print T2-261121-0001")
	b.mustSee("Paid")
	b.at = b.at.Add(time.Second)
	b.w.screens[PlaceTill].pressed(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.mustNotSee("Paid")
}
