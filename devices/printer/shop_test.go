package printer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// rows keeps jobs in memory. It outlives the queues over it, as a file
// outlives the programs.
type rows struct {
	mu   sync.Mutex
	jobs []Job
	// failing, if set, is asked before each mark, and may fail it before or
	// after it is kept.
	failing func(id string, m Mark) (before, after error)
}

var errDisk = errors.New("disk full")

func (r *rows) find(id string) int {
	return slices.IndexFunc(r.jobs, func(j Job) bool { return j.ID == id })
}

func (r *rows) Put(j Job) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.find(j.ID) >= 0 {
		return errors.New("held already")
	}
	r.jobs = append(r.jobs, j)
	return nil
}

func (r *rows) Get(id string) (Job, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := r.find(id); i >= 0 {
		return r.jobs[i], nil
	}
	return Job{}, ErrNoJob
}

func (r *rows) Open() (open []Job, _ error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, j := range r.jobs {
		if !j.State.Settled() {
			open = append(open, j)
		}
	}
	return open, nil
}

func (r *rows) Mark(id string, m Mark) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var before, after error
	if r.failing != nil {
		before, after = r.failing(id, m)
	}
	if before != nil {
		return before
	}
	i := r.find(id)
	if i < 0 {
		return ErrNoJob
	}
	if r.jobs[i].State.Settled() {
		return fmt.Errorf("%s is settled", id)
	}
	r.jobs[i].Mark = m
	return after
}

// script is a printer that does what a test says.
type script struct {
	link string
	send func(ctx context.Context, job []byte) (Result, error)
}

func (s script) Link() string                                               { return s.link }
func (s script) Pulse(context.Context, []byte, []byte) error                { return nil }
func (s script) Check(context.Context) (Status, error)                      { return Status{}, nil }
func (s script) Send(ctx context.Context, job []byte) (r Result, err error) { return s.send(ctx, job) }

// A shop is a queue that runs, in a bubble of time.
type shop struct {
	*Queue
	rows *rows
	mu   sync.Mutex
	sent []string      // what was sent, "data@seconds"
	told []string      // "id state problem@seconds", with "?" where uncertain
	ran  error         // what Run returned; after done
	done chan struct{} // closed when Run has returned
	stop func()
}

// newShop runs a queue over rows, whose printers all send as told. It returns
// when the queue waits.
func newShop(t *testing.T, r *rows, send func(ctx context.Context, link, job string) (Result, error)) *shop {
	s := &shop{rows: r, done: make(chan struct{})}
	begun := time.Now()
	seconds := func() string { return fmt.Sprintf("@%.0f", time.Since(begun).Seconds()) }
	open := func(link string) (Printer, error) {
		if link == "bad" {
			return nil, &LinkError{link, ErrUnknownLink}
		}
		return script{link, func(ctx context.Context, job []byte) (Result, error) {
			s.mu.Lock()
			s.sent = append(s.sent, string(job)+seconds())
			s.mu.Unlock()
			return send(ctx, link, string(job))
		}}, nil
	}
	s.Queue = NewQueue(r, open, func(j Job) {
		text := j.ID + " " + string(j.State)
		if j.Problem != "" {
			text += " " + string(j.Problem)
		}
		if j.Uncertain {
			text += "?"
		}
		s.told = append(s.told, text+seconds())
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { defer close(s.done); s.ran = s.Run(ctx) }()
	s.stop = func() { cancel(); <-s.done }
	t.Cleanup(s.stop)
	synctest.Wait()
	return s
}

// died is why the queue has stopped; nil while it runs.
func (s *shop) died() error {
	select {
	case <-s.done:
		return s.ran
	default:
		return nil
	}
}

func (s *shop) print(t *testing.T, id, link string) {
	t.Helper()
	if err := s.Print(Job{ID: id, Link: link, Data: []byte(id)}); err != nil {
		t.Fatal(err)
	}
}

func (s *shop) want(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s %q, want %q", what, got, want)
	}
}

// pass lets time pass in the bubble.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func prints(context.Context, string, string) (Result, error) { return Result{Printed: true}, nil }

// problem is what a printer answers that has one.
func problem(p Problem, begun bool) (Result, error) {
	return Result{}, &Error{Problem: p, Link: "x", Begun: begun}
}
