package printer

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// talk is one conversation with a printer, from opening its line to closing it.
type talk struct {
	*device
	ctx     context.Context // ends when the caller's does, or when time is up
	cancel  context.CancelCauseFunc
	limit   *time.Timer   // ends ctx
	allowed time.Duration // without a sign of life
	grace   grace
	line    line
	stop    func() bool
	in      chan reply    // what it says; closed when it says no more
	over    chan struct{} // closed by hangUp
	readErr error         // why it says no more; known when in is closed
	ended   bool          // in was seen closed
	status  Status
	asking  *Status // being made of answers; nil between questions
	spoke   bool    // it said anything, if late or unasked
	answers int     // that it gave
	asked   bool    // GS r was sent
	proven  bool    // and answered
}

// grace is what a printer is given that stops taking a job in: most likely its
// paper is out, its buffer is full, and it goes on when somebody has been there.
type grace struct {
	mu    sync.Mutex
	limit *time.Timer
	left  time.Duration // once; 0 is none
	held  func(Problem) // is told
	given bool          // and it has not gone on yet
}

// give gives so much, once; held hears of it.
func (g *grace) give(long time.Duration, held func(Problem)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left, g.held = long, held
}

// late is that nothing has left for too long.
func (t *talk) late() {
	g := &t.grace
	g.mu.Lock()
	left, held := g.left, g.held
	if g.left = 0; left > 0 {
		g.given = true
		g.limit.Reset(left)
	}
	g.mu.Unlock()
	if left == 0 {
		t.cancel(context.DeadlineExceeded)
		return
	}
	held(Stuck)
}

// wentOn is that something has left after all.
func (g *grace) wentOn() {
	g.mu.Lock()
	given, held := g.given, g.held
	g.given = false
	g.mu.Unlock()
	if given {
		held("")
	}
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
	t.limit.Stop()
	t.cancel(nil)
	close(t.over)
	_ = t.line.Close()
	for range t.in { // until listen has returned
	}
	t.know(Status{})
	<-t.lock
}

// note keeps what a reply says.
func (t *talk) note(r reply) {
	t.spoke = true
	if r.kind != automatic {
		t.answers++
		t.speaks = true
	}
	switch r.kind {
	case automatic:
		t.status.takeASB(r.asb)
		if t.asking != nil {
			t.asking.takeASB(r.asb)
		}
	case inTurn:
		t.proves, t.proofless = true, false
		if t.asked && t.current {
			t.proven = true
			t.status.NearEnd = t.status.NearEnd || r.b&0x03 == 0x03
		}
	}
	t.know(t.status)
}

