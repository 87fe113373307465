package desktop

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"ringup/payments"
	"ringup/ui/till"
)

// heldFor is how long a code that came before its amount is kept.
const heldFor = 30 * time.Second

// lateFor is how long after its payment left the screen a code may still be
// read a second time, by a scanner that reads twice or a hand that was slow.
const lateFor = 10 * time.Second

// counter is the till's place: the calculator, and after a scan the payment.
type counter struct {
	w       *Window
	tape    till.Tape
	view    *fyne.Container // the calculator or the payment
	pad     *padView
	phone   *phone // nil outside training
	held    *heldCode
	again   *payments.Sale // its next attempt is to be scanned
	trouble string         // why a key or a scan was refused
	until   time.Time      // when trouble goes
	ready   error
	quoted  atomic.Pointer[payments.Money] // that the customer was shown last
	quoting sync.Mutex
	pay     *payment  // under way or just ended; nil: the calculator is in view
	ask     *question // before a payment
	about   string    // the number of the open sale that it asks about
	charge  *guard    // before the kept code is charged
	last    spentCode // of the payment that left the screen last
}

// heldCode is a scanned code that waits for its amount.
type heldCode struct {
	text, masked string
	until        time.Time
}

// spentCode is a code that a payment was made with.
type spentCode struct {
	text   string
	unpaid bool // it is spent all the same
	until  time.Time
}

func newCounter(w *Window) *counter {
	c := &counter{w: w, tape: till.NewTape(w.till.Currency()), ready: w.till.Ready(), charge: w.newGuard()}
	c.quoted.Store(&payments.Money{})
	return c
}

func (c *counter) build() fyne.CanvasObject {
	if phone := c.w.till.Phone(); phone != nil {
		if c.phone == nil {
			c.phone = newPhone(c, phone)
		}
		c.phone.build()
	}
	if c.tape.Currency() != c.w.till.Currency() {
		c.tape = till.NewTape(c.w.till.Currency())
	}
	c.pad = newPadView(c)
	c.view = stack()
	if c.pay != nil {
		c.pay.build()
	}
	c.show()
	return c.view
}

func (c *counter) enter() {
	if c.pay != nil {
		c.pay.seen()
	}
	c.ask.seen()
	c.show()
}

// show brings into view what there is to show.
func (c *counter) show() {
	c.quote()
	var o fyne.CanvasObject
	switch {
	case c.ask != nil:
		o = c.ask.view(c.w)
	case c.pay != nil:
		o = c.pay.view
	default:
		c.pad.refresh()
		o = c.pad.box
	}
	if len(c.view.Objects) != 1 || c.view.Objects[0] != o {
		c.view.Objects = []fyne.CanvasObject{o}
		c.view.Refresh()
	}
}

// quotedAfter lets go by what a scanner types before it is known as one.
const quotedAfter = 250 * time.Millisecond

// quote shows the amount to the customer when it changes; a payment under way
// shows its own.
func (c *counter) quote() {
	amount := c.amount()
	if !c.idle() || amount.Minor == c.quoted.Load().Minor {
		return
	}
	c.quoted.Store(&amount)
	c.w.after(quotedAfter, func() {
		if !c.idle() { // a payment has begun, and the display is its own
			c.quoted.Store(&payments.Money{Minor: -1})
			return
		}
		c.w.spawn(func() {
			c.quoting.Lock()
			defer c.quoting.Unlock()
			c.w.till.Quote(*c.quoted.Load()) // the latest, whichever goroutine comes last
		})
	})
}

// idle tells whether the calculator is in view.
func (c *counter) idle() bool { return c.pay == nil && c.ask == nil }

// press takes a key of the calculator, from glass or keyboard.
func (c *counter) press(k till.Key) {
	if k == till.KeyClear {
		c.clear()
		return
	}
	if c.again != nil {
		return // the amount is the sale's
	}
	c.took(c.tape.Press(k))
}

func (c *counter) preset(p till.Preset) {
	if c.again == nil {
		c.took(c.tape.AddPreset(p))
	}
}

func (c *counter) took(err error) {
	if err != nil {
		c.refuse(c.w.till.Explain(err))
	} else {
		c.trouble = ""
	}
	c.show()
}

// clear begins anew: first a trouble or a held code goes, then the tape.
func (c *counter) clear() {
	c.held, c.again, c.trouble = nil, nil, ""
	c.tape = till.NewTape(c.w.till.Currency())
	c.show()
}

// refuse says what is wrong, where the scan's prompt stands.
func (c *counter) refuse(sentence string) {
	c.trouble, c.until = sentence, c.w.now().Add(noticeStays)
	c.show()
}

