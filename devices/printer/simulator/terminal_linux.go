package simulator

import (
	"errors"
	"os"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// Terminal puts a printer at the far end of a pseudo-terminal: for the till it
// is a serial port. Such a link has no connections: jobs are not told apart.
func Terminal(o Options) (*Printer, error) {
	far, near, err := pty.Open()
	if err != nil {
		return nil, err
	}
	// As it was opened, a Read of far could not be ended.
	fd, err := unix.Dup(int(far.Fd()))
	if err = errors.Join(err, far.Close()); err != nil {
		return nil, errors.Join(err, near.Close())
	}
	if err := errors.Join(unix.SetNonblock(fd, true), raw(fd)); err != nil {
		return nil, errors.Join(err, unix.Close(fd), near.Close())
	}
	far = os.NewFile(uintptr(fd), "printer")
	p := newPrinter(o)
	p.link = "serial://" + near.Name()
	p.talk(terminal{far, near}, nil)
	return p, nil
}

// terminal is both ends: one whose near end nobody holds reads as gone.
type terminal struct {
	*os.File
	near *os.File
}

func (t terminal) Close() error { return errors.Join(t.File.Close(), t.near.Close()) }

// raw passes bytes as they are, like a line without a terminal's habits.
func raw(fd int) error {
	s, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	s.Iflag, s.Oflag = 0, 0
	s.Lflag &^= unix.ECHO | unix.ICANON | unix.ISIG | unix.IEXTEN
	s.Cc[unix.VMIN], s.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, s)
}
