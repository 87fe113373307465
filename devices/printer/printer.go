// Package printer brings bytes to receipt printers, over a network, a serial
// line, USB, the spooler of Windows or CUPS, and tells what is known of them
// afterwards: printed, sent, or why not. It knows nothing of what is on the slip.
//
// Send carries one job. Queue carries many, each at most once, over rows that
// its owner keeps. Find lists what is plugged in, and FindNetwork what is
// around.
//
// What it says to a printer beside the job are commands of Epson's ESC/POS:
// DLE EOT n (10 04 n) asks for the state at once, before the job and while
// waiting; GS r 1 (1D 72 01), after the job, is answered when the printer has
// worked off all that came before, which is the best proof of print there is.
// Where an answer to an earlier one may still come, it is asked before the job
// too. After a job that broke off, zeros lead the next. The spooler and CUPS
// pass nothing back: their jobs are sent, and never known to be printed.
package printer

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Printer is one printer at the end of a link. It is safe for concurrent use:
// jobs wait for each other.
type Printer interface {
	// Send carries a job to the printer. It gives up about 15 s after the
	// printer last took something in (a serial line's speed allowed for), and
	// after 30 s when another program prints. The error is an *Error; with
	// none, the job was sent, and Result tells whether it is known to be
	// printed. A printer that says it can't print gets nothing; one that says
	// nothing gets the job.
	Send(ctx context.Context, job []byte) (Result, error)
	// Check asks the printer how it is. The error is an *Error; one that can be
	// reached and doesn't answer is no error. While a job is under way it waits
	// for two seconds at most, and then returns what the printer said meanwhile,
	// or Busy.
	Check(ctx context.Context) (Status, error)
	// Pulse sends a few bytes that print nothing, such as the one that opens a
	// cash drawer, whatever the printer says of its paper and cover. A printer
	// that stands still for lack of paper, say, keeps them until it goes on,
	// when nobody expects them any more: where it says so, it is sent atOnce
	// instead, a real-time command that does the same and waits for nothing. With
	// nil it isn't asked. A job under way is waited for, but not longer than some
	// seconds. The error is an *Error.
	Pulse(ctx context.Context, command, atOnce []byte) error
	// Link is the link as it was opened.
	Link() string
}

// Result is what is known of a job that was sent.
type Result struct {
	// Printed says that the printer itself told that it reached the job's end.
	// Otherwise it is sent, and no more is known.
	Printed bool
	// Status is what the printer said of itself last, such as that its paper
	// is near the end.
	Status Status
}

