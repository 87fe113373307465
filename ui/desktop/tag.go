package desktop

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"ringup/ui/till"
)

// pill is a word on a soft, round ground: a sale's state in a list, and the
// environment in the bar on top.
type pill struct {
	plate *plate
	label *word
}

func newPill() (*pill, *fyne.Container) {
	p := &pill{label: newWord("", 15, nothing).bold().centre()}
	plate, box := newPlate(nothing, nothing, 14)
	p.plate = plate
	return p, container.New(p, box, p.label)
}

func (p *pill) set(text string, strong, soft color.Color) {
	p.label.text, p.label.color = text, strong
	p.plate.paint(soft, soft, 1)
	p.label.Refresh()
}

// MinSize implements fyne.Layout.
func (p *pill) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(p.label.natural().Width+28, 28)
}

// Layout implements fyne.Layout: as wide as its word and no wider, centred
// vertically.
func (p *pill) Layout(o []fyne.CanvasObject, s fyne.Size) {
	w := min(s.Width, p.label.natural().Width+28)
	y := (s.Height - 28) / 2
	put(o[0], 0, y, w, 28)
	h := p.label.natural().Height
	put(p.label, 12, y+(28-h)/2, w-24, h)
}

// tagged is a pill with a sale's state.
func (l *look) tagged(t till.Tag) *fyne.Container {
	p, box := newPill()
	l.showTag(p, t)
	return box
}

func (l *look) showTag(p *pill, t till.Tag) {
	f := l.face(t.Face)
	if t.Face == till.FaceCancelled {
		f.soft = l.line
	}
	p.set(t.Text, f.strong, f.soft)
}
