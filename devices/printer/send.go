package printer

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"time"
)

// device is a Printer behind a line of any kind.
type device struct {
	link           string
	path           string // of a device file, to say who may use it
	open           func(context.Context) (line, error)
	asks           bool // whether the printer is asked how it is
	bytesPerSecond int  // of a slow line; 0 for all others
	patience       patience
	lock           chan struct{} // holds one while the line is in use
	proofless      bool          // it answers, but never to GS r
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

func (d *device) Link() string { return d.link }

// Check asks the printer how it is.
func (d *device) Check(ctx context.Context) (Status, error) {
	ctx, cancel := context.WithTimeout(ctx, d.patience.job)
	defer cancel()
	t, err := d.talk(ctx)
	if err != nil {
		return Status{}, err
	}
	defer t.hangUp()
	if d.asks && !t.line.OneWay() {
		if err := t.askAll(ctx); err != nil {
			return Status{}, t.broke(ctx, err, false)
		}
	}
	return t.status, nil
}

// Send carries a job.
func (d *device) Send(ctx context.Context, job []byte) (Result, error) {
	allowed := d.patience.job
	if d.bytesPerSecond > 0 {
		allowed += time.Duration(len(job)) * time.Second / time.Duration(d.bytesPerSecond)
	}
	ctx, cancel := context.WithTimeout(ctx, allowed)
	defer cancel()
	t, err := d.talk(ctx)
	if err != nil {
		return Result{}, err
	}
	defer t.hangUp()

	if d.asks && !t.line.OneWay() {
		// A question that can't be put never stops a job.
		_ = t.askAll(ctx)
		if p := t.status.Problem(); p.Stops() {
			return Result{Status: t.status}, &Error{Problem: p, Link: d.link}
		}
		if t.closed() {
			// It took the connection and hung up: it is in talk with another.
			return Result{}, &Error{Problem: Busy, Link: d.link, Err: t.readErr}
		}
	}
	if n, err := t.line.Write(job); err != nil {
		return Result{Status: t.status}, t.broke(ctx, err, n > 0)
	}
	if !t.status.Answered {
		return Result{}, t.finish(ctx)
	}
	return t.prove(ctx)
}

// Pulse carries a few bytes, unasked and unproven.
func (d *device) Pulse(ctx context.Context, command []byte) error {
	ctx, cancel := context.WithTimeout(ctx, d.patience.job)
	defer cancel()
	t, err := d.talk(ctx)
	if err != nil {
		return err
	}
	defer t.hangUp()
	if n, err := t.line.Write(command); err != nil {
		return t.broke(ctx, err, n > 0)
	}
	return t.finish(ctx)
}

// talk opens the line, alone.
func (d *device) talk(ctx context.Context) (*talk, error) {
	select {
	case d.lock <- struct{}{}:
	case <-ctx.Done():
		return nil, &Error{Problem: Busy, Link: d.link, Err: ctx.Err()}
	}
	l, err := d.open(ctx)
	if err != nil {
		<-d.lock
		e := &Error{Problem: Unreachable, Link: d.link, Err: err}
		switch {
		case isBusy(err):
			e.Problem = Busy
		case errors.Is(err, fs.ErrPermission):
			e.Problem, e.Group = Denied, groupOf(d.path)
		}
		return nil, e
	}
	t := &talk{device: d, line: l, in: make(chan reply, 16), over: make(chan struct{})}
	t.stop = context.AfterFunc(ctx, l.Abort)
	go t.listen()
	return t, nil
}

// talk is one conversation with a printer, from opening its line to closing it.
type talk struct {
	*device
	line    line
	stop    func() bool
	in      chan reply    // what it says; closed when it says no more
	over    chan struct{} // closed by hangUp
	readErr error         // why it says no more; known when in is closed
	ended   bool          // in was seen closed
	status  Status
	asked   bool // GS r was sent
	proven  bool // and answered
}

// listen reads until the line ends.
func (t *talk) listen() {
	defer close(t.in)
	var d decoder
	var buf [64]byte
	for {
		n, err := t.line.Read(buf[:])
		for _, b := range buf[:n] {
			r, ok := d.feed(b)
			if !ok {
				continue
			}
			select {
			case t.in <- r:
			case <-t.over:
				return
			}
		}
		if err != nil {
			t.readErr = err
			return
		}
	}
}

// hangUp ends the talk.
func (t *talk) hangUp() {
	t.stop()
	close(t.over)
	_ = t.line.Close()
	for range t.in { // until listen has returned
	}
	<-t.lock
}

// note keeps what a reply says.
func (t *talk) note(r reply) {
	switch r.kind {
	case automatic:
		t.status.takeASB(r.asb)
	case inTurn:
		if t.asked {
			t.proven = true
			t.status.NearEnd = t.status.NearEnd || r.b&0x03 == 0x03
		}
	}
}

// wait notes what the printer says until it says what is wanted; false when
// time is up or the other side has hung up.
func (t *talk) wait(ctx context.Context, long time.Duration, wanted func(reply) bool) (reply, bool) {
	timer := time.NewTimer(long)
	defer timer.Stop()
	in := t.in
	for {
		if t.ended {
			if t.closed() {
				return reply{}, false
			}
			in = nil // nothing more can be read, and that means nothing
		}
		select {
		case r, ok := <-in:
			if !ok {
				t.ended = true
				continue
			}
			t.note(r)
			if wanted(r) {
				return r, true
			}
		case <-timer.C:
			return reply{}, false
		case <-ctx.Done():
			return reply{}, false
		}
	}
}

// closed notes what the printer has said by now, and tells whether the other
// side has closed the line.
func (t *talk) closed() bool {
	for !t.ended {
		select {
		case r, ok := <-t.in:
			if ok {
				t.note(r)
			}
			t.ended = !ok
		default:
			return false
		}
	}
	return !errors.Is(t.readErr, errMute)
}

// askAll asks for all of the status. A printer that leaves the first question
// unanswered is asked no more, and its status stays what it was. The error is
// that of writing the question.
func (t *talk) askAll(ctx context.Context) error {
	t.closed() // an answer that came late is none to this question
	var s Status
	for n := byte(1); n <= 4; n++ {
		if _, err := t.line.Write(askStatus(n)); err != nil {
			return err
		}
		r, ok := t.wait(ctx, t.patience.answer, func(r reply) bool { return r.kind == realTime })
		if ok {
			s.take(n, r.b)
		} else if n == 1 {
			return nil
		}
	}
	t.status = s
	return nil
}

// finish ends a job to a printer that doesn't answer.
func (t *talk) finish(ctx context.Context) error {
	closes, err := t.line.Finish()
	if err != nil {
		return t.broke(ctx, err, true)
	}
	if !closes {
		return nil
	}
	// A connection that is reset had not taken everything in. Many printers
	// leave it open: that is well too.
	t.wait(ctx, t.patience.linger, func(reply) bool { return false })
	switch {
	case t.closed() && errors.Is(t.readErr, io.EOF):
		return nil
	case t.closed():
		return &Error{Problem: Cut, Link: t.link, Begun: true, Err: t.readErr}
	case ctx.Err() != nil:
		return t.broke(ctx, ctx.Err(), true)
	}
	return nil
}

// prove waits until the printer has worked off the job, and says what stops it.
// What needs a hand stops it at once; what may pass (a hot head) is waited for.
func (t *talk) prove(ctx context.Context) (Result, error) {
	t.closed() // what it has said by now is no proof
	t.asked = true
	if _, err := t.line.Write(askPaper); err != nil {
		return Result{Status: t.status}, t.broke(ctx, err, true)
	}
	patience := t.patience.proof
	if t.proofless {
		patience = 2 * t.patience.poll
	}
	fail := func(err error) (Result, error) { return Result{Status: t.status}, err }
	news := func(r reply) bool { return r.kind != realTime }
	for end := time.Now().Add(patience); time.Now().Before(end) && ctx.Err() == nil; {
		var failed error
		if _, ok := t.wait(ctx, t.patience.poll, news); !ok && !t.closed() {
			failed = t.askAll(ctx)
		}
		if t.proven {
			t.proofless = false
			return Result{Printed: true, Status: t.status}, nil
		}
		if p := t.status.Problem(); p.Stops() && p != Offline {
			return fail(&Error{Problem: p, Link: t.link, Begun: true})
		}
		if failed != nil {
			return fail(t.broke(ctx, failed, true))
		}
		if t.closed() && !t.proven {
			return fail(&Error{Problem: Cut, Link: t.link, Begun: true, Err: t.readErr})
		}
	}
	if t.status.Problem() == Offline {
		return fail(&Error{Problem: Offline, Link: t.link, Begun: true})
	}
	if ctx.Err() != nil {
		return fail(t.broke(ctx, ctx.Err(), true))
	}
	t.proofless = true
	return fail(t.finish(ctx))
}

// broke is what a write that failed means.
func (t *talk) broke(ctx context.Context, err error, begun bool) error {
	e := &Error{Problem: Cut, Link: t.link, Begun: begun, Err: err}
	switch gone := t.closed(); {
	case ctx.Err() != nil && !gone:
		e.Problem, e.Err = Stuck, ctx.Err()
		if p := t.status.Problem(); p.Stops() { // it said why, unasked
			e.Problem = p
		}
	case !begun:
		e.Problem = Unreachable
	}
	return e
}
