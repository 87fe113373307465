package settlement

import (
	"time"

	"ringup/payments"
)

// Outcome is how a line of a file ends, or a payment that has none. The words
// stay the same; see Key.
type Outcome string

// The outcomes. That a file's fee is noted and not compared is because the
// journal knows of no fees.
const (
	Agrees          Outcome = "agrees"
	FeeNoted        Outcome = "fee_noted"        // agrees, and a fee was taken
	OnlyAtAlipay    Outcome = "only_at_alipay"   // the till knows of no such payment or refund
	OnlyAtTill      Outcome = "only_at_till"     // not in Alipay's files yet: looked for in the next ones
	StatusDiffers   Outcome = "status_differs"   // one says that money moved, the other does not
	AmountOver      Outcome = "amount_over"      // Alipay has more than the till
	AmountUnder     Outcome = "amount_under"     // Alipay has less than the till
	CurrencyDiffers Outcome = "currency_differs" //
	Twice           Outcome = "twice"            // the same transaction stood in this run before
)

// Outcomes are all of them, in the order in which a person reads them.
func Outcomes() []Outcome {
	return []Outcome{Agrees, FeeNoted, OnlyAtAlipay, OnlyAtTill, StatusDiffers, AmountOver, AmountUnder, CurrencyDiffers, Twice}
}

// Key is the key of the outcome's phrase.
func (o Outcome) Key() string { return "settlement." + string(o) }

// Difference reports whether a person has to look at it.
func (o Outcome) Difference() bool { return o != Agrees && o != FeeNoted }

// Why says more of an outcome, where there is more to say.
type Why string

// What an outcome can be about beside the transaction itself.
const (
	WhyIDs      Why = "ids"       // the request id is the till's, Alipay's id is of another payment
	WhyNoCancel Why = "no_cancel" // the till has it cancelled, and no cancel stands in the files yet
	WhySummary  Why = "summary"   // the net of a batch: its summary (Alipay) and its lines (Till)
)

// Finding is one line's outcome, or that of a payment without a line. It holds
// what a person needs to find it in the till and at Alipay.
type Finding struct {
	Outcome Outcome
	Why     Why
	File    string // "" when no file has it
	Line    int    // 0 when no file has it
	First   int    // of Twice: the line where it stood first, in this file or an earlier one of the run
	Type    Type
	Batch   string

	SaleID     string // "" when the till does not know it
	Number     string // the sale's
	RequestID  string // paymentRequestId or refundRequestId
	ID         string // Alipay's paymentId or refundId
	OriginalID string // of a refund: the paymentId
	State      string // the till's: a payments.AttemptState or RefundState

	Till   payments.Money
	Alipay payments.Money
	At     time.Time // Alipay's time, or the till's when no line has it
	Fees   []Fee

	// Waited says that it was missing in earlier files; Days is for how many
	// whole days it is, or was, since the till had it.
	Waited bool
	Days   int
}

// judge compares what a line says with the journal.
func judge(t Transaction, e entry) (Outcome, Why) {
	switch {
	case e.id != "" && t.ID != "" && e.id != t.ID:
		return StatusDiffers, WhyIDs
	case t.Type == Cancel && !e.nothing, t.Type != Cancel && !e.moved:
		return StatusDiffers, ""
	case t.Amount.Currency != e.amount.Currency:
		return CurrencyDiffers, ""
	case t.Amount.Minor > e.amount.Minor:
		return AmountOver, ""
	case t.Amount.Minor < e.amount.Minor:
		return AmountUnder, ""
	}
	return Agrees, ""
}

// noted is Agrees with the fees said.
func noted(o Outcome, fees []Fee) Outcome {
	if o != Agrees {
		return o
	}
	for _, f := range fees {
		if !f.Amount.IsZero() {
			return FeeNoted
		}
	}
	return Agrees
}
