package storage

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

// alarmed appends one alarm, about sale 0 or about none.
func alarmed(t *testing.T, j *Journal, sale string, k payments.AlarmKind) {
	t.Helper()
	alarm := payments.Alarm{At: noon, Kind: k, ID: requestID(0, 1), Text: "pay X"}
	if err := j.Append(payments.Batch{Events: []payments.Event{{At: noon, Sale: sale, Body: payments.Alarmed{Alarm: alarm}}}}); err != nil {
		t.Fatal(err)
	}
}

// withAlarms is a folder in which the events 1 to 3 are a paid sale, 4, 6 and 8
// alarms of one kind, 5 one of a kind that begins like it, and 7 is a note with
// the kind's name.
func withAlarms(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	j := open(t, dir)
	if err := errors.Join(j.Append(aSale(0)), j.Append(paid(0))); err != nil {
		t.Fatal(err)
	}
	alarmed(t, j, saleID(0), payments.AlarmFound)
	alarmed(t, j, saleID(0), payments.AlarmFound+"_too")
	alarmed(t, j, "", payments.AlarmFound)
	if err := j.Append(payments.Batch{Events: []payments.Event{{At: noon, Body: payments.Note{Topic: string(payments.AlarmFound)}}}}); err != nil {
		t.Fatal(err)
	}
	alarmed(t, j, saleID(0), payments.AlarmFound)
	keepUp(t, j)
	if err := errors.Join(j.Verify(t.Context(), nil), j.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func numbered(t *testing.T, j *Journal, k payments.AlarmKind, before uint64, n int) (seqs []uint64) {
	t.Helper()
	events, err := j.Alarms(k, before, n)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if b := e.Body.(payments.Alarmed); b.Alarm.Kind != k || b.Alarm.Text != "pay X" {
			t.Errorf("%+v", e)
		}
		seqs = append(seqs, e.Seq)
	}
	return seqs
}

func TestAlarmsAreListedByKindNewestFirst(t *testing.T) {
	dir := withAlarms(t)
	listed := func(j *Journal) {
		t.Helper()
		for _, c := range []struct {
			kind   payments.AlarmKind
			before uint64
			n      int
			want   []uint64
		}{
			{payments.AlarmFound, 0, 9, []uint64{8, 6, 4}},
			{payments.AlarmFound, 0, 2, []uint64{8, 6}},
			{payments.AlarmFound, 8, 9, []uint64{6, 4}},
			{payments.AlarmFound, 7, 1, []uint64{6}},
			{payments.AlarmFound, 4, 9, nil},
			{payments.AlarmFound, 0, 0, nil},
			{payments.AlarmFound + "_too", 0, 9, []uint64{5}},
			{payments.AlarmSuspicion, 0, 9, nil},
			{"", 0, 9, nil},
		} {
			if got := numbered(t, j, c.kind, c.before, c.n); !slices.Equal(got, c.want) {
				t.Errorf("%d of %q before %d: %v, want %v", c.n, c.kind, c.before, got, c.want)
			}
		}
		if notes, err := j.Notes(string(payments.AlarmFound), 9); err != nil || len(notes) != 1 || notes[0].Seq != 7 {
			t.Errorf("the note of that name: %+v, %v", notes, err)
		}
	}
	j := open(t, dir)
	listed(j)
	if err := errors.Join(j.Close(), os.Remove(filepath.Join(dir, fileName))); err != nil {
		t.Fatal(err)
	}
	if _, err := Rebuild(t.Context(), dir, onTheDay); err != nil {
		t.Fatal(err)
	}
	j = open(t, dir)
	listed(j)
	if err := j.Verify(t.Context(), nil); err != nil {
		t.Error("made anew:", err)
	}
}

func TestVerifyMissesNoAlarm(t *testing.T) {
	dir := withAlarms(t)
	entry := func(k payments.AlarmKind, seq uint64) []byte { return noteKey(alarmTopic(k), seq) }
	for name, c := range map[string]struct {
		change func(notes *bbolt.Bucket) error
		seq    uint64
	}{
		"an alarm of a sale hidden": {func(b *bbolt.Bucket) error { return b.Delete(entry(payments.AlarmFound, 4)) }, 4},
		"an alarm of none hidden":   {func(b *bbolt.Bucket) error { return b.Delete(entry(payments.AlarmFound, 6)) }, 6},
		"an alarm under another kind": {func(b *bbolt.Bucket) error {
			return errors.Join(b.Delete(entry(payments.AlarmFound, 8)), b.Put(entry(payments.AlarmSuspicion, 8), nil))
		}, 8},
		"an alarm listed twice":       {func(b *bbolt.Bucket) error { return b.Put(entry(payments.AlarmSuspicion, 8), nil) }, 8},
		"an alarm that none was":      {func(b *bbolt.Bucket) error { return b.Put(entry(payments.AlarmFound, 3), nil) }, 3},
		"a note listed as an alarm":   {func(b *bbolt.Bucket) error { return b.Put(entry(payments.AlarmFound, 7), nil) }, 7},
		"an alarm listed among notes": {func(b *bbolt.Bucket) error { return b.Put(noteKey(string(payments.AlarmFound), 8), nil) }, 8},
		"an alarm of no event at all": {func(b *bbolt.Bucket) error { return b.Put(entry(payments.AlarmFound, 9), nil) }, 9},
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, copyOf(t, dir))
			if err := j.db.Update(func(tx *bbolt.Tx) error { return c.change(shelfNotes.of(tx)) }); err != nil {
				t.Fatal(err)
			}
			err := j.Verify(t.Context(), nil)
			var found *TamperError
			if !errors.As(err, &found) || found.Seq != c.seq || !errors.Is(err, ErrDamaged) {
				t.Fatalf("got %v, want event %d", err, c.seq)
			}
			t.Log(err)
		})
	}
}

