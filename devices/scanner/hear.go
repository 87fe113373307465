package scanner

import (
	"context"
	"strings"
	"time"
)

// speeds are the usual ones, by how often scanners leave the factory so.
var speeds = []int{9600, 115200, 38400, 19200}

const (
	// quiet is the longest pause within a read, and ends the read of a scanner
	// that is known to send no ending.
	quiet = 100 * time.Millisecond
	// rest ends all others. What comes between the two is the rest of a read
	// that had a pause in it: no hand scans twice so fast.
	rest = 400 * time.Millisecond
	// idle is how long a read of the port waits while nothing comes.
	idle = 200 * time.Millisecond
)

const (
	// forget is how many unreadable reads in a row make a known speed doubtful.
	forget = 3
	// joined is the length of two of the shortest payment codes. So many digits
	// are two reads that lost what parts them.
	joined = 32
	// code39 are the characters of the barcodes of goods that have letters.
	code39 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -.$/+%"
	// surely is how many characters of any kind a wrong speed doesn't make
	// without noise.
	surely = 16
	// mostPieces is how much of a scan at an unproven speed is kept.
	mostPieces = 16
)

// ear is a Serial that runs: what it knows of the scanner, and what it has told.
//
// What makes a scan, beside MinLength clean characters:
//
//   - nothing came right before it: not what the line held when it was opened,
//     and no piece of a read that paused
//   - its ending is this scanner's: where reads end by CR, one that trails off
//     is half of one
//   - digits are fewer than two payment codes; a text is long, or it has digits
//     and capital letters, as barcodes have, and ends by more than silence
//   - at a speed that has proven nothing, all that came until the line was
//     silent is a scan: digits only, or surely many characters and an ending.
//
// All else is told as broken. What it can't know: that a line dropped a digit
// and told no error; and that a read without an ending lost its end, where the
// scanner sends none, or where this is its first read and Serial.Ending is "".
type ear struct {
	*Serial
	port   string // as it is called now
	speeds []int  // to try, the present one first
	state  State  // last told
	// sure says that the present speed has brought a scan; spoiled counts the
	// unreadable reads since.
	sure    bool
	spoiled int
	marked  bool   // this scanner ends its reads
	silent  bool   // it doesn't, since the line was opened
	trailed string // what last came without its ending

	// The line's, while it is open:
	splitter splitter
	settled  bool    // it was silent once
	burst    bool    // something came since
	paused   bool    // …and then nothing for a while
	fast     bool    // …after a read that was told at once
	pending  []piece // what came at an unproven speed
	unheard  bool    // there was something unreadable in it
}

func newEar(s *Serial) *ear {
	e := &ear{Serial: s, port: s.Port, speeds: speeds}
	if s.Baud > 0 {
		e.speeds, e.sure = []int{s.Baud}, true
	}
	e.marked = s.Ending != "" && s.Ending != EndsSilence
	return e
}

// change tells a new state, once.
func (e *ear) change(s State) {
	same := s.Link == e.state.Link && s.Baud == e.state.Baud && s.Group == e.state.Group
	if same && (s.Port == e.state.Port || s.Link == Unplugged) {
		return
	}
	e.state = s
	if e.Changed != nil {
		e.Changed(s)
	}
}

func (e *ear) connected() {
	e.change(State{Link: Connected, Port: e.port, Baud: e.speeds[0]})
}

// listen reads an open line until it is gone or ctx ends. It looks at ctx
// between reads: closing the line from elsewhere while it is read could read
// another file that got its number.
func (e *ear) listen(ctx context.Context, l line) error {
	e.splitter, e.pending = splitter{}, nil
	e.settled, e.burst, e.paused, e.fast, e.unheard = false, false, false, false, false
	e.silent = e.Ending == EndsSilence
	// What comes at once began before.
	e.splitter.distrust()
	var (
		buf  [512]byte
		wait time.Duration
	)
	for ctx.Err() == nil {
		next := idle
		switch {
		case e.paused:
			next = rest - quiet
		case e.burst || !e.settled:
			next = quiet
		}
		if next != wait {
			if err := l.SetReadTimeout(next); err != nil {
				return err
			}
			wait = next
		}
		n, err := l.Read(buf[:])
		if n > 0 {
			e.bytes(buf[:n])
		}
		if err != nil {
			e.cut()
			return err
		}
		if n == 0 && e.nothing() {
			if err := l.setSpeed(e.speeds[0]); err != nil {
				return err
			}
			e.connected()
		}
	}
	return ctx.Err()
}

// bytes takes what came.
func (e *ear) bytes(p []byte) {
	switch {
	case e.paused && e.fast:
		e.splitter.distrust()
	case e.paused:
		e.splitter.pause()
	}
	e.burst, e.paused, e.fast = true, false, false
	if !e.settled {
		e.connected() // a line that is never silent is one too
	}
	e.splitter.feed(p, e.take)
}

