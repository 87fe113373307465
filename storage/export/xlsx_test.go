package export

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"ringup/payments"
	"ringup/storage"
)

// keys says each sentence by its key, so that a test finds it.
type keys struct{}

func (keys) Say(key string, _ ...any) string { return strings.TrimPrefix(key, "summary.") }

// xlsx is a day's workbook, as a spreadsheet opens it.
func (s *shop) xlsx(t interface{ Fatal(...any) }, day payments.Day) (*excelize.File, []byte) {
	sales, err := s.j.SettledOn(day)
	if err != nil {
		t.Fatal(err)
	}
	totals, err := s.j.Totals(day)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteDayXLSX(&out, keys{}, day, Summary{Shop: "=Tea", Till: "T1", Mark: "TRAINING", Written: s.now, CutOver: 5, Totals: totals,
		Open: 2, Head: "7f3a 91c4 e05b 22d8"}, sales); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return f, out.Bytes()
}

// cell is what a person reads in a cell (shown), what the file holds (raw) and
// as what.
func cell(t interface{ Fatal(...any) }, f *excelize.File, sheet string, column, row int) (shown, raw string, kind excelize.CellType) {
	at, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		t.Fatal(err)
	}
	if formula, err := f.GetCellFormula(sheet, at); err != nil || formula != "" {
		t.Fatal(at, "is a formula", formula, err)
	}
	if shown, err = f.GetCellValue(sheet, at); err != nil {
		t.Fatal(err)
	}
	if raw, err = f.GetCellValue(sheet, at, excelize.Options{RawCellValue: true}); err != nil {
		t.Fatal(err)
	}
	if kind, err = f.GetCellType(sheet, at); err != nil {
		t.Fatal(err)
	}
	return shown, raw, kind
}

// The sheet of a day has the CSV's names and rows, with the types that they
// stand for.
func TestTheWorkbookHasTheRowsOfTheCSV(t *testing.T) {
	s := someDays(t)
	for _, day := range []payments.Day{"2026-11-21", "2026-11-22", "2026-11-23"} {
		f, _ := s.xlsx(t, day)
		want, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(s.csv(t, day), []byte("\ufeff")))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		rows, err := f.GetRows(salesSheet)
		if err != nil || len(rows) != len(want) {
			t.Fatalf("%s: %d rows, the CSV has %d; %v", day, len(rows), len(want), err)
		}
		for n, texts := range want {
			for i, text := range texts {
				shown, raw, kind := cell(t, f, salesSheet, i+1, n+1)
				name := columns[i]
				switch {
				case text == "":
					if raw != "" || kind != excelize.CellTypeUnset {
						t.Errorf("%s row %d: %s is %q of type %d", day, n, name, raw, kind)
					}
				case n > 0 && (name == "amount" || name == "asked"):
					m, err := payments.ParseMoney(strings.TrimPrefix(text, "-"), payments.Currency(texts[6]))
					if text == "0.00" || text == "0" {
						m, err = payments.Money{Currency: payments.Currency(texts[6])}, nil
					}
					if strings.HasPrefix(text, "-") {
						m.Minor = -m.Minor
					}
					value, parsed := strconv.ParseFloat(raw, 64)
					exact, _ := strconv.ParseFloat(text, 64)
					if err != nil || parsed != nil || value != exact || shown != m.Grouped() || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
						t.Errorf("%s row %d: %s is %q, shown as %q, of type %d; the CSV has %q (%v %v)", day, n, name, raw, shown, kind, text, err, parsed)
					}
				case n > 0 && (name == "businessDay" || name == "bookedDay" || name == "time"):
					if _, err := strconv.ParseFloat(raw, 64); err != nil || shown != text || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
						t.Errorf("%s row %d: %s is %q, shown as %q, of type %d; the CSV has %q", day, n, name, raw, shown, kind, text)
					}
				case raw != text || kind != excelize.CellTypeInlineString:
					t.Errorf("%s row %d: %s is %q of type %d, the CSV has %q", day, n, name, raw, kind, text)
				}
			}
		}
	}
}

func TestTheHeadingStaysAndFilters(t *testing.T) {
	s := someDays(t)
	for day, last := range map[payments.Day]string{"2026-11-21": "R7", "2026-11-23": "R1"} {
		f, raw := s.xlsx(t, day)
		panes, err := f.GetPanes(salesSheet)
		if err != nil || !panes.Freeze || panes.YSplit != 1 || panes.XSplit != 0 || panes.TopLeftCell != "A2" {
			t.Errorf("%s: panes %+v, %v", day, panes, err)
		}
		if sheet := part(t, raw, "xl/worksheets/sheet2.xml"); !strings.Contains(strings.ReplaceAll(sheet, "$", ""), `<autoFilter ref="A1:`+last+`"`) {
			t.Errorf("%s: the filter is not over A1:%s: %s", day, last, sheet[len(sheet)-400:])
		}
		names := f.GetDefinedName()
		if !slices.ContainsFunc(names, func(n excelize.DefinedName) bool {
			return n.Name == "_xlnm._FilterDatabase" && strings.ReplaceAll(n.RefersTo, "$", "") == "'sales'!A1:"+last
		}) {
			t.Errorf("%s: names %+v", day, names)
		}
	}
}

