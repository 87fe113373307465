package export

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"ringup/payments"
	"ringup/storage"
)

// Phrases are the sentences of a language; the keys begin "summary.". None of
// them holds a value.
type Phrases interface {
	Say(key string, pairs ...any) string
}

// Summary is what a workbook's first sheet tells of a day, besides its words.
type Summary struct {
	Shop, Till string
	Mark       string            // what the money is not, such as that of training; "" when it is real
	Written    time.Time         // in the shop's zone
	CutOver    int               // the hour at which the business day begins
	Totals     storage.DayTotals // shares by the names that people read
	Open       int               // sales that are not settled now, of any day
	Head       string            // the head of the books' chain
}

// salesSheet is the name of the sheet with the rows, in every language.
const salesSheet = "sales"

// widths are the columns' widths in characters.
var widths = map[string]float64{"businessDay": 13, "bookedDay": 13, "time": 20, "number": 20, "state": 12, "amount": 14, "cashier": 14,
	"wallet": 16, "paymentRequestId": 36, "paymentId": 36, "refundRequestId": 36, "refundId": 36, "resultCode": 28, "note": 28,
	"lines": 40, "asked": 14}

// WriteDayXLSX writes the books of a day as a workbook: sales are what storage's
// SettledOn lists for it, and s.Totals its Totals at the same time.
func WriteDayXLSX(w io.Writer, say Phrases, day payments.Day, s Summary, sales []storage.DaySale) (err error) {
	b := book{File: excelize.NewFile(), say: say, styles: map[style]int{}}
	defer func() { err = errors.Join(err, b.Close()) }()
	if err := b.summary(day, s); err != nil {
		return err
	}
	if err := b.sales(day, sales); err != nil {
		return err
	}
	made := s.Written.UTC().Format(time.RFC3339)
	if err := b.SetDocProps(&excelize.DocProperties{Title: harmless(s.Shop) + " " + string(day), Creator: "Ringup", LastModifiedBy: "Ringup",
		Created: made, Modified: made}); err != nil {
		return err
	}
	return b.Write(w)
}

// book is a workbook that is being written.
type book struct {
	*excelize.File
	say    Phrases
	styles map[style]int
}

// style is how a cell looks.
type style struct {
	format string // of a number
	bold   bool
	head   bool // of a table
	size   float64
	colour string
	align  string
}

// Formats of numbers: ISO 8601 as in the CSV.
const (
	dayFormat  = "yyyy-mm-dd"
	timeFormat = "yyyy-mm-dd hh:mm:ss"
)

// amountFormat shows as many decimals as a currency has.
func amountFormat(c payments.Currency) string {
	if c.Digits() == 0 {
		return "#,##0"
	}
	return "#,##0." + strings.Repeat("0", c.Digits())
}

// styled is a style's number in the workbook.
func (b *book) styled(s style) (int, error) {
	if s == (style{}) {
		return 0, nil // as the workbook's own
	}
	if id, ok := b.styles[s]; ok {
		return id, nil
	}
	look := &excelize.Style{}
	if s.format != "" {
		look.CustomNumFmt = &s.format
	}
	if s.bold || s.head || s.size > 0 || s.colour != "" {
		look.Font = &excelize.Font{Family: "Calibri", Size: max(s.size, 11), Bold: s.bold || s.head, Color: s.colour}
	}
	if s.head {
		look.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF7"}}
	}
	if s.align != "" {
		look.Alignment = &excelize.Alignment{Horizontal: s.align}
	}
	id, err := b.NewStyle(look)
	b.styles[s] = id
	return id, err
}

// sales writes the rows.
func (b *book) sales(day payments.Day, sales []storage.DaySale) error {
	if _, err := b.NewSheet(salesSheet); err != nil {
		return err
	}
	out, err := b.NewStreamWriter(salesSheet)
	if err != nil {
		return err
	}
	for i, name := range columns {
		width := widths[name]
		if width == 0 {
			width = 10
		}
		if err := out.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	heads, err := b.styled(style{head: true})
	if err != nil {
		return err
	}
	cells := make([]any, len(columns))
	for i, name := range columns {
		cells[i] = excelize.Cell{StyleID: heads, Value: name}
	}
	if err := out.SetRow("A1", cells); err != nil {
		return err
	}
	written := 1
	for _, s := range sales {
		for _, r := range rowsOf(day, s) {
			if cells, err = b.cells(r); err != nil {
				return err
			}
			written++
			if err := out.SetRow("A"+strconv.Itoa(written), cells); err != nil {
				return err
			}
		}
	}
	last, err := excelize.CoordinatesToCellName(len(columns), written)
	if err != nil {
		return err
	}
	if err := b.AutoFilter(salesSheet, "A1:"+last, nil); err != nil {
		return err
	}
	return out.Flush()
}

// cells are the CSV's cells of a row with the types that they stand for.
func (b *book) cells(r row) ([]any, error) {
	cells := make([]any, len(columns))
	for i, text := range r.cells() {
		if text != "" {
			cells[i] = text
		}
	}
	for i, typed := range map[int]func() (any, error){
		0:  func() (any, error) { return b.date(r.businessDay, "left") },
		1:  func() (any, error) { return b.date(r.bookedDay, "left") },
		2:  func() (any, error) { return b.moment(r.at, style{format: timeFormat, align: "left"}) },
		7:  func() (any, error) { return b.amount(r.amount, style{}) },
		17: func() (any, error) { return b.amount(r.asked, style{}) },
	} {
		value, err := typed()
		if err != nil {
			return nil, err
		}
		if value != nil {
			cells[i] = value
		}
	}
	return cells, nil
}

// date is a day's cell, nil when it is none that a workbook has a date for.
func (b *book) date(day payments.Day, align string) (any, error) {
	at, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return nil, nil // the CSV's text stays
	}
	return b.moment(at, style{format: dayFormat, align: align})
}

// moment is the cell of a time's wall clock; a workbook knows no zones, and no
// time before 1900.
func (b *book) moment(at time.Time, s style) (any, error) {
	if at.Year() < 1901 || at.Year() > 9999 {
		return nil, nil
	}
	id, err := b.styled(s)
	wall := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
	return excelize.Cell{StyleID: id, Value: wall}, err
}

// amount is the cell of an amount in major units.
func (b *book) amount(m payments.Money, s style) (any, error) {
	major, err := strconv.ParseFloat(m.Major(), 64)
	if err != nil {
		return nil, err
	}
	s.format = amountFormat(m.Currency)
	id, err := b.styled(s)
	return excelize.Cell{StyleID: id, Value: major}, err
}
