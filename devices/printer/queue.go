package printer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Job is one slip on its way to paper.
type Job struct {
	ID   string // its owner's, unique for ever
	Link string // of the printer
	Ref  string // what it is, for its owner: a sale's number, say
	Data []byte // in the printer's language
	Made time.Time
	// CopyOf is the ID of the job that a person asked to have once more.
	CopyOf string
	Mark
}

// Mark is how far a job has come.
type Mark struct {
	State State
	// Problem is why it waits, or was not printed. "" while all is well, and
	// when a program that ended while sending left no reason.
	Problem Problem
	// Group is that of Error.Group, when Problem is Denied.
	Group string `json:",omitempty"`
	// Uncertain says of a job that was not printed that part of it, or all, may
	// be on paper after all: someone has to look.
	Uncertain bool
	At        time.Time
}

// State is where a job is.
type State string

// The states. The last four are settled: they never change.
const (
	StateWaiting    State = "waiting"     // to be sent; nothing has left
	StateSending    State = "sending"     // bytes may be leaving
	StateSent       State = "sent"        // all has left; the printer can't say that it printed
	StatePrinted    State = "printed"     // the printer said so
	StateNotPrinted State = "not_printed" // see Uncertain
	StateExpired    State = "expired"     // it waited too long, and was not printed
)

// Settled tells whether the state is final.
func (s State) Settled() bool { return s != StateWaiting && s != StateSending }

// Jobs keeps the rows of a Queue. It is the queue's owner's; its methods are
// called from several goroutines.
type Jobs interface {
	// Put keeps a new job. It is on disk when Put returns.
	Put(Job) error
	// Get is the job with that ID, or ErrNoJob.
	Get(id string) (Job, error)
	// Open lists the jobs that aren't settled, oldest first.
	Open() ([]Job, error)
	// Mark moves a job on. It is on disk when Mark returns: a job is marked
	// as sending before its first byte leaves, which is what keeps it from
	// ever being sent twice.
	Mark(id string, m Mark) error
}

// What a Queue's verbs answer.
var (
	ErrNoJob      = errors.New("no such print job")
	ErrNotAJob    = errors.New("a print job needs an id and data")
	ErrJobWaiting = errors.New("the print job is still on its way")
)

// life is how long a job waits for its printer. A slip that comes out later
// surprises whoever stands there.
const life = 2 * time.Minute

// soon is when a printer that may only not have seen yet that the job before is
// over is tried again, once.
const soon = 200 * time.Millisecond

// Queue sends jobs, each at most once: one after the other to each printer, and
// to all printers at the same time. A job whose printer can't take it waits and
// is tried again while nothing of it has left; after two minutes it expires. A
// job that broke off, or that was being sent when the program ended, is never
// sent again by itself: a person asks with Reprint.
//
// A printer that stops when it has the whole job prints the rest by itself once
// someone has put in paper or closed the cover. Such a job goes on being sent
// for two minutes; it ends as printed if the printer says so by then, and else
// as not printed and uncertain.
type Queue struct {
	jobs  Jobs
	open  func(link string) (Printer, error)
	tell  func(Job)
	wake  chan struct{}
	again time.Duration // how soon a printer that could not print is tried again

	mu       sync.Mutex
	printers map[string]Printer

	// Run's own:
	resting map[string]time.Time // printers not to be tried before then
	retried map[string]bool      // and those that were tried again at once
	sending map[string]*Job      // the job that each printer has
	held    chan stop
	over    chan outcome
	gone    chan struct{} // closed when Run has returned
}

// stop is that a printer which has a whole job can't go on, or can again.
type stop struct {
	link, id string // of the printer, and of the job
	problem  Problem
}

// outcome is how sending a job ended.
type outcome struct {
	link   string
	result Result
	err    error
}

// NewQueue makes a queue over its owner's rows. Open is printer.Open, or what
// stands for it. Tell hears, from Run's goroutine, of each job that comes to
// wait for a reason (once for each reason), of each being sent whose printer
// stops (State sending, Problem why), and of each that is settled; it may be
// nil.
func NewQueue(jobs Jobs, open func(link string) (Printer, error), tell func(Job)) *Queue {
	if tell == nil {
		tell = func(Job) {}
	}
	return &Queue{
		jobs: jobs, open: open, tell: tell, wake: make(chan struct{}, 1), again: 3 * time.Second,
		printers: make(map[string]Printer), resting: make(map[string]time.Time), retried: make(map[string]bool), sending: make(map[string]*Job),
		held: make(chan stop), over: make(chan outcome), gone: make(chan struct{}),
	}
}

