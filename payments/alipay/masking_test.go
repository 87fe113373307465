package alipay

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"ringup/payments"
)

func TestTheLogHoldsNoSecrets(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	creds := shop()
	creds.AgentToken = "token-of-the-shop"
	const foreign = "9912345678901234567890"
	var body string
	s := newStage(t, creds, func(w http.ResponseWriter, q asked) { reply{body: body}.write(w, q.path) }, WithLog(log))
	body = success(CallPay)
	s.ask(CallPay)
	body = `{` + result("F", "PARAM_ILLEGAL") + `,"echo":"` + digits + `","said":"code ` + digits + ` is bad","displayCustomerName" : "Chan \"Min\" Tai"}`
	s.ask(CallPay)
	// A code that only this shop's settings allow, echoed in a page.
	c, err := payments.ParseCode(foreign, "99")
	if err != nil {
		t.Fatal(err)
	}
	body = "<html>" + foreign + "</html>"
	s.askWith(t.Context(), CallPay, func(q *payments.PayRequest, _ *payments.InquireRequest) { q.Code = c })
	body = "\xff\xfe" + digits
	s.ask(CallPay)
	s.client.Close() // or a kept connection might still take the request
	s.server.Close()
	s.ask(CallPay)

	text := out.String()
	if lines := strings.Count(text, "\n"); lines != 5 {
		t.Errorf("%d lines for five exchanges", lines)
	}
	for name, secret := range map[string]string{
		"a payment code": digits, "most of a payment code": digits[:12], "a foreign payment code": foreign,
		"the agent token": "token-of-the-shop", "the private key": FormatPrivateKey(tillKey())[:40],
		"a customer's id": "2088000000000000", "a customer's name": "Chan", "a signature": "signature=",
	} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in the log:\n%s", name, text)
		}
	}
	for _, wanted := range []string{"281006…56", "991234…90", requestID, paymentID, "PARAM_ILLEGAL", "/ams/sandbox/api/v1/payments/pay", "not_sent"} {
		if !strings.Contains(text, wanted) {
			t.Errorf("%s is not in the log:\n%s", wanted, text)
		}
	}
}

func TestNothingIsLoggedAboveDebug(t *testing.T) {
	var out bytes.Buffer
	s := newStage(t, shop(), func(w http.ResponseWriter, q asked) { reply{body: success(CallPay)}.write(w, q.path) },
		WithLog(slog.New(slog.NewTextHandler(&out, nil))))
	s.ask(CallPay)
	if out.Len() > 0 {
		t.Error(out.String())
	}
}

func TestAHugeAnswerIsLoggedInPart(t *testing.T) {
	text := maskWith([]byte(`{}`), []byte(strings.Repeat("x", longestLogged-10)+digits+strings.Repeat("y", 1<<20)))
	if len(text) > longestLogged || bytes.Contains(text, []byte(digits[:7])) {
		t.Errorf("%d bytes, ending %s", len(text), text[len(text)-20:])
	}
}
