package scanner

import (
	"time"
)

const ms = time.Millisecond

// A keystroke is a character or a key, pressed so long after the start.
type keystroke struct {
	at  time.Duration
	r   rune
	key string
}

// A window plays keystrokes to a Detector the way a window does: at the ticks
// of its frames, with Expire in between, and with a field that obeys.
type window struct {
	Detector
	frame   time.Duration // 0: no frames, each key at its own time
	silent  bool          // never calls Expire
	stalls  [][2]time.Duration
	field   []rune
	keys    []string // that had an effect
	scans   []string
	broken  []int
	longest time.Duration // that a character of field waited

	waiting []time.Duration // when the runes that were not typed yet came
}

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// delivered is when the window hands out what happened at t.
func (w *window) delivered(t time.Duration) time.Duration {
	if w.frame > 0 {
		t = (t + w.frame - 1) / w.frame * w.frame
	}
	for _, s := range w.stalls {
		if s[0] <= t && t < s[1] {
			t = s[1]
		}
	}
	return t
}

func (w *window) obey(v Verdict, at time.Duration) {
	w.field = w.field[:len(w.field)-v.TakeBack]
	w.field = append(w.field, []rune(v.Type)...)
	for range []rune(v.Type) {
		w.longest = max(w.longest, at-w.waiting[0])
		w.waiting = w.waiting[1:]
	}
	if v.Scan != nil {
		w.scans = append(w.scans, v.Scan.Text)
	}
	if v.Broken != nil {
		w.broken = append(w.broken, v.Broken.Digits)
	}
}

func (w *window) play(strokes []keystroke) {
	var now time.Duration
	expire := func(until time.Duration) {
		for !w.silent {
			t, ok := w.Deadline()
			if !ok {
				return
			}
			at := max(t.Sub(start), now)
			for _, s := range w.stalls {
				if s[0] <= at && at < s[1] {
					at = s[1]
				}
			}
			if at >= until { // keys that wait are handed out first or last: first is the worse
				return
			}
			now = at
			w.obey(w.Expire(start.Add(now)), now)
		}
	}
	for _, k := range strokes {
		at := w.delivered(k.at)
		expire(at)
		now = at
		if k.key != "" {
			v := w.Key(k.key, start.Add(now))
			w.obey(v, now)
			if !v.Swallow {
				w.keys = append(w.keys, k.key)
			}
			continue
		}
		w.waiting = append(w.waiting, now)
		w.obey(w.Rune(k.r, start.Add(now)), now)
		if w.burst { // what a scan swallowed waits no more
			w.waiting = nil
		}
	}
	expire(now + time.Hour)
}

// strike makes keystrokes of a text, one each gap; '⏎', '⇥' and '↵' are Enter,
// Tab and the keypad's Enter, '←' is a backspace and ' ' a pause of 400 ms.
func strike(from, gap time.Duration, text string) []keystroke {
	keys := map[rune]string{'⏎': "Return", '⇥': "Tab", '↵': "KP_Enter", '←': "BackSpace"}
	var out []keystroke
	for _, r := range text {
		switch {
		case r == ' ':
			from += 400 * ms
			continue
		case keys[r] != "":
			out = append(out, keystroke{at: from, key: keys[r]})
		default:
			out = append(out, keystroke{at: from, r: r})
		}
		from += gap
	}
	return out
}

// then appends strokes so long after the last.
func then(strokes []keystroke, pause time.Duration, more []keystroke) []keystroke {
	from := strokes[len(strokes)-1].at + pause
	for _, k := range more {
		k.at += from
		strokes = append(strokes, k)
	}
	return strokes
}
