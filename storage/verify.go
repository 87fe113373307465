package storage

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"slices"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

// piece is how many entries are checked in one transaction, so that a sale
// never waits for a long reading one.
const piece = 256

// Verify walks the whole chain and tells every index and total from the
// events again. Sales may go on meanwhile; what is added while it runs is
// checked as far as it is needed for the totals. The first thing that is wrong
// comes back as a *TamperError, the chain before what is derived from it. Last
// the copy is compared, record by record, as far as it goes when its turn
// comes; a *CopyError tells of the copy only, which is then set aside and
// written anew. progress, which may be nil, is told how much is done; it may itself read and
// append.
func (j *Journal) Verify(ctx context.Context, progress func(done, total uint64)) error {
	v := verifier{j: j, ctx: ctx, seed: maphash.MakeSeed(), totals: map[string]*DayTotals{}, counts: map[string]int{}, newest: map[string]uint64{}}
	if progress == nil {
		progress = func(done, total uint64) {}
	}
	if err := j.view(func(tx *bbolt.Tx) (err error) { v.head, err = headOf(tx); return err }); err != nil {
		return err
	}
	n := v.head.seq
	v.progress = func(done uint64) { progress(min(done, 4*n), 4*n) }
	for _, part := range []func() error{v.chain, v.stories, v.entries, v.sums, v.copy} {
		if err := part(); err != nil {
			return err
		}
	}
	progress(4*n, 4*n)
	return nil
}

type verifier struct {
	j        *Journal
	ctx      context.Context
	head     head // when it began
	derived  error
	totals   map[string]*DayTotals
	counts   map[string]int
	newest   map[string]uint64 // the event that each key of shelfState leads to
	rows     uint64            // entries that the stories call for
	print    uint64            // the sum of their fingerprints
	seed     maphash.Seed
	progress func(done uint64)
}

// in reads one piece.
func (v *verifier) in(read func(tx *bbolt.Tx) error) error {
	if err := v.ctx.Err(); err != nil {
		return err
	}
	return v.j.view(read)
}

