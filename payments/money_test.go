package payments

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseMoney(t *testing.T) {
	rows := []struct {
		text string
		cur  Currency
		want int64
		err  error
	}{
		{"12.50", "HKD", 1250, nil},
		{"12.5", "HKD", 1250, nil},
		{"12", "HKD", 1200, nil},
		{".5", "HKD", 50, nil},
		{"0.01", "HKD", 1, nil},
		{"007", "HKD", 700, nil},
		{"12.500", "HKD", 1250, nil},
		{"12.505", "HKD", 0, ErrTooPrecise},
		{"500", "JPY", 500, nil},
		{"500.0", "JPY", 0, ErrTooPrecise},
		{"1500", "IDR", 150000, nil},
		{"99999999999999.99", "HKD", 9999999999999999, nil},
		{"100000000000000.00", "HKD", 0, ErrTooLarge},
		{"99999999999999999999999999", "HKD", 0, ErrTooLarge},
		{"", "HKD", 0, ErrNotANumber},
		{".", "HKD", 0, ErrNotANumber},
		{"-1", "HKD", 0, ErrNotANumber},
		{"+1", "HKD", 0, ErrNotANumber},
		{"1e3", "HKD", 0, ErrNotANumber},
		{"1,000", "HKD", 0, ErrNotANumber},
		{"1.2.3", "HKD", 0, ErrNotANumber},
		{"１２", "HKD", 0, ErrNotANumber},
		{"1", "XYZ", 0, ErrNoCurrency},
	}
	for _, r := range rows {
		t.Run(fmt.Sprintf("%q of %s", r.text, r.cur), func(t *testing.T) {
			got, err := ParseMoney(r.text, r.cur)
			if !errors.Is(err, r.err) || err == nil && got.Minor != r.want {
				t.Errorf("got %v, %v; want %d, %v", got.Minor, err, r.want, r.err)
			}
		})
	}
}

func TestCheckCharge(t *testing.T) {
	rows := []struct {
		m    Money
		want error
	}{
		{Money{1, "HKD"}, nil},
		{Money{0, "HKD"}, ErrNotPositive},
		{Money{-1, "HKD"}, ErrNotPositive},
		{Money{largestWire, "HKD"}, nil},
		{Money{largestWire + 1, "HKD"}, ErrTooLarge},
		{Money{150000, "IDR"}, nil},
		{Money{150050, "IDR"}, ErrIDRStep},
		{Money{5, ""}, ErrNoCurrency},
	}
	for _, r := range rows {
		if err := r.m.CheckCharge(); !errors.Is(err, r.want) {
			t.Errorf("%+v: got %v, want %v", r.m, err, r.want)
		}
	}
}

func TestMoneyForPeople(t *testing.T) {
	rows := []struct {
		m       Money
		major   string
		grouped string
		whole   string
	}{
		{Money{0, "HKD"}, "0.00", "0.00", "HK$ 0.00"},
		{Money{5, "HKD"}, "0.05", "0.05", "HK$ 0.05"},
		{Money{123456789, "HKD"}, "1234567.89", "1,234,567.89", "HK$ 1,234,567.89"},
		{Money{-123456, "HKD"}, "-1234.56", "-1,234.56", "HK$ -1,234.56"},
		{Money{1234, "JPY"}, "1234", "1,234", "¥ 1,234"},
		{Money{-9223372036854775808, "HKD"}, "-92233720368547758.08", "-92,233,720,368,547,758.08", "HK$ -92,233,720,368,547,758.08"},
	}
	for _, r := range rows {
		if r.m.Major() != r.major || r.m.Grouped() != r.grouped || r.m.String() != r.whole {
			t.Errorf("%d %s: got %q %q %q", r.m.Minor, r.m.Currency, r.m.Major(), r.m.Grouped(), r.m.String())
		}
	}
}

func anyCurrency(t *rapid.T) Currency {
	all := make([]string, 0, len(digits))
	for c := range digits {
		all = append(all, string(c))
	}
	return Currency(rapid.SampledFrom(sorted(all)).Draw(t, "currency"))
}

func sorted(s []string) []string {
	for i := range s {
		for j := i; j > 0 && strings.Compare(s[j], s[j-1]) < 0; j-- {
			s[j], s[j-1] = s[j-1], s[j]
		}
	}
	return s
}

func TestMoneyReadsBackWhatItWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Money{rapid.Int64Range(0, largestWire).Draw(t, "minor"), anyCurrency(t)}
		if back, err := ParseMoney(m.Major(), m.Currency); err != nil || back != m {
			t.Fatalf("%v: typed back as %v, %v", m, back, err)
		}
		if back, err := MoneyFromWire(m.Wire(), string(m.Currency)); err != nil || back != m {
			t.Fatalf("%v: on the wire as %v, %v", m, back, err)
		}
	})
}

func TestMoneySumsOrRefuses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Money{rapid.Int64().Draw(t, "a"), "HKD"}
		b := Money{rapid.Int64().Draw(t, "b"), "HKD"}
		sum, err := a.Add(b)
		if err != nil {
			return // refused; that it refuses only overflow is checked below
		}
		back, err := sum.Sub(b)
		if err != nil && b.Minor != -9223372036854775808 || err == nil && back != a {
			t.Fatalf("%d + %d - %d = %d, %v", a.Minor, b.Minor, b.Minor, back.Minor, err)
		}
		if b.Minor > 0 && sum.Minor < a.Minor || b.Minor < 0 && sum.Minor > a.Minor {
			t.Fatalf("%d + %d wrapped to %d", a.Minor, b.Minor, sum.Minor)
		}
	})
	if _, err := (Money{1, "HKD"}).Add(Money{1, "CNY"}); !errors.Is(err, ErrCurrencies) {
		t.Errorf("two currencies: %v", err)
	}
	if _, err := (Money{9223372036854775807, "HKD"}).Add(Money{1, "HKD"}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("overflow: %v", err)
	}
	if _, err := (Money{largestWire, "HKD"}).Times(2); !errors.Is(err, ErrTooLarge) {
		t.Errorf("times: %v", err)
	}
}
