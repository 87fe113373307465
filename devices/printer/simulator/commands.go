package simulator

import "time"

// modes are what commands set and ESC @ sets back.
type modes struct {
	style         Style // of one-byte characters
	wideStyle     Style // of two-byte ones: its sizes, its underline
	align         Align
	spacing       int // from line to line
	between       int // to the right of one-byte characters
	wideLeft      int // and on the sides of two-byte ones
	wideRight     int
	margin, width int // of the printing area
	page          byte
	national      byte
	wide          bool // two-byte mode is on (FS &)
	shiftJIS      bool
	symbols       symbolModes
	graphics      *stored
}

// reset is ESC @.
func (d *Decoder) reset() {
	normal := Style{Width: 1, Height: 1}
	d.modes = modes{
		style: normal, wideStyle: normal, spacing: usualSpacing, width: d.head.dots(),
		wide:    d.head.Script == Chinese || d.head.Script == Korean || d.head.Script == Traditional,
		symbols: symbolModes{level: 'L', module: 3, height: 162, wide: 3},
	}
	d.line = line{}
}

// command is what follows its first two bytes, and what it does. Run gets all
// bytes from the first.
type command struct {
	args int
	run  func(d *Decoder, c []byte)
}

// commands are those that are known, by their first two bytes.
var commands map[[2]byte]command

