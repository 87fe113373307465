package receipts

import (
	"slices"
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
	placeSign                  // between an amount and its currency
	placeAnywhere              // inside a word that is longer than a row
	placeSyllable              // between syllables of Thai, Lao or Korean; inside a word in katakana
	placeWord                  // where Unicode's line breaking rules (UAX #14) let a line end
	placePause                 // the same, after a space, at the end of a clause or before a bracket
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
	return cut(text, fill(text, placesIn(text), room, p))
}

// fill is wrap once the places are known: where each row ends.
func fill(text []rune, places []place, room int, p Paper) []int {
	var ends []int
	for from := 0; from < len(text); {
		if len(ends) > 0 && text[from] == ' ' {
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
			for next := placeAnywhere; end == 0; next-- {
				end = best[next]
			}
		}
		ends = append(ends, end)
		from = end
	}
	return ends
}

// cut cuts a text at the ends of its rows; spaces there go.
func cut(text []rune, ends []int) []string {
	parts := make([]string, 0, max(1, len(ends)))
	from := 0
	for _, end := range ends {
		part := strings.TrimRight(string(text[from:end]), " ")
		if len(parts) > 0 {
			part = strings.TrimLeft(part, " ")
		}
		parts = append(parts, part)
		from = end
	}
	if len(parts) == 0 {
		return []string{""}
	}
	return parts
}

// balanced wraps a text that stands in the middle: into as many rows as wrap
// does, but about as long as each other, and if it can be with a pause at the
// end of each.
func balanced(s string, room int, p Paper) []string {
	all := p.Span(s)
	if all <= room {
		return []string{s}
	}
	text := []rune(s)
	places := placesIn(text)
	widest := fill(text, places, room, p)
	if len(widest) > mostBalanced {
		return cut(text, widest)
	}
	var best []int
	for narrow := max(all/len(widest), p.widest(s)); narrow <= room; narrow++ {
		ends := fill(text, places, narrow, p)
		if len(ends) != len(widest) {
			continue
		}
		if best == nil {
			best = ends
		}
		if !slices.ContainsFunc(ends[:len(ends)-1], func(end int) bool { return places[end] != placePause }) {
			best = ends
			break
		}
	}
	if best == nil {
		best = widest
	}
	return cut(text, best)
}

// mostBalanced is how many rows are still a sentence in the middle.
const mostBalanced = 6

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
		case isMinus(text[at]) && at+1 < len(text) && text[at+1] == ' ': // a dash between words begins no row
		case strings.ContainsRune(pauses, text[at-1]), strings.ContainsRune(opening, text[at]):
			places[at] = placePause
		default:
			places[at] = placeWord
		}
	}
	for _, a := range amountsIn(text) {
		for i := a.sign + 1; i < a.end; i++ {
			if i == a.from || i == a.to || i == a.to+1 && i == a.unit {
				places[i] = min(places[i], placeSign)
			} else {
				places[i] = min(places[i], placeAmount)
			}
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

// A row ends best after pauses, and before opening.
const (
	pauses  = " \u3000，。、：；！？）」』】》〉"
	opening = "（「『【《〈"
)

// amount is where an amount stands in a text.
type amount struct {
	sign     int // where its currency's sign begins; from without one
	from, to int // the digits and what stands next to them
	unit     int // where a unit behind it begins (HKD, €, 元); to without one
	end      int // of all that
}

// widestAmount is how many characters an amount can have. What is longer, such
// as Alipay's ids, is none.
const widestAmount = 26

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
		a.sign = a.from
		if before := a.from - 1; before > 0 && text[before] == ' ' {
			a.sign -= signBefore(text[:before])
			if a.sign < a.from {
				a.sign-- // the space
			}
		}
		a.unit, a.end = a.to, a.to
		if rest := text[a.to:]; len(rest) > 0 && rest[0] != ' ' {
			if isYuan(rest[0]) {
				a.end++
			}
		} else if len(rest) > 1 {
			if n := unitOf(rest[1:]); n > 0 && !isSignOf(rest[1+n:]) {
				a.unit, a.end = a.to+1, a.to+1+n
			}
		}
		if a.to-a.from <= widestAmount {
			found = append(found, a)
		}
	}
	return found
}

func isPoint(r rune) bool { return strings.ContainsRune(".,'’．，٫٬", r) }

func isMinus(r rune) bool { return r == '-' || r == '+' || r == '−' || r == '－' }

// signBefore counts the characters at the end of a text that may be a currency's
// sign: "HK$", "Rp", "RM", "HKD", "¥".
func signBefore(text []rune) int {
	if last := len(text) - 1; unicode.Is(unicode.Sc, text[last]) {
		return 1 + lettersBefore(text[:last])
	}
	if n := lettersBefore(text); n > 1 && isCapital(text[len(text)-n]) {
		return n
	}
	return 0
}

// isSignOf reports whether what stands before a text is the sign of the amount
// that the text begins with.
func isSignOf(text []rune) bool {
	for len(text) > 0 && (text[0] == ' ' || isMinus(text[0])) {
		text = text[1:]
	}
	return len(text) > 0 && unicode.IsDigit(text[0])
}

// unitOf counts the characters at the beginning of a text that may be a currency
// behind its amount: "€", "HKD", "元", "บาท".
func unitOf(text []rune) int {
	switch {
	case unicode.Is(unicode.Sc, text[0]), isYuan(text[0]):
		return 1
	case len(text) < 3:
		return 0
	case string(text[:3]) == "บาท":
		return 3
	case len(text) > 3 && (isCapital(text[3]) || text[3] >= 'a' && text[3] <= 'z'):
		return 0
	case isCapital(text[0]) && isCapital(text[1]) && isCapital(text[2]):
		return 3
	}
	return 0
}

// isYuan are the signs that East Asia writes behind an amount.
func isYuan(r rune) bool { return strings.ContainsRune("元円圓圆원", r) }

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
		most = max(most, p.Span(string(text[a.sign:a.end])))
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
