package desktop

import (
	"context"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"ringup/assets"
	"ringup/payments"
	"ringup/ui/phrases"
	"ringup/ui/till"
)

// Place is one of the window's five places, on the rail on the left.
type Place string

// The places. The till's also shows payments.
const (
	PlaceTill      Place = "till"
	PlaceSales     Place = "sales"
	PlaceDay       Place = "day"
	PlaceAttention Place = "attention"
	PlaceSettings  Place = "settings"
)

var places = []Place{PlaceTill, PlaceSales, PlaceDay, PlaceAttention, PlaceSettings}

// placeKeys show a place from anywhere.
var placeKeys = map[fyne.KeyName]Place{
	fyne.KeyF5: PlaceTill, fyne.KeyF6: PlaceSales, fyne.KeyF7: PlaceDay, fyne.KeyF8: PlaceAttention, fyne.KeyF9: PlaceSettings,
}

// Preferences of this machine. What matters to the shop stands in the till's
// settings; these are only about the window.
const (
	keyAppearance = "appearance"
	keyFullScreen = "full-screen"
	keyWide       = "wide"
	keyHigh       = "high"
)

// Options are what main may say about the window.
type Options struct {
	Version string           // shown under About
	Now     func() time.Time // nil: time.Now
	// Devices lists what is plugged in, for the settings; nil: nothing is
	// looked for.
	Devices func(context.Context) (till.Devices, error)
	// Network looks for printers on the shop's network, and tells how many
	// addresses of how many it has asked; nil: nothing is looked for.
	Network func(ctx context.Context, progress func(done, total int)) ([]till.Device, error)

	// how tests keep everything on one goroutine and move the clock
	spawn func(func()) // runs what may wait; nil: a goroutine
	post  func(func()) // runs what touches the window; nil: fyne.Do
	still bool         // no ticker of its own
}

// Window is the one window of the till. Its methods are called on Fyne's
// goroutine, except Scanned.
type Window struct {
	app     fyne.App
	win     fyne.Window
	till    Till
	theme   *shopTheme
	look    *look
	lit     *look // the one of the two that look is
	book    *phrases.Book
	version string
	devices func(context.Context) (till.Devices, error)
	network func(context.Context, func(done, total int)) ([]till.Device, error)
	now     func() time.Time
	spawn   func(func())
	post    func(func())

	ear       *ear
	shell     *shell
	place     Place
	screens   map[Place]screen
	counter   *counter
	sales     *sales
	openTasks int
	lostSlips int         // that were not printed, as last counted
	counted   time.Time   // when that was last asked by the clock
	scale     float32     // of the screen that the window was drawn for
	counting  atomic.Bool // tasks are being counted
	quit      chan struct{}
}

// screen is what one place shows. It keeps its state over a rebuild, which a
// change of language or light asks for.
type screen interface {
	build() fyne.CanvasObject // makes all widgets anew
	enter()                   // comes into view
	news(n till.News)         // in view or not
	tick(now time.Time)       // about every second, while in view
	typist                    // what is typed while no field has the focus
}

// New makes the window of an application. It isn't shown yet.
func New(app fyne.App, t Till, o Options) *Window {
	w := &Window{
		app: app, till: t, version: o.Version, devices: o.Devices, network: o.Network, now: o.Now, spawn: o.spawn, post: o.post,
		place: PlaceTill, quit: make(chan struct{}),
	}
	if w.now == nil {
		w.now = time.Now
	}
	if w.spawn == nil {
		w.spawn = func(f func()) { go f() }
	}
	if w.post == nil {
		w.post = fyne.Do
	}
	w.theme = &shopTheme{wear: Appearance(app.Preferences().StringWithFallback(keyAppearance, string(Light)))}
	w.theme.cjk = fyne.NewStaticResource("chinese.ttf", assets.Chinese)
	app.Settings().SetTheme(w.theme)
	w.win = app.NewWindow("Ringup")
	w.win.SetPadded(false)
	w.win.SetMaster()
	prefs := app.Preferences()
	wanted := fyne.NewSize(float32(prefs.FloatWithFallback(keyWide, 1366)), float32(prefs.FloatWithFallback(keyHigh, 768)))
	width, height := screenSize()
	w.win.Resize(fitted(wanted, width, height, w.win.Canvas().Scale()))
	w.win.SetFullScreen(prefs.Bool(keyFullScreen))
	w.ear = newEar(w, o.still)
	w.counter = newCounter(w)
	w.sales = newSales(w)
	w.screens = map[Place]screen{
		PlaceTill: w.counter, PlaceSales: w.sales, PlaceDay: newDay(w),
		PlaceAttention: newAttention(w), PlaceSettings: newSettings(w),
	}
	w.rebuild()
	w.ear.attach(w.win)
	app.Settings().AddListener(func(fyne.Settings) { w.relight() })

	stop := t.Listen(func(n till.News) { w.post(func() { w.hear(n) }) })
	w.win.SetOnClosed(func() {
		stop()
		w.screens[PlaceSettings].(*settings).leave()
		close(w.quit)
		w.remember()
	})
	if !o.still {
		go w.watch()
	}
	w.countTasks()
	return w
}

// Show opens the window.
func (w *Window) Show() { w.win.Show() }

// Fyne is the window as Fyne knows it: for its size, full screen and closing.
func (w *Window) Fyne() fyne.Window { return w.win }

// Scanned takes what a serial scanner read, and is safe on any goroutine.
func (w *Window) Scanned(text string) { w.post(func() { w.heard(text) }) }

// ScanBroken tells that a serial scanner read only so many digits of a code;
// it is safe on any goroutine.
func (w *Window) ScanBroken(digits int) { w.post(func() { w.broken(digits) }) }

