package printer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
)

// spool is a Printer behind the spooler of Windows: a vendor's driver, or
// "Generic / Text Only". The spooler takes jobs for a printer that isn't there
// and says that all is well, so it is asked before and after.
type spool struct {
	link, name string
	open       func(name string) (spooler, error)
	lock       chan struct{} // held until the last call has returned, which may be long
	turn       time.Duration // for a job under way
	hangs      time.Duration // for calls that don't come back
	poll       time.Duration // between looks at a job
	gone       time.Duration // for a job to be printed
	pulse      time.Duration // the same, for what opens a drawer
}

// spooler is a printer of Windows, opened. Its calls wait as long as they like.
type spooler interface {
	// State are the attributes and the status of PRINTER_INFO_2.
	State() (attributes, status uint32, err error)
	// Driver are the attributes of DRIVER_INFO_8.
	Driver() (attributes uint32, err error)
	// Start begins a job of one page and returns its number.
	Start(datatype string) (job uint32, err error)
	Write(p []byte) (int, error)
	// End ends the page and the job; from then on it is printed.
	End() error
	// Job is the status of JOB_INFO_1, or errNoJob.
	Job(job uint32) (status uint32, err error)
	Delete(job uint32) error
	Close() error
}

// errNoJob is that the spooler knows no such job, any more.
var errNoJob = errors.New("the spooler has no such job")

func openSpool(link, name string) (Printer, error) {
	if !hasSpooler {
		return nil, &LinkError{link, ErrNotHere}
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return nil, &LinkError{link, fmt.Errorf("%w: %q", ErrNoAddress, name)}
	}
	return newSpool(link, name, openSpooler), nil
}

func newSpool(link, name string, open func(string) (spooler, error)) *spool {
	return &spool{
		link: link, name: name, open: open, lock: make(chan struct{}, 1),
		turn: 5 * time.Second, hangs: 15 * time.Second, poll: time.Second, gone: 30 * time.Second, pulse: 5 * time.Second,
	}
}

func (s *spool) Link() string { return s.link }

// Check asks Windows for the printer's state, which often says "well" of what
// it doesn't know: only trouble counts as an answer.
func (s *spool) Check(ctx context.Context) (Status, error) {
	return s.alone(ctx, s.hangs, func(context.Context) (Status, error) {
		p, err := s.open(s.name)
		if err != nil {
			return Status{}, s.fail(err)
		}
		defer p.Close()
		status, problem, err := stateOf(p)
		if problem != "" {
			return status, &Error{Problem: problem, Link: s.link}
		}
		return status, s.fail(err)
	})
}

// Send gives a job to the spooler if the printer can print, and watches it.
func (s *spool) Send(ctx context.Context, job []byte) (Result, error) {
	return s.send(ctx, job, s.gone)
}

// Pulse sends a few bytes in the same way. What doesn't come through at once is
// taken back: a drawer must not open by itself when the printer comes back.
func (s *spool) Pulse(ctx context.Context, command, _ []byte) error {
	_, err := s.send(ctx, command, s.pulse)
	return err
}

func (s *spool) send(ctx context.Context, job []byte, long time.Duration) (Result, error) {
	status, err := s.alone(ctx, s.hangs+long, func(ctx context.Context) (Status, error) {
		p, err := s.open(s.name)
		if err != nil {
			return Status{}, s.fail(err)
		}
		defer p.Close()
		status, problem, _ := stateOf(p) // what can't be read stops nothing
		if problem == "" && status.Problem().Stops() {
			problem = status.Problem()
		}
		if problem != "" {
			return status, &Error{Problem: problem, Link: s.link}
		}
		return status, s.give(ctx, p, job, long)
	})
	return Result{Status: status}, err
}

// give gives a job to the spooler.
func (s *spool) give(ctx context.Context, p spooler, job []byte, long time.Duration) error {
	attributes, err := p.Driver()
	if err != nil {
		attributes = 0 // most drivers
	}
	if ctx.Err() != nil { // what came before took too long
		return &Error{Problem: Stuck, Link: s.link, Err: ctx.Err()}
	}
	number, err := p.Start(datatypeOf(attributes))
	if err != nil {
		return s.fail(err)
	}
	n, err := p.Write(job)
	if err == nil && n != len(job) {
		err = io.ErrShortWrite
	}
	if err == nil && ctx.Err() == nil {
		err = p.End()
	}
	if err != nil || ctx.Err() != nil {
		// Deleted before it is ended: the half of it isn't printed.
		err = errors.Join(err, ctx.Err(), p.Delete(number), p.End())
		return &Error{Problem: Cut, Link: s.link, Begun: n > 0, Err: err}
	}
	return s.watch(ctx, p, number, long)
}

// looks is how often in turn it may fail to look at a job.
const looks = 3

