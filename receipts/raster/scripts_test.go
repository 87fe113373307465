package raster_test

import (
	"bytes"
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"ringup/receipts"
	"ringup/receipts/raster"
)

var update = flag.Bool("update", false, "write the golden pictures anew")

// manyScripts is a slip with a line in each of the languages that can be drawn.
func manyScripts() receipts.Slip {
	item := func(name, amount string) receipts.Line { return receipts.Line{Left: name, Right: amount} }
	return receipts.Slip{Lines: []receipts.Line{
		{Left: "ร้านน้ำชาฮาร์เบอร์", Align: receipts.Centre, Bold: true, Size: receipts.Double},
		{Left: "하버 티 하우스", Align: receipts.Centre, Bold: true, Size: receipts.Double},
		{Left: "مقهى الميناء", Align: receipts.Centre, Bold: true, Size: receipts.Double},
		{Left: "बंदरगाह चाय", Align: receipts.Centre, Bold: true, Size: receipts.Double},
		{Kind: receipts.Rule},
		item("English: Milk tea", "18.00"),
		item("Français : crème brûlée", "7,50"),
		item("Ελληνικά: καφές", "3.20"),
		item("Русский: чай с молоком", "120.00"),
		item("Tiếng Việt: phở bò", "45.000"),
		item("简体：港式奶茶", "18.00"),
		item("繁體：鴛鴦、菠蘿包", "19.50"),
		item("日本語：抹茶ラテ", "550"),
		item("한국어: 녹차 라떼 떡볶이", "4,500"),
		item("ไทย: ชานมไข่มุก น้ำปั่น", "฿45.00"),
		item("ไทย: ก๋วยเตี๋ยวต้มยำกุ้ง ที่", "฿60.00"),
		item("ลาว: ເຂົ້າປຽກ ນ້ຳ", "25.00"),
		item("العربية: شاي بالنعناع", "12.50"),
		item("شاي بالنعناع (كبير) 2", "12.50"),
		item("فارسی: چای زعفرانی", "9.00"),
		item("اردو: دودھ پتی چائے", "9.00"),
		item("עברית: תה עם חלב", "14.90"),
		item("קפה הפוך (גדול) 2", "14.90"),
		item("हिन्दी: मसाला चाय, रोटी", "₹30.00"),
		item("नेपाली: दूध चिया क्षत्रिय र्‍", "25.00"),
		item("Ame\u0301lie q\u0307x\u0323\u0302 z\u0335", "1.00"),
		{Kind: receipts.Rule},
		{Left: "ชาเย็น", Right: "฿45.00", Bold: true},
		{Left: "شاي", Right: "12.50", Bold: true},
		{Left: "תה", Right: "12.50", Bold: true},
		{Left: "चाय", Right: "₹30.00", Bold: true},
		{Left: "녹차", Right: "4,500", Bold: true},
		{Left: "รวม", Right: "฿45.00", Bold: true, Size: receipts.Double},
		{Left: "รวมทั้งสิ้น", Right: "฿45.00", Bold: true, Size: receipts.Tall},
		{Left: "कुल राशि", Right: "₹30.00", Size: receipts.Tall},
		{Left: "ขอบคุณที่ใช้บริการ ปู่ญู่ป่ฎุ", Align: receipts.Centre, Size: receipts.Small},
		{Left: "شكرا لزيارتكم", Align: receipts.Centre, Size: receipts.Small},
		{Left: "धन्यवाद", Align: receipts.Centre, Size: receipts.Small},
		{Left: "감사합니다", Align: receipts.Centre, Size: receipts.Small},
		{Left: "תודה רבה", Align: receipts.Centre, Size: receipts.Small},
		{Kind: receipts.Barcode, Payload: "90326516717000000000"},
	}}
}

func TestScriptsLookAsApproved(t *testing.T) {
	for _, p := range []receipts.Paper{receipts.Paper58, receipts.Paper80} {
		t.Run(p.Name, func(t *testing.T) {
			got, err := raster.PNG(manyScripts(), p)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", "scripts-"+p.Name+".png")
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Error("drawn otherwise than approved; look at it, then run go test -update")
			}
			if _, err := png.Decode(bytes.NewReader(got)); err != nil {
				t.Error(err)
			}
		})
	}
}

// dots is one row of text as drawn.
func dots(t testing.TB, text string) *raster.Bitmap {
	t.Helper()
	b, err := raster.DrawRow(receipts.Row{Text: text}, receipts.Paper58)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// inkIn counts the black dots of a part of a picture.
func inkIn(b *raster.Bitmap, x0, y0, x1, y1 int) (n int) {
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			if b.Black(x, y) {
				n++
			}
		}
	}
	return n
}