// part is the text of one of a workbook's parts.
func part(t *testing.T, workbook []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// labelled are the rows of the summary by the text in their first cell, as
// people read them.
func labelled(t interface{ Fatal(...any) }, f *excelize.File) map[string][]string {
	rows, err := f.GetRows("title")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, r := range rows {
		if len(r) > 0 {
			found[r[0]] = r[1:]
		}
	}
	return found
}

func TestTheSummarySaysTheDay(t *testing.T) {
	s := someDays(t)
	f, raw := s.xlsx(t, "2026-11-21")
	if sheets := f.GetSheetList(); !slices.Equal(sheets, []string{"title", "sales"}) {
		t.Errorf("sheets %v", sheets)
	}
	got := labelled(t, f)
	for label, want := range map[string][]string{
		"'=Tea": {}, "TRAINING": {}, "till": {"T1"}, "day": {"2026-11-21"}, "head": {"7f3a 91c4 e05b 22d8"}, "open": {"2"},
		"written":  {s.now.Format(time.DateTime)},
		"currency": {"HKD"}, "takings": {"49.00"}, "payments": {"2"}, "refunds": {"10.50"}, "refunded": {"1"}, "net": {"38.50"},
		"declined": {"2"}, "stopped": {"0"},
		"by_cashier": {"amount", "payments", "currency"}, "Ann": {"46.00", "1", "HKD"}, "nobody": {"3.00", "1", "HKD"},
		"by_wallet": {"amount", "payments", "currency"}, "ALIPAY_HK": {"49.00", "2", "HKD"},
		"by_hour": {"HKD"}, "09:00": {"49.00"}, "05:00": {"0.00"},
	} {
		if have, ok := got[label]; !ok || !slices.Equal(have, want) {
			t.Errorf("%s is %q, want %q", label, have, want)
		}
	}
	rows, err := f.GetRows("title")
	if err != nil {
		t.Fatal(err)
	}
	heading := slices.IndexFunc(rows, func(r []string) bool { return len(r) > 0 && r[0] == "by_hour" }) + 1
	for i := range 24 { // the hours begin when the day does
		hour, _, kind := cell(t, f, "title", 2, heading+1+i)
		label := rows[heading+i][0]
		if want := time.Date(0, 1, 1, (5+i)%24, 0, 0, 0, time.UTC).Format("15:04"); label != want || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
			t.Errorf("hour %d is %q: %q of type %d", i, label, hour, kind)
		}
	}
	props, err := f.GetSheetProps("title")
	if err != nil || props.FitToPage == nil || !*props.FitToPage {
		t.Errorf("the summary does not print on one page: %+v, %v", props, err)
	}
	if layout, err := f.GetPageLayout("title"); err != nil || layout.Orientation == nil || *layout.Orientation != "landscape" {
		t.Errorf("the summary's page: %+v, %v", layout, err)
	}
	if width, err := f.GetColWidth("title", "A"); err != nil || width != 30 {
		t.Errorf("the labels' width: %v, %v", width, err)
	}
	chart := part(t, raw, "xl/charts/chart1.xml")
	for _, want := range []string{"barChart", "'title'!$A$" + strconv.Itoa(heading+1) + ":$A$" + strconv.Itoa(heading+24),
		"'title'!$B$" + strconv.Itoa(heading+1) + ":$B$" + strconv.Itoa(heading+24), "'title'!$B$" + strconv.Itoa(heading), "by_hour"} {
		if !strings.Contains(strings.ReplaceAll(chart, "&#39;", "'"), want) {
			t.Errorf("the chart lacks %s:\n%s", want, chart)
		}
	}
}

// Two currencies on one day stand side by side, each with its own decimals.
func TestTheSummaryOfTwoCurrencies(t *testing.T) {
	s := newShop(t)
	for _, m := range []payments.Money{{Minor: 1050, Currency: "HKD"}, {Minor: 50, Currency: "HKD"}, {Minor: 980, Currency: "JPY"}} {
		id, err := s.sell(payments.Sale{Amount: m, Cashier: "Ann"})
		if err != nil {
			t.Fatal(err)
		}
		attempt, err := s.try(id, m)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.settle(id, attempt, payments.AttemptPaid, "SUCCESS"); err != nil {
			t.Fatal(err)
		}
	}
	f, raw := s.xlsx(t, "2026-11-21")
	got := labelled(t, f)
	for label, want := range map[string][]string{"currency": {"HKD", "JPY"}, "takings": {"11.00", "980"}, "payments": {"2", "1"}, "09:00": {"11.00", "980"}} {
		if !slices.Equal(got[label], want) {
			t.Errorf("%s is %q, want %q", label, got[label], want)
		}
	}
	if chart := part(t, raw, "xl/charts/chart1.xml"); strings.Count(chart, "<ser>") != 2 && strings.Count(chart, "<c:ser>") != 2 {
		t.Errorf("not two series:\n%s", chart)
	}
}

