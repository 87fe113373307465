package settlement

import (
	"time"

	"ringup/payments"
)

// Kind is which of Alipay's files it is, told by its columns.
type Kind string

// The kinds of files.
const (
	Transactions Kind = "transactions" // transactionItems_<date>_<seq>.csv
	Settlements  Kind = "settlements"  // settlementItems_<currency>_<batch>_<seq>.csv
	Summaries    Kind = "summaries"    // settlementSummary_<currency>_<batch>_<seq>.csv
)

// Type is a transactionType or a summaryType, in capitals. Types that are not
// among the constants are read and kept as they are: there are more of them
// (CAPTURE, AUTHORIZATION, DISPUTE, ADJUSTMENT_FEE, ...), and no till makes
// one.
type Type string

// The types that a till knows, and the sum that some summaries close with.
const (
	Payment Type = "PAYMENT"
	Cancel  Type = "CANCEL"
	Refund  Type = "REFUND"
	Total   Type = "TOTAL"
)

// known reports whether a till makes transactions of this type.
func (t Type) known() bool { return t == Payment || t == Cancel || t == Refund }

// back reports whether money of this type leaves the shop.
func (t Type) back() bool { return t == Cancel || t == Refund }

// Transaction is one line of a transaction file, and the half of a settlement
// line that is about the transaction. The ids are those of the calls
// (documentation of transactionId): of a payment or a cancel the paymentId and
// the paymentRequestId, of a refund the refundId and the refundRequestId, with
// the payment's in OriginalID.
type Transaction struct {
	Type              Type
	ID                string
	RequestID         string
	OriginalID        string
	OriginalRequestID string
	Amount            payments.Money // never negative: the type gives the direction
	PaidAt            time.Time      // paymentTime; zero when the file has none
	Merchant          string         // referenceMerchantId
	Store             string         // referenceStoreId
	Method            string         // paymentMethodType
	Wallet            string         // pspName
	Description       string         // orderDescription; text from outside
}

// Settlement is one line of a settlement file. Net is what Alipay pays out for
// it: the amount less the fees (the documentation's example: 15.00 less a fee
// of 0.50 is a settlementAmountValue of 14.50). It is below zero for what goes
// back, whichever way the file writes that: the documentation does not say
// whether a refund has a minus sign.
type Settlement struct {
	Transaction
	Batch     string
	SettledAt time.Time
	Net       payments.Money
	Fees      []Fee
	Pair      string // quoteCurrencyPair
	Price     string // quotePrice, as written
}

// Fee is one column of fees: feeAmountValue and, in newer files, more. Whether
// feeAmountValue contains the others is not stated, so they are never added
// up. A fee that the shop pays is above zero, one that it gets back with a
// refund is below.
type Fee struct {
	Column string
	Amount payments.Money
}

// Summary is one line of a summary file. Net is below zero for what goes back.
type Summary struct {
	Type      Type // "" where the file has none: the batch in one line
	Batch     string
	Count     int64
	SettledAt time.Time
	Net       payments.Money
	Fees      []Fee
}

// Row is one line of a file. The pointer of the file's kind is set.
type Row struct {
	Line        int // the line's number in the file; the heading is 1
	Transaction *Transaction
	Settlement  *Settlement
	Summary     *Summary
}

// transaction is what the row says about a transaction; nil in a summary.
func (r Row) transaction() *Transaction {
	if r.Settlement != nil {
		return &r.Settlement.Transaction
	}
	return r.Transaction
}
