package till

import (
	"context"
	"errors"
	"sync"

	"ringup/payments"
	"ringup/receipts"
)

// errSlipGone says that the program ended while a slip was on its way.
var errSlipGone = errors.New("the slip could not be made")

// slips prints what happens after "paid": one slip after the other, off
// everybody's way.
type slips struct {
	t    *Till
	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup
	wake chan struct{}

	mu      sync.Mutex
	mine    map[string]bool // request ids of attempts and refunds that this start began, until their end
	waiting []printOrder
	busy    bool
	idle    *sync.Cond
	problem error // of the last print
}

// printOrder asks for one slip; what is "sale", "test" or a refund's request id.
type printOrder struct {
	saleID, number, what string
	copy                 bool
	done                 func(error)
}

const (
	whatSale = "sale"
	whatTest = "test"
)

func (t *Till) openSlips() (*slips, error) {
	ctx, stop := context.WithCancel(context.Background())
	s := &slips{t: t, ctx: ctx, stop: stop, wake: make(chan struct{}, 1), mine: map[string]bool{}}
	s.idle = sync.NewCond(&s.mu)
	s.work.Add(1)
	go s.run()
	return s, nil
}

func (s *slips) close() {
	s.stop()
	s.work.Wait()
}

// own says that this start began an attempt or refund of the sale: its slip is
// printed when it comes to its good end. What an earlier start left is offered
// for printing and never printed by itself: the customer has gone.
func (s *slips) own(sale payments.Sale, requestID string) {
	s.mu.Lock()
	s.mine[requestID] = true
	s.mu.Unlock()
	s.afterPaid(sale) // it may have ended already
}

// afterPaid orders the slip of each payment and refund that this start began
// and that has come to its good end, once.
func (s *slips) afterPaid(sale payments.Sale) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range sale.Attempts {
		s.ended(sale, a.PaymentRequestID, whatSale, a.State.Final(), a.State == payments.AttemptPaid)
	}
	for _, r := range sale.Refunds {
		s.ended(sale, r.RefundRequestID, r.RefundRequestID, r.State.Final(), r.State == payments.Refunded)
	}
}

func (s *slips) ended(sale payments.Sale, id, what string, final, good bool) {
	if !final || !s.mine[id] {
		return
	}
	delete(s.mine, id)
	if good && s.t.options.AutoPrint {
		s.add(printOrder{saleID: sale.ID, number: sale.Number, what: what})
	}
}

// order adds a slip to the queue.
func (s *slips) order(o printOrder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(o)
}

func (s *slips) add(o printOrder) {
	s.waiting = append(s.waiting, o)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *slips) run() {
	defer s.work.Done()
	for {
		s.mu.Lock()
		var next *printOrder
		if len(s.waiting) > 0 {
			o := s.waiting[0]
			s.waiting, next = s.waiting[1:], &o
		}
		s.busy = next != nil
		if !s.busy {
			s.idle.Broadcast()
		}
		s.mu.Unlock()
		if next != nil {
			s.print(*next)
			continue
		}
		select {
		case <-s.wake:
		case <-s.ctx.Done():
			return
		}
	}
}

// print makes and sends one slip, notes how it ended and tells the screens.
func (s *slips) print(o printOrder) {
	t := s.t
	address := t.Settings().Printer
	slip, err := t.slipOf(o)
	state := printPreview
	switch {
	case err != nil:
		state = printFailed
	case address != "":
		state, err = t.send(s.ctx, slip, address)
	default:
		var shown Slip
		if shown, err = t.picture(slip, nil); err == nil {
			t.tell(News{Slip: &shown})
		}
	}
	s.mu.Lock()
	s.problem = err
	s.mu.Unlock()
	if o.what != whatTest {
		t.notePrint(o.saleID, o.what, address, state, err)
	}
	outcome := PrintOutcome{Number: o.number, OK: err == nil}
	if err != nil {
		outcome.Sentence = t.Explain(err)
	}
	t.tell(News{Printed: &outcome, Lights: true})
	if o.done != nil {
		o.done(err)
	}
}

// slipOf is the slip of an order as the books hold the sale now.
func (t *Books) slipOf(o printOrder) (receipts.Slip, error) {
	if o.what == whatTest {
		return t.testPage(), nil
	}
	sale, err := t.journal.Sale(o.saleID)
	if err != nil {
		return receipts.Slip{}, err
	}
	if o.what == whatSale {
		return t.form(o.copy).Sale(sale)
	}
	return t.form(o.copy).Refund(sale, o.what)
}

// Print prints a paid sale's slip again, as a COPY, on the shop's printer or
// on screen. It returns at once; Listen tells how it ended.
func (t *Till) Print(number string) error {
	sale, err := t.journal.SaleByNumber(number)
	if err != nil {
		return err
	}
	if !sale.State().Holds() {
		return receipts.ErrNotPaid
	}
	t.slips.order(printOrder{saleID: sale.ID, number: number, what: whatSale, copy: true})
	return nil
}

// PrintTest prints the test page and waits for it.
func (t *Till) PrintTest() error {
	done := make(chan error, 1)
	t.slips.order(printOrder{what: whatTest, done: func(err error) { done <- err }})
	select {
	case err := <-done:
		return err
	case <-t.slips.ctx.Done():
		return errSlipGone
	}
}

// FinishPrinting waits until no slip is waiting or on its way, that of the
// settled sale among them.
func (t *Till) FinishPrinting(ctx context.Context, settled payments.Sale) {
	s := t.slips
	s.afterPaid(settled)
	defer context.AfterFunc(ctx, s.idle.Broadcast)()
	s.mu.Lock()
	defer s.mu.Unlock()
	for (s.busy || len(s.waiting) > 0) && ctx.Err() == nil && s.ctx.Err() == nil {
		s.idle.Wait()
	}
}

// light is the printer's light: how the last slip went.
func (s *slips) light() Light {
	say := s.t.Book().Say
	address := s.t.Settings().Printer
	l := Light{Name: say("light.printer"), On: true}
	s.mu.Lock()
	problem := s.problem
	s.mu.Unlock()
	switch {
	case problem != nil:
		l.On, l.Sentence = false, say("light.printer.failed", "why", s.t.Explain(problem))
	case address == "":
		l.Sentence = say("light.printer.preview")
	default:
		l.Sentence = say("light.printer.ready", "printer", address)
	}
	return l
}
