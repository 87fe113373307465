package receipts_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ringup/payments"
	"ringup/receipts"
)

// FuzzParseCode: a slip's code that is read is spelled in one way only, is of
// a real day, and matches no sale but one of its own number and id.
func FuzzParseCode(f *testing.F) {
	for _, e := range []receipts.Environment{receipts.Training, receipts.Sandbox, receipts.Live} {
		c, err := receipts.CodeOf(e, sale("en"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(c.String())
	}
	for _, text := range []string{"90326516717000000000", "281426348240442632", "90399999999999999990", "9０326516717000000000", "90326516717000000000\n", "", "90"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := receipts.ParseCode(text)
		if err != nil {
			if c != (receipts.Code{}) {
				t.Fatalf("%q: %v beside %v", text, c, err)
			}
			return
		}
		if c.String() != text || !receipts.IsCode(text) {
			t.Fatalf("%q was read as %v", text, c)
		}
		if _, err := payments.ParseCode(text); err == nil {
			t.Fatalf("%q is a payment code, too", text)
		}
		if _, err := payments.ParseDay(string(c.Day())); err != nil {
			t.Fatalf("%q is of the day %q", text, c.Day())
		}
		numbers := c.Numbers("T1", 6000)
		if len(numbers) > 3 {
			t.Fatalf("%q can mean %v", text, numbers)
		}
		for _, number := range numbers {
			s := payments.Sale{ID: "0123456789abcdefghjkmnpqrs000001", Number: number}
			again, err := receipts.CodeOf(c.Environment, s)
			if err != nil || again.Day() != c.Day() {
				t.Fatalf("%q can mean %s, which is of %q, %v", text, number, again.Day(), err)
			}
			if c.Matches(s) != (again == c) {
				t.Fatalf("%q matches %s, whose code is %v", text, number, again)
			}
		}
		// One wrong digit is always found.
		for i := range text {
			wrong := []byte(text)
			wrong[i] = '0' + (wrong[i]-'0'+1)%10
			if _, err := receipts.ParseCode(string(wrong)); err == nil {
				t.Fatalf("%q passes for %q", wrong, text)
			}
		}
	})
}

// FuzzCodeOf: a number that gets a code is found again by it.
func FuzzCodeOf(f *testing.F) {
	for _, number := range []string{"T1-261121-0017", "T-2-991231-2700", "A-000101-0000", "T1-261121-99999", "T1-261121-18446744073709551617", "T1-260229-0001", "T1-261121-+1", "-261121-0001", "T1-２６1121-0001"} {
		f.Add(number, "0123456789abcdefghjkmnpqrs000001")
	}
	f.Fuzz(func(t *testing.T, number, id string) {
		s := payments.Sale{ID: id, Number: number}
		c, err := receipts.CodeOf(receipts.Live, s)
		if err != nil {
			return
		}
		back, err := receipts.ParseCode(c.String())
		if err != nil || back != c || !back.Matches(s) || len(c.String()) != 20 {
			t.Fatalf("%q: %v comes back as %v, %v", number, c, back, err)
		}
		if !strings.Contains(number, "-"+c.Day().Compact()+"-") {
			t.Fatalf("%q is of %q", number, c.Day())
		}
	})
}

// FuzzClean: what is left of a text prints, commands nothing, turns no line
// around, and stays as it is when it is cleaned again.
func FuzzClean(f *testing.F) {
	for _, text := range []string{
		"tea", "\x1b@\x1dV\x00", "\x7f\u0080\u009f", "\u202egpj.exe", "e\u0301", "\u212b", "\u0958", "\xff\xfe", "\u2028\u2029", "港\u3000式", "\ufe0f\u200d", "👨‍👩‍👧", "\u00ad\ufeff",
		"\u0344", "\uf951", "\u1100\u1161", "\U000e0001", "e\u200b\u0301", "می\u200cخواهم", "क\u094d\u200dष", "a\u200db", "\u200cی\u200c\u200dی\u200d", strings.Repeat("\u0301", 40),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := receipts.Clean(text)
		if !utf8.ValidString(got) || !norm.NFC.IsNormalString(got) {
			t.Fatalf("%q became %q", text, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || r != 0x200C && r != 0x200D && unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || unicode.IsSpace(r) && r != ' ' && r != 0x3000 {
				t.Fatalf("%q became %q with %U in it", text, got, r)
			}
		}
		// A joiner stands between two letters, never at an end nor beside another.
		for _, part := range strings.FieldsFunc(got, func(r rune) bool { return r == ' ' }) {
			for _, joiner := range []string{"\u200c", "\u200d"} {
				if strings.HasPrefix(part, joiner) || strings.HasSuffix(part, joiner) || strings.Contains(part, joiner+"\u200c") || strings.Contains(part, joiner+"\u200d") {
					t.Fatalf("%q became %q", text, got)
				}
			}
		}
		if again := receipts.Clean(got); again != got {
			t.Fatalf("%q, cleaned twice, is %q", got, again)
		}
	})
}

// FuzzLayout: any text on any paper makes rows that fit, in bounded number, and
// loses nothing; no amount is ever cut, nor a character whose marks follow it.
func FuzzLayout(f *testing.F) {
	f.Add("Milk tea", "HK$ 18.00", uint8(0), uint16(0))
	f.Add(strings.Repeat("港", 60), "¥ 9,999,999,999,999.99", uint8(4), uint16(300))
	f.Add("\u0301\u0301", "\x00", uint8(2), uint16(1000))
	f.Add("", strings.Repeat("9", 200), uint8(5), uint16(77))
	f.Add(strings.Repeat("，", 50), "1", uint8(65), uint16(12345))
	f.Add("ยอดเงินในวอลเล็ตไม่พอ โปรดชำระด้วยวอลเล็ตอื่นหรือเงินสด HK$ 1,234.50", "", uint8(64), uint16(2))
	f.Add("환불 시 이 코드를 보여 주세요 👍🏽🇭🇰 12,345원", "", uint8(0), uint16(0))
	f.Add("شكرا لزيارتكم می\u200cخواهم", "1.00", uint8(0), uint16(0))
	papers := receipts.Papers()
	f.Fuzz(func(t *testing.T, left, right string, which uint8, width uint16) {
		p := papers[int(which)%len(papers)]
		if dots := 200 + int(width)%120*8; width > 0 {
			var err error
			if p, err = receipts.PaperOf(dots/8+3, dots, 16+int(width)%(dots/9-15)); err != nil {
				t.Fatal(err)
			}
		}
		p.Wide = which&64 != 0
		for _, size := range []receipts.Size{receipts.Normal, receipts.Double, receipts.Small, receipts.Tall} {
			for _, align := range []receipts.Align{receipts.Left, receipts.Centre} {
				line := receipts.Line{Left: left, Right: right, Size: size, Align: align}
				rows := receipts.Layout(receipts.Slip{Lines: []receipts.Line{line}}, p)
				n := utf8.RuneCountInString(left) + utf8.RuneCountInString(right)
				if len(rows) == 0 || len(rows) > n+3 {
					t.Fatalf("%d rows of %d characters", len(rows), n)
				}
				whole, all := false, ""
				for _, r := range rows {
					if n := p.Span(r.Text); n > p.In(r.Size) {
						t.Fatalf("%q has %d columns of %d", r.Text, n, p.In(r.Size))
					}
					whole = whole || strings.HasSuffix(r.Text, right)
					all += r.Text
				}
				want := receipts.Clean(left) + receipts.Clean(right)
				if p.Wide {
					want = wideSigns.Replace(want)
				}
				if all = strings.ReplaceAll(all, " ", ""); all != strings.ReplaceAll(want, " ", "") {
					t.Fatalf("%q printed as %q", want, all)
				}
				amount := len(right) <= 22 && right != "" && strings.Trim(right, "0123456789.,-") == ""
				if amount && !whole {
					t.Fatalf("the amount %q is cut: %+v", right, rows)
				}
			}
		}
	})
}
