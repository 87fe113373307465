package storage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// keepUp waits until the copy lacks nothing, and fails when it can't.
func keepUp(t interface {
	Helper()
	Fatal(...any)
}, j *Journal) {
	t.Helper()
	j.copy.follow()
	if err := j.CopyFault(); err != nil {
		t.Fatal(err)
	}
}

// recordsOf reads a copy, whole.
func recordsOf(t interface {
	Helper()
	Fatal(...any)
}, file string) (values [][]byte) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := readCopy(f)
	for err == nil {
		var v []byte
		if v, err = c.next(); err == nil {
			values = append(values, bytes.Clone(v))
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(file, err)
	}
	return values
}

// eventsOf reads the events of a journal as they are stored.
func eventsOf(t interface {
	Helper()
	Fatal(...any)
}, j *Journal) (values [][]byte) {
	t.Helper()
	if err := j.view(func(tx *bbolt.Tx) error {
		return shelfEvents.of(tx).ForEach(func(_, v []byte) error {
			values = append(values, bytes.Clone(v))
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	return values
}

func sameValues(a, b [][]byte) bool { return slices.EqualFunc(a, b, bytes.Equal) }

// folder is another folder with the same journal and copy.
func folder(t interface {
	Helper()
	Fatal(...any)
	TempDir() string
}, dir string) string {
	t.Helper()
	to := t.TempDir()
	for _, name := range []string{fileName, copyName} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := errors.Join(err, os.WriteFile(filepath.Join(to, name), content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func put(t *testing.T, content []byte, path ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(path...), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, path ...string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestTheCopyHoldsWhatTheJournalHolds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dir := t.TempDir()
		j := open(t, dir)
		defer func() { _ = j.Close() }()
		h := newHistory()
		backup := filepath.Join(dir, "backup")
		for range rapid.IntRange(5, 30).Draw(r, "batches") {
			j.db.NoSync = true // what is durable is asked elsewhere
			if err := j.Append(h.next(r)); err != nil {
				r.Fatal(err)
			}
			switch rapid.IntRange(0, 19).Draw(r, "then") {
			case 0:
				if err := j.Close(); err != nil {
					r.Fatal(err)
				}
				j = open(t, dir)
			case 1:
				if err := j.Backup(t.Context(), backup, nil); err != nil {
					r.Fatal(err)
				}
			case 2:
				j.copy.renew(errors.New("for the test"))
			case 3:
				j.copy.sync()
			}
		}
		keepUp(r, j)
		want := eventsOf(r, j)
		if !sameValues(recordsOf(r, filepath.Join(dir, copyName)), want) {
			r.Fatal("the copy isn't the journal")
		}
		if err := errors.Join(j.Verify(t.Context(), nil), j.Backup(t.Context(), backup, nil), j.Close()); err != nil {
			r.Fatal(err)
		}
		if !sameValues(recordsOf(r, backup), want) {
			r.Fatal("the backup isn't the journal")
		}
		h.compareRebuilt(t, r, dir, backup, want)
	})
}

// compareRebuilt makes the journal anew, from its copy or from its backup, and
// asks it everything.
func (h *history) compareRebuilt(t *testing.T, r *rapid.T, dir, backup string, want [][]byte) {
	o := RebuildOptions{Day: h.today()}
	var err error
	var rebuilt Rebuilt
	switch rapid.IntRange(0, 2).Draw(r, "from") {
	case 0:
		rebuilt, err = Rebuild(t.Context(), dir, o)
	case 1:
		err = os.Remove(filepath.Join(dir, fileName))
		if err == nil {
			rebuilt, err = Rebuild(t.Context(), dir, o)
		}
	case 2:
		dir = t.TempDir()
		rebuilt, err = Restore(t.Context(), dir, backup, o)
	}
	if err != nil || rebuilt.Events != uint64(len(want)) || rebuilt.CopyFault != nil || rebuilt.Unread != 0 {
		r.Fatalf("%+v, %v", rebuilt, err)
	}
	records := recordsOf(r, filepath.Join(dir, copyName))
	j := open(t, dir)
	defer func() { _ = j.Close() }()
	got := eventsOf(r, j)
	if !sameValues(got, records) || !sameValues(got[:len(got)-1], want) {
		r.Fatal("other events")
	}
	h.compareSales(r, j)
	h.compareLists(r, j)
	h.compareTotals(r, j, map[BookingKind]int{})
	for _, s := range h.sales {
		if found, err := j.Find(Query{Text: s.Number, Currency: "HKD", Day: s.BusinessDay, Limit: 3}); err != nil || !sameSale(found[0], *s) {
			r.Fatalf("find %s: %v", s.Number, err)
		}
	}
	if err := j.Verify(t.Context(), nil); err != nil {
		r.Fatal(err)
	}
	restored, searched, ok, err := j.Restored()
	if err != nil || !ok || searched || restored != rebuilt.Restored {
		r.Fatalf("%+v, %v, %v, %v", restored, searched, ok, err)
	}
}

// sold is a folder with n sales, closed.
func sold(t *testing.T, n int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	j := open(t, dir)
	sell(t, j, 0, n)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func sell(t testing.TB, j *Journal, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		if err := errors.Join(j.Append(aSale(i)), j.Append(paid(i))); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEachAppendIsInTheCopyWhenItReturns(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	for n := range 5 {
		sell(t, j, n, 1)
		if got := len(recordsOf(t, filepath.Join(dir, copyName))); got != 3*(n+1) {
			t.Fatalf("%d records after %d sales", got, n+1)
		}
	}
}

func TestACopyIsReadOnFromWhereItWasDurable(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	sell(t, j, 0, 20)
	j.copy.sync()
	sell(t, j, 20, 1) // notes it
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	// What lies before isn't looked at when the journal is opened, however
	// much it is; Verify finds it, and has it written anew.
	content := get(t, dir, copyName)
	put(t, flip(content, 500), dir, copyName)
	j = open(t, dir)
	if err := j.CopyFault(); err != nil {
		t.Fatal(err)
	}
	var wrong *CopyError
	if err := j.Verify(t.Context(), nil); !errors.As(err, &wrong) || errors.Is(err, ErrDamaged) || !errors.Is(err, ErrCopyDamaged) || wrong.Seq == 0 || wrong.Seq > 6 {
		t.Fatal(err)
	}
	sell(t, j, 21, 1) // selling goes on
	keepUp(t, j)
	if err := j.Verify(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(get(t, dir, spoiledName), flip(content, 500)) {
		t.Fatal("the damaged copy wasn't kept")
	}
	if !sameValues(recordsOf(t, filepath.Join(dir, copyName)), eventsOf(t, j)) {
		t.Fatal("it wasn't written anew")
	}
}

func TestADamagedCopyStopsNothing(t *testing.T) {
	const sales = 12
	dir := sold(t, sales)
	content := get(t, dir, copyName)
	other := get(t, sold(t, 1), fileName)
	cases := map[string][]byte{
		"gone":                   nil,
		"empty":                  {},
		"another file":           other,
		"a text":                 []byte("hello, this is no copy of a journal"),
		"only its header":        content[:headerSize],
		"half its header":        content[:headerSize/2],
		"zeros":                  make([]byte, len(content)),
		"garbage after it":       append(slices.Clone(content), bytes.Repeat([]byte{0xa5}, 999)...),
		"zeros after it":         append(slices.Clone(content), make([]byte, 4096)...),
		"its last record twice":  append(slices.Clone(content), content[len(content)-200:]...),
		"its records twice over": append(slices.Clone(content), content[headerSize:]...),
	}
	for cut := len(content) - 400; cut < len(content); cut++ {
		cases[fmt.Sprintf("cut to %d", cut)] = content[:cut]
	}
	for at := 0; at < len(content); at += 7 {
		cases[fmt.Sprintf("a bit of byte %d", at)] = flip(content, at)
	}
	for name, bad := range cases {
		// The journal is the same file each time; bbolt's part isn't tested here.
		if bad == nil {
			if err := os.Remove(filepath.Join(dir, copyName)); err != nil {
				t.Fatal(err)
			}
		} else {
			put(t, bad, dir, copyName)
		}
		j, err := Open(dir, small)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		keepUp(t, j)
		if !sameValues(recordsOf(t, filepath.Join(dir, copyName)), eventsOf(t, j)) {
			t.Fatalf("%s: it wasn't made whole", name)
		}
		if err := errors.Join(j.Verify(t.Context(), nil), j.Close()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !bytes.Equal(get(t, dir, copyName), content) {
			t.Fatalf("%s: other bytes", name)
		}
	}
}

func TestATornTailIsCutAndADamagedMiddleIsKept(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	sell(t, j, 0, 10)
	j.copy.sync()
	durable := *j.copy.synced.Load()
	sell(t, j, 10, 3)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	content := get(t, dir, copyName)
	for at := headerSize; at < len(content); at += 11 {
		bad := folder(t, dir)
		put(t, flip(content, at), bad, copyName)
		j := open(t, bad)
		_, err := os.Stat(filepath.Join(bad, spoiledName))
		torn, unseen := int64(at) >= durable.end, int64(at) < durable.start
		if torn != errors.Is(err, os.ErrNotExist) && !unseen || unseen && err == nil {
			t.Fatalf("byte %d of %d, durable from %d to %d: %v", at, len(content), durable.start, durable.end, err)
		}
		_ = j.Close()
	}
}

func TestAJournalThatLostEventsIsNotSoldOn(t *testing.T) {
	older := sold(t, 4)
	dir := folder(t, older)
	j := open(t, dir)
	sell(t, j, 4, 3)
	_ = j.Close()
	branch := folder(t, older)
	j = open(t, branch)
	sell(t, j, 100, 9)
	_ = j.Close()
	empty := t.TempDir()
	_ = open(t, empty).Close()
	cases := []struct {
		name    string
		journal []byte
		want    CopyAheadError
	}{
		{"an older journal put back", get(t, older, fileName), CopyAheadError{Journal: 12, Copy: 21}},
		{"a journal that went another way", get(t, branch, fileName), CopyAheadError{Journal: 39, Copy: 21, Differs: 13}},
		{"a new journal", get(t, empty, fileName), CopyAheadError{Journal: 0, Copy: 21}},
		{"none", nil, CopyAheadError{Copy: 21, Missing: true}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			bad := folder(t, dir)
			if c.journal == nil {
				_ = os.Remove(filepath.Join(bad, fileName))
			} else {
				put(t, c.journal, bad, fileName)
			}
			var ahead *CopyAheadError
			for range 2 { // it is not held afterwards, and says the same again
				if _, err := Open(bad, small); !errors.As(err, &ahead) || *ahead != c.want || !errors.Is(err, ErrDamaged) {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(get(t, bad, copyName), get(t, dir, copyName)) {
				t.Fatal("the copy was touched")
			}
			r, err := Rebuild(t.Context(), bad, RebuildOptions{Day: "2026-11-21"})
			if err != nil || r.Events != 21 || r.FromJournal != 0 {
				t.Fatalf("%+v, %v", r, err)
			}
			if err := open(t, bad).Verify(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		})
	}
	t.Run("bbolt falls back to the commit before when its newest root is damaged", func(t *testing.T) {
		bad := folder(t, dir)
		content := get(t, bad, fileName)
		// The two roots are the first two pages; the transaction's number of
		// the last commit tells which is newer.
		fell := 0
		for page := range 2 {
			put(t, flip(content, page*4096+40), bad, fileName)
			put(t, get(t, dir, copyName), bad, copyName)
			j, err := Open(bad, small)
			if err == nil {
				keepUp(t, j)
				if seq, _, _ := j.Head(); seq != 21 {
					t.Fatalf("sold on at %d", seq)
				}
				_ = j.Close()
				continue
			}
			var ahead *CopyAheadError
			if !errors.As(err, &ahead) || ahead.Journal != 20 || ahead.Copy != 21 {
				t.Fatal(err)
			}
			fell++
		}
		if fell != 1 {
			t.Fatalf("%d of the two roots were the newest", fell)
		}
	})
}

func TestAFolderWithoutACopyGetsOne(t *testing.T) {
	dir := sold(t, 2*catchUp)
	if err := os.Remove(filepath.Join(dir, copyName)); err != nil {
		t.Fatal(err)
	}
	// However often it is interrupted, it goes on where it was.
	var sizes []int64
	for {
		j := open(t, dir)
		held := j.copy.held()
		whole := j.copy.abreast.Load()
		_ = j.Close()
		info, err := os.Stat(filepath.Join(dir, copyName))
		if err != nil || held == 0 {
			t.Fatalf("%d events, %v", held, err)
		}
		if sizes = append(sizes, info.Size()); whole {
			break
		}
	}
	if !slices.IsSorted(sizes) {
		t.Fatalf("it began anew: %v", sizes)
	}
	j := open(t, dir)
	sell(t, j, 2*catchUp, 1)
	if err := j.Verify(t.Context(), nil); err != nil || j.copy.held() != 6*catchUp+3 {
		t.Fatalf("%d, %v", j.copy.held(), err)
	}
}

func TestACopyThatCanNotBeMadeIsTold(t *testing.T) {
	dir := sold(t, 2)
	if err := errors.Join(os.Remove(filepath.Join(dir, copyName)), os.Mkdir(filepath.Join(dir, copyName), 0o700)); err != nil {
		t.Fatal(err)
	}
	j := open(t, dir)
	if j.CopyFault() == nil {
		t.Fatal("a folder can't be the copy")
	}
	sell(t, j, 2, 2)
	var wrong *CopyError
	if err := j.Verify(t.Context(), nil); !errors.As(err, &wrong) || errors.Is(err, ErrDamaged) {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, copyName)); err != nil {
		t.Fatal(err)
	}
	keepUp(t, j)
	if err := errors.Join(j.Healthy(), j.Verify(t.Context(), nil)); err != nil || j.copy.held() != 12 {
		t.Fatal(err)
	}
}

// A copy's reader takes any bytes: what it reads is exactly what stands at
// their beginning.
func FuzzReadCopy(f *testing.F) {
	dir := f.TempDir()
	j, err := Open(dir, small)
	if err != nil {
		f.Fatal(err)
	}
	sell(f, j, 0, 2)
	_ = j.Close()
	content, err := os.ReadFile(filepath.Join(dir, copyName))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{{}, content, content[:headerSize], content[:len(content)-3], flip(content, 20), flip(content, 300),
		append(slices.Clone(copyHeader), 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1), append(slices.Clone(content), make([]byte, 64)...)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := readCopy(bytes.NewReader(b))
		if err != nil {
			var newer *NewerFormatError
			if !errors.Is(err, errNoHeader) && !errors.As(err, &newer) {
				t.Fatal(err)
			}
			return
		}
		again := slices.Clone(copyHeader)
		for {
			v, err := c.next()
			if err != nil {
				if !ends(err) || errors.Is(err, io.EOF) && len(again) != len(b) {
					t.Fatal(err, len(again), len(b))
				}
				break
			}
			again = appendFrame(again, v)
		}
		if c.at != int64(len(again)) || !bytes.HasPrefix(b, again) {
			t.Fatalf("read %d bytes to place %d", len(again), c.at)
		}
	})
}

func TestTheFormOfACopy(t *testing.T) {
	// CRC-32C of 32 zero bytes is 8a9136aa: RFC 3720, B.4.
	if sum := appendSum(make([]byte, 32))[32:]; !bytes.Equal(sum, []byte{0x8a, 0x91, 0x36, 0xaa}) {
		t.Fatalf("%x", sum)
	}
	frame := appendFrame(nil, bytes.Repeat([]byte{7}, leastValue))
	if string(copyHeader[:12]) != "\x89RINGUP\r\n\x1a\n\x01" || len(copyHeader) != headerSize ||
		len(frame) != frameSize+leastValue || frame[3] != leastValue {
		t.Fatalf("%x %x", copyHeader, frame)
	}
	later := slices.Clone(copyHeader[:11])
	later = append(later, 2)
	later = appendSum(later)
	var newer *NewerFormatError
	if _, err := readCopy(bytes.NewReader(later)); !errors.As(err, &newer) || newer.Found != 2 {
		t.Fatal(err)
	}
}
