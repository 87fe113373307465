package desktop

import (
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"ringup/ui/till"
)

// sample is a slip as the draft would print it, drawn a moment after the last
// change.
type sample struct {
	s      *settings
	asked  int
	slip   *till.Slip
	failed string // why there is none
	box    *fyne.Container
}

// drawnAfter is how long the last change may be ago: a person who types waits
// for no picture.
const drawnAfter = 300 * time.Millisecond

// soon draws the sample anew in a moment.
func (x *sample) soon() {
	x.asked++
	mine := x.asked
	x.s.w.after(drawnAfter, func() {
		if mine == x.asked {
			x.draw()
		}
	})
}

func (x *sample) draw() {
	w, mine := x.s.w, x.asked
	draft, err := x.s.typedIn()
	if err != nil {
		return // a number elsewhere is still being typed
	}
	w.spawn(func() {
		slip, err := w.till.Sample(draft)
		w.post(func() {
			if mine != x.asked {
				return
			}
			x.failed = ""
			if err != nil {
				x.failed = w.till.Explain(err)
			} else {
				x.slip = &slip
			}
			x.show()
		})
	})
}

func (x *sample) show() {
	if x.box == nil {
		return
	}
	l := x.s.w.look
	x.box.Objects = nil
	switch {
	case x.failed != "":
		x.box.Objects = []fyne.CanvasObject{inset(24, 8, 24, 8, column(0, spring(), fit(newProse(x.failed, 16, l.no).centre()), spring()))}
	case x.slip != nil && len(x.slip.PNG) > 0:
		x.box.Objects = []fyne.CanvasObject{newSlipView(*x.slip)}
	}
	x.box.Refresh()
}

// setText puts a plain word into a setting that has a type of its own.
func setText[T ~string](at *T, text string) { *at = T(text) }

// slipsPage is what stands on a slip, with the slip beside it.
func (s *settings) slipsPage() fyne.CanvasObject {
	w, l := s.w, s.w.look
	lines := s.linesOf("slips.header", &s.draft.Template.Header)
	lines = append(lines, s.linesOf("slips.footer", &s.draft.Template.Footer)...)
	lines = append(lines, s.logoLine())
	codes := w.till.SlipCodes()
	at := 0
	var names []string
	for i, c := range codes {
		names = append(names, c.Name)
		if c.Value == string(s.draft.Template.Codes) {
			at = i
		}
	}
	lines = append(lines, s.picked("slips.codes", l.newChips(names, at, func(i int) {
		setText(&s.draft.Template.Codes, codes[i].Value)
		if i == 0 {
			setText(&s.draft.Template.Codes, "") // as it was before anyone chose
		}
		s.changed()
	}).inRows(min(4, len(names))))...)
	lines = append(lines, s.languagesOf()...)
	lines = append(lines, s.lineFor("slips.fields", nil))
	lines = append(lines, s.fieldLines()...)
	s.sample.box = stack()
	s.sample.show()
	if s.sample.slip == nil {
		s.sample.soon()
	}
	return beside(s.withButtons(s.flowOf(lines)), s.sample.box)
}

// mostLines is how many lines of its own a slip has at its top, and at its end.
const mostLines = 8

// linesOf are the fields of a list of lines, with an empty one after them.
func (s *settings) linesOf(key string, all *[]string) []settingLine {
	w := s.w
	lines := []settingLine{s.lineFor(key, nil)}
	shown := filled(*all)
	if len(shown) < mostLines {
		shown = append(shown, "")
	}
	*all = shown
	for i := range shown {
		f := newField(w, shown[i], w.say("window.settings."+key+".line"))
		f.OnChanged = func(t string) {
			next := slices.Clone(*all)
			next[i] = t
			*all = next
			s.changed()
		}
		f.onSubmit = func(string) { s.show() } // makes the next line
		frame, _ := w.framed(f, "", nil)
		lines = append(lines, card(inset(4, 0, 4, 0, frame), 64))
	}
	return lines
}

// largestLogo is how large a picture's file may be.
const largestLogo = 16 << 20

func (s *settings) logoLine() settingLine {
	w, l := s.w, s.w.look
	f := newField(w, s.logo, w.say("window.settings.slips.logo.file"))
	f.OnChanged = func(t string) { s.logo = t }
	f.onSubmit = func(string) { s.takeLogo() }
	frame, _ := w.framed(f, "", nil)
	parts := []part{share(frame, 1), fixed(l.button(plainButton, w.say("window.settings.slips.logo.use"), "", s.takeLogo), 96)}
	if w.till.HasLogo() {
		parts = append(parts, fixed(l.button(plainButton, w.say("window.settings.slips.logo.remove"), "", func() { s.setLogo(nil) }), 112))
	}
	line := s.lineFor("slips.logo", row(8, parts...))
	line.need = 460
	return line
}

