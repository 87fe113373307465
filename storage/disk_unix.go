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
