package sandbox

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

// ErrNoHabit says that no habit has that id.
var ErrNoHabit = errors.New("no such habit")

// issuedKept is how long a code that was shown and never used is remembered.
const issuedKept = 24 * time.Hour

// NewCode is a fresh payment code of a customer with that habit, as the phone
// of the training shows it: 24 digits, good for one payment within 60 seconds.
// A code that was typed and not made here doesn't expire.
func (s *Server) NewCode(habitID string) (payments.PaymentCode, error) {
	h, ok := habitByID(habitID)
	if !ok {
		return payments.PaymentCode{}, fmt.Errorf("%w: %q", ErrNoHabit, habitID)
	}
	tail, err := randomDigits(18)
	if err != nil {
		return payments.PaymentCode{}, err
	}
	digits := HabitPrefix + h.Digits + tail
	now := s.now()
	if err := s.update(func(tx *bbolt.Tx) error {
		if err := pruneCodes(tx, now); err != nil {
			return err
		}
		hash := s.ledger.hash(digits)
		if err := tx.Bucket(bucketIssued).Put(issuedKey(now, hash), nil); err != nil {
			return err
		}
		return put(tx, bucketCodes, hash, codeMark{Issued: now})
	}); err != nil {
		return payments.PaymentCode{}, err
	}
	return payments.ParseCode(digits)
}

func issuedKey(at time.Time, hash string) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(at.UnixNano())), hash...)
}

// pruneCodes forgets the codes that were shown long ago and never used.
func pruneCodes(tx *bbolt.Tx, now time.Time) error {
	issued := tx.Bucket(bucketIssued)
	end := issuedKey(now.Add(-issuedKept), "")
	for {
		key, _ := issued.Cursor().First()
		if key == nil || bytes.Compare(key, end) >= 0 {
			return nil
		}
		hash := string(key[8:])
		var mark codeMark
		if _, err := get(tx, bucketCodes, hash, &mark); err != nil {
			return err
		}
		if mark.UsedBy == "" {
			if err := tx.Bucket(bucketCodes).Delete([]byte(hash)); err != nil {
				return err
			}
		}
		if err := issued.Delete(bytes.Clone(key)); err != nil {
			return err
		}
	}
}
