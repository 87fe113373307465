package desktop

import (
	"math"
	"testing"
	"time"
)

// A clock that hears keys at the server's times, and the window late.
func newTestClock(start time.Time) (k *keyClock, at *time.Time) {
	now := start
	k = &keyClock{now: func() time.Time { return now }, ask: func() bool { return false }}
	return k, &now
}

func TestTheKeysOwnTimes(t *testing.T) {
	start := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	k, now := newTestClock(start)
	const ms = time.Millisecond
	first := uint32(math.MaxUint32 - 3) // the server's clock begins again meanwhile
	k.pressed(10, first)
	for i := range 5 {
		*now = start.Add(time.Duration(i) * 8 * ms)
		if i > 0 {
			k.pressed(10+i, first+uint32(i)*8)
		}
	}
	*now = start.Add(700 * ms) // the window stood still
	for i := range 5 {
		if at, want := k.key(10+i), start.Add(time.Duration(i)*8*ms); !at.Equal(want) {
			t.Errorf("key %d at %v, want %v", i, at, want)
		}
	}

	// Silence reaches up to the first key that the window owes, or up to when
	// it was asked for.
	k.pressed(20, first+900)
	if got, want := k.until(start.Add(950*ms)), start.Add(900*ms); !got.Equal(want) {
		t.Errorf("silent until %v, want %v", got, want)
	}
	k.key(20)
	if got, want := k.until(start.Add(950*ms)), start.Add(1150*ms); !got.Equal(want) {
		t.Errorf("silent until %v, want %v", got, want) // it was heard 200 ms sooner than the first was
	}
}

// GLFW tells the key once and both characters.
func TestAKeyTwiceInAMillisecond(t *testing.T) {
	start := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	k, now := newTestClock(start)
	k.pressed(10, 100)
	k.pressed(10, 100)
	*now = start.Add(5 * time.Millisecond)
	k.pressed(10, 105)
	*now = start.Add(300 * time.Millisecond)
	if at := k.key(10); !at.Equal(start) {
		t.Errorf("the first at %v", at)
	}
	if at := k.character(start); !at.Equal(start) {
		t.Errorf("the second at %v", at)
	}
	if at, want := k.key(10), start.Add(5*time.Millisecond); !at.Equal(want) {
		t.Errorf("the third at %v, want %v", at, want)
	}
	if at := k.character(start); !at.Equal(*now) {
		t.Errorf("a character of an input method at %v, want %v", at, *now)
	}
}

// A key that went to a menu is forgotten when a later one comes, or in time.
func TestAKeyThatIsNeverTold(t *testing.T) {
	start := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	k, now := newTestClock(start)
	k.pressed(10, 0)
	*now = start.Add(500 * time.Millisecond)
	k.pressed(11, 500)
	if at := k.key(11); !at.Equal(*now) || len(k.told) > 0 {
		t.Errorf("at %v, %d keys owed", at, len(k.told))
	}
	k.pressed(12, 500)
	*now = now.Add(stale + time.Millisecond)
	if got := k.until(*now); !got.Equal(*now) {
		t.Errorf("silent until %v, want %v", got, *now)
	}
	k.end()
	if k.runs() {
		t.Error("runs on without a connection")
	}
}
