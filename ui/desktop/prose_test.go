package desktop

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ringup/payments"
	"ringup/ui/till"
)

// checkProse finds text that is drawn in another size than it was laid out for,
// and lines that are cut.
func checkProse(t *testing.T, p *prose) {
	t.Helper()
	for _, o := range test.WidgetRenderer(p).Objects() {
		line := o.(*word)
		if !line.Visible() {
			continue
		}
		if line.size != p.size {
			t.Errorf("%q is drawn in size %v, laid out for %v", line.text, line.size, p.size)
		}
		if wide := line.natural().Width; wide > p.Size().Width+1 && strings.Contains(strings.TrimSpace(line.text), " ") {
			t.Errorf("%q needs %v and has %v", line.text, wide, p.Size().Width)
		}
	}
}

func TestProseIsDrawnInItsSize(t *testing.T) {
	t.Run("in a prompt that has little room", func(t *testing.T) {
		b := newBench(t, "en")
		b.w.win.Resize(fyne.NewSize(1024, 768))
		p := b.w.counter.pad.prompt
		b.w.counter.refuse("Short.") // makes a line in the usual size
		b.w.counter.refuse(strings.Repeat("This sentence is long, and says what to do now. ", 5))
		if p.text.size >= 18 {
			t.Fatalf("size %v: there is room", p.text.size)
		}
		checkProse(t, p.text)
	})
	t.Run("in a payment on a large screen", func(t *testing.T) {
		b := newBench(t, "en")
		b.pay(payments.AttemptUnknown, till.Telling{Face: till.FaceFinding, Title: "Finding out",
			Detail: strings.Repeat("The network failed and it is not known yet whether the customer paid. ", 2)})
		b.w.win.Resize(fyne.NewSize(1920, 1080))
		p := b.w.counter.pay.panel.detail
		if p.size <= 22 {
			t.Fatalf("size %v: no larger than on a small screen", p.size)
		}
		checkProse(t, p)
	})
}
