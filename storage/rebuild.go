package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"ringup/payments"
)

// RebuildOptions are those of Rebuild and Restore.
type RebuildOptions struct {
	// Day is the business day on which it is done; its shop numbers go on well
	// after those that the lost end may have used. It is needed.
	Day      payments.Day
	Now      func() time.Time // in the shop's zone; nil means time.Now
	Wait     time.Duration    // for another program to let go of the journal; 0 means one second
	Patience time.Duration    // how long the old journal.db may take over one piece; 0 means 30 seconds
	// LeaveOld doesn't look into the old journal.db at all, for a file so
	// damaged that reading it ends the program.
	LeaveOld bool
	Progress func(done, total uint64) // told as it goes on, in bytes of what is read; may be nil
}

// Rebuilt tells what a Rebuild or Restore brought back.
type Rebuilt struct {
	Events      uint64            // in the new file, without Restored itself
	FromCopy    uint64            // of them, those that a Restore took from the folder's own copy
	FromJournal uint64            // of them, those that only the old journal.db held
	Unread      int64             // bytes of the copy or backup after its last whole event
	Restored    payments.Restored // the event that the new file ends with
	Kept        []string          // where the old files are now
	CopyFault   error             // why the copy doesn't match yet; the next Open writes what it lacks
}

// Rebuild makes journal.db anew from its copy: the same events with the same
// hashes, their indexes and totals told again, and a Restored event after
// them. What the old journal.db holds beyond the copy's end is taken too, as
// far as it can be read; the old file is kept beside under a name with the
// date. The new file has an incarnation of its own; print jobs and the marks of
// the last ten minutes' codes are not in the copy, and so not in it. Until the
// last moment nothing is changed, and it can be ended at any moment and run
// again. Errors: *HeldError, ErrNoCopy, ErrNewerFormat, ErrDiskFull,
// ErrReadOnly, payments.ErrNotADay.
func Rebuild(ctx context.Context, dir string, o RebuildOptions) (Rebuilt, error) {
	return remake(ctx, dir, "", o)
}

// Restore is Rebuild from a backup. Where the folder's own copy or journal
// goes on from the backup's end, what they hold more is taken too; any other
// journal is kept beside. ErrNotBackup, besides Rebuild's errors.
func Restore(ctx context.Context, dir, backup string, o RebuildOptions) (Rebuilt, error) {
	return remake(ctx, dir, backup, o)
}

func (o RebuildOptions) filled() RebuildOptions {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == 0 {
		o.Wait = time.Second
	}
	if o.Patience == 0 {
		o.Patience = 30 * time.Second
	}
	if o.Progress == nil {
		o.Progress = func(done, total uint64) {}
	}
	return o
}

const remadeSuffix = ".remade"

// remaking is one Rebuild or Restore.
type remaking struct {
	ctx    context.Context
	o      RebuildOptions
	dir    string
	path   string // of journal.db
	copy   *os.File
	held   bool // no other program has the folder
	made   bool // the copy's file was made here, only to hold its lock
	old    *os.File
	silent bool     // the old journal.db didn't answer, and somebody still reads it
	next   *os.File // a new copy that has no name yet
	backup string
	maker  *maker
	result Rebuilt
}

func remake(ctx context.Context, dir, backup string, o RebuildOptions) (Rebuilt, error) {
	r := &remaking{ctx: ctx, o: o.filled(), dir: dir, path: filepath.Join(dir, fileName), backup: backup}
	if _, err := dayKey(o.Day); err != nil {
		return Rebuilt{}, err
	}
	err := r.run()
	if err != nil {
		return Rebuilt{}, fmt.Errorf("rebuild: %w", classify(err))
	}
	return r.result, nil
}

func (r *remaking) run() (err error) {
	if r.backup != "" {
		if err := os.MkdirAll(r.dir, 0o700); err != nil {
			return err
		}
	}
	defer func() { err = errors.Join(err, r.letGo(err)) }()
	if err := r.hold(); err != nil {
		return err
	}
	r.held = true
	if err := r.cleanUp(); err != nil { // of one that was killed
		return err
	}
	if r.maker, err = newMaker(r.path+remadeSuffix, r.o); err != nil {
		return err
	}
	if err := r.collect(); err != nil {
		return err
	}
	if r.maker.head.seq == 0 {
		if r.backup != "" {
			return fmt.Errorf("%w: it holds no event", ErrNotBackup)
		}
		return ErrNoCopy
	}
	r.result.Events = r.maker.head.seq
	if r.result.Restored, err = r.maker.finish(r.o, r.from()); err != nil {
		return err
	}
	if err := r.ctx.Err(); err != nil {
		return err
	}
	return r.putInPlace()
}

func (r *remaking) from() string {
	if r.backup != "" {
		return payments.RestoredFromBackup
	}
	return payments.RestoredFromCopy
}

