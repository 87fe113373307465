package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

// Append writes a batch and all that follows from it in one transaction, and
// is durable when it returns nil; then the events of b have their Seq and
// Hash. ErrUncertain means that the batch may be written or not: the journal
// takes nothing more until it is opened again. After every other error nothing
// was written: ErrDuplicateID (an id that Ringup makes was used before),
// payments.ErrNoSale (an event about a sale that was never opened), ErrEvent,
// ErrDiskFull (only for a batch that begins a sale or an attempt), ErrDamaged.
func (j *Journal) Append(b payments.Batch) error {
	if len(b.Events) == 0 && b.UseCode.Digits() == "" && b.FreeCode.Digits() == "" {
		return nil
	}
	j.writing.Lock()
	defer j.writing.Unlock()
	if err := j.fault(); err != nil {
		return err
	}
	if err := j.room.forBatch(begins(b)); err != nil {
		return err
	}
	return j.guard(func() error { return j.commit(b) })
}

func begins(b payments.Batch) bool {
	for _, e := range b.Events {
		switch e.Body.(type) {
		case payments.SaleOpened, payments.AttemptBegun:
			return true
		}
	}
	return false
}

func (j *Journal) commit(b payments.Batch) error {
	tx, err := j.db.Begin(true)
	if err != nil {
		return classify(err)
	}
	defer func() { _ = tx.Rollback() }() // nothing to do after a commit
	w := writer{tx: tx, pack: &j.pack, stories: map[string]*story{}}
	written, err := w.events(b.Events)
	if err != nil {
		return classify(err)
	}
	if err := j.markCodes(tx, b); err != nil {
		return classify(err)
	}
	if err := j.copy.note(tx); err != nil {
		return classify(err)
	}
	if err := guarded(tx.Commit); err != nil {
		// bbolt can fail after the batch became durable.
		return j.lock(fmt.Errorf("%w: %w", ErrUncertain, classify(err)))
	}
	j.copy.behind(w.records)
	for i, e := range written {
		b.Events[i].Seq, b.Events[i].Hash = e.Seq, e.Hash
	}
	return nil
}

// head is the end of the chain.
type head struct {
	seq  uint64
	hash [32]byte
}

// Keys of shelfState.
var (
	keyHead     = []byte("head")
	keyCopy     = []byte("copy")     // the last record known to be durable in the copy, and where it begins
	keyOffset   = []byte("offset")   // the newest event that notes one
	keyRestored = []byte("restored") // the newest Restored event
	keySearched = []byte("searched") // the newest Searched event
)

// pointer is the entry of shelfState that leads to the newest event with such
// a body; nil when none does.
func pointer(b payments.Body) []byte {
	switch b.(type) {
	case payments.ClockSeen:
		return keyOffset
	case payments.Restored:
		return keyRestored
	case payments.Searched:
		return keySearched
	}
	return nil
}

func headOf(tx *bbolt.Tx) (head, error) {
	v := shelfState.of(tx).Get(keyHead)
	if len(v) != 40 {
		return head{}, fmt.Errorf("%w: no head", ErrDamaged)
	}
	return head{binary.BigEndian.Uint64(v), [32]byte(v[8:])}, nil
}

func (h head) put(tx *bbolt.Tx) error {
	return shelfState.of(tx).Put(keyHead, append(binary.BigEndian.AppendUint64(nil, h.seq), h.hash[:]...))
}

// writer writes events into one transaction.
type writer struct {
	tx      *bbolt.Tx
	pack    *packer
	head    head
	stories map[string]*story // by Sale.ID, of this batch
	records batch             // what goes to the copy
}

func (w *writer) events(all []payments.Event) (written []payments.Event, err error) {
	if len(all) == 0 {
		return nil, nil
	}
	if w.head, err = headOf(w.tx); err != nil {
		return nil, err
	}
	for _, e := range all {
		if e, err = w.event(e); err == nil {
			err = w.derive(e)
		}
		if err != nil {
			return nil, err
		}
		written = append(written, e)
	}
	return written, w.head.put(w.tx)
}

