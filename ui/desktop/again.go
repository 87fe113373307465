package desktop

import "fyne.io/fyne/v2"

// laidOut is a widget's new renderer, laid out as large as the widget is by
// now. Fyne drops the renderer of what was out of sight for a minute, asks for
// another when it is seen again, and lays that out only if the size changed.
func laidOut(w fyne.Widget, r fyne.WidgetRenderer) fyne.WidgetRenderer {
	if s := w.Size(); s.Width > 0 && s.Height > 0 {
		r.Layout(s)
	}
	return r
}
