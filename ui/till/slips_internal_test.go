package till

import (
	"strings"
	"testing"

	"ringup/devices/printer"
	"ringup/payments"
	"ringup/ui/phrases"
)

// The figures of a day wait for a slip under way as slips wait for each other:
// many printers take one connection at a time.
func TestAllThatPrintsSharesThePrinter(t *testing.T) {
	shop, err := Open(Options{Data: t.TempDir(), Environment: Training, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer shop.Close()
	const link = "tcp://127.0.0.1:9100"
	a, err := shop.printerAt(link)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := shop.slips.printers.open(link); err != nil || a != b {
		t.Errorf("two printers at one link (%v)", err)
	}
}

// A drawer that is about to open is waited for like a slip, and none is begun
// once the till closes: the books would tell of it, and it would stay shut.
func TestADrawerOnItsWayIsWaitedFor(t *testing.T) {
	shop, err := Open(Options{Data: t.TempDir(), Environment: Training, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	s := shop.slips
	if !s.begin("drawer") || !s.pending["drawer"] {
		t.Error("it is not waited for")
	}
	s.over("drawer")
	s.work.Done()
	shop.FinishPrinting(t.Context(), payments.Sale{})
	if err := shop.Close(); err != nil {
		t.Fatal(err)
	}
	if s.begin("drawer") {
		t.Error("begun after the end")
	}
}

// Where joining a group mends nothing, nobody is told to join one.
func TestWhoMayNotUseAPortIsToldWhatHelps(t *testing.T) {
	for _, language := range []string{"en", "zh-Hans"} {
		book, err := phrases.Open(language)
		if err != nil {
			t.Fatal(err)
		}
		if s := deniedPort(book, "/dev/ttyACM0", "dialout"); !strings.Contains(s, "usermod -aG dialout") {
			t.Error(s)
		}
		for _, s := range []string{deniedPort(book, "COM3", ""), Explain(book, &printer.Error{Problem: printer.Denied, Link: "spool://Receipt"})} {
			if strings.Contains(s, "usermod") {
				t.Error(s)
			}
		}
	}
}
