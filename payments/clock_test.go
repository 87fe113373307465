package payments

import (
	"strings"
	"testing"
	"time"
)

// machine is a clock whose wall and steady readings can part, as they do when
// somebody sets the time. A time.Time without a steady reading measures by
// the wall; parting is made by shifting what the wall says.
func TestClockFollowsAlipay(t *testing.T) {
	own := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	c := clock{now: func() time.Time { return own }}
	if got := c.alipay(); !got.Equal(own) {
		t.Errorf("before any answer: %v", got)
	}
	c.saw(own.Add(7 * time.Minute))
	own = own.Add(30 * time.Second)
	if want := own.Add(7 * time.Minute); !c.alipay().Equal(want) {
		t.Errorf("got %v, want %v", c.alipay(), want)
	}
	if c.wrong() {
		t.Error("seven minutes are too wrong")
	}
	c.saw(own.Add(11 * time.Minute))
	if !c.wrong() {
		t.Error("eleven minutes are not too wrong")
	}
}

func TestClockIgnoresTheRoundingOfStamps(t *testing.T) {
	own := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	c := clock{now: func() time.Time { return own }}
	c.saw(own)
	own = own.Add(1900 * time.Millisecond)
	c.saw(own.Truncate(time.Second)) // 900 ms behind: only rounding
	if !c.alipay().Equal(own) {
		t.Errorf("shivered to %v", c.alipay())
	}
	c.saw(own.Add(-5 * time.Second)) // Alipay's clock really went back
	if !c.alipay().Equal(own.Add(-5 * time.Second)) {
		t.Errorf("did not follow: %v", c.alipay())
	}
}

func TestClockFloorIsWhatAlipayMustHaveRead(t *testing.T) {
	own := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	c := clock{now: func() time.Time { return own }}
	if !c.moment(0).Floor.IsZero() {
		t.Error("a floor before the first answer")
	}
	c.saw(own)
	own = own.Add(time.Minute)
	if got := c.moment(0).Floor; !got.Equal(own) {
		t.Errorf("floor %v, want %v", got, own)
	}
}

func TestIDs(t *testing.T) {
	g, err := drawIDs()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for range 2000 {
		id := g.next()
		if len(id) != 32 || seen[id] || strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
			t.Fatalf("bad or repeated id %q", id)
		}
		seen[id] = true
	}
	if IDAfter(g.seed, 2000) != g.seed+"0001yg" {
		t.Errorf("the 2000th id is %s", IDAfter(g.seed, 2000))
	}
	other, err := drawIDs()
	if err != nil || other.seed == g.seed {
		t.Errorf("two starts drew the same seed (%v)", err)
	}
}

func TestShopNumber(t *testing.T) {
	n := ShopNumber("T1", "2026-11-21", 17)
	if n != "T1-261121-0017" {
		t.Errorf("got %s", n)
	}
	till, day, count, ok := ParseShopNumber(n)
	if till != "T1" || day != "261121" || count != 17 || !ok {
		t.Errorf("read back as %s %s %d %v", till, day, count, ok)
	}
	for _, bad := range []string{"", "T1", "T1-261121", "T1-26112-0017", "T1-261121-x017", "T1-261121-17"} {
		if _, _, _, ok := ParseShopNumber(bad); ok {
			t.Errorf("%q passed", bad)
		}
	}
}

func TestBusinessDay(t *testing.T) {
	hk, err := time.LoadLocation("Asia/Hong_Kong")
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		cut  int
		utc  string
		want Day
	}{
		{0, "2026-11-21T15:59:59Z", "2026-11-21"}, // 23:59:59 in Hong Kong
		{0, "2026-11-21T16:00:00Z", "2026-11-22"},
		{4, "2026-11-21T19:59:59Z", "2026-11-21"}, // 03:59:59, still yesterday's business
		{4, "2026-11-21T20:00:00Z", "2026-11-22"},
		{4, "2026-02-28T17:00:00Z", "2026-02-28"},
	}
	for _, r := range rows {
		at, err := time.Parse(time.RFC3339, r.utc)
		if err != nil {
			t.Fatal(err)
		}
		if got := (Calendar{hk, r.cut}).Day(at); got != r.want {
			t.Errorf("%s with cut-over %d: got %s, want %s", r.utc, r.cut, got, r.want)
		}
	}
}
