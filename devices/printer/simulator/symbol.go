package simulator

import (
	"fmt"
	"image"
	"strings"

	"github.com/skip2/go-qrcode"
)

// symbolModes are what is set for QR and bar codes.
type symbolModes struct {
	level  byte // of a QR
	module int
	qr     []byte // that is stored
	height int    // of a bar code, in dots
	wide   int    // of its narrowest bar
	text   int    // under (2), over (1), both (3) or none
	fontB  bool
}

// symbolCommand is GS ( k: cn fn and what follows, n bytes in all.
func (d *Decoder) symbolCommand(n int) {
	d.sized("GS ( k", n, func(p []byte) {
		if len(p) < 2 || p[0] != 49 {
			d.misprint("GS ( k: no symbol % X", p[:min(len(p), 2)])
			return
		}
		s := &d.symbols
		bad := func() { d.misprint("GS ( k: function %d with % X", p[1], p[2:min(len(p), 10)]) }
		switch fn := p[1]; {
		case fn == 65 && len(p) == 4: // model
			if p[2] != 50 || p[3] != 0 {
				bad() // 49 is the old model, 51 micro
			}
		case fn == 67 && len(p) == 3:
			if p[2] < 1 || p[2] > 16 {
				bad()
				return
			}
			s.module = int(p[2])
		case fn == 69 && len(p) == 3:
			if p[2] < 48 || p[2] > 51 {
				bad()
				return
			}
			s.level = "LMQH"[p[2]-48]
		case fn == 80 && len(p) > 3 && p[2] == 48:
			if len(p)-3 > 7089 {
				d.misprint("GS ( k: %d bytes are more than a QR code holds", len(p)-3)
				return
			}
			s.qr = p[3:]
		case fn == 81 && len(p) == 3 && p[2] == 48:
			d.printQR()
		default:
			bad()
		}
	})
}

func (d *Decoder) printQR() {
	s := d.symbols
	if s.qr == nil {
		d.misprint("GS ( k: no QR code is stored")
		return
	}
	if !d.atLineStart("GS ( k") {
		return
	}
	level := map[byte]qrcode.RecoveryLevel{'L': qrcode.Low, 'M': qrcode.Medium, 'Q': qrcode.High, 'H': qrcode.Highest}[s.level]
	code, err := qrcode.New(string(s.qr), level)
	if err != nil {
		d.misprint("GS ( k: %d bytes are more than a QR code of level %c holds", len(s.qr), s.level)
		return
	}
	code.DisableBorder = true
	modules := code.Bitmap()
	wide := len(modules) * s.module
	if wide > d.width {
		d.misprint("GS ( k: a QR code of %d dots is not printed on %d", wide, d.width)
		return
	}
	left := d.place(wide)
	for y, row := range modules {
		for x, black := range row {
			if black {
				d.block(left+x*s.module, d.y+y*s.module, s.module, s.module, d.margin+d.width)
			}
		}
	}
	d.symbol(Symbol{Kind: "QR", Data: string(s.qr), Level: s.level, Module: s.module}, left, wide, wide)
}

// symbol ends one that is drawn.
func (d *Decoder) symbol(s Symbol, left, wide, high int) {
	s.Bounds = image.Rect(left, d.y, left+wide, d.y+high)
	if len(d.slip.Symbols) < mostLines {
		d.slip.Symbols = append(d.slip.Symbols, s)
	}
	d.printed(high)
	d.feed(high)
}

// barcodeNames are those of GS k, 0 to 6 and 65 on.
var barcodeNames = []string{"UPC-A", "UPC-E", "EAN13", "EAN8", "CODE39", "ITF", "CODABAR", "CODE93", "CODE128"}

