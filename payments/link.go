package payments

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// How often Alipay is asked whether it is there.
const (
	heartbeatEvery = time.Minute
	probeDeadline  = 5 * time.Second
)

var probePauses = []time.Duration{1, 2, 4, 8, 15}

// Link is how the Desk stands with Alipay.
func (d *Desk) Link() Link {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.link
	l.Offset = d.clock.offset
	return l
}

// Account is the account that new payments are made under.
func (d *Desk) Account() Account { return d.options.Account }

// heartbeat proves the link at the start and whenever it was lost, and keeps
// it warm: a signed inquiry for an id that can't exist. A verified answer
// opens selling, sets the clock and keeps a connection ready.
func (d *Desk) heartbeat() {
	failures := 0
	for {
		d.askWhetherThere(failures)
		wait := heartbeatEvery
		if l := d.Link(); !l.Proven || l.Problem != "" {
			wait = pause(probePauses, failures)
			failures++
		} else {
			failures = 0
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-d.probe:
			timer.Stop()
		case <-d.ctx.Done():
			timer.Stop()
			return
		}
	}
}

// wakeProbe asks at once instead of at the next heartbeat.
func (d *Desk) wakeProbe() {
	select {
	case d.probe <- struct{}{}:
	default:
	}
}

func (d *Desk) askWhetherThere(try int) {
	id, err := randomID()
	if err != nil {
		return
	}
	d.mu.Lock()
	moment := d.clock.moment(try)
	if d.link.Problem == ReasonStale {
		// Alipay's clock may have gone back. This question's id carries no
		// money, so its answer may set the clock anew, as at the start.
		moment.Floor = time.Time{}
	}
	d.mu.Unlock()
	question := InquireRequest{Moment: moment, Account: d.options.Account, PaymentRequestID: id}
	ans := asking(probeDeadline, d.gateway.Inquire, question)(d.ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hear(ans, d.options.Account)
	if !ans.Stamp.IsZero() && ans.Outcome != NotFound || ans.Suspect || ans.Result == ReasonUnsigned {
		// Alipay is there and refuses even a question, or can't be believed: a
		// payment would fare no better, and the owner should hear of it before
		// a customer does.
		d.link.Proven, d.link.Problem, d.link.Hint = false, ans.Result, ans.Hint
		d.tellLink()
	}
}

// heard takes from every answer what it tells about the link and the clock.
// Only the present account proves the link.
func (d *Desk) heard(ans Answer, from Account) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hear(ans, from)
}

func (d *Desk) hear(ans Answer, from Account) {
	if d.ctx.Err() != nil {
		return
	}
	before := d.link
	present := from == d.options.Account
	if ans.Stamp.IsZero() && present {
		if ans.Result == ReasonStale && d.link.Problem != ReasonStale {
			d.wakeProbe()
		}
		d.link.Problem, d.link.Hint = ans.Result, ans.Hint
	}
	first := d.clock.stamp.IsZero()
	if !ans.Stamp.IsZero() {
		noted := d.clock.offset
		d.clock.saw(ans.Stamp)
		if present {
			d.link.Proven, d.link.Problem, d.link.Hint = true, "", ""
			d.link.Answered = d.clock.now()
		}
		if apart := d.clock.offset - noted; apart > 3*time.Second || apart < -3*time.Second {
			e := d.event("", ClockSeen{Offset: d.clock.offset})
			if err := d.journal.Append(Batch{Events: []Event{e}}); err != nil {
				d.lock(err)
				return
			}
		}
	}
	if before.Proven != d.link.Proven || before.Problem != d.link.Problem || first {
		d.tellLink()
	}
}

// tellLink tells how the link stands now, and wakes whatever waits for it. The
// Desk's lock is held.
func (d *Desk) tellLink() {
	l := d.link
	l.Offset = d.clock.offset
	d.news.post(func(to listener) {
		if to.link != nil {
			to.link(l)
		}
	})
	close(d.turned)
	d.turned = make(chan struct{})
}

// Prove waits until the link is proven, or until the context ends; then it
// says why it is not.
func (d *Desk) Prove(ctx context.Context) error {
	for {
		d.mu.Lock()
		err, turned := d.ready(), d.turned
		d.mu.Unlock()
		if !errors.Is(err, ErrNotProven) {
			return err
		}
		select {
		case <-turned:
		case <-ctx.Done():
			return err
		case <-d.ctx.Done():
			return ErrClosed
		}
	}
}

// answered waits until any verified answer has come in this start, so that
// what is taken up at a restart asks with the right clock.
func (d *Desk) answered(ctx context.Context) bool {
	for {
		d.mu.Lock()
		known, turned := !d.clock.stamp.IsZero(), d.turned
		d.mu.Unlock()
		if known {
			return true
		}
		select {
		case <-turned:
		case <-ctx.Done():
			return false
		case <-d.ctx.Done():
			return false
		}
	}
}

// answeredSoon is nil once any verified answer has come in this start: before
// it nothing tells an answer of today from one of last week that somebody sent
// once more. It waits as long as one question takes.
func (d *Desk) answeredSoon(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askDeadline)
	defer cancel()
	if d.answered(ctx) {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.refusal(); err != nil {
		return err
	}
	return fmt.Errorf("%w (%s)", ErrNotCertain, d.link.Problem)
}
