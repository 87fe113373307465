package payments

import (
	"errors"
	"time"
)

// Day is a business day, "2026-11-21": the shop's calendar date, which begins
// at the shop's cut-over hour and not at midnight.
type Day string

// ErrNotADay is a date that does not read as YYYY-MM-DD.
var ErrNotADay = errors.New("not a date (YYYY-MM-DD)")

// ParseDay reads YYYY-MM-DD.
func ParseDay(text string) (Day, error) {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return "", ErrNotADay
	}
	return Day(text), nil
}

// Compact is the day as shop numbers carry it: "261121".
func (d Day) Compact() string {
	if len(d) != 10 {
		return "000000"
	}
	return string(d[2:4] + d[5:7] + d[8:10])
}

// Calendar tells which business day a moment belongs to.
type Calendar struct {
	Zone    *time.Location // the shop's; nil means UTC
	CutOver int            // the hour, 0 to 23, at which a new day begins
}

// In is the moment in the shop's zone.
func (c Calendar) In(t time.Time) time.Time {
	if c.Zone == nil {
		return t.UTC()
	}
	return t.In(c.Zone)
}

// Day is the business day of the moment t.
func (c Calendar) Day(t time.Time) Day {
	t = c.In(t)
	if t.Hour() < c.CutOver {
		t = t.AddDate(0, 0, -1)
	}
	return Day(t.Format(time.DateOnly))
}
