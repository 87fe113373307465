package settlement

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"ringup/payments"
)

// Names of columns (Antom documentation of the three files). They are compared
// in small letters.
const (
	colType              = "transactionType"
	colID                = "transactionId"
	colRequestID         = "transactionRequestId"
	colOriginalID        = "originalTransactionId"
	colOriginalRequestID = "originalTransactionRequestId"
	colAmount            = "transactionAmountValue"
	colCurrency          = "transactionCurrency"
	colPaidAt            = "paymentTime"
	colMerchant          = "referenceMerchantId"
	colStore             = "referenceStoreId"
	colMethod            = "paymentMethodType"
	colWallet            = "pspName"
	colDescription       = "orderDescription"
	colBatch             = "settlementBatchId"
	colSettledAt         = "settlementTime"
	colNet               = "settlementAmountValue"
	colNetCurrency       = "settlementCurrency"
	colPair              = "quoteCurrencyPair"
	colPrice             = "quotePrice"
	colSummaryType       = "summaryType"
	colCount             = "count"

	mainFee  = "feeAmountValue"
	valueEnd = "amountvalue" // every column of an amount ends so
)

const (
	mostColumns = 256
	longestID   = 256 // the documentation's ids have 64 at most
)

// columns says in which cell of a line each column stands.
type columns struct {
	kind  Kind
	count int
	at    map[string]int // by the name as above
	fees  []feeColumn
}

// feeColumn is an amount that is neither the transaction's nor the
// settlement's, and where its currency stands; -1 means nowhere.
type feeColumn struct {
	name         string
	at, currency int
}

var known = []string{
	colType, colID, colRequestID, colOriginalID, colOriginalRequestID, colAmount, colCurrency, colPaidAt, colMerchant, colStore,
	colMethod, colWallet, colDescription, colBatch, colSettledAt, colNet, colNetCurrency, colPair, colPrice, colSummaryType, colCount,
}

// needs are the columns without which a file is not of the kind.
var needs = map[Kind][]string{
	Transactions: {colType, colID, colAmount, colCurrency},
	Settlements:  {colType, colID, colAmount, colCurrency, colBatch, colNet, colNetCurrency},
	Summaries:    {colBatch, colNet, colNetCurrency},
}

// heading reads the first line.
func heading(cells []string) (columns, error) {
	c := columns{count: len(cells), at: map[string]int{}}
	if len(cells) > mostColumns {
		return c, fmt.Errorf("%w: %d of them", ErrColumns, len(cells))
	}
	places := map[string]int{}
	for i, name := range cells {
		name = strings.ToLower(name)
		if _, twice := places[name]; twice && name != "" {
			return c, fmt.Errorf("%w: %q twice", ErrColumns, name)
		}
		places[name] = i
	}
	for _, name := range known {
		if i, ok := places[strings.ToLower(name)]; ok {
			c.at[name] = i
		}
	}
	switch {
	case c.has(Settlements):
		c.kind = Settlements
	case c.has(Transactions) && !c.any(colNet):
		c.kind = Transactions
	case c.has(Summaries) && !c.any(colID):
		c.kind = Summaries
	default:
		return c, ErrColumns
	}
	for i, name := range cells {
		small := strings.ToLower(name)
		stem, amount := strings.CutSuffix(small, valueEnd)
		if !amount || slices.Contains([]string{strings.ToLower(colAmount), strings.ToLower(colNet)}, small) || !feeLike(stem) {
			continue
		}
		if small == strings.ToLower(mainFee) {
			name = mainFee
		}
		f := feeColumn{name: strings.Clone(name), at: i, currency: -1}
		for _, currency := range []string{stem + "currency", "feecurrency", strings.ToLower(colNetCurrency)} {
			if at, ok := places[currency]; ok {
				f.currency = at
				break
			}
		}
		c.fees = append(c.fees, f)
	}
	return c, nil
}

// feeLike reports whether a column is one of the fees that newer settlement
// files have beside feeAmountValue: tax, processing, interchange, scheme,
// acquirer's mark-up, dispute and refund fees. A coupon is no fee.
func feeLike(stem string) bool {
	return strings.Contains(stem, "fee") || strings.Contains(stem, "tax") || strings.Contains(stem, "markup")
}

func (c *columns) has(k Kind) bool { return c.all(needs[k]...) }

func (c *columns) all(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !c.any(name) })
}

func (c *columns) any(name string) bool { _, ok := c.at[name]; return ok }

// draft is a line whose amounts wait for the units.
type draft struct {
	line            int
	row             Row
	amount, net     figure
	fees            []figure
	amountAt, netAt string // the columns, for a LineError
	direction       Type
	feeNames        []string
}

// cellReader reads the cells of one line and keeps the first fault.
type cellReader struct {
	c     *columns
	line  int
	cells []string
	fault *LineError
}

func (r *cellReader) fail(f Fault, column string, err error) {
	if r.fault == nil {
		r.fault = &LineError{Line: r.line, Fault: f, Column: column, Err: err}
	}
}

func (r *cellReader) text(column string) string {
	if i, ok := r.c.at[column]; ok {
		return r.cells[i]
	}
	return ""
}

func (r *cellReader) id(column string) string {
	s := r.text(column)
	if len(s) > longestID || strings.ContainsFunc(s, unicode.IsControl) {
		r.fail(FaultText, column, nil)
	}
	return s
}

