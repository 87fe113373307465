package scanner

import "time"

// press is a character in a run, or a key of the keypad that wrote none.
type press struct {
	r     rune          // 0: none
	code  int           // of its key, as the window system counts; 0: not told
	at    time.Duration // in awake time
	wall  time.Time     // as the window said
	stood time.Duration // how long the program had stood still before it
	typed bool          // handed to the focused field, which must take it back if this is a scan
}

// take puts a press into the run, and looks what that makes of it.
func (d *Detector) take(p press, v *Verdict) {
	gap := sleep
	if n := len(d.run); n > 0 {
		gap = p.at - d.run[n-1].at
	}
	d.run = append(d.run, p)
	switch {
	case d.burst:
	case len(d.run) == 1 && d.bySilent && d.justEnded():
		d.burst, d.tail = true, true
	case d.becomeBurst(v, p.at, len(d.run)-2):
	case gap > d.pace():
		d.release(v)
	}
}

// becomeBurst looks whether the latest keys, up to some time, are a scanner's: such a number of
// them that gaps of Pace would have taken longer, counting so many gaps as
// allowed says (one for all the run; its start may be later). If they are, what
// was typed of them is taken back.
func (d *Detector) becomeBurst(v *Verdict, until time.Duration, allowed int) bool {
	n := len(d.run)
	if n < fewestDigits {
		return false
	}
	digits := true
	for _, p := range d.run[n-fewestDigits:] {
		digits = digits && p.digit() != 0
	}
	span := func(start int) time.Duration { return until - d.run[start].at }
	start := 0
	for span(start) > d.pace()*time.Duration(allowed-start) || n-start < d.fewest(start) {
		start++
		if n-start < fewestDigits {
			if start = n - MinLength; !digits || !d.steady(start) {
				return false
			}
			break
		}
	}
	if !digits && n-start < MinLength {
		return false
	}
	// What came just before, at the same pace, is of the same read; across a
	// stall too, for all that is known now.
	for mean := span(start) / time.Duration(n-1-start); start > 0 && d.near(start, mean); {
		start--
	}
	d.burst, d.tail = true, false
	d.write(d.run[:start], v)
	d.run = d.run[start:]
	for _, p := range d.run {
		if p.typed && p.r != 0 {
			v.TakeBack++
		}
	}
	return true
}

// steady tells whether the keys from start on are a slow scanner's of which a
// busy machine read one or two late: none of the other gaps is so long as a
// person's, or so short as when they roll two fingers.
func (d *Detector) steady(start int) bool {
	if !d.Exact || start < 0 {
		return false
	}
	run, late := d.run[start:], 0
	for i, p := range run[1:] {
		switch gap := p.at - run[i].at; {
		case gap < frame:
			return false
		case gap > d.pace():
			late++
		}
	}
	gaps := len(run) - 1
	return late <= 2 && run[gaps].at-run[0].at <= d.pace()*time.Duration(gaps)*11/8
}

// near tells whether a press may have come at a scanner's pace after the one
// before it. A window hands keys out in frames, so that a slow scanner's gap may
// look longer than it is.
func (d *Detector) near(i int, mean time.Duration) bool {
	p, before := d.run[i], d.run[i-1]
	gap := p.at - before.at
	if d.Exact && gap <= min(d.silence(), 3*mean) {
		return true // a busy machine reads a slow scanner's key late
	}
	return gap <= d.pace() || gap <= min(d.pace(), 2*mean)+frame*3/2 ||
		p.stood > 0 && p.wall.Sub(before.wall)-p.stood <= d.pace()
}

