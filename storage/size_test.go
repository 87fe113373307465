package storage

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// A sale with its events, indexes and totals takes at most 1,500 bytes on
// disk, and 1,200 when the file has been compacted.
func TestSizeOfASale(t *testing.T) {
	const sales = 2000
	dir := t.TempDir()
	j := open(t, dir)
	for n := range sales {
		if err := errors.Join(j.Append(aSale(n)), j.Append(paid(n))); err != nil {
			t.Fatal(err)
		}
	}
	perSale := func(path string) int64 {
		t.Helper()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size() / sales
	}
	if n := perSale(filepath.Join(dir, fileName)); n > 1500 {
		t.Errorf("%d bytes a sale", n)
	} else {
		t.Logf("%d bytes a sale", n)
	}
	compact := filepath.Join(dir, "compact.db")
	db, err := openFile(compact, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(bbolt.Compact(db, j.db, 1<<20), db.Close()); err != nil {
		t.Fatal(err)
	}
	if n := perSale(compact); n > 1200 {
		t.Errorf("%d bytes a sale after compacting", n)
	} else {
		t.Logf("%d bytes a sale after compacting", n)
	}
}
