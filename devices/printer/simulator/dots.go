package simulator

import (
	"fmt"
	"image"
)

// raster is GS v 0 m xL xH yL yH: x bytes by y rows, MSB left, 1 is black.
func (d *Decoder) raster(c []byte) {
	x, y := word(c[4:]), word(c[6:])
	if c[2] != 0 && c[2] != '0' {
		d.misprint("unknown command GS v %02X", c[2])
		for _, b := range c[3:] {
			d.ground(b)
		}
		return
	}
	m := c[3]
	if m >= '0' {
		m -= '0'
	}
	switch {
	case m > 3:
		d.misprint("GS v 0: no mode %d", c[3])
		return
	case x == 0 || y == 0:
		d.misprint("GS v 0: a picture of %d bytes by %d rows", x, y)
		return
	case d.head.RasterRows > 0 && y > d.head.RasterRows:
		d.misprint("GS v 0: %d rows, and this head takes %d", y, d.head.RasterRows)
	}
	scaleX, scaleY := 1+int(m&1), 1+int(m>>1)
	d.dots("GS v 0", 8*x, y, scaleX, scaleY, d.atLineStart("GS v 0"), nil)
}

// dots reads rows of dots and prints them as they come, or keeps them for
// later if keep is set.
func (d *Decoder) dots(name string, w, h, scaleX, scaleY int, prints bool, keep func(*stored)) {
	stride := (w + 7) / 8
	wide := w * scaleX
	if wide > d.width && prints {
		d.misprint("%s: %d dots are wider than the %d of the printing area", name, wide, d.width)
	}
	left, top := d.place(wide), d.y
	right := d.margin + d.width
	at := 0
	var picture *stored
	if keep != nil {
		picture = &stored{name: name, w: w, h: h, scaleX: scaleX, scaleY: scaleY}
	}
	d.swallow(stride*h, func(b byte) {
		row, col := at/stride, at%stride*8
		at++
		switch {
		case picture != nil:
			if len(picture.bits) < mostGraphics {
				picture.bits = append(picture.bits, b)
			}
		case prints:
			for bit := 0; bit < 8 && b != 0; bit, b = bit+1, b<<1 {
				if b&0x80 != 0 && col+bit < w {
					d.block(left+(col+bit)*scaleX, top+row*scaleY, scaleX, scaleY, right)
				}
			}
		}
		if at%stride == 0 && prints && picture == nil {
			// The paper moves with each row, so it can end within a picture.
			d.y = top + (row+1)*scaleY
			d.fed += scaleY
		}
	}, func() {
		if picture != nil {
			keep(picture)
			return
		}
		if prints {
			d.y = top
			d.fed -= h * scaleY
			d.picture(name, left, wide, h*scaleY)
		}
	})
}

// picture ends one that is drawn.
func (d *Decoder) picture(name string, left, wide, high int) {
	if len(d.slip.Images) < mostLines {
		d.slip.Images = append(d.slip.Images, Image{name, image.Rect(left, d.y, left+wide, d.y+high)})
	}
	d.printed(high)
	d.feed(high)
}

// block burns a dot of a scaled picture.
func (d *Decoder) block(x, y, w, h, right int) {
	for dy := range h {
		for dx := range w {
			if x+dx < right {
				d.burn(x+dx, y+dy)
			}
		}
	}
}

// mostGraphics is the bytes of a graphics memory; real ones have 8 KB to 384 KB.
const mostGraphics = 384 << 10

// stored is a picture in the graphics buffer.
type stored struct {
	name           string
	w, h           int
	scaleX, scaleY int
	bits           []byte
}

