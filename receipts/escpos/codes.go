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

// barHeight is the height of a native barcode in dots: 8 mm.
const barHeight = 64

// barcode lets the printer draw Code 128 (GS k, function 73) with its text below
// in font B. It reports false when the code is to go as dots: no such
// character, wider than the paper, or with a real-time command in it.
func (j *job) barcode(payload string) bool {
	data, symbols := code128(receipts.Clean(payload))
	// 11 dots' widths a symbol, 13 for the stop, 10 of white at either side.
	width := min(j.sheet.Dots/(11*symbols+13+20), 4)
	if symbols == 0 || width < 2 || len(data) > 255 || hasRealTime(data) {
		return false
	}
	j.style(receipts.Row{Align: receipts.Centre})
	j.send(gs, 'H', 2)
	j.send(gs, 'f', 1)
	j.send(gs, 'h', barHeight)
	j.send(gs, 'w', byte(width))
	j.send(gs, 'k', 73, byte(len(data)))
	j.buf = append(j.buf, data...)
	return true
}

// code128 is a payload as GS k 73 takes it, in the code sets B ("{B", characters
// as they are, "{{" for "{") and C ("{C", two digits in one byte of 0 to 99),
// and how many symbols that makes with start and check. None for what is no
// ASCII.
func code128(payload string) (data []byte, symbols int) {
	if payload == "" || !ascii(payload) {
		return nil, 0
	}
	set := byte(0)
	use := func(s byte) {
		if s != set {
			data = append(data, '{', s)
			symbols++
			set = s
		}
	}
	for i := 0; i < len(payload); {
		digits := 0
		for i+digits < len(payload) && payload[i+digits] >= '0' && payload[i+digits] <= '9' {
			digits++
		}
		// A change of the code set pays from four digits on at an end, six in
		// the middle.
		pays := digits >= 6 || digits >= 4 && (i == 0 || i+digits == len(payload)) || digits >= 2 && set == 'C'
		if pays && (digits%2 == 0 || set == 'C') {
			use('C')
			for ; digits >= 2; digits -= 2 {
				data = append(data, (payload[i]-'0')*10+payload[i+1]-'0')
				symbols++
				i += 2
			}
			continue
		}
		use('B')
		if payload[i] == '{' {
			data = append(data, '{')
		}
		data = append(data, payload[i])
		symbols++
		i++
	}
	return data, symbols + 1
}

// hasRealTime reports whether bytes hold what printers act upon wherever it
// comes: DLE EOT, DLE ENQ and DLE DC4. Pairs of digits in code set C can: 16 04
// is DLE EOT.
func hasRealTime(data []byte) bool {
	for _, second := range []byte{0x04, 0x05, 0x14} {
		if bytes.Contains(data, []byte{0x10, second}) {
			return true
		}
	}
	return false
}