// amount is what the next scan would charge.
func (c *counter) amount() payments.Money {
	if c.again != nil {
		return c.again.Amount
	}
	return c.tape.Total()
}

// payCode takes a scanned payment code. It charges only what stands before the
// cashier's eyes; otherwise the code is kept for a while.
func (c *counter) payCode(text, masked string, inView bool) {
	if spent, unpaid := c.spent(text); spent {
		if unpaid {
			c.w.refuse(till.FaceNotPaid, c.w.say("window.scan.spent"))
		}
		return
	}
	switch {
	case c.ask != nil:
		c.w.notify(till.FaceFinding, c.w.say("window.scan.answer_first"))
		return
	case c.pay != nil && c.pay.offers(till.ActAgain):
		c.again = &c.pay.sale
		c.leave()
	case c.pay != nil && c.pay.telling.Face == till.FacePaid:
		c.next()
	case c.pay != nil:
		c.w.notify(till.FaceFinding, c.w.say("window.scan.busy"))
		return
	}
	if inView && !c.amount().IsZero() {
		c.sell(text, false)
		return
	}
	c.held = &heldCode{text, masked, c.w.now().Add(heldFor)}
	c.trouble = ""
	if inView {
		c.show()
	} else {
		c.w.Go(PlaceTill)
	}
}

// spent tells whether a code is that of the payment on the screen, or of the
// one that just left it, and whether that was not paid. A second read of a code
// that paid says nothing new.
func (c *counter) spent(text string) (spent, unpaid bool) {
	if c.pay != nil && c.pay.order.Code == text {
		return true, c.pay.offers(till.ActAgain)
	}
	if c.last.text == text && (c.again != nil || c.w.now().Before(c.last.until)) {
		return true, c.last.unpaid
	}
	return false, false
}

// leave takes the payment off the screen.
func (c *counter) leave() {
	if c.pay != nil && c.pay.order.Code != "" {
		c.last = spentCode{c.pay.order.Code, c.pay.offers(till.ActAgain), c.w.now().Add(lateFor)}
	}
	c.pay = nil
}

// chargeHeld charges the kept code, by a person's wish.
func (c *counter) chargeHeld() {
	if c.held != nil && !c.amount().IsZero() {
		c.charge.settled(func() { c.sell(c.held.text, false) })()
	}
}

// sell begins a payment. What the till answers comes back to sold.
func (c *counter) sell(code string, sameAmountOK bool) {
	o := till.Order{Amount: c.amount(), Code: code, SameAmountOK: sameAmountOK}
	if c.again != nil {
		o.Again, o.Lines = c.again.ID, c.again.Lines
	} else {
		o.Lines = c.tape.Lines()
	}
	c.held, c.trouble, c.ask = nil, "", nil
	c.pay = newPayment(c, o)
	if c.phone != nil {
		c.phone.used(code)
	}
	c.show()
	pay := c.pay
	c.w.spawn(func() {
		sale, err := c.w.till.Sell(context.Background(), o)
		c.w.post(func() { c.sold(pay, sale, err) })
	})
}

// sold is the till's answer: the sale is on disk and under way, or it was not
// begun.
func (c *counter) sold(pay *payment, sale payments.Sale, err error) {
	if c.pay != pay {
		return
	}
	var same *payments.SameAmountError
	switch {
	case err == nil:
		c.tape, c.again = till.NewTape(c.w.till.Currency()), nil
		pay.begun(sale)
	case errors.As(err, &same):
		c.pay = nil
		c.ask, c.about = c.sameCustomer(pay.order, same.Number), same.Number
		c.look()
	case errors.Is(err, payments.ErrLocked):
		pay.locked(c.w.till.Explain(err))
	default:
		c.pay = nil
		c.refuse(c.w.till.Explain(err))
	}
	c.show()
}

// sameCustomer asks whether an open sale of the same amount is this one.
func (c *counter) sameCustomer(o till.Order, number string) *question {
	return &question{
		face: till.FaceDecide, title: c.w.say("window.same.title"), amount: o.Amount.String(),
		detail: c.w.say("window.same.detail", "number", number, "amount", o.Amount),
		choices: []choice{
			{text: c.w.say("window.same.other"), do: func() { c.ask = nil; c.sell(o.Code, true) }},
			{text: c.w.say("window.same.same"), main: true, do: func() { c.ask = nil; c.watch(number) }},
		},
	}
}

// look reads the sale that the question is about: it may have been settled
// while the question was on its way.
func (c *counter) look() {
	ask, number := c.ask, c.about
	c.w.spawn(func() {
		sale, err := c.w.till.Sale(number)
		c.w.post(func() {
			if err == nil && c.ask == ask {
				c.settled(sale)
			}
		})
	})
}

