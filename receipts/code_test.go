package receipts_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ringup/payments"
	"ringup/receipts"
)

func code(t *testing.T, e receipts.Environment, s payments.Sale) string {
	t.Helper()
	c, err := receipts.CodeOf(e, s)
	if err != nil {
		t.Fatal(err)
	}
	return c.String()
}

func TestSlipCodeHasItsDocumentedDigits(t *testing.T) {
	got := code(t, receipts.Live, sale("en"))
	// 2026-11-21 is day 9821 since 2000-01-01; 9821 × 2700 + 17 = 26516717.
	if len(got) != 20 || got[:11] != "90"+"3"+"26516717" {
		t.Fatalf("code %s", got)
	}
	// The digits of the id and the check digit, by a second computation:
	// python3 -c "import hashlib; print(int.from_bytes(hashlib.sha256(
	//   b'ringup slip 7K2M9QX4T8VB3NRW5CZP6HJD1A000017').digest()[:8],'big') % 10**8)"
	if want := "72751737"; got[11:19] != want {
		t.Errorf("random part %s, want %s", got[11:19], want)
	}
}

// TestCheckDigitOfISO7064 uses the standard's own example for MOD 11,10:
// 0794 has the check character 5.
func TestCheckDigitOfISO7064(t *testing.T) {
	if got := receipts.CheckDigit("0794"); got != '5' {
		t.Fatalf("check digit %c", got)
	}
}

func TestSlipCodeComesBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		day := payments.Day(fmt.Sprintf("20%02d-%02d-%02d",
			rapid.IntRange(0, 99).Draw(rt, "year"), rapid.IntRange(1, 12).Draw(rt, "month"), rapid.IntRange(1, 28).Draw(rt, "day")))
		till := rapid.StringMatching(`[A-Z][A-Z0-9-]{0,5}`).Draw(rt, "till")
		count := rapid.IntRange(1, 20000).Draw(rt, "count")
		s := payments.Sale{ID: rapid.StringMatching(`[A-Z0-9]{32}`).Draw(rt, "id"),
			Number: fmt.Sprintf("%s-%s-%04d", till, day.Compact(), count)}
		e := rapid.SampledFrom([]receipts.Environment{receipts.Training, receipts.Sandbox, receipts.Live}).Draw(rt, "environment")

		written, err := receipts.CodeOf(e, s)
		if err != nil {
			rt.Fatal(err)
		}
		read, err := receipts.ParseCode(written.String())
		if err != nil || read != written {
			rt.Fatalf("%v read as %v, %v", written, read, err)
		}
		if read.Environment != e || read.Day() != day || !read.Matches(s) {
			rt.Fatalf("read as %v on %s", read.Environment, read.Day())
		}
		found := false
		for _, n := range read.Numbers(till, count+5000) {
			found = found || n == s.Number
		}
		if !found {
			rt.Fatalf("%s is not among %v", s.Number, read.Numbers(till, count+5000))
		}
	})
}

func TestEverySingleWrongDigitIsFound(t *testing.T) {
	good := code(t, receipts.Training, sale("en"))
	for i := range good {
		for d := byte('0'); d <= '9'; d++ {
			if good[i] == d {
				continue
			}
			bad := good[:i] + string(d) + good[i+1:]
			if c, err := receipts.ParseCode(bad); err == nil {
				t.Errorf("%s was read as %v", bad, c)
			}
		}
	}
}

func TestParseCodeTellsWhatIsWrong(t *testing.T) {
	good := code(t, receipts.Live, sale("en"))
	wrongEnvironment := "909" + good[3:19]
	tooLate := "903" + "99999999" + good[11:19]
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":                      {"", receipts.ErrNotACode},
		"a payment code":               {"281426348240442632", receipts.ErrNotACode},
		"a word":                       {"RINGUP TEST", receipts.ErrNotACode},
		"letters after the mark":       {"90" + strings.Repeat("x", 18), receipts.ErrNotACode},
		"digits of another script":     {"90" + strings.Repeat("٣", 9), receipts.ErrNotACode},
		"a digit short":                {good[:19], receipts.ErrCodeLength},
		"a digit too many":             {good + "1", receipts.ErrCodeLength},
		"two digits swapped":           {good[:3] + good[4:5] + good[3:4] + good[5:], receipts.ErrCodeDigit},
		"an environment that is none":  {wrongEnvironment + string(receipts.CheckDigit(wrongEnvironment)), receipts.ErrNotACode},
		"a day after the year 2099":    {tooLate + string(receipts.CheckDigit(tooLate)), receipts.ErrNotACode},
		"the first digits of the code": {good[:8], receipts.ErrNotACode},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := receipts.ParseCode(c.text); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
		})
	}
}

func TestNothingOpensWhenNumberAndRandomPartDisagree(t *testing.T) {
	s := sale("en")
	c, err := receipts.CodeOf(receipts.Live, s)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*payments.Sale){
		"another till's sale of the same number": func(s *payments.Sale) { s.ID = "ZZ2M9QX4T8VB3NRW5CZP6HJD1A000017" },
		"the next sale":                          func(s *payments.Sale) { s.Number = "T2-261121-0018" },
		"the same count a day later":             func(s *payments.Sale) { s.Number = "T2-261122-0017" },
		"a number that is none":                  func(s *payments.Sale) { s.Number = "17" },
	} {
		t.Run(name, func(t *testing.T) {
			other := s
			change(&other)
			if c.Matches(other) {
				t.Error("it matched")
			}
		})
	}
	if !c.Matches(s) {
		t.Error("its own sale did not match")
	}
}

func TestCodeOfRefusesWhatHasNoCode(t *testing.T) {
	for _, number := range []string{"", "T2", "T2-261121", "-261121-0017", "T2-261321-0017", "T2-2611-0017", "T2-261121-", "T2-261121-+017", "T2-261121-00x7"} {
		s := sale("en")
		s.Number = number
		if c, err := receipts.CodeOf(receipts.Live, s); !errors.Is(err, receipts.ErrNumber) {
			t.Errorf("number %q: %v, %v", number, c, err)
		}
	}
	if _, err := receipts.CodeOf("", sale("en")); !errors.Is(err, receipts.ErrEnvironment) {
		t.Errorf("no environment: %v", err)
	}
}