// Whatever was sold, the amounts of the workbook's rows add up to its net,
// every time of a day comes back to the second, and every text as it was.
func TestTheWorkbookAddsUp(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		const day = payments.Day("2026-11-21")
		currency := rapid.SampledFrom([]payments.Currency{"HKD", "JPY"}).Draw(r, "currency")
		totals := storage.DayTotals{Day: day, Currency: currency, Takings: payments.Money{Currency: currency}, Refunds: payments.Money{Currency: currency}}
		var sales []storage.DaySale
		for range rapid.IntRange(0, 8).Draw(r, "sales") {
			m := payments.Money{Minor: rapid.Int64Range(1, 999_999_999_999).Draw(r, "amount"), Currency: currency}
			at := time.Date(2026, 11, 21, 0, 0, rapid.IntRange(0, 86399).Draw(r, "second"), 0, zone)
			note := strings.Join(rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.SampledFrom(
				[]string{"_x000D_", "_x005F_", "_x", "000A_", ";", "=", " ", "'", "\"", "&", "<", "\t", "\n", "\uffff"}))).Draw(r, "note"), "")
			sales = append(sales, storage.DaySale{
				Sale:   payments.Sale{Number: "n", Note: note, Amount: m, BusinessDay: day, Created: at, Attempts: []payments.Attempt{{PaymentRequestID: "p", State: payments.AttemptPaid, Amount: m}}},
				Booked: []storage.Booking{{At: at, Day: day, Kind: storage.BookedPaid, ID: "p", Amount: m}},
			})
			totals.Takings.Minor += m.Minor
			totals.Count++
		}
		var out bytes.Buffer
		if err := WriteDayXLSX(&out, keys{}, day, Summary{Totals: totals}, sales); err != nil {
			r.Fatal(err)
		}
		f, err := excelize.OpenReader(&out)
		if err != nil {
			r.Fatal(err)
		}
		var sum int64
		for i, s := range sales {
			shown, raw, _ := cell(r, f, salesSheet, 8, i+2)
			m, err := payments.ParseMoney(raw, currency)
			if err != nil || shown != s.Sale.Amount.Grouped() {
				r.Fatalf("%v: raw %q, shown %q, %v", s.Sale.Amount, raw, shown, err)
			}
			sum += m.Minor
			if note, _, _ := cell(r, f, salesSheet, 16, i+2); note != inXML(harmless(s.Sale.Note)) {
				r.Fatalf("%q came back as %q", s.Sale.Note, note)
			}
			if at, _, _ := cell(r, f, salesSheet, 3, i+2); at != s.Booked[0].At.Format(time.DateTime) {
				r.Fatalf("%v is shown as %s", s.Booked[0].At, at)
			}
		}
		if net := labelled(r, f)["net"]; len(net) != 1 || net[0] != totals.Net().Grouped() || sum != totals.Net().Minor {
			r.Fatalf("the summary says %v, the rows add up to %d of %v", net, sum, totals.Net())
		}
	})
}

// inXML is a text with what XML has no characters for replaced.
func inXML(text string) string {
	return strings.NewReplacer("\ufffe", "\ufffd", "\uffff", "\ufffd").Replace(text)
}

// FuzzDayXLSX: whatever people and wallets have written, it comes back as a text
// that is harmless, up to the length that a cell holds.
func FuzzDayXLSX(f *testing.F) {
	for _, text := range []string{"=1", "tea", "_x000D_", "_x005F_x000D_", "<a>&\"'", "\ufffe\uffff", " a ", "\xff", "a\r\n\tb", "陳\U0001F375", "'=1",
		strings.Repeat("茶", 32768), "-2;=3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const day = payments.Day("2026-11-21")
		at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
		totals := storage.DayTotals{Currency: "HKD", Takings: payments.Money{Currency: "HKD"}, ByCashier: []storage.Share{{Name: text + "x"}}}
		var out bytes.Buffer
		if err := WriteDayXLSX(&out, keys{}, day, Summary{Shop: text, Till: "T1", Totals: totals}, []storage.DaySale{{Sale: payments.Sale{
			Number: text, Amount: payments.Money{Currency: "HKD"}, Note: text, Cashier: text, BusinessDay: day, Created: at}}}); err != nil {
			t.Fatal(err)
		}
		book, err := excelize.OpenReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		want := inXML(harmless(text))
		units := utf16.Encode([]rune(want))
		for _, c := range []struct {
			sheet       string
			column, row int
		}{{salesSheet, 4, 2}, {salesSheet, 9, 2}, {salesSheet, 16, 2}, {"title", 1, 1}} {
			_, raw, _ := cell(t, book, c.sheet, c.column, c.row)
			if len(units) <= excelize.TotalCellChars && raw != want {
				t.Fatalf("%s %d,%d: %q came back as %q", c.sheet, c.column, c.row, want, raw)
			}
			if runs(raw) || len(utf16.Encode([]rune(raw))) > excelize.TotalCellChars {
				t.Fatalf("%s %d,%d: %q", c.sheet, c.column, c.row, raw)
			}
		}
	})
}
