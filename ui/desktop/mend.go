package desktop

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"ringup/assets"
	"ringup/ui/phrases"
	"ringup/ui/till"
)

// Mending is what the page for damaged books needs of the program. Rebuild,
// Restore and Open are called off the window's goroutine.
type Mending struct {
	Book *phrases.Book
	Why  error // for support
	// Rebuild makes the books anew from their second copy, Restore from a
	// backup; see package till.
	Rebuild func(ctx context.Context, progress func(done, total uint64)) error
	Restore func(ctx context.Context, backup string, progress func(done, total uint64)) error
	// Backups lists those that lie where people keep them, newest first.
	Backups func() []till.FoundBackup
	// Open opens the till; show brings its window up, on the window's goroutine.
	Open func() (show func(), err error)

	// how tests keep everything on one goroutine and move the clock
	spawn func(func())     // nil: a goroutine
	post  func(func())     // nil: fyne.Do
	now   func() time.Time // nil: time.Now
}

// mend is the page that a till shows in place of itself when its books are
// damaged: what happened, whether money moved, and one button that makes them
// anew. Nothing is changed before that is pressed, nor when it is stopped.
type mend struct {
	Mending
	app   fyne.App
	win   fyne.Window
	guard *guard
	panel *panel
	track *plate
	done  *plate
	bar   *fyne.Container
	part  float32
	stop  context.CancelFunc // of what is being done; nil: nothing is
	quit  bool               // the window was closed meanwhile
}

// Mend is the window for damaged books. Closing it ends the program.
func Mend(ctx context.Context, app fyne.App, do Mending) fyne.Window {
	app.Settings().SetTheme(&shopTheme{
		wear: Appearance(app.Preferences().StringWithFallback(keyAppearance, string(Light))),
		cjk:  fyne.NewStaticResource("chinese.ttf", assets.Chinese),
	})
	win := app.NewWindow("Ringup")
	win.SetPadded(false)
	m := newMend(ctx, app, win, do)
	win.SetContent(m.page(ctx))
	win.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) { m.panel.choose(k.Name) })
	win.SetCloseIntercept(m.leave)
	prefs := app.Preferences()
	wanted := fyne.NewSize(float32(prefs.FloatWithFallback(keyWide, 1366)), float32(prefs.FloatWithFallback(keyHigh, 768)))
	width, height := screenSize()
	win.Resize(fitted(wanted, width, height, win.Canvas().Scale()))
	win.CenterOnScreen()
	return win
}

func newMend(ctx context.Context, app fyne.App, win fyne.Window, do Mending) *mend {
	m := &mend{Mending: do, app: app, win: win}
	if m.spawn == nil {
		m.spawn = func(f func()) { go f() }
	}
	if m.post == nil {
		m.post = fyne.Do
	}
	if m.now == nil {
		m.now = time.Now
	}
	m.guard = &guard{now: m.now, since: m.now()}
	return m
}

// page makes the widgets, in the light of the theme.
func (m *mend) page(ctx context.Context) fyne.CanvasObject {
	lit := lightLook
	if t, ok := m.app.Settings().Theme().(*shopTheme); ok {
		lit = *t.look(m.app.Settings().ThemeVariant())
	}
	l := &lit
	l.scale = m.win.Canvas().Scale
	m.panel = l.newPanel()
	var track, done *fyne.Container
	m.track, track = newPlate(l.line, l.line, 6)
	m.done, done = newPlate(l.accent, l.accent, 6)
	m.bar = placed(fyne.NewSize(100, 12), nil, track, done)
	m.bar.Layout.(*free).lay = func(s fyne.Size) {
		put(track, 0, 0, s.Width, s.Height)
		put(done, 0, 0, max(s.Height, s.Width*m.part), s.Height)
	}
	m.bar.Hide()
	all := placed(fyne.NewSize(640, 480), nil, m.panel, m.bar)
	all.Layout.(*free).lay = m.lay
	m.damaged(ctx)
	return all
}

func (m *mend) say(key string, pairs ...any) string { return m.Book.Say(key, pairs...) }

// show is another picture with its buttons, which take no tap that was meant
// for the picture before.
func (m *mend) show(f till.Face, title, amount, detail string, choices ...choice) {
	m.guard.turn()
	for i := range choices {
		choices[i].do = m.guard.once(choices[i].do)
	}
	m.panel.choices = []choice{{}} // buttons with the same words may do something else
	m.panel.set(till.Telling{Face: f, Title: title, Amount: amount, Detail: detail}, choices)
	if line, ok := m.panel.buttons.Layout.(*flex); ok {
		for i, c := range choices {
			if c.main { // as large as can be: it is pressed once in a shop's life
				line.parts[i].size = max(mendWide, line.parts[i].o.MinSize().Width)
			}
		}
	}
	if m.stop == nil {
		m.bar.Hide()
	}
	m.lay(m.panel.Size())
}

// Sizes of the page's buttons.
const (
	mendWide = 400
	mendHigh = 88
)

func (m *mend) lay(s fyne.Size) {
	if s.Width <= 0 {
		return
	}
	put(m.panel, 0, 0, s.Width, s.Height)
	m.panel.lay(s)
	b := m.panel.buttons
	put(b, b.Position().X, b.Position().Y, b.Size().Width, mendHigh)
	wide := min(840, s.Width-64)
	put(m.bar, (s.Width-wide)/2, s.Height-56, wide, 12)
}

// closing is the button that leaves everything as it is.
func (m *mend) closing() choice {
	return choice{text: m.say("open.close"), hint: "Esc", keys: []fyne.KeyName{fyne.KeyEscape}, do: m.leave}
}

// making is the button that makes the books anew. No key presses it.
func (m *mend) making(ctx context.Context, key string) choice {
	return choice{text: m.say(key), main: true, do: func() {
		m.work(ctx, m.Rebuild, func(err error) {
			if till.NoCopy(err) {
				m.noCopy(ctx)
				return
			}
			m.failed(err, m.making(ctx, "window.mend.again"))
		})
	}}
}

func (m *mend) damaged(ctx context.Context) {
	m.show(till.FaceDecide, m.say("window.mend.damaged"), "", m.say("window.mend.damaged.detail", "detail", m.Why),
		m.closing(), m.making(ctx, "window.mend.make"))
}

// noCopy looks for a backup. The newest one is offered by its name and date;
// where there is none, a stick can be put in and looked for again.
func (m *mend) noCopy(ctx context.Context) {
	m.spawn(func() {
		found := m.Backups()
		m.post(func() {
			if len(found) == 0 {
				m.show(till.FaceDecide, m.say("window.mend.no_copy"), "", m.say("window.mend.no_copy.detail"), m.closing(), m.looking(ctx))
				return
			}
			b := found[0]
			m.show(till.FaceDecide, m.say("window.mend.no_copy"), "",
				m.say("window.mend.found", "file", b.Path, "date", b.At.Format("2006-01-02 15:04")), m.closing(), m.restoring(ctx, b.Path))
		})
	})
}

func (m *mend) looking(ctx context.Context) choice {
	return choice{text: m.say("window.mend.look"), main: true, do: func() { m.noCopy(ctx) }}
}

func (m *mend) restoring(ctx context.Context, file string) choice {
	return choice{text: m.say("window.mend.restore"), main: true, do: func() {
		restore := func(ctx context.Context, progress func(done, total uint64)) error {
			return m.Restore(ctx, file, progress)
		}
		m.work(ctx, restore, func(err error) {
			again := m.restoring(ctx, file)
			if till.Reason(err) == "not_a_backup" {
				again = m.looking(ctx)
			}
			m.failed(err, again)
		})
	}}
}

func (m *mend) failed(err error, again choice) {
	m.show(till.FaceDecide, m.say("window.mend.failed"), "", till.Explain(m.Book, err), m.closing(), again)
}

// work does what takes long, with its progress and a button that stops it, and
// opens the till when it went well.
func (m *mend) work(ctx context.Context, do func(context.Context, func(done, total uint64)) error, failed func(error)) {
	if m.stop != nil {
		return
	}
	ctx, m.stop = context.WithCancel(ctx)
	m.part = 0
	stop := choice{text: m.say("window.mend.stop"), hint: "Esc", keys: []fyne.KeyName{fyne.KeyEscape}, do: m.stop}
	m.show(till.FaceSending, m.say("window.mend.working"), m.percent(), m.say("window.mend.working.detail"), stop)
	m.bar.Show()
	m.spawn(func() {
		last := -1
		err := do(ctx, func(done, total uint64) {
			if total == 0 || last == int(done*100/total) {
				return
			}
			last = int(done * 100 / total)
			part := float32(done) / float32(total)
			m.post(func() { m.tell(part) })
		})
		m.post(func() { m.ended(err, failed) })
	})
}

func (m *mend) percent() string { return m.say("window.mend.percent", "percent", int(m.part*100)) }

// tell shows how far it is.
func (m *mend) tell(part float32) {
	if m.stop == nil {
		return
	}
	m.part = part
	m.panel.amount.set(m.percent())
	m.bar.Refresh()
	m.bar.Layout.Layout(m.bar.Objects, m.bar.Size())
}

func (m *mend) ended(err error, failed func(error)) {
	m.stop() // frees the context
	m.stop = nil
	switch {
	case m.quit:
		m.app.Quit()
		return
	case err != nil:
		failed(err)
		return
	}
	m.show(till.FaceSending, m.say("window.mend.done"), "", m.say("window.mend.done.detail"))
	m.spawn(func() {
		show, err := m.Open()
		m.post(func() {
			if err != nil {
				m.show(till.FaceDecide, m.say("open.failed"), "", till.Explain(m.Book, err), m.closing())
				return
			}
			show()
			m.win.Close()
		})
	})
}

// leave closes the window; what is being done is stopped first.
func (m *mend) leave() {
	if m.stop == nil {
		m.app.Quit()
		return
	}
	m.quit = true
	m.stop()
}
