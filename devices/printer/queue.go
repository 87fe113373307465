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

// Queue sends jobs, one at a time, each at most once. A job whose printer can't
// take it waits and is tried again while nothing of it has left; after two
// minutes it expires. A job that broke off, or that was being sent when the
// program ended, is never sent again by itself: a person asks with Reprint.
type Queue struct {
	jobs  Jobs
	open  func(link string) (Printer, error)
	tell  func(Job)
	wake  chan struct{}
	again time.Duration // how soon a printer that could not print is tried again

	mu       sync.Mutex
	printers map[string]Printer

	resting map[string]time.Time // printers not to be tried before then; Run's own
}

// NewQueue makes a queue over its owner's rows. Open is printer.Open, or what
// stands for it. Tell hears, from Run's goroutine, of each job that comes to
// wait for a reason (once for each reason) and of each that is settled; it may
// be nil.
func NewQueue(jobs Jobs, open func(link string) (Printer, error), tell func(Job)) *Queue {
	if tell == nil {
		tell = func(Job) {}
	}
	return &Queue{
		jobs: jobs, open: open, tell: tell, wake: make(chan struct{}, 1), again: 3 * time.Second,
		printers: make(map[string]Printer), resting: make(map[string]time.Time),
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
	open, err := q.jobs.Open()
	if err != nil {
		return err
	}
	for _, j := range open {
		if j.State == StateSending { // the program ended meanwhile
			if err := q.settle(j, Mark{State: StateNotPrinted, Problem: j.Problem, Uncertain: true}); err != nil {
				return err
			}
		}
	}
	for ctx.Err() == nil {
		rest, err := q.round(ctx)
		if err != nil {
			return err
		}
		timer := time.NewTimer(rest)
		select {
		case <-ctx.Done():
		case <-q.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// round goes through the open jobs once: expires and sends what is due. It
// returns how long there is nothing more to do, unless a job comes.
func (q *Queue) round(ctx context.Context) (time.Duration, error) {
	open, err := q.jobs.Open()
	if err != nil {
		return 0, err
	}
	for _, j := range open {
		switch {
		case ctx.Err() != nil:
			return 0, nil
		case j.State != StateWaiting:
		case left(j) <= 0:
			if err := q.settle(j, Mark{State: StateExpired, Problem: j.Problem}); err != nil {
				return 0, err
			}
		case time.Until(q.resting[j.Link]) <= 0:
			if err := q.send(ctx, j); err != nil {
				return 0, err
			}
		}
	}

	// Sending took its time: look again at what is left.
	if open, err = q.jobs.Open(); err != nil {
		return 0, err
	}
	rest := time.Hour
	for _, j := range open {
		if j.State == StateWaiting {
			rest = min(rest, left(j), time.Until(q.resting[j.Link]))
		}
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

// send sends a job that waits.
func (q *Queue) send(ctx context.Context, j Job) error {
	p, err := q.printer(j.Link)
	if err != nil {
		return q.settle(j, Mark{State: StateNotPrinted, Problem: Unreachable})
	}
	if err := q.mark(&j, Mark{State: StateSending, Problem: j.Problem}); err != nil {
		return err
	}
	r, err := p.Send(ctx, j.Data)
	var e *Error
	switch {
	case err == nil && r.Printed:
		return q.settle(j, Mark{State: StatePrinted})
	case err == nil:
		return q.settle(j, Mark{State: StateSent})
	case errors.As(err, &e) && !e.Begun:
		q.resting[j.Link] = time.Now().Add(q.again)
		news := e.Problem != j.Problem
		if err := q.mark(&j, Mark{State: StateWaiting, Problem: e.Problem}); err != nil {
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
