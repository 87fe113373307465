package scanner

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const code = "281426348240442632"

func TestDetector(t *testing.T) {
	type want struct {
		field  string
		keys   []string
		scans  []string
		broken []int
	}
	typed := strike(0, 120*ms, "12.50")
	cases := []struct {
		name    string
		window  window
		strokes []keystroke
		want    want
	}{
		{"an amount and Enter are typed", window{}, strike(0, 60*ms, "12.50⏎"),
			want{field: "12.50", keys: []string{"Return"}}},
		{"two digits pressed together are typed", window{}, then(strike(0, 0, "12"), 90*ms, strike(0, 3*ms, ".5")),
			want{field: "12.5"}},
		{"three digits rolled by three fingers and Enter are typed", window{},
			then(strike(0, 25*ms, "100"), 70*ms, strike(0, 0, "⏎")), want{field: "100", keys: []string{"Return"}}},
		{"four digits drummed by four fingers are typed", window{}, then(strike(0, 35*ms, "1234"), 90*ms, strike(0, 0, "⏎")),
			want{field: "1234", keys: []string{"Return"}}},
		{"what is held comes before the Enter that follows", window{}, strike(0, 30*ms, "50↵"),
			want{field: "50", keys: []string{"KP_Enter"}}},
		{"a scan with Enter leaves the amount alone", window{}, then(typed, 400*ms, strike(0, 8*ms, code+"⏎")),
			want{field: "12.50", scans: []string{code}}},
		{"a scan on the keypad", window{}, then(typed, 400*ms, strike(0, 8*ms, code+"↵")),
			want{field: "12.50", scans: []string{code}}},
		{"a scan with Tab", window{}, then(typed, 400*ms, strike(0, 8*ms, code+"⇥")),
			want{field: "12.50", scans: []string{code}}},
		{"a scan without an ending", window{}, then(typed, 400*ms, strike(0, 8*ms, code)),
			want{field: "12.50", scans: []string{code}}},
		{"the LF after CR is the scan's", window{}, strike(0, 8*ms, code+"⏎⏎"),
			want{scans: []string{code}}},
		{"a CR as a character", window{}, strike(0, 8*ms, code+"\r\n"), want{scans: []string{code}}},
		{"an Enter that a person presses after the scan is theirs", window{}, then(strike(0, 8*ms, code+"⏎"), 250*ms, strike(0, 0, "⏎")),
			want{scans: []string{code}, keys: []string{"Return"}}},
		{"an Enter that comes late is still the scan's", window{}, then(strike(0, 8*ms, code), 200*ms, strike(0, 0, "⏎")),
			want{scans: []string{code}}},
		{"an Enter long after a scan without an ending is a person's", window{}, then(strike(0, 8*ms, code), 900*ms, strike(0, 0, "⏎")),
			want{scans: []string{code}, keys: []string{"Return"}}},
		{"two scans one after the other are two", window{}, strike(0, 8*ms, code+"⏎"+"90123456789012345678⏎"),
			want{scans: []string{code, "90123456789012345678"}}},
		{"two scans without an ending are two", window{}, then(strike(0, 8*ms, code), 420*ms, strike(0, 8*ms, code)),
			want{scans: []string{code, code}}},
		{"all keys in one frame", window{}, strike(0, 0, code+"⏎"), want{scans: []string{code}}},
		{"repeated digits are all kept", window{}, strike(0, 1*ms, "2888888800000000⏎"), want{scans: []string{"2888888800000000"}}},
		{"a short read is told and leaves nothing", window{}, then(typed, 400*ms, strike(0, 8*ms, "28142⏎")),
			want{field: "12.50", broken: []int{5}}},
		{"a short read without an ending is told", window{}, then(typed, 400*ms, strike(0, 8*ms, "281426")),
			want{field: "12.50", broken: []int{6}}},
		{"nine of eighteen digits are a scan for the reader to refuse", window{}, strike(0, 8*ms, code[:9]+"⏎"),
			want{scans: []string{code[:9]}}},
		{"the rest of a read that paused lands nowhere", window{}, then(strike(0, 8*ms, code[:16]), 200*ms, strike(0, 8*ms, code[16:]+"⏎")),
			want{scans: []string{code[:16]}, broken: []int{2}}},
		{"four slow digits with Enter at scanner's pace are a short read", window{}, strike(0, 30*ms, "2814⏎"),
			want{broken: []int{4}}},
		{"a prefix is cut off, and never typed", window{Detector: Detector{Prefix: "*"}}, then(typed, 400*ms, strike(0, 10*ms, "*"+code+"⏎")),
			want{field: "12.50", scans: []string{code}}},
		{"a star that a person types is typed", window{Detector: Detector{Prefix: "*"}}, strike(0, 90*ms, "*12⏎"),
			want{field: "*12", keys: []string{"Return"}}},
		{"a link is a scan too", window{}, strike(0, 8*ms, "https://qr.alipay.com/x⏎"), want{scans: []string{"https://qr.alipay.com/x"}}},
		{"letters rolled fast stay typed", window{}, strike(0, 35*ms, "tion⏎"), want{field: "tion", keys: []string{"Return"}}},
		{"digits of full width are digits", window{}, strike(0, 8*ms, "２８１４２６３４８２４０４４２６３２⏎"), want{scans: []string{code}}},
		{"backspace in typing is a person's", window{}, strike(0, 70*ms, "12←5⏎"), want{field: "125", keys: []string{"BackSpace", "Return"}}},
		{"a scan over a slow first frame", window{frame: 16 * ms, stalls: [][2]time.Duration{{2 * ms, 240 * ms}}},
			strike(0, 8*ms, code+"⏎"), want{scans: []string{code}}},
		{"a scan over a stall in its middle", window{frame: 16 * ms, stalls: [][2]time.Duration{{60 * ms, 460 * ms}}},
			strike(0, 16*ms, code+"⏎"), want{scans: []string{code}}},
		{"a scan with frames of 50 ms", window{frame: 50 * ms}, strike(7*ms, 16*ms, code+"⏎"), want{scans: []string{code}}},
		{"a slow scanner with frames of 50 ms", window{frame: 50 * ms}, strike(7*ms, 30*ms, code+"⏎"), want{scans: []string{code}}},
		{"a wider pace hears a radio scanner", window{Detector: Detector{Pace: 70 * ms}}, strike(0, 55*ms, code+"⏎"), want{scans: []string{code}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := c.window
			w.play(c.strokes)
			got := want{string(w.field), w.presses, w.scans, w.broken}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestDetectorHoldsBriefly(t *testing.T) {
	t.Run("a digit after a pause is typed at once", func(t *testing.T) {
		var d Detector
		if v := d.Rune('1', start); v.Type != "1" {
			t.Errorf("verdict %+v", v)
		}
		if v := d.Rune('2', start.Add(60*ms)); v.Type != "2" {
			t.Errorf("verdict %+v", v)
		}
	})
	t.Run("two digits pressed together wait less than 60 ms", func(t *testing.T) {
		w := window{frame: 16 * ms}
		w.play(strike(0, 10*ms, "50"))
		if string(w.field) != "50" || w.longest == 0 || w.longest > 60*ms {
			t.Errorf("field %q after %v", string(w.field), w.longest)
		}
	})
	t.Run("what is held goes to the field that had the focus", func(t *testing.T) {
		var d Detector
		d.Rune('5', start)
		if v := d.Rune('0', start.Add(5*ms)); v.Type != "" {
			t.Fatalf("verdict %+v", v)
		}
		if v := d.Flush(); v.Type != "0" {
			t.Errorf("verdict %+v", v)
		}
	})
	t.Run("nothing open asks seldom", func(t *testing.T) {
		var w window
		w.play(strike(0, 8*ms, "12 "+code+"⏎"))
		if wait := w.Deadline().Sub(w.last); wait < slowBeat {
			t.Errorf("wants Expire in %v", wait)
		}
	})
}

func TestScanIsMasked(t *testing.T) {
	s := Scan{Text: code, Source: Keyboard}
	for _, text := range []string{fmt.Sprint(s), fmt.Sprintf("%+v", &s), fmt.Sprintf("%#v", s), fmt.Sprintf("%s", s), s.LogValue().String()} {
		if strings.Contains(text, code[4:12]) || !strings.Contains(text, "281426…32") {
			t.Errorf("scan shown as %s", text)
		}
	}
}

// anyFrame draws how a window hands out its events.
func anyFrame(t *rapid.T) time.Duration {
	return rapid.SampledFrom([]time.Duration{0, 1 * ms, 16 * ms, time.Second / 60}).Draw(t, "frame")
}

// typing draws a run of a person's keys, 60 ms apart or more.
func typing(t *rapid.T, from time.Duration) []keystroke {
	text := rapid.StringMatching(`[0-9.]{1,14}[⏎↵]?`).Draw(t, "typed")
	var out []keystroke
	for _, k := range strike(0, 0, text) {
		from += time.Duration(rapid.IntRange(60, 400).Draw(t, "gap")) * ms
		k.at = from
		out = append(out, k)
	}
	return out
}

// burst draws a scan: 8 digits or more, at most 30 ms a key.
func burst(t *rapid.T, from time.Duration) (string, []keystroke) {
	text := rapid.StringMatching(`[0-9]{8,24}`).Draw(t, "scanned")
	if rapid.Bool().Draw(t, "repeating") {
		text = strings.Repeat(text[:1], len(text))
	}
	most := rapid.SampledFrom([]int{0, 1, 8, 16, 25, 30}).Draw(t, "most")
	least := rapid.SampledFrom([]int{0, most}).Draw(t, "least")
	var out []keystroke
	for _, k := range strike(0, 0, text+rapid.SampledFrom([]string{"", "⏎", "↵", "⇥", "⏎⏎"}).Draw(t, "suffix")) {
		k.at = from
		from += time.Duration(rapid.IntRange(least*1000, most*1000).Draw(t, "gap")) * time.Microsecond
		out = append(out, k)
	}
	return text, out
}

func TestTypingIsNeverAScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := window{frame: anyFrame(t), silent: rapid.Bool().Draw(t, "silent")}
		strokes := typing(t, time.Duration(rapid.IntRange(0, 40).Draw(t, "phase"))*ms)
		w.play(strokes)
		var text []rune
		var keys []string
		for _, k := range strokes {
			if k.key != "" {
				keys = append(keys, k.key)
			} else {
				text = append(text, k.r)
			}
		}
		if len(w.scans)+len(w.broken) > 0 || !slices.Equal(w.field, text) || !slices.Equal(w.presses, keys) {
			t.Fatalf("typed %q: field %q, keys %v, scans %v, broken %v", string(text), string(w.field), w.presses, w.scans, w.broken)
		}
		if w.longest > 0 {
			t.Fatalf("a digit waited %v", w.longest)
		}
	})
}

func TestEveryBurstIsAScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := window{frame: anyFrame(t)}
		var strokes []keystroke
		var field []rune
		var scans []string
		enters := 0
		from := time.Duration(0)
		for range rapid.IntRange(1, 4).Draw(t, "parts") {
			// A hand that typed needs a moment to lift the scanner, and the
			// other way round.
			from += time.Duration(rapid.IntRange(400, 3000).Draw(t, "pause"))*ms + time.Duration(rapid.IntRange(0, 999).Draw(t, "phase"))*time.Microsecond
			var part []keystroke
			if rapid.Bool().Draw(t, "scan") {
				var text string
				text, part = burst(t, from)
				scans = append(scans, text)
			} else {
				part = typing(t, from)
				for _, k := range part {
					if k.key != "" {
						enters++
					} else {
						field = append(field, k.r)
					}
				}
			}
			strokes = append(strokes, part...)
			from = part[len(part)-1].at
		}
		w.play(strokes)
		if !slices.Equal(w.scans, scans) || !slices.Equal(w.field, field) || len(w.presses) != enters || len(w.broken) > 0 {
			t.Fatalf("field %q (want %q), scans %q (want %q), keys %v (want %d), broken %v",
				string(w.field), string(field), w.scans, scans, w.presses, enters, w.broken)
		}
	})
}

