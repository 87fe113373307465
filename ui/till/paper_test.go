package till_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"ringup/devices/printer/simulator"
	"ringup/receipts"
	"ringup/receipts/escpos"
	"ringup/receipts/raster"
)

// What the encoder writes and what the simulated head reads were made by
// different hands from the same manuals. These tests print every slip on every
// kind of printer and hold the paper against the slip's rows and its preview.

const slipsFolder = "../../receipts"

// approved are all slips that the tests of receipts approve, by their names.
func approved(t testing.TB) map[string]receipts.Slip {
	t.Helper()
	files, err := filepath.Glob(slipsFolder + "/testdata/*.json")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d slips, %v", len(files), err)
	}
	all := map[string]receipts.Slip{"codes and a logo": codesAndLogo()}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var s receipts.Slip
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = s
	}
	return all
}

// codesAndLogo has what the approved slips may lack.
func codesAndLogo() receipts.Slip {
	logo := &receipts.Picture{Width: 160, Height: 300, Dots: make([]byte, 20*300)}
	for i := range logo.Dots {
		logo.Dots[i] = byte(i * i >> 3)
	}
	return receipts.Slip{Lines: []receipts.Line{
		{Kind: receipts.Image, Picture: logo},
		{Left: "Naïve café 海港茶屋", Align: receipts.Centre, Bold: true, Size: receipts.Double},
		{Left: "small, to the right", Align: receipts.Right, Size: receipts.Small},
		{Kind: receipts.Blank},
		{Left: "กาแฟเย็น", Right: "45.50"},
		{Left: "한국 마트 قهوة", Right: "1,045.50"},
		{Kind: receipts.Rule},
		{Kind: receipts.QR, Payload: "90326516717727517378"},
		{Left: "between"},
		{Kind: receipts.Barcode, Payload: "90326516717727517378"},
		{Kind: receipts.Barcode, Payload: "90321604717727517378"}, // 16 04 would be a command
		// Something for each code page and each country's head.
		{Left: "Şişli İğde"}, {Left: "Żółta gęś"}, {Left: "Чай"}, {Left: "Ђ"}, {Left: "Καφές"}, {Left: "Pão"}, {Left: "Pâté Ê"},
		{Left: "Smørrebrød"}, {Left: "5 €"}, {Left: "Café Ñ"}, {Left: "抹茶ラテ ﾗﾃ"}, {Left: "ﾗﾃ"}, {Left: "아메리카노"}, {Left: "珍珠奶茶", Right: "￥60"},
		{Left: "end"},
	}}
}

// headOf is a head that such a profile is for, with all the quirks that it must
// stand: each job of odd number meets one that ends lines at FS &, scales
// two-byte characters by FS ! alone, and takes no more than 255 rows of dots.
func headOf(p escpos.Profile, odd bool) simulator.Head {
	scripts := map[escpos.TextMode]simulator.Script{
		escpos.TextBig5: simulator.Traditional, escpos.TextShiftJIS: simulator.Japanese, escpos.TextKorean: simulator.Korean,
		escpos.TextGB18030: simulator.Chinese, escpos.TextGB2312: simulator.Chinese,
	}
	script, ok := scripts[p.Text]
	if !ok && !odd { // a code page must work on a Chinese head too
		script = simulator.Western
	}
	return simulator.Head{
		Dots: p.Paper.Dots, Script: script, GB2312: p.Text == escpos.TextGB2312,
		NoQR: !p.NativeQR, NoCutter: p.Cut == escpos.CutNone,
		SwitchEndsLine: odd, SizeApart: odd, RasterRows: 255,
	}
}

