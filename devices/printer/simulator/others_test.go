package simulator

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// The decoder is held against what other people's encoders make of slips;
// testdata/README.md tells of them.

func recorded(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.bin")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d recorded jobs, %v", len(files), err)
	}
	return files
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhatOtherEncodersAskedFor(t *testing.T) {
	rule := func(n int) string { return strings.Repeat("─", n) }
	gap := func(n int) string { return strings.Repeat(" ", n) }
	plain, bold, wide, big := Style{Width: 1, Height: 1}, Style{Width: 1, Height: 1, Bold: true}, Style{Width: 2, Height: 1}, Style{Width: 2, Height: 2}
	under := Style{Width: 1, Height: 1, Underline: 1}
	under2 := Style{Width: 1, Height: 1, Underline: 2}
	const link, number = "https://example.com/s/9012", "9012345678"
	for _, c := range []struct {
		file      string
		head      Head
		text      string
		spans     map[int][]Span // by line, without blanks at the ends
		align     map[int]Align
		symbols   []Symbol // without bounds
		images    []string
		cut       Cut
		pulses    int
		misprints []string
	}{
		{
			file: "receiptline-80-gb18030.bin",
			text: gap(15) + "总店 Shop\n粗体 Bold" + gap(35) + "右 R\n" + rule(48) + "\n苹果 Apple" + gap(31) + "￥12.50\n总计" + gap(26) + "￥25.00\n" + rule(48) + "\n",
			spans: map[int][]Span{
				0: {{"总店 Shop", big}}, 1: {{"粗体 Bold", bold}, {"右 R", plain}},
				3: {{"苹果 Apple", under2}, {"￥12.50", plain}}, 4: {{"总计", wide}, {"￥25.00", wide}},
			},
			symbols: []Symbol{{Kind: "CODE128", Data: number, Module: 2}},
			images:  []string{"GS 8 L"}, cut: Partial,
		},
		{
			file: "receiptline-58-gb18030.bin", head: Head{Dots: 384},
			text: gap(7) + "总店 Shop\n粗体 Bold" + gap(19) + "右 R\n" + rule(32) + "\n苹果 Apple" + gap(15) + "￥12.50\n总计" + gap(10) + "￥25.00\n" + rule(32) + "\n",
			spans: map[int][]Span{
				0: {{"总店 Shop", big}}, 1: {{"粗体 Bold", bold}, {"右 R", plain}}, 4: {{"总计", wide}, {"￥25.00", wide}},
			},
			symbols: []Symbol{{Kind: "CODE128", Data: number, Module: 2}},
			images:  []string{"GS v 0"}, cut: Partial,
		},
		{
			file: "receiptline-80-shiftjis.bin", head: Head{Script: Japanese},
			text:  gap(13) + "領収書 Shop\n太字 ｶﾅ" + gap(37) + "右 R\n" + rule(48) + "\nりんご Apple" + gap(29) + "￥1,250\n",
			spans: map[int][]Span{0: {{"領収書 Shop", big}}, 1: {{"太字 ｶﾅ", bold}, {"右 R", plain}}},
			cut:   Partial,
		},
		{
			file: "receipt-printer-encoder.bin", head: Head{Script: Western},
			text:  gap(19) + "Total\n" + gap(21) + "Bold é\nLeft Ωж\n" + rule(48) + "\nunder\n" + gap(42) + "€12.50\n",
			spans: map[int][]Span{0: {{gap(19), plain}, {"Total", big}}, 1: {{gap(21), plain}, {"Bold é", bold}}, 4: {{"under", under}}},
			symbols: []Symbol{
				{Kind: "QR", Data: link, Level: 'Q', Module: 6}, {Kind: "CODE128", Data: number, Module: 3},
			},
			cut: Partial, pulses: 1,
		},
		{
			file:  "node-thermal-printer.bin",
			text:  "合计 Total\n粗体 Bold\n" + strings.Repeat("-", 48) + "\nApple" + gap(38) + "12.50\ninverse\n",
			align: map[int]Align{0: Center, 1: Center, 3: Left},
			spans: map[int][]Span{ // ESC ! widens letters, and Chinese characters want FS !
				0: {{"合计", plain}, {" Total", wide}}, 1: {{"粗体 Bold", bold}}, 4: {{"inverse", Style{Reverse: true, Width: 1, Height: 1}}},
			},
			symbols: []Symbol{{Kind: "QR", Data: link, Level: 'H', Module: 6}},
			cut:     Full, pulses: 1,
			// It opens the drawer without the pulse's times, and so eats what
			// comes next.
			misprints: []string{"control byte 01 is no command"},
		},
	} {
		t.Run(c.file, func(t *testing.T) {
			paper, misprints := Decode(read(t, "testdata/"+c.file), c.head)
			var reasons []string
			for _, m := range misprints {
				reasons = append(reasons, m.Reason)
			}
			if !slices.Equal(reasons, c.misprints) {
				t.Errorf("misprints %q, want %q", reasons, c.misprints)
			}
			if len(paper.Slips) != 1 {
				t.Fatalf("%d slips", len(paper.Slips))
			}
			s := paper.Slips[0]
			if got := s.Text(); got != c.text {
				t.Errorf("text\n%swant\n%s", got, c.text)
			}
			for i, want := range c.spans {
				if got := s.Lines[i].Spans; !slices.Equal(got, want) {
					t.Errorf("line %d: %v, want %v", i, got, want)
				}
			}
			for i, want := range c.align {
				if got := s.Lines[i].Align; got != want {
					t.Errorf("line %d is aligned %v, want %v", i, got, want)
				}
			}
			var symbols []Symbol
			for _, x := range s.Symbols {
				got := see(t, s.Picture, x.Bounds, x.Kind)
				if got != x.Data {
					t.Errorf("%s of %q is read as %q", x.Kind, x.Data, got)
				}
				x.Bounds = image.Rectangle{}
				symbols = append(symbols, x)
			}
			if !slices.Equal(symbols, c.symbols) {
				t.Errorf("symbols %v, want %v", symbols, c.symbols)
			}
			var images []string
			for _, x := range s.Images {
				images = append(images, x.Command)
				if got := see(t, s.Picture, x.Bounds, "QR"); got != link {
					t.Errorf("the picture is read as %q", got)
				}
			}
			if !slices.Equal(images, c.images) || s.Cut != c.cut || len(s.Pulses) != c.pulses {
				t.Errorf("images %v, cut %v, pulses %v", images, s.Cut, s.Pulses)
			}
		})
	}
}

