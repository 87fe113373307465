package receipts

import (
	"slices"
	"strings"
)

// Row is one printed row: what stands in it and where is final. Text holds
// only what Clean leaves.
type Row struct {
	Kind  Kind
	Text  string // with two columns, the spaces between them are in it and it is as wide as the paper
	Align Align
	Bold  bool
	Size  Size
	// Payload is what the code of a QR or Barcode row says.
	Payload string
	Picture *Picture // Image
	// Right is how many columns at the end of Text its second column takes, 0
	// without one. Text of a script that runs from the right is put in order
	// on its own side, so that the amount stays at the edge.
	Right int
}

// Layout breaks a slip into the rows of a paper. Text and raster printing both
// draw these rows, so columns and breaks are the same in both. A text wraps at
// spaces and between Chinese characters; a right column, which holds an
// amount, is never cut: it moves to a row of its own first, and a row that is
// too large for it becomes smaller. What is Double and has no room in one row
// is Tall.
func Layout(s Slip, p Paper) []Row {
	rows := make([]Row, 0, len(s.Lines)+8)
	for _, l := range s.Lines {
		if l.Kind != Text {
			rows = append(rows, Row{Kind: l.Kind, Align: Centre, Payload: l.Payload, Picture: l.Picture})
			continue
		}
		left, right := l.Left, l.Right
		if p.Wide && (strings.Contains(left, "¥") || strings.Contains(right, "¥")) {
			// GB18030 has the half-width sign only in four bytes, which
			// heads can't print (facts on GB18030: A3A4 is the full one).
			left, right = strings.ReplaceAll(left, "¥", "￥"), strings.ReplaceAll(right, "¥", "￥")
		}
		l.Left, l.Right = Clean(left), Clean(right)
		if l.Size == Double && !l.fits(p) {
			l.Size = Tall
		}
		if l.Right == "" {
			rows = l.column(rows, p)
		} else {
			rows = l.columns(rows, p)
		}
	}
	return rows
}

// fits reports whether a text has room in one row.
func (l Line) fits(p Paper) bool {
	span := p.Span(l.Left)
	if l.Right != "" {
		span += 1 + p.Span(l.Right)
	}
	return span <= p.In(l.Size)
}

// column lays out a text that has the row for itself.
func (l Line) column(rows []Row, p Paper) []Row {
	for _, part := range wrap(l.Left, p.In(l.Size), p) {
		rows = append(rows, Row{Text: part, Align: l.Align, Bold: l.Bold, Size: l.Size})
	}
	return rows
}

// columns lays out a text with a second column at the right edge.
func (l Line) columns(rows []Row, p Paper) []Row {
	right := p.Span(l.Right)
	if right > p.In(l.Size) {
		l.Size = Small
	}
	all := p.In(l.Size)
	row := Row{Bold: l.Bold, Size: l.Size}
	if right > all { // not an amount: the longest one has 26 characters
		rows = l.column(rows, p)
		l.Left, l.Align = l.Right, Right
		return l.column(rows, p)
	}

	// Beside the right column there is room for words, or they get the whole
	// row and the column one of its own. The column stands in the last row,
	// next to a count at the end of the words.
	room := all - right - 1
	if p.Span(l.Left) > room && room < 12 {
		room = all
	}
	parts := wrap(l.Left, room, p)
	last := parts[len(parts)-1]
	for _, part := range parts[:len(parts)-1] {
		row.Text = part
		rows = append(rows, row)
	}
	gap := all - p.Span(last) - right
	if gap < 1 {
		row.Text = last
		rows = append(rows, row)
		last, gap = "", all-right
	}
	row.Text, row.Right = last+strings.Repeat(" ", gap)+l.Right, right
	return append(rows, row)
}

// closing can't begin a row (the commonest of the Chinese rules for breaking
// lines).
const closing = "，。、：；！？）」』】》〉”’…·,.:;!?)%"

// wrap breaks a text into parts of at most room columns; there is at least one.
func wrap(s string, room int, p Paper) []string {
	if p.Span(s) <= room {
		return []string{s}
	}
	var parts []string
	line := make([]rune, 0, room)
	used, at := 0, 0 // columns in line; where in line it may break, 0 for nowhere
	for _, r := range s {
		w := p.Width(r)
		if len(line) > 0 && w > 0 && mayBreak(line[len(line)-1], r) {
			at = len(line)
		}
		for used+w > room && len(line) > 0 {
			if at == 0 || r == ' ' { // a space that has no room is the break
				at = len(line)
			}
			parts = append(parts, strings.TrimRight(string(line[:at]), " "))
			line = slices.Delete(line, 0, at)
			used, at = p.Span(string(line)), 0
		}
		if r == ' ' && len(line) == 0 && len(parts) > 0 {
			continue
		}
		line = append(line, r)
		used += w
	}
	if len(line) > 0 || len(parts) == 0 {
		parts = append(parts, strings.TrimRight(string(line), " "))
	}
	return parts
}

// mayBreak reports whether a row may end between a and b.
func mayBreak(a, b rune) bool {
	if strings.ContainsRune(closing, b) || b == ' ' {
		return false
	}
	return a == ' ' || ideographic(a) || ideographic(b)
}

// ideographic are the scripts that are written without spaces; Hangul has them
// and may break anywhere too.
func ideographic(r rune) bool { return r >= 0x2E80 && !isMark(r) }
