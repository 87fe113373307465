package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// This file puts what a remaking has made in the place of what was there, in
// such an order that whoever ends it half way leaves books that are refused or
// whole, and nothing of what was there is lost.

// keep finds a name for an old file, with the date.
func (r *remaking) keep(ending string) string {
	at := r.o.Now().Format("20060102-150405")
	name := filepath.Join(r.dir, "journal.before-"+at+ending)
	for n := 2; ; n++ {
		if _, err := os.Lstat(name); err != nil {
			return name
		}
		name = filepath.Join(r.dir, fmt.Sprintf("journal.before-%s-%d%s", at, n, ending))
	}
}

// putInPlace gives the new files their names. First the copy comes to hold
// what the new journal will (all but its last event, so that doing it again
// adds nothing), then one rename brings the journal, then the copy gets the
// last event. Whoever opens the folder in between finds the old journal, the
// new one, or one that says that it has lost events.
func (r *remaking) putInPlace() error {
	if err := r.lockOld(); err != nil {
		return err
	}
	s, err := r.maker.compare(r.copy)
	if err != nil {
		return err
	}
	other := s.differs > 0 || s.ahead > 0
	name := filepath.Join(r.dir, copyName)
	switch {
	case other && r.old != nil:
		// Neither chain may be read with the other's journal: for this moment
		// there is no copy, and the lock of the old journal.db keeps it so.
		if err := r.writeCopy(r.maker.head.seq); err != nil {
			return err
		}
		aside := r.keep(".copy")
		if err := r.moveCopy(func() error { return putAside(name, aside) }); err != nil {
			return err
		}
		r.result.Kept = append(r.result.Kept, aside)
		if err := r.putJournal(); err != nil {
			return err
		}
		r.result.CopyFault = r.putCopy(name, false)
		return nil
	case other || s.tail != nil || s.spoiled != nil || s.end == 0:
		if err := r.writeCopy(r.maker.events); err != nil {
			return err
		}
		if err := r.putCopy(name, s.size > headerSize); err != nil {
			return err
		}
	default:
		if err := r.maker.extend(r.copy, s.mark, r.maker.events); err != nil {
			return errors.Join(err, r.copy.Truncate(s.size), r.copy.Sync())
		}
	}
	if err := r.putJournal(); err != nil {
		return err
	}
	r.result.CopyFault = errors.Join(writeAt(r.copy, r.maker.last, r.maker.at.end), r.copy.Sync())
	return nil
}

// lockOld holds the old journal.db until another is in its place.
func (r *remaking) lockOld() (err error) {
	if r.old, err = os.OpenFile(r.path, os.O_RDWR, 0); errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil || r.silent { // who still reads it holds its lock
		return err
	}
	return r.lock(r.old)
}

// moveCopy lets a rename happen to the copy, which is closed then.
func (r *remaking) moveCopy(rename func() error) error {
	if closeToRename {
		_ = r.copy.Close()
	}
	err := rename()
	_ = r.copy.Close()
	r.copy = nil
	return errors.Join(err, syncFolder(r.dir))
}

// writeCopy writes a whole copy up to event to under another name.
func (r *remaking) writeCopy(to uint64) error {
	f, err := os.OpenFile(filepath.Join(r.dir, copyName+remadeSuffix), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err = writeAt(f, copyHeader, 0); err == nil {
		err = r.maker.extend(f, mark{end: headerSize}, to)
	}
	if _, lockErr := lockFile(f); err == nil {
		err = lockErr
	}
	if err != nil {
		_ = f.Close()
		return err
	}
	r.next = f
	return nil
}

// putCopy gives what writeCopy wrote its name. An old copy is kept when it
// holds anything.
func (r *remaking) putCopy(name string, keep bool) error {
	temporary := name + remadeSuffix
	if closeToRename {
		_ = r.next.Close()
	}
	rename := func() error { return putAside(temporary, name) }
	if keep {
		aside := r.keep(".copy")
		rename = func() error { return exchange(temporary, name, aside) }
		r.result.Kept = append(r.result.Kept, aside)
	}
	var err error
	if r.copy == nil {
		err = errors.Join(rename(), syncFolder(r.dir))
	} else {
		err = r.moveCopy(rename)
	}
	r.copy, r.next = r.next, nil
	if err == nil && closeToRename {
		if r.copy, err = os.OpenFile(name, os.O_RDWR, 0); err == nil {
			_, err = lockFile(r.copy)
		}
	}
	return err
}

// putJournal is the moment in which the new journal becomes the journal.
func (r *remaking) putJournal() error {
	if closeToRename {
		r.maker.close()
	}
	if r.old == nil {
		if err := publish(r.path+remadeSuffix, r.path); errors.Is(err, os.ErrExist) {
			return holder(r.dir) // another program has begun one meanwhile
		} else if err != nil {
			return err
		}
		return syncFolder(r.dir)
	}
	aside := r.keep(".db")
	if closeToRename {
		_ = r.freeOld()
	}
	if err := exchange(r.path+remadeSuffix, r.path, aside); err != nil {
		return err
	}
	r.result.Kept = append(r.result.Kept, aside)
	return syncFolder(r.dir)
}

// compare tells how a copy stands to the new journal.
func (m *maker) compare(f *os.File) (s standing, err error) {
	err = m.view(func(tx *bbolt.Tx) error { s, err = compareAll(tx, f); return err })
	return s, err
}

// extend makes a copy go on from one place until event to, durably.
func (m *maker) extend(f *os.File, from mark, to uint64) error {
	for from.seq < to {
		var b batch
		err := m.view(func(tx *bbolt.Tx) error {
			_, err := eventsAfter(tx, from.seq, int(min(to-from.seq, catchUp)), b.add)
			return err
		})
		if err != nil {
			return err
		}
		if err := writeAt(f, b.frames, from.end); err != nil {
			return err
		}
		from = mark{seq: b.last, start: from.end + int64(b.start), end: from.end + int64(len(b.frames))}
	}
	return f.Sync()
}
