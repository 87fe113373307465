package payments

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestParseCode(t *testing.T) {
	ok := []string{"2812345678901234", "281006020000000000123456", "30" + strings.Repeat("1", 14), " 2812 3456 7890 1234\r\n"}
	for _, text := range ok {
		if _, err := ParseCode(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	rows := []struct {
		text    string
		problem CodeProblem
	}{
		{"", CodeNotDigits},
		{"28100602000000000012345X", CodeNotDigits},
		{"2810060200", CodeTooShort},
		{"281006020000", CodeTooShort},
		{"2810060200000000001234567", CodeTooLong},
		{"134567890123456789", CodeWeChat},
		{"6212345678901234567", CodeUnionPay},
		{"991006020000000000123456", CodeForeign},
		{"311006020000000000123456", CodeForeign},
	}
	for _, r := range rows {
		_, err := ParseCode(r.text)
		var e *CodeError
		if !errors.As(err, &e) || e.Problem != r.problem {
			t.Errorf("%q: got %v, want %s", r.text, err, r.problem)
		}
	}
	if _, err := ParseCode("991006020000000000123456", "99"); err != nil {
		t.Errorf("an allowed prefix: %v", err)
	}
}

// However a code is printed, its middle digits stay inside.
func TestPaymentCodeNeverLeaks(t *testing.T) {
	c, err := ParseCode("281006029876543210123456")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("scan", "code", c, "struct", struct{ C PaymentCode }{c})
	encoded, err := json.Marshal(map[string]any{"code": c})
	if err != nil {
		t.Fatal(err)
	}
	all := log.String() + string(encoded)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		all += fmt.Sprintf(verb, c) + fmt.Sprintf(verb, &c) + fmt.Sprintf(verb, []PaymentCode{c})
	}
	if strings.Contains(all, "9876543210") {
		t.Error("the code's middle digits came out")
	}
	if c.Masked() != "281006…56" {
		t.Errorf("masked: %s", c.Masked())
	}
}
