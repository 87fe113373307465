package scanner

import (
	"cmp"
	"slices"

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
		p := Port{Name: lastingName(d.Name), Device: d.Name, Maker: d.Manufacturer, Product: d.Product}
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
