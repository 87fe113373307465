package printer

import (
	"errors"
	"os"
	"sync"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/windows"
)

// hasDeviceFiles: printers are no files on Windows.
const hasDeviceFiles = false

func openUSB(string, usbDevice) (line, error) { return nil, ErrNotHere }

// comPort is a printer on a serial port.
type comPort struct {
	port    serial.Port
	aborted chan struct{}
	abort   func()
	closed  chan struct{}
	reading sync.WaitGroup
}

func openSerial(name string, baud int) (line, error) {
	port, err := serial.Open(name, &serial.Mode{BaudRate: baud, DataBits: 8})
	if err != nil {
		return nil, err
	}
	if err := port.SetReadTimeout(100 * time.Millisecond); err != nil {
		_ = port.Close()
		return nil, err
	}
	c := &comPort{port: port, aborted: make(chan struct{}), closed: make(chan struct{})}
	c.abort = sync.OnceFunc(func() { close(c.aborted) })
	return c, nil
}

func (c *comPort) OneWay() bool { return false }

func (c *comPort) Abort() { c.abort() }

// Read waits for what the printer says, and looks between whiles whether the
// port was closed: closing it while it is read is not safe.
func (c *comPort) Read(p []byte) (int, error) {
	c.reading.Add(1)
	defer c.reading.Done()
	for {
		select {
		case <-c.closed:
			return 0, errMute
		default:
		}
		n, err := c.port.Read(p)
		if n > 0 {
			return n, nil
		}
		if err != nil {
			return 0, errMute
		}
	}
}

func (c *comPort) Write(p []byte) (int, error) {
	defer c.purgeWhenAborted()()
	n := 0
	for n < len(p) {
		select {
		case <-c.aborted:
			return n, os.ErrDeadlineExceeded
		default:
		}
		// Small pieces: an aborted one doesn't tell how much of it left.
		m, err := c.port.Write(p[n:min(n+256, len(p))])
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// Finish waits until the port has sent everything.
func (c *comPort) Finish() (bool, error) {
	defer c.purgeWhenAborted()()
	return false, c.port.Drain()
}

// purgeWhenAborted makes the calls that wait return once Abort is called. It
// keeps on, since a call may begin to wait just after.
func (c *comPort) purgeWhenAborted() (stop func()) {
	done := make(chan struct{})
	go func() {
		select {
		case <-c.aborted:
		case <-done:
			return
		}
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			_ = c.port.ResetOutputBuffer()
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) }
}

func (c *comPort) Close() error {
	close(c.closed)
	c.reading.Wait()
	return c.port.Close()
}

// isBusy tells that another program has the device.
func isBusy(err error) bool {
	var p *serial.PortError
	return errors.As(err, &p) && p.Code() == serial.PortBusy || errors.Is(err, windows.ERROR_SHARING_VIOLATION)
}

// isGone tells that there is no such port, or none any more.
func isGone(err error) bool {
	var p *serial.PortError
	return errors.As(err, &p) && p.Code() == serial.PortNotFound || errors.Is(err, windows.ERROR_FILE_NOT_FOUND)
}

// groupOf is "": on Windows, every user may open serial ports.
func groupOf(string) string { return "" }
