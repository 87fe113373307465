package desktop

import (
	"context"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"ringup/payments"
	"ringup/ui/till"
)

// section is one page of the settings.
type section string

// The sections, in their order.
const (
	sectionShop     section = "shop"
	sectionButtons  section = "buttons"
	sectionScanner  section = "scanner"
	sectionPrinter  section = "printer"
	sectionSlips    section = "slips"
	sectionDrawer   section = "drawer"
	sectionLanguage section = "language"
	sectionAbout    section = "about"
)

var sections = []section{sectionShop, sectionButtons, sectionScanner, sectionPrinter, sectionSlips, sectionDrawer, sectionLanguage, sectionAbout}

// settings is the place where a shop makes its choices. What is typed stays a
// draft until Save; the till says what can't be.
type settings struct {
	w       *Window
	at      section
	draft   till.Settings
	cutOver string
	prices  []string // of the draft's presets, as typed
	dirty   bool
	slip    *till.Slip // the test page
	found   *till.Devices
	finding bool
	network []till.Device // printers that were found there
	asked   *word         // how far the search in the network is; nil: none is under way
	halt    func()        // ends that search
	paging  *swipe        // the open section's lines

	setup  *setup       // while a scanner is being set up; nil: it is not
	head   *printerHead // how the printer is
	other  otherPaper
	probes []till.Probe // the lines that were printed; nil: none
	more   bool         // all scripts are shown
	sample *sample
	logo   string // the picture's path, as typed
	why    string // the drawer is to be opened

	view  *fyne.Container
	pages *fyne.Container
	items map[section]*press
	save  *press
	undo  *press
}

func newSettings(w *Window) *settings {
	s := &settings{w: w, at: sectionShop}
	s.head, s.sample = &printerHead{s: s}, &sample{s: s}
	s.fresh()
	return s
}

// fresh forgets the draft.
func (s *settings) fresh() {
	s.draft = s.w.till.Settings()
	s.draft.Presets = append([]till.Preset(nil), s.draft.Presets...)
	s.cutOver = strconv.Itoa(s.draft.CutOver)
	s.other.read(s.draft)
	s.prices = nil
	for _, p := range s.draft.Presets {
		s.prices = append(s.prices, p.Price.Major())
	}
	s.dirty = false
}

func (s *settings) build() fyne.CanvasObject {
	w, l := s.w, s.w.look
	s.items = map[section]*press{}
	menu := l.cardWith(nil)
	objects := []fyne.CanvasObject{}
	for _, x := range sections {
		label := newWord(w.say("window.settings."+string(x)), 17, l.ink).shrink(13)
		p := l.newPress(inset(0, 12, 0, 18, upright(label)), 10, func() { s.open(x) }).called(label.text)
		s.items[x] = p
		objects = append(objects, p)
	}
	list := placed(fyne.NewSize(120, 300), nil, objects...)
	list.Layout.(*free).lay = func(size fyne.Size) {
		for i, x := range sections {
			put(s.items[x], 12, 12+float32(i)*60, size.Width-24, 56)
		}
	}
	menu.Objects = append(menu.Objects[:1], list)
	s.pages = stack()
	s.save = l.button(mainButton, w.say("window.settings.save"), "", s.keep)
	s.undo = l.button(plainButton, w.say("window.settings.undo"), "", func() { s.fresh(); s.show() })
	s.view = placed(fyne.NewSize(700, 500), nil, menu, s.pages)
	s.view.Layout.(*free).lay = func(size fyne.Size) {
		space := edgeFor(size.Width + 2*roomy)
		left := min(236, max(168, size.Width*0.2))
		put(menu, 0, 0, left, size.Height)
		put(s.pages, left+space, 0, size.Width-left-space, size.Height)
	}
	s.show()
	return s.view
}

func (s *settings) enter() {
	if !s.dirty {
		s.fresh()
	}
	s.arrive()
}

func (s *settings) open(x section) {
	s.w.ear.flush()
	s.w.win.Canvas().Unfocus()
	s.leave()
	s.at = x
	s.arrive()
}

// arrive shows the open section from its top, and begins what it does while it
// is in view; leave ends that.
func (s *settings) arrive() {
	s.paging = nil
	switch s.at {
	case sectionScanner:
		s.startSetup()
	case sectionPrinter:
		s.head.ask()
	}
	s.show()
}

// askPrinter asks the printer how it is while its page is open: it is another
// one now, or has just been given something to do.
func (s *settings) askPrinter() {
	if s.at == sectionPrinter && s.w.place == PlaceSettings {
		s.head.ask()
	}
}

func (s *settings) leave() {
	s.stopSetup()
	s.probes, s.more = nil, false
	if s.halt != nil {
		s.halt()
	}
}

// show draws the open section.
func (s *settings) show() {
	l := s.w.look
	for x, p := range s.items {
		label := p.body.(*fyne.Container).Objects[0].(*fyne.Container).Objects[0].(*word)
		label.heavy, label.color = x == s.at, l.ink
		p.colours(l.card, l.card, 0)
		if x == s.at {
			label.color = l.accent
			p.colours(l.soft, l.soft, 0)
		}
		label.Refresh()
	}
	offset := fyne.Position{}
	if s.paging != nil {
		offset = s.paging.scroll.Offset // whoever reads further down goes on there
	}
	s.pages.Objects = []fyne.CanvasObject{s.page()}
	s.pages.Refresh()
	s.touch(s.dirty)
	if s.paging != nil {
		s.paging.scroll.ScrollToOffset(offset)
	}
	if s.at == sectionPrinter && s.slip == nil {
		s.readSlip()
	}
}

