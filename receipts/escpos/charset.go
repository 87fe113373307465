package escpos

import (
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"ringup/receipts"
)

// charset is how a head is brought to a set of characters, and which of its
// bytes are which.
type charset struct {
	mode TextMode
	// wide is a set with characters of two bytes, which are two columns wide.
	wide bool
	// begin are the commands that choose it, after ESC @.
	begin []byte
	codes func() *codes
}

// codes are the bytes of the characters of Unicode's first plane: one byte, or
// two with the first in the upper half, 0 for what the set lacks. No byte is
// below 0x20 and none is 0x7F, so no text can become a command. ASCII isn't in
// it, it is itself everywhere.
type codes [1 << 16]uint16

// kanji brings a head to its two-byte characters, without space between them so
// that one is two columns.
var kanji = []byte{fs, '&', fs, 'S', 0, 0}

// charsets are all there are, in the order of Modes.
var charsets = []charset{
	{TextGB18030, true, kanji, twoBytes(simplifiedchinese.GB18030, inGBK)},
	{TextGB2312, true, kanji, twoBytes(simplifiedchinese.GB18030, inGB2312)},
	{TextBig5, true, kanji, twoBytes(traditionalchinese.Big5, inBig5)},
	// FS C 1 is Shift-JIS on Japanese heads. FS & counts only for the JIS codes
	// there (HPRT PPTII-A), but some clones ask for it in both. Table 1 has the
	// half-width katakana, of one byte.
	{TextShiftJIS, true, append([]byte{esc, 't', 1, fs, 'C', 1}, kanji...), twoBytes(japanese.ShiftJIS, inShiftJIS)},
	{TextKorean, true, kanji, twoBytes(korean.EUCKR, inKorean)},
	page(TextCP437, 0, charmap.CodePage437),
	page(TextKatakana, 1, katakana{}),
	page(TextCP850, 2, charmap.CodePage850),
	page(TextCP860, 3, charmap.CodePage860),
	page(TextCP863, 4, charmap.CodePage863),
	page(TextCP865, 5, charmap.CodePage865),
	page(TextCP1252, 16, charmap.Windows1252),
	page(TextCP866, 17, charmap.CodePage866),
	page(TextCP852, 18, charmap.CodePage852),
	page(TextCP858, 19, charmap.CodePage858),
	page(TextCP857, 13, table(cp857)),
	page(TextCP737, 14, table(cp737)),
	page(TextCP855, 34, charmap.CodePage855),
	page(TextCP1250, 45, charmap.Windows1250),
	page(TextCP1251, 46, charmap.Windows1251),
	page(TextCP1253, 47, charmap.Windows1253),
	page(TextCP1254, 48, charmap.Windows1254),
	{TextASCII, false, nil, sync.OnceValue(func() *codes { return new(codes) })},
}

// find is the charset of a mode; nil for TextRaster and what doesn't exist.
func find(mode TextMode) *charset {
	for i := range charsets {
		if charsets[i].mode == mode {
			return &charsets[i]
		}
	}
	return nil
}

