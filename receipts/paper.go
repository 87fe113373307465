package receipts

import (
	"fmt"

	"golang.org/x/text/width"
)

// Paper is a roll and the grid that a printer lays over it, at 203 dots an
// inch (8 a millimetre).
type Paper struct {
	Name        string // as the settings write it
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

// The papers. The widths are those of the escpos-printer-db profiles: 384 dots
// for nearly every 58 mm head, 576 or 512 for 80 mm.
var (
	Paper58       = Paper{Name: "58", Millimetres: 58, Dots: 384, Columns: 32}
	Paper80       = Paper{Name: "80", Millimetres: 80, Dots: 576, Columns: 48}
	Paper80Narrow = Paper{Name: "80/42", Millimetres: 80, Dots: 512, Columns: 42}
)

// Papers lists the papers that exist, for a settings page.
func Papers() []Paper { return []Paper{Paper58, Paper80, Paper80Narrow} }

// FindPaper is the paper of that name; ErrNoPaper when there is none.
func FindPaper(name string) (Paper, error) {
	for _, p := range Papers() {
		if p.Name == name {
			return p, nil
		}
	}
	return Paper{}, fmt.Errorf("%w: %q", ErrNoPaper, name)
}

// CellWidth is how many dots one column of that size takes.
func (p Paper) CellWidth(s Size) int {
	cell := p.Cell
	if cell == 0 {
		cell = 12
	}
	switch s {
	case Double:
		return 2 * cell
	case Small:
		return 9
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
	case isHan(r):
		return 2
	case isMark(r):
		return 0
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
