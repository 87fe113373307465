package desktop

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// rows is a long list: only the rows in sight exist. It scrolls by wheel and
// by finger, never takes the focus (scans go on working), and tells when its
// end comes near so that more can be read.
type rows struct {
	widget.BaseWidget
	high     float32
	length   func() int
	make     func() fyne.CanvasObject
	fill     func(i int, o fyne.CanvasObject)
	onTap    func(i int)
	onEnd    func() // the last rows are in sight
	offset   float32
	pool     []fyne.CanvasObject
	shownAt  []int // which row each of pool shows; -1: none
	box      *fyne.Container
	bar      *canvas.Rectangle
	hover    *canvas.Rectangle
	hoverRow int
}

func (l *look) newRows(high float32, length func() int, create func() fyne.CanvasObject, fill func(int, fyne.CanvasObject)) *rows {
	r := &rows{high: high, length: length, make: create, fill: fill, hoverRow: -1}
	r.bar = canvas.NewRectangle(mix(l.card, l.ink, 0.35))
	r.bar.CornerRadius = 3
	r.hover = canvas.NewRectangle(color.NRGBA{l.ink.R, l.ink.G, l.ink.B, 10})
	r.hover.Hide()
	r.ExtendBaseWidget(r)
	return r
}

// renew fills what is in sight anew, after the list changed.
func (r *rows) renew() {
	for i := range r.shownAt {
		r.shownAt[i] = -1
	}
	r.scrollTo(r.offset)
}

// top goes back to the first row.
func (r *rows) top() { r.scrollTo(0) }

// reveal scrolls just far enough for row i to be seen.
func (r *rows) reveal(i int) {
	y := float32(i) * r.high
	switch {
	case y < r.offset:
		r.scrollTo(y)
	case y+r.high > r.offset+r.Size().Height:
		r.scrollTo(y + r.high - r.Size().Height)
	}
}

func (r *rows) scrollTo(offset float32) {
	whole := float32(r.length()) * r.high
	r.offset = max(0, min(offset, whole-r.Size().Height))
	if r.box == nil {
		return
	}
	r.arrange()
}

func (r *rows) arrange() {
	s := r.Size()
	if s.Height <= 0 {
		return
	}
	first := int(r.offset / r.high)
	need := int(s.Height/r.high) + 2
	for len(r.pool) < need {
		o := r.make()
		r.pool = append(r.pool, o)
		r.shownAt = append(r.shownAt, -1)
		r.box.Objects = append(r.box.Objects, o)
	}
	for i, o := range r.pool {
		// row n is always shown by the same object of the pool
		n := first + (i-first%len(r.pool)+len(r.pool))%len(r.pool)
		if n >= r.length() || n < 0 {
			o.Hide()
			r.shownAt[i] = -1
			continue
		}
		put(o, 0, float32(n)*r.high-r.offset, s.Width, r.high)
		if r.shownAt[i] != n {
			r.shownAt[i] = n
			r.fill(n, o)
		}
		o.Show()
	}
	whole := float32(r.length()) * r.high
	r.bar.Hidden = whole <= s.Height
	if !r.bar.Hidden {
		h := max(32, s.Height*s.Height/whole)
		put(r.bar, s.Width-8, (s.Height-h)*r.offset/(whole-s.Height), 6, h)
	}
	r.placeHover()
	r.box.Refresh()
	if r.onEnd != nil && r.length() > 0 && r.offset+2*s.Height > whole {
		r.onEnd()
	}
}

func (r *rows) placeHover() {
	r.hover.Hidden = r.hoverRow < 0 || r.hoverRow >= r.length()
	if !r.hover.Hidden {
		put(r.hover, 0, float32(r.hoverRow)*r.high-r.offset, r.Size().Width, r.high)
	}
}

func (r *rows) at(y float32) int {
	i := int((y + r.offset) / r.high)
	if y < 0 || i >= r.length() {
		return -1
	}
	return i
}

// Tapped implements fyne.Tappable.
func (r *rows) Tapped(e *fyne.PointEvent) {
	if i := r.at(e.Position.Y); i >= 0 && r.onTap != nil {
		r.onTap(i)
	}
}

