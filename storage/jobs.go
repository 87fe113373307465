package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"
)

// ErrNoJob says that no print job has that id.
var ErrNoJob = errors.New("no such print job")

// How many settled print jobs are remembered: of those that need nobody any
// more, and of those that wait for a person.
const (
	keptJobs    = 200
	keptWaiting = 500
)

// JobRow is a print job as its owner wrote it. The journal doesn't look into
// Row: what a job is belongs to whoever prints.
type JobRow struct {
	ID   string
	Open bool // still to be printed
	// Waits says of a settled job that a person has to look at it: it is
	// remembered for longer.
	Waits bool
	Row   []byte // may be large while Open
}

// SaveJob keeps a row, in place of an older one of that id, and is durable when
// it returns. Print jobs are not money: they stand beside the chain, and the
// oldest settled ones are forgotten. ErrUncertain as of Append.
func (j *Journal) SaveJob(r JobRow) error {
	j.writing.Lock()
	defer j.writing.Unlock()
	if err := j.fault(); err != nil {
		return err
	}
	return j.guard(func() error {
		tx, err := j.db.Begin(true)
		if err != nil {
			return classify(err)
		}
		defer func() { _ = tx.Rollback() }() // nothing to do after a commit
		if err := putJob(tx, r); err != nil {
			return classify(err)
		}
		if err := guarded(tx.Commit); err != nil {
			return j.lock(fmt.Errorf("%w: %w", ErrUncertain, classify(err)))
		}
		return nil
	})
}

// What the first byte of a job says.
const (
	jobDone = iota
	jobOpen
	jobWaits
)

// The shelf of jobs holds "i" id → number, and "j" number → what it is, length
// of the id, id, row.
func putJob(tx *bbolt.Tx, r JobRow) error {
	if r.ID == "" || len(r.ID) > 255 {
		return fmt.Errorf("%w: print job id %q", ErrEvent, r.ID)
	}
	jobs := shelfJobs.of(tx)
	number := jobs.Get(append([]byte("i"), r.ID...))
	if number == nil {
		n, err := jobs.NextSequence()
		if err != nil {
			return err
		}
		number = binary.BigEndian.AppendUint64(nil, n)
		if err := jobs.Put(append([]byte("i"), r.ID...), number); err != nil {
			return err
		}
		if err := forgetJobs(jobs); err != nil {
			return err
		}
	}
	state := byte(jobDone)
	switch {
	case r.Open:
		state = jobOpen
	case r.Waits:
		state = jobWaits
	}
	value := append([]byte{state, byte(len(r.ID))}, r.ID...)
	return jobs.Put(append([]byte("j"), number...), append(value, r.Row...))
}

// forgetJobs drops the oldest settled jobs beyond those that are kept.
func forgetJobs(jobs *bbolt.Bucket) error {
	var done, waiting [][]byte
	err := eachJob(jobs, func(key []byte, r JobRow) error {
		switch {
		case r.Waits:
			waiting = append(waiting, append([]byte(nil), key...))
		case !r.Open:
			done = append(done, append([]byte(nil), key...))
		}
		return nil
	})
	if err != nil {
		return err
	}
	old := slices.Concat(done[:max(0, len(done)-keptJobs)], waiting[:max(0, len(waiting)-keptWaiting)])
	for _, key := range old {
		r, err := jobAt(jobs.Get(key))
		if err != nil {
			return err
		}
		if err := errors.Join(jobs.Delete(key), jobs.Delete(append([]byte("i"), r.ID...))); err != nil {
			return err
		}
	}
	return nil
}

func eachJob(jobs *bbolt.Bucket, visit func(key []byte, r JobRow) error) error {
	c := jobs.Cursor()
	for k, v := c.Seek([]byte("j")); k != nil && k[0] == 'j'; k, v = c.Next() {
		r, err := jobAt(v)
		if err == nil {
			err = visit(k, r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func jobAt(v []byte) (JobRow, error) {
	if len(v) < 2 || len(v) < 2+int(v[1]) {
		return JobRow{}, fmt.Errorf("%w: a print job's row", ErrDamaged)
	}
	id, row := v[2:2+int(v[1])], v[2+int(v[1]):]
	return JobRow{ID: string(id), Open: v[0] == jobOpen, Waits: v[0] == jobWaits, Row: append([]byte(nil), row...)}, nil
}

// Job is the print job of that id, or ErrNoJob.
func (j *Journal) Job(id string) (r JobRow, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		jobs := shelfJobs.of(tx)
		number := jobs.Get(append([]byte("i"), id...))
		if number == nil {
			return ErrNoJob
		}
		r, err = jobAt(jobs.Get(append([]byte("j"), number...)))
		return err
	})
	return r, err
}

// OpenJobs lists the print jobs that are still to be printed, oldest first.
func (j *Journal) OpenJobs() (open []JobRow, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		return eachJob(shelfJobs.of(tx), func(_ []byte, r JobRow) error {
			if r.Open {
				open = append(open, r)
			}
			return nil
		})
	})
	return open, err
}

// WaitingJobs lists the settled print jobs that wait for a person, newest
// first.
func (j *Journal) WaitingJobs() (waiting []JobRow, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		return eachJob(shelfJobs.of(tx), func(_ []byte, r JobRow) error {
			if r.Waits {
				waiting = append(waiting, r)
			}
			return nil
		})
	})
	slices.Reverse(waiting)
	return waiting, err
}
