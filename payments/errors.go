package payments

import (
	"errors"
	"fmt"
)

// Errors that the Desk and the journal answer with. None of them means that
// money moved; Locked is the one after which it may have.
var (
	ErrNoSale        = errors.New("no such sale")
	ErrLocked        = errors.New("the till is locked: its journal could not be written")
	ErrClosed        = errors.New("the till is closed")
	ErrNotProven     = errors.New("Alipay has not answered under this account yet")
	ErrClockWrong    = errors.New("this machine's clock is more than ten minutes wrong")
	ErrAlreadyPaid   = errors.New("the sale is paid")
	ErrAttemptOpen   = errors.New("an earlier attempt of this sale is not settled")
	ErrNotPaid       = errors.New("the sale is not paid")
	ErrRefundOpen    = errors.New("an earlier refund of this sale is not settled")
	ErrRefundTooMuch = errors.New("more than is left to refund")
	ErrNotCertain    = errors.New("Alipay did not confirm the payment just now")
	ErrConfirm       = errors.New("a person must confirm that no refund was made elsewhere")
	ErrNeedsDecision = errors.New("the sale can't be stopped any more: a person decides")
	ErrOtherAmount   = errors.New("the sale that is to be tried again has another amount")
	ErrNothingToStop = errors.New("nothing to stop")
	ErrNotDecidable  = errors.New("there is nothing to decide")
	ErrTooEarly      = errors.New("too early: a late cancel may still act")
	ErrOnlyGiveBack  = errors.New("another attempt of this sale is paid or begun: the money can only go back")
	ErrTooManyLines  = errors.New("too many lines")
	ErrLinesSum      = errors.New("the lines do not add up to the amount")
	ErrSomethingOpen = errors.New("payments are open under the present account")
)

// NotProvenError is ErrNotProven with what is known of why.
type NotProvenError struct {
	Result string // a result code or one of the Reasons; "" before the first answer
	Hint   string // for support
}

func (e *NotProvenError) Error() string {
	return fmt.Sprintf("%v (%s %s)", ErrNotProven, e.Result, e.Hint)
}

// Is makes it ErrNotProven.
func (e *NotProvenError) Is(target error) bool { return target == ErrNotProven }

// CodeUsedError says that a scanned code was used already.
type CodeUsedError struct{ Number string } // of the sale that used it

func (e *CodeUsedError) Error() string { return "this code was already used, by sale " + e.Number }

// SameAmountError warns that a sale with the same amount is still open: it may
// be the same customer. It is answered by asking again with SameAmountOK.
type SameAmountError struct{ Number string } // of the open sale

func (e *SameAmountError) Error() string {
	return fmt.Sprintf("sale %s with the same amount is still open", e.Number)
}
