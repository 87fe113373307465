package desktop

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"ringup/ui/till"
)

func TestAScanIntoASettingLeavesNothingToSave(t *testing.T) {
	for _, x := range []section{sectionShop, sectionButtons, sectionPrinter, sectionScanner} {
		t.Run(string(x), func(t *testing.T) {
			b := newBench(t, "en")
			b.w.Go(PlaceSettings)
			s := b.w.screens[PlaceSettings].(*settings)
			s.open(x)
			var first *field
			walk(b.w.win.Canvas().Content(), func(o fyne.CanvasObject) {
				if f, ok := o.(*field); ok && first == nil {
					first = f
				}
			})
			b.w.win.Canvas().Focus(first)
			b.scan("4006381333931")
			if s.dirty || !s.save.off || !s.undo.off {
				t.Errorf("to save: %v, Save off: %v, Undo off: %v", s.dirty, s.save.off, s.undo.off)
			}
			b.keys("a")
			if !s.dirty || s.save.off || s.undo.off {
				t.Error("a letter leaves nothing to save")
			}
			b.keys("BackSpace")
			if s.dirty {
				t.Error("a letter taken back is to be saved")
			}
		})
	}
}

func TestTheExportAsksForItsPath(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	b.w.Go(PlaceDay)
	b.tap("Export")
	d := b.w.screens[PlaceDay].(*day)
	if f, ok := b.w.win.Canvas().Focused().(*field); !ok || f.Text != d.path || d.path == "" {
		t.Fatalf("the focus is at %v", b.w.win.Canvas().Focused())
	}
	b.keys("x")
	if d.path[0] != 'x' && d.path[len(d.path)-1] != 'x' {
		t.Errorf("typed into %q", d.path)
	}
	typed := d.path
	b.till.listener(till.News{Sale: &b.till.sales[0]}) // new figures come meanwhile
	b.pass(2 * time.Second)
	b.keys("y")
	if len(d.path) != len(typed)+1 {
		t.Errorf("typed into %q after news, %q before", d.path, typed)
	}
	b.mustSee(b.w.say("window.export.detail"))
	b.keys("Escape")
	b.mustNotSee(b.w.say("window.export.detail"))
	if b.w.win.Canvas().Focused() != nil {
		t.Error("Escape keeps the focus")
	}
}

func TestTheExportIsChosenByTheNamesEnding(t *testing.T) {
	b := newBench(t, "en", func(m *memoryTill) { m.settings.ExportFolder = "/shop/books" })
	b.aDay()
	b.w.Go(PlaceDay)
	b.tap("Export")
	d := b.w.screens[PlaceDay].(*day)
	for _, step := range []struct{ tap, path string }{
		{"Excel", "/shop/books/ringup-2026-11-21.xlsx"},
		{"Excel", "/shop/books/ringup-2026-11-21.xlsx"},
		{"CSV", "/shop/books/ringup-2026-11-21.csv"},
		{"Excel", "/shop/books/ringup-2026-11-21.xlsx"},
	} {
		b.tap(step.tap)
		if d.path != step.path || d.field.Text != step.path {
			t.Errorf("%s: path %q, the field shows %q", step.tap, d.path, d.field.Text)
		}
		if b.w.win.Canvas().Focused() != d.field {
			t.Errorf("%s takes the focus from the path", step.tap)
		}
	}
	d.field.SetText("/shop/books/may 1.5") // an ending is only what is one of the two
	b.tap("CSV")
	if d.path != "/shop/books/may 1.5.csv" {
		t.Errorf("path %q", d.path)
	}
	d.field.SetText("/shop/books/may.XLSX")
	b.keys("Return")
	b.mustAsk("export", "export 2026-11-21 /shop/books/may.XLSX")
	b.tap("Export") // offered as it was written last
	if d.path != "/shop/books/ringup-2026-11-21.xlsx" {
		t.Errorf("offers %q", d.path)
	}
}
