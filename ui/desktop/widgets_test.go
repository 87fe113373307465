package desktop

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ringup/payments"
	"ringup/ui/till"
)

// The small widgets of our own, as pictures in testdata. Whole screens are
// tested by what they do.
func TestWidgetsLookAsDrawn(t *testing.T) {
	for _, c := range []struct {
		name string
		size fyne.Size
		make func(b *bench, l *look) fyne.CanvasObject
	}{
		{"button-main", fyne.NewSize(240, 64), func(b *bench, l *look) fyne.CanvasObject {
			return l.button(mainButton, "Next customer", "Enter", nil)
		}},
		{"button-plain", fyne.NewSize(240, 64), func(b *bench, l *look) fyne.CanvasObject {
			return l.button(plainButton, "停止并撤销", "Esc", nil)
		}},
		{"button-off", fyne.NewSize(240, 64), func(b *bench, l *look) fyne.CanvasObject {
			p := l.button(mainButton, "Save", "", nil)
			p.enable(false)
			return p
		}},
		{"key", fyne.NewSize(92, 140), func(b *bench, l *look) fyne.CanvasObject { return b.w.newKey("7", nil) }},
		{"key-back", fyne.NewSize(92, 140), func(b *bench, l *look) fyne.CanvasObject { return b.w.newKey(till.KeyBack, nil) }},
		{"tag", fyne.NewSize(140, 44), func(b *bench, l *look) fyne.CanvasObject {
			return l.tagged(till.Tag{Face: till.FacePaid, Text: "已收款 Paid"})
		}},
		{"ring", fyne.NewSize(150, 150), func(b *bench, l *look) fyne.CanvasObject {
			r := newRing(l.wait, l.waitSoft)
			r.set(47, 60)
			return r
		}},
		{"frame-dashed", fyne.NewSize(160, 120), func(b *bench, l *look) fyne.CanvasObject { return l.newDashed(l.trainSoft, l.train, 32) }},
		{"bars", fyne.NewSize(420, 200), func(b *bench, l *look) fyne.CanvasObject {
			bars := l.newBars()
			var hours [24]payments.Money
			for i, v := range []int64{0, 12400, 56900, 103500, 31000} {
				hours[9+i] = hkd(v)
			}
			bars.set(hours, 0)
			return bars
		}},
		{"prose", fyne.NewSize(300, 110), func(b *bench, l *look) fyne.CanvasObject {
			return newProse("网络中断，还不知道顾客是否已付款。正在向支付宝查询（第 4 次，已 23 秒）。", 20, l.ink).centre()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, "en")
			win := test.NewTempWindow(t, c.make(b, b.w.look))
			win.SetPadded(false)
			win.Resize(c.size)
			test.AssertImageMatches(t, "widgets/"+c.name+".png", win.Canvas().Capture())
		})
	}
}

func TestLinesBreakWhereTheyMay(t *testing.T) {
	newBench(t, "en")
	for _, c := range []struct {
		text string
		wide float32
		want []string
	}{
		{"one line", 500, []string{"one line"}},
		{"two\nlines", 500, []string{"two", "lines"}},
		{"no closing mark，begins a line", 1, []string{"no", "closing", "mark，", "begins", "a", "line"}},
		{"收款（第四次）。", 1, []string{"收", "款", "（第", "四", "次）。"}},
	} {
		got := wrap(c.text, 20, false, c.wide)
		if len(got) != len(c.want) {
			t.Errorf("%q: %q", c.text, got)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%q: %q, want %q", c.text, got, c.want)
			}
		}
	}
}

func TestTooLongAWordEndsInDots(t *testing.T) {
	newBench(t, "en")
	if got := cut("Pineapple bun with butter", 16, false, 100); got != "Pineapple b…" && got != "Pineapple…" {
		t.Errorf("cut to %q", got)
	}
	if got := cut("short", 16, false, 100); got != "short" {
		t.Errorf("cut to %q", got)
	}
}

func TestBarsFollowTheBusinessDay(t *testing.T) {
	b := newBench(t, "en")
	bars := b.w.look.newBars()
	var hours [24]payments.Money
	hours[23], hours[1] = hkd(100), hkd(200) // a bar that closes at two
	bars.set(hours, 4)
	at := map[int]int{}
	for i, h := range bars.hours {
		at[h.hour] = i
	}
	if len(bars.hours) < 8 || at[23] >= at[1] {
		t.Errorf("hours %v", at)
	}
}
