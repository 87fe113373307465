package scanner

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// A scannerKind is how a make of scanner types.
type scannerKind struct {
	name   string
	pace   time.Duration // for one key
	jitter time.Duration // more or less
}

var scannerKinds = []scannerKind{
	{"USB, as fast as it goes", 1 * ms, 500 * time.Microsecond},
	{"USB, 2 ms a key", 2 * ms, 1 * ms},
	{"PS/2, 4 ms", 4 * ms, 1 * ms},
	{"PS/2, 7.5 ms", 7500 * time.Microsecond, 1 * ms},
	{"USB, 8 ms", 8 * ms, 2 * ms},
	{"PS/2, 15 ms", 15 * ms, 2 * ms},
	{"USB at half speed, 16 ms", 16 * ms, 4 * ms},
	{"radio, 30 ms", 30 * ms, 5 * ms},
}

// A typistKind is how a person types.
type typistKind struct {
	name        string
	least, most time.Duration // from one key to the next
	rolls       bool          // two fingers at once, now and then
	holds       bool          // a key until it repeats, now and then
}

var typistKinds = []typistKind{
	{"one finger", 200 * ms, 400 * ms, false, false},
	{"used to it", 110 * ms, 240 * ms, false, false},
	{"fast", 60 * ms, 120 * ms, false, false},
	{"fast, two fingers at once", 60 * ms, 110 * ms, true, false},
	{"holds keys", 90 * ms, 250 * ms, false, true},
}

// A recording makes keystrokes, always the same from the same seed.
type recording struct{ *rand.Rand }

func (r recording) between(least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)+1))
}

func (r recording) digits(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte('0' + byte(r.IntN(10)))
	}
	return b.String()
}

// code is a payment code or a slip's.
func (r recording) code() string {
	if r.IntN(4) == 0 {
		return "90" + r.digits(18)
	}
	return []string{"25", "26", "27", "28", "29", "30"}[r.IntN(6)] + r.digits(14+r.IntN(9))
}

// typing is what a person types, from some time on, and what stands in the
// field after it.
func (r recording) typing(k typistKind, from time.Duration) (strokes []keystroke, text string) {
	for range 1 + r.IntN(9) {
		s := keystroke{at: from, r: rune("0123456789.+*"[r.IntN(13)])}
		if isDigit(s.r) {
			s = scanned([]keystroke{s}, american)[0]
			if r.IntN(2) == 0 {
				s.code = padCode(s.r)
			}
		}
		strokes = append(strokes, s)
		text += string(s.r)
		if k.holds && s.code != 0 && r.IntN(6) == 0 {
			s.held = true
			from += r.between(250*ms, 660*ms)
			for range 1 + r.IntN(25) {
				s.at = from
				strokes = append(strokes, s)
				text += string(s.r)
				from += r.between(30*ms, 40*ms)
			}
		}
		gap := r.between(k.least, k.most)
		if k.rolls && r.IntN(3) == 0 && (len(strokes) < 2 || from-strokes[len(strokes)-2].at >= k.least) {
			gap = r.between(8*ms, 35*ms)
		}
		from += gap
	}
	return strokes, text
}

// burst is a scanner's read of a text, from some time on, on some keys and with
// some ending.
func (r recording) burst(k scannerKind, text, ending string, from time.Duration) []keystroke {
	l := []layout{american, american, french, czech, "keypad", "keypad, NumLock off"}[r.IntN(6)]
	strokes := strike(0, 0, text+ending)
	for i := range strokes {
		strokes[i].at = from
		from += max(k.pace+r.between(-k.jitter, k.jitter), 0)
	}
	switch l {
	case "keypad":
		strokes = onKeypad(strokes, true)
	case "keypad, NumLock off":
		strokes = onKeypad(strokes, false)
	default:
		strokes = scanned(strokes, l)
	}
	if text[0] == '*' { // Shift and 8, which on the other two layouts is an 8
		strokes[0].code, strokes[0].key = 0x09+firstCode, "8"
		if l == french || l == czech {
			strokes[0].r = '8'
		}
	}
	return strokes
}

// recordings is how many times 10,000 bursts are played, each time others.
var recordings = flag.Int("recordings", 1, "how many recordings of 10,000 bursts the detector hears")

// tally counts what became of bursts, or of typed runs.
type tally struct{ whole, heard, short, told, misplaced, runs, taken int }

func (t *tally) add(x tally) {
	t.whole, t.heard, t.short, t.told = t.whole+x.whole, t.heard+x.heard, t.short+x.short, t.told+x.told
	t.misplaced, t.runs, t.taken = t.misplaced+x.misplaced, t.runs+x.runs, t.taken+x.taken
}

