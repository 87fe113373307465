package desktop

import (
	"fyne.io/fyne/v2"

	"ringup/ui/till"
)

// lostCard is what Attention says of the slips that were not printed, with the
// way to them.
func (a *attention) lostCard() *taskCard {
	w, l := a.w, a.w.look
	style := l.face(till.FaceFinding)
	c := &taskCard{text: newProse(w.say("window.unprinted.detail"), 17, l.muted)}
	c.button = l.button(mainButton, w.say("window.unprinted.look"), "", func() { a.slipsOpen = true; a.show() })
	many := w.say("window.unprinted.many", "count", len(a.slips))
	if len(a.slips) == 1 {
		many = w.say("window.unprinted.one")
	}
	title := newWord(many, 22, l.ink).bold().shrink(15)
	a.frame(c, l.icon("printer", style.strong, 48), title, nil)
	return c
}

// slipCard is one slip that was not printed.
func (a *attention) slipCard(u till.Unprinted) *taskCard {
	w, l := a.w, a.w.look
	style := l.face(till.FaceFinding)
	c := &taskCard{text: newProse(u.Sentence, 17, l.muted)}
	forget := l.button(plainButton, w.say("window.unprinted.forget"), "", a.guard.once(func() { a.act(func() error { return w.till.Forget(u.Job) }) })).called(w.say("window.unprinted.forget") + " " + u.Number)
	again := l.button(mainButton, w.say("window.unprinted.again"), "", a.guard.once(func() { a.act(func() error { return w.till.PrintAgain(u.Job) }) })).called(w.say("window.unprinted.again") + " " + u.Number)
	c.button, c.second = again, forget
	title := newWord(u.What, 22, l.ink).bold().shrink(15)
	when := newWord(u.Number+" · "+a.clock(u.At), 17, l.muted).elastic()
	a.frame(c, l.icon("printer", style.strong, 48), title, when)
	return c
}

// frame lays a card out: its picture, its title with what follows, its words,
// and its buttons on the right.
func (a *attention) frame(c *taskCard, mark *sign, title, after *word) {
	l := a.w.look
	back := ground(l.card, l.line, 16)
	objects := []fyne.CanvasObject{back, mark, title, c.text}
	if after != nil {
		objects = append(objects, after)
	}
	for _, b := range []*press{c.second, c.button} {
		if b != nil {
			objects = append(objects, b)
		}
	}
	c.box = placed(fyne.NewSize(300, 120), nil, objects...)
	c.box.Layout.(*free).lay = func(s fyne.Size) {
		put(back, 0, 0, s.Width, s.Height)
		put(mark, 24, 24, 48, 48)
		room := c.room(s.Width)
		wide := min(title.natural().Width+2, room)
		put(title, 96, 18, wide, 38)
		if after != nil {
			put(after, 96+wide+16, 18, max(0, room-wide-16), 38)
		}
		put(c.text, 96, 60, room, c.text.heightFor(room))
		high := float32(64)
		if c.second != nil {
			high = 56
		}
		wide = c.buttonWide(s.Width)
		x, y := s.Width-wide-24, (s.Height-high)/2
		if c.second != nil {
			y = (s.Height - 2*high - 8) / 2
			put(c.second, x, y+high+8, wide, high)
		}
		put(c.button, x, y, wide, high)
	}
}

// lostHead stands over the list: the way back, and what this is.
func (a *attention) lostHead() fyne.CanvasObject {
	w, l := a.w, a.w.look
	back := l.newPress(middle(l.icon("left", l.ink, 24)), 12, func() { a.slipsOpen = false; a.show() }).called(w.say("window.unprinted.back"))
	title := newWord(w.say("window.unprinted.title"), 22, l.ink).bold().shrink(14)
	return row(16, fixed(back, 56), share(upright(title), 1))
}
