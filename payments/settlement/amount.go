package settlement

import (
	"errors"
	"strings"

	"ringup/payments"
)

// Units is how a file writes its amounts. Reports of online payments are in
// major units since May 2023 (Antom documentation); an older example of a
// shop's is in minor ones, and for payments in a store nothing is stated.
type Units string

// Auto lets a decimal point tell, and if there is none, the Matcher, by the
// journal.
const (
	Auto  Units = ""
	Major Units = "major" // 12.34
	Minor Units = "minor" // 1234
)

var (
	errNotAmount = errors.New("not a number")
	errPoint     = errors.New("a decimal point in minor units")
)

// figure is an amount as it is written, before its units are known.
type figure struct {
	minus    bool
	text     string // digits, perhaps with a point
	currency payments.Currency
}

// read takes a cell apart. A sign is kept, grouping marks and exponents are
// refused: nothing is guessed.
func read(cell string, currency payments.Currency) (figure, error) {
	f := figure{currency: currency}
	f.text, f.minus = strings.CutPrefix(cell, "-")
	if !f.minus {
		f.text = strings.TrimPrefix(f.text, "+")
	}
	digits := strings.Replace(f.text, ".", "", 1)
	if digits == "" || strings.Trim(digits, "0123456789") != "" || len(f.text) > 40 {
		return f, errNotAmount
	}
	return f, nil
}

// tells reports whether the units make a difference to f.
func (f figure) tells() bool { return f.text != "" && f.currency.Digits() > 0 }

// pointed reports whether f can only be in major units.
func (f figure) pointed() bool { return f.tells() && strings.Contains(f.text, ".") }

// money is f in the currency's minor units. Auto reads what needs no units.
func (f figure) money(u Units) (payments.Money, error) {
	if f.text == "" {
		return payments.Money{}, nil
	}
	var m payments.Money
	var err error
	switch {
	case !f.tells(): // JPY has no smaller unit: 1800 and 1800.00 are the same
		m, err = payments.ParseMoney(f.text, f.currency)
	case u == Minor && f.pointed():
		err = errPoint
	case u == Minor:
		m, err = payments.MoneyFromWire(f.text, string(f.currency))
	case u == Auto && !f.pointed():
		err = ErrUnits
	default:
		m, err = payments.ParseMoney(f.text, f.currency)
	}
	if err == nil && f.minus {
		m.Minor = -m.Minor
	}
	return m, err
}

// directed is the net of a line as the shop sees it: below zero when it leaves,
// and of other types as it is written. A refund that gives back more in fees
// than it takes would be read with the wrong sign; a fee is a part of its
// amount, so there is none.
func directed(m payments.Money, t Type) payments.Money {
	if t.back() && m.Minor > 0 {
		m.Minor = -m.Minor
	}
	return m
}

// absolute is the amount without its sign.
func absolute(m payments.Money) payments.Money {
	if m.Minor < 0 {
		m.Minor = -m.Minor
	}
	return m
}

// cost is a fee as the shop sees it: above zero when it pays, below when the
// fee comes back with what it was taken for. Only feeAmountValue is known to
// follow the transaction; other columns stay as they are written.
func cost(m payments.Money, column string, t Type) payments.Money {
	if column != mainFee || !t.known() {
		return m
	}
	m = absolute(m)
	if t.back() {
		m.Minor = -m.Minor
	}
	return m
}
