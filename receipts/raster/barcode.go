package raster

import (
	"fmt"
	"strings"

	"ringup/receipts"
)

// Code 128 (ISO/IEC 15417). A code is symbols of eleven modules, each three
// bars and three spaces of one to four modules; the last has one bar more.
const (
	symbolModules = 11
	stopModules   = 13
	quietModules  = 10 // white at either side

	toC    = 99 // goes on in set C
	toB    = 100
	startB = 104
	startC = 105
	stop   = 106
)

// bars are the widths of the bars and spaces of the 107 symbols, a digit each.
var bars = strings.Fields(`
	212222 222122 222221 121223 121322 131222 122213 122312 132212 221213
	221312 231212 112232 122132 122231 113222 123122 123221 223211 221132
	221231 213212 223112 312131 311222 321122 321221 312212 322112 322211
	212123 212321 232121 111323 131123 131321 112313 132113 132311 211313
	231113 231311 112133 112331 132131 113123 113321 133121 313121 211331
	231131 213113 213311 213131 311123 311321 331121 312113 312311 332111
	314111 221411 431111 111224 111422 121124 121421 141122 141221 112214
	112412 122114 122411 142112 142211 241211 221114 413111 241112 134111
	111242 121142 121241 114212 124112 124211 411212 421112 421211 212141
	214121 412121 111143 111341 131141 114113 114311 411113 411311 113141
	114131 311141 411131 211412 211214 211232 2331112`)

// BarcodeSymbols is a text as Code 128, in as few symbols as there can be: the
// numbers of the start, of the text's symbols with the changes between the sets
// B and C, and of the check; the stop is not among them. The error is for a
// text that is empty or not printable ASCII.
func BarcodeSymbols(payload string) ([]byte, error) {
	n := len(payload)
	if n == 0 {
		return nil, fmt.Errorf("barcode of an empty text")
	}
	for i := range n {
		if payload[i] < ' ' || payload[i] > '~' {
			return nil, fmt.Errorf("barcode of a text that is not plain ASCII")
		}
	}
	// From the end: how many symbols the rest takes in either set.
	type rest struct{ b, c int }
	need := make([]rest, n+1)
	const never = 1 << 30
	pair := func(i int) bool { return i+1 < n && digit(payload[i]) && digit(payload[i+1]) }
	for i := n - 1; i >= 0; i-- {
		b, c := 1+need[i+1].b, never
		if pair(i) {
			c = 1 + need[i+2].c
		}
		need[i] = rest{min(b, 1+c), min(c, 1+b)}
	}
	inC := need[0].c < need[0].b
	symbols := make([]byte, 0, n+6)
	if inC {
		symbols = append(symbols, startC)
	} else {
		symbols = append(symbols, startB)
	}
	for i := 0; i < n; {
		switch {
		case inC && pair(i) && need[i].c == 1+need[i+2].c:
			symbols = append(symbols, (payload[i]-'0')*10+payload[i+1]-'0')
			i += 2
		case inC:
			symbols, inC = append(symbols, toB), false
		case need[i].b == 1+need[i+1].b:
			symbols = append(symbols, payload[i]-' ')
			i++
		default:
			symbols, inC = append(symbols, toC), true
		}
	}
	check := int(symbols[0])
	for i, s := range symbols[1:] {
		check += (i + 1) * int(s)
	}
	return append(symbols, byte(check%103)), nil
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// BarcodeModules is how many modules wide the Code 128 of a text is, without
// the white of ten modules that it needs at either side.
func BarcodeModules(payload string) (int, error) {
	symbols, err := BarcodeSymbols(payload)
	if err != nil {
		return 0, err
	}
	return len(symbols)*symbolModules + stopModules, nil
}

// BarcodeDots is how many dots one module of a barcode takes that is so many
// modules wide: 3, or 2 (a quarter of a millimetre, the least that scanners
// read well) where the paper has no room for more; 0 where it has none at all.
func BarcodeDots(modules int, paper receipts.Paper) int {
	for dots := 3; dots >= 2; dots-- {
		if (modules+2*quietModules)*dots <= paper.Dots {
			return dots
		}
	}
	return 0
}

// BarcodeHeight is how high a barcode is, in dots: nine millimetres.
const BarcodeHeight = 72

const barcodeGap = 8 // white above the bars and between them and their text

// barcode is a Code 128 with its text below.
type barcode struct {
	symbols []byte
	text    string
	module  int // dots
	paper   receipts.Paper
}

func encodeBarcode(payload string, paper receipts.Paper) (figure, error) {
	symbols, err := BarcodeSymbols(payload)
	if err != nil {
		return nil, err
	}
	c := barcode{symbols: append(symbols, stop), text: payload, paper: paper}
	modules := len(symbols)*symbolModules + stopModules
	if c.module = BarcodeDots(modules, paper); c.module == 0 {
		return nil, fmt.Errorf("barcode of %d modules: wider than the paper", modules)
	}
	return c, nil
}

func (c barcode) height() int {
	return barcodeGap + BarcodeHeight + barcodeGap/2 + gridOf(receipts.Small, c.paper.CellWidth(receipts.Small)).row
}

func (c barcode) draw(b *Bitmap, y int) error {
	modules := (len(c.symbols)-1)*symbolModules + stopModules
	x := (b.Width - modules*c.module) / 2
	for _, s := range c.symbols {
		for i, w := range bars[s] {
			wide := int(w-'0') * c.module
			if i%2 == 0 {
				b.fill(x, y+barcodeGap, wide, BarcodeHeight)
			}
			x += wide
		}
	}
	below := receipts.Row{Text: c.text, Align: receipts.Centre, Size: receipts.Small}
	return text(b, y+barcodeGap+BarcodeHeight+barcodeGap/2, below, c.paper)
}
