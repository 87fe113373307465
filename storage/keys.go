package storage

import (
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

// shelf is one bucket of the file. The events are the truth; every other shelf
// but meta, codes and jobs follows from them. A sale is referred to by the sequence
// number of the event that opened it.
type shelf string

const (
	shelfMeta    shelf = "meta"    // format, creation, incarnation, key of the code marks
	shelfEvents  shelf = "events"  // seq → hash, packed event
	shelfState   shelf = "state"   // the head of the chain, how far the copy is durable, the newest event of some kinds
	shelfSales   shelf = "sales"   // sale → the seqs of its later events
	shelfIDs     shelf = "ids"     // Sale.ID, payment, refund and request ids → sale
	shelfNumbers shelf = "numbers" // shop number → sale
	shelfCounts  shelf = "counts"  // till and day → highest count used in a number
	shelfDays    shelf = "days"    // business day, sale → minute of the day
	shelfLate    shelf = "late"    // day, sale: something of another day's sale was booked
	shelfAmounts shelf = "amounts" // month, amount, sale
	shelfOpen    shelf = "open"    // sales that are not settled
	shelfTotals  shelf = "totals"  // day, currency → DayTotals
	shelfNotes   shelf = "notes"   // topic, seq; alarms too, see alarms.go
	shelfCodes   shelf = "codes"   // keyed hash of a payment code → when, by which sale
	shelfJobs    shelf = "jobs"    // print jobs; beside the events, see jobs.go
)

// shelves lists them all, with how full a page is left when it is split.
// Events are only ever added at the end; the other shelves that grow at the
// end keep a little room for what comes later to an old sale.
var shelves = map[shelf]float64{
	shelfMeta: 0.5, shelfEvents: 1, shelfState: 0.5, shelfSales: 0.9,
	shelfIDs: 0.9, shelfNumbers: 0.9, shelfCounts: 0.9, shelfDays: 0.9,
	shelfLate: 0.9, shelfAmounts: 0.5, shelfOpen: 0.5, shelfTotals: 0.9,
	shelfNotes: 0.9, shelfCodes: 0.5, shelfJobs: 0.5,
}

// of is the shelf in a transaction. That all shelves exist is checked when the
// journal is opened.
func (s shelf) of(tx *bbolt.Tx) *bbolt.Bucket {
	b := tx.Bucket([]byte(s))
	b.FillPercent = shelves[s]
	return b
}

// seqSize is the bytes of a sequence number in a key: enough for 10^12 events.
const seqSize = 5

func seqKey(seq uint64) []byte { return appendSeq(nil, seq) }

func appendSeq(key []byte, seq uint64) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], seq)
	return append(key, b[8-seqSize:]...)
}

// seqAt reads the sequence number that a key ends with.
func seqAt(key []byte) uint64 {
	if len(key) < seqSize {
		return 0
	}
	var b [8]byte
	copy(b[8-seqSize:], key[len(key)-seqSize:])
	return binary.BigEndian.Uint64(b[:])
}

// dayKey is a day as three bytes, in order of days: year, month and day of the
// month fit into 14, 4 and 5 bits.
func dayKey(d payments.Day) ([]byte, error) {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil || t.Year() < 0 {
		return nil, fmt.Errorf("%w: %q", payments.ErrNotADay, string(d))
	}
	n := uint32(t.Year())<<9 | uint32(t.Month())<<5 | uint32(t.Day())
	return []byte{byte(n >> 16), byte(n >> 8), byte(n)}, nil
}

// dayOf reads dayKey.
func dayOf(key []byte) payments.Day {
	if len(key) < 3 {
		return ""
	}
	n := uint32(key[0])<<16 | uint32(key[1])<<8 | uint32(key[2])
	return payments.Day(fmt.Sprintf("%04d-%02d-%02d", n>>9, n>>5&15, n&31))
}

func daySaleKey(d payments.Day, sale uint64) ([]byte, error) {
	key, err := dayKey(d)
	return appendSeq(key, sale), err
}

// amountKey finds sales by amount, month by month, so that what is written is
// near what was written last.
func amountKey(day payments.Day, minor int64) ([]byte, error) {
	key, err := dayKey(day)
	if err != nil {
		return nil, err
	}
	key[2] &^= 31 // the month
	return append(key, amountDigits(minor)...), nil
}

// amountDigits is an amount's bytes without leading zeros, after their number.
func amountDigits(minor int64) []byte {
	var b [9]byte
	binary.BigEndian.PutUint64(b[1:], uint64(minor))
	i := 1
	for i < 8 && b[i] == 0 {
		i++
	}
	b[i-1] = byte(9 - i)
	return b[i-1:]
}

// longestText bounds a text from outside that becomes a key.
const longestText = 200

func textKey(s string) []byte {
	if len(s) > longestText {
		s = s[:longestText]
	}
	return []byte(s)
}

func noteKey(topic string, seq uint64) []byte { return appendSeq(append([]byte(topic), 0), seq) }

func totalsKey(d payments.Day, c payments.Currency) ([]byte, error) {
	key, err := dayKey(d)
	return append(key, c...), err
}

func countKey(till, compactDay string) []byte { return []byte(till + "-" + compactDay) }
