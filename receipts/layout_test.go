package receipts_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
	"pgregory.net/rapid"

	"ringup/payments"
	"ringup/receipts"
	"ringup/receipts/raster"
)

// show is a row as it stands on a paper of so many columns, with a mark for its
// size.
func show(r receipts.Row) string {
	return map[receipts.Size]string{receipts.Double: "2:", receipts.Tall: "T:", receipts.Small: "s:"}[r.Size] + r.Text
}

func TestLayoutBreaksLinesWhereAPersonWould(t *testing.T) {
	chinese := receipts.Paper58
	chinese.Wide = true
	for name, c := range map[string]struct {
		paper receipts.Paper
		line  receipts.Line
		want  []string
	}{
		"an amount stands at the right edge": {receipts.Paper58, receipts.Line{Left: "Pineapple bun", Right: "9.50"},
			[]string{"Pineapple bun               9.50"}},
		"a Chinese name counts two columns a character": {receipts.Paper58, receipts.Line{Left: "菠萝包", Right: "9.50"},
			[]string{"菠萝包                      9.50"}},
		"a long name wraps and keeps its count beside the amount": {receipts.Paper58,
			receipts.Line{Left: "Hong Kong style milk tea, iced, less sugar x2", Right: "36.00"},
			[]string{"Hong Kong style milk tea,", "iced, less sugar x2        36.00"}},
		"a name that has just no room beside the amount": {receipts.Paper58, receipts.Line{Left: "Hong Kong milk tea large x2", Right: "36.00"},
			[]string{"Hong Kong milk tea large x2", "                           36.00"}},
		"a name that just fits beside the amount": {receipts.Paper58, receipts.Line{Left: strings.Repeat("a", 26), Right: "36.00"},
			[]string{strings.Repeat("a", 26) + " 36.00"}},
		"a word longer than the paper is cut": {receipts.Paper58, receipts.Line{Left: strings.Repeat("a", 40)},
			[]string{strings.Repeat("a", 32), strings.Repeat("a", 8)}},
		"Chinese wraps between characters": {receipts.Paper58, receipts.Line{Left: "港式丝袜奶茶少冰少糖外带加珍珠加椰果"},
			[]string{"港式丝袜奶茶少冰少糖外带加珍珠加", "椰果"}},
		"no row begins with a comma": {receipts.Paper58, receipts.Line{Left: "港式丝袜奶茶少冰少糖外带加珍珠加，椰果"},
			[]string{"港式丝袜奶茶少冰少糖外带加珍珠", "加，椰果"}},
		"no row ends in half a character": {receipts.Paper58, receipts.Line{Left: "x港式丝袜奶茶少冰少糖外带加珍珠加"},
			[]string{"x港式丝袜奶茶少冰少糖外带加珍珠", "加"}},
		"a space at the break goes": {receipts.Paper58, receipts.Line{Left: strings.Repeat("a", 32) + " next"},
			[]string{strings.Repeat("a", 32), "next"}},
		"a large total has its row": {receipts.Paper58, receipts.Line{Left: "Total HK$", Right: "128.00", Size: receipts.Double},
			[]string{"2:Total HK$ 128.00"}},
		"a larger one is narrower and not cut": {receipts.Paper58, receipts.Line{Left: "Total HK$", Right: "1,280.00", Size: receipts.Double},
			[]string{"T:Total HK$               1,280.00"}},
		"the largest amount there is": {receipts.Paper58, receipts.Line{Left: "Total HK$", Right: "99,999,999,999,999.99", Size: receipts.Double},
			[]string{"T:Total HK$  99,999,999,999,999.99"}},
		"words and an amount that have no room together": {receipts.Paper58,
			receipts.Line{Left: "Total of all refunds HK$", Right: "99,999,999,999,999.99", Bold: true},
			[]string{"Total of all refunds HK$", "           99,999,999,999,999.99"}},
		"a right column wider than the paper is small": {receipts.Paper58, receipts.Line{Left: "Id", Right: strings.Repeat("7", 36)},
			[]string{"s:Id    " + strings.Repeat("7", 36)}},
		"a name that is too long for large letters": {receipts.Paper58, receipts.Line{Left: "Harbour Tea House", Align: receipts.Centre, Size: receipts.Double},
			[]string{"T:Harbour Tea House"}},
		"accents take one column":                   {receipts.Paper58, receipts.Line{Left: "café", Right: "1"}, []string{"café" + strings.Repeat(" ", 27) + "1"}},
		"accents take two columns in Chinese mode":  {chinese, receipts.Line{Left: "café", Right: "1"}, []string{"café" + strings.Repeat(" ", 26) + "1"}},
		"a yuan sign is full-width in Chinese mode": {chinese, receipts.Line{Left: "¥", Right: "1"}, []string{"￥" + strings.Repeat(" ", 29) + "1"}},
		"a yuan sign is one column otherwise":       {receipts.Paper58, receipts.Line{Left: "¥", Right: "1"}, []string{"¥" + strings.Repeat(" ", 30) + "1"}},
		"an empty line is an empty row":             {receipts.Paper58, receipts.Line{}, []string{""}},
		"48 columns on 80 mm":                       {receipts.Paper80, receipts.Line{Left: "a", Right: "b"}, []string{"a" + strings.Repeat(" ", 46) + "b"}},
		"42 columns on a narrow 80 mm head":         {receipts.Paper80Narrow, receipts.Line{Left: "a", Right: "b"}, []string{"a" + strings.Repeat(" ", 40) + "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, r := range receipts.Layout(receipts.Slip{Lines: []receipts.Line{c.line}}, c.paper) {
				got = append(got, show(r))
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("rows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// TestLayoutLosesNothing draws any lines: every row fits its paper, every
// character but spaces is there in its order, and an amount stays whole.
func TestLayoutLosesNothing(t *testing.T) {
	text := rapid.StringOf(rapid.RuneFrom([]rune("ab 1.x港奶茶，。é¥＂𠮷👍-")))
	rapid.Check(t, func(rt *rapid.T) {
		l := receipts.Line{
			Left: text.Draw(rt, "left"),
			Size: rapid.SampledFrom([]receipts.Size{receipts.Normal, receipts.Double, receipts.Small, receipts.Tall}).Draw(rt, "size"),
		}
		if rapid.Bool().Draw(rt, "with an amount") {
			l.Right = payments.Money{Minor: rapid.Int64Range(-9_999_999_999_999_999, 9_999_999_999_999_999).Draw(rt, "amount"), Currency: "HKD"}.String()
		}
		p := rapid.SampledFrom(receipts.Papers()).Draw(rt, "paper")
		p.Wide = rapid.Bool().Draw(rt, "wide")
		rows := receipts.Layout(receipts.Slip{Lines: []receipts.Line{l}}, p)
		var all strings.Builder
		for _, r := range rows {
			if p.Span(r.Text) > p.In(r.Size) {
				rt.Fatalf("row %q has %d columns of %d", r.Text, p.Span(r.Text), p.In(r.Size))
			}
			all.WriteString(r.Text)
		}
		want := l.Left + l.Right
		if p.Wide {
			want = wideSigns.Replace(want)
		}
		if got := strings.ReplaceAll(all.String(), " ", ""); got != strings.ReplaceAll(want, " ", "") {
			rt.Fatalf("%q printed as %q", want, got)
		}
		if l.Right != "" {
			last := rows[len(rows)-1]
			if !strings.HasSuffix(last.Text, l.Right) || p.Span(last.Text) != p.In(last.Size) {
				rt.Fatalf("amount %q in row %q", l.Right, last.Text)
			}
		}
	})
}

func TestCleanLeavesNothingThatIsACommand(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"plain":                          {"Milk tea 2 x", "Milk tea 2 x"},
		"Chinese":                        {"港式奶茶", "港式奶茶"},
		"an escape":                      {"a\x1b@b", "a?@b"},
		"a line feed and a tab":          {"a\nb\tc", "a?b?c"},
		"delete":                         {"a\x7fb", "a?b"},
		"a C1 control":                   {"a\u009bb", "a?b"},
		"bytes that are not UTF-8":       {"a\x90\x1bb", "a??b"},
		"a direction override":           {"a\u202eb", "ab"},
		"a zero-width space":             {"a\u200bb", "ab"},
		"a no-break space":               {"a\u00a0b", "a b"},
		"a line separator":               {"a\u2028b", "a b"},
		"an ideographic space stays":     {"港\u3000茶", "港\u3000茶"},
		"a letter and its accent":        {"e\u0301", "é"},
		"a joiner in Latin":              {"a\u200db\u200cc", "abc"},
		"a joiner in Persian":            {"می\u200cخواهم", "می\u200cخواهم"},
		"a joiner at the end":            {"می\u200c", "می"},
		"a mark after what goes":         {"e\u200b\u0301", "é"},
		"an emoji's variation":           {"☕\ufe0f", "☕"},
		"a replacement character":        {"\ufffd", "?"},
		"half of a surrogate pair":       {"\xed\xa0\x80", "?"},
		"an overlong escape":             {"\xc0\x9b", "?"},
		"Latin letters beyond the plain": {"ß", "ß"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := receipts.Clean(c.text); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestChineseModeCountsAsTheHeadDoes asks for every character of the basic plane
// that GB18030 writes in two bytes, which a head prints two columns wide.
func TestChineseModeCountsAsTheHeadDoes(t *testing.T) {
	chinese := receipts.Paper58
	chinese.Wide = true
	encode := simplifiedchinese.GB18030.NewEncoder()
	two := 0
	for r := rune(0x80); r < 0x10000; r++ {
		if r >= 0xD800 && r < 0xF900 { // surrogates and private use
			continue
		}
		if b, err := encode.Bytes([]byte(string(r))); err == nil && len(b) == 2 {
			two++
			if w := chinese.Width(r); w != 2 {
				t.Errorf("%U %c has %d columns", r, r, w)
			}
		}
	}
	if two < 21_000 {
		t.Errorf("only %d characters", two)
	}
}

// TestColumnsAreUnicodes holds the widths against Unicode's own table, character
// by character.
func TestColumnsAreUnicodes(t *testing.T) {
	for r := rune(0x20); r < 0x20000; r++ {
		if !utf8.ValidRune(r) || unicode.In(r, unicode.C, unicode.Z) {
			continue
		}
		want := 1
		switch kind := width.LookupRune(r).Kind(); {
		case unicode.In(r, unicode.Mn, unicode.Me) || r >= 0x1160 && r <= 0x11FF || r >= 0xD7B0 && r <= 0xD7FF:
			want = 0
		case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
			want = 2
		}
		if got := receipts.Paper58.Width(r); got != want {
			t.Errorf("%U %c has %d columns, want %d", r, r, got, want)
		}
		if s := string(r); norm.NFC.IsNormalString(s) && receipts.Clean(s) != s && r != 0xFFFD {
			if !unicode.In(r, unicode.Variation_Selector) {
				t.Errorf("%U became %q", r, receipts.Clean(s))
			}
		}
	}
}

// TestABarcodeThatStaysCanBeDrawn draws texts on papers: what Layout leaves as
// bars has room.
func TestABarcodeThatStaysCanBeDrawn(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := aPaper(rt)
		line := receipts.Line{Kind: receipts.Barcode, Payload: rapid.StringMatching(`[0-9A-Za-z -]{0,3}[0-9]{0,9}([A-Z-]{0,2}[0-9]{1,7}){0,3}[ -~]`).Draw(rt, "text")}
		rows := receipts.Layout(receipts.Slip{Lines: []receipts.Line{line}}, p)
		if len(rows) != 1 || rows[0].Kind != receipts.Barcode {
			return
		}
		modules, err := raster.BarcodeModules(line.Payload)
		if err != nil || raster.BarcodeDots(modules, p) == 0 {
			rt.Fatalf("%d modules on %d dots, %v", modules, p.Dots, err)
		}
	})
}

func TestABarcodeWithoutRoomIsAQRCode(t *testing.T) {
	narrow, err := receipts.PaperOf(0, 200, 16)
	if err != nil {
		t.Fatal(err)
	}
	const code = "90326516717727517370"
	for name, c := range map[string]struct {
		paper receipts.Paper
		lines []receipts.Line
		want  []receipts.Kind
	}{
		"room for 20 digits":         {receipts.Paper58, []receipts.Line{{Kind: receipts.Barcode, Payload: code}}, []receipts.Kind{receipts.Barcode}},
		"room for a shop's number":   {receipts.Paper58, []receipts.Line{{Kind: receipts.Barcode, Payload: "T2-261121-0017"}}, []receipts.Kind{receipts.Barcode}},
		"no room":                    {narrow, []receipts.Line{{Kind: receipts.Barcode, Payload: code}}, []receipts.Kind{receipts.QR}},
		"no room, but there already": {narrow, []receipts.Line{{Kind: receipts.QR, Payload: code}, {Kind: receipts.Barcode, Payload: code}}, []receipts.Kind{receipts.QR}},
		"another code before":        {narrow, []receipts.Line{{Kind: receipts.QR, Payload: "1"}, {Kind: receipts.Barcode, Payload: code}}, []receipts.Kind{receipts.QR, receipts.QR}},
		"20 letters":                 {receipts.Paper58, []receipts.Line{{Kind: receipts.Barcode, Payload: "abcdefghijklmnopqrst"}}, []receipts.Kind{receipts.QR}},
		"letters on wider paper":     {receipts.Paper80, []receipts.Line{{Kind: receipts.Barcode, Payload: "abcdefghijklmnopqrst"}}, []receipts.Kind{receipts.Barcode}},
		"what bars can't say":        {receipts.Paper80, []receipts.Line{{Kind: receipts.Barcode, Payload: "茶"}}, []receipts.Kind{receipts.QR}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []receipts.Kind
			for _, r := range receipts.Layout(receipts.Slip{Lines: c.lines}, c.paper) {
				got = append(got, r.Kind)
				if r.Payload == "" || r.Align != receipts.Centre {
					t.Errorf("row %+v", r)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
