package till

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"ringup/payments"
	"ringup/receipts"
	"ringup/storage"
)

// Sales lists the sales made on a business day, newest first.
func (t *Books) Sales(day payments.Day, offset, limit int) ([]payments.Sale, error) {
	return t.journal.SalesOf(day, offset, limit)
}

// Sale is a sale by its shop number. payments.ErrNoSale when there is none.
func (t *Books) Sale(number string) (payments.Sale, error) {
	return t.journal.SaleByNumber(strings.ToUpper(strings.TrimSpace(number)))
}

// Events are all events of a sale, oldest first.
func (t *Books) Events(saleID string) ([]payments.Event, error) { return t.journal.EventsOf(saleID) }

// Find looks sales up by what a person has: a shop number or its end, an
// amount, a time of today, one of Alipay's ids, or a slip's code. No text at
// all finds today's sales.
func (t *Books) Find(text string) ([]payments.Sale, error) { return t.FindOn(text, t.Today()) }

// FindOn is Find for a time of another day.
func (t *Books) FindOn(text string, day payments.Day) ([]payments.Sale, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return t.Sales(day, 0, mostFound)
	}
	if scan := t.Read(text); scan.Kind == ScanSlip {
		s, err := t.journal.SaleByNumber(scan.Number)
		return []payments.Sale{s}, err
	}
	return t.journal.Find(storage.Query{Text: text, Day: day, Currency: t.Currency(), Limit: mostFound})
}

const mostFound = 200

// Day is a business day in figures.
func (t *Books) Day(day payments.Day) (Summary, error) {
	totals, err := t.journal.Totals(day)
	if err != nil {
		return Summary{}, err
	}
	open, err := t.journal.Open()
	if err != nil {
		return Summary{}, err
	}
	head, err := t.Head()
	if err != nil {
		return Summary{}, err
	}
	return summarise(day, t.Currency(), totals, len(open), head), nil
}

func summarise(day payments.Day, cur payments.Currency, totals storage.DayTotals, open int, head string) Summary {
	if totals.Currency == "" { // nothing was booked
		totals.Takings.Currency, totals.Refunds.Currency, totals.Currency = cur, cur, cur
	}
	s := Summary{
		Day: day, Currency: totals.Currency, Takings: totals.Takings, Count: totals.Count, Refunds: totals.Refunds, Refunded: totals.Refunded,
		Net: totals.Net(), Open: open, Declined: totals.Declined, Stopped: totals.Cancelled, Head: head,
		ByCashier: shares(totals.ByCashier, totals.Currency), ByWallet: shares(totals.ByWallet, totals.Currency),
	}
	for i := range s.ByWallet {
		s.ByWallet[i].Name = receipts.WalletName(s.ByWallet[i].Name)
	}
	for h, minor := range totals.ByHour {
		s.ByHour[h] = payments.Money{Minor: minor, Currency: totals.Currency}
	}
	return s
}

func shares(of []storage.Share, cur payments.Currency) []Share {
	list := make([]Share, 0, len(of))
	for _, sh := range of {
		list = append(list, Share{Name: sh.Name, Amount: payments.Money{Minor: sh.Amount, Currency: cur}, Count: sh.Count})
	}
	return list
}

// Head is the head of the books' chain for people: the first sixteen hex
// digits in groups of four.
func (t *Books) Head() (string, error) {
	_, hash, err := t.journal.Head()
	return groupHex(hash), err
}

func groupHex(hash [32]byte) string {
	h := hex.EncodeToString(hash[:8])
	return h[:4] + " " + h[4:8] + " " + h[8:12] + " " + h[12:]
}

// HeadOfChain is how many events there are, and the hash of the last.
func (t *Books) HeadOfChain() (events uint64, hash [32]byte, err error) { return t.journal.Head() }

// Verify walks the whole chain of the books and compares their second copy;
// progress may be nil. Errors, besides storage's: ErrCopyUnwritten when only the
// copy is behind, ErrStopped.
func (t *Books) Verify(ctx context.Context, progress func(done, total uint64)) error {
	err := stopped(ctx, t.journal.Verify(ctx, progress))
	if fault := t.journal.CopyFault(); errors.Is(err, storage.ErrCopyDamaged) && fault != nil && !errors.Is(fault, storage.ErrCopyDamaged) {
		return fmt.Errorf("%w: %w", ErrCopyUnwritten, fault)
	}
	return err
}
