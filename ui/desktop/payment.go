package desktop

import (
	"context"
	"reflect"
	"time"

	"fyne.io/fyne/v2"

	"ringup/payments"
	"ringup/ui/till"
)

// paidStays is how long a paid sale stays in view by itself.
const paidStays = 8 * time.Second

// payment is a sale on its way to being paid, as the till tells it. It asks
// nothing of Alipay and decides nothing; leaving it changes nothing.
type payment struct {
	c       *counter
	order   till.Order
	sale    payments.Sale
	known   bool // sale is what the till said
	early   []till.News
	doing   payments.Progress
	telling till.Telling
	since   time.Time // when the present picture came
	guard   *guard
	slip    *till.Slip
	panel   *panel
	view    *fyne.Container
	frozen  bool // the till can't write: nothing leads from here
}

func newPayment(c *counter, o till.Order) *payment {
	p := &payment{c: c, order: o, since: c.w.now(), guard: c.w.newGuard()}
	p.telling = till.Telling{
		Face: till.FaceSending, Title: c.w.say("window.pay.sending"), Amount: o.Amount.String(),
		Detail: c.w.say("window.pay.sending.detail"),
	}
	p.build()
	return p
}

func (p *payment) build() {
	p.panel = p.c.w.look.newPanel()
	p.view = stack()
	p.arrange()
	p.refresh()
}

// arrange puts the slip beside the picture when there is one.
func (p *payment) arrange() {
	if p.slip == nil {
		p.view.Objects = []fyne.CanvasObject{p.panel}
		p.view.Refresh()
		return
	}
	slip := newSlipView(*p.slip)
	both := placed(fyne.NewSize(600, 400), nil, p.panel, slip)
	both.Layout.(*free).lay = func(s fyne.Size) { layBeside(p.panel, slip, s) }
	p.view.Objects = []fyne.CanvasObject{both}
	p.view.Refresh()
}

// layBeside puts a slip to the right of a picture.
func layBeside(picture, slip fyne.CanvasObject, s fyne.Size) {
	side := min(400, max(240, s.Width*0.27))
	put(picture, 0, 0, s.Width-side-16, s.Height)
	put(slip, s.Width-side, 0, side, s.Height)
}

// seen is told when the payment comes into view again.
func (p *payment) seen() {
	p.since = p.c.w.now() // a paid sale is seen before it leaves
	p.guard.seen()
}

// begun takes the sale that is on disk now, with what came before it was
// known here.
func (p *payment) begun(s payments.Sale) {
	p.sale, p.doing, p.known = s, p.c.w.till.Progress(s.ID), true
	early := p.early
	p.early = nil
	p.retell()
	for _, n := range early {
		p.hear(n)
	}
}

// locked shows that the till can't write.
func (p *payment) locked(sentence string) {
	p.frozen = true
	p.telling = till.Telling{Face: till.FaceLocked, Title: p.c.w.say("window.locked"), Amount: p.order.Amount.String(), Detail: sentence}
	p.refresh()
}

// hear takes news, and tells whether it was about this payment.
func (p *payment) hear(n till.News) bool {
	if !p.known {
		p.early = append(p.early, n)
		return true
	}
	mine := false
	if sameSale(n, p.sale) {
		p.sale, p.doing, mine = *n.Sale, n.Progress, true
		p.retell()
	}
	if n.Slip != nil && n.Slip.Number == p.sale.Number {
		slip := *n.Slip
		p.slip, mine = &slip, true
		p.arrange()
	}
	if n.Printed != nil && n.Printed.Number == p.sale.Number {
		mine = true
		p.retell()
	}
	return mine
}

// retell asks the till for the words of the present state.
func (p *payment) retell() {
	if !p.known || p.frozen {
		return
	}
	t := p.c.w.till.Tell(p.sale, p.doing)
	if reflect.DeepEqual(t, p.telling) {
		return
	}
	if t.Face != p.telling.Face {
		p.since = p.c.w.now()
		p.guard.turn()
		if t.Face != till.FacePaid && p.slip != nil {
			p.slip = nil
			p.arrange()
		}
		if p.c.w.place != PlaceTill {
			p.announce(t)
		}
	}
	p.telling = t
	p.refresh()
}

