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
		{Name: "/dev/ttyUSB10", IsUSB: true, VID: "067B", PID: "2303"},
		{Name: "/dev/ttyUSB2", IsUSB: true, VID: "067B", PID: "2303", Product: "USB-Serial Controller"},
		{Name: "/dev/ttyACM0", IsUSB: true, VID: "0C2E", PID: "0AAF", Manufacturer: "Honeywell", Product: "1900", SerialNumber: "S123"},
	})
	want := []Port{
		{Name: "/dev/ttyACM0", Device: "/dev/ttyACM0", Maker: "Honeywell", Product: "1900", USB: "0C2E:0AAF", ID: "0c2e:0aaf:S123"},
		{Name: "/dev/ttyUSB2", Device: "/dev/ttyUSB2", Product: "USB-Serial Controller", USB: "067B:2303", ID: "067b:2303:"},
		{Name: "/dev/ttyUSB10", Device: "/dev/ttyUSB10", USB: "067B:2303", ID: "067b:2303:"},
		{Name: "/dev/ttyS1", Device: "/dev/ttyS1"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}
