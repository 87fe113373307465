package alipay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"ringup/payments"
)

// twins finds two names of one object that a reader could take for one.
func twins(v any) string {
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name, inside := range v {
			for _, other := range names {
				if strings.EqualFold(name, other) {
					return name + " and " + other
				}
			}
			names = append(names, name)
			if found := twins(inside); found != "" {
				return found
			}
		}
	case []any:
		for _, inside := range v {
			if found := twins(inside); found != "" {
				return found
			}
		}
	}
	return ""
}

// FuzzDecode: what is read can be understood in one way only, and is what any
// other reader of JSON finds.
func FuzzDecode(f *testing.F) {
	for _, raw := range []string{
		success(CallPay), `{}`, ` {"a":1} `, `[]`, `{"a":1}{"a":2}`, `{"a":1,"A":2}`, `{"k":1,"\u212a":2}`, `{"s":1,"ſ":2}`, `{"a":{"b":1,"b":2}}`,
		`{"a":[{"b":1},{"b":1}]}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}", `{"":1,"":2}`, `{"a":1e999}`, "\ufeff{}", `{"\u0061":1,"a":2}`, `{"a":"{\"a\":1,\"a\":2}"}`,
		strings.Repeat(`{"a":`, 200) + `1` + strings.Repeat(`}`, 200),
	} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var m map[string]any
		err := Decode(raw, &m)
		var other any
		valid := json.Unmarshal(raw, &other) == nil
		if err != nil {
			if len(err.Error()) > 300 {
				t.Fatalf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		if !valid || !utf8.Valid(raw) || !reflect.DeepEqual(other, any(m)) {
			t.Fatalf("%q is read as %v, elsewhere as %v", raw, m, other)
		}
		if found := twins(m); found != "" {
			t.Fatalf("%q has %s", raw, found)
		}
	})
}

// FuzzFlag: a flag is true only when the text says so.
func FuzzFlag(f *testing.F) {
	for _, raw := range []string{`true`, `"True"`, `"false"`, `null`, `""`, `1`, `"yes"`, `{}`, `"ＴＲＵＥ"`, ` "true" `} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		flag := Flag(false)
		err := json.Unmarshal(raw, &flag)
		said := strings.ToLower(strings.Trim(strings.TrimSpace(string(raw)), `"`))
		if bool(flag) && (err != nil || !strings.Contains(said, "true") && !strings.Contains(said, `\u`)) {
			t.Fatalf("%s is true, %v", raw, err)
		}
	})
}

// FuzzMask: wherever a code stands in what is logged or hinted, no more of it
// than its first six and last two digits comes out.
func FuzzMask(f *testing.F) {
	for _, around := range [][2]string{
		{"", ""}, {`{"paymentMethodId":"`, `"}`}, {"code ", " is bad"}, {"http://host/?code=", "&x"}, {"\x00", "\xff"}, {"港", "港"}, {digits + " ", ""},
		{`"displayCustomerName":"`, `"`}, {"7", "7"}, {strings.Repeat("x", longestLogged-10), ""}, {strings.Repeat("x", longestHint-10), ""},
	} {
		f.Add(around[0], around[1])
	}
	request := []byte(`{"paymentMethod":{"paymentMethodType":"CONNECT_WALLET","paymentMethodId":"` + digits + `"}}`)
	f.Fuzz(func(t *testing.T, before, after string) {
		secret := digits[6 : len(digits)-2]
		if strings.Contains(before+after, secret) {
			return
		}
		text := before + digits + after
		if got := maskWith(request, []byte(text)); bytes.Contains(got, []byte(secret)) || len(got) > longestLogged {
			t.Fatalf("%q is logged as %q", text, got)
		}
		if got := hint(text); strings.Contains(got, secret) || utf8.RuneCountInString(got) > longestHint || strings.ContainsFunc(got, unicode.IsControl) {
			t.Fatalf("%q is hinted as %q", text, got)
		}
		// Without the request, a run of digits that begins otherwise is taken
		// for an id of Alipay's own.
		if before == "" || !strings.ContainsAny(before[len(before)-1:], "0123456789") {
			if got := mask([]byte(text)); bytes.Contains(got, []byte(secret)) {
				t.Fatalf("%q is masked as %q", text, got)
			}
		}
	})
}

// FuzzQuietLog: what came unasked is never passed on, all else is.
func FuzzQuietLog(f *testing.F) {
	f.Add([]byte("2026/11/21 Unsolicited response received on idle HTTP channel starting with \"" + digits + "\"; err=<nil>\n"))
	f.Add([]byte("anything else\n"))
	f.Fuzz(func(t *testing.T, line []byte) {
		var out bytes.Buffer
		if n, err := QuietLog(&out).Write(line); n != len(line) || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		before, after, found := bytes.Cut(line, unsolicited)
		if !found && !bytes.Equal(out.Bytes(), line) || found && out.Len() != len(before)+len(unsolicited)+1 {
			t.Fatalf("%q (%q) is passed on as %q", line, after, out.Bytes())
		}
	})
}

