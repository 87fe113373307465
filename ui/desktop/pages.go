package desktop

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"ringup/payments"
	"ringup/ui/phrases"
	"ringup/ui/till"
)

// line of a settings page: what it is, and what it is set to.
type settingLine struct {
	label  *word
	help   *prose // below, may be nil
	widget fyne.CanvasObject
	need   float32 // the widget stands below where it would be narrower
	// block, in place of all that, goes over the whole width; high is its
	// height there.
	block fyne.CanvasObject
	high  func(wide float32) float32
	bare  bool // no hairline below: it has an edge of its own
}

// page is the open section: its lines, and its buttons below them.
func (s *settings) page() fyne.CanvasObject {
	switch s.at {
	case sectionButtons:
		return s.withButtons(s.buttonsPage())
	case sectionPrinter:
		return s.printerPage()
	case sectionSlips:
		return s.slipsPage()
	case sectionDrawer:
		return s.drawerPage()
	case sectionScanner:
		return s.scannerPage()
	case sectionLanguage:
		return s.w.look.cardWith(inset(16, 28-scrollRoom, 16, 28, s.flowOf(s.languageLines())))
	case sectionAbout:
		return s.w.look.cardWith(inset(16, 28-scrollRoom, 16, 28, s.flowOf(s.aboutLines())))
	}
	currency := string(s.draft.Currency)
	return s.withButtons(s.flowOf([]settingLine{
		s.text("shop.name", &s.draft.ShopName),
		s.text("shop.address", nil, strings.Join(s.draft.Address, "; "), func(t string) { s.draft.Address = lines(t) }),
		s.text("shop.till", &s.draft.TillName),
		s.text("shop.cashier", &s.draft.Cashier),
		s.text("shop.currency", nil, currency, func(t string) { s.draft.Currency = payments.Currency(strings.ToUpper(strings.TrimSpace(t))) }),
		s.text("shop.zone", &s.draft.Zone),
		s.text("shop.cut_over", &s.cutOver),
	}))
}

