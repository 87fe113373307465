package printer

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"
)

// device is a Printer behind a line of any kind.
type device struct {
	link           string
	path           string // of a device file, to say who may use it; "" for others
	open           func(context.Context) (line, error)
	asks           bool // whether the printer is asked how it is
	bytesPerSecond int  // of a slow line; 0 for all others
	patience       patience
	lock           chan struct{} // holds one while the line is in use

	mu     sync.Mutex
	latest Status // what it said last in the talk under way; guarded by mu

	// What was learned of it; the lock's holder's own.
	seen      bool // it was there once, in this program or before
	speaks    bool // it has answered once
	mute      bool // it has left a question unanswered, and never answered one
	silences  int  // talks since then in which it didn't
	proves    bool // it has answered GS r once
	proofless bool // it answers, but never to GS r
	current   bool // no answer to an earlier GS r can come any more
	torn      int  // bytes that it may still take for the rest of a job that broke off
}

// line is an open way to a printer.
type line interface {
	// Read returns what the printer says, and errMute when it can't say
	// anything. Any other error is the other side closing.
	Read(p []byte) (int, error)
	// Write returns how many bytes this machine has let go of.
	Write(p []byte) (int, error)
	// Abort makes a Write or Finish that waits return, and all later ones. It
	// may be called at any time.
	Abort()
	// OneWay tells that nothing can be read.
	OneWay() bool
	// Finish waits until what was written has left this machine, and says, if
	// the line can, that it was all. It returns whether the other side then
	// closes too.
	Finish() (closes bool, err error)
	// Close drops what has not left yet.
	Close() error
}

// errMute is what a line reads from a printer that can't speak.
var errMute = errors.New("nothing can be read from this printer")

const (
	// piece is how much is written at once: each is a sign of life.
	piece = 4096
	// buffered is about as much as waits in this machine for a slow line.
	buffered = 16 << 10
	// longestCommand bounds what a printer may wait for after a job broke off
	// in the middle of a picture: 255 rows of 72 bytes and their head.
	longestCommand = 255*72 + 8
	// maxSilences is how often in turn a printer that used to answer is left
	// alone for saying nothing, before it is sent to all the same.
	maxSilences = 5
)

func (d *device) Link() string { return d.link }

// Check asks the printer how it is. While a job is under way that is known
// already, or it is busy.
func (d *device) Check(ctx context.Context) (Status, error) {
	t, err := d.talk(ctx, d.patience.turn, d.patience.job)
	if err != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		if errors.Is(err, errTurn) && d.latest.Answered {
			return d.latest, nil
		}
		return Status{}, err
	}
	defer t.hangUp()
	if t.asks && !t.line.OneWay() {
		if err := t.askAll(); err != nil {
			return Status{}, t.broke(err, false)
		}
	}
	return t.status, nil
}

// Send carries a job.
func (d *device) Send(ctx context.Context, job []byte) (Result, error) {
	return d.carry(ctx, job, nil)
}

// carry carries a job. With held, a printer that stops while it has the job, or
// takes no more of it in, is given time to be mended, since it then prints the
// rest by itself; held hears what stops it, and "" when it goes on.
func (d *device) carry(ctx context.Context, job []byte, held func(Problem)) (Result, error) {
	t, err := d.talk(ctx, d.patience.job, d.patience.job+d.passing(min(len(job), piece)))
	if err != nil {
		return Result{}, err
	}
	defer t.hangUp()

	expected := t.speaks // before, and so now
	if t.asks && !t.line.OneWay() {
		// A question that can't be put never stops a job.
		_ = t.askAll()
		if p := t.status.Problem(); p.Stops() {
			return Result{Status: t.status}, &Error{Problem: p, Link: d.link}
		}
		if t.closed() {
			// It took the connection and hung up: it is in talk with another.
			return Result{}, &Error{Problem: Busy, Link: d.link, Err: t.readErr}
		}
		if expected && !t.status.Answered {
			// Most likely it still talks with another, and what is sent now
			// would come out at any time later.
			if d.silences++; d.silences <= maxSilences {
				e := &Error{Problem: Busy, Link: d.link, Err: errSilent}
				if d.path != "" { // or it is off, at the end of its cable
					e.Problem = Unreachable
				}
				return Result{}, e
			}
		}
	}
	if d.torn > 0 {
		// Nothing is printed for zeros, and they end a picture that broke off:
		// it would swallow the head of this job.
		if n, err := t.write(make([]byte, min(d.torn, longestCommand))); err != nil {
			d.torn -= n
			return Result{Status: t.status}, t.broke(err, false)
		}
		d.torn = 0
	}
	if t.status.Answered && !d.current && !d.proofless {
		if err := t.catchUp(); err != nil {
			return Result{Status: t.status}, err
		}
	}
	if held != nil {
		t.grace.give(d.patience.mend, held)
	}
	n, err := t.write(job)
	t.grace.give(0, nil) // what comes now has limits of its own
	if err != nil {
		d.silences = 0
		if n > 0 {
			d.torn = len(job)
		}
		return Result{Status: t.status}, t.broke(err, n > 0)
	}
	d.silences = 0
	var r Result
	if t.closed(); t.asks && !t.line.OneWay() && (expected || t.status.Answered || t.spoke) {
		r, err = t.prove(d.passing(len(job)), held)
		d.current = r.Printed
	} else {
		r, err = Result{Status: t.status}, t.finish()
	}
	if err != nil {
		d.torn = len(job)
	}
	return r, err
}

