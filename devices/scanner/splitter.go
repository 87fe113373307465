package scanner

// longestRead is the most that a barcode can hold: 4,296 characters (QR,
// version 40).
const longestRead = 4296

// splitter cuts the bytes of a serial line into reads. A read ends at CR, LF
// or Tab, or in silence; CR LF ends one read, since what is empty is none.
// Bytes that aren't printable ASCII are noise: they are dropped and counted,
// and a read that holds any runs on until the line is silent, for an ending
// within noise is noise too.
type splitter struct {
	text  []byte
	noise int
}

// piece is one read as it came.
type piece struct {
	text  string
	noise int  // bytes that were no characters, or too many
	ended bool // by CR, LF or Tab; otherwise the line fell silent
}

// feed takes bytes and tells the reads that they end.
func (s *splitter) feed(p []byte, tell func(piece)) {
	for _, b := range p {
		switch {
		case (b == '\r' || b == '\n' || b == '\t') && s.noise == 0:
			s.end(true, tell)
		case b < ' ' || b > '~' || len(s.text) == longestRead:
			s.noise++
		default:
			s.text = append(s.text, b)
		}
	}
}

// silence ends a read that has begun.
func (s *splitter) silence(tell func(piece)) { s.end(false, tell) }

// cut ends a read whose line is gone: it is never whole.
func (s *splitter) cut(tell func(piece)) {
	if s.open() {
		s.noise++
	}
	s.end(false, tell)
}

// open tells whether a read has begun.
func (s *splitter) open() bool { return len(s.text) > 0 || s.noise > 0 }

func (s *splitter) end(ended bool, tell func(piece)) {
	if s.open() {
		tell(piece{string(s.text), s.noise, ended})
	}
	s.text, s.noise = s.text[:0], 0
}
