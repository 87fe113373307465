package desktop

import (
	"fyne.io/fyne/v2"
)

// framed puts a text field on a plate of ours, with an icon before and a
// button after it, if any. The function marks it as having the focus.
func (w *Window) framed(f *field, iconName string, after *press) (*fyne.Container, func(focus bool)) {
	l := w.look
	plate := l.newPress(stack(), 14, func() { w.win.Canvas().Focus(f) }).colours(l.card, l.keyLine, 1)
	plate.ink = l.card
	objects := []fyne.CanvasObject{plate, f}
	var mark *sign
	if iconName != "" {
		mark = l.icon(iconName, l.muted, 24)
		objects = append(objects, mark)
	}
	if after != nil {
		objects = append(objects, after)
	}
	box := placed(fyne.NewSize(120, 56), nil, objects...)
	box.Layout.(*free).lay = func(s fyne.Size) {
		put(plate, 0, 0, s.Width, s.Height)
		left, right := float32(12), float32(8)
		if mark != nil {
			put(mark, 20, (s.Height-24)/2, 24, 24)
			left = 52
		}
		if after != nil {
			put(after, s.Width-52, (s.Height-48)/2, 48, 48)
			right = 56
		}
		h := f.MinSize().Height
		put(f, left, (s.Height-h)/2, s.Width-left-right, h)
	}
	mark2 := func(focus bool) {
		if focus {
			plate.colours(l.card, l.accent, 2)
		} else {
			plate.colours(l.card, l.keyLine, 1)
		}
	}
	f.onFocus = mark2
	return box, mark2
}

// chips is a choice of a few words, of which one is on.
type chips struct {
	look    *look
	box     *fyne.Container
	items   []*press
	labels  []*word
	at      int
	onPick  func(i int)
	spacing float32
	across  int // how many stand side by side; 0: all
}

func (l *look) newChips(names []string, at int, onPick func(int)) *chips {
	c := &chips{look: l, at: at, onPick: onPick, spacing: 8}
	var objects []fyne.CanvasObject
	for i, name := range names {
		label := newWord(name, 17, l.ink).centre().shrink(12)
		p := l.newPress(inset(0, 8, 0, 8, upright(label)), 12, func() { c.pick(i); c.onPick(i) }).called(name)
		c.items, c.labels = append(c.items, p), append(c.labels, label)
		objects = append(objects, p)
	}
	c.box = placed(fyne.NewSize(float32(len(names))*80, 56), nil, objects...)
	c.box.Layout.(*free).lay = c.lay
	c.pick(at)
	return c
}

// pick turns one on, without telling.
func (c *chips) pick(at int) {
	c.at = at
	for i, p := range c.items {
		on := i == at
		c.labels[i].heavy = on
		if on {
			c.labels[i].color = c.look.accent
			p.colours(c.look.soft, c.look.accent, 2)
		} else {
			c.labels[i].color = c.look.ink
			p.colours(c.look.key, c.look.keyLine, 1)
		}
		c.labels[i].Refresh()
	}
}

func (c *chips) lay(s fyne.Size) {
	across := c.across
	if across == 0 {
		across = len(c.items)
	}
	wide := (s.Width - c.spacing*float32(across-1)) / float32(across)
	for i, p := range c.items {
		high := s.Height
		if c.across > 0 {
			high = chipHigh
		}
		put(p, float32(i%across)*(wide+c.spacing), float32(i/across)*(chipHigh+c.spacing), wide, high)
	}
}

// chipHigh is the height of chips that stand in rows.
const chipHigh = 56

// inRows lets so many stand side by side, and the others below them.
func (c *chips) inRows(across int) *chips {
	c.across = across
	return c
}

// high is what chips in rows need.
func (c *chips) high() float32 {
	n := (len(c.items) + c.across - 1) / c.across
	return float32(n)*(chipHigh+c.spacing) - c.spacing
}