// append adds a text that receipts.Clean has seen in the set's bytes. It
// reports false when a character is missing, or is of two bytes where only
// narrow ones may stand; what it appended then is to be thrown away.
func (c *codes) append(to []byte, text string, narrow bool) ([]byte, bool) {
	for i := 0; i < len(text); {
		if b := text[i]; b < utf8.RuneSelf {
			if b < 0x20 || b == 0x7F {
				return to, false
			}
			to = append(to, b)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if r >= rune(len(c)) {
			return to, false
		}
		switch code := c[r]; {
		case code == 0, code > 0xFF && narrow:
			return to, false
		case code > 0xFF:
			to = append(to, byte(code>>8), byte(code))
		default:
			to = append(to, byte(code))
		}
		i += n
	}
	return to, true
}

// twoBytes is the part of an encoding that a head has: what has tells of two
// bytes, and single bytes above ASCII. Encodings have more than heads, such as
// the characters of four bytes of GB18030, of which a head prints two wrong
// ones, and those of private use, of which each head has its own.
func twoBytes(e encoding.Encoding, has func(lead, trail byte) bool) func() *codes {
	return sync.OnceValue(func() *codes {
		c, to, sheet := new(codes), e.NewEncoder(), receipts.Paper{Wide: true}
		var in [utf8.UTFMax]byte
		var out [8]byte
		for r := rune(0xA0); r < rune(len(c)); r++ {
			if r >= 0xD800 && r < 0xF900 { // surrogates and private use
				continue
			}
			to.Reset()
			n, _, err := to.Transform(out[:], utf8.AppendRune(in[:0], r), true)
			// Where a character has other columns than bytes, head and
			// layout would disagree.
			if err != nil || n != sheet.Width(r) {
				continue
			}
			switch {
			case n == 1 && out[0] >= 0xA0:
				c[r] = uint16(out[0])
			case n == 2 && has(out[0], out[1]):
				c[r] = uint16(out[0])<<8 | uint16(out[1])
			}
		}
		return c
	})
}

// inGBK reports whether two bytes are a two-byte character; with a digit for
// its second byte it would be half of a four-byte one.
func inGBK(lead, trail byte) bool { return lead > 0x80 && trail >= 0x40 && trail != 0x7F }

// inGB2312 leaves out the rows that have gaps and are no writing: signs, Greek
// and Cyrillic go as dots then.
func inGB2312(lead, trail byte) bool {
	switch {
	case trail < 0xA1:
		return false
	case lead == 0xA1, lead == 0xA3: // punctuation, full-width forms
		return true
	case lead == 0xD7: // the last of the common characters
		return trail <= 0xF9
	}
	return lead >= 0xB0 && lead <= 0xF7
}

// inBig5 is Big5 as it was first: signs, the common characters, the less common
// ones; not what ETEN and others added.
func inBig5(lead, trail byte) bool {
	switch {
	case trail < 0x40, trail == 0x7F:
		return false
	case lead == 0xA3:
		return trail <= 0xBF
	case lead == 0xC6:
		return trail <= 0x7E
	case lead == 0xF9:
		return trail <= 0xD5
	}
	return lead >= 0xA1 && lead <= 0xC5 || lead >= 0xC9 && lead <= 0xF8
}

// inShiftJIS is JIS X 0208; what NEC and IBM added is not in all heads.
func inShiftJIS(lead, trail byte) bool {
	switch {
	case trail < 0x40, trail == 0x7F:
		return false
	case lead == 0x98: // the first level ends in this row and the second begins
		return trail <= 0x72 || trail >= 0x9F
	case lead == 0x88:
		return trail >= 0x9F
	case lead == 0xEA:
		return trail <= 0xA4
	}
	return lead >= 0x81 && lead <= 0x84 || lead >= 0x89 && lead <= 0x9F || lead >= 0xE0 && lead <= 0xE9
}

// inKorean is KS X 1001 without its rows of signs and foreign letters.
func inKorean(lead, trail byte) bool {
	return trail >= 0xA1 && (lead == 0xA1 || lead == 0xA3 || lead >= 0xB0 && lead <= 0xC8 || lead >= 0xCA && lead <= 0xFD)
}

// decoder says which character a byte is.
type decoder interface{ DecodeByte(b byte) rune }

// page is a code page: a set of 256 characters of which the first half is
// ASCII, chosen by its number with ESC t after the two-byte characters were
// switched off.
func page(mode TextMode, number byte, half decoder) charset {
	return charset{mode, false, []byte{fs, '.', esc, 't', number}, sync.OnceValue(func() *codes {
		c := new(codes)
		for b := 0x80; b <= 0xFF; b++ {
			r := half.DecodeByte(byte(b))
			if r >= 0xA0 && r != utf8.RuneError && c[r] == 0 && (receipts.Paper{}).Width(r) == 1 {
				c[r] = uint16(b)
			}
		}
		return c
	})}
}

// katakana is Epson's table 1 as far as every maker has it: the half-width
// katakana where JIS X 0201 has them.
type katakana struct{}

func (katakana) DecodeByte(b byte) rune {
	if b >= 0xA1 && b <= 0xDF {
		return 0xFF61 + rune(b-0xA1)
	}
	return utf8.RuneError
}

// table is the upper half of a code page, byte by byte.
type table string

func (t table) DecodeByte(b byte) rune { return []rune(t)[b-0x80] }

// The code pages that golang.org/x/text lacks, by the tables that Unicode
// publishes (VENDORS/MICSFT/PC).
const (
	cp737 = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθ" + "ικλμνξοπρσςτυφχψ░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
		"└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀" + "ωάέήϊίόύϋώΆΈΉΊΌΎΏ±≥≤ΪΫ÷≈°∙·√ⁿ²■\u00A0"
	cp857 = "ÇüéâäàåçêëèïîıÄÅÉæÆôöòûùİÖÜø£ØŞş" + "áíóúñÑĞğ¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐" +
		"└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ºªÊËÈ\uFFFDÍÎÏ┘┌█▄¦Ì▀" + "ÓßÔÒõÕµ\uFFFD×ÚÛÙìÿ¯´\u00AD±\uFFFD¾¶§÷¸°¨·¹³²■\u00A0"
)
