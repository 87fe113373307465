package scanner

import (
	"strings"
	"time"
	"unicode"
)

// Detector tells a scanner that types like a keyboard from a person who types,
// by count and pace and never by focus. One Detector serves one window: all
// characters and keys of the window go through it, in order, whatever has the
// focus. It isn't safe for concurrent use; call it where the window's events
// arrive. The zero Detector is ready.
//
// How it decides. A character that follows no other closely is a person's, and
// is typed at once. One that follows the last within Pace may be a scanner's
// and is held back: for a person that is at most Pace and a bit more after
// their last key, which nobody sees. Four digits (or eight characters of any
// kind) at a pace that no hand reaches are a scanner's: from there on
// everything is swallowed until Enter, Tab or a silence, and what was typed of
// it before (the first character, seldom more) is taken back.
//
// A window's events arrive in frames, so several keys may carry the same time
// and a gap reads as 0 or as a whole frame. Therefore it is a number of keys
// in a span of time that counts, not a gap. A window that stalls (a slow frame,
// a collection of garbage) hands out late what was pressed in time: see stall.
//
// Where the keys came in one frame, or across such a stall, nobody knows their
// pace: then only eight or more are a scanner's, and fewer are typed.
//
// The known price: whoever drums four digits within 80 ms, or leaves a digit
// key pressed until it repeats, is told of a broken read, and what came is not
// typed.
type Detector struct {
	// Prefix is what the scanner is set to send before each read, if anything.
	// It is cut off.
	Prefix string
	// Pace is the longest that a scanner takes for one key, on average. 0
	// means 40 ms. A longer one suits slow radio scanners, and takes fast
	// typing for scans.
	Pace time.Duration

	last     time.Time     // of the last call
	awake    time.Duration // time passed, stalls counted short
	stalled  bool          // the newest step was longer than a stall counts
	run      []press       // the latest keys, each close to the one before
	burst    bool          // run is a scanner's
	tail     bool          // …and may be the rest of a read that paused
	ended    time.Duration // when the last burst ended, in awake time
	hasEnded bool
	bySilent bool // it ended by silence: its Enter may still come
}

// press is a character in a run.
type press struct {
	r     rune
	at    time.Duration // in awake time
	wall  time.Time     // as the window said
	late  bool          // the program stood still before it: pressed nobody knows when
	typed bool          // handed to the focused field, which must take it back if this is a scan
}

// Verdict is what a window does after one character, key or silence: TakeBack,
// then Type, then (if not Swallow) what the key itself does, then Scan and
// Broken. Most verdicts are empty but for Type.
type Verdict struct {
	// TakeBack is how many of the runes last typed by earlier verdicts came
	// from a scanner. The field that got them returns to how it was before
	// them; one that may refuse a rune (a second dot, say) remembers its
	// content before each of the last few.
	TakeBack int
	// Type is what a person typed, now known: to go into the focused field.
	Type string
	// Swallow says that a key (not a rune, whose Type tells all) is the
	// scanner's and must have no effect.
	Swallow bool
	Scan    *Scan
	Broken  *Broken
}

// Times that aren't settings. All are counted in awake time.
const (
	defaultPace = 40 * time.Millisecond
	// fewestDigits at scanner's pace make a burst.
	fewestDigits = 4
	// beat is how often Expire wants to be called while something is open: it
	// is how a stall is told from a pause.
	beat = 20 * time.Millisecond
	// aftermath is how long after a burst that ended in silence a late Enter
	// or the rest of the read is still the scanner's.
	aftermath = 300 * time.Millisecond
	// frame is how far apart a window's events arrive at 60 Hz.
	frame = 15 * time.Millisecond
	// sleep is too long for a stall.
	sleep = time.Second
)

func (d *Detector) pace() time.Duration {
	if d.Pace > 0 {
		return d.Pace
	}
	return defaultPace
}

// hold is how long a held character waits for the next one.
func (d *Detector) hold() time.Duration { return d.pace() * 9 / 8 }

// silence ends a burst that has no Enter, and parts a run from the next.
func (d *Detector) silence() time.Duration { return d.pace() * 2 }

