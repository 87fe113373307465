package scanner

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// slip is the code of a slip.
const slip = "90123456789012345678"

var troubles = flag.Int("troubles", 0, "how many scans with and without trouble are played to a serial line, instead of some thousands")

// wire is a serial line in time of its own, with a scanner at its far end that
// scans whenever the line has been silent for a while. What comes out of it
// depends on the speed that the near end has set.
type wire struct {
	now     time.Duration
	wait    time.Duration
	baud    int
	chunks  []chunk
	gone    time.Duration // when it is unplugged; 0 for never
	silent  time.Duration // since when
	nextDue func(*wire)   // makes the next scan
	early   bool          // it makes it as soon as the line is plugged in
}

// chunk is what arrives at one time.
type chunk struct {
	at    time.Duration
	bytes []byte
}

var errGone = errors.New("unplugged")

func (w *wire) Read(p []byte) (int, error) {
	if len(w.chunks) == 0 && w.gone == 0 && (w.early || w.now-w.silent > 2*rest) {
		w.early = false
		w.nextDue(w)
	}
	until := w.now + w.wait
	switch {
	case len(w.chunks) > 0 && w.chunks[0].at <= until:
		c := &w.chunks[0]
		w.now = max(w.now, c.at)
		n := copy(p, c.bytes)
		if c.bytes = c.bytes[n:]; len(c.bytes) == 0 {
			w.chunks = w.chunks[1:]
		}
		w.silent = w.now
		return n, nil
	case len(w.chunks) == 0 && w.gone > 0 && w.gone <= until:
		w.now = w.gone
		return 0, errGone
	}
	w.now = until
	return 0, nil
}

func (w *wire) SetReadTimeout(t time.Duration) error { w.wait = t; return nil }
func (w *wire) setSpeed(baud int) error              { w.baud = baud; return nil }
func (w *wire) Close() error                         { return nil }

// A trouble is a way in which a scan can go wrong.
type trouble struct {
	name string
	// play sends a scan, and returns which texts must be heard. None means that
	// it must be told as broken.
	play func(p *player, w *wire, text string) (want []string)
	// Without an ending, the half of a scan is no other than a whole one that is
	// as long: such troubles are for scanners that send one.
	needsEnding bool
}

// player plays scans and their troubles to an ear, and counts what is told.
type player struct {
	*rand.Rand
	baud   int // the scanner's
	ending string
	uart   uart
	// arrived says that more than a bare ending came of the last scan.
	arrived bool
}

// bytes adds a chunk, as the line's receiver hears it.
func (p *player) bytes(w *wire, at time.Duration, text string) { p.at(w, at, text, p.baud) }

func (p *player) at(w *wire, at time.Duration, text string, baud int) {
	heard := []byte(text)
	if baud != w.baud {
		u := p.uart
		u.baud = w.baud
		heard = u.hear(heard, baud, p.Float64())
	}
	if len(heard) > 0 {
		p.arrived = p.arrived || strings.Trim(string(heard), "\r\n\t") != ""
		w.chunks = append(w.chunks, chunk{w.now + at, heard})
	}
}

// between is a time from one up to another.
func (p *player) between(from, to time.Duration) time.Duration {
	return from + time.Duration(p.Int64N(int64(to-from)))
}

// cut is a place within a text: something is before it and something after.
func (p *player) cut(text string) int { return 1 + p.IntN(len(text)-1) }

// noise is a byte that is no character, or the NUL of one that came damaged.
func (p *player) noise() string {
	return []string{"\x00", "\x00", "\x07", "\x80", "\xff", "\x1b"}[p.IntN(6)]
}

