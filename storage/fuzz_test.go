package storage

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"ringup/payments"
)

// FuzzDecodeEvent: bytes that are read as an event are one, and come back as
// they were.
func FuzzDecodeEvent(f *testing.F) {
	for n, e := range append(aSale(3).Events, paid(3).Events...) {
		e.Seq = uint64(n)
		canonical, err := encodeEvent(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(canonical)
	}
	f.Add([]byte{0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) // a list of 2^64 entries
	f.Add(bytes.Repeat([]byte{0x81}, 1000))                             // lists in lists
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := decodeEvent(b)
		if err != nil {
			return
		}
		canonical, err := encodeEvent(e)
		if err != nil {
			t.Fatalf("%+v was read but can't be written: %v", e, err)
		}
		back, err := decodeEvent(canonical)
		if err != nil || !same(reflect.ValueOf(e.Body), reflect.ValueOf(back.Body)) || back.Sale != e.Sale || back.Seq != e.Seq {
			t.Fatalf("%+v came back as %+v, %v", e, back, err)
		}
		if again, err := encodeEvent(back); err != nil || !bytes.Equal(again, canonical) {
			t.Fatalf("%+v encodes differently the second time, %v", e, err)
		}
	})
}

// FuzzUnpack: a stored event is believed with its own hash only, and never
// unpacks without end.
func FuzzUnpack(f *testing.F) {
	var p packer
	for n, e := range aSale(3).Events {
		e.Seq = uint64(n + 1)
		canonical, err := encodeEvent(e)
		if err != nil {
			f.Fatal(err)
		}
		for _, before := range [][32]byte{{}, {7}} {
			value, err := p.pack(chain(before, canonical), canonical)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(value)
		}
	}
	f.Add(make([]byte, 33))
	bomb, err := p.pack([32]byte{}, make([]byte, largestEvent+1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bomb)
	f.Fuzz(func(t *testing.T, value []byte) {
		hash, canonical, err := unpack(value)
		if err == nil && (len(canonical) > max(largestEvent, len(value)) || !bytes.Equal(hash[:], value[:32])) {
			t.Fatalf("%d bytes are unpacked as %d", len(value), len(canonical))
		}
		before := [32]byte{7}
		e, believed := checkedEvent(1, before, value)
		if believed == nil && (e.Hash != hash || sha256.Sum256(append(before[:], canonical...)) != hash || e.Seq != 1) {
			t.Fatalf("%+v is believed with another hash", e)
		}
	})
}

// FuzzStory folds any events, in any order, as a damaged or newer journal may
// hold them: a story that takes them calls for rows that can be stored, and
// its sale, asked anything, answers.
func FuzzStory(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		s := new(story)
		sums := newTotals("2026-11-21", "HKD")
		for n := range rapid.IntRange(1, 6).Draw(t, "events") {
			e := drawEvent(t)
			e.Seq = uint64(n + 1)
			canonical, err := encodeEvent(e)
			if err != nil {
				t.Fatal(err)
			}
			if e, err = decodeEvent(canonical); err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				e.Body = payments.SaleOpened{Sale: payments.Sale{ID: "a", Number: "T1-261121-0001", BusinessDay: "2026-11-21", Amount: hkd(1)}}
			}
			before := s.sale.Clone()
			if err := s.add(e); err != nil {
				if !reflect.DeepEqual(before, s.sale) {
					t.Fatalf("%v, and the sale is another: %+v", err, s.sale)
				}
				return
			}
		}
		for _, b := range s.booked {
			sums.add(b)
		}
		rows, err := s.rows()
		if err != nil {
			return // a day that is none
		}
		for _, r := range rows {
			if len(r.key) == 0 && r.on != shelfNumbers || len(r.key) > longestText+10 && r.on != shelfNumbers {
				t.Fatalf("a key of %d bytes on %s", len(r.key), r.on)
			}
		}
		_, _ = s.sale.State(), s.sale.Open()
		_, _, _ = s.sale.Paid(), s.sale.Speaker(), s.sale.Attempt("")
	}))
}

// FuzzUnpackSeqs: a list of events that is read is rising, and is written as
// it was.
func FuzzUnpackSeqs(f *testing.F) {
	f.Add(uint64(7), packSeqs(7, []uint64{8, 9, 300, 1 << 40}))
	f.Add(uint64(1)<<63, bytes.Repeat([]byte{0xff}, 12))
	f.Add(uint64(0), []byte{0})
	f.Add(uint64(0), []byte{0x81, 0x00})
	f.Fuzz(func(t *testing.T, from uint64, b []byte) {
		seqs, err := unpackSeqs(from, b)
		if err != nil {
			return
		}
		if len(seqs) > len(b) || !slices.IsSorted(append([]uint64{from}, seqs...)) {
			t.Fatalf("%x from %d is %v", b, from, seqs)
		}
		if back, err := unpackSeqs(from, packSeqs(from, seqs)); err != nil || !slices.Equal(back, seqs) {
			t.Fatalf("%v comes back as %v, %v", seqs, back, err)
		}
	})
}

