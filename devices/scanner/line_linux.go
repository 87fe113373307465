package scanner

import (
	"os"

	"golang.org/x/sys/unix"
)

// errorMarks makes the kernel tell which bytes came with a framing or parity
// error: they read as NUL, which is noise, instead of as whatever the wrong
// speed made of them (termios: INPCK without PARMRK and IGNPAR). The library
// neither sets that nor hands out its file, so this is a second one. What can't
// be set is left: then only the bytes themselves tell.
type errorMarks struct{ file *os.File }

func openMarks(name string) *errorMarks {
	file, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	return &errorMarks{file}
}

func (m *errorMarks) set() {
	if m == nil {
		return
	}
	raw, err := m.file.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		t, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		if err != nil {
			return
		}
		t.Iflag |= unix.INPCK
		t.Iflag &^= unix.IGNPAR | unix.PARMRK | unix.IGNBRK | unix.BRKINT
		_ = unix.IoctlSetTermios(int(fd), unix.TCSETS, t)
	})
}

func (m *errorMarks) close() {
	if m != nil {
		_ = m.file.Close()
	}
}
