package till

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync"

	"ringup/devices/printer"
	"ringup/payments"
	"ringup/receipts"
	"ringup/receipts/escpos"
)

// slips prints what happens after "paid", off everybody's way: on screen, or
// through the queue of the printer that is set up.
type slips struct {
	t     *Till
	queue *printer.Queue
	// printers are those of the queue, and of whatever else has something to
	// say to one: each stands at the end of its link once, so that they wait
	// for each other.
	printers printers
	running  context.Context // ends with the till
	stop     context.CancelFunc
	work     sync.WaitGroup

	mu      sync.Mutex
	mine    map[string]bool // request ids of attempts and refunds that this start began, until their end
	pending map[string]bool // ids of jobs of this start that are not settled, and of drawers that open
	changed *sync.Cond
	problem error         // of the newest print; nil when it went well
	state   *PrinterState // what the printer said since; nil when nothing

	again sync.Mutex // one of those that were not printed is printed again at a time
}

// What a print is of, beside a refund's request id.
const (
	whatSale      = "sale"
	whatDeclined  = "declined"
	whatCancelled = "cancelled"
)

// whatIs is the slip that a sale has as it stands now: of its payment, or that
// there was none.
func whatIs(s payments.Sale) string {
	switch s.State() {
	case payments.AttemptFailed:
		return whatDeclined
	case payments.AttemptCancelled:
		return whatCancelled
	}
	return whatSale
}

// refSeparator stands between a job's sale and what of it is printed.
const refSeparator = " "

func refOf(saleID, what string) string { return saleID + refSeparator + what }

func (t *Till) openSlips() *slips {
	ctx, stop := context.WithCancel(context.Background())
	s := &slips{t: t, running: ctx, stop: stop, mine: map[string]bool{}, pending: map[string]bool{}}
	s.changed = sync.NewCond(&s.mu)
	s.queue = printer.NewQueue(s.jobs(), s.printers.open, s.told)
	s.work.Add(3)
	go func() {
		defer s.work.Done()
		t.pole.run(ctx)
	}()
	go func() {
		defer s.work.Done()
		s.watch(ctx)
	}()
	go func() {
		defer s.work.Done()
		if err := s.queue.Run(ctx); err != nil {
			t.options.Log.Error("print queue", "error", err)
			s.went(err)
		}
	}()
	return s
}

func (s *slips) jobs() printJobs { return printJobs{s.t.journal} }

func (s *slips) close() {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	s.work.Wait()
}

// begin counts one more piece of work, which is pending and which close waits
// for; false when the till is closing already.
func (s *slips) begin(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running.Err() != nil {
		return false
	}
	s.work.Add(1)
	s.pending[id] = true
	return true
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

// afterPaid prints the slip of each payment and refund that this start began
// and that has come to its good end, once.
func (s *slips) afterPaid(sale payments.Sale) {
	for _, a := range sale.Attempts {
		if s.ended(a.PaymentRequestID, a.State.Final()) && a.State == payments.AttemptPaid && !a.Contested {
			s.pulse(sale, DrawerOnPaid)
			_ = s.print(sale, whatSale, false, "") // told
		}
	}
	for _, r := range sale.Refunds {
		if s.ended(r.RefundRequestID, r.State.Final()) && r.State == payments.Refunded {
			s.pulse(sale, DrawerOnRefund)
			_ = s.print(sale, r.RefundRequestID, false, "")
		}
	}
}

// ended reports, once for each id, that what this start began is over and its
// slip wanted.
func (s *slips) ended(id string, final bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !final || !s.mine[id] {
		return false
	}
	delete(s.mine, id)
	return s.t.options.AutoPrint
}

// print shows a slip on screen, or puts it into the printer's queue; of is the
// job that it prints again, "" for none. It never waits for a printer. The
// error, if it could not even begin, is told like any other end.
func (s *slips) print(sale payments.Sale, what string, copy bool, of string) error {
	t := s.t
	slip, err := t.slipOf(sale, what, copy)
	address := t.Settings().Printer
	switch {
	case err != nil:
	case address == "":
		var shown Slip
		if shown, err = t.picture(slip, nil); err == nil {
			t.notePrint(sale.ID, what, "", printPreview, nil)
			s.went(nil)
			t.tell(News{Slip: &shown})
			return nil
		}
	default:
		var job []byte
		if job, err = escpos.Encode(slip, t.Settings().profile()); err == nil {
			err = s.put(printer.Job{ID: rand.Text(), Link: address, Ref: refOf(sale.ID, what), Data: job}, of)
		}
		if err == nil {
			return nil
		}
	}
	t.notePrint(sale.ID, what, address, printFailed, err)
	s.went(err)
	t.tell(News{Printed: &PrintOutcome{Number: sale.Number, Sentence: t.Explain(err)}, Lights: true})
	return err
}

func (s *slips) put(j printer.Job, of string) error {
	s.mu.Lock()
	s.pending[j.ID] = true
	s.mu.Unlock()
	var err error
	if of == "" {
		err = s.queue.Print(j)
	} else {
		err = s.queue.Reprint(of, j)
	}
	if err != nil {
		s.over(j.ID)
	}
	return err
}

// over says that nothing more comes of what was pending.
func (s *slips) over(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pending, id)
	s.changed.Broadcast()
}