// takeLogo reads the picture that was named.
func (s *settings) takeLogo() {
	w, path := s.w, strings.Trim(strings.TrimSpace(s.logo), `"`)
	if path == "" {
		w.notify(till.FaceFinding, w.say("window.settings.slips.logo.empty"))
		return
	}
	w.spawn(func() {
		file, err := readAtMost(path, largestLogo)
		w.post(func() {
			if err != nil {
				w.notify(till.FaceNotPaid, w.say("window.settings.slips.logo.unread", "file", path))
				return
			}
			s.setLogo(file)
		})
	})
}

func readAtMost(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

func (s *settings) setLogo(file []byte) {
	w := s.w
	w.spawn(func() {
		err := w.till.SetLogo(file)
		w.post(func() {
			if err != nil {
				w.complain(err)
				return
			}
			s.logo = ""
			s.sample.soon()
			s.show()
		})
	})
}

// languagesOf choose the slip's languages: the till's own or another, and a
// second one or none.
func (s *settings) languagesOf() []settingLine {
	w, l := s.w, s.w.look
	list := till.SlipLanguages()
	chosen := s.draft.Template.Languages
	set := func(first, second string) {
		s.draft.Template.Languages = nil
		if first != "" {
			s.draft.Template.Languages = []string{first}
			if second != "" && second != first {
				s.draft.Template.Languages = []string{first, second}
			}
		}
		s.changed()
		s.show()
	}
	tag := func(i int) string {
		if i < len(chosen) {
			return chosen[i]
		}
		return ""
	}
	names := func(none string) []string {
		out := []string{w.say(none)}
		for _, c := range list {
			name := c.Name
			if key := "window.settings.slips.language." + c.Value; w.book.Has(key) {
				name = w.say(key) // the window has no letters for its own name
			}
			out = append(out, name)
		}
		return out
	}
	at := func(tag string) int {
		return 1 + slices.IndexFunc(list, func(c till.Choice) bool { return c.Value == tag })
	}
	value := func(i int) string {
		if i == 0 {
			return ""
		}
		return list[i-1].Value
	}
	first := l.newChips(names("window.settings.slips.language.own"), at(tag(0)), func(i int) { set(value(i), tag(1)) }).inRows(3)
	lines := s.picked("slips.language", first)
	if tag(0) == "" {
		return lines
	}
	second := l.newChips(names("window.settings.slips.second.none"), at(tag(1)), func(i int) { set(tag(0), value(i)) }).inRows(3)
	return append(lines, s.picked("slips.second", second)...)
}

// fieldLines are the parts of a slip in their order, each to be left out or
// moved.
func (s *settings) fieldLines() []settingLine {
	on := s.draft.Fields()
	names := map[string]string{}
	var off []string
	for _, c := range s.w.till.TemplateFields() {
		names[c.Value] = c.Name
		if !slices.Contains(on, c.Value) {
			off = append(off, c.Value)
		}
	}
	var lines []settingLine
	set := func(fields []string) {
		s.draft = s.draft.WithFields(fields)
		s.changed()
		s.show()
	}
	move := func(i, by int) func() {
		if i+by < 0 || i+by >= len(on) {
			return nil
		}
		return func() {
			next := slices.Clone(on)
			next[i], next[i+by] = next[i+by], next[i]
			set(next)
		}
	}
	for i, f := range on {
		drop := func() { set(slices.Delete(slices.Clone(on), i, i+1)) }
		if f == "number" || f == "total" { // they stand on every slip
			drop = nil
		}
		lines = append(lines, s.fieldLine(names[f], true, drop, move(i, -1), move(i, 1)))
	}
	for _, f := range off {
		lines = append(lines, s.fieldLine(names[f], false, func() { set(append(slices.Clone(on), f)) }, nil, nil))
	}
	return lines
}

// fieldLine is one part of a slip: touched, it comes or goes; its arrows move
// it. A nil func is something that can't be done.
func (s *settings) fieldLine(name string, on bool, turn, up, down func()) settingLine {
	w, l := s.w, s.w.look
	ink, mark := l.ink, l.icon("check", l.accent, 22)
	if !on {
		ink, mark = l.muted, l.icon("check", l.line, 22)
	}
	if turn == nil {
		mark.set("check", l.muted)
	}
	label := newWord(name, 17, ink).shrink(12)
	body := placed(fyne.NewSize(160, 52), nil, mark, label)
	body.Layout.(*free).lay = func(size fyne.Size) {
		put(mark, 14, (size.Height-22)/2, 22, 22)
		put(label, 48, (size.Height-24)/2, size.Width-60, 24)
	}
	p := l.newPress(body, 12, turn).called(name)
	if on {
		p.colours(l.soft, l.soft, 0)
	}
	objects := []part{share(p, 1)}
	for _, x := range []struct {
		icon, key string
		do        func()
	}{{"up", "window.settings.slips.up", up}, {"down", "window.settings.slips.down", down}} {
		c := l.ink
		if x.do == nil {
			c = l.line
		}
		b := l.newPress(middle(l.icon(x.icon, c, 22)), 12, x.do).called(w.say(x.key, "field", name))
		b.enable(x.do != nil)
		objects = append(objects, fixed(b, 52))
	}
	return card(inset(3, 0, 3, 0, row(8, objects...)), 58)
}
