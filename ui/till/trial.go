package till

import (
	"context"
	"time"

	"ringup/devices/scanner"
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
	// Sentence says all that in the till's language, and what to do.
	Sentence string
}

// TryScanners listens on every serial port at once, at the usual speeds, and
// tells what each sends, until ctx ends; the port in use is tried with the
// others. What comes meanwhile is never a payment. heard is called from
// goroutines of the till.
func (t *Till) TryScanners(ctx context.Context, heard func(Trial)) error {
	return errUnmade
}

// TryKeyboard is the trial of what a window's detector heard.
func (t *Books) TryKeyboard(s scanner.Scan) Trial { return Trial{Keyboard: true} }

// TryBroken is the trial of what a window's detector could not read.
func (t *Books) TryBroken(b scanner.Broken) Trial { return Trial{Keyboard: true} }

// UseScanner keeps what a trial found in the settings.
func (t *Till) UseScanner(trial Trial) error { return errUnmade }

// PrinterState is how a printer is, as a person sees it.
type PrinterState struct {
	Light    Light
	Word     string // stable: online, cover_open, paper_low, paper_out, cutter, hot, offline, unplugged, ...
	Title    string // "Ready", "Cover open"
	Answered bool   // the printer itself said so
	At       time.Time
}

// PrinterNow asks the printer of the settings how it is; it takes at most some
// seconds.
func (t *Till) PrinterNow(ctx context.Context) PrinterState { return PrinterState{} }

// PrintProbe prints the three lines of which a person says the ones that can
// be read. Read says which script that means.
func (t *Till) PrintProbe(ctx context.Context) error { return errUnmade }

// Probe is one of the three lines.
type Probe struct {
	Name   string // "A"
	Text   string // what the line says when it can be read
	Script string // the setting to choose when this is the best that can be read
}

// Probes are the lines that PrintProbe prints, best first.
func (t *Books) Probes() []Probe { return nil }

// Unprinted is a slip that was not printed, or not for certain.
type Unprinted struct {
	Job      string // its id, for PrintAgain and Forget
	Number   string // the sale's
	What     string // "Slip", "Refund slip", in the till's language
	At       time.Time
	Sentence string // why, and what to do
}

// Unprinted lists the slips that were not printed, newest first.
func (t *Till) Unprinted() ([]Unprinted, error) { return nil, errUnmade }

// PrintAgain prints one of them once more; it says COPY if the first may be on
// paper.
func (t *Till) PrintAgain(job string) error { return errUnmade }

// Forget takes one from the list.
func (t *Till) Forget(job string) error { return errUnmade }

// OpenDrawer opens the cash drawer because a person asked for it; who and why
// go into the books.
func (t *Till) OpenDrawer(ctx context.Context, why string) error { return errUnmade }

// Sample is the slip of a sale that never was, as draft settings would print
// it: the preview of the slip's template.
func (t *Books) Sample(draft Settings) (Slip, error) { return Slip{}, errUnmade }

// SetLogo takes the logo of slips from a PNG or JPEG file; nil removes it.
func (t *Till) SetLogo(file []byte) error { return errUnmade }

// SlipLanguages lists the languages that slips can be in, by their tags, with
// their own names.
func SlipLanguages() []Choice { return nil }

// Choice is a value with its name in words.
type Choice struct{ Value, Name string }

// TestDisplay shows a greeting on the pole display at that link.
func (t *Till) TestDisplay(ctx context.Context, link string) error { return errUnmade }

var errUnmade = context.Canceled
