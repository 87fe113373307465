package scanner

import (
	"slices"
	"testing"

	"go.bug.st/serial/enumerator"
)

func TestPortsAreDescribed(t *testing.T) {
	got := describe([]*enumerator.PortDetails{
		{Name: "/dev/ttyS1"},
		{}, // what the enumerator makes of a port without a device
		{Name: "/dev/ttyUSB1", IsUSB: true, VID: "067B", PID: "2303", Product: "USB-Serial Controller"},
		{Name: "/dev/ttyACM0", IsUSB: true, VID: "0C2E", PID: "0AAF", Manufacturer: "Honeywell", Product: "1900"},
	})
	want := []Port{
		{"/dev/ttyACM0", "/dev/ttyACM0", "Honeywell", "1900", "0C2E:0AAF"},
		{"/dev/ttyUSB1", "/dev/ttyUSB1", "", "USB-Serial Controller", "067B:2303"},
		{"/dev/ttyS1", "/dev/ttyS1", "", "", ""},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}
