package payments

import "time"

// Limits of trust in this machine's clock.
const (
	// clockTooWrong is the offset beyond which no sale starts.
	clockTooWrong = 10 * time.Minute
	// clockDisturbed is how far the wall clock and the steady clock of the
	// machine may part before Alipay is asked again what time it is: more
	// means that somebody set the clock, or that the machine slept.
	clockDisturbed = 5 * time.Second
)

// clock knows Alipay's time. Every moment that decides something about money
// (expiry, freshness, whether "cancelled" is final) is in Alipay's clock, so
// that a till whose own clock is wrong, jumps or sleeps still ends right.
//
// It is not safe for concurrent use: the Desk's lock guards it.
type clock struct {
	now    func() time.Time // this machine's
	offset time.Duration    // Alipay's less this machine's wall clock, last noted
	stamp  time.Time        // the last verified Response-Time; zero before the first
	seen   time.Time        // this machine's clock when it came, with the steady reading
}

// saw takes the Response-Time of a verified answer.
func (c *clock) saw(stamp time.Time) {
	now := c.now()
	c.offset = stamp.Sub(now.Round(0))
	// Response-Time has whole seconds: a stamp that is a little behind what
	// was known teaches nothing and would only let the clock shiver.
	if guess := c.steady(now); !c.stamp.IsZero() && stamp.Before(guess) && guess.Sub(stamp) < 2*time.Second {
		stamp = guess
	}
	c.stamp, c.seen = stamp, now
}

// steady is Alipay's clock by the machine's steady clock, which nobody can
// set but which may stand still while the machine sleeps.
func (c *clock) steady(now time.Time) time.Time {
	if c.stamp.IsZero() {
		return now.Round(0).Add(c.offset)
	}
	return c.stamp.Add(now.Sub(c.seen))
}

// wall is Alipay's clock by the machine's wall clock, which goes on while the
// machine sleeps but which anybody can set.
func (c *clock) wall(now time.Time) time.Time { return now.Round(0).Add(c.offset) }

// disturbed reports whether the two no longer agree.
func (c *clock) disturbed() bool {
	if c.stamp.IsZero() {
		return false
	}
	now := c.now()
	apart := now.Round(0).Sub(c.seen.Round(0)) - now.Sub(c.seen)
	return apart > clockDisturbed || apart < -clockDisturbed
}

// wrong reports whether this machine's clock is too wrong to sell by.
func (c *clock) wrong() bool { return c.offset > clockTooWrong || c.offset < -clockTooWrong }

// alipay is the best guess of Alipay's clock now.
func (c *clock) alipay() time.Time { return c.steady(c.now()) }

// moment is what the next call carries. When the clocks have parted, tries
// take the one and the other by turns, so that one of them is right; the floor
// is the earlier of both.
func (c *clock) moment(try int) Moment {
	now := c.now()
	steady, wall := c.steady(now), c.wall(now)
	m := Moment{Now: steady}
	if c.disturbed() && try%2 == 0 {
		m.Now = wall
	}
	if c.stamp.IsZero() {
		if try%2 == 1 {
			m.Now = now.Round(0)
		}
		return m
	}
	m.Floor = steady
	if wall.Before(steady) && c.disturbed() {
		m.Floor = wall
	}
	return m
}
