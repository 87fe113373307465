package till

import (
	"strconv"
	"strings"

	"ringup/payments"
)

// Key is one key of the till's calculator.
type Key string

// The keys beside the ten digits, which are "0" to "9".
const (
	KeyDouble Key = "00"
	KeyPoint  Key = "."
	KeyPlus   Key = "+"
	KeyTimes  Key = "×"
	KeyEquals Key = "="
	KeyBack   Key = "back"
	KeyClear  Key = "clear"
)

// Bounds of what can be typed. They are far below what Alipay takes, so that a
// payment code typed by hand never becomes an amount.
const (
	largestTape  = 999_999_999_999 // minor units
	largestCount = 9_999
)

// Tape is the calculator of the till: keys and presets make the lines of a
// sale, as on a desk calculator with a paper strip. "18 × 2 + 9.50" is two
// lines; so is "2 × 18.00 + 9.50", for a count is the factor without decimals.
// It is pure: nothing but its own keys changes it, and a key that can't be
// taken changes nothing. Use NewTape.
type Tape struct {
	currency payments.Currency
	lines    []payments.Line
	open     bool   // a line is being typed
	text     string // the open line's, when a preset began it
	first    string // as typed: the price, or the first factor
	times    bool   // × was pressed
	second   string // as typed after ×
}

// Row is one line of the tape for the eye.
type Row struct {
	Text  string         // of a preset; empty for a typed price
	Unit  payments.Money // price of one
	Count int64
	Sum   payments.Money
	Open  bool   // still being typed
	Typed string // what was typed of an open row: "9.5", "18 × 2"
}

// NewTape is an empty tape in that currency.
func NewTape(c payments.Currency) Tape { return Tape{currency: c} }

// Clone is a copy that later keys don't change.
func (t Tape) Clone() Tape {
	t.lines = append([]payments.Line(nil), t.lines...)
	return t
}

// Empty reports whether nothing at all was typed.
func (t Tape) Empty() bool { return len(t.lines) == 0 && !t.open }

// Currency is what the tape counts in.
func (t Tape) Currency() payments.Currency { return t.currency }

// Press takes one key. The errors are payments.ErrTooPrecise (more decimals
// than the currency has), payments.ErrTooLarge and payments.ErrTooManyLines;
// after an error the tape is as it was.
func (t *Tape) Press(k Key) error {
	next := t.Clone()
	var err error
	switch k {
	case KeyClear:
		next = NewTape(t.currency)
	case KeyBack:
		next.back()
	case KeyPlus, KeyEquals:
		next.close()
	case KeyTimes:
		err = next.multiply()
	default:
		err = next.typeIn(string(k))
	}
	return t.become(next, err)
}

// AddPreset adds a line with a name and a price of the owner's, once more if
// it is the last line already, or as often as was typed before × ("3 ×").
func (t *Tape) AddPreset(p Preset) error {
	next := t.Clone()
	count := int64(1)
	if next.open && next.times && next.second == "" && next.text == "" && whole(next.first) {
		count = max(number(next.first), 1) // none of a thing is not a sale of it
		next.drop()
	} else {
		next.close()
	}
	if n := len(next.lines); n > 0 && next.lines[n-1].Text == p.Name && next.lines[n-1].Unit == p.Price {
		next.lines[n-1].Count += count
	} else {
		next.lines = append(next.lines, payments.Line{Text: p.Name, Unit: p.Price, Count: count})
	}
	var err error
	if p.Price.Currency != t.currency {
		err = payments.ErrCurrencies
	}
	return t.become(next, err)
}

// become takes over a changed tape when all of it fits.
func (t *Tape) become(next Tape, err error) error {
	if err != nil {
		return err
	}
	if len(next.all()) > payments.MaxLines {
		return payments.ErrTooManyLines
	}
	for _, l := range next.all() {
		if l.Count > largestCount {
			return payments.ErrTooLarge
		}
	}
	if _, err := next.sum(); err != nil {
		return err
	}
	*t = next
	return nil
}

// Total is what the customer is to pay: every line, the open one included.
func (t Tape) Total() payments.Money {
	sum, err := t.sum()
	if err != nil { // become lets no such tape be
		return payments.Money{Currency: t.currency}
	}
	return sum
}

// Lines are the sale's lines; they always add up to Total. What was typed as
// nothing is no line.
func (t Tape) Lines() []payments.Line { return t.all() }

// Entry is the open line as it was typed; empty when none is open.
func (t Tape) Entry() string {
	if !t.open {
		return ""
	}
	if !t.times {
		return t.first
	}
	return strings.TrimSuffix(t.first, ".") + " × " + t.second
}

// Rows are the lines for the eye, the open one last, also when it is worth
// nothing yet.
func (t Tape) Rows() []Row {
	rows := make([]Row, 0, len(t.lines)+1)
	for _, l := range t.lines {
		rows = append(rows, row(l))
	}
	if t.open {
		r := row(t.line())
		r.Open, r.Typed = true, t.Entry()
		rows = append(rows, r)
	}
	return rows
}

