package desktop

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

// plate is a rounded rectangle with a hairline: two rectangles, one inside the
// other, so that the line is as sharp on every screen.
type plate struct {
	outer, inner *canvas.Rectangle
	radius, hair float32
}

func newPlate(fill, line color.Color, radius float32) (*plate, *fyne.Container) {
	p := &plate{outer: canvas.NewRectangle(line), inner: canvas.NewRectangle(fill), radius: radius, hair: 1}
	p.inner.Hidden = fill == line
	return p, container.New(p, p.outer, p.inner)
}

// ground is a plate that nothing has to change.
func ground(fill, line color.Color, radius float32) *fyne.Container {
	_, c := newPlate(fill, line, radius)
	return c
}

// paint gives the plate new colours and a line of that width.
func (p *plate) paint(fill, line color.Color, hair float32) {
	if p.outer.FillColor == line && p.inner.FillColor == fill && p.hair == hair {
		return
	}
	p.outer.FillColor, p.inner.FillColor = line, fill
	if p.hair != hair {
		p.hair = hair
		p.Layout(nil, p.outer.Size())
	}
	p.inner.Hidden = fill == line
	p.outer.Refresh()
	p.inner.Refresh()
}

// MinSize implements fyne.Layout.
func (p *plate) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// Layout implements fyne.Layout.
func (p *plate) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	p.outer.CornerRadius = p.radius
	p.inner.CornerRadius = max(0, p.radius-p.hair)
	put(p.outer, 0, 0, s.Width, s.Height)
	put(p.inner, p.hair, p.hair, s.Width-2*p.hair, s.Height-2*p.hair)
}

// card is a plate with something on it.
func (l *look) cardWith(o fyne.CanvasObject) *fyne.Container {
	return stack(ground(l.card, l.line, 16), o)
}

// hairline is a thin line across.
func (l *look) hairline() *canvas.Rectangle {
	r := canvas.NewRectangle(l.line)
	r.SetMinSize(fyne.NewSize(1, 1))
	return r
}
