package simulator

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"slices"
	"strings"
	"time"
)

// Paper is all that came out of a printer.
type Paper struct {
	// Slips were cut off, or torn off, one after the other.
	Slips []Slip
	// Hanging is what stands in the printer still; it may be empty.
	Hanging Slip
	// Pulses opened the drawer, with or without a slip.
	Pulses []Pulse
}

// Text is that of all slips and of what hangs in the printer.
func (p Paper) Text() string {
	var b strings.Builder
	for _, s := range append(slices.Clone(p.Slips), p.Hanging) {
		b.WriteString(s.Text())
	}
	return b.String()
}

// Cut is how a slip came off.
type Cut int

// The cuts.
const (
	Uncut   Cut = iota
	Full        // GS V 0 and 65
	Partial     // GS V 1 and 66: one point is left
	Torn        // by hand, from a printer without a cutter
)

// Slip is one piece of paper.
type Slip struct {
	Lines   []Line   // of text, from top to bottom, also empty ones
	Symbols []Symbol // QR and bar codes
	Images  []Image
	Picture *Picture // of the printable width
	Cut     Cut
	Pulses  []Pulse // sent to the drawer with it
}

// Empty reports whether nothing was printed on it.
func (s Slip) Empty() bool {
	return len(s.Symbols) == 0 && len(s.Images) == 0 && s.Text() == ""
}

// Text is the lines with a line feed after each, without blanks at their ends
// and without empty lines at the end.
func (s Slip) Text() string {
	var b strings.Builder
	for _, l := range s.Lines {
		b.WriteString(strings.TrimRight(l.Text, " "))
		b.WriteByte('\n')
	}
	if text := strings.TrimRight(b.String(), "\n"); text != "" {
		return text + "\n"
	}
	return ""
}

// Align is where a line stands.
type Align int

// The places, with the numbers of ESC a.
const (
	Left Align = iota
	Center
	Right
)

// Line is one line of text.
type Line struct {
	Text    string
	Spans   []Span // Text by its styles; what is skipped to by position is in none
	Align   Align
	Bounds  image.Rectangle // on the slip's picture
	Wrapped bool            // the paper was too narrow: the next line goes on with it
}

// Span is a run of characters of one style.
type Span struct {
	Text string
	Style
}

// Style is how characters look.
type Style struct {
	Bold, Reverse bool
	Underline     int // its height in dots: 0 to 2
	FontB         bool
	Width, Height int // in multiples: 1 to 8
}

// Symbol is a QR or bar code that the head made itself.
type Symbol struct {
	Kind   string // "QR", "CODE128", "EAN13", …
	Data   string // what it says; for CODE128 without its escapes
	Level  byte   // of a QR: L, M, Q or H
	Module int    // dots of its narrowest part
	Bounds image.Rectangle
}

// Image is a picture that was sent as dots.
type Image struct {
	Command string // "GS v 0", "GS ( L", "ESC *"
	Bounds  image.Rectangle
}

// Pulse opens a drawer.
type Pulse struct {
	Pin      int // of the socket: 2 or 5
	On, Off  time.Duration
	RealTime bool // by DLE DC4
}

// Misprint is what a real head would print wrong, or not at all.
type Misprint struct {
	Job    int // which one, from 0
	Offset int // of the byte in its job that it was seen at
	Reason string
}

func (m Misprint) String() string { return fmt.Sprintf("job %d at %d: %s", m.Job, m.Offset, m.Reason) }

// Picture is paper by its dots, one bit each; white where nothing was printed.
// It is an image of two colours.
type Picture struct {
	width, height int
	rows          map[int][]byte // those with a black dot, MSB left
}

func newPicture(width int) *Picture { return &Picture{width: width, rows: map[int][]byte{}} }

// Black reports whether the dot is burnt.
func (p *Picture) Black(x, y int) bool {
	row := p.rows[y]
	return x >= 0 && x < p.width && row != nil && row[x/8]&(0x80>>(x%8)) != 0
}

var paperColours = color.Palette{color.Gray{255}, color.Gray{0}}

// ColorModel is white and black.
func (p *Picture) ColorModel() color.Model { return paperColours }

// Bounds starts at 0, 0.
func (p *Picture) Bounds() image.Rectangle { return image.Rect(0, 0, p.width, p.height) }

// ColorIndexAt is 1 for black.
func (p *Picture) ColorIndexAt(x, y int) uint8 {
	if p.Black(x, y) {
		return 1
	}
	return 0
}

// At is the colour of a dot.
func (p *Picture) At(x, y int) color.Color { return paperColours[p.ColorIndexAt(x, y)] }

// PNG writes it, one bit to a dot.
func (p *Picture) PNG(w io.Writer) error { return png.Encode(w, p) }

// Sheet is the picture on its whole paper, with the margins (4 mm) that a head
// can't reach and a scanner needs.
func (p *Picture) Sheet() *Picture {
	const margin = 32
	sheet := &Picture{width: p.width + 2*margin, height: p.height + 2*margin, rows: make(map[int][]byte, len(p.rows))}
	for y, row := range p.rows {
		to := make([]byte, (sheet.width+7)/8)
		copy(to[margin/8:], row)
		sheet.rows[y+margin] = to
	}
	return sheet
}

// clone is a picture that later printing leaves alone.
func (p *Picture) clone() *Picture {
	c := *p
	c.rows = make(map[int][]byte, len(p.rows))
	for y, row := range p.rows {
		c.rows[y] = slices.Clone(row)
	}
	return &c
}

// clone is a slip that later printing leaves alone.
func (s Slip) clone() Slip {
	s.Lines, s.Symbols = slices.Clone(s.Lines), slices.Clone(s.Symbols)
	s.Images, s.Pulses = slices.Clone(s.Images), slices.Clone(s.Pulses)
	s.Picture = s.Picture.clone()
	return s
}
