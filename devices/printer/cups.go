package printer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// cups is a Printer behind a queue of CUPS, by its commands: for printers that
// nothing else reaches. What CUPS has taken may be printed, and nobody knows.
type cups struct {
	link, queue string
	lock        chan struct{}
	run         func(ctx context.Context, stdin []byte, name string, args ...string) (string, error)
	patience    time.Duration // for each command
	poll        time.Duration
	gone        time.Duration // for CUPS to hand the job on
	pulse       time.Duration // the same, for what opens a drawer
}

func openCUPS(link, queue string) (Printer, error) {
	switch {
	case !hasDeviceFiles:
		return nil, &LinkError{link, ErrNotHere}
	case !isQueue(queue):
		return nil, &LinkError{link, fmt.Errorf("%w: %q", ErrNoAddress, queue)}
	}
	return &cups{
		link: link, queue: queue, lock: make(chan struct{}, 1), run: command,
		patience: 10 * time.Second, poll: time.Second, gone: 30 * time.Second, pulse: 5 * time.Second,
	}, nil
}

// isQueue tells whether a text may be a queue's name (lpadmin: no blanks, /, #;
// at most 127 bytes), and none of what the commands take for something else.
func isQueue(name string) bool {
	return len(name) <= 127 && name != "" && name[0] != '-' && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune(`/#?'"\,`, r)
	})
}

func (c *cups) Link() string { return c.link }

// take waits for its turn.
func (c *cups) take(ctx context.Context, long time.Duration) error {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case c.lock <- struct{}{}:
		return nil
	case <-timer.C:
		return &Error{Problem: Busy, Link: c.link, Err: errTurn}
	case <-ctx.Done():
		return &Error{Problem: Busy, Link: c.link, Err: errors.Join(errTurn, ctx.Err())}
	}
}

// Check asks CUPS for the queue's state. It doesn't know the printer's, so the
// status says only that the queue is stopped.
func (c *cups) Check(ctx context.Context) (Status, error) {
	said, err := c.command(ctx, nil, "lpstat", "-p", c.queue)
	if err != nil {
		return Status{}, c.fail(said, err, false)
	}
	for _, q := range readQueues(said) {
		if q.name == c.queue && q.disabled {
			return Status{Answered: true, Offline: true}, nil
		}
	}
	return Status{}, nil
}

// Send hands a job to CUPS if the queue prints.
func (c *cups) Send(ctx context.Context, job []byte) (Result, error) {
	if err := c.take(ctx, c.patience); err != nil {
		return Result{}, err
	}
	defer func() { <-c.lock }()
	return c.send(ctx, job, c.gone)
}

// Pulse hands CUPS a few bytes, and takes them back if it doesn't pass them on
// at once: a drawer must not open by itself when the printer comes back.
func (c *cups) Pulse(ctx context.Context, command, _ []byte) error {
	if err := c.take(ctx, c.pulse); err != nil {
		return err
	}
	defer func() { <-c.lock }()
	_, err := c.send(ctx, command, c.pulse)
	return err
}

func (c *cups) send(ctx context.Context, job []byte, long time.Duration) (Result, error) {
	s, err := c.Check(ctx)
	var e *Error
	if errors.As(err, &e) && e.Problem != Stuck { // a state that can't be read stops nothing
		return Result{}, err
	}
	if p := s.Problem(); p.Stops() {
		return Result{Status: s}, &Error{Problem: p, Link: c.link}
	}
	if ctx.Err() != nil {
		return Result{}, &Error{Problem: Stuck, Link: c.link, Err: ctx.Err()}
	}
	said, err := c.command(ctx, job, "lp", "-d", c.queue, "-o", "raw", "-t", "Ringup")
	if err != nil {
		return Result{}, c.fail(said, err, true)
	}
	if id := readRequest(said, c.queue); id != "" {
		return Result{}, c.follow(ctx, id, long)
	}
	return Result{}, nil
}

