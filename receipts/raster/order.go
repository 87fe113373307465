package raster

import (
	"slices"

	"golang.org/x/text/unicode/bidi"
)

// span is a part of a text that runs one way.
type span struct {
	from, to int // runes
	rtl      bool
}

// visual is a text's parts in the order in which they stand on paper, from the
// left (Unicode Standard Annex 9). The text as a whole runs as its first
// letter does.
func visual(text []rune) []span {
	first := slices.IndexFunc(text, func(r rune) bool { c := classOf(r); return c == bidi.L || isRTL(c) })
	switch {
	case first < 0 || !slices.ContainsFunc(text, func(r rune) bool { return isRTL(classOf(r)) }):
		return []span{{0, len(text), false}}
	case isRTL(classOf(text[first])):
		return fromRight(nil, text, 0, len(text))
	}
	// The library tells each part's direction and not how deep it is nested,
	// which is all there is to know where the whole runs from the right. So
	// here the parts that do are looked for, and each is taken by itself.
	var spans []span
	done := 0
	for i := 0; i < len(text); i++ {
		if !isRTL(classOf(text[i])) {
			continue
		}
		if i > done {
			spans = append(spans, span{done, i, false})
		}
		done = island(text, i)
		spans = fromRight(spans, text, i, done)
		i = done - 1
	}
	if done < len(text) {
		spans = append(spans, span{done, len(text), false})
	}
	return spans
}

// island is where the part ends that begins with a letter from the right, in a
// text that runs from the left: after its last such letter or number before
// the next letter from the left.
func island(text []rune, from int) (end int) {
	var open int
	for i := from; i < len(text); i++ {
		switch c := classOf(text[i]); {
		case c == bidi.L:
			return end
		case isRTL(c) || c == bidi.EN || c == bidi.AN:
			end = i + 1
		case (c == bidi.NSM || c == bidi.ET) && end == i: // a mark, or a sign as in 50%
			end = i + 1
		case isOpening(text[i]):
			open++
		case isClosing(text[i]) && open > 0:
			open--
			end = i + 1
		}
	}
	return end
}

// fromRight appends the parts of a text that runs from the right as a whole.
func fromRight(spans []span, text []rune, from, to int) []span {
	var p bidi.Paragraph
	whole := append(spans, span{from, to, true})
	if _, err := p.SetString(string(text[from:to]), bidi.DefaultDirection(bidi.RightToLeft)); err != nil {
		return whole
	}
	order, err := p.Order()
	if err != nil {
		return whole
	}
	at := from
	parts := make([]span, 0, order.NumRuns())
	for i := range order.NumRuns() {
		run := order.Run(i)
		n := len([]rune(run.String()))
		parts = append(parts, span{at, at + n, run.Direction() == bidi.RightToLeft})
		at += n
	}
	if at != to {
		return whole
	}
	slices.Reverse(parts)
	return append(spans, parts...)
}

func classOf(r rune) bidi.Class {
	p, _ := bidi.LookupRune(r)
	return p.Class()
}

func isRTL(c bidi.Class) bool { return c == bidi.R || c == bidi.AL }

func isOpening(r rune) bool {
	p, _ := bidi.LookupRune(r)
	return p.IsBracket() && p.IsOpeningBracket()
}

func isClosing(r rune) bool {
	p, _ := bidi.LookupRune(r)
	return p.IsBracket() && !p.IsOpeningBracket()
}

// mirrored is the sign that stands for one in text from the right: brackets
// open to the other side there.
func mirrored(r rune) rune {
	switch r {
	case '(':
		return ')'
	case ')':
		return '('
	case '[':
		return ']'
	case ']':
		return '['
	case '{':
		return '}'
	case '}':
		return '{'
	case '<':
		return '>'
	case '>':
		return '<'
	case '«':
		return '»'
	case '»':
		return '«'
	case '‹':
		return '›'
	case '›':
		return '‹'
	}
	return r
}
