package desktop

import "time"

// settles is how long a new picture takes no answer: a finger or a key that was
// on its way meant the picture before. A double click is over by then.
const settles = 600 * time.Millisecond

// guard stands before the buttons of one picture that move money, or lead away
// from it. They answer only when the picture has been in view for a while, and
// what was asked for once is not asked for again before its answer.
type guard struct {
	now   func() time.Time
	since time.Time // when the picture came into view
	busy  bool      // the answer is awaited
}

func (w *Window) newGuard() *guard { return &guard{now: w.now, since: w.now()} }

// seen begins the wait, when the picture comes into view.
func (g *guard) seen() { g.since = g.now() }

// free takes presses again, after the answer.
func (g *guard) free() { g.busy = false }

// turn is for another picture in place of the one before.
func (g *guard) turn() {
	g.seen()
	g.free()
}

// settled does it only if the picture has been in view for long enough.
func (g *guard) settled(do func()) func() {
	return func() {
		if do != nil && !g.busy && g.now().Sub(g.since) >= settles {
			do()
		}
	}
}

// once is settled, and takes nothing more until free or turn.
func (g *guard) once(do func()) func() {
	if do == nil {
		return func() {}
	}
	return g.settled(func() {
		g.busy = true
		do()
	})
}
