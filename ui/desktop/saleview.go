package desktop

import (
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"ringup/payments"
	"ringup/ui/till"
)

// saleView is one sale in full: its number, state and amount, its story, and
// what can be done about it.
type saleView struct {
	s      *sales
	number string // "" while none is open
	sale   payments.Sale
	story  []till.Moment
	slip   *till.Slip // in place of the story
	guard  *guard
	offers string // what the buttons were about when the guard last turned

	box  *fyne.Container
	body *fyne.Container
}

func newSaleView(s *sales) *saleView { return &saleView{s: s, guard: s.w.newGuard()} }

func (v *saleView) build() fyne.CanvasObject {
	l := v.s.w.look
	v.body = stack()
	v.box = stack(ground(l.card, l.line, 16), v.body)
	v.show()
	return v.box
}

// open reads a sale and its story.
func (v *saleView) open(number string) {
	if number != v.number {
		v.slip = nil
	}
	v.number = number
	v.reread()
}

func (v *saleView) reread() {
	number := v.number
	if number == "" {
		return
	}
	w := v.s.w
	w.spawn(func() {
		sale, err := w.till.Sale(number)
		var story []till.Moment
		if err == nil {
			story, err = w.till.Story(number)
		}
		w.post(func() {
			switch {
			case number != v.number:
			case err != nil:
				w.complain(err)
			default:
				v.sale, v.story = sale, story
				v.show()
			}
		})
	})
}

func (v *saleView) news(n till.News) {
	w := v.s.w
	if sameSale(n, v.sale) {
		v.reread()
	}
	if w.place != PlaceSales || v.number == "" || v.s.refund != nil {
		return
	}
	if n.Slip != nil && n.Slip.Number == v.number {
		slip := *n.Slip
		v.slip = &slip
		v.show()
	}
	if n.Printed != nil && n.Printed.OK && n.Printed.Number == v.number && n.Printed.Sentence != "" {
		w.notify(till.FacePaid, n.Printed.Sentence)
		v.reread()
	}
}

// show draws what is known.
func (v *saleView) show() {
	if v.body == nil {
		return
	}
	w, l := v.s.w, v.s.w.look
	if v.number == "" || v.sale.Number != v.number {
		hint := newProse(w.say("window.sales.choose"), 18, l.muted).centre()
		v.body.Objects = []fyne.CanvasObject{inset(24, 40, 24, 40, column(12, spring(), fit(middle(l.icon("sales", l.muted, 56))), fit(hint), spring()))}
		v.body.Refresh()
		return
	}
	number := newWord(v.sale.Number, 22, l.ink).bold().shrink(15)
	tag := l.tagged(w.till.Tag(v.sale))
	amount := newWord(v.sale.Amount.String(), 52, l.ink).bold().shrink(26)
	parts := []part{fixed(row(12, share(upright(number), 1), fit(tag)), 32), fixed(amount, 68)}
	if text := v.lines(); text != "" {
		goods := newProse(text, 16, l.muted)
		goods.lead = 1.45
		parts = append(parts, fit(goods))
	}
	if v.slip != nil {
		parts = append(parts, share(newSlipView(*v.slip), 1))
	} else {
		parts = append(parts, share(newSwipe(newTimeline(w, v.story)), 1))
	}
	if buttons := v.buttons(); len(buttons) > 0 {
		var bs []part
		for _, b := range buttons {
			bs = append(bs, share(b, wantedShare(b, len(buttons))))
		}
		parts = append(parts, fixed(row(16, bs...), 64))
	}
	v.body.Objects = []fyne.CanvasObject{inset(24, 24, 24, 24, column(12, parts...))}
	v.body.Refresh()
}

// wantedShare is how much of a row of so many buttons one's words want.
func wantedShare(b fyne.CanvasObject, buttons int) float32 {
	if p, ok := b.(*press); ok && buttons > 2 && len(p.name) > 8 {
		return 1.3
	}
	return 1
}

// lines is what was sold, where the till was told.
func (v *saleView) lines() string {
	text, shown := "", 0
	for _, line := range v.sale.Lines {
		if line.Text == "" {
			continue
		}
		if shown == 4 {
			return text + " …"
		}
		if text != "" {
			text += ", "
		}
		text += line.Text
		if line.Count != 1 {
			text += " × " + countText(line.Count)
		}
		shown++
	}
	return text
}