// event adds e to the chain. What comes back is e as it will be read.
func (w *writer) event(e payments.Event) (payments.Event, error) {
	e.Seq = w.head.seq + 1
	canonical, err := encodeEvent(e)
	if err != nil {
		return e, err
	}
	if e, err = decodeEvent(canonical); err != nil {
		return e, fmt.Errorf("%w: %w", ErrEvent, err)
	}
	e.Hash = chain(w.head.hash, canonical)
	value, err := w.pack.pack(e.Hash, canonical)
	if err != nil {
		return e, err
	}
	events := shelfEvents.of(w.tx)
	if events.Get(seqKey(e.Seq)) != nil {
		return e, &TamperError{Seq: e.Seq, What: Inserted}
	}
	w.head = head{e.Seq, e.Hash}
	w.records.add(e.Seq, value)
	return e, events.Put(seqKey(e.Seq), value)
}

// kept adds an event that was stored before, as it was stored, if it follows.
func (w *writer) kept(value []byte) (payments.Event, error) {
	e, err := checkedEvent(w.head.seq+1, w.head.hash, value)
	if err != nil {
		return e, err
	}
	if err := shelfEvents.of(w.tx).Put(seqKey(e.Seq), value); err != nil {
		return e, err
	}
	w.head = head{e.Seq, e.Hash}
	return e, w.derive(e)
}

// derive writes what follows from e.
func (w *writer) derive(e payments.Event) error {
	if key := pointer(e.Body); key != nil {
		if err := shelfState.of(w.tx).Put(key, seqKey(e.Seq)); err != nil {
			return err
		}
	}
	if err := w.list(e); err != nil {
		return err
	}
	if e.Sale == "" {
		return allowedAlone(e.Body)
	}
	s, err := w.story(e)
	if err != nil {
		return err
	}
	var before []row
	if s.ref != 0 {
		if before, err = s.rows(); err != nil {
			return err
		}
	}
	booked := len(s.booked)
	if err := s.add(e); err != nil {
		return fmt.Errorf("%w: %w", ErrEvent, err)
	}
	after, err := s.rows()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrEvent, err)
	}
	if err := w.move(before, after); err != nil {
		return err
	}
	for _, b := range s.booked[booked:] {
		if err := w.book(b); err != nil {
			return err
		}
	}
	return nil
}

// allowedAlone says whether a body may stand in an event about no sale.
func allowedAlone(b payments.Body) error {
	switch b.(type) {
	case payments.Started, payments.ClockSeen, payments.Note, payments.Alarmed, payments.Restored, payments.Searched:
		return nil
	}
	return fmt.Errorf("%w: %s without a sale", ErrEvent, b.Kind())
}

// story is the sale that e is about, which e may be the first to tell of.
func (w *writer) story(e payments.Event) (*story, error) {
	for _, id := range claims(e) {
		if id == "" || len(id) > longestText {
			return nil, fmt.Errorf("%w: %s with the id %.20q", ErrEvent, e.Body.Kind(), id)
		}
		if shelfIDs.of(w.tx).Get(textKey(id)) != nil {
			return nil, fmt.Errorf("%w: %s %s", ErrDuplicateID, e.Body.Kind(), id)
		}
	}
	if b, opens := e.Body.(payments.SaleOpened); opens {
		w.stories[e.Sale] = new(story)
		return w.stories[e.Sale], w.opening(e, b.Sale)
	}
	if s := w.stories[e.Sale]; s != nil {
		return s, nil
	}
	s, err := bySaleID(w.tx, e.Sale)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, e.Sale)
	}
	w.stories[e.Sale] = s
	return s, nil
}

