package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

// story is a sale with where it stands in the journal: what its events add up
// to, and everything else that is stored because of them. What Append writes
// and what Verify expects both come from here.
type story struct {
	sale   payments.Sale
	ref    uint64   // seq of the event that opened it
	later  []uint64 // seqs of its other events, rising
	booked []Booking
	ids    []string // every id that finds the sale; the first is its own
}

// add folds one event into the story.
func (s *story) add(e payments.Event) error {
	before := s.sale.Clone()
	if err := s.sale.Apply(e); err != nil {
		return err
	}
	if s.ref == 0 {
		s.ref = e.Seq
	} else {
		s.later = append(s.later, e.Seq)
	}
	s.booked = append(s.booked, bookings(&before, &s.sale, e)...)
	s.remember(e)
	return nil
}

// remember keeps the ids that an event brings. An id once known finds the sale
// for ever, also when a later event tells another.
func (s *story) remember(e payments.Event) {
	var news []string
	switch b := e.Body.(type) {
	case payments.SaleOpened:
		news = []string{b.Sale.ID}
	case payments.AttemptBegun:
		news = []string{b.Attempt.PaymentRequestID, b.Attempt.PaymentID}
	case payments.AttemptChanged:
		news = []string{b.PaymentID}
	case payments.RefundBegun:
		news = []string{b.Refund.RefundRequestID, b.Refund.RefundID}
	case payments.RefundChanged:
		news = []string{b.RefundID}
	}
	for _, id := range news {
		if id != "" && !slices.Contains(s.ids, id) {
			s.ids = append(s.ids, id)
		}
	}
}

// claims lists the ids that must be new when e is written: those that Ringup
// makes itself. An id that Alipay gave may be known already.
func claims(e payments.Event) []string {
	switch b := e.Body.(type) {
	case payments.SaleOpened:
		return []string{b.Sale.ID}
	case payments.AttemptBegun:
		return []string{b.Attempt.PaymentRequestID}
	case payments.RefundBegun:
		return []string{b.Refund.RefundRequestID}
	}
	return nil
}

// row is one entry that is stored because of a story.
type row struct {
	on         shelf
	key, value []byte
	first      bool // the entry stays with whom it belonged to first
}

func (r row) same(o row) bool { return r.on == o.on && bytes.Equal(r.key, o.key) }

// rows is every entry that the story calls for.
func (s *story) rows() ([]row, error) {
	ref := seqKey(s.ref)
	day, err := daySaleKey(s.sale.BusinessDay, s.ref)
	if err != nil {
		return nil, err
	}
	amount, err := amountKey(s.sale.BusinessDay, s.sale.Amount.Minor)
	if err != nil {
		return nil, err
	}
	made := s.sale.Created
	minute := binary.BigEndian.AppendUint16(nil, uint16(made.Hour()*60+made.Minute()))
	rows := []row{
		{on: shelfSales, key: ref, value: packSeqs(s.ref, s.later)},
		{on: shelfNumbers, key: []byte(s.sale.Number), value: ref},
		{on: shelfDays, key: day, value: minute},
		{on: shelfAmounts, key: append(amount, ref...)},
	}
	for _, id := range s.ids {
		rows = append(rows, row{on: shelfIDs, key: textKey(id), value: ref, first: true})
	}
	for _, b := range s.booked {
		if b.Day == s.sale.BusinessDay {
			continue
		}
		key, err := daySaleKey(b.Day, s.ref)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{on: shelfLate, key: key})
	}
	if s.sale.Open() {
		rows = append(rows, row{on: shelfOpen, key: ref})
	}
	return rows, nil
}

// packSeqs keeps rising numbers as their distances.
func packSeqs(from uint64, seqs []uint64) []byte {
	b := []byte{}
	for _, n := range seqs {
		b = binary.AppendUvarint(b, n-from)
		from = n
	}
	return b
}

func unpackSeqs(from uint64, b []byte) ([]uint64, error) {
	var seqs []uint64
	for len(b) > 0 {
		d, n := binary.Uvarint(b)
		if n <= 0 || d == 0 || from+d < from {
			return nil, errors.New("not a list of events")
		}
		from, b = from+d, b[n:]
		seqs = append(seqs, from)
	}
	return seqs, nil
}

// load folds the story of the sale that event ref opened.
func load(tx *bbolt.Tx, ref uint64) (*story, error) {
	list := shelfSales.of(tx).Get(seqKey(ref))
	if list == nil {
		return nil, &TamperError{Seq: ref, What: Derived, Detail: "no such sale"}
	}
	later, err := unpackSeqs(ref, list)
	if err != nil {
		return nil, &TamperError{Seq: ref, What: Derived, Detail: err.Error()}
	}
	s := new(story)
	for _, seq := range append([]uint64{ref}, later...) {
		e, err := eventAt(tx, seq)
		if err != nil {
			return nil, err
		}
		if _, opens := e.Body.(payments.SaleOpened); opens != (seq == ref) || seq != ref && e.Sale != s.sale.ID {
			return nil, &TamperError{Seq: seq, What: Derived, Detail: "it is not of this sale"}
		}
		if err := s.add(e); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	return s, nil
}

// eventAt reads one event and checks it against the hash before it, which is
// what makes it trusted.
func eventAt(tx *bbolt.Tx, seq uint64) (payments.Event, error) {
	events := shelfEvents.of(tx)
	var previous [32]byte
	if seq > 1 {
		v := events.Get(seqKey(seq - 1))
		if len(v) < len(previous) {
			return payments.Event{}, &TamperError{Seq: seq - 1, What: Removed}
		}
		copy(previous[:], v)
	}
	v := events.Get(seqKey(seq))
	if v == nil {
		return payments.Event{}, &TamperError{Seq: seq, What: Removed}
	}
	return checkedEvent(seq, previous, v)
}

// checkedEvent is the event stored as value, if it follows previous.
func checkedEvent(seq uint64, previous [32]byte, value []byte) (payments.Event, error) {
	hash, canonical, err := unpack(value)
	if err != nil {
		return payments.Event{}, &TamperError{Seq: seq, What: Changed, Detail: err.Error()}
	}
	if chain(previous, canonical) != hash {
		return payments.Event{}, &TamperError{Seq: seq, What: Changed, Detail: "its hash does not follow"}
	}
	e, err := decodeEvent(canonical)
	if err != nil {
		return payments.Event{}, fmt.Errorf("%w: event %d: %w", ErrNewerFormat, seq, err)
	}
	if e.Seq != seq {
		return payments.Event{}, &TamperError{Seq: seq, What: Reordered}
	}
	e.Hash = hash
	return e, nil
}

// fallbackDay is where something books whose event names no day: the day of
// its own moment, which is never a day that was closed before.
func fallbackDay(d payments.Day, at time.Time) payments.Day {
	if _, err := dayKey(d); err == nil {
		return d
	}
	return payments.Day(at.Format(time.DateOnly))
}
