package sandbox

import (
	"encoding/binary"
	"time"

	"go.etcd.io/bbolt"

	"ringup/payments/alipay"
)

// beijing is the time zone of Alipay's clock and of the cancel window.
var beijing = time.FixedZone("", 8*60*60)

// due is when the payment next changes by itself; zero: never.
func (p *payment) due() time.Time {
	switch p.Status {
	case alipay.StateProcessing:
		if !p.ConfirmAt.IsZero() && p.ConfirmAt.Before(p.Expiry) {
			return p.ConfirmAt
		}
		return p.Expiry
	case alipay.StateCancelled:
		return p.ConfirmAt
	}
	return time.Time{}
}

// settle does all that has happened by itself until now, in the order in which
// it happened: customers confirm, orders are closed, slow refunds end. It runs
// before every look at the ledger and needs no timer, so a restart loses
// nothing.
func (s *Server) settle(now time.Time) error {
	waiting := false
	if err := s.ledger.db.View(func(tx *bbolt.Tx) error {
		key, _ := tx.Bucket(bucketDue).Cursor().First()
		waiting = key != nil && !dueTime(key).After(now)
		return nil
	}); err != nil || !waiting {
		return err
	}
	return s.ledger.db.Update(func(tx *bbolt.Tx) error {
		for {
			key, _ := tx.Bucket(bucketDue).Cursor().First()
			if key == nil || dueTime(key).After(now) {
				return nil
			}
			at, kind, id := dueTime(key), key[8], string(key[9:])
			if kind == kindPayment {
				p, err := findPayment(tx, id, "")
				if err != nil {
					return err
				}
				if err := happenPayment(tx, p, at); err != nil {
					return err
				}
				continue
			}
			r, err := findRefund(tx, id, "")
			if err != nil {
				return err
			}
			if err := happenRefund(tx, r, at); err != nil {
				return err
			}
		}
	})
}

func dueTime(key []byte) time.Time {
	return time.Unix(0, int64(binary.BigEndian.Uint64(key))).In(beijing)
}

// happenPayment is what becomes of p at the moment that it was due.
func happenPayment(tx *bbolt.Tx, p *payment, at time.Time) error {
	confirms := !p.ConfirmAt.IsZero() && p.ConfirmAt.Before(p.Expiry)
	switch {
	case p.Status == alipay.StateCancelled:
		// Too late: what was taken goes back at once, in full.
		p.ConfirmAt = time.Time{}
		p.Captured, p.Returned = p.Amount.Minor, p.Amount.Minor
	case confirms:
		if err := confirmPayment(tx, p, at); err != nil {
			return err
		}
	default:
		p.fail(codeClosed)
	}
	return savePayment(tx, p)
}

// confirmPayment takes the money of an order whose customer said yes.
func confirmPayment(tx *bbolt.Tx, p *payment, at time.Time) error {
	h, _ := habitByID(p.Habit)
	if h.failsWith != "" {
		p.fail(h.failsWith)
		return nil
	}
	enough, err := capture(tx, p)
	if err != nil {
		return err
	}
	if !enough {
		p.fail(codePoor)
		return nil
	}
	p.ConfirmAt = time.Time{}
	p.Status, p.Result, p.PaidAt = alipay.StateSuccess, codeSuccess, at
	return nil
}

func (p *payment) fail(code string) {
	p.Status, p.Result, p.ConfirmAt = alipay.StateFail, code, time.Time{}
}

// happenRefund ends a refund that was in progress.
func happenRefund(tx *bbolt.Tx, r *refund, at time.Time) error {
	p, err := findPayment(tx, r.PaymentRequestID, "")
	if err != nil {
		return err
	}
	p.Refunding -= r.Amount.Minor
	r.Due = time.Time{}
	switch enough, err := canReturn(tx, r.Amount.Minor); {
	case err != nil:
		return err
	case r.Bounces:
		r.Status, r.Result = alipay.StateFail, "PROCESS_FAIL"
	case !enough:
		r.Status, r.Result = alipay.StateFail, codeMerchantPoor
	default:
		if err := giveBack(tx, p, r.Amount.Minor); err != nil {
			return err
		}
		r.Status, r.Result, r.DoneAt = alipay.StateSuccess, codeSuccess, at
	}
	if err := savePayment(tx, p); err != nil {
		return err
	}
	return saveRefund(tx, r)
}
