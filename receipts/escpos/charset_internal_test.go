package escpos

import (
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"ringup/receipts"
)

// TestEveryCharacterIsPrintableBytes goes through all that every set has: no
// byte could be a command, every character is as many columns as bytes, and
// read backwards it is itself again.
func TestEveryCharacterIsPrintableBytes(t *testing.T) {
	back := map[TextMode]encoding.Encoding{
		TextGB18030: simplifiedchinese.GBK, TextGB2312: simplifiedchinese.HZGB2312,
		TextBig5: traditionalchinese.Big5, TextShiftJIS: japanese.ShiftJIS, TextKorean: korean.EUCKR,
	}
	for _, set := range charsets {
		t.Run(string(set.mode), func(t *testing.T) {
			sheet := Profile{Paper: receipts.Paper58, Text: set.mode}.Sheet()
			if sheet.Wide != set.wide {
				t.Error("counts its columns as others do")
			}
			one, two := 0, 0
			for r, code := range set.codes() {
				if code == 0 {
					continue
				}
				b := []byte{byte(code)}
				if code > 0xFF {
					b = []byte{byte(code >> 8), byte(code)}
					two++
				} else {
					one++
				}
				if b[0] < 0x80 || len(b) == 2 && (b[1] < 0x40 || b[1] == 0x7F) || len(b) == 2 && !set.wide {
					t.Fatalf("%U is % X", r, b)
				}
				if n := sheet.Width(rune(r)); n != len(b) {
					t.Fatalf("%U has %d columns and is % X", r, n, b)
				}
				e := back[set.mode]
				if e == nil {
					continue
				}
				if set.mode == TextGB2312 { // which has no decoder but that of its mail form, of seven bits
					b = []byte{'~', '{', b[0] & 0x7F, b[1] & 0x7F, '~', '}'}
				}
				if s, err := e.NewDecoder().Bytes(b); err != nil || string(s) != string(rune(r)) {
					t.Fatalf("%U is % X, which reads %q, %v", r, b, s, err)
				}
			}
			t.Logf("%d of one byte, %d of two", one, two)
			// How many there are, by the standards: GBK has 21,886, less those
			// that Unicode has twice or not; GB 2312 6,763 and the signs of two
			// rows; Big5 13,053 and 408 signs; JIS X 0208 6,879 and 63 katakana;
			// KS X 1001 2,350 and 4,888 and the signs of two rows.
			most := map[TextMode][2]int{
				TextGB18030: {0, 21_886}, TextGB2312: {0, 6_763 + 94 + 94}, TextBig5: {0, 13_053 + 408},
				TextShiftJIS: {63, 6_879}, TextKorean: {0, 2_350 + 4_888 + 94 + 94}, TextASCII: {0, 0}, TextKatakana: {63, 0},
			}
			if want, ok := most[set.mode]; ok {
				if one != want[0] || two > want[1] || two < want[1]*99/100 {
					t.Errorf("%d of one byte and %d of two, the standard has %d and %d", one, two, want[0], want[1])
				}
			} else if one < 75 || two > 0 {
				t.Errorf("%d of one byte and %d of two in a code page", one, two)
			}
		})
	}
}
