package raster_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"ringup/receipts"
	"ringup/receipts/raster"
)

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

// scan reads the QR code in a picture with a decoder that isn't ours.
func scan(t testing.TB, m image.Image) string {
	t.Helper()
	bits, err := gozxing.NewBinaryBitmapFromImage(m)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bits, nil)
	if err != nil {
		t.Fatalf("no code found: %v", err)
	}
	return result.GetText()
}

func TestPrintedCodesScan(t *testing.T) {
	long := strings.Repeat("https://shop.example/?", 10)
	for name, s := range map[string]receipts.Slip{
		"a sale's":            slip(t, "sale.en"),
		"a Chinese sale's":    slip(t, "sale.zh"),
		"a test page's":       slip(t, "test.zh"),
		"a code with an URL":  {Lines: []receipts.Line{{Kind: receipts.QR, Payload: long}, {Left: "end"}}},
		"a code with Chinese": {Lines: []receipts.Line{{Kind: receipts.QR, Payload: "港式奶茶"}, {Left: "end"}}},
	} {
		for _, p := range receipts.Papers() {
			t.Run(name+" on "+p.Name, func(t *testing.T) {
				data, err := raster.PNG(s, p)
				if err != nil {
					t.Fatal(err)
				}
				m, err := png.Decode(bytes.NewReader(data))
				if err != nil {
					t.Fatal(err)
				}
				want := ""
				for _, l := range s.Lines {
					if l.Kind == receipts.QR {
						want += l.Payload
					}
				}
				if got := scan(t, m); got != want {
					t.Errorf("scanned %q, want %q", got, want)
				}
			})
		}
	}
}

func TestCodesAreLargeEnough(t *testing.T) {
	for _, p := range receipts.Papers() {
		for squares := 21; squares <= 177; squares += 4 {
			n := raster.ModuleDots(squares, p)
			if n < 4 || n > 8 {
				t.Errorf("%d squares on %s: %d dots each", squares, p.Name, n)
			}
		}
	}
	if got, err := raster.Squares("90326516717000000000"); err != nil || got != 21 {
		t.Errorf("a slip's code has %d squares, %v", got, err)
	}
	if b, err := raster.Draw(receipts.Slip{Lines: []receipts.Line{{Kind: receipts.QR, Payload: strings.Repeat("x", 900)}}}, receipts.Paper58); err == nil {
		t.Errorf("a code wider than the paper was drawn %d dots wide", b.Width)
	}
}

// TestThePreviewIsThePrint takes the margins off the picture and finds the dots
// that go to the head.
func TestThePreviewIsThePrint(t *testing.T) {
	logo := &receipts.Picture{Width: 64, Height: 40, Dots: bytes.Repeat([]byte{0x10, 0x04, 0xFF, 0x10, 0x05, 0x10, 0x14, 0x01}, 40)}
	scripts := manyScripts()
	scripts.Lines = append(scripts.Lines, receipts.Line{Kind: receipts.Image, Picture: logo})
	for name, s := range map[string]receipts.Slip{"a sale": slip(t, "sale.zh"), "scripts, a barcode and a logo": scripts} {
		for _, p := range receipts.Papers() {
			b, err := raster.Draw(s, p)
			if err != nil {
				t.Fatal(err)
			}
			data, err := raster.PNG(s, p)
			if err != nil {
				t.Fatal(err)
			}
			m, err := png.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			margin := (p.Millimetres*8 - p.Dots) / 2
			if m.Bounds().Dx() != p.Millimetres*8 || b.Width != p.Dots {
				t.Fatalf("%s on %s: picture %v, head %d dots", name, p.Name, m.Bounds(), b.Width)
			}
			black := 0
			for y := range m.Bounds().Dy() {
				for x := range m.Bounds().Dx() {
					r, _, _, _ := m.At(x, y).RGBA()
					if (r == 0) != b.Black(x-margin, y-margin) {
						t.Fatalf("%s on %s: dot %d,%d differs", name, p.Name, x, y)
					}
					if r == 0 {
						black++
					}
				}
			}
			if black < 5000 {
				t.Errorf("%s on %s: only %d black dots", name, p.Name, black)
			}
			for _, command := range [][]byte{{0x10, 0x04}, {0x10, 0x05}, {0x10, 0x14}} {
				if bytes.Contains(b.Pix, command) {
					t.Errorf("%s on %s: the dots hold % X", name, p.Name, command)
				}
			}
		}
	}
}

