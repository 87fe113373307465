package scanner

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// known is a window's way of telling payment codes and slips.
func known(text string) bool {
	return len(text) == 20 && text[:2] == "90" || len(text) >= 16 && len(text) <= 24 && text >= "25" && text[:2] <= "30" && strings.Trim(text, "0123456789") == ""
}

// A scanner presses keys. Whatever layout the computer makes characters by, and
// whatever state the keyboard is in, the digits are the ones that it meant.
func TestDigitsAreTheKeysOwn(t *testing.T) {
	star := func(l layout, written rune) []keystroke { // a prefix, Shift and 8
		return then([]keystroke{{r: written, key: "8", code: 0x09 + firstCode}}, 8*ms, scanned(strike(0, 8*ms, code+"⏎"), l))
	}
	twice := scanned(strike(0, 1*ms, "2888840000404426⏎"), french)
	for _, i := range []int{2, 4, 8} { // X11 leaves out a key that goes down again within a millisecond
		twice[i].code, twice[i].key = 0, ""
	}
	cases := []struct {
		name    string
		window  window
		strokes []keystroke
		field   string
		scans   []string
		broken  []int
	}{
		{"American", window{}, scanned(strike(0, 8*ms, code+"⏎"), american), "", []string{code}, nil},
		{"French", window{}, scanned(strike(0, 8*ms, code+"⏎"), french), "", []string{code}, nil},
		{"French, at once", window{frame: 16 * ms}, scanned(strike(0, 1*ms, code+"⏎"), french), "", []string{code}, nil},
		{"French, slow and without an ending", window{}, scanned(strike(0, 30*ms, code), french), "", []string{code}, nil},
		{"Czech, with Tab", window{}, scanned(strike(0, 8*ms, code+"⇥"), czech), "", []string{code}, nil},
		{"somebody leans on Shift", window{}, scanned(strike(0, 8*ms, code+"⏎"), shifted), "", []string{code}, nil},
		{"French, a short read", window{}, scanned(strike(0, 8*ms, "28142⏎"), french), "", nil, []int{5}},
		{"French, a key left out", window{frame: 16 * ms}, twice, "", []string{"2888840000404426"}, nil},
		{"French, typed by a person", window{}, scanned(strike(0, 90*ms, "12"), french), "&é", nil, nil},
		{"keypad", window{}, onKeypad(strike(0, 8*ms, code+"↵"), true), "", []string{code}, nil},
		{"keypad without NumLock", window{}, onKeypad(strike(0, 8*ms, code+"↵"), false), "", []string{code}, nil},
		{"keypad without NumLock or ending", window{frame: 16 * ms}, onKeypad(strike(0, 8*ms, code), false), "", []string{code}, nil},
		{"keypad without NumLock, a short read", window{}, onKeypad(strike(0, 8*ms, "28142↵"), false), "", nil, []int{5}},
		{"keypad without NumLock, a person", window{}, onKeypad(strike(0, 90*ms, "28142"), false), "", nil, nil},
		{"numbers with Alt", window{}, byNumber(strike(0, 8*ms, code+"⏎"), 2*ms), "", []string{code}, nil},
		{"numbers with Alt, slowly", window{frame: 16 * ms}, byNumber(strike(0, 8*ms, code+"⏎"), 16*ms), "", []string{code}, nil},
		{"numbers with Alt, without an ending", window{}, byNumber(strike(0, 8*ms, code), 8*ms), "", []string{code}, nil},
		{"a number with Alt by a person", window{}, byNumber(strike(0, 120*ms, "1"), 120*ms), "1", nil, nil},
		{"American, a prefix", window{Detector: Detector{Prefix: "*"}}, star(american, '*'), "", []string{code}, nil},
		{"French, the prefix changed too", window{Detector: Detector{Prefix: "*"}}, star(french, '8'), "", []string{code}, nil},
		{"a prefix that the scanner doesn't send", window{Detector: Detector{Prefix: "@"}}, scanned(strike(0, 8*ms, code+"⏎"), american), "", []string{code}, nil},
		{"a prefix and CapsLock", window{Detector: Detector{Prefix: "pay"}}, strike(0, 8*ms, "PAY"+code+"⏎"), "", []string{code}, nil},
		{"words in another layout stay as written", window{}, scanned(strike(0, 8*ms, "ticket-20⏎"), french), "", []string{"ticket-éà"}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := c.window
			w.play(c.strokes)
			if got, want := fmt.Sprint(string(w.field), w.scans, w.broken, w.presses), fmt.Sprint(c.field, c.scans, c.broken, []string{}); got != want {
				t.Errorf("field, scans, broken, keys: got %s, want %s", got, want)
			}
		})
	}
}

// A key that is held writes its character again and again, and at a scanner's
// pace; it is a person's all the same.
func TestAHeldKeyIsTyped(t *testing.T) {
	strokes := scanned(strike(0, 0, "1"), american)
	for i := range 40 {
		again := strokes[0]
		again.at, again.held = 500*ms+time.Duration(i)*33*ms, true
		strokes = append(strokes, again)
	}
	for _, frame := range []time.Duration{0, 16 * ms} {
		w := window{frame: frame}
		w.play(append(strokes, then(strokes, 500*ms, scanned(strike(0, 8*ms, code+"⏎"), american))[len(strokes):]...))
		if string(w.field) != strings.Repeat("1", 41) || len(w.broken) > 0 || fmt.Sprint(w.scans) != fmt.Sprint([]string{code}) {
			t.Errorf("frames of %v: field %q, scans %v, broken %v", frame, string(w.field), w.scans, w.broken)
		}
	}
}