// printed is the one slip that a job makes.
func printed(t testing.TB, job []byte, p escpos.Profile, head simulator.Head) simulator.Slip {
	t.Helper()
	for _, pair := range [][]byte{{0x10, 0x04}, {0x10, 0x05}, {0x10, 0x14}} {
		if i := bytes.Index(job, pair); i >= 0 {
			t.Errorf("real-time command % X at %d", pair, i)
		}
	}
	paper, misprints := simulator.Decode(job, head)
	for _, m := range misprints[:min(len(misprints), 5)] {
		t.Error(m)
	}
	if len(paper.Pulses) > 0 {
		t.Errorf("the drawer opened: %+v", paper.Pulses)
	}
	want := map[escpos.Cut]simulator.Cut{
		escpos.CutFull: simulator.Full, escpos.CutPartial: simulator.Partial, escpos.CutNone: simulator.Torn,
	}[p.Cut]
	if len(paper.Slips) != 1 || !paper.Hanging.Empty() || paper.Slips[0].Cut != want {
		t.Fatalf("%d slips, cut %v, and %q", len(paper.Slips), want, paper.Hanging.Text())
	}
	return paper.Slips[0]
}

// mark is something on paper: a line, a code or a picture.
type mark struct {
	line   *simulator.Line
	symbol *simulator.Symbol
	image  *simulator.Image
	at     image.Rectangle
}

// marks are what is on a slip, from top to bottom.
func marks(s simulator.Slip) []mark {
	var all []mark
	for i := range s.Lines {
		all = append(all, mark{line: &s.Lines[i], at: s.Lines[i].Bounds})
	}
	for i := range s.Symbols {
		all = append(all, mark{symbol: &s.Symbols[i], at: s.Symbols[i].Bounds})
	}
	for i := range s.Images {
		all = append(all, mark{image: &s.Images[i], at: s.Images[i].Bounds})
	}
	slices.SortStableFunc(all, func(a, b mark) int { return a.at.Min.Y - b.at.Min.Y })
	return all
}

// sameDots says where a bitmap and the paper at that height differ.
func sameDots(paper *simulator.Picture, top int, b *raster.Bitmap) error {
	for y := range b.Height {
		for x := range b.Width {
			if paper.Black(x, top+y) != b.Black(x, y) {
				return fmt.Errorf("dot %d,%d is another", x, y)
			}
		}
	}
	return nil
}

// holdText compares a slip printed as text with its rows: the same breaks, the
// same columns, and dots for what the head lacks. It returns how many lines of
// text beyond ASCII there were.
func holdText(t testing.TB, got simulator.Slip, s receipts.Slip, p escpos.Profile) (foreign int) {
	t.Helper()
	sheet := p.Sheet()
	left := marks(got)
	next := func() mark {
		if len(left) == 0 {
			t.Fatal("the paper ends before the slip")
		}
		m := left[0]
		left = left[1:]
		return m
	}
	empty := func(m mark) bool { return m.line != nil && m.line.Text == "" }
	for i, r := range receipts.Layout(s, sheet) {
		m := next()
		native := r.Kind == receipts.QR && p.NativeQR || r.Kind == receipts.Barcode && m.symbol != nil
		switch {
		case m.image != nil:
			want, err := raster.DrawRow(r, sheet)
			if err != nil {
				t.Fatal(err)
			}
			top := m.at.Min.Y
			for m.at.Max.Y < top+want.Height { // in slices
				if m = next(); m.image == nil {
					t.Fatalf("row %d: a picture breaks off", i)
				}
			}
			if err := sameDots(got.Picture, top, want); err != nil {
				t.Errorf("row %d %q: %v", i, r.Text, err)
			}
			if r.Kind == receipts.Text && !beyondASCII(r.Text) {
				t.Errorf("row %d: %q went as dots", i, r.Text)
			}
		case native:
			if r.Kind == receipts.QR && empty(m) {
				m = next()
			}
			if m.symbol == nil || m.symbol.Data != r.Payload {
				t.Fatalf("row %d: %+v, want the code %q", i, m, r.Payload)
			}
			if middle := m.at.Min.X + m.at.Max.X; middle < sheet.Dots-2 || middle > sheet.Dots+2 {
				t.Errorf("row %d: code at %v of %d", i, m.at, sheet.Dots)
			}
			if r.Kind == receipts.QR && !empty(next()) {
				t.Errorf("row %d: no white below the code", i)
			}
		case m.line == nil:
			t.Fatalf("row %d %q: %+v", i, r.Text, m.symbol)
		case r.Kind == receipts.Blank:
			if !empty(m) {
				t.Errorf("row %d: %q for an empty row", i, m.line.Text)
			}
		case r.Kind == receipts.Rule:
			if m.line.Text != strings.Repeat("-", sheet.Columns) {
				t.Errorf("row %d: rule %q", i, m.line.Text)
			}
		default:
			holdLine(t, i, *m.line, r, sheet)
			if beyondASCII(r.Text) {
				foreign++
			}
		}
	}
	for _, m := range left {
		if !empty(m) {
			t.Errorf("below the slip: %+v", m)
		}
	}
	return foreign
}