// watch looks at a job until the spooler is done with it, and takes it back if
// it can't be printed: it would come out at any time later.
func (s *spool) watch(ctx context.Context, p spooler, number uint32, long time.Duration) error {
	tick := time.NewTicker(s.poll)
	defer tick.Stop()
	end := time.NewTimer(long)
	defer end.Stop()
	failures := 0
	for late := false; ; {
		status, err := p.Job(number)
		problem, done := Problem(""), false
		switch {
		case errors.Is(err, errNoJob):
			done = true
		case err != nil:
			// A job that can't be looked at was given, and no more is known.
			failures++
			done = late || failures == looks
		default:
			failures = 0
			if problem, done = jobState(status); problem == "" && !done && late {
				problem = Stuck
				if now, why, err := stateOf(p); err == nil && (why != "" || now.Problem().Stops()) {
					if problem = why; why == "" {
						problem = now.Problem()
					}
				}
			}
		}
		if done && problem == "" {
			return nil
		}
		if problem != "" {
			e := &Error{Problem: problem, Link: s.link, Begun: true}
			if err := p.Delete(number); !errors.Is(err, errNoJob) {
				e.Err = err
			} else if late && problem == Stuck {
				return nil // done in the last moment
			}
			return e
		}
		select {
		case <-tick.C:
		case <-end.C:
			late = true
		case <-ctx.Done():
			late = true
		}
	}
}

// alone runs calls of the spooler when no others run. They can't be ended: when
// time is up they go on by themselves and keep others away until they return.
func (s *spool) alone(ctx context.Context, allowed time.Duration, calls func(context.Context) (Status, error)) (Status, error) {
	turn := time.NewTimer(s.turn)
	defer turn.Stop()
	select {
	case s.lock <- struct{}{}:
	case <-turn.C:
		return Status{}, &Error{Problem: Busy, Link: s.link, Err: errTurn}
	case <-ctx.Done():
		return Status{}, &Error{Problem: Busy, Link: s.link, Err: errors.Join(errTurn, ctx.Err())}
	}
	ctx, cancel := context.WithTimeout(ctx, allowed)
	type said struct {
		status Status
		err    error
	}
	over := make(chan said, 1)
	go func() {
		defer func() { <-s.lock }()
		defer cancel()
		status, err := calls(ctx)
		over <- said{status, err}
	}()
	select {
	case r := <-over:
		return r.status, r.err
	case <-ctx.Done():
	}
	// Most come back soon, since they look at ctx.
	last := time.NewTimer(s.poll)
	defer last.Stop()
	select {
	case r := <-over:
		return r.status, r.err
	case <-last.C:
		return Status{}, &Error{Problem: Stuck, Link: s.link, Begun: true, Err: ctx.Err()}
	}
}

// fail is what a call that failed means; nil for nil.
func (s *spool) fail(err error) error {
	if err == nil {
		return nil
	}
	e := &Error{Problem: Unreachable, Link: s.link, Err: err}
	if errors.Is(err, fs.ErrPermission) {
		e.Problem = Denied
	}
	return e
}

// Attributes and status bits of Windows' printers, drivers and jobs
// (winspool.h).
const (
	attributeWorkOffline = 0x400
	driverXPS            = 0x2 // of a version 4 driver

	printerPaused       = 0x1
	printerError        = 0x2
	printerJam          = 0x8
	printerPaperOut     = 0x10
	printerPaperProblem = 0x40
	printerOffline      = 0x80
	printerNotAvailable = 0x1000
	printerIntervention = 0x100000
	printerDoorOpen     = 0x400000
	printerServerGone   = 0x800000

	jobPaused       = 0x1
	jobError        = 0x2
	jobDeleting     = 0x4
	jobOffline      = 0x20
	jobPaperOut     = 0x40
	jobPrinted      = 0x80
	jobDeleted      = 0x100
	jobBlocked      = 0x200
	jobIntervention = 0x400
	jobComplete     = 0x1000
)

// datatypeOf is what a job has to call itself for a driver to pass its bytes
// on as they are.
func datatypeOf(driver uint32) string {
	if driver&driverXPS != 0 {
		return "XPS_PASS"
	}
	return "RAW"
}

// stateOf is what Windows knows of a printer: its status, and a problem that no
// printer tells of itself.
func stateOf(p spooler) (Status, Problem, error) {
	attributes, status, err := p.State()
	if err != nil {
		return Status{}, "", err
	}
	s, problem := spoolState(attributes, status)
	return s, problem, nil
}

func spoolState(attributes, status uint32) (Status, Problem) {
	s := Status{
		Offline:   attributes&attributeWorkOffline != 0 || status&(printerPaused|printerOffline|printerIntervention) != 0,
		CoverOpen: status&printerDoorOpen != 0,
		PaperOut:  status&(printerPaperOut|printerPaperProblem) != 0,
		Fault:     status&(printerError|printerJam) != 0,
	}
	s.Answered = s != (Status{})
	if status&(printerNotAvailable|printerServerGone) != 0 {
		return s, Unreachable
	}
	return s, ""
}

// jobState is what a job's status means: why it isn't printed, or that the
// spooler is done with it. That is no proof of print: the bytes have left.
func jobState(status uint32) (p Problem, done bool) {
	switch {
	case status&(jobPrinted|jobComplete) != 0:
		return "", true
	case status&(jobDeleting|jobDeleted) != 0:
		return Cut, true // by somebody else
	case status&jobPaperOut != 0:
		return PaperOut, false
	case status&(jobOffline|jobPaused) != 0:
		return Offline, false
	case status&(jobError|jobBlocked|jobIntervention) != 0:
		return Fault, false
	}
	return "", false
}

// toPaper tells whether a printer of Windows behind that port may print on
// paper; the others make files, faxes or nothing.
func toPaper(port string) bool {
	port = strings.ToLower(port)
	for _, p := range []string{"portprompt:", "shrfax:", "nul:", "file:", "xpsport:", "microsoft.office.onenote", "onenote"} {
		if strings.HasPrefix(port, p) {
			return false
		}
	}
	return true
}