// A digit that was typed just before a scan is the person's, and the scan is
// whole, if the pace tells them apart and the code is known. If not, all of it
// is one read that is no known code: nothing is charged.
func TestADigitRightBeforeAScan(t *testing.T) {
	typed := scanned(strike(0, 150*ms, "45"), american)
	for _, frame := range []time.Duration{0, 16 * ms, time.Second / 60} {
		for gap := 1 * ms; gap <= 120*ms; gap += 1 * ms {
			for _, pace := range []time.Duration{1 * ms, 4 * ms, 8 * ms, 16 * ms} {
				w := window{Detector: Detector{Known: known}, frame: frame}
				w.play(then(append([]keystroke{}, typed...), gap, scanned(strike(0, pace, code+"⏎"), american)))
				got := fmt.Sprint(string(w.field), w.scans, w.broken, w.presses)
				apart := fmt.Sprint("45", []string{code}, []int{}, []string{})
				together := fmt.Sprint("4", []string{"5" + code}, []int{}, []string{})
				if got != apart && (got != together || gap > max(60*ms, 5*pace)) {
					t.Errorf("%v before a scan at %v, frames of %v: field, scans, broken, keys: %s", gap, pace, frame, got)
				}
			}
		}
	}
}

// While the program stands still a person's keys wait, and come at once: before
// Expire or after it, they are typed.
func TestNoTypedDigitIsLostWhileTheProgramStandsStill(t *testing.T) {
	for _, late := range []bool{false, true} {
		for pace := 60 * ms; pace <= 240*ms; pace += 45 * ms {
			for from := time.Duration(0); from < 300*ms; from += 17 * ms {
				for _, still := range []time.Duration{70 * ms, 150 * ms, 300 * ms, 500 * ms, 700 * ms, 950 * ms} {
					var stalls [][2]time.Duration
					for at := from; at < 3*time.Second; at += still + 40*ms {
						stalls = append(stalls, [2]time.Duration{at, at + still})
					}
					w := window{frame: time.Second / 60, late: late, stalls: stalls}
					const text = "18*2+9.50123"
					w.play(strike(0, pace, text+"⏎"))
					if string(w.field) != text || len(w.scans)+len(w.broken) > 0 || len(w.presses) != 1 {
						t.Fatalf("a key each %v, stalls of %v from %v on, Expire first: %v: field %q, scans %v, broken %v, keys %v",
							pace, still, from, late, string(w.field), w.scans, w.broken, w.presses)
					}
				}
			}
		}
	}
}

// A scan that comes while the program stands still is whole.
func TestAScanIsWholeWhileTheProgramStandsStill(t *testing.T) {
	for _, late := range []bool{false, true} {
		for _, pace := range []time.Duration{1 * ms, 4 * ms, 8 * ms, 16 * ms, 30 * ms} {
			for from := time.Duration(0); from < 600*ms; from += 7 * ms {
				for _, still := range []time.Duration{70 * ms, 150 * ms, 300 * ms} {
					for _, ending := range []string{"⏎", ""} {
						w := window{frame: time.Second / 60, late: late, stalls: [][2]time.Duration{{from, from + still}}}
						w.play(strike(30*ms, pace, code+ending))
						if fmt.Sprint(w.scans) != fmt.Sprint([]string{code}) || len(w.field)+len(w.broken)+len(w.presses) > 0 {
							t.Fatalf("%q at %v, a stall of %v at %v, Expire first: %v: field %q, scans %v, broken %v, keys %v",
								ending, pace, still, from, late, string(w.field), w.scans, w.broken, w.presses)
						}
					}
				}
			}
		}
	}
}

func TestHowAReadCame(t *testing.T) {
	cases := []struct {
		window  window
		strokes []keystroke
		want    How
	}{
		{window{}, strike(0, 8*ms, code+"⏎"), How{Ending: EndsEnter, Pace: 8 * ms}},
		{window{}, strike(0, 8*ms, code+"↵"), How{Ending: EndsEnter, Pace: 8 * ms}},
		{window{}, strike(0, 20*ms, code+"⇥"), How{Ending: EndsTab, Pace: 20 * ms}},
		{window{}, strike(0, 8*ms, code), How{Ending: EndsSilence, Pace: 8 * ms}},
		{window{}, strike(0, 8*ms, "28142⏎"), How{Ending: EndsEnter, Pace: 8 * ms}},
		{window{}, strike(0, 0, code+"\r\n"), How{Ending: EndsEnter}}, // all at once: nobody knows
		{window{stalls: [][2]time.Duration{{40 * ms, 200 * ms}}}, strike(0, 8*ms, code+"⏎"), How{Ending: EndsEnter}},
		{window{Detector: Detector{Prefix: "*"}}, strike(0, 10*ms, "*"+code+"⏎"), How{Ending: EndsEnter, Pace: 10 * ms}},
	}
	for _, c := range cases {
		w := c.window
		w.play(c.strokes)
		if len(w.hows) != 1 || w.hows[0] != c.want {
			t.Errorf("%v keys: came %+v, want %+v", len(c.strokes), w.hows, c.want)
		}
	}
}

// While the program stands still no Expire comes between the keys: those of a
// keypad that writes nothing are known by the next one only.
func TestKeysThatWriteNothingCount(t *testing.T) {
	strokes := onKeypad(strike(0, 30*ms, "479412053"), false)
	for i := 5; i < len(strokes); i++ { // the computer read one late
		strokes[i].at += 43 * ms
	}
	w := window{Detector: Detector{Exact: true}, silent: true}
	w.play(then(strokes, 30*ms, strike(0, 0, "⏎")))
	if fmt.Sprint(w.scans) != "[479412053]" || len(w.broken)+len(w.presses) > 0 {
		t.Errorf("scans %v, broken %v, keys %v", w.scans, w.broken, w.presses)
	}
}
