package till

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"ringup/devices/printer"
	"ringup/payments"
	"ringup/receipts"
	"ringup/receipts/escpos"
	"ringup/storage"
)

// slips prints what happens after "paid", off everybody's way: on screen, or
// through the queue of the printer that is set up.
type slips struct {
	t     *Till
	queue *printer.Queue
	stop  context.CancelFunc
	work  sync.WaitGroup

	mu      sync.Mutex
	mine    map[string]bool // request ids of attempts and refunds that this start began, until their end
	pending map[string]bool // ids of jobs of this start that are not settled
	changed *sync.Cond
	problem error // of the newest print; nil when it went well
}

// What a print is of, beside a refund's request id.
const (
	whatSale = "sale"
	whatTest = "test"
)

// refSeparator stands between a job's sale and what of it is printed.
const refSeparator = " "

func (t *Till) openSlips() *slips {
	ctx, stop := context.WithCancel(context.Background())
	s := &slips{t: t, stop: stop, mine: map[string]bool{}, pending: map[string]bool{}}
	s.changed = sync.NewCond(&s.mu)
	s.queue = printer.NewQueue(printJobs{t.journal}, printer.Open, s.told)
	s.work.Add(1)
	go func() {
		defer s.work.Done()
		if err := s.queue.Run(ctx); err != nil {
			t.options.Log.Error("print queue", "error", err)
			s.went(err)
		}
	}()
	return s
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

// afterPaid prints the slip of each payment and refund that this start began
// and that has come to its good end, once.
func (s *slips) afterPaid(sale payments.Sale) {
	for _, a := range sale.Attempts {
		if s.ended(a.PaymentRequestID, a.State.Final()) && a.State == payments.AttemptPaid && !a.Contested {
			s.print(sale, whatSale, false)
		}
	}
	for _, r := range sale.Refunds {
		if s.ended(r.RefundRequestID, r.State.Final()) && r.State == payments.Refunded {
			s.print(sale, r.RefundRequestID, false)
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

// print shows a slip on screen, or puts it into the printer's queue. It never
// waits for a printer; that it failed is told like any other end.
func (s *slips) print(sale payments.Sale, what string, copy bool) {
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
			return
		}
	default:
		var job []byte
		if job, err = escpos.Encode(slip, t.Settings().profile()); err == nil {
			err = s.put(printer.Job{ID: rand.Text(), Link: address, Ref: sale.ID + refSeparator + what, Data: job})
		}
		if err == nil {
			return
		}
	}
	t.notePrint(sale.ID, what, address, printFailed, err)
	s.went(err)
	t.tell(News{Printed: &PrintOutcome{Number: sale.Number, Sentence: t.Explain(err)}, Lights: true})
}

func (s *slips) put(j printer.Job) error {
	s.mu.Lock()
	s.pending[j.ID] = true
	s.mu.Unlock()
	err := s.queue.Print(j)
	if err != nil {
		s.mu.Lock()
		delete(s.pending, j.ID)
		s.mu.Unlock()
	}
	return err
}

// told hears from the queue how a job goes, notes its end in the books and
// tells the screens.
func (s *slips) told(j printer.Job) {
	t := s.t
	var problem error
	if j.Problem != "" {
		problem = j.Problem
	}
	state := map[printer.State]string{printer.StatePrinted: printPrinted, printer.StateSent: printSent}[j.State]
	if state == "" {
		state = printFailed
	}
	if j.State == printer.StateExpired {
		problem = errors.Join(errExpired, problem)
	}
	saleID, what, _ := strings.Cut(j.Ref, refSeparator)
	outcome := PrintOutcome{OK: state != printFailed}
	if sale, err := t.journal.Sale(saleID); err == nil {
		outcome.Number = sale.Number
	}
	if j.State.Settled() && what != whatTest {
		t.notePrint(saleID, what, j.Link, state, problem)
	}
	if !outcome.OK {
		if problem == nil {
			problem = printer.Cut
		}
		outcome.Sentence = t.Explain(problem)
	}
	s.mu.Lock()
	if j.State.Settled() {
		delete(s.pending, j.ID)
	}
	s.mu.Unlock()
	if outcome.OK {
		problem = nil
	}
	s.went(problem)
	t.tell(News{Printed: &outcome, Lights: true})
}

// errExpired says that a slip waited too long for its printer.
var errExpired = errors.New("the slip waited too long and was not printed")

// went keeps how the newest print went, for the printer's light.
func (s *slips) went(problem error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problem = problem
	s.changed.Broadcast()
}

// slipOf is a slip of a sale as the books hold it now.
func (t *Books) slipOf(sale payments.Sale, what string, copy bool) (receipts.Slip, error) {
	if what == whatSale {
		return t.form(copy).Sale(sale)
	}
	return t.form(copy).Refund(sale, what)
}

// Print prints a paid sale's slip again, as a COPY, on the shop's printer or
// on screen. It doesn't wait for the printer; Listen tells how it ended.
func (t *Till) Print(number string) error {
	sale, err := t.journal.SaleByNumber(number)
	if err != nil {
		return err
	}
	copy, err := t.printedBefore(sale.ID, whatSale)
	if err != nil {
		return err
	}
	if _, err := t.slipOf(sale, whatSale, copy); err != nil {
		return err
	}
	t.slips.print(sale, whatSale, copy)
	return nil
}

// PrintTest sends the test page to the shop's printer and waits for it.
func (t *Till) PrintTest() error {
	address := t.Settings().Printer
	if address == "" {
		return ErrNoPrinter
	}
	_, err := t.send(context.Background(), t.testPage(), address)
	t.slips.went(err)
	t.tell(News{Lights: true})
	return err
}

// FinishPrinting waits until no slip of this start is on its way, that of the
// settled sale among them.
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

// light is the printer's light: how the newest slip went.
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

// printJobs keeps the queue's rows in the journal's file.
type printJobs struct{ journal *storage.Journal }

func (p printJobs) Put(j printer.Job) error {
	row, err := json.Marshal(j)
	if err != nil {
		return err
	}
	return p.journal.SaveJob(storage.JobRow{ID: j.ID, Open: !j.State.Settled(), Row: row})
}

func (p printJobs) Get(id string) (printer.Job, error) {
	row, err := p.journal.Job(id)
	if errors.Is(err, storage.ErrNoJob) {
		return printer.Job{}, printer.ErrNoJob
	}
	if err != nil {
		return printer.Job{}, err
	}
	return jobOf(row)
}

func jobOf(row storage.JobRow) (j printer.Job, err error) {
	if err = json.Unmarshal(row.Row, &j); err != nil {
		err = fmt.Errorf("print job %s: %w", row.ID, err)
	}
	return j, err
}

func (p printJobs) Open() ([]printer.Job, error) {
	rows, err := p.journal.OpenJobs()
	if err != nil {
		return nil, err
	}
	jobs := make([]printer.Job, 0, len(rows))
	for _, row := range rows {
		j, err := jobOf(row)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

// Mark keeps a settled job without its bytes: they are not needed any more.
func (p printJobs) Mark(id string, m printer.Mark) error {
	j, err := p.Get(id)
	if err != nil {
		return err
	}
	j.Mark = m
	if m.State.Settled() {
		j.Data = nil
	}
	return p.Put(j)
}