// Open makes a Printer of its link:
//
//	tcp://host:9100                   port 9100 may be left out
//	serial:///dev/ttyUSB0?baud=9600   serial://COM3; 9600 baud may be left out
//	usb:///dev/usb/lp0                a device file
//	spool://Receipt printer           a printer of Windows, by its name
//	cups://queue                      a queue of CUPS: for printers that nothing else reaches
//	file://path                       the job replaces the file; in a folder, each job is a file
//
// The first three take the option status=off, for a printer that gives wrong
// answers: it is sent to unasked. A USB printer takes id=04b8:0e15, its maker
// and product, and serial=, its serial number: if the file has become another
// device's, as when printers were plugged in again in another order, the file
// that this one has now is used. Paths and names are taken as they are, without
// %-escapes. Nothing is opened until there is a job. The error is a *LinkError.
func Open(link string) (Printer, error) {
	fail := func(err error, part string) (Printer, error) {
		if part != "" {
			err = fmt.Errorf("%w: %s", err, part)
		}
		return nil, &LinkError{link, err}
	}
	kind, rest, ok := strings.Cut(link, "://")
	if !ok {
		return fail(ErrUnknownLink, "")
	}
	address, query := rest, ""
	if kind != "file" && kind != "spool" {
		address, query, _ = strings.Cut(rest, "?")
	}
	options, err := url.ParseQuery(query)
	if err != nil {
		return fail(ErrBadOption, query)
	}
	if address == "" {
		return fail(ErrNoAddress, "")
	}
	d := &device{link: link, asks: true, lock: make(chan struct{}, 1), patience: usual}
	option := func(name string) string {
		value := options.Get(name)
		options.Del(name)
		return value
	}
	switch status := option("status"); status {
	case "", "on":
	case "off":
		d.asks = false
	default:
		return fail(ErrBadOption, "status="+status)
	}

	switch kind {
	case "tcp":
		address, err := hostAndPort(address)
		if err != nil {
			return fail(err, "")
		}
		d.open = func(ctx context.Context) (line, error) { return dial(ctx, address, d.patience.dial) }
	case "serial":
		baud := 9600
		if text := option("baud"); text != "" {
			if baud, err = strconv.Atoi(text); err != nil || baud < 50 || baud > 4_000_000 {
				return fail(ErrBadBaud, text)
			}
		}
		d.path, d.bytesPerSecond = address, baud/10
		d.open = func(context.Context) (line, error) { return openSerial(address, baud) }
	case "usb":
		if !hasDeviceFiles {
			return fail(ErrNotHere, "")
		}
		var want usbDevice
		if text := option("id"); text != "" {
			if want.id, ok = usbID(text); !ok {
				return fail(ErrBadOption, "id="+text)
			}
			want.serial = option("serial")
			d.seen = true // by whoever knows its ids
		}
		d.path = address
		d.open = func(context.Context) (line, error) { return openUSB(address, want) }
	case "file":
		return &file{link: link, path: localPath(address)}, nil
	case "cups":
		if query != "" {
			return fail(ErrBadOption, query)
		}
		return openCUPS(link, address)
	case "spool":
		return openSpool(link, address)
	default:
		return fail(ErrUnknownLink, kind)
	}
	for name := range options {
		return fail(ErrBadOption, name)
	}
	return d, nil
}

// hostAndPort completes an address with the port of raw printing.
func hostAndPort(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil { // no port, or an IPv6 address without brackets
		host, port = strings.Trim(address, "[]"), "9100"
		if strings.Contains(host, ":") && net.ParseIP(host) == nil {
			return "", fmt.Errorf("%w: %s", ErrBadPort, address)
		}
	}
	if host == "" {
		return "", ErrNoAddress
	}
	if strings.ContainsAny(host, "[] /") {
		return "", fmt.Errorf("%w: %q", ErrNoAddress, host)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "", fmt.Errorf("%w: %s", ErrBadPort, port)
	}
	return net.JoinHostPort(host, port), nil
}

// localPath is the path of a file link: file:///C:/slips means C:/slips.
func localPath(path string) string {
	if runtime.GOOS == "windows" && len(path) > 2 && path[0] == '/' && path[2] == ':' {
		return path[1:]
	}
	return path
}

// patience is how long a printer is waited for.
type patience struct {
	turn   time.Duration // for what is under way, by a question how it is
	pulse  time.Duration // for what is under way, by a pulse; and then for the pulse
	dial   time.Duration // until a connection stands
	answer time.Duration // for the answer to one question
	job    time.Duration // for everything together, since it last took something in
	behind time.Duration // for work from before the job
	quiet  time.Duration // between answers to what was sent at once
	poll   time.Duration // between questions while it prints
	proof  time.Duration // for the answer after the job
	mend   time.Duration // for someone to put in paper, while it has the whole job
	linger time.Duration // for the other side to close
}

var usual = patience{
	turn:   2 * time.Second,
	pulse:  5 * time.Second,
	dial:   3 * time.Second,
	answer: time.Second,
	job:    15 * time.Second,
	behind: 2 * time.Second,
	quiet:  200 * time.Millisecond,
	poll:   time.Second,
	proof:  10 * time.Second,
	mend:   2 * time.Minute,
	linger: time.Second,
}