// settled tells in the question that the sale it asks about is open no more.
func (c *counter) settled(s payments.Sale) {
	if c.ask == nil || s.Number != c.about || s.Open() || len(s.Attempts) == 0 {
		return
	}
	key := "window.same.settled.detail"
	if s.State().Holds() {
		key = "window.same.paid.detail"
	}
	c.ask.retell(c.w.say("window.same.title"), c.w.say(key, "number", s.Number, "amount", s.Amount))
}

// watch shows the payment of a sale that is under way already.
func (c *counter) watch(number string) {
	c.show()
	c.w.spawn(func() {
		sale, err := c.w.till.Sale(number)
		c.w.post(func() {
			if err != nil {
				c.w.complain(err)
				return
			}
			c.clear()
			c.pay = newPayment(c, till.Order{Amount: sale.Amount})
			c.pay.begun(sale)
			c.w.Go(PlaceTill)
		})
	})
}

// next leaves the payment for the next customer. What is under way goes on by
// itself and stands under Attention.
func (c *counter) next() {
	c.leave()
	c.ask, c.again = nil, nil
	c.show()
}

// retry leaves the payment to scan a new code for the same sale.
func (c *counter) retry() {
	c.again = &c.pay.sale
	c.leave()
	c.show()
}

func (c *counter) news(n till.News) {
	if n.Lights {
		c.ready = c.w.till.Ready()
		if c.pad != nil {
			c.pad.prompt.show()
		}
	}
	if n.Sale != nil {
		c.settled(*n.Sale)
	}
	if c.pay == nil || !c.pay.hear(n) {
		c.other(n)
	}
}

// other tells in a notice how a sale went that isn't in view any more.
func (c *counter) other(n till.News) {
	if n.Sale == nil || n.Sale.Open() || len(n.Sale.Attempts) == 0 {
		return
	}
	last := n.Sale.Last()
	if c.w.now().Sub(last.SettledAt) > time.Minute || len(n.Sale.Refunds) > 0 {
		return
	}
	sale := *n.Sale
	tag := c.w.till.Tag(sale)
	c.w.shell.notice.show(tag.Face, c.w.say("window.news", "number", sale.Number, "amount", sale.Amount, "state", tag.Text),
		c.w.say("window.show"), func() { c.w.openSale(sale.Number) })
}

func (c *counter) tick(now time.Time) {
	if c.phone != nil {
		c.phone.tick(now)
	}
	if c.held != nil && now.After(c.held.until) {
		c.held = nil
	}
	if c.trouble != "" && now.After(c.until) {
		c.trouble = ""
	}
	c.ready = c.w.till.Ready()
	if c.pay != nil {
		c.pay.tick(now)
	}
	if c.idle() {
		c.pad.prompt.show()
	}
}

// typed implements typist: characters go to the tape. On a paid sale they
// serve the next customer, and are not lost.
func (c *counter) typed(r rune) func() {
	if c.ask != nil {
		return func() {}
	}
	k, ok := keyOf(r)
	if !ok {
		return func() {}
	}
	left := c.pay
	if left != nil {
		if left.telling.Face != till.FacePaid || k == till.KeyEquals {
			return func() {}
		}
		c.next()
	}
	before, trouble := c.tape.Clone(), c.trouble
	c.press(k)
	return func() {
		c.tape, c.trouble = before, trouble
		if c.idle() {
			c.pay = left // it was the scanner's digit that left the paid sale
		}
		c.show()
	}
}

// keyOf is the calculator's key of a character.
func keyOf(r rune) (till.Key, bool) {
	switch {
	case r >= '0' && r <= '9':
		return till.Key(r), true
	case r == '.' || r == ',' || r == '。':
		return till.KeyPoint, true
	case r == '+':
		return till.KeyPlus, true
	case r == '*' || r == 'x' || r == 'X' || r == '×':
		return till.KeyTimes, true
	case r == '=':
		return till.KeyEquals, true
	}
	return "", false
}

// pressed implements typist.
func (c *counter) pressed(k *fyne.KeyEvent) {
	switch {
	case c.ask != nil:
		if k.Name == fyne.KeyEscape { // nothing is charged, the amount stays
			c.ask.guard.settled(func() { c.ask = nil; c.show() })()
		}
	case c.pay != nil:
		c.pay.pressed(k)
	default:
		switch k.Name {
		case fyne.KeyReturn, fyne.KeyEnter:
			c.press(till.KeyEquals)
		case fyne.KeyBackspace:
			c.press(till.KeyBack)
		case fyne.KeyEscape, fyne.KeyDelete:
			c.press(till.KeyClear)
		case fyne.KeyF3:
			c.chargeHeld()
		}
	}
}
