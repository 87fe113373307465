package sandbox

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"go.etcd.io/bbolt"

	"ringup/payments"
	"ringup/payments/alipay"
)

// FileKind is which of Alipay's files is written (Antom documentation:
// Transaction Items, Settlement Items, Settlement Summary).
type FileKind string

// The kinds of files.
const (
	TransactionItems  FileKind = "transactionItems"
	SettlementItems   FileKind = "settlementItems"
	SettlementSummary FileKind = "settlementSummary"
)

// Files says what stands in a file and how it is written. What the
// documentation leaves open can be chosen.
type Files struct {
	Kind     FileKind
	From, To time.Time // when the money moved: from From on and before To
	Batch    string    // settlementBatchId
	Fee      int64     // in hundredths of a percent of each amount, rounded down
	Minor    bool      // amounts in minor units, not in major ones
	Signed   bool      // what goes back has a minus sign
	Mark     bool      // begins with a byte order mark
	CRLF     bool
	Turned   bool // the columns in the opposite order
	Cut      bool // without <END>, as a broken download has it
	Planted  []Planted
}

// Planted is a fault in a file.
type Planted struct {
	Mistake Mistake
	ID      string // the paymentRequestId or refundRequestId of its line; of a Stranger, its own
	By      int64  // of Changed: how much more Alipay has, in minor units
}

// Mistake is what is wrong with a line.
type Mistake string

// The mistakes. A cancel has the paymentRequestId too: they are made in both
// lines.
const (
	Omitted   Mistake = "omitted"   // it is missing
	Doubled   Mistake = "doubled"   // it stands there twice
	Changed   Mistake = "changed"   // its amount differs
	Exchanged Mistake = "exchanged" // its currency is another
	Stranger  Mistake = "stranger"  // a payment more, which nobody made
	Malformed Mistake = "malformed" // it breaks off
)

// fileLine is what moved money.
type fileLine struct {
	kind, id, requestID, original, wallet string
	amount                                payments.Money
	at                                    time.Time
}

// Types of lines.
const (
	linePayment = "PAYMENT"
	lineCancel  = "CANCEL"
	lineRefund  = "REFUND"
	lineTotal   = "TOTAL"
)

// WriteFile writes one of Alipay's files from the ledger. It holds no more
// than a line in memory, whatever is in the ledger.
func (s *Server) WriteFile(w io.Writer, f Files) error {
	shop := s.Credentials()
	out := fileWriter{files: f, merchant: shop.ClientID, currency: shop.Currency, buffer: bufio.NewWriter(w)}
	if f.Mark {
		out.buffer.WriteString("\ufeff")
	}
	out.csv = csv.NewWriter(out.buffer)
	out.csv.UseCRLF = f.CRLF
	out.heading()
	if err := s.view(func(tx *bbolt.Tx) error {
		return eachEntry(tx, func(p *payment, r *refund) error {
			if p != nil {
				return out.payment(p)
			}
			return out.refund(tx, r)
		})
	}); err != nil {
		return err
	}
	return out.end()
}

// fileWriter writes one file.
type fileWriter struct {
	files    Files
	merchant string
	currency payments.Currency
	buffer   *bufio.Writer
	csv      *csv.Writer
	sums     []fileSum
}

// fileSum is a line of a summary.
type fileSum struct {
	kind     string
	count    int64
	net, fee payments.Money
}

func (o *fileWriter) heading() {
	switch o.files.Kind {
	case SettlementSummary:
		o.row([]string{"settlementBatchId", "customerId", "summaryType", "count", "settlementTime", "settlementAmountValue", "settlementCurrency", "feeAmountValue", "feeCurrency"})
	case SettlementItems:
		o.row(append(slices.Clone(itemColumns), "settlementBatchId", "settlementTime", "settlementAmountValue", "settlementCurrency", "feeAmountValue", "feeCurrency"))
	default:
		o.row(itemColumns)
	}
}

var itemColumns = []string{
	"customerId", "transactionType", "transactionId", "originalTransactionId", "transactionRequestId", "paymentMethodType", "pspName",
	"paymentTime", "productCode", "transactionAmountValue", "transactionCurrency",
}

func (o *fileWriter) row(cells []string) {
	if o.files.Turned {
		cells = slices.Clone(cells)
		slices.Reverse(cells)
	}
	_ = o.csv.Write(cells) // csv keeps the error for end
}

// payment writes what an order has moved: taken, and given back by a cancel.
func (o *fileWriter) payment(p *payment) error {
	if p.Captured == 0 {
		return nil
	}
	l := fileLine{
		kind: linePayment, id: p.PaymentID, requestID: p.RequestID, wallet: p.PspName,
		amount: payments.Money{Minor: p.Captured, Currency: p.Amount.Currency}, at: p.PaidAt,
	}
	if l.at.IsZero() {
		l.at = p.CancelledAt // taken after it was cancelled, and given back at once
	}
	if err := o.line(l); err != nil || p.Status != alipay.StateCancelled {
		return err
	}
	l.kind, l.at = lineCancel, p.CancelledAt
	return o.line(l)
}

