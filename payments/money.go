package payments

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Currency is an ISO 4217 alphabetic code that Ringup can charge in, such as
// "HKD". Which codes exist, and how many decimals each has, is the table
// below; the empty Currency is none of them.
type Currency string

// digits holds the decimals of each currency that Alipay's in-store payments
// accept (Antom documentation, list of supported currencies; the decimals are
// ISO 4217's, which differ from CLDR's for several of them).
var digits = map[Currency]int{
	"AUD": 2, "BDT": 2, "BRL": 2, "CAD": 2, "CLP": 0, "CNY": 2, "EUR": 2,
	"GBP": 2, "HKD": 2, "IDR": 2, "JPY": 0, "KRW": 0, "MOP": 2, "MXN": 2,
	"MYR": 2, "NZD": 2, "PEN": 2, "PHP": 2, "PKR": 2, "PLN": 2, "SGD": 2,
	"THB": 2, "TWD": 2, "USD": 2, "VND": 0,
}

// symbols are what a shop writes in front of an amount; a currency without an
// entry shows its code.
var symbols = map[Currency]string{
	"AUD": "A$", "BRL": "R$", "CAD": "C$", "CNY": "¥", "EUR": "€", "GBP": "£",
	"HKD": "HK$", "IDR": "Rp", "JPY": "¥", "KRW": "₩", "MOP": "MOP$",
	"MYR": "RM", "NZD": "NZ$", "PHP": "₱", "SGD": "S$", "THB": "฿",
	"TWD": "NT$", "USD": "$", "VND": "₫",
}

// largestWire is the biggest value that an amount may have on Alipay's wire:
// 16 digits of minor units.
const largestWire = 9_999_999_999_999_999

// Known reports whether c is in the table.
func (c Currency) Known() bool { _, ok := digits[c]; return ok }

// Digits is the number of decimals of c: 2 for HKD, 0 for JPY.
func (c Currency) Digits() int { return digits[c] }

// Symbol is what stands in front of an amount of c for people to read.
func (c Currency) Symbol() string {
	if s, ok := symbols[c]; ok {
		return s
	}
	return string(c)
}

// Money is an exact amount: a whole number of the minor units of one currency
// (cents of HKD, yen of JPY). It may be negative in reports; what is charged
// or refunded never is.
type Money struct {
	Minor    int64    `cbor:"1,keyasint" json:"minor"`
	Currency Currency `cbor:"2,keyasint" json:"currency"`
}

// Errors of reading and adding amounts. AmountError wraps the first four.
var (
	ErrNotANumber   = errors.New("not a number")
	ErrTooLarge     = errors.New("amount too large")
	ErrTooPrecise   = errors.New("too many decimals")
	ErrNotPositive  = errors.New("amount must be above zero")
	ErrIDRStep      = errors.New("amounts in IDR must end in 00")
	ErrCurrencies   = errors.New("two currencies in one sum")
	ErrNoCurrency   = errors.New("unknown currency")
	errOverflow     = fmt.Errorf("%w: overflow", ErrTooLarge)
	errNegativeWire = fmt.Errorf("%w: negative", ErrNotANumber)
)

// ParseMoney reads what a person typed: digits with at most one dot, in major
// units ("12.5" of HKD is 1,250 cents). Grouping marks, signs and exponents
// are refused, so nothing is ever guessed.
func ParseMoney(text string, c Currency) (Money, error) {
	if !c.Known() {
		return Money{}, ErrNoCurrency
	}
	whole, frac, _ := strings.Cut(strings.TrimSpace(text), ".")
	if whole == "" && frac == "" || !allDigits(whole) || !allDigits(frac) {
		return Money{}, ErrNotANumber
	}
	d := c.Digits()
	if len(frac) > d {
		if strings.Trim(frac[d:], "0") != "" || d == 0 {
			return Money{}, ErrTooPrecise
		}
		frac = frac[:d]
	}
	frac += strings.Repeat("0", d-len(frac))
	n, err := strconv.ParseInt("0"+strings.TrimLeft(whole+frac, "0"), 10, 64)
	if err != nil || n > largestWire {
		return Money{}, ErrTooLarge
	}
	return Money{n, c}, nil
}

// MoneyFromWire reads an amount as Alipay writes it: a string of minor units
// and an ISO 4217 code. A negative or signed value is refused.
func MoneyFromWire(value string, currency string) (Money, error) {
	c := Currency(currency)
	if !c.Known() {
		return Money{}, ErrNoCurrency
	}
	if value == "" || !allDigits(value) {
		return Money{}, errNegativeWire
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n > largestWire {
		return Money{}, ErrTooLarge
	}
	return Money{n, c}, nil
}

func allDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// CheckCharge says whether m may be asked for: above zero, within Alipay's 16
// digits, and ending in 00 for IDR (whose wallets round away the rest).
func (m Money) CheckCharge() error {
	switch {
	case !m.Currency.Known():
		return ErrNoCurrency
	case m.Minor <= 0:
		return ErrNotPositive
	case m.Minor > largestWire:
		return ErrTooLarge
	case m.Currency == "IDR" && m.Minor%100 != 0:
		return ErrIDRStep
	}
	return nil
}

// IsZero reports whether the amount is nothing, in whatever currency.
func (m Money) IsZero() bool { return m.Minor == 0 }

// Add is m plus o; ErrCurrencies or ErrTooLarge where that has no answer.
func (m Money) Add(o Money) (Money, error) {
	if m.Currency != o.Currency {
		return Money{}, ErrCurrencies
	}
	if o.Minor > 0 && m.Minor > math.MaxInt64-o.Minor || o.Minor < 0 && m.Minor < math.MinInt64-o.Minor {
		return Money{}, errOverflow
	}
	return Money{m.Minor + o.Minor, m.Currency}, nil
}

// Sub is m less o.
func (m Money) Sub(o Money) (Money, error) {
	if o.Minor == math.MinInt64 {
		return Money{}, errOverflow
	}
	return m.Add(Money{-o.Minor, o.Currency})
}

// Times is m counted n times; ErrTooLarge beyond Alipay's 16 digits.
func (m Money) Times(n int64) (Money, error) {
	if n < 0 || m.Minor < 0 {
		return Money{}, ErrNotPositive
	}
	if n != 0 && m.Minor > largestWire/n {
		return Money{}, ErrTooLarge
	}
	return Money{m.Minor * n, m.Currency}, nil
}

// Wire is the value as Alipay and the console's JSON write it: minor units.
func (m Money) Wire() string { return strconv.FormatInt(m.Minor, 10) }

// Major is the value in major units with a dot and no grouping, for files and
// for typing back: "1234.50".
func (m Money) Major() string {
	d := m.Currency.Digits()
	n, sign := uint64(m.Minor), ""
	if m.Minor < 0 {
		n, sign = -n, "-"
	}
	s := strconv.FormatUint(n, 10)
	if d == 0 {
		return sign + s
	}
	if len(s) <= d {
		s = strings.Repeat("0", d-len(s)+1) + s
	}
	return sign + s[:len(s)-d] + "." + s[len(s)-d:]
}

// Grouped is Major with commas between thousands: "1,234.50".
func (m Money) Grouped() string {
	s, sign := m.Major(), ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	whole, frac, dot := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dot {
		whole += "." + frac
	}
	return sign + whole
}

// String is the amount for people: "HK$ 1,234.50".
func (m Money) String() string { return m.Currency.Symbol() + " " + m.Grouped() }
