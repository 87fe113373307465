package till_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringup/payments"
	"ringup/storage"
	"ringup/ui/till"
)

// reopen is training with what is on disk.
func reopen(t *testing.T, o till.Options) *till.Till {
	t.Helper()
	shop, err := till.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return shop
}

func shut(t *testing.T, shop *till.Till) {
	t.Helper()
	if err := shop.Close(); err != nil {
		t.Fatal(err)
	}
}

// The worst case: the books and their second copy are lost, and the backup was
// made in the middle of the day, while the till was open. All that was sold and
// given back since is found at Alipay, and the books equal its ledger again.
func TestWhatTheBackupLacksIsFoundAtAlipay(t *testing.T) {
	o := till.Options{Data: t.TempDir(), Environment: till.Training, Language: "en", Version: "test"}
	shop := reopen(t, o)
	prove(t, shop)
	kept := sell(t, shop, "pays", 4550)
	stick := filepath.Join(t.TempDir(), "stick")
	if err := shop.Backup(t.Context(), stick, nil); err != nil {
		t.Fatal(err)
	}
	lost := map[string]int64{} // by paymentRequestId
	for _, minor := range []int64{1230, 999, 80000} {
		s := sell(t, shop, "pays", minor)
		lost[s.Attempts[0].PaymentRequestID] = minor
	}
	sell(t, shop, "poor", 3600)
	if _, err := shop.Refund(t.Context(), till.RefundOrder{Number: kept.Number, Amount: hkd(550)}); err != nil {
		t.Fatal(err)
	}
	want, err := shop.Day(shop.Today())
	if err != nil {
		t.Fatal(err)
	}
	shut(t, shop)
	for _, name := range []string{"journal.db", "journal.copy"} {
		if err := os.Remove(filepath.Join(o.Data, "training", name)); err != nil {
			t.Fatal(err)
		}
	}
	made, err := till.Restore(t.Context(), o, stick, till.RemakeOptions{})
	if err != nil || made.From != payments.RestoredFromBackup || made.Search.Run == 0 {
		t.Fatalf("%+v, %v", made, err)
	}

	shop = reopen(t, o)
	defer shut(t, shop)
	l, err := shop.SearchLost(t.Context())
	if err != nil || l == nil || !l.Done || len(l.Found) != len(lost) {
		t.Fatalf("%+v, %v", l, err)
	}
	for _, s := range l.Found {
		s, err := shop.Settle(t.Context(), s.ID)
		if err != nil || s.State() != payments.AttemptPaid || s.Amount != hkd(lost[s.Attempts[0].PaymentRequestID]) {
			t.Errorf("%+v, %v", s, err)
		}
		if s.Number <= kept.Number {
			t.Errorf("the number %s may stand on another slip", s.Number)
		}
	}
	got, err := shop.Day(shop.Today())
	if err != nil || got.Takings != want.Takings || got.Refunds != want.Refunds || got.Net != want.Net || got.Count != want.Count || got.Open != 0 {
		t.Errorf("the day: %+v, was %+v, %v", got, want, err)
	}
	if err := shop.Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
	again, err := till.Open(o)
	if err == nil {
		shut(t, again)
		t.Error("opened twice")
	}
}

// A shop whose business day is another one than the machine's: its numbers go
// on after those that may be lost, on its own day.
func TestNumbersGoOnAfterTheLostOnesOnTheShopsDay(t *testing.T) {
	o := till.Options{Data: t.TempDir(), Environment: till.Training, Language: "en", Version: "test"}
	shop := reopen(t, o)
	s := shop.Settings()
	here := shop.Today()
	s.Zone = "Pacific/Kiritimati" // noon here is tomorrow there,
	if time.Now().UTC().Hour() > 12 {
		s.Zone = "Etc/GMT+12" // or yesterday
	}
	if day := s.Calendar().Day(time.Now()); day == here {
		s.CutOver = 23 // or the day before ends late
	}
	if err := shop.ChangeSettings(s); err != nil {
		t.Fatal(err)
	}
	shut(t, shop)
	shop = reopen(t, o)
	prove(t, shop)
	day := shop.Today()
	if day == here {
		t.Fatalf("the shop's day is the machine's, %s", day)
	}
	before := sell(t, shop, "pays", 100)
	shut(t, shop)
	if err := os.Remove(filepath.Join(o.Data, "training", "journal.db")); err != nil {
		t.Fatal(err)
	}
	made, err := till.Rebuild(t.Context(), o, till.RemakeOptions{})
	if err != nil || made.Numbers != (till.Numbers{Day: day, After: 1000}) {
		t.Fatalf("%+v, %v", made, err)
	}
	shop = reopen(t, o)
	defer shut(t, shop)
	prove(t, shop)
	if after := sell(t, shop, "pays", 100); !strings.HasSuffix(before.Number, "-0001") || !strings.HasSuffix(after.Number, "-1001") {
		t.Errorf("%s, then %s", before.Number, after.Number)
	}
}

