package scanner

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"go.bug.st/serial"
)

// Serial is a scanner on a serial line: RS-232, or USB that shows itself as a
// serial port. Set the fields, then call Run. The functions are called from
// Run, one at a time; those that are nil aren't called.
type Serial struct {
	// Port is the port's name, of Ports: "/dev/ttyACM0", "COM3".
	Port string
	// ID is the USB device behind the port, of Ports. When Port is gone, or is
	// another device's by now, the port of that device is opened instead. ""
	// knows the port by its name only.
	ID string
	// Baud is the line's speed. 0 tries the usual ones: 9600, 115200, 38400
	// and 19200. A scan that arrives unreadable moves on to the next, so at
	// worst the fourth scan is heard. USB scanners are heard at any speed.
	Baud int
	// Ending is what the scanner is known to send after each read, of
	// Scan.Ending. "" finds it out: then the first read may be one that lost
	// its end.
	Ending Ending

	Scanned func(Scan)
	Broken  func(Broken)
	Changed func(State)

	retry time.Duration          // how long to wait before a port is tried again; 0 means a second
	list  func() ([]Port, error) // nil means Ports
}

// State is what a Serial's port is like.
type State struct {
	Link Link
	// Port is the port that is listened to, or was looked for: Serial.Port, or
	// the name that its device has by now.
	Port string
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

// Run opens the port, tells what it reads, and opens it again whenever it is
// plugged out and in, until ctx ends.
func (s *Serial) Run(ctx context.Context) {
	e := newEar(s)
	retry := s.retry
	if retry == 0 {
		retry = time.Second
	}
	for ctx.Err() == nil {
		var line line
		var ok bool
		err := fs.ErrNotExist
		if e.port, ok = s.find(); ok {
			line, err = openLine(e.port, e.speeds[0])
		}
		if err == nil {
			err = e.listen(ctx, line)
			_ = line.Close()
			if ctx.Err() != nil {
				return
			}
		}
		e.change(stateOf(e.port, err))
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
	}
}

// find is the name of the port that the scanner is behind now; where that can't
// be told, the name that it had. false is none: another device's port stays
// closed. Two devices of a kind that have no serial number can't be told apart:
// then only the name counts.
func (s *Serial) find() (string, bool) {
	if s.ID == "" {
		return s.Port, true
	}
	list := s.list
	if list == nil {
		list = Ports
	}
	ports, err := list()
	if err != nil {
		return s.Port, true
	}
	var found []string
	taken := false
	for _, p := range ports {
		named := p.Name == s.Port || p.Device == s.Port || sameFile(p.Device, s.Port)
		switch {
		case named && p.ID == s.ID:
			return s.Port, true
		case named:
			taken = true
		case p.ID == s.ID:
			found = append(found, p.Name)
		}
	}
	if len(found) == 1 {
		return found[0], true
	}
	return s.Port, !taken && len(found) == 0
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// stateOf says what an error about a port means. No error is a port that was
// closed from the other side.
func stateOf(port string, err error) State {
	s := State{Link: Unusable, Port: port, Err: err}
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
