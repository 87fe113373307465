package sandbox

import (
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringup/payments/alipay"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestLedgerJSON(t *testing.T) {
	c := newTill(t)
	c.Server.ledger.id.Tag = "38170" // else drawn anew with each ledger
	if status, body := c.control("GET", "/sandbox/ledger", ""); status != 200 || !sameJSON(t, body, `{"payments":[],"refunds":[]}`) {
		t.Errorf("an empty ledger: HTTP %d %s", status, body)
	}
	p := c.pay("A1", c.fresh(), "1250").want(t, "S SUCCESS")
	c.pay("A2", c.code("password"), "300").want(t, "U PAYMENT_IN_PROCESS")
	c.pay("A3", c.code("poor"), "500").want(t, "F USER_BALANCE_NOT_ENOUGH")
	c.pay("A4", c.fresh(), "700").want(t, "S SUCCESS")
	c.refund("R1", p.paymentID, "50").want(t, "S SUCCESS")
	c.cancel("A4").want(t, "S SUCCESS")
	c.refund("R2", p.paymentID, "9999").want(t, "F REFUND_AMOUNT_EXCEED")
	slow := c.pay("A5", c.code("slow_refund"), "800").want(t, "S SUCCESS")
	c.refund("R3", slow.paymentID, "800").want(t, "U REFUND_IN_PROCESS")

	status, body := c.control("GET", "/sandbox/ledger", "")
	if status != 200 {
		t.Fatalf("HTTP %d %s", status, body)
	}
	golden := filepath.Join("testdata", "ledger.json")
	if *update {
		if err := os.WriteFile(golden, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if body != string(want) {
		t.Errorf("the ledger is\n%swant\n%s", body, want)
	}
	l, err := c.Ledger()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	if !sameJSON(t, string(raw), string(want)) {
		t.Errorf("Ledger() says %s", raw)
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal([]byte(a), &x); err != nil {
		t.Fatalf("%v: %s", err, a)
	}
	if err := json.Unmarshal([]byte(b), &y); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	one, _ := json.Marshal(x)
	other, _ := json.Marshal(y)
	return string(one) == string(other)
}

func TestControlWallets(t *testing.T) {
	c := newTill(t)
	for _, x := range []struct{ name, method, body, want string }{
		{"are none at first", "GET", "", `{"wallets":[]}`},
		{
			"come as an object", "POST", `{"wallets":[{"prefix":"2877","balance":"500","pspName":"GCASH"}],"merchantBalance":"1000"}`,
			`{"merchantBalance":"1000","wallets":[{"prefix":"2877","balance":"500","pspName":"GCASH"}]}`,
		},
		{
			"as a list", "POST", `[{"prefix":"2877","balance":"600"},{"prefix":"2601","habit":"risk"}]`,
			`{"merchantBalance":"1000","wallets":[{"prefix":"2601","habit":"risk"},{"prefix":"2877","balance":"600"}]}`,
		},
		{
			"one by one", "POST", `{"prefix":"2601","habit":"poor"}`,
			`{"merchantBalance":"1000","wallets":[{"prefix":"2601","habit":"poor"},{"prefix":"2877","balance":"600"}]}`,
		},
		{
			"and the merchant's balance alone", "POST", `{"merchantBalance":"unlimited"}`,
			`{"wallets":[{"prefix":"2601","habit":"poor"},{"prefix":"2877","balance":"600"}]}`,
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			if status, body := c.control(x.method, "/sandbox/wallets", x.body); status != 200 || !sameJSON(t, body, x.want) {
				t.Errorf("HTTP %d %s", status, body)
			}
		})
	}
	c.pay("A1", "2601000000000001", "100").want(t, "F USER_BALANCE_NOT_ENOUGH")
	c.pay("A2", "2877000000000001", "601").want(t, "F USER_BALANCE_NOT_ENOUGH")
	for _, body := range []string{``, `{`, `{"prefix":"x"}`, `{"prefix":"28","sum":"1"}`, `{"merchantBalance":"much"}`, `{"wallets":[{"prefix":""}]}`, `[] []`} {
		if status, answer := c.control("POST", "/sandbox/wallets", body); status != http.StatusBadRequest {
			t.Errorf("%s: HTTP %d %s", body, status, answer)
		}
	}
	if status, body := c.control("DELETE", "/sandbox/wallets", ""); status != 200 || !sameJSON(t, body, `{"wallets":[]}`) {
		t.Errorf("HTTP %d %s", status, body)
	}
	c.pay("A3", "2601000000000003", "100").want(t, "S SUCCESS")
}

func TestControlFaults(t *testing.T) {
	c := newTill(t)
	status, body := c.control("POST", "/sandbox/faults", `{"faults":[{"call":"pay","kind":"result","code":"RISK_REJECT"},{"kind":"late","delayMs":1,"times":-1,"id":"A9"}]}`)
	want := `{"faults":[{"kind":"result","call":"pay","code":"RISK_REJECT","nth":1,"times":1},{"kind":"late","id":"A9","nth":1,"times":-1,"delayMs":1}]}`
	if status != 200 || !sameJSON(t, body, want) {
		t.Errorf("HTTP %d %s", status, body)
	}
	c.pay("A1", c.fresh(), "100").want(t, "F RISK_REJECT")
	if status, body := c.control("DELETE", "/sandbox/faults", ""); status != 200 || !sameJSON(t, body, `{"faults":[]}`) {
		t.Errorf("HTTP %d %s", status, body)
	}
	for _, body := range []string{`{"kind":"drop"}`, `[{"kind":"drop"}]`} {
		if status, answer := c.control("POST", "/sandbox/faults", body); status != 200 {
			t.Errorf("%s: HTTP %d %s", body, status, answer)
		}
	}
	if _, body := c.control("GET", "/sandbox/faults", ""); strings.Count(body, "drop_answer") != 2 {
		t.Errorf("script %s", body)
	}
	for _, body := range []string{``, `{"kind":"explode"}`, `{"faults":[{"kind":"result"}]}`, `{"faults":[{"kind":"drop","typo":1}]}`, `7`} {
		if status, answer := c.control("POST", "/sandbox/faults", body); status != http.StatusBadRequest {
			t.Errorf("%s: HTTP %d %s", body, status, answer)
		}
	}
}

func TestControlCodesAndHabits(t *testing.T) {
	c := newTill(t)
	status, body := c.control("POST", "/sandbox/codes", `{"habit":"password"}`)
	var got struct{ Code string }
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 || len(got.Code) != 24 {
		t.Fatalf("HTTP %d, a code of %d digits, %v", status, len(got.Code), err)
	}
	c.pay("A1", got.Code, "100").want(t, "U PAYMENT_IN_PROCESS")
	c.watch.pass(time.Minute)
	for _, form := range []string{``, `{"habit":"generous"}`, `{"habits":"pays"}`} {
		if status, answer := c.control("POST", "/sandbox/codes", form); status != http.StatusBadRequest {
			t.Errorf("%s: HTTP %d %s", form, status, answer)
		}
	}
	var list []Habit
	if _, body := c.control("GET", "/sandbox/habits", ""); json.Unmarshal([]byte(body), &list) != nil || len(list) != len(habits) || list[1].ID != "password" || list[1].Digits != "01" {
		t.Errorf("habits %s", body)
	}
	for _, path := range []string{"/sandbox/", "/sandbox/keys"} {
		if status, _ := c.control("GET", path, ""); status != http.StatusNotFound {
			t.Errorf("%s: HTTP %d", path, status)
		}
	}
}

// The control endpoints are for programs on this machine: not for the network,
// and not for a page in a browser that a cashier opened.
func TestControlIsLocal(t *testing.T) {
	c := newTill(t)
	for _, x := range []struct {
		name  string
		spoil func(r *http.Request)
		want  int
	}{
		{"a program on this machine", func(r *http.Request) {}, 200},
		{"the same over IPv6", func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:4711", "[::1]:8790" }, 200},
		{"a pipe within the program", func(r *http.Request) { r.RemoteAddr, r.Host = "pipe", "alipay" }, 200},
		{"another machine", func(r *http.Request) { r.RemoteAddr = "192.0.2.7:4711" }, 403},
		{"a page of somebody else's", func(r *http.Request) { r.Header.Set("Origin", "https://example.com") }, 403},
		{"a page that only looks", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		{"a name that was bent to this machine", func(r *http.Request) { r.Host = "example.com:8790" }, 403},
	} {
		t.Run(x.name, func(t *testing.T) {
			for _, path := range []string{"/sandbox/ledger", "/sandbox/wallets", "/sandbox/faults", "/sandbox/habits"} {
				r := httptest.NewRequest("GET", path, nil)
				r.RemoteAddr, r.Host = "127.0.0.1:4711", "localhost:8790"
				x.spoil(r)
				w := httptest.NewRecorder()
				c.Handler().ServeHTTP(w, r)
				if w.Code != x.want {
					t.Errorf("%s: HTTP %d", path, w.Code)
				}
			}
		})
	}
}

func TestBalances(t *testing.T) {
	c := newTill(t)
	p := c.pay("A1", c.fresh(), "1000").want(t, "S SUCCESS")
	c.refund("R1", p.paymentID, "300").want(t, "S SUCCESS")
	c.pay("A2", c.fresh(), "50").want(t, "S SUCCESS")
	c.cancel("A2").want(t, "S SUCCESS")
	c.pay("A3", c.code("poor"), "50")
	list, err := c.Balances()
	if err != nil || len(list) != 3 {
		t.Fatal(list, err)
	}
	for i, want := range []struct {
		id                       string
		captured, returned, held int64
	}{{"A1", 1000, 300, 700}, {"A2", 50, 50, 0}, {"A3", 0, 0, 0}} {
		b := list[i]
		if b.PaymentRequestID != want.id || b.Captured.Minor != want.captured || b.Returned.Minor != want.returned || b.Held().Minor != want.held || b.Held().Currency != "HKD" {
			t.Errorf("%+v, want %+v", b, want)
		}
	}
	c.stands("A1", alipay.StateSuccess, 700)
}
