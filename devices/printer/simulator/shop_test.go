package simulator_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ringup/devices/printer"
	"ringup/devices/printer/simulator"
)

var long = flag.Bool("long", false, "play the stories that take longer than ten seconds as well")

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

func open(t *testing.T) *shop {
	t.Helper()
	s := &shop{changed: make(chan struct{}), done: make(chan struct{})}
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

// A story is what happens to a slip, and how it may end.
type story struct {
	name    string
	kind    string // of link; "" is all of them
	options simulator.Options
	before  func(t *testing.T, p *simulator.Printer)
	then    func(t *testing.T, s *shop, p *simulator.Printer) // after slip a is in the queue
	ends    []string                                          // how a may be settled
	slips   int                                               // how often a is on paper when all is over
	alone   bool                                              // nothing more is printed
	long    bool                                              // only with -long
}

// afterTold does something to the printer when something is told of slip a.
func afterTold(do func(*simulator.Printer), told ...string) func(*testing.T, *shop, *simulator.Printer) {
	return func(t *testing.T, s *shop, p *simulator.Printer) {
		s.hears(t, told...)
		do(p)
	}
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// TestASlipComesOutOnceOrIsToldNotTo plays what happens to printers in shops.
// Run with -v it prints the table.
func TestASlipComesOutOnceOrIsToldNotTo(t *testing.T) {
	t.Parallel()
	printed := []string{"printed"}
	stories := []story{
		{name: "all is well", ends: printed, slips: 1},
		{name: "paper out before", ends: printed, slips: 1,
			before: func(_ *testing.T, p *simulator.Printer) { p.PaperOut() },
			then:   afterTold((*simulator.Printer).LoadPaper, "a waiting paper_out")},
		{name: "paper ends in the slip, and comes back", slips: 1,
			before: func(_ *testing.T, p *simulator.Printer) { p.PaperOutAfter(200) },
			then:   afterTold((*simulator.Printer).LoadPaper, "a sending paper_out", "a not_printed paper_out?"),
			ends:   []string{"printed", "not_printed paper_out?"}},
		{name: "paper ends in the slip, a small buffer", slips: 1, options: simulator.Options{Buffer: 64},
			before: func(_ *testing.T, p *simulator.Printer) { p.PaperOutAfter(100) },
			then:   func(t *testing.T, s *shop, p *simulator.Printer) { waitOut(t, p); p.LoadPaper() },
			ends:   []string{"printed", "sent", "not_printed paper_out?", "not_printed stuck?", "not_printed offline?"}},
		{name: "paper near its end", ends: []string{"printed", "printed near_end"}, slips: 1,
			before: func(_ *testing.T, p *simulator.Printer) { p.NearEnd(true) }},
		{name: "cover open before", ends: printed, slips: 1,
			before: func(_ *testing.T, p *simulator.Printer) { p.Cover(true) },
			then:   afterTold(func(p *simulator.Printer) { p.Cover(false) }, "a waiting cover_open")},
		{name: "feed button held", ends: printed, slips: 1,
			before: func(_ *testing.T, p *simulator.Printer) { p.FeedButton(true) },
			then:   afterTold(func(p *simulator.Printer) { p.FeedButton(false) }, "a waiting offline")},
		{name: "hot head before", ends: printed, slips: 1,
			before: func(_ *testing.T, p *simulator.Printer) { p.Overheat() },
			then:   afterTold((*simulator.Printer).Cool, "a waiting hot_head", "a waiting offline")},
		{name: "the cutter jams at the cut", slips: 1,
			before: func(_ *testing.T, p *simulator.Printer) { p.JamNextCut() },
			then:   afterTold((*simulator.Printer).FreeCutter, "a sending cutter_error", "a not_printed cutter_error?"),
			ends:   []string{"printed", "not_printed cutter_error?"}},
		{name: "slow, 2 KB a second", ends: printed, slips: 1, options: simulator.Options{BytesPerSecond: 2000, Buffer: 100}},
		{name: "status unasked (ASB)", ends: printed, slips: 1, options: simulator.Options{ASB: true}},
		{name: "status unasked, paper ends in the slip", slips: 1, options: simulator.Options{ASB: true},
			before: func(_ *testing.T, p *simulator.Printer) { p.PaperOutAfter(200) },
			then:   afterTold((*simulator.Printer).LoadPaper, "a sending paper_out", "a not_printed paper_out?"),
			ends:   []string{"printed", "not_printed paper_out?"}},
		{name: "never answers", ends: []string{"sent"}, slips: 1, options: simulator.Options{Mute: true}},
		{name: "never answers, no paper until later", ends: []string{"sent"}, slips: 1, options: simulator.Options{Mute: true},
			before: func(_ *testing.T, p *simulator.Printer) { p.PaperOut() },
			then:   func(t *testing.T, s *shop, p *simulator.Printer) { s.settled(t, "a"); p.LoadPaper() }},
		{name: "no answer to GS r", long: true, ends: []string{"sent"}, slips: 1, options: simulator.Options{NoGSr: true}},
		{name: "dead, and never comes back", kind: "tcp", slips: 0, alone: true,
			before: func(_ *testing.T, p *simulator.Printer) { p.Hang(true) },
			ends:   []string{"sent", "not_printed stuck?"}},
		{name: "dead, and wakes up", kind: "tcp", slips: 1,
			before: func(_ *testing.T, p *simulator.Printer) { p.Hang(true) },
			then:   func(t *testing.T, s *shop, p *simulator.Printer) { s.settled(t, "a"); p.Hang(false) },
			ends:   []string{"sent", "not_printed stuck?"}},
		{name: "loses power in the slip", kind: "tcp", slips: 0,
			before: func(_ *testing.T, p *simulator.Printer) { p.PowerOffAfter(150) },
			then:   func(t *testing.T, s *shop, p *simulator.Printer) { s.settled(t, "a"); p.PowerOn() },
			ends:   []string{"not_printed cut?"}},
		{name: "no power until later", kind: "tcp", ends: printed, slips: 1,
			before: func(_ *testing.T, p *simulator.Printer) { p.PowerOff() },
			then:   afterTold((*simulator.Printer).PowerOn, "a waiting unreachable")},
	}
	for habit, name := range []string{"waits", "is closed", "is refused"} {
		stories = append(stories, story{
			name: "another till has it, ours " + name, kind: "tcp", ends: printed, slips: 1,
			options: simulator.Options{Habit: simulator.Habit(habit)},
			before: func(t *testing.T, p *simulator.Printer) {
				// Another till holds its connection for a while.
				conn, err := net.Dial("tcp", strings.TrimPrefix(p.Link(), "tcp://"))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = conn.Close() })
				if _, err := conn.Write([]byte{0x10, 0x04, 0x01}); err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
					t.Fatal(err)
				}
				hold := time.AfterFunc(700*time.Millisecond, func() { _ = conn.Close() })
				t.Cleanup(func() { hold.Stop() })
			},
		})
		if habit == int(simulator.Waits) {
			// While it waits it can't be told from one that never answers.
			stories[len(stories)-1].ends = []string{"printed", "sent"}
		}
	}

	var mu sync.Mutex
	var rows []string
	var playing sync.WaitGroup
	for kind, start := range links {
		for _, c := range stories {
			if c.kind != "" && c.kind != kind || c.long && !*long {
				continue
			}
			// They wait and hardly compute: all at once, however few processors.
			playing.Go(func() {
				t.Run(kind+" "+c.name, func(t *testing.T) {
					row := play(t, start, c)
					mu.Lock()
					defer mu.Unlock()
					rows = append(rows, fmt.Sprintf("%-4s %-42s %s", kind, c.name, row))
				})
			})
		}
	}
	playing.Wait()
	slices.Sort(rows)
	t.Logf("link situation → what was told → slips on paper\n%s", strings.Join(rows, "\n"))
}

