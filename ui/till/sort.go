package till

import (
	"context"
	"errors"

	"ringup/devices/printer"
	"ringup/payments"
	"ringup/payments/sandbox"
	"ringup/storage"
	"ringup/storage/vault"
)

// ErrorSort is what kind of failure an error is, for faces that answer with
// more than a sentence.
type ErrorSort int

// The sorts of error.
const (
	SortRefused    ErrorSort = iota // understood, and refused: final
	SortWrongInput                  // what was typed can never work
	SortWaiting                     // not settled yet
	SortCannotRun                   // nothing is set up, or the books are held or damaged
)

// wrongInput are the errors of what a person typed.
var wrongInput = []error{
	payments.ErrNotANumber, payments.ErrTooLarge, payments.ErrTooPrecise, payments.ErrNotPositive, payments.ErrIDRStep,
	payments.ErrNotADay, payments.ErrOtherAmount, ErrRefundAmount, ErrFormat, ErrNotLoopback,
	ErrNoReason, ErrLogo,
}

// cannotRun are the errors of what is not set up, held or damaged.
var cannotRun = []error{
	payments.ErrLocked, ErrBooks, ErrStopped, ErrNoKeys, ErrTrainingKeys, ErrDamagedSettings, sandbox.ErrInUse, vault.ErrOpenToOthers,
	storage.ErrDamaged, storage.ErrNewerFormat, storage.ErrReadOnly, storage.ErrDiskFull, storage.ErrUncertain, storage.ErrClosed,
}

// Sort tells what kind of failure an error is.
func Sort(err error) ErrorSort {
	var (
		code    *payments.CodeError
		held    *storage.HeldError
		account *AccountError
		failed  *printer.Error // what kept it may be a deadline: nothing goes on after it
		link    *printer.LinkError
	)
	err = storage.Classify(err)
	isOne := func(of []error) bool {
		for _, e := range of {
			if errors.Is(err, e) {
				return true
			}
		}
		return false
	}
	switch {
	case errors.As(err, &held), errors.As(err, &account), isOne(cannotRun):
		return SortCannotRun
	case errors.As(err, &failed):
		return SortRefused
	case errors.As(err, &code), errors.As(err, &link), isOne(wrongInput):
		return SortWrongInput
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return SortWaiting
	}
	return SortRefused
}
