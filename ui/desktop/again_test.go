package desktop

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// drawn describes what a renderer draws, down to the next widgets.
func drawn(r fyne.WidgetRenderer) []string {
	var out []string
	var down func(o fyne.CanvasObject, depth int)
	down = func(o fyne.CanvasObject, depth int) {
		if !o.Visible() {
			return
		}
		text := ""
		switch o := o.(type) {
		case *canvas.Text:
			text = o.Text
		case *word:
			text = o.text
		}
		out = append(out, fmt.Sprintf("%s%T %v %v %q", strings.Repeat(" ", depth), o, o.Position(), o.Size(), text))
		if c, ok := o.(*fyne.Container); ok {
			for _, x := range c.Objects {
				down(x, depth+1)
			}
		}
	}
	for _, o := range r.Objects() {
		down(o, 0)
	}
	return out
}

// Fyne drops the renderer of what was out of sight for a minute.
func TestWhatIsSeenAgainLooksAsBefore(t *testing.T) {
	for _, scene := range scenes {
		t.Run(scene.name, func(t *testing.T) {
			b := newBench(t, "en")
			scene.set(b)
			var ours []fyne.Widget
			walk(b.w.win.Canvas().Content(), func(o fyne.CanvasObject) {
				if x, ok := o.(fyne.Widget); ok && strings.HasPrefix(fmt.Sprintf("%T", o), "*desktop.") {
					ours = append(ours, x)
				}
			})
			if len(ours) < 10 {
				t.Fatalf("%d widgets in view", len(ours))
			}
			for _, x := range ours {
				before := drawn(test.WidgetRenderer(x))
				after := drawn(x.CreateRenderer())
				if !slices.Equal(before, after) {
					t.Errorf("%T was\n%s\nand is\n%s", x, strings.Join(before, "\n"), strings.Join(after, "\n"))
				}
			}
		})
	}
}

func TestTheListOfSalesIsSeenAgain(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	b.w.Go(PlaceSales)
	again := b.w.sales.rows.CreateRenderer()
	texts := 0
	for _, o := range b.w.sales.rows.box.Objects {
		if r, ok := o.(*saleRow); ok && r.Visible() && r.no.text != "" && r.Size().Width > 0 {
			texts++
		}
	}
	if texts != len(b.w.sales.list) {
		t.Errorf("%d rows of %d are in the new list (%d objects)", texts, len(b.w.sales.list), len(again.Objects()))
	}
}
