package desktop

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// part is one member of a row or column: as large as it asks, as large as is
// said, or its share of what is left.
type part struct {
	o    fyne.CanvasObject
	size float32 // fixed, when above 0
	grow float32 // share, when above 0
}

func fit(o fyne.CanvasObject) part                        { return part{o: o} }
func fixed(o fyne.CanvasObject, size float32) part        { return part{o: o, size: size} }
func share(o fyne.CanvasObject, grow float32) part        { return part{o: o, grow: grow} }
func gap(size float32) part                               { return part{size: size} }
func spring() part                                        { return part{grow: 1} }
func stack(os ...fyne.CanvasObject) *fyne.Container       { return container.NewStack(os...) }
func row(space float32, parts ...part) *fyne.Container    { return line(false, space, parts) }
func column(space float32, parts ...part) *fyne.Container { return line(true, space, parts) }

func line(down bool, space float32, parts []part) *fyne.Container {
	l := &flex{down: down, space: space, parts: parts}
	var objects []fyne.CanvasObject
	for _, p := range parts {
		if p.o != nil {
			objects = append(objects, p.o)
		}
	}
	return container.New(l, objects...)
}

// flex lays parts side by side or below each other. Hidden parts take no
// place. A part that wraps is asked how high it is at its width.
type flex struct {
	down  bool
	space float32
	parts []part
}

// wrapping is an object whose height follows from its width.
type wrapping interface{ heightFor(width float32) float32 }

func (f *flex) axis(s fyne.Size) (along, across float32) {
	if f.down {
		return s.Height, s.Width
	}
	return s.Width, s.Height
}

func (f *flex) shown() []part {
	var out []part
	for _, p := range f.parts {
		if p.o == nil || p.o.Visible() {
			out = append(out, p)
		}
	}
	return out
}

// want is what a part asks for along the line, given the room across it.
func (f *flex) want(p part, across float32) float32 {
	switch {
	case p.size > 0:
		return p.size
	case p.grow > 0 || p.o == nil:
		return 0
	}
	if f.down && across > 0 {
		return heightAt(p.o, across)
	}
	along, _ := f.axis(p.o.MinSize())
	return along
}

// heightAt is an object's height at a width.
func heightAt(o fyne.CanvasObject, width float32) float32 {
	switch o := o.(type) {
	case wrapping:
		return o.heightFor(width)
	case *fyne.Container:
		switch l := o.Layout.(type) {
		case *flex:
			return l.heightFor(width)
		case *border:
			return l.top + l.bottom + heightAt(o.Objects[0], width-l.left-l.right)
		}
	}
	return o.MinSize().Height
}

func (f *flex) heightFor(width float32) float32 {
	if !f.down {
		high := float32(0)
		free, grow := width, float32(0)
		parts := f.shown()
		for i, p := range parts {
			if i > 0 {
				free -= f.space
			}
			free -= f.want(p, 0)
			grow += p.grow
		}
		for _, p := range parts {
			if p.o == nil {
				continue
			}
			w := f.want(p, 0)
			if p.grow > 0 {
				w = max(0, free*p.grow/grow)
			}
			high = max(high, heightAt(p.o, w))
		}
		return high
	}
	sum := float32(0)
	for i, p := range f.shown() {
		if i > 0 {
			sum += f.space
		}
		sum += f.want(p, width)
		if p.grow > 0 && p.o != nil {
			sum += heightAt(p.o, width)
		}
	}
	return sum
}

// MinSize implements fyne.Layout.
func (f *flex) MinSize([]fyne.CanvasObject) fyne.Size {
	var along, across float32
	for i, p := range f.shown() {
		if i > 0 {
			along += f.space
		}
		if p.o == nil {
			along += p.size
			continue
		}
		a, c := f.axis(p.o.MinSize())
		if p.size > 0 {
			a = p.size
		}
		along += a
		across = max(across, c)
	}
	if f.down {
		return fyne.NewSize(across, along)
	}
	return fyne.NewSize(along, across)
}

// Layout implements fyne.Layout.
func (f *flex) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	along, across := f.axis(s)
	parts := f.shown()
	free, grow := along, float32(0)
	for i, p := range parts {
		if i > 0 {
			free -= f.space
		}
		free -= f.want(p, across)
		grow += p.grow
	}
	at := float32(0)
	for i, p := range parts {
		if i > 0 {
			at += f.space
		}
		size := f.want(p, across)
		if p.grow > 0 {
			size = max(0, free*p.grow/grow)
		}
		if p.o != nil {
			if f.down {
				put(p.o, 0, at, across, size)
			} else {
				put(p.o, at, 0, size, across)
			}
		}
		at += size
	}
}

func put(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}

// inset leaves room around an object.
func inset(top, right, bottom, left float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&border{top, right, bottom, left}, o)
}

type border struct{ top, right, bottom, left float32 }

func (b *border) MinSize(o []fyne.CanvasObject) fyne.Size {
	return o[0].MinSize().AddWidthHeight(b.left+b.right, b.top+b.bottom)
}

func (b *border) Layout(o []fyne.CanvasObject, s fyne.Size) {
	put(o[0], b.left, b.top, s.Width-b.left-b.right, s.Height-b.top-b.bottom)
}

// middle centres an object at its own size.
func middle(o fyne.CanvasObject) *fyne.Container { return container.NewCenter(o) }

// upright centres an object vertically at its own height, over all the width.
func upright(o fyne.CanvasObject) *fyne.Container { return column(0, spring(), fit(o), spring()) }

// free is a layout written out by hand.
type free struct {
	min fyne.Size
	lay func(s fyne.Size)
}

func (f *free) MinSize([]fyne.CanvasObject) fyne.Size     { return f.min }
func (f *free) Layout(_ []fyne.CanvasObject, s fyne.Size) { f.lay(s) }
func placed(min fyne.Size, lay func(fyne.Size), objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&free{min, lay}, objects...)
}
