package desktop

import (
	"context"
	"image/color"
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"ringup/ui/till"
)

// printerHead is how the printer is now, in colour and words, with a button
// that asks it again.
type printerHead struct {
	s      *settings
	state  *till.PrinterState // nil before the first answer
	asking int
	box    *fyne.Container
	plate  *plate
	dot    *canvas.Circle
	title  *word
	text   *prose
	again  *press
}

// ask asks the printer, off the window's goroutine.
func (h *printerHead) ask() {
	h.asking++
	mine, w := h.asking, h.s.w
	h.state = nil
	h.show()
	w.spawn(func() {
		state := w.till.PrinterNow(context.Background())
		w.post(func() {
			if mine == h.asking {
				h.state = &state
				h.show()
				if h.s.at == sectionPrinter && w.place == PlaceSettings && h.s.paging != nil {
					h.s.paging.scroll.Refresh() // the sentence may be longer
				}
			}
		})
	})
}

func (h *printerHead) line() settingLine {
	w, l := h.s.w, h.s.w.look
	pl, ground := newPlate(l.soft, l.soft, 16)
	h.plate = pl
	h.dot = canvas.NewCircle(l.muted)
	h.title = newWord("", 22, l.ink).bold().shrink(14)
	h.text = newProse("", 16, l.ink)
	h.text.lead = 1.4
	h.again = l.button(plainButton, w.say("window.settings.printer.again"), "", h.ask)
	h.box = placed(fyne.NewSize(200, 96), h.lay, ground, h.dot, h.title, h.text, h.again)
	h.show()
	line := over(h.box, func(wide float32) float32 { return h.high(wide) + 16 })
	line.bare = true
	return line
}

func (h *printerHead) high(wide float32) float32 {
	return max(96, 60+h.text.heightFor(h.room(wide))+16)
}

// room is the width of the sentence.
func (h *printerHead) room(wide float32) float32 { return wide - 52 - 24 }

func (h *printerHead) show() {
	if h.box == nil {
		return
	}
	w, l := h.s.w, h.s.w.look
	strong, soft := l.muted, l.bg
	title, text := w.say("window.settings.printer.asking"), ""
	if h.state != nil {
		light := h.state.Light
		title, text = h.state.Title, light.Sentence
		switch {
		case light.Absent:
		case light.On && light.Warn:
			strong, soft = l.hold, l.holdSoft
		case light.On:
			strong, soft = l.paid, l.paidSoft
		default:
			strong, soft = l.no, l.noSoft
		}
	}
	h.plate.paint(soft, soft, 1)
	h.dot.FillColor = strong
	h.title.text, h.title.color = title, strong
	h.text.text = text
	h.again.enable(h.state != nil)
	h.lay(h.box.Size())
	h.title.Refresh()
	h.text.Refresh()
	h.box.Refresh()
}

func (h *printerHead) lay(s fyne.Size) {
	if s.Width <= 0 {
		return
	}
	put(h.box.Objects[0], 0, 0, s.Width, s.Height-16)
	put(h.dot, 24, 24, 14, 14)
	b := min(h.again.MinSize().Width, s.Width*0.4)
	put(h.title, 52, 15, s.Width-52-b-24, 32)
	put(h.again, s.Width-b-12, 12, b, 44)
	put(h.text, 52, 60, h.room(s.Width), h.text.heightFor(h.room(s.Width)))
}

// printerPage has the test page beside it.
func (s *settings) printerPage() fyne.CanvasObject {
	w, l := s.w, s.w.look
	lines := []settingLine{s.head.line()}
	lines = append(lines, s.foundPrinters()...)
	lines = append(lines, s.text("printer.address", &s.draft.Printer))
	lines = append(lines, s.paperLines()...)
	lines = append(lines, s.scriptLines()...)
	cuts := till.Cuts()
	var names []string
	for _, x := range cuts {
		names = append(names, w.say("window.settings.printer.cut."+x))
	}
	cut := l.newChips(names, max(0, slices.Index(cuts, s.draft.Cut)), func(i int) { s.draft.Cut = cuts[i]; s.changed() })
	lines = append(lines, s.chosen("printer.cut", cut), s.onOff("printer.native_qr", s.draft.NativeQR, func(on bool) { s.draft.NativeQR = on }))
	page := s.withButtons(s.flowOf(lines), l.button(plainButton, w.say("window.settings.printer.test"), "", s.printTest))
	if s.slip == nil {
		return page
	}
	return beside(page, newSlipView(*s.slip))
}

