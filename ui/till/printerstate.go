package till

import (
	"context"
	"errors"
	"strings"
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
	state := ask(ctx, t.Book(), address, t.slips.printers.open)
	t.slips.heard(address, state)
	return state
}

// watchEvery is how often a printer that has nothing to do is asked how it is,
// so that its light is true before the next slip. Printers that several tills
// share take one connection at a time: this is seldom enough.
const watchEvery = 30 * time.Second

// watch asks the printer between slips until the context ends.
func (s *slips) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		s.mu.Lock()
		idle := len(s.pending) == 0
		s.mu.Unlock()
		// Opening a serial line can reset what is behind it, and the other links
		// have a program of the system in between.
		link := s.t.Settings().Printer
		asked := strings.HasPrefix(link, "tcp:") || strings.HasPrefix(link, "usb:")
		if idle && asked && s.t.options.AutoPrint {
			s.t.PrinterNow(ctx)
		}
	}
}

// heard keeps what a printer said, or that it can't be reached, for its light.
func (s *slips) heard(address string, state PrinterState) {
	if address != s.t.Settings().Printer || state.Word == string(printer.Busy) {
		return // another one, or in talk with another till
	}
	s.mu.Lock()
	before := s.state
	s.state = &state
	if state.Word == printerOnline {
		s.problem = nil // what was not printed stands in its list
	}
	s.mu.Unlock()
	if before == nil || before.Word != state.Word {
		s.t.tell(News{Lights: true})
	}
}

// passes tells whether a problem goes by itself, or keeps nothing from printing.
func passes(problem error) bool {
	var p printer.Problem
	return errors.As(problem, &p) && p.Severity() == printer.LookAtIt
}

// light is the printer's light: what it said last, or how the newest slip went.
func (s *slips) light() Light {
	say := s.t.Book().Say
	address := s.t.Settings().Printer
	s.mu.Lock()
	problem, state := s.problem, s.state
	s.mu.Unlock()
	l := Light{Name: say("light.printer"), On: true}
	switch {
	case problem != nil:
		l.Warn = passes(problem)
		l.On, l.Sentence = l.Warn, say("light.printer.failed", "why", s.t.Explain(problem))
	case address == "":
		l.Sentence = say("light.printer.preview")
	case state != nil && state.Light.Sentence != "" && (state.Light.Warn || !state.Light.On):
		l.On, l.Warn, l.Sentence = state.Light.On, state.Light.Warn, state.Light.Sentence
	default:
		l.Sentence = say("light.printer.ready", "printer", address)
	}
	return l
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
		state.Light.On = problem.Severity() != printer.Stopped
		state.Light.Warn = problem.Severity() == printer.LookAtIt
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
	probes := []Probe{{Name: "A", Script: ScriptGB18030}, {Name: "B", Script: ScriptLatin}, {Name: "C", Script: ScriptRaster}}
	for i := range probes {
		probes[i].Text = strings.TrimSpace(strings.TrimPrefix(page.Lines[i], probes[i].Name))
	}
	return probes, nil
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