// buttons are what the till offers for the sale's state.
func (v *saleView) buttons() []fyne.CanvasObject {
	w, l := v.s.w, v.s.w.look
	if v.slip != nil {
		return []fyne.CanvasObject{l.button(plainButton, w.say("window.slip.close"), "", func() { v.slip = nil; v.show() })}
	}
	var out []fyne.CanvasObject
	actions := w.till.Tell(v.sale, w.till.Progress(v.sale.ID)).Actions
	if offers := fmt.Sprint(v.number, actions); offers != v.offers {
		v.offers = offers
		v.guard.turn()
	}
	for i, a := range actions {
		k := plainButton
		if i == len(actions)-1 {
			k = mainButton
		}
		switch a {
		case till.ActGoodsGiven:
			out = append(out, l.button(k, w.say("window.act.goods_given"), "", v.guard.once(func() { v.decide(payments.GoodsGiven) })))
		case till.ActGiveBack:
			out = append(out, l.button(k, w.say("window.act.give_back"), "", v.guard.once(func() { v.decide(payments.GiveBack) })))
		case till.ActStop:
			id := v.sale.ID
			out = append(out, l.button(plainButton, w.say("window.act.stop"), "", v.guard.once(func() {
				w.spawn(func() {
					err := w.till.Stop(id)
					w.post(func() {
						v.guard.free()
						if err != nil {
							w.complain(err)
						}
					})
				})
			})))
		}
	}
	if s := v.sale.State(); s == payments.AttemptFailed || s == payments.AttemptCancelled {
		out = append(out, l.button(plainButton, w.say("window.sales.print.unpaid"), "", v.print))
	}
	if v.sale.State().Holds() {
		out = append(out, l.button(plainButton, w.say("window.sales.print"), "", v.print))
	}
	if id := lastRefund(v.sale); id != "" {
		out = append(out, l.button(plainButton, w.say("window.sales.print.refund"), "", func() { v.printRefund(id) }))
	}
	if v.sale.State().Holds() {
		if v.sale.Left().Minor > 0 {
			out = append(out, l.button(mainButton, w.say("window.sales.refund"), "", v.refund))
		}
	}
	return out
}

func (v *saleView) print() {
	w, number := v.s.w, v.number
	w.spawn(func() {
		if err := w.till.Print(number); err != nil {
			w.post(func() { w.complain(err) })
		}
	})
}

// lastRefund is the request id of the newest refund that has a slip; "" when
// there is none.
func lastRefund(s payments.Sale) string {
	for _, r := range slices.Backward(s.Refunds) {
		if r.State == payments.Refunded {
			return r.RefundRequestID
		}
	}
	return ""
}

func (v *saleView) printRefund(id string) {
	w, number := v.s.w, v.number
	w.spawn(func() {
		if err := w.till.PrintRefund(number, id); err != nil {
			w.post(func() { w.complain(err) })
		}
	})
}

func (v *saleView) refund() {
	v.s.refund = newRefund(v.s, v.sale)
	v.s.show()
}

func (v *saleView) decide(d payments.Decision) {
	v.s.w.decide(v.number, d, func() {
		v.guard.free()
		v.reread()
	})
}

// newTimeline is a sale's story, a dot for each moment on a line.
func newTimeline(w *Window, story []till.Moment) *fyne.Container {
	l := w.look
	rail := canvas.NewRectangle(l.line)
	objects := []fyne.CanvasObject{rail}
	type entry struct {
		dot  *canvas.Circle
		at   *word
		text *prose
	}
	var entries []entry
	for _, m := range story {
		e := entry{canvas.NewCircle(l.accent), newWord(w.till.Calendar().In(m.At).Format("15:04:05"), 15, l.muted), newProse(m.Text, 16, l.ink)}
		e.text.lead = 1.4
		entries = append(entries, e)
		objects = append(objects, e.dot, e.at, e.text)
	}
	return newFlow(func(wide float32, draw bool) float32 {
		wide -= scrollRoom
		y := float32(4)
		const left, clock = 24, 76
		for _, e := range entries {
			h := e.text.heightFor(wide - left - clock)
			if draw {
				put(e.dot, 0, y+6, 10, 10)
				put(e.at, left, y, clock, 22)
				put(e.text, left+clock, y, wide-left-clock, h)
			}
			y += max(h, 22) + 16
		}
		if draw {
			put(rail, 4, 4, 2, max(0, y-20))
		}
		return y
	}, objects...)
}
