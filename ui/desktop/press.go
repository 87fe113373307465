package desktop

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// press is everything that can be tapped: a plate with something on it. It
// never takes the focus, so that no key, and no scan's ending, can press it.
type press struct {
	widget.BaseWidget
	fill, line color.NRGBA
	ink        color.NRGBA // laid over the fill while hovered or held
	radius     float32
	hair       float32
	body       fyne.CanvasObject
	onTap      func()
	name       string // for tests and screen readers: what the button says
	plate      *plate
	off        bool
	faded      func(off bool) // shows that it can't be tapped; may be nil
	over, held bool
}

func (l *look) newPress(body fyne.CanvasObject, radius float32, onTap func()) *press {
	p := &press{fill: l.key, line: l.keyLine, ink: l.ink, radius: radius, hair: 1, body: body, onTap: onTap}
	p.ExtendBaseWidget(p)
	return p
}

func (p *press) colours(fill, line color.NRGBA, hair float32) *press {
	p.fill, p.line, p.hair = fill, line, hair
	p.show()
	return p
}

func (p *press) called(name string) *press { p.name = name; return p }

// enable makes the press answer taps, or not.
func (p *press) enable(on bool) {
	if p.off == !on {
		return
	}
	p.off = !on
	if p.faded != nil {
		p.faded(p.off)
	}
	p.show()
}

func (p *press) show() {
	if p.plate == nil {
		return
	}
	fill := p.fill
	switch {
	case p.off:
	case p.held:
		fill = laid(fill, p.ink, 0.12)
	case p.over:
		fill = laid(fill, p.ink, 0.05)
	}
	p.plate.paint(fill, p.line, p.hair)
}

// laid is mix for a fill that may be nothing at all.
func laid(fill, ink color.NRGBA, much float32) color.NRGBA {
	if fill.A == 0 {
		return color.NRGBA{ink.R, ink.G, ink.B, uint8(255 * much)}
	}
	return mix(fill, ink, much)
}

// Tapped implements fyne.Tappable.
func (p *press) Tapped(*fyne.PointEvent) {
	if !p.off && p.onTap != nil {
		p.onTap()
	}
}

// MouseIn, MouseMoved and MouseOut implement desktop.Hoverable; MouseDown and
// MouseUp implement desktop.Mouseable.
func (p *press) MouseIn(*desktop.MouseEvent)    { p.over = true; p.show() }
func (p *press) MouseMoved(*desktop.MouseEvent) {}
func (p *press) MouseOut()                      { p.over, p.held = false, false; p.show() }
func (p *press) MouseDown(*desktop.MouseEvent)  { p.held = true; p.show() }
func (p *press) MouseUp(*desktop.MouseEvent)    { p.held = false; p.show() }

// CreateRenderer implements fyne.Widget.
func (p *press) CreateRenderer() fyne.WidgetRenderer {
	plate, box := newPlate(p.fill, p.line, p.radius)
	p.plate = plate
	p.plate.hair = p.hair
	p.show()
	return laidOut(p, widget.NewSimpleRenderer(stack(box, p.body)))
}

// look of a button: which of its colours.
type kind int

const (
	plainButton kind = iota
	mainButton       // the one natural next step
	trainButton      // belongs to training
)

// button is a press with words, and the key that does the same.
func (l *look) button(k kind, text, key string, onTap func()) *press {
	fill, line, ink := l.key, l.keyLine, l.ink
	switch k {
	case mainButton:
		fill, line, ink = l.accent, l.accent, l.onAccent
	case trainButton:
		fill, line, ink = l.train, l.train, l.onTrain
	}
	label := newWord(text, 20, ink).bold().shrink(14)
	hint := newWord(key, 14, mix(fill, ink, 0.85))
	body := placed(fyne.NewSize(label.natural().Width+hintWidth(hint)+48, 64), nil, label, hint)
	body.Layout.(*free).lay = func(s fyne.Size) {
		side := float32(24)
		if label.natural().Width+hintWidth(hint)+2*side > s.Width {
			side = 12
		}
		want := label.natural()
		w := min(want.Width, s.Width-2*side-hintWidth(hint))
		x := (s.Width - w - hintWidth(hint)) / 2
		put(label, x, (s.Height-want.Height)/2, w+1, want.Height)
		h := hint.natural()
		put(hint, x+w+12, (s.Height-h.Height)/2+1, h.Width, h.Height)
	}
	p := l.newPress(body, 14, onTap).colours(fill, line, 1).called(text)
	p.faded = func(off bool) {
		words, ground, edge := ink, fill, line
		if off {
			words, ground, edge = l.muted, l.bg, l.line
		}
		label.paint(words)
		hint.paint(mix(ground, words, 0.85))
		p.colours(ground, edge, 1)
	}
	return p
}

func hintWidth(hint *word) float32 {
	if hint.text == "" {
		return 0
	}
	return hint.natural().Width + 12
}
