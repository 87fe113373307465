package desktop

import (
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"ringup/ui/till"
)

// Sizes of the shell, on a grid of eight.
const (
	barHigh  = 56
	railWide = 96
	roomy    = 24 // around the task area and between its columns
	tight    = 16 // the same on a narrow screen
)

// shell is the frame around every screen: the bar on top, the rail of places
// on the left, the task area, and a notice that comes and goes.
type shell struct {
	w       *Window
	root    *fyne.Container
	task    *fyne.Container // holds the screen in view
	bar     *fyne.Container
	shop    *word
	lights  [3]*lamp
	clock   *word
	places  map[Place]*railItem
	views   map[Place]fyne.CanvasObject // of the places that were shown
	badge   *word
	count   *plate
	counter *fyne.Container
	notice  *notice
}

func newShell(w *Window) *shell {
	s := &shell{w: w, places: map[Place]*railItem{}, views: map[Place]fyne.CanvasObject{}, task: stack()}
	s.notice = newNotice(w)
	bar, rail := s.newBar(), s.newRail()
	bg := canvas.NewRectangle(w.look.bg)
	s.root = placed(fyne.NewSize(1000, 700), nil, bg, s.task, rail, bar, s.notice.box)
	s.root.Layout.(*free).lay = func(size fyne.Size) {
		put(bg, 0, 0, size.Width, size.Height)
		put(bar, 0, 0, size.Width, barHigh)
		put(rail, 0, barHigh, railWide, size.Height-barHigh)
		edge := edgeFor(size.Width - railWide)
		put(s.task, railWide+edge, barHigh+edge, size.Width-railWide-2*edge, size.Height-barHigh-2*edge)
		s.notice.place(railWide, barHigh, size.Width-railWide)
	}
	s.refresh()
	return s
}

// edgeFor is the room around the task area for a width of rail's right.
func edgeFor(width float32) float32 {
	if width < 1100 {
		return tight
	}
	return roomy
}

func (s *shell) newBar() *fyne.Container {
	w, l := s.w, s.w.look
	name := newWord("Ringup", 20, l.ink).bold()
	s.shop = newWord("", 17, l.muted)
	s.clock = newWord("", 15, l.muted)
	parts := []part{gap(8), fit(upright(name)), fit(upright(s.shop))}
	if text, strong, soft := w.environment(); text != "" {
		p, box := newPill()
		p.set(text, strong, soft)
		parts = append(parts, fit(box))
	}
	parts = append(parts, spring())
	opens := []func(){func() { w.openSettings(sectionScanner) }, w.openPrinter, nil}
	for i := range s.lights {
		s.lights[i] = newLamp(w, opens[i])
		parts = append(parts, fit(s.lights[i].box))
	}
	parts = append(parts, fit(upright(s.clock)), gap(8))
	line := l.hairline()
	content := row(16, parts...)
	s.bar = content
	box := placed(fyne.NewSize(600, barHigh), nil, canvas.NewRectangle(l.card), line, content)
	box.Layout.(*free).lay = func(size fyne.Size) {
		put(box.Objects[0], 0, 0, size.Width, size.Height)
		put(line, 0, size.Height-1, size.Width, 1)
		s.fitBar(size.Width)
		put(content, 0, 0, size.Width, size.Height-1)
	}
	return box
}

// fitBar shortens the shop's name where the bar is full.
func (s *shell) fitBar(width float32) {
	s.shop.text = s.shopName()
	if over := s.bar.MinSize().Width - width; over > 0 {
		s.shop.text = cut(s.shop.text, s.shop.size, false, max(40, s.shop.natural().Width-over))
	}
	s.shop.Refresh()
}

func (s *shell) shopName() string {
	shop, name := s.w.till.ShopName(), s.w.till.TillName()
	switch {
	case shop == "":
		return name
	case name == "":
		return shop
	}
	return shop + " · " + name
}

// environment is the pill that says where money is not real.
func (w *Window) environment() (text string, strong, soft color.NRGBA) {
	switch w.till.Environment() {
	case till.Training:
		return w.say("window.training"), w.look.train, w.look.trainSoft
	case till.Sandbox:
		return w.say("window.test"), w.look.wait, w.look.waitSoft
	}
	return "", nothing, nothing
}

// refresh brings bar and rail up to date.
func (s *shell) refresh() {
	w := s.w
	lights := w.till.Lights()
	for i, light := range []till.Light{lights.Scanner, lights.Printer, lights.Alipay} {
		s.lights[i].set(light)
	}
	s.clock.text = s.time()
	s.arrangeBar()
	s.mark(w.place)
	s.showBadge(w.openTasks)
}

// time is the clock, after the cashier's name.
func (s *shell) time() string {
	clock := s.w.till.Calendar().In(s.w.now()).Format("15:04")
	if who := s.w.till.Cashier(); who != "" {
		return who + " · " + clock
	}
	return clock
}

// tick moves the clock.
func (s *shell) tick() {
	if now := s.time(); now != s.clock.text {
		s.clock.text = now
		s.arrangeBar()
	}
}

func (s *shell) arrangeBar() {
	if s.root == nil {
		return
	}
	s.fitBar(s.root.Size().Width)
	s.bar.Layout.Layout(s.bar.Objects, s.bar.Size())
	s.bar.Refresh()
}