// nothing takes it that the line was silent for a while, and returns whether it
// wants another speed.
func (e *ear) nothing() bool {
	if !e.settled {
		e.settled = true
		if !e.burst {
			e.splitter = splitter{}
		}
		e.connected()
	}
	if !e.burst {
		return false
	}
	if !e.paused {
		e.paused = true
		switch {
		case e.sure && e.silent && e.splitter.so().clean():
			e.splitter.silence(e.take)
			e.fast = true
		case !e.splitter.open() && believed(e.pending):
			e.judge()
		}
		return false
	}
	e.splitter.silence(e.take)
	e.judge()
	doubt := e.unheard && e.doubt()
	e.burst, e.paused, e.fast, e.unheard = false, false, false, false
	e.splitter = splitter{pair: e.splitter.pair}
	return doubt
}

// cut takes it that the line is gone.
func (e *ear) cut() {
	e.splitter.distrust()
	e.splitter.silence(e.take)
	e.judge()
}

// take takes one piece: at a proven speed it is judged at once.
func (e *ear) take(p piece) {
	if e.sure {
		if p.bare() {
			return
		}
		if !e.hear(p) && (p.noise > 0 || len(p.text) < fewestDigits) {
			e.unheard = true
		}
		return
	}
	if len(e.pending) == mostPieces {
		last := &e.pending[mostPieces-1]
		last.noise++
		return
	}
	e.pending = append(e.pending, p)
}

// judge tells what came at an unproven speed, all of it at once.
func (e *ear) judge() {
	all := e.pending
	e.pending = nil
	if len(all) == 0 {
		return
	}
	if believed(all) {
		for _, p := range all {
			if p.text != "" {
				e.hear(p)
			}
		}
		return
	}
	b := Broken{Source: e.port, At: time.Now(), How: How{Ending: all[len(all)-1].ending, Baud: e.speeds[0]}}
	readable := false
	for _, p := range all {
		b.Digits += countDigits(p.text)
		if p.readable() {
			readable = true
		} else if !p.bare() {
			b.Noise = true
		}
	}
	e.unheard = b.Noise || !readable
	b.Noise = e.unheard
	if e.Serial.Broken != nil {
		e.Serial.Broken(b)
	}
}

// hear tells a piece on, and whether it was a scan.
func (e *ear) hear(p piece) bool {
	now, how := time.Now(), How{Ending: p.ending, Baud: e.speeds[0]}
	whole, trailed := p.clean(), e.trailed
	e.trailed = ""
	if whole && e.marked && p.ending == EndsSilence {
		// The same once more, and nothing between: that is all there is of it,
		// and this scanner sends no ending any more.
		whole = p.text == trailed
		e.trailed = p.text
	}
	if !whole {
		if e.Serial.Broken != nil {
			e.Serial.Broken(Broken{Digits: countDigits(p.text), Source: e.port, At: now, How: how, Noise: p.noise > 0})
		}
		return false
	}
	e.sure, e.spoiled, e.trailed = true, 0, ""
	if isDigits(p.text) { // what else there is may be the work of another speed
		e.silent = p.ending == EndsSilence
		e.marked = !e.silent
	}
	if e.Scanned != nil {
		e.Scanned(Scan{Text: p.text, Source: e.port, At: now, How: how})
	}
	return true
}

// doubt counts an unreadable read against the present speed, and moves on to
// the next speed when it has proven nothing.
func (e *ear) doubt() bool {
	e.spoiled++
	if len(e.speeds) == 1 || e.sure && e.spoiled < forget {
		return false
	}
	e.sure, e.spoiled = false, 0
	e.speeds = append(e.speeds[1:len(e.speeds):len(e.speeds)], e.speeds[0])
	return true
}

// bare tells an ending that came alone.
func (p piece) bare() bool { return p.text == "" && p.noise == 0 }

// clean tells a piece that can be a whole read.
func (p piece) clean() bool {
	switch {
	case p.noise > 0 || p.part || len(p.text) < MinLength:
		return false
	case isDigits(p.text):
		return len(p.text) < joined
	}
	return len(p.text) >= surely ||
		p.ending != EndsSilence && strings.Trim(p.text, code39) == "" && countDigits(p.text) >= fewestDigits
}

// readable tells a piece that may be short but speaks for the line's speed: no
// wrong one makes several digits and nothing else.
func (p piece) readable() bool {
	return p.noise == 0 && (isDigits(p.text) && len(p.text) >= fewestDigits || p.ending != EndsSilence && len(p.text) >= surely)
}

// believed tells whether pieces prove the speed that they came at: each is a
// scan, and such a one as no wrong speed makes.
func believed(pieces []piece) bool {
	some := false
	for _, p := range pieces {
		if p.bare() {
			continue
		}
		if !p.clean() || !p.readable() {
			return false
		}
		some = true
	}
	return some
}

func isDigits(text string) bool { return strings.Trim(text, "0123456789") == "" }
