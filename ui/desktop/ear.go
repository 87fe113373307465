package desktop

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"ringup/devices/scanner"
	"ringup/payments"
	"ringup/ui/till"
)

// typist is whatever characters and keys go to: the screen in view, or the
// text field that has the focus.
type typist interface {
	// typed takes a character that a person typed; undo makes as if it never
	// was.
	typed(r rune) (undo func())
	// pressed takes a key that is no character.
	pressed(k *fyne.KeyEvent)
}

// ear is where everything that is typed into the window comes by, whatever has
// the focus: it tells a scanner from a person, gives the person's keys on, and
// takes a scan's back from wherever they landed. A scan's ending presses
// nothing.
type ear struct {
	w        *Window
	detector scanner.Detector
	latest   typist    // who gets what is held back
	undo     []func()  // of the latest typed characters
	tuned    time.Time // when the settings were last looked at
	timer    *time.Timer
	due      time.Time     // when it is; zero: it isn't set
	deaf     bool          // to silence: a test tells it
	clock    *keyClock     // of the keys of all windows
	windows  []fyne.Window // whose keys the clock doesn't hear yet
	at       time.Time     // of the latest key or silence that the detector was told
	fresh    int           // the key that went down at that time, if it isn't told yet
	keyed    bool          // its character may come
	bounce   time.Time     // when a scan's Tab last came where nothing had the focus
	// trial takes what is read while a scanner is being set up; nil: it is
	// acted on.
	trial func(*scanner.Scan, *scanner.Broken)
}

// retune is how long a change of the settings may wait to be heard.
const retune = time.Second

// quickest is how soon silence is looked for again, at the earliest.
const quickest = 4 * time.Millisecond

func newEar(w *Window, deaf bool) *ear {
	e := &ear{w: w, deaf: deaf, clock: &keyClock{now: w.now}}
	e.detector.Known = e.known
	e.tune()
	e.arm()
	return e
}

// attach lets all that is typed into a window of the application come by, if
// none of its own fields has the focus. A window that shows the customer
// something may be in front: what is typed there is meant for the till.
func (e *ear) attach(win fyne.Window) {
	c := win.Canvas()
	c.SetOnTypedRune(func(r rune) { e.rune(r, e.front(win)) })
	c.SetOnTypedKey(func(k *fyne.KeyEvent) { e.key(k, e.front(win)) })
	if c, ok := c.(desktop.Canvas); ok {
		c.SetOnKeyDown(func(k *fyne.KeyEvent) { e.downIn(win, k) })
	}
	e.windows = append(e.windows, win)
}

// front is whatever characters go to while nothing in a window has the focus.
func (e *ear) front(win fyne.Window) typist {
	if win.Canvas().Overlays().Top() != nil {
		return popUp{win}
	}
	if focused, ok := e.w.win.Canvas().Focused().(typist); ok {
		return focused
	}
	return e.w.screens[e.w.place]
}

// known tells by its looks alone what may be a code that the till can use: a
// slip's, or a payment's.
func (e *ear) known(text string) bool {
	if len(text) == 20 && strings.HasPrefix(text, "90") {
		return true
	}
	_, err := payments.ParseCode(text, e.w.till.Settings().ExtraPrefixes...)
	return err == nil
}

// tune takes on what the settings say of the scanner.
func (e *ear) tune() {
	s := e.w.till.Settings()
	e.detector.Prefix, e.detector.Pace = s.ScannerPrefix, time.Duration(s.ScannerPace)*time.Millisecond
	e.tuned = e.w.now()
}

// down takes a key as it goes down, whether it comes as a key, as a part of a
// shortcut or not at all.
func (e *ear) down(k *fyne.KeyEvent) {
	e.fresh = k.Physical.ScanCode
	e.detector.Down(string(k.Name), k.Physical.ScanCode, e.when(k.Physical.ScanCode))
}

// when is the time of what the window tells now: of a key, or with 0, of a
// character.
func (e *ear) when(code int) time.Time {
	at := e.w.now()
	if e.exact() {
		switch {
		case code != 0:
			at = e.clock.key(code)
		case e.keyed:
			at = e.at
		default:
			at = e.clock.character(e.at)
		}
		if at.Before(e.at) {
			at = e.at
		}
	}
	e.at, e.keyed = at, code != 0
	return at
}

// exact tells whether the keys' own times are known, and the detector.
func (e *ear) exact() bool {
	e.detector.Exact = e.clock.runs()
	return e.detector.Exact
}

func (e *ear) rune(r rune, to typist) {
	e.turn(to)
	e.follow(e.detector.Rune(r, e.when(0)), nil)
}

