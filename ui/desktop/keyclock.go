package desktop

import (
	"slices"
	"sync"
	"time"
)

// A keyClock knows when each key was pressed, as the window system says. A
// window that stands still for a slow frame hands out late what was pressed in
// time; Fyne doesn't say when that was, and without it a scanner that types
// meanwhile can't be told from a person.
//
// It hears of every press on a way of its own, keeps it until the window tells
// of it too, and lends it its time. All its times are the keyboard's: as far
// apart as the window system says, and near the program's clock.
type keyClock struct {
	now func() time.Time
	// ask lets all that was pressed so far be heard of, and waits for it; false
	// if the window system doesn't answer in time. nil: nothing is heard yet.
	ask func() bool
	// also lets the keys of another window be heard, by its number.
	also   func(win uintptr)
	opened bool // the first window's are about to be heard

	mu     sync.Mutex
	told   []stroke      // not told by the window yet, oldest first
	latest time.Time     // when the newest key was pressed
	ms     uint32        // the same as the window system counts
	same   []int         // the keys of that millisecond
	behind time.Duration // from a press to hearing of it, at the least, against the first; never more than 0
	over   bool          // nothing will be heard any more
}

// A stroke is a key that was pressed, or that is held and repeats.
type stroke struct {
	code int // of the key, as Fyne tells it
	at   time.Time
	mute bool // only its character will be told
}

// stale is how long the window may take to tell of a key; it is told of none
// that went elsewhere, to a menu or an input method.
const stale = 2 * time.Second

// pressed takes a press, with the time of the window system's clock, which
// counts milliseconds and begins again at 0 after seven weeks.
func (k *keyClock) pressed(code int, ms uint32) {
	now := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	if ms != k.ms {
		k.same = nil
	}
	if k.latest.IsZero() {
		k.latest = now
	} else {
		k.latest = k.latest.Add(time.Duration(int32(ms-k.ms)) * time.Millisecond)
	}
	k.ms = ms
	k.behind = min(k.behind, now.Sub(k.latest))
	k.clear(now)
	// GLFW tells no key that goes down again within a millisecond.
	k.told = append(k.told, stroke{code: code, at: k.latest, mute: slices.Contains(k.same, code)})
	k.same = append(k.same, code)
}

// clear forgets what the window will never tell of.
func (k *keyClock) clear(now time.Time) {
	now = now.Add(-k.behind)
	for len(k.told) > 0 && now.Sub(k.told[0].at) > stale {
		k.told = k.told[1:]
	}
}

// end says that nothing will be heard any more.
func (k *keyClock) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.over, k.told, k.also = true, nil, nil
}

// runs tells whether presses are heard.
func (k *keyClock) runs() bool {
	if k == nil {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return !k.over && k.ask != nil
}

// key is when a key was pressed that the window tells of now.
func (k *keyClock) key(code int) time.Time {
	at, ok := k.find(code)
	if !ok && k.ask() { // the window was faster
		at, _ = k.find(code)
	}
	return at
}

func (k *keyClock) find(code int) (time.Time, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := slices.IndexFunc(k.told, func(s stroke) bool { return s.code == code && !s.mute })
	if i < 0 {
		return k.now().Add(-k.behind), false
	}
	at := k.told[i].at
	k.told = k.told[i+1:]
	return at, true
}

// character is when a character was typed that the window tells of now, without
// a key.
func (k *keyClock) character(last time.Time) time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case len(k.told) == 0:
		return k.now().Add(-k.behind)
	case k.told[0].mute:
		last = k.told[0].at
		k.told = k.told[1:]
	}
	return last
}

// until is the time up to which the window has told all: some time since when
// ask has answered, or when the first key was pressed that it still owes.
func (k *keyClock) until(asked time.Time) time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.clear(k.now())
	asked = asked.Add(-k.behind)
	if len(k.told) > 0 && k.told[0].at.Before(asked) {
		return k.told[0].at
	}
	return asked
}
