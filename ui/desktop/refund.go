package desktop

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"

	"ringup/payments"
	"ringup/ui/till"
)

// refund is the panel that gives money back: how much, why, and the result. It
// stands in place of the list of sales until it is closed.
type refund struct {
	s      *sales
	sale   payments.Sale
	tape   till.Tape // the amount, when it is only a part
	part   bool
	reason string
	busy   bool
	slip   *till.Slip
	guard  *guard
	ask    *question
	result *till.Telling

	view    *fyne.Container
	title   *word
	amount  *word
	left    *word
	trouble *word
	confirm *press
	chips   *chips
	why     *field
}

func newRefund(s *sales, sale payments.Sale) *refund {
	r := &refund{s: s, sale: sale, tape: till.NewTape(sale.Amount.Currency), guard: s.w.newGuard()}
	r.build()
	return r
}

// reasons are the usual ones, as keys of phrases.
var reasons = []string{"window.reason.returned", "window.reason.amount", "window.reason.twice"}

func (r *refund) build() {
	r.view = stack()
	r.show()
}

// turn shows another picture than the one before.
func (r *refund) turn() {
	r.guard.turn()
	r.show()
}

// seen is told when the refund comes into view again.
func (r *refund) seen() {
	r.guard.seen()
	r.ask.seen()
}

func (r *refund) show() {
	switch {
	case r.ask != nil:
		r.view.Objects = []fyne.CanvasObject{r.ask.view(r.s.w)}
	case r.result != nil:
		r.view.Objects = []fyne.CanvasObject{r.outcome()}
	default:
		r.view.Objects = []fyne.CanvasObject{r.form()}
		r.refresh()
	}
	r.view.Refresh()
}

// giving is what is to be given back.
func (r *refund) giving() payments.Money {
	if r.part {
		return r.tape.Total()
	}
	return r.sale.Left()
}

func (r *refund) form() fyne.CanvasObject {
	w, l := r.s.w, r.s.w.look
	r.title = newWord(w.say("window.refund.title", "number", r.sale.Number), 22, l.ink).bold().shrink(15)
	r.amount = newWord("", 80, l.ink).bold().right().shrink(32)
	r.left = newWord(w.say("window.refund.left", "left", r.sale.Left(), "paid", r.sale.Paid()), 17, l.muted).shrink(12)
	r.trouble = newWord("", 17, l.no).right().shrink(12)
	at := 0
	if r.part {
		at = 1
	}
	r.chips = l.newChips([]string{w.say("window.refund.whole"), w.say("window.refund.part")}, at, func(i int) {
		r.part = i == 1
		r.refresh()
	})
	r.why = newField(w, r.reason, w.say("window.refund.reason"))
	r.why.OnChanged = func(text string) { r.reason = text }
	why, _ := w.framed(r.why, "", nil)
	var names []string
	for _, key := range reasons {
		names = append(names, w.say(key))
	}
	usual := l.newChips(names, -1, func(i int) { r.reason = names[i]; r.why.SetText(names[i]) })
	for i, n := range names {
		if n == r.reason {
			usual.pick(i)
		}
	}
	back := l.button(plainButton, w.say("window.back"), "Esc", r.close)
	r.confirm = l.button(mainButton, w.say("window.refund.confirm"), "", r.guard.once(func() { r.send(false) }))
	form := l.cardWith(inset(24, 28, 24, 28, column(12,
		fixed(r.title, 30), fixed(r.left, 24), gap(4), fixed(r.chips.box, 56),
		spring(), fixed(r.amount, 104), fixed(r.trouble, 24), spring(),
		fixed(usual.box, 56), fixed(why, 56))))

	var keys []*press
	var objects []fyne.CanvasObject
	for _, k := range []till.Key{"7", "8", "9", till.KeyBack, "4", "5", "6", till.KeyDouble, "1", "2", "3", till.KeyPoint, "0"} {
		b := w.newKey(k, func() { r.press(k) })
		keys = append(keys, b)
		objects = append(objects, b)
	}
	clear := l.button(plainButton, w.say("window.clear"), "", func() { r.press(till.KeyClear) })
	objects = append(objects, clear, form, back, r.confirm)
	both := placed(fyne.NewSize(640, 480), nil, objects...)
	both.Layout.(*free).lay = func(s fyne.Size) {
		if s.Width <= 0 {
			return
		}
		space := edgeFor(s.Width + 2*roomy)
		pad := min(480, max(300, s.Width*0.34))
		left := s.Width - pad - space
		put(form, 0, 0, left, s.Height-80)
		put(back, 0, s.Height-64, left, 64)
		layKeys(keys, left+space, 0, pad, s.Height-80)
		last := keys[len(keys)-1]
		wide := (pad-24)/4 + 8
		put(clear, left+space+wide, last.Position().Y, wide*3-8, last.Size().Height)
		put(r.confirm, left+space, s.Height-64, pad, 64)
	}
	return both
}

func (r *refund) refresh() {
	w, l := r.s.w, r.s.w.look
	r.amount.color = l.ink
	r.trouble.text = ""
	amount := r.giving()
	ok := !amount.IsZero()
	if amount.Minor > r.sale.Left().Minor {
		ok = false
		r.amount.color = l.no
		r.trouble.text = w.say("window.refund.too_much", "left", r.sale.Left())
	}
	r.amount.text = amount.String()
	r.amount.Refresh()
	r.trouble.Refresh()
	r.confirm.enable(ok && !r.busy)
}

