package receipts

import (
	"strings"
	"unicode"

	"github.com/go-text/typesetting/segmenter"
	"golang.org/x/text/unicode/bidi"
)

// place is how well a row may end before a character; the better, the larger.
type place uint8

const (
	placeNone     place = iota // inside of what a reader sees as one character
	placeAmount                // inside an amount: only if nothing else is left
	placeAnywhere              // inside a word that is longer than a row
	placeSign                  // between an amount and its currency
	placeSyllable              // between syllables of Thai, Lao or Korean; inside a word in katakana
	placeWord                  // where Unicode's line breaking rules (UAX #14) let a line end
	placePause                 // the same, after a space or the end of a clause
)

// wrap breaks a text into parts of at most room columns; there is at least one.
// Spaces at a break go. A row ends between words, or between Chinese and
// Japanese characters, but best after a space or a clause. The next best place
// counts only if the row would be half empty otherwise; a row ends inside a word
// only if it has no better place, and inside an amount only if it has no other.
func wrap(s string, room int, p Paper) []string {
	if p.Span(s) <= room {
		return []string{s}
	}
	text := []rune(s)
	places := placesIn(text)
	var parts []string
	for from := 0; from < len(text); {
		if len(parts) > 0 && text[from] == ' ' {
			from++
			continue
		}
		// The best place that the row reaches, of the equally good the last.
		var best [placePause + 1]int
		used, end := 0, len(text)
		half := 0 // the last place at which the row is still not half full
		for i := from; i < len(text); i++ {
			if i > from {
				best[places[i]] = i
				if used < room/2 {
					half = i
				}
			}
			w := p.Width(text[i])
			if used+w > room && text[i] != ' ' && i > from {
				end = 0
				break
			}
			used += w
		}
		if end == 0 {
			for next := placePause; next >= placeSyllable && end <= half; next-- {
				end = max(end, best[next])
			}
			for better := placeSign; end == 0; better-- {
				end = best[better]
			}
		}
		parts = append(parts, strings.TrimRight(string(text[from:end]), " "))
		from = end
	}
	if len(parts) == 0 {
		return []string{""}
	}
	return parts
}

// balance wraps a text that stands in the middle: into as many rows, but about
// as long as each other.
func balance(s string, rows, room int, p Paper) []string {
	least := max(p.Span(s)/rows, p.widest(s))
	for narrow := least; narrow < room; narrow++ {
		if parts := wrap(s, narrow, p); len(parts) == rows {
			return parts
		}
	}
	return wrap(s, room, p)
}

// placesIn finds for each character how well a row may end before it.
func placesIn(text []rune) []place {
	places := make([]place, len(text)+1)
	var seg segmenter.Segmenter
	seg.Init(text)
	for g := seg.GraphemeIterator(); g.Next(); {
		places[g.Grapheme().Offset] = placeAnywhere
	}
	for i := 1; i < len(text); i++ {
		if places[i] == placeAnywhere && newSyllable(text[i-1], text[i]) {
			places[i] = placeSyllable
		}
	}
	for l := seg.LineIterator(); l.Next(); {
		at := l.Line().Offset
		switch {
		case at == 0 || places[at] == placeNone || newSyllable(text[at-1], text[at]):
		case strings.ContainsRune(pauses, text[at-1]):
			places[at] = placePause
		default:
			places[at] = placeWord
		}
	}
	for _, a := range amountsIn(text) {
		if a.sign < a.from && a.from > 0 {
			places[a.from] = min(places[a.from], placeSign)
		}
		for i := a.from + 1; i < a.to; i++ {
			places[i] = min(places[i], placeAmount)
		}
		for i := a.to; i <= a.unit && i < len(text); i++ {
			places[i] = min(places[i], placeSign)
		}
	}
	return places
}

// newSyllable reports whether a syllable begins between two characters, as far
// as that can be seen without a dictionary: in Thai and Lao before a vowel that
// is written in front of its consonant, and after the signs that only end a
// syllable or a word; in Korean before each, and between the characters of a
// word in katakana.
func newSyllable(before, after rune) bool {
	switch {
	case leadingVowel(after):
		return !leadingVowel(before) && isThaiOrLao(before)
	case isHangul(before) && isHangul(after), isKatakana(before) && isKatakana(after):
		return true
	}
	if !isThaiOrLao(after) {
		return false
	}
	switch before {
	case 'ะ', 'ำ', 'ๆ', 'ฯ', 'ະ', 'ຳ', 'ໆ', 'ຯ':
		return after != 'ๆ' && after != 'ฯ' && after != 'ໆ' && after != 'ຯ'
	}
	return false
}

func leadingVowel(r rune) bool { return r >= 'เ' && r <= 'ไ' || r >= 'ເ' && r <= 'ໄ' }

func isThaiOrLao(r rune) bool { return r >= 0x0E00 && r <= 0x0EFF }

func isHangul(r rune) bool { return r >= 0xAC00 && r <= 0xD7A3 }