var allTroubles = []trouble{
	{"none", func(p *player, w *wire, text string) []string {
		p.bytes(w, 10*ms, text+p.ending)
		return []string{text}
	}, false},
	{"none, in pieces close together", func(p *player, w *wire, text string) []string {
		at := 10 * ms
		for c := range slices.Chunk([]byte(text+p.ending), 1+p.IntN(8)) {
			p.bytes(w, at, string(c))
			at += p.between(ms, quiet-ms)
		}
		return []string{text}
	}, false},
	{"its end is lost", func(p *player, w *wire, text string) []string {
		p.bytes(w, 10*ms, text[:p.cut(text)])
		return nil
	}, true},
	{"only its ending is lost", func(p *player, w *wire, text string) []string {
		p.bytes(w, 10*ms, text)
		return nil
	}, true},
	{"few digits of it come", func(p *player, w *wire, text string) []string {
		p.bytes(w, 10*ms, text[:1+p.IntN(MinLength-1)]+p.ending)
		return nil
	}, false},
	{"unplugged in the middle", func(p *player, w *wire, text string) []string {
		p.bytes(w, 10*ms, text[:p.cut(text)])
		w.gone = w.now + 10*ms + p.between(ms, quiet-ms)
		return nil
	}, false},
	{"unplugged some time after half of it", func(p *player, w *wire, text string) []string {
		p.bytes(w, 10*ms, text[:p.cut(text)])
		w.gone = w.now + p.between(quiet, 3*rest)
		return nil
	}, true},
	{"plugged in in the middle", func(p *player, w *wire, text string) []string {
		w.gone = w.now + 10*ms
		next := w.nextDue
		w.nextDue = func(w *wire) {
			// The rest of what the scanner was sending.
			p.bytes(w, p.between(0, quiet-ms), text[p.cut(text):]+p.ending)
			w.nextDue = next
		}
		w.early = true
		return nil
	}, false},
	{"a pause in the middle", func(p *player, w *wire, text string) []string {
		at := p.cut(text)
		p.bytes(w, 10*ms, text[:at])
		p.bytes(w, 10*ms+p.between(quiet+ms, rest-ms), text[at:]+p.ending)
		return nil
	}, true},
	{"a pause, its first digits gone by then", func(p *player, w *wire, text string) []string {
		at := 1 + p.IntN(2)
		p.bytes(w, 10*ms, text[:at])
		p.bytes(w, 10*ms+p.between(quiet+ms, rest-ms), text[at:]+p.ending)
		return nil
	}, false},
	{"two in one, their parting lost", func(p *player, w *wire, text string) []string {
		p.bytes(w, 10*ms, text+randomCode(p.Rand)+p.ending)
		return nil
	}, false},
	{"a byte is noise", func(p *player, w *wire, text string) []string {
		at := p.IntN(len(text))
		p.bytes(w, 10*ms, text[:at]+p.noise()+text[at+1:]+p.ending)
		return nil
	}, false},
	{"noise comes between", func(p *player, w *wire, text string) []string {
		at := p.IntN(len(text) + 1)
		p.bytes(w, 10*ms, text[:at]+strings.Repeat(p.noise(), 1+p.IntN(5))+text[at:]+p.ending)
		return nil
	}, false},
	{"its ending is noise", func(p *player, w *wire, text string) []string {
		p.bytes(w, 10*ms, text+p.noise())
		return nil
	}, true},
	{"noise alone", func(p *player, w *wire, text string) []string {
		p.bytes(w, 10*ms, strings.Repeat(p.noise(), 1+p.IntN(20)))
		return nil
	}, false},
	{"noise right before it", func(p *player, w *wire, text string) []string {
		p.bytes(w, 10*ms, p.noise())
		p.bytes(w, 10*ms+p.between(ms, rest-ms), text+p.ending)
		return nil
	}, false},
	{"sent at another speed", func(p *player, w *wire, text string) []string {
		other := p.baud
		for other == p.baud || other == w.baud {
			other = speeds[p.IntN(len(speeds))]
		}
		p.at(w, 10*ms, text+p.ending, other)
		return nil
	}, false},
	{"bytes of its own speed, but 7 bits with parity", func(p *player, w *wire, text string) []string {
		odd := []byte(text + p.ending)
		damaged := false
		for i, b := range odd {
			ones := 0
			for k := range 7 {
				ones += int(b >> k & 1)
			}
			if ones%2 == 1 {
				odd[i] |= 0x80
				damaged = true
			}
		}
		p.bytes(w, 10*ms, string(odd))
		if !damaged {
			return []string{text}
		}
		return nil
	}, true},
}