func init() { // a map that its own functions read through begin
	commands = map[[2]byte]command{
		{esc, '@'}: {0, func(d *Decoder, _ []byte) {
			if len(d.line.cells) > 0 {
				d.misprint("ESC @ drops what stands in the line: %q", d.line.text())
			}
			d.reset()
		}},
		{esc, 'a'}: {1, func(d *Decoder, c []byte) {
			if d.atLineStart("ESC a") {
				if n := d.among("ESC a", c[2], 0, 1, 2); n >= 0 {
					d.align = Align(n)
				}
			}
		}},
		{esc, 'E'}: {1, func(d *Decoder, c []byte) { d.style.Bold = c[2]&1 != 0 }},
		{esc, 'G'}: {1, func(d *Decoder, c []byte) { d.style.Bold = c[2]&1 != 0 }}, // double strike looks the same
		{esc, 'M'}: {1, func(d *Decoder, c []byte) {
			if n := d.among("ESC M", c[2], 0, 1); n >= 0 {
				d.style.FontB = n == 1
			}
		}},
		{esc, '!'}: {1, func(d *Decoder, c []byte) {
			d.style.FontB = c[2]&0x01 != 0
			d.style.Bold = c[2]&0x08 != 0
			d.style.Height, d.style.Width = 1+int(c[2]>>4&1), 1+int(c[2]>>5&1)
			d.style.Underline = int(c[2] >> 7)
		}},
		{esc, '-'}: {1, func(d *Decoder, c []byte) {
			if n := d.among("ESC -", c[2], 0, 1, 2); n >= 0 {
				d.style.Underline = n
			}
		}},
		{esc, ' '}: {1, func(d *Decoder, c []byte) { d.between = int(c[2]) }},
		{esc, '3'}: {1, func(d *Decoder, c []byte) { d.spacing = int(c[2]) }},
		{esc, '2'}: {0, func(d *Decoder, _ []byte) { d.spacing = usualSpacing }},
		{esc, 'd'}: {1, func(d *Decoder, c []byte) { d.printLine(int(c[2])*d.spacing, false, false) }},
		{esc, 'J'}: {1, func(d *Decoder, c []byte) { d.printLine(int(c[2]), false, false) }},
		{esc, 'R'}: {1, func(d *Decoder, c []byte) {
			if int(c[2]) >= len(nationals) {
				d.misprint("ESC R: no national set %d", c[2])
				return
			}
			d.national = c[2]
		}},
		{esc, 't'}: {1, func(d *Decoder, c []byte) { d.page = c[2] }}, // its high bytes are judged where they come
		{esc, 'p'}: {3, func(d *Decoder, c []byte) {
			n := d.among("ESC p", c[2], 0, 1)
			if n < 0 {
				return
			}
			on, off := time.Duration(c[3])*2*time.Millisecond, time.Duration(c[4])*2*time.Millisecond
			if on == 0 {
				d.misprint("ESC p: a pulse of no length opens nothing")
			}
			d.pulse(Pulse{Pin: []int{2, 5}[n], On: on, Off: max(on, off)})
		}},
		{esc, '*'}: {3, (*Decoder).columnImage},
		{esc, '$'}: {2, func(d *Decoder, c []byte) { d.moveTo("ESC $", word(c[2:])) }},
		{esc, '\\'}: {2, func(d *Decoder, c []byte) {
			d.moveTo("ESC \\", d.line.x+int(int16(word(c[2:]))))
		}},
		{esc, '{'}: {1, func(d *Decoder, c []byte) {
			if c[2]&1 != 0 {
				d.misprint("ESC {: upside down")
			}
		}},

		{fs, '&'}: {0, func(d *Decoder, _ []byte) { d.wideMode(true) }},
		{fs, '.'}: {0, func(d *Decoder, _ []byte) { d.wideMode(false) }},
		{fs, '!'}: {1, func(d *Decoder, c []byte) {
			d.wideStyle.Width, d.wideStyle.Height = 1+int(c[2]>>2&1), 1+int(c[2]>>3&1)
			d.wideStyle.Underline = int(c[2] >> 7)
		}},
		{fs, 'W'}: {1, func(d *Decoder, c []byte) {
			d.wideStyle.Width, d.wideStyle.Height = 1+int(c[2]&1), 1+int(c[2]&1)
		}},
		{fs, '-'}: {1, func(d *Decoder, c []byte) {
			if n := d.among("FS -", c[2], 0, 1, 2); n >= 0 {
				d.wideStyle.Underline = n
			}
		}},
		{fs, 'S'}: {2, func(d *Decoder, c []byte) { d.wideLeft, d.wideRight = int(c[2]), int(c[3]) }},
		{fs, 'C'}: {1, func(d *Decoder, c []byte) {
			// Japanese heads choose by it between JIS and Shift-JIS; others
			// take it and do nothing.
			if n := d.among("FS C", c[2], 0, 1); n >= 0 && d.head.Script == Japanese {
				d.shiftJIS = n == 1
			}
		}},
		{fs, '('}: {3, func(d *Decoder, c []byte) {
			d.sized("FS ( "+string(c[2]), word(c[3:]), func(p []byte) {
				if c[2] != 'A' || len(p) != 2 || p[0] != 48 { // the font of two-byte characters
					d.misprint("unknown command FS ( %c % X", c[2], p)
				}
			})
		}},

		{gs, '!'}: {1, func(d *Decoder, c []byte) {
			w, h := int(c[2]>>4)+1, int(c[2]&0x0f)+1
			if w > 8 || h > 8 {
				d.misprint("GS !: no size %02X", c[2])
				return
			}
			d.style.Width, d.style.Height = w, h
			if !d.head.SizeApart {
				d.wideStyle.Width, d.wideStyle.Height = w, h
			}
		}},
		{gs, 'B'}: {1, func(d *Decoder, c []byte) { d.style.Reverse = c[2]&1 != 0 }},
		{gs, 'L'}: {2, func(d *Decoder, c []byte) {
			if n := word(c[2:]); d.atLineStart("GS L") {
				if n >= d.head.dots() {
					d.misprint("GS L: a margin of %d dots leaves nothing of %d", n, d.head.dots())
					return
				}
				d.margin = n
				d.width = min(d.width, d.head.dots()-n)
			}
		}},
		{gs, 'W'}: {2, func(d *Decoder, c []byte) {
			if n := word(c[2:]); d.atLineStart("GS W") {
				if n == 0 || n > d.head.dots()-d.margin {
					d.misprint("GS W: an area of %d dots after a margin of %d on a head of %d", n, d.margin, d.head.dots())
					n = d.head.dots() - d.margin
				}
				d.width = n
			}
		}},
		{gs, 'V'}: {1, func(d *Decoder, c []byte) {
			switch c[2] {
			case 0, 48:
				d.cut("GS V", Full, 0, false)
			case 1, 49:
				d.cut("GS V", Partial, 0, false)
			case 65, 66:
				d.read(c, 4, func(c []byte) { d.cut("GS V", Full+Cut(c[2]-65), int(c[3]), true) })
			default:
				d.misprint("GS V: no cut %d", c[2])
			}
		}},
		{gs, 'v'}: {6, (*Decoder).raster},
		{gs, '('}: {3, func(d *Decoder, c []byte) {
			if c[2] == 'k' && d.head.NoQR {
				d.misprint("GS ( k: this head knows no QR code and prints the command")
				for _, b := range c[2:] {
					d.ground(b)
				}
				return
			}
			n := word(c[3:])
			switch c[2] {
			case 'k':
				d.symbolCommand(n)
			case 'L':
				d.graphicsCommand("GS ( L", n)
			case 'K':
				d.sized("GS ( K", n, func(p []byte) {
					if len(p) != 2 || p[0] < 48 || p[0] > 50 || p[0] == 49 && p[1] > 8 && p[1] < 248 {
						d.misprint("unknown GS ( K % X", p)
					}
				})
			default:
				d.misprint("unknown command GS ( %q", c[2])
				d.swallow(n, func(byte) {}, func() {})
			}
		}},
		{gs, '8'}: {5, func(d *Decoder, c []byte) {
			n := word(c[3:]) + word(c[5:])<<16
			if c[2] != 'L' {
				d.misprint("unknown command GS 8 %q", c[2])
				return
			}
			d.graphicsCommand("GS 8 L", n)
		}},
		{gs, 'k'}: {1, (*Decoder).barcodeCommand},
		{gs, 'h'}: {1, func(d *Decoder, c []byte) {
			if c[2] == 0 {
				d.misprint("GS h: no height 0")
				return
			}
			d.symbols.height = int(c[2])
		}},
		{gs, 'w'}: {1, func(d *Decoder, c []byte) {
			if c[2] < 1 || c[2] > 6 {
				d.misprint("GS w: no width %d", c[2])
				return
			}
			d.symbols.wide = int(c[2])
		}},
		{gs, 'H'}: {1, func(d *Decoder, c []byte) {
			if n := d.among("GS H", c[2], 0, 1, 2, 3); n >= 0 {
				d.symbols.text = n
			}
		}},
		{gs, 'f'}: {1, func(d *Decoder, c []byte) {
			if n := d.among("GS f", c[2], 0, 1); n >= 0 {
				d.symbols.fontB = n == 1
			}
		}},
		{gs, 'a'}: {1, func(d *Decoder, c []byte) {
			if d.host.asb != nil {
				d.host.asb(c[2])
			}
		}},
		{gs, 'r'}: {1, func(d *Decoder, c []byte) {
			switch n := d.among("GS r", c[2], 1, 2); {
			case n < 0 || d.host.answer == nil:
			case n == 1:
				d.host.answer([]byte{d.host.paper()})
			default:
				d.host.answer([]byte{0}) // the drawer's switch is low
			}
		}},

		{dle, 0x04}: {1, func(d *Decoder, c []byte) {
			if c[2] < 1 || c[2] > 4 {
				d.misprint("DLE EOT: no question %d", c[2])
			}
		}},
		{dle, 0x05}: {1, func(d *Decoder, c []byte) {
			if c[2] < 1 || c[2] > 2 {
				d.misprint("DLE ENQ: no answer to error %d", c[2])
			}
		}},
		{dle, 0x14}: {3, func(d *Decoder, c []byte) { // what it does is done on sight
			if c[2] != 1 || c[3] > 1 || c[4] < 1 || c[4] > 8 {
				d.misprint("DLE DC4: unknown % X", c[2:])
			}
		}},
	}
}

