package storage

import (
	"bytes"
	"fmt"
	"strings"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

// Alarms are few beside the sales, and are asked for by kind, newest first. So
// they stand among the notes, under topics that no note can have: one begins
// with the byte that no topic may hold. Every Alarmed event is listed, whether
// it is about a sale or not; a file in which one is not is damaged, and Rebuild
// lists them all anew.

// alarmTopic is where the alarms of a kind are listed.
func alarmTopic(k payments.AlarmKind) string { return "\x00alarm:" + string(k) }

// listing is the entry in shelfNotes that an event calls for; nil for none.
func listing(e payments.Event) []byte {
	switch b := e.Body.(type) {
	case payments.Note:
		return noteKey(b.Topic, e.Seq)
	case payments.Alarmed:
		return noteKey(alarmTopic(b.Alarm.Kind), e.Seq)
	}
	return nil
}

// list writes the entry of a note or an alarm.
func (w *writer) list(e payments.Event) error {
	key := listing(e)
	if key == nil {
		return nil
	}
	topic := ""
	switch b := e.Body.(type) {
	case payments.Note:
		topic = b.Topic
	case payments.Alarmed:
		topic = string(b.Alarm.Kind)
	}
	if len(topic) > longestText || strings.ContainsRune(topic, 0) {
		return fmt.Errorf("%w: topic %.20q", ErrEvent, topic)
	}
	return shelfNotes.of(w.tx).Put(key, nil)
}

// Alarms lists at most n events that put an alarm of that kind, newest first,
// from the one before the event numbered before; 0 begins at the newest. What
// it costs depends on n and on nothing else.
func (j *Journal) Alarms(k payments.AlarmKind, before uint64, n int) ([]payments.Event, error) {
	var alarms []payments.Event
	err := j.view(func(tx *bbolt.Tx) error {
		topic := alarmTopic(k)
		prefix := append([]byte(topic), 0)
		if before == 0 {
			before = 1<<(8*seqSize) - 1
		}
		c := shelfNotes.of(tx).Cursor()
		key, _ := c.Seek(noteKey(topic, before))
		if key == nil {
			key, _ = c.Last()
		} else {
			key, _ = c.Prev()
		}
		for ; bytes.HasPrefix(key, prefix) && len(alarms) < n; key, _ = c.Prev() {
			e, err := eventAt(tx, seqAt(key))
			if err != nil {
				return err
			}
			if _, ok := e.Body.(payments.Alarmed); !ok {
				return &TamperError{Seq: e.Seq, What: Derived, Detail: "it is no alarm"}
			}
			alarms = append(alarms, e)
		}
		return nil
	})
	return alarms, err
}

// LastRestore is the newest Restored event, and the Searched event that ended
// the search after it; each has the Seq 0 when there is none.
func (j *Journal) LastRestore() (restored, searched payments.Event, err error) {
	err = j.view(func(tx *bbolt.Tx) (err error) {
		seq, found := refAt(shelfState.of(tx).Get(keyRestored))
		if !found {
			return nil
		}
		if restored, err = eventAt(tx, seq); err != nil {
			return err
		}
		if seq, _ = refAt(shelfState.of(tx).Get(keySearched)); seq > restored.Seq {
			searched, err = eventAt(tx, seq)
		}
		return err
	})
	return restored, searched, err
}