// passing is how long bytes need beyond what is usual: on a slow line, and in a
// printer that draws them.
func (d *device) passing(bytes int) time.Duration {
	long := time.Duration(min(bytes/(2*piece), 20)) * time.Second
	if d.bytesPerSecond > 0 {
		long += time.Duration(min(bytes, buffered)) * time.Second / time.Duration(d.bytesPerSecond)
	}
	return long
}

// Pulse carries a few bytes, unproven. What stops the job under way, if one
// does, is why it failed.
func (d *device) Pulse(ctx context.Context, command, atOnce []byte) error {
	t, err := d.talk(ctx, d.patience.pulse, d.patience.pulse)
	if err != nil {
		var e *Error
		if errors.Is(err, errTurn) && errors.As(err, &e) {
			d.mu.Lock()
			defer d.mu.Unlock()
			if p := d.latest.Problem(); p.Stops() {
				e.Problem = p
			}
		}
		return err
	}
	defer t.hangUp()
	if atOnce != nil && t.asks && !t.line.OneWay() {
		_ = t.askAll() // a question that can't be put never stops it
		if t.status.Problem().Stops() {
			command = atOnce
		}
	}
	if n, err := t.write(command); err != nil {
		return t.broke(err, n > 0)
	}
	return t.finish()
}

var (
	// errTurn is that a job or a question under way took too long.
	errTurn = errors.New("something else is under way on this link")
	// errBehind is one that has work from before in its buffer.
	errBehind = errors.New("it has not come to the end of an earlier job")
	// errSilent is a printer that answers as a rule.
	errSilent = errors.New("it used to answer and says nothing")
)

// talk opens the line, alone: it waits for its turn, and then may take the time
// that is allowed.
func (d *device) talk(ctx context.Context, turn, allowed time.Duration) (*talk, error) {
	timer := time.NewTimer(turn)
	defer timer.Stop()
	select {
	case d.lock <- struct{}{}:
	case <-timer.C:
		return nil, &Error{Problem: Busy, Link: d.link, Err: errTurn}
	case <-ctx.Done():
		return nil, &Error{Problem: Busy, Link: d.link, Err: errors.Join(errTurn, context.Cause(ctx))}
	}
	t := &talk{device: d, in: make(chan reply, 16), over: make(chan struct{})}
	t.ctx, t.cancel = context.WithCancelCause(ctx)
	t.grace.mu.Lock() // late may come at any time
	t.limit = time.AfterFunc(allowed, t.late)
	t.grace.limit = t.limit
	t.grace.mu.Unlock()
	t.allowed = allowed
	d.know(Status{})
	l, err := d.open(t.ctx)
	if err != nil {
		t.limit.Stop()
		t.cancel(nil)
		<-d.lock
		return nil, d.notOpened(err)
	}
	d.seen, t.line = true, l
	t.stop = context.AfterFunc(t.ctx, l.Abort)
	go t.listen()
	return t, nil
}

// notOpened is what it means that the line can't be opened.
func (d *device) notOpened(err error) error {
	e := &Error{Problem: Unreachable, Link: d.link, Err: err}
	var where *fs.PathError
	switch {
	case isBusy(err):
		e.Problem = Busy
	case errors.Is(err, fs.ErrPermission):
		e.Problem, e.Group = Denied, groupOf(d.path)
		if errors.As(err, &where) { // where a printer by its ids was found
			e.Group = groupOf(where.Path)
		}
	case d.seen && d.path != "" && isGone(err):
		e.Problem = Unplugged
	}
	return e
}

// tear says that a job of so many bytes broke off in an earlier program.
func (d *device) tear(bytes int) {
	d.lock <- struct{}{}
	d.torn = bytes
	<-d.lock
}

// know keeps what the printer says for whoever asks while a job is under way.
func (d *device) know(s Status) {
	d.mu.Lock()
	d.latest = s
	d.mu.Unlock()
}