// press takes a key of the pad: from then on only a part is given back.
func (r *refund) press(k till.Key) {
	if r.busy || r.result != nil || r.ask != nil {
		return
	}
	if !r.part {
		r.part = true
		r.chips.pick(1)
	}
	if err := r.tape.Press(k); err != nil {
		r.refresh()
		r.trouble.set(r.s.w.till.Explain(err))
		return
	}
	r.refresh()
}

// send asks the till to give the money back. It may take as long as Alipay
// takes; the panel waits and says so.
func (r *refund) send(confirmed bool) {
	if r.busy || r.giving().IsZero() {
		return
	}
	w := r.s.w
	o := till.RefundOrder{Number: r.sale.Number, Amount: r.giving(), Reason: r.reason, Confirmed: confirmed}
	r.busy, r.ask = true, nil
	r.result = &till.Telling{Face: till.FaceSending, Title: w.say("window.refund.sending"), Amount: o.Amount.String(), Detail: w.say("window.refund.sending.detail")}
	r.turn()
	w.spawn(func() {
		sale, err := w.till.Refund(context.Background(), o)
		w.post(func() { r.done(o, sale, err) })
	})
}

func (r *refund) done(o till.RefundOrder, sale payments.Sale, err error) {
	w := r.s.w
	r.busy, r.result = false, nil
	switch {
	case errors.Is(err, payments.ErrConfirm) && r.s.refund == r:
		r.ask = &question{
			face: till.FaceDecide, title: w.say("window.refund.ask"), amount: o.Amount.String(), detail: w.till.Explain(err),
			choices: []choice{
				{text: w.say("window.back"), do: func() { r.ask = nil; r.turn() }},
				{text: w.say("window.refund.ask.sure"), main: true, do: func() { r.send(true) }},
			},
		}
	case err != nil:
		w.complain(err)
	default:
		r.sale = sale
		r.tell(o.Amount)
		r.s.detail.reread()
		w.countTasks()
		if r.s.refund != r || w.place != PlaceSales { // nobody is looking
			w.shell.notice.show(r.result.Face, r.result.Title+" · "+r.result.Amount, w.say("window.show"), func() { w.openSale(r.sale.Number) })
		}
	}
	r.turn()
}

// tell says how the latest refund stands.
func (r *refund) tell(amount payments.Money) {
	w := r.s.w
	t := till.Telling{Face: till.FaceFinding, Title: w.say("window.refund.unknown"), Amount: amount.String(), Detail: w.say("window.refund.unknown.detail")}
	if n := len(r.sale.Refunds); n > 0 {
		switch r.sale.Refunds[n-1].State {
		case payments.Refunded:
			t.Face, t.Title = till.FacePaid, w.say("window.refund.done")
			t.Detail = w.say("window.refund.done.detail", "number", r.sale.Number, "left", r.sale.Left())
		case payments.RefundFailed:
			t.Face, t.Title, t.Detail = till.FaceNotPaid, w.say("window.refund.failed"), w.say("window.refund.failed.detail")
		}
	}
	r.result = &t
}

// outcome is the picture of the result, with the slip beside it if one came.
func (r *refund) outcome() fyne.CanvasObject {
	w := r.s.w
	p := w.look.newPanel()
	var choices []choice
	if !r.busy {
		choices = []choice{{text: w.say("window.done"), hint: "Esc", keys: []fyne.KeyName{fyne.KeyEscape}, main: true, do: r.guard.once(r.close)}}
	}
	p.set(*r.result, choices)
	if r.slip == nil {
		return p
	}
	slip := newSlipView(*r.slip)
	both := placed(fyne.NewSize(600, 400), nil, p, slip)
	both.Layout.(*free).lay = func(s fyne.Size) { layBeside(p, slip, s) }
	return both
}

// news takes what becomes known of the refund after all.
func (r *refund) news(n till.News) {
	if n.Slip != nil && n.Slip.Number == r.sale.Number && (r.busy || r.result != nil) {
		slip := *n.Slip
		r.slip = &slip
		r.show()
	}
	if r.busy || !sameSale(n, r.sale) {
		return
	}
	r.sale = *n.Sale
	if r.result != nil && len(r.sale.Refunds) > 0 {
		r.tell(r.sale.Refunds[len(r.sale.Refunds)-1].Amount)
		r.show()
	} else if r.ask == nil {
		r.refresh()
	}
}

// close goes back to the sale. What is under way goes on.
func (r *refund) close() {
	r.s.refund = nil
	r.s.detail.guard.seen()
	r.s.show()
	r.s.detail.reread()
}

// typed implements typist: digits are the part to give back.
func (r *refund) typed(x rune) func() {
	if r.busy || r.result != nil || r.ask != nil {
		return func() {}
	}
	k, ok := keyOf(x)
	if !ok || k == till.KeyPlus || k == till.KeyTimes || k == till.KeyEquals {
		return func() {}
	}
	tape, part := r.tape.Clone(), r.part
	r.press(k)
	return func() {
		r.tape, r.part = tape, part
		r.chips.pick(map[bool]int{false: 0, true: 1}[part])
		r.refresh()
	}
}

// pressed implements typist. No Enter sends a refund.
func (r *refund) pressed(k *fyne.KeyEvent) {
	switch {
	case r.ask != nil || r.busy:
	case k.Name == fyne.KeyEscape:
		r.close()
	case r.result == nil && k.Name == fyne.KeyBackspace:
		r.press(till.KeyBack)
	}
}