// TestTroubles plays thousands of scans with every trouble to an ear, with each
// ending and at each speed: what is whole is heard, what isn't is told, and
// nothing is heard that was not on the customer's screen.
func TestTroubles(t *testing.T) {
	each := 150
	if *troubles > 0 {
		each = 1 + *troubles/(len(speeds)*5*len(allTroubles))
	}
	type count struct{ sent, heard, broken, missed, misread int }
	counts := make([]count, len(allTroubles)+1)
	const elsewhere = "while the speed is another"
	for i, baud := range speeds {
		for j, ending := range []string{"\r", "\n", "\r\n", "\t", ""} {
			p := &player{Rand: rand.New(rand.NewPCG(uint64(i), uint64(j))), baud: baud, ending: ending}
			p.uart.marks = j%2 == 0
			var (
				scans  []string
				broken int
				check  func()
				left   = each * len(allTroubles)
			)
			ctx, cancel := context.WithCancel(t.Context())
			e := newEar(&Serial{
				Scanned: func(s Scan) { scans = append(scans, s.Text) },
				Broken:  func(Broken) { broken++ },
			})
			w := &wire{baud: e.speeds[0]}
			due := func(w *wire) {
				if check != nil {
					check()
				}
				if left--; left < 0 {
					cancel()
					return
				}
				scans, broken, p.arrived = nil, 0, false
				// Half are whole, and the first is: it tells the ear what this scanner's
				// ending is.
				kind := p.IntN(len(allTroubles))
				for allTroubles[kind].needsEnding && ending == "" {
					kind = p.IntN(len(allTroubles))
				}
				if p.IntN(2) == 0 || !e.sure && !e.marked && !e.silent {
					kind = 0
				}
				p.uart.eager = p.IntN(2) == 0
				text := randomCode(p.Rand)
				matched := w.baud == p.baud
				want := allTroubles[kind].play(p, w, text)
				c := &counts[kind]
				if !matched {
					want, c = nil, &counts[len(allTroubles)]
				}
				check = func() {
					c.sent++
					switch {
					case len(scans) > len(want) || !slices.Equal(scans, want[:len(scans)]):
						c.misread++
						t.Errorf("%q %q at %d: %d scans heard, want %d", allTroubles[kind].name, ending, p.baud, len(scans), len(want))
					case len(scans) > 0:
						c.heard++
					case broken > 0:
						c.broken++
					case p.arrived:
						c.missed++
						t.Errorf("%q %q at %d: nothing was told", allTroubles[kind].name, ending, p.baud)
					}
					if len(want) > 0 && len(scans) < len(want) {
						t.Errorf("%q %q at %d: broken, want it heard", allTroubles[kind].name, ending, p.baud)
					}
				}
			}
			w.nextDue = due
			for ctx.Err() == nil {
				if err := e.listen(ctx, w); !errors.Is(err, errGone) {
					break
				}
				w.now += time.Second // to plug it in again
				w.gone, w.baud, w.silent = 0, e.speeds[0], w.now
			}
			cancel()
		}
	}
	var table strings.Builder
	var all count
	line := func(name string, c count) {
		fmt.Fprintf(&table, "\n%-50s %7d %7d %7d %7d", name, c.sent, c.heard, c.broken, c.misread)
		all.sent, all.heard, all.broken, all.misread = all.sent+c.sent, all.heard+c.heard, all.broken+c.broken, all.misread+c.misread
	}
	fmt.Fprintf(&table, "\n%-50s %7s %7s %7s %7s", "trouble", "sent", "heard", "broken", "misread")
	for i, tr := range allTroubles {
		line(tr.name, counts[i])
	}
	line(elsewhere, counts[len(allTroubles)])
	line("all", all)
	t.Log(table.String())
	if all.sent < each*len(allTroubles)*len(speeds)*5 || all.heard == 0 {
		t.Errorf("%d sent, %d heard", all.sent, all.heard)
	}
}