// opening checks a sale that begins and counts its number.
func (w *writer) opening(e payments.Event, s payments.Sale) error {
	switch {
	case s.ID != e.Sale:
		return fmt.Errorf("%w: sale %s is opened as %s", ErrEvent, s.ID, e.Sale)
	case len(s.Attempts)+len(s.Refunds)+len(s.Alarms) > 0:
		return fmt.Errorf("%w: sale %s is opened with a past", ErrEvent, s.ID)
	case s.Number == "" || len(s.Number) > longestText:
		return fmt.Errorf("%w: shop number %.20q", ErrEvent, s.Number)
	case shelfNumbers.of(w.tx).Get([]byte(s.Number)) != nil:
		return fmt.Errorf("%w: shop number %s", ErrDuplicateID, s.Number)
	}
	till, day, count, ok := payments.ParseShopNumber(s.Number)
	if !ok {
		return nil // it can be found, but nothing is counted by it
	}
	key := countKey(till, day)
	if known, err := countAt(w.tx, key); err != nil || count <= known {
		return err
	}
	return shelfCounts.of(w.tx).Put(key, binary.AppendUvarint(nil, uint64(count)))
}

func countAt(tx *bbolt.Tx, key []byte) (int, error) {
	v := shelfCounts.of(tx).Get(key)
	if v == nil {
		return 0, nil
	}
	n, size := binary.Uvarint(v)
	if size <= 0 {
		return 0, fmt.Errorf("%w: count of %s", ErrDamaged, key)
	}
	return int(n), nil
}

// move turns the entries of a story from before into those of after.
func (w *writer) move(before, after []row) error {
	for _, old := range before {
		if !contains(after, old) {
			if err := old.on.of(w.tx).Delete(old.key); err != nil {
				return err
			}
		}
	}
	for _, r := range after {
		on := r.on.of(w.tx)
		if contains(before, r) && r.on != shelfSales || r.first && on.Get(r.key) != nil {
			continue
		}
		if err := on.Put(r.key, r.value); err != nil {
			return err
		}
	}
	return nil
}

func contains(rows []row, r row) bool {
	for _, o := range rows {
		if o.same(r) {
			return true
		}
	}
	return false
}

func (w *writer) book(b Booking) error {
	key, err := totalsKey(b.Day, b.Amount.Currency)
	if err != nil {
		return err
	}
	t, err := totalsAt(w.tx, key)
	if err != nil {
		return err
	}
	t.add(b)
	v, err := encoding.Marshal(t)
	if err != nil {
		return err
	}
	return shelfTotals.of(w.tx).Put(key, v)
}

func totalsAt(tx *bbolt.Tx, key []byte) (DayTotals, error) {
	t := newTotals(dayOf(key), payments.Currency(key[3:]))
	if v := shelfTotals.of(tx).Get(key); v != nil {
		if err := decoding.Unmarshal(v, &t); err != nil {
			return t, fmt.Errorf("%w: totals of %s: %w", ErrDamaged, t.Day, err)
		}
	}
	return t, nil
}

// codeMark is how long a used code is remembered.
const codeMark = 10 * time.Minute

// markCodes marks and frees codes, and forgets the marks that have run out.
// There are as many marks as sales in ten minutes, so all are looked at. A
// batch without CodeAt is about no code.
func (j *Journal) markCodes(tx *bbolt.Tx, b payments.Batch) error {
	if b.CodeAt.IsZero() {
		return nil
	}
	codes, now := shelfCodes.of(tx), b.CodeAt
	var old [][]byte
	err := codes.ForEach(func(key, v []byte) error {
		if !fresh(v, now) {
			old = append(old, bytes.Clone(key))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if b.FreeCode.Digits() != "" {
		old = append(old, j.codeKey(b.FreeCode))
	}
	for _, key := range old {
		if err := codes.Delete(key); err != nil {
			return err
		}
	}
	if b.UseCode.Digits() == "" {
		return nil
	}
	if len(b.CodeSale) > longestText {
		return errors.Join(ErrEvent, errors.New("a code's sale"))
	}
	mark := binary.BigEndian.AppendUint64(nil, uint64(now.UnixMilli()))
	return codes.Put(j.codeKey(b.UseCode), append(mark, b.CodeSale...))
}

func fresh(mark []byte, now time.Time) bool {
	if len(mark) < 8 {
		return false
	}
	return now.Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(mark)))) < codeMark
}
