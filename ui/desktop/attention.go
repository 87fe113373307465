package desktop

import (
	"context"
	"fmt"
	"time"

	"fyne.io/fyne/v2"

	"ringup/payments"
	"ringup/ui/till"
)

// attention is the place of what isn't settled, each thing with its one next
// step, and after that of what happened and nobody has looked at yet.
type attention struct {
	w     *Window
	tasks []till.Task
	slips []till.Unprinted
	// slipsOpen shows the slips that were not printed in place of all else.
	slipsOpen bool
	reading   int
	stale     bool
	view      *fyne.Container
	list      *swipe // nil before there was one
	readAt    time.Time
	guard     *guard
	offers    string // what the buttons were about when the guard last turned
}

func newAttention(w *Window) *attention { return &attention{w: w, guard: w.newGuard()} }

func (a *attention) build() fyne.CanvasObject {
	a.view = stack()
	a.show()
	return a.view
}

func (a *attention) enter() {
	a.slipsOpen = false
	a.guard.seen()
	a.read()
}

func (a *attention) read() {
	a.reading++
	mine, w := a.reading, a.w
	a.stale, a.readAt = false, w.now()
	w.spawn(func() {
		tasks, err := w.till.Attention()
		var slips []till.Unprinted
		if err == nil {
			slips, err = w.till.Unprinted()
		}
		w.post(func() {
			switch {
			case mine != a.reading:
			case err != nil:
				w.complain(err)
			default:
				a.tasks, a.slips = tasks, slips
				a.slipsOpen = a.slipsOpen && len(slips) > 0
				w.showTasks(len(tasks), len(slips))
				a.show()
			}
		})
	})
}

func (a *attention) show() {
	w, l := a.w, a.w.look
	if len(a.tasks) == 0 && len(a.slips) == 0 {
		a.offers, a.list = "", nil
		title := newWord(w.say("window.attention.none"), 40, l.paid).bold().centre().shrink(20)
		text := newProse(w.say("window.attention.none.detail"), 20, l.muted).centre()
		a.view.Objects = []fyne.CanvasObject{inset(0, 32, 0, 32, column(16, spring(),
			fit(middle(l.icon("face-paid", l.paid, 120))), fit(title), fit(text), spring()))}
		a.view.Refresh()
		return
	}
	var sheet []slab
	offers := ""
	heading := func(titleKey, detailKey string) {
		if len(sheet) > 0 {
			sheet = append(sheet, space(16))
		}
		title, text := newWord(w.say(titleKey), 22, l.ink).bold().shrink(14), newProse(w.say(detailKey), 17, l.muted)
		sheet = append(sheet, slab{title, func(float32) float32 { return 32 }}, slab{text, text.heightFor}, space(12))
	}
	tasks := a.tasks
	if a.slipsOpen && len(a.slips) > 0 {
		tasks = nil
		head := a.lostHead()
		text := newProse(w.say("window.unprinted.detail"), 17, l.muted)
		sheet = append(sheet, slab{head, func(float32) float32 { return 56 }}, space(8), slab{text, text.heightFor}, space(12))
		for _, u := range a.slips {
			c := a.slipCard(u)
			sheet = append(sheet, slab{c.box, c.height}, space(16))
			offers += u.Job + " "
		}
	} else if len(a.slips) > 0 {
		c := a.lostCard()
		sheet = append(sheet, slab{c.box, c.height}, space(16))
		offers += "slips "
	}
	for i, t := range tasks {
		switch {
		case i == 0 && t.Alarm == nil:
			heading("window.attention.title", "window.attention.detail")
		case t.Alarm != nil && (i == 0 || a.tasks[i-1].Alarm == nil):
			heading("window.attention.alarms", "window.attention.alarms.detail")
		}
		c := a.newCard(t)
		sheet = append(sheet, slab{c.box, c.height}, space(16))
		offers += fmt.Sprint(t.Sale.Number, t.Action, " ")
		if t.Alarm != nil {
			offers += t.Alarm.Key + " "
		}
	}
	if offers != a.offers { // the buttons stand elsewhere now
		a.offers = offers
		a.guard.turn()
	}
	var objects []fyne.CanvasObject
	for _, x := range sheet {
		if x.object != nil {
			objects = append(objects, x.object)
		}
	}
	content := newFlow(func(wide float32, draw bool) float32 {
		y := float32(0)
		wide -= scrollRoom
		for _, x := range sheet {
			h := x.high(wide)
			if draw && x.object != nil {
				put(x.object, 0, y, wide, h)
			}
			y += h
		}
		return y
	}, objects...)
	list, offset := newSwipe(content), fyne.Position{}
	if a.list != nil {
		offset = a.list.scroll.Offset // whoever reads further down goes on there
	}
	a.list = list
	a.view.Objects = []fyne.CanvasObject{inset(0, -scrollRoom, 0, 0, list)}
	a.view.Refresh()
	list.scroll.ScrollToOffset(offset)
}

// slab is one thing in a column as wide as the place, or room between two.
type slab struct {
	object fyne.CanvasObject
	high   func(wide float32) float32
}

func space(high float32) slab { return slab{nil, func(float32) float32 { return high }} }

