package desktop

import (
	"context"
	"fmt"
	"time"

	"fyne.io/fyne/v2"

	"ringup/payments"
	"ringup/ui/till"
)

// attention is the place of what isn't settled: each thing with its one next
// step.
type attention struct {
	w       *Window
	tasks   []till.Task
	reading int
	stale   bool
	view    *fyne.Container
	guard   *guard
	offers  string // what the buttons were about when the guard last turned
}

func newAttention(w *Window) *attention { return &attention{w: w, guard: w.newGuard()} }

func (a *attention) build() fyne.CanvasObject {
	a.view = stack()
	a.show()
	return a.view
}

func (a *attention) enter() {
	a.guard.seen()
	a.read()
}

func (a *attention) read() {
	a.reading++
	a.stale = false
	mine, w := a.reading, a.w
	w.spawn(func() {
		tasks, err := w.till.Attention()
		w.post(func() {
			switch {
			case mine != a.reading:
			case err != nil:
				w.complain(err)
			default:
				a.tasks, w.openTasks = tasks, len(tasks)
				w.shell.showBadge(len(tasks))
				a.show()
			}
		})
	})
}

func (a *attention) show() {
	w, l := a.w, a.w.look
	if len(a.tasks) == 0 {
		a.offers = ""
		title := newWord(w.say("window.attention.none"), 40, l.paid).bold().centre().shrink(20)
		text := newProse(w.say("window.attention.none.detail"), 20, l.muted).centre()
		a.view.Objects = []fyne.CanvasObject{inset(0, 32, 0, 32, column(16, spring(),
			fit(middle(l.icon("face-paid", l.paid, 120))), fit(title), fit(text), spring()))}
		a.view.Refresh()
		return
	}
	title := newWord(w.say("window.attention.title"), 22, l.ink).bold().shrink(14)
	text := newProse(w.say("window.attention.detail"), 17, l.muted)
	var cards []*taskCard
	var objects []fyne.CanvasObject
	offers := ""
	for _, t := range a.tasks {
		offers += fmt.Sprint(t.Sale.Number, t.Action, " ")
		c := a.newCard(t)
		cards = append(cards, c)
		objects = append(objects, c.box)
	}
	if offers != a.offers { // the buttons stand elsewhere now
		a.offers = offers
		a.guard.turn()
	}
	content := newFlow(func(wide float32, draw bool) float32 {
		y := float32(0)
		wide -= scrollRoom
		for _, c := range cards {
			h := c.height(wide)
			if draw {
				put(c.box, 0, y, wide, h)
			}
			y += h + 16
		}
		return y
	}, objects...)
	a.view.Objects = []fyne.CanvasObject{column(8, fixed(title, 32), fit(text), gap(8), share(inset(0, -scrollRoom, 0, 0, newSwipe(content)), 1))}
	a.view.Refresh()
}

// taskCard is one unsettled sale.
type taskCard struct {
	box    *fyne.Container
	text   *prose
	button *press
}

func (a *attention) newCard(t till.Task) *taskCard {
	w, l := a.w, a.w.look
	style := l.face(t.Tag.Face)
	c := &taskCard{text: newProse(t.Text, 17, l.muted)}
	mark := l.icon(style.icon, style.strong, 48)
	amount := newWord(t.Sale.Amount.String(), 28, l.ink).bold()
	number := newWord(t.Sale.Number+" · "+w.till.Calendar().In(t.Sale.Created).Format("15:04"), 17, l.muted).elastic()
	tag := l.tagged(t.Tag)
	label, do := w.say("window.attention.look"), func() { w.openSale(t.Sale.Number) }
	k := plainButton
	switch t.Action {
	case till.ActStop:
		label, do = w.say("window.act.stop"), a.guard.once(func() { a.act(func() error { return w.till.Stop(t.Sale.ID) }) })
	case till.ActGoodsGiven, till.ActGiveBack:
		k, label, do = mainButton, w.say("window.attention.decide"), a.guard.settled(do)
	}
	c.button = l.button(k, label, "", do)
	open := l.newPress(stack(), 16, func() { w.openSale(t.Sale.Number) }).colours(l.card, l.line, 1).called(t.Sale.Number)
	c.box = placed(fyne.NewSize(300, 120), nil, open, mark, amount, number, tag, c.text, c.button)
	c.box.Layout.(*free).lay = func(s fyne.Size) {
		put(open, 0, 0, s.Width, s.Height)
		put(mark, 24, 24, 48, 48)
		wide := c.buttonWide(s.Width)
		x := float32(96)
		room := s.Width - x - wide - 48
		put(amount, x, 18, amount.natural().Width+2, 38)
		after := x + amount.natural().Width + 16
		pillWide := min(tag.MinSize().Width, max(60, room-(after-x)))
		put(tag, after, 18, pillWide, 38)
		put(number, after+pillWide+16, 18, max(0, x+room-after-pillWide-16), 38)
		put(c.text, x, 60, room, c.text.heightFor(room))
		put(c.button, s.Width-wide-24, (s.Height-64)/2, wide, 64)
	}
	return c
}

func (c *taskCard) buttonWide(wide float32) float32 {
	return min(c.button.MinSize().Width, wide*0.3)
}

func (c *taskCard) height(wide float32) float32 {
	return max(112, 60+c.text.heightFor(wide-96-c.buttonWide(wide)-48)+20)
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

func (a *attention) news(n till.News) { a.stale = a.stale || n.Sale != nil }

func (a *attention) tick(time.Time) {
	if a.stale {
		a.read()
	}
}

func (a *attention) typed(rune) func()      { return func() {} }
func (a *attention) pressed(*fyne.KeyEvent) {}