// stall is the most that the time between two calls counts. While anything is
// open, Expire is called every 20 ms; if the program itself stood still, so
// that no call came, the keys that come after it were pressed meanwhile and
// their gap says nothing. It is more than Pace, so that slow typing stays slow
// even for a caller that never calls Expire.
func (d *Detector) stall() time.Duration { return d.pace() * 3 / 2 }

// Rune takes a typed character.
func (d *Detector) Rune(r rune, now time.Time) Verdict {
	switch r {
	case '\r', '\n':
		return d.Key("Return", now)
	case '\t':
		return d.Key("Tab", now)
	}
	var v Verdict
	d.advance(now)
	d.endSilent(now, &v)
	if !unicode.IsPrint(r) {
		return v
	}
	if '０' <= r && r <= '９' { // an input method in full width
		r += '0' - '０'
	}

	gap := d.sinceLast()
	d.run = append(d.run, press{r: r, at: d.awake, wall: now, late: d.stalled && len(d.run) > 0})
	switch {
	case d.burst:
	case len(d.run) == 1 && d.bySilent && d.justEnded():
		d.burst, d.tail = true, true
	case d.becomeBurst(&v, len(d.run)-2):
	case gap > d.pace():
		d.release(&v)
	}
	return v
}

// Key takes a key that was pressed, by the name that the window system gives
// it: "Return", "KP_Enter" and "Tab" end a read. Keys of characters may be
// told too and are known by their short names; their characters come by Rune.
func (d *Detector) Key(name string, now time.Time) Verdict {
	var v Verdict
	d.advance(now)
	d.endSilent(now, &v)
	switch {
	case isEnding(name):
		// The ending's own pace counts: digits and Enter at once are a scan
		// even where the digits alone were too few to tell.
		if d.burst || d.becomeBurst(&v, len(d.run)) {
			d.finish(now, &v, false)
			v.Swallow = true
			return v
		}
		// LF after CR, or an Enter that came late.
		v.Swallow = len(d.run) == 0 && d.justEnded()
		d.leave(&v)
	case d.burst:
		v.Swallow = true
	case isCharacterKey(name):
	default:
		d.leave(&v)
	}
	return v
}

// Expire is to be called when Deadline says so, or a little later.
func (d *Detector) Expire(now time.Time) Verdict {
	var v Verdict
	d.advance(now)
	d.endSilent(now, &v)
	if !d.burst && d.sinceLast() >= d.hold() {
		d.release(&v)
	}
	return v
}

// Flush is to be called before the focus moves for another reason than a key:
// what is held goes to the field that had it.
func (d *Detector) Flush() Verdict {
	var v Verdict
	if !d.burst {
		d.leave(&v)
	}
	return v
}

// Deadline is when Expire wants to be called next; false while nothing is open.
func (d *Detector) Deadline() (time.Time, bool) {
	wait := d.silence() - d.sinceLast()
	switch {
	case len(d.run) == 0 && !d.justEnded():
		return time.Time{}, false
	case len(d.run) == 0:
		wait = aftermath
	case !d.burst && d.held():
		wait = d.hold() - d.sinceLast()
	}
	return d.last.Add(min(max(wait, 0), beat)), true
}

// advance moves the awake time on.
func (d *Detector) advance(now time.Time) {
	step := max(now.Sub(d.last), 0)
	d.stalled = step > d.stall()
	if step <= sleep {
		step = min(step, d.stall())
	}
	d.awake += step
	d.last = now
}

// justEnded tells whether a burst ended so lately that an Enter may still be
// its own.
func (d *Detector) justEnded() bool {
	wait := d.silence()
	if d.bySilent {
		wait = aftermath
	}
	return d.hasEnded && d.awake-d.ended < wait
}

// sinceLast is the time since the last character, or since the last burst
// ended if none came after it.
func (d *Detector) sinceLast() time.Duration {
	if n := len(d.run); n > 0 {
		return d.awake - d.run[n-1].at
	}
	if d.hasEnded {
		return d.awake - d.ended
	}
	return sleep
}

