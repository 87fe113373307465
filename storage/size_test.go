package storage

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// A sale with its events, indexes and totals takes at most 1,500 bytes on
// disk, and 1,200 when the file has been compacted. The room that the file has
// grown ahead, at most a MiB, is left out.
func TestSizeOfASale(t *testing.T) {
	const sales = 2000
	dir := t.TempDir()
	j := open(t, dir)
	for n := range sales {
		if err := errors.Join(j.Append(aSale(n)), j.Append(paid(n))); err != nil {
			t.Fatal(err)
		}
	}
	perSale := func(db *bbolt.DB) (n int64) {
		t.Helper()
		if err := db.View(func(tx *bbolt.Tx) error { n = tx.Size() / sales; return nil }); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d bytes a sale", n)
		return n
	}
	if n := perSale(j.db); n > 1500 {
		t.Errorf("%d bytes a sale", n)
	}
	compact, err := openFile(filepath.Join(dir, "compact.db"), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer compact.Close()
	if err := bbolt.Compact(compact, j.db, 1<<20); err != nil {
		t.Fatal(err)
	}
	if n := perSale(compact); n > 1200 {
		t.Errorf("%d bytes a sale after compacting", n)
	}
}
