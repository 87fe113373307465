package scanner

import (
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// listPorts reads the kernel's own list. Where it isn't mounted, the library
// looks for names in /dev.
func listPorts() ([]Port, error) {
	ports, err := portsBelow("/")
	if err != nil {
		return libraryPorts()
	}
	return ports, nil
}

// portsBelow lists the serial ports from what the kernel and udev say below a
// root folder: sys/class/tty/NAME with a device behind it, dev/NAME, and the
// links of dev/serial/by-id, which are named for the devices. One port that
// can't be described hides no other. (Kernel: Documentation/ABI, sysfs-tty and
// sysfs-bus-usb.)
func portsBelow(root string) ([]Port, error) {
	class := filepath.Join(root, "sys/class/tty")
	names, err := os.ReadDir(class)
	if err != nil {
		return nil, err
	}
	var ports []Port
	for _, n := range names {
		name := n.Name()
		file := filepath.Join(root, "dev", name)
		if _, err := os.Stat(file); err != nil {
			continue // not for this machine's users: it has no device file
		}
		device, err := filepath.EvalSymlinks(filepath.Join(class, name, "device"))
		// What has no device behind it is no port but a console or a terminal;
		// only the ports of Bluetooth are none the less.
		if err != nil && !strings.HasPrefix(name, "rfcomm") {
			continue
		}
		if isEmptySocket(filepath.Join(class, name)) {
			continue
		}
		p := Port{Name: linkTo(file, filepath.Join(root, "dev/serial/by-id")), Device: file}
		if device != "" {
			describeUSB(&p, device, root)
		}
		p.Denied, p.Group = denied(file)
		ports = append(ports, p)
	}
	slices.SortFunc(ports, usbFirst)
	return ports, nil
}

// isEmptySocket tells a legacy port that the kernel keeps a place for, but that
// has no chip: its type is PORT_UNKNOWN, 0.
func isEmptySocket(class string) bool { return attribute(class, "type") == "0" }

// describeUSB adds what the USB device behind a port says of itself. The port's
// device is an interface of it, or lies in one.
func describeUSB(p *Port, device, root string) {
	var at, number string
	if n := attribute(device, "port_number"); n != "" && n != "0" {
		number = "." + n // of several behind one interface
	}
	top, err := filepath.EvalSymlinks(root)
	if err != nil {
		return
	}
	for dir := device; len(dir) > len(top); dir = filepath.Dir(dir) {
		if n, err := strconv.ParseUint(attribute(dir, "bInterfaceNumber"), 16, 8); err == nil && at == "" {
			at = strconv.FormatUint(n, 10)
		}
		vendor, product := attribute(dir, "idVendor"), attribute(dir, "idProduct")
		if vendor == "" || product == "" {
			continue
		}
		p.Maker, p.Product = printable(attribute(dir, "manufacturer")), printable(attribute(dir, "product"))
		p.USB, p.ID = usbNames(vendor, product, attribute(dir, "serial"))
		if number != "" || at != "" && at != "0" {
			p.ID += "#" + cmp.Or(at, "0") + number
		}
		return
	}
}

// attribute is the first line of one of the kernel's small files, "" if there
// is none.
func attribute(dir, name string) string {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	defer f.Close()
	var line [256]byte
	n, err := io.ReadFull(f, line[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return ""
	}
	first, _, _ := strings.Cut(string(line[:n]), "\n")
	return first
}
