package escpos

import (
	"bytes"
	"fmt"
	"strings"

	"ringup/receipts"
	"ringup/receipts/raster"
)

// maxNativeQR keeps the length bytes of the command from ever reading as a
// real-time command.
const maxNativeQR = 500

// qr lets the printer draw a code of the level M (GS ( k, functions 165, 167,
// 169, 180, 181), with an empty line above and below for the white that a code
// needs around it.
func (j *job) qr(payload string) error {
	payload = receipts.Clean(payload)
	if len(payload) == 0 || len(payload) > maxNativeQR {
		return fmt.Errorf("qr code of %d bytes", len(payload))
	}
	squares := 21 // what 34 digits take, so the slip's own code
	if len(payload) > 34 || strings.Trim(payload, "0123456789") != "" {
		var err error
		if squares, err = raster.Squares(payload); err != nil {
			return err
		}
	}
	j.style(receipts.Row{Align: receipts.Centre})
	j.send(lf)
	j.send(gs, '(', 'k', 4, 0, '1', 'A', '2', 0)
	j.send(gs, '(', 'k', 3, 0, '1', 'C', byte(raster.ModuleDots(squares, j.sheet)))
	j.send(gs, '(', 'k', 3, 0, '1', 'E', '1')
	n := len(payload) + 3
	j.send(gs, '(', 'k', byte(n), byte(n>>8), '1', 'P', '0')
	j.buf = append(j.buf, payload...)
	j.send(gs, '(', 'k', 3, 0, '1', 'Q', '0')
	j.send(lf)
	return nil
}

// barcode lets the printer draw Code 128 (GS k, function 73) as raster draws it,
// with its text below in font B. It reports false when the code is to go as
// dots: no such character, wider than the paper, or with a real-time command in
// it.
func (j *job) barcode(payload string) bool {
	data, modules, err := code128(payload)
	width := raster.BarcodeDots(modules, j.sheet)
	if err != nil || width == 0 || len(data) > 255 || hasRealTime(data) {
		return false
	}
	j.style(receipts.Row{Align: receipts.Centre})
	j.send(gs, 'H', 2)
	j.send(gs, 'f', 1)
	j.send(gs, 'h', raster.BarcodeHeight)
	j.send(gs, 'w', byte(width))
	j.send(gs, 'k', 73, byte(len(data)))
	j.buf = append(j.buf, data...)
	return true
}

// code128 is a payload as GS k 73 takes it, and how many modules wide that is:
// "{B" and characters as they are, with "{{" for "{", or "{C" and two digits in
// one byte of 0 to 99. The printer adds the check.
func code128(payload string) (data []byte, modules int, err error) {
	symbols, err := raster.BarcodeSymbols(payload)
	if err != nil {
		return nil, 0, err
	}
	if modules, err = raster.BarcodeModules(payload); err != nil {
		return nil, 0, err
	}
	inC := false
	for _, s := range symbols[:len(symbols)-1] {
		switch {
		case s == 105, s == 99 && !inC: // start with C, change to C
			data, inC = append(data, '{', 'C'), true
		case s == 104, s == 100 && inC:
			data, inC = append(data, '{', 'B'), false
		case inC:
			data = append(data, s)
		case s+' ' == '{':
			data = append(data, '{', '{')
		default:
			data = append(data, s+' ')
		}
	}
	return data, modules, nil
}

// hasRealTime reports whether bytes hold what printers act upon wherever it
// comes: DLE EOT, DLE ENQ and DLE DC4. Pairs of digits in the set C can: 1604
// is DLE EOT.
func hasRealTime(data []byte) bool {
	for _, second := range []byte{0x04, 0x05, 0x14} {
		if bytes.Contains(data, []byte{0x10, second}) {
			return true
		}
	}
	return false
}
