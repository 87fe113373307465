package scanner

import (
	"time"

	"go.bug.st/serial"
)

// line is an open serial line.
type line interface {
	// Read waits for bytes for as long as SetReadTimeout says; then it returns 0.
	Read(p []byte) (int, error)
	SetReadTimeout(t time.Duration) error
	setSpeed(baud int) error
	Close() error
}

// port is a line of this machine. Eight data bits, no parity, one stop bit and
// no flow control; the library raises DTR and RTS, which power some scanners
// and tell others that they may send.
type port struct {
	serial.Port
	marks *errorMarks
}

func modeAt(baud int) *serial.Mode { return &serial.Mode{BaudRate: baud, DataBits: 8} }

func openLine(name string, baud int) (line, error) {
	// First, for the library keeps everyone else out.
	marks := openMarks(name)
	p, err := serial.Open(name, modeAt(baud))
	if err != nil {
		marks.close()
		return nil, err
	}
	marks.set()
	return &port{p, marks}, nil
}

func (p *port) setSpeed(baud int) error {
	if err := p.SetMode(modeAt(baud)); err != nil {
		return err
	}
	p.marks.set()
	return nil
}

func (p *port) Close() error {
	p.marks.close()
	return p.Port.Close()
}
