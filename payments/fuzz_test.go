package payments

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// FuzzParseMoney: whatever is typed, in whatever currency, an amount that is
// read is never negative, never beyond Alipay's digits, comes back from its own
// spelling, and holds no digit that was not typed.
func FuzzParseMoney(f *testing.F) {
	for _, text := range []string{
		"12.50", ".", "0", "00.00", "9999999999999999", "99999999999999.99", "10000000000000000", "1e9", "１", "-1", "+1", "1,000",
		"1.005", "1.500", "0.1.", " 7 ", "\u00a07", "007", ".5", "5.", "0x10", "1_000", "NaN", "٣",
	} {
		for _, c := range []string{"HKD", "JPY", "IDR", "XXX"} {
			f.Add(text, c)
		}
	}
	f.Fuzz(func(t *testing.T, text, currency string) {
		c := Currency(currency)
		m, err := ParseMoney(text, c)
		if err != nil {
			if m != (Money{}) {
				t.Fatalf("%q: %v beside %v", text, m, err)
			}
			return
		}
		if m.Minor < 0 || m.Minor > largestWire || m.Currency != c || !c.Known() {
			t.Fatalf("%q is read as %d %s", text, m.Minor, m.Currency)
		}
		for _, spelled := range []string{m.Major(), strings.ReplaceAll(m.Grouped(), ",", "")} {
			if back, err := ParseMoney(spelled, c); err != nil || back != m {
				t.Fatalf("%q: %q reads back as %v, %v", text, spelled, back, err)
			}
		}
		if back, err := MoneyFromWire(m.Wire(), currency); err != nil || back != m {
			t.Fatalf("%q: %s comes back over the wire as %v, %v", text, m, back, err)
		}
		// The same digits, read by hand.
		whole, frac, _ := strings.Cut(strings.TrimSpace(text), ".")
		frac = (frac + "00")[:c.Digits()]
		if want, err := strconv.ParseInt("0"+whole+frac, 10, 64); err != nil || want != m.Minor {
			t.Fatalf("%q is read as %d, want %d (%v)", text, m.Minor, want, err)
		}
		if m.CheckCharge() == nil && (m.Minor == 0 || currency == "IDR" && m.Minor%100 != 0) {
			t.Fatalf("%v may be charged", m)
		}
	})
}

// FuzzMoneyFromWire: an amount of Alipay's is digits of a known currency, and
// nothing else is.
func FuzzMoneyFromWire(f *testing.F) {
	for _, value := range []string{"4550", "0", "-1", "+1", "1e3", "45.50", "9999999999999999", "10000000000000000", "18446744073709551617", " 1", "0001", "１", ""} {
		f.Add(value, "HKD")
		f.Add(value, "hkd")
	}
	f.Fuzz(func(t *testing.T, value, currency string) {
		m, err := MoneyFromWire(value, currency)
		digits := value != "" && strings.Trim(value, "0123456789") == ""
		if err != nil {
			if digits && len(value) <= 16 && Currency(currency).Known() {
				t.Fatalf("%q %q: %v", value, currency, err)
			}
			return
		}
		if !digits || !m.Currency.Known() || string(m.Currency) != currency {
			t.Fatalf("%q %q is %v", value, currency, m)
		}
		if want := strings.TrimLeft(value, "0"); m.Wire() != want && (want != "" || m.Minor != 0) {
			t.Fatalf("%q is written as %q", value, m.Wire())
		}
	})
}

// FuzzParseCode: what passes as a payment code is 16 to 24 digits of a wallet
// that is charged here, and no way of printing it or its error tells it.
func FuzzParseCode(f *testing.F) {
	for _, text := range []string{
		"281006020000000000123456", "\x1b[28100602", "2810 0602 0000 0000\r\n", "134567890123456789", "6212345678901234567",
		"2512345678901234", "3012345678901234", "3112345678901234", "251234567890123", "2512345678901234567890123",
		"２８１００６０２００００００００", "9012345678901234567", "",
	} {
		f.Add(text, "")
		f.Add(text, "90")
		f.Add(text, " ")
	}
	f.Fuzz(func(t *testing.T, text, extra string) {
		c, err := ParseCode(text, extra)
		if err != nil {
			var why *CodeError
			if !errors.As(err, &why) || why.Problem == "" || c.Digits() != "" {
				t.Fatalf("%q: %v beside %v", text, c, err)
			}
			if digits := strings.Trim(text, " \t\r\n"); len(digits) >= 6 && strings.Contains(err.Error(), digits) {
				t.Fatalf("%v tells what was scanned", err)
			}
			return
		}
		d := c.Digits()
		if len(d) < 16 || len(d) > 24 || strings.Trim(d, "0123456789") != "" {
			t.Fatalf("%q passed as %d digits", text, len(d))
		}
		if p := d[:2]; (p < "25" || p > "30") && (extra == "" || !strings.HasPrefix(d, extra)) {
			t.Fatalf("%q passed with the prefix %s", text, p)
		}
		if again, err := ParseCode(d, extra); err != nil || again != c {
			t.Fatalf("%q: its own digits are %v, %v", text, again, err)
		}
		for _, said := range []string{fmt.Sprintf("%v %+v %#v %s %q %x %d", c, c, c, c, c, c, c), c.Masked(), c.LogValue().String()} {
			if strings.Contains(said, d[6:len(d)-2]) {
				t.Fatalf("%q is said as %q", text, said)
			}
		}
	})
}

