package till

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"ringup/payments"
)

// An alarm is put on a sale once, and the sale may be settled a second later:
// then nobody looks at it again. So each one waits under Attention until a
// person says that it was seen, and that word is an event of its own.

// Alarm is something that happened and that no person has yet marked as seen.
type Alarm struct {
	Key     string    // tells it from the others; it stays the same while it waits
	At      time.Time // of the newest event that it stands for; zero for one that lasts
	Lasting bool      // it can't be marked: it goes when its cause is gone

	kind   payments.AlarmKind
	sale   string   // Sale.ID, when it is about exactly one
	events []uint64 // what it stands for, newest first
	all    bool     // and for everything of its kind that is older
	but    []string // except what was put on these sales, which were open
}

// Kinds that are no alarms of a payment.
const (
	kindRestored payments.AlarmKind = "restored" // the books were made anew
	kindCopy     payments.AlarmKind = "copy"     // the second copy can't be written
)

// weights are the kinds of alarm, the heaviest first. What only a bad network
// brings, and then by the dozen, is last.
var weights = []payments.AlarmKind{
	payments.AlarmContradiction, payments.AlarmNotGivenBack, payments.AlarmOtherSale, payments.AlarmFound, payments.AlarmShortFunds, payments.AlarmSuspicion,
}

// Bounds of the list. What is beyond them is lost to nobody: it stands in its
// sale's story, and comes up when those before it were marked.
const (
	mostAlarms     = 100 // are listed
	mostOfAKind    = 200 // events are looked at; more fold into one alarm
	mostSuspicions = 3   // sales with nothing worse stand by themselves; more fold into one alarm
	everything     = 100_000
)

// topicSeen is the journal's note of an alarm that a person marked as seen.
const topicSeen = "alarm.seen"

// seenNote is its data. The newest one holds all that is needed: Seen says of
// each kind which events were marked, by this note and all before it.
type seenNote struct {
	By     string                         `json:"by,omitempty"`
	Events []uint64                       `json:"events"` // marked by this note
	Seen   map[payments.AlarmKind]horizon `json:"seen"`
}

// horizon is what was seen of a kind: every event up to Through, But those.
type horizon struct {
	Through uint64   `json:"through"`
	But     []uint64 `json:"but,omitempty"` // newest first
}

func (h horizon) has(seq uint64) bool { return seq <= h.Through && !slices.Contains(h.But, seq) }

// Alarms lists what was not yet marked as seen, the heaviest first and of one
// weight the newest: alarms of settled sales and of none, that the books were
// restored, and that their second copy can't be written. Alarms of a sale that
// is open wait until it is settled; it is a task by itself.
func (t *Books) Alarms() ([]Task, error) {
	open, err := t.journal.Open()
	if err != nil {
		return nil, err
	}
	return t.alarms(open)
}

func (t *Books) alarms(open []payments.Sale) ([]Task, error) {
	seen, err := t.seen()
	if err != nil {
		return nil, err
	}
	tasks := t.copyAlarm()
	restored, err := t.restoredAlarm(seen[kindRestored])
	if err != nil {
		return nil, err
	}
	tasks = append(tasks, restored...)
	for _, k := range weights {
		list, err := t.alarmsOf(k, seen[k], open)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, list...)
	}
	return tasks[:min(len(tasks), mostAlarms)], nil
}

// seen is what persons have marked so far.
func (t *Books) seen() (map[payments.AlarmKind]horizon, error) {
	note, found, err := t.journal.Latest(topicSeen)
	if err != nil || !found {
		return map[payments.AlarmKind]horizon{}, err
	}
	var n seenNote
	if err := json.Unmarshal(note.Data, &n); err != nil || n.Seen == nil {
		return map[payments.AlarmKind]horizon{}, nil // shown once more rather than never
	}
	return n.Seen, nil
}

// unseen are the events of a kind that lie beyond what was seen, newest first,
// at most so many, from the one before the event numbered before, or from the
// newest for 0. more reports that there are others, older than these.
func (t *Books) unseen(k payments.AlarmKind, h horizon, before uint64, most int) (events []payments.Event, more bool, err error) {
	events, err = t.journal.Alarms(k, before, most+1)
	if err != nil {
		return nil, false, err
	}
	if i := slices.IndexFunc(events, func(e payments.Event) bool { return e.Seq <= h.Through }); i >= 0 {
		events = events[:i]
	}
	for _, seq := range h.But {
		if len(events) > most {
			break
		}
		if before > 0 && seq >= before {
			continue
		}
		one, err := t.journal.Alarms(k, seq+1, 1)
		if err != nil {
			return nil, false, err
		}
		if len(one) == 1 && one[0].Seq == seq {
			events = append(events, one[0])
		}
	}
	if len(events) > most {
		return events[:most], true, nil
	}
	return events, false, nil
}

