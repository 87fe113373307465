package escpos_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ringup/assets"
	"ringup/receipts"
	"ringup/receipts/escpos"
	"ringup/receipts/raster"
)

func barcode(payload string) receipts.Slip {
	return receipts.Slip{Lines: []receipts.Line{{Left: "above"}, {Kind: receipts.Barcode, Payload: payload}, {Left: "below"}}}
}

// TestBarcodeIsTheAgreedBytes: "12345" is what escpos-php sends, but for the
// two digits to a byte, which receiptline sends too.
func TestBarcodeIsTheAgreedBytes(t *testing.T) {
	for payload, want := range map[string]string{
		"AB":                   "\x1dw\x03\x1dkI\x04{BAB",
		"90326516717727517378": "\x1dw\x02\x1dkI\x0c{C" + string([]byte{90, 32, 65, 16, 71, 77, 27, 51, 73, 78}),
		"a{b":                  "\x1dw\x03\x1dkI\x06{Ba{{b",
		"A1234":                "\x1dw\x03\x1dkI\x07{BA{C\x0c\x22",
	} {
		p := escpos.Profile{Paper: receipts.Paper58, Text: escpos.TextASCII, Cut: escpos.CutNone, NativeBarcode: true}
		job, err := escpos.Encode(barcode(payload), p)
		if err != nil {
			t.Fatal(err)
		}
		if want = "\x1ba\x01\x1dH\x02\x1df\x01\x1dh\x48" + want + "\x1ba\x00"; !bytes.Contains(job, []byte(want)) {
			t.Errorf("%s: % X is not in\n% X", payload, want, job)
		}
		readBack(t, barcode(payload), p, job)
	}
}

// TestNoBarcodeIsARealTimeCommand: two digits go in one byte, and some bytes a
// printer acts upon wherever they are; those codes go as dots.
func TestNoBarcodeIsARealTimeCommand(t *testing.T) {
	p := escpos.Profile{Paper: receipts.Paper58, Text: escpos.TextASCII, Cut: escpos.CutNone, NativeBarcode: true}
	for payload, dots := range map[string]bool{
		"90321604717727517378": true, // DLE EOT
		"90321605717727517378": true, // DLE ENQ
		"90321620717727517378": true, // DLE DC4
		"90316045717727517378": false,
		"90160327517727517378": false,
	} {
		job, err := escpos.Encode(barcode(payload), p)
		if err != nil {
			t.Fatal(err)
		}
		got := readBack(t, barcode(payload), p, job)
		if (got.lines[1].picture != nil) != dots {
			t.Errorf("%s as dots: %v", payload, !dots)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		payload := rapid.StringMatching(`[ -~]{0,4}[01246{]{0,16}[ -~]{0,4}`).Draw(rt, "payload")
		if payload == "" {
			return
		}
		p := p
		p.Paper = receipts.Paper80
		job, err := escpos.Encode(barcode(payload), p)
		if err != nil {
			return // wider than the paper
		}
		readBack(t, barcode(payload), p, job)
	})
}

// TestEverySlipCodeFits58 draws the code of every sale at 2 dots on the
// narrowest paper.
func TestEverySlipCodeFits58(t *testing.T) {
	modules, err := raster.BarcodeModules("90326516717727517378")
	if err != nil || raster.BarcodeDots(modules, receipts.Paper58) != 2 || raster.BarcodeDots(modules, receipts.Paper80) != 3 {
		t.Errorf("%d modules, %v", modules, err)
	}
}

func TestPicturesGoAsTheyAre(t *testing.T) {
	logo := receipts.Picture{Width: 80, Height: 600, Dots: make([]byte, 10*600)}
	for i := range logo.Dots {
		logo.Dots[i] = byte(i*7) | 0x80
	}
	s := receipts.Slip{Lines: []receipts.Line{{Kind: receipts.Image, Picture: &logo}, {Left: "below"}}}
	for _, mode := range []escpos.TextMode{escpos.TextRaster, escpos.TextGB18030} {
		p := escpos.Profile{Paper: receipts.Paper58, Text: mode, Cut: escpos.CutNone}
		job, err := escpos.Encode(s, p)
		if err != nil {
			t.Fatal(err)
		}
		if got := readBack(t, s, p, job); len(got.lines) < 3 {
			t.Errorf("%s: %d lines for 600 rows of dots and a text", mode, len(got.lines))
		}
	}
}