// barcodeCommand is GS k m: the data ends with a zero (m 0 to 6) or has its
// length before it (65 to 73).
func (d *Decoder) barcodeCommand(c []byte) {
	switch m := c[2]; {
	case m <= 6:
		d.untilZero(nil, func(p []byte) { d.barcode(barcodeNames[m], p) })
	case m >= 65 && m <= 73:
		d.read(c, 4, func(c []byte) {
			d.sized("GS k", int(c[3]), func(p []byte) { d.barcode(barcodeNames[m-65], p) })
		})
	default:
		d.misprint("GS k: no bar code %d", m)
	}
}

// untilZero reads the data of the first form of GS k.
func (d *Decoder) untilZero(p []byte, then func(p []byte)) {
	d.read(nil, 1, func(c []byte) {
		switch {
		case c[0] == 0:
			then(p)
		case len(p) == 255:
			d.misprint("GS k: no zero ends its data")
		default:
			d.untilZero(append(p, c[0]), then)
		}
	})
}

// barcode prints one. Only CODE128 is drawn bar by bar; the others are a grey
// field of about their width, and their data.
func (d *Decoder) barcode(kind string, p []byte) {
	if !d.atLineStart("GS k") {
		return
	}
	s := d.symbols
	var bars []bool
	text := string(p)
	var err error
	if kind == "CODE128" {
		bars, text, err = code128(p)
	} else {
		err = otherBarcode(kind, text)
		for i := range 11 * len(p) {
			bars = append(bars, i%2 == 0)
		}
	}
	if err != nil {
		d.misprint("GS k: %s of %q: %v", kind, p, err)
		return
	}
	wide := len(bars) * s.wide
	if wide > d.width {
		d.misprint("GS k: a %s of %d dots is not printed on %d", kind, wide, d.width)
		return
	}
	left, top := d.place(wide), d.y
	if s.text&1 != 0 {
		d.caption(text)
	}
	for i, black := range bars {
		if black {
			d.block(left+i*s.wide, d.y, s.wide, s.height, d.margin+d.width)
		}
	}
	d.printed(s.height)
	d.feed(s.height)
	if s.text&2 != 0 {
		d.caption(text)
	}
	high := d.y - top
	if len(d.slip.Symbols) < mostLines {
		d.slip.Symbols = append(d.slip.Symbols, Symbol{Kind: kind, Data: text, Module: s.wide, Bounds: image.Rect(left, top, left+wide, top+high)})
	}
}

// caption writes what a bar code says over or under it. It is no line of text.
func (d *Decoder) caption(text string) {
	style := Style{Width: 1, Height: 1, FontB: d.symbols.fontB}
	var l line
	for _, r := range text {
		if r < 0x20 {
			r = ' '
		}
		m := d.glyph(r, false, style)
		l.cells = append(l.cells, cell{x: l.x, w: m.w, h: m.h, mask: m, scaleX: 1, scaleY: 1, r: r, style: style})
		l.x += m.w
	}
	left := d.place(l.x)
	for _, c := range l.cells {
		d.drawCell(left, d.y, c)
	}
	d.printed(fontAHigh)
	d.feed(fontAHigh)
}

// otherBarcode looks whether the data can be in it.
func otherBarcode(kind, data string) error {
	lengths := map[string][]int{"UPC-A": {11, 12}, "UPC-E": {6, 7, 8, 11, 12}, "EAN13": {12, 13}, "EAN8": {7, 8}}
	const digits = "0123456789"
	allowed := digits
	switch kind {
	case "CODE39":
		allowed += "ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./"
	case "CODABAR":
		allowed += "ABCDabcd$+-./:"
	case "CODE93":
		return nil
	case "ITF":
		if len(data)%2 != 0 {
			return fmt.Errorf("an odd number of digits")
		}
	default:
		ok := false
		for _, n := range lengths[kind] {
			ok = ok || n == len(data)
		}
		if !ok {
			return fmt.Errorf("%d digits", len(data))
		}
	}
	for _, r := range data {
		if !strings.ContainsRune(allowed, r) {
			return fmt.Errorf("%q is not in it", r)
		}
	}
	return nil
}
