package scanner

import (
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
// Where a hand can have pressed the keys while the program stood still, nobody
// knows their pace: then it takes more of them than a person types blindly.
//
// All that is needed no more where the window system tells when each key was
// pressed: see Exact. What is left then is a computer so busy that it reads the
// keys themselves late. Of eight digits or more two may come late, if all take
// no longer than 11/8 of Pace on average; fewer than eight that take longer
// than Pace on average are typed, for all to see.
//
// A scanner whose layout isn't the computer's types other characters than it
// means: see textOf. One that holds Alt and types a character's number on the
// keypad, as some do on Windows, is heard by the characters that this makes.
//
// The known price: whoever drums four digits within 80 ms is told of a broken
// read, and what came is not typed. A digit typed less than 25 ms before a scan
// is taken for the scan's first, which is then no known code.
type Detector struct {
	// Prefix is what the scanner is set to send before each read, if anything.
	// It is cut off.
	Prefix string
	// Pace is the longest that a scanner takes for one key, on average. 0
	// means 40 ms. A longer one suits slow radio scanners, and takes fast
	// typing for scans.
	Pace time.Duration
	// Known, if set, tells whether a text is a code of a kind that is known. A
	// digit that a person typed right before a scan is told from the scan's own
	// by it, and given back.
	Known func(text string) bool
	// Exact says that every time that is given is the keyboard's own: when a
	// key was pressed, not when the program came to tell of it; and that Expire
	// is told no later time than that of a key still to come. Then a program
	// that stands still changes nothing.
	Exact bool

	last     time.Time     // of the last call
	awake    time.Duration // time passed, stalls counted short
	back     time.Time     // when the program moved again after it last stood still
	stood    time.Duration // how long it had stood
	excused  bool          // the last call found a stall and let nothing end by it
	keys     keys
	run      []press       // the latest keys, each close to the one before
	burst    bool          // run is a scanner's
	tail     bool          // …and may be the rest of a read that paused
	ended    time.Duration // when the last burst ended, in awake time
	endedAt  time.Time     // when its last key came, by the clock
	hasEnded bool
	bySilent bool // it ended by silence: its Enter may still come
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

// Times that aren't settings, counted in awake time but for aftermath and lull.
const (
	defaultPace = 40 * time.Millisecond
	// fewestDigits at scanner's pace make a burst.
	fewestDigits = 4
	// blindly is more than a person types while the screen stands still.
	blindly = 14
	// beat is how often Expire wants to be called while something is open, and
	// slowBeat while nothing is: it is how a stall is told from a pause.
	beat     = 20 * time.Millisecond
	slowBeat = 40 * time.Millisecond
	// restful is the same where no stall matters.
	restful = time.Second
	// aftermath is how long after the last key of a burst that ended in
	// silence a late Enter or the rest of the read is still the scanner's.
	aftermath = 300 * time.Millisecond
	// frame is how far apart a window's events arrive at 60 Hz.
	frame = 15 * time.Millisecond
	// sleep is too long for a stall.
	sleep = time.Second
	// lifted is the least between a person's last key and a scan's first for
	// them to be told apart.
	lifted = 25 * time.Millisecond
	// lull parts a run from the next even while the program stands still again
	// and again.
	lull = 400 * time.Millisecond
	// repeats is the least that a key is held before it repeats.
	repeats = 150 * time.Millisecond
)

func (d *Detector) pace() time.Duration {
	if d.Pace > 0 {
		return d.Pace
	}
	return defaultPace
}

// hand is the least that a person takes for a key, over a number of them.
func (d *Detector) hand() time.Duration { return d.pace() * 3 / 4 }

// hold is how long a held character waits for the next one.
func (d *Detector) hold() time.Duration { return d.pace() * 9 / 8 }

// silence parts a run from the next. It ends a burst that has no Enter, if it
// lasts a little longer.
func (d *Detector) silence() time.Duration { return d.pace() * 2 }

// stall is the most that the time between two calls counts. Expire is called
// every 40 ms; if the program itself stood still, so that no call came, the
// keys that come after it were pressed meanwhile and their gap says nothing. It
// is more than Pace, so that slow typing stays slow even for a caller that
// never calls Expire.
func (d *Detector) stall() time.Duration { return max(d.pace(), slowBeat) * 3 / 2 }

// Rune takes a typed character.
func (d *Detector) Rune(r rune, now time.Time) Verdict {
	switch r {
	case '\r', '\n':
		return d.Key("Return", 0, now)
	case '\t':
		return d.Key("Tab", 0, now)
	}
	var v Verdict
	d.advance(now)
	d.excused = false
	d.keys.composed(d)
	d.endSilent(now, &v)
	code, repeated := d.keys.writes()
	if !unicode.IsPrint(r) {
		return v
	}
	p := d.press(narrow(r), code)
	if repeated && !d.burst {
		d.leave(&v)
		v.Type += string(p.r)
		return v
	}
	d.take(p, &v)
	return v
}

// Key takes a key that was pressed, or repeats, before its Rune if it has one:
// by the name that the window system gives it and the code of the key on the
// keyboard, 0 if that isn't known. "Return", "KP_Enter" and "Tab" end a read.
// Keys of characters are known by their short names.
func (d *Detector) Key(name string, code int, now time.Time) Verdict {
	var v Verdict
	d.advance(now)
	d.excused = false
	d.mute(now, &v)
	d.endSilent(now, &v)
	d.keys.pressed(d.press(0, code), now)
	switch ending := endingOf(name); {
	case ending != "":
		// The ending's own pace counts: digits and Enter at once are a scan
		// even where the digits alone were too few to tell.
		if d.burst || d.becomeBurst(&v, d.awake, len(d.run)) {
			d.finish(now, &v, ending)
			v.Swallow = true
			return v
		}
		// LF after CR, or an Enter that came late.
		v.Swallow = len(d.run) == 0 && d.justEnded()
		d.leave(&v)
	case d.burst:
		v.Swallow = true
	case isCharacterKey(name) || onPad(code):
	default:
		d.leave(&v)
	}
	return v
}

// Down takes a key as it goes down, before its Key, if the window system tells:
// a Key without a Down is one that is held and repeats. Shortcuts, such as Alt
// with a key of the keypad, have a Down and no Key.
func (d *Detector) Down(name string, code int, now time.Time) {
	d.advance(now)
	d.excused = false
	d.keys.down(d, name, code, now)
}

// Expire is to be called when Deadline says so, or a little later.
func (d *Detector) Expire(now time.Time) Verdict {
	var v Verdict
	if d.advance(now) && !d.excused {
		// What was pressed while the program stood still is yet to come.
		d.excused = true
		return v
	}
	d.excused = false
	d.mute(now, &v)
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

// Deadline is when Expire wants to be called next. It always does, if seldom:
// a program that doesn't call is taken for one that stands still.
func (d *Detector) Deadline() time.Time {
	wait := slowBeat
	switch {
	case len(d.run) == 0 && !d.justEnded():
		if d.Exact {
			wait = restful
		}
	case len(d.run) == 0:
		wait = beat
	case !d.burst && d.held():
		wait = min(d.hold()-d.sinceLast(), beat)
	default:
		wait = beat
	}
	return d.last.Add(max(wait, 0))
}

// advance moves the awake time on, and tells whether the program stood still
// since the last call.
func (d *Detector) advance(now time.Time) (stalled bool) {
	step := min(max(now.Sub(d.last), 0), time.Hour)
	d.last = now
	if d.Exact || step <= d.stall() {
		d.awake += step
		return false
	}
	d.back, d.stood = now, step
	switch {
	case step > sleep:
	case d.burst, d.justEnded():
		step = beat // its next key may be on its way
	case len(d.run) > 0 && now.Sub(d.run[len(d.run)-1].wall) < lull:
		step = min(d.stall(), max(d.silence()-1-d.sinceLast(), 0))
	default:
		step = d.stall()
	}
	d.awake += step
	return true
}

// press is a press that was told just now.
func (d *Detector) press(r rune, code int) press {
	p := press{r: r, code: code, at: d.awake, wall: d.last.Add(-d.keys.composing)}
	if d.last.Sub(d.back) < frame {
		p.stood = d.stood
	}
	return p
}

// mute takes a key of the keypad that wrote nothing: NumLock is off.
func (d *Detector) mute(now time.Time, v *Verdict) {
	if d.keys.mute() {
		d.endSilentBefore(d.keys.silent.at, now, v)
		d.take(d.keys.silent, v)
	}
}

// justEnded tells whether a burst ended so lately that an Enter may still be
// its own.
func (d *Detector) justEnded() bool {
	if d.bySilent { // by the clock: a person who types on must not be swallowed
		return d.last.Sub(d.endedAt) < aftermath
	}
	wait := d.silence()
	if d.Exact { // then it counts when a busy computer reads it
		wait *= 2
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
func (d *Detector) endSilent(now time.Time, v *Verdict) { d.endSilentBefore(d.awake, now, v) }

// endSilentBefore is the same up to some awake time.
func (d *Detector) endSilentBefore(at time.Duration, now time.Time, v *Verdict) {
	n := len(d.run)
	if n == 0 {
		return
	}
	switch wait := at - d.run[n-1].at; {
	case wait < d.silence():
	case !d.burst:
		d.leave(v)
	case wait >= d.silence()+d.pace(): // a slow scanner, a frame, and a stall too short to be seen
		d.finish(now, v, EndsSilence)
	}
}
