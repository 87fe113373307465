package printer

import (
	"context"
	"testing"
	"time"
)

// tells has a queue send a slip, and holds what it tells of it against what it
// should. Held is called when it tells that the printer stopped.
func tells(t *testing.T, link string, p patience, want []Mark, held func()) {
	t.Helper()
	told := make(chan Job, 8)
	q := NewQueue(&rows{}, func(string) (Printer, error) { return open(t, link, p), nil }, func(j Job) { told <- j })
	done := make(chan error)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { done <- q.Run(ctx) }()
	if err := q.Print(Job{ID: "a", Link: link, Data: slip}); err != nil {
		t.Fatal(err)
	}
	for _, want := range want {
		got := (<-told).Mark
		if got.At = (time.Time{}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if got.State == StateSending {
			held()
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A head that took the whole job and then ran out of paper prints the rest
// itself: the job ends as printed if that is soon, else uncertain, and is never
// sent twice.
func TestQueueHoldsAJobForPaper(t *testing.T) {
	for _, c := range []struct {
		name string
		back bool
		want []Mark
	}{
		{"paper comes back", true, []Mark{{State: StateSending, Problem: PaperOut}, {State: StatePrinted}}},
		{"nobody comes", false, []Mark{{State: StateSending, Problem: PaperOut}, {State: StateNotPrinted, Problem: PaperOut, Uncertain: true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := good()
			m.keeps, m.breaksAt, m.breaks = true, 300, func(m *machine) { m.set(2, 0x32) }
			link := serve(t, m)
			patience := patience{poll: 5 * ms, mend: 20 * time.Second}
			if !c.back {
				patience.mend = 50 * ms
			}
			tells(t, link, patience, c.want, func() {
				if c.back {
					m.set(2, 0x12)
				}
			})
			want := slip
			if !c.back {
				want = slip[:300]
			}
			if got := m.printed(); got != string(want) {
				t.Errorf("%d bytes on paper, want %d", len(got), len(want))
			}
		})
	}
}

// A head whose buffer is full says nothing at all while it has no paper: the
// questions stand behind the job. It is given the same time.
func TestQueueHoldsAJobForASilentPrinter(t *testing.T) {
	for _, c := range []struct {
		name string
		back bool
		want []Mark
	}{
		{"it goes on", true, []Mark{{State: StateSending, Problem: Stuck}, {State: StatePrinted}}},
		{"nobody comes", false, []Mark{{State: StateSending, Problem: Stuck}, {State: StateNotPrinted, Problem: Stuck, Uncertain: true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := good()
			back := make(chan struct{})
			m.keeps, m.breaksAt, m.breaks = true, 300, func(*machine) { <-back }
			link := serve(t, m)
			if !c.back {
				t.Cleanup(func() { close(back) }) // or the machine would never end
			}
			patience := patience{poll: 5 * ms, proof: 50 * ms, answer: 20 * ms, mend: 20 * time.Second}
			if !c.back {
				patience.mend = 50 * ms
			}
			tells(t, link, patience, c.want, func() {
				if c.back {
					close(back)
				}
			})
			if c.back && m.printed() != string(slip) {
				t.Errorf("%d bytes on paper, want %d", len(m.printed()), len(slip))
			}
		})
	}
}

// What stopped a job may be told when the job has ended, or when the printer has
// the next one: it says nothing of that.
func TestQueueHearsOfAStopTooLate(t *testing.T) {
	r := &rows{}
	told := 0
	q := NewQueue(r, Open, func(Job) { told++ })
	if err := q.stopped(stop{"tcp://127.0.0.1", "a", Stuck}); err != nil {
		t.Error(err)
	}
	next := Job{ID: "b", Link: "tcp://127.0.0.1", Data: []byte("x")}
	if err := q.Print(next); err != nil {
		t.Fatal(err)
	}
	q.sending[next.Link] = &next
	if err := q.stopped(stop{next.Link, "a", Stuck}); err != nil {
		t.Error(err)
	}
	if j, err := r.Get("b"); err != nil || j.Problem != "" || told != 0 {
		t.Errorf("the next job is %+v (%v), told %d times", j.Mark, err, told)
	}
	if err := q.stopped(stop{next.Link, "b", Stuck}); err != nil || told != 1 {
		t.Errorf("its own stop: %v, told %d times", err, told)
	}
}
