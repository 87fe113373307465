package receipts

import (
	"slices"
	"strings"
	"unicode/utf8"

	"ringup/payments"
)

// Phrases are the sentences of a language; the keys begin "slip.". None of them
// holds a value.
type Phrases interface {
	Say(key string, pairs ...any) string
}

// Environment is where money is real or not. Its values are those of the
// settings and the console.
type Environment string

// The environments.
const (
	Training Environment = "training"
	Sandbox  Environment = "sandbox"
	Live     Environment = "live"
)

var environments = [...]Environment{1: Training, 2: Sandbox, 3: Live}

// digit is the environment in a slip's code; 0 for none that exists.
func (e Environment) digit() int {
	for i, known := range environments {
		if known == e && i > 0 {
			return i
		}
	}
	return 0
}

func environmentOf(digit byte) Environment {
	if i := int(digit) - '0'; i > 0 && i < len(environments) {
		return environments[i]
	}
	return ""
}

// Shop is what stands at the head of every slip.
type Shop struct {
	Name    string
	Address []string // a line each
	Till    string   // its name, as in shop numbers
}

// Form is the paper before anything is written on it: whose it is, in which
// language, and whether it counts. Its methods write the slips.
type Form struct {
	Shop        Shop
	Environment Environment
	Words       Phrases
	// Second is a second language that stands beside the first; nil for none.
	Second   Phrases
	Template Template
	Copy     bool // a reprint; the slip says so
}

// page collects the lines of one slip.
type page struct {
	Form
	lines []Line
}

// begin writes what stands at the top of every slip: the marks that keep a
// slip from being taken for another.
func (f Form) begin() *page {
	p := &page{Form: f, lines: make([]Line, 0, 24)}
	if mark := f.mark(); mark != "" {
		p.sentence(mark, marked)
		p.add(Line{Kind: Blank})
	}
	if f.Copy {
		p.sentence("slip.copy", marked)
		p.add(Line{Kind: Blank})
	}
	return p
}

// end writes the same marks at the bottom.
func (p *page) end(number string) Slip {
	if p.Copy {
		p.add(Line{Kind: Blank})
		p.sentence("slip.copy", marked)
	}
	if mark := p.mark(); mark != "" {
		p.add(Line{Kind: Blank})
		p.sentence(mark, marked)
	}
	return Slip{Number: number, Copy: p.Copy, Lines: p.lines}
}

// mark is the phrase that says what a slip is not; live ones have none.
func (f Form) mark() string {
	switch f.Environment {
	case Live:
		return ""
	case Sandbox:
		return "slip.sandbox"
	}
	return "slip.training"
}

// shop writes whose slip it is.
func (p *page) shop() {
	if p.Shop.Name != "" {
		p.add(Line{Left: p.Shop.Name, Align: Centre, Bold: true, Size: Double})
	}
	for _, a := range p.Shop.Address {
		p.centre(a)
	}
}

func (p *page) logo() {
	if p.Template.Logo.valid() {
		p.add(Line{Kind: Image, Picture: p.Template.Logo})
	}
}

// The looks of a sentence.
var (
	marked = Line{Align: Centre, Bold: true}
	titled = Line{Align: Centre, Bold: true, Size: Double}
	plain  = Line{Align: Centre}
)

func (p *page) add(l Line)             { p.lines = append(p.lines, l) }
func (p *page) rule()                  { p.add(Line{Kind: Rule}) }
func (p *page) row(left, right string) { p.add(Line{Left: left, Right: right}) }
func (p *page) centre(text string)     { p.add(Line{Left: text, Align: Centre}) }
func (p *page) small(text string)      { p.add(Line{Left: text, Align: Centre, Size: Small}) }
func (p *page) total(left, amount string) {
	p.add(Line{Left: left, Right: amount, Bold: true, Size: Double})
}

