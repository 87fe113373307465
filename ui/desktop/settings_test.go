package desktop

import (
	"testing"

	"fyne.io/fyne/v2"
)

// write puts text into the field at that place among those in view.
func (b *bench) write(at int, text string) {
	b.Helper()
	var fields []*field
	walk(b.w.win.Canvas().Content(), func(o fyne.CanvasObject) {
		if f, ok := o.(*field); ok {
			fields = append(fields, f)
		}
	})
	if at >= len(fields) {
		b.Fatalf("%d fields in view", len(fields))
	}
	fields[at].SetText(text)
}

func TestSettingsAreADraftUntilSaved(t *testing.T) {
	b := newBench(t, "en")
	b.w.Go(PlaceSettings)
	b.tap("Save") // nothing to save
	b.mustAsk("settings")
	b.write(0, "Peak Coffee")
	b.write(6, "4")
	if b.till.settings.ShopName != "Harbour Tea House" {
		t.Error("changed before Save")
	}
	b.tap("Undo changes")
	b.tap("Save")
	b.mustAsk("settings")
	b.write(0, "Peak Coffee")
	b.write(6, "4")
	b.tap("Save")
	b.mustAsk("settings", "settings")
	if s := b.till.settings; s.ShopName != "Peak Coffee" || s.CutOver != 4 || len(s.Presets) != 4 {
		t.Errorf("saved %+v", s)
	}
	b.mustSee("Peak Coffee · till 2")
}

func TestARefusedSettingIsExplainedAndStays(t *testing.T) {
	b := newBench(t, "en")
	b.w.Go(PlaceSettings)
	b.write(2, "")
	b.tap("Save")
	b.mustSee("explained: something strange")
	if b.till.settings.TillName != "T2" {
		t.Error("saved what was refused")
	}
	b.write(2, "T7")
	b.write(6, "late")
	b.tap("Save")
	b.mustSee("explained: not a number")
	b.write(6, "0")
	b.tap("Save")
	if b.till.settings.TillName != "T7" {
		t.Error("not saved")
	}
}

func TestPriceButtonsAreEdited(t *testing.T) {
	b := newBench(t, "en")
	b.section(sectionButtons)
	b.write(8, "Toast")
	b.write(9, "12.5")
	b.tap("Save")
	presets := b.till.settings.Presets
	if len(presets) != 5 || presets[4].Name != "Toast" || presets[4].Price != hkd(1250) {
		t.Fatalf("presets %v", presets)
	}
	b.w.Go(PlaceTill)
	b.tap("Toast")
	b.mustSee("12.50")
	b.section(sectionButtons)
	b.tap("remove Egg tart")
	b.tap("Save")
	if n := len(b.till.settings.Presets); n != 4 {
		t.Errorf("%d left", n)
	}
}

func TestTheLanguageChangesAtOnce(t *testing.T) {
	b := newBench(t, "en")
	b.keys("4", "5")
	b.section(sectionLanguage)
	b.tap("简体中文")
	b.mustAsk("language", "language zh-Hans")
	b.mustSee("设置", "练习模式")
	b.mustNotSee("Settings")
	b.w.Go(PlaceTill)
	b.mustSee("45.00", "请扫描顾客的付款码")
}

func TestTheDarkLookIsRemembered(t *testing.T) {
	b := newBench(t, "en")
	b.section(sectionLanguage)
	b.tap("Dark")
	if b.w.lit != &darkLook {
		t.Error("not dark")
	}
	if got := b.w.app.Preferences().String(keyAppearance); got != "dark" {
		t.Errorf("remembers %q", got)
	}
	again := New(b.w.app, b.till, Options{Now: b.w.now, spawn: b.w.spawn, post: b.w.post, still: true})
	if again.lit != &darkLook {
		t.Error("forgotten by the next window")
	}
}

func TestATestPageIsPrinted(t *testing.T) {
	b := newBench(t, "en")
	b.section(sectionPrinter)
	b.tap("80 mm")
	b.tap("Print a test")
	b.mustAsk("print", "print test")
	b.tap("Save")
	if b.till.settings.Paper != 80 {
		t.Error("the paper is not saved")
	}
}

func TestKeysThatMeanTheSameEverywhere(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	for k, p := range placeKeys {
		b.keys(string(k))
		if b.w.place != p {
			t.Errorf("%s leads to %s", k, b.w.place)
		}
	}
	b.keys("F6")
	b.w.win.Canvas().Focus(b.w.sales.search)
	b.keys("F5") // from a field, too
	if b.w.place != PlaceTill {
		t.Error("not from a field")
	}
	b.keys("F11")
	if !b.w.win.FullScreen() || !b.w.app.Preferences().Bool(keyFullScreen) {
		t.Error("not full screen")
	}
	b.keys("F11")
	b.w.win.Resize(fyne.NewSize(1200, 800))
	b.w.win.Close()
	if got := b.w.app.Preferences().Float(keyWide); got != 1200 {
		t.Errorf("remembers %v wide", got)
	}
}

func TestAProblemSaysWhyAndCloses(t *testing.T) {
	b := newBench(t, "en")
	win := Problem(b.w.app, "The till can't open", "Another Ringup is open already.", "Close")
	b.w.win = win
	b.mustSee("The till can't open", "Another Ringup is open already.")
	if b.find("Close") == nil {
		t.Error("no way to close it")
	}
}
