package desktop

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ringup/payments"
	"ringup/ui/till"
)

// twice double clicks in the middle of a button: the second click goes to
// whatever lies there by then.
func (b *bench) twice(name string) {
	b.Helper()
	at, ok := b.middleOf(name)
	if !ok {
		b.Fatalf("no button %q in view", name)
	}
	b.tap(name)
	b.at = b.at.Add(120 * time.Millisecond)
	if p := b.pressAt(at); p != nil {
		p.Tapped(&fyne.PointEvent{})
	}
}

func (b *bench) middleOf(name string) (fyne.Position, bool) {
	var at fyne.Position
	found := false
	b.everyPress(func(p *press, from fyne.Position) {
		if p.name == name {
			at, found = from.AddXY(p.Size().Width/2, p.Size().Height/2), true
		}
	})
	return at, found
}

// pressAt is the button on top at a place of the window.
func (b *bench) pressAt(at fyne.Position) *press {
	var found *press
	b.everyPress(func(p *press, from fyne.Position) {
		s := p.Size()
		if at.X >= from.X && at.Y >= from.Y && at.X < from.X+s.Width && at.Y < from.Y+s.Height {
			found = p
		}
	})
	return found
}

func (b *bench) everyPress(visit func(p *press, at fyne.Position)) {
	var down func(o fyne.CanvasObject, from fyne.Position)
	down = func(o fyne.CanvasObject, from fyne.Position) {
		if o == nil || !o.Visible() {
			return
		}
		from = from.Add(o.Position())
		if p, ok := o.(*press); ok {
			visit(p, from)
		}
		switch o := o.(type) {
		case *fyne.Container:
			for _, x := range o.Objects {
				down(x, from)
			}
		case fyne.Widget:
			for _, x := range test.WidgetRenderer(o).Objects() {
				down(x, from)
			}
		}
	}
	down(b.w.win.Canvas().Content(), fyne.Position{})
}

func TestADoubleClickMovesNoMoneyUnasked(t *testing.T) {
	t.Run("on Refund", func(t *testing.T) {
		b := newBench(t, "en")
		b.aDay()
		b.w.openSale("T2-261121-0017")
		b.twice("Refund")
		b.mustAsk("refund")
		b.mustSee("Give the money back")
		b.at = b.at.Add(settles)
		b.find("Give the money back").Tapped(&fyne.PointEvent{})
		b.mustAsk("refund", `refund T2-261121-0017 45.50 "" confirmed=false`)
	})
	t.Run("on Give the money back, which asks", func(t *testing.T) {
		b := newBench(t, "en")
		b.aDay()
		b.w.openSale("T2-261121-0017")
		b.tap("Refund")
		b.till.refundOK = func(o till.RefundOrder) error {
			if !o.Confirmed {
				return payments.ErrConfirm
			}
			return nil
		}
		b.tap("Give the money back")
		b.at = b.at.Add(settles - time.Millisecond)
		b.find("Nothing elsewhere: refund").Tapped(&fyne.PointEvent{})
		b.mustAsk("refund", `refund T2-261121-0017 45.50 "" confirmed=false`)
	})
	t.Run("on what asks for the same customer", func(t *testing.T) {
		b := newBench(t, "en")
		b.milkTea()
		b.till.sellErr = &payments.SameAmountError{Number: "T2-261121-0001"}
		b.w.Scanned(aCode)
		b.find("Another customer").Tapped(&fyne.PointEvent{})
		b.mustAsk("sell", "sell 45.50 281006…56")
		b.mustSee("Is this the same customer?")
	})
	t.Run("on Decide", func(t *testing.T) {
		b := newBench(t, "en")
		b.aDay()
		b.till.tells["T2-261121-0013"] = till.Telling{Face: till.FaceDecide, Actions: []till.Action{till.ActGiveBack, till.ActGoodsGiven}}
		b.w.Go(PlaceAttention)
		b.tap("Decide")
		b.find("Give the money back").Tapped(&fyne.PointEvent{})
		b.mustAsk("decide")
	})
	t.Run("on the way to a stop", func(t *testing.T) {
		b := newBench(t, "en")
		b.aDay()
		b.at = b.at.Add(time.Minute)
		b.w.Go(PlaceAttention)
		b.find("Stop and cancel").Tapped(&fyne.PointEvent{})
		b.mustAsk("stop")
	})
	t.Run("on a code that was kept", func(t *testing.T) {
		b := newBench(t, "en")
		b.keys("5")
		b.w.Go(PlaceSales)
		b.w.Scanned(aCode)
		b.find("Charge this code").Tapped(&fyne.PointEvent{})
		b.mustAsk("sell")
	})
}

func TestAnAnswerIsAwaitedBeforeTheNextPress(t *testing.T) {
	for _, c := range []struct {
		name, button, kind string
		actions            []till.Action
		place              Place
	}{
		{"a stop at the till", "Stop and cancel", "stop", []till.Action{till.ActStop}, PlaceTill},
		{"a decision at the till", "The goods were given", "decide", []till.Action{till.ActGiveBack, till.ActGoodsGiven}, PlaceTill},
		{"a stop in the sale", "Stop and cancel", "stop", []till.Action{till.ActStop}, PlaceSales},
		{"a decision in the sale", "The goods were given", "decide", []till.Action{till.ActGiveBack, till.ActGoodsGiven}, PlaceSales},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, "en")
			b.pay(payments.AttemptUnknown, till.Telling{Face: till.FaceFinding, Actions: c.actions})
			if c.place == PlaceSales {
				b.w.openSale("T2-261121-0001")
			}
			var late []func()
			b.w.spawn = func(f func()) { late = append(late, f) }
			b.tap(c.button)
			b.tap(c.button)
			if len(late) != 1 {
				t.Fatalf("%d questions on their way, want 1", len(late))
			}
			b.w.spawn = func(f func()) { f() }
			late[0]()
			b.tap(c.button)
			if n := len(b.asked(c.kind)); n != 2 {
				t.Errorf("asked %d times, want the answered one and one more", n)
			}
		})
	}
}
