package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// BenchmarkAppend is one Append as a sale needs it, beside the least that
// bbolt can do: one small durable entry.
func BenchmarkAppend(b *testing.B) {
	b.Run("bare bbolt put", func(b *testing.B) {
		db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, nil)
		if err != nil {
			b.Fatal(err)
		}
		defer db.Close()
		n := uint64(0)
		for b.Loop() {
			n++
			if err := db.Update(func(tx *bbolt.Tx) error {
				t, err := tx.CreateBucketIfNotExists([]byte("x"))
				if err != nil {
					return err
				}
				return t.Put(binary.BigEndian.AppendUint64(nil, n), make([]byte, 300))
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("a sale with its attempt", func(b *testing.B) {
		j := open(b, b.TempDir())
		n := 0
		for b.Loop() {
			if err := j.Append(aSale(n)); err != nil {
				b.Fatal(err)
			}
			n++
		}
	})
	b.Run("a sale with its attempt, no copy", func(b *testing.B) {
		j := open(b, b.TempDir())
		j.copy.close()
		j.copy = nil
		n := 0
		for b.Loop() {
			if err := j.Append(aSale(n)); err != nil {
				b.Fatal(err)
			}
			n++
		}
	})
	b.Run("a sale with its attempt, and that it is paid", func(b *testing.B) {
		j := open(b, b.TempDir())
		n := 0
		for b.Loop() {
			if err := j.Append(aSale(n)); err != nil {
				b.Fatal(err)
			}
			if err := j.Append(paid(n)); err != nil {
				b.Fatal(err)
			}
			n++
		}
	})
}

func BenchmarkSale(b *testing.B) {
	j := open(b, b.TempDir())
	for n := range 1000 {
		if err := j.Append(aSale(n)); err != nil {
			b.Fatal(err)
		}
		if err := j.Append(paid(n)); err != nil {
			b.Fatal(err)
		}
	}
	n := 0
	for b.Loop() {
		if _, err := j.Sale(saleID(n % 1000)); err != nil {
			b.Fatal(err)
		}
		n++
	}
}

// BenchmarkOpen is one start, for which the size of the journal and of its
// copy must not matter.
func BenchmarkOpen(b *testing.B) {
	for _, sales := range []int{100, 10_000} {
		dir := b.TempDir()
		j := open(b, dir)
		j.db.NoSync = true
		sell(b, j, 0, sales)
		if err := errors.Join(j.db.Sync(), j.Close()); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(sales, " sales"), func(b *testing.B) {
			for b.Loop() {
				j, err := Open(dir, small)
				if err == nil {
					err = j.Close()
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRebuild is a Rebuild from the copy alone.
func BenchmarkRebuild(b *testing.B) {
	const sales = 10_000
	dir := b.TempDir()
	j := open(b, dir)
	j.db.NoSync = true
	sell(b, j, 0, sales)
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := os.Remove(filepath.Join(dir, fileName)); err != nil {
			b.Fatal(err)
		}
		if _, err := Rebuild(b.Context(), dir, onTheDay); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/sales, "µs/sale")
}
