// Package raster draws slips as dots: for printers that lack the script, for
// the preview on screen, and for what a text printer can't print by itself (a
// QR code, a rare character). The dots it draws are the dots that are printed.
package raster

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// Bitmap is a picture of black dots on white, one bit a dot, as print heads
// take it: rows of Stride bytes, the left dot in the highest bit, 1 is black.
type Bitmap struct {
	Width, Height int // in dots; Width is a multiple of 8
	Pix           []byte
}

// New is a white picture; width is rounded up to a multiple of 8.
func New(width, height int) *Bitmap {
	width = (width + 7) &^ 7
	return &Bitmap{width, height, make([]byte, width/8*height)}
}

// Stride is the number of bytes in a row.
func (b *Bitmap) Stride() int { return b.Width / 8 }

// Black reports whether a dot is black; outside the picture all is white.
func (b *Bitmap) Black(x, y int) bool {
	return x >= 0 && y >= 0 && x < b.Width && y < b.Height && b.Pix[y*b.Stride()+x/8]&(0x80>>(x%8)) != 0
}

// fill blackens a rectangle.
func (b *Bitmap) fill(x0, y0, w, h int) {
	x0, w = max(x0, 0), w+min(x0, 0)
	for y := max(y0, 0); y < min(y0+h, b.Height); y++ {
		for x, left := x0, w; left > 0; x, left = x+64, left-64 {
			b.or(x, y, ^uint64(0)<<(64-min(left, 64)))
		}
	}
}

// or blackens the dots of one row of up to 64, the leftmost in the highest bit.
func (b *Bitmap) or(x, y int, dots uint64) {
	if dots == 0 || y < 0 || y >= b.Height {
		return
	}
	if x < 0 {
		dots, x = dots<<-x, 0
	}
	row := b.Pix[y*b.Stride() : (y+1)*b.Stride()]
	shift := x % 8
	for i, d := x/8, dots>>shift; d != 0 && i < len(row); i, d = i+1, d<<8 {
		row[i] |= byte(d >> 56)
	}
	if i := x/8 + 8; shift > 0 && i < len(row) {
		row[i] |= byte(dots << (8 - shift))
	}
}

// tame keeps the picture from holding what printers take for a command in the
// middle of a picture: they act on DLE EOT, DLE ENQ and DLE DC4 (10 04, 10 05,
// 10 14) wherever these come (Bixolon SRP-500 manual, real-time commands; 10
// 14 opens the drawer). Such a pair needs a dot that stands alone in its byte;
// it is made one dot wider. The preview shows the same dot. White bytes at the
// end of a row may be left unsent, so any byte can be followed by the first one
// of the next row.
func (b *Bitmap) tame() {
	stride := b.Stride()
	for i, pix := range b.Pix {
		if pix != 0x10 {
			continue
		}
		next := i - i%stride + stride
		if i+1 < len(b.Pix) && realTime(b.Pix[i+1]) || next < len(b.Pix) && realTime(b.Pix[next]) {
			b.Pix[i] = 0x18
		}
	}
}

func realTime(afterDLE byte) bool { return afterDLE == 0x04 || afterDLE == 0x05 || afterDLE == 0x14 }

var paperColours = color.Palette{color.White, color.Black}

// Image is the picture with white margins of so many dots around it.
func (b *Bitmap) Image(left, top int) *image.Paletted {
	m := image.NewPaletted(image.Rect(0, 0, b.Width+2*left, b.Height+2*top), paperColours)
	for y := range b.Height {
		row := m.Pix[(y+top)*m.Stride+left:]
		for x := range b.Width {
			if b.Black(x, y) {
				row[x] = 1
			}
		}
	}
	return m
}

func encodePNG(m image.Image) ([]byte, error) {
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
