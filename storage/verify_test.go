package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

// whole builds a journal of n sales (events 1 to 3n: opened, begun, paid) and
// an open one, a note and a clock offset after them.
func whole(t *testing.T, n int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	j := open(t, dir)
	for i := range n {
		if err := errors.Join(j.Append(aSale(i)), j.Append(paid(i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(j.Append(aSale(n)), j.Append(payments.Batch{Events: []payments.Event{
		{At: noon, Body: payments.Note{Topic: "settings", Data: []byte("{}")}},
		{At: noon, Body: payments.ClockSeen{Offset: 1}}}})); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Verify(t.Context(), nil), j.Close()); err != nil {
		t.Fatalf("before anything was done: %v", err)
	}
	return dir
}

// spoil is a stored event with one bit changed that matters.
func spoil(value []byte) []byte {
	_, was, _ := unpack(value)
	for i := len(value) - 1; ; i-- {
		bad := flip(value, i)
		if _, is, err := unpack(bad); err != nil || string(is) != string(was) {
			return bad
		}
	}
}

func TestVerifyNamesWhatWasDone(t *testing.T) {
	const sales = 100 // 300 events: more than one piece
	dir := whole(t, sales)
	events := func(tx *bbolt.Tx) *bbolt.Bucket { return shelfEvents.of(tx) }
	get := func(tx *bbolt.Tx, seq uint64) []byte { return append([]byte(nil), events(tx).Get(seqKey(seq))...) }
	put := func(tx *bbolt.Tx, seq uint64, v []byte) error { return events(tx).Put(seqKey(seq), v) }
	forged := func(tx *bbolt.Tx, seq uint64, previous [32]byte, b payments.Body) []byte {
		canonical, err := encodeEvent(payments.Event{Seq: seq, At: noon, Body: b})
		if err != nil {
			t.Fatal(err)
		}
		var p packer
		v, err := p.pack(chain(previous, canonical), canonical)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	const last = 3*sales + 4
	cases := []struct {
		name   string
		change func(tx *bbolt.Tx) error
		seq    uint64
		what   Tampering
	}{
		{"a bit of an event's bytes", func(tx *bbolt.Tx) error { return put(tx, 280, spoil(get(tx, 280))) }, 280, Changed},
		{"a bit of an event's hash", func(tx *bbolt.Tx) error { return put(tx, 280, flip(get(tx, 280), 3)) }, 280, Changed},
		{"a bit of the way it is packed", func(tx *bbolt.Tx) error { return put(tx, 280, flip(get(tx, 280), 32)) }, 280, Changed},
		{"an event emptied", func(tx *bbolt.Tx) error { return put(tx, 280, nil) }, 280, Changed},
		{"an event rewritten with a hash that fits", func(tx *bbolt.Tx) error {
			return put(tx, 280, forged(tx, 280, [32]byte(get(tx, 279)), payments.Note{Topic: "x"}))
		}, 281, Changed},
		{"the last event rewritten with a hash that fits", func(tx *bbolt.Tx) error {
			return put(tx, last, forged(tx, last, [32]byte(get(tx, last-1)), payments.Note{Topic: "x"}))
		}, last, Changed},
		{"the first event changed", func(tx *bbolt.Tx) error { return put(tx, 1, spoil(get(tx, 1))) }, 1, Changed},
		{"the first event removed", func(tx *bbolt.Tx) error { return events(tx).Delete(seqKey(1)) }, 1, Removed},
		{"an event removed", func(tx *bbolt.Tx) error { return events(tx).Delete(seqKey(280)) }, 280, Removed},
		{"the last event removed", func(tx *bbolt.Tx) error { return events(tx).Delete(seqKey(last)) }, last, Removed},
		{"an event removed and the later ones moved down", func(tx *bbolt.Tx) error {
			for seq := uint64(280); seq < last; seq++ {
				if err := put(tx, seq, get(tx, seq+1)); err != nil {
					return err
				}
			}
			return events(tx).Delete(seqKey(last))
		}, 280, Removed},
		{"all events removed", func(tx *bbolt.Tx) error {
			for seq := uint64(1); seq <= last; seq++ {
				if err := events(tx).Delete(seqKey(seq)); err != nil {
					return err
				}
			}
			return nil
		}, 1, Removed},
		{"two events swapped", func(tx *bbolt.Tx) error {
			a, b := get(tx, 280), get(tx, 290)
			return errors.Join(put(tx, 280, b), put(tx, 290, a))
		}, 280, Reordered},
		{"two neighbours swapped", func(tx *bbolt.Tx) error {
			a, b := get(tx, 280), get(tx, 281)
			return errors.Join(put(tx, 280, b), put(tx, 281, a))
		}, 280, Reordered},
		{"an event inserted and the later ones moved up", func(tx *bbolt.Tx) error {
			for seq := uint64(last); seq >= 280; seq-- {
				if err := put(tx, seq+1, get(tx, seq)); err != nil {
					return err
				}
			}
			return put(tx, 280, forged(tx, 280, [32]byte{}, payments.Note{Topic: "x"}))
		}, 280, Inserted},
		{"an event added at the end", func(tx *bbolt.Tx) error {
			return put(tx, last+1, forged(tx, last+1, [32]byte(get(tx, last)), payments.Note{Topic: "x"}))
		}, last + 1, Inserted},
		{"an event under a strange key", func(tx *bbolt.Tx) error {
			return events(tx).Put(append(seqKey(280), 0), []byte("x"))
		}, 281, Inserted},
		{"an older event put in a later one's place", func(tx *bbolt.Tx) error { return put(tx, 280, get(tx, 30)) }, 280, Changed},
		{"two events changed: the first is named", func(tx *bbolt.Tx) error {
			return errors.Join(put(tx, 250, spoil(get(tx, 250))), put(tx, 40, spoil(get(tx, 40))))
		}, 40, Changed},
		{"a chain fault is named before an index that is wrong earlier", func(tx *bbolt.Tx) error {
			return errors.Join(put(tx, 280, spoil(get(tx, 280))), shelfSales.of(tx).Delete(seqKey(1)))
		}, 280, Changed},

		{"a sale taken out of the index of ids", func(tx *bbolt.Tx) error { return shelfIDs.of(tx).Delete([]byte(saleID(1))) }, 4, Derived},
		{"a request id taken out of the index of ids", func(tx *bbolt.Tx) error { return shelfIDs.of(tx).Delete([]byte(requestID(1, 1))) }, 4, Derived},
		{"an id that leads to another sale", func(tx *bbolt.Tx) error {
			return shelfIDs.of(tx).Put([]byte(requestID(1, 1)), seqKey(7))
		}, 7, Derived},
		{"an id that leads nowhere", func(tx *bbolt.Tx) error { return shelfIDs.of(tx).Put([]byte("x"), seqKey(5000)) }, 5000, Derived},
		{"an id with something else than a sale", func(tx *bbolt.Tx) error { return shelfIDs.of(tx).Put([]byte("x"), []byte("y")) }, 0, Derived},
		{"a number that leads to two sales", func(tx *bbolt.Tx) error {
			return shelfNumbers.of(tx).Put([]byte("T1-261121-0099x"), append([]byte{0}, seqKey(7)...))
		}, 7, Derived},
		{"an id of no sale", func(tx *bbolt.Tx) error { return shelfIDs.of(tx).Put([]byte("x"), seqKey(7)) }, 7, Derived},
		{"a number of no sale", func(tx *bbolt.Tx) error { return shelfNumbers.of(tx).Put([]byte("x"), seqKey(7)) }, 7, Derived},
		{"a number taken away", func(tx *bbolt.Tx) error { return shelfNumbers.of(tx).Delete([]byte("T1-261121-0003")) }, 7, Derived},
		{"an amount taken away", func(tx *bbolt.Tx) error {
			key, err := amountKey("2026-11-21", 1002)
			return errors.Join(err, shelfAmounts.of(tx).Delete(appendSeq(key, 7)))
		}, 7, Derived},
		{"a day taken away", func(tx *bbolt.Tx) error {
			key, err := daySaleKey("2026-11-21", 7)
			return errors.Join(err, shelfDays.of(tx).Delete(key))
		}, 7, Derived},
		{"a day added", func(tx *bbolt.Tx) error {
			key, err := daySaleKey("2026-11-22", 7)
			return errors.Join(err, shelfLate.of(tx).Put(key, nil))
		}, 7, Derived},
		{"an open sale hidden", func(tx *bbolt.Tx) error { return shelfOpen.of(tx).Delete(seqKey(3*sales + 1)) }, 3*sales + 1, Derived},
		{"a settled sale opened", func(tx *bbolt.Tx) error { return shelfOpen.of(tx).Put(seqKey(7), nil) }, 7, Derived},
		{"a sale that doesn't list an event of its own", func(tx *bbolt.Tx) error {
			return shelfSales.of(tx).Put(seqKey(7), packSeqs(7, []uint64{8}))
		}, 9, Derived},
		{"a sale that lists another's event", func(tx *bbolt.Tx) error {
			return shelfSales.of(tx).Put(seqKey(7), packSeqs(7, []uint64{8, 9, 12}))
		}, 12, Derived},
		{"a sale that no event opened", func(tx *bbolt.Tx) error { return shelfSales.of(tx).Put(seqKey(8), nil) }, 8, Derived},
		{"a note taken away", func(tx *bbolt.Tx) error { return shelfNotes.of(tx).Delete(noteKey("settings", last-1)) }, last - 1, Derived},
		{"a note added", func(tx *bbolt.Tx) error { return shelfNotes.of(tx).Put(noteKey("settings", 5), nil) }, 5, Derived},
		{"another clock offset", func(tx *bbolt.Tx) error { return shelfState.of(tx).Put(keyOffset, seqKey(5)) }, last, Derived},
		{"a restore that none was", func(tx *bbolt.Tx) error { return shelfState.of(tx).Put(keyRestored, seqKey(5)) }, 5, Derived},
		{"a search that none was", func(tx *bbolt.Tx) error { return shelfState.of(tx).Put(keySearched, seqKey(last)) }, last, Derived},
		{"a count lowered", func(tx *bbolt.Tx) error {
			return shelfCounts.of(tx).Put(countKey("T1", "261121"), binary.AppendUvarint(nil, 3))
		}, last, Derived},
		{"a count of another day", func(tx *bbolt.Tx) error {
			return shelfCounts.of(tx).Put(countKey("T1", "261122"), binary.AppendUvarint(nil, 3))
		}, last, Derived},
		{"totals of a day changed by a cent", func(tx *bbolt.Tx) error {
			key, err := totalsKey("2026-11-21", "HKD")
			if err != nil {
				return err
			}
			all, err := totalsAt(tx, key)
			if err != nil {
				return err
			}
			all.Takings.Minor--
			v, err := encoding.Marshal(all)
			return errors.Join(err, shelfTotals.of(tx).Put(key, v))
		}, last, Derived},
		{"totals of a day removed", func(tx *bbolt.Tx) error {
			key, err := totalsKey("2026-11-21", "HKD")
			return errors.Join(err, shelfTotals.of(tx).Delete(key))
		}, last, Derived},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			j := open(t, copyOf(t, dir))
			if err := j.db.Update(c.change); err != nil {
				t.Fatal(err)
			}
			err := j.Verify(t.Context(), nil)
			var found *TamperError
			if !errors.As(err, &found) || found.Seq != c.seq || found.What != c.what || !errors.Is(err, ErrDamaged) {
				t.Fatalf("got %v, want event %d %s", err, c.seq, c.what)
			}
		})
	}
}

func TestEveryBitOfAStoredEventCounts(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	if err := errors.Join(j.Append(aSale(0)), j.Append(paid(0))); err != nil {
		t.Fatal(err)
	}
	var value []byte
	if err := j.view(func(tx *bbolt.Tx) error {
		value = append(value, shelfEvents.of(tx).Get(seqKey(2))...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	_, want, err := unpack(value)
	if err != nil {
		t.Fatal(err)
	}
	var previous [32]byte
	if err := j.view(func(tx *bbolt.Tx) error { copy(previous[:], shelfEvents.of(tx).Get(seqKey(1))); return nil }); err != nil {
		t.Fatal(err)
	}
	for i := range value {
		for bit := range 8 {
			value[i] ^= 1 << bit
			// Bits after the end of the packed text mean nothing; every
			// other one must be seen.
			if _, err := checkedEvent(2, previous, value); err == nil {
				if _, got, err := unpack(value); err != nil || string(got) != string(want) {
					t.Fatalf("bit %d of byte %d changes the event unseen", bit, i)
				}
			}
			value[i] ^= 1 << bit
		}
	}
}

func TestAReaderNeverBelievesAChangedEvent(t *testing.T) {
	j := open(t, t.TempDir())
	if err := errors.Join(j.Append(aSale(0)), j.Append(paid(0)), j.Append(aSale(1))); err != nil {
		t.Fatal(err)
	}
	if err := j.db.Update(func(tx *bbolt.Tx) error {
		return shelfEvents.of(tx).Put(seqKey(3), spoil(shelfEvents.of(tx).Get(seqKey(3))))
	}); err != nil {
		t.Fatal(err)
	}
	reads := map[string]func() error{
		"Sale":         func() error { _, err := j.Sale(saleID(0)); return err },
		"SaleByNumber": func() error { _, err := j.SaleByNumber("T1-261121-0001"); return err },
		"SaleByAlipay": func() error { _, err := j.SaleByAlipay(requestID(0, 1)); return err },
		"SalesOf":      func() error { _, err := j.SalesOf("2026-11-21", 0, 10); return err },
		"SettledOn":    func() error { _, err := j.SettledOn("2026-11-21"); return err },
		"EventsOf":     func() error { _, err := j.EventsOf(saleID(0)); return err },
		"Find": func() error {
			_, err := j.Find(Query{Text: "10.00", Currency: "HKD", Day: "2026-11-21", Limit: 5})
			return err
		},
		"Append": func() error {
			return j.Append(payments.Batch{Events: []payments.Event{{At: noon, Sale: saleID(0), Body: payments.Alarmed{}}}})
		},
	}
	for name, read := range reads {
		if err := read(); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := j.Sale(saleID(1)); err != nil { // the rest is whole
		t.Fatal(err)
	}
}

func TestVerifyWhileSalesGoOn(t *testing.T) {
	j := open(t, t.TempDir())
	n := 0
	sell := func() {
		if err := errors.Join(j.Append(aSale(n)), j.Append(paid(n))); err != nil {
			t.Fatal(err)
		}
		n++
	}
	for range 300 {
		sell()
	}
	var steps, last, total uint64
	err := j.Verify(t.Context(), func(done, all uint64) {
		if done < last || all == 0 {
			t.Fatalf("progress went from %d to %d of %d", last, done, all)
		}
		if steps++; steps%2 == 0 {
			sell()
		}
		last, total = done, all
	})
	if err != nil || last != total || n <= 305 {
		t.Fatalf("%v, %d of %d done, %d sales", err, last, total, n)
	}
	t.Run("and it stops when it is told to", func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		err := j.Verify(ctx, func(done, _ uint64) { stop() })
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	})
}

func TestAnEmptyJournalIsWhole(t *testing.T) {
	j := open(t, t.TempDir())
	if err := j.Verify(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := j.db.Update(func(tx *bbolt.Tx) error { return shelfEvents.of(tx).Put(seqKey(1), []byte("x")) }); err != nil {
		t.Fatal(err)
	}
	if err := j.Verify(t.Context(), nil); !errors.Is(err, ErrDamaged) {
		t.Fatal(err)
	}
}

func ExampleTamperError() {
	fmt.Println(&TamperError{Seq: 17, What: Removed})
	// Output: the journal is damaged: event 17 removed
}
