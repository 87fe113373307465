package settlement

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"ringup/payments"
)

// FuzzFile: whatever stands in a file, it is read to an end or refused; each
// line number rises; amounts of transactions are not negative; and with limits
// an archive unpacks no further than they say.
func FuzzFile(f *testing.F) {
	plain := sheet{columns: transactionColumns, rows: []map[string]string{row(Payment, "pay-1", "req-1", "12.34", "HKD", day1)}, bom: true, crlf: true}.String()
	settled := settlements(settledRow(row(Refund, "ref-1", "rreq-1", "-1000", "HKD", day1), "B1", "-990", "10", "HKD"))
	f.Add([]byte(plain), "a.csv", byte(0))
	f.Add([]byte(settled), "transactionItems_20261121_000.csv", byte(1))
	f.Add([]byte(documented), "", byte(2))
	f.Add([]byte(summaryHeading+"B1,TOTAL,2,,7.25,HKD,0.25,HKD\n<END>\n"), "", byte(0))
	f.Add(gzipped(f, plain), "", byte(0))
	f.Add(zipped(f, settled), "", byte(1))
	f.Add([]byte("<END>"), "settlementItems_HKD_1_000.csv", byte(0))
	f.Add([]byte("\ufeff\"transactionType\",transactionId,transactionAmountValue,transactionCurrency\n\"a\nb\",\"c"), "", byte(3))
	books := newShop(sold("1", hkd(1234), payments.AttemptPaid, day1))
	f.Fuzz(func(t *testing.T, data []byte, name string, how byte) {
		const limit = 1 << 20
		reading := Reading{Name: name, Units: []Units{Auto, Major, Minor}[how%3], NoEnd: how&4 != 0, Unpacked: limit, Packed: limit}
		var sources []io.Reader
		sources = append(sources, bytes.NewReader(data), io.MultiReader(bytes.NewReader(data)))
		var kinds []Kind
		for _, source := range sources {
			file, err := Open(source, reading)
			if err != nil {
				if file != nil && file.ended {
					t.Fatalf("refused with %v, and ended", err)
				}
				continue
			}
			kinds = append(kinds, file.Kind())
			last := 0
			for {
				row, err := file.Next()
				var fault *LineError
				if err != nil && !errors.As(err, &fault) {
					break
				}
				line := row.Line
				if fault != nil {
					line = fault.Line
				} else if tr := row.transaction(); tr != nil && (tr.Amount.Minor < 0 || tr.Type == "" || tr.Amount.Minor != 0 && !tr.Amount.Currency.Known()) {
					t.Fatalf("%+v", tr)
				} else if row.Settlement != nil && row.Settlement.Type.back() && row.Settlement.Net.Minor > 0 {
					t.Fatalf("%+v", row.Settlement)
				}
				if line <= last {
					t.Fatalf("line %d after %d", line, last)
				}
				last = line
			}
		}
		if len(kinds) == 1 && bytes.HasPrefix(data, []byte("PK")) {
			return // a zip may be found by its end in a file that is read at any place only
		}
		if len(kinds) == 1 {
			t.Fatal("opens from one source only")
		}

		file, err := Open(bytes.NewReader(data), reading)
		if err != nil {
			return
		}
		said := 0
		m := New(books, Options{From: day1, To: day2, Each: func(Finding) error { said++; return nil }})
		_ = m.Take(t.Context(), file)
		r, err := m.End(t.Context())
		if err != nil && !reflect.DeepEqual(r, Result{}) {
			t.Fatalf("%v, and %+v", err, r)
		}
		total := 0
		for _, n := range r.Counts {
			total += n
		}
		if err == nil && total != said {
			t.Fatalf("%d findings, %d counted", said, total)
		}
	})
}

// FuzzLine: what encoding/csv reads as one record is read the same, and what
// is open here would not have ended there.
func FuzzLine(f *testing.F) {
	for _, line := range []string{"a,b", `"a","b"`, `"a""b",c`, `a,"b`, `a"b`, "", ",", `"",`, ` "a" , b `, `"a"b`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "\r\n") || len(line) > longest || strings.TrimSpace(line) == "" {
			return
		}
		cells, open, ok := split(line, nil)
		if open && ok {
			t.Fatal("open and well made")
		}
		r := csv.NewReader(strings.NewReader(line))
		r.FieldsPerRecord = -1
		want, err := r.Read()
		if err != nil {
			return // spaces around quotes are taken here and not there
		}
		if !ok || open {
			t.Fatalf("%q: csv reads %q", line, want)
		}
		for i := range want {
			want[i] = strings.TrimSpace(want[i])
		}
		if !reflect.DeepEqual(cells, want) {
			t.Fatalf("%q: %q, csv reads %q", line, cells, want)
		}
	})
}

// FuzzAmount: an amount is read exactly or not at all.
func FuzzAmount(f *testing.F) {
	for _, cell := range []string{"12.34", "-1", "+0.5", "1e3", ".", "", "00012", "9999999999999999", "99999999999999999999", "1.230", "٣"} {
		f.Add(cell, "HKD")
		f.Add(cell, "JPY")
	}
	f.Fuzz(func(t *testing.T, cell, currency string) {
		c := payments.Currency(currency)
		if !c.Known() {
			return
		}
		figure, err := read(cell, c)
		if err != nil {
			return
		}
		major, errMajor := figure.money(Major)
		minor, errMinor := figure.money(Minor)
		if errMajor == nil && errMinor == nil && c.Digits() == 2 && major.Minor != 100*minor.Minor {
			t.Fatalf("%q: %v and %v", cell, major, minor)
		}
		for units, m := range map[Units]payments.Money{Major: major, Minor: minor} {
			if m.Currency == "" {
				continue
			}
			text := m.Major()
			if units == Minor {
				text = m.Wire()
			}
			again, err := read(text, c)
			if err != nil {
				t.Fatal(err)
			}
			if back, err := again.money(units); err != nil || back != m {
				t.Fatalf("%q is %v, which is written %q and read %v, %v", cell, m, text, back, err)
			}
		}
	})
}

// FuzzName: a name that is one of Alipay's has no folder in it.
func FuzzName(f *testing.F) {
	f.Add("transactionItems_20261121_000.csv")
	f.Add("settlementItems_KaKaoPay_USD_2018122611021040123_000.csv.gz")
	f.Fuzz(func(t *testing.T, name string) {
		if n, ok := ParseName(name); ok && (strings.ContainsAny(name, "/\\\x00") || n.Kind == "" || len(n.Seq) != 3) {
			t.Fatalf("%q: %+v", name, n)
		}
	})
}
