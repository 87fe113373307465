package printer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestQueue(t *testing.T) {
	run := func(name string, f func(t *testing.T)) {
		t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
	}
	run("prints jobs in their order, and never keeps the caller", func(t *testing.T) {
		s := newShop(t, &rows{}, func(_ context.Context, _, job string) (Result, error) {
			time.Sleep(10 * time.Second)
			return Result{Printed: job != "b"}, nil
		})
		before := time.Now()
		for _, id := range []string{"a", "b", "c"} {
			s.print(t, id, "x")
		}
		if took := time.Since(before); took > 0 {
			t.Errorf("it took %v", took)
		}
		pass(time.Minute)
		s.want(t, "sent", s.sent, "a@0", "b@10", "c@20")
		s.want(t, "told", s.told, "a printed@10", "b sent@20", "c printed@30")
	})
	run("waits for a printer that can't, says so once, and sends once", func(t *testing.T) {
		ready := time.Now().Add(20 * time.Second)
		s := newShop(t, &rows{}, func(context.Context, string, string) (Result, error) {
			switch left := time.Until(ready); {
			case left > 10*time.Second:
				return problem(CoverOpen, false)
			case left > 0:
				return problem(PaperOut, false)
			}
			return Result{Printed: true}, nil
		})
		s.print(t, "a", "x")
		s.print(t, "b", "x")
		pass(time.Hour)
		s.want(t, "told", s.told, "a waiting cover_open@0", "a waiting paper_out@12", "a printed@21", "b printed@21")
	})
	run("a job expires, and stays so when the printer is back", func(t *testing.T) {
		back := time.Now().Add(125 * time.Second)
		s := newShop(t, &rows{}, func(context.Context, string, string) (Result, error) {
			if time.Now().Before(back) {
				return problem(Unreachable, false)
			}
			return Result{}, nil
		})
		s.print(t, "a", "x")
		pass(10 * time.Second)
		s.print(t, "b", "x")
		pass(time.Hour)
		s.want(t, "told", s.told, "a waiting unreachable@0", "a expired unreachable@120", "b waiting unreachable@120", "b sent@126")
	})
	run("a job that broke off is never sent again", func(t *testing.T) {
		s := newShop(t, &rows{}, func(context.Context, string, string) (Result, error) { return problem(Cut, true) })
		s.print(t, "a", "x")
		pass(time.Hour)
		s.want(t, "sent", s.sent, "a@0")
		s.want(t, "told", s.told, "a not_printed cut?@0")
	})
	run("an error that says nothing is the same", func(t *testing.T) {
		s := newShop(t, &rows{}, func(context.Context, string, string) (Result, error) { return Result{}, errDisk })
		s.print(t, "a", "x")
		pass(time.Hour)
		s.want(t, "sent", s.sent, "a@0")
		s.want(t, "told", s.told, "a not_printed cut?@0")
	})
	run("a printer that can't doesn't hold up another", func(t *testing.T) {
		s := newShop(t, &rows{}, func(_ context.Context, link, _ string) (Result, error) {
			if link == "broken" {
				return problem(Offline, false)
			}
			return Result{}, nil
		})
		s.print(t, "a", "broken")
		s.print(t, "b", "well")
		pass(time.Second)
		slices.Sort(s.told) // they go at the same time
		s.want(t, "told", s.told, "a waiting offline@0", "b sent@0")
	})
	run("a printer that hangs holds up no other, and what waits behind it expires", func(t *testing.T) {
		s := newShop(t, &rows{}, func(ctx context.Context, link, job string) (Result, error) {
			if link == "hung" && job == "a" {
				time.Sleep(5 * time.Minute)
				return problem(Stuck, true)
			}
			time.Sleep(time.Second)
			return Result{Printed: true}, nil
		})
		s.print(t, "a", "hung")
		s.print(t, "b", "hung")
		for _, id := range []string{"c", "d", "e"} {
			s.print(t, id, "well")
		}
		pass(time.Hour)
		s.want(t, "told", s.told, "c printed@1", "d printed@2", "e printed@3", "b expired@120", "a not_printed stuck?@300")
		s.print(t, "f", "hung")
		pass(time.Minute)
		s.want(t, "told then", s.told[5:], "f printed@3601")
	})
	run("a printer that never lets go doesn't keep the queue from ending", func(t *testing.T) {
		r := &rows{}
		free := make(chan bool)
		s := newShop(t, r, func(context.Context, string, string) (Result, error) { <-free; return Result{}, nil })
		s.print(t, "a", "x")
		synctest.Wait()
		before := time.Now()
		s.stop()
		if took := time.Since(before); took != lastWords {
			t.Errorf("it took %v", took)
		}
		close(free)
		s = newShop(t, r, prints)
		s.want(t, "told", s.told, "a not_printed?@0")
	})
	run("a printer that has not seen the end of the last job is tried again at once, and nobody is told", func(t *testing.T) {
		busy := 1
		s := newShop(t, &rows{}, func(context.Context, string, string) (Result, error) {
			if busy--; busy >= 0 {
				return problem(Busy, false)
			}
			return Result{Printed: true}, nil
		})
		s.print(t, "a", "x")
		pass(500 * time.Millisecond)
		s.want(t, "told", s.told, "a printed@0")
		busy = 2
		s.print(t, "b", "x")
		pass(time.Minute)
		s.want(t, "told then", s.told[1:], "b waiting busy@1", "b printed@4")
	})
	run("what one may not use names the group", func(t *testing.T) {
		s := newShop(t, &rows{}, func(context.Context, string, string) (Result, error) {
			return Result{}, &Error{Problem: Denied, Link: "x", Group: "lp"}
		})
		s.print(t, "a", "x")
		pass(time.Hour)
		if j, err := s.rows.Get("a"); err != nil || j.State != StateExpired || j.Problem != Denied || j.Group != "lp" {
			t.Errorf("%+v, %v", j.Mark, err)
		}
	})
	run("after a restart, what was being sent is uncertain and what waited goes on", func(t *testing.T) {
		at := func(id string, age time.Duration, s State) Job {
			return Job{ID: id, Link: "x", Data: []byte(id), Made: time.Now().Add(-age), Mark: Mark{State: s}}
		}
		r := &rows{jobs: []Job{
			at("old", 3*time.Minute, StateWaiting),
			at("sending", time.Minute, StateSending),
			at("new", time.Minute, StateWaiting),
			at("of a clock set back", -time.Hour, StateWaiting),
			at("of a clock set right", -time.Second, StateWaiting),
			at("done", time.Hour, StatePrinted),
		}}
		s := newShop(t, r, prints)
		pass(3 * time.Hour)
		s.want(t, "sent", s.sent, "new@0", "of a clock set right@0")
		s.want(t, "told", s.told, "sending not_printed?@0", "old expired@0", "of a clock set back expired@0", "new printed@0", "of a clock set right printed@0")
	})
	run("what can't be marked as sending isn't sent", func(t *testing.T) {
		r := &rows{failing: func(string, Mark) (error, error) { return errDisk, nil }}
		s := newShop(t, r, prints)
		s.print(t, "a", "x")
		pass(time.Hour)
		s.want(t, "sent", s.sent)
		if !errors.Is(s.died(), errDisk) {
			t.Errorf("ran to %v", s.died())
		}
	})
	run("what was sent and can't be marked so is uncertain after the restart", func(t *testing.T) {
		r := &rows{failing: func(_ string, m Mark) (error, error) {
			if m.State == StatePrinted {
				return errDisk, nil
			}
			return nil, nil
		}}
		s := newShop(t, r, prints)
		s.print(t, "a", "x")
		pass(time.Second)
		if !errors.Is(s.died(), errDisk) {
			t.Errorf("ran to %v", s.died())
		}
		s = newShop(t, r, prints)
		pass(time.Hour)
		s.want(t, "sent", s.sent)
		s.want(t, "told", s.told, "a not_printed?@0")
	})
	run("ending in the middle of a job leaves it uncertain, before it waiting", func(t *testing.T) {
		r := &rows{}
		begun := true
		hang := func(ctx context.Context, _, _ string) (Result, error) {
			<-ctx.Done()
			return problem(Stuck, begun)
		}
		s := newShop(t, r, hang)
		s.print(t, "a", "x")
		synctest.Wait()
		s.stop()
		s.want(t, "told", s.told, "a not_printed stuck?@0")
		begun = false
		s = newShop(t, r, hang)
		s.print(t, "b", "x")
		synctest.Wait()
		s.stop()
		if s.died() != nil {
			t.Errorf("ran to %v", s.died())
		}
		s = newShop(t, r, prints)
		s.want(t, "told", s.told, "b printed@0")
	})
	run("a copy is a job of its own, and only of one that is settled", func(t *testing.T) {
		ready := time.Now().Add(10 * time.Second)
		s := newShop(t, &rows{}, func(context.Context, string, string) (Result, error) {
			if time.Now().Before(ready) {
				return problem(PaperOut, false)
			}
			return Result{Printed: true}, nil
		})
		s.print(t, "a", "x")
		copied := Job{ID: "a2", Link: "x", Data: []byte("COPY a")}
		if err := s.Reprint("a", copied); !errors.Is(err, ErrJobWaiting) {
			t.Errorf("error %v", err)
		}
		pass(time.Minute)
		if err := s.Reprint("a", copied); err != nil {
			t.Error(err)
		}
		if err := s.Reprint("none", copied); !errors.Is(err, ErrNoJob) {
			t.Errorf("error %v", err)
		}
		synctest.Wait()
		if j, err := s.rows.Get("a2"); err != nil || j.CopyOf != "a" || j.State != StatePrinted {
			t.Errorf("job %+v, %v", j, err)
		}
	})
	run("what can never be printed is refused at once", func(t *testing.T) {
		s := newShop(t, &rows{}, prints)
		var e *LinkError
		if err := s.Print(Job{ID: "a", Link: "bad", Data: []byte("a")}); !errors.As(err, &e) {
			t.Errorf("error %v", err)
		}
		if err := s.Print(Job{ID: "a", Link: "x"}); !errors.Is(err, ErrNotAJob) {
			t.Errorf("error %v", err)
		}
		if err := s.Print(Job{Link: "x", Data: []byte("a")}); !errors.Is(err, ErrNotAJob) {
			t.Errorf("error %v", err)
		}
		s.print(t, "a", "x")
		if err := s.Print(Job{ID: "a", Link: "x", Data: []byte("a")}); err == nil {
			t.Error("two jobs of one id")
		}
		if open, _ := s.rows.Open(); len(s.rows.jobs) != 1 {
			t.Errorf("rows %+v", open)
		}
	})
}