// beside puts a slip to the right of a page.
func beside(page, slip fyne.CanvasObject) fyne.CanvasObject {
	both := placed(fyne.NewSize(500, 400), nil, page, slip)
	both.Layout.(*free).lay = func(size fyne.Size) {
		side := min(420, max(200, size.Width*0.34))
		put(page, 0, 0, size.Width-side-16, size.Height)
		put(slip, size.Width-side, 0, side, size.Height)
	}
	return both
}

// onOff is a line with a switch.
func (s *settings) onOff(key string, on bool, set func(bool)) settingLine {
	w := s.w
	at := 0
	if on {
		at = 1
	}
	c := w.look.newChips([]string{w.say("window.settings.off"), w.say("window.settings.on")}, at, func(i int) { set(i == 1); s.changed() })
	return s.chosen(key, c)
}

// foundPrinters is a button that looks for printers, and then a row for each
// that was found: its name, its address or what keeps it from being used.
func (s *settings) foundPrinters() []settingLine {
	w, l := s.w, s.w.look
	if w.devices == nil {
		return nil
	}
	look := l.button(plainButton, w.say("window.settings.find"), "", s.find)
	lines := []settingLine{s.lineFor("printer.found", look)}
	lines[0].need = 200
	if s.found == nil {
		return append(lines, s.networkLines()...)
	}
	if len(s.found.Printers) == 0 {
		none := newProse(w.say("window.settings.printer.found.none"), 16, l.muted)
		none.lead = 1.4
		lines = append(lines, over(inset(12, 0, 12, 0, none), func(wide float32) float32 { return none.heightFor(wide) + 24 }))
	}
	for _, d := range s.found.Printers {
		lines = append(lines, s.foundPrinter(d))
	}
	return append(lines, s.networkLines()...)
}

// networkLines is a button that looks for printers on the network, and a row
// for each that was found there.
func (s *settings) networkLines() []settingLine {
	w, l := s.w, s.w.look
	if w.network == nil {
		return nil
	}
	line := s.lineFor("printer.network", l.button(plainButton, w.say("window.settings.printer.network.do"), "", s.search))
	if s.asked != nil {
		s.asked = newWord(s.asked.text, 17, l.muted).shrink(11)
		line.widget = upright(s.asked)
	}
	line.need = 200
	lines := []settingLine{line}
	for _, d := range s.network {
		lines = append(lines, s.foundPrinter(d))
	}
	return lines
}

// search looks for printers on the network until all is asked or the page is
// left.
func (s *settings) search() {
	w := s.w
	ctx, cancel := context.WithCancel(context.Background())
	s.halt, s.network = cancel, nil
	s.asked = newWord(w.say("window.settings.printer.asking.network", "done", 0, "total", "…"), 17, w.look.muted)
	s.show()
	var last time.Time
	w.spawn(func() {
		found, err := w.network(ctx, func(done, total int) {
			now := w.now()
			if done < total && now.Sub(last) < time.Second/5 {
				return
			}
			last = now
			w.post(func() {
				if s.asked != nil {
					s.asked.set(w.say("window.settings.printer.asking.network", "done", done, "total", total))
				}
			})
		})
		w.post(func() {
			left := ctx.Err() != nil
			cancel()
			s.asked, s.halt, s.network = nil, nil, found
			switch {
			case left:
			case err != nil:
				w.complain(err)
			case len(found) == 0:
				w.notify(till.FaceFinding, w.say("window.settings.printer.network.none"))
			}
			if s.at == sectionPrinter {
				s.show()
			}
		})
	})
}

func (s *settings) foundPrinter(d till.Device) settingLine {
	l := s.w.look
	on := d.Address == s.draft.Printer
	name := newWord(firstOf(d.Name, d.Address), 17, l.ink).shrink(12)
	name.heavy = on
	where := newWord(d.Address, 15, l.muted).shrink(10)
	words := color.Color(l.muted)
	if d.State == "denied" {
		words = l.no
	}
	hint := newProse(d.Sentence, 15, words)
	hint.lead = 1.4
	body := placed(fyne.NewSize(200, 64), nil, name, where, hint)
	row := l.newPress(body, 12, func() {
		s.draft.Printer = d.Address
		s.changed()
		s.show()
	}).called(firstOf(d.Name, d.Address))
	if on {
		row.colours(l.soft, l.accent, 2)
	}
	high := func(wide float32) float32 {
		h := float32(64)
		if d.Sentence != "" {
			h += hint.heightFor(wide-32) + 4
		}
		return h
	}
	body.Layout.(*free).lay = func(size fyne.Size) {
		put(name, 16, 8, size.Width-32, 26)
		put(where, 16, 34, size.Width-32, 22)
		put(hint, 16, 58, size.Width-32, hint.heightFor(size.Width-32))
	}
	line := over(inset(4, 0, 4, 0, row), func(wide float32) float32 { return high(wide) + 8 })
	line.bare = true
	return line
}

