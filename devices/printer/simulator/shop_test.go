package simulator_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ringup/devices/printer"
	"ringup/devices/printer/simulator"
)

// links are the ways to put a printer at a link.
var links = map[string]func(simulator.Options) (*simulator.Printer, error){"tcp": simulator.Start}

// slip is a job whose paper says its name once, at the top, and is cut.
func slip(name string) []byte {
	return []byte("\x1b@slip " + name + "\n" + strings.Repeat("a line of it\n", 20) + "\x1dVB\x00")
}

// A shop is a queue that runs, over rows in memory, and what it told.
type shop struct {
	*printer.Queue
	mu      sync.Mutex
	jobs    []printer.Job
	told    []string // "name state problem", with "?" where uncertain
	changed chan struct{}
	done    chan struct{}
	stop    func()
}

// open starts a shop with the jobs that an earlier one left.
func open(t *testing.T, left ...printer.Job) *shop {
	t.Helper()
	s := &shop{jobs: left, changed: make(chan struct{}), done: make(chan struct{})}
	s.Queue = printer.NewQueue(s, printer.Open, func(j printer.Job) {
		s.change(func() { s.told = append(s.told, state(j)) })
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(s.done)
		if err := s.Run(ctx); err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	}()
	s.stop = func() { cancel(); <-s.done }
	t.Cleanup(s.stop)
	return s
}

func state(j printer.Job) string {
	text := j.ID + " " + string(j.State)
	if j.Problem != "" {
		text += " " + string(j.Problem)
	}
	if j.Uncertain {
		text += "?"
	}
	return text
}

func (s *shop) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *shop) Put(j printer.Job) error {
	s.change(func() { s.jobs = append(s.jobs, j) })
	return nil
}

func (s *shop) find(id string) int {
	return slices.IndexFunc(s.jobs, func(j printer.Job) bool { return j.ID == id })
}

func (s *shop) Get(id string) (printer.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.find(id); i >= 0 {
		return s.jobs[i], nil
	}
	return printer.Job{}, printer.ErrNoJob
}

func (s *shop) Open() (open []printer.Job, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.jobs {
		if !j.State.Settled() {
			open = append(open, j)
		}
	}
	return open, nil
}

func (s *shop) Mark(id string, m printer.Mark) (err error) {
	s.change(func() {
		i := s.find(id)
		switch {
		case i < 0:
			err = printer.ErrNoJob
		case s.jobs[i].State.Settled():
			err = errors.New("settled")
		default:
			s.jobs[i].Mark = m
		}
	})
	return err
}

func (s *shop) print(t *testing.T, id, link string) {
	t.Helper()
	if err := s.Print(printer.Job{ID: id, Link: link, Data: slip(id)}); err != nil {
		t.Fatal(err)
	}
}

// until waits for what is told to be so.
func (s *shop) until(t *testing.T, what string, so func(told []string) bool) {
	t.Helper()
	end := time.NewTimer(40 * time.Second)
	defer end.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !so(s.told) {
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
			s.mu.Lock()
		case <-end.C:
			s.mu.Lock()
			t.Fatalf("never %s; told %q", what, s.told)
		}
	}
}

// hears waits until something is told that begins so.
func (s *shop) hears(t *testing.T, start ...string) {
	t.Helper()
	s.until(t, "told "+strings.Join(start, " or "), func(told []string) bool {
		return slices.ContainsFunc(told, func(text string) bool {
			return slices.ContainsFunc(start, func(s string) bool { return strings.HasPrefix(text, s) })
		})
	})
}

// settled waits until a job is, and returns its state.
func (s *shop) settled(t *testing.T, id string) (last string) {
	t.Helper()
	s.until(t, id+" settled", func(told []string) bool {
		for _, text := range told {
			if name, rest, _ := strings.Cut(text, " "); name == id && !strings.HasPrefix(rest, "waiting") && !strings.HasPrefix(rest, "sending") {
				last = rest
			}
		}
		return last != ""
	})
	return last
}

func (s *shop) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.told, ", ")
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// TestTwoTillsShareAPrinter: each has a queue of its own, the printer takes one
// connection at a time.
func TestTwoTillsShareAPrinter(t *testing.T) {
	t.Parallel()
	var playing sync.WaitGroup
	defer playing.Wait()
	for habit, name := range []string{"waits", "closes", "refuses"} {
		playing.Go(func() {
			t.Run("it "+name, func(t *testing.T) {
				p, err := simulator.Start(simulator.Options{Habit: simulator.Habit(habit)})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(p.Close)
				each := 1
				if *long {
					each = 3
				}
				tills := []*shop{open(t), open(t)}
				for i := range each {
					for n, s := range tills {
						s.print(t, fmt.Sprintf("%c%d", 'a'+n, i), p.Link())
					}
				}
				for n, s := range tills {
					for i := range each {
						if end := s.settled(t, fmt.Sprintf("%c%d", 'a'+n, i)); end != "printed" && end != "sent" {
							t.Errorf("till %d: slip %d is %s", n, i, end)
						}
					}
				}
				paper, err := p.WaitSlips(soon(t), 2*each)
				if err != nil {
					t.Fatal(err)
				}
				seen := map[string]int{}
				for _, one := range paper.Slips {
					seen[one.Lines[0].Text]++
					if len(one.Lines) != 21 {
						t.Errorf("a slip of %d lines: %q", len(one.Lines), one.Lines[0].Text)
					}
				}
				if len(seen) != 2*each || len(paper.Slips) != 2*each {
					t.Errorf("%v", seen)
				}
			})
		})
	}
}

// TestAnAnswerToAnEarlierJobIsNoProof: a till that was restarted while its
// printer had no paper meets the answers to what it sent before.
func TestAnAnswerToAnEarlierJobIsNoProof(t *testing.T) {
	t.Parallel()
	for kind, start := range links {
		t.Run(kind, func(t *testing.T) {
			p, err := start(simulator.Options{Buffer: 1 << 16})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(p.Close)
			p.PaperOutAfter(200)
			first := open(t)
			first.print(t, "a", p.Link())
			first.hears(t, "a sending paper_out", "a not_printed paper_out?")
			first.stop()

			// New paper, for the rest of a and a part of b.
			p.Slow(300)
			p.LoadPaper()
			p.PaperOutAfter(700)
			second := open(t, first.jobs...)
			second.print(t, "b", p.Link())
			second.hears(t, "b printed", "b sending paper_out", "b not_printed paper_out?", "b sent")
			if slips := len(p.Paper().Slips); slips == 1 && strings.Contains(second.all(), "b printed") {
				t.Errorf("told %s, and only a is on paper", second.all())
			}
			p.Slow(0)
			p.LoadPaper()
			second.settled(t, "b")
			paper, err := p.WaitSlips(soon(t), 2)
			if err != nil {
				t.Error(err)
			}
			for _, id := range []string{"a", "b"} {
				if n := strings.Count(paper.Text(), "slip "+id+"\n"); n != 1 {
					t.Errorf("slip %s is %d times on paper; told %s, and after the restart %s", id, n, first.all(), second.all())
				}
			}
			if j, err := second.Get("a"); err != nil || j.State != printer.StateNotPrinted || !j.Uncertain {
				t.Errorf("after the restart, %s, %v", state(j), err)
			}
		})
	}
}