// FuzzJobAt: a print job's row that is read holds what was put there.
func FuzzJobAt(f *testing.F) {
	f.Add([]byte{1, 2, 'i', 'd', 0x1b, '@'})
	f.Add([]byte{0, 255})
	f.Add([]byte{2, 0})
	f.Fuzz(func(t *testing.T, v []byte) {
		r, err := jobAt(v)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		state := v[0]
		if again := append(append([]byte{state, byte(len(r.ID))}, r.ID...), r.Row...); !bytes.Equal(again, v) || r.Open != (state == 1) {
			t.Fatalf("%x is read as %+v", v, r)
		}
	})
}

// FuzzHolder: whatever stands in the file that says who has the journal open,
// a person is told one line of words.
func FuzzHolder(f *testing.F) {
	for _, word := range []string{
		`{"pid":17,"host":"till-1","program":"ringup 1.0","since":"2026-11-21T10:00:00+08:00"}`, `{"pid":17,"program":"\u001b[2J"}`, `{"pid":1,"host":"a\nb"}`,
		`{"pid":-1}`, `{"pid":1e99}`, `null`, `[]`, ``, "\x00\x00\x00", `{"pid":1,"since":"0000-01-01T00:00:00Z"}`,
	} {
		f.Add([]byte(word))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, word []byte) {
		if err := os.WriteFile(filepath.Join(dir, holderName), word, 0o600); err != nil {
			t.Fatal(err)
		}
		said := holder(dir).Error()
		if said == "" || len(said) > 400 || strings.ContainsFunc(said, unicode.IsControl) {
			t.Fatalf("%q is told as %q", word, said)
		}
	})
}

// shopOf is a journal of a few sales for a fuzz target.
func shopOf(f *testing.F) *Journal {
	f.Helper()
	j := open(f, f.TempDir())
	j.db.NoSync = true // nobody pulls the plug here
	for n := range 5 {
		if err := errors.Join(j.Append(aSale(n)), j.Append(paid(n))); err != nil {
			f.Fatal(err)
		}
	}
	if err := errors.Join(j.Append(aSale(5)), j.SaveJob(JobRow{ID: "job", Open: true, Row: []byte("x")}),
		j.Append(payments.Batch{Events: []payments.Event{{At: noon, Body: payments.Note{Topic: "settings", Data: []byte("{}")}}, {At: noon, Body: payments.ClockSeen{Offset: 1}}}})); err != nil {
		f.Fatal(err)
	}
	return j
}

// FuzzFind: whatever is looked for, on whatever day and in whatever currency,
// finds each sale at most once and only sales that have to do with it, and
// harms nothing.
func FuzzFind(f *testing.F) {
	j := shopOf(f)
	for _, text := range []string{
		"T1-261121-0003", "t1-261121-0003", "3", "0003", "-0003", "261121-0003", "12:00", "25:00", "10.03", "10", "1e3", "０", requestID(2, 1), saleID(2),
		"202611211940108001001800000000002", " ", "T1-", "-", "\x00", "%", "../..", strings.Repeat("9", 300), "9223372036854775808", "-1", "+3", "1.\x00",
	} {
		f.Add(text, "2026-11-21", "HKD")
	}
	f.Add("3", "", "")
	f.Add("1003", "2026-11-21", "JPY")
	f.Add("12:00", "2026-13-41", "JPY")
	f.Fuzz(func(t *testing.T, text, day, currency string) {
		q := Query{Text: text, Day: payments.Day(day), Currency: payments.Currency(currency), Limit: 4}
		sales, err := j.Find(q)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		if len(sales) > q.Limit {
			t.Fatalf("%+v: %d sales", q, len(sales))
		}
		meant := strings.TrimSpace(text)
		clock, notClock := time.Parse("15:04", meant)
		amount, notAmount := payments.ParseMoney(meant, q.Currency)
		var seen []string
		for _, s := range sales {
			if slices.Contains(seen, s.ID) {
				t.Fatalf("%+v: %s twice", q, s.Number)
			}
			seen = append(seen, s.ID)
			apart := s.Created.Hour()*60 + s.Created.Minute() - clock.Hour()*60 - clock.Minute()
			tail := strings.TrimLeft(strings.TrimLeft(meant[strings.LastIndexByte(meant, '-')+1:], "+"), "0")
			switch {
			case strings.EqualFold(s.Number, meant), s.ID == meant, s.Attempts[0].PaymentID == meant, s.Attempts[0].PaymentRequestID == meant:
			case notClock == nil && apart >= -nearby && apart <= nearby:
			case notAmount == nil && s.Amount == amount:
			case tail != "" && strings.HasSuffix(s.Number, tail):
			default:
				t.Fatalf("%+v found %+v", q, s)
			}
		}
		for _, find := range []func(string) (payments.Sale, error){j.Sale, j.SaleByNumber, j.SaleByAlipay} {
			if s, err := find(text); err != nil && !errors.Is(err, payments.ErrNoSale) || err == nil && s.Number == "" {
				t.Fatalf("%q: %+v, %v", text, s, err)
			}
		}
		if _, err := j.Totals(q.Day); err != nil && !errors.Is(err, payments.ErrNotADay) {
			t.Fatal(err)
		}
		if _, err := j.LastCount(text, q.Day); err != nil {
			t.Fatal(err)
		}
		if err := j.Healthy(); err != nil {
			t.Fatalf("%+v locks the till: %v", q, err)
		}
	})
}

