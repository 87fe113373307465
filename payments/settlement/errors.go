package settlement

import (
	"errors"
	"fmt"
)

// Errors that refuse a whole file: nothing of it may be taken.
var (
	ErrIncomplete = errors.New("the file ends before its <END>")
	ErrAfterEnd   = errors.New("something stands behind <END>")
	ErrColumns    = errors.New("the columns are those of no file that is known")
	ErrTooBig     = errors.New("the file is too big")
	ErrArchive    = errors.New("not an archive with one readable file in it")
	ErrUnits      = errors.New("nothing tells whether amounts are in major or minor units")
	ErrMixedUnits = errors.New("amounts are in minor units, and one has a decimal point")
	ErrKinds      = errors.New("files of two kinds in one run")
	ErrMissing    = errors.New("so much is missing that the file must be of another time or account")
	ErrTooMany    = errors.New("too many days, currencies and batches in one file")
)

// Fault is what is wrong with a line, as a word that stays the same.
type Fault string

// The faults of a line.
const (
	FaultQuotes   Fault = "quotes"   // a quote is not closed, or stands inside a cell
	FaultCells    Fault = "cells"    // not as many cells as columns
	FaultLength   Fault = "length"   // longer than any line of these files
	FaultText     Fault = "text"     // not UTF-8, or control characters in an id
	FaultMissing  Fault = "missing"  // a cell that a line can't do without is empty
	FaultAmount   Fault = "amount"   // not a number, or too many digits or decimals
	FaultCurrency Fault = "currency" // a currency that is not known
	FaultTime     Fault = "time"     // not ISO 8601 with an offset
)

// LineError says that a line can't be read. The lines after it are.
type LineError struct {
	Line   int // its number; the heading is 1
	Fault  Fault
	Column string // "" when it is about no column
	Err    error  // more of it, for support; may be nil
}

func (e *LineError) Error() string {
	text := fmt.Sprintf("line %d: %s", e.Line, e.Fault)
	if e.Column != "" {
		text += " in " + e.Column
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *LineError) Unwrap() error { return e.Err }
