package console_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A point is a call that changes something outside the program or tells it
// something from there: a write, a sync, a new, renamed or removed file, a
// connection, and what arrives over one. The points of all threads are counted
// together, in the order in which the kernel shows them.

// how is what happens at a point.
type how string

const (
	before how = "before" // killed, and the call is not made
	after  how = "after"  // killed as soon as the call was made
	full   how = "full"   // from here on the disk is full
	locked how = "locked" // from here on nothing can be written
	broken how = "broken" // this one call fails with an input/output error
	short  how = "short"  // this one write writes half
	torn   how = "torn"   // this write writes half, and then the disk is full
)

var (
	kills  = []how{before, after}
	faults = []how{full, locked, broken, short, torn}
)

// watched does nothing: the points are only counted.
const watched how = "watched"

// stroke is what is done to a program, and at which of its points, from 1. The
// kills count all points, the faults those on files in the data folder. The
// zero stroke is a program that nobody watches.
type stroke struct {
	at  int
	how how
}

func (s stroke) String() string { return fmt.Sprintf("-point %d -how %s", s.at, s.how) }

// point is one call.
type point struct {
	call string
	on   string // a file by its path in the data folder, "Alipay", or "output"
	file bool   // in the data folder
	part bool   // can be done by half
	made bool   // begins a file or folder that was not there
}

func (p point) String() string { return p.call + " " + p.on }

// fails is the error that a point has under a fault; 0 when it has none.
func (p point) fails(h how) syscall.Errno {
	removes := p.call == "unlink"
	switch {
	case !p.file:
	case h == broken:
		return unix.EIO
	case h == locked && p.call != "fsync" && p.call != "fdatasync":
		return unix.EROFS
	case h == full && !removes && (p.call != "open" || p.made):
		return unix.ENOSPC
	}
	return 0
}

// suits reports whether a fault can begin at p.
func (p point) suits(h how) bool {
	if h == short || h == torn {
		return p.file && p.part
	}
	return p.fails(h) != 0
}

// look tells whether a call is a point, and which; nil when it is none.
func (t *tracer) look(tid int, nr uint64, args [6]uint64) *call {
	switch nr {
	case unix.SYS_WRITE, unix.SYS_PWRITE64:
		return t.onFile(map[uint64]string{unix.SYS_WRITE: "write", unix.SYS_PWRITE64: "pwrite"}[nr], args[0], args[2] > 1)
	case unix.SYS_WRITEV, unix.SYS_PWRITEV, unix.SYS_SENDTO, unix.SYS_SENDMSG, unix.SYS_SENDFILE, unix.SYS_SPLICE:
		return t.onFile("write", args[0], false)
	case unix.SYS_COPY_FILE_RANGE:
		return t.onFile("copy", args[2], false)
	case unix.SYS_FSYNC:
		return t.onFile("fsync", args[0], false)
	case unix.SYS_FDATASYNC:
		return t.onFile("fdatasync", args[0], false)
	case unix.SYS_FTRUNCATE:
		return t.onFile("truncate", args[0], false)
	case unix.SYS_FALLOCATE:
		return t.onFile("allocate", args[0], false)
	case unix.SYS_FCHMOD:
		return t.onFile("chmod", args[0], false)
	case unix.SYS_CONNECT:
		return t.onFile("connect", args[0], false)
	case unix.SYS_READ, unix.SYS_RECVFROM, unix.SYS_RECVMSG:
		if c := t.onFile("read", args[0], false); c != nil && !c.file && c.on == onAlipay {
			c.reads = true
			return c
		}
	case unix.SYS_OPENAT:
		if args[2]&(unix.O_CREAT|unix.O_WRONLY|unix.O_RDWR) != 0 {
			return t.onPath(tid, "open", args[1])
		}
	case unix.SYS_UNLINKAT:
		return t.onPath(tid, "unlink", args[1])
	case unix.SYS_MKDIRAT:
		return t.onPath(tid, "mkdir", args[1])
	case unix.SYS_FCHMODAT:
		return t.onPath(tid, "chmod", args[1])
	case unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2:
		return t.onPath(tid, "rename", args[3])
	case unix.SYS_LINKAT:
		return t.onPath(tid, "link", args[3])
	}
	return nil
}

const (
	onAlipay = "Alipay"
	onOutput = "output"
)

// onFile is a call on an open file; nil when it leads nowhere outside.
func (t *tracer) onFile(name string, fd uint64, part bool) *call {
	to, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", t.pid, int32(fd)))
	switch {
	case err != nil:
		return nil
	case strings.HasPrefix(to, "socket:"):
		return &call{point: point{call: name, on: onAlipay}}
	case fd == 1 || fd == 2:
		return &call{point: point{call: name, on: onOutput}}
	}
	return t.onName(name, strings.TrimSuffix(to, " (deleted)"), part)
}

func (t *tracer) onPath(tid int, name string, at uint64) *call {
	var path []byte
	for piece := make([]byte, 64); !bytes.Contains(path, []byte{0}); at += 64 {
		n, err := unix.PtracePeekData(tid, uintptr(at), piece)
		if err != nil {
			return nil // killed meanwhile, or no path at all
		}
		path = append(path, piece[:n]...)
	}
	path, _, _ = bytes.Cut(path, []byte{0})
	c := t.onName(name, string(path), false)
	if c != nil {
		_, err := os.Lstat(string(path))
		c.made = err != nil
	}
	return c
}

func (t *tracer) onName(name, path string, part bool) *call {
	if in, err := filepath.Rel(t.data, path); err == nil && !strings.HasPrefix(in, "..") {
		return &call{point: point{call: name, on: in, file: true, part: part}}
	}
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/") || strings.HasPrefix(path, "/sys/") {
		return nil // eventfd and the like
	}
	return &call{point: point{call: name, on: filepath.Base(path)}}
}