// lines parts an address at semicolons.
func lines(t string) []string {
	var out []string
	for _, l := range strings.Split(t, ";") {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// withButtons puts Undo and Save below a page.
func (s *settings) withButtons(o fyne.CanvasObject, more ...fyne.CanvasObject) fyne.CanvasObject {
	card := s.w.look.cardWith(inset(16, 28-scrollRoom, 16, 28, o))
	parts := []part{}
	for _, m := range more {
		parts = append(parts, share(m, 1))
	}
	parts = append(parts, share(s.undo, 1), share(s.save, 1))
	return column(16, share(card, 1), fixed(row(16, parts...), 64))
}

// text is a line with a text field, for a string or for what set makes of it.
func (s *settings) text(key string, value *string, more ...any) settingLine {
	var set func(string)
	text := ""
	if value != nil {
		text = *value
		set = func(t string) { *value = t }
	} else {
		text, set = more[0].(string), more[1].(func(string))
	}
	f := newField(s.w, text, "")
	f.OnChanged = func(t string) { set(t); s.changed() }
	f.onSubmit = func(string) { s.w.win.Canvas().FocusNext() }
	frame, _ := s.w.framed(f, "", nil)
	return s.lineFor(key, frame)
}

func (s *settings) lineFor(key string, o fyne.CanvasObject) settingLine {
	w, l := s.w, s.w.look
	line := settingLine{label: newWord(w.say("window.settings."+key), 17, l.ink).shrink(12), widget: o}
	if help := "window.settings." + key + ".help"; w.book.Has(help) {
		line.help = newProse(w.say(help), 15, l.muted)
		line.help.lead = 1.35
	}
	return line
}

// chosen is a line with a choice of a few words.
func (s *settings) chosen(key string, c *chips) settingLine {
	line := s.lineFor(key, c.box)
	line.need = float32(len(c.items)) * 92
	return line
}

// picked is a line with a choice among so many that they stand in rows.
func (s *settings) picked(key string, c *chips) []settingLine {
	head := s.lineFor(key, nil)
	return []settingLine{head, {block: c.box, high: func(float32) float32 { return c.high() + 20 }}}
}

// over is a block over the whole width.
func over(o fyne.CanvasObject, high func(wide float32) float32) settingLine {
	return settingLine{block: o, high: high}
}

// card is a block with an edge of its own.
func card(o fyne.CanvasObject, high float32) settingLine {
	return settingLine{block: o, high: func(float32) float32 { return high }, bare: true}
}

// plugged is a line with the devices that were found, to choose one by touch;
// before that, a button to look for them.
func (s *settings) plugged(key string, which func(till.Devices) []till.Device, value *string) settingLine {
	w, l := s.w, s.w.look
	if w.devices == nil {
		return settingLine{}
	}
	if s.found == nil {
		return s.lineFor(key, l.button(plainButton, w.say("window.settings.find"), "", s.find))
	}
	found := which(*s.found)
	if len(found) == 0 {
		return s.lineFor(key, upright(newWord(w.say("window.settings.find.none"), 17, l.muted).shrink(12)))
	}
	var names []string
	at := -1
	for i, d := range found[:min(len(found), 3)] {
		names = append(names, firstOf(d.Name, d.Address))
		if d.Address == *value {
			at = i
		}
	}
	pick := l.newChips(names, at, func(i int) {
		*value = found[i].Address
		s.dirty = true
		s.show()
	})
	return s.lineFor(key, pick.box)
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// flowOf lays lines below each other, with hairlines between.
func (s *settings) flowOf(all []settingLine) fyne.CanvasObject {
	var objects []fyne.CanvasObject
	var rules []fyne.CanvasObject
	all = slices.DeleteFunc(all, func(x settingLine) bool { return x.label == nil && x.block == nil })
	for i, x := range all {
		rule := s.w.look.hairline()
		// what belongs to the line above, and the last one, has none
		rule.Hidden = x.bare || i+1 < len(all) && all[i+1].block != nil && x.block == nil && x.widget == nil
		rules = append(rules, rule)
		objects = append(objects, rule)
		for _, o := range []fyne.CanvasObject{x.block, x.widget} {
			if o != nil {
				objects = append(objects, o)
			}
		}
		if x.label != nil {
			objects = append(objects, x.label)
		}
		if x.help != nil {
			objects = append(objects, x.help)
		}
	}
	s.paging = newSwipe(newFlow(func(wide float32, draw bool) float32 {
		y := float32(0)
		wide -= scrollRoom
		for i, x := range all {
			h := s.layLine(x, y, wide, draw)
			if draw {
				put(rules[i], 0, y+h-1, wide, 1)
			}
			y += h
		}
		return y
	}, objects...))
	return s.paging
}

// layLine says how high a line is, and puts its parts in their places if asked
// to draw.
func (s *settings) layLine(x settingLine, y, wide float32, draw bool) float32 {
	if x.block != nil {
		h := x.high(wide)
		if draw {
			put(x.block, 0, y, wide, h)
		}
		return h
	}
	left := wide * 0.38
	below := x.widget != nil && wide-left < x.need
	words := left - 16
	if below || x.widget == nil {
		words = wide
	}
	help := float32(0)
	if x.help != nil {
		help = x.help.heightFor(words) + 2
	}
	h := max(72, help+24+20)
	top := y + (h-24-help)/2
	switch {
	case below:
		h, top = 14+24+help+10+56+16, y+14
	case x.widget == nil:
		h, top = 14+24+help+10, y+14
	}
	if draw {
		put(x.label, 0, top, words, 24)
		if x.help != nil {
			put(x.help, 0, top+26, words, help)
		}
		switch {
		case below:
			put(x.widget, 0, y+h-72, wide, 56)
		case x.widget != nil:
			put(x.widget, left, y+(h-56)/2, wide-left, 56)
		}
	}
	return h
}

// buttonsPage is the list of presets: a name and a price each, and one empty
// line as long as there is room.
func (s *settings) buttonsPage() fyne.CanvasObject {
	w, l := s.w, s.w.look
	if n := len(s.draft.Presets); n < till.MaxPresets && (n == 0 || s.draft.Presets[n-1].Name != "" || s.prices[n-1] != "") {
		s.draft.Presets = append(s.draft.Presets, till.Preset{})
		s.prices = append(s.prices, "")
	}
	var objects []fyne.CanvasObject
	type entry struct{ name, price, drop fyne.CanvasObject }
	var entries []entry
	for i := range s.draft.Presets {
		name := newField(w, s.draft.Presets[i].Name, w.say("window.settings.buttons.name"))
		price := newField(w, s.prices[i], w.say("window.settings.buttons.price"))
		name.OnChanged = func(t string) { s.draft.Presets[i].Name = t; s.changed() }
		price.OnChanged = func(t string) { s.prices[i] = t; s.changed() }
		name.onSubmit = func(string) { w.win.Canvas().Focus(price) }
		price.onSubmit = func(string) { s.show() } // makes the next line
		a, _ := w.framed(name, "", nil)
		b, _ := w.framed(price, "", nil)
		drop := l.newPress(middle(l.icon("close", l.muted, 20)), 12, func() {
			s.draft.Presets = slices.Delete(s.draft.Presets, i, i+1)
			s.prices = slices.Delete(s.prices, i, i+1)
			s.dirty = true
			s.show()
		}).colours(l.card, l.card, 0).called("remove " + s.draft.Presets[i].Name)
		entries = append(entries, entry{a, b, drop})
		objects = append(objects, a, b, drop)
	}
	text := newProse(w.say("window.settings.buttons.help"), 16, l.muted)
	objects = append(objects, text)
	return newSwipe(newFlow(func(wide float32, draw bool) float32 {
		wide -= scrollRoom
		high := text.heightFor(wide)
		if draw {
			put(text, 0, 4, wide, high)
		}
		y := high + 20
		for _, e := range entries {
			if draw {
				price := min(180, wide*0.3)
				put(e.name, 0, y, wide-price-8-64, 56)
				put(e.price, wide-price-56, y, price, 56)
				put(e.drop, wide-48, y+4, 48, 48)
			}
			y += 64
		}
		return y
	}, objects...))
}

func (s *settings) languageLines() []settingLine {
	w, l := s.w, s.w.look
	tags := phrases.Languages()
	var names []string
	for _, tag := range tags {
		name := tag
		if book, err := phrases.Open(tag); err == nil {
			name = book.Say("language.name")
		}
		names = append(names, name)
	}
	language := l.newChips(names, slices.Index(tags, w.book.Language()), func(i int) { s.speak(tags[i]) })
	wears := []Appearance{AsSystem, Light, Dark}
	names = nil
	for _, a := range wears {
		names = append(names, w.say("window.settings.appearance."+string(a)))
	}
	wear := l.newChips(names, max(0, slices.Index(wears, w.theme.wear)), func(i int) { w.wear(wears[i]) })
	return []settingLine{s.lineFor("language.choose", language.box), s.lineFor("appearance", wear.box)}
}

func (s *settings) aboutLines() []settingLine {
	w, l := s.w, s.w.look
	tell := func(key, text string) settingLine {
		return s.lineFor(key, upright(newWord(text, 17, l.ink).shrink(12)))
	}
	return []settingLine{
		tell("about.version", w.version),
		tell("about.environment", w.say("window.environment."+string(w.till.Environment()))),
		tell("about.till", w.shell.shopName()),
	}
}