func (o *fileWriter) refund(tx *bbolt.Tx, r *refund) error {
	if r.Status != alipay.StateSuccess {
		return nil
	}
	p, err := findPayment(tx, r.PaymentRequestID, "")
	if err != nil {
		return err
	}
	l := fileLine{kind: lineRefund, id: r.RefundID, requestID: r.RequestID, original: r.PaymentID, amount: r.Amount, at: r.when()}
	if p != nil {
		l.wallet = p.PspName
	}
	return o.line(l)
}

// line writes a line, with what is planted in it, if its time is the file's.
func (o *fileWriter) line(l fileLine) error {
	if l.at.Before(o.files.From) || !l.at.Before(o.files.To) {
		return nil
	}
	times, broken := 1, false
	for _, p := range o.files.Planted {
		if p.ID != l.requestID {
			continue
		}
		switch p.Mistake {
		case Omitted:
			times = 0
		case Doubled:
			times = 2
		case Changed:
			l.amount.Minor += p.By
		case Exchanged:
			l.amount.Currency = "EUR"
		case Malformed:
			broken = true
		}
	}
	for range times {
		if err := o.item(l, broken); err != nil {
			return err
		}
	}
	return nil
}

// item writes the line of a payment, cancel or refund, or adds it up.
func (o *fileWriter) item(l fileLine, broken bool) error {
	fee := payments.Money{Minor: l.amount.Minor / 10_000 * o.files.Fee, Currency: l.amount.Currency}
	fee.Minor += l.amount.Minor % 10_000 * o.files.Fee / 10_000
	net, err := l.amount.Sub(fee)
	if err != nil {
		return err
	}
	if o.files.Kind == SettlementSummary {
		if broken {
			return nil
		}
		return o.add(l.kind, net, fee)
	}
	cells := []string{
		o.merchant, l.kind, l.id, l.original, l.requestID, "CONNECT_WALLET", l.wallet,
		l.at.In(beijing).Format(time.RFC3339), "IN_STORE_PAYMENT", o.amount(l.kind, l.amount), string(l.amount.Currency),
	}
	if o.files.Kind == SettlementItems {
		cells = append(cells, o.files.Batch, o.settled(), o.amount(l.kind, net), string(net.Currency), o.amount(l.kind, fee), string(fee.Currency))
	}
	if broken {
		_ = o.csv.Write(cells[:3])
		return nil
	}
	o.row(cells)
	return nil
}

// settled is the settlement's time: when the file's days end.
func (o *fileWriter) settled() string { return o.files.To.In(beijing).Format(time.RFC3339) }

func (o *fileWriter) amount(kind string, m payments.Money) string {
	if o.files.Signed && (kind == lineCancel || kind == lineRefund) {
		m.Minor = -m.Minor
	}
	if o.files.Minor {
		return m.Wire()
	}
	return m.Major()
}

// add adds a line to the summary: to its own type's, and to the total of its
// currency.
func (o *fileWriter) add(kind string, net, fee payments.Money) (err error) {
	for _, of := range []string{kind, lineTotal} {
		if of == lineTotal && kind != linePayment {
			net.Minor, fee.Minor = -net.Minor, -fee.Minor
		}
		i := slices.IndexFunc(o.sums, func(s fileSum) bool { return s.kind == of && s.net.Currency == net.Currency })
		if i < 0 {
			zero := payments.Money{Currency: net.Currency}
			o.sums, i = append(o.sums, fileSum{kind: of, net: zero, fee: zero}), len(o.sums)
		}
		o.sums[i].count++
		if o.sums[i].net, err = o.sums[i].net.Add(net); err != nil {
			return err
		}
		if o.sums[i].fee, err = o.sums[i].fee.Add(fee); err != nil {
			return err
		}
	}
	return nil
}

// end writes strangers, sums and <END>.
func (o *fileWriter) end() error {
	for i, p := range o.files.Planted {
		if p.Mistake != Stranger {
			continue
		}
		l := fileLine{kind: linePayment, id: "20000101" + strconv.Itoa(i), requestID: p.ID, amount: payments.Money{Minor: 10_000, Currency: o.currency}, at: o.files.From}
		if err := o.item(l, false); err != nil {
			return err
		}
	}
	for _, s := range o.sums {
		o.row([]string{
			o.files.Batch, o.merchant, s.kind, strconv.FormatInt(s.count, 10), o.settled(),
			o.amount(s.kind, s.net), string(s.net.Currency), o.amount(s.kind, s.fee), string(s.fee.Currency),
		})
	}
	if !o.files.Cut {
		_ = o.csv.Write([]string{"<END>"})
	}
	o.csv.Flush()
	if err := o.csv.Error(); err != nil {
		return fmt.Errorf("settlement file: %w", err)
	}
	return o.buffer.Flush()
}
