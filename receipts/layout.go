package receipts

import (
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
// draw these rows, so columns and breaks are the same in both. A text wraps as
// its script does; a right column, which holds an amount, is never cut: it moves
// to a row of its own first, and a row that is too large for it becomes smaller.
// So does a row with an amount in its words that has no room. What is Double and
// has no room in one row is Tall. A barcode that has no room is a QR code. A text that runs from the right begins there.
func Layout(s Slip, p Paper) []Row {
	rows := make([]Row, 0, len(s.Lines)+8)
	for _, l := range s.Lines {
		switch l.Kind {
		case Text:
		case Image:
			if l.Picture.valid() {
				rows = append(rows, Row{Kind: Image, Align: Centre, Picture: l.Picture.on(p.Dots)})
			}
			continue
		case Barcode:
			if barcodeModules(l.Payload)*leastModule > p.Dots {
				// Too wide, or nothing that bars can say: as a QR code, which
				// may stand there already.
				l.Kind = QR
				if n := len(rows); n > 0 && rows[n-1].Kind == QR && rows[n-1].Payload == l.Payload {
					continue
				}
			}
			rows = append(rows, Row{Kind: l.Kind, Align: Centre, Payload: l.Payload})
			continue
		default:
			rows = append(rows, Row{Kind: l.Kind, Align: Centre, Payload: l.Payload})
			continue
		}
		if p.Wide {
			l.Left, l.Right = widen(l.Left), widen(l.Right)
		}
		l.Left, l.Right = Clean(l.Left), Clean(l.Right)
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

var wideSigns = strings.NewReplacer("¥", "￥", "₩", "￦")

// widen takes the full-width form of the currency signs that heads with
// two-byte characters have in that form alone: GB18030 has the other yuan sign
// only in four bytes, which no head prints; Shift-JIS and KS X 1001 have none.
func widen(s string) string {
	if !strings.Contains(s, "¥") && !strings.Contains(s, "₩") {
		return s
	}
	return wideSigns.Replace(s)
}

// fits reports whether a text has room in one row.
func (l Line) fits(p Paper) bool {
	span := p.Span(l.Left)
	if l.Right != "" {
		span += 1 + p.Span(l.Right)
	}
	return span <= p.In(l.Size)
}

// leastModule is how many dots the narrowest bar takes: a quarter of a
// millimetre, the least that scanners read well.
const leastModule = 2

// barcodeModules is how many modules a Code 128 takes at most, with the white of
// ten at either side (ISO/IEC 15417): eleven a symbol, and thirteen for the stop.
// A symbol is the start, the check, a character, or two digits in the set of
// digits, which a symbol begins and one ends. More than any paper has for a text
// that isn't ASCII.
func barcodeModules(payload string) int {
	symbols := 2
	for i := 0; i < len(payload); {
		if payload[i] < 0x20 || payload[i] >= 0x7F {
			return mostDots
		}
		digits := len(payload[i:]) - len(strings.TrimLeft(payload[i:], "0123456789"))
		pairs := digits/2 + digits%2
		if i > 0 || digits%2 == 1 {
			pairs++
		}
		if i+digits < len(payload) {
			pairs++
		}
		symbols += max(1, min(digits, pairs))
		i += max(1, digits)
	}
	return 11*symbols + 13 + 20
}

// column lays out a text that has the row for itself.
func (l Line) column(rows []Row, p Paper) []Row {
	if !l.fits(p) && p.widest(l.Left) > p.In(l.Size) {
		l.Size = Small
	}
	if l.Align == Left && fromRight(l.Left) {
		l.Align = Right
	}
	wrap := wrap
	if l.Align == Centre {
		wrap = balanced
	}
	for _, part := range wrap(l.Left, p.In(l.Size), p) {
		rows = append(rows, Row{Text: part, Align: l.Align, Bold: l.Bold, Size: l.Size})
	}
	return rows
}

// columns lays out a text with a second column at the right edge.
func (l Line) columns(rows []Row, p Paper) []Row {
	right := p.Span(l.Right)
	if right > p.In(l.Size) || !l.fits(p) && p.widest(l.Left) > p.In(l.Size) {
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
	if span := p.Span(l.Left); span > room && (span <= all || room < 12 || p.widest(l.Left) > room) {
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