func TestAnAlarmThatWouldSpoilTheIndexIsRefused(t *testing.T) {
	j := open(t, t.TempDir())
	bad := payments.Alarmed{Alarm: payments.Alarm{Kind: "a\x00b"}}
	if err := j.Append(payments.Batch{Events: []payments.Event{{At: noon, Body: bad}}}); !errors.Is(err, ErrEvent) {
		t.Fatal(err)
	}
}

func TestTheNewestRestoreAndItsSearch(t *testing.T) {
	j := open(t, t.TempDir())
	says := func(restored, searched uint64) {
		t.Helper()
		r, s, err := j.LastRestore()
		if r.Seq != restored || s.Seq != searched || err != nil {
			t.Fatalf("%d, %d, %v", r.Seq, s.Seq, err)
		}
	}
	add := func(b payments.Body) {
		t.Helper()
		if err := j.Append(payments.Batch{Events: []payments.Event{{At: noon, Body: b}}}); err != nil {
			t.Fatal(err)
		}
	}
	says(0, 0)
	add(payments.Searched{})
	says(0, 0)
	add(payments.Restored{From: payments.RestoredFromCopy})
	says(2, 0)
	add(payments.Searched{Found: 2})
	says(2, 3)
	add(payments.Restored{From: payments.RestoredFromBackup})
	says(4, 0)
}

// What a page of alarms costs doesn't grow with the books.
func BenchmarkAlarms(b *testing.B) {
	j, err := Open(b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	for range 100 {
		var batch payments.Batch
		for range 500 {
			batch.Events = append(batch.Events, payments.Event{At: noon, Body: payments.Alarmed{Alarm: payments.Alarm{At: noon, Kind: payments.AlarmSuspicion, ID: testSeed, Text: "inquire UNSIGNED_ANSWER"}}})
		}
		if err := j.Append(batch); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if page, err := j.Alarms(payments.AlarmSuspicion, 0, 200); err != nil || len(page) != 200 {
			b.Fatal(len(page), err)
		}
	}
}
