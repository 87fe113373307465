// Package display writes to pole displays: the two lines of twenty characters
// that face the customer, on a serial line.
//
// Two sets of commands are spoken. Epson's ESC/POS for displays, from the
// specification of the DM-D110, which most others understand too; and the CD5220
// set (mode=cd5220), from that display's manual, for those that are switched to
// it.
package display

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"ringup/devices/printer"
)

// Columns and Rows are what a pole display shows.
const (
	Columns = 20
	Rows    = 2
)

// Display is one pole display. It is safe for concurrent use.
type Display interface {
	// Show writes both lines, the top one from the left and the bottom one at
	// the right edge; what the display can't write is left out or transcribed,
	// and what is too long is cut at its end. It returns when the display has
	// been sent all of it, after a few seconds at most; the error is then a
	// *printer.Error.
	Show(ctx context.Context, top, bottom string) error
	// Clear empties it.
	Clear(ctx context.Context) error
	// Link is the link as it was opened.
	Link() string
}

// within is the longest that a display may take for a text beside the time that
// its line needs.
const within = 3 * time.Second

// Open makes a Display of its link:
//
//	serial:///dev/ttyUSB1              serial://COM4; at 9600 baud
//	serial:///dev/ttyUSB1?baud=19200
//	serial:///dev/ttyUSB1?mode=cd5220  epson is usual
//
// Nothing is opened until there is something to show, and the port is closed
// again after each text: a display that was unplugged is found again, and
// another program may use the port in between. The error is a
// *printer.LinkError.
func Open(link string) (Display, error) {
	fail := func(err error) (Display, error) { return nil, &printer.LinkError{Link: link, Err: err} }
	kind, rest, _ := strings.Cut(link, "://")
	if kind != "serial" {
		return fail(printer.ErrUnknownLink)
	}
	address, query, _ := strings.Cut(rest, "?")
	options, err := url.ParseQuery(query)
	if err != nil {
		return fail(fmt.Errorf("%w: %s", printer.ErrBadOption, query))
	}
	d := &pole{link: link, language: epson{}, baud: 9600}
	for name, values := range options {
		value := values[len(values)-1]
		switch {
		case name == "baud":
			// Not a number is said below.
			if n, err := strconv.Atoi(value); err == nil && n > 0 {
				d.baud = n
			}
		case name == "mode" && (value == "epson" || value == ""):
		case name == "mode" && value == "cd5220":
			d.language = cd5220{}
		default:
			return fail(fmt.Errorf("%w: %s=%s", printer.ErrBadOption, name, value))
		}
	}
	line := "serial://" + address
	if baud := options.Get("baud"); baud != "" {
		line += "?baud=" + url.QueryEscape(baud)
	}
	if d.line, err = printer.Open(line); err != nil {
		return fail(err.(*printer.LinkError).Err)
	}
	return d, nil
}

// pole is a display at the end of a printer's serial line, which takes bytes
// and can be waited for with an end.
type pole struct {
	link string
	line printer.Printer
	baud int
	language

	mu  sync.Mutex
	set bool // the display was set up, and took all that came since
}

func (d *pole) Link() string { return d.link }

func (d *pole) Show(ctx context.Context, top, bottom string) error {
	top, bottom = d.transcribe(top), d.transcribe(bottom)
	top += strings.Repeat(" ", Columns-len(top))
	bottom = strings.Repeat(" ", Columns-len(bottom)) + bottom
	return d.send(ctx, d.show(top, bottom))
}

func (d *pole) Clear(ctx context.Context) error { return d.send(ctx, d.clear()) }

// send writes all at once, so that the lines change together. After a failure
// the display may be in the middle of a command, or another one by now: then it
// is set up anew.
func (d *pole) send(ctx context.Context, commands string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.set {
		commands = d.setUp() + commands
	}
	ctx, cancel := context.WithTimeout(ctx, within+time.Duration(len(commands))*10*time.Second/time.Duration(d.baud))
	defer cancel()
	err := d.line.Pulse(ctx, []byte(commands), nil)
	d.set = err == nil
	if err != nil {
		return fmt.Errorf("pole display: %w", err)
	}
	return nil
}