// TestQueueSendsAtMostOnce: whatever printers do and wherever the program
// dies, of no job do bytes leave twice, none leave after its time, and every
// job is settled in the end.
func TestQueueSendsAtMostOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		outcomes := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 30).Draw(rt, "outcomes")
		crashes := rapid.SliceOfN(rapid.IntRange(0, 12), 0, 30).Draw(rt, "crashes")
		pauses := rapid.SliceOfN(rapid.IntRange(0, 70), 1, 12).Draw(rt, "pauses")
		var wrong []string
		synctest.Test(t, func(t *testing.T) {
			begun := map[string]int{}
			r := &rows{failing: func(string, Mark) (before, after error) {
				if len(crashes) == 0 {
					return nil, nil
				}
				c := crashes[0]
				crashes = crashes[1:]
				switch c {
				case 0:
					return errDisk, nil
				case 1:
					return nil, errDisk
				}
				return nil, nil
			}}
			send := func(_ context.Context, _, id string) (Result, error) {
				o := 0
				if len(outcomes) > 0 {
					o, outcomes = outcomes[0], outcomes[1:]
				}
				time.Sleep(time.Duration(o) * time.Second)
				if o >= 4 {
					return problem(Unreachable, false)
				}
				begun[id]++
				j, _ := r.Get(id)
				if age := time.Since(j.Made); age > life+5*time.Second {
					wrong = append(wrong, fmt.Sprintf("%s was sent after %v", id, age))
				}
				if o == 3 {
					return problem(Cut, true)
				}
				return Result{Printed: o == 2}, nil
			}
			s := newShop(t, r, send)
			for i, pause := range pauses {
				id := fmt.Sprint("job", i)
				s.print(t, id, "x")
				pass(time.Duration(pause) * time.Second)
				if s.died() != nil { // the program died: start it again
					s = newShop(t, r, send)
				}
			}
			for range 100 {
				pass(3 * time.Minute)
				if s.died() == nil {
					break
				}
				s = newShop(t, r, send)
			}
			for _, j := range r.jobs {
				if begun[j.ID] > 1 {
					wrong = append(wrong, fmt.Sprintf("%s was sent %d times", j.ID, begun[j.ID]))
				}
				if !j.State.Settled() {
					wrong = append(wrong, fmt.Sprintf("%s is %s for ever", j.ID, j.State))
				}
				certain := j.State == StateExpired || j.State == StateNotPrinted && !j.Uncertain
				if begun[j.ID] > 0 && certain {
					wrong = append(wrong, fmt.Sprintf("%s was sent and is %s", j.ID, j.State))
				}
				if begun[j.ID] == 0 && (j.State == StatePrinted || j.State == StateSent) {
					wrong = append(wrong, fmt.Sprintf("%s was never sent and is %s", j.ID, j.State))
				}
			}
		})
		if len(wrong) > 0 {
			rt.Fatal(strings.Join(wrong, "; "))
		}
	})
}

