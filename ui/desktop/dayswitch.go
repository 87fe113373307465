package desktop

import (
	"time"

	"fyne.io/fyne/v2"

	"ringup/payments"
)

// daySwitch steps from business day to business day, never into tomorrow.
type daySwitch struct {
	w        *Window
	day      payments.Day
	today    payments.Day // when day was last looked at
	onChange func(payments.Day)
	box      *fyne.Container
	label    *word
	next     *press
}

func newDaySwitch(w *Window, d payments.Day, onChange func(payments.Day)) *daySwitch {
	l := w.look
	s := &daySwitch{w: w, day: d, today: w.till.Today(), onChange: onChange, label: newWord("", 17, l.ink).bold().centre().shrink(12)}
	prev := l.newPress(middle(l.icon("left", l.ink, 24)), 12, func() { s.step(-1) }).colours(l.card, l.card, 0).called("earlier day")
	s.next = l.newPress(middle(l.icon("right", l.ink, 24)), 12, func() { s.step(1) }).colours(l.card, l.card, 0).called("later day")
	today := l.newPress(s.label, 8, func() { s.set(w.till.Today()) }).colours(l.card, l.card, 0).called("today")
	plate := ground(l.card, l.keyLine, 14)
	s.box = placed(fyne.NewSize(200, 64), nil, plate, prev, today, s.next)
	s.box.Layout.(*free).lay = func(size fyne.Size) {
		put(plate, 0, 0, size.Width, size.Height)
		put(prev, 4, 4, 48, size.Height-8)
		put(s.next, size.Width-52, 4, 48, size.Height-8)
		put(today, 54, 4, size.Width-108, size.Height-8)
		s.name(size.Width - 108)
	}
	s.show()
	return s
}

func (s *daySwitch) step(by int) {
	at, err := time.Parse(time.DateOnly, string(s.day))
	if err != nil {
		return
	}
	s.set(payments.Day(at.AddDate(0, 0, by).Format(time.DateOnly)))
}

func (s *daySwitch) set(d payments.Day) {
	if d > s.w.till.Today() || d == s.day {
		return
	}
	s.day = d
	s.show()
	s.onChange(d)
}

// follow steps on by itself where today was shown and is over.
func (s *daySwitch) follow() {
	was, now := s.today, s.w.till.Today()
	s.today = now
	if s.day == was && now != was {
		s.set(now)
	}
}

func (s *daySwitch) show() {
	s.name(s.box.Size().Width - 108)
	s.next.enable(s.day < s.w.till.Today())
	s.next.body.Refresh()
	if s.next.off {
		s.next.body.Hide()
	} else {
		s.next.body.Show()
	}
}

// name writes the day as people say it: "Today · Sat 21 Nov", where there is
// room for that.
func (s *daySwitch) name(room float32) {
	name := s.w.date(s.day, "window.date.short")
	if s.day == s.w.till.Today() {
		today := s.w.say("window.today")
		name = today + " · " + name
		if measure(name, 15, true).Width > room {
			name = today
		}
	}
	s.label.set(name)
}

// date writes a day with one of the book's patterns.
func (w *Window) date(d payments.Day, pattern string) string {
	at, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return string(d)
	}
	return w.say(pattern, "day", at.Day(), "month", w.say("window.month."+at.Format("01")),
		"weekday", w.say("window.weekday."+string('0'+rune(at.Weekday()))), "year", at.Year())
}
