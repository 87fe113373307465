package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

// maker writes a new journal under another name, from events that were stored
// before, through the same writer as Append.
type maker struct {
	db         *bbolt.DB
	path       string
	tx         *bbolt.Tx
	w          writer
	pack       packer
	n          int // events in the transaction
	head       head
	events     uint64 // how many were stored before
	at         mark   // where the last of them stands in a copy
	last       []byte // the record of the event that was added to them
	seed       string // of the last start
	highest    map[string]uint32
	unsearched uint64 // Seq of the newest Restored whose search has not ended
	closed     bool
}

// atOnce is how many events are written in one transaction: nothing of the
// file counts before it is whole.
const atOnce = 10_000

func newMaker(path string, o RebuildOptions) (*maker, error) {
	db, err := openFile(path, o.Wait)
	if err != nil {
		return nil, err
	}
	db.NoSync, db.NoGrowSync, db.AllocSize = true, true, 16<<20
	m := &maker{db: db, path: path, at: mark{end: headerSize}, highest: map[string]uint32{}}
	if err := guarded(func() error { return db.Update(furnish(o.Now())) }); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

func (m *maker) begin() (err error) {
	if m.tx != nil {
		return nil
	}
	if m.tx, err = m.db.Begin(true); err != nil {
		return err
	}
	m.w = writer{tx: m.tx, pack: &m.pack, head: m.head, stories: map[string]*story{}}
	m.n = 0
	return nil
}

// add adds a stored event, or says errNotNext.
func (m *maker) add(value []byte) error {
	if err := m.begin(); err != nil {
		return err
	}
	e, err := m.w.kept(slices.Clone(value)) // bbolt keeps it until the commit
	var tampered *TamperError
	if errors.As(err, &tampered) && m.w.head == m.head {
		return errNotNext
	}
	if err != nil {
		return fmt.Errorf("event %d: %w", m.head.seq+1, err)
	}
	m.head = m.w.head
	m.events = e.Seq
	m.at = mark{seq: e.Seq, start: m.at.end, end: m.at.end + frameLength(value)}
	m.count(e)
	if m.n++; m.n == atOnce {
		return m.commit()
	}
	return nil
}

func (m *maker) commit() error {
	if err := m.begin(); err != nil {
		return err
	}
	tx := m.tx
	m.tx = nil
	return errors.Join(m.head.put(tx), tx.Commit())
}

// count notes the ids that each start of the program has used.
func (m *maker) count(e payments.Event) {
	switch b := e.Body.(type) {
	case payments.Started:
		m.seed = b.Seed
	case payments.Restored:
		m.unsearched = e.Seq
	case payments.Searched:
		m.unsearched = 0
	}
	for _, id := range claims(e) {
		if len(id) != len(payments.IDAfter("", 0))+seedLength {
			continue
		}
		seed := id[:seedLength]
		if n, ok := payments.IDCount(seed, id); ok {
			m.highest[seed] = max(m.highest[seed], n)
		}
	}
}

// seedLength is the length of payments.Started.Seed.
const seedLength = 26

// skip is the count after which a day's shop numbers go on: the next thousand
// that leaves 500 numbers to the sales that were lost, of which nobody knows
// how many there were.
func skip(highest int) int { return ((highest+500)/1000 + 1) * 1000 }

// finish adds the Restored event and makes the file durable.
func (m *maker) finish(o RebuildOptions, from string) (payments.Restored, error) {
	if err := m.begin(); err != nil {
		return payments.Restored{}, err
	}
	highest, err := highestCount(m.tx, o.Day)
	if err != nil {
		return payments.Restored{}, err
	}
	r := payments.Restored{Seed: m.seed, After: m.highest[m.seed], Day: o.Day, Skip: skip(highest), From: from, Earlier: m.unsearched}
	e, err := m.w.event(payments.Event{At: o.Now(), Body: r})
	if err == nil {
		err = m.w.derive(e)
	}
	if err == nil {
		err = shelfState.of(m.tx).Put(keyCopy, m.at.bytes())
	}
	if err != nil {
		return r, err
	}
	m.head, m.last = m.w.head, m.w.records.frames
	if err := errors.Join(m.commit(), m.db.Sync()); err != nil {
		return r, err
	}
	return r, nil
}

// highestCount is the highest count that a shop number of any till has on day.
func highestCount(tx *bbolt.Tx, day payments.Day) (n int, err error) {
	err = shelfCounts.of(tx).ForEach(func(key, _ []byte) error {
		if _, of, _, ok := payments.ParseShopNumber(string(key) + "-0000"); ok && of == day.Compact() {
			count, err := countAt(tx, key)
			n = max(n, count)
			return err
		}
		return nil
	})
	return n, err
}

func (m *maker) view(read func(tx *bbolt.Tx) error) error {
	return guarded(func() error { return m.db.View(read) })
}

// close lets the file go.
func (m *maker) close() {
	if m.closed {
		return
	}
	m.closed = true
	if m.tx != nil {
		_ = m.tx.Rollback()
	}
	_ = m.db.Close()
}

// rescue shows the events after number after that an old journal file holds.
// The file may be damaged in any way: it is read by a goroutine that is left
// behind when it doesn't answer for as long as o.Patience.
func rescue(ctx context.Context, path string, o RebuildOptions, after uint64, visit func(value []byte) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	found := make(chan []byte, piece)
	go func() {
		defer close(found)
		_ = guarded(func() error { return readOld(ctx, path, o.Wait, after, found) })
	}()
	silence := time.NewTimer(o.Patience)
	defer silence.Stop()
	for {
		select {
		case v, more := <-found:
			if !more {
				return ctx.Err()
			}
			if err := visit(v); err != nil {
				return err
			}
			silence.Reset(o.Patience)
		case <-silence.C:
			return errSilent
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

var errSilent = errors.New("the old journal doesn't answer")

func readOld(ctx context.Context, path string, wait time.Duration, after uint64, found chan<- []byte) error {
	var file *os.File
	defer func() {
		if file != nil {
			letGo(file) // bbolt leaves it locked when it panics
		}
	}()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: wait, NoStatistics: true,
		OpenFile: func(name string, _ int, _ os.FileMode) (f *os.File, err error) {
			file, err = openShared(name)
			return file, err
		}})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return db.View(func(tx *bbolt.Tx) error {
		events := tx.Bucket([]byte(shelfEvents))
		if events == nil {
			return nil
		}
		c := events.Cursor()
		key, v := c.Seek(seqKey(after + 1))
		for seq := after + 1; string(key) == string(seqKey(seq)); seq++ {
			select {
			case found <- slices.Clone(v):
			case <-ctx.Done():
				return ctx.Err()
			}
			key, v = c.Next()
		}
		return nil
	})
}
