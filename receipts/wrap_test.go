package receipts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"ringup/payments"
	"ringup/receipts"
)

func TestLinesBreakAsTheirScriptDoes(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string // on 32 columns
	}{
		"an amount and its sign stay together": {"The customer has paid in all HK$ 1,234.50 for it",
			[]string{"The customer has paid in all", "HK$ 1,234.50 for it"}},
		"and its minus": {"The customer got all back: HK$ -1,234.50",
			[]string{"The customer got all back:", "HK$ -1,234.50"}},
		"and a code in front": {"The customer has paid in all HKD 1,234.50",
			[]string{"The customer has paid in all", "HKD 1,234.50"}},
		"a sign is not the unit of what stands before": {"The customer of the table 12 ¥ 1,234.50 in all",
			[]string{"The customer of the table 12", "¥ 1,234.50 in all"}},
		"and a unit behind": {"The customer has paid 1,234,567.50 HKD for it",
			[]string{"The customer has paid", "1,234,567.50 HKD for it"}},
		"in Chinese": {"本次交易顾客一共实际支付了金额1,234.50元整",
			[]string{"本次交易顾客一共实际支付了金额", "1,234.50元整"}},
		"in Chinese with a sign": {"本次交易顾客一共实际支付了HK$ 1,234.50元整",
			[]string{"本次交易顾客一共实际支付了", "HK$ 1,234.50元整"}},
		"in full-width digits": {"本次交易顾客一共实际支付了１，２３４．５０元整",
			[]string{"本次交易顾客一共实际支付了", "１，２３４．５０元整"}},
		"a time and a date": {"The account was changed 2026-11-21 08:12:04",
			[]string{"The account was changed", "2026-11-21 08:12:04"}},
		"an amount at the end of a long word": {"Reason:abcdefghijklmnopqrstuvwx1,234.50",
			[]string{"Reason:abcdefghijklmnopqrstuvwx", "1,234.50"}},
		"Japanese words in katakana": {"この度はホットチョコレートのお買上げ",
			[]string{"この度はホットチョコレートのお買", "上げ"}},
		"a word in katakana at the edge": {"本日のおすすめは自家製ホットチョコレートです",
			[]string{"本日のおすすめは自家製", "ホットチョコレートです"}},
		"after a clause": {"文字が鮮明で切れていなければ、このプリンターは使えます",
			[]string{"文字が鮮明で切れていなければ、", "このプリンターは使えます"}},
		"Thai between phrases": {"หากตัวอักษรคมชัดและไม่มีบรรทัดขาด เครื่องพิมพ์นี้พร้อมใช้งาน",
			[]string{"หากตัวอักษรคมชัดและไม่มีบรรทัดขาด", "เครื่องพิมพ์นี้พร้อมใช้งาน"}},
		"Thai before a leading vowel": {"โปรดแสดงรหัสนี้ที่เคาน์เตอร์บริการลูกค้าเมื่อขอคืนเงินสด",
			[]string{"โปรดแสดงรหัสนี้ที่เคาน์เตอร์บริการลูกค้า", "เมื่อขอคืนเงินสด"}},
		"Thai with its marks": {strings.Repeat("ก้", 40),
			[]string{strings.Repeat("ก้", 32), strings.Repeat("ก้", 8)}},
		"Thai with am": {strings.Repeat("ก", 31) + "กำก", // น้ำ and its like are one character to a reader
			[]string{strings.Repeat("ก", 31), "กำก"}},
		"Korean between words": {"환불 시에는 반드시 이 코드를 직원에게 보여 주시기 바랍니다",
			[]string{"환불 시에는 반드시 이 코드를", "직원에게 보여 주시기 바랍니다"}},
		"Hangul that no syllable holds": {strings.Repeat("\u1112\u119e", 17),
			[]string{strings.Repeat("\u1112\u119e", 16), "\u1112\u119e"}},
		"a skin colour": {strings.Repeat("ab", 14) + "a👍🏽b",
			[]string{strings.Repeat("ab", 14) + "a", "👍🏽b"}},
		"flags": {strings.Repeat("ab", 15) + "a🇭🇰🇯🇵",
			[]string{strings.Repeat("ab", 15) + "a", "🇭🇰🇯🇵"}},
		"a mark on a letter without one of its own": {strings.Repeat("x\u0302", 33),
			[]string{strings.Repeat("x\u0302", 32), "x\u0302"}},
		"brackets": {"海港茶屋中环德辅道中十八号（地铁站出口）旁边",
			[]string{"海港茶屋中环德辅道中十八号", "（地铁站出口）旁边"}},
		"an address on the web": {"www.harbour-tea.example/menu/autumn",
			[]string{"www.harbour-tea.example/menu/", "autumn"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, r := range receipts.Layout(receipts.Slip{Lines: []receipts.Line{{Left: c.text}}}, receipts.Paper58) {
				got = append(got, show(r))
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("rows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestAnAmountWithoutRoomIsSmall(t *testing.T) {
	narrow, err := receipts.PaperOf(0, 200, 16)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []receipts.Line{
		{Left: "Of 99,999,999,999,999.99"}, {Left: "Of 99,999,999,999,999.99", Size: receipts.Double},
		{Left: "Of 99,999,999,999,999.99", Right: "1"}, {Left: "Of", Right: "-99,999,999,999,999.99"},
	} {
		rows := receipts.Layout(receipts.Slip{Lines: []receipts.Line{line}}, narrow)
		if !inARow(rows, "99,999,999,999,999.99") || rows[0].Size != receipts.Small {
			t.Errorf("%+v is%s", line, shown(rows))
		}
	}
}

func TestTextFromTheRightBeginsThere(t *testing.T) {
	for name, c := range map[string]struct {
		line receipts.Line
		want receipts.Align
	}{
		"Arabic":                      {receipts.Line{Left: "شكرا لزيارتكم"}, receipts.Right},
		"Hebrew after a number":       {receipts.Line{Left: "12 תה"}, receipts.Right},
		"Latin with Arabic in it":     {receipts.Line{Left: "Tea شاي"}, receipts.Left},
		"Arabic in the middle":        {receipts.Line{Left: "شكرا", Align: receipts.Centre}, receipts.Centre},
		"no letter":                   {receipts.Line{Left: "12.50"}, receipts.Left},
		"Arabic with an amount":       {receipts.Line{Left: "شاي", Right: "18.00"}, receipts.Left},
		"Chinese":                     {receipts.Line{Left: "茶"}, receipts.Left},
		"Latin that is to the right":  {receipts.Line{Left: "tea", Align: receipts.Right}, receipts.Right},
		"an accent before the Arabic": {receipts.Line{Left: "\u0301شاي"}, receipts.Right},
	} {
		t.Run(name, func(t *testing.T) {
			rows := receipts.Layout(receipts.Slip{Lines: []receipts.Line{c.line}}, receipts.Paper58)
			if len(rows) != 1 || rows[0].Align != c.want {
				t.Errorf("rows %+v", rows)
			}
			if len(rows) == 1 && c.line.Right != "" && (rows[0].Right != 5 || !strings.HasPrefix(rows[0].Text, c.line.Left)) {
				t.Errorf("columns in %+v", rows[0])
			}
		})
	}
}

func TestTextInTheMiddleIsBalanced(t *testing.T) {
	for text, want := range map[string][]string{
		"Scan these two codes to test the scanner": {"Scan these two codes", "to test the scanner"},
		"文字が鮮明で、切れていなければ、このプリンターは使えます":             {"文字が鮮明で、切れていなければ、", "このプリンターは使えます"},
		"港式丝袜奶茶少冰少糖外带加珍珠加椰果":                       {"港式丝袜奶茶少冰少", "糖外带加珍珠加椰果"},
		"ฝึกใช้งาน TRAINING - ไม่มีการรับเงินจริง": {"ฝึกใช้งาน TRAINING -", "ไม่มีการรับเงินจริง"},
		"The change is HK$ 99,999,999,999,999.99":  {"The change is", "HK$ 99,999,999,999,999.99"},
	} {
		line := receipts.Line{Left: text, Align: receipts.Centre}
		rows := receipts.Layout(receipts.Slip{Lines: []receipts.Line{line}}, receipts.Paper58)
		var got []string
		for _, r := range rows {
			got = append(got, r.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("rows %q, want %q", got, want)
		}
	}
}

// pieces are each one character to a reader, however many Unicode needs for it,
// in the scripts that slips meet.
var pieces = []string{
	"a", "B", "é", "x\u0302", "ß", "Ж", "Ω", "1", "-", ",", "(", ")", "/", "*", ".",
	"港", "茶", "𠮷", "、", "。", "「", "」", "，", "（", "ー", "ホ", "ッ", "か\u3099", "の", "１",
	"한", "글", "\u1112\u119e\u11ab", "ก", "ก้", "เ", "แ", "นี่", "กำ", "ะ", "ๆ", "ຂ້", "ເ",
	"ش", "ا", "ي", "ل\u0651", "ת", "ה", "क", "कि", "த", "👍", "👍🏽", "🇭🇰", "1\u20e3", "☕", "¥", "€", "＂",
}

// amounts as they stand in sentences: Money.String, and the bare numbers of the
// columns.
func anAmount(rt *rapid.T) string {
	m := payments.Money{
		Minor:    rapid.Int64Range(-9_999_999_999_999_999, 9_999_999_999_999_999).Draw(rt, "minor"),
		Currency: rapid.SampledFrom([]payments.Currency{"HKD", "CNY", "JPY", "IDR", "KRW", "MYR", "THB", "PLN", "MOP", "EUR"}).Draw(rt, "currency"),
	}
	if rapid.Bool().Draw(rt, "bare") {
		return m.Grouped()
	}
	return m.String()
}

func aPaper(rt *rapid.T) receipts.Paper {
	p := rapid.SampledFrom(receipts.Papers()).Draw(rt, "paper")
	if rapid.Bool().Draw(rt, "of any width") {
		dots := 8 * rapid.IntRange(25, 120).Draw(rt, "dots/8")
		made, err := receipts.PaperOf(dots/8+rapid.IntRange(0, 12).Draw(rt, "margins"), dots, rapid.IntRange(16, dots/9).Draw(rt, "columns"))
		if err != nil {
			rt.Fatal(err)
		}
		p = made
	}
	p.Wide = rapid.Bool().Draw(rt, "wide")
	return p
}

// TestNothingIsLostOrCut draws texts of every script with amounts among them, on
// every paper: every row fits, all is there in its order, no amount is cut, no
// row begins inside what a reader sees as one character.
func TestNothingIsLostOrCut(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := aPaper(rt)
		l := receipts.Line{
			Size:  rapid.SampledFrom([]receipts.Size{receipts.Normal, receipts.Double, receipts.Small, receipts.Tall}).Draw(rt, "size"),
			Align: rapid.SampledFrom([]receipts.Align{receipts.Left, receipts.Centre, receipts.Right}).Draw(rt, "align"),
		}
		// Where a row may begin, counted in characters that are no spaces.
		begins := map[int]bool{0: true}
		at := 0
		take := func(s string) {
			l.Left += s
			at += len([]rune(strings.ReplaceAll(receipts.Clean(s), " ", "")))
			begins[at] = true
		}
		var whole []string
		for range rapid.IntRange(0, 5).Draw(rt, "sentences") {
			for range rapid.IntRange(0, 30).Draw(rt, "length") {
				take(rapid.SampledFrom(pieces).Draw(rt, "piece"))
				if rapid.IntRange(0, 5).Draw(rt, "space") == 0 {
					l.Left += " "
				}
			}
			if rapid.Bool().Draw(rt, "amount") {
				a := anAmount(rt)
				whole = append(whole, a)
				l.Left += " "
				for _, part := range strings.Fields(a) {
					take(part + " ")
				}
			}
		}
		if rapid.Bool().Draw(rt, "right") {
			l.Right = anAmount(rt)
			if _, number, ok := strings.Cut(l.Right, " "); ok && p.Span(l.Right)+1 > p.In(receipts.Small) { // one more for a wide ￥
				l.Right = number
			}
		}
		rows := receipts.Layout(receipts.Slip{Lines: []receipts.Line{l}}, p)
		got, want := "", receipts.Clean(l.Left+l.Right)
		if p.Wide {
			want = wideSigns.Replace(want)
		}
		for i, r := range rows {
			if p.Span(r.Text) > p.In(r.Size) {
				rt.Fatalf("row %q has %d columns of %d", r.Text, p.Span(r.Text), p.In(r.Size))
			}
			if n := len([]rune(got)); i > 0 && !begins[n] && n < at {
				rt.Fatalf("row %d begins inside a character: %q", i, r.Text)
			}
			got += strings.ReplaceAll(r.Text, " ", "")
		}
		if got != strings.ReplaceAll(want, " ", "") {
			rt.Fatalf("%q printed as %q", want, got)
		}
		for _, a := range whole {
			if p.Wide {
				a = wideSigns.Replace(a)
			}
			// Only where sign and number together are wider than the paper
			// does the number stand alone.
			if _, number, ok := strings.Cut(a, " "); ok && p.Span(a) > p.In(receipts.Small) {
				a = number
			}
			if !inARow(rows, a) {
				rt.Fatalf("%q is cut in %s", a, shown(rows))
			}
		}
		if l.Right != "" {
			right := l.Right
			if p.Wide {
				right = wideSigns.Replace(right)
			}
			last := rows[len(rows)-1]
			if !strings.HasSuffix(last.Text, right) || p.Span(last.Text) != p.In(last.Size) || last.Right != p.Span(right) {
				rt.Fatalf("amount %q in row %+v", right, last)
			}
		}
	})
}

func inARow(rows []receipts.Row, text string) bool {
	for _, r := range rows {
		if strings.Contains(r.Text, text) {
			return true
		}
	}
	return false
}

func shown(rows []receipts.Row) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "\n%s|", show(r))
	}
	return b.String()
}

// TestEverySlipFitsEveryPaper lays out every slip in every language on every
// usual paper, in both ways of counting columns.
func TestEverySlipFitsEveryPaper(t *testing.T) {
	for _, language := range languages {
		for _, p := range receipts.Papers() {
			for name, s := range slips(t, language, p) {
				for _, p.Wide = range []bool{false, true} {
					for _, r := range receipts.Layout(s, p) {
						if p.Span(r.Text) > p.In(r.Size) {
							t.Errorf("%s in %s on %s: %q has %d columns", name, language, p.Name, r.Text, p.Span(r.Text))
						}
						if r.Kind == receipts.Image && r.Picture.Width > p.Dots {
							t.Errorf("%s on %s: a picture of %d dots", name, p.Name, r.Picture.Width)
						}
						if first := strings.TrimLeft(r.Text, " "); first != "" && unicode.In([]rune(first)[0], unicode.M) {
							t.Errorf("%s in %s on %s: %q begins with a mark", name, language, p.Name, r.Text)
						}
					}
				}
			}
		}
	}
}