// follow waits until CUPS has handed the job on, and takes it back if it can't:
// it would come out at any time later.
func (c *cups) follow(ctx context.Context, id string, long time.Duration) error {
	for end := time.Now().Add(long); ; {
		said, err := c.command(ctx, nil, "lpstat", "-o", c.queue)
		if err != nil && ctx.Err() == nil || err == nil && !holdsRequest(said, id) {
			return nil
		}
		pause := time.NewTimer(c.poll)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
		}
		if ctx.Err() != nil || !time.Now().Before(end) {
			break
		}
	}
	// The caller may have gone, and the job must all the same.
	back, stop := context.WithTimeout(context.WithoutCancel(ctx), c.patience)
	defer stop()
	said, err := c.command(back, nil, "cancel", id)
	e := &Error{Problem: Stuck, Link: c.link, Begun: true, Err: ctx.Err()}
	if err != nil {
		e.Err = fmt.Errorf("%w: %s", err, printable(said))
	}
	return e
}

// command runs one of CUPS's commands, which speak English then.
func (c *cups) command(ctx context.Context, stdin []byte, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	return c.run(ctx, stdin, name, args...)
}

// command runs a program and returns what it said: on stdout, or when it
// failed, on stderr.
func command(ctx context.Context, stdin []byte, name string, args ...string) (string, error) {
	var out, why bytes.Buffer
	p := exec.CommandContext(ctx, name, args...)
	p.Env = append(os.Environ(), "LC_ALL=C", "LANG=C", "LANGUAGE=C")
	p.Stdin, p.Stdout, p.Stderr = bytes.NewReader(stdin), &limited{&out}, &limited{&why}
	p.WaitDelay = time.Second // its children may hold on to its output
	if err := p.Run(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return why.String() + out.String(), err
	}
	return out.String(), nil
}

// limited drops what is more than any of the commands has to say.
type limited struct{ *bytes.Buffer }

func (l limited) Write(p []byte) (int, error) {
	l.Buffer.Write(p[:min(len(p), max(0, 1<<20-l.Len()))])
	return len(p), nil
}

// fail is what a command that failed means. CUPS has one exit code for all, so
// its words are read.
func (c *cups) fail(said string, err error, sending bool) error {
	e := &Error{Problem: Unreachable, Link: c.link, Err: fmt.Errorf("%w: %s", err, printable(said))}
	said = strings.ToLower(said)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(said, w) {
				return true
			}
		}
		return false
	}
	var exit *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound): // no CUPS here
	case !errors.As(err, &exit):
		e.Problem, e.Begun = Stuck, sending
	case has("forbidden", "unauthorized", "not allowed", "password"):
		e.Problem = Denied
	case has("not accepting"):
		e.Problem = Offline
	case has("too many", "queue full", "busy"):
		e.Problem = Busy
	}
	return e
}

// queue is a queue as lpstat -p tells of it.
type queue struct {
	name     string
	disabled bool
}

// readQueues reads what lpstat -p says: a line for each queue, "printer NAME is
// idle. ...", "printer NAME now printing NAME-12. ..." or "printer NAME disabled
// since ...", and indented lines with reasons.
func readQueues(said string) (list []queue) {
	for line := range strings.Lines(said) {
		rest, ok := strings.CutPrefix(line, "printer ")
		name, state, more := strings.Cut(rest, " ")
		if ok && more && isQueue(name) {
			list = append(list, queue{name, strings.HasPrefix(state, "disabled")})
		}
	}
	return list
}

// readRequest reads what lp says of a job that it took, "request id is NAME-12
// (1 file(s))"; "" if it says something else.
func readRequest(said, queue string) string {
	for line := range strings.Lines(said) {
		if m := request.FindStringSubmatch(strings.TrimSpace(line)); m != nil && m[1] == queue {
			return m[1] + "-" + m[2]
		}
	}
	return ""
}

var request = regexp.MustCompile(`^request id is ([^ ]+)-([0-9]{1,10}) \(`)

// holdsRequest tells whether lpstat -o lists a job: "NAME-12  user  1024  date".
func holdsRequest(said, id string) bool {
	for line := range strings.Lines(said) {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] == id {
			return true
		}
	}
	return false
}

// cupsQueues lists the queues of CUPS; none where there is no CUPS.
func cupsQueues(ctx context.Context) (found []Found) {
	if !hasDeviceFiles {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	said, err := command(ctx, nil, "lpstat", "-p")
	if err != nil {
		return nil
	}
	for _, q := range readQueues(said) {
		found = append(found, Found{Link: "cups://" + q.name, Name: printable(q.name)})
	}
	return found
}
