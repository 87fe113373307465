package storage

import (
	"bytes"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

// refAt reads a sale's reference as an entry's value.
func refAt(v []byte) (uint64, bool) { return seqAt(v), len(v) == seqSize }

// byID finds the story that an id of any kind leads to.
func byID(tx *bbolt.Tx, id string) (*story, error) {
	ref, ok := refAt(shelfIDs.of(tx).Get(textKey(id)))
	if !ok || id == "" {
		return nil, payments.ErrNoSale
	}
	s, err := load(tx, ref)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(s.ids, id) { // only its beginning is the key
		return nil, payments.ErrNoSale
	}
	return s, nil
}

func bySaleID(tx *bbolt.Tx, id string) (*story, error) {
	s, err := byID(tx, id)
	if err == nil && s.sale.ID != id {
		return nil, payments.ErrNoSale
	}
	return s, err
}

// sale is what find finds.
func (j *Journal) sale(find func(tx *bbolt.Tx) (*story, error)) (payments.Sale, error) {
	var sale payments.Sale
	err := j.view(func(tx *bbolt.Tx) error {
		s, err := find(tx)
		if err == nil {
			sale = s.sale
		}
		return err
	})
	return sale, err
}

// Sale is the sale with that Sale.ID, or payments.ErrNoSale.
func (j *Journal) Sale(id string) (payments.Sale, error) {
	return j.sale(func(tx *bbolt.Tx) (*story, error) { return bySaleID(tx, id) })
}

// SaleByNumber is the sale with that shop number, or payments.ErrNoSale.
func (j *Journal) SaleByNumber(number string) (payments.Sale, error) {
	return j.sale(func(tx *bbolt.Tx) (*story, error) { return byNumber(tx, number) })
}

func byNumber(tx *bbolt.Tx, number string) (*story, error) {
	if number == "" || len(number) > longestText {
		return nil, payments.ErrNoSale
	}
	ref, ok := refAt(shelfNumbers.of(tx).Get([]byte(number)))
	if !ok {
		return nil, payments.ErrNoSale
	}
	return load(tx, ref)
}

// SaleByAlipay is the sale to which a paymentId, paymentRequestId, refundId or
// refundRequestId belongs, or payments.ErrNoSale. Should Alipay ever give one
// id to two sales, it is the first.
func (j *Journal) SaleByAlipay(id string) (payments.Sale, error) {
	return j.sale(func(tx *bbolt.Tx) (*story, error) {
		s, err := byID(tx, id)
		if err == nil && s.ids[0] == id {
			return nil, payments.ErrNoSale // a Sale.ID never leaves the shop
		}
		return s, err
	})
}

// Open lists the sales that are not settled, oldest first.
func (j *Journal) Open() ([]payments.Sale, error) {
	var sales []payments.Sale
	err := j.view(func(tx *bbolt.Tx) error {
		return shelfOpen.of(tx).ForEach(func(key, _ []byte) error {
			s, err := load(tx, seqAt(key))
			if err == nil {
				sales = append(sales, s.sale)
			}
			return err
		})
	})
	return sales, err
}

// LastCount is the highest count that a shop number of that till and day has
// used; 0 when none has.
func (j *Journal) LastCount(till string, day payments.Day) (n int, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		n, err = countAt(tx, countKey(till, day.Compact()))
		return err
	})
	return n, err
}

// CodeUsed is the number of the sale that used this code less than ten minutes
// before now; "" when none did.
func (j *Journal) CodeUsed(c payments.PaymentCode, now time.Time) (number string, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		if mark := shelfCodes.of(tx).Get(j.codeKey(c)); fresh(mark, now) {
			number = string(mark[8:])
		}
		return nil
	})
	return number, err
}

// Offset is the clock offset that was last noted; zero before the first.
func (j *Journal) Offset() (seen payments.ClockSeen, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		seq, ok := refAt(shelfState.of(tx).Get(keyOffset))
		if !ok {
			return nil
		}
		e, err := eventAt(tx, seq)
		if err != nil {
			return err
		}
		seen, ok = e.Body.(payments.ClockSeen)
		if !ok {
			return &TamperError{Seq: seq, What: Derived, Detail: "it notes no offset"}
		}
		return nil
	})
	return seen, err
}

// Restored is the newest Restored event; false when there is none. searched
// reports that a Searched event came after it.
func (j *Journal) Restored() (r payments.Restored, searched, ok bool, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		seq, found := refAt(shelfState.of(tx).Get(keyRestored))
		if !found {
			return nil
		}
		e, err := eventAt(tx, seq)
		if err != nil {
			return err
		}
		if r, ok = e.Body.(payments.Restored); !ok {
			return &TamperError{Seq: seq, What: Derived, Detail: "it is no restore"}
		}
		ended, _ := refAt(shelfState.of(tx).Get(keySearched))
		searched = ended > seq
		return nil
	})
	return r, searched, ok, err
}

