package scanner

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"go.bug.st/serial"
	"go.bug.st/serial/enumerator"
)

// Port is a serial port of this machine.
type Port struct {
	// Name is for Serial.Port. Where the system has a name that stays the
	// device's own whatever else is plugged in, it is that one.
	Name    string
	Device  string // "/dev/ttyACM0", "COM3"
	Maker   string // of the USB device behind it, where it says
	Product string
	USB     string // vendor and product number, "0C2E:0AAF"; "" for no USB device
}

// Ports lists the serial ports, those on USB first: there the scanners are.
func Ports() ([]Port, error) {
	details, err := enumerator.GetDetailedPortsList()
	if err != nil {
		// One device that can't be described hides all others: names are
		// better than nothing.
		names, err := serial.GetPortsList()
		if err != nil {
			return nil, err
		}
		details = nil
		for _, name := range names {
			details = append(details, &enumerator.PortDetails{Name: name})
		}
	}
	return describe(details), nil
}

func describe(details []*enumerator.PortDetails) []Port {
	var ports []Port
	for _, d := range details {
		if d.Name == "" { // a port without a device
			continue
		}
		p := Port{Name: lastingName(d.Name), Device: d.Name, Maker: printable(d.Manufacturer), Product: printable(d.Product)}
		if d.IsUSB {
			p.USB = d.VID + ":" + d.PID
		}
		ports = append(ports, p)
	}
	slices.SortFunc(ports, func(a, b Port) int {
		if (a.USB == "") != (b.USB == "") {
			if a.USB != "" {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Device, b.Device)
	})
	return ports
}

// longestDeviceName is the most characters of a name that a list has room for.
const longestDeviceName = 80

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
