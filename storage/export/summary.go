package export

import (
	"errors"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"ringup/payments"
	"ringup/storage"
)

// sheet is the summary while it is written, row by row.
type sheet struct {
	*book
	out  *excelize.StreamWriter
	name string
	row  int
	err  error // the first; nothing is written after it
}

// put writes the next row; nil leaves a cell out.
func (s *sheet) put(look style, values ...any) {
	s.row++
	if s.err != nil {
		return
	}
	cells := make([]any, len(values))
	for i, value := range values {
		if value == nil {
			continue
		}
		if cells[i], s.err = s.cell(i, look, value); s.err != nil {
			return
		}
	}
	s.err = s.out.SetRow(fmt.Sprintf("A%d", s.row), cells)
}

// cell is the cell of a value. Texts are made harmless, and those that are not
// labels stand to the right as figures do.
func (s *sheet) cell(column int, look style, value any) (any, error) {
	switch v := value.(type) {
	case excelize.Cell:
		return v, nil
	case payments.Money:
		return s.amount(v, look)
	case payments.Day:
		if date, err := s.date(v, "right"); date != nil || err != nil {
			return date, err
		}
		value = harmless(string(v))
	case string:
		value = harmless(v)
		if column > 0 {
			look.align = "right"
		}
	}
	id, err := s.styled(look)
	return excelize.Cell{StyleID: id, Value: value}, err
}

// summary writes the first sheet.
func (b *book) summary(day payments.Day, sum Summary) error {
	s := &sheet{book: b, name: b.say.Say("summary.title")}
	if err := b.SetSheetName("Sheet1", s.name); err != nil {
		return err
	}
	if err := s.begin(); err != nil {
		return err
	}
	written, err := b.moment(sum.Written, style{format: timeFormat, align: "right"})
	if err != nil {
		return err
	}
	plain, bold, head := style{}, style{bold: true}, style{head: true}
	say := b.say.Say

	s.put(style{bold: true, size: 16}, sum.Shop)
	if sum.Mark != "" {
		s.put(style{bold: true, colour: "C00000"}, sum.Mark)
	}
	s.put(plain, say("summary.till"), sum.Till)
	s.put(plain, say("summary.day"), day)
	s.put(plain, say("summary.written"), written)
	s.put(plain, say("summary.head"), sum.Head)
	s.put(plain, say("summary.open"), sum.Open)
	s.row++

	all := append([]storage.DayTotals{sum.Totals}, sum.Totals.Others...)
	line := func(look style, label string, of func(storage.DayTotals) any) {
		cells := []any{label}
		for _, t := range all {
			cells = append(cells, of(t))
		}
		s.put(look, cells...)
	}
	line(head, say("summary.currency"), func(t storage.DayTotals) any { return string(t.Currency) })
	line(plain, say("summary.takings"), func(t storage.DayTotals) any { return t.Takings })
	line(plain, say("summary.payments"), func(t storage.DayTotals) any { return t.Count })
	line(plain, say("summary.refunds"), func(t storage.DayTotals) any { return t.Refunds })
	line(plain, say("summary.refunded"), func(t storage.DayTotals) any { return t.Refunded })
	line(bold, say("summary.net"), func(t storage.DayTotals) any { return t.Net() })
	line(plain, say("summary.declined"), func(t storage.DayTotals) any { return t.Declined })
	line(plain, say("summary.stopped"), func(t storage.DayTotals) any { return t.Cancelled })
	s.row++

	s.shares(say("summary.by_cashier"), all, func(t storage.DayTotals) []storage.Share { return t.ByCashier })
	s.shares(say("summary.by_wallet"), all, func(t storage.DayTotals) []storage.Share { return t.ByWallet })

	line(head, say("summary.by_hour"), func(t storage.DayTotals) any { return string(t.Currency) })
	heading := s.row
	for i := range 24 {
		hour := (sum.CutOver + i) % 24
		line(plain, fmt.Sprintf("%02d:00", hour), func(t storage.DayTotals) any {
			return payments.Money{Minor: t.ByHour[hour], Currency: t.Currency}
		})
	}
	if s.err != nil {
		return s.err
	}
	if err := s.chart(say("summary.by_hour"), heading, len(all)); err != nil {
		return err
	}
	return s.out.Flush()
}

// begin makes room for the words, and has the sheet print on one page.
func (s *sheet) begin() error {
	landscape, one, yes := "landscape", 1, true
	err := errors.Join(
		s.SetSheetProps(s.name, &excelize.SheetPropsOptions{FitToPage: &yes}),
		s.SetPageLayout(s.name, &excelize.PageLayoutOptions{Orientation: &landscape, FitToWidth: &one, FitToHeight: &one}))
	if err != nil {
		return err
	}
	if s.out, err = s.NewStreamWriter(s.name); err != nil {
		return err
	}
	return errors.Join(s.out.SetColWidth(1, 1, 30), s.out.SetColWidth(2, 2, 22), s.out.SetColWidth(3, 5, 14))
}

// shares writes who or what took how much; a day of nothing has no such table.
func (s *sheet) shares(title string, all []storage.DayTotals, of func(storage.DayTotals) []storage.Share) {
	before := s.row
	for _, t := range all {
		for _, share := range of(t) {
			if s.row == before {
				s.put(style{head: true}, title, s.say.Say("summary.amount"), s.say.Say("summary.payments"), s.say.Say("summary.currency"))
			}
			name := share.Name
			if name == "" {
				name = s.say.Say("summary.nobody")
			}
			s.put(style{}, name, payments.Money{Minor: share.Amount, Currency: t.Currency}, share.Count, string(t.Currency))
		}
	}
	if s.row > before {
		s.row++
	}
}

// chart draws the 24 rows under a heading, a series for each currency, to the
// right of the figures.
func (s *sheet) chart(title string, heading, series int) error {
	narrow, dark := uint(40), excelize.Font{Color: "595959"}
	c := &excelize.Chart{
		Type: excelize.Col, GapWidth: &narrow, Dimension: excelize.ChartDimension{Width: 760, Height: 380},
		Title:  []excelize.RichTextRun{{Text: title}},
		Legend: excelize.ChartLegend{Position: "none"},
		XAxis:  excelize.ChartAxis{Font: dark},
		YAxis:  excelize.ChartAxis{Font: dark, MajorGridLines: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "#,##0"}},
		Format: excelize.GraphicOptions{AltText: title},
	}
	if series > 1 {
		c.Legend.Position = "bottom"
	}
	hours := s.area("A", heading+1, heading+24)
	for i := range series {
		column, err := excelize.ColumnNumberToName(i + 2)
		if err != nil {
			return err
		}
		c.Series = append(c.Series, excelize.ChartSeries{
			Name: s.area(column, heading, heading), Categories: hours, Values: s.area(column, heading+1, heading+24)})
	}
	c.Series[0].Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"0B6B6B"}}
	place, err := excelize.CoordinatesToCellName(max(6, series+3), 2)
	if err != nil {
		return err
	}
	return s.AddChart(s.name, place, c)
}

// area names the cells of a column as a chart does.
func (s *sheet) area(column string, from, to int) string {
	sheet := "'" + strings.ReplaceAll(s.name, "'", "''") + "'"
	if from == to {
		return fmt.Sprintf("%s!$%s$%d", sheet, column, from)
	}
	return fmt.Sprintf("%s!$%s$%d:$%s$%d", sheet, column, from, column, to)
}