// hold makes sure that no program has the journal open, and that none can
// open it while this lasts: an open journal holds the lock of its copy too, so
// that it is noticed even when its journal.db was taken away, and whoever
// opens one later asks for that lock before it does anything.
func (r *remaking) hold() (err error) {
	name := filepath.Join(r.dir, copyName)
	_, err = os.Lstat(name)
	r.made = errors.Is(err, os.ErrNotExist)
	if _, err := os.Stat(r.dir); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return ErrNoCopy
		}
		return err
	}
	if r.copy, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	if err := r.lock(r.copy); err != nil {
		return err
	}
	if !sameFile(r.copy, name) { // another rebuild was faster
		return holder(r.dir)
	}
	if r.old, err = os.OpenFile(r.path, os.O_RDWR, 0); errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if err := r.lock(r.old); err != nil {
		return err
	}
	return r.freeOld() // so that it can be read; it is locked again before it is moved
}

func (r *remaking) freeOld() error {
	err := r.old.Close()
	r.old = nil
	return err
}

// lock waits for a lock.
func (r *remaking) lock(f *os.File) error {
	wait := time.NewTimer(r.o.Wait)
	defer wait.Stop()
	for {
		held, err := lockFile(f)
		if err != nil {
			return err
		}
		if !held {
			return nil
		}
		again := time.NewTimer(20 * time.Millisecond)
		select {
		case <-r.ctx.Done():
			return r.ctx.Err()
		case <-wait.C:
			return holder(r.dir)
		case <-again.C:
		}
	}
}

// letGo ends it. What was made for it goes away again when it failed.
func (r *remaking) letGo(failed error) error {
	if r.maker != nil {
		r.maker.close()
	}
	var err error
	if r.copy != nil {
		name := filepath.Join(r.dir, copyName)
		if info, statErr := r.copy.Stat(); r.made && failed != nil && statErr == nil && info.Size() == 0 && sameFile(r.copy, name) {
			if closeToRename {
				_ = r.copy.Close()
			}
			err = os.Remove(name)
		}
		_ = r.copy.Close()
	}
	for _, f := range []*os.File{r.old, r.next} {
		if f != nil {
			_ = f.Close()
		}
	}
	if failed != nil && r.held {
		err = errors.Join(err, r.cleanUp())
	}
	return err
}

func (r *remaking) cleanUp() error {
	for _, name := range []string{r.path + remadeSuffix, filepath.Join(r.dir, copyName+remadeSuffix)} {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// collect brings every event together: from the backup, from the copy, and
// from the old journal.db, each from where the one before it ends.
func (r *remaking) collect() error {
	if r.backup != "" {
		if err := r.fromBackup(); err != nil {
			return err
		}
	}
	after := r.maker.head.seq
	unread, err := r.take(r.copy)
	if errors.Is(err, errNoHeader) {
		if info, statErr := r.copy.Stat(); statErr == nil {
			unread, err = info.Size(), nil
		}
	}
	if err != nil {
		return err
	}
	if r.backup != "" {
		r.result.FromCopy = r.maker.head.seq - after
	} else {
		r.result.Unread = unread
	}
	if r.o.LeaveOld {
		return nil
	}
	if _, err := os.Stat(r.path); err != nil {
		return nil
	}
	after = r.maker.head.seq
	err = rescue(r.ctx, r.path, r.o, after, r.maker.add)
	r.silent = errors.Is(err, errSilent)
	if r.silent || errors.Is(err, errNotNext) {
		err = nil
	}
	r.result.FromJournal = r.maker.head.seq - after
	return err
}

func (r *remaking) fromBackup() error {
	f, err := os.Open(r.backup)
	if err != nil {
		return err
	}
	defer f.Close()
	r.result.Unread, err = r.take(f)
	if errors.Is(err, errNoHeader) {
		return fmt.Errorf("%w: %w", ErrNotBackup, err)
	}
	return err
}

// take takes the events of f that follow those which are there already. What
// doesn't follow, or isn't whole, ends it; unread is how many bytes are left.
func (r *remaking) take(f *os.File) (unread int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	c, err := readCopy(io.NewSectionReader(f, 0, info.Size()))
	if err != nil {
		return 0, err
	}
	known := r.maker.head
	for seq := uint64(1); ; seq++ {
		start := c.at
		v, err := c.next()
		if ends(err) {
			r.o.Progress(uint64(info.Size()), uint64(info.Size()))
			return info.Size() - c.at, nil
		}
		if err != nil {
			return 0, err
		}
		if seq%piece == 0 {
			if err := r.ctx.Err(); err != nil {
				return 0, err
			}
			r.o.Progress(uint64(c.at), uint64(info.Size()))
		}
		switch {
		case seq < known.seq:
			continue
		case seq == known.seq:
			if [32]byte(v) != known.hash { // another chain
				return 0, nil
			}
			continue
		}
		if err := r.maker.add(v); errors.Is(err, errNotNext) {
			return info.Size() - start, nil
		} else if err != nil {
			return 0, err
		}
	}
}

// errNotNext says that a stored event isn't whole, or doesn't follow.
var errNotNext = errors.New("it isn't the next event")
