package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

func init() { roles["rebuild"] = rebuild }

var onTheDay = RebuildOptions{Day: "2026-11-21", Wait: 50 * time.Millisecond}

// rebuild tells each step that it is told of itself.
func rebuild(dir string) error {
	o := onTheDay
	o.Progress = func(done, total uint64) { fmt.Println("AT", done) }
	_, err := Rebuild(context.Background(), dir, o)
	if err == nil {
		fmt.Println("DONE")
	}
	return err
}

// names lists a folder's files.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// isWhole opens a folder and asks for sales 0 to n-1, all paid, and for the
// chain.
func isWhole(t *testing.T, dir string, n int) *Journal {
	t.Helper()
	j := open(t, dir)
	keepUp(t, j)
	for i := range n {
		if s, err := j.Sale(saleID(i)); err != nil || s.Paid() != hkd(int64(1000+i)) {
			t.Fatalf("sale %d: %+v, %v", i, s, err)
		}
	}
	if err := j.Verify(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if !sameValues(recordsOf(t, filepath.Join(dir, copyName)), eventsOf(t, j)) {
		t.Fatal("the copy isn't the journal")
	}
	return j
}

func TestRebuild(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	if err := j.Append(payments.Batch{Events: []payments.Event{{At: noon, Body: payments.Started{Seed: testSeed}}}}); err != nil {
		t.Fatal(err)
	}
	sell(t, j, 0, 40)
	_, id := j.Incarnation()
	seq, hash, err := j.Head()
	if err := errors.Join(err, j.Close()); err != nil {
		t.Fatal(err)
	}
	put(t, []byte("garbage"), dir, fileName)
	o := onTheDay
	o.Now = func() time.Time { return time.Date(2026, 11, 22, 3, 15, 0, 0, shopZone) }
	r, err := Rebuild(t.Context(), dir, o)
	want := payments.Restored{Seed: testSeed, After: 10*39 + 2, Day: "2026-11-21", Skip: 1000, From: payments.RestoredFromCopy}
	kept := filepath.Join(dir, "journal.before-20261122-031500.db")
	if err != nil || r.Restored != want || r.Events != seq || r.FromJournal+r.FromCopy != 0 || !slices.Equal(r.Kept, []string{kept}) || r.CopyFault != nil {
		t.Fatalf("%+v, %v", r, err)
	}
	if string(get(t, kept)) != "garbage" {
		t.Fatal("the old file wasn't kept")
	}
	if got := names(t, dir); !slices.Equal(got, []string{ballastName, filepath.Base(kept), copyName, fileName}) {
		t.Fatal(got)
	}
	content := get(t, dir, copyName)
	j = isWhole(t, dir, 40)
	if !bytes.Equal(content, get(t, dir, copyName)) || len(recordsOf(t, filepath.Join(dir, copyName))) != int(seq)+1 {
		t.Fatal("the copy didn't match at once")
	}
	created, anew := j.Incarnation()
	if anew == id || !created.Equal(o.Now()) {
		t.Fatalf("incarnation %v %s", created, anew)
	}
	if now, _, _ := j.Head(); now != seq+1 {
		t.Fatalf("head %d, was %d", now, seq)
	}
	if v := eventsOf(t, j)[seq-1]; [32]byte(v) != hash {
		t.Fatal("the chain has other hashes")
	}
	if got, _, ok, err := j.Restored(); got != want || !ok || err != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	sell(t, j, 40, 1)
	_ = j.Close()
	t.Run("and again", func(t *testing.T) {
		r, err := Rebuild(t.Context(), dir, o)
		if err != nil || r.Events != seq+4 || r.Kept[0] != strings.Replace(kept, ".db", "-2.db", 1) {
			t.Fatalf("%+v, %v", r, err)
		}
		isWhole(t, dir, 41)
	})
}

func TestWhatRebuildNeeds(t *testing.T) {
	dir := sold(t, 3)
	untouched := func(t *testing.T, dir string, do func(dir string) error, want error) {
		t.Helper()
		before := map[string][]byte{}
		for _, name := range names(t, dir) {
			before[name] = get(t, dir, name)
		}
		if err := do(dir); !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
		if after := names(t, dir); len(after) != len(before) {
			t.Fatalf("left %v", after)
		}
		for name, was := range before {
			if !bytes.Equal(get(t, dir, name), was) {
				t.Fatalf("%s was touched", name)
			}
		}
	}
	rebuilding := func(ctx context.Context, o RebuildOptions) func(dir string) error {
		return func(dir string) error { _, err := Rebuild(ctx, dir, o); return err }
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	t.Run("a day", func(t *testing.T) {
		untouched(t, folder(t, dir), rebuilding(t.Context(), RebuildOptions{}), payments.ErrNotADay)
	})
	t.Run("time", func(t *testing.T) {
		untouched(t, folder(t, dir), rebuilding(cancelled, onTheDay), context.Canceled)
	})
	t.Run("anything", func(t *testing.T) {
		untouched(t, t.TempDir(), rebuilding(t.Context(), onTheDay), ErrNoCopy)
		if _, err := Rebuild(t.Context(), filepath.Join(t.TempDir(), "none"), onTheDay); !errors.Is(err, ErrNoCopy) {
			t.Fatal(err)
		}
		bad := t.TempDir()
		put(t, []byte("x"), bad, fileName)
		untouched(t, bad, rebuilding(t.Context(), onTheDay), ErrNoCopy)
		put(t, []byte("another file, and not a short one"), bad, copyName)
		untouched(t, bad, rebuilding(t.Context(), onTheDay), ErrNoCopy)
	})
	t.Run("a backup to restore from", func(t *testing.T) {
		for _, content := range [][]byte{nil, []byte("x"), get(t, dir, fileName), copyHeader} {
			backup := filepath.Join(t.TempDir(), "backup")
			put(t, content, backup)
			empty := t.TempDir() // beside a copy, a backup of nothing adds nothing
			untouched(t, empty, func(dir string) error {
				_, err := Restore(t.Context(), dir, backup, onTheDay)
				return err
			}, ErrNotBackup)
		}
	})
	t.Run("that no program has the journal open", func(t *testing.T) {
		bad := folder(t, dir)
		c, out := child(t, "hold", bad)
		if line, err := out.ReadString('\n'); line != "HELD\n" {
			t.Fatal(line, err)
		}
		var held *HeldError
		do := func() {
			t.Helper()
			if _, err := Rebuild(t.Context(), bad, onTheDay); !errors.As(err, &held) || held.PID != c.Process.Pid {
				t.Fatal(err)
			}
		}
		do()
		if os.Remove(filepath.Join(bad, fileName)) == nil { // Windows doesn't allow it
			do()
			if _, err := Open(bad, small); !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
		}
	})
	t.Run("no journal is opened while it lasts", func(t *testing.T) {
		busy := folder(t, dir)
		o := onTheDay
		tried := false
		o.Progress = func(uint64, uint64) {
			var held *HeldError
			if _, err := Open(busy, small); !errors.As(err, &held) {
				t.Errorf("opened: %v", err)
			}
			if _, err := Rebuild(t.Context(), busy, onTheDay); !errors.As(err, &held) {
				t.Errorf("two at once: %v", err)
			}
			tried = true
		}
		if _, err := Rebuild(t.Context(), busy, o); err != nil || !tried {
			t.Fatal(err)
		}
		isWhole(t, busy, 3)
	})
}

// A journal.db that was damaged in any way is refused, or what it says is
// true; and Rebuild brings every sale back.
func TestAnyDamageToTheJournalIsRebuilt(t *testing.T) {
	const sales = 12
	dir := sold(t, sales)
	content, copied := get(t, dir, fileName), get(t, dir, copyName)
	older := get(t, sold(t, 3), fileName) // the same chain, shorter
	type damage struct {
		name string
		to   []byte // nil: the file is deleted
	}
	damages := []damage{{"deleted", nil}, {"empty", []byte{}}, {"garbage", bytes.Repeat([]byte("x"), 50_000)}, {"an older one put back", older}}
	pages := 0
	for page := 0; page < len(content); page += 4096 {
		if bytes.Count(content[page:page+4096], []byte{0}) == 4096 {
			continue // room that it has grown ahead
		}
		pages++
		damages = append(damages, damage{fmt.Sprintf("page %d zeroed", page/4096),
			slices.Concat(content[:page], make([]byte, 4096), content[page+4096:])})
		damages = append(damages, damage{fmt.Sprintf("cut before page %d", page/4096), content[:page]})
		for _, at := range []int{3, 9, 11, 20, 40, 70, 500, 2000, 4000} {
			damages = append(damages, damage{fmt.Sprintf("page %d byte %d", page/4096, at), flip(content, page+at)})
		}
	}
	refused, fooled := 0, 0
	bad := t.TempDir()
	for _, d := range damages {
		for _, name := range names(t, bad) {
			_ = os.Remove(filepath.Join(bad, name))
		}
		put(t, copied, bad, copyName)
		if d.to != nil {
			put(t, d.to, bad, fileName)
		}
		j, err := Open(bad, small)
		switch {
		case errors.Is(err, ErrDamaged), errors.Is(err, ErrNewerFormat):
			refused++
		case err != nil:
			t.Fatalf("%s: %v", d.name, err)
		default:
			// Whoever opened it has also walked it, when the till was idle.
			err := j.Verify(t.Context(), nil)
			for n := range sales {
				s, readErr := j.Sale(saleID(n))
				if readErr == nil && s.Paid() != hkd(int64(1000+n)) {
					t.Fatalf("%s: %+v is believed", d.name, s)
				}
				if err == nil && readErr != nil {
					t.Fatalf("%s: verified, but %v", d.name, readErr)
				}
			}
			if err == nil {
				fooled++ // it hit nothing that means anything
			}
			_ = j.Close()
		}
		r, err := Rebuild(t.Context(), bad, onTheDay)
		if err != nil || r.Events != 3*sales {
			t.Fatalf("%s: %+v, %v", d.name, r, err)
		}
		j = isWhole(t, bad, sales)
		_ = j.Close()
	}
	t.Logf("%d damages of %d pages: %d refused when opened, %d met nothing in use", len(damages), pages, refused, fooled)
	if refused < len(damages)/8 || fooled == len(damages) {
		t.Error("the damage did too little")
	}
}

func TestRebuildTakesWhatOnlyTheOldJournalHolds(t *testing.T) {
	const sales = 20
	dir := sold(t, sales)
	copied := get(t, dir, copyName)
	for name, c := range map[string][]byte{
		"the copy's end is lost":     copied[:len(copied)*2/3],
		"the copy's middle is wrong": flip(copied, len(copied)/2),
		"the copy is gone":           nil,
		"the copy is another file":   []byte("something else, which is long enough"),
	} {
		t.Run(name, func(t *testing.T) {
			bad := folder(t, dir)
			// An index is wrong, so that the journal is damaged; its events are whole.
			edit(t, bad, func(tx *bbolt.Tx) error { return shelfIDs.of(tx).Delete([]byte(saleID(1))) })
			if c == nil {
				_ = os.Remove(filepath.Join(bad, copyName))
			} else {
				put(t, c, bad, copyName)
			}
			r, err := Rebuild(t.Context(), bad, onTheDay)
			if err != nil || r.Events != 3*sales || r.FromJournal == 0 {
				t.Fatalf("%+v, %v", r, err)
			}
			isWhole(t, bad, sales)
			if strings.Contains(name, "wrong") && (r.Unread == 0 || len(r.Kept) != 2 || !bytes.Equal(get(t, r.Kept[0]), c)) {
				t.Fatalf("the damaged copy wasn't kept: %+v", r)
			}
		})
	}
	t.Run("only what follows", func(t *testing.T) {
		bad := folder(t, dir)
		put(t, copied[:len(copied)*2/3], bad, copyName)
		j := open(t, t.TempDir())
		sell(t, j, 200, 40) // another chain, longer
		_ = j.Close()
		put(t, get(t, j.dir, fileName), bad, fileName)
		r, err := Rebuild(t.Context(), bad, onTheDay)
		if err != nil || r.FromJournal != 0 || r.Events >= 3*sales {
			t.Fatalf("%+v, %v", r, err)
		}
		isWhole(t, bad, int(r.Events)/3)
	})
	t.Run("nothing when it is left alone", func(t *testing.T) {
		bad := folder(t, dir)
		put(t, copied[:len(copied)*2/3], bad, copyName)
		o := onTheDay
		o.LeaveOld = true
		if r, err := Rebuild(t.Context(), bad, o); err != nil || r.FromJournal != 0 || r.Events >= 3*sales {
			t.Fatalf("%+v, %v", r, err)
		}
	})
}

// The worst case: journal.db is destroyed, and a power cut has taken what the
// copy had not yet synced. Exactly the events after the last sync are missing,
// and Restored says which ids to ask Alipay about.
func TestTheWorstCase(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	if err := j.Append(payments.Batch{Events: []payments.Event{{At: noon, Body: payments.Started{Seed: testSeed}}}}); err != nil {
		t.Fatal(err)
	}
	sell(t, j, 0, 10)
	j.copy.sync()
	durable := *j.copy.synced.Load()
	sell(t, j, 10, 2)
	want := eventsOf(t, j)
	_ = j.Close()
	put(t, nil, dir, fileName)
	if err := os.Truncate(filepath.Join(dir, copyName), durable.end); err != nil {
		t.Fatal(err)
	}
	r, err := Rebuild(t.Context(), dir, onTheDay)
	if err != nil || r.Events != durable.seq || durable.seq != 31 {
		t.Fatalf("%+v, %v", r, err)
	}
	j = isWhole(t, dir, 10)
	if got := eventsOf(t, j); len(got) != 32 || !sameValues(got[:31], want[:31]) {
		t.Fatalf("%d events", len(got))
	}
	// The lost sales' ids are those that come after.
	for _, id := range []string{saleID(10), requestID(10, 1), saleID(11), requestID(11, 1)} {
		if n, ok := payments.IDCount(r.Restored.Seed, id); !ok || n <= r.Restored.After || n > r.Restored.After+100 {
			t.Fatalf("%s isn't asked about: %+v", id, r.Restored)
		}
	}
	if n, err := j.LastCount("T1", "2026-11-21"); err != nil || r.Restored.Skip < n+500 {
		t.Fatalf("numbers go on after %d, %d were used", r.Restored.Skip, n)
	}
}

func TestWhereShopNumbersGoOn(t *testing.T) {
	for used, want := range map[int]int{0: 1000, 17: 1000, 499: 1000, 500: 2000, 999: 2000, 1000: 2000, 1499: 2000, 1500: 3000} {
		if got := skip(used); got != want {
			t.Errorf("after %d: %d, want %d", used, got, want)
		}
	}
	dir := t.TempDir()
	j := open(t, dir)
	for i, number := range []string{"T1-261121-0700", "K2-261121-1600", "T1-261122-9000", "free words"} {
		s := payments.Sale{ID: saleID(i), Number: number, Amount: hkd(1), BusinessDay: "2026-11-21", Created: noon}
		if err := j.Append(payments.Batch{Events: []payments.Event{{At: noon, Sale: s.ID, Body: payments.SaleOpened{Sale: s}}}}); err != nil {
			t.Fatal(err)
		}
	}
	_ = j.Close()
	if r, err := Rebuild(t.Context(), dir, onTheDay); err != nil || r.Restored.Skip != 3000 {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestRebuildKilledAtAnyMoment(t *testing.T) {
	const sales = 600
	dir := sold(t, sales)
	damaged := get(t, dir, fileName)[:30_000]
	copied := get(t, dir, copyName)
	bad := t.TempDir()
	put(t, damaged, bad, fileName)
	put(t, copied, bad, copyName)
	rounds, kills := 0, 0
	for done := false; !done; rounds++ {
		c, out := child(t, "rebuild", bad)
		for range rounds + 1 { // a little further each time
			line, err := out.ReadString('\n')
			if err != nil {
				break
			}
			done = line == "DONE\n"
		}
		_ = c.Process.Kill()
		_ = c.Wait()
		if !done {
			kills++
		}
		// The old state, or the new one.
		j, err := Open(bad, small)
		if err != nil {
			if !errors.Is(err, ErrDamaged) || !bytes.Equal(get(t, bad, fileName), damaged) || !bytes.Equal(get(t, bad, copyName), copied) {
				t.Fatalf("round %d: %v", rounds, err)
			}
			continue
		}
		done = true
		_ = j.Close()
	}
	t.Logf("killed %d times", kills)
	if kills < 5 {
		t.Error("too few kills to tell anything")
	}
	_ = isWhole(t, bad, sales).Close()
	if _, err := Rebuild(t.Context(), bad, onTheDay); err != nil {
		t.Fatal(err)
	}
	isWhole(t, bad, sales)
	for _, name := range names(t, bad) {
		if strings.HasSuffix(name, remadeSuffix) {
			t.Errorf("left %s", name)
		}
	}
}

// Each state of the folder between two steps of putting the new files in
// place, built by hand: it opens as the old journal, as the new one, or not at
// all; and doing it again makes it whole.
func TestRebuildStoppedBetweenTwoSteps(t *testing.T) {
	const sales = 10
	dir := sold(t, sales)
	copied := get(t, dir, copyName)
	torn := copied[:len(copied)-50]
	damaged := folder(t, dir) // its events are whole, an index is not
	edit(t, damaged, func(tx *bbolt.Tx) error { return shelfIDs.of(tx).Delete([]byte(saleID(1))) })
	old := get(t, damaged, fileName)
	finished := folder(t, damaged)
	put(t, torn, finished, copyName)
	if _, err := Rebuild(t.Context(), finished, onTheDay); err != nil {
		t.Fatal(err)
	}
	anew := get(t, finished, fileName)
	for name, state := range map[string]map[string][]byte{
		"files half written":               {fileName: old, copyName: torn, fileName + remadeSuffix: anew[:9000], copyName + remadeSuffix: torn[:300]},
		"files written":                    {fileName: old, copyName: torn, fileName + remadeSuffix: anew, copyName + remadeSuffix: copied},
		"the copy in place":                {fileName: old, copyName: copied, fileName + remadeSuffix: anew, "journal.before-20261121-120000.copy": torn},
		"the old journal's second name":    {fileName: old, copyName: copied, fileName + remadeSuffix: anew, "journal.before-20261121-120000.db": old},
		"no journal for a moment":          {copyName: copied, fileName + remadeSuffix: anew, "journal.before-20261121-120000.db": old},
		"the new journal, the copy behind": {fileName: anew, copyName: copied, "journal.before-20261121-120000.db": old},
		"the new journal, no copy":         {fileName: anew, "journal.before-20261121-120000.db": old},
	} {
		t.Run(name, func(t *testing.T) {
			bad := t.TempDir()
			for file, content := range state {
				put(t, content, bad, file)
			}
			j, err := Open(bad, small)
			if err == nil {
				keepUp(t, j)
				if err = j.Verify(t.Context(), nil); bytes.Equal(state[fileName], anew) && err != nil {
					t.Fatal(err)
				}
				_ = j.Close()
			}
			if isNew := bytes.Equal(state[fileName], anew); isNew != (err == nil) || !isNew && !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
			if r, err := Rebuild(t.Context(), bad, onTheDay); err != nil || r.Events < 3*sales {
				t.Fatalf("%+v, %v", r, err)
			}
			isWhole(t, bad, sales)
		})
	}
}

func TestAnOldJournalThatDoesNotAnswerIsLeftBehind(t *testing.T) {
	dir := sold(t, 5)
	// A page of the events' shelf that leads to itself keeps bbolt in a loop
	// for ever, or ends in a panic; either way the copy is enough.
	content := get(t, dir, fileName)
	for page := 4096; page < len(content); page += 4096 {
		bad := folder(t, dir)
		looped := slices.Clone(content)
		for other := 4096; other < len(content); other += 4096 {
			if other != page {
				copy(looped[other:other+16], content[page:page+16]) // another page's own head
			}
		}
		put(t, looped, bad, fileName)
		o := onTheDay
		o.Patience = 100 * time.Millisecond
		if r, err := Rebuild(t.Context(), bad, o); err != nil || r.Events != 15 {
			t.Fatalf("page %d: %+v, %v", page/4096, r, err)
		}
		if page > 20*4096 {
			break
		}
	}
	t.Run("told by time alone", func(t *testing.T) {
		found := make(chan struct{})
		defer close(found)
		o := onTheDay.filled()
		o.Patience = time.Nanosecond
		if err := rescue(t.Context(), filepath.Join(dir, fileName), o, 0, func([]byte) error { return nil }); !errors.Is(err, errSilent) {
			t.Fatal(err)
		}
	})
}
