package simulator

import (
	"image"
	"strings"
)

// line is what stands in the line buffer.
type line struct {
	cells []cell
	x     int // where the next character goes
}

// cell is a character, or a column image, in the line.
type cell struct {
	x, w, h int
	mask    *mask
	scaleX  int
	scaleY  int
	r       rune // 0 for an image
	style   Style
}

// text is what the line says; a place skipped to is as many blanks as fit.
func (l *line) text() string {
	var b strings.Builder
	end := 0
	for _, c := range l.cells {
		if c.r == 0 {
			continue
		}
		for ; c.x-end >= fontAWide; end += fontAWide {
			b.WriteByte(' ')
		}
		b.WriteRune(c.r)
		end = c.x + c.w
	}
	return b.String()
}

func (l *line) spans() []Span {
	var spans []Span
	var text []rune
	for i, c := range l.cells {
		if c.r == 0 {
			continue
		}
		text = append(text, c.r)
		if i == len(l.cells)-1 || l.cells[i+1].style != c.style || l.cells[i+1].x-c.x-c.w >= fontAWide {
			spans = append(spans, Span{string(text), c.style})
			text = nil
		}
	}
	return spans
}

// print puts a character into the line; a full line is printed first.
func (d *Decoder) print(r rune, wide bool) {
	style := d.style
	before, after := 0, d.between
	if wide {
		style.Width, style.Height = d.wideStyle.Width, d.wideStyle.Height
		style.Underline, style.FontB = d.wideStyle.Underline, false
		before, after = d.wideLeft, d.wideRight
	}
	m := d.glyph(r, wide, style)
	w := (before + m.w + after) * style.Width
	if w > d.width {
		d.misprint("%q is wider than the paper", r)
		return
	}
	if d.line.x+w > d.width {
		d.printLine(d.spacing, true, true)
	}
	if len(d.line.cells) >= mostLines {
		return
	}
	c := cell{x: d.line.x + before*style.Width, w: m.w * style.Width, h: m.h * style.Height, mask: m, scaleX: style.Width, scaleY: style.Height, r: r, style: style}
	d.line.cells = append(d.line.cells, c)
	d.line.x += w
}

// moveTo is ESC $ and ESC \.
func (d *Decoder) moveTo(name string, x int) {
	if x < 0 || x > d.width {
		d.misprint("%s: %d is outside the printing area", name, x)
		return
	}
	d.line.x = x
}

// feedLine is a line feed.
func (d *Decoder) feedLine() { d.printLine(d.spacing, true, false) }

// printLine prints the line and feeds the paper, at least past what it printed.
// An empty line is one only if a line feed made it.
func (d *Decoder) printLine(feed int, lineFeed, wrapped bool) {
	l := d.line
	d.line = line{}
	if len(l.cells) == 0 {
		if lineFeed {
			d.note(Line{Align: d.align, Bounds: image.Rect(d.margin, d.y, d.margin, d.y+feed)})
		}
		d.feed(feed)
		return
	}
	high, wide := 0, 0
	for _, c := range l.cells {
		high, wide = max(high, c.h), max(wide, c.x+c.w)
	}
	left := d.place(wide)
	for _, c := range l.cells {
		d.drawCell(left, d.y+high-c.h, c)
	}
	d.note(Line{
		Text: l.text(), Spans: l.spans(), Align: d.align, Wrapped: wrapped,
		Bounds: image.Rect(left, d.y, left+wide, d.y+high),
	})
	d.printed(high)
	d.feed(max(feed, high))
}

// note keeps a line.
func (d *Decoder) note(l Line) {
	if len(d.slip.Lines) < mostLines {
		d.slip.Lines = append(d.slip.Lines, l)
	}
}

// place is where something so wide begins, by the alignment.
func (d *Decoder) place(wide int) int {
	switch rest := max(0, d.width-wide); d.align {
	case Center:
		return d.margin + rest/2
	case Right:
		return d.margin + rest
	}
	return d.margin
}

// printed says that dots are on the next rows.
func (d *Decoder) printed(rows int) { d.last = max(d.last, d.y+rows) }

// feed moves the paper.
func (d *Decoder) feed(dots int) {
	d.y += dots
	d.fed += dots
	if d.y > longestSlip {
		d.misprint("a slip of more than %d dots", longestSlip)
		d.y = longestSlip
	}
}

// burn blackens a dot below the head.
func (d *Decoder) burn(x, y int) {
	if x < 0 || x >= d.slip.Picture.width || y < 0 || y >= longestSlip {
		return
	}
	row := d.slip.Picture.rows[y]
	if row == nil {
		if d.rows == rollRows {
			if !d.full {
				d.misprint("no more than %d dot rows are drawn", rollRows)
			}
			d.full = true
			return
		}
		d.rows++
		row = make([]byte, (d.slip.Picture.width+7)/8)
		d.slip.Picture.rows[y] = row
	}
	row[x/8] |= 0x80 >> (x % 8)
}

// drawCell draws a character at a place.
func (d *Decoder) drawCell(left, top int, c cell) {
	for y := range c.h {
		for x := range c.w {
			on := c.mask.at(x/c.scaleX, y/c.scaleY)
			if c.style.Bold && x > 0 {
				on = on || c.mask.at((x-1)/c.scaleX, y/c.scaleY)
			}
			if c.style.Underline > 0 && y >= c.h-c.style.Underline {
				on = true
			}
			if on != c.style.Reverse {
				d.burn(left+c.x+x, top+y)
			}
		}
	}
}
