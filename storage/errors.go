package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"time"

	berrors "go.etcd.io/bbolt/errors"
)

// What can be wrong with a journal. Of the errors that Append answers with,
// only ErrUncertain leaves open whether the batch was written; after all
// others nothing was.
var (
	ErrDamaged     = errors.New("the journal is damaged")
	ErrNewerFormat = errors.New("the journal was written by a newer program")
	ErrReadOnly    = errors.New("the journal's folder can't be written")
	ErrDiskFull    = errors.New("the disk is full")
	ErrDuplicateID = errors.New("an id was used before")
	ErrUncertain   = errors.New("a write to the journal failed half way") // only a restart tells how it ended
	ErrClosed      = errors.New("the journal is closed")
	ErrEvent       = errors.New("an event that can't be kept")
)

// What can be wrong with the journal's copy and with backups.
var (
	ErrCopyDamaged = errors.New("the journal's copy is damaged") // the journal is whole
	ErrNoCopy      = errors.New("there is nothing to rebuild the journal from")
	ErrNotBackup   = errors.New("the file is no backup of a journal")
)

// NewerFormatError tells which format was found and which is known. It is
// ErrNewerFormat.
type NewerFormatError struct{ Found, Known int }

func (e *NewerFormatError) Error() string {
	return fmt.Sprintf("%v: format %d, this program knows %d", ErrNewerFormat, e.Found, e.Known)
}

func (e *NewerFormatError) Unwrap() error { return ErrNewerFormat }

// HeldError says that another program has the journal open, and which one as
// far as it left word. The zero PID means that it left none.
type HeldError struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Program string    `json:"program"`
	Since   time.Time `json:"since"`
}

func (e *HeldError) Error() string {
	if e.PID == 0 {
		return "the journal is in use"
	}
	return fmt.Sprintf("the journal is in use by %s (process %d on %s) since %s",
		e.Program, e.PID, e.Host, e.Since.Format(time.DateTime))
}

// Tampering is what was done to the journal's chain.
type Tampering string

// The ways in which a journal can differ from what was written.
const (
	Changed   Tampering = "changed"   // the event's own bytes or hash
	Removed   Tampering = "removed"   // the event is missing
	Inserted  Tampering = "inserted"  // an event stands there that was never written
	Reordered Tampering = "reordered" // another event of the chain stands there
	Derived   Tampering = "derived"   // the chain is whole, but an index or a total doesn't follow from it
)

// TamperError names the first event that is not as it was written. It is
// ErrDamaged.
type TamperError struct {
	Seq    uint64
	What   Tampering
	Detail string // for support
}

func (e *TamperError) Error() string {
	s := fmt.Sprintf("%v: event %d %s", ErrDamaged, e.Seq, e.What)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

func (e *TamperError) Unwrap() error { return ErrDamaged }

// classify gives an error of the file system or of bbolt one of the names
// above; the error itself stays inside. What is none of them comes back as it
// was.
func classify(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrDamaged), errors.Is(err, ErrNewerFormat), errors.Is(err, ErrDiskFull),
		errors.Is(err, ErrReadOnly), errors.Is(err, ErrClosed):
		return err
	case isAny(err, diskFull), errors.Is(err, berrors.ErrMaxSizeReached):
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	case isAny(err, readOnly):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch),
		strings.Contains(err.Error(), "file size too small"): // bbolt has no name for it
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return ErrClosed
	}
	return err
}

// Classify gives any error of the file system one of this package's names,
// ErrDiskFull or ErrReadOnly, where it is one; the error itself stays inside.
func Classify(err error) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return err
	}
	return classify(err)
}

// isAny also looks at the text, since bbolt gives some errors on as text only
// ("file resize error: no space left on device").
func isAny(err error, numbers []syscall.Errno) bool {
	for _, n := range numbers {
		if errors.Is(err, n) || strings.HasSuffix(err.Error(), n.Error()) {
			return true
		}
	}
	return false
}