// ink is the bounding box and the number of black dots of one row.
func ink(t testing.TB, r receipts.Row, p receipts.Paper) (box image.Rectangle, dots int) {
	t.Helper()
	b, err := raster.DrawRow(r, p)
	if err != nil {
		t.Fatal(err)
	}
	for y := range b.Height {
		for x := range b.Width {
			if b.Black(x, y) {
				box = box.Union(image.Rect(x, y, x+1, y+1))
				dots++
			}
		}
	}
	return box, dots
}

func TestCharactersStandInTheirColumns(t *testing.T) {
	for name, c := range map[string]struct {
		row      receipts.Row
		min, max int // where ink may be, in dots
	}{
		"a letter at the left":        {receipts.Row{Text: "M"}, 0, 12},
		"a letter in column 31":       {receipts.Row{Text: strings.Repeat(" ", 31) + "M"}, 372, 384},
		"a letter after Chinese":      {receipts.Row{Text: "　M"}, 24, 36},
		"a Chinese character":         {receipts.Row{Text: " 港"}, 12, 36},
		"a large letter":              {receipts.Row{Text: " M", Size: receipts.Double}, 24, 48},
		"a large Chinese character":   {receipts.Row{Text: "港", Size: receipts.Double}, 0, 48},
		"a tall letter":               {receipts.Row{Text: " M", Size: receipts.Tall}, 12, 24},
		"a small letter":              {receipts.Row{Text: " M", Size: receipts.Small}, 12, 21}, // 42 columns of 9 leave 6 dots
		"a bold letter":               {receipts.Row{Text: " M", Bold: true}, 12, 24},
		"a centred text":              {receipts.Row{Text: "MM", Align: receipts.Centre}, 180, 204},
		"a centred text of odd width": {receipts.Row{Text: "M", Align: receipts.Centre}, 186, 198},
		"a text at the right":         {receipts.Row{Text: "MM", Align: receipts.Right}, 360, 384},
		"a mark on its letter":        {receipts.Row{Text: " x\u0301"}, 12, 24},
	} {
		t.Run(name, func(t *testing.T) {
			box, dots := ink(t, c.row, receipts.Paper58)
			if dots < 10 || box.Min.X < c.min || box.Max.X > c.max || c.max-c.min > 12 && box.Dx() < (c.max-c.min)/2 {
				t.Errorf("ink of %d dots in %v, want in %d to %d", dots, box, c.min, c.max)
			}
		})
	}
}

func TestWeightsAndSizesDiffer(t *testing.T) {
	for _, text := range []string{"Paid", "已付款"} {
		_, plain := ink(t, receipts.Row{Text: text}, receipts.Paper58)
		_, bold := ink(t, receipts.Row{Text: text, Bold: true}, receipts.Paper58)
		box, _ := ink(t, receipts.Row{Text: text}, receipts.Paper58)
		large, _ := ink(t, receipts.Row{Text: text, Size: receipts.Double}, receipts.Paper58)
		if bold*10 < plain*11 {
			t.Errorf("%s: %d dots bold, %d plain", text, bold, plain)
		}
		if large.Dy() < box.Dy()*19/10 || large.Dx() < box.Dx()*19/10 {
			t.Errorf("%s: %v large, %v normal", text, large, box)
		}
	}
}

// TestNothingIsBlank: a character that no font has shows a sign for it.
func TestNothingIsBlank(t *testing.T) {
	for _, text := range []string{"A", "9", "é", "Ж", "Ω", "₩", "₱", "฿", "₫", "€", "¥", "￥", "港", "龘", "㗎", "あ", "한", "👍", "ก", "①", "𠮷", "\uE000", "…", "·"} {
		if _, dots := ink(t, receipts.Row{Text: text}, receipts.Paper58); dots < 3 {
			t.Errorf("%s has %d dots", text, dots)
		}
	}
	b, err := raster.DrawRow(receipts.Row{Text: "👍"}, receipts.Paper58)
	if err != nil {
		t.Fatal(err)
	}
	sign, err := raster.DrawRow(receipts.Row{Text: "〓"}, receipts.Paper58)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Pix, sign.Pix) {
		t.Error("a missing character is not drawn as 〓")
	}
}

func TestDrawingFromSeveralScreensAtOnce(t *testing.T) {
	want, err := raster.PNG(slip(t, "sale.zh"), receipts.Paper80)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := raster.PNG(slip(t, "sale.zh"), receipts.Paper80); err != nil || !bytes.Equal(got, want) {
				t.Errorf("drawn differently, %v", err)
			}
		})
	}
	all.Wait()
}
