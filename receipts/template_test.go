package receipts_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ringup/receipts"
)

func TestTemplateIsChecked(t *testing.T) {
	long := strings.Repeat("长", receipts.MaxTemplateRunes)
	lines := make([]string, receipts.MaxTemplateLines)
	for name, c := range map[string]struct {
		t    receipts.Template
		good bool
	}{
		"none":                    {receipts.Template{}, true},
		"all":                     {receipts.Template{Header: lines, Footer: []string{long}, Fields: receipts.UsualFields(), Codes: receipts.CodeBoth, Languages: []string{"th", "zh-Hans"}}, true},
		"number left out":         {receipts.Template{Fields: []receipts.Field{receipts.FieldCode}}, true},
		"an unknown field":        {receipts.Template{Fields: []receipts.Field{"price"}}, false},
		"an empty field":          {receipts.Template{Fields: []receipts.Field{""}}, false},
		"a field twice":           {receipts.Template{Fields: []receipts.Field{receipts.FieldTotal, receipts.FieldTotal}}, false},
		"too many header lines":   {receipts.Template{Header: append(lines[:len(lines):len(lines)], "")}, false},
		"too many footer lines":   {receipts.Template{Footer: append(lines[:len(lines):len(lines)], "")}, false},
		"a header that is long":   {receipts.Template{Header: []string{long + "长"}}, false},
		"a footer that is long":   {receipts.Template{Footer: []string{"", long + "长"}}, false},
		"unknown codes":           {receipts.Template{Codes: "ean13"}, false},
		"three languages":         {receipts.Template{Languages: []string{"en", "th", "ja"}}, false},
		"the same language twice": {receipts.Template{Languages: []string{"en", "en"}}, false},
		"no language at all":      {receipts.Template{Languages: []string{"nothing at all"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.t.Validate(); c.good != (err == nil) || err != nil && !errors.Is(err, receipts.ErrTemplate) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestNoTemplateHidesWhatHappened draws templates, wrong ones among them: the
// number, the amount, what was given back, COPY and the marks of training stand
// on every slip, and nothing stands there twice.
func TestNoTemplateHidesWhatHappened(t *testing.T) {
	field := rapid.SampledFrom(append(receipts.UsualFields(), "unheard", ""))
	rapid.Check(t, func(rt *rapid.T) {
		f := form(t, "en", receipts.Training)
		f.Copy = true
		if rapid.Bool().Draw(rt, "two languages") {
			f.Second = open(t, "zh-Hans")
		}
		f.Template = receipts.Template{
			Fields: rapid.SliceOf(field).Draw(rt, "fields"),
			Codes:  rapid.SampledFrom([]receipts.Codes{"", receipts.CodeQR, receipts.CodeBarcode, receipts.CodeBoth, receipts.CodeNone, "?"}).Draw(rt, "codes"),
			Header: []string{"a\x1b@header"}, Footer: []string{"the\x1dV\x00footer"},
		}
		s := refunded("en")
		slip, err := f.Sale(s)
		if err != nil {
			rt.Fatal(err)
		}
		back, err := f.Refund(s, s.Refunds[0].RefundRequestID)
		if err != nil {
			rt.Fatal(err)
		}
		rows, backRows := texts(slip), texts(back)
		for _, c := range []struct {
			rows  []string
			text  string
			times int
		}{
			{rows, s.Number, 1}, {rows, "45.50", 1}, {rows, "-9.50", 1}, {rows, "COPY", 2}, {rows, "TRAINING", 2},
			{backRows, s.Number, 1}, {backRows, "HK$ 9.50", 1}, {backRows, "45.50", 1}, {backRows, "REFUND", 1}, {backRows, "COPY", 2}, {backRows, "TRAINING", 2},
		} {
			want := c.times
			if f.Second != nil && c.text == "TRAINING" {
				want *= 2 // its two languages
			}
			if n := strings.Count(strings.Join(c.rows, "\n"), c.text); n != want {
				rt.Errorf("%q stands %d times in\n%s", c.text, n, strings.Join(c.rows, "\n"))
			}
		}
		for i, l := range slip.Lines {
			if l.Kind == receipts.Rule && (i == 0 || i+1 == len(slip.Lines) || slip.Lines[i+1].Kind == receipts.Rule) {
				rt.Errorf("a rule at %d keeps nothing apart", i)
			}
		}
		for _, r := range append(receipts.Layout(slip, receipts.Paper58), receipts.Layout(back, receipts.Paper58)...) {
			if strings.ContainsFunc(r.Text, func(c rune) bool { return c < 0x20 }) {
				rt.Errorf("a command in %q", r.Text)
			}
		}
	})
}

func TestTemplateOrdersTheFields(t *testing.T) {
	f := form(t, "en", receipts.Live)
	f.Template = receipts.Template{
		Header: []string{"Tel. 2345 6789"}, Footer: []string{"Thank you."}, Codes: receipts.CodeBoth,
		Fields: []receipts.Field{receipts.FieldFooter, receipts.FieldCode, receipts.FieldNote, receipts.FieldTotal, receipts.FieldLines,
			receipts.FieldCashier, receipts.FieldNumber, receipts.FieldHeader},
	}
	s := sale("en")
	s.Note = "Table 4"
	slip, err := f.Sale(s)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Thank you.", "QR " + code(t, receipts.Live, s), "Barcode " + code(t, receipts.Live, s), "Show this code for refunds",
		"Note: Table 4", "Total HK$ 45.50", "Hong Kong milk tea x2 36.00", "Pineapple bun 9.50",
		"Cashier Min Chan", "No. T2-261121-0017 14:32", "Date 2026-11-21", "Tel. 2345 6789",
	}
	if got := texts(slip); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("slip\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	f.Template.Codes = receipts.CodeNone
	if slip, err = f.Sale(s); err != nil {
		t.Fatal(err)
	}
	for _, row := range texts(slip) {
		if strings.Contains(row, "code") || strings.HasPrefix(row, "QR") || strings.HasPrefix(row, "Barcode") {
			t.Errorf("without codes: %q", row)
		}
	}
}

// TestTwoLanguagesSayAValueOnce makes every slip in every pair of languages: each
// phrase of both is there, and what is no phrase stands as often as in one
// language.
func TestTwoLanguagesSayAValueOnce(t *testing.T) {
	all := []string{"en", "zh-Hans", "ja", "th", "zh-Hant", "ko"}
	for _, first := range all {
		for _, second := range all {
			if first == second {
				continue
			}
			t.Run(first+" and "+second, func(t *testing.T) {
				one := form(t, first, receipts.Sandbox)
				two := one
				two.Second = open(t, second)
				s := refunded("en")
				s.Note = "Table 4"
				slipsOf := func(f receipts.Form) string {
					f.Copy = true
					var text strings.Builder
					for _, make := range []func() (receipts.Slip, error){
						func() (receipts.Slip, error) { return f.Sale(s) },
						func() (receipts.Slip, error) { return f.Refund(s, s.Refunds[0].RefundRequestID) },
						func() (receipts.Slip, error) { return f.Declined(unpaid("en", "failed"), "why") },
						func() (receipts.Slip, error) { return f.Cancelled(unpaid("en", "cancelled")) },
						func() (receipts.Slip, error) { return f.Day(figures("en")), nil },
					} {
						slip, err := make()
						if err != nil {
							t.Fatal(err)
						}
						for _, l := range slip.Lines {
							text.WriteString(l.Left + "\n" + l.Right + "\n")
						}
					}
					return text.String()
				}
				before, after := slipsOf(one), slipsOf(two)
				for _, value := range []string{
					s.Number, "45.50", "9.50", "Min Chan", "14:32", "2026-11-21", "138****0000", s.Attempts[0].PaymentID, s.Refunds[0].RefundID,
					s.Refunds[0].Reason, "Table 4", "HK$", "x212", "x160", "12,840.50", "326", "9f3a", "why",
				} {
					if was, is := strings.Count(before, value), strings.Count(after, value); was == 0 || is != was {
						t.Errorf("%q stands %d times in one language, %d times in two", value, was, is)
					}
				}
				one.Words = open(t, second)
				alone := slipsOf(one)
				for key, text := range open(t, second) {
					begins := string([]rune(text)[:min(8, len([]rune(text)))]) // a sentence may be in two rows
					if strings.HasPrefix(key, "slip.") && strings.Contains(alone, begins) && !strings.Contains(after, begins) {
						t.Errorf("%s is missing: %q", key, text)
					}
				}
			})
		}
	}
}
