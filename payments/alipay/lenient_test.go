package alipay

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestTextFlagAndTimeAreReadLeniently(t *testing.T) {
	type all struct {
		Text Text `json:"text"`
		Flag Flag `json:"flag"`
		Time Time `json:"time"`
	}
	for _, c := range []struct {
		body string
		want all
		err  error
	}{
		{`{"text":"20","flag":"true","time":"2026-11-21T10:00:00+08:00"}`, all{"20", true, "2026-11-21T10:00:00+08:00"}, nil},
		{`{"text":20,"flag":true,"time":1795226400000}`, all{"20", true, "1795226400000"}, nil},
		{`{"text":1.0811,"flag":"TRUE"}`, all{"1.0811", true, ""}, nil},
		{`{"text":true,"flag":"false"}`, all{"true", false, ""}, nil},
		{`{"text":null,"flag":null,"time":null}`, all{}, nil},
		{`{"text":"","flag":""}`, all{}, nil},
		{`{"text":"\u0032\u0030"}`, all{Text: "20"}, nil},
		{`{"text":{}}`, all{}, ErrNotText},
		{`{"text":[1]}`, all{}, ErrNotText},
		{`{"flag":"yes"}`, all{}, ErrNotFlag},
		{`{"flag":1}`, all{}, ErrNotFlag},
		{`{"flag":{}}`, all{}, ErrNotFlag},
		{`{"time":{}}`, all{}, ErrNotText},
	} {
		var got all
		err := json.Unmarshal([]byte(c.body), &got)
		if !errors.Is(err, c.err) || c.err == nil && got != c.want {
			t.Errorf("%s: %+v, %v", c.body, got, err)
		}
	}
	raw, err := json.Marshal(all{"20", true, TimeOf(noon)})
	if want := `{"text":"20","flag":true,"time":"2026-11-21T10:00:00+08:00"}`; err != nil || string(raw) != want {
		t.Errorf("written as %s, %v", raw, err)
	}
}

func TestParseTime(t *testing.T) {
	whole := time.Date(2026, 11, 21, 10, 0, 0, 0, zone)
	for text, want := range map[string]time.Time{
		"2026-11-21T10:00:00+08:00":     whole,
		"2026-11-21 10:00:00+08:00":     whole,
		"2026-11-21T10:00:00+0800":      whole,
		"2026-11-21T02:00:00Z":          whole,
		"2026-11-21 02:00:00Z":          whole,
		"2026-11-20T18:30:00-07:30":     whole,
		"2026-11-21T10:00:00.25+08:00":  whole.Add(250 * time.Millisecond),
		"2026-11-21 02:00:00.000001Z":   whole.Add(time.Microsecond),
		"1795226400000":                 whole,
		"1795226400001":                 whole.Add(time.Millisecond),
		"2026-02-29T10:00:00Z":          {},
		"2026-11-21T10:00:00":           {},
		"2026-11-21":                    {},
		"2026-11-21T25:00:00Z":          {},
		"2026-11-21T10:00Z":             {},
		"2026-11-21T10:00:00+08:00 ":    {},
		"2026-11-21T10:00:00+08:00.{}":  {},
		"1795226400":                    {},
		"-179522640000":                 {},
		"+179522640000":                 {},
		"":                              {},
		"Sat, 21 Nov 2026 10:00:00 GMT": {},
	} {
		got, err := ParseTime(text)
		if want.IsZero() != (err != nil) || !got.Equal(want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
		if err != nil && !errors.Is(err, ErrNotTime) {
			t.Errorf("%q: %v", text, err)
		}
		if !Time(text).Time().Equal(want) {
			t.Errorf("Time(%q) is %v", text, Time(text).Time())
		}
	}
	if got := RequestTime(noon); got != "1795226400000" {
		t.Errorf("Request-Time %s", got)
	}
	if got := TimeOf(time.Time{}); got != "" {
		t.Errorf("no time is %q", got)
	}
}

func FuzzLenient(f *testing.F) {
	for _, seed := range []string{`"20"`, `20`, `true`, `null`, `{}`, `"2026-11-21 10:00:00.5+08:00"`, `1795226400000`, `"\ud800"`, `1e999`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var text Text
		if json.Unmarshal(raw, &text) != nil {
			return
		}
		again, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		var second Text
		if err := json.Unmarshal(again, &second); err != nil || second != text {
			t.Fatalf("%s: %q comes back as %q, %v", raw, text, second, err)
		}
		if at, err := ParseTime(string(text)); err == nil {
			if strings.ContainsAny(string(text), "{}[]\"\n") {
				t.Fatalf("%q is a time", text)
			}
			if at.Nanosecond() == 0 && at.Year() > 0 && at.Year() < 10000 {
				if back, err := ParseTime(string(TimeOf(at))); err != nil || !back.Equal(at) {
					t.Fatalf("%q: %v comes back as %v, %v", text, at, back, err)
				}
			}
		}
	})
}