// fewest is how many keys from start on make a burst. If the program stood
// still and handed out at once what came meanwhile, a person can have pressed
// them all: four keys during a slow change of screen look like a scanner's.
// Then it takes more than a person types blindly; they wait meanwhile.
func (d *Detector) fewest(start int) int {
	run := d.run[start:]
	took, stood := run[len(run)-1].wall.Sub(run[0].wall)+run[0].stood, false
	for _, p := range run {
		stood = stood || p.stood > 0
	}
	switch gaps := time.Duration(len(run) - 1); {
	case !stood || gaps*d.hand() > took:
		return fewestDigits
	case gaps*d.pace() > took: // nobody keeps that up for long
		return MinLength
	case gaps*d.pace()*3/2 > took:
		return blindly
	}
	return len(run) + 1
}

// finish ends a burst: it was a scan, or a broken read.
func (d *Detector) finish(now time.Time, v *Verdict, ending Ending) {
	// What followed a pause was taken for the scanner's unseen: only its pace
	// makes it a second read.
	n := len(d.run)
	whole := !d.tail || d.run[n-1].at-d.run[0].at <= d.pace()*time.Duration(n)
	run := d.run
	before, sure := d.typedBefore()
	if before {
		v.Type += string(run[0].r)
		run = run[1:]
	}
	text, how := textOf(run, d.Prefix), How{Ending: ending, Pace: paceOf(run)}
	if len([]rune(text)) >= MinLength && whole && sure {
		v.Scan = &Scan{Text: text, Source: Keyboard, At: now, How: how}
	} else {
		v.Broken = &Broken{Digits: countDigits(text), Source: Keyboard, At: now, How: how}
	}
	// The rest of a read has no rest: what follows it is a person's.
	last := d.run[n-1]
	d.ended, d.endedAt, d.hasEnded, d.bySilent = d.awake, last.wall.Add(-last.stood), true, ending == EndsSilence && !d.tail
	d.run, d.burst, d.tail = nil, false, false
}

// typedBefore tells whether the first key of a burst is a digit that a person
// typed just before the scanner began. Both must tell: the pace, which changed
// after it, and the text, which is something known without it only. Where the
// program stood still between, the pace can't tell, unless no scanner is so
// slow: then the person's digit is given back, but the scan isn't sure, for
// with a digit too many the wrong sum would be charged.
func (d *Detector) typedBefore() (yes, sure bool) {
	first, rest := d.run[0], d.run[1:]
	if d.Known == nil || d.tail || !first.typed || !isDigit(first.r) || len(rest) < MinLength || d.Known(textOf(d.run, d.Prefix)) {
		return false, true
	}
	last, known := rest[len(rest)-1], d.Known(textOf(rest, d.Prefix))
	if rest[0].stood > 0 && first.stood == 0 {
		slow := last.wall.Sub(first.wall) > d.pace()*time.Duration(len(d.run))
		return slow || known, slow
	}
	gap, pace := rest[0].at-first.at, (last.at-rest[0].at)/time.Duration(len(rest)-1)
	return known && gap >= lifted && gap >= 3*pace, true
}

// paceOf is what one key of a run took; 0 where all came in one frame of the
// window, or the program stood still.
func paceOf(run []press) time.Duration {
	n := len(run)
	if n < 2 || run[n-1].wall.Sub(run[0].wall) < frame {
		return 0
	}
	for _, p := range run[1:] {
		if p.stood > 0 {
			return 0
		}
	}
	return (run[n-1].at - run[0].at) / time.Duration(n-1)
}

// held tells whether characters wait to be typed.
func (d *Detector) held() bool {
	n := len(d.run)
	return n > 0 && !d.run[n-1].typed
}

// write types what is held of a run.
func (d *Detector) write(run []press, v *Verdict) {
	for _, p := range run {
		if p.r != 0 && !p.typed {
			v.Type += string(p.r)
		}
	}
}

// release types what is held.
func (d *Detector) release(v *Verdict) {
	d.write(d.run, v)
	for i := range d.run {
		d.run[i].typed = true
	}
}

// leave types what is held and forgets the run: it was a person's.
func (d *Detector) leave(v *Verdict) {
	d.release(v)
	d.run = nil
}
