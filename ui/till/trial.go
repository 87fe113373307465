package till

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ringup/devices/scanner"
	"ringup/payments"
	"ringup/receipts"
	"ringup/ui/phrases"
)

// Trial is what a scanner just sent while it is being set up: "scan anything".
type Trial struct {
	// Keyboard says that it typed; otherwise it came over Port.
	Keyboard bool
	Port     string // as the settings take it
	PortID   string // the USB device behind the port, "" for none
	Name     string // maker and product, where they are known
	Text     string // what came, masked if it is long
	Digits   int
	Whole    bool // a whole read; otherwise short or broken
	How      scanner.How
	// Payment says that it would pass as a payment code.
	Payment bool
	// Trouble says that nothing came, and that the port can't be heard.
	Trouble bool
	// Sentence says all that in the till's language, and what to do.
	Sentence string
	At       time.Time
}

// TryKeyboard is the trial of what a window's detector heard.
func (t *Books) TryKeyboard(s scanner.Scan) Trial {
	return t.tryScan(Trial{Keyboard: true}, s)
}

// TryBroken is the trial of what a window's detector could not read.
func (t *Books) TryBroken(b scanner.Broken) Trial {
	return t.tryBroken(Trial{Keyboard: true}, b)
}

// tryScan fills in what a whole read says.
func (t *Books) tryScan(trial Trial, s scanner.Scan) Trial {
	say := t.Book().Say
	trial.Text, trial.How, trial.At, trial.Whole = maskedRead(s.Text), s.How, s.At, true
	for _, r := range s.Text {
		if '0' <= r && r <= '9' {
			trial.Digits++
		}
	}
	_, err := payments.ParseCode(s.Text, t.Settings().ExtraPrefixes...)
	trial.Payment = err == nil
	key := "trial.other"
	switch {
	case trial.Payment:
		key = "trial.payment"
	case receipts.IsCode(s.Text):
		key = "trial.slip"
	}
	trial.Sentence = say(key)
	if s.Ending == scanner.EndsSilence {
		trial.Sentence += " " + say("trial.no_ending")
	}
	return trial
}

// twoReads is how many digits two payment codes have at least.
const twoReads = 32

// TellBroken says that a read came short, or that two came as one. Nothing was
// charged.
func TellBroken(book *phrases.Book, digits int) string {
	if digits >= twoReads {
		return book.Say("scan.too_long", "digits", digits)
	}
	return book.Say("window.scan.broken", "digits", digits)
}

// tryBroken fills in what a read that came short or damaged says.
func (t *Books) tryBroken(trial Trial, b scanner.Broken) Trial {
	trial.Digits, trial.How, trial.At = b.Digits, b.How, b.At
	key := "trial.short"
	switch {
	case b.Noise:
		key = "trial.noise"
	case b.Digits >= twoReads:
		key = "trial.joined"
	}
	trial.Sentence = t.Book().Say(key, "digits", b.Digits)
	return trial
}

// TellHow says in what manner a trial came: "4 ms a character, ends with Enter".
func TellHow(book *phrases.Book, t Trial) string {
	var parts []string
	if t.How.Pace > 0 {
		parts = append(parts, book.Say("trial.how.pace", "ms", math.Round(float64(t.How.Pace)/float64(time.Millisecond)*10)/10))
	}
	if t.How.Baud > 0 {
		parts = append(parts, book.Say("trial.how.baud", "baud", t.How.Baud))
	}
	if t.How.Ending != "" {
		parts = append(parts, book.Say("trial.how."+string(t.How.Ending)))
	}
	return strings.Join(parts, ", ")
}

// maskedRead is what was scanned as a screen may show it: masked when it could be a
// payment code.
func maskedRead(text string) string {
	r := []rune(text)
	if len(r) < 12 {
		return text
	}
	return string(r[:6]) + strings.Repeat("•", len(r)-8) + string(r[len(r)-2:])
}

// freePorts are the serial ports that a scanner may be behind: not those of the
// printer and the display, which would be asked for at every speed, and whose
// bytes would show as broken reads.
func (t *Books) freePorts() ([]scanner.Port, error) {
	ports, err := scanner.Ports()
	s := t.Settings()
	taken := []string{serialPort(s.Printer), serialPort(s.Display)}
	return slices.DeleteFunc(ports, func(p scanner.Port) bool { return slices.Contains(taken, devicePath(p.Device)) }), err
}

// serialPort is the device of a serial link, "" for any other link.
func serialPort(link string) string {
	rest, ok := strings.CutPrefix(link, "serial://")
	if !ok {
		return ""
	}
	port, _, _ := strings.Cut(rest, "?")
	return devicePath(port)
}

// devicePath is a port's name in the one form in which two can be compared: a
// name that lasts is a link to the device.
func devicePath(port string) string {
	if path, err := filepath.EvalSymlinks(port); err == nil {
		return path
	}
	return strings.ToUpper(port) // COM3 and com3 are one
}

// TryScanners is Till.TryScanners for books that hear no scanner of their own.
func (t *Books) TryScanners(ctx context.Context, heard func(Trial)) error {
	scanner.Try(ctx, t.freePorts, func(h scanner.Heard) {
		trial := Trial{Port: h.Port.Name, PortID: h.Port.ID, Name: makerOf(h.Port)}
		switch {
		case h.Scan != nil:
			heard(t.tryScan(trial, *h.Scan))
		case h.Broken != nil:
			heard(t.tryBroken(trial, *h.Broken))
		case h.State.Link == scanner.Denied, h.State.Link == scanner.Busy:
			trial.Trouble, trial.At = true, t.corrected()
			trial.Sentence = t.lightOf(h.Port.Name, *h.State).Sentence
			heard(trial)
		}
	})
	return nil
}
