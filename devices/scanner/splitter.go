package scanner

// longestRead is the most that a barcode can hold: 4,296 characters (QR,
// version 40).
const longestRead = 4296

// splitter cuts the bytes of a serial line into reads. A read ends at CR, LF
// or Tab, or in silence; CR LF is one ending. Bytes that aren't printable ASCII
// are noise: they are dropped and counted, and a read that holds any runs on
// until the line is silent, for an ending within noise is noise too.
type splitter struct {
	text  []byte
	noise int
	part  bool
	cr    bool // the last byte was a CR that ended a read
	pair  bool // the last CR before had an LF behind it
}

// piece is one read as it came. One without text and noise is an ending that
// came alone.
type piece struct {
	text   string
	noise  int // bytes that were no characters, or too many
	ending Ending
	// part says that this isn't all that the scanner sent, or more than that:
	// it came with a pause in it, or the line was opened or cut meanwhile.
	part bool
}

// feed takes bytes and tells the reads that they end.
func (s *splitter) feed(p []byte, tell func(piece)) {
	for i, b := range p {
		afterCR := s.cr
		s.cr = false
		switch {
		case s.noise > 0:
			s.take(b)
		case b == '\n' && afterCR:
			s.pair = true
		case b == '\r':
			// Whether an LF follows isn't known at the end of what came: then it
			// is as it was last time.
			if i+1 < len(p) {
				s.pair = p[i+1] == '\n'
			}
			ending := EndsCR
			if s.pair {
				ending = EndsCRLF
			}
			s.end(ending, tell)
			s.cr, s.pair = true, false
		case b == '\n':
			s.end(EndsLF, tell)
		case b == '\t':
			s.end(EndsTab, tell)
		default:
			s.take(b)
		}
	}
}

func (s *splitter) take(b byte) {
	if b < ' ' || b > '~' || len(s.text) == longestRead {
		s.noise++
		return
	}
	s.text = append(s.text, b)
}

// silence ends a read that has begun.
func (s *splitter) silence(tell func(piece)) {
	if s.open() {
		s.end(EndsSilence, tell)
	}
}

// pause says that the line was silent for a while: a read that goes on after
// it isn't to be trusted.
func (s *splitter) pause() { s.part = s.part || s.open() }

// distrust says the same of the next read, whether it has begun or not.
func (s *splitter) distrust() { s.part = true }

// open tells whether a read has begun.
func (s *splitter) open() bool { return len(s.text) > 0 || s.noise > 0 }

// so is the read that has begun, as if it ended now.
func (s *splitter) so() piece { return piece{string(s.text), s.noise, EndsSilence, s.part} }

func (s *splitter) end(e Ending, tell func(piece)) {
	tell(piece{string(s.text), s.noise, e, s.part && s.open()})
	if s.open() {
		s.part = false
	}
	s.text, s.noise = s.text[:0], 0
}