// touch marks the draft as changed, or not: only then there is something to
// save.
func (s *settings) touch(dirty bool) {
	s.dirty = dirty
	s.save.enable(dirty)
	s.undo.enable(dirty)
}

// changed tells that a field was written to. A scan that passed through it, or a
// letter taken back, leaves nothing to save.
func (s *settings) changed() {
	was := s.w.till.Settings()
	now, err := s.typedIn()
	s.touch(err != nil || !sameSettings(now, was))
	if s.at == sectionSlips {
		s.sample.soon()
	}
}

func sameSettings(a, b till.Settings) bool {
	if !slices.Equal(a.Presets, b.Presets) || !slices.Equal(a.Address, b.Address) || !slices.Equal(a.ExtraPrefixes, b.ExtraPrefixes) {
		return false
	}
	if !sameList(a.Template.Header, b.Template.Header) || !sameList(a.Template.Footer, b.Template.Footer) {
		return false
	}
	for _, s := range []*till.Settings{&a, &b} { // nil or empty is the same here
		s.Presets, s.Address, s.ExtraPrefixes, s.Template.Header, s.Template.Footer = nil, nil, nil, nil, nil
		if len(s.Drawer.On) == 0 {
			s.Drawer.On = nil
		}
		if len(s.Template.Languages) == 0 {
			s.Template.Languages = nil
		}
	}
	return reflect.DeepEqual(a, b)
}

// sameList compares two lists of lines without the empty ones.
func sameList(a, b []string) bool { return slices.Equal(filled(a), filled(b)) }

// filled are the lines in which something stands.
func filled(all []string) []string {
	var out []string
	for _, x := range all {
		if strings.TrimSpace(x) != "" {
			out = append(out, x)
		}
	}
	return out
}

// keep hands the draft to the till, and says so.
func (s *settings) keep() {
	w, was := s.w, s.w.till.Settings()
	s.change(func(now till.Settings) {
		w.rebuild()
		said := "window.settings.saved"
		if now.TillName != was.TillName || now.Zone != was.Zone || now.Currency != was.Currency {
			said = "window.settings.saved.restart"
		}
		w.notify(till.FacePaid, w.say(said))
	})
}

// kept does something once the draft is kept: what a device is to be tried with
// is what stands on the screen.
func (s *settings) kept(do func()) {
	if !s.dirty {
		do()
		return
	}
	s.change(func(till.Settings) {
		s.show()
		do()
	})
}

// change hands the draft to the till; done hears what it is now.
func (s *settings) change(done func(now till.Settings)) {
	w := s.w
	next, err := s.typedIn()
	if err != nil {
		w.complain(err)
		return
	}
	w.spawn(func() {
		err := w.till.ChangeSettings(next)
		w.post(func() {
			if err != nil {
				w.complain(err)
				return
			}
			s.slip = nil
			s.fresh()
			s.askPrinter()
			done(next)
		})
	})
}

// typedIn is the draft with the numbers that were typed as text.
func (s *settings) typedIn() (till.Settings, error) {
	next := s.draft
	hour, err := strconv.Atoi(s.cutOver)
	if err != nil {
		return next, payments.ErrNotANumber
	}
	next.CutOver = hour
	if err := s.other.write(&next); err != nil {
		return next, err
	}
	next.Template.Header, next.Template.Footer = filled(next.Template.Header), filled(next.Template.Footer)
	next.Presets = nil
	for i, p := range s.draft.Presets {
		if p.Name == "" && s.prices[i] == "" {
			continue
		}
		if p.Price, err = payments.ParseMoney(s.prices[i], next.Currency); err != nil {
			return next, err
		}
		next.Presets = append(next.Presets, p)
	}
	return next, nil
}

// try asks a device for something that may take a while, and says how it went.
func (s *settings) try(f func(context.Context) error, done string) {
	w := s.w
	w.notify(till.FaceSending, w.say("window.settings.trying"))
	w.spawn(func() {
		err := f(context.Background())
		w.post(func() {
			s.askPrinter()
			if err != nil {
				w.complain(err)
			} else {
				w.notify(till.FacePaid, w.say(done))
			}
		})
	})
}

func (s *settings) readSlip() {
	w := s.w
	w.spawn(func() {
		slip, err := w.till.TestSlip()
		if err != nil || len(slip.PNG) == 0 {
			return
		}
		w.post(func() {
			s.slip = &slip
			if s.at == sectionPrinter {
				s.show()
			}
		})
	})
}

// find looks for what is plugged in.
func (s *settings) find() {
	w := s.w
	if s.finding {
		return
	}
	s.finding = true
	w.spawn(func() {
		found, err := w.devices(context.Background())
		w.post(func() {
			s.finding = false
			if err != nil {
				w.complain(err)
			}
			s.found = &found
			s.show()
		})
	})
}

func (s *settings) speak(tag string) {
	w := s.w
	w.spawn(func() {
		err := w.till.SetLanguage(tag)
		w.post(func() {
			if err != nil {
				w.complain(err)
				return
			}
			s.slip = nil
			if !s.dirty {
				s.fresh()
			}
			s.draft.Language = w.till.Settings().Language
			w.rebuild()
		})
	})
}

func (s *settings) printTest() {
	s.kept(func() {
		s.try(func(context.Context) error { return s.w.till.PrintTest() }, "window.settings.test_sent")
	})
}

func (s *settings) news(n till.News) {
	if n.Slip != nil && s.at == sectionPrinter && s.w.place == PlaceSettings {
		slip := *n.Slip
		s.slip = &slip
		s.show()
	}
}

func (s *settings) tick(time.Time)         {}
func (s *settings) typed(rune) func()      { return func() {} }
func (s *settings) pressed(*fyne.KeyEvent) {}
