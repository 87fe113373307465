// Package storage keeps the journal of one environment in a bbolt file: the
// events, chained by their hashes, and what is derived from them so that every
// question is a look-up. The events are the truth: a sale is folded from its
// own few events each time it is read, by payments.Sale.Apply, and each event
// is checked against the hash before it. Indexes and day totals are written in
// the same transaction as the events and can be told from them again at any
// time; Verify does.
//
// bbolt writes each commit's pages before its root and syncs in between, so a
// power cut leaves the last whole commit. Its pages carry no checksum, which
// is one more reason for the hashes, and for the copy: every event stands a
// second time in an append-only file, from which Rebuild makes the journal
// anew; a backup is such a file too, see copyfile.go.
package storage

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"ringup/payments"
)

// format is the version of the file's layout.
const format = 1

// fileName is the journal's file in its environment's folder.
const fileName = "journal.db"

// Limits of the file.
const (
	// largestFile stops a journal that grows without end; 2,000,000 sales are
	// about 2 GiB.
	largestFile = 64 << 30
	// growth is how much the file grows at a time.
	growth = 1 << 20
	// tailLength is how many events are checked at each start.
	tailLength = 64
)

// Options of Open. The zero Options are a shop's.
type Options struct {
	Now     func() time.Time // dates the file and who has it open; nil means time.Now
	Program string           // told to whoever finds the journal held; "" means the program's file name
	Ballast int64            // bytes kept in reserve for a full disk; 0 means 16 MiB, less than 0 none
	MinFree uint64           // bytes below which no sale begins; 0 means 64 MiB
	Wait    time.Duration    // for another program to let go of the journal; 0 means one second
}

// Journal is an open journal. It is safe for concurrent use; only one program
// at a time can have a folder's journal open.
type Journal struct {
	db      *bbolt.DB
	dir     string
	room    room
	key     []byte // of the code marks
	created time.Time
	id      string

	writing sync.Mutex
	pack    packer
	copy    *copier
	stuck   atomic.Pointer[error]
}

var _ payments.Journal = (*Journal)(nil)

// Open opens the journal in dir, one environment's folder, and begins it when
// there is none. The last events' chain is checked, and that the copy holds
// none that the journal has lost; a copy that can't be kept is no error, see
// CopyFault. Errors: *HeldError when another program has it open,
// ErrNewerFormat, ErrDamaged, among it *CopyAheadError, ErrReadOnly,
// ErrDiskFull. A badly damaged file can also keep bbolt in a loop for ever or
// end the program: whoever can't bear that opens and closes the journal in a
// child process first.
func Open(dir string, o Options) (*Journal, error) {
	o = o.filled()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("journal: %w", classify(err))
	}
	path := filepath.Join(dir, fileName)
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		if err = lost(path, filepath.Join(dir, copyName)); err == nil {
			err = begin(path, o)
		}
	} else if err == nil && info.Size() == 0 {
		err = fmt.Errorf("%w: the file is empty", ErrDamaged) // bbolt would begin a new one in it
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", classify(err))
	}
	db, err := openFile(path, o.Wait)
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, holder(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	j := &Journal{db: db, dir: dir}
	j.room = room{dir: dir, ballast: max(o.Ballast, 0), least: o.MinFree}
	if err = j.view(j.start); err == nil {
		err = j.startCopy()
	}
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("journal: %w", err)
	}
	sayWho(dir, o.Program, o.Now())
	_ = j.room.check() // makes the ballast; Healthy says when it can't
	return j, nil
}

func (o Options) filled() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Program == "" {
		o.Program = filepath.Base(os.Args[0])
	}
	if o.Ballast == 0 {
		o.Ballast = 16 << 20
	}
	if o.MinFree == 0 {
		o.MinFree = 64 << 20
	}
	if o.Wait == 0 {
		o.Wait = time.Second
	}
	return o
}

// openFile opens a bbolt file. What bbolt panics about is ErrDamaged, and the
// lock that it then leaves behind is released.
func openFile(path string, wait time.Duration) (db *bbolt.DB, err error) {
	var file *os.File
	err = guarded(func() (err error) {
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout:         wait,
			NoStatistics:    true,
			InitialMmapSize: initialMap,
			MaxSize:         int(min(int64(largestFile), int64(math.MaxInt))),
			OpenFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
				file, err = os.OpenFile(name, flag, mode)
				return file, err
			},
		})
		return err
	})
	if err == nil {
		db.AllocSize = growth
		if sameFile(file, path) {
			return db, nil
		}
		err = berrors.ErrTimeout // while this one waited, another was put in its place
		_ = db.Close()
	}
	if errors.Is(err, ErrDamaged) && file != nil {
		letGo(file)
	}
	return nil, classify(err)
}

func sameFile(f *os.File, path string) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}

// guarded turns a panic, and a fault in the mapped file, into ErrDamaged.
func guarded(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	return do()
}

