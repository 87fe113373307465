package storage

import (
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
func publish(temporary, name string) error {
	from, err := windows.UTF16PtrFromString(temporary)
	if err != nil {
		return err
	}
	to, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return err
	}
	return windows.MoveFileEx(from, to, windows.MOVEFILE_WRITE_THROUGH)
}

// syncFolder has nothing to do: NTFS journals names, and publish writes
// through.
func syncFolder(string) error { return nil }

// letGo closes a file that bbolt has left open, and its lock with it.
func letGo(f *os.File) { _ = f.Close() }
