package storage

import (
	"bytes"
	"slices"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

// SalesOf lists the sales of a business day, newest first: at most limit of
// them, after leaving out the newest offset.
func (j *Journal) SalesOf(day payments.Day, offset, limit int) ([]payments.Sale, error) {
	var sales []payments.Sale
	err := j.view(func(tx *bbolt.Tx) error {
		prefix, err := dayKey(day)
		if err != nil {
			return err
		}
		return backward(shelfDays.of(tx), prefix, func(key, _ []byte) (bool, error) {
			if offset > 0 {
				offset--
				return true, nil
			}
			if len(sales) >= limit {
				return false, nil
			}
			s, err := load(tx, seqAt(key))
			if err != nil {
				return false, err
			}
			sales = append(sales, s.sale)
			return true, nil
		})
	})
	return sales, err
}

// Totals is what was booked on a business day. A day of nothing has no
// currency. When a shop changed its currency that day, the one with more in it
// comes first and the others stand in Others.
func (j *Journal) Totals(day payments.Day) (DayTotals, error) {
	var all []DayTotals
	err := j.view(func(tx *bbolt.Tx) error {
		prefix, err := dayKey(day)
		if err != nil {
			return err
		}
		c := shelfTotals.of(tx).Cursor()
		for key, _ := c.Seek(prefix); key != nil && bytes.HasPrefix(key, prefix); key, _ = c.Next() {
			t, err := totalsAt(tx, key)
			if err != nil {
				return err
			}
			all = append(all, t)
		}
		return nil
	})
	if err != nil || len(all) == 0 {
		return newTotals(day, ""), err
	}
	busy := func(t DayTotals) int { return t.Count + t.Refunded + t.Declined + t.Cancelled }
	slices.SortStableFunc(all, func(a, b DayTotals) int { return busy(b) - busy(a) })
	all[0].Others = all[1:]
	return all[0], nil
}

// DaySale is a sale as the books of one day see it.
type DaySale struct {
	Sale   payments.Sale // as it stands now
	Booked []Booking     // what of it was booked on that day
}

// SettledOn lists the sales that a day's books tell of, oldest first: those of
// that business day, settled or not, and those of other days of which
// something was booked on it. The amounts of all their bookings add up to
// Totals.
func (j *Journal) SettledOn(day payments.Day) ([]DaySale, error) {
	var sales []DaySale
	err := j.view(func(tx *bbolt.Tx) error {
		prefix, err := dayKey(day)
		if err != nil {
			return err
		}
		var refs []uint64
		for _, on := range []shelf{shelfDays, shelfLate} {
			c := on.of(tx).Cursor()
			for key, _ := c.Seek(prefix); key != nil && bytes.HasPrefix(key, prefix); key, _ = c.Next() {
				refs = append(refs, seqAt(key))
			}
		}
		slices.Sort(refs)
		for _, ref := range slices.Compact(refs) {
			s, err := load(tx, ref)
			if err != nil {
				return err
			}
			d := DaySale{Sale: s.sale}
			for _, b := range s.booked {
				if b.Day == day {
					d.Booked = append(d.Booked, b)
				}
			}
			sales = append(sales, d)
		}
		return nil
	})
	return sales, err
}
