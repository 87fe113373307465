package simulator

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// Options are what a printer is like. The zero value is a good one on the
// network, which takes one connection at a time.
type Options struct {
	Head Head
	// Habit is what it does with a second connection.
	Habit Habit
	// Buffer is how many bytes it takes in while it can't print: 4096 if zero.
	// A full one stops the link, and the questions behind it.
	Buffer int
	// BytesPerSecond is how fast it prints; 0 is at once.
	BytesPerSecond int
	// Mute never answers anything.
	Mute bool
	// NoGSr answers DLE EOT and not GS r.
	NoGSr bool
	// NoNearEnd has no sensor for that.
	NoNearEnd bool
	// ASB sends its status unasked from power-up, as a DIP switch sets it.
	ASB bool
}

// Habit is what a printer that has a connection does with a second one.
type Habit int

// The habits.
const (
	Waits   Habit = iota // lets it stand unanswered until the first one ends
	Closes               // takes it and closes it
	Refuses              // refuses it
)

// Printer is a simulated printer on a link. Its methods are safe for
// concurrent use.
type Printer struct {
	options Options
	link    string
	over    chan struct{} // closed by Close
	close   func()
	running sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{} // closed, and made anew, whenever anything changes
	head    *Decoder
	state
	buffer     []byte // taken in and not printed
	printed    int    // bytes worked off since power-up
	ends       []int  // what printed is where connections ended
	recent     [5]byte
	connection *connection  // the connection that stands
	listener   net.Listener // on TCP, while the power is on
	asb        byte         // GS a
	said       [4]byte      // what was sent unasked last
}

// state is what its switches say.
type state struct {
	off       bool
	cover     bool
	out       bool
	nearEnd   bool
	feeding   bool
	jammed    bool
	jamsNext  bool
	hot       bool
	broken    bool
	dead      bool
	mute      bool
	drawerLow bool
	speed     int
	paperEnd  int // the head's fed at which the paper ends; 0 for never
	diesAt    int // printed at which the power goes; 0 for never
}

func newPrinter(o Options) *Printer {
	if o.Buffer <= 0 {
		o.Buffer = 4096
	}
	p := &Printer{
		options: o, over: make(chan struct{}), changed: make(chan struct{}), head: NewDecoder(o.Head),
		state: state{mute: o.Mute, speed: o.BytesPerSecond},
	}
	p.close = sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		close(p.over)
		if p.listener != nil {
			_ = p.listener.Close()
		}
	})
	if o.ASB {
		p.asb = 0xff
	}
	p.head.host = host{
		realTime: true,
		paper:    p.paperByte,
		answer: func(b []byte) {
			if !o.NoGSr {
				p.say(b)
			}
		},
		asb: func(n byte) {
			p.asb = n
			if n != 0 {
				p.said = p.asbBytes()
				p.say(p.said[:])
			}
		},
		cut: func() bool {
			p.jammed, p.jamsNext = p.jammed || p.jamsNext, false
			return !p.jammed
		},
	}
	p.running.Go(p.work)
	return p
}

// Link is where it can be reached: tcp://127.0.0.1:port or serial:///dev/pts/n.
func (p *Printer) Link() string { return p.link }

// Close ends the link and everything with it.
func (p *Printer) Close() {
	p.close()
	p.running.Wait()
}

// Paper is what was printed by now.
func (p *Printer) Paper() Paper {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.head.Paper()
}

// Misprints are what a real head would have printed wrong, or not at all.
func (p *Printer) Misprints() []Misprint {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.head.Misprints()
}

// WaitSlips waits until n slips were cut, and returns the paper.
func (p *Printer) WaitSlips(ctx context.Context, n int) (Paper, error) {
	return p.WaitPaper(ctx, func(paper Paper) bool { return len(paper.Slips) >= n })
}

// WaitPaper waits until the paper is as wanted. The error is that of ctx, with
// how many slips there were.
func (p *Printer) WaitPaper(ctx context.Context, wanted func(Paper) bool) (Paper, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		paper := p.head.Paper()
		if wanted(paper) {
			return paper, nil
		}
		if !p.wait(ctx.Done(), nil) {
			return paper, fmt.Errorf("%d slips on paper: %w", len(paper.Slips), context.Cause(ctx))
		}
	}
}

// wait waits for a change, or for tick, with the lock given up meanwhile; false
// when it is over.
func (p *Printer) wait(done <-chan struct{}, tick <-chan time.Time) bool {
	changed := p.changed
	p.mu.Unlock()
	defer p.mu.Lock()
	select {
	case <-changed:
	case <-tick:
	case <-done:
		return false
	case <-p.over:
		return false
	}
	return true
}

