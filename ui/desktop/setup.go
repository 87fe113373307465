package desktop

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"ringup/devices/scanner"
	"ringup/payments"
	"ringup/ui/till"
)

// setup is "scan anything": while the scanner's page is open, all that any
// scanner reads comes here, is shown, and is never a payment.
type setup struct {
	s       *settings
	end     func()
	latest  *till.Trial
	trouble *till.Trial // a port that can't be heard
	sign    *trialSign
}

func (s *settings) startSetup() {
	s.stopSetup()
	w := s.w
	ctx, cancel := context.WithCancel(context.Background())
	u := &setup{s: s}
	restore := w.ear.divert(func(whole *scanner.Scan, broken *scanner.Broken) {
		if whole != nil {
			u.take(w.till.TryKeyboard(*whole))
		} else {
			u.take(w.till.TryBroken(*broken))
		}
	})
	u.end = func() { cancel(); restore() }
	s.setup = u
	w.spawn(func() {
		err := w.till.TryScanners(ctx, func(t till.Trial) {
			w.post(func() {
				if ctx.Err() == nil {
					u.take(t)
				}
			})
		})
		if err != nil && ctx.Err() == nil {
			w.post(func() { w.complain(err) })
		}
	})
}

func (s *settings) stopSetup() {
	if s.setup != nil {
		s.setup.end()
		s.setup = nil
	}
}

// take shows what came.
func (u *setup) take(t till.Trial) {
	if t.Trouble {
		u.trouble = &t
	} else {
		u.latest = &t
	}
	if u.sign != nil {
		u.sign.show(u)
	}
}

// use keeps the scanner of the latest read.
func (u *setup) use() {
	s, w := u.s, u.s.w
	if u.latest == nil {
		return
	}
	t := *u.latest
	w.spawn(func() {
		err := w.till.UseScanner(t)
		w.post(func() {
			if err != nil {
				w.complain(err)
				return
			}
			now := w.till.Settings()
			s.draft.Scanner, s.draft.ScannerID, s.draft.ScannerBaud = now.Scanner, now.ScannerID, now.ScannerBaud
			s.draft.ScannerEnding, s.draft.ScannerPace = now.ScannerEnding, now.ScannerPace
			s.other.pace = numberText(now.ScannerPace)
			s.changed()
			s.show()
			w.notify(till.FacePaid, w.say("window.settings.scanner.used"))
		})
	})
}

// scannerPage has the sign of what came above the scanner's settings.
func (s *settings) scannerPage() fyne.CanvasObject {
	w := s.w
	lines := []settingLine{}
	if s.setup != nil {
		s.setup.sign = newTrialSign(w, s.setup.use)
		s.setup.sign.show(s.setup)
		sign := s.setup.sign
		lines = append(lines, card(sign.box, trialHigh+16))
	}
	return s.withButtons(s.flowOf(append(lines,
		s.presentScanner(),
		s.text("scanner.port", &s.draft.Scanner),
		s.plugged("scanner.found", func(d till.Devices) []till.Device { return d.Scanners }, &s.draft.Scanner),
		s.text("scanner.prefix", &s.draft.ScannerPrefix),
		s.text("scanner.pace", nil, s.other.pace, func(t string) { s.other.pace = t }),
		s.text("scanner.prefixes", nil, strings.Join(s.draft.ExtraPrefixes, " "), func(t string) { s.draft.ExtraPrefixes = strings.Fields(t) }),
	)))
}

// presentScanner is how the scanner in use is.
func (s *settings) presentScanner() settingLine {
	w, l := s.w, s.w.look
	light := w.till.Lights().Scanner
	c := l.paid
	switch {
	case light.Absent:
		c = l.muted
	case !light.On:
		c = l.no
	}
	text := newProse(firstOf(light.Sentence, w.say("window.light.well", "name", light.Name)), 16, c)
	text.lead = 1.4
	label := newWord(w.say("window.settings.scanner.now"), 17, l.ink).shrink(12)
	box := placed(fyne.NewSize(200, 72), nil, label, text)
	high := func(wide float32) float32 { return max(72, text.heightFor(wide*0.62)+28) }
	box.Layout.(*free).lay = func(size fyne.Size) {
		left := size.Width * 0.38
		put(label, 0, (size.Height-24)/2, left-16, 24)
		h := text.heightFor(size.Width - left)
		put(text, left, (size.Height-h)/2, size.Width-left, h)
	}
	return over(box, high)
}

// trialSign is the large sign of what came from a scanner: the text, from
// where, in what manner, whether it would pass, and what to do.
type trialSign struct {
	w       *Window
	box     *fyne.Container
	plate   *plate
	icon    *sign
	title   *word
	from    *word
	verdict *pill
	tag     *fyne.Container
	text    *prose
	use     *press
}