// wait notes what the printer says until it says what is wanted; false when
// time is up or the other side has hung up.
func (t *talk) wait(long time.Duration, wanted func(reply) bool) (reply, bool) {
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
		case <-t.ctx.Done():
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

// write writes in pieces, and each that leaves gives more time: a slow printer
// is no stuck one. It returns how many bytes have left.
func (t *talk) write(p []byte) (n int, err error) {
	for n < len(p) {
		m, err := t.line.Write(p[n:min(n+piece, len(p))])
		n += m
		if err != nil {
			return n, err
		}
		t.grace.wentOn()
		if n < len(p) && t.ctx.Err() == nil {
			t.limit.Reset(t.allowed)
		}
	}
	return n, nil
}

// askAll asks for all of the status. A printer that leaves the first question
// unanswered is asked no more, and its status stays what it was. What comes
// unasked between the answers counts from then on. The error is that of writing
// the question.
func (t *talk) askAll() error {
	t.closed() // an answer that came late is none to this question
	var s Status
	t.asking = &s
	defer func() { t.asking = nil }()
	for n := byte(1); n <= 4; n++ {
		if _, err := t.line.Write(askStatus(n)); err != nil {
			return err
		}
		patience := t.patience.answer
		switch {
		case t.speaks:
			patience *= 2
		case t.mute:
			patience /= 4
		}
		r, ok := t.wait(patience, func(r reply) bool { return r.kind == realTime })
		if ok {
			s.take(n, r.b)
		} else if n == 1 {
			t.mute = !t.spoke && t.ctx.Err() == nil
			return nil
		}
	}
	t.status = s
	t.know(s)
	return nil
}

// finish ends a job to a printer that doesn't answer.
func (t *talk) finish() error {
	closes, err := t.line.Finish()
	if err != nil {
		return t.broke(err, true)
	}
	if !closes {
		return nil
	}
	// A connection that is reset had not taken everything in. Many printers
	// leave it open: that is well too.
	t.wait(t.patience.linger, func(reply) bool { return false })
	switch {
	case t.closed() && errors.Is(t.readErr, io.EOF):
		return nil
	case t.closed():
		return &Error{Problem: Cut, Link: t.link, Begun: true, Err: t.readErr}
	case t.ctx.Err() != nil:
		return t.broke(context.Cause(t.ctx), true)
	}
	return nil
}

// catchUp waits until the printer has come to the end of what was sent before,
// in this program or an earlier one: it answers each GS r when it comes to it,
// and an old answer must not be taken for that to this job. Nothing stands
// between an old question and this one, so its answer follows at once. A
// printer that doesn't answer it at all gives no proof in this talk; one that
// did answer before has old work to print first.
func (t *talk) catchUp() error {
	if _, err := t.line.Write(askPaper); err != nil {
		return t.broke(err, false)
	}
	inTurn := func(r reply) bool { return r.kind == inTurn }
	_, ok := t.wait(t.patience.behind, inTurn)
	for more := ok; more; {
		_, more = t.wait(t.patience.quiet, inTurn)
	}
	t.current = ok
	if p := t.status.Problem(); p.Stops() {
		return &Error{Problem: p, Link: t.link}
	}
	if t.closed() {
		return &Error{Problem: Busy, Link: t.link, Err: t.readErr}
	}
	if !ok && t.proves {
		if t.silences++; t.silences <= maxSilences {
			return &Error{Problem: Busy, Link: t.link, Err: errBehind}
		}
	}
	return nil
}

// prove waits until the printer has worked off the job, and says what stops it.
// What needs a hand stops it at once, or is held for; what may pass (a hot head)
// is waited for.
func (t *talk) prove(passing time.Duration, held func(Problem)) (Result, error) {
	t.closed() // what it has said by now is no proof
	t.asked = true
	if _, err := t.line.Write(askPaper); err != nil {
		return Result{Status: t.status}, t.broke(err, true)
	}
	if passing > 0 && t.ctx.Err() == nil {
		t.limit.Reset(t.patience.job + passing)
	}
	patience := t.patience.proof + passing
	if t.proofless {
		patience = 2 * t.patience.poll
	}
	fail := func(err error) (Result, error) { return Result{Status: t.status}, err }
	news := func(r reply) bool { return r.kind != realTime }
	before := t.answers
	var stopped Problem // what held was told
	var given time.Time // until when it may be mended
	for end := time.Now().Add(patience); t.ctx.Err() == nil; {
		if !time.Now().Before(end) {
			// One that used to answer and is silent since the job can't tell
			// why: its buffer is full, and the question stands behind the job.
			if held == nil || !given.IsZero() || !t.speaks || t.answers > before {
				break
			}
			given = time.Now().Add(t.patience.mend)
			stopped, end = Stuck, given
			t.limit.Reset(time.Until(given) + patience)
			held(Stuck)
		}
		var failed error
		if _, ok := t.wait(t.patience.poll, news); !ok && !t.closed() {
			failed = t.askAll()
		}
		if t.proven {
			return Result{Printed: true, Status: t.status}, nil
		}
		if failed != nil {
			return fail(t.broke(failed, true))
		}
		if t.closed() && !t.proven {
			return fail(&Error{Problem: Cut, Link: t.link, Begun: true, Err: t.readErr})
		}
		p := t.status.Problem()
		switch passes := p == Offline || p == HotHead; {
		case p == Fault || p.Stops() && !passes && held == nil:
			return fail(&Error{Problem: p, Link: t.link, Begun: true})
		case p.Stops() && held != nil:
			if given.IsZero() {
				given = time.Now().Add(t.patience.mend)
			}
			if stopped != p {
				stopped, end = p, given
				t.limit.Reset(time.Until(given) + patience)
				held(p)
			}
		case stopped == Stuck && t.answers == before: // it is silent still
		case stopped != "": // it goes on
			stopped, end = "", time.Now().Add(patience)
			held("")
		}
	}
	if p := t.status.Problem(); p.Stops() {
		return fail(&Error{Problem: p, Link: t.link, Begun: true})
	}
	switch {
	case t.proven: // within the last moment
		return Result{Printed: true, Status: t.status}, nil
	case t.ctx.Err() != nil:
		return fail(t.broke(context.Cause(t.ctx), true))
	case t.speaks && t.answers == before:
		// It used to answer and is silent since the job: it died, or still has
		// the job before it.
		return fail(&Error{Problem: Stuck, Link: t.link, Begun: true, Err: errSilent})
	}
	t.proofless = !t.proves
	return fail(t.finish())
}

// broke is what a write that failed means.
func (t *talk) broke(err error, begun bool) error {
	e := &Error{Problem: Cut, Link: t.link, Begun: begun, Err: err}
	switch gone := t.closed(); {
	case t.ctx.Err() != nil && !gone:
		e.Problem, e.Err = Stuck, context.Cause(t.ctx)
		if p := t.status.Problem(); p.Stops() { // it said why, unasked
			e.Problem = p
		}
	case !begun && t.path != "":
		e.Problem = Unplugged
	case !begun:
		e.Problem = Unreachable
	}
	return e
}
