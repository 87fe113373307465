package raster

import (
	"slices"

	"ringup/receipts"
)

// line draws a row of text on a picture, column by column from the left.
type line struct {
	b     *Bitmap
	paper receipts.Paper
	row   receipts.Row
	cell  int // dots of a column
	x, y  int // where the next column stands
}

// text draws a row of characters, each in its columns.
func text(b *Bitmap, y int, r receipts.Row, paper receipts.Paper) error {
	cell := paper.CellWidth(r.Size)
	l := line{b: b, paper: paper, row: r, cell: cell, y: y}
	l.x = (b.Width - paper.In(r.Size)*cell) / 2 // what the grid leaves over
	if r.Align != receipts.Left {
		free := paper.In(r.Size) - paper.Span(r.Text)
		if r.Align == receipts.Centre {
			l.x += free * cell / 2
		} else {
			l.x += free * cell
		}
	}
	for _, c := range r.Text {
		if !plain(c) {
			return l.mixed()
		}
	}
	for _, c := range r.Text {
		if err := l.character(c); err != nil {
			return err
		}
	}
	return nil
}

// plain are the characters that are surely drawn one by one, from the left:
// nearly all that slips hold. For every other the text is looked at as a whole.
func plain(c rune) bool {
	return c < 0x300 || // Latin
		c >= 0x370 && c < 0x483 || c >= 0x48A && c < 0x590 || // Greek, Cyrillic, Armenian
		c >= 0x2010 && c < 0x20D0 && !(c >= 0x2028 && c < 0x2030) || // punctuation, currencies
		c >= 0x2E80 && c < 0xA000 && !(c >= 0x302A && c < 0x3030) && c != 0x3099 && c != 0x309A || // Chinese, kana
		c >= 0xAC00 && c < 0xD7A4 || // Hangul
		c >= 0xFF00 && c < 0xFFF0 // full-width forms
}

// character draws one character and goes on to the next column.
func (l *line) character(c rune) error {
	columns := l.paper.Width(c)
	if c != ' ' {
		if err := l.stamp(c, columns); err != nil {
			return err
		}
	}
	l.x += columns * l.cell
	return nil
}

func (l *line) stamp(c rune, columns int) error {
	g, err := thePen.glyphOf(glyphKey{c, columns, l.row.Size, l.cell, l.row.Bold})
	if err != nil {
		return err
	}
	for i, dots := range g.rows {
		l.b.or(l.x, l.y+g.top+i, dots)
	}
	return nil
}

// mixed draws a row with scripts that are drawn in runs, or that run from the
// right. A second column is put in order by itself: it stays at its edge
// whatever stands at the left of it.
func (l *line) mixed() error {
	all := []rune(l.row.Text)
	at := len(all)
	for n := 0; at > 0 && n < l.row.Right; {
		at--
		n += l.paper.Width(all[at])
	}
	words := at
	for words > 0 && at < len(all) && all[words-1] == ' ' {
		words--
	}
	if err := l.ordered(all[:words]); err != nil {
		return err
	}
	l.x += (at - words) * l.cell
	return l.ordered(all[at:])
}

// ordered draws a text in the order in which it stands on paper.
func (l *line) ordered(text []rune) error {
	for _, s := range visual(text) {
		pieces := l.pieces(text[s.from:s.to])
		if s.rtl {
			slices.Reverse(pieces)
		}
		for _, p := range pieces {
			if err := l.piece(p, s.rtl); err != nil {
				return err
			}
		}
	}
	return nil
}

// piece is what is drawn at once: a run of a script; or one character with the
// marks on it, where script is nil.
type piece struct {
	text    []rune
	script  *script
	columns int
}

// pieces takes a text apart. Single spaces between the words of a script are
// part of its run.
func (l *line) pieces(text []rune) []piece {
	var all []piece
	for i := 0; i < len(text); {
		end := i + 1
		s := scriptOf(text[i])
		if s != nil && s.has(text[i]) {
			for k := end; k < len(text); k++ {
				if c := text[k]; scriptOf(c) == s && s.has(c) || end == k && l.paper.Width(c) == 0 && s.has(c) {
					end = k + 1
				} else if c != ' ' || text[k-1] == ' ' {
					break
				}
			}
		} else {
			for s = nil; end < len(text) && l.paper.Width(text[end]) == 0; end++ {
			}
			if end > i+1 && !slices.ContainsFunc(text[i:end], func(r rune) bool { return !latin.has(r) }) {
				s = &latin
			}
		}
		p := piece{text[i:end], s, 0}
		for _, c := range p.text {
			p.columns += l.paper.Width(c)
		}
		all = append(all, p)
		i = end
	}
	return all
}

// piece draws a piece and goes on to the next column. A mark with nothing
// under it has no column, and is not drawn.
func (l *line) piece(p piece, rtl bool) error {
	switch {
	case p.columns == 0:
		return nil
	case p.script == nil:
		for i, c := range p.text {
			if rtl {
				c = mirrored(c)
			}
			if i > 0 && !thePen.has(c) || c == ' ' {
				continue
			}
			if err := l.stamp(c, p.columns); err != nil {
				return err
			}
		}
	default:
		r, err := thePen.runOf(runKey{string(p.text), p.script, p.columns, l.cell, l.row.Size, l.row.Bold, rtl && p.script != &latin})
		if err != nil {
			return err
		}
		for i, dots := range r.dots {
			l.b.or(l.x+i%r.words*64, l.y+i/r.words, dots)
		}
	}
	l.x += p.columns * l.cell
	return nil
}
