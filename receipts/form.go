package receipts

import "ringup/payments"

// Phrases are the sentences of a language; the keys begin "slip.".
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
// slip from being taken for another, and the shop.
func (f Form) begin() *page {
	p := &page{Form: f, lines: make([]Line, 0, 24)}
	if mark := f.mark(); mark != "" {
		p.bold(mark)
		p.add(Line{Kind: Blank})
	}
	if f.Copy {
		p.bold(f.Words.Say("slip.copy"))
	}
	if f.Shop.Name != "" {
		p.add(Line{Left: f.Shop.Name, Align: Centre, Bold: true, Size: Double})
	}
	for _, a := range f.Shop.Address {
		p.centre(a)
	}
	return p
}

// end writes the same marks at the bottom.
func (p *page) end(number string) Slip {
	if p.Copy {
		p.bold(p.Words.Say("slip.copy"))
	}
	if mark := p.mark(); mark != "" {
		p.add(Line{Kind: Blank})
		p.bold(mark)
	}
	return Slip{Number: number, Copy: p.Copy, Lines: p.lines}
}

func (f Form) mark() string {
	switch f.Environment {
	case Live:
		return ""
	case Sandbox:
		return f.Words.Say("slip.sandbox")
	}
	return f.Words.Say("slip.training")
}

func (p *page) add(l Line)             { p.lines = append(p.lines, l) }
func (p *page) rule()                  { p.add(Line{Kind: Rule}) }
func (p *page) row(left, right string) { p.add(Line{Left: left, Right: right}) }
func (p *page) centre(text string)     { p.add(Line{Left: text, Align: Centre}) }
func (p *page) bold(text string)       { p.add(Line{Left: text, Align: Centre, Bold: true}) }
func (p *page) small(text string)      { p.add(Line{Left: text, Align: Centre, Size: Small}) }
func (p *page) total(left, amount string) {
	p.add(Line{Left: left, Right: amount, Bold: true, Size: Double})
}

func (p *page) say(key string, pairs ...any) string { return p.Words.Say(key, pairs...) }

// code writes the slip's own code, with or without the words that it is for
// refunds.
func (p *page) code(s payments.Sale, forRefunds bool) error {
	c, err := CodeOf(p.Environment, s)
	if err != nil {
		return err
	}
	p.add(Line{Kind: QR, Payload: c.String()})
	if forRefunds {
		p.centre(p.say("slip.for_refunds"))
	}
	return nil
}
