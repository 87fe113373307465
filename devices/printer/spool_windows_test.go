package printer

import (
	"errors"
	"testing"

	"golang.org/x/sys/windows"
)

// What this Windows has installed is listed, and each of it can be asked.
func TestInstalledPrinters(t *testing.T) {
	found, err := spoolPrinters()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		p, err := Open(f.Link)
		if err != nil {
			t.Fatal(err)
		}
		s, err := p.Check(t.Context())
		t.Logf("%s (%s): %+v, %v", f.Link, f.Name, s, err)
		w, err := openSpooler(p.(*spool).name)
		if err != nil {
			t.Fatal(err)
		}
		attributes, status, err := w.State()
		driver, why := w.Driver()
		_, gone := w.Job(0x7fff_fff0)
		t.Logf("attributes %x, status %x, %v; driver %x, %v; no such job: %v", attributes, status, err, driver, why, gone)
		if err != nil || gone == nil || w.Close() != nil {
			t.Errorf("%s can't be asked", f.Link)
		}
	}
}

func TestNoSuchPrinter(t *testing.T) {
	p, err := Open("spool://No such printer, whatever is installed")
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Send(t.Context(), slip)
	if wantError(t, err, Unreachable, false); !errors.Is(err, windows.ERROR_INVALID_PRINTER_NAME) {
		t.Errorf("error %v", err)
	}
}