// guard does the same for an open journal, which takes nothing more after it.
func (j *Journal) guard(do func() error) error {
	calm := false
	err := guarded(func() error {
		err := do()
		calm = true
		return err
	})
	if !calm {
		return j.lock(err)
	}
	return err
}

// view reads.
func (j *Journal) view(read func(tx *bbolt.Tx) error) error {
	return classify(j.guard(func() error { return j.db.View(read) }))
}

// lock makes every later write fail with why.
func (j *Journal) lock(why error) error {
	j.stuck.CompareAndSwap(nil, &why)
	return why
}

func (j *Journal) fault() error {
	if why := j.stuck.Load(); why != nil {
		return *why
	}
	return nil
}

// Healthy is nil while there is room to begin a sale and to finish it, and no
// write or read has failed: else ErrDiskFull, ErrReadOnly, ErrUncertain or
// ErrDamaged.
func (j *Journal) Healthy() error {
	if err := j.fault(); err != nil {
		return err
	}
	return j.room.check()
}

// Incarnation tells when this file of the journal was begun, and its random
// id.
func (j *Journal) Incarnation() (created time.Time, id string) { return j.created, j.id }

// Close waits for whoever still reads, makes the copy durable, and lets the
// journal go.
func (j *Journal) Close() error {
	j.writing.Lock()
	defer j.writing.Unlock()
	if j.stuck.Load() == &errClosed {
		return nil
	}
	j.copy.close()
	j.stuck.Store(&errClosed)
	forgetWho(j.dir)
	return classify(j.db.Close())
}

var errClosed error = ErrClosed

// Keys of shelfMeta.
var (
	keyFormat  = []byte("format")
	keyCreated = []byte("created")
	keyID      = []byte("incarnation")
	keyCodes   = []byte("codes")
)

// begin makes a new journal: under another name, and only when it is whole and
// durable does it get its own. So a power cut while it is made leaves none.
func begin(path string, o Options) error {
	f, err := os.CreateTemp(filepath.Dir(path), fileName+".*.new")
	if err != nil {
		return err
	}
	temporary := f.Name()
	defer os.Remove(temporary)
	if err := f.Close(); err != nil {
		return err
	}
	for _, step := range []func(*bbolt.Tx) error{furnish(o.Now()), check} {
		db, err := openFile(temporary, o.Wait)
		if err != nil {
			return err
		}
		if err := errors.Join(guarded(func() error { return db.Update(step) }), db.Close()); err != nil {
			return err
		}
	}
	if f, err = os.OpenFile(temporary, os.O_RDWR, 0); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := publish(temporary, path); err != nil && !errors.Is(err, os.ErrExist) { // another program was first
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func furnish(now time.Time) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		for s := range shelves {
			if _, err := tx.CreateBucket([]byte(s)); err != nil {
				return err
			}
		}
		random := make([]byte, 32)
		if _, err := rand.Read(random); err != nil {
			return err
		}
		made, err := now.Round(0).MarshalText()
		if err != nil {
			return err
		}
		meta := shelfMeta.of(tx)
		return errors.Join(
			meta.Put(keyFormat, binary.AppendUvarint(nil, format)),
			meta.Put(keyCreated, made),
			meta.Put(keyID, []byte(rand.Text())),
			meta.Put(keyCodes, random),
			head{}.put(tx),
		)
	}
}

func check(tx *bbolt.Tx) error {
	for err := range tx.Check() {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

// start reads what belongs to the file itself and checks the end of the chain.
func (j *Journal) start(tx *bbolt.Tx) error {
	meta := tx.Bucket([]byte(shelfMeta))
	if meta == nil {
		return fmt.Errorf("%w: not a journal", ErrDamaged)
	}
	found, n := binary.Uvarint(meta.Get(keyFormat))
	if n <= 0 {
		return fmt.Errorf("%w: no format", ErrDamaged)
	}
	if found > format {
		return &NewerFormatError{Found: int(found), Known: format}
	}
	for s := range shelves {
		if tx.Bucket([]byte(s)) == nil {
			return fmt.Errorf("%w: no %s", ErrDamaged, s)
		}
	}
	if err := j.created.UnmarshalText(meta.Get(keyCreated)); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	j.id = string(meta.Get(keyID))
	j.key = append(j.key, meta.Get(keyCodes)...)
	if len(j.key) < 32 || j.id == "" {
		return fmt.Errorf("%w: no incarnation", ErrDamaged)
	}
	h, err := headOf(tx)
	if err != nil {
		return err
	}
	from := uint64(1)
	if h.seq > tailLength {
		from = h.seq - tailLength + 1
	}
	if err := walk(tx, from, h.seq, nil); err != nil {
		return err
	}
	return checkHead(tx, h)
}

// codeKey is the mark of a payment code: its hash under this file's own key,
// so that the file alone doesn't tell which codes were used.
func (j *Journal) codeKey(c payments.PaymentCode) []byte {
	h := hmac.New(sha256.New, j.key)
	h.Write([]byte(c.Digits()))
	return h.Sum(nil)[:16]
}
