package storage

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ringup/payments"
)

func TestBackup(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	sell(t, j, 0, 200)
	backup := filepath.Join(t.TempDir(), "stick.backup")
	put(t, []byte("an older one"), backup)
	n, last := 200, uint64(0)
	err := j.Backup(t.Context(), backup, func(done, total uint64) {
		if done <= last || total != 600 {
			t.Fatalf("progress %d of %d after %d", done, total, last)
		}
		last = done
		sell(t, j, n, 1) // selling goes on
		n++
	})
	if err != nil || last != 600 || n == 200 {
		t.Fatal(last, err)
	}
	if !sameValues(recordsOf(t, backup), eventsOf(t, j)[:600]) {
		t.Fatal("the backup isn't what the journal held")
	}
	if got := names(t, filepath.Dir(backup)); len(got) != 1 {
		t.Fatal(got)
	}
	t.Run("one that is stopped leaves the older one", func(t *testing.T) {
		was := get(t, backup)
		ctx, stop := context.WithCancel(t.Context())
		if err := j.Backup(ctx, backup, func(uint64, uint64) { stop() }); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if got := names(t, filepath.Dir(backup)); len(got) != 1 || !bytes.Equal(get(t, backup), was) {
			t.Fatal(got)
		}
	})
	t.Run("never over the journal itself", func(t *testing.T) {
		for _, own := range []string{fileName, copyName} {
			if j.Backup(t.Context(), filepath.Join(dir, own), nil) == nil {
				t.Fatal(own)
			}
		}
		if err := j.Verify(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("of an empty journal", func(t *testing.T) {
		empty := filepath.Join(t.TempDir(), "empty")
		if err := open(t, t.TempDir()).Backup(t.Context(), empty, nil); err != nil || !bytes.Equal(get(t, empty), copyHeader) {
			t.Fatal(err)
		}
		if _, err := Restore(t.Context(), t.TempDir(), empty, onTheDay); !errors.Is(err, ErrNotBackup) {
			t.Fatal(err)
		}
	})
}

func TestRestore(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	sell(t, j, 0, 10)
	backup := filepath.Join(t.TempDir(), "backup")
	if err := j.Backup(t.Context(), backup, nil); err != nil {
		t.Fatal(err)
	}
	sell(t, j, 10, 5)
	_ = j.Close()
	other := t.TempDir()
	j = open(t, other)
	sell(t, j, 300, 4)
	_ = j.Close()
	restored := func(t *testing.T, dir string, events, fromCopy, fromJournal uint64, kept int) Rebuilt {
		t.Helper()
		r, err := Restore(t.Context(), dir, backup, onTheDay)
		if err != nil || r.Events != events || r.FromCopy != fromCopy || r.FromJournal != fromJournal || len(r.Kept) != kept ||
			r.Restored.From != payments.RestoredFromBackup || r.CopyFault != nil {
			t.Fatalf("%+v, %v", r, err)
		}
		if got := recordsOf(t, filepath.Join(dir, copyName)); len(got) != int(events)+1 {
			t.Fatalf("the copy holds %d", len(got))
		}
		isWhole(t, dir, int(events)/3)
		return r
	}
	t.Run("into a new folder", func(t *testing.T) { restored(t, filepath.Join(t.TempDir(), "live"), 30, 0, 0, 0) })
	t.Run("a copy that goes on is longer", func(t *testing.T) {
		restored(t, folder(t, dir), 45, 15, 0, 1)
	})
	t.Run("a journal that goes on is longer", func(t *testing.T) {
		bad := folder(t, dir)
		_ = os.Remove(filepath.Join(bad, copyName))
		restored(t, bad, 45, 0, 15, 1)
	})
	t.Run("the backup is longer", func(t *testing.T) {
		behind := t.TempDir()
		j := open(t, behind)
		_ = j.Close()
		restored(t, behind, 30, 0, 0, 1)
	})
	t.Run("another chain is kept beside", func(t *testing.T) {
		bad := folder(t, other)
		r := restored(t, bad, 30, 0, 0, 2)
		if !bytes.Equal(get(t, r.Kept[0]), get(t, other, copyName)) || !bytes.Equal(get(t, r.Kept[1]), get(t, other, fileName)) {
			t.Fatal(r.Kept)
		}
		bad = folder(t, other)
		_ = os.Remove(filepath.Join(bad, fileName))
		if r := restored(t, bad, 30, 0, 0, 1); !bytes.Equal(get(t, r.Kept[0]), get(t, other, copyName)) {
			t.Fatal(r.Kept)
		}
	})
	t.Run("a backup that was damaged gives what comes before", func(t *testing.T) {
		content := get(t, backup)
		bad := filepath.Join(t.TempDir(), "bad")
		put(t, flip(content, len(content)/2), bad)
		to := t.TempDir()
		r, err := Restore(t.Context(), to, bad, onTheDay)
		if err != nil || r.Events == 0 || r.Events >= 30 || r.Unread < int64(len(content)/2) {
			t.Fatalf("%+v, %v", r, err)
		}
		isWhole(t, to, int(r.Events)/3)
	})
	t.Run("not over an open journal", func(t *testing.T) {
		var held *HeldError
		busy := folder(t, dir)
		_ = open(t, busy)
		if _, err := Restore(t.Context(), busy, backup, onTheDay); !errors.As(err, &held) {
			t.Fatal(err)
		}
	})
}