// waitOut waits until the paper has ended.
func waitOut(t *testing.T, p *simulator.Printer) {
	t.Helper()
	if _, err := p.WaitPaper(soon(t), func(paper simulator.Paper) bool {
		return paper.Hanging.Picture.Bounds().Dy() >= 100
	}); err != nil {
		t.Error(err)
	}
}

// play tells a story, and looks at the paper.
func play(t *testing.T, start func(simulator.Options) (*simulator.Printer, error), c story) string {
	p, err := start(c.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	s := open(t)
	if c.before != nil {
		c.before(t, p)
	}
	s.print(t, "a", p.Link())
	if c.then != nil {
		c.then(t, s, p)
	}
	if end := s.settled(t, "a"); !slices.Contains(c.ends, end) {
		t.Errorf("a is %s, want one of %q", end, c.ends)
	}
	want := c.slips
	if !c.alone {
		// The next slip shows that the printer works, and that a doesn't come again.
		s.print(t, "b", p.Link())
		if end := s.settled(t, "b"); end != "printed" && end != "printed near_end" && end != "sent" {
			t.Errorf("the slip after it is %s", end)
		}
		want++
	}
	paper, err := p.WaitSlips(soon(t), want)
	if err != nil {
		t.Error(err)
	}
	text := paper.Text()
	a, b := strings.Count(text, "slip a\n"), strings.Count(text, "slip b\n")
	whole := 0
	for _, one := range paper.Slips {
		if strings.HasPrefix(one.Text(), "slip a\n") && len(one.Lines) == 21 {
			whole++
		}
	}
	if a > 1 || whole != c.slips || !c.alone && b != 1 {
		t.Errorf("slip a is %d times on paper, %d times whole, want %d; slip b %d times", a, whole, c.slips, b)
	}
	if c.slips == 1 {
		if m := p.Misprints(); len(m) > 0 {
			t.Error(m)
		}
	}
	return fmt.Sprintf("→ %-72s → a %d, b %d", s.all(), whole, b)
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
