package payments

import (
	"fmt"
	"log/slog"
	"strings"
)

// PaymentCode is what a customer's wallet shows: digits that work once, for
// about a minute. It formats masked everywhere, so that it can't slip into a
// log, a screen or the journal; only Digits tells it.
type PaymentCode struct{ digits string }

// Lengths and prefixes of Alipay's payment codes (Antom documentation of pay
// for the user-presented mode).
const (
	shortestCode = 16
	longestCode  = 24
)

// CodeError says why a text is not a payment code that can be charged.
type CodeError struct {
	Problem CodeProblem
	Digits  int // how many digits there were
}

// CodeProblem is what is wrong with a scanned code.
type CodeProblem string

// What can be wrong with a code.
const (
	CodeNotDigits CodeProblem = "not_digits"
	CodeTooShort  CodeProblem = "too_short"
	CodeTooLong   CodeProblem = "too_long"
	CodeWeChat    CodeProblem = "wechat"   // 18 digits beginning 10 to 15
	CodeUnionPay  CodeProblem = "unionpay" // 19 digits beginning 62
	CodeForeign   CodeProblem = "foreign"  // digits, but no wallet's that is known
)

func (e *CodeError) Error() string {
	return fmt.Sprintf("not a payment code (%s, %d digits)", e.Problem, e.Digits)
}

// ParseCode reads a payment code: 16 to 24 digits beginning 25 to 30, or with
// one of the extra prefixes that the shop has allowed. The error is a
// *CodeError.
func ParseCode(text string, extraPrefixes ...string) (PaymentCode, error) {
	text = strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\r' || r == '\n' {
			return -1
		}
		return r
	}, text)
	n := len(text)
	switch {
	case text == "" || !allDigits(text):
		return PaymentCode{}, &CodeError{CodeNotDigits, n}
	case n == 18 && text >= "10" && text[:2] <= "15":
		return PaymentCode{}, &CodeError{CodeWeChat, n}
	case n == 19 && text[:2] == "62":
		return PaymentCode{}, &CodeError{CodeUnionPay, n}
	case n < shortestCode:
		return PaymentCode{}, &CodeError{CodeTooShort, n}
	case n > longestCode:
		return PaymentCode{}, &CodeError{CodeTooLong, n}
	}
	if p := text[:2]; p >= "25" && p <= "30" {
		return PaymentCode{text}, nil
	}
	for _, p := range extraPrefixes {
		if p != "" && strings.HasPrefix(text, p) {
			return PaymentCode{text}, nil
		}
	}
	return PaymentCode{}, &CodeError{CodeForeign, n}
}

// Digits is the code itself, for the wire and for the keyed hash only.
func (c PaymentCode) Digits() string { return c.digits }

// Masked is the code with all but its first six and last two digits hidden.
func (c PaymentCode) Masked() string {
	if len(c.digits) < 12 {
		return "…"
	}
	return c.digits[:6] + "…" + c.digits[len(c.digits)-2:]
}

// Format writes Masked for every verb, and LogValue does for slog.
func (c PaymentCode) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.Masked())) }
func (c PaymentCode) LogValue() slog.Value       { return slog.StringValue(c.Masked()) }