// alarmsOf are the alarms of a kind: those of one sale are one, and too many
// are one as well.
func (t *Books) alarmsOf(k payments.AlarmKind, h horizon, open []payments.Sale) ([]Task, error) {
	events, more, err := t.unseen(k, h, 0, mostOfAKind)
	if err != nil {
		return nil, err
	}
	var groups [][]payments.Event
	place := map[string]int{}
	for _, e := range events {
		if slices.ContainsFunc(open, func(s payments.Sale) bool { return s.ID == e.Sale }) {
			continue
		}
		i, known := place[e.Sale]
		if !known || e.Sale == "" {
			i = len(groups)
			groups, place[e.Sale] = append(groups, nil), i
		}
		groups[i] = append(groups[i], e)
	}
	if len(groups) > 0 && (more || k == payments.AlarmSuspicion && len(groups) > mostSuspicions) {
		task, err := t.foldedAlarm(k, groups, more)
		for _, s := range open {
			task.Alarm.but = append(task.Alarm.but, s.ID)
		}
		return []Task{task}, err
	}
	var tasks []Task
	for _, g := range groups {
		task, err := t.alarmOf(k, g)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, task)
	}
	return tasks, nil
}

func textOfAlarm(e payments.Event) string {
	b, _ := e.Body.(payments.Alarmed)
	return b.Alarm.Text
}

// alarmOf is one alarm: of one sale, or of none.
func (t *Books) alarmOf(k payments.AlarmKind, of []payments.Event) (Task, error) {
	task := newAlarm(k, of)
	newest, say := of[0], t.Book().Say
	text := textOfAlarm(newest)
	if newest.Sale == "" {
		key := "alarm.alone"
		if k == payments.AlarmFound {
			key = "alarm.found.refund"
		}
		task.Tag, task.Text = Tag{FaceDecide, say(key + ".tag")}, say(key, "text", text)
		return task, nil
	}
	var err error
	if task.Sale, err = t.journal.Sale(newest.Sale); err != nil {
		return task, err
	}
	task.Alarm.sale = newest.Sale
	task.Tag = t.tagOfAlarm(k)
	task.Text = t.tellAlarm(k, task.Sale, text)
	return task, nil
}

// tellAlarm is what happened to a settled sale, how it ended, and what to do.
func (t *Books) tellAlarm(k payments.AlarmKind, s payments.Sale, text string) string {
	return t.Book().Say("alarm."+string(k), "stands", t.stands(s), "text", text)
}

// foldedAlarm is one alarm for all that wait of a kind.
func (t *Books) foldedAlarm(k payments.AlarmKind, groups [][]payments.Event, more bool) (Task, error) {
	task := newAlarm(k, slices.Concat(groups...))
	task.Alarm.all = true
	say, newest := t.Book().Say, groups[0][0]
	task.Tag = t.tagOfAlarm(k)
	if k != payments.AlarmSuspicion {
		task.Text = say("alarm.many", "count", mostOfAKind, "text", textOfAlarm(newest))
		return task, nil
	}
	s, err := t.journal.Sale(newest.Sale)
	if err != nil {
		return task, err
	}
	key := "alarm.suspicion.many"
	if more {
		key = "alarm.suspicion.most"
	}
	task.Text = say(key, "sales", len(groups), "number", s.Number, "text", textOfAlarm(newest))
	return task, nil
}

func newAlarm(k payments.AlarmKind, of []payments.Event) Task {
	a := &Alarm{At: of[0].At, kind: k}
	for _, e := range of {
		a.events = append(a.events, e.Seq)
		if e.At.After(a.At) {
			a.At = e.At
		}
	}
	a.Key = alarmKey(k, a.events[0])
	return Task{Alarm: a, Action: ActSeen}
}

func alarmKey(k payments.AlarmKind, seq uint64) string {
	data, _ := json.Marshal(seq) // a number has no error
	return string(k) + " " + string(data)
}

func (t *Books) tagOfAlarm(k payments.AlarmKind) Tag {
	f := FaceDecide
	if k == payments.AlarmSuspicion {
		f = FaceWaiting
	}
	return Tag{f, t.Book().Say("alarm." + string(k) + ".tag")}
}

