package printer

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFindUSBPrinters(t *testing.T) {
	root := t.TempDir()
	put := func(path, text string) {
		t.Helper()
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("dev/usb/lp0", "")
	put("dev/usb/lp1", "")
	put("dev/usb/hiddev0", "")
	put("sys/class/usbmisc/lp1/device/ieee1284_id", "MFG:EPSON;MDL:TM-T20II;\n")
	want := []Found{
		{Link: "usb://" + root + "/dev/usb/lp0"},
		{Link: "usb://" + root + "/dev/usb/lp1", Name: "EPSON TM-T20II"},
	}
	if got := usbPrinters(root); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	t.Run("one that the user may not use", func(t *testing.T) {
		_, path := terminal(t)
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		got := true
		if os.Geteuid() == 0 { // access(2) asks for the real user, whom root stays
			got, _ = denied(filepath.Join(root, "none"))
		} else {
			got, _ = denied(path)
		}
		if !got {
			t.Error("it may be used")
		}
	})
	t.Run("a link by id is the lasting name", func(t *testing.T) {
		dir := t.TempDir()
		link := filepath.Join(dir, "usb-Maker_Printer-if00")
		if err := os.Symlink("/dev/null", link); err != nil {
			t.Fatal(err)
		}
		if got := linkTo("/dev/null", dir); got != link {
			t.Errorf("got %s", got)
		}
		if got := linkTo("/dev/zero", dir); got != "/dev/zero" {
			t.Errorf("got %s", got)
		}
	})
}