func beyondASCII(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return c >= 0x7F })
}

// holdLine compares a line of text with its row: what it says, where it stands
// to the dot, and how it looks.
func holdLine(t testing.TB, i int, l simulator.Line, r receipts.Row, sheet receipts.Paper) {
	t.Helper()
	if l.Wrapped || l.Text != r.Text {
		t.Errorf("row %d reads %q, want %q", i, l.Text, r.Text)
		return
	}
	if r.Text == "" {
		return
	}
	wide := sheet.Span(r.Text) * sheet.CellWidth(r.Size)
	from := map[receipts.Align]int{receipts.Left: 0, receipts.Centre: (sheet.Dots - wide) / 2, receipts.Right: sheet.Dots - wide}[r.Align]
	if l.Bounds.Min.X != from || l.Bounds.Dx() != wide {
		t.Errorf("row %d %q from dot %d, %d wide; want %d, %d", i, r.Text, l.Bounds.Min.X, l.Bounds.Dx(), from, wide)
	}
	high := map[receipts.Size]int{receipts.Double: 2, receipts.Tall: 2}[r.Size]
	for _, span := range l.Spans {
		if span.Bold != r.Bold || span.Height != max(high, 1) || span.Underline != 0 || span.Reverse {
			t.Errorf("row %d %q looks %+v, want bold %v and size %d", i, span.Text, span.Style, r.Bold, r.Size)
		}
	}
}

// holdDots compares a slip printed as dots with its preview, pixel for pixel.
func holdDots(t testing.TB, got simulator.Slip, s receipts.Slip, sheet receipts.Paper) {
	t.Helper()
	data, err := raster.PNG(s, sheet)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	preview, ok := decoded.(*image.Paletted)
	if !ok {
		t.Fatalf("the preview is %T", decoded)
	}
	margin := (preview.Bounds().Dx() - sheet.Dots) / 2
	bounds := preview.Bounds().Inset(margin)
	if margin < 0 || bounds.Dx() != sheet.Dots || bounds.Dy() > got.Picture.Bounds().Dy() {
		t.Fatalf("preview %v, paper %v", preview.Bounds(), got.Picture.Bounds())
	}
	black := 0
	for y := range got.Picture.Bounds().Dy() {
		for x := range sheet.Dots {
			ink := got.Picture.Black(x, y)
			seen := false
			if y < bounds.Dy() {
				seen = preview.ColorIndexAt(margin+x, margin+y) == 1
			}
			if ink != seen {
				t.Fatalf("dot %d,%d is black on paper: %v, on the preview: %v", x, y, ink, seen)
			}
			if ink {
				black++
			}
		}
	}
	if black < 500 || got.Text() != "" || len(got.Symbols) > 0 {
		t.Errorf("%d black dots, %d codes of the head, and text %q", black, len(got.Symbols), got.Text())
	}
}

var everySlip = flag.Bool("every-slip", false, "print every slip on every printer; otherwise each printer prints some of them")

