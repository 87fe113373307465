package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

// Query is what a person looks for.
type Query struct {
	Text     string            // a shop number or its end, an amount, a time of day, any id of Alipay's
	Day      payments.Day      // the day that a time of day, and an end of a number, is looked for on first
	Currency payments.Currency // that amounts are read in
	Limit    int               // at most so many sales
}

const (
	// nearby is how far from a time of day a sale is still found.
	nearby = 5 // minutes
	// recentDays is how many days with sales, back from Query.Day, are
	// searched for the end of a number.
	recentDays = 31
)

// Find looks a text up in every way that it can be meant and lists the sales,
// each once: by whole number or id first, then by the end of a number ("17"
// finds T1-261121-0017), by time of day ("14:32", within five minutes on
// Query.Day) and by amount ("45.50", of any day); newest first in each.
func (j *Journal) Find(q Query) ([]payments.Sale, error) {
	q.Text = strings.TrimSpace(q.Text)
	f := finder{q: q}
	if q.Text == "" || q.Limit <= 0 {
		return nil, nil
	}
	err := j.view(func(tx *bbolt.Tx) error {
		f.tx = tx
		for _, look := range []func() error{f.exact, f.ending, f.clock, f.amount} {
			if err := look(); err != nil {
				return err
			}
		}
		return nil
	})
	return f.sales, err
}

type finder struct {
	tx    *bbolt.Tx
	q     Query
	refs  []uint64
	sales []payments.Sale
}

// found takes a sale into the list, unless it is in another currency than the
// one asked for, if any; false when the list is full.
func (f *finder) found(ref uint64, currency payments.Currency) (bool, error) {
	if len(f.sales) >= f.q.Limit {
		return false, nil
	}
	if slices.Contains(f.refs, ref) {
		return true, nil
	}
	s, err := load(f.tx, ref)
	if err != nil {
		return false, err
	}
	if currency != "" && s.sale.Amount.Currency != currency {
		return true, nil
	}
	f.refs, f.sales = append(f.refs, ref), append(f.sales, s.sale)
	return true, nil
}

func (f *finder) exact() error {
	text := f.q.Text
	for _, find := range []func() (*story, error){
		func() (*story, error) { return byNumber(f.tx, text) },
		func() (*story, error) { return byNumber(f.tx, strings.ToUpper(text)) },
		func() (*story, error) { return byID(f.tx, text) },
	} {
		s, err := find()
		if err == nil {
			_, err = f.found(s.ref, "")
		}
		if err != nil && !errors.Is(err, payments.ErrNoSale) {
			return err
		}
	}
	return nil
}

// ending tries every shop number of the recent days that has the count asked
// for.
func (f *finder) ending() error {
	ending := strings.ToUpper(f.q.Text)
	dash := strings.LastIndexByte(ending, '-')
	count, err := strconv.Atoi(ending[dash+1:])
	if err != nil || count <= 0 {
		return nil
	}
	tills := f.tills()
	for _, day := range f.recent() {
		for _, till := range tills {
			number := payments.ShopNumber(till, day, count)
			if dash >= 0 && !strings.HasSuffix(number, ending) {
				continue
			}
			if ref, ok := refAt(shelfNumbers.of(f.tx).Get([]byte(number))); ok {
				if _, err := f.found(ref, ""); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// tills lists the tills that have made numbers.
func (f *finder) tills() (tills []string) {
	c := shelfCounts.of(f.tx).Cursor()
	for key, _ := c.First(); key != nil; {
		till, _, _ := strings.Cut(string(key), "-")
		tills = append(tills, till)
		key, _ = c.Seek([]byte(till + ".")) // the first byte after the dash
	}
	return tills
}

// recent lists days that have sales, back from the day asked about.
func (f *finder) recent() (days []payments.Day) {
	c := shelfDays.of(f.tx).Cursor()
	after := []byte{0xff, 0xff, 0xff, 0xff}
	if key, err := dayKey(f.q.Day); err == nil {
		after = append(key, 0xff)
	}
	for len(days) < recentDays {
		key, _ := c.Seek(after)
		if key == nil {
			key, _ = c.Last()
		} else {
			key, _ = c.Prev()
		}
		if key == nil {
			break
		}
		after = bytes.Clone(key[:3])
		days = append(days, dayOf(after))
	}
	return days
}

func (f *finder) clock() error {
	asked, err := time.Parse("15:04", f.q.Text)
	prefix, noDay := dayKey(f.q.Day)
	if err != nil || noDay != nil {
		return nil
	}
	minute := asked.Hour()*60 + asked.Minute()
	return backward(shelfDays.of(f.tx), prefix, func(key, v []byte) (bool, error) {
		if len(v) != 2 {
			return false, &TamperError{Seq: seqAt(key), What: Derived, Detail: "its minute"}
		}
		if apart := int(binary.BigEndian.Uint16(v)) - minute; apart < -nearby || apart > nearby {
			return true, nil
		}
		return f.found(seqAt(key), "")
	})
}

// amount goes back through the months that have sales.
func (f *finder) amount() error {
	m, err := payments.ParseMoney(f.q.Text, f.q.Currency)
	if err != nil {
		return nil
	}
	shelf := shelfAmounts.of(f.tx)
	c := shelf.Cursor()
	digits := amountDigits(m.Minor)
	key, _ := c.Last()
	for key != nil && len(f.sales) < f.q.Limit {
		month := bytes.Clone(key[:3])
		err := backward(shelf, append(bytes.Clone(month), digits...), func(key, _ []byte) (bool, error) {
			return f.found(seqAt(key), m.Currency)
		})
		if err != nil {
			return err
		}
		c.Seek(month)
		key, _ = c.Prev()
	}
	return nil
}
