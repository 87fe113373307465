package settlement

import (
	"errors"
	"fmt"
	"time"

	"ringup/payments"
)

// Books is the port to the journal.
type Books interface {
	// SaleByAlipay finds by any paymentId, paymentRequestId, refundId or
	// refundRequestId; payments.ErrNoSale when there is none.
	// payments.Journal has it.
	SaleByAlipay(id string) (payments.Sale, error)
	// Sales gives every sale of which an attempt or a refund became final at
	// from or later and before to, by its SettledAt: in any order, a sale
	// perhaps more than once, others as well. It ends with each's error.
	Sales(from, to time.Time, each func(payments.Sale) error) error
}

// entry is an attempt or a refund of the journal.
type entry struct {
	sale      payments.Sale
	part      Type // Payment or Refund
	requestID string
	id        string // Alipay's; "" while not known
	original  string // of a refund: the paymentId
	amount    payments.Money
	state     string
	final     bool
	moved     bool // the till holds that this money moved
	cancelled bool
	nothing   bool // no money moved, or it went back: failed, cancelled or as good as
	moment    time.Time
	account   payments.Account
}

func attemptEntry(s payments.Sale, a payments.Attempt) entry {
	e := entry{
		sale: s, part: Payment, requestID: a.PaymentRequestID, id: a.PaymentID, amount: a.Amount, state: string(a.State),
		final: a.State.Final(), moved: a.State.Holds(), cancelled: a.State == payments.AttemptCancelled, account: a.Account,
	}
	e.nothing = e.cancelled || a.State == payments.AttemptFailed || a.State == payments.AttemptCancelSeen
	e.moment = firstTime(a.SettledAt, a.PaidAt, a.SentAt)
	return e
}

func refundEntry(s payments.Sale, r payments.Refund) entry {
	return entry{
		sale: s, part: Refund, requestID: r.RefundRequestID, id: r.RefundID, original: r.PaymentID, amount: r.Amount, state: string(r.State),
		final: r.State.Final(), moved: r.State == payments.Refunded, account: r.Account,
		moment: firstTime(r.SettledAt, r.Created),
	}
}

func firstTime(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// entries are all attempts and refunds of a sale.
func entries(s payments.Sale) []entry {
	var all []entry
	for _, a := range s.Attempts {
		all = append(all, attemptEntry(s, a))
	}
	for _, r := range s.Refunds {
		all = append(all, refundEntry(s, r))
	}
	return all
}

// part is what of the journal a line of type t is about.
func part(t Type) Type {
	if t == Refund {
		return Refund
	}
	return Payment
}

// lookUp finds what a line is about: by the till's own id first, which nobody
// else can have made, then by Alipay's.
func lookUp(b Books, of Type, requestID, id string) (entry, bool, error) {
	for _, key := range []string{requestID, id} {
		if key == "" {
			continue
		}
		s, err := b.SaleByAlipay(key)
		if errors.Is(err, payments.ErrNoSale) {
			continue
		}
		if err != nil {
			return entry{}, false, fmt.Errorf("journal: %w", err)
		}
		for _, e := range entries(s) {
			if e.part == part(of) && (e.requestID == key || e.id == key) {
				return e, true, nil
			}
		}
	}
	return entry{}, false, nil
}
