package raster

import (
	"fmt"

	"github.com/skip2/go-qrcode"

	"ringup/receipts"
)

// code is a QR code's squares and the dots that each takes.
type code struct {
	modules [][]bool
	scale   int
}

// encodeQR makes the code with the error correction level M. Its squares are
// as large as a quarter to a third of the paper's width allows, and never
// under four dots (half a millimetre), which every scanner reads.
func encodeQR(payload string, paper receipts.Paper) (figure, error) {
	q, err := qrcode.New(payload, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("qr code: %w", err)
	}
	q.DisableBorder = true
	c := code{modules: q.Bitmap()}
	c.scale = ModuleDots(len(c.modules), paper)
	if len(c.modules)*c.scale > paper.Dots {
		return nil, fmt.Errorf("qr code of %d squares: wider than the paper", len(c.modules))
	}
	return c, nil
}

// Squares is how many squares a side the code of a payload has.
func Squares(payload string) (int, error) {
	q, err := qrcode.New(payload, qrcode.Medium)
	if err != nil {
		return 0, fmt.Errorf("qr code: %w", err)
	}
	return 17 + 4*q.VersionNumber, nil
}

// ModuleDots is how many dots one square of a code takes that has so many
// squares a side.
func ModuleDots(squares int, paper receipts.Paper) int {
	return min(max(paper.Dots*36/100/squares, 4), 8)
}

func (c code) height() int { return len(c.modules)*c.scale + 2*c.quiet() }

// quiet is the white above and below: with that of the rows beside it at least
// four squares, as ISO/IEC 18004 asks.
func (c code) quiet() int { return 3*c.scale + 4 }

func (c code) draw(b *Bitmap, y int) error {
	x := (b.Width - len(c.modules)*c.scale) / 2
	for i, row := range c.modules {
		for j, black := range row {
			if black {
				b.fill(x+j*c.scale, y+c.quiet()+i*c.scale, c.scale, c.scale)
			}
		}
	}
	return nil
}