// TestQueueOverTCP joins the queue with a real connection.
func TestQueueOverTCP(t *testing.T) {
	m := good()
	link := serve(t, m)
	r := &rows{}
	told := make(chan Job, 4)
	q := NewQueue(r, Open, func(j Job) { told <- j })
	q.again = 10 * ms
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- q.Run(ctx) }()
	m.set(2, 0x16)
	if err := q.Print(Job{ID: "a", Link: link, Ref: "1-261121-0001", Data: slip}); err != nil {
		t.Fatal(err)
	}
	if j := <-told; j.State != StateWaiting || j.Problem != CoverOpen || j.Ref != "1-261121-0001" {
		t.Fatalf("job %+v", j.Mark)
	}
	m.set(2, 0x12)
	if j := <-told; j.State != StatePrinted || m.printed() != string(slip) {
		t.Fatalf("job %+v, %d bytes on paper", j.Mark, len(m.printed()))
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A program that ended while it sent left half a job in the printer: what is
// printed next is led by what ends it.
func TestQueueEndsATornJob(t *testing.T) {
	m := good()
	link := serve(t, m)
	r := &rows{jobs: []Job{{ID: "torn", Link: link, Data: make([]byte, 100), Made: time.Now(), Mark: Mark{State: StateSending}}}}
	told := make(chan Job, 4)
	q := NewQueue(r, func(link string) (Printer, error) { return open(t, link, patience{}), nil }, func(j Job) { told <- j })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- q.Run(ctx) }()
	if j := <-told; j.State != StateNotPrinted || !j.Uncertain {
		t.Errorf("%+v", j.Mark)
	}
	for _, id := range []string{"a", "b"} {
		if err := q.Print(Job{ID: id, Link: link, Data: slip}); err != nil {
			t.Fatal(err)
		}
		if j := <-told; j.State != StatePrinted {
			t.Errorf("%+v", j.Mark)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if want := strings.Repeat("\x00", 100) + strings.Repeat(string(slip), 2); m.printed() != want {
		t.Errorf("%d bytes, want %d", len(m.printed()), len(want))
	}
}
