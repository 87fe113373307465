package payments

import "time"

// Journal is the port to the books. Append is durable when it returns: the
// events, what is derived from them and the mark of the scanned code are in
// one transaction. Any error of Append may mean "not written" as well as
// "written": the Desk stops and finds out after a restart.
type Journal interface {
	Append(b Batch) error

	// Sale finds by Sale.ID, SaleByNumber by the shop's number, SaleByAlipay
	// by any paymentId, paymentRequestId, refundId or refundRequestId.
	// ErrNoSale when there is none.
	Sale(id string) (Sale, error)
	SaleByNumber(number string) (Sale, error)
	SaleByAlipay(id string) (Sale, error)

	// Open lists every sale that is not settled, oldest first.
	Open() ([]Sale, error)
	// LastCount is the highest count that a shop number of that till and day
	// has used; 0 when none has.
	LastCount(till string, day Day) (int, error)
	// CodeUsed is the number of the sale that used this code less than ten
	// minutes before now, Alipay's clock; "" when none did.
	CodeUsed(c PaymentCode, now time.Time) (string, error)
	// Offset is the clock offset that was last noted.
	Offset() (ClockSeen, error)
	// Healthy is nil while there is room to begin a sale and to finish it.
	Healthy() error
	// Incarnation tells when this file of the journal was begun, by a first
	// start, a restore or a rebuild, and its id.
	Incarnation() (created time.Time, id string)
	// Restored is the newest Restored event; false when this journal was never
	// restored. searched reports that a Searched event came after it.
	Restored() (r Restored, searched, ok bool, err error)
	// Unsearched lists the Restored events whose search has not ended, oldest
	// first.
	Unsearched() ([]Restored, error)
	// Held lists at most n sales that hold or held money, newest first, from
	// the one before the sale with the Sale.ID before; "" begins at the newest.
	Held(before string, n int) ([]Sale, error)
}

// Batch is what one Append writes.
type Batch struct {
	Events []Event
	// UseCode marks a code as used by sale CodeSale from now on; FreeCode
	// takes the mark away again. Only a keyed hash is kept, for ten minutes.
	UseCode  PaymentCode
	FreeCode PaymentCode
	CodeSale string    // the sale's number
	CodeAt   time.Time // Alipay's clock, so that who sets the till's frees no code
}
