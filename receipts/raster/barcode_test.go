package raster_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"

	"ringup/receipts"
	"ringup/receipts/raster"
)

// TestPrintedBarcodesScan reads the bars with a decoder that isn't ours, on
// every paper and in every mixture of the sets.
func TestPrintedBarcodesScan(t *testing.T) {
	payloads := []string{"90326516717000000000", "T2-261121-0017", "1", "12", "123", "abc1234567x9", "~ }{ !\"", "A12B345C6789D"}
	draw := rand.New(rand.NewPCG(5, 6))
	for range 40 { // all characters, and runs of digits of all lengths
		var s strings.Builder
		for s.Len() < 12 {
			if draw.IntN(2) == 0 {
				s.WriteByte(byte(' ' + draw.IntN(95)))
			}
			s.WriteString("4718290356"[:draw.IntN(7)])
		}
		payloads = append(payloads, "x"+s.String()[:11]+"x")
	}
	for _, p := range receipts.Papers() {
		for _, payload := range payloads {
			modules, err := raster.BarcodeModules(payload)
			if err != nil {
				t.Fatal(err)
			}
			rows := []receipts.Row{{Text: "above"}, {Kind: receipts.Barcode, Payload: payload}, {Text: "below"}}
			b, err := raster.DrawRows(rows, p)
			if raster.BarcodeDots(modules, p) == 0 {
				if err == nil {
					t.Errorf("%q of %d modules was drawn on %s", payload, modules, p.Name)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			bits, err := gozxing.NewBinaryBitmapFromImage(b.Image(16, 16))
			if err != nil {
				t.Fatal(err)
			}
			result, err := oned.NewCode128Reader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
			if err != nil {
				t.Fatalf("%q on %s: %v", payload, p.Name, err)
			}
			if got := result.GetText(); got != payload {
				t.Errorf("on %s: scanned %q, want %q", p.Name, got, payload)
			}
		}
	}
}

func TestBarcodesTakeTheFewestSymbols(t *testing.T) {
	for payload, symbols := range map[string]int{ // start and check are two
		"90326516717000000000": 12, "1": 3, "12": 3, "123": 5, "1234": 4, "A1234": 6, "A12B": 6, "A123456B": 9, "A1234B": 8, "12A": 5,
	} {
		got, err := raster.BarcodeSymbols(payload)
		if err != nil || len(got) != symbols {
			t.Errorf("%s: %d symbols %v, want %d (%v)", payload, len(got), got, symbols, err)
		}
	}
	for _, payload := range []string{"", "é", "a\n", "港"} {
		if got, err := raster.BarcodeSymbols(payload); err == nil {
			t.Errorf("%q became %v", payload, got)
		}
	}
}

func TestBarcodesStandInTheMiddleWithWhiteAround(t *testing.T) {
	for _, p := range receipts.Papers() {
		b, err := raster.DrawRow(receipts.Row{Kind: receipts.Barcode, Payload: "90326516717000000000"}, p)
		if err != nil {
			t.Fatal(err)
		}
		left, right := 0, 0
		for !b.Black(left, 20) {
			left++
		}
		for !b.Black(b.Width-1-right, 20) {
			right++
		}
		module := raster.BarcodeDots(145, p)
		if module < 2 || left < 10*module || right < 10*module || left-right > 1 || right-left > 1 || b.Width-left-right != 145*module {
			t.Errorf("%s: %d dots white at the left, %d at the right, modules of %d", p.Name, left, right, module)
		}
	}
}