// told hears from the queue how a job goes, notes its end in the books and
// tells the screens.
func (s *slips) told(j printer.Job) {
	t := s.t
	saleID, what, _ := strings.Cut(j.Ref, refSeparator)
	outcome := PrintOutcome{}
	if sale, err := t.journal.Sale(saleID); err == nil {
		outcome.Number = sale.Number
	}
	var problem error
	switch j.State {
	case printer.StatePrinted, printer.StateSent:
		outcome.OK = true
	case printer.StateWaiting, printer.StateSending:
		// It goes on by itself once that is mended: nothing to print again.
		problem = problemOf(j)
		outcome.Waits = true
		outcome.Sentence = t.Book().Say("print.waiting", "title", t.Book().Say("printer.title."+string(j.Problem)))
	default:
		problem = problemOf(j)
		outcome.Sentence = t.whyUnprinted(j)
	}
	if j.State.Settled() {
		state := map[printer.State]string{printer.StatePrinted: printPrinted, printer.StateSent: printSent}[j.State]
		t.notePrint(saleID, what, j.Link, firstOf(state, printFailed), problem)
		s.over(j.ID)
	}
	if j.Link == t.Settings().Printer { // a former one's says nothing of this one
		s.went(problem)
	}
	t.tell(News{Printed: &outcome, Lights: true})
}

// errExpired says that a slip waited too long for its printer.
var errExpired = errors.New("the slip waited too long and was not printed")

// went keeps how the newest print went, for the printer's light.
func (s *slips) went(problem error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problem, s.state = problem, nil
}

// slipOf is a slip of a sale as the books hold it now.
func (t *Books) slipOf(sale payments.Sale, what string, copy bool) (receipts.Slip, error) {
	form, err := t.form(copy)
	if err != nil {
		return receipts.Slip{}, err
	}
	switch what {
	case whatSale:
		return form.Sale(sale)
	case whatDeclined:
		return form.Declined(sale, t.whyOnSlip(sale))
	case whatCancelled:
		return form.Cancelled(sale)
	}
	return form.Refund(sale, what)
}

// whyOnSlip is why a sale was not paid, where the slip is in the language in
// which the till says so.
func (t *Books) whyOnSlip(sale payments.Sale) string {
	a, tongues := sale.Speaker(), t.Settings().Template.Languages
	if a == nil || a.Result == "" || len(tongues) > 0 && tongues[0] != t.Book().Language() {
		return ""
	}
	return t.why(a.Result)
}

// Print prints a sale's slip, as a COPY if it was printed before: of its
// payment, or that it was not paid or cancelled. It goes to the shop's printer
// or on screen, and isn't waited for; Listen tells how it ended.
func (t *Till) Print(number string) error {
	sale, err := t.journal.SaleByNumber(number)
	if err != nil {
		return err
	}
	_, err = t.printSlip(sale, whatIs(sale), false, "")
	return err
}

// PrintRefund prints a refund's slip, as Print does a sale's.
func (t *Till) PrintRefund(number, refundRequestID string) error {
	sale, err := t.journal.SaleByNumber(number)
	if err != nil {
		return err
	}
	_, err = t.printSlip(sale, refundRequestID, false, "")
	return err
}

// printSlip prints one of a sale's slips because a person asked. It returns
// whether the slip was shown or is in the queue; why not is told, and is no error.
func (t *Till) printSlip(sale payments.Sale, what string, copy bool, of string) (kept bool, err error) {
	before, err := t.onPaper(sale.ID, what)
	if err != nil {
		return false, err
	}
	if _, err := t.slipOf(sale, what, before || copy); err != nil {
		return false, err
	}
	return t.slips.print(sale, what, before || copy, of) == nil, nil
}

// onPaper reports whether a slip is, may be, or still comes on paper: the next
// one says COPY.
func (t *Till) onPaper(saleID, what string) (bool, error) {
	open, err := t.slips.jobs().Open()
	if err != nil {
		return false, err
	}
	ref := refOf(saleID, what)
	if slices.ContainsFunc(open, func(j printer.Job) bool { return j.Ref == ref }) {
		return true, nil
	}
	return t.printedBefore(saleID, what)
}

// PrintTest sends the test page to the shop's printer and waits for it.
func (t *Till) PrintTest() error {
	slip, err := t.testPage()
	if err != nil {
		return err
	}
	job, err := escpos.Encode(slip, t.Settings().profile())
	if err != nil {
		return err
	}
	return t.sendNow(context.Background(), job)
}

// FinishPrinting waits until no slip of this start is on its way, that of the
// settled sale among them, and no drawer is about to open.
func (t *Till) FinishPrinting(ctx context.Context, settled payments.Sale) {
	s := t.slips
	s.afterPaid(settled)
	defer context.AfterFunc(ctx, func() {
		s.mu.Lock() // or the waiting could miss it
		defer s.mu.Unlock()
		s.changed.Broadcast()
	})()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.pending) > 0 && ctx.Err() == nil {
		s.changed.Wait()
	}
}
