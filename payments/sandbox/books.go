package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"go.etcd.io/bbolt"

	"ringup/payments"
	"ringup/payments/alipay"
)

// Ledger is the ledger as GET /sandbox/ledger shows it, oldest first.
type Ledger struct {
	Payments []LedgerPayment `json:"payments"`
	Refunds  []LedgerRefund  `json:"refunds"`
}

// LedgerPayment is one order. PaymentStatus is SUCCESS, PROCESSING, FAIL or
// CANCELLED.
type LedgerPayment struct {
	PaymentRequestID string        `json:"paymentRequestId"`
	PaymentID        string        `json:"paymentId"`
	PaymentAmount    alipay.Amount `json:"paymentAmount"`
	PaymentStatus    string        `json:"paymentStatus"`
}

// LedgerRefund is one refund. RefundStatus is SUCCESS, PROCESSING or FAIL.
type LedgerRefund struct {
	RefundRequestID string        `json:"refundRequestId"`
	PaymentID       string        `json:"paymentId"`
	RefundAmount    alipay.Amount `json:"refundAmount"`
	RefundStatus    string        `json:"refundStatus"`
}

// Balance is the money that an order has moved: what was taken from the
// customer, and what went back by cancel or refunds. It is booked where money
// moves, not worked out from the states.
type Balance struct {
	PaymentRequestID   string
	Captured, Returned payments.Money
}

// Held is what the merchant holds of the order: captured less returned.
func (b Balance) Held() payments.Money {
	return payments.Money{Minor: b.Captured.Minor - b.Returned.Minor, Currency: b.Captured.Currency}
}

// ErrNoOrder says that the ledger has no such order.
var ErrNoOrder = errors.New("the built-in Alipay has no such order")

// Ledger is the whole ledger as it stands now.
func (s *Server) Ledger() (Ledger, error) {
	l := Ledger{Payments: []LedgerPayment{}, Refunds: []LedgerRefund{}}
	err := s.eachEntry(func(p *payment, r *refund) error {
		if p != nil {
			l.Payments = append(l.Payments, p.shown())
		} else {
			l.Refunds = append(l.Refunds, r.shown())
		}
		return nil
	})
	return l, err
}

// Balances is what every order has moved, oldest first.
func (s *Server) Balances() ([]Balance, error) {
	var list []Balance
	err := s.eachEntry(func(p *payment, _ *refund) error {
		if p != nil {
			list = append(list, p.balance())
		}
		return nil
	})
	return list, err
}

// Balance is what one order has moved; ErrNoOrder when there is none. An
// unknown order has moved nothing.
func (s *Server) Balance(paymentRequestID string) (Balance, error) {
	var b Balance
	err := s.view(func(tx *bbolt.Tx) error {
		p, err := findPayment(tx, paymentRequestID, "")
		if p == nil && err == nil {
			err = fmt.Errorf("%w: %s", ErrNoOrder, paymentRequestID)
		}
		if err == nil {
			b = p.balance()
		}
		return err
	})
	return b, err
}

func (p *payment) balance() Balance {
	c := p.Amount.Currency
	return Balance{p.RequestID, payments.Money{Minor: p.Captured, Currency: c}, payments.Money{Minor: p.Returned, Currency: c}}
}

func (p *payment) shown() LedgerPayment {
	return LedgerPayment{p.RequestID, p.PaymentID, alipay.AmountOf(p.Amount), p.Status}
}

func (r *refund) shown() LedgerRefund {
	return LedgerRefund{r.RequestID, r.PaymentID, alipay.AmountOf(r.Amount), r.Status}
}

// eachEntry visits every payment and refund in the order in which they came.
// One of the two is nil.
func (s *Server) eachEntry(visit func(p *payment, r *refund) error) error {
	return s.view(func(tx *bbolt.Tx) error { return eachEntry(tx, visit) })
}

func eachEntry(tx *bbolt.Tx, visit func(p *payment, r *refund) error) error {
	return tx.Bucket(bucketOrder).ForEach(func(_, entry []byte) error {
		id := string(entry[1:])
		if entry[0] == kindPayment {
			p, err := findPayment(tx, id, "")
			if err != nil {
				return err
			}
			return visit(p, nil)
		}
		r, err := findRefund(tx, id, "")
		if err != nil {
			return err
		}
		return visit(nil, r)
	})
}

// writeLedger writes the ledger's JSON without holding all of it in memory.
func (s *Server) writeLedger(w io.Writer) error {
	return s.view(func(tx *bbolt.Tx) error {
		if err := writeList(w, `{"payments":[`, tx, func(p *payment, _ *refund) any {
			if p == nil {
				return nil
			}
			return p.shown()
		}); err != nil {
			return err
		}
		if err := writeList(w, "],\n\"refunds\":[", tx, func(_ *payment, r *refund) any {
			if r == nil {
				return nil
			}
			return r.shown()
		}); err != nil {
			return err
		}
		_, err := io.WriteString(w, "]}\n")
		return err
	})
}

// writeList writes head and one line for each entry that pick shows.
func writeList(w io.Writer, head string, tx *bbolt.Tx, pick func(p *payment, r *refund) any) error {
	if _, err := io.WriteString(w, head); err != nil {
		return err
	}
	before := "\n"
	return eachEntry(tx, func(p *payment, r *refund) error {
		shown := pick(p, r)
		if shown == nil {
			return nil
		}
		raw, err := json.Marshal(shown)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, before+string(raw))
		before = ",\n"
		return err
	})
}
