package desktop

import (
	"bytes"
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"ringup/assets"
)

// plate is a rounded rectangle with a hairline: two rectangles, one inside the
// other, so that the line is as sharp on every screen.
type plate struct {
	outer, inner *canvas.Rectangle
	radius, hair float32
}

func newPlate(fill, line color.Color, radius float32) (*plate, *fyne.Container) {
	p := &plate{outer: canvas.NewRectangle(line), inner: canvas.NewRectangle(fill), radius: radius, hair: 1}
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

// icon is one of our drawings in a colour, size by size.
func icon(name string, c color.NRGBA, size float32) *canvas.Image {
	img := canvas.NewImageFromResource(drawing(name, c))
	img.FillMode = canvas.ImageFillContain
	img.SetMinSize(fyne.NewSquareSize(size))
	return img
}

// drawing is an SVG of ours with its black strokes in another colour. The name
// holds the colour: Fyne keeps pictures by their name.
func drawing(name string, c color.NRGBA) fyne.Resource {
	raw, err := assets.Icons.ReadFile("icons/" + name + ".svg")
	if err != nil {
		return fyne.NewStaticResource("none.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>`))
	}
	hex := fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B)
	return fyne.NewStaticResource(name+hex+".svg", bytes.ReplaceAll(raw, []byte("#000000"), []byte(hex)))
}

// dot is a small filled circle.
func dot(c color.Color, size float32) *canvas.Circle {
	d := canvas.NewCircle(c)
	d.Resize(fyne.NewSquareSize(size))
	return d
}

// dashed is a rounded rectangle with a dashed line, drawn anew for each size.
type dashed struct {
	fill, line color.NRGBA
	radius     float32
	img        *canvas.Image
}

func newDashed(fill, line color.NRGBA, radius float32) *fyne.Container {
	d := &dashed{fill: fill, line: line, radius: radius, img: &canvas.Image{FillMode: canvas.ImageFillStretch}}
	return container.New(d, d.img)
}

// MinSize implements fyne.Layout.
func (d *dashed) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// Layout implements fyne.Layout.
func (d *dashed) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	if s.Width < 4 || s.Height < 4 {
		return
	}
	hex := func(c color.NRGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }
	svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]g %[2]g">`+
		`<rect x="1.5" y="1.5" width="%[3]g" height="%[4]g" rx="%[5]g" ry="%[5]g" fill="%[6]s" stroke="%[7]s" stroke-width="2" stroke-dasharray="9 6"/></svg>`,
		s.Width, s.Height, s.Width-3, s.Height-3, d.radius, hex(d.fill), hex(d.line))
	d.img.Resource = fyne.NewStaticResource(fmt.Sprintf("dashed%g-%g-%s.svg", s.Width, s.Height, hex(d.line)), []byte(svg))
	put(d.img, 0, 0, s.Width, s.Height)
	d.img.Refresh()
}
