package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

const (
	// syncAfter is how long a record may wait to be durable in the copy. It is
	// durable in the journal already; waiting keeps the copy's fsync out of the
	// way of the next few Appends, which a payment needs at once.
	syncAfter = 200 * time.Millisecond
	// catchUp is how many events are taken from the journal at a time, and
	// syncEvery how many bytes of them are written between two fsyncs.
	catchUp   = 256
	syncEvery = 16 << 20
	// spoiledName is where a damaged copy is set aside, in place of an earlier
	// one, so that they never fill the disk.
	spoiledName = copyName + ".damaged"
)

// copier keeps the copy of an open journal. Append hands it each batch that
// became durable, which it writes at once; fsync follows behind. Whatever the
// copy lacks for another reason (it is new, it was cut, the disk was full or
// unplugged) is taken from the journal in the background, piece by piece, so
// that a shop with 2,000,000 sales sells while its first copy is written. Its
// faults never reach a payment. A nil copier does nothing.
type copier struct {
	j    *Journal
	path string

	abreast atomic.Bool          // nothing is lacking: Append may write
	synced  atomic.Pointer[mark] // the last record known to be durable
	noted   mark                 // the one that the journal knows of; under Journal.writing
	fault   atomic.Pointer[error]

	mu   sync.Mutex
	file *os.File // nil until it could be opened
	mark          // the last record that the file holds
	rest int64    // bytes written since the last fsync

	wake chan struct{}
	stop chan struct{}
	done chan struct{}
}

// CopyFault is why the journal's copy doesn't hold what the journal holds: it
// can't be written, or was found damaged and is not yet written anew. It is nil
// while the copy keeps up, and while its beginning is still being written for
// the first time. Selling goes on.
func (j *Journal) CopyFault() error {
	if j.copy == nil {
		return nil
	}
	if why := j.copy.fault.Load(); why != nil {
		return *why
	}
	return nil
}