// show puts a screen into the task area.
func (s *shell) show(o fyne.CanvasObject) {
	s.task.Objects = []fyne.CanvasObject{o}
	s.task.Refresh()
}

func (s *shell) mark(p Place) {
	for place, item := range s.places {
		item.choose(place == p)
	}
}

func (s *shell) showBadge(n int) {
	s.counter.Hidden = n == 0
	text := strconv.Itoa(n)
	if n > 99 {
		text = "99+"
	}
	s.badge.set(text)
	s.counter.Refresh()
}

func (s *shell) newRail() *fyne.Container {
	l := s.w.look
	ground := canvas.NewRectangle(l.card)
	line := l.hairline()
	s.badge = newWord("", 12, l.card).bold().centre()
	pl, box := newPlate(l.hold, l.hold, 10)
	s.count = pl
	s.counter = stack(box, upright(s.badge))
	objects := []fyne.CanvasObject{ground, line}
	for _, p := range places {
		item := newRailItem(s.w, p)
		s.places[p] = item
		objects = append(objects, item.press)
	}
	objects = append(objects, s.counter)
	rail := placed(fyne.NewSize(railWide, 480), nil, objects...)
	rail.Layout.(*free).lay = func(size fyne.Size) {
		put(ground, 0, 0, size.Width, size.Height)
		put(line, size.Width-1, 0, 1, size.Height)
		for i, p := range places {
			y := 16 + float32(i)*88
			put(s.places[p].press, 8, y, size.Width-17, 80)
			if p == PlaceAttention {
				wide := max(20, s.badge.natural().Width+12)
				put(s.counter, size.Width/2+4, y+6, wide, 20)
			}
		}
	}
	return rail
}

// railItem is one place on the rail.
type railItem struct {
	press   *press
	look    *look
	name    string
	label   *word
	picture *sign
}

func newRailItem(w *Window, p Place) *railItem {
	l := w.look
	it := &railItem{look: l, name: string(p)}
	it.label = newWord(w.say("window.place."+string(p)), 14, l.muted).centre().shrink(10)
	it.picture = l.icon(string(p), l.muted, 28)
	body := placed(fyne.NewSize(79, 80), nil, it.picture, it.label)
	body.Layout.(*free).lay = func(s fyne.Size) {
		put(it.picture, (s.Width-28)/2, 14, 28, 28)
		put(it.label, 2, 48, s.Width-4, it.label.natural().Height)
	}
	it.press = l.newPress(body, 12, func() { w.Go(p) }).colours(l.card, l.card, 0).called(it.label.text)
	return it
}

func (it *railItem) choose(on bool) {
	ink, fill := it.look.muted, it.look.card
	if on {
		ink, fill = it.look.accent, it.look.soft
	}
	it.label.heavy = on
	it.label.color = ink
	it.label.Refresh()
	it.picture.set(it.name, ink)
	it.press.colours(fill, fill, 0)
}

// openPrinter leads to what a printer's light is about: the slips that it did
// not print, or else its page.
func (w *Window) openPrinter() {
	if w.lostSlips > 0 {
		w.openUnprinted()
		return
	}
	w.openSettings(sectionPrinter)
}

// lamp is the light of one device, with its name. Touched, it says what is
// wrong, and leads to where that is mended.
type lamp struct {
	w     *Window
	open  func() // nil: there is no such place
	box   *press
	dot   *canvas.Circle
	label *word
	light till.Light
}

func newLamp(w *Window, open func()) *lamp {
	a := &lamp{w: w, open: open, dot: canvas.NewCircle(nothing), label: newWord("", 15, w.look.muted)}
	a.box = w.look.newPress(container.New(&lampLayout{a}, a.dot, a.label), 10, a.tell).colours(w.look.card, w.look.card, 0)
	return a
}

type lampLayout struct{ a *lamp }

func (x *lampLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(x.a.label.natural().Width+26, barHigh-8)
}

func (x *lampLayout) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	put(x.a.dot, 4, s.Height/2-5, 10, 10)
	h := x.a.label.natural().Height
	put(x.a.label, 22, (s.Height-h)/2, s.Width-22, h)
}

func (a *lamp) set(light till.Light) {
	a.light = light
	l := a.w.look
	ink := l.muted
	switch {
	case light.Absent:
		a.dot.FillColor = mix(l.card, l.muted, 0.75)
	case light.On && light.Warn:
		a.dot.FillColor = l.hold
		ink = l.hold
	case light.On:
		a.dot.FillColor = l.paid
	default:
		a.dot.FillColor = l.no
		ink = l.no
	}
	a.label.text, a.label.color, a.label.heavy = light.Name, ink, !light.Absent && (!light.On || light.Warn)
	a.label.Refresh()
	a.dot.Refresh()
	a.box.called(light.Name)
}

func (a *lamp) tell() {
	f := till.FaceSending
	switch {
	case a.light.Absent:
	case a.light.On && a.light.Warn:
		f = till.FaceFinding
	case a.light.On:
		f = till.FacePaid
	default:
		f = till.FaceNotPaid
	}
	text := a.light.Sentence
	if text == "" {
		text = a.light.Name
		if a.light.On {
			text = a.w.say("window.light.well", "name", a.light.Name)
		}
	}
	if a.open == nil || !a.light.On && !a.light.Absent || a.light.Warn {
		defer a.w.notify(f, text) // over the place that it leads to
	}
	if a.open != nil {
		a.open()
	}
}
