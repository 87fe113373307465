//go:build unix

package printer

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"sync"
	"syscall"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// hasDeviceFiles tells that a USB printer is a file here.
const hasDeviceFiles = true

// errNotDevice is a path that is no device: writing there would not print.
var errNotDevice = errors.New("not a device file")

// deviceFile is a printer behind a file: /dev/usb/lp0, or a serial port. It is
// opened so that it never blocks, and the runtime waits for it, so every wait
// can be ended.
type deviceFile struct {
	*os.File
	port    serial.Port // of a serial port, for its settings; nil for others
	oneWay  bool
	aborted chan struct{}
	abort   func()
}

func openDevice(path string) (line, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	switch info.Mode().Type() {
	case os.ModeDevice | os.ModeCharDevice:
		return openFile(path, os.O_RDWR, false)
	case os.ModeNamedPipe:
		return openFile(path, os.O_WRONLY, true)
	}
	return nil, &os.PathError{Op: "open", Path: path, Err: errNotDevice}
}

func openFile(path string, how int, oneWay bool) (*deviceFile, error) {
	f, err := os.OpenFile(path, how|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	d := &deviceFile{File: f, oneWay: oneWay, aborted: make(chan struct{})}
	d.abort = sync.OnceFunc(func() {
		close(d.aborted)
		_ = f.SetWriteDeadline(longAgo)
	})
	return d, nil
}

// openSerial opens the port twice: the serial library sets it up and keeps
// others away, and what is read and written goes through a file that can be
// waited for with an end.
func openSerial(path string, baud int) (line, error) {
	d, err := openFile(path, os.O_RDWR, false)
	if err != nil {
		return nil, err
	}
	d.port, err = serial.Open(path, &serial.Mode{BaudRate: baud, DataBits: 8})
	if err != nil {
		_ = d.File.Close()
		return nil, err
	}
	return d, nil
}

func (d *deviceFile) OneWay() bool { return d.oneWay }

func (d *deviceFile) Abort() { d.abort() }

// Read waits for what the printer says. USB printers answer with nothing at
// all while they have nothing to say; other errors mean that this one can't
// say anything, since what is wrong with the line shows in writing.
func (d *deviceFile) Read(p []byte) (int, error) {
	for {
		n, err := d.File.Read(p)
		if n > 0 {
			return n, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, errMute
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Finish waits until the device has taken everything: closing a USB printer
// earlier would drop what is still on its way.
func (d *deviceFile) Finish() (bool, error) {
	raw, err := d.SyscallConn()
	if err != nil {
		return false, err
	}
	if d.port == nil {
		var failed error
		err := raw.Write(func(fd uintptr) bool {
			p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
			var n int
			n, failed = unix.Poll(p, 0)
			return failed != nil && failed != unix.EINTR || n > 0
		})
		return false, errors.Join(err, failed)
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		var left int
		var failed error
		err := raw.Control(func(fd uintptr) { left, failed = unix.IoctlGetInt(int(fd), unix.TIOCOUTQ) })
		if err = errors.Join(err, failed); err != nil || left == 0 {
			return false, err
		}
		select {
		case <-tick.C:
		case <-d.aborted:
			return false, os.ErrDeadlineExceeded
		}
	}
}

func (d *deviceFile) Close() error {
	if d.port != nil {
		select {
		case <-d.aborted:
			_ = d.port.ResetOutputBuffer() // else closing waits for it
		default:
		}
		defer d.port.Close()
	}
	return d.File.Close()
}

// isBusy tells that another program has the device.
func isBusy(err error) bool {
	var p *serial.PortError
	return errors.Is(err, unix.EBUSY) || errors.As(err, &p) && p.Code() == serial.PortBusy
}

// isGone tells that there is no such device, or none any more.
func isGone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENXIO) || errors.Is(err, unix.ENODEV)
}

// groupOf is the group whose members may use a device file: "lp" for printers
// on USB, "dialout" or "uucp" for serial ports. "" when there is none.
func groupOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Gid == 0 || info.Mode().Perm()&0o020 == 0 {
		return ""
	}
	id := strconv.FormatUint(uint64(stat.Gid), 10)
	group, err := user.LookupGroupId(id)
	if err != nil {
		return id
	}
	return group.Name
}