// Print puts a job into the queue and returns when it is on disk; it never
// waits for a printer. Made is now if it is zero; the Mark is the queue's. The
// errors are ErrNotAJob, a *LinkError, and those of Jobs.
func (q *Queue) Print(j Job) error {
	if j.ID == "" || len(j.Data) == 0 {
		return ErrNotAJob
	}
	if _, err := q.printer(j.Link); err != nil {
		return err
	}
	if j.Made.IsZero() {
		j.Made = now()
	}
	j.Mark = Mark{State: StateWaiting, At: j.Made}
	if err := q.jobs.Put(j); err != nil {
		return fmt.Errorf("print job %s: %w", j.ID, err)
	}
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return nil
}

// Reprint puts a job into the queue for one that is settled, because a person
// asked for it: it is a job of its own, whose Data says that it is a copy. While
// the earlier one may still be printed the answer is ErrJobWaiting.
func (q *Queue) Reprint(of string, j Job) error {
	old, err := q.jobs.Get(of)
	if err != nil {
		return fmt.Errorf("print job %s: %w", of, err)
	}
	if !old.State.Settled() {
		return ErrJobWaiting
	}
	j.CopyOf = of
	return q.Print(j)
}

// Run sends jobs until ctx ends; it is called once. The error, if ctx has not
// ended, is one of Jobs: what can't be kept on disk isn't sent.
func (q *Queue) Run(ctx context.Context) error {
	defer close(q.gone)
	open, err := q.jobs.Open()
	if err != nil {
		return err
	}
	for _, j := range open {
		if j.State == StateSending { // the program ended meanwhile
			if p, err := q.printer(j.Link); err == nil {
				if d, ok := p.(*device); ok {
					d.tear(len(j.Data))
				}
			}
			if err := q.settle(j, Mark{State: StateNotPrinted, Problem: j.Problem, Uncertain: true}); err != nil {
				return err
			}
		}
	}
	senders, stop := context.WithCancel(ctx)
	defer stop()
	for ctx.Err() == nil && err == nil {
		var rest time.Duration
		if rest, err = q.round(senders); err == nil {
			err = q.rest(ctx, rest)
		}
	}
	stop()
	return errors.Join(err, q.end(err == nil))
}

// rest waits until there is something to do: a job, the end of one, or time.
func (q *Queue) rest(ctx context.Context, long time.Duration) error {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-q.wake:
	case <-timer.C:
	case o := <-q.over:
		return q.ended(o)
	case s := <-q.held:
		return q.stopped(s)
	}
	return nil
}

// lastWords is how long a printer that is being sent to may take to let go when
// the queue ends. A job that it still has then is uncertain at the next start.
const lastWords = 5 * time.Second

// end waits for what is being sent, and marks how it ended unless marks can't
// be kept any more.
func (q *Queue) end(marks bool) error {
	timer := time.NewTimer(lastWords)
	defer timer.Stop()
	for len(q.sending) > 0 {
		select {
		case <-timer.C:
			return nil
		case <-q.held:
		case o := <-q.over:
			if !marks {
				delete(q.sending, o.link)
				continue
			}
			if err := q.ended(o); err != nil {
				return err
			}
		}
	}
	return nil
}

// round goes through the open jobs once: expires and begins to send what is
// due. It returns how long there is nothing more to do, unless something comes.
func (q *Queue) round(ctx context.Context) (time.Duration, error) {
	open, err := q.jobs.Open()
	if err != nil {
		return 0, err
	}
	rest := time.Hour
	for _, j := range open {
		if j.State != StateWaiting {
			continue
		}
		if left(j) <= 0 {
			if err := q.settle(j, Mark{State: StateExpired, Problem: j.Problem, Group: j.Group}); err != nil {
				return 0, err
			}
			continue
		}
		if q.sending[j.Link] == nil {
			if wait := time.Until(q.resting[j.Link]); wait > 0 {
				rest = min(rest, wait)
			} else if err := q.send(ctx, j); err != nil {
				return 0, err
			}
		}
		rest = min(rest, left(j))
	}
	return max(rest, 0), nil
}

