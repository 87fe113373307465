package till

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ringup/payments"
)

var tea = Preset{Name: "Milk tea", Price: payments.Money{Minor: 1800, Currency: "HKD"}}

// press types keys parted by blanks; "tea" is the preset.
func press(t *testing.T, tape *Tape, keys string) error {
	t.Helper()
	var last error
	for _, k := range strings.Fields(keys) {
		if k == "tea" {
			last = tape.AddPreset(tea)
		} else {
			last = tape.Press(Key(k))
		}
	}
	return last
}

func written(tape Tape) string {
	var out []string
	for _, l := range tape.Lines() {
		name := l.Text
		if name != "" {
			name += " "
		}
		out = append(out, name+l.Unit.Major()+" x"+strconv.FormatInt(l.Count, 10))
	}
	return strings.Join(out, ", ")
}

func TestTape(t *testing.T) {
	for _, c := range []struct {
		name, keys string
		currency   payments.Currency
		total      string
		lines      string
		err        error
	}{
		{"nothing", "", "HKD", "0.00", "", nil},
		{"an amount without decimals", "4 5", "HKD", "45.00", "45.00 x1", nil},
		{"an amount with decimals", "4 5 . 5", "HKD", "45.50", "45.50 x1", nil},
		{"a point first is nought point", ". 5", "HKD", "0.50", "0.50 x1", nil},
		{"two points mean one", "4 . . 5", "HKD", "4.50", "4.50 x1", nil},
		{"double nought", "5 00", "HKD", "500.00", "500.00 x1", nil},
		{"noughts in front say nothing", "0 00 0 7", "HKD", "7.00", "7.00 x1", nil},
		{"the picture's sale", "tea × 2 + 9 . 5 0", "HKD", "45.50", "Milk tea 18.00 x2, 9.50 x1", nil},
		{"price times count", "1 8 × 2 + 9 . 5 =", "HKD", "45.50", "18.00 x2, 9.50 x1", nil},
		{"count times price with decimals", "2 × 9 . 5", "HKD", "19.00", "9.50 x2", nil},
		{"count times price too large for a count", "2 × 1 2 0 0 0", "JPY", "24000", "12000 x2", nil},
		{"a count before a preset", "3 × tea", "HKD", "54.00", "Milk tea 18.00 x3", nil},
		{"an amount before a preset stays", "9 tea", "HKD", "27.00", "9.00 x1, Milk tea 18.00 x1", nil},
		{"the same preset again counts up", "tea tea tea", "HKD", "54.00", "Milk tea 18.00 x3", nil},
		{"times after equals takes the last line", "9 . 5 = × 3", "HKD", "28.50", "9.50 x3", nil},
		{"three factors", "2 × 3 × 4", "HKD", "24.00", "6.00 x4", nil},
		{"times with nothing before", "× 5", "HKD", "5.00", "5.00 x1", nil},
		{"times nought is no line", "5 × 0 +", "HKD", "0.00", "", nil},
		{"plus twice is once", "5 + + 6", "HKD", "11.00", "5.00 x1, 6.00 x1", nil},
		{"equals leaves the sum open to more", "5 + 6 = 7", "HKD", "18.00", "5.00 x1, 6.00 x1, 7.00 x1", nil},
		{"back takes a digit", "4 5 back", "HKD", "4.00", "4.00 x1", nil},
		{"back takes times", "4 5 × back", "HKD", "45.00", "45.00 x1", nil},
		{"back opens the last line again", "4 5 + back back", "HKD", "4.00", "4.00 x1", nil},
		{"back opens a counted line at its count", "4 × 1 2 + back back", "HKD", "4.00", "4.00 x1", nil},
		{"back takes one preset of several", "tea tea back", "HKD", "18.00", "Milk tea 18.00 x1", nil},
		{"back takes a preset", "9 + tea back", "HKD", "9.00", "9.00 x1", nil},
		{"back to a preset from times", "tea × back", "HKD", "18.00", "Milk tea 18.00 x1", nil},
		{"back on nothing", "back back", "HKD", "0.00", "", nil},
		{"clear", "4 5 + tea × 2 clear", "HKD", "0.00", "", nil},
		{"a third decimal is refused", "1 . 2 3 4", "HKD", "1.23", "1.23 x1", payments.ErrTooPrecise},
		{"double nought after one decimal is refused", "1 . 2 00", "HKD", "1.20", "1.20 x1", payments.ErrTooPrecise},
		{"yen have no decimals", "1 2 .", "JPY", "12", "12 x1", payments.ErrTooPrecise},
		{"a count has no decimals", "9 . 5 × 1 .", "HKD", "9.50", "9.50 x1", payments.ErrTooPrecise},
		{"a payment code is no amount", "2 8 1 0 0 6 0 2 0 0 0 0", "HKD", "2810060200.00", "2810060200.00 x1", payments.ErrTooLarge},
		{"a count too large", "9 . 5 × 1 0 0 0 0", "HKD", "9500.00", "9.50 x1000", payments.ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			tape := NewTape(c.currency)
			if err := press(t, &tape, c.keys); !errors.Is(err, c.err) {
				t.Errorf("last key: %v, want %v", err, c.err)
			}
			if got := tape.Total().Major(); got != c.total {
				t.Errorf("total %s, want %s", got, c.total)
			}
			if got := written(tape); got != c.lines {
				t.Errorf("lines %q, want %q", got, c.lines)
			}
		})
	}
}

