//go:build unix

package printer

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// usblp is where Linux's driver for USB printers puts its device files. What
// stands before it in a link's path is the root, under which /sys is looked at.
const usblp = "/dev/usb/lp"

// usbPrinters lists the device files of Linux's usblp (and those of other
// systems) below a root folder.
func usbPrinters(root string) []Found {
	var found []Found
	for _, pattern := range []string{"dev/usb/lp[0-9]*", "dev/usblp[0-9]*", "dev/ulpt[0-9]*"} {
		paths, _ := filepath.Glob(filepath.Join(root, pattern)) // the patterns are good
		slices.Sort(paths)
		for _, path := range paths {
			node := filepath.Base(path)
			// The kernel tells there what the printer says of itself.
			id, _ := os.ReadFile(filepath.Join(sysfs(root), node, "device/ieee1284_id"))
			who := usbOf(root, node)
			f := Found{Link: "usb://" + path + who.options(), Name: deviceName(string(id)), ID: who.id}
			if f.Name == "" {
				f.Name = printable(usbFact(root, node, "manufacturer") + " " + usbFact(root, node, "product"))
			}
			f.Denied, f.Group = denied(path)
			found = append(found, f)
		}
	}
	return found
}

func sysfs(root string) string { return filepath.Join(root, "sys/class/usbmisc") }

// usbOf reads what the device behind lpN says of itself; its id is "" if that
// can't be read.
func usbOf(root, node string) usbDevice {
	id, ok := usbID(usbFact(root, node, "idVendor") + ":" + usbFact(root, node, "idProduct"))
	if !ok {
		return usbDevice{}
	}
	return usbDevice{id, usbFact(root, node, "serial")}
}

// usbFact is an attribute of the USB device behind lpN. The folder "device" is
// its interface for printing, a link into the tree of devices; the folder above
// that is the device.
func usbFact(root, node, name string) string {
	text, err := os.ReadFile(filepath.Join(sysfs(root), node) + "/device/../" + name)
	if err != nil {
		return ""
	}
	return printable(string(text))
}

// errSeveral is that a printer's ids are not enough to tell it from others.
var errSeveral = errors.New("several printers have these ids, and none says a serial number")

// usbPath is the device file that a printer has now: the number in its name
// depends on what was plugged in first.
func usbPath(path string, want usbDevice) (string, error) {
	root, number, ok := strings.Cut(path, usblp)
	if want.id == "" || !ok {
		return path, nil
	}
	if want.is(usbOf("/"+root, "lp"+number)) {
		return path, nil
	}
	nodes, err := os.ReadDir(sysfs("/" + root))
	if err != nil && !usbKnown(root) {
		return path, nil // a system that doesn't tell
	}
	var now []string
	for _, n := range nodes {
		if number, ok := strings.CutPrefix(n.Name(), "lp"); ok && want.is(usbOf("/"+root, n.Name())) {
			now = append(now, root+usblp+number)
		}
	}
	switch len(now) {
	case 0:
		return "", &fs.PathError{Op: "find", Path: path, Err: fs.ErrNotExist}
	case 1:
		return now[0], nil
	}
	return "", &fs.PathError{Op: "find", Path: path, Err: errSeveral}
}

// usbKnown tells whether the kernel shows its devices at all. Without any
// printer there is no folder of printers.
func usbKnown(root string) bool {
	_, err := os.Stat(filepath.Join("/"+root, "sys/class"))
	return err == nil
}

// openUSB opens the device file that a printer has now.
func openUSB(path string, want usbDevice) (line, error) {
	path, err := usbPath(path, want)
	if err != nil {
		return nil, err
	}
	return openDevice(path)
}
