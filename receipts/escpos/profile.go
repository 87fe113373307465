// Package escpos turns slips into the bytes that receipt printers take
// (Epson's ESC/POS, as its many clones speak it). Text goes as text where the
// head has the script, and as dots for everything else. Nothing that a slip
// says can become a command.
//
// The commands and their limits are from printed manuals: Epson TM-T88III and
// TM-U220, Bixolon SRP-350III and SRP-500, HPRT TP809, Citizen CT-E351, SPRT
// POS76-II, SurePrint SP91, HCC POS80B.
package escpos

import (
	"errors"
	"fmt"

	"ringup/receipts"
)

// ErrNoText is a Profile.Text that doesn't exist; ErrNoCut such a Cut.
var (
	ErrNoText = errors.New("no such way to print text")
	ErrNoCut  = errors.New("no such way to cut")
)

// Profile is what there is to know about a printer before it can be used.
// Density is never touched: what the printer is set to stays.
type Profile struct {
	Paper receipts.Paper
	Text  TextMode
	Cut   Cut
	// NativeQR lets the printer draw QR codes (GS ( k). Many clones print the
	// command as garbage instead; without it the code goes as dots.
	NativeQR bool
	// NativeBarcode lets the printer draw Code 128 (GS k 73).
	NativeBarcode bool
	// AskStatus ends the job with GS r 1, which the printer answers when it
	// gets there: the best proof that the slip was printed. Only for links
	// that can read. It also switches off answers that nobody asked for.
	AskStatus bool
}

// TextMode is how text gets onto the paper.
type TextMode string

// The ways to print text. A line with a character that the way lacks is sent as
// dots, with the same columns.
const (
	TextRaster  TextMode = "raster"       // all as dots: any script on any printer
	TextGB18030 TextMode = "gb18030"      // Chinese mode, the two-byte part of GB18030 (which is GBK)
	TextGB2312  TextMode = "gb2312"       // Chinese mode of older heads: GB 2312 only
	TextASCII   TextMode = "ascii"        // what every head has
	TextCP437   TextMode = "cp437"        // code page 0
	TextCP850   TextMode = "cp850"        // code page 2
	TextCP852   TextMode = "cp852"        // code page 18
	TextCP858   TextMode = "cp858"        // code page 19, with the euro
	TextCP866   TextMode = "cp866"        // code page 17, Cyrillic
	TextCP1252  TextMode = "windows-1252" // code page 16
)

// Cut is what happens to the paper at the end.
type Cut string

// The ways to cut.
const (
	CutNone    Cut = "none"    // no cutter: feeds so far that the slip can be torn off
	CutPartial Cut = "partial" // leaves a bridge
	CutFull    Cut = "full"
)

// Sheet is the paper as the printer counts its columns. The preview of a
// printer's slip is raster.PNG(slip, profile.Sheet()): dot for dot what comes
// out in TextRaster, and the same columns and breaks in the other modes.
func (p Profile) Sheet() receipts.Paper {
	sheet := p.Paper
	sheet.Wide = p.Text == TextGB18030 || p.Text == TextGB2312
	return sheet
}

// check says whether the profile can be used.
func (p Profile) check() error {
	if _, ok := charsets[p.Text]; !ok && p.Text != TextRaster {
		return fmt.Errorf("%w: %q", ErrNoText, string(p.Text))
	}
	if p.Cut != CutNone && p.Cut != CutPartial && p.Cut != CutFull {
		return fmt.Errorf("%w: %q", ErrNoCut, string(p.Cut))
	}
	if p.Paper.Columns < 16 || p.Paper.Dots < p.Paper.Columns*p.Paper.CellWidth(receipts.Normal) || p.Paper.Dots%8 != 0 {
		return fmt.Errorf("%w: %d dots, %d columns", receipts.ErrNoPaper, p.Paper.Dots, p.Paper.Columns)
	}
	return nil
}
