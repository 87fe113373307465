package till

import (
	"encoding/json"
	"errors"
	"fmt"

	"ringup/devices/printer"
	"ringup/storage"
)

// printJobs keeps the queue's rows in the journal's file.
type printJobs struct{ journal *storage.Journal }

// printRow is a job as its row holds it.
type printRow struct {
	printer.Job
	// Seen says of a slip that was not printed that a person had it printed
	// again, or wants it no more.
	Seen bool `json:",omitempty"`
}

// lost tells whether the slip was not printed, or not for certain, and nobody
// has looked after it yet. A test page is no slip.
func (r printRow) lost() bool {
	return !r.Seen && (r.State == printer.StateNotPrinted || r.State == printer.StateExpired)
}

// Put keeps a job.
func (p printJobs) Put(j printer.Job) error { return p.put(printRow{Job: j}) }

func (p printJobs) put(r printRow) error {
	row, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return p.journal.SaveJob(storage.JobRow{ID: r.ID, Open: !r.State.Settled(), Waits: r.lost(), Row: row})
}

func (p printJobs) Get(id string) (printer.Job, error) {
	r, err := p.row(id)
	return r.Job, err
}

// row is the job of that id as it is kept, or printer.ErrNoJob.
func (p printJobs) row(id string) (printRow, error) {
	row, err := p.journal.Job(id)
	if errors.Is(err, storage.ErrNoJob) {
		return printRow{}, printer.ErrNoJob
	}
	if err != nil {
		return printRow{}, err
	}
	return rowOf(row)
}

func rowOf(row storage.JobRow) (r printRow, err error) {
	if err = json.Unmarshal(row.Row, &r); err != nil {
		err = fmt.Errorf("print job %s: %w", row.ID, err)
	}
	return r, err
}

// lost lists the slips that were not printed, newest first.
func (p printJobs) lost() ([]printRow, error) {
	rows, err := p.journal.WaitingJobs()
	if err != nil {
		return nil, err
	}
	lost := make([]printRow, 0, len(rows))
	for _, row := range rows {
		r, err := rowOf(row)
		if err != nil {
			return nil, err
		}
		lost = append(lost, r)
	}
	return lost, nil
}

// seen marks a slip that was not printed as looked after.
func (p printJobs) seen(id string) error {
	r, err := p.row(id)
	if err != nil || !r.lost() {
		return err
	}
	r.Seen = true
	return p.put(r)
}

func (p printJobs) Open() ([]printer.Job, error) {
	rows, err := p.journal.OpenJobs()
	if err != nil {
		return nil, err
	}
	jobs := make([]printer.Job, 0, len(rows))
	for _, row := range rows {
		r, err := rowOf(row)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, r.Job)
	}
	return jobs, nil
}

// Mark keeps a settled job without its bytes: they are not needed any more.
func (p printJobs) Mark(id string, m printer.Mark) error {
	j, err := p.Get(id)
	if err != nil {
		return err
	}
	j.Mark = m
	if m.State.Settled() {
		j.Data = nil
	}
	return p.Put(j)
}