// FuzzParseDay: a day that is read is ten characters of a real date, and its
// short form is what shop numbers carry.
func FuzzParseDay(f *testing.F) {
	for _, text := range []string{"2026-11-21", "2026-02-29", "2024-02-29", "26-11-21", "2026-11-21 ", "0000-01-01", "9999-12-31", "２０２６-11-21", "2026-11-2\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDay(text)
		if len(Day(text).Compact()) != 6 {
			t.Fatalf("%q is %q in short", text, Day(text).Compact())
		}
		if err != nil {
			if d != "" || !errors.Is(err, ErrNotADay) {
				t.Fatalf("%q: %q, %v", text, d, err)
			}
			return
		}
		var year, month, day int
		if n, err := fmt.Sscanf(text, "%04d-%02d-%02d", &year, &month, &day); n != 3 || err != nil || month < 1 || month > 12 || day < 1 || day > 31 {
			t.Fatalf("%q is a day", text)
		}
		if string(d) != fmt.Sprintf("%04d-%02d-%02d", year, month, day) || d.Compact() != fmt.Sprintf("%02d%02d%02d", year%100, month, day) {
			t.Fatalf("%q is %q, in short %q", text, d, d.Compact())
		}
		if _, compact, count, ok := ParseShopNumber(ShopNumber("T1", d, 17)); !ok || compact != d.Compact() || count != 17 {
			t.Fatalf("the 17th number of %q does not come back", d)
		}
	})
}

// FuzzParseShopNumber: what is taken apart is what it is put together of, so
// that no two texts are one number.
func FuzzParseShopNumber(f *testing.F) {
	for _, text := range []string{"T1-261121-0017", "T1-261121-17", "-261121-0017", "T-1-261121-0017", "T1-261121-00017", "T1-261121-99999999999999999999", "T1-261121-١٢٣٤", "--"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		till, day, count, ok := ParseShopNumber(text)
		if !ok {
			if till != "" || day != "" || count != 0 {
				t.Fatalf("%q is none, and %q %q %d", text, till, day, count)
			}
			return
		}
		if count < 0 || strings.Contains(till, "-") || len(day) != 6 || strings.Trim(day, "0123456789") != "" {
			t.Fatalf("%q is %q %q %d", text, till, day, count)
		}
		tail := text[strings.LastIndexByte(text, '-')+1:]
		if fmt.Sprintf("%s-%s-%0*d", till, day, len(tail), count) != text {
			t.Fatalf("%q is %q %q %d", text, till, day, count)
		}
	})
}

// FuzzIDCount: only the ids of a start are counted out, each as the one it is.
func FuzzIDCount(f *testing.F) {
	const seed = "zyxwvtsrqpnmkjhgfedcba9876"
	for _, n := range []uint32{0, 1, 31, 32, 1<<30 - 1} {
		f.Add(seed, IDAfter(seed, n))
	}
	f.Add("", "000001")
	f.Add(seed, seed+"00000i")
	f.Add(seed, seed+"ZZZZZZ")
	f.Fuzz(func(t *testing.T, seed, id string) {
		n, ok := IDCount(seed, id)
		if ok && (IDAfter(seed, n) != id || len(id) != 32) {
			t.Fatalf("%q is the %d. of %q, which is %q", id, n, seed, IDAfter(seed, n))
		}
		if !ok && n != 0 {
			t.Fatalf("%q is none, and the %d.", id, n)
		}
		if n, ok := IDCount(seed, IDAfter(seed, uint32(len(id)))); len(seed) == 26 && (!ok || n != uint32(len(id))) {
			t.Fatalf("the %d. of %q comes back as %d", len(id), seed, n)
		}
	})
}