func row(l payments.Line) Row {
	sum, _ := l.Unit.Times(l.Count)
	return Row{Text: l.Text, Unit: l.Unit, Count: l.Count, Sum: sum}
}

// typeIn appends digits or a point to the factor that is being typed.
func (t *Tape) typeIn(k string) error {
	field := &t.first
	if t.times {
		field = &t.second
	}
	typed := *field + k
	switch {
	case k == ".":
		if strings.Contains(*field, ".") {
			return nil // pressed twice: means once
		}
		if t.currency.Digits() == 0 || t.times && !t.mayBePrice() {
			return payments.ErrTooPrecise
		}
		if *field == "" {
			typed = "0."
		}
	case k == "00" && *field == "":
		typed = "0"
	}
	if _, frac, _ := strings.Cut(typed, "."); len(frac) > t.currency.Digits() {
		return payments.ErrTooPrecise
	}
	if !strings.Contains(typed, ".") {
		typed = strings.TrimLeft(typed, "0")
		if typed == "" {
			typed = "0"
		}
	}
	if len(typed) > 15 {
		return payments.ErrTooLarge
	}
	t.open, *field = true, typed
	return nil
}

// mayBePrice reports whether what follows × may have decimals: the first
// factor is then the count.
func (t *Tape) mayBePrice() bool { return t.text == "" && whole(t.first) }

// multiply begins the second factor, of the open line or of the last one.
func (t *Tape) multiply() error {
	if !t.open {
		n := len(t.lines)
		if n == 0 {
			return nil
		}
		last := t.lines[n-1]
		t.lines = t.lines[:n-1]
		t.open, t.text, t.first = true, last.Text, plain(last.Unit)
		t.times = true
		return nil
	}
	if t.times { // "2 × 3 ×": what stands so far becomes the price
		if t.second == "" {
			return nil
		}
		l := t.line()
		unit, err := l.Unit.Times(l.Count)
		if err != nil {
			return err
		}
		t.first, t.second = plain(unit), ""
	}
	t.times = true
	return nil
}

// close ends the open line; one worth nothing leaves nothing.
func (t *Tape) close() {
	if !t.open {
		return
	}
	if l := t.line(); !l.Unit.IsZero() && l.Count > 0 {
		t.lines = append(t.lines, l)
	}
	t.drop()
}

func (t *Tape) drop() { t.open, t.text, t.first, t.times, t.second = false, "", "", false, "" }

// back takes the last key back; with nothing open it opens the last line
// again, or takes one of a preset's count away.
func (t *Tape) back() {
	switch n := len(t.lines); {
	case t.open && t.times && t.second != "":
		t.second = shorten(t.second)
	case t.open && t.times:
		t.times = false
		if t.text != "" { // a preset's price isn't typed
			t.close()
		}
	case t.open:
		t.first = shorten(t.first)
		if t.first == "" {
			t.drop()
		}
	case n > 0:
		last := t.lines[n-1]
		t.lines = t.lines[:n-1]
		switch {
		case last.Text != "" && last.Count > 1:
			last.Count--
			t.lines = append(t.lines, last)
		case last.Text != "":
		default:
			t.open, t.first = true, plain(last.Unit)
			if last.Count > 1 {
				t.times, t.second = true, strconv.FormatInt(last.Count, 10)
			}
		}
	}
}

// line is the open line's worth. The price is the first factor; the second one
// when only that has decimals or is too large for a count. A count that isn't
// typed yet is one.
func (t Tape) line() payments.Line {
	price, count := t.first, t.second
	if t.times && t.mayBePrice() && (strings.Contains(count, ".") || number(count) > largestCount) {
		price, count = count, price
	}
	l := payments.Line{Text: t.text, Count: 1, Unit: payments.Money{Currency: t.currency}}
	if m, err := payments.ParseMoney(price, t.currency); err == nil {
		l.Unit = m
	}
	if t.times && count != "" {
		l.Count = number(count)
	}
	return l
}

// all is every line that is worth something.
func (t Tape) all() []payments.Line {
	t = t.Clone()
	t.close()
	return t.lines
}

func (t Tape) sum() (payments.Money, error) {
	sum := payments.Money{Currency: t.currency}
	for _, l := range t.all() {
		m, err := l.Unit.Times(l.Count)
		if err != nil {
			return sum, err
		}
		if sum, err = sum.Add(m); err != nil {
			return sum, err
		}
		if sum.Minor > largestTape {
			return sum, payments.ErrTooLarge
		}
	}
	return sum, nil
}

func whole(s string) bool { return s != "" && !strings.Contains(s, ".") }

// number reads a count; what is none, or too long for one, is more than the
// largest.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 0 {
		return largestCount + 1
	}
	return n
}

// plain is a price as a person would have typed it: "18", "9.50".
func plain(m payments.Money) string {
	s := m.Major()
	if whole, frac, ok := strings.Cut(s, "."); ok && strings.Trim(frac, "0") == "" {
		return whole
	}
	return s
}

func shorten(s string) string { return s[:len(s)-1] }
