package settlement

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// Reading says how a file is to be read.
type Reading struct {
	Name     string // of the file; tells the kind of one that is empty but for <END>
	Units    Units  // Auto when it is to be found out
	NoEnd    bool   // the file is of a kind without <END>, as a dashboard's download may be
	Unpacked int64  // most bytes that an archive may hold, and a plain file; 0 means 2 GiB
	Packed   int64  // most bytes of a zip that has to be kept in memory; 0 means 64 MiB
}

// How much of a file is looked at before its units must be told.
const (
	sampleLines = 1000
	sampleBytes = 1 << 20
)

// File is one of Alipay's files, open at its next line. It holds a line, and
// of a file whose units are not told yet the first thousand.
type File struct {
	reading Reading
	kind    Kind
	columns columns
	lines   *lines
	units   Units
	judged  bool // the units were told by the journal, not by a person or a point
	ahead   []drafted
	ended   bool  // <END> was read, and nothing behind it
	err     error // what refused the whole file
	taken   *atomic.Int64
}

// drafted is a line that was read ahead, or what is wrong with it.
type drafted struct {
	draft draft
	err   error
}

// Open reads the heading of a file that may be plain, gzip, or a zip with one
// file in it, and tells the kind by the columns. ErrIncomplete, ErrColumns,
// ErrArchive and ErrTooBig say why it can't be read.
func Open(r io.Reader, reading Reading) (*File, error) {
	if reading.Unpacked <= 0 {
		reading.Unpacked = defaultUnpacked
	}
	if reading.Packed <= 0 {
		reading.Packed = defaultPacked
	}
	f := &File{reading: reading, units: reading.Units, taken: new(atomic.Int64)}
	plain, err := unpack(r, reading.Packed, reading.Unpacked, f.taken)
	if err != nil {
		return nil, err
	}
	if f.lines, err = newLines(plain); err != nil {
		return nil, err
	}
	_, cells, err := f.lines.record()
	var fault *LineError
	switch {
	case errors.Is(err, io.EOF):
		return nil, ErrIncomplete // not even a heading: so a broken download looks
	case errors.As(err, &fault):
		return nil, fmt.Errorf("%w: %w", ErrColumns, err)
	case err != nil:
		return nil, err
	}
	if len(cells) == 1 && cells[0] == end {
		// A day without transactions: a setting at Alipay says whether a file
		// is written at all, and not whether it has a heading.
		name, ok := ParseName(reading.Name)
		if !ok {
			return nil, ErrColumns
		}
		f.kind = name.Kind
		return f, f.close()
	}
	if f.columns, err = heading(cells); err != nil {
		return nil, err
	}
	f.kind = f.columns.kind
	return f, f.sample()
}

// Name is the file's name, as the caller gave it.
func (f *File) Name() string { return f.reading.Name }

// Kind is which of the files it is.
func (f *File) Kind() Kind { return f.kind }

// Units is how amounts are read: as asked for, as a decimal point among the
// first lines tells, or as Use said. Auto while nothing has told it.
func (f *File) Units() Units { return f.units }

// Use says how amounts are read from now on.
func (f *File) Use(u Units) { f.units, f.judged = u, false }

// judge is Use with what the journal has told.
func (f *File) judge(u Units) { f.units, f.judged = u, true }

// Taken is how many bytes of the source were read so far, packed ones if it is
// packed.
func (f *File) Taken() int64 { return f.taken.Load() }

// sample reads ahead until a decimal point tells the units.
func (f *File) sample() error {
	bytes := 0
	for f.units == Auto && len(f.ahead) < sampleLines && bytes < sampleBytes {
		d, err := f.draft()
		var fault *LineError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &fault):
			f.ahead = append(f.ahead, drafted{err: fault})
		case err != nil:
			// The lines before are still good to look at: Next tells it when
			// it gets there, and the file counts for nothing then.
			f.ahead = append(f.ahead, drafted{err: err})
			return nil
		default:
			bytes += longestOf(d)
			f.ahead = append(f.ahead, drafted{draft: d})
			f.point(d)
		}
	}
	return nil
}

// longestOf is about what a draft holds in memory.
func longestOf(d draft) int {
	const fixed = 600
	if t := d.row.transaction(); t != nil {
		return fixed + len(t.Description)
	}
	return fixed
}

// point lets a decimal point tell the units.
func (f *File) point(d draft) {
	for _, figure := range d.figures() {
		if f.units == Auto && figure.pointed() {
			f.units = Major
		}
	}
}

// draft reads the next line; io.EOF behind <END>.
func (f *File) draft() (draft, error) {
	if f.ended {
		return draft{}, io.EOF
	}
	n, cells, err := f.lines.record()
	if errors.Is(err, io.EOF) {
		if !f.reading.NoEnd {
			return draft{}, ErrIncomplete
		}
		f.ended = true
		return draft{}, io.EOF
	}
	if err != nil {
		return draft{}, err
	}
	if len(cells) == 1 && cells[0] == end {
		if err := f.close(); err != nil {
			return draft{}, err
		}
		return draft{}, io.EOF
	}
	return f.columns.draft(n, cells)
}

// close reads what stands behind <END>, which must be nothing. To read up to
// the end is also what checks the sum of an archive.
func (f *File) close() error {
	n, _, err := f.lines.record()
	var fault *LineError
	switch {
	case errors.Is(err, io.EOF):
		f.ended = true
		return nil
	case err == nil || errors.As(err, &fault):
		return fmt.Errorf("%w: line %d", ErrAfterEnd, n)
	}
	return err
}

// Next is the next line. io.EOF says that the file is read, and whole; a
// *LineError that this line can't be read, after which the next can be. Any
// other error refuses the whole file, also what was read of it before:
// ErrIncomplete, ErrAfterEnd, ErrTooBig, ErrArchive, ErrUnits, ErrMixedUnits,
// or one of the reader.
func (f *File) Next() (Row, error) {
	if f.err != nil {
		return Row{}, f.err
	}
	row, err := f.next()
	var fault *LineError
	if err != nil && !errors.As(err, &fault) {
		f.err = err
	}
	return row, err
}

func (f *File) next() (Row, error) {
	var d draft
	var err error
	if len(f.ahead) > 0 {
		d, err = f.ahead[0].draft, f.ahead[0].err
		f.ahead[0] = drafted{}
		f.ahead = f.ahead[1:]
	} else {
		d, err = f.draft()
	}
	if err != nil {
		return Row{}, err
	}
	f.point(d)
	row, err := d.finish(f.units)
	switch {
	case errors.Is(err, ErrUnits):
		return Row{}, fmt.Errorf("%w: line %d", ErrUnits, d.line)
	case errors.Is(err, errPoint) && f.judged:
		return Row{}, fmt.Errorf("%w: line %d", ErrMixedUnits, d.line)
	}
	return row, err
}

// readings are the first lines of a file whose units are not told, each in
// minor and in major units: those that can be read in both, and of
// transactions in a currency in which it matters.
func (f *File) readings(each func(minor, major *Transaction) error) error {
	for _, a := range f.ahead {
		if a.err != nil || !a.draft.amount.tells() {
			continue
		}
		minor, err := a.draft.finish(Minor)
		if err != nil {
			continue
		}
		major, err := a.draft.finish(Major)
		if err != nil {
			continue
		}
		if err := each(minor.transaction(), major.transaction()); err != nil {
			return err
		}
	}
	return nil
}