// paperLines choose the roll: one of the two usual ones, or any by its width.
func (s *settings) paperLines() []settingLine {
	w, l := s.w, s.w.look
	papers := []int{58, 80}
	at := slices.Index(papers, s.draft.Paper)
	if s.other.on {
		at = 2
	}
	names := []string{w.say("window.settings.printer.58"), w.say("window.settings.printer.80"), w.say("window.settings.printer.other")}
	paper := l.newChips(names, at, func(i int) {
		s.other.on = i == 2
		if i < 2 {
			s.draft.Paper, s.draft.Dots, s.draft.Columns = papers[i], 0, 0
			s.other.width, s.other.dots, s.other.columns = strconv.Itoa(papers[i]), "", ""
		}
		s.changed()
		s.show()
	})
	lines := []settingLine{s.chosen("printer.paper", paper)}
	if s.other.on {
		set := func(at *string) func(string) { return func(t string) { *at = t } }
		lines = append(lines,
			s.text("printer.width", nil, s.other.width, set(&s.other.width)),
			s.text("printer.dots", nil, s.other.dots, set(&s.other.dots)),
			s.text("printer.columns", nil, s.other.columns, set(&s.other.columns)))
	}
	return lines
}

// usualScripts is how many scripts are offered at once.
const usualScripts = 3

// scriptLines choose how text is printed: by its name, or by saying which of
// three printed lines can be read.
func (s *settings) scriptLines() []settingLine {
	w, l := s.w, s.w.look
	scripts := till.Scripts()
	at := slices.Index(scripts, s.draft.Script)
	shown := scripts
	if !s.more {
		shown = scripts[:min(len(scripts), usualScripts)]
		if at >= len(shown) {
			shown = append(slices.Clone(shown), s.draft.Script)
			at = len(shown) - 1
		}
	}
	var names []string
	for _, x := range shown {
		name := x
		if key := "window.settings.printer.script." + x; w.book.Has(key) {
			name = w.say(key)
		}
		names = append(names, name)
	}
	if !s.more && len(scripts) > usualScripts {
		names = append(names, w.say("window.settings.printer.script.more"))
	}
	choose := func(i int) {
		if i >= len(shown) {
			s.more = true
		} else {
			s.draft.Script = shown[i]
		}
		s.changed()
		s.show()
	}
	lines := s.picked("printer.script", l.newChips(names, at, choose).inRows(4))
	if s.probes == nil {
		b := l.button(plainButton, w.say("window.settings.printer.probe"), "", s.printProbe)
		line := s.lineFor("printer.probe.which", b)
		line.need = 240
		return append(lines, line)
	}
	lines = append(lines, s.lineFor("printer.probe.read", nil))
	for _, p := range s.probes {
		lines = append(lines, s.readable(p.Name, p.Text, func() { s.choseProbe(p.Script) }))
	}
	return append(lines, s.readable("–", w.say("window.settings.printer.probe.none"), func() {
		s.choseProbe(till.ScriptRaster)
		w.notify(till.FaceFinding, w.say("window.settings.printer.probe.none.help"))
	}))
}

// readable is one answer to "which of these can you read?".
func (s *settings) readable(name, text string, do func()) settingLine {
	l := s.w.look
	letter := newWord(name, 26, l.accent).bold().centre()
	says := newWord(text, 19, l.ink).shrink(10)
	body := placed(fyne.NewSize(200, 72), nil, letter, says)
	body.Layout.(*free).lay = func(size fyne.Size) {
		put(letter, 8, (size.Height-36)/2, 48, 36)
		put(says, 64, (size.Height-28)/2, size.Width-80, 28)
	}
	p := l.newPress(body, 14, do).called(name)
	return card(inset(4, 0, 4, 0, p), 80)
}

func (s *settings) choseProbe(script string) {
	s.probes = nil
	s.draft.Script = script
	s.changed()
	s.show()
}

// printProbe prints the lines, then asks which of them can be read.
func (s *settings) printProbe() {
	w := s.w
	s.kept(func() {
		w.notify(till.FaceSending, w.say("window.settings.printing"))
		w.spawn(func() {
			probes, err := w.till.Probes()
			if err == nil {
				err = w.till.PrintProbe(context.Background())
			}
			w.post(func() {
				if err != nil {
					w.complain(err)
					return
				}
				w.shell.notice.hide() // the paper speaks now
				s.probes = probes
				s.askPrinter()
				s.show()
			})
		})
	})
}