func TestThaiMarksStandAboveTheirLetters(t *testing.T) {
	plain, _ := ink(t, receipts.Row{Text: "ก"}, receipts.Paper58)
	for _, c := range []struct {
		text    string
		columns int
	}{{"ก่", 1}, {"กี่", 1}, {"ปู่", 1}, {"น้ำ", 2}} {
		box, _ := ink(t, receipts.Row{Text: c.text}, receipts.Paper58)
		if box.Max.X > 12*c.columns || box.Min.Y >= plain.Min.Y-3 || box.Min.Y < 0 {
			t.Errorf("%s: ink in %v, without marks in %v", c.text, box, plain)
		}
	}
	// The tone mark goes on top of the vowel above the letter.
	vowel, _ := ink(t, receipts.Row{Text: "กี"}, receipts.Paper58)
	both, _ := ink(t, receipts.Row{Text: "กี่"}, receipts.Paper58)
	if both.Min.Y >= vowel.Min.Y {
		t.Errorf("tone mark from %d, vowel from %d", both.Min.Y, vowel.Min.Y)
	}
	// SARA AM is a ring above the letter before it and a vowel after it: the
	// letter has ink above it that it has not by itself.
	am, alone := dots(t, "นำ"), dots(t, "นา")
	if got, without := inkIn(am, 0, 0, 12, plain.Min.Y-1), inkIn(alone, 0, 0, 12, plain.Min.Y-1); without != 0 || got < 4 {
		t.Errorf("%d dots above the letter with sara am, %d with sara aa", got, without)
	}
}

// TestMarksAreNotCut looks for ink in a row's first and last dots beyond what
// the tallest stacks may have there.
func TestMarksAreNotCut(t *testing.T) {
	for _, text := range []string{"ปู่ญู่ฟ้ำที่ชื้น", "ນ້ຳເຂົ້າ", "मुंबई कुर्सियाँ", "الإيميل إِيِّ", "שָׁלוֹם"} {
		for _, size := range []receipts.Size{receipts.Normal, receipts.Double, receipts.Small, receipts.Tall} {
			b, err := raster.DrawRow(receipts.Row{Text: text, Size: size}, receipts.Paper80)
			if err != nil {
				t.Fatal(err)
			}
			for _, y := range []int{0, b.Height - 1} {
				if n := inkIn(b, 0, y, b.Width, y+1); n > 30 {
					t.Errorf("%s in size %d: %d dots in row %d of %d", text, size, n, y, b.Height)
				}
			}
		}
	}
}

func TestArabicIsJoinedAndRunsFromTheRight(t *testing.T) {
	// Joined letters have ink in every column between them; letters that don't
	// join leave white.
	gaps := func(text string) (n int) {
		box, _ := ink(t, receipts.Row{Text: text}, receipts.Paper58)
		b := dots(t, text)
		for x := box.Min.X; x < box.Max.X; x++ {
			if inkIn(b, x, 0, x+1, b.Height) == 0 {
				n++
			}
		}
		return n
	}
	if n := gaps("بيت"); n != 0 {
		t.Errorf("%d white columns in a word of joined letters", n)
	}
	if n := gaps("دار"); n == 0 {
		t.Error("letters that don't join are joined")
	}
	// Lam is high and meem is not: the word's first letter is at the right.
	box, _ := ink(t, receipts.Row{Text: "لم"}, receipts.Paper58)
	b := dots(t, "لم")
	middle := (box.Min.X + box.Max.X) / 2
	if left, right := inkIn(b, box.Min.X, 0, middle, 14), inkIn(b, middle, 0, box.Max.X, 14); right <= left {
		t.Errorf("%d high dots at the left, %d at the right", left, right)
	}
}

func TestHebrewRunsFromTheRight(t *testing.T) {
	// Lamed rises above all other letters, yod is the smallest.
	for text, atRight := range map[string]bool{"לי": true, "יל": false} {
		box, _ := ink(t, receipts.Row{Text: text}, receipts.Paper58)
		b := dots(t, text)
		middle := (box.Min.X + box.Max.X) / 2
		left, right := inkIn(b, 0, 0, middle, b.Height), inkIn(b, middle, 0, b.Width, b.Height)
		if (right > left) != atRight {
			t.Errorf("%s: %d dots at the left, %d at the right", text, left, right)
		}
	}
}

func TestHangulIsDrawn(t *testing.T) {
	seen := map[string]rune{}
	for _, r := range "가나다한글녹차뷁힣" {
		b := dots(t, string(r))
		if other, ok := seen[string(b.Pix)]; ok {
			t.Errorf("%c looks as %c", r, other)
		}
		seen[string(b.Pix)] = r
		if n := inkIn(b, 0, 0, 24, b.Height); n < 40 {
			t.Errorf("%c has %d dots", r, n)
		}
	}
}

