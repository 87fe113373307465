package storage

import (
	"bytes"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

// walk reads the events from one number to another, checks that each follows
// the one before it, and shows them to visit.
func walk(tx *bbolt.Tx, from, to uint64, visit func(payments.Event) error) error {
	return walkStored(tx, from, to, func(e payments.Event, _ []byte) error {
		if visit == nil {
			return nil
		}
		return visit(e)
	})
}

// walkStored also shows each event as it is stored.
func walkStored(tx *bbolt.Tx, from, to uint64, visit func(e payments.Event, value []byte) error) error {
	events := shelfEvents.of(tx)
	var previous [32]byte
	if from > 1 {
		v := events.Get(seqKey(from - 1))
		if len(v) < len(previous) {
			return &TamperError{Seq: from - 1, What: Removed}
		}
		copy(previous[:], v)
	}
	c := events.Cursor()
	key, v := c.Seek(seqKey(from))
	for seq := from; seq <= to; seq++ {
		if key == nil || len(key) == seqSize && seqAt(key) > seq {
			return &TamperError{Seq: seq, What: Removed}
		}
		if !bytes.Equal(key, seqKey(seq)) {
			return &TamperError{Seq: seq, What: Inserted, Detail: "under a strange key"}
		}
		e, err := checkedEvent(seq, previous, v)
		if err != nil {
			return explain(events, seq, err)
		}
		if err := visit(e, v); err != nil {
			return err
		}
		previous = e.Hash
		key, v = c.Next()
	}
	return nil
}

// checkHead says whether the chain ends where it was noted to end.
func checkHead(tx *bbolt.Tx, h head) error {
	key, v := shelfEvents.of(tx).Cursor().Last()
	switch {
	case key == nil && h == head{}:
		return nil
	case key == nil || len(key) == seqSize && seqAt(key) < h.seq:
		return &TamperError{Seq: seqAt(key) + 1, What: Removed}
	case !bytes.Equal(key, seqKey(h.seq)):
		return &TamperError{Seq: h.seq + 1, What: Inserted}
	case !bytes.HasPrefix(v, h.hash[:]):
		return &TamperError{Seq: h.seq, What: Changed, Detail: "it is not the head that was noted"}
	}
	return nil
}

// explain finds out what was done to the first event that does not follow, by
// the numbers that it and the one after it carry inside.
func explain(events *bbolt.Bucket, seq uint64, err error) error {
	tampered, ok := err.(*TamperError)
	if !ok {
		return err
	}
	own, readable := ownSeq(events.Get(seqKey(seq)))
	next, more := ownSeq(events.Get(seqKey(seq + 1)))
	switch {
	case readable && own > seq && more && next == own+1, readable && own > seq && events.Get(seqKey(seq+1)) == nil:
		tampered.What = Removed // and those after it were moved down
	case readable && own > seq:
		tampered.What = Reordered
	case more && next == seq:
		tampered.What = Inserted // and those after it were moved up
	default:
		tampered.What = Changed
	}
	return tampered
}

func ownSeq(value []byte) (uint64, bool) {
	_, canonical, err := unpack(value)
	if err != nil {
		return 0, false
	}
	e, err := decodeEvent(canonical)
	return e.Seq, err == nil
}
