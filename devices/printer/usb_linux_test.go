package printer

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A tree is a root folder with the parts of /sys and /dev that the kernel makes
// of USB printers.
type tree struct {
	t    *testing.T
	root string
}

func newTree(t *testing.T) tree {
	tr := tree{t, t.TempDir()}
	for _, folder := range []string{"dev/usb", "sys/class/usbmisc", "sys/devices"} {
		if err := os.MkdirAll(filepath.Join(tr.root, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return tr
}

// plug makes a printer lpN at a port, as the kernel shows it: the class's
// folder links to one below the interface, which is below the device.
func (tr tree) plug(node, port, maker, product, serial, id string, terminal string) {
	tr.t.Helper()
	device := filepath.Join(tr.root, "sys/devices", port)
	node1 := filepath.Join(device, port+":1.0", "usbmisc", node)
	err := os.MkdirAll(node1, 0o700)
	for name, text := range map[string]string{"idVendor": maker, "idProduct": product, "serial": serial, port + ":1.0/ieee1284_id": id} {
		if text != "" {
			err = errors.Join(err, os.WriteFile(filepath.Join(device, name), []byte(text+"\n"), 0o600))
		}
	}
	err = errors.Join(err,
		os.Symlink("../..", filepath.Join(node1, "device")),
		os.Symlink("../../devices/"+port+"/"+port+":1.0/usbmisc/"+node, filepath.Join(tr.root, "sys/class/usbmisc", node)),
		os.Symlink(terminal, filepath.Join(tr.root, "dev/usb", node)))
	if err != nil {
		tr.t.Fatal(err)
	}
}

// unplug takes lpN away.
func (tr tree) unplug(node, port string) {
	tr.t.Helper()
	err := errors.Join(
		os.Remove(filepath.Join(tr.root, "dev/usb", node)),
		os.Remove(filepath.Join(tr.root, "sys/class/usbmisc", node)),
		os.RemoveAll(filepath.Join(tr.root, "sys/devices", port)))
	if err != nil {
		tr.t.Fatal(err)
	}
}

func (tr tree) link(node, options string) string {
	return "usb://" + tr.root + "/dev/usb/" + node + options
}

func TestUSBPrinterIsKnownByItsIDs(t *testing.T) {
	const epson, xprinter = "?id=04b8:0e15", "?id=1fc9:2016"
	send := func(t *testing.T, link string) error {
		t.Helper()
		_, err := open(t, link, patience{}).Send(t.Context(), slip)
		return err
	}
	t.Run("its number has changed", func(t *testing.T) {
		tr := newTree(t)
		kitchen, counter := good(), good()
		tr.plug("lp0", "1-1", "1fc9", "2016", "", "MFG:Xprinter;MDL:XP-58;", plug(t, kitchen))
		tr.plug("lp1", "1-2", "04B8", "0e15", "J1", "MFG:EPSON;MDL:TM-T20II;", plug(t, counter))
		for _, link := range []string{tr.link("lp0", epson), tr.link("lp1", epson), tr.link("lp7", epson+"&serial=J1")} {
			if err := send(t, link); err != nil {
				t.Error(err)
			}
		}
		if kitchen.printed() != "" || counter.printed() != strings.Repeat(string(slip), 3) {
			t.Errorf("%d bytes in the kitchen, %d at the counter", len(kitchen.printed()), len(counter.printed()))
		}
		if err := send(t, tr.link("lp1", xprinter)); err != nil || kitchen.printed() != string(slip) {
			t.Errorf("%v, %d bytes in the kitchen", err, len(kitchen.printed()))
		}
	})
	t.Run("two of a kind are told apart by their serial numbers", func(t *testing.T) {
		tr := newTree(t)
		a, b := good(), good()
		tr.plug("lp0", "1-1", "04b8", "0e15", "A 1", "", plug(t, a))
		tr.plug("lp1", "1-2", "04b8", "0e15", "B2", "", plug(t, b))
		if err := send(t, tr.link("lp0", epson+"&serial=B2")); err != nil || b.printed() != string(slip) || a.printed() != "" {
			t.Errorf("%v", err)
		}
		if err := send(t, tr.link("lp1", epson+"&serial=A+1")); err != nil || a.printed() != string(slip) {
			t.Errorf("%v", err)
		}
		if err := send(t, tr.link("lp0", epson)); err != nil { // its own number, as far as anyone can tell
			t.Errorf("%v", err)
		}
		wantError(t, send(t, tr.link("lp0", epson+"&serial=C3")), Unplugged, false)
		err := send(t, tr.link("lp2", epson))
		if wantError(t, err, Unreachable, false); !errors.Is(err, errSeveral) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("another printer in its place is not printed on", func(t *testing.T) {
		tr := newTree(t)
		other := good()
		tr.plug("lp0", "1-1", "1fc9", "2016", "", "", plug(t, other))
		wantError(t, send(t, tr.link("lp0", epson)), Unplugged, false)
		if other.printed() != "" {
			t.Error("it was printed on")
		}
	})
	t.Run("plugged out, and in again under another number", func(t *testing.T) {
		tr := newTree(t)
		m := good()
		path := plug(t, m)
		tr.plug("lp0", "1-1", "04b8", "0e15", "", "", path)
		d := open(t, tr.link("lp0", epson), patience{})
		if _, err := d.Send(t.Context(), slip); err != nil {
			t.Fatal(err)
		}
		tr.unplug("lp0", "1-1")
		_, err := d.Send(t.Context(), slip)
		wantError(t, err, Unplugged, false)
		_, err = d.Check(t.Context())
		wantError(t, err, Unplugged, false)
		wantError(t, d.Pulse(t.Context(), []byte("open"), nil), Unplugged, false)
		tr.plug("lp4", "1-3", "04b8", "0e15", "", "", path)
		if _, err := d.Send(t.Context(), slip); err != nil || m.printed() != strings.Repeat(string(slip), 2) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a system that doesn't tell is believed", func(t *testing.T) {
		tr := newTree(t)
		if err := os.RemoveAll(filepath.Join(tr.root, "sys")); err != nil {
			t.Fatal(err)
		}
		m := good()
		if err := os.Symlink(plug(t, m), filepath.Join(tr.root, "dev/usb/lp0")); err != nil {
			t.Fatal(err)
		}
		if err := send(t, tr.link("lp0", epson)); err != nil || m.printed() != string(slip) {
			t.Error(err)
		}
	})
}

func TestFindUSBPrintersWithIDs(t *testing.T) {
	tr := newTree(t)
	tr.plug("lp0", "1-1", "04b8", "0e15", "J 1&2", "MFG:EPSON;MDL:TM-T20II;", "/dev/null")
	tr.plug("lp1", "1-2", "1fc9", "2016", "", "", "/dev/null")
	tr.plug("lp2", "1-3", "nonsense", "", "", "", "/dev/null")
	if err := os.WriteFile(filepath.Join(tr.root, "sys/devices/1-2/product"), []byte("USB Printer P\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := []Found{
		{Link: tr.link("lp0", "?id=04b8:0e15&serial=J+1%262"), Name: "EPSON TM-T20II", ID: "04b8:0e15"},
		{Link: tr.link("lp1", "?id=1fc9:2016"), Name: "USB Printer P", ID: "1fc9:2016"},
		{Link: tr.link("lp2", "")},
	}
	got := usbPrinters(tr.root)
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	for _, f := range got {
		p, err := Open(f.Link)
		if err != nil {
			t.Fatal(err)
		}
		// It leads to the device that was found, and not to one beside it.
		if l, err := p.(*device).open(t.Context()); err != nil {
			t.Error(err)
		} else {
			_ = l.Close()
		}
	}
}
