package settlement

import (
	"cmp"
	"slices"
	"time"

	"ringup/payments"
)

// Pool is what one run leaves to the next: what the till has and no file had
// yet, because Alipay's day ends at another moment than the till's or a file
// comes later. The caller stores it, in CBOR or JSON, one for transactions and
// one for settlements; the empty Pool begins.
type Pool struct {
	Kind Kind `cbor:"1,keyasint" json:"kind"`
	// Through is up to where the journal was looked through. Each run goes on
	// there, so that files may come late, twice or in any order.
	Through time.Time `cbor:"2,keyasint" json:"through"`
	Waiting []Waiting `cbor:"3,keyasint,omitempty" json:"waiting,omitempty"`
	Early   []Early   `cbor:"4,keyasint,omitempty" json:"early,omitempty"`
}

// Waiting is a payment or refund of the till that no file had yet; with Type
// Cancel, a payment that is cancelled here and only paid there.
type Waiting struct {
	Type      Type           `cbor:"1,keyasint" json:"type"`
	RequestID string         `cbor:"2,keyasint" json:"requestId"`
	ID        string         `cbor:"3,keyasint,omitempty" json:"id,omitempty"`
	SaleID    string         `cbor:"4,keyasint" json:"saleId"`
	Number    string         `cbor:"5,keyasint" json:"number"`
	Amount    payments.Money `cbor:"6,keyasint" json:"amount"`
	At        time.Time      `cbor:"7,keyasint" json:"at"`
}

// Early is a line whose payment was not settled in the till then, or settled
// after Through: it is compared when the journal is looked through that far,
// and said again if it ends another way.
type Early struct {
	Type      Type           `cbor:"1,keyasint" json:"type"`
	RequestID string         `cbor:"2,keyasint" json:"requestId"` // the till's own
	ID        string         `cbor:"3,keyasint,omitempty" json:"id,omitempty"`
	Amount    payments.Money `cbor:"4,keyasint" json:"amount"` // Alipay's
	At        time.Time      `cbor:"5,keyasint" json:"at"`
	Said      Outcome        `cbor:"6,keyasint" json:"said"`
}

// poolKey names what is carried over. Request ids are never used twice.
type poolKey struct {
	of        Type
	requestID string
}

// days is how many whole days lie between the two.
func days(from, to time.Time) int {
	if from.IsZero() || !to.After(from) {
		return 0
	}
	return int(to.Sub(from) / (24 * time.Hour))
}

func sortedWaiting(m map[poolKey]Waiting) []Waiting {
	list := make([]Waiting, 0, len(m))
	for _, w := range m {
		list = append(list, w)
	}
	slices.SortFunc(list, func(a, b Waiting) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.RequestID, b.RequestID), cmp.Compare(a.Type, b.Type))
	})
	return list
}

func sortedEarly(m map[poolKey]Early) []Early {
	list := make([]Early, 0, len(m))
	for _, e := range m {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b Early) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.RequestID, b.RequestID), cmp.Compare(a.Type, b.Type))
	})
	return list
}
