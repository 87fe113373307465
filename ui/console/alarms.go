package console

import (
	"fmt"

	"ringup/ui/till"
)

// alarmJSON is one alarm that nobody has marked as seen. Its number is empty
// when it is about no sale, or about many.
type alarmJSON struct {
	At     string `json:"at,omitempty"`
	Number string `json:"number,omitempty"`
	Title  string `json:"title"`
	Text   string `json:"text"`
}

// alarms lists what waits to be seen, for people or for --json. Marking is done
// in the window, by whoever reads it there.
func (r *run) alarms(b *till.Books) ([]alarmJSON, error) {
	waiting, err := b.Alarms()
	if err != nil {
		return nil, err
	}
	var list []alarmJSON
	for _, t := range waiting {
		j := alarmJSON{Number: t.Sale.Number, Title: t.Tag.Text, Text: t.Text}
		when := ""
		if at := b.Calendar().In(t.Alarm.At); !t.Alarm.At.IsZero() {
			j.At, when = at.Format("2006-01-02T15:04:05.000Z07:00"), at.Format("2006-01-02 15:04  ")
		}
		if j.Number != "" {
			when += j.Number + "  "
		}
		list = append(list, j)
		r.say("%s%s\n  %s", when, j.Title, j.Text)
	}
	return list, nil
}

// countAlarms says on stderr how many wait, where they are not the answer.
func (r *run) countAlarms(b *till.Books) error {
	waiting, err := b.Alarms()
	if err == nil && len(waiting) > 0 {
		fmt.Fprintln(r.err, b.Book().Say("console.alarms", "count", len(waiting)))
	}
	return err
}