// graphicsCommand is GS ( L and GS 8 L: m fn and what follows, n bytes in all.
func (d *Decoder) graphicsCommand(name string, n int) {
	if n < 2 {
		d.misprint("%s with %d parameters", name, n)
		d.swallow(n, func(byte) {}, func() {})
		return
	}
	d.read(nil, 2, func(c []byte) {
		skip := func() { d.swallow(n-2, func(byte) {}, func() {}) }
		switch {
		case c[0] != 48:
			d.misprint("%s: no %02X", name, c[0])
			skip()
		case (c[1] == 2 || c[1] == 50) && n == 2:
			d.printGraphics(name)
		case c[1] == 112 && n >= 10:
			d.read(nil, 8, func(c []byte) {
				w, h := word(c[4:]), word(c[6:])
				size := (w + 7) / 8 * h
				switch {
				case c[0] != 48:
					d.misprint("%s: tone %d is not black and white", name, c[0])
				case c[1] < 1 || c[1] > 2 || c[2] < 1 || c[2] > 2 || c[3] != 49:
					d.misprint("%s: scale %d×%d, colour %d", name, c[1], c[2], c[3])
				case w == 0 || h == 0:
					d.misprint("%s: a picture of %d×%d dots", name, w, h)
				case size != n-10:
					d.misprint("%s: %d×%d dots are %d bytes, and its length says %d", name, w, h, size, n-10)
				default:
					if size > mostGraphics {
						d.misprint("%s: %d bytes are more than the memory holds", name, size)
					}
					d.dots(name, w, h, int(c[1]), int(c[2]), false, func(s *stored) { d.graphics = s })
					return
				}
				d.swallow(n-10, func(byte) {}, func() {})
			})
		default:
			d.misprint("%s: unknown function %d with %d parameters", name, c[1], n)
			skip()
		}
	})
}

// printGraphics prints the graphics buffer and empties it.
func (d *Decoder) printGraphics(name string) {
	s := d.graphics
	if s == nil {
		d.misprint("%s: no picture is stored", name)
		return
	}
	if !d.atLineStart(name) {
		return
	}
	d.graphics = nil
	wide, stride := s.w*s.scaleX, (s.w+7)/8
	if wide > d.width {
		d.misprint("%s: %d dots are wider than the %d of the printing area", s.name, wide, d.width)
	}
	left := d.place(wide)
	for i, b := range s.bits {
		for bit := 0; bit < 8 && b != 0; bit, b = bit+1, b<<1 {
			if x := i%stride*8 + bit; b&0x80 != 0 && x < s.w {
				d.block(left+x*s.scaleX, d.y+i/stride*s.scaleY, s.scaleX, s.scaleY, d.margin+d.width)
			}
		}
	}
	d.picture(s.name, left, wide, s.h*s.scaleY)
}

// columnImage is ESC * m nL nH: columns of 8 or 24 dots that stand in the line
// like a character.
func (d *Decoder) columnImage(c []byte) {
	m, n := c[2], word(c[3:])
	if m != 0 && m != 1 && m != 32 && m != 33 {
		d.misprint("ESC *: no mode %d", m)
		return
	}
	if n == 0 {
		d.misprint("ESC *: no columns")
		return
	}
	bytes := 1
	if m >= 32 {
		bytes = 3
	}
	scaleX, scaleY := 2-int(m&1), 3/bytes
	free := max(0, (d.width-d.line.x)/scaleX)
	if n > free {
		d.misprint("ESC *: %s", fmt.Sprintf("%d columns, and the line has room for %d", n, free))
	}
	keep := min(n, free)
	picture := &mask{keep, 8 * bytes, make([]bool, keep*8*bytes)}
	at := 0
	d.swallow(n*bytes, func(b byte) {
		if x := at / bytes; x < keep {
			for bit := range 8 {
				if b&(0x80>>bit) != 0 {
					picture.on[(at%bytes*8+bit)*keep+x] = true
				}
			}
		}
		at++
	}, func() {
		if keep == 0 || len(d.line.cells) >= mostLines {
			return
		}
		cell := cell{x: d.line.x, w: keep * scaleX, h: picture.h * scaleY, mask: picture, scaleX: scaleX, scaleY: scaleY}
		d.line.cells = append(d.line.cells, cell)
		d.line.x += cell.w
		if len(d.slip.Images) < mostLines {
			left := d.place(d.line.x) // by what stands in the line so far
			d.slip.Images = append(d.slip.Images, Image{"ESC *", image.Rect(left+cell.x, d.y, left+cell.x+cell.w, d.y+cell.h)})
		}
	})
}