func TestEverySlipOnEveryPrinter(t *testing.T) {
	slips := approved(t)
	names := slices.Sorted(maps.Keys(slips))
	cuts := []escpos.Cut{escpos.CutPartial, escpos.CutFull, escpos.CutNone}
	modes := []escpos.TextMode{escpos.TextRaster, escpos.TextGB18030, escpos.TextGB2312, escpos.TextCP437, escpos.TextCP858}
	for i, mode := range modes {
		for j, paper := range receipts.Papers() {
			t.Run(string(mode)+" "+paper.Name, func(t *testing.T) {
				for n, name := range names {
					// Every slip goes in every mode, and every paper gets every
					// kind of slip and of printer.
					if !*everySlip && n%len(receipts.Papers()) != (i+j)%len(receipts.Papers()) {
						continue
					}
					k := n + i + 5*j
					holdSlip(t, name, slips[name], escpos.Profile{
						Paper: paper, Text: mode, Cut: cuts[k/8%3], NativeQR: k%2 == 0, NativeBarcode: k/2%2 == 0, AskStatus: k/3%2 == 0,
					}, k/4%2 == 1)
				}
			})
		}
	}
}

// TestEveryTextModeOnItsHead is the same for the modes that few shops need, and
// each must print something of its own as text.
func TestEveryTextModeOnItsHead(t *testing.T) {
	slips := approved(t)
	for _, mode := range escpos.Modes() {
		t.Run(string(mode), func(t *testing.T) {
			foreign := 0
			for _, name := range []string{"sale.en", "sale.zh", "codes and a logo"} {
				foreign += holdSlip(t, name, slips[name], escpos.Profile{
					Paper: receipts.Paper58, Text: mode, Cut: escpos.CutPartial, NativeQR: true, NativeBarcode: true,
				}, false)
			}
			if none := mode == escpos.TextRaster || mode == escpos.TextASCII; none != (foreign == 0) {
				t.Errorf("%d lines of text beyond ASCII", foreign)
			}
		})
	}
}

func holdSlip(t *testing.T, name string, s receipts.Slip, p escpos.Profile, odd bool) (foreign int) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		job, err := escpos.Encode(s, p)
		if err != nil {
			t.Fatal(err)
		}
		got := printed(t, job, p, headOf(p, odd))
		if p.Text == escpos.TextRaster {
			holdDots(t, got, s, p.Sheet())
		} else {
			foreign = holdText(t, got, s, p)
		}
	})
	return foreign
}

// TestPrintedCodesScan reads the codes from the drawn paper.
func TestPrintedCodesScan(t *testing.T) {
	s := codesAndLogo()
	for _, paper := range receipts.Papers() {
		for _, p := range []escpos.Profile{
			{Paper: paper, Text: escpos.TextRaster, Cut: escpos.CutFull},
			{Paper: paper, Text: escpos.TextCP437, Cut: escpos.CutFull},
			{Paper: paper, Text: escpos.TextGB18030, Cut: escpos.CutFull, NativeQR: true, NativeBarcode: true},
		} {
			t.Run(fmt.Sprintf("%s %s", p.Text, paper.Name), func(t *testing.T) {
				job, err := escpos.Encode(s, p)
				if err != nil {
					t.Fatal(err)
				}
				sheet := printed(t, job, p, headOf(p, false)).Picture.Sheet()
				bits, err := gozxing.NewBinaryBitmapFromImage(sheet)
				if err != nil {
					t.Fatal(err)
				}
				if r, err := qrcode.NewQRCodeReader().Decode(bits, nil); err != nil || r.GetText() != "90326516717727517378" {
					t.Errorf("QR code %v, %v", r, err)
				}
				hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
				if r, err := oned.NewCode128Reader().Decode(bits, hints); err != nil ||
					!slices.Contains([]string{"90326516717727517378", "90321604717727517378"}, r.GetText()) {
					t.Errorf("barcode %v, %v", r, err)
				}
			})
		}
	}
}

