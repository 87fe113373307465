package desktop

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"ringup/ui/till"
)

// noticeStays is how long a notice is shown when nobody closes it.
const noticeStays = 8 * time.Second

// notice is one sentence over the task area, with at most one button. It goes
// by itself; nothing waits for it.
type notice struct {
	w      *Window
	box    *fyne.Container
	body   *fyne.Container
	text   *prose
	until  time.Time
	at     fyne.Position
	wide   float32
	button *press
}

func newNotice(w *Window) *notice {
	n := &notice{w: w, body: stack()}
	n.box = stack(n.body)
	n.box.Hide()
	return n
}

// show says a sentence in a face's colours; do may be nil.
func (n *notice) show(f till.Face, text, label string, do func()) {
	l := n.w.look
	style := l.face(f)
	n.text = newProse(text, 18, l.ink)
	n.text.lead = 1.4
	shut := l.newPress(middle(l.icon("close", l.muted, 20)), 12, n.hide).colours(style.soft, style.soft, 0).called("close")
	n.button = nil
	parts := []part{gap(8), fit(middle(l.icon(style.icon, style.strong, 28))), share(n.text, 1)}
	if do != nil {
		n.button = l.button(plainButton, label, "", func() { n.hide(); do() })
		parts = append(parts, fit(n.button))
	}
	parts = append(parts, fixed(shut, 48), gap(0))
	plate := ground(style.soft, mix(style.soft, style.strong, 0.35), 16)
	if r, ok := plate.Objects[0].(*canvas.Rectangle); ok {
		r.Shadow = canvas.Shadow{Color: fadedInk, BlurRadius: 16, Offset: fyne.NewPos(0, 4)}
	}
	line := row(12, parts...)
	content := placed(fyne.NewSize(200, 64), nil, append([]fyne.CanvasObject{plate}, line.Objects...)...)
	content.Layout.(*free).lay = func(s fyne.Size) {
		put(plate, 0, 0, s.Width, s.Height)
		line.Layout.Layout(line.Objects, s)
		high := n.text.heightFor(n.text.Size().Width)
		n.text.Move(fyne.NewPos(n.text.Position().X, (s.Height-high)/2))
		for _, o := range []fyne.CanvasObject{shut, n.button} {
			if p, ok := o.(*press); ok && p != nil {
				h := min(s.Height-8, 56)
				put(p, p.Position().X, (s.Height-h)/2, p.Size().Width, h)
			}
		}
	}
	n.body.Objects = []fyne.CanvasObject{content}
	n.until = n.w.now().Add(noticeStays)
	n.box.Show()
	n.place(n.at.X, n.at.Y, n.wide)
	n.body.Refresh()
	// Fyne doesn't know yet in which window this stands, and would paint it when
	// something else there changes.
	n.w.win.Canvas().Refresh(n.box)
}

// place puts the notice at the top of the task area.
func (n *notice) place(x, y, wide float32) {
	n.at, n.wide = fyne.NewPos(x, y), wide
	if n.box.Hidden || wide <= 0 {
		return
	}
	edge := edgeFor(wide)
	w := min(880, wide-2*edge)
	if c := n.w.counter; n.w.place == PlaceTill && c.idle() && c.pad != nil {
		w = c.pad.tape.box.Size().Width // leaves the keys free
		wide = w + 2*edge
	}
	side := float32(8 + 28 + 12*4 + 48)
	if n.button != nil {
		side += n.button.MinSize().Width + 12
	}
	high := max(72, n.text.heightFor(w-side)+32)
	put(n.box, x+(wide-w)/2, y+edge, w, high)
}

func (n *notice) hide() { n.box.Hide() }

func (n *notice) tick(now time.Time) {
	if !n.box.Hidden && now.After(n.until) {
		n.hide()
	}
}