// word is two bytes, the low one first.
func word(b []byte) int { return int(b[0]) | int(b[1])<<8 }

// among is an argument that may be given as a number or as its digit; -1 and a
// misprint for others.
func (d *Decoder) among(name string, n byte, allowed ...byte) int {
	for _, a := range allowed {
		if n == a || n == a+'0' {
			return int(a)
		}
	}
	d.misprint("%s: no value %d", name, n)
	return -1
}

// atLineStart tells whether the line is empty; a command that needs that is
// ignored within one.
func (d *Decoder) atLineStart(name string) bool {
	if len(d.line.cells) == 0 {
		return true
	}
	d.misprint("%s within a line is ignored, after %q", name, d.line.text())
	return false
}

// sized reads the parameters of a command that says how many they are.
func (d *Decoder) sized(name string, n int, run func(p []byte)) {
	if n == 0 {
		d.misprint("%s without parameters", name)
		return
	}
	var p []byte
	d.swallow(n, func(b byte) {
		if len(p) < 8192 {
			p = append(p, b)
		}
	}, func() { run(p) })
}

// wideMode is FS & and FS .
func (d *Decoder) wideMode(on bool) {
	if d.head.Script == Western {
		if on {
			d.misprint("FS & on a head without a two-byte font")
		}
		return
	}
	if d.head.SwitchEndsLine && on != d.wide && len(d.line.cells) > 0 {
		d.misprint("FS & and FS . end the line on this head, after %q", d.line.text())
		d.feedLine()
	}
	d.wide = on
}

// pulse opens the drawer.
func (d *Decoder) pulse(p Pulse) {
	if len(d.paper.Pulses) < mostLines {
		d.slip.Pulses = append(d.slip.Pulses, p)
		d.paper.Pulses = append(d.paper.Pulses, p)
	}
}

// drawerPulse is that of DLE DC4 1 m t.
func drawerPulse(m, t byte) Pulse {
	long := time.Duration(t) * 100 * time.Millisecond
	return Pulse{Pin: []int{2, 5}[m], On: long, Off: long, RealTime: true}
}

// cut is a cut, after n dots and as far as from the head to the blade if it
// feeds.
func (d *Decoder) cut(name string, kind Cut, n int, feeds bool) {
	if !d.atLineStart(name) {
		return
	}
	if feeds {
		d.feed(n)
	}
	if d.head.NoCutter {
		d.misprint("%s: this printer has no cutter", name)
		return
	}
	if feeds {
		d.feed(max(0, d.head.toCutter()))
	} else if away := d.y - d.last; d.last > 0 && away < d.head.toCutter() {
		d.misprint("%s goes through the last lines: %d dots were fed and %d are needed", name, away, d.head.toCutter())
	}
	if d.host.cut != nil && !d.host.cut() {
		d.jammed = kind
		return
	}
	d.finishSlip(kind)
}

// finishSlip takes the slip off the paper.
func (d *Decoder) finishSlip(kind Cut) {
	d.slip.Cut = kind
	d.slip.Picture.height = d.y
	if len(d.paper.Slips) < mostLines {
		d.paper.Slips = append(d.paper.Slips, d.slip)
	}
	d.slip = Slip{Picture: newPicture(d.head.dots())}
	d.y, d.last = 0, 0
}