// TestTheProbeOnHeads prints the slip that asks which lines can be read: on a
// Chinese head all three, on others those that they can.
func TestTheProbeOnHeads(t *testing.T) {
	page := receipts.ProbePage{
		Title: "WHICH CAN YOU READ?", Intro: "Three lines follow.",
		Lines: [3]string{"A  港式奶茶 ￥45.50", "B  Café Müller £45.50 ß", "C  กาแฟ 咖啡 Café"},
		Outro: "Choose the first letter whose line is right.",
	}
	for _, paper := range receipts.Papers() {
		p := escpos.Profile{Paper: paper, Cut: escpos.CutPartial}
		job, err := escpos.Probe(page, p)
		if err != nil {
			t.Fatal(err)
		}
		got := printed(t, job, p, simulator.Head{Dots: paper.Dots, RasterRows: 255, SwitchEndsLine: true})
		if want := page.Lines[0] + "\n" + page.Lines[1] + "\n"; got.Text() != want {
			t.Errorf("%s: a Chinese head writes %q, want %q", paper.Name, got.Text(), want)
		}
		last := marks(got)
		drawn, err := raster.DrawRow(receipts.Layout(receipts.Slip{Lines: []receipts.Line{{Left: page.Lines[2]}}}, paper)[0], paper)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, m := range last {
			found = found || m.image != nil && sameDots(got.Picture, m.at.Min.Y, drawn) == nil
		}
		if !found {
			t.Errorf("%s: the line of dots is not on the paper", paper.Name)
		}
		western, misprints := simulator.Decode(job, simulator.Head{Dots: paper.Dots, Script: simulator.Western})
		if text := western.Text(); !strings.Contains(text, page.Lines[1]) || strings.Contains(text, "港") || len(misprints) == 0 {
			t.Errorf("%s: a Western head writes %q", paper.Name, text)
		}
	}
}

// TestPaperOfReceiptlineReadsTheSame prints what another encoder made of two
// slips (receipts/escpos/bench), and ours beside it.
func TestPaperOfReceiptlineReadsTheSame(t *testing.T) {
	for name, mode := range map[string]escpos.TextMode{"slip.zh": escpos.TextGB18030, "slip.en": escpos.TextCP437} {
		folder := slipsFolder + "/escpos/bench/"
		theirs, err := os.ReadFile(folder + name + ".receiptline.bin")
		if err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(folder + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var s receipts.Slip
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		p := escpos.Profile{Paper: receipts.Paper80, Text: mode, Cut: escpos.CutPartial, NativeQR: true}
		ours, err := escpos.Encode(s, p)
		if err != nil {
			t.Fatal(err)
		}
		read := func(job []byte) (text []string, codes []string) {
			slip := printed(t, job, p, simulator.Head{})
			for _, l := range slip.Lines {
				if l.Text != "" && strings.Trim(l.Text, "-─▁▂▔") != "" {
					text = append(text, fmt.Sprintf("%q at %d", strings.TrimSpace(l.Text), l.Bounds.Max.X))
				}
			}
			for _, c := range slip.Symbols {
				codes = append(codes, fmt.Sprintf("%s %s %c %v", c.Kind, c.Data, c.Level, c.Bounds.Dx()))
			}
			return text, codes
		}
		gotText, gotCodes := read(ours)
		wantText, wantCodes := read(theirs)
		if len(gotText) != 10 || !slices.Equal(gotText, wantText) {
			t.Errorf("%s: lines\n%s\ntheirs\n%s", name, strings.Join(gotText, "\n"), strings.Join(wantText, "\n"))
		}
		if len(gotCodes) != 1 || !slices.Equal(gotCodes, wantCodes) {
			t.Errorf("%s: codes %q, theirs %q", name, gotCodes, wantCodes)
		}
	}
}
