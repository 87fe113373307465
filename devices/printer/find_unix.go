//go:build unix

package printer

import (
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// usbPrinters lists the device files of Linux's usblp (and those of other
// systems) below a root folder.
func usbPrinters(root string) []Found {
	var found []Found
	for _, pattern := range []string{"dev/usb/lp[0-9]*", "dev/usblp[0-9]*", "dev/ulpt[0-9]*"} {
		paths, _ := filepath.Glob(filepath.Join(root, pattern)) // the patterns are good
		slices.Sort(paths)
		for _, path := range paths {
			// The kernel tells there what the printer says of itself.
			id, _ := os.ReadFile(filepath.Join(root, "sys/class/usbmisc", filepath.Base(path), "device/ieee1284_id"))
			f := Found{Link: "usb://" + path, Name: deviceName(string(id))}
			f.Denied, f.Group = denied(path)
			found = append(found, f)
		}
	}
	return found
}

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