// endSilent ends what a silence has ended: a burst, or a run of typing.
func (d *Detector) endSilent(now time.Time, v *Verdict) {
	if len(d.run) == 0 || d.sinceLast() < d.silence() {
		return
	}
	if d.burst {
		d.finish(now, v, true)
		return
	}
	d.leave(v)
}

// becomeBurst looks whether the latest keys are a scanner's: such a number of
// them that gaps of Pace would have taken longer, counting so many gaps as
// allowed says (one for all the run; its start may be later). If they are, what
// was typed of them is taken back.
func (d *Detector) becomeBurst(v *Verdict, allowed int) bool {
	n := len(d.run)
	if n < fewestDigits || n < d.fewest(0) {
		return false
	}
	digits := true
	for _, p := range d.run[n-fewestDigits:] {
		digits = digits && isDigit(p.r)
	}
	span := func(start int) time.Duration { return d.awake - d.run[start].at }
	start := 0
	for span(start) > d.pace()*time.Duration(allowed-start) {
		start++
		if n-start < d.fewest(start) {
			return false
		}
	}
	if !digits && n-start < MinLength {
		return false
	}
	// What came just before, at the same pace, is of the same read.
	for start > 0 && d.run[start].at-d.run[start-1].at <= d.pace() {
		start--
	}
	d.burst, d.tail = true, false
	typed := d.run[:start]
	for _, p := range typed {
		if !p.typed {
			v.Type += string(p.r)
		}
	}
	d.run = d.run[start:]
	for _, p := range d.run {
		if p.typed {
			v.TakeBack++
		}
	}
	return true
}

// fewest is how many keys from start on make a burst. Keys that all come in
// one frame, or after the program stood still, may have been pressed at any
// pace: a person's four during a slow change of screen look like a scanner's.
// Then it takes as many as a scan has at least; they wait meanwhile.
func (d *Detector) fewest(start int) int {
	run := d.run[start:]
	oneFrame := run[len(run)-1].wall.Sub(run[0].wall) < frame
	for _, p := range run {
		if p.late {
			return MinLength
		}
	}
	if oneFrame {
		return MinLength
	}
	return fewestDigits
}

// finish ends a burst: it was a scan, or a broken read.
func (d *Detector) finish(now time.Time, v *Verdict, silent bool) {
	var b strings.Builder
	for _, p := range d.run {
		b.WriteRune(p.r)
	}
	text := strings.TrimPrefix(b.String(), d.Prefix)
	// What followed a pause was taken for the scanner's unseen: only its pace
	// makes it a second read.
	slow := d.tail && d.run[len(d.run)-1].at-d.run[0].at > d.pace()*time.Duration(len(d.run))
	if len([]rune(text)) >= MinLength && !slow {
		v.Scan = &Scan{Text: text, Source: Keyboard, At: now}
	} else {
		v.Broken = &Broken{Digits: countDigits(text), Source: Keyboard, At: now}
	}
	d.run, d.burst, d.tail = nil, false, false
	d.ended, d.hasEnded, d.bySilent = d.awake, true, silent
}

// held tells whether characters wait to be typed.
func (d *Detector) held() bool {
	n := len(d.run)
	return n > 0 && !d.run[n-1].typed
}

// release types what is held.
func (d *Detector) release(v *Verdict) {
	for i := range d.run {
		if p := &d.run[i]; !p.typed {
			v.Type += string(p.r)
			p.typed = true
		}
	}
}

// leave types what is held and forgets the run: it was a person's.
func (d *Detector) leave(v *Verdict) {
	d.release(v)
	d.run = nil
}

func isEnding(name string) bool {
	return name == "Return" || name == "KP_Enter" || name == "Tab"
}

// isCharacterKey tells the keys that are told beside a character, or beside
// none: they say nothing of their own.
func isCharacterKey(name string) bool {
	switch name {
	case "", "Space", "LeftShift", "RightShift", "LeftControl", "RightControl", "LeftAlt", "RightAlt",
		"LeftSuper", "RightSuper", "CapsLock":
		return true
	}
	return len([]rune(name)) == 1
}
