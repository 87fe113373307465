package storage

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
)

const ballastName = "journal.ballast"

// room watches the disk that the journal lies on. A ballast file of no use
// stands beside the journal; when the disk is full it is removed, and what it
// held is enough to finish every sale that was begun.
type room struct {
	mu      sync.Mutex
	dir     string
	ballast int64  // its size in bytes; 0 for none
	least   uint64 // free bytes below which no sale begins
}

// check is nil while there is room to begin a sale and to finish it.
func (r *room) check() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	free, err := freeSpace(r.dir)
	if err != nil {
		return classify(err)
	}
	if free < r.least {
		return fmt.Errorf("%w: %d MiB are left", ErrDiskFull, free>>20)
	}
	if r.hasBallast() {
		return nil
	}
	if free < r.least+uint64(r.ballast) {
		return fmt.Errorf("%w: %d MiB are left, too few for the reserve", ErrDiskFull, free>>20)
	}
	return r.makeBallast()
}

// forBatch is asked before each write. A batch that begins something is
// refused on a full disk; one that finishes something gets the ballast's room.
func (r *room) forBatch(begins bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	free, err := freeSpace(r.dir)
	if err != nil || free >= r.least {
		return nil // without an answer the write itself will tell
	}
	if begins {
		return fmt.Errorf("%w: %d MiB are left", ErrDiskFull, free>>20)
	}
	if err := os.Remove(r.ballastPath()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return classify(err)
	}
	return nil
}

func (r *room) ballastPath() string { return filepath.Join(r.dir, ballastName) }

func (r *room) hasBallast() bool {
	if r.ballast == 0 {
		return true
	}
	info, err := os.Stat(r.ballastPath())
	return err == nil && info.Size() == r.ballast
}

// makeBallast writes noise: a file of zeros may take no room on a disk that
// compresses.
func (r *room) makeBallast() (err error) {
	f, err := os.OpenFile(r.ballastPath(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return classify(err)
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(r.ballastPath())
			err = classify(err)
		}
	}()
	noise, piece := rand.NewChaCha8([32]byte{}), make([]byte, 64<<10)
	for left := r.ballast; left > 0; left -= int64(len(piece)) {
		piece = piece[:min(left, int64(len(piece)))]
		if _, err := noise.Read(piece); err != nil {
			return err
		}
		if _, err := f.Write(piece); err != nil {
			return err
		}
	}
	return f.Sync()
}