// see reads a symbol from the paper.
func see(t *testing.T, p *Picture, where image.Rectangle, kind string) string {
	t.Helper()
	text, err := scan(p, where, kind)
	if err != nil {
		t.Errorf("%s at %v: %v", kind, where, err)
	}
	return text
}

func scan(p *Picture, where image.Rectangle, kind string) (string, error) {
	const quiet = 40
	cut := image.NewGray(image.Rect(0, 0, where.Dx()+2*quiet, where.Dy()+2*quiet))
	for i := range cut.Pix {
		cut.Pix[i] = 0xff
	}
	for y := range where.Dy() {
		for x := range where.Dx() {
			if p.Black(where.Min.X+x, where.Min.Y+y) {
				cut.Pix[cut.PixOffset(x+quiet, y+quiet)] = 0
			}
		}
	}
	dots, err := gozxing.NewBinaryBitmapFromImage(cut)
	if err != nil {
		return "", err
	}
	var reader gozxing.Reader
	switch kind {
	case "QR":
		reader = qrcode.NewQRCodeReader()
	case "CODE128":
		reader = oned.NewCode128Reader()
	default:
		return "", fmt.Errorf("no reader for %s", kind)
	}
	found, err := reader.Decode(dots, nil)
	if err != nil {
		return "", err
	}
	return found.GetText(), nil
}

func TestCode128IsRead(t *testing.T) {
	for _, c := range []struct{ data, want string }{
		{"{B9012-Abz", "9012-Abz"},
		{"{A9012 AB", "9012 AB"},
		{"{C\x5a\x0c\x22\x38\x4e", "9012345678"},
		{"{B90{C\x0c\x22\x38{Bx", "90123456x"},
		{"{Babc{SDef", "abcDef"}, // a shift to A, which has the same capitals
		{"{Ba{{b", "a{b"},
	} {
		for _, module := range []int{2, 3} {
			paper, misprints := Decode(bytesOf(0x1b, "a", 1, 0x1d, "w", module, 0x1d, "h", 60, 0x1d, "H", module, 0x1d, "kI", len(c.data), c.data), Head{})
			if len(misprints) > 0 || len(paper.Hanging.Symbols) != 1 {
				t.Errorf("%q: %v", c.data, misprints)
				continue
			}
			s := paper.Hanging.Symbols[0]
			if s.Data != c.want || s.Module != module {
				t.Errorf("%q: %+v", c.data, s)
			}
			if got := see(t, paper.Hanging.Picture, s.Bounds, "CODE128"); got != c.want {
				t.Errorf("%q is read as %q", c.data, got)
			}
		}
	}
}

func TestQRIsRead(t *testing.T) {
	for level, letter := range "LMQH" {
		for _, module := range []int{2, 3, 8} {
			const data = "https://example.com/s/90120000000012345678"
			paper, misprints := Decode(bytesOf(0x1b, "a", 2,
				0x1d, "(k", 4, 0, "1A2", 0, 0x1d, "(k", 3, 0, "1C", module, 0x1d, "(k", 3, 0, "1E", 48+level,
				0x1d, "(k", len(data)+3, 0, "1P0", data, printTheQR), Head{})
			if len(misprints) > 0 || len(paper.Hanging.Symbols) != 1 {
				t.Fatal(misprints)
			}
			s := paper.Hanging.Symbols[0]
			if s.Data != data || s.Module != module || s.Level != byte(letter) || s.Bounds.Max.X != 576 {
				t.Errorf("%+v", s)
			}
			if got := see(t, paper.Hanging.Picture, s.Bounds, "QR"); got != data {
				t.Errorf("level %c, module %d is read as %q", letter, module, got)
			}
		}
	}
}