// startCopy opens the copy and begins to keep it. The only errors are those
// for which the journal must not be sold on: *CopyAheadError and *HeldError.
func (j *Journal) startCopy() error {
	c := &copier{j: j, path: filepath.Join(j.dir, copyName),
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	c.synced.Store(&mark{})
	err := j.view(func(tx *bbolt.Tx) error { c.noted = markOf(shelfState.of(tx).Get(keyCopy)); return nil })
	if err != nil {
		return err
	}
	if err := c.piece(); err != nil { // nearly always all that is lacking
		var ahead *CopyAheadError
		var held *HeldError
		if errors.As(err, &ahead) || errors.As(err, &held) || j.fault() != nil {
			_ = c.release()
			return err
		}
		c.blame(err)
	}
	j.copy = c
	go c.run()
	c.poke()
	return nil
}

func (c *copier) blame(err error) {
	c.abreast.Store(false)
	err = fmt.Errorf("the journal's copy: %w", classify(err))
	c.fault.Store(&err)
}

func (c *copier) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// open opens the file and finds out how far it goes; under mu.
func (c *copier) open() error {
	f, err := os.OpenFile(c.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	held, err := lockFile(f)
	if held {
		_ = f.Close()
		return holder(filepath.Dir(c.path))
	}
	var s standing
	var noted mark
	if err == nil {
		err = c.j.view(func(tx *bbolt.Tx) (err error) {
			noted = markOf(shelfState.of(tx).Get(keyCopy))
			if s, err = compare(tx, f); err == nil {
				err = s.fault(tx)
			}
			return err
		})
	}
	switch {
	case err != nil:
	case s.spoiled != nil:
		_ = f.Close()
		c.blame(&CopyError{Seq: s.seq + 1, Err: s.spoiled})
		if err := putAside(c.path, filepath.Join(filepath.Dir(c.path), spoiledName)); err != nil {
			return err
		}
		return c.open()
	case s.end == 0:
		s.end = headerSize
		err = errors.Join(f.Truncate(0), writeAt(f, copyHeader, 0), f.Sync(), syncFolder(filepath.Dir(c.path)))
	case s.size > s.end:
		err = f.Truncate(s.end)
	}
	if err != nil {
		_ = f.Close()
		return err
	}
	c.file, c.mark = f, s.mark
	if s.seq > 0 && s.seq == noted.seq && s.start == noted.start {
		c.synced.Store(&s.mark)
		return nil
	}
	c.synced.Store(&mark{end: headerSize}) // until it is synced, nothing of it is known to be durable
	c.rest = 1
	return nil
}

func writeAt(f *os.File, b []byte, at int64) error {
	_, err := f.WriteAt(b, at)
	return err
}

// batch is what one Append adds: the records, and where the last one begins in
// them.
type batch struct {
	first, last uint64
	frames      []byte
	start       int
}

// add takes an event's value up.
func (b *batch) add(seq uint64, value []byte) {
	if b.first == 0 {
		b.first = seq
	}
	b.last, b.start = seq, len(b.frames)
	b.frames = appendFrame(b.frames, value)
}

// behind writes a batch that is durable in the journal.
func (c *copier) behind(b batch) {
	if c == nil || b.first == 0 {
		return
	}
	if c.abreast.Load() {
		c.mu.Lock()
		if c.seq+1 == b.first {
			c.write(b)
		} else if c.seq < b.last {
			c.abreast.Store(false)
		}
		c.mu.Unlock()
	}
	c.poke()
}

// write adds records at the end; under mu.
func (c *copier) write(b batch) {
	if err := writeAt(c.file, b.frames, c.end); err != nil {
		_ = c.file.Truncate(c.end) // the next write covers what this leaves
		c.blame(err)
		return
	}
	c.mark = mark{seq: b.last, start: c.end + int64(b.start), end: c.end + int64(len(b.frames))}
	c.rest += int64(len(b.frames))
}

// note writes down in the journal's own transaction what is durable in the
// copy, which is where the next start begins to compare; under
// Journal.writing.
func (c *copier) note(tx *bbolt.Tx) error {
	if c == nil {
		return nil
	}
	m := *c.synced.Load()
	if m.seq == c.noted.seq && m.start == c.noted.start {
		return nil
	}
	c.noted = m
	return shelfState.of(tx).Put(keyCopy, m.bytes())
}

// run is the background.
func (c *copier) run() {
	defer close(c.done)
	for {
		select {
		case <-c.stop:
			return
		case <-c.wake:
		}
		c.follow()
		wait := time.NewTimer(syncAfter)
		select {
		case <-c.stop:
		case <-wait.C:
		}
		wait.Stop()
		c.sync()
	}
}

// follow takes from the journal what the copy lacks, until it lacks nothing,
// it fails, or the journal is closed.
func (c *copier) follow() {
	for !c.abreast.Load() {
		select {
		case <-c.stop:
			return
		default:
		}
		if err := c.piece(); err != nil {
			c.blame(err)
			return
		}
		c.mu.Lock()
		much := c.rest > syncEvery
		c.mu.Unlock()
		if much && !c.sync() {
			return
		}
	}
}

// piece takes one piece from the journal.
func (c *copier) piece() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file == nil {
		if err := c.open(); err != nil {
			return err
		}
	}
	var b batch
	all := false
	err := c.j.view(func(tx *bbolt.Tx) (err error) {
		all, err = eventsAfter(tx, c.seq, catchUp, b.add)
		return err
	})
	if err != nil {
		return err
	}
	if b.first > 0 {
		if err := writeAt(c.file, b.frames, c.end); err != nil {
			_ = c.file.Truncate(c.end)
			return err
		}
		c.mark = mark{seq: b.last, start: c.end + int64(b.start), end: c.end + int64(len(b.frames))}
		c.rest += int64(len(b.frames))
	}
	if all {
		c.fault.Store(nil)
		c.abreast.Store(true)
	}
	return nil
}

// eventsAfter shows at most n events after seq as they are stored, each checked
// against the one before it, and tells whether those are all.
func eventsAfter(tx *bbolt.Tx, seq uint64, n int, visit func(seq uint64, value []byte)) (all bool, err error) {
	h, err := headOf(tx)
	if err != nil || h.seq < seq {
		return true, err
	}
	to := min(h.seq, seq+uint64(n))
	err = walkStored(tx, seq+1, to, func(e payments.Event, value []byte) error {
		visit(e.Seq, value)
		return nil
	})
	return to == h.seq, err
}

// sync makes the copy durable as far as it goes. When that fails the system
// may have thrown away what it could not write and would not say so again, so
// the copy is taken back to what was durable and written from there once more.
func (c *copier) sync() bool {
	c.mu.Lock()
	f, m := c.file, c.mark
	idle := c.rest == 0
	c.rest = 0
	c.mu.Unlock()
	if f == nil || idle {
		return true
	}
	err := f.Sync()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file != f { // it was set aside meanwhile
		return true
	}
	if err != nil {
		c.mark = *c.synced.Load()
		if c.end == 0 {
			c.mark = mark{}
			_ = f.Close()
			c.file = nil
		}
		c.blame(err)
		return false
	}
	c.synced.Store(&m)
	return true
}

// held is the last event that the file holds.
func (c *copier) held() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seq
}

// renew sets a copy aside that was found damaged, and has it written anew.
func (c *copier) renew(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.blame(why)
	if c.file != nil {
		_ = c.file.Close()
		c.file = nil
	}
	c.mark, c.rest = mark{}, 0
	c.synced.Store(&mark{})
	_ = putAside(c.path, filepath.Join(filepath.Dir(c.path), spoiledName)) // else it is compared again
	c.poke()
}

// close stops keeping the copy, which is durable then as far as it goes.
func (c *copier) close() {
	if c == nil {
		return
	}
	close(c.stop)
	<-c.done
	for range 4 { // the last few, where a fault has just passed
		if !c.abreast.Load() {
			_ = c.piece()
		}
	}
	c.sync()
	const near = 1000 // records that are read at the next start in no time
	if m := c.synced.Load(); c.j.fault() == nil && (m.seq > c.noted.seq+near || m.seq < c.noted.seq) {
		_ = guarded(func() error { return c.j.db.Update(c.note) })
	}
	_ = c.release()
}

func (c *copier) release() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file == nil {
		return nil
	}
	err := c.file.Close()
	c.file = nil
	return err
}
