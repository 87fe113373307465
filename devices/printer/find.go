package printer

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"go.bug.st/serial"
	"go.bug.st/serial/enumerator"
)

// Found is something that may be a printer.
type Found struct {
	Link string // for Open
	Name string // maker and product, or the queue's name; "" where nothing says
	ID   string // of USB, maker and product, "04b8:0e15"; "" for others
	// Denied says that this user may not use it; joining Group, if there is
	// one, mends that.
	Denied bool
	Group  string
}

// Find lists what is plugged into this machine or set up on it and may be a
// printer: the USB printers, those of Windows, the queues of CUPS, then all
// serial ports (a scanner may be among them). It doesn't open them and doesn't
// look around the network. The error is that of a list of the system; what was
// found is returned too.
func Find(ctx context.Context) ([]Found, error) {
	found := usbPrinters("/")
	spools, failed := spoolPrinters()
	found = append(append(found, spools...), cupsQueues(ctx)...)
	ports, err := serialPorts()
	return append(found, ports...), errors.Join(failed, err, ctx.Err())
}

func serialPorts() (found []Found, _ error) {
	ports, err := enumerator.GetDetailedPortsList()
	if err != nil {
		// One device that can't be described hides all others: names are
		// better than nothing.
		names, err := serial.GetPortsList()
		if err != nil {
			return nil, err
		}
		ports = nil
		for _, name := range names {
			ports = append(ports, &enumerator.PortDetails{Name: name})
		}
	}
	for _, p := range ports {
		if p.Name == "" { // a port without a device
			continue
		}
		f := Found{Link: "serial://" + lastingName(p.Name), Name: printable(p.Manufacturer + " " + p.Product)}
		if id, ok := usbID(p.VID + ":" + p.PID); ok {
			f.ID = id
		}
		f.Denied, f.Group = denied(p.Name)
		found = append(found, f)
	}
	return found, nil
}

// longestDeviceName is the most characters of a name that a list has room for.
const longestDeviceName = 80

// deviceName reads maker and model of a device id as printers give it (IEEE
// 1284: KEY:VALUE; pairs), "EPSON TM-T20II".
func deviceName(id string) string {
	var maker, model string
	for pair := range strings.SplitSeq(id, ";") {
		key, value, _ := strings.Cut(pair, ":")
		switch strings.ToUpper(strings.TrimSpace(key)) {
		case "MFG", "MANUFACTURER":
			maker = printable(value)
		case "MDL", "MODEL":
			model = printable(value)
		}
	}
	return printable(maker + " " + strings.TrimSpace(strings.TrimPrefix(model, maker)))
}

// printable is what a device says of itself, fit for a list on a screen or a
// terminal: on one line, short, and without anything that could command it.
func printable(words string) string {
	words = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, words)
	words = strings.Join(strings.Fields(words), " ")
	if r := []rune(words); len(r) > longestDeviceName {
		words = strings.TrimSpace(string(r[:longestDeviceName]))
	}
	return words
}
