package till

import (
	"context"

	"ringup/devices/scanner"
	"ringup/ui/phrases"
)

// serialLine is the serial line that a scanner is heard on.
type serialLine struct {
	port, id string
	baud     int
	ending   scanner.Ending
}

func (s Settings) line() serialLine {
	return serialLine{s.Scanner, s.ScannerID, s.ScannerBaud, s.ScannerEnding}
}

// Hear listens to the shop's serial scanner, if one is set up, until the
// context ends, and follows when the settings name another. While scanners are
// tried it lets go of its port. scanned and broken are called from a goroutine
// of the till.
func (t *Till) Hear(ctx context.Context, scanned func(text string), broken func(digits int)) {
	changed := make(chan struct{}, 1)
	defer t.Listen(func(n News) {
		if n.Lights {
			select {
			case changed <- struct{}{}:
			default:
			}
		}
	})()
	for ctx.Err() == nil {
		wanted := t.lineNow()
		hearing, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			t.hearLine(hearing, wanted, scanned, broken)
		}()
		for t.lineNow() == wanted && ctx.Err() == nil {
			select {
			case <-changed:
			case <-ctx.Done():
			}
		}
		stop()
		<-ended
	}
}

// lineNow is the line to listen to now: none while scanners are tried.
func (t *Till) lineNow() serialLine {
	t.mu.Lock()
	trying := t.trying > 0
	t.mu.Unlock()
	if trying {
		return serialLine{}
	}
	return t.Settings().line()
}

// hearLine listens to one line until the context ends.
func (t *Till) hearLine(ctx context.Context, l serialLine, scanned func(text string), broken func(digits int)) {
	t.setScanner(Light{Absent: l.port == ""})
	if l.port == "" {
		return
	}
	t.ports.Lock() // nobody tries scanners meanwhile
	defer t.ports.Unlock()
	serial := scanner.Serial{
		Port: l.port, ID: l.id, Baud: l.baud, Ending: l.ending,
		Scanned: func(s scanner.Scan) { scanned(s.Text) },
		Broken:  func(b scanner.Broken) { broken(b.Digits) },
		Changed: func(s scanner.State) { t.setScanner(t.lightOf(firstOf(s.Port, l.port), s)) },
	}
	serial.Run(ctx)
}

// lightOf is the light of a scanner's port.
func (t *Books) lightOf(port string, s scanner.State) Light {
	say := t.Book().Say
	switch s.Link {
	case scanner.Connected:
		return Light{On: true, Sentence: say("light.scanner.on", "port", port)}
	case scanner.Denied:
		return Light{Sentence: deniedPort(t.Book(), port, s.Group)}
	case scanner.Busy:
		return Light{Sentence: say("light.scanner.busy", "port", port)}
	}
	return Light{Sentence: say("light.scanner.off", "port", port)}
}

// deniedPort says what mends that a port may not be opened: joining a group,
// where one may.
func deniedPort(book *phrases.Book, port, group string) string {
	if group == "" {
		return book.Say("light.scanner.denied", "port", port)
	}
	return book.Say("light.scanner.permission", "port", port, "group", group)
}

func (t *Till) setScanner(l Light) {
	t.mu.Lock()
	t.scanner = l
	t.mu.Unlock()
	t.tell(News{Lights: true})
}

// TryScanners listens on every serial port at once, at the usual speeds, and
// tells what each sends, until the context ends; the port in use is tried with
// the others. What comes meanwhile is never a payment. heard is called from
// goroutines of the till.
func (t *Till) TryScanners(ctx context.Context, heard func(Trial)) error {
	t.mu.Lock()
	t.trying++
	t.mu.Unlock()
	t.tell(News{Lights: true}) // Hear lets go of its port
	defer func() {
		t.mu.Lock()
		t.trying--
		t.mu.Unlock()
		t.tell(News{Lights: true})
	}()
	t.ports.Lock()
	defer t.ports.Unlock()
	return t.Books.TryScanners(ctx, heard)
}

// UseScanner keeps in the settings what a trial found: a serial scanner's port
// and device, or that the scanner types.
func (t *Till) UseScanner(trial Trial) error {
	s := t.Settings()
	s.Scanner, s.ScannerID, s.ScannerBaud, s.ScannerEnding = trial.Port, trial.PortID, trial.How.Baud, trial.How.Ending
	if trial.Keyboard {
		s.Scanner, s.ScannerID, s.ScannerBaud, s.ScannerEnding = "", "", 0, ""
		if trial.How.Pace > 0 { // a terminal doesn't tell it
			s.ScannerPace = 0 // that of a former one would let more typing pass for scans
			if slowest := int(trial.How.Pace.Milliseconds()) * 3 / 2; slowest > usualPace {
				s.ScannerPace = min(slowest, 150)
			}
		}
	}
	return t.ChangeSettings(s)
}

// usualPace is what the detector allows a character of a keyboard scanner if
// the settings say nothing, in milliseconds.
const usualPace = 40