// remember keeps the window's size for the next start.
func (w *Window) remember() {
	if size := w.win.Canvas().Size(); !w.win.FullScreen() && size.Width > 0 {
		w.app.Preferences().SetFloat(keyWide, float64(size.Width))
		w.app.Preferences().SetFloat(keyHigh, float64(size.Height))
	}
}

// pressed takes the keys that mean the same everywhere.
func (w *Window) pressed(k *fyne.KeyEvent) bool {
	if p, ok := placeKeys[k.Name]; ok {
		w.Go(p)
		return true
	}
	if k.Name == fyne.KeyF11 {
		full := !w.win.FullScreen()
		w.win.SetFullScreen(full)
		w.app.Preferences().SetBool(keyFullScreen, full)
		return true
	}
	return false
}

// Go shows a place.
func (w *Window) Go(p Place) {
	w.ear.flush()
	w.win.Canvas().Unfocus()
	w.screens[PlaceSettings].(*settings).leave() // if it is the one in view
	w.place = p
	w.shell.mark(p)
	if w.shell.views[p] == nil { // a place is made when it is first shown
		w.shell.views[p] = w.screens[p].build()
	}
	w.shell.show(w.shell.views[p])
	w.screens[p].enter()
}

func (w *Window) say(key string, pairs ...any) string { return w.book.Say(key, pairs...) }

// notify shows a sentence over the screen for a while.
func (w *Window) notify(f till.Face, text string) { w.shell.notice.show(f, text, "", nil) }

// complain shows an error as the till explains it.
func (w *Window) complain(err error) { w.notify(till.FaceNotPaid, w.till.Explain(err)) }

// rebuild makes all widgets anew, in the present language and light.
func (w *Window) rebuild() {
	w.book = w.till.Book()
	w.lit = w.theme.look(w.app.Settings().ThemeVariant())
	l := *w.lit
	l.scale = w.win.Canvas().Scale
	w.look, w.scale = &l, l.scale()
	w.shell = newShell(w)
	w.win.SetContent(w.shell.root)
	w.Go(w.place)
}

// relight rebuilds when the room went dark, or light.
func (w *Window) relight() {
	if now := w.theme.look(w.app.Settings().ThemeVariant()); now != w.lit {
		w.rebuild()
	}
}

// wear changes the appearance for this machine.
func (w *Window) wear(a Appearance) {
	w.theme.wear = a
	w.app.Preferences().SetString(keyAppearance, string(a))
	w.app.Settings().SetTheme(w.theme)
	w.relight()
}

// watch ticks until the window is closed.
func (w *Window) watch() {
	beat := time.NewTicker(time.Second / 2)
	defer beat.Stop()
	for {
		select {
		case <-w.quit:
			return
		case <-beat.C:
			w.post(w.tick)
		}
	}
}

func (w *Window) tick() {
	now := w.now()
	if scale := w.win.Canvas().Scale(); scale != w.scale {
		w.scale = scale // the window came to another screen
		w.shell.root.Refresh()
	}
	w.shell.notice.tick(now)
	w.shell.tick()
	w.counter.tick(now)
	if now.Sub(w.counted) >= recount {
		w.counted = now
		w.countTasks()
	}
	if w.place != PlaceTill {
		w.screens[w.place].tick(now)
	}
}

// hear takes a piece of news.
func (w *Window) hear(n till.News) {
	if n.Lights {
		w.shell.refresh()
	}
	for _, s := range w.screens {
		s.news(n)
	}
	if n.Printed != nil && !n.Printed.OK {
		w.notify(till.FaceFinding, n.Printed.Sentence)
	}
	if n.Sale != nil || n.Printed != nil {
		w.countTasks()
	}
}

// recount is how often Attention is looked at without news: of the second copy
// and of a search for what was lost there is none.
const recount = 20 * time.Second

// countTasks brings the badge up to date, off the window's goroutine and never
// twice at once.
func (w *Window) countTasks() {
	if !w.counting.CompareAndSwap(false, true) {
		return
	}
	w.spawn(func() {
		w.counting.Store(false) // news from here on count anew
		tasks, err := w.till.Attention()
		slips, slipsErr := w.till.Unprinted()
		w.post(func() {
			if err == nil && slipsErr == nil {
				w.showTasks(len(tasks), len(slips))
			}
		})
	})
}

// showTasks keeps how many things wait under Attention. Slips that were not
// printed are one thing there, however many they are.
func (w *Window) showTasks(tasks, slips int) {
	w.openTasks, w.lostSlips = tasks+min(slips, 1), slips
	w.shell.showBadge(w.openTasks)
}

// after does something on the window's goroutine when a little time has gone.
func (w *Window) after(d time.Duration, do func()) {
	if w.ear.deaf { // a test has no time to lose
		w.post(do)
		return
	}
	time.AfterFunc(d, func() { w.post(do) })
}

// openSettings shows a page of the settings.
func (w *Window) openSettings(x section) {
	w.Go(PlaceSettings)
	w.screens[PlaceSettings].(*settings).open(x)
}

// openUnprinted shows the slips that were not printed.
func (w *Window) openUnprinted() {
	w.Go(PlaceAttention)
	a := w.screens[PlaceAttention].(*attention)
	a.slipsOpen = true
	if len(a.slips) > 0 { // else they are still being read
		a.show()
	}
}

// openSale shows a sale in its place.
func (w *Window) openSale(number string) {
	w.Go(PlaceSales)
	w.sales.open(number)
}

// sameSale tells whether a piece of news is about that sale.
func sameSale(n till.News, s payments.Sale) bool { return n.Sale != nil && n.Sale.ID == s.ID }
