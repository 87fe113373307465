package simulator

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"sync"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// mask is the dots of a character.
type mask struct {
	w, h int
	on   []bool
}

func (m *mask) at(x, y int) bool { return x < m.w && y < m.h && m.on[y*m.w+x] }

type glyphKey struct {
	r           rune
	wide, fontB bool
}

// mono is the font of the Latin, Greek and Cyrillic letters. In 20 pixels its
// letters are 12 wide, in 15 they are 9: fonts A and B.
var mono = sync.OnceValue(func() *sfnt.Font {
	f, err := opentype.Parse(gomono.TTF)
	if err != nil {
		panic(err) // it is part of the library
	}
	return f
})

// glyph is the dots of a character, in its cell.
func (d *Decoder) glyph(r rune, wide bool, s Style) *mask {
	key := glyphKey{r, wide, s.FontB}
	if m := d.glyphs[key]; m != nil {
		return m
	}
	if len(d.glyphs) >= 1024 {
		clear(d.glyphs)
	}
	w, h, size := fontAWide, fontAHigh, 20.0
	if s.FontB {
		w, h, size = fontBWide, fontBHigh, 15
	}
	if wide {
		w = 2 * fontAWide
	}
	cell := image.NewGray(image.Rect(0, 0, w, h))
	if d.head.Glyph == nil || !d.head.Glyph(cell, r) {
		if !wide && has(r) {
			write(cell, size, h*3/4, r)
		} else {
			box(cell, r)
		}
	}
	m := &mask{w, h, make([]bool, w*h)}
	for i := range m.on {
		m.on[i] = cell.Pix[i] >= 0x70
	}
	d.glyphs[key] = m
	return m
}

// has tells whether the font has a character.
func has(r rune) bool {
	var b sfnt.Buffer
	i, err := mono().GlyphIndex(&b, r)
	return err == nil && i != 0
}

func write(cell *image.Gray, size float64, base int, r rune) {
	face, err := opentype.NewFace(mono(), &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return // only for sizes that are none
	}
	defer face.Close()
	pen := font.Drawer{Dst: cell, Src: image.White, Face: face, Dot: fixed.P(0, base)}
	pen.DrawString(string(r))
}

// box is a frame with the code point in it; a filled one for what is none.
func box(cell *image.Gray, r rune) {
	b := cell.Bounds().Inset(1)
	draw.Draw(cell, b, image.White, image.Point{}, draw.Src)
	if r == utf8.RuneError {
		return
	}
	draw.Draw(cell, b.Inset(1), image.Black, image.Point{}, draw.Src)
	digits := fmt.Sprintf("%04X", r)
	half := (len(digits) + 1) / 2
	if cell.Bounds().Dx() < 2*fontAWide {
		for i := range digits { // too narrow for digits: their bits
			for bit := range 4 {
				if hexValue(digits[i])&(8>>bit) != 0 {
					cell.SetGray(3+bit, 4+3*i, color.Gray{255})
				}
			}
		}
		return
	}
	for i, part := range []string{digits[:half], digits[half:]} {
		pen := font.Drawer{Dst: cell, Src: image.White, Face: basicfont.Face7x13, Dot: fixed.P(12-len(part)*7/2, 11+10*i)}
		pen.DrawString(part)
	}
}

func hexValue(b byte) byte {
	if b >= 'A' {
		return b - 'A' + 10
	}
	return b - '0'
}
