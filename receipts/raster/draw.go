package raster

import "ringup/receipts"

// Draw is a whole slip as the head prints it, paper.Dots wide. The error is for
// a QR code or barcode that is wider than the paper, or can't hold its payload
// at all (more than about 500 characters, in a barcode other than ASCII).
func Draw(s receipts.Slip, paper receipts.Paper) (*Bitmap, error) {
	return DrawRows(receipts.Layout(s, paper), paper)
}

// figure is what stands in a row that is not text.
type figure interface {
	height() int
	draw(b *Bitmap, y int) error
}

// DrawRows is Draw for rows that are laid out already.
func DrawRows(rows []receipts.Row, paper receipts.Paper) (*Bitmap, error) {
	var figures []figure
	height := 0
	for i, r := range rows {
		if r.Kind == receipts.Text {
			height += gridOf(r.Size, paper.CellWidth(r.Size)).row
			continue
		}
		f, err := figureOf(r, paper)
		if err != nil {
			return nil, err
		}
		if figures == nil {
			figures = make([]figure, len(rows))
		}
		figures[i] = f
		height += f.height()
	}
	thePen.mu.Lock()
	defer thePen.mu.Unlock()
	b := New(paper.Dots, height)
	y := 0
	for i, r := range rows {
		if r.Kind == receipts.Text {
			if err := text(b, y, r, paper); err != nil {
				return nil, err
			}
			y += gridOf(r.Size, paper.CellWidth(r.Size)).row
			continue
		}
		if err := figures[i].draw(b, y); err != nil {
			return nil, err
		}
		y += figures[i].height()
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

func figureOf(r receipts.Row, paper receipts.Paper) (figure, error) {
	switch r.Kind {
	case receipts.Rule:
		return rule{}, nil
	case receipts.QR:
		return encodeQR(r.Payload, paper)
	case receipts.Barcode:
		return encodeBarcode(r.Payload, paper)
	case receipts.Image:
		return pictureOf(r.Picture, paper), nil
	}
	return blank{}, nil
}

const (
	ruleRow   = 22 // height of a rule's row
	ruleThick = 2
	dash      = 8
	dashGap   = 4
	blankRow  = 16
)

type blank struct{}

func (blank) height() int             { return blankRow }
func (blank) draw(*Bitmap, int) error { return nil }

type rule struct{}

func (rule) height() int { return ruleRow }

func (rule) draw(b *Bitmap, y int) error {
	left := (b.Width + dashGap) % (dash + dashGap) / 2
	for x := left; x+dash <= b.Width; x += dash + dashGap {
		b.fill(x, y+(ruleRow-ruleThick)/2, dash, ruleThick)
	}
	return nil
}