// Unsearched lists the Restored events whose search has not ended, oldest
// first.
func (j *Journal) Unsearched() (list []payments.Restored, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		seq, _ := refAt(shelfState.of(tx).Get(keyRestored))
		ended, _ := refAt(shelfState.of(tx).Get(keySearched))
		for seq > ended {
			e, err := eventAt(tx, seq)
			if err != nil {
				return err
			}
			r, ok := e.Body.(payments.Restored)
			if !ok || r.Earlier >= seq {
				return &TamperError{Seq: seq, What: Derived, Detail: "it is no restore"}
			}
			list = append(list, r)
			seq = r.Earlier
		}
		return nil
	})
	slices.Reverse(list)
	return list, err
}

// Held lists at most n sales that hold or held money, newest first, from the
// one before the sale with the Sale.ID before; "" begins at the newest.
func (j *Journal) Held(before string, n int) ([]payments.Sale, error) {
	var sales []payments.Sale
	err := j.view(func(tx *bbolt.Tx) error {
		c := shelfSales.of(tx).Cursor()
		key, _ := c.Last()
		if before != "" {
			s, err := bySaleID(tx, before)
			if err != nil {
				return err
			}
			c.Seek(seqKey(s.ref))
			key, _ = c.Prev()
		}
		for ; key != nil && len(sales) < n; key, _ = c.Prev() {
			s, err := load(tx, seqAt(key))
			if err != nil {
				return err
			}
			if !s.sale.Paid().IsZero() {
				sales = append(sales, s.sale)
			}
		}
		return nil
	})
	return sales, err
}

// Head is the number and the hash of the last event: the end of the chain.
func (j *Journal) Head() (seq uint64, hash [32]byte, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		h, err := headOf(tx)
		seq, hash = h.seq, h.hash
		return err
	})
	return seq, hash, err
}

// EventsOf lists the events about a sale, in order, or payments.ErrNoSale.
func (j *Journal) EventsOf(saleID string) ([]payments.Event, error) {
	var events []payments.Event
	err := j.view(func(tx *bbolt.Tx) error {
		s, err := bySaleID(tx, saleID)
		if err != nil {
			return err
		}
		for _, seq := range append([]uint64{s.ref}, s.later...) {
			e, err := eventAt(tx, seq)
			if err != nil {
				return err
			}
			events = append(events, e)
		}
		return nil
	})
	return events, err
}

// Notes lists the newest n notes on a topic, newest first.
func (j *Journal) Notes(topic string, n int) ([]payments.Event, error) {
	var notes []payments.Event
	err := j.view(func(tx *bbolt.Tx) error {
		return backward(shelfNotes.of(tx), append([]byte(topic), 0), func(key, _ []byte) (bool, error) {
			if len(notes) >= n {
				return false, nil
			}
			e, err := eventAt(tx, seqAt(key))
			notes = append(notes, e)
			return true, err
		})
	})
	return notes, err
}

// Latest is the newest note on a topic; false when there is none.
func (j *Journal) Latest(topic string) (payments.Note, bool, error) {
	notes, err := j.Notes(topic, 1)
	if err != nil || len(notes) == 0 {
		return payments.Note{}, false, err
	}
	note, ok := notes[0].Body.(payments.Note)
	if !ok {
		return note, false, &TamperError{Seq: notes[0].Seq, What: Derived, Detail: "it is no note"}
	}
	return note, true, nil
}

// backward visits the entries whose keys begin with prefix and go on with one
// more sequence number, last first, until visit says false.
func backward(b *bbolt.Bucket, prefix []byte, visit func(key, v []byte) (bool, error)) error {
	c := b.Cursor()
	key, v := c.Seek(appendSeq(bytes.Clone(prefix), 1<<(8*seqSize)-1))
	if key == nil {
		key, v = c.Last()
	}
	if key != nil && !bytes.HasPrefix(key, prefix) && bytes.Compare(key, prefix) > 0 {
		key, v = c.Prev()
	}
	for ; key != nil && bytes.HasPrefix(key, prefix); key, v = c.Prev() {
		if len(key) != len(prefix)+seqSize {
			continue // of another, longer prefix
		}
		if on, err := visit(key, v); err != nil || !on {
			return err
		}
	}
	return nil
}