func TestDevanagariIsShaped(t *testing.T) {
	// The vowel sign i is written after its letter and stands before it.
	if bytes.Equal(dots(t, "कि").Pix, dots(t, "की").Pix) {
		t.Error("short and long i look the same")
	}
	// A conjunct is narrower than its two letters, which have two columns.
	joined, _ := ink(t, receipts.Row{Text: "न्य"}, receipts.Paper58)
	apart, _ := ink(t, receipts.Row{Text: "नय"}, receipts.Paper58)
	if joined.Dx() >= apart.Dx() {
		t.Errorf("conjunct %d dots wide, letters %d", joined.Dx(), apart.Dx())
	}
}

// TestAmountsStayAtTheirEdge: whatever the words at the left are, the amount's
// dots are the same.
func TestAmountsStayAtTheirEdge(t *testing.T) {
	for _, p := range receipts.Papers() {
		edge := func(name string, size receipts.Size, bold bool) []byte {
			b, err := raster.Draw(receipts.Slip{Lines: []receipts.Line{{Left: name, Right: "1,234.50", Size: size, Bold: bold}}}, p)
			if err != nil {
				t.Fatal(err)
			}
			var pix []byte
			for y := range b.Height {
				pix = append(pix, b.Pix[y*b.Stride()+b.Stride()*3/4:(y+1)*b.Stride()]...)
			}
			return pix
		}
		for _, name := range []string{"น้ำ", "شاي 2", "תה (2)", "चाय", "녹차", "q\u0307"} {
			for _, size := range []receipts.Size{receipts.Normal, receipts.Small, receipts.Tall} {
				for _, bold := range []bool{false, true} {
					if !bytes.Equal(edge(name, size, bold), edge("tea", size, bold)) {
						t.Errorf("%s: the amount beside %s, size %d, bold %v, is not where it should be", p.Name, name, size, bold)
					}
				}
			}
		}
	}
}

// FuzzDrawRows draws any text in any size on any paper: it never panics, and
// what is right of a text's columns stays white.
func FuzzDrawRows(f *testing.F) {
	for _, l := range manyScripts().Lines {
		f.Add(l.Left, uint8(l.Size), false, uint8(0), uint8(3))
	}
	f.Add("a\u0301\u0301\u0301שלום 12% (x) ٢٥ \u0e48\u200d", uint8(0), true, uint8(1), uint8(2))
	f.Add("ب\u2029ب\x1c\xff", uint8(2), true, uint8(2), uint8(9))
	f.Fuzz(func(t *testing.T, text string, size uint8, bold bool, align, paper uint8) {
		if len(text) > 300 {
			t.Skip("longer than any row")
		}
		p := receipts.Paper{Name: "x", Millimetres: 60, Dots: 8 * (24 + int(paper)%60), Cell: []int{0, 12, 9}[paper%3]}
		p.Columns = p.Dots / p.CellWidth(receipts.Normal)
		r := receipts.Row{Text: text, Size: receipts.Size(size % 4), Bold: bold, Align: receipts.Align(align % 3), Right: int(align) % 5}
		b, err := raster.DrawRow(r, p)
		if err != nil {
			t.Fatal(err)
		}
		if r.Align != receipts.Left {
			return
		}
		cell := p.CellWidth(r.Size)
		end := (b.Width-p.In(r.Size)*cell)/2 + p.Span(text)*cell
		if end < b.Width && inkIn(b, end, 0, b.Width, b.Height) > 0 {
			t.Errorf("%q: ink beyond dot %d", text, end)
		}
	})
}

// TestMarksPileUp: each mark stands clear above the one before it, and a pile
// that is higher than its row is drawn lower, not cut.
func TestMarksPileUp(t *testing.T) {
	bands := func(text string) (n int) {
		b, err := raster.DrawRow(receipts.Row{Text: text, Size: receipts.Double}, receipts.Paper58)
		if err != nil {
			t.Fatal(err)
		}
		for y := range b.Height {
			if inkIn(b, 0, y, b.Width, y+1) > 0 && inkIn(b, 0, y-1, b.Width, y) == 0 {
				n++
			}
		}
		return n
	}
	for text, want := range map[string]int{
		"q": 1, "q\u0307": 2, "q\u0307\u0307": 3, "q\u0307\u0307\u0307": 4, "q\u0307\u0307\u0307\u0307": 5, "q\u0323": 1,
	} {
		if n := bands(text); n != want && want > 1 {
			t.Errorf("%q has %d parts above one another, want %d", text, n, want)
		}
	}
}