func (e *ear) key(k *fyne.KeyEvent, to typist) {
	e.turn(to)
	code, at := k.Physical.ScanCode, e.at
	if code == 0 || code != e.fresh || !e.exact() {
		at = e.when(code)
	}
	e.fresh, e.keyed = 0, true
	e.follow(e.detector.Key(string(k.Name), code, at), func() {
		if !e.w.pressed(k) {
			to.pressed(k)
		}
	})
}

// downIn takes a key as it goes down in a window where nothing has the focus. By
// Tab Fyne gives the focus to a field then, and asks nobody: if it ends a scan
// the field gives it back.
func (e *ear) downIn(win fyne.Window, k *fyne.KeyEvent) {
	e.down(k)
	if k.Name != fyne.KeyTab {
		return
	}
	e.turn(e.front(win))
	v := e.detector.Key(string(k.Name), k.Physical.ScanCode, e.at)
	if v.Swallow {
		e.bounce = e.w.now()
	}
	e.follow(v, nil)
}

// bounces tells a field that got the focus right now that a scan's Tab did it.
func (e *ear) bounces() bool { return e.w.now().Sub(e.bounce) < 50*time.Millisecond }

// flush gives on what is held back, before the focus goes elsewhere.
func (e *ear) flush() {
	if e.latest != nil {
		e.follow(e.detector.Flush(), nil)
	}
}

// turn notices that another field has the focus.
func (e *ear) turn(to typist) {
	if e.latest != to {
		e.flush()
		e.latest, e.undo = to, nil
	}
}

// follow does what a verdict says: take back, type, press, then hand the scan
// on.
func (e *ear) follow(v scanner.Verdict, press func()) {
	if n := min(v.TakeBack, len(e.undo)); n > 0 {
		e.undo[len(e.undo)-n]()
		e.undo = e.undo[:len(e.undo)-n]
	}
	for _, r := range v.Type {
		e.undo = append(e.undo, e.latest.typed(r))
	}
	if over := len(e.undo) - 32; over > 0 {
		e.undo = e.undo[over:]
	}
	if press != nil && !v.Swallow {
		press()
	}
	if v.Scan != nil {
		e.undo = nil
	}
	switch {
	case v.Scan == nil && v.Broken == nil:
	case e.trial != nil:
		e.trial(v.Scan, v.Broken)
	case v.Scan != nil:
		e.w.heard(v.Scan.Text)
	default:
		e.w.broken(v.Broken.Digits)
	}
	e.arm()
}

// divert hands all that keyboard scanners read to fn, one of its two nil, and
// nowhere else, until restore is called: for a screen that sets a scanner up.
// What a serial scanner reads meanwhile is dropped: such a screen hears it from
// the till.
func (e *ear) divert(fn func(*scanner.Scan, *scanner.Broken)) (restore func()) {
	before := e.trial
	e.trial = fn
	return func() { e.trial = before }
}

// arm sees to it that the detector hears of silence, and knows that the program
// doesn't stand still.
func (e *ear) arm() {
	if e.deaf {
		return
	}
	now := e.w.now()
	wait := max(quickest, e.detector.Deadline().Sub(now))
	due := now.Add(wait)
	if !e.due.IsZero() {
		if !due.Before(e.due) {
			return
		}
		e.timer.Stop()
	}
	e.due = due
	e.timer = time.AfterFunc(wait, func() {
		select {
		case <-e.w.quit:
			return
		default:
		}
		asked := e.w.now()
		if e.clock.runs() && !e.clock.ask() {
			asked = time.Time{} // nobody knows what was pressed
		}
		e.w.post(func() {
			e.due = time.Time{}
			e.silent(asked)
		})
	})
}

// expire tells the detector of silence.
func (e *ear) expire() { e.silent(e.w.now()) }

// silent tells the detector that no key came up to some time, but those that it
// was told of.
func (e *ear) silent(until time.Time) {
	if now := e.w.now(); now.Sub(e.tuned) > retune {
		e.tune()
	}
	e.listen()
	if e.exact() {
		until = e.clock.until(until)
	} else {
		until = e.w.now()
	}
	if until.After(e.at) {
		e.at, e.keyed = until, false
	}
	e.follow(e.detector.Expire(e.at), nil)
}

// listen lets the clock hear the keys of windows that are shown by now.
func (e *ear) listen() {
	e.windows = slices.DeleteFunc(e.windows, func(win fyne.Window) bool { return listenKeys(win, e.clock) })
}

// popUp is a window while something of Fyne's own lies over it, such as the
// menu of a field: nothing is typed, and a scan presses nothing in it.
type popUp struct{ win fyne.Window }

