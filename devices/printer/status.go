package printer

// Status is what a printer says of itself.
type Status struct {
	// Answered says that it said anything. Without it the rest means nothing.
	Answered    bool
	Offline     bool
	Feeding     bool // by its button
	CoverOpen   bool
	PaperOut    bool
	NearEnd     bool // of the paper; cheap printers never say so
	CutterError bool
	HotHead     bool // or another error that goes away by itself
	Fault       bool // an error that doesn't, or of which it doesn't say more
}

// Problem is the first thing to be mended, or NearEnd, or "" when all is well.
func (s Status) Problem() Problem {
	switch {
	case s.CoverOpen:
		return CoverOpen
	case s.PaperOut:
		return PaperOut
	case s.CutterError:
		return CutterError
	case s.Fault:
		return Fault
	case s.HotHead:
		return HotHead
	case s.Offline, s.Feeding:
		return Offline
	case s.NearEnd:
		return NearEnd
	}
	return ""
}

// The questions: DLE EOT n, answered at once even by a printer that is offline,
// and GS r 1, answered in its turn.
func askStatus(n byte) []byte { return []byte{0x10, 0x04, n} }

var askPaper = []byte{0x1d, 0x72, 0x01}

// The bits of the answers (Epson TM guides; Bixolon, Citizen and HPRT agree).
// n=1 printer, n=2 why it is offline, n=3 errors, n=4 paper sensor. They are
// taken in this order.
func (s *Status) take(n, b byte) {
	s.Answered = true
	switch n {
	case 1:
		s.Offline = b&0x08 != 0
	case 2:
		s.CoverOpen = b&0x04 != 0
		s.Feeding = b&0x08 != 0
		s.PaperOut = b&0x20 != 0 // printing stopped for paper
		s.Fault = b&0x40 != 0    // an error; the next answer says which
	case 3:
		s.CutterError = b&0x08 != 0
		s.HotHead = b&0x40 != 0
		// Bit 2 is a recoverable error with some makers.
		named := s.CutterError || s.HotHead || b&0x04 != 0
		s.Fault = b&0x20 != 0 || s.Fault && !named
		s.Offline = s.Offline || b&0x04 != 0
	case 4:
		s.NearEnd = b&0x0c == 0x0c
		s.PaperOut = s.PaperOut || b&0x60 == 0x60
	}
}

// takeASB reads an automatic status, four bytes that a printer sends unasked
// when its switches or an earlier program said so (GS a).
func (s *Status) takeASB(b [4]byte) {
	*s = Status{
		Answered:    true,
		Offline:     b[0]&0x08 != 0,
		CoverOpen:   b[0]&0x20 != 0,
		Feeding:     b[0]&0x40 != 0,
		CutterError: b[1]&0x08 != 0,
		Fault:       b[1]&0x20 != 0,
		HotHead:     b[1]&0x40 != 0,
		NearEnd:     b[2]&0x03 == 0x03,
		PaperOut:    b[2]&0x0c == 0x0c,
	}
}

// reply is something that a printer said.
type reply struct {
	kind replyKind
	b    byte
	asb  [4]byte
}

type replyKind int

const (
	realTime  replyKind = iota + 1 // the answer to DLE EOT
	inTurn                         // the answer to GS r
	automatic                      // unasked
)

// decoder sorts the bytes that a printer sends. Fixed bits tell them apart: an
// answer to DLE EOT is xxx1xx1x with bits 0 and 7 clear, the first byte of an
// automatic status has bit 1 clear too, and its other three, like the answer to
// GS r, have bits 4 and 7 clear. Flow control (11, 13) and all else is dropped.
type decoder struct {
	asb [4]byte
	n   int // bytes of asb that came
}

// feed takes one byte and tells what it completes; false for nothing.
func (d *decoder) feed(b byte) (reply, bool) {
	switch {
	case b&0x93 == 0x12:
		return reply{kind: realTime, b: b}, true
	case b&0x93 == 0x10:
		d.asb, d.n = [4]byte{b}, 1
	case b&0x90 == 0 && d.n > 0:
		d.asb[d.n] = b
		if d.n++; d.n == len(d.asb) {
			d.n = 0
			return reply{kind: automatic, asb: d.asb}, true
		}
	case b&0x90 == 0:
		return reply{kind: inTurn, b: b}, true
	case b == 0x11 || b == 0x13:
	default:
		d.n = 0
	}
	return reply{}, false
}
