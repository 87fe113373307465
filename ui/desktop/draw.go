package desktop

import (
	"bytes"
	"image"
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
	qrcode "github.com/skip2/go-qrcode"

	"ringup/payments"
	"ringup/ui/till"
)

// ring is a circle that empties with the seconds left, and says them.
type ring struct {
	widget.BaseWidget
	back, front *canvas.Arc
	label       *word
}

func newRing(strong, soft color.NRGBA) *ring {
	r := &ring{
		back:  canvas.NewArc(0, 360, 0.84, mix(soft, strong, 0.22)),
		front: canvas.NewArc(0, 360, 0.84, strong),
		label: newWord("", 52, strong).bold().centre(),
	}
	r.front.CornerRadius = 6
	r.ExtendBaseWidget(r)
	return r
}

func (r *ring) set(left, total int) {
	part := float32(1)
	if total > 0 {
		part = float32(left) / float32(total)
	}
	r.front.EndAngle = 360 * max(0, min(part, 1))
	r.front.Hidden = r.front.EndAngle == 0
	r.front.Refresh()
	r.label.set(strconv.Itoa(left))
}

// CreateRenderer implements fyne.Widget.
func (r *ring) CreateRenderer() fyne.WidgetRenderer {
	box := placed(fyne.NewSquareSize(144), nil, r.back, r.front, r.label)
	box.Layout.(*free).lay = func(s fyne.Size) {
		side := min(s.Width, s.Height)
		put(r.back, (s.Width-side)/2, (s.Height-side)/2, side, side)
		put(r.front, (s.Width-side)/2, (s.Height-side)/2, side, side)
		h := r.label.natural().Height
		put(r.label, 0, (s.Height-h)/2, s.Width, h)
	}
	return laidOut(r, widget.NewSimpleRenderer(box))
}

// bars shows a day's takings by the hour: from the first hour with takings to
// the last, never less than eight of them.
type bars struct {
	widget.BaseWidget
	look  *look
	hours []hourBar
	box   *fyne.Container
	axis  *canvas.Rectangle
}

type hourBar struct {
	hour  int
	worth int64
	bar   *canvas.Rectangle
	label *word
	sum   *word
}

func (l *look) newBars() *bars {
	b := &bars{look: l, axis: canvas.NewRectangle(l.line)}
	b.box = placed(fyne.NewSize(200, 120), b.lay)
	b.ExtendBaseWidget(b)
	return b
}

func (b *bars) set(byHour [24]payments.Money, cutOver int) {
	order := make([]int, 24) // the business day begins at its cut-over hour
	first, last := -1, -1
	for i := range order {
		order[i] = (cutOver + i) % 24
		if byHour[order[i]].Minor != 0 {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		first, last = 9, 18
		if cutOver != 0 {
			first, last = max(0, 9-cutOver), max(9, 18-cutOver)
		}
	}
	for last-first < 7 {
		first, last = max(0, first-1), min(23, last+1)
	}
	b.hours = b.hours[:0]
	objects := []fyne.CanvasObject{b.axis}
	for _, h := range order[first : last+1] {
		hb := hourBar{
			hour: h, worth: byHour[h].Minor,
			bar:   canvas.NewRectangle(mix(b.look.card, b.look.accent, 0.9)),
			label: newWord(strconv.Itoa(h), 14, b.look.muted).centre().elastic(),
			sum:   newWord("", 13, b.look.muted).centre().shrink(9),
		}
		if hb.worth > 0 {
			hb.sum.text = roughly(byHour[h])
		}
		hb.bar.TopLeftCornerRadius, hb.bar.TopRightCornerRadius = 6, 6
		b.hours = append(b.hours, hb)
		objects = append(objects, hb.bar, hb.label, hb.sum)
	}
	b.box.Objects = objects
	b.lay(b.box.Size())
	b.box.Refresh()
}

// roughly is an amount without its decimals, for a label over a bar.
func roughly(m payments.Money) string {
	unit := int64(1)
	for range m.Currency.Digits() {
		unit *= 10
	}
	whole := payments.Money{Minor: (m.Minor + unit/2) / unit, Currency: "JPY"}
	return whole.Grouped()
}

func (b *bars) lay(s fyne.Size) {
	if len(b.hours) == 0 || s.Width <= 0 {
		return
	}
	top := int64(1)
	for _, h := range b.hours {
		top = max(top, h.worth)
	}
	const foot, head = 28, 22
	step := s.Width / float32(len(b.hours))
	thick := min(step*0.78, 64)
	put(b.axis, 0, s.Height-foot, s.Width, 1)
	for i, h := range b.hours {
		x := step*float32(i) + (step-thick)/2
		tall := float32(max(h.worth, 0)) / float32(top) * (s.Height - foot - head)
		if h.worth > 0 {
			tall = max(tall, 3)
		}
		put(h.bar, x, s.Height-foot-tall, thick, tall)
		put(h.label, x-4, s.Height-foot+6, thick+8, 20)
		put(h.sum, x-6, s.Height-foot-tall-20, thick+12, 18)
	}
}

// CreateRenderer implements fyne.Widget.
func (b *bars) CreateRenderer() fyne.WidgetRenderer {
	return laidOut(b, widget.NewSimpleRenderer(b.box))
}

// qrPicture is a QR code on white paper.
func qrPicture(text string) image.Image {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil { // no text, or more than fits any code
		return image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{paper})
	}
	code.DisableBorder = true
	bits := code.Bitmap()
	const quiet = 2
	n := len(bits) + 2*quiet
	img := image.NewPaletted(image.Rect(0, 0, n, n), color.Palette{paper, paperInk})
	for y, line := range bits {
		for x, dark := range line {
			if dark {
				img.SetColorIndex(x+quiet, y+quiet, 1)
			}
		}
	}
	return img
}

// newSlipView is a slip as the preview printer made it, on its paper, as large
// as fits.
func newSlipView(s till.Slip) fyne.CanvasObject {
	img := canvas.NewImageFromReader(bytes.NewReader(s.PNG), "slip-"+s.Number+".png")
	img.FillMode = canvas.ImageFillStretch
	img.ScaleMode = canvas.ImageScaleSmooth
	wide, high := float32(384), float32(600)
	if c, _, err := image.DecodeConfig(bytes.NewReader(s.PNG)); err == nil && c.Width > 0 {
		wide, high = float32(c.Width), float32(c.Height)
	}
	sheet := canvas.NewRectangle(paper)
	sheet.CornerRadius = 4
	sheet.Shadow = canvas.Shadow{Color: color.NRGBA{0, 0, 0, 38}, BlurRadius: 24, Offset: fyne.NewPos(0, 6)}
	box := placed(fyne.NewSize(200, 200), nil, sheet, img)
	box.Layout.(*free).lay = func(s fyne.Size) {
		const edge = 10
		scale := min((s.Width-2*edge)/wide, (s.Height-2*edge)/high, 1)
		w, h := wide*scale, high*scale
		x, y := (s.Width-w)/2, (s.Height-h)/2
		put(sheet, x-edge, y-edge, w+2*edge, h+2*edge)
		put(img, x, y, w, h)
	}
	return box
}
