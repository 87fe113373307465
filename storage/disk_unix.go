//go:build unix

package storage

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// initialMap is how much address space a journal is given at first; on unix
// it costs nothing until it is used.
const initialMap = 64 << 20

var (
	diskFull = []syscall.Errno{unix.ENOSPC, unix.EDQUOT, unix.EFBIG}
	readOnly = []syscall.Errno{unix.EROFS, unix.EACCES, unix.EPERM}
)

// freeSpace is how many bytes this user may still write in the folder.
func freeSpace(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("free space: %w", err)
	}
	return uint64(st.Bavail) * uint64(st.Bsize), nil // their types differ between systems
}

// publish gives a finished file its name, and fails with os.ErrExist when the
// name is taken: a journal is never replaced.
func publish(temporary, name string) error {
	err := os.Link(temporary, name)
	if err == nil {
		return os.Remove(temporary)
	}
	if errors.Is(err, os.ErrExist) {
		return err
	}
	// A file system without hard links, such as a stick's.
	if _, err := os.Lstat(name); err == nil {
		return os.ErrExist
	}
	return os.Rename(temporary, name)
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) { // some file systems have nothing to sync
		return err
	}
	return nil
}

// letGo releases the lock of a file that bbolt has left open. Closing alone
// would not do: the mapping keeps it.
func letGo(f *os.File) {
	_ = unix.Flock(int(f.Fd()), unix.LOCK_UN)
	_ = f.Close()
}

// lockFile locks a file as bbolt locks its own, until it is closed, and tells
// when another program or handle has it. A file system that knows no locks is
// taken for one with a single user.
func lockFile(f *os.File) (held bool, err error) {
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return true, nil
	case errors.Is(err, unix.ENOLCK), errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOSYS):
		return false, nil
	}
	return false, err
}

// openShared opens a file for reading so that it can be renamed meanwhile.
func openShared(name string) (*os.File, error) { return os.Open(name) }

// putAside gives a file another name, in place of a file of that name.
func putAside(name, aside string) error { return os.Rename(name, aside) }

// closeToRename says whether an open file can't be renamed.
const closeToRename = false

// exchange puts a finished file in an old one's place and keeps the old one
// under the name aside. At every moment one of the two has the name, where the
// file system knows links.
func exchange(temporary, name, aside string) error {
	if err := os.Link(name, aside); err == nil {
		if err := os.Rename(temporary, name); err != nil {
			return errors.Join(err, os.Remove(aside))
		}
		return nil
	}
	if err := os.Rename(name, aside); err != nil {
		return err
	}
	if err := publish(temporary, name); err != nil {
		return errors.Join(err, os.Rename(aside, name))
	}
	return nil
}
