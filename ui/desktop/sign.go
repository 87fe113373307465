package desktop

import (
	"fmt"
	"image/color"
	"regexp"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"ringup/assets"
)

// sign is one of our drawings in a colour. Fyne scales an SVG's lines but not
// their width, so the width is written for each size that is drawn.
type sign struct {
	widget.BaseWidget
	look  *look
	name  string
	color color.NRGBA
	size  float32
	img   *canvas.Image
}

func (l *look) icon(name string, c color.NRGBA, size float32) *sign {
	s := &sign{look: l, name: name, color: c, size: size, img: &canvas.Image{FillMode: canvas.ImageFillContain}}
	s.ExtendBaseWidget(s)
	return s
}

func (s *sign) set(name string, c color.NRGBA) {
	if s.name != name || s.color != c {
		s.name, s.color = name, c
		s.Refresh()
	}
}

// MinSize implements fyne.CanvasObject.
func (s *sign) MinSize() fyne.Size { return fyne.NewSquareSize(s.size) }

// CreateRenderer implements fyne.Widget.
func (s *sign) CreateRenderer() fyne.WidgetRenderer { return laidOut(s, &signRenderer{s}) }

type signRenderer struct{ s *sign }

func (r *signRenderer) Destroy()                     {}
func (r *signRenderer) MinSize() fyne.Size           { return r.s.MinSize() }
func (r *signRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.s.img} }
func (r *signRenderer) Refresh()                     { r.Layout(r.s.Size()) }

func (r *signRenderer) Layout(size fyne.Size) {
	if size.Width <= 0 || size.Height <= 0 {
		return
	}
	side := min(size.Width, size.Height)
	r.s.img.Resource = drawing(r.s.name, r.s.color, side*r.s.look.pixels())
	put(r.s.img, 0, 0, size.Width, size.Height)
	r.s.img.Refresh()
}

var (
	strokeWidth = regexp.MustCompile(`stroke-width="([0-9.]+)"`)
	viewBox     = regexp.MustCompile(`viewBox="0 0 ([0-9.]+) `)
)

// drawing is an SVG of ours with its black strokes in another colour, to be
// drawn so many pixels wide. Its name holds all that, since Fyne keeps pictures
// by their name.
func drawing(name string, c color.NRGBA, pixels float32) fyne.Resource {
	raw, err := assets.Icons.ReadFile("icons/" + name + ".svg")
	if err != nil {
		raw = []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>`)
	}
	svg := strings.ReplaceAll(string(raw), "#000000", hex(c))
	if box := viewBox.FindStringSubmatch(svg); box != nil {
		units, _ := strconv.ParseFloat(box[1], 32)
		svg = strokeWidth.ReplaceAllStringFunc(svg, func(s string) string {
			w, _ := strconv.ParseFloat(strokeWidth.FindStringSubmatch(s)[1], 32)
			return fmt.Sprintf(`stroke-width="%.2f"`, w*float64(pixels)/units)
		})
	}
	return fyne.NewStaticResource(fmt.Sprintf("%s-%s-%.0f.svg", name, hex(c), pixels), []byte(svg))
}

func hex(c color.NRGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }

// dashed is a rounded rectangle with a dashed line, drawn anew for each size.
type dashed struct {
	look       *look
	fill, line color.NRGBA
	radius     float32
	img        *canvas.Image
}

func (l *look) newDashed(fill, line color.NRGBA, radius float32) *fyne.Container {
	d := &dashed{look: l, fill: fill, line: line, radius: radius, img: &canvas.Image{FillMode: canvas.ImageFillStretch}}
	return placed(fyne.Size{}, d.lay, d.img)
}

func (d *dashed) lay(s fyne.Size) {
	if s.Width < 4 || s.Height < 4 {
		return
	}
	px := d.look.pixels()
	svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]g %[2]g">`+
		`<rect x="1.5" y="1.5" width="%[3]g" height="%[4]g" rx="%[5]g" ry="%[5]g" fill="%[6]s" stroke="%[7]s" stroke-width="%[8]g" stroke-dasharray="%[9]g %[10]g"/></svg>`,
		s.Width, s.Height, s.Width-3, s.Height-3, d.radius, hex(d.fill), hex(d.line), 2*px, 9*px, 6*px)
	d.img.Resource = fyne.NewStaticResource(fmt.Sprintf("dashed%g-%g-%g-%s.svg", s.Width, s.Height, px, hex(d.line)), []byte(svg))
	put(d.img, 0, 0, s.Width, s.Height)
	d.img.Refresh()
}
