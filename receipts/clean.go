package receipts

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Clean makes a text from outside (a product's name, a wallet's words) safe and
// printable. Every control character (below 0x20, 0x7F, and 0x80 to 0x9F) and
// every byte that is not UTF-8 becomes "?", so that no text can become a
// printer's command; other spaces become a plain one; invisible characters,
// which could turn a line's direction around, go. Two of them stay where they
// decide how two letters are written (Persian, Hindi): U+200C and U+200D. What
// is left is composed (NFC), so that an accent is part of its letter where such
// a letter exists.
func Clean(s string) string {
	if isPlain(s) {
		return s
	}
	s = strings.ToValidUTF8(s, "?")
	var b strings.Builder
	var before rune
	for i, r := range s {
		switch {
		case r == unicode.ReplacementChar, unicode.IsControl(r):
			r = '?'
		case isJoiner(r):
			after, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
			if !joins(before) || !joins(after) {
				continue
			}
		case r == 0x3000: // the ideographic space is two columns wide
		case unicode.In(r, unicode.Z):
			r = ' '
		case unicode.In(r, unicode.Cf, unicode.Variation_Selector):
			continue
		}
		b.WriteRune(r)
		before = r
	}
	return norm.NFC.String(b.String())
}

func isJoiner(r rune) bool { return r == 0x200C || r == 0x200D }

// joins reports whether a character is of a script in which a joiner between
// two letters changes how they are written: Arabic, Syriac, and those of India
// and Sri Lanka.
func joins(r rune) bool {
	return (r >= 0x0600 && r <= 0x07BF || r >= 0x0900 && r <= 0x0DFF) && unicode.In(r, unicode.L, unicode.M)
}

// isPlain reports whether a text is all ASCII and common East Asian characters,
// as nearly every line is: there is nothing to clean then.
func isPlain(s string) bool {
	for _, r := range s {
		if !(r >= 0x20 && r < 0x7F || isWide(r)) {
			return false
		}
	}
	return true
}

// isWide are the common characters that are two columns wide and never change
// when they are composed: the unified ideographs of Unicode's basic block, kana,
// Hangul syllables, punctuation, full-width forms.
func isWide(r rune) bool {
	switch {
	case r < 0x3001:
		return false
	case r <= 0x3029, r >= 0x3041 && r <= 0x3096, r >= 0x309B && r <= 0x30FF:
		return true
	case r >= 0x4E00 && r <= 0x9FFF, r >= 0xAC00 && r <= 0xD7A3:
		return true
	}
	return r >= 0xFF01 && r <= 0xFF5E
}

// isMark are the characters that take no column of their own.
func isMark(r rune) bool {
	return r >= 0x300 && (unicode.In(r, unicode.Mn, unicode.Me) || isJoiner(r))
}
