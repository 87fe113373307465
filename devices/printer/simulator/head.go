// Package simulator is a receipt printer that exists only in tests: a head that
// reads ESC/POS byte by byte as the makers' manuals say, draws its paper, and
// notes as a Misprint whatever a real head would print wrong; and around it a
// printer on a TCP port or a pseudo-terminal that answers for its state, and
// whose paper, cover, cutter and temper a test holds in its hand.
//
// Decode reads one job. Start puts a printer on the network, Terminal on a
// pseudo-terminal (Linux).
//
// It is written from the command facts (Epson TM-T88, TM-L90 and TM-U220 guides;
// Bixolon SRP-350, Citizen CT-E351, HPRT TP80, SPRT and HCC manuals) and shares
// nothing with what encodes our slips, so that the two can be held against each
// other.
package simulator

import "image/draw"

// Head is what a print head is and knows. The zero value is a head for 80 mm
// paper (576 dots, 203 dpi) with a Chinese font, a cutter and QR codes.
type Head struct {
	// Dots is its width: 576 if zero. 384 is 58 mm, 512 a TM-T88.
	Dots int
	// Script is the two-byte font that it has.
	Script Script
	// GB2312 says of a Chinese head that its font ends with that set (lead and
	// second byte A1 to FE), as with the SPRT SP series.
	GB2312 bool
	// SwitchEndsLine says that FS & and FS . print what stands in the line, and
	// count from the next, as with SPRT's POS76.
	SwitchEndsLine bool
	// SizeApart says that GS ! doesn't reach two-byte characters: FS ! does.
	SizeApart bool
	// NoQR is a head without GS ( k, such as a POS-5890: it prints the command
	// as text.
	NoQR bool
	// NoCutter is a head whose paper is torn off at a bar.
	NoCutter bool
	// ToCutter is how far the blade, or the bar, stands above the head, in dots:
	// 100 if zero. A cut sooner than that goes through what was printed last.
	ToCutter int
	// RasterRows is the most rows that GS v 0 may have; 0 for no such limit.
	RasterRows int
	// Glyph, if set, draws a character into its cell (12 × 24 dots, twice as
	// wide for a two-byte one) and reports whether it could. Whoever calls the
	// simulator brings the fonts; without one, what Go Mono lacks is a box with
	// its code point.
	Glyph func(cell draw.Image, r rune) bool
}

// Script is a two-byte character set in a head's ROM.
type Script int

// The scripts.
const (
	Chinese     Script = iota // GB18030, its one- and two-byte parts; on at power-up
	Traditional               // Big5
	Japanese                  // Shift-JIS after FS C 1
	Korean                    // KS X 1001 as CP949
	Western                   // none
)

func (h Head) dots() int {
	if h.Dots <= 0 {
		return 576
	}
	return min(h.Dots, 4096)
}

func (h Head) toCutter() int {
	if h.ToCutter <= 0 {
		return 100
	}
	return min(h.ToCutter, 1000)
}

// Font A is 12 × 24 dots, font B 9 × 17; a sixth of an inch is the usual way
// from line to line.
const (
	fontAWide, fontAHigh = 12, 24
	fontBWide, fontBHigh = 9, 17
	usualSpacing         = 30
)
