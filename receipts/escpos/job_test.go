package escpos_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ringup/receipts"
	"ringup/receipts/escpos"
	"ringup/receipts/raster"
)

var update = flag.Bool("update", false, "write the golden files anew")

// slip is one of the slips that the receipts package's own tests approve.
func slip(t testing.TB, name string) receipts.Slip {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var s receipts.Slip
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// profiles are the printers that golden jobs are made for.
var profiles = map[string]escpos.Profile{
	"58-gb18030": {Paper: receipts.Paper58, Text: escpos.TextGB18030, Cut: escpos.CutNone},
	"80-gb18030": {Paper: receipts.Paper80, Text: escpos.TextGB18030, Cut: escpos.CutPartial, NativeQR: true, NativeBarcode: true, AskStatus: true},
	"58-raster":  {Paper: receipts.Paper58, Text: escpos.TextRaster, Cut: escpos.CutPartial},
	"80-cp858":   {Paper: receipts.Paper80Narrow, Text: escpos.TextCP858, Cut: escpos.CutFull, NativeQR: true},
	"80-jp":      {Paper: receipts.Paper80, Text: escpos.TextShiftJIS, Cut: escpos.CutPartial, NativeQR: true},
}

// jobs are the slips that have golden jobs, and for which printers.
var jobs = map[string][]string{
	"sale.en":      {"58-gb18030", "80-gb18030", "58-raster", "80-cp858"},
	"sale.zh":      {"58-gb18030", "80-gb18030", "58-raster", "80-cp858"},
	"sale.ja":      {"80-jp"},
	"refund.zh":    {"58-gb18030", "80-gb18030", "58-raster", "80-cp858"},
	"declined.zh":  {"80-gb18030"},
	"cancelled.zh": {"80-gb18030"},
	"copy.ja":      {"80-jp"},
	"order.zh":     {"80-gb18030"},
	"bilingual.zh": {"80-gb18030"},
	"sofar.zh":     {"80-gb18030"},
	"day.zh":       {"80-gb18030"},
	"test.zh":      {"80-gb18030"},
}

func TestJobsAreTheCapturedOnes(t *testing.T) {
	for name, printers := range jobs {
		for _, profile := range printers {
			file, p := name+"-"+profile+".bin", profiles[profile]
			t.Run(file, func(t *testing.T) {
				job, err := escpos.Encode(slip(t, name), p)
				if err != nil {
					t.Fatal(err)
				}
				path := filepath.Join("..", "testdata", file)
				if *update {
					if err := os.WriteFile(path, job, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(job, want) {
					t.Errorf("%s differs: %d bytes for %d; look at it, then run go test -update", file, len(job), len(want))
				}
				readBack(t, slip(t, name), p, job)
			})
		}
	}
}

// readBack prints a job on the decoder and compares with the slip's rows.
func readBack(t testing.TB, s receipts.Slip, p escpos.Profile, job []byte) *paper {
	t.Helper()
	sheet := p.Sheet()
	got, err := decode(job, p)
	if err != nil {
		t.Fatalf("%v\n% X", err, job)
	}
	rows := receipts.Layout(s, sheet)
	cuts := map[escpos.Cut]string{escpos.CutNone: "", escpos.CutPartial: "B", escpos.CutFull: "A"}[p.Cut]
	asked := 0
	if p.AskStatus {
		asked = 1
	}
	if got.resets != 1 || !bytes.HasPrefix(job, []byte{0x1B, '@'}) || string(got.cuts) != cuts ||
		(got.fed >= 4) != (p.Cut == escpos.CutNone) || got.asked != asked || got.pulses != 0 || got.chinese != sheet.Wide {
		t.Fatalf("job did %+v", *got)
	}
	if p.Text == escpos.TextRaster {
		want, err := raster.Draw(s, sheet)
		if err != nil {
			t.Fatal(err)
		}
		var pix []byte
		for _, l := range got.lines {
			if l.picture == nil {
				t.Fatalf("text %q in a job of dots", l.text)
			}
			pix = append(pix, l.picture.Pix...)
		}
		if !bytes.Equal(pix, want.Pix) {
			t.Fatal("the print is not the preview, dot for dot")
		}
		return got
	}
	var printed []printed
	for _, l := range got.lines {
		if n := len(printed); l.qr != "" && n > 0 && printed[n-1].text == "" {
			printed[n-1] = l // with the empty lines around it
		} else if n > 0 && printed[n-1].qr != "" && !printed[n-1].spaced && l.text == "" {
			printed[n-1].spaced = true
		} else {
			printed = append(printed, l)
		}
	}
	for i, r := range rows {
		if len(printed) == 0 {
			t.Fatalf("only %d lines printed of %d", i, len(rows))
		}
		l := printed[0]
		printed = printed[1:]
		switch {
		case r.Kind == receipts.Barcode && l.bars != "":
			if l.bars != r.Payload || l.dots < 2 || !p.NativeBarcode {
				t.Errorf("barcode %q of %d dots, want %q", l.bars, l.dots, r.Payload)
			}
		case r.Kind == receipts.QR && p.NativeQR:
			if l.qr != r.Payload || l.dots < 4 || !l.spaced {
				t.Errorf("code %q of %d dots, want %q", l.qr, l.dots, r.Payload)
			}
		case l.picture != nil:
			if r.Kind == receipts.Text && p.Text != escpos.TextRaster && ascii(r.Text) {
				t.Errorf("%q went as dots", r.Text)
			}
			want, err := raster.DrawRow(r, sheet)
			if err != nil {
				t.Fatal(err)
			}
			pix := bytes.Clone(l.picture.Pix)
			for len(pix) < len(want.Pix) && len(printed) > 0 && printed[0].picture != nil { // in slices
				pix = append(pix, printed[0].picture.Pix...)
				printed = printed[1:]
			}
			if !bytes.Equal(pix, want.Pix) {
				t.Errorf("line %d: dots differ from the preview's", i)
			}
		case r.Kind == receipts.Rule:
			if l.text != strings.Repeat("-", sheet.Columns) {
				t.Errorf("rule %q", l.text)
			}
		case r.Kind == receipts.QR:
			t.Errorf("line %d is no code", i)
		case l.text != r.Text, l.text != "" && (l.align != r.Align || l.bold != r.Bold || l.size != sizeOn(sheet, r.Size)):
			t.Errorf("line %d reads %+v, want %+v", i, l, r)
		}
	}
	if len(printed) > 0 {
		t.Fatalf("%d lines too many", len(printed))
	}
	return got
}

// sizeOn is the size that a head prints: where columns are font B's, Small is
// the same as Normal.
func sizeOn(sheet receipts.Paper, s receipts.Size) receipts.Size {
	if sheet.Cell == 9 && s == receipts.Small {
		return receipts.Normal
	}
	return s
}

func ascii(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x7F }) }

func TestEveryTextModeSaysTheSame(t *testing.T) {
	for _, mode := range escpos.Modes() {
		for _, sheet := range []receipts.Paper{receipts.Papers()[1], receipts.Paper80} {
			for _, name := range []string{"sale.en", "sale.ja", "day.zh", "test.en"} {
				t.Run(string(mode)+" "+sheet.Name+" "+name, func(t *testing.T) {
					p := escpos.Profile{Paper: sheet, Text: mode, Cut: escpos.CutPartial}
					job, err := escpos.Encode(slip(t, name), p)
					if err != nil {
						t.Fatal(err)
					}
					readBack(t, slip(t, name), p, job)
				})
			}
		}
	}
}

// lines makes a slip of left-aligned texts.
func lines(texts ...string) receipts.Slip {
	var s receipts.Slip
	for _, text := range texts {
		s.Lines = append(s.Lines, receipts.Line{Left: text})
	}
	return s
}

func TestWhatAHeadLacksGoesAsDots(t *testing.T) {
	for name, c := range map[string]struct {
		mode escpos.TextMode
		text string
		dots bool
	}{
		"Chinese in Chinese mode":               {escpos.TextGB18030, "港式奶茶 36.00", false},
		"a yuan sign, as the full-width one":    {escpos.TextGB18030, "¥12", false},
		"the euro in Chinese mode":              {escpos.TextGB18030, "€5", false},
		"a character of four bytes":             {escpos.TextGB18030, "𠮷野家", true},
		"a character of extension A":            {escpos.TextGB18030, "㗎", true},
		"a peso sign in Chinese mode":           {escpos.TextGB18030, "₱50", true},
		"an emoji":                              {escpos.TextGB18030, "tea 👍", true},
		"a private character":                   {escpos.TextGB18030, "\uE000", true},
		"a GBK character on a GB 2312 head":     {escpos.TextGB2312, "堃", true},
		"a common character on a GB 2312 head":  {escpos.TextGB2312, "奶茶", false},
		"Chinese on a Latin head":               {escpos.TextCP437, "奶茶", true},
		"an accent that the code page has":      {escpos.TextCP858, "café 5 €", false},
		"an accent that is written in two":      {escpos.TextCP858, "cafe\u0301", false},
		"a euro that the code page lacks":       {escpos.TextCP437, "5 €", true},
		"Cyrillic in its code page":             {escpos.TextCP866, "Чай", false},
		"an accent on a head with nothing else": {escpos.TextASCII, "café", true},
		"Japanese on a Japanese head":           {escpos.TextShiftJIS, "抹茶ラテ ﾗﾃ ￥480", false},
		"a yuan sign on a Japanese head":        {escpos.TextShiftJIS, "¥480", false},
		"an overline, which is no tilde there":  {escpos.TextShiftJIS, "‾", true},
		"a character that only NEC has":         {escpos.TextShiftJIS, "①", true},
		"a character that only IBM has":         {escpos.TextShiftJIS, "髙", true},
		"Simplified Chinese on a Japanese head": {escpos.TextShiftJIS, "饮", true},
		"Korean on a Korean head":               {escpos.TextKorean, "아메리카노 4,500", false},
		"a won sign, as the full-width one":     {escpos.TextKorean, "₩4,500", false},
		"a syllable that KS X 1001 lacks":       {escpos.TextKorean, "똠", true},
		"traditional Chinese in Taiwan":         {escpos.TextBig5, "珍珠奶茶 ￥60", false},
		"Simplified Chinese in Taiwan":          {escpos.TextBig5, "饮", true},
		"half-width katakana":                   {escpos.TextKatakana, "ﾌﾟﾚﾐｱﾑ", false},
		"katakana of full width":                {escpos.TextKatakana, "ラテ", true},
		"Turkish":                               {escpos.TextCP857, "Şişli İğde ığ", false},
		"Turkish, Windows":                      {escpos.TextCP1254, "Şişli İğde ığ €", false},
		"Greek":                                 {escpos.TextCP737, "Καφές Ώρα ΐ", true},
		"Greek that the page has":               {escpos.TextCP737, "Καφές Ώρα", false},
		"Greek, Windows":                        {escpos.TextCP1253, "Καφές Ώρα ΐ €", false},
		"Cyrillic, Windows":                     {escpos.TextCP1251, "Чай №1 €", false},
		"Cyrillic of the south":                 {escpos.TextCP855, "Ђумбир", false},
		"Polish":                                {escpos.TextCP1250, "Żółta gęś €", false},
		"Portuguese":                            {escpos.TextCP860, "Pão Ã", false},
		"French of Canada":                      {escpos.TextCP863, "Pâté Ê", false},
		"Danish":                                {escpos.TextCP865, "Smørrebrød", false},
		"Thai anywhere":                         {escpos.TextCP437, "ชาไทย", true},
	} {
		t.Run(name, func(t *testing.T) {
			p := escpos.Profile{Paper: receipts.Paper58, Text: c.mode, Cut: escpos.CutNone}
			job, err := escpos.Encode(lines(c.text, "next"), p)
			if err != nil {
				t.Fatal(err)
			}
			got := readBack(t, lines(c.text, "next"), p, job)
			if (got.lines[0].picture != nil) != c.dots {
				t.Errorf("%q as dots: %v, want %v", c.text, !c.dots, c.dots)
			}
			if got.lines[1].text != "next" {
				t.Errorf("the line after reads %q", got.lines[1].text)
			}
		})
	}
}

// The bytes that escpos-php and receipt-printer-encoder both send, captured
// from them.
func TestCommandsAreTheAgreedBytes(t *testing.T) {
	s := receipts.Slip{Lines: []receipts.Line{
		{Left: "合计", Align: receipts.Centre},
		{Left: "A", Bold: true},
		{Left: "B", Size: receipts.Double},
		{Kind: receipts.QR, Payload: "1234"},
	}}
	job, err := escpos.Encode(s, escpos.Profile{Paper: receipts.Paper58, Text: escpos.TextGB18030, Cut: escpos.CutPartial, NativeQR: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []byte("\x1B@" + // initialise
		"\x1BR\x00" + // the USA's set
		"\x1C&" + "\x1CS\x00\x00" + // Chinese mode, no gaps
		"\x1Ba\x01" + "\xBA\xCF\xBC\xC6\n" + // centred 合计
		"\x1Ba\x00" + "\x1BE\x01" + "A\n" + // bold
		"\x1BE\x00" + "\x1D!\x11" + "\x1C!\x0C" + "B\n" + // 2 × 2
		"\x1Ba\x01" + "\x1D!\x00" + "\x1C!\x00" +
		"\n" + "\x1D(k\x04\x001A2\x00" + "\x1D(k\x03\x001C\x06" + "\x1D(k\x03\x001E1" +
		"\x1D(k\x07\x001P01234" + "\x1D(k\x03\x001Q0" + "\n" +
		"\x1Ba\x00" +
		"\x1DVB\x00") // partial cut
	if !bytes.Equal(job, want) {
		t.Errorf("job\n% X, want\n% X", job, want)
	}
	if got := escpos.OpenDrawer(2); string(got) != "\x1Bp\x00\x19\xFA" {
		t.Errorf("drawer % X", got)
	}
	if got := escpos.OpenDrawer(5); string(got) != "\x1Bp\x01\x19\xFA" {
		t.Errorf("drawer on pin 5 % X", got)
	}
}

// The codes of GB18030 that printers have, in two bytes each.
func TestChineseModeWritesTheAgreedCodes(t *testing.T) {
	for text, want := range map[string]string{
		"中": "\xD6\xD0", "￥": "\xA3\xA4", "¥": "\xA3\xA4", "€": "\xA2\xE3", "…": "\xA1\xAD", "—": "\xA1\xAA",
		"·": "\xA1\xA4", "①": "\xA2\xD9", "囍": "\x87\xD6", "镕": "\xE9\x46", "堃": "\x88\xD2",
	} {
		job, err := escpos.Encode(lines(text), escpos.Profile{Paper: receipts.Paper58, Text: escpos.TextGB18030, Cut: escpos.CutNone})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(job, []byte(want+"\n")) {
			t.Errorf("%s: % X is not in % X", text, want, job)
		}
	}
}

func TestLongPicturesGoInSlices(t *testing.T) {
	var s receipts.Slip
	for range 40 {
		s.Lines = append(s.Lines, receipts.Line{Left: "港式奶茶", Right: "18.00"})
	}
	p := escpos.Profile{Paper: receipts.Paper80, Text: escpos.TextRaster, Cut: escpos.CutPartial}
	job, err := escpos.Encode(s, p)
	if err != nil {
		t.Fatal(err)
	}
	got := readBack(t, s, p, job)
	if len(got.lines) != (40*30+254)/255 {
		t.Errorf("%d slices", len(got.lines))
	}
}

func TestEncodeRefusesAPrinterThatCannotBe(t *testing.T) {
	good := escpos.Profile{Paper: receipts.Paper58, Text: escpos.TextRaster, Cut: escpos.CutNone}
	for name, change := range map[string]func(*escpos.Profile){
		"no way to print text": func(p *escpos.Profile) { p.Text = "utf8" },
		"no paper":             func(p *escpos.Profile) { p.Paper = receipts.Paper{} },
		"no cut":               func(p *escpos.Profile) { p.Cut = "" },
	} {
		t.Run(name, func(t *testing.T) {
			p := good
			change(&p)
			if job, err := escpos.Encode(lines("x"), p); err == nil {
				t.Errorf("made % X", job)
			}
		})
	}
	if _, err := escpos.Encode(receipts.Slip{Lines: []receipts.Line{{Kind: receipts.QR, Payload: strings.Repeat("港", 2000)}}}, good); err == nil {
		t.Error("a code of 6000 bytes was made")
	}
}

// FuzzNothingSaidBecomesACommand prints outside texts everywhere on a slip and
// reads the job back: if any byte of them were a command, the printed lines
// would not be the slip's, or the decoder would stop at it.
func FuzzNothingSaidBecomesACommand(f *testing.F) {
	modes := escpos.Modes()
	for i, seed := range []string{
		"tea", "\x1b@", "\x1dV\x00", "\x10\x04\x01", "\x10\x14\x01\x00\x05", "\x1bp\x00\x19\xfa", "\x1c.", "a\nb\r\tc",
		"\x7f\x80\x9f\u0080\u009b\u009f", "港\x1b港", "\xc4\x1b", "\x81\x30\x84\x36", "\u202egpj.exe", "e\u0301\u0301\u0301",
		"𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷", "\x00", "\x18", "\ufeff", "\u2028", "ＡＢＣ，。，。，。，。，。，。，。，。，。，。，。，。，。", "ǹ",
	} {
		for k := range 5 { // every mode meets a fifth of them
			mode := byte((i + 5*k) % len(modes))
			f.Add(seed, "45.50", mode)
			f.Add("item", seed, mode)
		}
	}
	f.Fuzz(func(t *testing.T, left, right string, mode byte) {
		if len(left)+len(right) > 400 {
			t.Skip("no text on a slip is that long")
		}
		s := receipts.Slip{Lines: []receipts.Line{
			{Left: left, Align: receipts.Centre, Bold: true, Size: receipts.Double},
			{Left: left, Right: right},
			{Left: right, Align: receipts.Centre, Size: receipts.Small},
			{Kind: receipts.Rule},
			{Left: left, Right: right, Size: receipts.Double, Bold: true},
			{Left: "end"},
		}}
		p := escpos.Profile{Paper: receipts.Paper58, Text: modes[int(mode)%len(modes)], Cut: escpos.CutPartial, AskStatus: true, NativeBarcode: true}
		if len(left)%2 == 1 {
			p.Paper = receipts.Papers()[1] // font B
		}
		if _, err := raster.DrawRow(receipts.Row{Kind: receipts.Barcode, Payload: right}, p.Paper); err == nil {
			s.Lines = append(s.Lines, receipts.Line{Kind: receipts.Barcode, Payload: right})
		}
		job, err := escpos.Encode(s, p)
		if err != nil {
			t.Fatal(err)
		}
		readBack(t, s, p, job)
		for _, r := range receipts.Layout(s, p.Sheet()) {
			if n := p.Sheet().Span(r.Text); n > p.Sheet().In(r.Size) {
				t.Errorf("row %q has %d columns", r.Text, n)
			}
			for _, c := range r.Text {
				if c < 0x20 || c >= 0x7F && c <= 0x9F {
					t.Errorf("control character %U in %q", c, r.Text)
				}
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	for name, p := range profiles {
		b.Run(name, func(b *testing.B) {
			s := slip(b, "sale.zh")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := escpos.Encode(s, p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
