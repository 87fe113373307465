package storage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"go.etcd.io/bbolt"
)

// standing is how a copy stands to a journal.
type standing struct {
	mark           // the last record that both have
	size    int64  // of the file; more than end when something else follows
	ahead   uint64 // the last event of the copy's chain, when it goes on after the journal's
	differs uint64 // the first event in which two whole chains differ
	spoiled error  // why the copy can't be gone on with after end; nil for a tail that was torn
	tail    error  // what is wrong with what follows end; nil when nothing does
}

// CopyAheadError says that the copy holds events that the journal has lost:
// its file fell back to an older state, was replaced by an older one, or was
// deleted. It is ErrDamaged: Rebuild brings the events back.
type CopyAheadError struct {
	Journal, Copy uint64 // the last event of each
	Differs       uint64 // the first event in which they differ; 0 when the copy goes on where the journal ends
	Missing       bool   // journal.db is gone
}

func (e *CopyAheadError) Error() string {
	switch {
	case e.Missing:
		return fmt.Sprintf("%v: %s is missing, its copy holds %d events", ErrDamaged, fileName, e.Copy)
	case e.Differs > 0:
		return fmt.Sprintf("%v: it holds %d events, its copy %d others from event %d on", ErrDamaged, e.Journal, e.Copy, e.Differs)
	}
	return fmt.Sprintf("%v: it holds %d events, its copy %d", ErrDamaged, e.Journal, e.Copy)
}

func (e *CopyAheadError) Unwrap() error { return ErrDamaged }

// compare finds out how the copy f stands to the journal. It begins at the
// record that the journal noted as durable last, so that it takes no longer in
// a large file, and at the first one when that is not where it was noted. An
// error is the journal's or the disk's.
func compare(tx *bbolt.Tx, f *os.File) (s standing, err error) {
	h, err := headOf(tx)
	if err != nil {
		return s, err
	}
	info, err := f.Stat()
	if err != nil {
		return s, err
	}
	noted := markOf(shelfState.of(tx).Get(keyCopy))
	if noted.seq > 0 && noted.seq <= h.seq && noted.start >= headerSize && noted.start < info.Size() {
		s = standing{mark: mark{seq: noted.seq - 1, end: noted.start}, size: info.Size()}
		if v, err := copyAt(f, noted.start).next(); err == nil && bytes.Equal(v, shelfEvents.of(tx).Get(seqKey(noted.seq))) {
			noted.end = noted.start + frameLength(v)
			return s, s.walk(tx, h, copyAt(f, noted.start), noted)
		}
	}
	return compareAll(tx, f)
}

// compareAll does so from the first record on.
func compareAll(tx *bbolt.Tx, f *os.File) (s standing, err error) {
	h, err := headOf(tx)
	if err != nil {
		return s, err
	}
	info, err := f.Stat()
	if err != nil {
		return s, err
	}
	noted := markOf(shelfState.of(tx).Get(keyCopy))
	s = standing{size: info.Size()}
	if s.size == 0 { // a power cut after its name was made
		return s, nil
	}
	c, err := readCopy(io.NewSectionReader(f, 0, s.size))
	if err != nil {
		s.spoiled = err
		if s.size <= headerSize {
			s.spoiled = nil // nothing was in it
		}
		return s, nil
	}
	s.end = headerSize
	return s, s.walk(tx, h, c, noted)
}

// walk compares record by record, as far as both are whole.
func (s *standing) walk(tx *bbolt.Tx, h head, c *copyReader, noted mark) error {
	events := shelfEvents.of(tx).Cursor()
	key, stored := events.Seek(seqKey(s.seq + 1))
	var previous [32]byte
	if s.seq > 0 {
		copy(previous[:], shelfEvents.of(tx).Get(seqKey(s.seq)))
	}
	for seq := s.seq + 1; ; seq++ {
		start := c.at
		v, err := c.next()
		if err != nil {
			s.tell(err, noted)
			return nil
		}
		if s.ahead == 0 && s.differs == 0 && seq <= h.seq && bytes.Equal(key, seqKey(seq)) && bytes.Equal(v, stored) {
			s.mark = mark{seq, start, c.at}
			copy(previous[:], v)
			key, stored = events.Next()
			continue
		}
		e, err := checkedEvent(seq, previous, v)
		switch {
		case errors.Is(err, ErrNewerFormat): // it does follow; only its words aren't known
		case err != nil:
			if s.ahead == 0 {
				s.spoiled, s.tail = err, err
			}
			return nil
		case seq <= h.seq && s.differs == 0 && bytes.HasPrefix(stored, e.Hash[:]):
			s.spoiled = errors.New("the event is packed otherwise")
			s.tail = s.spoiled
			return nil
		case seq <= h.seq && s.differs == 0:
			s.differs = seq
		}
		s.ahead = seq
		copy(previous[:], v)
	}
}

// tell judges what follows the whole records. Where the journal had noted that
// the copy was durable further on, and the bytes are there, they were damaged
// since; else it is a tail that was torn.
func (s *standing) tell(err error, noted mark) {
	if errors.Is(err, io.EOF) {
		return
	}
	s.tail = err
	if !ends(err) || s.end <= noted.start && noted.start < s.size {
		s.spoiled = err
	}
}

// fault is why a journal with such a copy can't be gone on with.
func (s *standing) fault(tx *bbolt.Tx) error {
	if s.ahead == 0 && s.differs == 0 {
		return nil
	}
	h, err := headOf(tx)
	if err != nil {
		return err
	}
	return &CopyAheadError{Journal: h.seq, Copy: s.ahead, Differs: s.differs}
}

// lost looks at a folder without journal.db: when its copy holds events they
// were sales, and the till must not begin anew as if there had been none.
func lost(path, copyPath string) error {
	f, err := os.Open(copyPath)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() <= headerSize {
		return err
	}
	e := &CopyAheadError{Missing: true}
	if c, err := readCopy(f); err == nil {
		for _, err = c.next(); err == nil; _, err = c.next() {
			e.Copy++
		}
	}
	if _, err := os.Stat(path); err == nil { // another program has begun it meanwhile
		return nil
	}
	return e
}