// Scrolled implements fyne.Scrollable; Dragged and DragEnd implement
// fyne.Draggable, for fingers.
func (r *rows) Scrolled(e *fyne.ScrollEvent) { r.scrollTo(r.offset - e.Scrolled.DY*2) }
func (r *rows) Dragged(e *fyne.DragEvent)    { r.scrollTo(r.offset - e.Dragged.DY) }
func (r *rows) DragEnd()                     {}

// MouseIn, MouseMoved and MouseOut implement desktop.Hoverable.
func (r *rows) MouseIn(e *desktop.MouseEvent) { r.MouseMoved(e) }
func (r *rows) MouseMoved(e *desktop.MouseEvent) {
	if i := r.at(e.Position.Y); i != r.hoverRow {
		r.hoverRow = i
		r.placeHover()
		r.hover.Refresh()
	}
}
func (r *rows) MouseOut() {
	r.hoverRow = -1
	r.hover.Hide()
}

// CreateRenderer implements fyne.Widget.
func (r *rows) CreateRenderer() fyne.WidgetRenderer {
	r.box = container.NewWithoutLayout()
	r.pool, r.shownAt = nil, nil // they stood in the box before
	return laidOut(r, &rowsRenderer{r, []fyne.CanvasObject{container.NewClip(r.box), r.hover, r.bar}})
}

type rowsRenderer struct {
	r       *rows
	objects []fyne.CanvasObject
}

func (x *rowsRenderer) Destroy()                     {}
func (x *rowsRenderer) MinSize() fyne.Size           { return fyne.NewSize(1, x.r.high) }
func (x *rowsRenderer) Objects() []fyne.CanvasObject { return x.objects }
func (x *rowsRenderer) Refresh()                     { x.r.renew() }
func (x *rowsRenderer) Layout(s fyne.Size) {
	put(x.objects[0], 0, 0, s.Width, s.Height)
	x.r.box.Resize(s)
	x.r.scrollTo(x.r.offset)
}

// swipe is a scroller that a finger can drag, too.
type swipe struct {
	widget.BaseWidget
	scroll *container.Scroll
}

func newSwipe(content fyne.CanvasObject) *swipe {
	s := &swipe{scroll: container.NewVScroll(content)}
	s.ExtendBaseWidget(s)
	return s
}

// Dragged and DragEnd implement fyne.Draggable.
func (s *swipe) Dragged(e *fyne.DragEvent) {
	s.scroll.ScrollToOffset(s.scroll.Offset.SubtractXY(0, e.Dragged.DY))
}
func (s *swipe) DragEnd() {}

// CreateRenderer implements fyne.Widget.
func (s *swipe) CreateRenderer() fyne.WidgetRenderer {
	box := placed(fyne.NewSize(40, 40), nil, s.scroll)
	box.Layout.(*free).lay = func(size fyne.Size) {
		if c, ok := s.scroll.Content.(*fyne.Container); ok {
			if f, ok := c.Layout.(*flow); ok {
				f.wide = size.Width
			}
		}
		put(s.scroll, 0, 0, size.Width, size.Height)
	}
	s.scroll.Refresh() // its bars are made anew as well
	return laidOut(s, widget.NewSimpleRenderer(box))
}

// scrollRoom is what a flow leaves free on its right, where the scroll bar lies
// over it.
const scrollRoom = 14

// flow is a layout whose height follows from its width, for a swipe. lay says
// the height, and puts the objects in their places if asked to draw.
type flow struct {
	lay  func(wide float32, draw bool) (high float32)
	wide float32
}

func newFlow(lay func(wide float32, draw bool) float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flow{lay: lay}, objects...)
}

// MinSize implements fyne.Layout.
func (f *flow) MinSize([]fyne.CanvasObject) fyne.Size {
	if f.wide <= 0 {
		return fyne.NewSize(40, 40)
	}
	return fyne.NewSize(40, f.lay(f.wide, false))
}

// Layout implements fyne.Layout.
func (f *flow) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	f.wide = s.Width
	f.lay(s.Width, true)
}
