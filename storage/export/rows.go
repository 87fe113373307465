// Package export writes the books of a day as files for spreadsheets and
// bookkeepers: as CSV, or as an XLSX workbook.
//
// A day's CSV is UTF-8 with a byte order mark, without which Excel shows no
// Chinese, comma separated, with CRLF line ends and one heading. A day's
// workbook (ECMA-376) has a summary sheet in the till's language, with a chart
// of the takings by hour, and the sheet "sales", whose heading and rows are
// those of the CSV: there, days and times are dates, amounts are numbers with
// the currency's decimals, ids are text, and what is empty in the CSV has no
// cell. Excel keeps 15 digits of a number and 32,767 characters of a text.
//
// There is one row for each sale of that business day, settled or not, one for
// each sale of an earlier day of which a payment was booked on it, and one for
// each refund that was booked on it. The amount column is the money that the
// row moved on that day, so it adds up to the day's takings less its refunds.
// New columns are only ever added at the end:
//
//	businessDay       the day that the sale is of, YYYY-MM-DD
//	bookedDay         the day on which the row's outcome was booked; empty when it has none yet
//	time              when it was booked, else when the sale was made; the shop's wall clock, YYYY-MM-DD hh:mm:ss
//	number            the shop's number
//	kind              sale or refund
//	state             of a sale: paid, paid_late, failed, cancelled, or an unsettled state; of a refund: refunded (a refund that failed moved nothing and has no row)
//	currency          ISO 4217
//	amount            major units with a dot; refunds below zero; 0 when no money moved on that day
//	cashier           who took or gave back the money
//	wallet            the wallet that paid
//	paymentRequestId  of the attempt that the row tells of
//	paymentId         Alipay's id of it
//	refundRequestId   of the refund
//	refundId          Alipay's id of it
//	resultCode        the last result code
//	note              the sale's note, or the refund's reason
//	lines             what was sold: count x text unit price; …
//	asked             what the customer was asked for, or the refund's amount, in major units
package export

import (
	"fmt"
	"strings"
	"time"

	"ringup/payments"
	"ringup/storage"
)

var columns = []string{"businessDay", "bookedDay", "time", "number", "kind", "state", "currency", "amount", "cashier", "wallet",
	"paymentRequestId", "paymentId", "refundRequestId", "refundId", "resultCode", "note", "lines", "asked"}

// row is one row before it is written.
type row struct {
	businessDay, bookedDay                                 payments.Day
	at                                                     time.Time
	number, kind, state                                    string
	amount, asked                                          payments.Money
	cashier, wallet                                        string
	paymentRequestID, paymentID, refundRequestID, refundID string
	result, note, lines                                    string
}

func (r row) cells() []string {
	cells := []string{string(r.businessDay), string(r.bookedDay), r.at.Format(time.DateTime), r.number, r.kind, r.state,
		string(r.amount.Currency), "", r.cashier, r.wallet,
		r.paymentRequestID, r.paymentID, r.refundRequestID, r.refundID, r.result, r.note, r.lines, ""}
	for i, text := range cells {
		cells[i] = harmless(text)
	}
	cells[7], cells[17] = r.amount.Major(), r.asked.Major()
	return cells
}

func rowsOf(day payments.Day, d storage.DaySale) []row {
	var rows []row
	if r, ok := saleRow(day, d); ok {
		rows = append(rows, r)
	}
	for _, refund := range d.Sale.Refunds {
		if r, ok := refundRow(day, d, refund); ok {
			rows = append(rows, r)
		}
	}
	return rows
}

// saleRow tells of the attempt that was booked last on the day; where none
// was, of the one that decides how the sale stands.
func saleRow(day payments.Day, d storage.DaySale) (row, bool) {
	s := d.Sale
	r := row{businessDay: s.BusinessDay, at: s.Created, number: s.Number, kind: "sale", state: string(s.State()),
		amount: payments.Money{Currency: s.Amount.Currency}, asked: s.Amount, cashier: s.Cashier, note: s.Note, lines: lines(s.Lines)}
	shown := s.Speaker()
	for _, b := range d.Booked {
		if a := s.Attempt(b.ID); a != nil {
			shown, r.bookedDay, r.at = a, day, b.At
			r.amount.Minor += b.Amount.Minor
		}
	}
	if r.bookedDay == "" && s.BusinessDay != day {
		return r, false
	}
	if shown != nil {
		if r.bookedDay == "" && shown.State.Final() {
			r.bookedDay = shown.SettledDay
		}
		if shown.Cashier != "" {
			r.cashier = shown.Cashier
		}
		r.wallet, r.result = shown.Wallet, shown.Result
		r.paymentRequestID, r.paymentID = shown.PaymentRequestID, shown.PaymentID
	}
	return r, true
}

func refundRow(day payments.Day, d storage.DaySale, refund payments.Refund) (row, bool) {
	r := row{businessDay: d.Sale.BusinessDay, number: d.Sale.Number, kind: "refund", state: string(refund.State),
		amount: payments.Money{Currency: refund.Amount.Currency}, asked: refund.Amount, cashier: refund.By,
		paymentRequestID: refund.PaymentRequestID, paymentID: refund.PaymentID,
		refundRequestID: refund.RefundRequestID, refundID: refund.RefundID, result: refund.Result, note: refund.Reason}
	if a := d.Sale.Attempt(refund.PaymentRequestID); a != nil {
		r.wallet = a.Wallet
	}
	for _, b := range d.Booked {
		if b.ID == refund.RefundRequestID {
			r.bookedDay, r.at = day, b.At
			r.amount.Minor += b.Amount.Minor
		}
	}
	return r, r.bookedDay != ""
}

func lines(all []payments.Line) string {
	var texts []string
	for _, l := range all {
		text := fmt.Sprintf("%d x ", l.Count)
		if l.Text != "" {
			text += l.Text + " "
		}
		texts = append(texts, text+l.Unit.Major())
	}
	return strings.Join(texts, "; ")
}
