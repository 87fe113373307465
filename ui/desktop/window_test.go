package desktop

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"ringup/ui/till"
)

// bench is a window with an application in memory, on one goroutine, with a
// clock that the test moves.
type bench struct {
	*testing.T
	w    *Window
	till *memoryTill
	at   time.Time
}

func newBench(t *testing.T, language string, change ...func(*memoryTill)) *bench {
	t.Helper()
	b := &bench{T: t, at: time.Date(2026, 11, 21, 14, 32, 9, 0, time.FixedZone("HKT", 8*3600))}
	app := test.NewTempApp(t)
	now := func() time.Time { return b.at }
	b.till = newMemoryTill(now, language)
	for _, f := range change {
		f(b.till)
	}
	do := func(f func()) { f() }
	b.w = New(app, b.till, Options{Version: "1.0", Now: now, spawn: do, post: do, still: true})
	b.w.ear.deaf = true
	b.w.Show()
	return b
}

// pass lets time go by, second by second, as the window's ticker would.
func (b *bench) pass(d time.Duration) {
	for d > 0 {
		step := min(d, time.Second/2)
		b.at = b.at.Add(step)
		d -= step
		b.w.tick()
	}
}

// keys types like a person: characters one by one, and keys by name.
func (b *bench) keys(keys ...string) {
	for _, k := range keys {
		b.rest(150 * time.Millisecond)
		b.send(k)
	}
	b.rest(150 * time.Millisecond)
}

// rest lets nothing happen for a while, in a program that runs on: a detector
// that hears nothing for long takes it for one that stood still.
func (b *bench) rest(d time.Duration) {
	for ; d > 0; d -= 15 * time.Millisecond {
		b.at = b.at.Add(min(d, 15*time.Millisecond))
		b.w.ear.expire()
	}
}

// scan types like a scanner: everything within a few milliseconds, then Enter.
func (b *bench) scan(text string) { b.scanAt(3*time.Millisecond, text) }

// scanAt types with a scanner's pace for each key.
func (b *bench) scanAt(pace time.Duration, text string) {
	b.at = b.at.Add(time.Second)
	b.w.ear.expire()
	for _, r := range text {
		b.at = b.at.Add(pace)
		b.send(string(r))
	}
	b.at = b.at.Add(pace)
	b.send("Return")
	b.at = b.at.Add(time.Second)
	b.w.ear.expire()
}

func (b *bench) send(k string) {
	c := b.w.win.Canvas()
	ev := &fyne.KeyEvent{Name: fyne.KeyName(k)}
	if f := c.Focused(); f != nil {
		f.TypedKey(ev)
		if len([]rune(k)) == 1 {
			f.TypedRune([]rune(k)[0])
		}
		return
	}
	c.OnTypedKey()(ev)
	if len([]rune(k)) == 1 {
		c.OnTypedRune()([]rune(k)[0])
	}
}

// tap taps the button that says so; what can't be seen can't be tapped.
func (b *bench) tap(name string) {
	b.Helper()
	b.at = b.at.Add(settles + time.Millisecond)
	p := b.find(name)
	if p == nil {
		b.Fatalf("no button %q in view", name)
	}
	p.Tapped(&fyne.PointEvent{})
}

func (b *bench) find(name string) *press {
	var found *press
	walk(b.w.win.Canvas().Content(), func(o fyne.CanvasObject) {
		if p, ok := o.(*press); ok && p.name == name {
			found = p
		}
	})
	return found
}

// sees tells whether a text is in view.
func (b *bench) sees(text string) bool {
	seen := false
	walk(b.w.win.Canvas().Content(), func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *word:
			seen = seen || o.text == text
		case *prose:
			seen = seen || o.text == text
		}
	})
	return seen
}

func (b *bench) mustSee(texts ...string) {
	b.Helper()
	for _, t := range texts {
		if !b.sees(t) {
			b.Errorf("not in view: %q", t)
		}
	}
}

func (b *bench) mustNotSee(texts ...string) {
	b.Helper()
	for _, t := range texts {
		if b.sees(t) {
			b.Errorf("in view: %q", t)
		}
	}
}

// asked is what the till was asked of one kind: "sell", "refund".
func (b *bench) asked(kind string) []string {
	var out []string
	for _, a := range b.till.asked {
		if len(a) >= len(kind) && a[:len(kind)] == kind {
			out = append(out, a)
		}
	}
	return out
}

func (b *bench) mustAsk(kind string, want ...string) {
	b.Helper()
	got := b.asked(kind)
	if len(got) != len(want) {
		b.Fatalf("asked %q, want %q", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			b.Fatalf("asked %q, want %q", got, want)
		}
	}
}

// walk visits every object that is shown.
func walk(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	visit(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, x := range o.Objects {
			walk(x, visit)
		}
	case fyne.Widget:
		for _, x := range test.WidgetRenderer(o).Objects() {
			walk(x, visit)
		}
	}
}

var _ desktop.Hoverable = (*press)(nil)
var _ Till = (*memoryTill)(nil)
var _ till.Phone = (*memoryPhone)(nil)
