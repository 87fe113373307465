package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// Backup writes every event that the journal holds when it begins to a file
// from which Restore makes a journal, each checked on the way. Sales may go on
// meanwhile. The file is written under another name, made durable, and only
// then gets its own, in place of an older one; progress, which may be nil, is
// told how many events are done. Errors: ErrDamaged is the journal's; ErrDiskFull
// and ErrReadOnly are the file's.
func (j *Journal) Backup(ctx context.Context, file string, progress func(done, total uint64)) (err error) {
	if progress == nil {
		progress = func(done, total uint64) {}
	}
	if err := j.notOwn(file); err != nil {
		return err
	}
	var h head
	if err := j.view(func(tx *bbolt.Tx) (err error) { h, err = headOf(tx); return err }); err != nil {
		return err
	}
	temporary := file + ".tmp"
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("backup: %w", classify(err))
	}
	defer func() {
		_ = f.Close()
		if err != nil {
			_ = os.Remove(temporary)
			err = fmt.Errorf("backup: %w", classify(err))
		}
	}()
	if err := writeAt(f, copyHeader, 0); err != nil {
		return err
	}
	at := mark{end: headerSize}
	for at.seq < h.seq {
		if err := ctx.Err(); err != nil {
			return err
		}
		var b batch
		err := j.view(func(tx *bbolt.Tx) error {
			_, err := eventsAfter(tx, at.seq, int(min(h.seq-at.seq, catchUp)), b.add)
			return err
		})
		if err != nil {
			return err
		}
		if err := writeAt(f, b.frames, at.end); err != nil {
			return err
		}
		at.seq, at.end = b.last, at.end+int64(len(b.frames))
		progress(at.seq, h.seq)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := putAside(temporary, file); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(file))
}

// notOwn keeps a backup from being written over the journal itself.
func (j *Journal) notOwn(file string) error {
	for _, own := range []string{fileName, copyName} {
		a, err := os.Stat(filepath.Join(j.dir, own))
		if err != nil {
			continue
		}
		for _, name := range []string{file, file + ".tmp"} {
			if b, err := os.Stat(name); err == nil && os.SameFile(a, b) {
				return fmt.Errorf("backup: %s is the journal's own file", name)
			}
		}
	}
	return nil
}
