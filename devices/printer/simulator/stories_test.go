package simulator_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
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
		{name: "paper ends, a small buffer, nobody there at first", slips: 1, long: true, options: simulator.Options{Buffer: 64},
			before: func(_ *testing.T, p *simulator.Printer) { p.PaperOutAfter(100) },
			then:   afterTold((*simulator.Printer).LoadPaper, "a sending stuck", "a sending paper_out"),
			ends:   printed},
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
		{name: "hot head in the slip", slips: 1, options: simulator.Options{BytesPerSecond: 600},
			then: func(t *testing.T, s *shop, p *simulator.Printer) {
				waitOut(t, p)
				p.Overheat()
				s.hears(t, "a sending hot_head", "a sending offline", "a not_printed")
				p.Cool()
			},
			ends: []string{"printed", "not_printed hot_head?", "not_printed offline?"}},
		{name: "cover opened in the slip", slips: 1, options: simulator.Options{BytesPerSecond: 600},
			then: func(t *testing.T, s *shop, p *simulator.Printer) {
				waitOut(t, p)
				p.Cover(true)
				s.hears(t, "a sending cover_open", "a not_printed")
				p.Cover(false)
			},
			ends: []string{"printed", "not_printed cover_open?"}},
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
		{name: "never answers, loses power in the slip", kind: "tcp", slips: 0, options: simulator.Options{Mute: true},
			before: func(_ *testing.T, p *simulator.Printer) { p.PowerOffAfter(150) },
			then:   func(t *testing.T, s *shop, p *simulator.Printer) { s.settled(t, "a"); p.PowerOn() },
			// Its network side may have taken all in and hung up in good order.
			ends: []string{"not_printed cut?", "sent"}},
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

// TestNeverTwice plays random mishaps on many printers at once, each mended by
// somebody after a while. A slip that was told to be printed is on paper, whole
// and once; none is there twice.
func TestNeverTwice(t *testing.T) {
	t.Parallel()
	printers, each := 16, 3
	if *long {
		printers, each = 200, 10
	}
	var mu sync.Mutex
	ends := map[string]int{}
	var playing sync.WaitGroup
	for seed := range printers {
		playing.Go(func() {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				told := mishaps(t, uint64(seed), each)
				mu.Lock()
				defer mu.Unlock()
				for _, end := range told {
					ends[end]++
				}
			})
		})
	}
	playing.Wait()
	t.Logf("%d printers, %d slips each: %v", printers, each, ends)
}

// mishaps prints slips on a printer that has bad luck.
func mishaps(t *testing.T, seed uint64, slips int) map[string]string {
	r := rand.New(rand.NewPCG(seed, 0))
	options := simulator.Options{
		Habit: simulator.Habit(r.IntN(3)), Buffer: []int{64, 300, 4096, 1 << 16}[r.IntN(4)],
		BytesPerSecond: []int{0, 0, 1500}[r.IntN(3)], ASB: r.IntN(3) == 0, Mute: r.IntN(6) == 0,
	}
	p, err := simulator.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	mend := func() {
		p.LoadPaper()
		p.Cover(false)
		p.FreeCutter()
		p.Cool()
		p.PowerOn()
	}
	// Whoever stands there looks at it now and then.
	ctx, cancel := context.WithCancel(t.Context())
	var hand sync.WaitGroup
	pause := time.Duration(300+r.IntN(1200)) * time.Millisecond
	hand.Go(func() {
		for tick := time.NewTicker(pause); ; {
			select {
			case <-tick.C:
				mend()
			case <-ctx.Done():
				return
			}
		}
	})
	s := open(t)
	told := map[string]string{}
	for i := range slips {
		switch dots, id := 1+r.IntN(700), fmt.Sprintf("%c", 'a'+i); r.IntN(7) {
		case 0, 1:
			p.PaperOutAfter(dots)
		case 2:
			p.PowerOffAfter(dots)
		case 3:
			p.JamNextCut()
		case 4:
			p.Cover(true)
		case 5:
			p.Overheat()
			fallthrough
		default:
			if r.IntN(2) == 0 { // the next one comes at once
				s.print(t, id, p.Link())
				continue
			}
		}
		id := fmt.Sprintf("%c", 'a'+i)
		s.print(t, id, p.Link())
		told[id] = s.settled(t, id)
	}
	for i := range slips {
		id := fmt.Sprintf("%c", 'a'+i)
		told[id] = s.settled(t, id)
	}
	cancel()
	hand.Wait()
	p.PowerOffAfter(1 << 30) // not any more
	mend()
	p.Mute(false)
	s.print(t, "z", p.Link())
	s.settled(t, "z")
	paper, err := p.WaitPaper(soon(t), func(paper simulator.Paper) bool { return strings.Contains(cutText(paper), "slip z\n") })
	if err != nil {
		t.Error(err)
	}
	text := paper.Text()
	for id, end := range told {
		times := strings.Count(text, "slip "+id+"\n")
		whole := strings.Count(cutText(paper), string(wholeText(id)))
		if times > 1 || strings.HasPrefix(end, "printed") && whole != 1 {
			t.Errorf("%+v: slip %s is %s, %d times on paper and %d times whole\ntold %s", options, id, end, times, whole, s.all())
		}
	}
	return told
}

// cutText is what the slips say that were cut off, each ended by a dash.
func cutText(paper simulator.Paper) string {
	var b strings.Builder
	for _, s := range paper.Slips {
		b.WriteString(s.Text() + "—")
	}
	return b.String()
}

func wholeText(id string) string {
	return "slip " + id + "\n" + strings.Repeat("a line of it\n", 20) + "—"
}

// TestPulse opens a drawer, and prints nothing.
func TestPulse(t *testing.T) {
	for kind, start := range links {
		t.Run(kind, func(t *testing.T) {
			p, err := start(simulator.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(p.Close)
			device, err := printer.Open(p.Link())
			if err != nil {
				t.Fatal(err)
			}
			if err := device.Pulse(t.Context(), []byte{0x1b, 'p', 0, 25, 250}, nil); err != nil {
				t.Fatal(err)
			}
			paper, err := p.WaitPaper(soon(t), func(paper simulator.Paper) bool { return len(paper.Pulses) == 1 })
			if err != nil || paper.Pulses[0].Pin != 2 || !paper.Hanging.Empty() || len(paper.Slips) > 0 {
				t.Errorf("%v, %v", paper.Pulses, err)
			}
		})
	}
}
