package storage

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

// initialMap is how big a journal is made at first: on Windows the file is as
// big as its mapping.
const initialMap = 8 << 20

var (
	diskFull = []syscall.Errno{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED}
	readOnly = []syscall.Errno{windows.ERROR_WRITE_PROTECT, windows.ERROR_ACCESS_DENIED}
)

// freeSpace is how many bytes this user may still write in the folder.
func freeSpace(dir string) (uint64, error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, fmt.Errorf("free space: %w", err)
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, fmt.Errorf("free space: %w", err)
	}
	return free, nil
}

// publish gives a finished file its name, and fails with os.ErrExist when the
// name is taken: a journal is never replaced.
func publish(temporary, name string) error { return move(temporary, name, 0) }

// syncFolder has nothing to do: NTFS journals names, and publish writes
// through.
func syncFolder(string) error { return nil }

// letGo closes a file that bbolt has left open, and its lock with it.
func letGo(f *os.File) { _ = f.Close() }

// lockFile locks a file as bbolt locks its own, far behind its end, until it
// is closed, and tells when another program or handle has it.
func lockFile(f *os.File) (held bool, err error) {
	far := &windows.Overlapped{Offset: 0xffffffff, OffsetHigh: 0xffffffff}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, far)
	if err == windows.ERROR_LOCK_VIOLATION || err == windows.ERROR_IO_PENDING {
		return true, nil
	}
	return false, err
}

// openShared opens a file for reading so that it can be renamed meanwhile.
func openShared(name string) (*os.File, error) {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	h, err := windows.CreateFile(path, windows.GENERIC_READ, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE,
		nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(h), name), nil
}

// putAside gives a file another name, in place of a file of that name.
func putAside(name, aside string) error { return move(name, aside, windows.MOVEFILE_REPLACE_EXISTING) }

// closeToRename says whether an open file can't be renamed.
const closeToRename = true

// exchange puts a finished file in an old one's place and keeps the old one
// under the name aside. Windows replaces no file that anybody has open, so
// there is a moment in which neither has the name; the copy tells of it then.
func exchange(temporary, name, aside string) error {
	if err := move(name, aside, 0); err != nil {
		return err
	}
	if err := publish(temporary, name); err != nil {
		return errors.Join(err, move(aside, name, 0))
	}
	return nil
}

func move(from, to string, how uint32) error {
	a, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	b, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	return windows.MoveFileEx(a, b, how|windows.MOVEFILE_WRITE_THROUGH)
}