// clock reads ISO 8601 with an offset, with or without its colon.
func (r *cellReader) clock(column string) time.Time {
	s := r.text(column)
	if s == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		at, err = time.Parse("2006-01-02T15:04:05Z0700", s)
	}
	if err != nil || at.Year() < 2000 || at.Year() > 2999 {
		r.fail(FaultTime, column, nil)
		return time.Time{}
	}
	return at
}

func (r *cellReader) figure(cell, currency, column string) figure {
	if cell == "" {
		return figure{}
	}
	c := payments.Currency(strings.ToUpper(currency))
	if !c.Known() {
		r.fail(FaultCurrency, column, nil)
		return figure{}
	}
	f, err := read(cell, c)
	if err != nil {
		r.fail(FaultAmount, column, err)
		return figure{}
	}
	return f
}

// draft reads all of a line but its amounts.
func (c *columns) draft(line int, cells []string) (draft, error) {
	if len(cells) != c.count {
		return draft{}, &LineError{Line: line, Fault: FaultCells, Err: fmt.Errorf("%d cells, %d columns", len(cells), c.count)}
	}
	r := cellReader{c: c, line: line, cells: cells}
	d := draft{line: line, row: Row{Line: line}}
	var s Settlement
	if c.kind != Summaries {
		c.transaction(&r, &d, &s.Transaction)
	}
	if c.kind != Transactions {
		s.Batch, s.SettledAt = r.id(colBatch), r.clock(colSettledAt)
		s.Pair, s.Price = r.text(colPair), r.text(colPrice)
		d.net, d.netAt = r.figure(r.text(colNet), r.text(colNetCurrency), colNet), colNet
		if d.net.text == "" {
			r.fail(FaultMissing, colNet, nil)
		}
		for _, f := range c.fees {
			currency := ""
			if f.currency >= 0 {
				currency = cells[f.currency]
			}
			if currency == "" {
				currency = r.text(colNetCurrency)
			}
			if figure := r.figure(cells[f.at], currency, f.name); figure.text != "" {
				d.fees, d.feeNames = append(d.fees, figure), append(d.feeNames, f.name)
			}
		}
	}
	switch c.kind {
	case Transactions:
		d.row.Transaction = &s.Transaction
	case Settlements:
		d.row.Settlement = &s
	case Summaries:
		d.row.Summary = c.summary(&r, &d, s)
	}
	if r.fault != nil {
		return draft{}, r.fault
	}
	return d, nil
}

func (c *columns) transaction(r *cellReader, d *draft, t *Transaction) {
	t.Type = Type(strings.ToUpper(r.id(colType)))
	t.ID, t.RequestID = r.id(colID), r.id(colRequestID)
	t.OriginalID, t.OriginalRequestID = r.id(colOriginalID), r.id(colOriginalRequestID)
	t.PaidAt = r.clock(colPaidAt)
	t.Merchant, t.Store, t.Method, t.Wallet = r.id(colMerchant), r.id(colStore), r.id(colMethod), r.id(colWallet)
	t.Description = r.text(colDescription)
	d.direction = t.Type
	d.amount, d.amountAt = r.figure(r.text(colAmount), r.text(colCurrency), colAmount), colAmount
	switch {
	case t.Type == "":
		r.fail(FaultMissing, colType, nil)
	case t.Type.known() && t.ID == "" && t.RequestID == "":
		r.fail(FaultMissing, colID, nil)
	case t.Type.known() && d.amount.text == "":
		r.fail(FaultMissing, colAmount, nil)
	}
}

func (c *columns) summary(r *cellReader, d *draft, s Settlement) *Summary {
	sum := &Summary{Type: Type(strings.ToUpper(r.id(colSummaryType))), Batch: s.Batch, SettledAt: s.SettledAt}
	d.direction = sum.Type
	if cell := r.text(colCount); cell != "" {
		if strings.Trim(cell, "0123456789") != "" || len(cell) > 12 {
			r.fail(FaultAmount, colCount, errNotAmount)
			return sum
		}
		for _, digit := range cell {
			sum.Count = sum.Count*10 + int64(digit-'0')
		}
	}
	return sum
}

// figures are all amounts of the line.
func (d *draft) figures() []figure { return append([]figure{d.amount, d.net}, d.fees...) }

// finish reads the amounts in units.
func (d draft) finish(u Units) (Row, error) {
	amount, err := d.amount.money(u)
	if err != nil {
		return Row{}, d.wrong(d.amountAt, err)
	}
	net, err := d.net.money(u)
	if err != nil {
		return Row{}, d.wrong(d.netAt, err)
	}
	var fees []Fee
	for i, f := range d.fees {
		m, err := f.money(u)
		if err != nil {
			return Row{}, d.wrong(d.feeNames[i], err)
		}
		fees = append(fees, Fee{Column: d.feeNames[i], Amount: cost(m, d.feeNames[i], d.direction)})
	}
	net = directed(net, d.direction)
	row := d.row
	switch {
	case row.Transaction != nil:
		t := *row.Transaction
		t.Amount = absolute(amount)
		row.Transaction = &t
	case row.Settlement != nil:
		s := *row.Settlement
		s.Amount, s.Net, s.Fees = absolute(amount), net, fees
		row.Settlement = &s
	default:
		s := *row.Summary
		s.Net, s.Fees = net, fees
		row.Summary = &s
	}
	return row, nil
}

func (d draft) wrong(column string, err error) error {
	return &LineError{Line: d.line, Fault: FaultAmount, Column: column, Err: err}
}