// TestColumnsOfNineDots: 42 columns on 58 mm are the head's font B, in which a
// Chinese character has no place.
func TestColumnsOfNineDots(t *testing.T) {
	sheet, err := receipts.PaperOf(58, 0, 42)
	if err != nil {
		t.Fatal(err)
	}
	s := receipts.Slip{Lines: []receipts.Line{
		{Left: strings.Repeat("1234567890", 4) + "12"},
		{Left: "港式奶茶", Right: "18.00"},
		{Left: "LARGE", Bold: true, Size: receipts.Double, Align: receipts.Centre},
		{Left: "small", Size: receipts.Small},
		{Left: "café", Right: "18.00"},
	}}
	for mode, dots := range map[escpos.TextMode]string{escpos.TextGB18030: "-*--*", escpos.TextCP858: "-*---", escpos.TextASCII: "-*--*"} {
		p := escpos.Profile{Paper: sheet, Text: mode, Cut: escpos.CutNone}
		job, err := escpos.Encode(s, p)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Count(job, []byte("\x1bM")) != 1 || !bytes.Contains(job, []byte("\x1bM\x01")) {
			t.Errorf("%s: fonts in % X", mode, job)
		}
		var went strings.Builder
		for _, l := range readBack(t, s, p, job).lines {
			went.WriteByte(map[bool]byte{true: '*', false: '-'}[l.picture != nil])
		}
		if got := went.String(); got != dots {
			t.Errorf("%s: text and dots %s, want %s", mode, got, dots)
		}
	}
}

func TestDrawerPulses(t *testing.T) {
	for pin, m := range map[int]byte{2: 0, 5: 1} {
		got := escpos.OpenDrawer(pin)
		if len(got) != 5 || string(got[:2]) != "\x1bp" || got[2] != m {
			t.Fatalf("pin %d: % X", pin, got)
		}
		// In units of 2 ms: long enough for a solenoid, short enough for its
		// coil, which may be on a fifth of the time.
		on, off := int(got[3])*2, int(got[4])*2
		if on < 50 || on > 200 || off < 4*on {
			t.Errorf("pin %d: %d ms on, %d ms off", pin, on, off)
		}
	}
}

// phrases are a language's slip texts.
type phrases map[string]string

func (p phrases) Say(key string, _ ...any) string { return p[key] }

// TestProbeInEveryLanguage prints the three lines that a person chooses from.
func TestProbeInEveryLanguage(t *testing.T) {
	files, err := assets.Languages.ReadDir("languages")
	if err != nil {
		t.Fatal(err)
	}
	probes := 0
	for _, file := range files {
		raw, err := assets.Languages.ReadFile("languages/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		words := phrases{}
		if err := json.Unmarshal(raw, &words); err != nil {
			t.Fatal(err)
		}
		if words["slip.probe.title"] == "" {
			continue
		}
		probes++
		for _, sheet := range receipts.Papers() {
			t.Run(file.Name()+" "+sheet.Name, func(t *testing.T) {
				page := receipts.Form{Words: words}.ProbeLines()
				job, err := escpos.Probe(page, escpos.Profile{Paper: sheet, Text: escpos.TextCP866, Cut: escpos.CutPartial, AskStatus: true})
				if err != nil {
					t.Fatal(err)
				}
				paper := escpos.Profile{Paper: sheet, Text: escpos.TextGB18030}
				paper.Paper.Cell = 12
				got, err := decode(job, paper)
				if err != nil {
					t.Fatal(err)
				}
				var texts []string
				drawn := 0
				for _, l := range got.lines {
					if l.picture != nil {
						drawn++
					} else {
						texts = append(texts, l.text)
					}
				}
				if want := []string{page.Lines[0], page.Lines[1]}; strings.Join(texts, "|") != strings.Join(want, "|") {
					t.Errorf("texts %q, want %q", texts, want)
				}
				if drawn < 6 || string(got.cuts) != "B" || got.asked != 1 || got.pulses != 0 {
					t.Errorf("%d pictures, cuts %q", drawn, got.cuts)
				}
			})
		}
	}
	if probes < 2 {
		t.Errorf("%d languages with a probe", probes)
	}
	bad := receipts.ProbePage{Lines: [3]string{"A", "B 港", "C"}}
	if job, err := escpos.Probe(bad, escpos.Profile{Paper: receipts.Paper58, Cut: escpos.CutNone}); err == nil {
		t.Errorf("Chinese in a code page: % X", job)
	}
}
