package till

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"ringup/payments"
	"ringup/storage"
)

// What ends a verb on the books themselves.
var (
	ErrBooksWhole    = errors.New("the books are whole")
	ErrStopped       = errors.New("it was stopped")
	ErrCopyUnwritten = errors.New("the second copy can't be written")
)

// RemakeOptions are those of Rebuild and Restore.
type RemakeOptions struct {
	// LeaveOld doesn't look into the old journal.db at all: for a file so
	// damaged that reading it ends the program.
	LeaveOld bool
	Progress func(done, total uint64) // may be nil
}

// Remade is what a Rebuild or a Restore brought back. Its JSON is a contract
// with whoever reads the console: the names never change.
type Remade struct {
	Environment Environment `json:"environment"`
	From        string      `json:"from"`        // payments.RestoredFromCopy or RestoredFromBackup
	Events      uint64      `json:"events"`      // that the books hold now
	Head        string      `json:"head"`        // of the new books, as Books.Head
	FromCopy    uint64      `json:"fromCopy"`    // events that a Restore took from the second copy
	FromJournal uint64      `json:"fromJournal"` // events that only the old file held
	Unread      int64       `json:"unread"`      // bytes of the copy or backup after its last whole event
	Kept        []string    `json:"kept"`        // where the old files are now
	Search      Search      `json:"search"`
	Numbers     Numbers     `json:"numbers"`
	CopyFault   string      `json:"copyFault,omitempty"` // why the second copy isn't whole yet, for support
}

// Search is what the next start asks Alipay about: what the lost end of the
// books may have held.
type Search struct {
	After string `json:"after,omitempty"` // the last id that the books hold of the last start; "": none was ever used, so none is asked about
	Run   int    `json:"run"`             // it ends after so many ids in a row that Alipay doesn't know; 0: nothing is asked
}

// Numbers tell from where shop numbers go on, so that none stands on two slips.
type Numbers struct {
	Day   payments.Day `json:"day"`
	After int          `json:"after"`
}

// Rebuild makes an environment's books anew from their second copy; see
// storage.Rebuild. It needs no keys. Errors, besides storage's: ErrStopped when
// the context ends before it is done, and then everything is as it was.
func Rebuild(ctx context.Context, o Options, r RemakeOptions) (Remade, error) {
	return remake(ctx, o, r, storage.Rebuild)
}

// Restore is Rebuild from a file that Backup wrote; see storage.Restore.
func Restore(ctx context.Context, o Options, backup string, r RemakeOptions) (Remade, error) {
	if _, err := os.Stat(backup); err != nil {
		return Remade{}, err
	}
	return remake(ctx, o, r, func(ctx context.Context, dir string, s storage.RebuildOptions) (storage.Rebuilt, error) {
		return storage.Restore(ctx, dir, backup, s)
	})
}

func remake(ctx context.Context, o Options, r RemakeOptions,
	do func(context.Context, string, storage.RebuildOptions) (storage.Rebuilt, error),
) (Remade, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Environment == "" {
		var err error
		if o.Environment, err = ChosenEnvironment(o.Data); err != nil {
			return Remade{}, err
		}
	}
	// The shop's zone and cut-over stand in books that can't be read yet; the
	// machine's zone is nearly always the shop's. numbersOfTheDay mends the rest.
	made, err := do(ctx, Folder(o.Data, o.Environment), storage.RebuildOptions{
		Day: Settings{}.Calendar().Day(o.Now()), Now: o.Now, LeaveOld: r.LeaveOld, Progress: r.Progress,
	})
	if err != nil {
		return Remade{}, stopped(ctx, err)
	}
	o.NoAccount = true
	b, err := OpenBooks(o)
	if err != nil {
		return Remade{}, err
	}
	told, err := b.tellRemade(made)
	return told, errors.Join(err, b.Close())
}

// stopped tells an error that comes of a context's end from all others.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w: %w", ErrStopped, err)
	}
	return err
}

func (t *Books) tellRemade(made storage.Rebuilt) (Remade, error) {
	restored, err := t.numbersOfTheDay(made.Restored)
	if err != nil {
		return Remade{}, err
	}
	m := Remade{
		Environment: t.environment, From: restored.From, FromCopy: made.FromCopy, FromJournal: made.FromJournal,
		Unread: made.Unread, Kept: append([]string{}, made.Kept...), Numbers: Numbers{restored.Day, restored.Skip},
	}
	if restored.Seed != "" {
		m.Search = Search{payments.IDAfter(restored.Seed, restored.After), payments.SearchRun}
	}
	if made.CopyFault != nil {
		m.CopyFault = made.CopyFault.Error()
	}
	if m.Events, _, err = t.journal.Head(); err != nil {
		return m, err
	}
	m.Head, err = t.Head()
	return m, err
}

// numbersOfTheDay says once more from where shop numbers go on, when the
// shop's own day, which can only be told now, is another one than the
// machine's: an hour after midnight, say, in a shop whose day ends at four.
func (t *Books) numbersOfTheDay(r payments.Restored) (payments.Restored, error) {
	day := t.Today()
	if day == r.Day {
		return r, nil
	}
	last, err := t.journal.LastCount(t.start.TillName, day)
	if err != nil {
		return r, err
	}
	r.Day, r.Skip = day, ((last+500)/1000+1)*1000 // as storage counts it
	return r, t.journal.Append(payments.Batch{Events: []payments.Event{{At: t.corrected(), Body: r}}})
}

// Backup writes the books to a file from which Restore makes them anew. An
// older backup is replaced whole or not at all; any other file that has the
// name is left alone, which is fs.ErrExist. ErrNoFolder, ErrStopped.
func (t *Books) Backup(ctx context.Context, file string, progress func(done, total uint64)) error {
	if _, err := os.Stat(filepath.Dir(file)); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %s", ErrNoFolder, filepath.Dir(file))
	}
	if err := mayReplace(file); err != nil {
		return err
	}
	return stopped(ctx, t.journal.Backup(ctx, file, progress))
}

// mayReplace looks whether a file is an older backup, or none at all.
func mayReplace(file string) error {
	if _, err := os.Lstat(file); errors.Is(err, os.ErrNotExist) || isBackup(file) {
		return nil
	}
	return fmt.Errorf("%s: %w, and it is no backup", file, os.ErrExist)
}

// isBackup looks at a file's beginning.
func isBackup(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	const begins = "\x89RINGUP" // see storage's form of a copy
	head := make([]byte, len(begins))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == begins
}

// Damaged reports whether an error says that the books are damaged, so that
// Rebuild is what helps.
func Damaged(err error) bool { return errors.Is(err, storage.ErrDamaged) }

// NoCopy reports whether an error says that there is nothing to make the books
// from, so that only a backup helps.
func NoCopy(err error) bool { return errors.Is(err, storage.ErrNoCopy) }