func isKatakana(r rune) bool { return r >= 'ァ' && r <= 'ヿ' }

// pauses are after what a row ends best.
const pauses = " \u3000，。、：；！？）」』】》〉"

// amount is where an amount stands in a text.
type amount struct {
	sign     int // where its currency's sign begins; from without one
	from, to int // the digits and what stands next to them
	unit     int // where a unit behind it begins (HKD, €, 元); before to without one
}

// widestAmount is how many characters an amount can have. What is longer, such
// as Alipay's ids, is none.
const widestAmount = 26

// longestSign is how many characters a currency's sign or code can have: MOP$.
const longestSign = 4

// amountsIn finds numbers: digits with dots and commas between them, what is
// written next to them as a currency's sign, a minus or a plus, and a sign or a
// unit with one space between. More is taken for a sign than there are
// currencies ("Mr 5"), which does no harm.
func amountsIn(text []rune) []amount {
	var found []amount
	for i := 0; i < len(text); {
		if !unicode.IsDigit(text[i]) {
			i++
			continue
		}
		a := amount{from: i}
		for i < len(text) && (unicode.IsDigit(text[i]) || isPoint(text[i]) && i+1 < len(text) && unicode.IsDigit(text[i+1])) {
			i++
		}
		a.to = i
		for a.from > 0 && (isMinus(text[a.from-1]) || unicode.Is(unicode.Sc, text[a.from-1])) {
			a.from--
		}
		if a.from > 0 && unicode.Is(unicode.Sc, text[a.from]) { // the letters of HK$
			a.from -= lettersBefore(text[:a.from])
		}
		if a.to < len(text) && (unicode.Is(unicode.Sc, text[a.to]) || text[a.to] == '%') {
			a.to++
		}
		a.sign, a.unit = a.from, a.to
		if before := a.from - 1; before > 0 && text[before] == ' ' {
			if isSign(text[:before]) {
				for a.sign = before; a.sign > 0 && text[a.sign-1] != ' ' && before-a.sign < longestSign; {
					a.sign--
				}
			}
		}
		rest := text[a.to:]
		switch {
		case len(rest) > 0 && strings.ContainsRune("元円圓圆원", rest[0]):
			a.unit = a.to
		case len(rest) > 1 && rest[0] == ' ' && isUnit(rest[1:]):
			a.unit = a.to + 1
		default:
			a.unit = a.to - 1
		}
		if a.to-a.from <= widestAmount {
			found = append(found, a)
		}
	}
	return found
}

func isPoint(r rune) bool { return strings.ContainsRune(".,'’．，٫٬", r) }

func isMinus(r rune) bool { return r == '-' || r == '+' || r == '−' || r == '－' }

// isSign reports whether a text ends in what may be a currency's sign: "HK$",
// "Rp", "RM", "HKD", "¥".
func isSign(text []rune) bool {
	if unicode.Is(unicode.Sc, text[len(text)-1]) {
		return true
	}
	n := lettersBefore(text)
	return (n == 2 || n == 3) && isCapital(text[len(text)-n])
}

// isUnit reports whether a text begins with what may be a currency behind its
// amount: "€", "HKD", "บาท".
func isUnit(text []rune) bool {
	if unicode.Is(unicode.Sc, text[0]) || strings.ContainsRune("元円圓圆원", text[0]) || strings.HasPrefix(string(text[:min(3, len(text))]), "บาท") {
		return true
	}
	if len(text) < 3 || len(text) > 3 && (isCapital(text[3]) || text[3] >= 'a' && text[3] <= 'z') {
		return false
	}
	return isCapital(text[0]) && isCapital(text[1]) && isCapital(text[2])
}

func isCapital(r rune) bool { return r >= 'A' && r <= 'Z' }

// lettersBefore counts the Latin letters at the end of a text; 0 if there are
// more than a currency's sign has.
func lettersBefore(text []rune) int {
	n := 0
	for n < len(text) && (isCapital(text[len(text)-1-n]) || text[len(text)-1-n] >= 'a' && text[len(text)-1-n] <= 'z') {
		n++
	}
	if n > 3 {
		return 0
	}
	return n
}

// widest is how many columns the widest amount in a text takes, with its
// currency.
func (p Paper) widest(s string) int {
	if !strings.ContainsFunc(s, unicode.IsDigit) {
		return 0
	}
	text := []rune(s)
	most := 0
	for _, a := range amountsIn(text) {
		end := a.to
		if a.unit >= a.to {
			end = min(len(text), a.unit+3)
		}
		most = max(most, p.Span(string(text[a.sign:end])))
	}
	return most
}

// fromRight reports whether a text runs from the right: its first letter does.
func fromRight(s string) bool {
	for _, r := range s {
		if r < 0x0590 { // Hebrew is the first of those scripts
			if unicode.IsLetter(r) {
				return false
			}
			continue
		}
		switch p, _ := bidi.LookupString(string(r)); p.Class() {
		case bidi.R, bidi.AL:
			return true
		case bidi.L:
			return false
		}
	}
	return false
}
