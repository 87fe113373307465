package printer

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// file is a Printer that writes jobs to disk: for tests, for integrators, and
// for a print service that watches a folder.
type file struct{ link, path string }

func (f *file) Link() string { return f.link }

// Pulse adds the bytes to the file, since a file of them alone would take the
// last slip's place. In a folder they are a file like each job.
func (f *file) Pulse(ctx context.Context, command, _ []byte) error {
	info, err := os.Stat(f.path)
	switch {
	case err != nil || info.IsDir() || ctx.Err() != nil:
		_, err := f.Send(ctx, command)
		return err
	case !info.Mode().IsRegular():
		return f.fail(errNotFile)
	}
	w, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = w.Write(command)
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		return f.fail(err)
	}
	return nil
}

// Check tells whether there is a folder to write to.
func (f *file) Check(context.Context) (Status, error) {
	if info, err := os.Stat(f.path); err == nil && info.IsDir() {
		return Status{}, nil
	}
	if _, err := os.Stat(filepath.Dir(f.path)); err != nil {
		return Status{}, f.fail(err)
	}
	return Status{}, nil
}

// errNotFile is a path that can't be replaced by a job.
var errNotFile = errors.New("neither a file nor a folder")

// Send writes the job under a temporary name and renames it when it is whole
// and on disk, so that nobody ever reads half of one.
func (f *file) Send(ctx context.Context, job []byte) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, &Error{Problem: Stuck, Link: f.link, Err: err}
	}
	// The time keeps jobs in a folder in order, the rest keeps those of one
	// moment apart.
	name := time.Now().UTC().Format("20060102-150405.000000000") + "-" + rand.Text()[:8] + ".prn"
	folder, target := filepath.Dir(f.path), f.path
	if info, err := os.Stat(f.path); err == nil && info.IsDir() {
		folder, target = f.path, filepath.Join(f.path, name)
	} else if err == nil && !info.Mode().IsRegular() {
		return Result{}, f.fail(errNotFile)
	}
	tmp := filepath.Join(folder, "."+name)
	if err := write(tmp, job); err != nil {
		_ = os.Remove(tmp)
		return Result{}, f.fail(err)
	}
	if err := os.Rename(tmp, target); err != nil {
		_ = os.Remove(tmp)
		return Result{}, f.fail(err)
	}
	return Result{}, nil
}

// write makes a new file and returns when it is on disk.
func write(path string, job []byte) error {
	w, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = w.Write(job)
	if err == nil {
		err = w.Sync()
	}
	return errors.Join(err, w.Close())
}

func (f *file) fail(err error) error {
	e := &Error{Problem: Unreachable, Link: f.link, Err: err}
	if errors.Is(err, fs.ErrPermission) {
		e.Problem = Denied
	}
	return e
}
