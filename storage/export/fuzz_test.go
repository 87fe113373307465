package export

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ringup/payments"
	"ringup/storage"
)

// runs reports whether a spreadsheet could take a cell for a formula, or a
// terminal for a command.
func runs(cell string) bool {
	if strings.ContainsFunc(cell, unicode.IsControl) || !utf8.ValidString(cell) {
		return true
	}
	for i, piece := range strings.Split(cell, ";") {
		blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || i > 0 && r == '"' }
		visible := strings.TrimLeftFunc(piece, blank)
		first, _ := utf8.DecodeRuneInString(visible)
		if visible != "" && strings.ContainsAny(norm.NFKC.String(string(first)), "=+-@") {
			return true
		}
	}
	return false
}

// FuzzHarmless: no text is a formula or a command, one that was neither stays
// as it is, and what was made harmless is harmless.
func FuzzHarmless(f *testing.F) {
	for _, text := range []string{"=1", " ＝1", "a,b\"c", "\t-", "'=1", "\u200b\u200b=1", "\u0301=1", "\ufeff＋", "₌1", "⁺1", "⩵1", "\u2028=1", "陳", "\xff=", "\u0085@", "a;=1", ";;\"\"-", "x;\u200b+"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := harmless(text)
		if runs(got) {
			t.Fatalf("%q became %q", text, got)
		}
		if !runs(text) && got != text {
			t.Fatalf("%q was harmless and became %q", text, got)
		}
		if again := harmless(got); again != got {
			t.Fatalf("%q, made harmless twice, is %q", got, again)
		}
		var out bytes.Buffer
		w := csv.NewWriter(&out)
		if err := w.Write([]string{got, "x"}); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		if back, err := csv.NewReader(&out).Read(); err != nil || fmt.Sprint(back) != fmt.Sprint([]string{got, "x"}) {
			t.Fatalf("%q came back as %q, %v", got, back, err)
		}
		// Where the comma is the decimal point, a spreadsheet takes the same line
		// apart at semicolons, and knows quotes only where a cell begins.
		if err := w.Write([]string{"2026-11-21", got, "x"}); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		for _, cell := range strings.Split(strings.TrimRight(out.String(), "\n"), ";") {
			if bare := strings.TrimLeft(cell, "\""); runs(bare) {
				t.Fatalf("%q has the cell %q at semicolons", got, cell)
			}
		}
	})
}

// FuzzDayCSV: whatever people and wallets have written into a sale, its file
// has a row for the sale and one for the refund, of as many cells as the
// heading, none of which runs, and the amounts in their columns.
func FuzzDayCSV(f *testing.F) {
	f.Add("=cmd|' /C calc'!A0", "ann", "ALIPAY_HK", "tea", int64(4550), int64(100))
	f.Add("a\r\nb", "\",\"", "\x00", "\xff", int64(1), int64(1))
	f.Add("；", "-1", "@x", "+1", int64(-5), int64(1)<<62)
	f.Fuzz(func(t *testing.T, note, cashier, wallet, text string, minor, back int64) {
		const day = payments.Day("2026-11-21")
		at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
		hkd := func(n int64) payments.Money { return payments.Money{Minor: n, Currency: "HKD"} }
		d := storage.DaySale{
			Sale: payments.Sale{ID: "a", Number: text, Amount: hkd(minor), Note: note, Cashier: cashier, BusinessDay: day, Created: at,
				Lines:    []payments.Line{{Text: text, Unit: hkd(minor), Count: 1}},
				Attempts: []payments.Attempt{{PaymentRequestID: "p", PaymentID: wallet, State: payments.AttemptPaid, Amount: hkd(minor), Wallet: wallet, Result: note}},
				Refunds:  []payments.Refund{{RefundRequestID: "r", PaymentRequestID: "p", State: payments.Refunded, Amount: hkd(back), Reason: note, By: cashier}}},
			Booked: []storage.Booking{{At: at, Day: day, Kind: storage.BookedPaid, ID: "p", Amount: hkd(minor)}, {At: at, Day: day, Kind: storage.BookedRefunded, ID: "r", Amount: hkd(-back)}},
		}
		var out bytes.Buffer
		if err := WriteDayCSV(&out, day, []storage.DaySale{d}); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(out.Bytes(), []byte("\ufeff")))).ReadAll()
		if err != nil || len(rows) != 3 {
			t.Fatalf("%d rows, %v: %q", len(rows), err, out.Bytes())
		}
		for n, r := range rows {
			if len(r) != len(columns) {
				t.Fatalf("%d cells: %q", len(r), r)
			}
			for i, cell := range r {
				if name := columns[i]; runs(cell) && (name != "amount" && name != "asked" || strings.Trim(cell, "-0123456789.") != "") {
					t.Fatalf("%s of row %d is %q", name, n, cell)
				}
			}
		}
		if rows[1][7] != hkd(minor).Major() || rows[2][7] != hkd(-back).Major() || rows[1][4] != "sale" || rows[2][4] != "refund" {
			t.Fatalf("%q", rows)
		}
	})
}