func newTrialSign(w *Window, use func()) *trialSign {
	l := w.look
	t := &trialSign{w: w}
	pl, ground := newPlate(l.soft, l.soft, 16)
	t.plate = pl
	t.icon = l.icon("scan", l.accent, 56)
	t.title = newWord("", 30, l.ink).bold().shrink(15)
	t.from = newWord("", 16, l.muted).shrink(11)
	t.verdict, t.tag = newPill()
	t.text = newProse("", 17, l.ink)
	t.text.lead = 1.4
	t.use = l.button(mainButton, w.say("window.settings.scanner.use"), "", use)
	t.box = placed(fyne.NewSize(200, trialHigh), t.lay, ground, t.icon, t.title, t.from, t.tag, t.text, t.use)
	return t
}

const trialHigh = 248

// show says what u heard last.
func (t *trialSign) show(u *setup) {
	w, l := t.w, t.w.look
	strong, soft, icon := l.accent, l.soft, "scan"
	title, from, verdict := w.say("window.settings.scanner.scan"), "", ""
	text := w.say("window.settings.scanner.scan.help")
	t.use.Hidden = true
	switch x := u.latest; {
	case x == nil && u.trouble != nil:
		strong, soft, icon = l.no, l.noSoft, "attention"
		text = u.trouble.Sentence + " " + w.say("window.settings.scanner.others")
	case x == nil:
	default:
		text, icon = x.Sentence, "face-hold"
		title = w.say("window.settings.scanner.digits", "digits", x.Digits)
		strong, soft, verdict = l.no, l.noSoft, w.say("window.settings.scanner.broken")
		if x.Whole {
			title = x.Text
			strong, soft, icon = l.no, l.noSoft, "face-not-paid"
			verdict = w.say("window.settings.scanner.no_code")
			if x.Payment {
				strong, soft, icon = l.paid, l.paidSoft, "face-paid"
				verdict = w.say("window.settings.scanner.code")
			}
		}
		from = w.say("trial.keyboard")
		if !x.Keyboard {
			from = strings.TrimSpace(x.Port + "  " + x.Name)
		}
		if how := till.TellHow(w.book, *x); how != "" {
			from += " · " + how
		}
		t.use.Hidden = !x.Whole
	}
	t.plate.paint(soft, soft, 1)
	t.icon.set(icon, strong)
	t.title.text, t.title.color = title, strong
	t.from.text, t.text.text = from, text
	t.tag.Hidden = verdict == ""
	t.verdict.set(verdict, strong, l.card)
	t.lay(t.box.Size())
	t.title.Refresh()
	t.from.Refresh()
	t.text.Refresh()
	t.box.Refresh()
}

func (t *trialSign) lay(s fyne.Size) {
	if s.Width <= 0 {
		return
	}
	high := s.Height - 16
	put(t.box.Objects[0], 0, 0, s.Width, high)
	x := float32(104)
	wide := s.Width - x - 24
	text := t.text.heightFor(wide)
	y := float32(20)
	if t.use.Hidden { // in the middle, where there is room
		whole := 44 + text
		if t.from.text != "" {
			whole += 30
		}
		if !t.tag.Hidden {
			whole += 36
		}
		y = max(y, (high-whole)/2)
	}
	put(t.icon, 24, y+8, 56, 56)
	put(t.title, x, y, wide, 42)
	y += 44
	if t.from.text != "" {
		put(t.from, x, y, wide, 24)
		y += 30
	}
	if !t.tag.Hidden {
		put(t.tag, x, y, wide, 28)
		y += 36
	}
	put(t.text, x, y, wide, text)
	if !t.use.Hidden {
		b := min(wide, max(220, t.use.MinSize().Width))
		put(t.use, s.Width-24-b, high-56-16, b, 56)
	}
}

// otherPaper are the numbers of the draft that are typed as text.
type otherPaper struct {
	on                         bool // a paper beside the two usual ones
	width, dots, columns, pace string
}

func numberText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (o *otherPaper) read(s till.Settings) {
	*o = otherPaper{
		on:    s.Paper != 58 && s.Paper != 80 || s.Dots != 0 || s.Columns != 0,
		width: numberText(s.Paper), dots: numberText(s.Dots), columns: numberText(s.Columns), pace: numberText(s.ScannerPace),
	}
}

// write puts what was typed into the settings; an empty field is the usual.
func (o *otherPaper) write(s *till.Settings) error {
	number := func(text string, at *int) error {
		if *at = 0; strings.TrimSpace(text) == "" {
			return nil
		}
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 0 {
			return payments.ErrNotANumber
		}
		*at = n
		return nil
	}
	if err := number(o.pace, &s.ScannerPace); err != nil || !o.on {
		return err
	}
	for _, x := range []struct {
		text string
		at   *int
	}{{o.width, &s.Paper}, {o.dots, &s.Dots}, {o.columns, &s.Columns}} {
		if err := number(x.text, x.at); err != nil {
			return err
		}
	}
	return nil
}