// change tells of a change, and says it unasked where that is wanted.
func (p *Printer) change() {
	if now := p.asbBytes(); p.asb != 0 && now != p.said {
		p.said = now
		p.say(now[:])
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// turn changes the state.
func (p *Printer) turn(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	p.change()
}

// PaperOut takes the paper out at once.
func (p *Printer) PaperOut() { p.turn(func() { p.out = true }) }

// PaperOutAfter lets the paper end so many dots from here, in the middle of
// whatever is printed then. What follows stays in the buffer.
func (p *Printer) PaperOutAfter(dots int) { p.turn(func() { p.paperEnd = p.head.fed + max(dots, 1) }) }

// LoadPaper puts a new roll in: it goes on with what is in the buffer.
func (p *Printer) LoadPaper() { p.turn(func() { p.out, p.nearEnd, p.paperEnd = false, false, 0 }) }

// NearEnd is the sensor that tells that the roll is nearly used up.
func (p *Printer) NearEnd(near bool) { p.turn(func() { p.nearEnd = near && !p.options.NoNearEnd }) }

// Cover opens or closes the cover.
func (p *Printer) Cover(open bool) { p.turn(func() { p.cover = open }) }

// FeedButton holds the feed button down, which takes it offline, or lets it go.
func (p *Printer) FeedButton(held bool) { p.turn(func() { p.feeding = held }) }

// JamCutter blocks the cutter at once.
func (p *Printer) JamCutter() { p.turn(func() { p.jammed = true }) }

// JamNextCut blocks the cutter when it cuts next.
func (p *Printer) JamNextCut() { p.turn(func() { p.jamsNext = true }) }

// FreeCutter frees it; a cut that it owes is made.
func (p *Printer) FreeCutter() {
	p.turn(func() {
		p.jammed, p.jamsNext = false, false
		if kind := p.head.jammed; kind != Uncut {
			p.head.jammed = Uncut
			p.head.finishSlip(kind)
		}
	})
}

// Overheat takes it offline until its head is cool again.
func (p *Printer) Overheat() { p.turn(func() { p.hot = true }) }

// Cool ends that; a real head needs some seconds.
func (p *Printer) Cool() { p.turn(func() { p.hot = false }) }

// Break is an error that only the power switch ends, if that does.
func (p *Printer) Break(broken bool) { p.turn(func() { p.broken = broken }) }

// Hang stops it from reading, printing and answering, with its connections
// open, or lets it go on.
func (p *Printer) Hang(dead bool) { p.turn(func() { p.dead = dead }) }

// Mute stops all its answers, or lets them be.
func (p *Printer) Mute(mute bool) { p.turn(func() { p.mute = mute }) }

// Slow sets how many bytes a second it prints; 0 is at once.
func (p *Printer) Slow(bytesPerSecond int) { p.turn(func() { p.speed = bytesPerSecond }) }

// Drawer opens or closes the drawer: its switch is on pin 3, high while closed.
func (p *Printer) Drawer(open bool) { p.turn(func() { p.drawerLow = open }) }

// PowerOff cuts its connections and loses all that it has not printed.
func (p *Printer) PowerOff() { p.turn(p.powerOff) }

// PowerOffAfter does so when it has printed so many more bytes.
func (p *Printer) PowerOffAfter(bytes int) {
	p.turn(func() { p.diesAt = p.printed + len(p.buffer) + max(bytes, 1) })
}

// PowerOn switches it on again, at the same link, and returns when it can be
// reached there.
func (p *Printer) PowerOn() {
	p.mu.Lock()
	defer p.mu.Unlock()
	wasOff := p.off
	p.off = false
	p.change()
	for wasOff && !p.off && p.listener == nil && strings.HasPrefix(p.link, "tcp:") && !p.isOver() {
		p.wait(nil, nil)
	}
}

func (p *Printer) isOver() bool {
	select {
	case <-p.over:
		return true
	default:
		return false
	}
}

func (p *Printer) powerOff() {
	if p.off {
		return
	}
	p.off, p.diesAt = true, 0
	p.buffer = nil
	if len(p.ends) > 0 || p.head.began {
		p.head.End()
	}
	p.ends = nil
	p.head.restart()
	p.asb = 0
	if p.options.ASB {
		p.asb = 0xff
	}
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
	if s := p.connection; s != nil && s.reset != nil {
		s.ended = true
		s.reset()
		p.connection = nil
	}
}

// offline tells that it can't print.
func (s *state) offline() bool {
	return s.cover || s.out || s.feeding || s.jammed || s.hot || s.broken
}

// bits puts together a status byte.
func bits(fixed byte, of ...any) byte {
	for i := 0; i < len(of); i += 2 {
		if of[i+1].(bool) {
			fixed |= byte(of[i].(int))
		}
	}
	return fixed
}

// status is the answer to DLE EOT n.
func (s *state) status(n byte) byte {
	switch n {
	case 1:
		return bits(0x12, 0x04, !s.drawerLow, 0x08, s.offline(), 0x20, s.jammed || s.hot, 0x40, s.feeding)
	case 2:
		return bits(0x12, 0x04, s.cover, 0x08, s.feeding, 0x20, s.out, 0x40, s.jammed || s.hot || s.broken)
	case 3:
		return bits(0x12, 0x08, s.jammed, 0x20, s.broken, 0x40, s.hot)
	}
	return bits(0x12, 0x0c, s.nearEnd || s.out, 0x60, s.out)
}

// asbBytes are what GS a asks for.
func (s *state) asbBytes() [4]byte {
	return [4]byte{
		bits(0x10, 0x04, !s.drawerLow, 0x08, s.offline(), 0x20, s.cover, 0x40, s.feeding),
		bits(0, 0x01, s.jammed || s.hot, 0x02, s.feeding, 0x08, s.jammed, 0x20, s.broken, 0x40, s.hot),
		bits(0, 0x03, s.nearEnd || s.out, 0x0c, s.out),
		0x0f,
	}
}

// paperByte is the answer to GS r 1.
func (s *state) paperByte() byte { return bits(0, 0x03, s.nearEnd || s.out, 0x0c, s.out) }
