package scanner

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"go.bug.st/serial"
)

// Serial is a scanner on a serial line: RS-232, or USB that shows itself as a
// serial port. Set the fields, then call Run. The functions are called from
// Run, one at a time; those that are nil aren't called.
type Serial struct {
	// Port is the port's name, of Ports: "/dev/ttyACM0", "COM3".
	Port string
	// Baud is the line's speed. 0 tries the usual ones: 9600, 115200, 38400
	// and 19200. A scan that arrives unreadable moves on to the next, so at
	// worst the fourth scan is heard. USB scanners are heard at any speed.
	Baud int

	Scanned func(Scan)
	Broken  func(Broken)
	Changed func(State)

	retry time.Duration // how long to wait before a port is tried again; 0 means a second
}

// State is what a Serial's port is like.
type State struct {
	Link Link
	Baud int // the line's speed while Connected
	// Group, when Link is Denied, is the group of users who may use the port:
	// joining it mends that. "" where the system has no such thing.
	Group string
	Err   error // why it isn't Connected
}

// Link is whether a port can be heard.
type Link string

// What a port can be like.
const (
	Connected Link = "connected"
	Unplugged Link = "unplugged" // no such port now; it is opened when it comes
	Denied    Link = "denied"    // the user may not use it
	Busy      Link = "busy"      // another program uses it
	Unusable  Link = "unusable"  // it opens no way that is known, see Err
)

// speeds are the usual ones, by how often scanners leave the factory so.
var speeds = []int{9600, 115200, 38400, 19200}

// quiet ends a read whose scanner sends no ending.
const quiet = 80 * time.Millisecond

// idle is how long a read of the port waits while nothing comes.
const idle = 200 * time.Millisecond

// Run opens the port, tells what it reads, and opens it again whenever it is
// plugged out and in, until ctx ends.
func (s *Serial) Run(ctx context.Context) {
	ear := ear{Serial: s, speeds: speeds}
	if s.Baud > 0 {
		ear.speeds = []int{s.Baud}
	}
	retry := s.retry
	if retry == 0 {
		retry = time.Second
	}
	for ctx.Err() == nil {
		port, err := serial.Open(s.Port, ear.mode())
		if err == nil {
			err = ear.listen(ctx, port)
			_ = port.Close()
			if ctx.Err() != nil {
				return
			}
		}
		ear.change(stateOf(s.Port, err))
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
	}
}

// ear is a Serial that runs.
type ear struct {
	*Serial
	speeds []int // to try, the present one first
	state  State // last told
	// sure says that the present speed has brought a scan; spoiled counts the
	// unreadable reads since.
	sure    bool
	spoiled int
}

// forget is how many unreadable reads in a row make a known speed doubtful.
const forget = 3

func (e *ear) mode() *serial.Mode { return &serial.Mode{BaudRate: e.speeds[0], DataBits: 8} }

// change tells a new state, once.
func (e *ear) change(s State) {
	if s.Link == e.state.Link && s.Baud == e.state.Baud && s.Group == e.state.Group {
		return
	}
	e.state = s
	if e.Changed != nil {
		e.Changed(s)
	}
}

// listen reads an open port until it is gone or ctx ends. It looks at ctx
// between reads: closing the port from elsewhere while it is read could read
// another file that got its number.
func (e *ear) listen(ctx context.Context, port serial.Port) error {
	e.change(State{Link: Connected, Baud: e.speeds[0]})
	var (
		s       splitter
		marked  bool // this scanner ends its reads: one that trails off is half a read
		spoiled bool // what came just now couldn't be read
		buf     [512]byte
		wait    time.Duration
	)
	tell := func(p piece) {
		if whole := e.hear(p, marked); whole {
			marked = marked || p.ended
		} else if p.noise > 0 || len(p.text) < fewestDigits {
			spoiled = true
		}
	}
	for ctx.Err() == nil {
		next := idle
		if s.open() {
			next = quiet
		}
		if next != wait {
			if err := port.SetReadTimeout(next); err != nil {
				return err
			}
			wait = next
		}
		n, err := port.Read(buf[:])
		spoiled = false
		switch {
		case n > 0:
			s.feed(buf[:n], tell)
		case err == nil:
			s.silence(tell)
		}
		if err != nil {
			s.cut(tell)
			return err
		}
		if spoiled && e.doubt() {
			if err := port.SetMode(e.mode()); err != nil {
				return err
			}
			e.change(State{Link: Connected, Baud: e.speeds[0]})
		}
	}
	return ctx.Err()
}

// hear tells a read on, and whether it was a scan.
func (e *ear) hear(p piece, marked bool) bool {
	now := time.Now()
	if p.noise == 0 && len(p.text) >= MinLength && (p.ended || !marked) {
		e.sure, e.spoiled = true, 0
		if e.Scanned != nil {
			e.Scanned(Scan{Text: p.text, Source: e.Port, At: now})
		}
		return true
	}
	if e.Serial.Broken != nil {
		e.Serial.Broken(Broken{Digits: countDigits(p.text), Source: e.Port, At: now})
	}
	return false
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

// stateOf says what an error about a port means. No error is a port that was
// closed from the other side.
func stateOf(port string, err error) State {
	s := State{Link: Unusable, Err: err}
	var p *serial.PortError
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist), isGone(err):
		s.Link = Unplugged
	case errors.Is(err, fs.ErrPermission):
		s.Link, s.Group = Denied, groupOf(port)
	case errors.As(err, &p):
		switch p.Code() {
		case serial.PortNotFound, serial.PortClosed:
			s.Link = Unplugged
		case serial.PermissionDenied:
			s.Link, s.Group = Denied, groupOf(port)
		case serial.PortBusy:
			s.Link = Busy
		}
	}
	return s
}