// A person types on while the program draws a new screen: what waited in the
// queue comes in one frame, and is typing all the same.
func TestKeysThatWaitedForASlowScreenAreTyped(t *testing.T) {
	for _, text := range []string{"0002", "12.50", "1000000"} {
		var d Detector
		field := ""
		now := start
		v := d.Key("F6", 0, now)
		field += v.Type
		now = now.Add(700 * ms) // the program stands still
		for _, r := range text {
			v := d.Rune(r, now)
			field = field[:len(field)-v.TakeBack] + v.Type
			if v.Broken != nil || v.Scan != nil {
				t.Errorf("%s: taken for a scanner's", text)
			}
		}
		for range 20 {
			now = now.Add(20 * ms)
			field += d.Expire(now).Type
		}
		if v := d.Key("Return", 0, now); v.Swallow || v.Broken != nil {
			t.Errorf("%s: its Enter was swallowed", text)
		}
		if field != text {
			t.Errorf("typed %q, the field has %q", text, field)
		}
	}
}

func TestShortBurstsAreBroken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := window{frame: anyFrame(t)}
		text := rapid.StringMatching(`[0-9]{4,7}`).Draw(t, "read")
		suffix := rapid.SampledFrom([]string{"", "⏎", "⇥"}).Draw(t, "suffix")
		gap := time.Duration(rapid.IntRange(0, 16).Draw(t, "gap")) * ms
		w.play(strike(0, gap, text+suffix))
		if gap*time.Duration(fewestDigits-1) < 2*17*ms {
			// So few keys in so few frames may be a person's whose keys the
			// program got late: they are typed, or told, but never lost.
			typed := string(w.field) == text && len(w.broken) == 0
			told := slices.Equal(w.broken, []int{len(text)}) && len(w.field) == 0
			if !typed && !told || len(w.scans) > 0 {
				t.Fatalf("%q: broken %v, field %q, scans %v", text+suffix, w.broken, string(w.field), w.scans)
			}
			return
		}
		if !slices.Equal(w.broken, []int{len(text)}) || len(w.field)+len(w.presses)+len(w.scans) > 0 {
			t.Fatalf("%q: broken %v, field %q, keys %v, scans %v", text+suffix, w.broken, string(w.field), w.presses, w.scans)
		}
	})
}
