// Package receipts says what stands on a slip: a sale's, a refund's, one that
// was not paid, a day's, a test page's. A slip is a list of lines; Layout breaks it into the rows and
// columns of a paper, and the two encoders (receipts/escpos, receipts/raster)
// draw the same rows. Nothing here knows a printer or a screen.
package receipts

import "errors"

// Errors of making and reading slips.
var (
	ErrNotPaid      = errors.New("no slip: the shop holds no payment of this sale")
	ErrNotRefunded  = errors.New("no slip: the refund is not settled as made")
	ErrNotDeclined  = errors.New("no slip: the sale hasn't certainly failed")
	ErrNotCancelled = errors.New("no slip: the sale isn't certainly cancelled")
	ErrNumber       = errors.New("not a shop number (till-yymmdd-count)")
	ErrEnvironment  = errors.New("no such environment")
	ErrNoPaper      = errors.New("no such paper")

	// The errors of ParseCode. ErrNotACode is a text that was never one of
	// our codes; the others are a code of ours that was read or printed wrong.
	ErrNotACode   = errors.New("not a slip's code")
	ErrCodeLength = errors.New("a slip's code with missing or extra digits")
	ErrCodeDigit  = errors.New("a slip's code with a wrong digit")
)

// Slip is what one piece of paper says, top to bottom.
type Slip struct {
	Number string // of the sale it is about; "" for a day or a test page
	Copy   bool   // printed again, and says so
	Lines  []Line
}

// Line is one thing on a slip. Which fields count depends on Kind.
type Line struct {
	Kind  Kind
	Left  string // Text: what it says
	Right string // Text: a second column, kept whole and at the right edge; for amounts
	Align Align  // Text without Right
	Bold  bool
	Size  Size
	// Payload is what the code of a QR or Barcode line says.
	Payload string
	Picture *Picture `json:",omitempty"` // Image: drawn centred
}

// Kind is what a line is.
type Kind int

// The kinds of line.
const (
	Text    Kind = iota
	Rule         // a dashed line from edge to edge
	Blank        // an empty row
	QR           // a QR code, centred
	Barcode      // a Code 128 barcode, centred: for scanners that read no QR codes
	Image        // a picture such as a logo, centred
)

// Align is where a text without a second column stands.
type Align int

// The alignments.
const (
	Left Align = iota
	Centre
	Right
)

// Size is how large a text is.
type Size int

// The sizes. A character of Normal takes 12 dots and half a Chinese one, of
// Double 24, of Small 9; those are the fonts A and B of receipt printers. Tall
// is as wide as Normal and higher.
const (
	Normal Size = iota
	Double
	Small
	Tall
)
