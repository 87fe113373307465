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
	TextRaster TextMode = "raster" // all as dots: any script on any printer
	TextASCII  TextMode = "ascii"  // what every head has

	// The two-byte sets, for heads that are made for that country (FS &).
	TextGB18030  TextMode = "gb18030"   // China; the two-byte part of GB18030, which is GBK
	TextGB2312   TextMode = "gb2312"    // China, older heads: GB 2312 only
	TextBig5     TextMode = "big5"      // Taiwan
	TextShiftJIS TextMode = "shift-jis" // Japan (FS C 1)
	TextKorean   TextMode = "euc-kr"    // Korea

	// The code pages whose numbers for ESC t are the same in Epson's table and
	// in those of Bixolon, Citizen, Fujitsu, Metapace, Star, Xprinter, Youku
	// and the nameless POS-5890 and POS-8360, as far as these have them (only
	// Citizen's page 2 has the euro where CP850 has ı).
	TextCP437    TextMode = "cp437"        // 0
	TextKatakana TextMode = "katakana"     // 1, half-width
	TextCP850    TextMode = "cp850"        // 2
	TextCP860    TextMode = "cp860"        // 3, Portuguese
	TextCP863    TextMode = "cp863"        // 4, Canadian French
	TextCP865    TextMode = "cp865"        // 5, Nordic
	TextCP1252   TextMode = "windows-1252" // 16
	TextCP866    TextMode = "cp866"        // 17, Cyrillic
	TextCP852    TextMode = "cp852"        // 18, Central Europe
	TextCP858    TextMode = "cp858"        // 19, with the euro

	// The code pages whose numbers are Epson's; other makers number these
	// differently, so that the test page must show whether a head has them.
	TextCP857  TextMode = "cp857"        // 13, Turkish
	TextCP737  TextMode = "cp737"        // 14, Greek
	TextCP855  TextMode = "cp855"        // 34, Cyrillic
	TextCP1250 TextMode = "windows-1250" // 45, Central Europe
	TextCP1251 TextMode = "windows-1251" // 46, Cyrillic
	TextCP1253 TextMode = "windows-1253" // 47, Greek
	TextCP1254 TextMode = "windows-1254" // 48, Turkish
)

// Modes lists all the ways, for a settings page. Their names are stable.
func Modes() []TextMode {
	modes := []TextMode{TextRaster}
	for _, c := range charsets {
		modes = append(modes, c.mode)
	}
	return modes
}

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
	c := find(p.Text)
	sheet.Wide = c != nil && c.wide
	return sheet
}

// check says whether the profile can be used.
func (p Profile) check() error {
	if p.Text != TextRaster && find(p.Text) == nil {
		return fmt.Errorf("%w: %q", ErrNoText, string(p.Text))
	}
	if p.Cut != CutNone && p.Cut != CutPartial && p.Cut != CutFull {
		return fmt.Errorf("%w: %q", ErrNoCut, string(p.Cut))
	}
	if cell := p.Paper.Cell; cell != 0 && cell != 9 && cell != 12 {
		return fmt.Errorf("%w: columns of %d dots", receipts.ErrNoPaper, cell)
	}
	if p.Paper.Columns < 16 || p.Paper.Dots < p.Paper.Columns*p.Paper.CellWidth(receipts.Normal) || p.Paper.Dots%8 != 0 {
		return fmt.Errorf("%w: %d dots, %d columns", receipts.ErrNoPaper, p.Paper.Dots, p.Paper.Columns)
	}
	return nil
}
