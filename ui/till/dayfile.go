package till

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"ringup/payments"
	"ringup/receipts"
	"ringup/storage"
	"ringup/storage/export"
)

// The endings of a day's file, which decide how it is written.
const (
	EndingCSV  = ".csv"
	EndingXLSX = ".xlsx"
)

// DayEnding is which of the two a path ends in, in capitals or not. Errors:
// ErrFormat.
func DayEnding(path string) (string, error) {
	switch ending := strings.ToLower(filepath.Ext(path)); ending {
	case EndingCSV, EndingXLSX:
		return ending, nil
	}
	return "", fmt.Errorf("%w: %q", ErrFormat, filepath.Ext(path))
}

// SaveDay writes a business day to a file as the path's ending says, whole or
// not at all. Errors, besides those of the disk: ErrFormat, ErrNoFolder.
func (t *Books) SaveDay(day payments.Day, path string) error {
	ending, err := DayEnding(path)
	if err != nil {
		return err
	}
	write := t.WriteDay
	if ending == EndingXLSX {
		write = t.writeWorkbook
	}
	var content bytes.Buffer
	if err := write(&content, day); err != nil {
		return err
	}
	return replaceFile(path, content.Bytes())
}

// WriteDay writes a business day as CSV; see package export for its columns.
func (t *Books) WriteDay(w io.Writer, day payments.Day) error {
	sales, err := t.journal.SettledOn(day)
	if err != nil {
		return err
	}
	return export.WriteDayCSV(w, day, sales)
}

// writeWorkbook writes a business day as XLSX. What the summary says and what
// the rows say is read again when the books went on meanwhile, so that the
// rows add up to it.
func (t *Books) writeWorkbook(w io.Writer, day payments.Day) error {
	for {
		events, _, err := t.journal.Head()
		if err != nil {
			return err
		}
		sales, err := t.journal.SettledOn(day)
		if err != nil {
			return err
		}
		sum, err := t.workbookSummary(day)
		if err != nil {
			return err
		}
		after, hash, err := t.journal.Head()
		if err != nil {
			return err
		}
		if after == events {
			sum.Head = groupHex(hash)
			return export.WriteDayXLSX(w, t.Book(), day, sum, sales)
		}
	}
}

func (t *Books) workbookSummary(day payments.Day) (export.Summary, error) {
	totals, err := t.journal.Totals(day)
	if err != nil {
		return export.Summary{}, err
	}
	open, err := t.journal.Open()
	if err != nil {
		return export.Summary{}, err
	}
	if totals.Currency == "" { // nothing was booked
		totals.Takings.Currency, totals.Refunds.Currency, totals.Currency = t.Currency(), t.Currency(), t.Currency()
	}
	named := func(d storage.DayTotals) storage.DayTotals {
		wallets := make([]storage.Share, len(d.ByWallet))
		for i, s := range d.ByWallet {
			s.Name = receipts.WalletName(s.Name)
			wallets[i] = s
		}
		d.ByWallet = wallets
		return d
	}
	totals = named(totals)
	for i, other := range totals.Others {
		totals.Others[i] = named(other)
	}
	calendar, settings := t.Calendar(), t.Settings()
	s := export.Summary{Shop: settings.ShopName, Till: t.start.TillName, Written: calendar.In(t.corrected()), CutOver: calendar.CutOver,
		Totals: totals, Open: len(open)}
	switch t.environment {
	case Live:
	case Sandbox:
		s.Mark = t.Book().Say("slip.sandbox")
	default:
		s.Mark = t.Book().Say("slip.training")
	}
	return s, nil
}