// say is a phrase in the slip's first language and, where it differs, in its
// second. No phrase of a slip holds a value, so that a value never stands on a
// slip twice: it comes after the words, in whichever languages those are.
func (f Form) say(key string) []string {
	first := f.Words.Say(key)
	if f.Second == nil {
		return []string{first}
	}
	second := f.Second.Say(key)
	switch {
	case strings.Contains(first, second):
		return []string{first}
	case strings.Contains(second, first):
		return []string{second}
	}
	return []string{first, second}
}

// label is a phrase of a word or two, its languages beside each other.
func (f Form) label(key string) string { return strings.Join(f.say(key), " ") }

// sentence writes a phrase that is a sentence or two, each language and each
// sentence in a row of its own.
func (p *page) sentence(key string, look Line) {
	for _, text := range p.say(key) {
		p.spoken(text, look)
	}
}

func (p *page) spoken(text string, look Line) {
	for len(text) > 0 {
		look.Left, text = cutSentence(text)
		p.add(look)
	}
}

// cutSentence cuts the first sentence off: up to a full stop before a space and
// a capital letter or a Korean one, or up to a Chinese full stop.
func cutSentence(text string) (first, rest string) {
	for i, r := range text {
		after := text[i+utf8.RuneLen(r):]
		switch {
		case r == '。':
			return text[:i] + "。", strings.TrimLeft(after, " ")
		case r == '.' && strings.HasPrefix(after, " "):
			if next, _ := utf8.DecodeRuneInString(after[1:]); isCapital(next) || isHangul(next) {
				return text[:i+1], after[1:]
			}
		}
	}
	return text, ""
}

// title writes what kind of slip it is.
func (p *page) title(key string) {
	if n := len(p.lines); n > 0 && p.lines[n-1].Kind != Blank {
		p.add(Line{Kind: Blank})
	}
	p.sentence(key, titled)
}

// code writes the slip's own code in the way that the template wants, with or
// without the words that it is for refunds.
func (p *page) code(s payments.Sale, forRefunds bool) error {
	c, err := CodeOf(p.Environment, s)
	if err != nil {
		return err
	}
	switch p.Template.Codes {
	case CodeNone:
		return nil
	case CodeBarcode:
		p.add(Line{Kind: Barcode, Payload: c.String()})
	case CodeBoth:
		p.add(Line{Kind: QR, Payload: c.String()})
		p.add(Line{Kind: Barcode, Payload: c.String()})
	default:
		p.add(Line{Kind: QR, Payload: c.String()})
	}
	if forRefunds {
		p.sentence("slip.for_refunds", plain)
	}
	return nil
}

// write writes a slip's fields in the template's order, with a rule between
// its parts and the title, if it has one, under what stands at the top. A field
// that a slip doesn't have writes nothing.
func (p *page) write(title string, field map[Field]func(before, after Field)) {
	fields := p.Template.fields()
	field[FieldLogo] = func(_, _ Field) { p.logo() }
	field[FieldShop] = func(_, _ Field) { p.shop() }
	field[FieldHeader] = func(_, _ Field) {
		for _, text := range p.Template.Header {
			p.centre(text)
		}
	}
	var last part
	for i, f := range fields {
		if title != "" && f.part() != partHead {
			p.title(title)
			title, last = "", partHead
		}
		from := len(p.lines)
		if write := field[f]; write != nil {
			var before, after Field
			if i > 0 {
				before = fields[i-1]
			}
			if i+1 < len(fields) {
				after = fields[i+1]
			}
			write(before, after)
		}
		if from == len(p.lines) {
			continue
		}
		if f.part() != last && f.part() != partEnd && (last != 0 || from > 0 && f.part() != partHead) {
			p.lines = slices.Insert(p.lines, from, Line{Kind: Rule})
		}
		last = f.part()
	}
}

// footer writes the owner's words at the end.
func (p *page) footer() {
	if len(p.Template.Footer) > 0 {
		p.add(Line{Kind: Blank})
	}
	for _, text := range p.Template.Footer {
		p.centre(text)
	}
}
