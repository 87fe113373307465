package storage

import (
	"encoding/binary"
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