// FuzzParseCredentials: a credentials file that passes is whole, comes back
// from its own JSON, sells only where it may, and tells its secrets to no log;
// nor does the error about one that doesn't pass.
func FuzzParseCredentials(f *testing.F) {
	good := shop()
	good.Host, good.AgentToken = "https://open-sea-global.alipay.com", "token-of-the-shop"
	raw, err := json.Marshal(good)
	if err != nil {
		f.Fatal(err)
	}
	text := string(raw)
	for _, change := range [][2]string{
		{"", ""}, {`"https://`, `"http://`}, {"open-sea-global.alipay.com", "127.0.0.1:8790"}, {"open-sea-global.alipay.com", "alipay.com.example"},
		{"SANDBOX_", ""}, {"HKD", "XXX"}, {`"5812"`, `5812`}, {`"privateKey"`, `"PrivateKey"`}, {`{"host"`, `{"HOST":"","host"`}, {"{", "\ufeff{"},
		{"token-of-the-shop", `token\r\nX-Evil: 1`}, {`"https://open-sea-global.alipay.com"`, `"https://a@b"`}, {"}", ""}, {`"privateKey":"`, `"privateKey":["`},
	} {
		f.Add([]byte(strings.Replace(text, change[0], change[1], 1)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var held struct{ PrivateKey, AgentToken string }
		_ = json.Unmarshal(raw, &held) // as far as it can be read
		tells := func(said string) bool {
			return len(held.PrivateKey) > 20 && strings.Contains(said, held.PrivateKey) || len(held.AgentToken) > 20 && strings.Contains(said, held.AgentToken)
		}
		c, err := ParseCredentials(raw)
		if err != nil {
			if tells(err.Error()) || len(err.Error()) > 4<<10 {
				t.Fatalf("the error tells too much: %v", err)
			}
			return
		}
		if said := fmt.Sprintf("%v %+v %#v", c, c, c) + c.LogValue().String(); tells(said) {
			t.Fatalf("it is said as %s", said)
		}
		if strings.ContainsFunc(c.ClientID+string(c.AgentToken)+c.KeyVersion+c.TokenID+c.Host, func(r rune) bool { return r <= ' ' || r > '~' }) && strings.Trim(c.Host, " ") == c.Host {
			t.Fatalf("%q: a header would hold more than it may", raw)
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseCredentials(again); err != nil || back != c || back.Account() != c.Account() {
			t.Fatalf("%q comes back as %v, %v", raw, back, err)
		}
		k, err := c.parse()
		if err != nil {
			t.Fatal(err)
		}
		name, loopback := k.base.Hostname(), isLoopback(k.base.Hostname())
		if k.base.Scheme == "http" && !loopback {
			t.Fatalf("%q: plain http to %s", raw, name)
		}
		switch err := NewClient().Use(c); {
		case err == nil && !IsSandbox(c.ClientID) && !strings.HasSuffix("."+strings.ToLower(name), ".alipay.com") && !(c.Local && loopback):
			t.Fatalf("%q: real money goes to %s", raw, name)
		case err != nil && !errors.Is(err, ErrForeignHost):
			t.Fatalf("%q: passes, and is %v", raw, err)
		}
	})
}

// FuzzRequestBody: whatever a shop calls its goods, the body of pay is JSON
// that reads back, within Alipay's lengths, the same bytes each time, and asks
// for the amount that was to be asked for.
func FuzzRequestBody(f *testing.F) {
	f.Add("Milk tea", "Harbour Tea House", "T2-261121-0017", int64(1800), int64(2), int64(3600))
	f.Add("\x1b@\r\n\"\\", "\u2028</script>", "", int64(-5), int64(0), int64(1))
	f.Add("\xff\xfe", strings.Repeat("港", 300), strings.Repeat("9", 65), int64(1), int64(1)<<62, int64(9_999_999_999_999_999))
	creds := shop()
	f.Fuzz(func(t *testing.T, text, description, number string, unit, count, amount int64) {
		q := payments.PayRequest{
			PaymentRequestID: requestID, Amount: payments.Money{Minor: amount, Currency: "HKD"}, Code: code(t), SentAt: noon, Expiry: noon.Add(time.Minute),
			Number: number, Description: description, Lines: []payments.Line{{Text: text, Unit: payments.Money{Minor: unit, Currency: "HKD"}, Count: count}},
		}
		body, err := payBody(&creds, q)
		if err != nil {
			if !errors.Is(err, ErrRequest) || strings.Contains(err.Error(), digits) {
				t.Fatal(err)
			}
			return
		}
		if again, err := payBody(&creds, q); err != nil || !bytes.Equal(again, body) {
			t.Fatalf("%s, and then %s, %v", body, again, err)
		}
		var r PayRequest
		if err := Decode(body, &r); err != nil || bytes.ContainsAny(body, "\r\n\x1b") {
			t.Fatalf("%q: %v", body, err)
		}
		if m, err := r.PaymentAmount.Money(); err != nil || m != q.Amount || r.Order.OrderAmount != r.PaymentAmount || m.CheckCharge() != nil {
			t.Fatalf("%s asks for %v, %v", body, m, err)
		}
		if r.PaymentMethod.PaymentMethodID != digits || r.PaymentRequestID != requestID || !r.PaymentExpiryTime.Time().Equal(q.Expiry) {
			t.Fatalf("%s", body)
		}
		if n := utf8.RuneCountInString(r.Order.OrderDescription); n == 0 || n > longestDescription || len(r.Order.ReferenceOrderID) > longestReference {
			t.Fatalf("%s: lengths", body)
		}
		for _, g := range r.Order.Goods {
			if n := utf8.RuneCountInString(g.GoodsName); n == 0 || n > longestName || unit <= 0 || count <= 0 {
				t.Fatalf("%s: goods", body)
			}
		}
	})
}