// taskCard is one unsettled sale, or one alarm.
type taskCard struct {
	box    *fyne.Container
	text   *prose
	button *press // nil when there is nothing to press
	second *press // below it, may be nil
}

func (a *attention) newCard(t till.Task) *taskCard {
	w, l := a.w, a.w.look
	style := l.face(t.Tag.Face)
	c := &taskCard{text: newProse(t.Text, 17, l.muted), button: a.button(t)}
	mark := l.icon(style.icon, style.strong, 48)
	back, first, when := fyne.CanvasObject(ground(l.card, l.line, 16)), t.Tag.Text, ""
	if t.Sale.ID != "" {
		back = l.newPress(stack(), 16, func() { w.openSale(t.Sale.Number) }).colours(l.card, l.line, 1).called(t.Sale.Number)
		first, when = t.Sale.Amount.String(), t.Sale.Number+" · "+a.clock(t.Sale.Created)
	} else if t.Alarm != nil && !t.Alarm.At.IsZero() {
		when = a.clock(t.Alarm.At)
	}
	amount := newWord(first, 28, l.ink).bold()
	if t.Sale.ID == "" {
		amount.size = 22
		amount.shrink(15)
	}
	number := newWord(when, 17, l.muted).elastic()
	tag := l.tagged(t.Tag)
	tag.Hidden = t.Sale.ID == ""
	objects := []fyne.CanvasObject{back, mark, amount, number, tag, c.text}
	if c.button != nil {
		objects = append(objects, c.button)
	}
	c.box = placed(fyne.NewSize(300, 120), nil, objects...)
	c.box.Layout.(*free).lay = func(s fyne.Size) {
		put(back, 0, 0, s.Width, s.Height)
		put(mark, 24, 24, 48, 48)
		x, room := float32(96), c.room(s.Width)
		wide := min(amount.natural().Width+2, room)
		put(amount, x, 18, wide, 38)
		after := x + wide + 16
		if !tag.Hidden {
			pillWide := min(tag.MinSize().Width, max(60, room-(after-x)))
			put(tag, after, 18, pillWide, 38)
			after += pillWide + 16
		}
		put(number, after, 18, max(0, x+room-after), 38)
		put(c.text, x, 60, room, c.text.heightFor(room))
		if c.button != nil {
			wide := c.buttonWide(s.Width)
			put(c.button, s.Width-wide-24, (s.Height-64)/2, wide, 64)
		}
	}
	return c
}

// button is a task's next step.
func (a *attention) button(t till.Task) *press {
	w, l := a.w, a.w.look
	look := func() { w.openSale(t.Sale.Number) }
	switch {
	case t.Action == till.ActSeen && t.Alarm != nil:
		return l.button(plainButton, w.say("window.act.seen"), "", a.guard.once(func() { a.act(func() error { return w.till.Acknowledge(*t.Alarm) }) }))
	case t.Alarm != nil:
		return nil
	case t.Action == till.ActStop:
		return l.button(plainButton, w.say("window.act.stop"), "", a.guard.once(func() { a.act(func() error { return w.till.Stop(t.Sale.ID) }) }))
	case t.Action == till.ActGoodsGiven, t.Action == till.ActGiveBack:
		return l.button(mainButton, w.say("window.attention.decide"), "", a.guard.settled(look))
	}
	return l.button(plainButton, w.say("window.attention.look"), "", look)
}

// clock is a time of today, and the day too of an earlier one.
func (a *attention) clock(at time.Time) string {
	c := a.w.till.Calendar()
	if c.Day(at) != a.w.till.Today() {
		return c.In(at).Format("2006-01-02 15:04")
	}
	return c.In(at).Format("15:04")
}

func (c *taskCard) buttonWide(wide float32) float32 {
	if c.button == nil {
		return 0
	}
	ask := c.button.MinSize().Width
	if c.second != nil {
		ask = max(ask, c.second.MinSize().Width)
	}
	return min(ask, wide*0.3)
}

// room is the width of a card's words.
func (c *taskCard) room(wide float32) float32 { return wide - 96 - c.buttonWide(wide) - 48 }

func (c *taskCard) height(wide float32) float32 {
	least := float32(112)
	if c.second != nil {
		least = 152
	}
	return max(least, 60+c.text.heightFor(c.room(wide))+20)
}

// act does what may wait, then reads anew.
func (a *attention) act(f func() error) {
	w := a.w
	w.spawn(func() {
		err := f()
		w.post(func() {
			a.guard.free()
			if err != nil {
				w.complain(err)
			}
			a.read()
		})
	})
}

// decide is a person's word on a sale that could not be settled by asking.
func (w *Window) decide(number string, d payments.Decision, then func()) {
	w.spawn(func() {
		_, err := w.till.Decide(context.Background(), number, d)
		w.post(func() {
			if err != nil {
				w.complain(err)
			}
			w.countTasks()
			then()
		})
	})
}

func (a *attention) news(n till.News) { a.stale = a.stale || n.Sale != nil || n.Printed != nil }

func (a *attention) tick(now time.Time) {
	if a.stale || now.Sub(a.readAt) >= recount {
		a.read()
	}
}

func (a *attention) typed(rune) func()      { return func() {} }
func (a *attention) pressed(*fyne.KeyEvent) {}
