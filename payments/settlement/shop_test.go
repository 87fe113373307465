package settlement

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
	"time"

	"ringup/payments"
)

// shop is a journal in memory.
type shop struct {
	sales []*payments.Sale
	byID  map[string]*payments.Sale
}

func newShop(sales ...payments.Sale) *shop {
	s := &shop{byID: map[string]*payments.Sale{}}
	for _, sale := range sales {
		s.add(sale)
	}
	return s
}

func (s *shop) add(sale payments.Sale) {
	s.sales = append(s.sales, &sale)
	for _, e := range entries(sale) {
		s.byID[e.requestID] = &sale
		if e.id != "" {
			s.byID[e.id] = &sale
		}
	}
}

func (s *shop) SaleByAlipay(id string) (payments.Sale, error) {
	if sale, ok := s.byID[id]; ok {
		return *sale, nil
	}
	return payments.Sale{}, payments.ErrNoSale
}

func (s *shop) Sales(_, _ time.Time, each func(payments.Sale) error) error {
	for _, sale := range s.sales {
		if err := each(*sale); err != nil {
			return err
		}
		if err := each(*sale); err != nil { // the port allows it more than once
			return err
		}
	}
	return nil
}

var (
	beijing = time.FixedZone("UTC+8", 8*3600)
	day1    = time.Date(2026, 11, 21, 0, 0, 0, 0, beijing)
	day2    = day1.AddDate(0, 0, 1)
	day3    = day1.AddDate(0, 0, 2)
)

func money(minor int64, c payments.Currency) payments.Money {
	return payments.Money{Minor: minor, Currency: c}
}

// sold is a sale with one attempt, whose ids are made of name.
func sold(name string, amount payments.Money, state payments.AttemptState, at time.Time) payments.Sale {
	a := payments.Attempt{PaymentRequestID: "req-" + name, PaymentID: "pay-" + name, State: state, Amount: amount, SentAt: at}
	if state.Final() {
		a.SettledAt = at
	}
	if state.Holds() {
		a.PaidAt = at
	}
	return payments.Sale{ID: "sale-" + name, Number: "T1-261121-" + name, Amount: amount, Attempts: []payments.Attempt{a}, Created: at}
}

// returned adds a refund to a sale.
func returned(s payments.Sale, name string, amount payments.Money, state payments.RefundState, at time.Time) payments.Sale {
	r := payments.Refund{
		RefundRequestID: "rreq-" + name, RefundID: "ref-" + name, PaymentRequestID: s.Attempts[0].PaymentRequestID,
		PaymentID: s.Attempts[0].PaymentID, Amount: amount, State: state, Created: at,
	}
	if state.Final() {
		r.SettledAt = at
	}
	s.Refunds = append(s.Refunds, r)
	return s
}

// sheet writes a file: rows of cells by column.
type sheet struct {
	columns []string
	rows    []map[string]string
	raw     map[int]string // instead of the row with that index
	bom     bool
	crlf    bool
	quoted  bool
	noEnd   bool
}

var transactionColumns = []string{
	"customerId", "acquirer", "referenceMerchantId", "transactionType", "transactionId", "originalTransactionId", "transactionRequestId",
	"orderDescription", "pspName", "paymentTime", "transactionAmountValue", "transactionCurrency",
}

var settlementColumns = append(append([]string{}, transactionColumns...),
	"settlementBatchId", "settlementTime", "settlementAmountValue", "settlementCurrency", "feeAmountValue", "feeCurrency")

func (s sheet) String() string {
	var b strings.Builder
	if s.bom {
		b.WriteString("\ufeff")
	}
	newline := "\n"
	if s.crlf {
		newline = "\r\n"
	}
	line := func(cells []string) {
		for i, cell := range cells {
			if i > 0 {
				b.WriteByte(',')
			}
			if s.quoted || strings.ContainsAny(cell, "\",\n") {
				cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
			}
			b.WriteString(cell)
		}
		b.WriteString(newline)
	}
	line(s.columns)
	for i, row := range s.rows {
		if raw, ok := s.raw[i]; ok {
			b.WriteString(raw + newline)
			continue
		}
		cells := make([]string, len(s.columns))
		for j, column := range s.columns {
			cells[j] = row[column]
		}
		line(cells)
	}
	if !s.noEnd {
		b.WriteString("<END>" + newline)
	}
	return b.String()
}

// row is a line about a transaction.
func row(of Type, id, requestID, amount string, c payments.Currency, at time.Time) map[string]string {
	return map[string]string{
		"customerId": "1022188000000000001", "acquirer": "Alipay", "transactionType": string(of), "transactionId": id,
		"transactionRequestId": requestID, "transactionAmountValue": amount, "transactionCurrency": string(c),
		"pspName": "ALIPAY_HK", "paymentTime": at.Format(time.RFC3339), "orderDescription": `tea, "hot"`,
	}
}

func zipped(t interface{ Fatal(...any) }, files ...string) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i, text := range files {
		f, err := w.Create(fmt.Sprintf("file%d.csv", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func gzipped(t interface{ Fatal(...any) }, text string) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// run matches files and gives every finding.
func run(t *testing.T, books Books, o Options, units Units, files ...string) (Result, []Finding) {
	t.Helper()
	var all []Finding
	o.Each = func(f Finding) error { all = append(all, f); return nil }
	m := New(books, o)
	for i, text := range files {
		f, err := Open(strings.NewReader(text), Reading{Name: fmt.Sprintf("file%d", i), Units: units})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Take(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	r, err := m.End(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r, all
}
