package printer

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// A fakeSpooler stands for Windows, which this machine may not be: it answers
// what a test says and writes down what it was told to do.
type fakeSpooler struct {
	attributes, status, driver uint32
	later                      uint32 // the status once a job was given
	stateErr, startErr         error
	short                      int      // writes so much less than it was given
	jobs                       []uint32 // the job's status at each look; then it is gone
	jobErr                     error    // instead
	stays                      bool     // it keeps the last status for ever
	deleteErr                  error
	hangs                      time.Duration // in Write
	did                        []string
	data                       []byte
}

func (f *fakeSpooler) State() (uint32, uint32, error) { return f.attributes, f.status, f.stateErr }
func (f *fakeSpooler) Driver() (uint32, error) {
	if f.driver == 0 {
		return driverXPS, errors.New("no such level")
	}
	return f.driver, nil
}

func (f *fakeSpooler) Start(datatype string) (uint32, error) {
	f.did = append(f.did, "start "+datatype)
	f.status |= f.later
	return 7, f.startErr
}

func (f *fakeSpooler) Write(p []byte) (int, error) {
	time.Sleep(f.hangs)
	f.data = append(f.data, p...)
	return len(p) - f.short, nil
}

func (f *fakeSpooler) End() error { f.did = append(f.did, "end"); return nil }

func (f *fakeSpooler) Job(uint32) (uint32, error) {
	if f.jobErr != nil {
		return 0, f.jobErr
	}
	if len(f.jobs) == 0 {
		return 0, errNoJob
	}
	status := f.jobs[0]
	if !f.stays || len(f.jobs) > 1 {
		f.jobs = f.jobs[1:]
	}
	return status, nil
}

func (f *fakeSpooler) Delete(uint32) error {
	f.did = append(f.did, "delete")
	return f.deleteErr
}

func (f *fakeSpooler) Close() error { f.did = append(f.did, "close"); return nil }

func TestSpool(t *testing.T) {
	printed := []string{"start RAW", "end", "close"}
	deleted := []string{"start RAW", "end", "delete", "close"}
	for _, c := range []struct {
		name    string
		spooler fakeSpooler
		problem Problem
		begun   bool
		did     []string
		took    time.Duration
	}{
		{"printed", fakeSpooler{jobs: []uint32{0x8, 0x10, jobPrinted}, stays: true}, "", false, printed, 2 * time.Second},
		{"the job is gone", fakeSpooler{jobs: []uint32{0x10}}, "", false, printed, time.Second},
		{"the driver takes XPS", fakeSpooler{driver: driverXPS}, "", false, []string{"start XPS_PASS", "end", "close"}, 0},
		{"the driver is an older one", fakeSpooler{driver: 0x1}, "", false, printed, 0},
		{"unplugged, as Windows says it", fakeSpooler{attributes: attributeWorkOffline}, Offline, false, []string{"close"}, 0},
		{"not available", fakeSpooler{status: printerNotAvailable, attributes: attributeWorkOffline}, Unreachable, false, []string{"close"}, 0},
		{"no paper", fakeSpooler{status: printerPaperOut | printerError}, PaperOut, false, []string{"close"}, 0},
		{"a state that can't be read stops nothing", fakeSpooler{stateErr: errDisk, status: printerPaperOut}, "", false, printed, 0},
		{"it takes no job", fakeSpooler{startErr: errDisk}, Unreachable, false, []string{"start RAW", "close"}, 0},
		{"it may not be used", fakeSpooler{startErr: fs.ErrPermission}, Denied, false, []string{"start RAW", "close"}, 0},
		{"not all is taken", fakeSpooler{short: 1}, Cut, true, []string{"start RAW", "delete", "end", "close"}, 0},
		{"paper runs out", fakeSpooler{jobs: []uint32{0x10, 0x10 | jobPaperOut}, stays: true}, PaperOut, true, deleted, time.Second},
		{"an error", fakeSpooler{jobs: []uint32{jobError}, stays: true}, Fault, true, deleted, 0},
		{"deleted by somebody else", fakeSpooler{jobs: []uint32{jobDeleting}, deleteErr: errNoJob}, Cut, true, deleted, 0},
		{"nothing happens for 30 s", fakeSpooler{jobs: []uint32{0x8}, stays: true}, Stuck, true, deleted, 30 * time.Second},
		{"nothing happens, and the printer says why", fakeSpooler{jobs: []uint32{0x8}, stays: true, later: printerDoorOpen}, CoverOpen, true, deleted, 30 * time.Second},
		{"nothing happens, and it is printed in the last moment", fakeSpooler{jobs: []uint32{0x8}, stays: true, deleteErr: errNoJob}, "", false, deleted, 30 * time.Second},
		{"the job can't be looked at", fakeSpooler{jobErr: errDisk}, "", false, printed, 2 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := c.spooler
				p := newSpool("spool://A printer", "A printer", func(name string) (spooler, error) {
					if name != "A printer" {
						t.Errorf("opened %q", name)
					}
					return &f, nil
				})
				begun := time.Now()
				r, err := p.Send(t.Context(), slip)
				if c.problem != "" {
					wantError(t, err, c.problem, c.begun)
				} else if err != nil {
					t.Error(err)
				}
				if r.Printed {
					t.Error("Windows can't know that")
				}
				if !slices.Equal(f.did, c.did) || len(c.did) > 1 && c.spooler.startErr == nil && string(f.data) != string(slip) {
					t.Errorf("did %q, want %q; %d bytes", f.did, c.did, len(f.data))
				}
				if took := time.Since(begun); took != c.took {
					t.Errorf("it took %v, want %v", took, c.took)
				}
			})
		})
	}
	t.Run("a printer that can't be opened", func(t *testing.T) {
		p := newSpool("spool://x", "x", func(string) (spooler, error) { return nil, errDisk })
		_, err := p.Send(t.Context(), slip)
		wantError(t, err, Unreachable, false)
		_, err = p.Check(t.Context())
		wantError(t, err, Unreachable, false)
	})
	t.Run("calls that hang keep nobody", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := &fakeSpooler{hangs: 5 * time.Minute}
			p := newSpool("spool://x", "x", func(string) (spooler, error) { return f, nil })
			begun := time.Now()
			_, err := p.Send(t.Context(), slip)
			if wantError(t, err, Stuck, true); time.Since(begun) > time.Minute {
				t.Errorf("it took %v", time.Since(begun))
			}
			begun = time.Now()
			_, err = p.Check(t.Context())
			if wantError(t, err, Busy, false); time.Since(begun) > 10*time.Second {
				t.Errorf("it took %v", time.Since(begun))
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			wantError(t, p.Pulse(ctx, []byte("open"), nil), Busy, false)
			time.Sleep(5 * time.Minute)
			synctest.Wait()
			if f.hangs = 0; p.Pulse(t.Context(), []byte("open"), nil) != nil {
				t.Error("it is free again")
			}
		})
	})
	t.Run("a pulse that doesn't come through is taken back at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := &fakeSpooler{jobs: []uint32{0x8}, stays: true}
			p := newSpool("spool://x", "x", func(string) (spooler, error) { return f, nil })
			begun := time.Now()
			wantError(t, p.Pulse(t.Context(), []byte("open"), nil), Stuck, true)
			if took := time.Since(begun); took != 5*time.Second || !slices.Equal(f.did, deleted) {
				t.Errorf("it took %v, did %q", took, f.did)
			}
		})
	})
}

