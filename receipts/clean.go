package receipts

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Clean makes a text from outside (a product's name, a wallet's words) safe and
// printable. Every control character (below 0x20, 0x7F, and 0x80 to 0x9F) and
// every byte that is not UTF-8 becomes "?", so that no text can become a
// printer's command; other spaces become a plain one; invisible characters,
// which could turn a line's direction around, go. What is left is composed
// (NFC), so that an accent is part of its letter where such a letter exists.
func Clean(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == unicode.ReplacementChar, unicode.IsControl(r):
			return '?'
		case r == 0x3000: // the ideographic space is two columns wide
			return r
		case unicode.In(r, unicode.Z):
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Variation_Selector):
			return -1
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(s, "?")))
}

// isPlain reports whether a text is all ASCII and common Chinese characters, as
// nearly every line is: there is nothing to clean then.
func isPlain(s string) bool {
	for _, r := range s {
		if !(r >= 0x20 && r < 0x7F || isHan(r)) {
			return false
		}
	}
	return true
}

// isHan are the unified ideographs of Unicode's basic block.
func isHan(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF }

func isMark(r rune) bool { return r >= 0x300 && unicode.In(r, unicode.Mn, unicode.Me) }