// 10,000 reads of every kind of scanner among the typing of every kind of
// person, handed out in frames by a window that at times stands still for up to
// 300 ms: every whole read is heard once and right, every short one told, and
// nothing of them stays in the field; what a person typed stays, to the last
// digit.
//
// Half of the windows know when each key was pressed. In the others short reads
// come while the window moves: while it stands still nobody can
// tell four digits of a scanner from four that a person typed meanwhile, and
// they are typed, for all to see. Of a radio scanner without an ending, seven
// digits are the fewest that no hand types.
func TestTenThousandBurstsAmongTyping(t *testing.T) {
	scanners, people := make([]tally, len(scannerKinds)), make([]tally, len(typistKinds))
	for seed := range *recordings {
		r := recording{rand.New(rand.NewPCG(2026, uint64(seed)))}
		for i := range 10_000 {
			s, p := i%len(scannerKinds), r.IntN(len(typistKinds))
			got, story := r.episode(scannerKinds[s], typistKinds[p])
			scanners[s].add(got)
			people[p].add(got)
			if got.heard+got.told != 1 || got.misplaced+got.taken > 0 {
				t.Errorf("recording %d, burst %d of %s, %s", seed, i, scannerKinds[s].name, story)
			}
		}
	}

	var all tally
	t.Logf("%-28s %7s %7s %7s %7s %10s", "scanner", "whole", "heard", "short", "told", "misplaced")
	for i, x := range scanners {
		t.Logf("%-28s %7d %7d %7d %7d %10d", scannerKinds[i].name, x.whole, x.heard, x.short, x.told, x.misplaced)
		all.add(x)
	}
	t.Logf("%-28s %7d %7d %7d %7d %10d", "all", all.whole, all.heard, all.short, all.told, all.misplaced)
	t.Logf("%-28s %7s %18s", "person", "runs", "taken for a scan")
	for i, x := range people {
		t.Logf("%-28s %7d %18d", typistKinds[i].name, x.runs, x.taken)
	}
}

// episode plays a burst between two runs of typing.
func (r recording) episode(s scannerKind, p typistKind) (got tally, story string) {
	w := window{frame: time.Second / 60, late: r.IntN(2) == 0}
	w.Known, w.Exact = known, r.IntN(2) == 0
	w.Prefix = []string{"", "", "*", "pay", "99"}[r.IntN(5)]
	ending := []string{"⏎", "⏎", "⇥", "↵", "⏎⏎", ""}[r.IntN(6)]
	read, whole := r.code(), r.IntN(8) > 0
	if !whole {
		least := 4
		if s.pace > 16*ms && ending == "" {
			least = 7
		}
		read = r.digits(least + r.IntN(MinLength-least))
		if ending == "" {
			w.Prefix = ""
		}
	}

	// A hand needs a moment to lift the scanner, and another to type again.
	before, text := r.typing(p, r.between(0, 200*ms))
	scan := r.burst(s, w.Prefix+read, ending, before[len(before)-1].at+r.between(400*ms, 1500*ms))
	after, more := r.typing(p, scan[len(scan)-1].at+r.between(400*ms, 1500*ms))
	if (whole || w.Exact) && r.IntN(3) == 0 {
		for at := r.between(0, 500*ms); at < after[len(after)-1].at; at += r.between(200*ms, 3*time.Second) {
			still := r.between(30*ms, 300*ms)
			w.stalls = append(w.stalls, [2]time.Duration{at, at + still})
			at += still
		}
	}
	w.play(append(append(before, scan...), after...))

	got.runs = 2
	heard := len(w.scans) == 1 && w.scans[0] == read && len(w.broken) == 0
	told := len(w.scans) == 0 && len(w.broken) == 1 && w.broken[0] == len(read)
	switch {
	case whole:
		got.whole = 1
		got.heard = map[bool]int{true: 1}[heard]
	default:
		got.short = 1
		got.told = map[bool]int{true: 1}[told]
	}
	if string(w.field) != text+more || len(w.presses) > 0 {
		got.misplaced = 1
	}
	got.taken = max(len(w.scans)+len(w.broken)-1, 0)
	return got, fmt.Sprintf("%d digits and %q with prefix %q from %v to %v, after %s, stalls %v: field %q, want %q; scans %v, broken %v, keys %v",
		len(read), ending, w.Prefix, scan[0].at, scan[len(scan)-1].at, p.name, w.stalls, string(w.field), text+more, len(w.scans), w.broken, w.presses)
}