func TestSpoolState(t *testing.T) {
	for _, c := range []struct {
		attributes, status uint32
		want               Status
		problem            Problem
	}{
		{0, 0, Status{}, ""},
		{0x1440, 0, Status{Answered: true, Offline: true}, ""},
		{0x40, 0x400, Status{}, ""}, // printing
		{0, 0x1, Status{Answered: true, Offline: true}, ""},
		{0, 0x80, Status{Answered: true, Offline: true}, ""},
		{0, 0x10, Status{Answered: true, PaperOut: true}, ""},
		{0, 0x40, Status{Answered: true, PaperOut: true}, ""},
		{0, 0x400000, Status{Answered: true, CoverOpen: true}, ""},
		{0, 0x2, Status{Answered: true, Fault: true}, ""},
		{0, 0x8, Status{Answered: true, Fault: true}, ""},
		{0, 0x1000, Status{}, Unreachable},
		{0, 0x800000, Status{}, Unreachable},
	} {
		if got, problem := spoolState(c.attributes, c.status); got != c.want || problem != c.problem {
			t.Errorf("%x, %x: got %+v, %q", c.attributes, c.status, got, problem)
		}
	}
}

func TestJobState(t *testing.T) {
	for _, c := range []struct {
		status  uint32
		problem Problem
		done    bool
	}{
		{0, "", false},
		{0x8, "", false},  // spooling
		{0x10, "", false}, // printing
		{0x80, "", true},
		{0x90, "", true},
		{0x1000, "", true},
		{0x2, Fault, false},
		{0x12, Fault, false},
		{0x42, PaperOut, false},
		{0x20, Offline, false},
		{0x1, Offline, false},
		{0x200, Fault, false},
		{0x400, Fault, false},
		{0x4, Cut, true},
		{0x100, Cut, true},
	} {
		if p, done := jobState(c.status); p != c.problem || done != c.done {
			t.Errorf("%x: got %q, %v", c.status, p, done)
		}
	}
}

func TestToPaper(t *testing.T) {
	for port, want := range map[string]bool{
		"USB001": true, "COM3:": true, "192.168.1.50": true, "IP_192.168.1.50": true, "LPT1:": true, "WSD-1": true, "": true,
		"PORTPROMPT:": false, "SHRFAX:": false, "nul:": false, "FILE:": false, "Microsoft.Office.OneNote_16001": false,
	} {
		if toPaper(port) != want {
			t.Errorf("%s: %v", port, !want)
		}
	}
}
