package storage

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// The journal's copy, journal.copy, holds every event a second time, in
// another file and another form than journal.db, so that no single fault takes
// both. A backup is such a file too. Its form:
//
//	header   16 bytes: 0x89 "RINGUP" 0x0d 0x0a 0x1a 0x0a, the format's number
//	         (1 byte, now 1), CRC-32C of the 12 bytes before (4 bytes)
//	record   length of the value (4 bytes), CRC-32C of these 4 bytes and the
//	         value (4 bytes), the value
//
// Numbers are big-endian; CRC-32C is the Castagnoli polynomial of RFC 3720.
// Records follow each other without a gap, from event 1 on, each event once.
// A value is the entry of the events' shelf, byte for byte: the event's hash
// (32 bytes), the way it is packed (1 byte) and its packed canonical bytes. So
// a record is told to be whole by its CRC without any other, and to be the
// right one by the hash of the record before it.
//
// The file only grows at its end. A power cut can leave a part of a record
// there, or bytes that were never written: the first record that isn't whole
// ends the copy, and it goes on from there.

const copyName = "journal.copy"

// copyFormat is the version of the file's form.
const copyFormat = 1

const (
	headerSize = 16
	frameSize  = 8 // what a record has before its value
	leastValue = 33
	mostValue  = largestEvent + leastValue
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// copyHeader is what every copy begins with.
var copyHeader = func() []byte {
	return appendSum(append([]byte("\x89RINGUP\r\n\x1a\n"), copyFormat))
}()

func appendSum(b []byte) []byte {
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// appendFrame adds the record of a value.
func appendFrame(b, value []byte) []byte {
	from := len(b)
	b = binary.BigEndian.AppendUint32(b, uint32(len(value)))
	sum := crc32.Update(crc32.Checksum(b[from:], castagnoli), castagnoli, value)
	return append(binary.BigEndian.AppendUint32(b, sum), value...)
}

func frameLength(value []byte) int64 { return int64(frameSize + len(value)) }

// What ends the reading of a copy, besides io.EOF and what the disk says.
var (
	errNoHeader = errors.New("it does not begin as a copy of a journal")
	errTorn     = errors.New("it ends within a record")
	errSpoiled  = errors.New("a record's bytes don't have its checksum")
)

// copyReader reads the records of a copy one after the other.
type copyReader struct {
	in    *bufio.Reader
	at    int64 // where the next record begins
	value []byte
}

// readCopy reads a copy from its beginning. ErrNewerFormat is a later
// program's copy; errNoHeader is none.
func readCopy(in io.Reader) (*copyReader, error) {
	c := copyFrom(in, headerSize)
	head := make([]byte, headerSize)
	switch _, err := io.ReadFull(c.in, head); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errNoHeader
	case err != nil:
		return nil, err
	}
	if bytes.Equal(head, copyHeader) {
		return c, nil
	}
	const mark = headerSize - 5
	if bytes.Equal(head[:mark], copyHeader[:mark]) && head[mark] > copyFormat &&
		crc32.Checksum(head[:mark+1], castagnoli) == binary.BigEndian.Uint32(head[mark+1:]) {
		return nil, &NewerFormatError{Found: int(head[mark]), Known: copyFormat}
	}
	return nil, errNoHeader
}

// copyFrom goes on reading where a record begins.
func copyFrom(in io.Reader, at int64) *copyReader {
	return &copyReader{in: bufio.NewReaderSize(in, 1<<18), at: at}
}

// copyAt reads a file's records from one place on.
func copyAt(f *os.File, at int64) *copyReader {
	return copyFrom(io.NewSectionReader(f, at, 1<<62-at), at)
}

// next is the next record's value, which the one after it overwrites; io.EOF
// at the end, errTorn or errSpoiled where no whole record follows. Then at is
// where the whole ones end.
func (c *copyReader) next() ([]byte, error) {
	var frame [frameSize]byte
	if _, err := io.ReadFull(c.in, frame[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errTorn
		}
		return nil, err
	}
	n := binary.BigEndian.Uint32(frame[:])
	if n < leastValue || n > mostValue {
		return nil, errSpoiled
	}
	if cap(c.value) < int(n) {
		c.value = make([]byte, n)
	}
	c.value = c.value[:n]
	if _, err := io.ReadFull(c.in, c.value); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errTorn
		}
		return nil, err
	}
	sum := crc32.Update(crc32.Checksum(frame[:4], castagnoli), castagnoli, c.value)
	if sum != binary.BigEndian.Uint32(frame[4:]) {
		return nil, errSpoiled
	}
	c.at += frameLength(c.value)
	return c.value, nil
}

// ends says whether err is where the whole records of a copy end, and not a
// fault of the disk.
func ends(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, errTorn) || errors.Is(err, errSpoiled)
}

// mark is a place in a copy: the number of a record, where it begins and where
// it ends. The zero mark stands for no record.
type mark struct {
	seq        uint64
	start, end int64
}

// bytes keeps a mark in the journal, without its end.
func (m mark) bytes() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, m.seq), uint64(m.start))
}

func markOf(v []byte) (m mark) {
	if len(v) == 16 {
		m.seq, m.start = binary.BigEndian.Uint64(v), int64(binary.BigEndian.Uint64(v[8:]))
	}
	return m
}

// CopyError says that the journal's copy is not as it should be; the journal
// itself is whole. It is ErrCopyDamaged.
type CopyError struct {
	Seq uint64 // the first event that the copy doesn't hold as it was written
	Err error  // for support
}

func (e *CopyError) Error() string {
	return fmt.Sprintf("%v: event %d: %v", ErrCopyDamaged, e.Seq, e.Err)
}

func (e *CopyError) Unwrap() []error { return []error{ErrCopyDamaged, e.Err} }
