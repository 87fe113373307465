// Package scanner hears barcode scanners: those that type like a keyboard
// (Detector, one for each window) and those on a serial line (Serial, one for
// each line). Whatever brought it, what was read is the same Scan.
//
// The package knows nothing of payment codes or slips. It says what was read,
// and says Broken when what came can't be the whole of it.
package scanner

import (
	"fmt"
	"log/slog"
	"time"
)

// MinLength is the fewest characters that count as a scan. Payment codes have
// 16 to 24 digits and slips 20; what is shorter than this is a broken read.
const MinLength = 8

// Keyboard is the Source of what a Detector heard. A Serial's Source is the
// name of its port.
const Keyboard = "keyboard"

// Scan is one whole read. Text may be a payment code: Scan formats and logs it
// masked, first six and last two characters, and only the field tells it.
type Scan struct {
	Text   string
	Source string
	At     time.Time
	How
}

// How is the manner in which a read came, for a screen that sets a scanner up.
type How struct {
	Ending Ending
	// Pace is what one character took, on average. 0 where it can't be told:
	// on a serial line, or when all came in one frame of the window.
	Pace time.Duration
	Baud int // the speed that a serial line was read at; 0 for a keyboard
}

// Ending is what a scanner sends after a read.
type Ending string

// The endings.
const (
	EndsEnter   Ending = "enter" // a keyboard's
	EndsTab     Ending = "tab"
	EndsCR      Ending = "cr"
	EndsLF      Ending = "lf"
	EndsCRLF    Ending = "crlf"
	EndsSilence Ending = "none"
)

// Endings lists them all.
func Endings() []Ending {
	return []Ending{EndsEnter, EndsTab, EndsCR, EndsLF, EndsCRLF, EndsSilence}
}

// Broken is a read that came short or damaged. What was read is not told:
// half a code is of no use to anyone.
type Broken struct {
	Digits int // how many digits of it arrived
	Source string
	At     time.Time
	How
	// Noise says that bytes came that are no characters: most likely the
	// line's speed is wrong.
	Noise bool
}

func (s Scan) masked() string {
	text := "…"
	if r := []rune(s.Text); len(r) >= 12 {
		text = string(r[:6]) + "…" + string(r[len(r)-2:])
	}
	return fmt.Sprintf("%s (%s)", text, s.Source)
}

// Format writes the scan masked, for every verb.
func (s Scan) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.masked())) }

// LogValue logs the scan masked.
func (s Scan) LogValue() slog.Value { return slog.StringValue(s.masked()) }

// countDigits tells how many of the characters are digits.
func countDigits(text string) int {
	n := 0
	for _, r := range text {
		if isDigit(r) {
			n++
		}
	}
	return n
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }
