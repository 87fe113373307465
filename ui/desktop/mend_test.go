package desktop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ringup/assets"
	"ringup/storage"
	"ringup/ui/phrases"
	"ringup/ui/till"
)

// damage is a bench whose window shows the page for damaged books.
type damage struct {
	*bench
	page    *mend
	late    []func() // what runs off the window's goroutine, until it is let go
	tell    func(done, total uint64)
	answer  error // of the next Rebuild or Restore
	asked   []string
	backups []till.FoundBackup
	stopped bool
}

func newDamage(t *testing.T, language string) *damage {
	t.Helper()
	app := test.NewTempApp(t)
	d := &damage{bench: &bench{T: t, at: time.Date(2026, 11, 21, 14, 32, 9, 0, time.UTC)}}
	book, err := phrases.Open(language)
	if err != nil {
		t.Fatal(err)
	}
	app.Settings().SetTheme(&shopTheme{wear: Light, cjk: fyne.NewStaticResource("chinese.ttf", assets.Chinese)})
	win := app.NewWindow("Ringup")
	win.SetPadded(false)
	do := func(what string) func(ctx context.Context, progress func(done, total uint64)) error {
		return func(ctx context.Context, progress func(done, total uint64)) error {
			d.asked = append(d.asked, what)
			progress(1, 3)
			if d.tell != nil {
				d.tell(1, 3)
			}
			if ctx.Err() != nil {
				d.stopped = true
				return fmt.Errorf("%w: %w", till.ErrStopped, ctx.Err())
			}
			return d.answer
		}
	}
	d.page = newMend(t.Context(), app, win, Mending{
		Book: book, Why: &storage.CopyAheadError{Journal: 812, Copy: 5004}, Rebuild: do("rebuild"),
		Restore: func(ctx context.Context, file string, progress func(done, total uint64)) error {
			return do("restore "+file)(ctx, progress)
		},
		Open:    func() (func(), error) { d.asked = append(d.asked, "open"); return func() {}, d.answer },
		Backups: func() []till.FoundBackup { return d.backups },
		spawn:   func(f func()) { d.late = append(d.late, f) },
		post:    func(f func()) { f() },
		now:     func() time.Time { return d.at },
	})
	d.w = &Window{app: app, win: win, book: book}
	win.SetContent(d.page.page(t.Context()))
	win.Resize(fyne.NewSize(1366, 768))
	win.Show()
	return d
}

// run lets what waits off the window's goroutine run.
func (d *damage) run() {
	all := d.late
	d.late = nil
	for _, f := range all {
		f()
	}
}

func (d *damage) say(key string) string { return d.page.say(key) }

func TestDamagedBooksAreMadeAnewWithOneButton(t *testing.T) {
	d := newDamage(t, "en")
	d.mustSee("The books are damaged")
	d.tell = func(uint64, uint64) { d.mustSee("Making the books anew", "33 %") }
	d.tap("Make the books anew")
	d.mustSee("Making the books anew", "0 %", d.say("window.mend.working.detail"))
	d.run()
	d.mustSee("The books are whole again")
	d.run()
	if fmt.Sprint(d.asked) != "[rebuild open]" {
		t.Error(d.asked)
	}
}

func TestADoubleTapNeitherStopsNorRepeats(t *testing.T) {
	d := newDamage(t, "en")
	d.find("Make the books anew").Tapped(&fyne.PointEvent{}) // at once: meant for what was there before
	if d.late != nil {
		t.Error("a tap that came with the page began it")
	}
	d.twice("Make the books anew")
	d.at = d.at.Add(time.Millisecond)
	d.find("Stop").Tapped(&fyne.PointEvent{})
	d.run()
	if d.stopped || fmt.Sprint(d.asked) != "[rebuild]" {
		t.Errorf("%v, stopped %v", d.asked, d.stopped)
	}
	d.mustSee("The books are whole again")
}

func TestMendingCanBeStoppedAndBegunAgain(t *testing.T) {
	d := newDamage(t, "en")
	d.tap("Make the books anew")
	d.tap("Stop")
	d.run()
	if !d.stopped {
		t.Error("it was not stopped")
	}
	d.mustSee("The books were not made anew", d.say("error.stopped"))
	d.tap("Try again")
	d.run()
	d.mustSee("The books are whole again")
}

func TestWithoutACopyABackupIsLookedFor(t *testing.T) {
	d := newDamage(t, "en")
	d.answer = fmt.Errorf("rebuild: %w", storage.ErrNoCopy)
	d.tap("Make the books anew")
	d.run()
	d.run()
	d.mustSee("There is no second copy", d.say("window.mend.no_copy.detail"))
	d.backups = aStick
	d.tap("Look again")
	d.run()
	d.mustSee(d.page.say("window.mend.found", "file", aStick[0].Path, "date", "2026-11-20 21:30"))
	d.answer = storage.ErrNotBackup
	d.tap("Make the books from it")
	d.run()
	d.mustSee("The books were not made anew")
	d.answer = nil
	d.tap("Look again")
	d.run()
	d.tap("Make the books from it")
	d.run()
	if d.find("Stop") != nil {
		t.Error("what is done can't be stopped")
	}
	d.run()
	if fmt.Sprint(d.asked) != "[rebuild restore /media/shop/STICK/live-2026-11-20.ringup restore /media/shop/STICK/live-2026-11-20.ringup open]" {
		t.Error(d.asked)
	}
}

var aStick = []till.FoundBackup{{Path: "/media/shop/STICK/live-2026-11-20.ringup", At: time.Date(2026, 11, 20, 21, 30, 0, 0, time.UTC)}}

func TestATillThatStillDoesNotOpenSaysWhy(t *testing.T) {
	d := newDamage(t, "en")
	d.tap("Make the books anew")
	d.run()
	d.answer = till.ErrNoKeys
	d.run()
	d.mustSee("Ringup can't open", d.say("error.no_keys"))
}

// mendScenes are the states of the page.
var mendScenes = []struct {
	name string
	set  func(d *damage)
}{
	{"damaged", func(d *damage) {}},
	{"working", func(d *damage) {
		d.tap(d.say("window.mend.make"))
		d.page.tell(0.42)
	}},
	{"done", func(d *damage) { d.tap(d.say("window.mend.make")); d.run() }},
	{"no-copy", func(d *damage) { d.withoutCopy(nil) }},
	{"backup", func(d *damage) { d.withoutCopy(aStick) }},
	{"failed", func(d *damage) {
		d.answer = &storage.HeldError{PID: 4711, Program: "ringup 1.0", Since: d.at}
		d.tap(d.say("window.mend.make"))
		d.run()
	}},
	{"not-a-backup", func(d *damage) {
		d.withoutCopy(aStick)
		d.answer = fmt.Errorf("%w: %w", storage.ErrNotBackup, errors.New("it does not begin as a copy of a journal"))
		d.tap(d.say("window.mend.restore"))
		d.run()
	}},
}

func (d *damage) withoutCopy(backups []till.FoundBackup) {
	d.answer, d.backups = storage.ErrNoCopy, backups
	d.tap(d.say("window.mend.make"))
	d.run()
	d.run()
}

// TestMendPictures is TestPictures for the page of damaged books.
func TestMendPictures(t *testing.T) {
	folder := os.Getenv(picturesTo)
	if folder == "" {
		t.Skip(picturesTo + " names no folder")
	}
	only := os.Getenv(picturesTo + "_ONLY")
	for _, language := range []string{"en", "zh-Hans"} {
		for _, s := range mendScenes {
			if ok, _ := filepath.Match(only, "mend-"+s.name); only != "" && !ok {
				continue
			}
			for _, size := range []fyne.Size{{Width: 1024, Height: 768}, {Width: 1366, Height: 768}, {Width: 1920, Height: 1080}} {
				d := newDamage(t, language)
				d.w.win.Resize(size)
				s.set(d)
				d.keep(filepath.Join(folder, fmt.Sprintf("mend-%s.%s.%v.png", s.name, language, size.Width)))
			}
		}
	}
}

func TestEveryMendSceneFitsTheSmallestScreen(t *testing.T) {
	small := fyne.NewSize(1024, 768)
	for _, language := range []string{"en", "zh-Hans"} {
		for _, s := range mendScenes {
			t.Run(s.name+" "+language, func(t *testing.T) {
				d := newDamage(t, language)
				d.w.win.Resize(small)
				s.set(d)
				d.mustFit(small)
			})
		}
	}
}

// mustFit says what TestEverySceneFitsTheSmallestScreen says, of a page that is
// one panel: all of it stands inside, nothing over another, every word whole.
func (d *damage) mustFit(size fyne.Size) {
	d.Helper()
	content := d.w.win.Canvas().Content()
	if min := content.MinSize(); min.Width > size.Width || min.Height > size.Height {
		d.Fatalf("asks for %v", min)
	}
	below := float32(0)
	driver := d.w.app.Driver()
	walk(content, func(o fyne.CanvasObject) {
		bottom := driver.AbsolutePositionForObject(o).Y + o.Size().Height
		switch o := o.(type) {
		case *word:
			if wide := measure(o.text, max(o.least, 1), o.heavy).Width; o.least > 0 && wide > o.Size().Width+1 {
				d.Errorf("%q needs %v and has %v", o.text, wide, o.Size().Width)
			}
		case *prose:
			if high := o.heightFor(o.Size().Width); high > o.Size().Height+1 {
				d.Errorf("%q needs %v and has %v", o.text, high, o.Size().Height)
			}
			below = max(below, bottom)
		case *press:
			if o.Size().Width < 44 || o.Size().Height < 40 || bottom > size.Height {
				d.Errorf("%q is %v and ends at %v", o.name, o.Size(), bottom)
			}
			if driver.AbsolutePositionForObject(o).Y < below {
				d.Errorf("%q stands over the words, which end at %v", o.name, below)
			}
		}
	})
	if d.page.bar.Visible() && driver.AbsolutePositionForObject(d.page.bar).Y < below {
		d.Errorf("the bar stands over the words")
	}
}
