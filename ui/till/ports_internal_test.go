package till

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// A port goes by several names; the trial of scanners must know its printer by
// all of them.
func TestAPortIsKnownByAllItsNames(t *testing.T) {
	dir := t.TempDir()
	device := filepath.Join(dir, "ttyUSB0")
	if err := os.WriteFile(device, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	names := []string{device}
	if runtime.GOOS != "windows" { // links need rights there, and ports have none
		lasting := filepath.Join(dir, "by-id-usb-Maker_Printer")
		if err := os.Symlink(device, lasting); err != nil {
			t.Fatal(err)
		}
		names = append(names, lasting)
	}
	for _, name := range names {
		for _, options := range []string{"", "?baud=19200", "?mode=cd5220"} {
			if got := serialPort("serial://" + name + options); got != devicePath(device) {
				t.Errorf("%s%s is behind %q", name, options, got)
			}
		}
	}
	if serialPort("serial://com3") != serialPort("serial://COM3?baud=9600") {
		t.Error("com3 is not COM3")
	}
	for _, link := range []string{"", "tcp://127.0.0.1:9100", "usb://" + device} {
		if got := serialPort(link); got != "" {
			t.Errorf("%q is at the serial port %q", link, got)
		}
	}
}
