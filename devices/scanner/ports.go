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
	// ID is for Serial.ID: vendor, product and serial number of the USB device,
	// "0c2e:0aaf:S123", and "#" with the number of its interface for all but
	// the first. It stays the device's own in any socket, but where devices have
	// no serial number, two of a kind share it. "" for no USB device.
	ID string
	// Denied says that this user may not use the port. Group is the group of
	// users who may: joining it mends that. "" where no group does.
	Denied bool
	Group  string
}

// Ports lists the serial ports, those on USB first: there the scanners are.
func Ports() ([]Port, error) { return listPorts() }

// libraryPorts are the ports as the serial library lists them.
func libraryPorts() ([]Port, error) {
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
			p.USB, p.ID = usbNames(d.VID, d.PID, d.SerialNumber)
		}
		p.Denied, p.Group = denied(d.Name)
		ports = append(ports, p)
	}
	slices.SortFunc(ports, usbFirst)
	return ports
}

// usbNames are a USB device's Port.USB and Port.ID.
func usbNames(vendor, product, serialNumber string) (usb, id string) {
	usb = printable(vendor) + ":" + printable(product)
	return strings.ToUpper(usb), strings.ToLower(usb) + ":" + printable(serialNumber)
}

// usbFirst orders a list of ports: those on USB first, ttyUSB2 before ttyUSB10.
func usbFirst(a, b Port) int {
	if (a.USB == "") != (b.USB == "") {
		if a.USB != "" {
			return -1
		}
		return 1
	}
	stem := func(device string) string { return strings.TrimRight(device, "0123456789") }
	return cmp.Or(
		cmp.Compare(stem(a.Device), stem(b.Device)),
		cmp.Compare(len(a.Device), len(b.Device)),
		cmp.Compare(a.Device, b.Device))
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
