package till

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"ringup/storage"
)

// A badly damaged bbolt file can end the program that reads it, or keep it busy
// for ever. So whatever reads such a file for the window, or before it is known
// to be whole, is done by a process of its own: this program's own verbs.

// ProgressWord begins each line in which a verb of the books tells its progress
// with --progress: "progress DONE TOTAL".
const ProgressWord = "progress"

// reasons name the failures of a process apart that its parent tells from each
// other. The names are a contract: the console prints them.
var reasons = []struct {
	name string
	err  error
}{
	{"books_whole", ErrBooksWhole},
	{"stopped", ErrStopped},
	{"held", new(storage.HeldError)},
	{"copy_damaged", storage.ErrCopyDamaged},
	{"copy_unwritten", ErrCopyUnwritten},
	{"disk_full", storage.ErrDiskFull},
	{"read_only", storage.ErrReadOnly},
	{"newer_format", storage.ErrNewerFormat},
	{"no_copy", storage.ErrNoCopy},
	{"not_a_backup", storage.ErrNotBackup},
	{"damaged", storage.ErrDamaged},
}

// Reason is an error as one word for programs, "" for one that has none:
// books_whole, stopped, held, copy_damaged, copy_unwritten, disk_full,
// read_only, newer_format, no_copy, not_a_backup, damaged.
func Reason(err error) string {
	err = storage.Classify(err)
	var held *storage.HeldError
	for _, r := range reasons {
		if errors.Is(err, r.err) || r.name == "held" && errors.As(err, &held) {
			return r.name
		}
	}
	return ""
}

// toldError is an error that has been said in words already, such as one of a
// process apart.
type toldError struct {
	sentence string
	err      error
}

func (e *toldError) Error() string { return e.sentence }
func (e *toldError) Unwrap() error { return e.err }

// Errors of a process apart that have no reason of their own.
var (
	errApart   = fmt.Errorf("%w: a process of its own failed", ErrBooks)
	errRefused = errors.New("refused by a process of its own")
)

// NeedsRebuild checks every event of the books in a process of its own,
// `program journal verify`. It is nil when they are damaged, ErrBooksWhole when
// they are not; any other error says why they could not be looked at.
func NeedsRebuild(ctx context.Context, program string, o Options, progress func(done, total uint64)) error {
	end, err := apart(ctx, program, o, checkWithin, progress, "verify")
	if errors.Is(err, errDied) || errors.Is(err, errSilent) {
		return nil
	}
	if err != nil {
		return err
	}
	switch end.reason {
	case "damaged":
		return nil
	case "", "copy_damaged", "copy_unwritten":
		if end.code == 0 || end.reason != "" {
			return ErrBooksWhole
		}
	}
	return end.failure()
}

// RebuildApart is Rebuild in a process of its own. When reading the old file
// ends that, the file is left unread.
func RebuildApart(ctx context.Context, program string, o Options, r RemakeOptions) (Remade, error) {
	return remakeApart(ctx, program, o, r, "rebuild", "--anyway")
}

// RestoreApart is Restore in a process of its own.
func RestoreApart(ctx context.Context, program string, o Options, backup string, r RemakeOptions) (Remade, error) {
	return remakeApart(ctx, program, o, r, "restore", "--here", backup)
}

func remakeApart(ctx context.Context, program string, o Options, r RemakeOptions, verb ...string) (m Remade, err error) {
	if r.LeaveOld {
		verb = append(verb, "--leave-old")
	}
	end, err := apart(ctx, program, o, 0, r.Progress, verb...)
	if errors.Is(err, errDied) && !r.LeaveOld {
		end, err = apart(ctx, program, o, 0, r.Progress, append(verb, "--leave-old")...)
	}
	if err != nil {
		return m, err
	}
	if end.code != 0 {
		return m, end.failure()
	}
	return m, json.Unmarshal(end.out, &m)
}

// How a process apart can end without a word.
var (
	errDied   = fmt.Errorf("%w: reading it ends the program", storage.ErrDamaged)
	errSilent = fmt.Errorf("%w: reading it does not end", storage.ErrDamaged)
)

// ending is how a process apart ended in good order.
type ending struct {
	code     int
	out      []byte
	sentence string
	reason   string
}

func (e ending) failure() error {
	for _, r := range reasons {
		if r.name == e.reason {
			return &toldError{e.sentence, r.err}
		}
	}
	if e.code == refused {
		return &toldError{e.sentence, errRefused}
	}
	return &toldError{e.sentence, errApart}
}

// refused is the exit code of what is refused for good.
const refused = 1

// apart runs a verb of the books. silence is how long it may say nothing; 0 is
// for ever. When the context ends it is asked to end, and is waited for.
func apart(ctx context.Context, program string, o Options, silence time.Duration, progress func(done, total uint64), verb ...string) (end ending, err error) {
	asked := ctx
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	if o.Environment == "" {
		if o.Environment, err = ChosenEnvironment(o.Data); err != nil {
			return end, err
		}
	}
	args := []string{"--data", o.Data, "--env", string(o.Environment), "--json"}
	if o.Language != "" {
		args = append(args, "--language", o.Language)
	}
	c := exec.CommandContext(ctx, program, append(append(append(args, "journal"), verb...), "--progress")...)
	c.Cancel = func() error {
		if asked.Err() == nil || runtime.GOOS == "windows" { // it can be ended at any moment
			return c.Process.Kill()
		}
		return c.Process.Signal(os.Interrupt)
	}
	c.WaitDelay = checkWithin
	hideConsole(c)
	var out bytes.Buffer
	c.Stdout = &out
	said, err := c.StderrPipe()
	if err != nil {
		return end, err
	}
	if err := c.Start(); err != nil {
		return end, err
	}
	if silence > 0 {
		watch := time.AfterFunc(silence, func() { giveUp(errSilent) })
		defer watch.Stop()
		tell := progress
		progress = func(done, total uint64) {
			watch.Reset(silence)
			if tell != nil {
				tell(done, total)
			}
		}
	}
	listen(said, progress)
	ended := c.Wait()
	var told struct {
		Error  string `json:"error"`
		Reason string `json:"reason"`
	}
	spoke := json.Unmarshal(out.Bytes(), &told) == nil
	end = ending{c.ProcessState.ExitCode(), out.Bytes(), told.Error, told.Reason}
	var exit *exec.ExitError
	switch {
	case asked.Err() != nil && end.code != 0:
		return end, fmt.Errorf("%w: %w", ErrStopped, asked.Err())
	case context.Cause(ctx) == errSilent:
		return end, errSilent
	case spoke:
		return end, nil
	case errors.As(ended, &exit) && (end.code < 0 || end.code == crashed):
		return end, errDied
	}
	return end, fmt.Errorf("%w: exit code %d, and no answer", errApart, end.code)
}

// listen passes on the progress that a process apart tells, until it ends.
func listen(said io.Reader, progress func(done, total uint64)) {
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		var done, total uint64
		if rest, ok := strings.CutPrefix(lines.Text(), ProgressWord+" "); ok && progress != nil {
			if n, _ := fmt.Sscan(rest, &done, &total); n == 2 {
				progress(done, total)
			}
		}
	}
	_, _ = io.Copy(io.Discard, said) // after a line that was too long
}
