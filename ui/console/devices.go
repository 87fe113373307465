package console

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"ringup/devices/scanner"
	"ringup/ui/till"
)

type devicesVerb struct {
	List    devicesListVerb    `cmd:"" default:"1" help:"List printers and serial ports, and what they say."`
	Scanner devicesScannerVerb `cmd:"" help:"Scan anything: show what comes, how, and whether it would pass as a payment code."`
	Printer devicesPrinterVerb `cmd:"" help:"Ask the shop's printer how it is, and find out which script it can print."`
	Drawer  devicesDrawerVerb  `cmd:"" help:"Open the cash drawer; who and why go into the books."`
	Display devicesDisplayVerb `cmd:"" help:"Try a pole display."`
}

type devicesListVerb struct {
	Network bool `help:"Look for printers on this machine's own small networks too (port 9100; nothing is sent)."`
}

func (v *devicesListVerb) Run(r *run) error {
	list, err := till.FindDevices(r.ctx, r.book)
	if err != nil {
		return err
	}
	if v.Network {
		found, err := till.FindNetworkPrinters(r.ctx, nil)
		if err != nil {
			return err
		}
		list.Printers = append(list.Printers, found...)
	}
	if r.json {
		r.print(list)
		return nil
	}
	show := func(title string, of []till.Device) {
		if len(of) == 0 {
			return
		}
		r.say("%s", r.book.Say(title))
		for _, d := range of {
			r.say("  %s", strings.Join(strings.Fields(d.Address+"  "+d.Name), " "))
			if d.Sentence != "" {
				r.say("    %s", d.Sentence)
			}
		}
	}
	show("console.printers", list.Printers)
	show("console.scanners", list.Scanners)
	if len(list.Printers)+len(list.Scanners) == 0 {
		r.say("%s", r.book.Say("console.no_devices"))
	}
	return nil
}

type devicesScannerVerb struct {
	Use  bool          `help:"Keep the first scanner that reads well in the settings, and end."`
	Wait time.Duration `help:"How long to listen." default:"60s"`
}

// trialJSON is one read; what could be a payment code is masked.
type trialJSON struct {
	Keyboard bool           `json:"keyboard"`
	Port     string         `json:"port,omitempty"`
	Name     string         `json:"name,omitempty"`
	Text     string         `json:"text,omitempty"`
	Digits   int            `json:"digits"`
	Whole    bool           `json:"whole"`
	Payment  bool           `json:"payment"`
	Ending   scanner.Ending `json:"ending,omitempty"`
	PaceMS   float64        `json:"paceMs,omitempty"`
	Baud     int            `json:"baud,omitempty"`
	Trouble  bool           `json:"trouble,omitempty"`
	Sentence string         `json:"sentence"`
}

func (v *devicesScannerVerb) Run(r *run) error {
	if v.Use {
		return r.till(func(t *till.Till) error { return v.listen(r, t.Books, t.UseScanner) })
	}
	return r.books(func(b *till.Books) error { return v.listen(r, b, nil) })
}