func (popUp) typed(rune) func() { return func() {} }

func (p popUp) pressed(k *fyne.KeyEvent) {
	if over := p.win.Canvas().Overlays(); k.Name == fyne.KeyEscape && over.Top() != nil {
		over.Remove(over.Top())
	}
}

// heard takes a whole scan, from whatever scanner.
func (w *Window) heard(text string) {
	if w.ear.trial != nil {
		return
	}
	w.spawn(func() {
		scan := w.till.Read(text)
		w.post(func() { w.scanned(scan, text) })
	})
}

// scanned acts on a scan that is understood.
func (w *Window) scanned(s till.Scan, text string) {
	switch s.Kind {
	case till.ScanPayment:
		w.counter.payCode(text, s.Masked, w.place == PlaceTill)
	case till.ScanSlip:
		w.openSale(s.Number)
	default:
		w.refuse(till.FaceNotPaid, s.Sentence)
	}
}

// broken tells of a read that came short, or of two in one.
func (w *Window) broken(digits int) {
	if w.ear.trial != nil {
		return
	}
	w.refuse(till.FaceFinding, till.TellBroken(w.book, digits))
}

// refuse says what is wrong with a scan: where the prompt for it stands, or in
// a notice where there is none.
func (w *Window) refuse(f till.Face, sentence string) {
	if w.place == PlaceTill && w.counter.idle() {
		w.counter.refuse(sentence)
		return
	}
	w.notify(f, sentence)
}

// field is a line of text to type in. It hears with the window's ear, so that
// no scan ever lands in it.
type field struct {
	widget.Entry
	w        *Window
	hint     string // the placeholder in full; it is cut to the field's width
	onSubmit func(string)
	onEscape func() // may be nil
	onFocus  func(bool)
}

func newField(w *Window, text, placeholder string) *field {
	f := &field{w: w, hint: placeholder}
	f.ExtendBaseWidget(f)
	f.SetText(text)
	return f
}

// CreateRenderer implements fyne.Widget.
func (f *field) CreateRenderer() fyne.WidgetRenderer {
	return laidOut(f, f.Entry.CreateRenderer())
}

// Resize implements fyne.CanvasObject.
func (f *field) Resize(s fyne.Size) {
	f.Entry.Resize(s)
	if hint := cut(f.hint, 18, false, s.Width-24); hint != f.PlaceHolder && f.hint != "" {
		f.SetPlaceHolder(hint)
	}
}

// AcceptsTab implements fyne.Tabbable: Tab may be a scan's ending, so the ear
// is asked before the focus moves.
func (f *field) AcceptsTab() bool { return true }

// TypedRune and TypedKey implement fyne.Focusable.
func (f *field) TypedRune(r rune)          { f.w.ear.rune(r, f) }
func (f *field) TypedKey(k *fyne.KeyEvent) { f.w.ear.key(k, f) }

// KeyDown implements desktop.Keyable.
func (f *field) KeyDown(k *fyne.KeyEvent) {
	f.w.ear.down(k)
	f.Entry.KeyDown(k)
}

// TappedSecondary implements fyne.SecondaryTappable: it opens a menu, which
// would take all keys to itself.
func (f *field) TappedSecondary(e *fyne.PointEvent) {
	f.Entry.TappedSecondary(e)
	f.w.win.Canvas().Unfocus()
}

// FocusGained and FocusLost implement fyne.Focusable.
func (f *field) FocusGained() {
	if f.w.ear.bounces() {
		f.w.win.Canvas().Unfocus()
		return
	}
	f.Entry.FocusGained()
	if f.onFocus != nil {
		f.onFocus(true)
	}
}

func (f *field) FocusLost() {
	if f.w.ear.latest == typist(f) {
		f.w.ear.flush()
	}
	f.Entry.FocusLost()
	if f.onFocus != nil {
		f.onFocus(false)
	}
}

// typed implements typist.
func (f *field) typed(r rune) func() {
	text, row, column := f.Text, f.CursorRow, f.CursorColumn
	f.Entry.TypedRune(r)
	return func() {
		f.SetText(text)
		f.CursorRow, f.CursorColumn = row, column
		f.Refresh()
	}
}

// pressed implements typist.
func (f *field) pressed(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyTab:
		f.w.win.Canvas().FocusNext()
	case fyne.KeyReturn, fyne.KeyEnter:
		if f.onSubmit != nil {
			f.onSubmit(f.Text)
		}
	case fyne.KeyEscape:
		f.w.win.Canvas().Unfocus()
		if f.onEscape != nil {
			f.onEscape()
		}
	default:
		f.Entry.TypedKey(k)
	}
}
