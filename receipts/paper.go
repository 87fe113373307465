package receipts

import (
	"fmt"

	"golang.org/x/text/width"
)

// Paper is a roll and the grid that a printer lays over it, at 203 dots an
// inch (8 a millimetre).
type Paper struct {
	Name        string // for people: "58", "80/42", else width, dots and columns
	Millimetres int    // width of the roll
	Dots        int    // what the head can print of it; a multiple of 8
	Columns     int    // characters of Size Normal in a row
	// Cell is how many dots a column of Normal takes: 12 (a head's font A) or
	// 9 (its font B, for more columns on the same paper). 0 means 12.
	Cell int
	// Wide is how a head in Chinese mode counts: what Unicode's East Asian
	// Width calls ambiguous (é, Ж, ·, …) is among its own characters, which
	// are all two columns wide.
	Wide bool
}

// The papers that most shops have. The widths are those of the escpos-printer-db
// profiles: 384 dots for nearly every 58 mm head, 576 or 512 for 80 mm.
var (
	Paper58       = Paper{Name: "58", Millimetres: 58, Dots: 384, Columns: 32, Cell: fontA}
	Paper80       = Paper{Name: "80", Millimetres: 80, Dots: 576, Columns: 48, Cell: fontA}
	Paper80Narrow = Paper{Name: "80/42", Millimetres: 80, Dots: 512, Columns: 42, Cell: fontA}
)

// How wide a character is in a head's two fonts, in dots.
const (
	fontA = 12
	fontB = 9
)

// What a paper must have, so that the largest amount with its sign (22
// characters) has room in a row of small characters, and large characters have
// eight columns.
const (
	leastColumns = 16
	leastDots    = 200
	mostDots     = 1280
)

// Papers lists the usual papers, for a settings page. A name is the roll's
// width, and after a stroke the columns where they are not the commonest.
func Papers() []Paper {
	return []Paper{
		Paper58,
		{Name: "58/42", Millimetres: 58, Dots: 384, Columns: 42, Cell: fontB},
		Paper80,
		Paper80Narrow,
		{Name: "80/56", Millimetres: 80, Dots: 512, Columns: 56, Cell: fontB},
		{Name: "80/64", Millimetres: 80, Dots: 576, Columns: 64, Cell: fontB},
	}
}

// PaperOf is the paper of a roll's width, of the dots that the head prints
// across it, and of the characters in a row. 0 is what is usual: 58 mm, the
// dots of a usual paper or else what lies within 4 mm of the edges, and as many
// columns as font A has there. Columns that font A has no room for are font
// B's. ErrNoPaper says what can't be.
func PaperOf(millimetres, dots, columns int) (Paper, error) {
	if millimetres == 0 {
		millimetres = Paper58.Millimetres
	}
	for _, p := range Papers() {
		if p.Millimetres == millimetres && (dots == 0 || p.Dots == dots) && (columns == 0 || p.Columns == columns) {
			return p, nil
		}
	}
	if dots == 0 {
		switch millimetres {
		case 57, 58: // 57.5 mm rolls go by both names
			dots = Paper58.Dots
		default:
			dots = (millimetres - 8) * 8
		}
	}
	if columns == 0 {
		columns = dots / fontA
	}
	p := Paper{Millimetres: millimetres, Dots: dots, Columns: columns, Cell: fontA}
	if columns*fontA > dots {
		p.Cell = fontB
	}
	p.Name = fmt.Sprintf("%d/%d/%d", millimetres, dots, columns)
	if err := p.check(); err != nil {
		return Paper{}, err
	}
	return p, nil
}

// check says why a paper can't be printed on.
func (p Paper) check() error {
	switch cell := p.CellWidth(Normal); {
	case p.Dots < leastDots, p.Dots > mostDots:
		return fmt.Errorf("%w: %d dots, not %d to %d", ErrNoPaper, p.Dots, leastDots, mostDots)
	case p.Dots%8 != 0:
		return fmt.Errorf("%w: %d dots are no multiple of 8", ErrNoPaper, p.Dots)
	case p.Dots > p.Millimetres*8:
		return fmt.Errorf("%w: %d dots need a roll of %d mm, not %d", ErrNoPaper, p.Dots, (p.Dots+7)/8, p.Millimetres)
	case p.Columns < leastColumns:
		return fmt.Errorf("%w: %d columns, not at least %d", ErrNoPaper, p.Columns, leastColumns)
	case p.Columns*cell > p.Dots:
		return fmt.Errorf("%w: %d columns need %d dots, and there are %d", ErrNoPaper, p.Columns, p.Columns*cell, p.Dots)
	}
	return nil
}

// CellWidth is how many dots one column of that size takes.
func (p Paper) CellWidth(s Size) int {
	cell := p.Cell
	if cell == 0 {
		cell = fontA
	}
	switch s {
	case Double:
		return 2 * cell
	case Small:
		return fontB
	}
	return cell
}

// In is how many columns of that size a row of the paper has.
func (p Paper) In(s Size) int {
	switch s {
	case Double:
		return p.Columns / 2
	case Small:
		return p.Dots / p.CellWidth(Small)
	}
	return p.Columns
}

// Width is how many columns a character takes: 0 for a mark that stands on the
// one before it, 1 or 2.
func (p Paper) Width(r rune) int {
	switch {
	case r < 0x7F:
		return 1
	case isWide(r):
		return 2
	case isMark(r):
		return 0
	case r >= 0x1160 && r <= 0x11FF, r >= 0xD7B0 && r <= 0xD7FF:
		return 0 // the vowels and finals of Hangul that no syllable holds
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	case width.EastAsianAmbiguous:
		if p.Wide {
			return 2
		}
	}
	if p.Wide && r == 'ǹ' { // the one character of GBK that isn't called ambiguous
		return 2
	}
	return 1
}

// Span is how many columns a text takes.
func (p Paper) Span(s string) int {
	n := 0
	for _, r := range s {
		n += p.Width(r)
	}
	return n
}
