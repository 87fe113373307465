package till

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"ringup/storage"
)

// checkWithin is how long the books' end may take to check: a healthy journal
// takes a fraction of a second at any size.
const checkWithin = 30 * time.Second

// CheckBooks opens the books once in a child process, `program journal head`,
// before this one dares to: a badly damaged bbolt file can end a program or
// keep it busy for ever, and that must not be the window. Only a child that
// dies or hangs is an error, storage.ErrDamaged; whatever else is wrong, Open
// says better.
func CheckBooks(ctx context.Context, program string, o Options) error {
	e := o.Environment
	if e == "" {
		var err error
		if e, err = ChosenEnvironment(o.Data); err != nil {
			return nil
		}
	}
	if _, err := os.Stat(filepath.Join(Folder(o.Data, e), "journal.db")); err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	child := exec.CommandContext(ctx, program, "--data", o.Data, "--env", string(e), "journal", "head")
	hideConsole(child)
	err := child.Run()
	var ended *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w: reading it does not end", storage.ErrDamaged)
	case errors.As(err, &ended) && (ended.ExitCode() < 0 || ended.ExitCode() == crashed):
		return fmt.Errorf("%w: reading it ends the program", storage.ErrDamaged)
	}
	return nil
}

// crashed is the exit code of a Go program that panics or faults.
const crashed = 2
