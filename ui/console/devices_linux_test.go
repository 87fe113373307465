package console_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"

	"ringup/ui/till"
)

type trials struct {
	Scans []struct {
		Keyboard, Whole, Payment, Trouble bool
		Port, Text, Ending, Sentence      string
		Digits                            int
	}
}

func TestAKeyboardScannerIsTriedInTheTerminal(t *testing.T) {
	p := newProgram(t)
	c := p.command("devices", "scanner", "--json")
	c.Stdin = strings.NewReader("281006020000000000123456\r\n2810a\n\nhttps://example.com/menu\n")
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got trials
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var typed trials
	for _, s := range got.Scans {
		if s.Keyboard { // this machine may have serial ports too
			typed.Scans = append(typed.Scans, s)
		}
	}
	if len(typed.Scans) != 3 {
		t.Fatalf("%d reads: %s", len(typed.Scans), out)
	}
	code, short, other := typed.Scans[0], typed.Scans[1], typed.Scans[2]
	if !code.Whole || !code.Payment || code.Digits != 24 || code.Ending != "enter" || bytes.Contains(out, []byte("281006020000000000123456")) {
		t.Errorf("a payment code: %+v", code)
	}
	if !strings.HasPrefix(code.Text, "281006") || !strings.HasSuffix(code.Text, "56") {
		t.Errorf("masked as %q", code.Text)
	}
	if short.Whole || short.Digits != 4 || !strings.Contains(short.Sentence, "Only 4 digits") {
		t.Errorf("a short read: %+v", short)
	}
	if !other.Whole || other.Payment {
		t.Errorf("another code: %+v", other)
	}
}

func TestNothingScannedIsSaid(t *testing.T) {
	code, out, _ := newProgram(t).run("devices", "scanner", "--wait", "1ms")
	if code != 1 || !strings.Contains(out, "Nothing was scanned") {
		t.Errorf("exit code %d: %s", code, out)
	}
}

func TestThePrinterIsAskedAndItsScriptChosen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go wellPrinter(l)
	p := newProgram(t)
	address := "tcp://" + l.Addr().String()
	choose(t, p, func(s *till.Settings) { s.Printer = address })
	var state struct {
		Printer, State, Script, Sentence string
		Answered                         bool
	}
	p.expect(0, &state, "devices", "printer")
	if state.Printer != address || state.State != "online" || !state.Answered {
		t.Errorf("a printer that is well: %+v", state)
	}
	p.expect(0, &state, "devices", "printer", "--probe")
	p.expect(0, &state, "devices", "printer", "--reads", "A")
	if state.Script != "gb18030" {
		t.Errorf("reads A: script %q", state.Script)
	}
	l.Close()
	p.expect(1, &state, "devices", "printer")
	if state.State != "unreachable" && state.State != "unplugged" || state.Answered {
		t.Errorf("a printer that is gone: %+v", state)
	}
}

// choose changes the settings, as the window does.
func choose(t *testing.T, p program, how func(*till.Settings)) {
	t.Helper()
	shop, err := till.Open(till.Options{Data: p.data, Environment: till.Training, Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	s := shop.Settings()
	how(&s)
	if err := errors.Join(shop.ChangeSettings(s), shop.Close()); err != nil {
		t.Fatal(err)
	}
}

// wellPrinter answers what a printer that is well is asked: DLE EOT and GS r.
func wellPrinter(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		var last [2]byte
		buf := make([]byte, 1)
		for {
			if _, err := conn.Read(buf); err != nil {
				break
			}
			switch {
			case last == [2]byte{0x10, 0x04}:
				_, _ = conn.Write([]byte{0x12})
			case last == [2]byte{0x1d, 'r'}:
				_, _ = conn.Write([]byte{0})
			}
			last = [2]byte{last[1], buf[0]}
		}
		conn.Close()
	}
}

func TestThePoleDisplayIsTried(t *testing.T) {
	far, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	defer near.Close()
	code, out, errs := newProgram(t).run("devices", "display", "serial://"+near.Name())
	if code != 0 {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	buf := make([]byte, 256)
	n, err := far.Read(buf)
	if err != nil || !bytes.Contains(buf[:n], []byte("RINGUP")) {
		t.Errorf("the display got %q, %v", buf[:n], err)
	}
	code, _, errs = newProgram(t).run("devices", "display")
	if code != 1 || !strings.Contains(errs, "empty") {
		t.Errorf("no display: exit code %d, %s", code, errs)
	}
	code, _, errs = newProgram(t).run("devices", "display", "serial://"+filepath.Join(t.TempDir(), "gone"))
	if code == 0 || !strings.Contains(errs, "did not take the words") {
		t.Errorf("a display that is gone: exit code %d, %s", code, errs)
	}
}

func TestADrawerNeedsAReasonAndAPrinter(t *testing.T) {
	p := newProgram(t)
	if code, _, errs := p.run("devices", "drawer", "--why", " "); code != 2 || !strings.Contains(errs, "Write why") {
		t.Errorf("without a reason: exit code %d, %s", code, errs)
	}
	if code, _, errs := p.run("devices", "drawer", "--why", "change"); code != 1 || !strings.Contains(errs, "No cash drawer") {
		t.Errorf("without a drawer: exit code %d, %s", code, errs)
	}
}

func TestDevicesAreListed(t *testing.T) {
	var list struct {
		Printers, Scanners []struct{ Address, Name, State, Sentence string }
	}
	newProgram(t).expect(0, &list, "devices")
	if _, err := os.Stat("/dev/ttyUSB0"); errors.Is(err, os.ErrNotExist) {
		for _, d := range list.Scanners {
			if strings.Contains(d.Address, "ttyUSB0") {
				t.Errorf("listed and not there: %+v", d)
			}
		}
	}
}