func TestTapeHoldsFortyLines(t *testing.T) {
	tape := NewTape("HKD")
	for range payments.MaxLines {
		if err := press(t, &tape, "1 +"); err != nil {
			t.Fatal(err)
		}
	}
	if err := press(t, &tape, "1"); !errors.Is(err, payments.ErrTooManyLines) {
		t.Fatalf("line 41: %v", err)
	}
	if got := tape.Total().Major(); got != "40.00" {
		t.Fatalf("total %s after a refused key", got)
	}
	if err := tape.AddPreset(tea); !errors.Is(err, payments.ErrTooManyLines) {
		t.Fatalf("preset as line 41: %v", err)
	}
}

func TestTapeRowsShowWhatIsTyped(t *testing.T) {
	tape := NewTape("HKD")
	if err := press(t, &tape, "tea × 2 + 9 ."); err != nil {
		t.Fatal(err)
	}
	rows := tape.Rows()
	if len(rows) != 2 || rows[0].Text != "Milk tea" || rows[0].Count != 2 || rows[0].Sum.Major() != "36.00" || rows[0].Open {
		t.Fatalf("rows %+v", rows)
	}
	if r := rows[1]; !r.Open || r.Typed != "9." || r.Sum.Major() != "9.00" || tape.Entry() != "9." {
		t.Fatalf("open row %+v", r)
	}
	if err := press(t, &tape, "clear 0"); err != nil {
		t.Fatal(err)
	}
	if rows := tape.Rows(); len(rows) != 1 || len(tape.Lines()) != 0 || tape.Empty() {
		t.Fatalf("a typed nought shows but is no line: %+v", rows)
	}
}

func TestTapeRefusesAnotherCurrency(t *testing.T) {
	tape := NewTape("JPY")
	if err := tape.AddPreset(tea); !errors.Is(err, payments.ErrCurrencies) {
		t.Fatalf("got %v", err)
	}
}

// Whatever is pressed, the lines add up to the total, all are worth something,
// none is too many, and a refused key changes nothing.
func TestTapeLinesAlwaysAddUp(t *testing.T) {
	keys := []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "00", ".", "+", "×", "=", "back", "clear", "tea"}
	rapid.Check(t, func(rt *rapid.T) {
		currency := rapid.SampledFrom([]payments.Currency{"HKD", "JPY", "IDR"}).Draw(rt, "currency")
		tape := NewTape(currency)
		for range rapid.IntRange(0, 120).Draw(rt, "presses") {
			k := rapid.SampledFrom(keys).Draw(rt, "key")
			before := tape.Clone()
			var err error
			if k == "tea" {
				err = tape.AddPreset(Preset{"Milk tea", payments.Money{Minor: 1800, Currency: currency}})
			} else {
				err = tape.Press(Key(k))
			}
			if err != nil && (tape.Total() != before.Total() || tape.Entry() != before.Entry() || len(tape.Rows()) != len(before.Rows())) {
				rt.Fatalf("refused %s changed the tape", k)
			}
			sum := int64(0)
			for _, l := range tape.Lines() {
				if l.Count < 1 || l.Unit.Minor < 1 || l.Unit.Currency != currency {
					rt.Fatalf("line %+v", l)
				}
				sum += l.Unit.Minor * l.Count
			}
			if sum != tape.Total().Minor || len(tape.Lines()) > payments.MaxLines || sum > largestTape {
				rt.Fatalf("lines add up to %d, total %d", sum, tape.Total().Minor)
			}
		}
	})
}