// FuzzDamagedEntry puts any bytes in the place of one entry of an open journal,
// as a bad disk does. Nothing that reads it may panic (that would lock the
// till), an entry that is no longer what was written is found by Verify (but for those
// beside the chain, and a note's, which is all key), and what is read of money
// is as it was, or is an error.
func FuzzDamagedEntry(f *testing.F) {
	j := shopOf(f)
	var before []payments.Sale
	for n := range 5 {
		s, err := j.Sale(saleID(n))
		if err != nil {
			f.Fatal(err)
		}
		before = append(before, s)
	}
	places := []shelf{shelfEvents, shelfState, shelfSales, shelfIDs, shelfNumbers, shelfCounts, shelfDays, shelfLate, shelfAmounts, shelfOpen, shelfTotals, shelfNotes, shelfCodes, shelfJobs}
	for i := range places {
		f.Add(uint8(i), uint8(0), []byte{})
		f.Add(uint8(i), uint8(1), []byte{0, 0, 0, 0, 1})
		f.Add(uint8(i), uint8(2), bytes.Repeat([]byte{0xff}, 40))
		f.Add(uint8(i), uint8(3), []byte{0xb9, 0xff, 0xff})
	}
	code, err := payments.ParseCode("281006020000000000123456")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, which, nth uint8, bad []byte) {
		on := places[int(which)%len(places)]
		var key, good []byte
		put := func(value []byte) {
			if err := j.db.Update(func(tx *bbolt.Tx) error { return on.of(tx).Put(key, value) }); err != nil {
				t.Fatal(err)
			}
		}
		if err := j.db.View(func(tx *bbolt.Tx) error {
			c := on.of(tx).Cursor()
			k, v := c.First()
			for range nth {
				if next, w := c.Next(); next != nil {
					k, v = next, w
				}
			}
			key, good = bytes.Clone(k), bytes.Clone(v)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if key == nil {
			return // an empty shelf
		}
		put(bad)
		defer put(good)

		for n := range 5 {
			for _, s := range []func() (payments.Sale, error){
				func() (payments.Sale, error) { return j.Sale(saleID(n)) },
				func() (payments.Sale, error) { return j.SaleByAlipay(requestID(n, 1)) },
			} {
				if got, err := s(); err == nil && got.ID == before[n].ID && on != shelfSales && !reflect.DeepEqual(got, before[n]) {
					t.Fatalf("%s %x = %x: sale %d is read as %+v", on, key, bad, n, got)
				}
			}
			_, _ = j.SaleByNumber(before[n].Number)
			_, _ = j.EventsOf(saleID(n))
		}
		_, err1 := j.Open()
		_, err2 := j.SalesOf("2026-11-21", 0, 9)
		_, err3 := j.SettledOn("2026-11-21")
		_, err4 := j.Totals("2026-11-21")
		_, err5 := j.Find(Query{Text: "3", Day: "2026-11-21", Currency: "HKD", Limit: 9})
		_, err6 := j.Find(Query{Text: "12:00", Day: "2026-11-21", Limit: 9})
		_, _, err7 := j.Latest("settings")
		_, err8 := j.Offset()
		_, err9 := j.LastCount("T1", "2026-11-21")
		_, err10 := j.OpenJobs()
		_, err11 := j.Job("job")
		_, err12 := j.CodeUsed(code, noon)
		_, err13 := j.Held("", 9)
		_, _, _, err14 := j.Restored()
		_, _, err15 := j.Head()
		for i, err := range []error{err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11, err12, err13, err14, err15} {
			if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewerFormat) && !errors.Is(err, ErrNoJob) {
				t.Fatalf("%s %x = %x: read %d says %v", on, key, bad, i+1, err)
			}
		}
		if err := j.fault(); err != nil {
			t.Fatalf("%s %x = %x: a panic: %v", on, key, bad, err)
		}
		if err := j.Verify(t.Context(), nil); err == nil && !bytes.Equal(bad, good) && on != shelfCodes && on != shelfJobs && on != shelfNotes {
			t.Fatalf("%s %x = %x: Verify finds nothing", on, key, bad)
		}
		if err := j.fault(); err != nil {
			t.Fatalf("%s %x = %x: Verify panicked: %v", on, key, bad, err)
		}
	})
}
