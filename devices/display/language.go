package display

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// language is a set of commands. Lines are Columns bytes of its own character
// set, and hold no control characters.
type language interface {
	// setUp comes once, before the first text: the display may be in any state,
	// even in the middle of a command.
	setUp() string
	show(top, bottom string) string
	clear() string
	// transcribe is a text as this display can write it.
	transcribe(text string) string
}

// epson is ESC/POS for displays (Epson DM-D110, specification, section 5).
type epson struct{}

// setUp begins with the command whose loss doesn't matter, since one that was
// begun may swallow it: US MD1, then ESC @, initialise.
func (epson) setUp() string { return "\x1f\x01" + "\x1b@" }

// show sets all that another program or a change of power may have changed, and
// overwrites both lines in their places:
//
//	US MD1      1F 01         overwrite, don't scroll
//	ESC t 0     1B 74 00      page 0, PC437
//	ESC R 0     1B 52 00      international set 0, USA: ASCII as it is
//	US C 0      1F 43 00      no cursor
//	US $ x y    1F 24 x y     move the cursor there; both count from 1
func (epson) show(top, bottom string) string {
	return "\x1f\x01" + "\x1bt\x00" + "\x1bR\x00" + "\x1fC\x00" +
		"\x1f$\x01\x01" + top + "\x1f$\x01\x02" + bottom
}

// clear is CLR, 0C.
func (epson) clear() string { return "\x0c" }

func (epson) transcribe(text string) string {
	return transcribe(text, func(r rune) (byte, bool) { return charmap.CodePage437.EncodeRune(r) })
}

// cd5220 is the set of the CD5220 display (Partner Tech, user's manual, section
// 6.1). It has no command for PC437, so its text is ASCII.
type cd5220 struct{}

// setUp ends a text that was begun (CR), leaves the mode that takes texts only
// (CLR, 0C) and initialises (ESC @).
func (cd5220) setUp() string { return "\r\x0c\x1b@" }

// show is ESC Q A text CR (1B 51 41 … 0D) for the upper line and ESC Q B for the
// lower.
func (cd5220) show(top, bottom string) string {
	return "\x1bQA" + top + "\r" + "\x1bQB" + bottom + "\r"
}

// clear is CLR, 0C.
func (cd5220) clear() string { return "\x0c" }

func (cd5220) transcribe(text string) string {
	return transcribe(text, func(r rune) (byte, bool) { return byte(r), r < unicode.MaxASCII })
}

// spelled is what has no other form that a display can write.
var spelled = map[rune]string{
	'€': "EUR", '£': "GBP", '₩': "KRW", '฿': "THB", '₫': "VND", '₱': "PHP", '₹': "INR", '₽': "RUB",
	'₺': "TRY", '₴': "UAH", '₪': "ILS", '₦': "NGN", '₸': "KZT", '₮': "MNT", '₭': "LAK", '៛': "KHR",
	'৳': "BDT", '₼': "AZN", '₾': "GEL", '₵': "GHS", '₡': "CRC", '₲': "PYG", '¢': "c", '¥': "Y", 'ƒ': "f",
	'Æ': "AE", 'æ': "ae", 'Œ': "OE", 'œ': "oe", 'Ø': "O", 'ø': "o", 'ß': "ss", 'ẞ': "SS", 'Ł': "L", 'ł': "l",
	'Đ': "D", 'đ': "d", 'Ð': "D", 'ð': "d", 'Þ': "Th", 'þ': "th", 'ı': "i", 'Ħ': "H", 'ħ': "h",
	'‘': "'", '’': "'", '‚': "'", '“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`, '‹': "'", '›': "'",
	'‐': "-", '‑': "-", '–': "-", '—': "-", '−': "-", '×': "x", '÷': "/", '•': "*", '·': "*", '¿': "?", '¡': "!",
	'。': ".", '、': ",", '「': `"`, '」': `"`,
}

// transcribe writes a text with the characters that encode knows, on one line of
// at most Columns: what it doesn't know is written without its accents, in its
// plain form, or as it is spelled above; what has none of these is left out.
// Whatever encode says, no control character passes.
func transcribe(text string, encode func(rune) (byte, bool)) string {
	var line []byte
	write := func(r rune) bool {
		b, ok := encode(r)
		if !ok || b < ' ' || b == 0x7f {
			return false
		}
		line = append(line, b)
		return true
	}
	var put func(r rune, plain bool)
	put = func(r rune, plain bool) {
		switch {
		case unicode.IsSpace(r):
			line = append(line, ' ')
		case write(r):
		case spelled[r] != "":
			for _, s := range spelled[r] {
				write(s)
			}
		case !plain:
			for _, s := range norm.NFKD.String(string(r)) {
				put(s, true)
			}
		}
	}
	// Composed first: what the display has with its accent stays whole.
	for _, r := range norm.NFC.String(strings.ToValidUTF8(text, "")) {
		if len(line) >= 8*Columns {
			break
		}
		put(r, false)
	}
	// What was left out leaves no hole.
	whole := strings.Join(strings.FieldsFunc(string(line), func(r rune) bool { return r == ' ' }), " ")
	return strings.TrimRight(whole[:min(len(whole), Columns)], " ")
}