// chain checks every event, and that its sale or topic knows it.
func (v *verifier) chain() error {
	for from := uint64(1); from <= v.head.seq; from += piece {
		to := min(from+piece-1, v.head.seq)
		err := v.in(func(tx *bbolt.Tx) error {
			return walk(tx, from, to, func(e payments.Event) error {
				if v.derived == nil {
					v.derived = v.known(tx, e)
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
		v.progress(to)
	}
	err := v.in(func(tx *bbolt.Tx) error {
		now, err := headOf(tx)
		if err != nil {
			return err
		}
		if err := checkHead(tx, now); err != nil {
			return err
		}
		return walk(tx, v.head.seq+1, now.seq, nil)
	})
	if err != nil {
		return err
	}
	return v.derived
}

// known says whether the indexes lead to e.
func (v *verifier) known(tx *bbolt.Tx, e payments.Event) error {
	if key := listing(e); key != nil && shelfNotes.of(tx).Get(key) == nil {
		return &TamperError{Seq: e.Seq, What: Derived, Detail: "its topic doesn't list it"}
	}
	v.point(e)
	if e.Sale == "" {
		return nil
	}
	ref, _ := refAt(shelfIDs.of(tx).Get(textKey(e.Sale)))
	later, err := unpackSeqs(ref, shelfSales.of(tx).Get(seqKey(ref)))
	if _, listed := slices.BinarySearch(later, e.Seq); err != nil || !listed && ref != e.Seq {
		return &TamperError{Seq: e.Seq, What: Derived, Detail: "its sale doesn't list it"}
	}
	return nil
}

func (v *verifier) point(e payments.Event) {
	if key := pointer(e.Body); key != nil {
		v.newest[string(key)] = e.Seq
	}
}

// pieces reads a shelf piece by piece, and tells the progress in between,
// when no transaction is open.
func (v *verifier) pieces(on shelf, done *uint64, visit func(tx *bbolt.Tx, key, value []byte) error) error {
	var after []byte
	for more := true; more; {
		more = false
		err := v.in(func(tx *bbolt.Tx) error {
			c := on.of(tx).Cursor()
			key, value := c.First()
			if after != nil {
				if key, value = c.Seek(after); bytes.Equal(key, after) {
					key, value = c.Next()
				}
			}
			for i := 0; key != nil; key, value = c.Next() {
				if i++; i > piece {
					more = true
					return nil
				}
				if err := visit(tx, key, value); err != nil {
					return err
				}
				after = bytes.Clone(key)
			}
			return nil
		})
		if err != nil {
			return err
		}
		v.progress(*done)
	}
	return nil
}

// stories folds every sale and looks for each entry that it calls for.
func (v *verifier) stories() error {
	done := v.head.seq
	return v.pieces(shelfSales, &done, func(tx *bbolt.Tx, key, _ []byte) error {
		ref := seqAt(key)
		if ref > v.head.seq {
			return nil
		}
		s, err := load(tx, ref)
		if err != nil {
			return err
		}
		rows, err := s.rows()
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		for _, r := range rows {
			stored := r.on.of(tx).Get(r.key)
			if stored == nil || !r.first && !bytes.Equal(stored, r.value) {
				return &TamperError{Seq: ref, What: Derived, Detail: "its entry in " + string(r.on)}
			}
		}
		v.rows += uint64(len(rows))
		for _, r := range rows {
			v.print += v.fingerprint(r)
		}
		v.count(s)
		for _, b := range s.booked {
			if b.Seq <= v.head.seq {
				v.book(b)
			}
		}
		done = v.head.seq + ref
		return nil
	})
}

func (v *verifier) count(s *story) {
	if till, day, n, ok := payments.ParseShopNumber(s.sale.Number); ok {
		key := string(countKey(till, day))
		v.counts[key] = max(v.counts[key], n)
	}
}

func (v *verifier) book(b Booking) {
	key, err := totalsKey(b.Day, b.Amount.Currency)
	if err != nil {
		return // story.rows has refused such a day
	}
	t := v.totals[string(key)]
	if t == nil {
		n := newTotals(b.Day, b.Amount.Currency)
		t = &n
		v.totals[string(key)] = t
	}
	t.add(b)
}

// fingerprint is a number that nobody outside this run can aim at.
func (v *verifier) fingerprint(r row) uint64 {
	var h maphash.Hash
	h.SetSeed(v.seed)
	for _, part := range [][]byte{[]byte(r.on), {0}, r.key, {0}, r.value} {
		_, _ = h.Write(part)
	}
	return h.Sum64()
}

// entries looks for stored entries that no event calls for. When their
// fingerprints add up to what the stories call for there are none; otherwise,
// which a sale that goes on meanwhile can also cause, each is looked at.
func (v *verifier) entries() error {
	shelves := []shelf{shelfSales, shelfIDs, shelfNumbers, shelfDays, shelfLate, shelfAmounts, shelfOpen}
	var seen, stored uint64
	done := 2 * v.head.seq
	for _, on := range shelves {
		err := v.pieces(on, &done, func(tx *bbolt.Tx, key, value []byte) error {
			seen++
			done = 2*v.head.seq + v.head.seq*seen/max(v.rows, 1)
			if owner(on, key, value) > v.head.seq { // of a sale that was not among the stories
				return v.called(on)(tx, key, value)
			}
			stored += v.fingerprint(row{on: on, key: key, value: value})
			return nil
		})
		if err != nil {
			return err
		}
	}
	if stored != v.print {
		for _, on := range shelves {
			if err := v.pieces(on, &done, v.called(on)); err != nil {
				return err
			}
		}
	}
	return v.noteEntries(&done)
}

// owner is the sale that an entry leads to.
func owner(on shelf, key, value []byte) uint64 {
	if on == shelfIDs || on == shelfNumbers {
		return seqAt(value)
	}
	return seqAt(key)
}

// called asks of each entry whether the sale that it leads to calls for it.
func (v *verifier) called(on shelf) func(tx *bbolt.Tx, key, value []byte) error {
	return func(tx *bbolt.Tx, key, value []byte) error {
		ref := owner(on, key, value)
		wrong := &TamperError{Seq: ref, What: Derived, Detail: "an entry of no event in " + string(on)}
		if shelfSales.of(tx).Get(seqKey(ref)) == nil {
			return wrong
		}
		s, err := load(tx, ref)
		if err != nil {
			return err
		}
		rows, err := s.rows()
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if !contains(rows, row{on: on, key: key}) {
			return wrong
		}
		return nil
	}
}

func (v *verifier) noteEntries(done *uint64) error {
	return v.pieces(shelfNotes, done, func(tx *bbolt.Tx, key, _ []byte) error {
		e, err := eventAt(tx, seqAt(key))
		if err != nil {
			return err
		}
		if want := listing(e); want == nil || !bytes.Equal(want, key) {
			return &TamperError{Seq: e.Seq, What: Derived, Detail: "an entry of no event in notes"}
		}
		return nil
	})
}

// sums takes up what was added meanwhile and compares the totals and counts,
// all in one transaction.
func (v *verifier) sums() error {
	return v.in(func(tx *bbolt.Tx) error {
		now, err := headOf(tx)
		if err != nil {
			return err
		}
		err = walk(tx, v.head.seq+1, now.seq, func(e payments.Event) error {
			v.point(e)
			if e.Sale == "" {
				return nil
			}
			s, err := bySaleID(tx, e.Sale)
			if err != nil {
				return fmt.Errorf("%w: event %d: %w", ErrDamaged, e.Seq, err)
			}
			v.count(s)
			for _, b := range s.booked {
				if b.Seq == e.Seq {
					v.book(b)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, key := range [][]byte{keyOffset, keyRestored, keySearched} {
			if stored, _ := refAt(shelfState.of(tx).Get(key)); stored != v.newest[string(key)] {
				return &TamperError{Seq: max(stored, v.newest[string(key)]), What: Derived, Detail: "the newest " + string(key)}
			}
		}
		counts, totals := map[string][]byte{}, map[string][]byte{}
		for key, n := range v.counts {
			counts[key] = binary.AppendUvarint(nil, uint64(n))
		}
		for key, t := range v.totals {
			if totals[key], err = encoding.Marshal(*t); err != nil {
				return err
			}
		}
		for on, want := range map[shelf]map[string][]byte{shelfCounts: counts, shelfTotals: totals} {
			err := on.of(tx).ForEach(func(key, value []byte) error {
				if w, ok := want[string(key)]; !ok || !bytes.Equal(w, value) {
					return &TamperError{Seq: now.seq, What: Derived, Detail: fmt.Sprintf("%s of %s", on, label(on, key))}
				}
				delete(want, string(key))
				return nil
			})
			if err != nil {
				return err
			}
			for key := range want {
				return &TamperError{Seq: now.seq, What: Derived, Detail: fmt.Sprintf("%s of %s", on, label(on, []byte(key)))}
			}
		}
		return nil
	})
}

// copy compares the copy with the chain.
func (v *verifier) copy() error {
	c := v.j.copy
	if c == nil {
		return nil
	}
	if why := v.j.CopyFault(); why != nil {
		return &CopyError{Seq: c.held() + 1, Err: why}
	}
	seq, err := v.compare(c.path, min(c.held(), v.head.seq))
	if err == nil || v.ctx.Err() != nil || errors.Is(err, ErrDamaged) {
		return err
	}
	err = &CopyError{Seq: seq, Err: err}
	c.renew(err)
	return err
}

// compare reads the copy up to event to and tells which one is wrong.
func (v *verifier) compare(path string, to uint64) (seq uint64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 1, err
	}
	defer f.Close()
	c, err := readCopy(f)
	if err != nil {
		return 1, err
	}
	for seq = 1; seq <= to; {
		err := v.in(func(tx *bbolt.Tx) error {
			return walkStored(tx, seq, min(seq+piece-1, to), func(e payments.Event, stored []byte) error {
				seq = e.Seq
				value, err := c.next()
				if errors.Is(err, io.EOF) {
					err = errTorn
				}
				if err == nil && !bytes.Equal(value, stored) {
					err = errors.New("another event stands there")
				}
				return err
			})
		})
		if err != nil {
			return seq, err
		}
		seq++
		v.progress(3*v.head.seq + seq - 1)
	}
	return seq, nil
}

func label(on shelf, key []byte) string {
	if on == shelfTotals && len(key) > 3 {
		return string(dayOf(key)) + " " + string(key[3:])
	}
	return string(key)
}
