package receipts

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ringup/payments"
)

// Code is what the QR code of a slip says, so that scanning the slip finds its
// sale. It is 20 digits, which no wallet's payment code is (those begin 25 to
// 30):
//
//	90 E NNNNNNNN RRRRRRRR C
//
//	90        marks a slip of Ringup
//	E         environment: 1 training, 2 sandbox, 3 live
//	NNNNNNNN  the shop number without its till: days since 2000-01-01 × 2700
//	          + count modulo 2700
//	RRRRRRRR  SHA-256 of "ringup slip " and the sale's random id: its first
//	          eight bytes, big-endian, modulo 10^8
//	C         check digit, ISO 7064 MOD 11,10: finds every single wrong digit
//
// A code opens a sale only when both N and R agree with it: see Matches. So a
// slip of another till, another shop or an older journal opens nothing, and
// nobody can make up a code from a number alone.
//
// To find the sale, ask the journal for each of Numbers, or go through the
// sales of Day (after a till was renamed), and take the one that Matches.
type Code struct {
	Environment Environment
	day         int // since 2000-01-01
	count       int // modulo countSpan
	random      uint32
}

const (
	codeMark   = "90"
	codeLength = 20
	daySpan    = 36_525 // the days of the years that a shop number can write
	countSpan  = 2_700  // so that day and count fit into eight digits
)

var codeEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// CodeOf is the code that the slip of a sale carries. ErrNumber or
// ErrEnvironment when it can have none.
func CodeOf(e Environment, s payments.Sale) (Code, error) {
	if e.digit() == 0 {
		return Code{}, fmt.Errorf("%w: %q", ErrEnvironment, string(e))
	}
	day, count, err := readNumber(s.Number)
	if err != nil {
		return Code{}, err
	}
	return Code{e, day, count % countSpan, randomPart(s.ID)}, nil
}

// IsCode reports whether a scanned text was meant to be a slip's code, though
// it may have been read wrong: digits beginning 90, about as many.
func IsCode(text string) bool {
	return strings.HasPrefix(text, codeMark) && len(text) >= codeLength-4 && len(text) <= codeLength+4 && allDigits(text)
}

// ParseCode reads the 20 digits. The errors are ErrNotACode, ErrCodeLength and
// ErrCodeDigit.
func ParseCode(text string) (Code, error) {
	switch {
	case !IsCode(text):
		return Code{}, ErrNotACode
	case len(text) != codeLength:
		return Code{}, ErrCodeLength
	case checkDigit(text[:codeLength-1]) != text[codeLength-1]:
		return Code{}, ErrCodeDigit
	}
	e := environmentOf(text[2])
	n, _ := strconv.Atoi(text[3:11])
	r, _ := strconv.ParseUint(text[11:19], 10, 32)
	if e == "" || n >= daySpan*countSpan {
		return Code{}, ErrNotACode
	}
	return Code{e, n / countSpan, n % countSpan, uint32(r)}, nil
}

// String is the 20 digits.
func (c Code) String() string {
	s := fmt.Sprintf("%s%d%08d%08d", codeMark, c.Environment.digit(), c.day*countSpan+c.count, c.random)
	return s + string(checkDigit(s))
}

// Day is the business day in the sale's number.
func (c Code) Day() payments.Day {
	return payments.Day(codeEpoch.AddDate(0, 0, c.day).Format(time.DateOnly))
}

// Numbers are the shop numbers of this till that the code can mean: one, or a
// few on a day with more than 2,700 sales. last is the highest count of that
// till and day (Journal.LastCount).
func (c Code) Numbers(till string, last int) []string {
	var numbers []string
	for count := c.count; count <= last; count += countSpan {
		if count > 0 {
			numbers = append(numbers, fmt.Sprintf("%s-%s-%04d", till, c.Day().Compact(), count))
		}
	}
	return numbers
}

// Matches reports whether the code is this sale's: number and random part both
// agree. Whether the environment is the till's is the caller's question.
func (c Code) Matches(s payments.Sale) bool {
	day, count, err := readNumber(s.Number)
	return err == nil && day == c.day && count%countSpan == c.count && randomPart(s.ID) == c.random
}

// readNumber takes a shop number apart: "T1-261121-0017" is the 17th sale of
// 21 November 2026. The till's name may hold dashes itself.
func readNumber(number string) (day, count int, err error) {
	rest, tail, ok := cutLast(number)
	till, date, ok2 := cutLast(rest)
	at, errDate := time.Parse("20060102", "20"+date)
	count, errCount := strconv.Atoi(tail)
	if !ok || !ok2 || till == "" || len(date) != 6 || errDate != nil || errCount != nil || !allDigits(tail) {
		return 0, 0, fmt.Errorf("%w: %q", ErrNumber, number)
	}
	return int(at.Sub(codeEpoch).Hours() / 24), count, nil
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, '-')
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+1:], true
}

func randomPart(id string) uint32 {
	sum := sha256.Sum256([]byte("ringup slip " + id))
	return uint32(binary.BigEndian.Uint64(sum[:8]) % 100_000_000)
}

// checkDigit is the check character of ISO 7064 MOD 11,10.
func checkDigit(digits string) byte {
	p := 10
	for i := range len(digits) {
		p = (p + int(digits[i]-'0')) % 10
		if p == 0 {
			p = 10
		}
		p = p * 2 % 11
	}
	return '0' + byte((11-p)%10)
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