func TestBackupLeavesOtherFilesAlone(t *testing.T) {
	o := till.Options{Data: t.TempDir(), Environment: till.Training, Language: "en"}
	books, err := till.OpenBooks(o)
	if err != nil {
		t.Fatal(err)
	}
	defer books.Close()
	dir := t.TempDir()
	for name, text := range map[string]string{"empty": "", "sheet.csv": "a,b,c\n1,2,3\n"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := books.Backup(t.Context(), path, nil)
		if now, _ := os.ReadFile(path); !errors.Is(err, fs.ErrExist) || string(now) != text {
			t.Errorf("%s: %v, holds %q", name, err, now)
		}
	}
	if err := books.Backup(t.Context(), filepath.Join(dir, "none", "stick"), nil); !errors.Is(err, till.ErrNoFolder) {
		t.Error(err)
	}
	for range 2 {
		if err := books.Backup(t.Context(), filepath.Join(dir, "stick"), nil); err != nil {
			t.Error(err)
		}
	}
}

func TestFindBackups(t *testing.T) {
	o := till.Options{Data: t.TempDir(), Environment: till.Training, Language: "en"}
	books, err := till.OpenBooks(o)
	if err != nil {
		t.Fatal(err)
	}
	defer books.Close()
	a, b := t.TempDir(), t.TempDir()
	newer, older := filepath.Join(a, "Live-2.ringup"), filepath.Join(b, "live-1.ringup")
	for _, path := range []string{newer, older, filepath.Join(a, "training.ringup")} {
		if err := books.Backup(t.Context(), path, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(older, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b, "live.txt"), []byte("not a backup"), 0o600); err != nil {
		t.Fatal(err)
	}
	found := till.FindBackups(till.Live, b, a, filepath.Join(a, "none"), a)
	if len(found) != 2 || found[0].Path != newer || found[1].Path != older {
		t.Errorf("%+v", found)
	}
}

// What a process apart can do, by programs of the system that do it.
func TestAProcessApartThatEndsBadly(t *testing.T) {
	o := till.Options{Data: t.TempDir(), Environment: till.Training, Language: "en"}
	program := func(script string) string {
		path := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Run("the check", func(t *testing.T) {
		for script, want := range map[string]error{
			"kill -SEGV $$":     nil,
			"exit 2":            nil, // as a Go program that panics
			"echo '{}'; exit 0": till.ErrBooksWhole,
			`echo '{"error":"x","reason":"damaged"}'; exit 1`:        nil,
			`echo '{"error":"x","reason":"damaged"}'; exit 4`:        nil,
			`echo '{"error":"x","reason":"copy_unwritten"}'; exit 1`: till.ErrBooksWhole,
			`echo '{"error":"x","reason":"read_only"}'; exit 4`:      storage.ErrReadOnly,
			`echo '{"error":"wrong use"}'; exit 2`:                   till.ErrBooks,
			"exit 0":                                                 till.ErrBooks, // no word: not this program
			"exit 4":                                                 till.ErrBooks,
		} {
			if err := till.NeedsRebuild(t.Context(), program(script), o, nil); !errors.Is(err, want) || want == nil && err != nil {
				t.Errorf("%s: %v, want %v", script, err, want)
			}
		}
	})
	t.Run("reading the old file ends it", func(t *testing.T) {
		dies := program(`for word; do if test "$word" = --leave-old; then
			echo 'progress 5 10' >&2; echo '{"events":7,"kept":[]}'; exit 0; fi; done; kill -SEGV $$`)
		var at, of uint64
		made, err := till.RebuildApart(t.Context(), dies, o, till.RemakeOptions{Progress: func(done, total uint64) { at, of = done, total }})
		if err != nil || made.Events != 7 || at != 5 || of != 10 {
			t.Errorf("%+v, %v, at %d of %d", made, err, at, of)
		}
		if _, err := till.RebuildApart(t.Context(), program("kill -SEGV $$"), o, till.RemakeOptions{}); !till.Damaged(err) {
			t.Error(err)
		}
	})
	t.Run("it is refused", func(t *testing.T) {
		made, err := till.RebuildApart(t.Context(), program(`echo '{"error":"No copy.","reason":"no_copy"}'; exit 1`), o, till.RemakeOptions{})
		if !till.NoCopy(err) || till.Sort(err) != till.SortRefused {
			t.Errorf("%+v, %v", made, err)
		}
	})
}
