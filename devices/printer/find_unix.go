//go:build unix

package printer

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// denied tells whether this user may not use a device file, and the group that
// may.
func denied(path string) (bool, string) {
	if unix.Access(path, unix.R_OK|unix.W_OK) == nil {
		return false, ""
	}
	return true, groupOf(path)
}

// lastingName is the name that udev gives a serial port for the device behind
// it, which doesn't depend on which other ports there are; or its name.
func lastingName(port string) string { return linkTo(port, "/dev/serial/by-id") }

func linkTo(port, folder string) string {
	links, _ := os.ReadDir(folder) // none, where there is no udev
	for _, l := range links {
		name := filepath.Join(folder, l.Name())
		if target, err := filepath.EvalSymlinks(name); err == nil && target == port {
			return name
		}
	}
	return port
}
