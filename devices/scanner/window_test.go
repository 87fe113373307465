package scanner

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

// firstCode is where the window system begins to count keys.
var firstCode = map[bool]int{false: 8, true: 0}[runtime.GOOS == "windows"]

const ms = time.Millisecond

// A keystroke is a key that goes down, and what it writes, so long after the
// start.
type keystroke struct {
	at   time.Duration
	r    rune   // 0: none
	key  string // of a key that writes nothing, or that it has beside its character
	code int    // of the key, as the window system counts; 0: not told
	held bool   // it was down already, and repeats
	only bool   // it goes down and that is all: a shortcut
}

// A window plays keystrokes to a Detector the way a window does: at the ticks
// of its frames, with Expire in between, and with a field that obeys.
type window struct {
	Detector
	frame   time.Duration // 0: no frames, each key at its own time
	silent  bool          // never calls Expire
	late    bool          // after a stall Expire comes before the keys that wait
	stalls  [][2]time.Duration
	field   []rune
	presses []string // keys that had an effect
	scans   []string
	broken  []int
	hows    []How
	longest time.Duration // that a character of field waited

	waiting []time.Duration // when the runes that were not typed yet came
}

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// delivered is when the window hands out what happened at t.
func (w *window) delivered(t time.Duration) time.Duration {
	if w.frame > 0 {
		t = (t + w.frame - 1) / w.frame * w.frame
	}
	return w.moving(t)
}

// moving is t, or if the program stands still then, when it moves again.
func (w *window) moving(t time.Duration) time.Duration {
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
		if len(w.waiting) == 0 { // a scan's neighbour is given back
			break
		}
		w.longest = max(w.longest, at-w.waiting[0])
		w.waiting = w.waiting[1:]
	}
	if v.Scan != nil {
		w.scans, w.hows = append(w.scans, v.Scan.Text), append(w.hows, v.Scan.How)
	}
	if v.Broken != nil {
		w.broken, w.hows = append(w.broken, v.Broken.Digits), append(w.hows, v.Broken.How)
	}
	if w.burst { // what a scan swallowed waits no more
		w.waiting = nil
	}
}

func (w *window) play(strokes []keystroke) {
	now := -100 * ms
	if !w.silent {
		w.obey(w.Expire(start.Add(-100*ms)), 0) // the window has been there for a while
	}
	expire := func(until time.Duration) {
		for !w.silent {
			at := w.Deadline().Sub(start)
			if !w.Exact {
				at = w.moving(at)
			}
			at = max(at, now)
			if at > until || at == until && !w.late {
				return
			}
			now = at
			w.obey(w.Expire(start.Add(now)), now)
			if now == until { // the next can't be due before the keys
				return
			}
		}
	}
	for _, k := range strokes {
		at := k.at
		if !w.Exact {
			at = w.delivered(at)
		}
		expire(at)
		now = at
		w.strike(k, start.Add(now))
	}
	expire(now + 2*time.Second)
}

// strike gives one keystroke to the detector, as Fyne does.
func (w *window) strike(k keystroke, now time.Time) {
	at := now.Sub(start)
	if !k.held && k.code != 0 {
		w.Down(k.key, k.code, now)
	}
	if k.only {
		return
	}
	if k.key != "" || k.code != 0 {
		v := w.Key(k.key, k.code, now)
		w.obey(v, at)
		if !v.Swallow && !isCharacterKey(k.key) {
			w.presses = append(w.presses, k.key)
		}
	}
	if k.r != 0 {
		w.waiting = append(w.waiting, at)
		w.obey(w.Rune(k.r, now), at)
	}
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

// layout is what the keys above the letters write, 1 to 0, with no Shift.
type layout string

const (
	american layout = "1234567890"
	french   layout = "&é\"'(-è_çà"
	czech    layout = "+ěščřžýáíé"
	// shifted is the American one while somebody leans on Shift.
	shifted layout = "!@#$%^&*()"
)

// scanned is what a scanner that is set to the American layout types above the
// letters for digits, on a computer with a layout.
func scanned(strokes []keystroke, l layout) []keystroke {
	for i, k := range strokes {
		if isDigit(k.r) {
			n := (int(k.r-'0') + 9) % 10 // 1 comes first, 0 last
			strokes[i].r, strokes[i].code, strokes[i].key = []rune(string(l))[n], 0x02+n+firstCode, string(k.r)
		}
	}
	return strokes
}

// onKeypad is the same on the keypad.
func onKeypad(strokes []keystroke, numLock bool) []keystroke {
	for i, k := range strokes {
		if isDigit(k.r) {
			strokes[i].code, strokes[i].key = padCode(k.r), string(k.r)
			if !numLock {
				strokes[i].r = 0
			}
		}
	}
	return strokes
}

func padCode(digit rune) int { return 0x47 + strings.IndexRune("789-456+1230", digit) + firstCode }

// byNumber is a scanner that holds Alt and types each character's number on
// the keypad, each key so long after the one before.
func byNumber(strokes []keystroke, gap time.Duration) []keystroke {
	var out []keystroke
	from := time.Duration(0)
	for _, k := range strokes {
		from = max(from, k.at)
		if isDigit(k.r) {
			out = append(out, keystroke{at: from, key: "LeftAlt", code: 0x38 + firstCode})
			for _, digit := range fmt.Sprintf("%04d", k.r) {
				from += gap
				out = append(out, keystroke{at: from, key: string(digit), code: padCode(digit), only: true})
			}
			from += gap
		}
		k.at = from
		out = append(out, k)
		from += gap
	}
	return out
}