// stands is how a settled sale ended, as one sentence about money.
func (t *Books) stands(s payments.Sale) string {
	say, back := t.Book().Say, s.RefundedSum()
	switch {
	case s.State().Holds() && back.IsZero():
		return say("alarm.stands.paid")
	case s.State().Holds() && s.Left().IsZero():
		return say("alarm.stands.back", "amount", back)
	case s.State().Holds():
		return say("alarm.stands.part", "amount", back, "left", s.Left())
	case slices.ContainsFunc(s.Attempts, func(a payments.Attempt) bool { return a.LateSuccess }):
		return say("alarm.stands.returned")
	case s.State() == payments.AttemptCancelled:
		return say("alarm.stands.cancelled")
	}
	return say("alarm.stands.nothing")
}

// restoredAlarm tells that the books were made anew: while Alipay is asked
// about what they lack, and what was found, until it is marked.
func (t *Books) restoredAlarm(h horizon) ([]Task, error) {
	restored, searched, err := t.journal.LastRestore()
	if err != nil || restored.Seq == 0 {
		return nil, err
	}
	say := t.Book().Say
	from, _ := restored.Body.(payments.Restored)
	what := say("alarm.restored."+from.From, "date", t.Calendar().In(restored.At).Format("2006-01-02 15:04"))
	if searched.Seq == 0 {
		a := &Alarm{Key: alarmKey(kindRestored, restored.Seq), At: restored.At, Lasting: true}
		return []Task{{Alarm: a, Tag: Tag{FaceFinding, say("alarm.restored.tag")}, Text: say("alarm.restored.searching", "what", what)}}, nil
	}
	if h.has(searched.Seq) {
		return nil, nil
	}
	task := newAlarm(kindRestored, []payments.Event{searched})
	result, _ := searched.Body.(payments.Searched)
	key := "alarm.restored.found"
	if result.Found == 0 {
		key = "alarm.restored.none"
	}
	task.Tag, task.Text = Tag{FaceDecide, say("alarm.restored.tag")}, say(key, "what", what, "found", result.Found)
	return []Task{task}, nil
}

// copyAlarm tells that the second copy can't be written, as long as it can't.
func (t *Books) copyAlarm() []Task {
	why := t.journal.CopyFault()
	if why == nil {
		return nil
	}
	say := t.Book().Say
	return []Task{{
		Alarm: &Alarm{Key: string(kindCopy), Lasting: true}, Tag: Tag{FaceNotPaid, say("alarm.copy.tag")}, Text: say("alarm.copy", "text", why),
	}}
}

// Acknowledge writes that a person has seen an alarm, with who is at the till.
// What has come since it was listed is not part of it. To mark what was marked
// already does nothing.
func (t *Books) Acknowledge(a Alarm) error {
	if a.Lasting || len(a.events) == 0 {
		return nil
	}
	t.marking.Lock()
	defer t.marking.Unlock()
	seen, err := t.seen()
	if err != nil {
		return err
	}
	h := seen[a.kind]
	note := seenNote{By: t.Cashier(), Seen: seen}
	for _, seq := range a.events {
		if !h.has(seq) {
			note.Events = append(note.Events, seq)
		}
	}
	if len(note.Events) == 0 {
		return nil
	}
	if seen[a.kind], err = t.horizonAfter(a, h); err != nil {
		return err
	}
	data, err := json.Marshal(note)
	if err != nil {
		return err
	}
	return t.append(a.sale, payments.Note{Topic: topicSeen, Data: data})
}

// horizonAfter is what was seen of a's kind once a was.
func (t *Books) horizonAfter(a Alarm, h horizon) (horizon, error) {
	after := horizon{Through: max(h.Through, a.events[0])}
	if a.kind == kindRestored {
		return after, nil
	}
	if !a.all {
		waiting, _, err := t.unseen(a.kind, h, after.Through+1, everything)
		if err != nil {
			return h, err
		}
		for _, e := range waiting {
			if !slices.Contains(a.events, e.Seq) {
				after.But = append(after.But, e.Seq)
			}
		}
		return after, nil
	}
	for _, seq := range h.But {
		if seq > a.events[0] { // it has come since
			after.But = append(after.But, seq)
		}
	}
	for _, id := range a.but {
		events, err := t.journal.EventsOf(id)
		if err != nil {
			return h, err
		}
		for _, e := range events {
			if b, ok := e.Body.(payments.Alarmed); ok && b.Alarm.Kind == a.kind && e.Seq <= a.events[0] && !h.has(e.Seq) {
				after.But = append(after.But, e.Seq)
			}
		}
	}
	slices.SortFunc(after.But, func(x, y uint64) int { return cmp.Compare(y, x) })
	return after, nil
}