// announce tells of a new picture while another place is in view.
func (p *payment) announce(t till.Telling) {
	p.c.w.shell.notice.show(t.Face, t.Title+" · "+t.Amount, p.c.w.say("window.show"), func() { p.c.w.Go(PlaceTill) })
}

func (p *payment) refresh() { p.panel.set(p.telling, p.choices()) }

func (p *payment) offers(a till.Action) bool {
	for _, has := range p.telling.Actions {
		if has == a {
			return true
		}
	}
	return false
}

// choices are the buttons of the present picture, with their keys. Where goods
// must be kept no Enter leads on, since a scanner ends with one.
func (p *payment) choices() []choice {
	w := p.c.w
	var out []choice
	for i, a := range p.telling.Actions {
		c := choice{text: w.say("window.act." + string(a)), main: i == len(p.telling.Actions)-1}
		switch a {
		case till.ActStop:
			c.main = false
			c.hint, c.keys, c.do = "Esc", []fyne.KeyName{fyne.KeyEscape}, p.stop
		case till.ActNext:
			c.hint, c.keys, c.do = "F2", []fyne.KeyName{fyne.KeyF2}, p.c.next
			if p.telling.Face == till.FacePaid {
				c.text = w.say("window.act.next.paid")
				c.hint, c.keys = "Enter", append(c.keys, fyne.KeyReturn, fyne.KeyEnter, fyne.KeyEscape)
			}
		case till.ActAgain:
			c.hint, c.keys, c.do = "Enter", []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter}, p.c.retry
		case till.ActGiveUp:
			c.hint, c.keys, c.do = "Esc", []fyne.KeyName{fyne.KeyEscape, fyne.KeyF2}, p.c.next
		case till.ActPrint:
			c.hint, c.keys, c.do = "F4", []fyne.KeyName{fyne.KeyF4}, p.print
		case till.ActGoodsGiven:
			c.do = func() { p.decide(payments.GoodsGiven) }
		case till.ActGiveBack:
			c.do = func() { p.decide(payments.GiveBack) }
		}
		c.do = p.guard.once(c.do)
		out = append(out, c)
	}
	return out
}

func (p *payment) stop() {
	id := p.sale.ID
	p.c.w.spawn(func() {
		err := p.c.w.till.Stop(id)
		p.c.w.post(func() {
			p.guard.free()
			if err != nil {
				p.c.w.complain(err)
			}
		})
	})
}

func (p *payment) print() {
	number := p.sale.Number
	p.c.w.spawn(func() {
		err := p.c.w.till.Print(number)
		p.c.w.post(func() {
			p.guard.free()
			if err != nil {
				p.c.w.complain(err)
			}
		})
	})
	p.since = p.c.w.now() // it stays a while longer
}

func (p *payment) decide(d payments.Decision) {
	number := p.sale.Number
	p.c.w.spawn(func() {
		sale, err := p.c.w.till.Decide(context.Background(), number, d)
		p.c.w.post(func() {
			p.guard.free()
			if err != nil {
				p.c.w.complain(err)
				return
			}
			p.sale = sale
			p.retell()
		})
	})
}

// tick counts the seconds on, and leaves a paid sale after a while.
func (p *payment) tick(now time.Time) {
	if p.telling.Face == till.FacePaid && now.Sub(p.since) > paidStays && p.c.w.place == PlaceTill {
		p.c.next()
		return
	}
	switch p.telling.Face {
	case till.FacePaid, till.FaceNotPaid, till.FaceCancelled:
	default:
		p.retell()
	}
}

func (p *payment) pressed(k *fyne.KeyEvent) { p.panel.choose(k.Name) }
