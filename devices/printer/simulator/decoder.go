package simulator

import "fmt"

// Decoder is a head that reads: bytes go in, paper comes out. It is not safe
// for concurrent use. Its memory is bounded by what it prints, and that by
// rollRows.
type Decoder struct {
	head Head
	modes
	line  line
	slip  Slip // in the making
	y     int  // the dot row under the head
	last  int  // the first row below all that is printed
	fed   int  // dot rows fed since power-up
	rows  int  // rows drawn, of all slips
	full  bool // no more are
	paper Paper

	jammed Cut // a cut that the blade has not made yet

	job, offset int
	misprints   []Misprint

	// The command that is being read.
	pending []byte            // its bytes so far
	want    int               // how many it has, as far as known; 0: none is being read
	then    func(args []byte) // takes pending when it has them
	data    payload
	recent  [5]byte // the last bytes, for what is executed on sight
	own     bool    // the command is a real-time one itself
	began   bool    // the job has more than real-time commands
	glyphs  map[glyphKey]*mask

	host host
}

// host is the printer around a head. A head alone has none of these.
type host struct {
	realTime bool                // real-time commands are executed before they come here
	paper    func() byte         // the answer to GS r 1
	answer   func(b []byte)      // sends
	asb      func(n byte)        // GS a
	cut      func() (works bool) // asked before each cut
}

// payload is the data of a command whose length is known: it is taken byte by
// byte, never kept whole.
type payload struct {
	left int
	take func(b byte)
	done func()
}

// The bounds of what is kept.
const (
	rollRows      = 1 << 17 // dot rows with something on them: 16 m of paper
	longestSlip   = 1 << 16 // dot rows: 8 m
	mostMisprints = 1000
	mostLines     = 1 << 17
)

// NewDecoder is a head that was just switched on.
func NewDecoder(h Head) *Decoder {
	d := &Decoder{head: h, glyphs: map[glyphKey]*mask{}}
	d.slip.Picture = newPicture(h.dots())
	d.reset()
	return d
}

// Decode reads one whole job.
func Decode(job []byte, h Head) (Paper, []Misprint) {
	d := NewDecoder(h)
	_, _ = d.Write(job)
	d.End()
	return d.Paper(), d.Misprints()
}

// Write reads bytes. It takes them all and never fails.
func (d *Decoder) Write(p []byte) (int, error) {
	for _, b := range p {
		d.step(b)
	}
	return len(p), nil
}

// End is the end of a job. What the head still waits for, it takes from the
// next one, as a real head does: it can't see where jobs end.
func (d *Decoder) End() {
	if !d.began && d.want == 0 && d.data.left == 0 {
		d.offset = 0
		return
	}
	switch {
	case d.data.left > 0:
		d.misprint("the job ends inside the data of a command, %d bytes short", d.data.left)
	case d.want > 0:
		d.misprint("the job ends inside a command: % X", d.pending)
	case len(d.line.cells) > 0:
		d.misprint("the job ends with text in the line that no line feed prints: %q", d.line.text())
	}
	if d.head.NoCutter && !d.slip.Empty() {
		if d.y-d.last < d.head.toCutter() && d.last > 0 {
			d.misprint("the slip is torn through its last lines: %d dots were fed and %d are needed", d.y-d.last, d.head.toCutter())
		}
		d.finishSlip(Torn)
	}
	d.job, d.offset, d.began = d.job+1, 0, false
}

// Paper is what was printed by now.
func (d *Decoder) Paper() Paper {
	p := Paper{Slips: append([]Slip(nil), d.paper.Slips...), Pulses: append([]Pulse(nil), d.paper.Pulses...)}
	d.slip.Picture.height = d.y
	p.Hanging = d.slip.clone()
	return p
}

// Misprints are the first thousand.
func (d *Decoder) Misprints() []Misprint { return append([]Misprint(nil), d.misprints...) }

func (d *Decoder) misprint(format string, args ...any) {
	if len(d.misprints) < mostMisprints {
		d.misprints = append(d.misprints, Misprint{d.job, max(d.offset-1, 0), fmt.Sprintf(format, args...)})
	}
}

// step takes one byte.
func (d *Decoder) step(b byte) {
	d.offset++
	copy(d.recent[:], d.recent[1:])
	d.recent[4] = b
	if name := d.onSight(); name != "" && !d.own {
		d.misprint("%s stands inside another command, and is executed", name)
		d.recent = [5]byte{}
	}
	switch {
	case d.data.left > 0:
		p := &d.data
		p.left--
		p.take(b)
		if p.left == 0 {
			done := p.done
			d.data = payload{}
			done()
		}
	case d.want > 0:
		d.pending = append(d.pending, b)
		if len(d.pending) == d.want {
			command, then := d.pending, d.then
			d.pending, d.want, d.then = nil, 0, nil
			then(command)
		}
	default:
		d.ground(b)
	}
}

// read goes on with a command until it has n bytes.
func (d *Decoder) read(command []byte, n int, then func(command []byte)) {
	if len(command) >= n {
		then(command)
		return
	}
	d.pending, d.want, d.then = command, n, then
}

// swallow takes the data of a command, whose length may be 0.
func (d *Decoder) swallow(n int, take func(b byte), done func()) {
	if n <= 0 {
		done()
		return
	}
	d.data = payload{n, take, done}
}

const dle, esc, fs, gs = 0x10, 0x1b, 0x1c, 0x1d

// ground takes a byte that belongs to no command.
func (d *Decoder) ground(b byte) {
	d.own = b == dle
	d.began = d.began || b != dle && b != 0
	switch {
	case b == '\n':
		d.feedLine()
	case b == '\r' && len(d.line.cells) == 0, b == 0 && len(d.line.cells) == 0:
		// Ignored: carriage return after a line feed, and the zeros that a
		// broken command is filled up with.
	case b == '\r':
		d.misprint("carriage return within a line: a switch decides whether it ends it")
	case b == dle, b == esc, b == fs, b == gs:
		d.read([]byte{b}, 2, d.begin)
	case b < 0x20 || b == 0x7f:
		d.misprint("control byte %02X is no command", b)
	default:
		d.character(b)
	}
}

// begin has the first two bytes of a command.
func (d *Decoder) begin(c []byte) {
	known, ok := commands[[2]byte(c)]
	if !ok {
		d.misprint("unknown command % X", c)
		return
	}
	d.read(c, 2+known.args, func(c []byte) { known.run(d, c) })
}

// restart is to be switched off and on: what was half read is forgotten, what
// is on the paper stays.
func (d *Decoder) restart() {
	d.pending, d.want, d.then, d.data = nil, 0, nil, payload{}
	d.reset()
}

// onSight names the real-time command that the last bytes are.
func (d *Decoder) onSight() string {
	r := d.recent[:]
	switch {
	case r[2] == dle && r[3] == 0x04 && r[4] >= 1 && r[4] <= 4:
		return "DLE EOT"
	case r[2] == dle && r[3] == 0x05 && (r[4] == 1 || r[4] == 2):
		return "DLE ENQ"
	case r[0] == dle && r[1] == 0x14 && r[2] == 1 && r[3] <= 1 && r[4] >= 1 && r[4] <= 8:
		if !d.host.realTime {
			d.pulse(drawerPulse(r[3], r[4]))
		}
		return "DLE DC4"
	}
	return ""
}
