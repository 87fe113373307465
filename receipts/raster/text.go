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
	end := l.x + l.paper.Span(l.row.Text)*l.cell
	if err := l.ordered(all[:words], l.row.Align); err != nil || at == len(all) {
		return err
	}
	l.x = end - l.paper.Span(string(all[at:]))*l.cell
	return l.ordered(all[at:], receipts.Right)
}

// ordered draws a text in the order in which it stands on paper. Runs take
// fewer dots than their columns have, mostly, and what follows closes up to
// them, except after two spaces or more, which are there to reach a column. The
// text is aligned in the columns that it has as a whole.
func (l *line) ordered(text []rune, align receipts.Align) error {
	var pieces []piece
	for _, s := range visual(text) {
		part, err := l.pieces(text[s.from:s.to], s.rtl)
		if err != nil {
			return err
		}
		pieces = append(pieces, part...)
	}
	free, spaces, dots := 0, 0, 0
	for i := range pieces {
		p := &pieces[i]
		if len(p.text) == 1 && p.text[0] == ' ' {
			if spaces++; spaces == 2 {
				dots, free = dots+free, 0
			}
		} else {
			spaces = 0
		}
		p.at = dots
		dots += p.dots
		free += p.columns*l.cell - p.dots
	}
	switch align {
	case receipts.Centre:
		l.x += free / 2
	case receipts.Right:
		l.x += free
	}
	for _, p := range pieces {
		if err := l.piece(p); err != nil {
			return err
		}
	}
	return nil
}

// piece is what is drawn at once: a run of a script; or one character with the
// marks on it, where script is nil.
type piece struct {
	text    []rune
	script  *script
	run     run
	columns int
	at      int // dots from the text's left
	dots    int // that it takes of its columns
	rtl     bool
}

// pieces takes a text of one direction apart, in the order on paper. Single
// spaces between the words of a script are part of its run. A mark with
// nothing under it has no column, and is left out.
func (l *line) pieces(text []rune, rtl bool) ([]piece, error) {
	var all []piece
	for i := 0; i < len(text); {
		end := i + 1
		s := scriptOf(text[i])
		if s != nil && s.has(text[i]) {
			end = l.runEnd(text, i, s)
		} else {
			for s = nil; end < len(text) && l.paper.Width(text[end]) == 0; end++ {
			}
			if end > i+1 && !slices.ContainsFunc(text[i:end], func(r rune) bool { return !latin.has(r) }) {
				s = &latin
			}
		}
		p := piece{text: text[i:end], script: s, rtl: rtl}
		i = end
		for _, c := range p.text {
			p.columns += l.paper.Width(c)
		}
		if p.columns == 0 {
			continue
		}
		p.dots = p.columns * l.cell
		if s != nil {
			var err error
			p.run, err = thePen.runOf(runKey{string(p.text), s, p.columns, l.cell, l.row.Size, l.row.Bold, rtl && s != &latin})
			if err != nil {
				return nil, err
			}
			if s != &latin {
				p.dots = min(p.dots, p.run.used)
			}
		}
		all = append(all, p)
	}
	if rtl {
		slices.Reverse(all)
	}
	return all, nil
}

// runEnd is where the run of a script ends that begins there.
func (l *line) runEnd(text []rune, from int, s *script) int {
	end := from + 1
	for k := end; k < len(text); k++ {
		c := text[k]
		if scriptOf(c) == s && s.has(c) || end == k && l.paper.Width(c) == 0 && s.has(c) {
			end = k + 1
		} else if c != ' ' || text[k-1] == ' ' {
			break
		}
	}
	return end
}

func (l *line) piece(p piece) error {
	start := l.x
	defer func() { l.x = start }()
	l.x += p.at
	if p.script != nil {
		for i, dots := range p.run.dots {
			l.b.or(l.x+i%p.run.words*64, l.y+i/p.run.words, dots)
		}
		return nil
	}
	for i, c := range p.text {
		if p.rtl {
			c = mirrored(c)
		}
		if i > 0 && !thePen.has(c) || c == ' ' {
			continue
		}
		if err := l.stamp(c, p.columns); err != nil {
			return err
		}
	}
	return nil
}
