package desktop

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"ringup/payments"
	"ringup/ui/till"
)

// alarmed is a day with alarms, looked at.
func (b *bench) alarmed() {
	b.aDay()
	b.alarms()
	b.w.Go(PlaceAttention)
}

func TestAlarmsStandBehindTheOpenTasks(t *testing.T) {
	b := newBench(t, "en")
	b.alarmed()
	b.mustSee("Not settled yet", "What the owner should know", "The second copy is not written", "Contradiction", "A refund without a sale")
	if b.w.shell.badge.text != "9" {
		t.Errorf("badge %q", b.w.shell.badge.text)
	}
	y := func(text string) float32 {
		at := float32(-1)
		walk(b.w.win.Canvas().Content(), func(o fyne.CanvasObject) {
			if w, ok := o.(*word); ok && w.text == text {
				at = b.w.app.Driver().AbsolutePositionForObject(w).Y
			}
		})
		return at
	}
	last := float32(0)
	for _, text := range []string{"Not settled yet", "What the owner should know", "The second copy is not written", "The books were restored"} {
		if y(text) <= last {
			t.Errorf("%q stands at %v, what is before it at %v", text, y(text), last)
		}
		last = y(text)
	}
	seen := 0
	b.everyPress(func(p *press, _ fyne.Position) {
		if p.name == "Seen" {
			seen++
		}
	})
	if seen != 6 { // the copy can't be waved away
		t.Errorf("%d alarms can be marked, want 6", seen)
	}
	b.till.tasks = b.till.tasks[2:]
	b.till.listener(till.News{Sale: &b.till.sales[0]})
	b.pass(time.Second)
	b.mustSee("What the owner should know")
	b.mustNotSee("Not settled yet")
}

func TestAnAlarmIsMarkedOnceAtATime(t *testing.T) {
	b := newBench(t, "en")
	b.alarmed()
	b.find("Seen").Tapped(&fyne.PointEvent{}) // it has only just come into view
	b.mustAsk("seen")
	var late []func()
	b.at = b.at.Add(settles)
	b.w.spawn = func(f func()) { late = append(late, f) }
	b.find("Seen").Tapped(&fyne.PointEvent{})
	b.find("Seen").Tapped(&fyne.PointEvent{})
	b.w.spawn = func(f func()) { f() }
	if len(late) != 1 {
		t.Fatalf("%d questions on their way, want 1", len(late))
	}
	late[0]()
	b.find("Seen").Tapped(&fyne.PointEvent{}) // another alarm's button has come to this place
	b.mustAsk("seen", "seen suspicion 5")
	if b.w.shell.badge.text != "8" {
		t.Errorf("badge %q", b.w.shell.badge.text)
	}
	b.tap("Seen")
	b.mustAsk("seen", "seen suspicion 5", "seen short_funds 6")
}

func TestAnAlarmOpensItsSale(t *testing.T) {
	b := newBench(t, "en")
	b.alarmed()
	b.tap("T2-261121-0011")
	if b.w.place != PlaceSales {
		t.Errorf("in %s", b.w.place)
	}
	b.mustSee("HK$ 27.50")
	b.mustAsk("seen")
}

// No news tells of a second copy that can't be written.
func TestAttentionIsLookedAtWithoutNews(t *testing.T) {
	b := newBench(t, "en")
	b.pass(recount)
	lasting := till.Task{Tag: till.Tag{Face: till.FaceNotPaid, Text: "no copy"}, Text: "why", Alarm: &till.Alarm{Key: "copy", Lasting: true}}
	b.till.tasks = []till.Task{lasting}
	b.pass(recount)
	if b.w.shell.badge.text != "1" || b.w.shell.counter.Hidden {
		t.Errorf("badge %q", b.w.shell.badge.text)
	}
	b.w.Go(PlaceAttention)
	b.mustSee("no copy")
	b.till.tasks = nil
	b.pass(recount)
	b.mustSee("Everything is settled")
}

// A list that is read anew stays where it was scrolled to.
func TestTheListOfTasksStaysWhereItIs(t *testing.T) {
	b := newBench(t, "en")
	b.w.win.Resize(fyne.NewSize(1024, 768))
	b.alarmed()
	a := b.w.screens[PlaceAttention].(*attention)
	a.list.scroll.ScrollToOffset(fyne.NewPos(0, 300))
	b.till.tell("T2-261121-0016", payments.AttemptUnknown, till.Telling{})
	b.pass(time.Second)
	if y := a.list.scroll.Offset.Y; y != 300 {
		t.Errorf("at %v, was at 300", y)
	}
	b.till.tasks = b.till.tasks[:3]
	b.pass(recount)
	if y := a.list.scroll.Offset.Y; y >= 300 {
		t.Errorf("at %v of a short list", y)
	}
}
