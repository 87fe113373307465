package escpos

import (
	"ringup/receipts"
	"ringup/receipts/raster"
)

// The commands.
const (
	esc = 0x1B
	fs  = 0x1C
	gs  = 0x1D
	lf  = '\n'
)

// maxSlice is how many rows of dots one command carries; longer pictures go in
// slices, since some heads take no more.
const maxSlice = 255

// Encode is the whole job that prints a slip: from ESC @ to the cut. A job
// holds no real-time command (DLE ...), and nothing that a slip says can
// become a command: see receipts.Clean and charset. The error is for a
// profile that can't be, or a QR code with too much in it.
func Encode(s receipts.Slip, p Profile) ([]byte, error) {
	j, err := newJob(p)
	if err != nil {
		return nil, err
	}
	rows := receipts.Layout(s, j.sheet)
	if p.Text == TextRaster {
		picture, err := raster.DrawRows(rows, j.sheet)
		if err != nil {
			return nil, err
		}
		j.picture(picture)
	} else {
		for _, r := range rows {
			if err := j.row(r); err != nil {
				return nil, err
			}
		}
	}
	j.end()
	return j.buf, nil
}

// OpenDrawer is the pulse that opens the cash drawer on that pin of the
// printer's drawer socket, 2 or 5; drawers hang on pin 2, rarely on pin 5. It is
// always five bytes: 50 ms on and 500 ms off, as solenoids allow (Citizen: off
// at least four times as long as on).
func OpenDrawer(pin int) []byte { return []byte{esc, 'p', drawerOn(pin), 0x19, 0xFA} }

// OpenDrawerNow is the same in real time, DLE DC4 (10 14 01 m t, Epson): 100 ms,
// done when it comes in, though the printer stands still and keeps all else for
// later. It must never come inside a picture.
func OpenDrawerNow(pin int) []byte { return []byte{0x10, 0x14, 0x01, drawerOn(pin), 0x01} }

// drawerOn is how the commands call a pin.
func drawerOn(pin int) byte {
	if pin == 5 {
		return 1
	}
	return 0
}

// job is the bytes so far, and how the head is set by them.
type job struct {
	Profile
	sheet  receipts.Paper
	set    *charset // nil in TextRaster
	codes  *codes
	narrow bool // columns are font B's: no Chinese character fits into them
	buf    []byte
	align  receipts.Align
	bold   bool
	size   receipts.Size
}

// newJob is the beginning of every job.
func newJob(p Profile) (*job, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	j := &job{Profile: p, sheet: p.Sheet(), set: find(p.Text), buf: make([]byte, 0, 4096)}
	if j.set != nil {
		j.codes = j.set.codes()
	}
	j.narrow = j.sheet.CellWidth(receipts.Normal) == 9
	j.begin()
	return j, nil
}

func (j *job) send(b ...byte) { j.buf = append(j.buf, b...) }

// begin sets the head up, once. ESC @ forgets what an earlier job left, and
// puts heads made for China into Chinese mode, whatever they are to print.
func (j *job) begin() {
	j.send(esc, '@')
	if j.AskStatus {
		j.send(gs, 'a', 0) // no answers but those asked for
	}
	if j.set == nil {
		return
	}
	j.send(esc, 'R', 0) // the national set of the USA: in China's "$" is a yuan sign
	j.send(j.set.begin...)
	if j.narrow {
		j.send(esc, 'M', 1)
	}
}

// end pushes the slip out and cuts it.
func (j *job) end() {
	j.style(receipts.Row{})
	switch j.Cut {
	case CutPartial:
		j.send(gs, 'V', 66, 0) // feeds to the cutter by itself
	case CutFull:
		j.send(gs, 'V', 65, 0)
	default:
		j.send(esc, 'd', 4)
	}
	if j.AskStatus {
		j.send(gs, 'r', 1)
	}
}

// row prints one row in a text mode; every row ends with the head at the start
// of a line.
func (j *job) row(r receipts.Row) error {
	switch r.Kind {
	case receipts.Blank:
		j.send(lf)
		return nil
	case receipts.Rule:
		j.style(receipts.Row{})
		for range j.sheet.Columns {
			j.send('-')
		}
		j.send(lf)
		return nil
	case receipts.QR:
		if j.NativeQR {
			return j.qr(r.Payload)
		}
		return j.dots(r)
	case receipts.Barcode:
		if j.NativeBarcode && j.barcode(r.Payload) {
			return nil
		}
		return j.dots(r)
	case receipts.Text:
		// The style comes first and is taken back if the text can't be sent: a
		// line's alignment counts only at its start.
		sent, align, bold, size := len(j.buf), j.align, j.bold, j.size
		j.style(r)
		// Chinese characters exist in one size only, so a line of the small font
		// with any of them goes as dots.
		buf, ok := j.codes.append(j.buf, r.Text, j.narrow || r.Size == receipts.Small)
		if !ok {
			j.buf, j.align, j.bold, j.size = j.buf[:sent], align, bold, size
			return j.dots(r)
		}
		j.buf = append(buf, lf)
		return nil
	}
	return j.dots(r)
}

// style sets the head to a row's alignment, weight and size, at the start of a
// line, and sends only what changes.
func (j *job) style(r receipts.Row) {
	if r.Align != j.align {
		j.send(esc, 'a', byte(r.Align))
		j.align = r.Align
	}
	if r.Bold != j.bold {
		n := byte(0)
		if r.Bold {
			n = 1
		}
		j.send(esc, 'E', n)
		j.bold = r.Bold
	}
	if r.Size == j.size {
		return
	}
	if (r.Size == receipts.Small) != (j.size == receipts.Small) && !j.narrow {
		font := byte(0)
		if r.Size == receipts.Small {
			font = 1
		}
		j.send(esc, 'M', font)
	}
	before, _ := scale(j.size)
	if latin, han := scale(r.Size); latin != before {
		j.send(gs, '!', latin)
		if j.sheet.Wide {
			j.send(fs, '!', han) // some Chinese heads scale their characters by this one
		}
	}
	j.size = r.Size
}

// scale is a size as GS ! writes it (width less one in the high half, height
// less one in the low) and as FS ! does (bit 2 double width, bit 3 double
// height).
func scale(s receipts.Size) (latin, han byte) {
	switch s {
	case receipts.Double:
		return 0x11, 0x0C
	case receipts.Tall:
		return 0x01, 0x08
	}
	return 0, 0
}

// dots prints a row that the head can't print by itself, drawn with the same
// columns.
func (j *job) dots(r receipts.Row) error {
	picture, err := raster.DrawRow(r, j.sheet)
	if err != nil {
		return err
	}
	j.style(receipts.Row{})
	j.picture(picture)
	return nil
}

// picture sends dots (GS v 0), at the left edge; what is white at the right of a
// slice is not sent.
func (j *job) picture(b *raster.Bitmap) {
	stride := b.Stride()
	for y := 0; y < b.Height; y += maxSlice {
		rows := min(maxSlice, b.Height-y)
		pix := b.Pix[y*stride : (y+rows)*stride]
		used := 1
		for i := 0; i < len(pix); i += stride {
			for x := stride - 1; x >= used; x-- {
				if pix[i+x] != 0 {
					used = x + 1
					break
				}
			}
		}
		j.send(gs, 'v', '0', 0, byte(used), 0, byte(rows), 0)
		for i := 0; i < len(pix); i += stride {
			j.send(pix[i : i+used]...)
		}
	}
}
