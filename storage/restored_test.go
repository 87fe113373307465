package storage

import (
	"errors"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

func TestTheNewestRestoreIsRemembered(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	says := func(want payments.Restored, wantSearched, wantOK bool) {
		t.Helper()
		if r, searched, ok, err := j.Restored(); r != want || searched != wantSearched || ok != wantOK || err != nil {
			t.Fatalf("%+v, %v, %v, %v", r, searched, ok, err)
		}
	}
	add := func(b payments.Body) {
		t.Helper()
		if err := j.Append(payments.Batch{Events: []payments.Event{{At: noon, Body: b}}}); err != nil {
			t.Fatal(err)
		}
	}
	says(payments.Restored{}, false, false)
	add(payments.Searched{Seed: testSeed}) // of nothing that this file knows
	says(payments.Restored{}, false, false)
	first := payments.Restored{Seed: testSeed, After: 12, Day: "2026-11-21", Skip: 1000, From: payments.RestoredFromCopy}
	add(first)
	says(first, false, true)
	add(payments.Note{Topic: "x"})
	says(first, false, true)
	add(payments.Searched{Seed: testSeed, Through: 112})
	says(first, true, true)
	second := payments.Restored{Seed: testSeed, After: 99, Day: "2026-11-22", Skip: 1000, From: payments.RestoredFromBackup}
	add(second)
	says(second, false, true)
	_ = j.Close()
	j = open(t, dir)
	says(second, false, true)
	if err := j.Verify(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := j.db.Update(func(tx *bbolt.Tx) error { return shelfState.of(tx).Put(keyRestored, seqKey(3)) }); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := j.Restored(); !errors.Is(err, ErrDamaged) {
		t.Fatalf("another event is believed: %v", err)
	}
}

func TestSalesThatHoldMoney(t *testing.T) {
	j := open(t, t.TempDir())
	for n := range 7 {
		if err := j.Append(aSale(n)); err != nil {
			t.Fatal(err)
		}
		if n%3 != 2 { // the third and the sixth stay unpaid
			if err := j.Append(paid(n)); err != nil {
				t.Fatal(err)
			}
		}
	}
	held := func(before string, n int) (ids []string) {
		t.Helper()
		sales, err := j.Held(before, n)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sales {
			ids = append(ids, s.ID)
		}
		return ids
	}
	of := func(numbers ...int) (ids []string) {
		for _, n := range numbers {
			ids = append(ids, saleID(n))
		}
		return ids
	}
	for _, c := range []struct {
		before string
		n      int
		want   []string
	}{
		{"", 100, of(6, 4, 3, 1, 0)},
		{"", 2, of(6, 4)},
		{saleID(4), 2, of(3, 1)},
		{saleID(5), 1, of(4)}, // one that holds nothing is a place too
		{saleID(1), 9, of(0)},
		{saleID(0), 9, nil},
		{"", 0, nil},
	} {
		if got := held(c.before, c.n); !slices.Equal(got, c.want) {
			t.Errorf("%d before %q: got %v, want %v", c.n, c.before, got, c.want)
		}
	}
	if _, err := j.Held(saleID(99), 1); !errors.Is(err, payments.ErrNoSale) {
		t.Fatal(err)
	}
}
