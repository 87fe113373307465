package export

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// harmless is a text that no spreadsheet runs as a formula (CWE-1236; OWASP
// ASVS 1.2.10): one that begins with = + - @ (also in full width or another
// form, and after spaces) or with a control character gets an apostrophe in
// front. So does what follows a semicolon in it: where the comma is the decimal
// point, Excel takes a CSV apart at semicolons. Control characters, which could
// break a row, become spaces.
func harmless(text string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	pieces := strings.Split(clean, ";")
	first, _ := utf8.DecodeRuneInString(text)
	for i, piece := range pieces {
		if i == 0 && unicode.IsControl(first) || begins(piece, i > 0) {
			pieces[i] = "'" + piece
		}
	}
	return strings.Join(pieces, ";")
}

// begins reports whether a text begins as a formula does; quotes are passed over
// where a spreadsheet would take them for those of a cell.
func begins(text string, quoted bool) bool {
	text = strings.TrimLeftFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || quoted && r == '"' // Cf: marks without width
	})
	visible, _ := utf8.DecodeRuneInString(text)
	return text != "" && strings.ContainsAny(norm.NFKC.String(string(visible)), "=+-@")
}
