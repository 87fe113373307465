package till_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"ringup/payments"
	"ringup/ui/phrases"
	"ringup/ui/till"
)

// workbookSheet is a sheet of a workbook as ECMA-376 writes it.
type workbookSheet struct {
	Cells []struct {
		At     string `xml:"r,attr"`
		Number string `xml:"v"`
		Text   string `xml:"is>t"`
	} `xml:"sheetData>row>c"`
}

func (s workbookSheet) says(text string) bool {
	for _, c := range s.Cells {
		if c.Text == text || c.Number == text {
			return true
		}
	}
	return false
}

// readWorkbook opens a workbook's two sheets, and the text that names them.
func readWorkbook(t *testing.T, path string) (summary, sales workbookSheet, names string) {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	read := func(name string) []byte {
		f, err := z.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for name, sheet := range map[string]*workbookSheet{"xl/worksheets/sheet1.xml": &summary, "xl/worksheets/sheet2.xml": &sales} {
		if err := xml.Unmarshal(read(name), sheet); err != nil {
			t.Fatal(err)
		}
	}
	read("xl/charts/chart1.xml")
	return summary, sales, string(read("xl/workbook.xml"))
}

// A day is saved as the file's ending says; what the workbook's rows add up to
// is what the summary and the till say.
func TestADayIsSaved(t *testing.T) {
	for _, language := range phrases.Languages() {
		t.Run(language, func(t *testing.T) {
			shop := training(t, func(o *till.Options) { o.Language = language })
			paid := sell(t, shop, "pays", 4550)
			sell(t, shop, "poor", 3600)
			if _, err := shop.Refund(t.Context(), till.RefundOrder{Number: paid.Number, Amount: hkd(1000), Reason: "=one bun"}); err != nil {
				t.Fatal(err)
			}
			day, err := shop.Day(shop.Today())
			if err != nil {
				t.Fatal(err)
			}
			folder := t.TempDir()
			path := filepath.Join(folder, "Day.XLSX")
			if err := os.WriteFile(path, []byte("an older file"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := shop.SaveDay(day.Day, path); err != nil {
				t.Fatal(err)
			}
			summary, sales, names := readWorkbook(t, path)
			say := shop.Book().Say
			for _, want := range []string{say("summary.takings"), "45.5", say("summary.net"), "35.5", day.Head, say("slip.training"),
				shop.Settings().ShopName, say("summary.by_wallet"), day.ByWallet[0].Name, "10"} {
				if !summary.says(want) {
					t.Errorf("the summary lacks %q", want)
				}
			}
			var sum float64
			for _, c := range sales.Cells {
				if strings.HasPrefix(c.At, "H") && c.At != "H1" {
					value, err := strconv.ParseFloat(c.Number, 64)
					if err != nil {
						t.Fatal(err)
					}
					sum += value
				}
			}
			if sum != 35.5 || !sales.says("'=one bun") {
				t.Errorf("the rows add up to %v, the net is %v", sum, day.Net)
			}
			if title := say("summary.title"); !strings.Contains(names, `name="`+title+`"`) || !strings.Contains(names, `name="sales"`) || strings.EqualFold(title, "sales") {
				t.Errorf("the sheets' names: %s", names)
			}

			if err := shop.SaveDay(day.Day, filepath.Join(folder, "day.csv")); err != nil {
				t.Fatal(err)
			}
			saved, err := os.ReadFile(filepath.Join(folder, "day.csv"))
			if err != nil || sumOfCSV(t, saved) != 3550 {
				t.Errorf("the CSV adds up to %d, %v", sumOfCSV(t, saved), err)
			}
			var written bytes.Buffer
			if err := shop.WriteDay(&written, day.Day); err != nil || !bytes.Equal(written.Bytes(), saved) {
				t.Errorf("the CSV's file and stream differ, %v", err)
			}
			files, err := os.ReadDir(folder)
			if err != nil || len(files) != 2 {
				t.Errorf("the folder holds %v, %v", files, err)
			}
		})
	}
}

// A day of nothing has a workbook as well, in the shop's currency.
func TestAnEmptyDayIsSaved(t *testing.T) {
	shop := training(t, nil)
	path := filepath.Join(t.TempDir(), "empty.xlsx")
	if err := shop.SaveDay("2026-01-01", path); err != nil {
		t.Fatal(err)
	}
	summary, sales, _ := readWorkbook(t, path)
	if !summary.says(string(shop.Currency())) || len(sales.Cells) != 18 {
		t.Errorf("an empty day: %+v, %+v", summary, sales)
	}
}

func TestADayThatCannotBeSaved(t *testing.T) {
	shop := training(t, nil)
	folder := t.TempDir()
	for path, want := range map[string]error{
		"day.txt": till.ErrFormat, "day": till.ErrFormat, "day.xls": till.ErrFormat, ".xlsx/day": till.ErrFormat,
		"none/day.xlsx": till.ErrNoFolder, "none/day.csv": till.ErrNoFolder,
	} {
		if err := shop.SaveDay(shop.Today(), filepath.Join(folder, path)); !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := shop.SaveDay(payments.Day("not a day"), filepath.Join(folder, "day.xlsx")); err == nil {
		t.Error("what is no day is saved")
	}
	if _, err := os.Stat(filepath.Join(folder, "day.xlsx")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was left: %v", err)
	}
}
