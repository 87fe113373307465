//go:build unix

package scanner

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// byID is where udev keeps a link for each serial device, named for the device.
const byID = "/dev/serial/by-id"

// lastingName is the name of a port that doesn't depend on which other ports
// there are, or its name if it has no other.
func lastingName(port string) string { return linkTo(port, byID) }

func linkTo(port, folder string) string {
	device, err := filepath.EvalSymlinks(port)
	if err != nil {
		return port
	}
	links, _ := os.ReadDir(folder) // none, where there is no udev
	for _, l := range links {
		name := filepath.Join(folder, l.Name())
		if target, err := filepath.EvalSymlinks(name); err == nil && target == device {
			return name
		}
	}
	return port
}

// denied tells whether this user may not use a device file, and the group that
// may.
func denied(path string) (bool, string) {
	if err := unix.Faccessat(unix.AT_FDCWD, path, unix.R_OK|unix.W_OK, unix.AT_EACCESS); !errors.Is(err, unix.EACCES) {
		return false, ""
	}
	return true, groupOf(path)
}

// groupOf is the group whose members may use a device file: "dialout" or
// "uucp" for a serial port. "" when there is none.
func groupOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Gid == 0 || info.Mode().Perm()&0o060 != 0o060 {
		return ""
	}
	id := strconv.FormatUint(uint64(stat.Gid), 10)
	group, err := user.LookupGroupId(id)
	if err != nil {
		return id
	}
	return group.Name
}

// isGone tells the errors of a device that was plugged out.
func isGone(err error) bool {
	return errors.Is(err, unix.EIO) || errors.Is(err, unix.ENXIO) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EBADF)
}
