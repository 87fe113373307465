package till

import (
	"context"
	"errors"
	"time"

	"ringup/devices/printer"
	"ringup/receipts/escpos"
	"ringup/ui/phrases"
)

// PrinterState is how a printer is, as a person sees it.
type PrinterState struct {
	Light Light
	// Word never changes: "online", "unknown" for one that doesn't say,
	// "none", or a printer.Problem.
	Word     string
	Title    string // "Ready", "Cover open"
	Answered bool   // the printer itself said so
}

// Words of a PrinterState beside those of printer.Problem.
const (
	printerOnline  = "online"
	printerUnknown = "unknown"
	printerNone    = "none"
)

// askWithin is how long a printer may take to say how it is.
const askWithin = 5 * time.Second

// PrinterNow asks the printer of the settings how it is; it takes at most some
// seconds.
func (t *Till) PrinterNow(ctx context.Context) PrinterState {
	address := t.Settings().Printer
	if address == "" {
		return stateOf(t.Book(), address, printer.Status{}, nil)
	}
	return ask(ctx, t.Book(), address, t.slips.printers.open)
}

// ask asks a printer how it is.
func ask(ctx context.Context, book *phrases.Book, address string, open func(string) (printer.Printer, error)) PrinterState {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	p, err := open(address)
	var s printer.Status
	if err == nil {
		s, err = p.Check(ctx)
	}
	return stateOf(book, address, s, err)
}

// stateOf puts into words what a printer said, or why it said nothing.
func stateOf(book *phrases.Book, address string, s printer.Status, err error) PrinterState {
	say := book.Say
	state := PrinterState{Word: printerUnknown, Answered: s.Answered, Light: Light{Name: say("light.printer"), On: true}}
	problem := s.Problem()
	var failed *printer.Error
	switch {
	case address == "":
		state.Word, state.Light.Absent = printerNone, true
	case errors.As(err, &failed):
		problem = failed.Problem
	case err != nil:
		state.Light.On, state.Light.Sentence = false, Explain(book, err)
	case s.Answered && problem == "":
		state.Word = printerOnline
	}
	if problem != "" {
		state.Word = string(problem)
		state.Light.On = !problem.Stops()
		state.Light.Warn = !problem.Stops()
		state.Light.Sentence = Explain(book, firstError(err, problem))
	}
	state.Title = say("printer.title." + state.Word)
	if state.Light.Sentence == "" {
		state.Light.Sentence = say("printer.says."+state.Word, "printer", address)
	}
	return state
}

func firstError(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// Probe is one of the three lines of which a person says the best that can be
// read.
type Probe struct {
	Name   string // "A", as it is printed before the line
	Text   string // what the line says when it can be read
	Script string // the setting to choose then
}

// Probes are the lines that PrintProbe prints, best first.
func (t *Books) Probes() ([]Probe, error) {
	form, err := t.form(false)
	if err != nil {
		return nil, err
	}
	page := form.ProbeLines()
	return []Probe{
		{"A", page.Lines[0], ScriptGB18030},
		{"B", page.Lines[1], ScriptLatin},
		{"C", page.Lines[2], ScriptRaster},
	}, nil
}

// PrintProbe prints the three lines on the shop's printer and waits for it.
func (t *Till) PrintProbe(ctx context.Context) error {
	form, err := t.form(false)
	if err != nil {
		return err
	}
	job, err := escpos.Probe(form.ProbeLines(), t.Settings().profile())
	if err != nil {
		return err
	}
	return t.sendNow(ctx, job)
}