// listen tells every read, of serial scanners and of those that type into this
// terminal, until time is up, the input ends, or one is kept.
func (v *devicesScannerVerb) listen(r *run, b *till.Books, keep func(till.Trial) error) error {
	ctx, stop := context.WithTimeout(r.ctx, v.Wait)
	defer stop()
	r.say("%s", r.book.Say("console.scan_anything"))
	trials := make(chan till.Trial)
	hear := func(t till.Trial) {
		select {
		case trials <- t:
		case <-ctx.Done():
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- b.TryScanners(ctx, hear) }()
	typing := make(chan int, 1) // how many lines were typed, once no more come
	go func() { typing <- typed(r.in, b, hear) }()
	all := []trialJSON{}
	reads := 0
	var kept error
	listening := true
	for listening {
		select {
		case <-ctx.Done():
			listening = false
		case lines := <-typing:
			if lines > 0 && keep == nil { // a script has said what it had to say
				listening = false
			}
		case t := <-trials:
			all = append(all, trialJSON{t.Keyboard, t.Port, t.Name, t.Text, t.Digits, t.Whole, t.Payment,
				t.How.Ending, float64(t.How.Pace.Microseconds()) / 1000, t.How.Baud, t.Trouble, t.Sentence})
			if !t.Trouble {
				reads++
			}
			r.say("%s", r.told(t))
			if keep != nil && t.Whole {
				kept = keep(t)
				if kept == nil {
					r.say("%s", r.book.Say("console.scanner_kept"))
				}
				listening = false
			}
		}
	}
	stop()
	err := errors.Join(kept, <-ended)
	if r.json {
		r.print(struct {
			Scans []trialJSON `json:"scans"`
		}{all})
	}
	if err == nil && r.ctx.Err() == nil && reads == 0 {
		r.say("%s", r.book.Say("console.nothing_scanned"))
		return exit(ExitRefused)
	}
	return err
}

// told is a read as a line for people.
func (r *run) told(t till.Trial) string {
	say := r.book.Say
	where := say("trial.keyboard")
	if !t.Keyboard {
		where = say("trial.port", "port", t.Port, "name", t.Name)
	}
	if t.Trouble {
		return where + "\n  " + t.Sentence
	}
	return where + "  " + t.Text + "  " + r.how(t) + "\n  " + t.Sentence
}

func (r *run) how(t till.Trial) string { return till.TellHow(r.book, t) }

// typed hears what a keyboard scanner types into the terminal, and tells how
// many lines there were. A terminal hands out whole lines, so what is told is
// each line, at no pace that is known.
func typed(in io.Reader, b *till.Books, hear func(till.Trial)) (count int) {
	if in == nil {
		return 0
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		count++
		how := scanner.How{Ending: scanner.EndsEnter}
		if len([]rune(text)) >= scanner.MinLength {
			hear(b.TryKeyboard(scanner.Scan{Text: text, Source: scanner.Keyboard, At: time.Now(), How: how}))
		} else {
			digits := 0
			for _, r := range text {
				if '0' <= r && r <= '9' {
					digits++
				}
			}
			hear(b.TryBroken(scanner.Broken{Digits: digits, Source: scanner.Keyboard, At: time.Now(), How: how}))
		}
	}
	return count
}

type devicesPrinterVerb struct {
	Probe bool   `help:"Print three lines, of which --reads tells the best that can be read."`
	Reads string `help:"The best line of --probe that can be read: A, B or C." enum:",A,B,C" default:""`
	Test  bool   `help:"Print the test page."`
	Use   string `help:"Make this the shop's printer, such as tcp://host:9100; none prints on screen." placeholder:"PRINTER"`
	Paper int    `help:"Width of its paper in millimetres." placeholder:"MM"`
}

func (v *devicesPrinterVerb) Run(r *run) error {
	return r.till(func(t *till.Till) error {
		if v.Use != "" || v.Paper != 0 {
			s := t.Settings()
			switch v.Use {
			case "":
			case "none":
				s.Printer = ""
			default:
				s.Printer = v.Use
			}
			if v.Paper != 0 {
				s.Paper, s.Dots, s.Columns = v.Paper, 0, 0
			}
			if err := t.ChangeSettings(s); err != nil {
				return err
			}
		}
		switch {
		case v.Reads != "":
			probes, err := t.Probes()
			if err != nil {
				return err
			}
			s := t.Settings()
			for _, p := range probes {
				if p.Name == v.Reads {
					s.Script = p.Script
				}
			}
			if err := t.ChangeSettings(s); err != nil {
				return err
			}
		case v.Probe:
			if err := t.PrintProbe(r.ctx); err != nil {
				return err
			}
			r.say("%s", r.book.Say("console.probe"))
		case v.Test:
			if err := t.PrintTest(); err != nil {
				return err
			}
		}
		state := t.PrinterNow(r.ctx)
		if r.json {
			r.print(struct {
				Printer  string `json:"printer"`
				State    string `json:"state"`
				Answered bool   `json:"answered"`
				Script   string `json:"script"`
				Sentence string `json:"sentence"`
			}{t.Settings().Printer, state.Word, state.Answered, t.Settings().Script, state.Light.Sentence})
		}
		r.say("%s\n%s", state.Title, state.Light.Sentence)
		if !state.Light.On {
			return exit(ExitRefused)
		}
		return nil
	})
}

type devicesDrawerVerb struct {
	Why string `required:"" help:"Why it is opened." placeholder:"TEXT"`
}

func (v *devicesDrawerVerb) Run(r *run) error {
	return r.till(func(t *till.Till) error {
		if err := t.OpenDrawer(r.ctx, v.Why); err != nil {
			return err
		}
		r.say("%s", r.book.Say("drawer.opened"))
		return nil
	})
}

type devicesDisplayVerb struct {
	Link string `arg:"" optional:"" help:"serial:///dev/ttyUSB1?baud=9600. Default: that of the settings."`
	Use  bool   `help:"Keep it in the settings."`
}

func (v *devicesDisplayVerb) Run(r *run) error {
	return r.till(func(t *till.Till) error {
		link := v.Link
		if link == "" {
			link = t.Settings().Display
		}
		if err := t.TestDisplay(r.ctx, link); err != nil {
			return err
		}
		if s := t.Settings(); v.Use {
			s.Display = link
			if err := t.ChangeSettings(s); err != nil {
				return err
			}
		}
		r.say("%s", r.book.Say("display.sent"))
		return nil
	})
}