// left is how long a job may still wait. One that seems to come from the
// future has waited too long too: the clock was set back, and nobody knows.
func left(j Job) time.Duration {
	age := now().Sub(j.Made.Round(0))
	if age < -life {
		return 0
	}
	return life - age
}

// now is the wall's time: the other clock stands still while a machine sleeps.
func now() time.Time { return time.Now().Round(0) }

// send begins to send a job that waits, marked as such before its first byte
// leaves.
func (q *Queue) send(ctx context.Context, j Job) error {
	p, err := q.printer(j.Link)
	if err != nil {
		return q.settle(j, Mark{State: StateNotPrinted, Problem: Unreachable})
	}
	if err := q.mark(&j, Mark{State: StateSending, Problem: j.Problem, Group: j.Group}); err != nil {
		return err
	}
	q.sending[j.Link] = &j
	go func() {
		o := outcome{link: j.Link}
		if d, ok := p.(*device); ok {
			o.result, o.err = d.carry(ctx, j.Data, func(p Problem) {
				select {
				case q.held <- stop{j.Link, j.ID, p}:
				case <-ctx.Done():
				}
			})
		} else {
			o.result, o.err = p.Send(ctx, j.Data)
		}
		select {
		case q.over <- o:
		case <-q.gone:
		}
	}()
	return nil
}

// stopped keeps and tells why a job being sent doesn't go on; that it does shows
// in its end, which comes soon. The end of a job may overtake what stopped it.
func (q *Queue) stopped(s stop) error {
	j := q.sending[s.link]
	if j == nil || j.ID != s.id {
		return nil
	}
	if err := q.mark(j, Mark{State: StateSending, Problem: s.problem}); err != nil {
		return err
	}
	if s.problem != "" {
		q.tell(*j)
	}
	return nil
}

// ended marks and tells how sending a job ended.
func (q *Queue) ended(o outcome) error {
	j := *q.sending[o.link]
	delete(q.sending, o.link)
	var e *Error
	if o.err == nil || errors.As(o.err, &e) && e.Begun {
		delete(q.retried, o.link)
	}
	switch {
	case o.err == nil && o.result.Printed:
		return q.settle(j, Mark{State: StatePrinted})
	case o.err == nil:
		return q.settle(j, Mark{State: StateSent})
	case errors.As(o.err, &e) && !e.Begun:
		again, news := q.again, e.Problem != j.Problem
		if (e.Problem == Busy || e.Problem == Unreachable) && !q.retried[o.link] {
			// Some see that we have hung up a moment late.
			q.retried[o.link] = true
			q.resting[o.link] = time.Now().Add(min(again, soon))
			return q.mark(&j, Mark{State: StateWaiting, Problem: j.Problem, Group: j.Group})
		}
		q.resting[o.link] = time.Now().Add(again)
		if err := q.mark(&j, Mark{State: StateWaiting, Problem: e.Problem, Group: e.Group}); err != nil {
			return err
		}
		if news {
			q.tell(j)
		}
		return nil
	case e != nil:
		return q.settle(j, Mark{State: StateNotPrinted, Problem: e.Problem, Uncertain: true})
	default: // no error of this package: nothing is known
		return q.settle(j, Mark{State: StateNotPrinted, Problem: Cut, Uncertain: true})
	}
}

// mark moves a job on, on disk first.
func (q *Queue) mark(j *Job, m Mark) error {
	m.At = now()
	if err := q.jobs.Mark(j.ID, m); err != nil {
		return fmt.Errorf("print job %s is %s: %w", j.ID, m.State, err)
	}
	j.Mark = m
	return nil
}

// settle ends a job and tells.
func (q *Queue) settle(j Job, m Mark) error {
	if err := q.mark(&j, m); err != nil {
		return err
	}
	q.tell(j)
	return nil
}

// printer is the printer at a link, opened once: it remembers what it learns
// of it.
func (q *Queue) printer(link string) (Printer, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if p := q.printers[link]; p != nil {
		return p, nil
	}
	p, err := q.open(link)
	if err == nil {
		q.printers[link] = p
	}
	return p, err
}
