package raster

import (
	"fmt"

	"github.com/skip2/go-qrcode"

	"ringup/receipts"
)

// Draw is a whole slip as the head prints it, paper.Dots wide. The error is for
// a QR payload that fits into no code (more than about 500 characters).
func Draw(s receipts.Slip, paper receipts.Paper) (*Bitmap, error) {
	return DrawRows(receipts.Layout(s, paper), paper)
}

// DrawRows is Draw for rows that are laid out already.
func DrawRows(rows []receipts.Row, paper receipts.Paper) (*Bitmap, error) {
	codes := map[int]code{}
	height := 0
	for i, r := range rows {
		if r.Kind == receipts.QR {
			c, err := encodeQR(r.Payload, paper)
			if err != nil {
				return nil, err
			}
			codes[i] = c
		}
		height += heightOf(r, codes[i])
	}
	thePen.mu.Lock()
	defer thePen.mu.Unlock()
	b := New(paper.Dots, height)
	y := 0
	for i, r := range rows {
		switch r.Kind {
		case receipts.Rule:
			rule(b, y)
		case receipts.QR:
			codes[i].draw(b, y)
		case receipts.Text:
			if err := text(b, y, r, paper); err != nil {
				return nil, err
			}
		}
		y += heightOf(r, codes[i])
	}
	b.tame()
	return b, nil
}

// DrawRow is one row by itself, for a printer that has no such characters.
func DrawRow(r receipts.Row, paper receipts.Paper) (*Bitmap, error) {
	return DrawRows([]receipts.Row{r}, paper)
}

// PNG is a picture of the slip on its paper: the printed dots with the margins
// that the head can't reach, and a little paper above and below.
func PNG(s receipts.Slip, paper receipts.Paper) ([]byte, error) {
	b, err := Draw(s, paper)
	if err != nil {
		return nil, err
	}
	margin := max(0, (paper.Millimetres*8-paper.Dots)/2)
	return encodePNG(b.Image(margin, margin))
}

const (
	ruleRow   = 22 // height of a rule's row
	ruleThick = 2
	dash      = 8
	dashGap   = 4
	blankRow  = 16
)

func heightOf(r receipts.Row, c code) int {
	switch r.Kind {
	case receipts.Rule:
		return ruleRow
	case receipts.Blank:
		return blankRow
	case receipts.QR:
		return c.height()
	}
	return grids[r.Size].row
}

func rule(b *Bitmap, y int) {
	left := (b.Width + dashGap) % (dash + dashGap) / 2
	for x := left; x+dash <= b.Width; x += dash + dashGap {
		b.fill(x, y+(ruleRow-ruleThick)/2, dash, ruleThick)
	}
}

// text draws a row of characters, each in its columns.
func text(b *Bitmap, y int, r receipts.Row, paper receipts.Paper) error {
	cell := grids[r.Size].cell
	x := (b.Width - paper.In(r.Size)*cell) / 2 // what the grid leaves over
	switch free := paper.In(r.Size) - paper.Span(r.Text); r.Align {
	case receipts.Centre:
		x += free * cell / 2
	case receipts.Right:
		x += free * cell
	}
	before, beforeColumns := x, 1
	for _, c := range r.Text {
		columns := paper.Width(c)
		at := x
		if columns == 0 {
			at, columns = before, beforeColumns
		} else {
			before, beforeColumns = x, columns
			x += columns * cell
		}
		if c == ' ' {
			continue
		}
		g, err := thePen.glyphOf(glyphKey{c, columns, r.Size, r.Bold})
		if err != nil {
			return err
		}
		for i, dots := range g.rows {
			b.or(at, y+g.top+i, dots)
		}
	}
	return nil
}

// code is a QR code's squares and the dots that each takes.
type code struct {
	modules [][]bool
	scale   int
}

// encodeQR makes the code with the error correction level M. Its squares are
// as large as a quarter to a third of the paper's width allows, and never
// under four dots (half a millimetre), which every scanner reads.
func encodeQR(payload string, paper receipts.Paper) (code, error) {
	q, err := qrcode.New(payload, qrcode.Medium)
	if err != nil {
		return code{}, fmt.Errorf("qr code: %w", err)
	}
	q.DisableBorder = true
	c := code{modules: q.Bitmap()}
	c.scale = ModuleDots(len(c.modules), paper)
	if len(c.modules)*c.scale > paper.Dots {
		return code{}, fmt.Errorf("qr code of %d squares: wider than the paper", len(c.modules))
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

func (c code) draw(b *Bitmap, y int) {
	x := (b.Width - len(c.modules)*c.scale) / 2
	for i, row := range c.modules {
		for j, black := range row {
			if black {
				b.fill(x+j*c.scale, y+c.quiet()+i*c.scale, c.scale, c.scale)
			}
		}
	}
}
