package storage

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
)

// small are the options of most tests: a ballast that costs no time.
var small = Options{Ballast: 4 << 10, MinFree: 1 << 20}

// opener is a test of any kind.
type opener interface {
	Helper()
	Fatal(...any)
	Cleanup(func())
}

func open(t opener, dir string) *Journal {
	t.Helper()
	j, err := Open(dir, small)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func TestOpening(t *testing.T) {
	t.Run("a new folder begins an empty journal that stays the same one", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "training")
		j := open(t, dir)
		created, id := j.Incarnation()
		if seq, hash, err := j.Head(); seq != 0 || hash != [32]byte{} || err != nil {
			t.Fatalf("head %d %x %v", seq, hash, err)
		}
		if created.IsZero() || len(id) < 26 {
			t.Fatalf("incarnation %v %q", created, id)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		again, same := open(t, dir).Incarnation()
		if !again.Equal(created) || same != id {
			t.Fatalf("got %v %q, want %v %q", again, same, created, id)
		}
	})
	t.Run("nothing is left of the making but the journal and what stands beside it", func(t *testing.T) {
		dir := t.TempDir()
		_ = open(t, dir).Close()
		var names []string
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if !slices.Equal(names, []string{ballastName, copyName, fileName}) {
			t.Fatalf("left: %v", names)
		}
	})
	t.Run("a closed journal says so", func(t *testing.T) {
		j := open(t, t.TempDir())
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		_, err := j.Open()
		if !errors.Is(err, ErrClosed) || !errors.Is(j.Append(aSale(1)), ErrClosed) || !errors.Is(j.Healthy(), ErrClosed) || j.Close() != nil {
			t.Fatal(err)
		}
	})
	t.Run("a newer format is refused with both versions", func(t *testing.T) {
		dir := t.TempDir()
		_ = open(t, dir).Close()
		edit(t, dir, func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put(keyFormat, []byte{7}) })
		_, err := Open(dir, small)
		var newer *NewerFormatError
		if !errors.As(err, &newer) || *newer != (NewerFormatError{7, 1}) || !errors.Is(err, ErrNewerFormat) {
			t.Fatal(err)
		}
	})
	t.Run("an empty file is not taken for a new journal", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, fileName), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, small); !errors.Is(err, ErrDamaged) {
			t.Fatal(err)
		}
	})
	t.Run("another program's file is not taken for a journal", func(t *testing.T) {
		for name, content := range map[string][]byte{"short": []byte("hello"), "long": make([]byte, 100<<10)} {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, fileName), content, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(dir, small); !errors.Is(err, ErrDamaged) {
				t.Fatalf("%s: %v", name, err)
			}
		}
		dir := t.TempDir()
		db, err := bbolt.Open(filepath.Join(dir, fileName), 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = db.Close()
		if _, err := Open(dir, small); !errors.Is(err, ErrDamaged) {
			t.Fatal(err)
		}
	})
	t.Run("a file that was cut short is damaged, and its lock is let go", func(t *testing.T) {
		dir := t.TempDir()
		j := open(t, dir)
		for n := range 200 {
			if err := j.Append(aSale(n)); err != nil {
				t.Fatal(err)
			}
		}
		_ = j.Close()
		path := filepath.Join(dir, fileName)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{100, 5000, 20_000, 50_000} {
			if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time it must not be held
				if j, err := Open(dir, small); !errors.Is(err, ErrDamaged) {
					if err == nil {
						_ = j.Close()
					}
					t.Fatalf("cut to %d: %v", size, err)
				}
			}
		}
	})
	t.Run("the end of the chain is checked at each start", func(t *testing.T) {
		dir := t.TempDir()
		j := open(t, dir)
		for n := range 5 {
			if err := j.Append(aSale(n)); err != nil {
				t.Fatal(err)
			}
		}
		_ = j.Close()
		edit(t, dir, func(tx *bbolt.Tx) error {
			key := seqKey(4)
			return shelfEvents.of(tx).Put(key, spoil(shelfEvents.of(tx).Get(key)))
		})
		_, err := Open(dir, small)
		var tampered *TamperError
		if !errors.As(err, &tampered) || tampered.Seq != 4 || !errors.Is(err, ErrDamaged) {
			t.Fatal(err)
		}
	})
	t.Run("so is that it ends where it ended", func(t *testing.T) {
		dir := whole(t, 2) // 10 events
		for name, change := range map[string]func(b *bbolt.Bucket) error{
			"the last event removed": func(b *bbolt.Bucket) error { return b.Delete(seqKey(10)) },
			"an event added":         func(b *bbolt.Bucket) error { return b.Put(seqKey(11), b.Get(seqKey(10))) },
		} {
			cut := copyOf(t, dir)
			edit(t, cut, func(tx *bbolt.Tx) error { return change(shelfEvents.of(tx)) })
			if _, err := Open(cut, small); !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// edit changes a closed journal behind its back.
func edit(t *testing.T, dir string, change func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(dir, fileName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// flip is b with one bit of the byte at i turned over.
func flip(b []byte, i int) []byte {
	b = append([]byte(nil), b...)
	b[i] ^= 4
	return b
}

// copyOf is a folder with the same journal.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if err := os.WriteFile(filepath.Join(to, fileName), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}
