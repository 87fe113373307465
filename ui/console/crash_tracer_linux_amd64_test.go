package console_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// This file watches a program as a debugger does, with ptrace, and strikes at
// one of its points. Nothing in the program knows of it.

// traced is how a watched program went.
type traced struct {
	points []point
	struck *point // where the stroke fell; nil when the program ended before
	code   int    // its exit code; -1 when it was killed
	hung   bool   // it was killed since it did not end
}

// files are the points in the data folder, the ones that faults count.
func (t traced) files() (list []point) {
	for _, p := range t.points {
		if p.file {
			list = append(list, p)
		}
	}
	return list
}

// errNoTracing says that this machine lets no program watch another.
var errNoTracing = errors.New("ptrace is not allowed here")

// tracer follows one program with all its threads.
type tracer struct {
	stroke
	data    string // the data folder
	pid     int
	known   map[int]bool // threads
	inside  map[int]*call
	strikes bool // full, locked: still going on
	counted int
	out     traced
}

// call is a point that is being made.
type call struct {
	point
	reads bool
	fails syscall.Errno
	hit   bool
	whole uint64 // of a shortened write: the length asked for
}

// trace runs a program to its end, or to the end that s gives it.
func trace(args, env []string, data string, s stroke, stdout, stderr *os.File, limit time.Duration) (out traced, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		// One thread has to ask all the questions. It ends with the goroutine.
		runtime.LockOSThread()
		t := &tracer{stroke: s, data: data, known: map[int]bool{}, inside: map[int]*call{}}
		err = t.follow(args, env, stdout, stderr, limit)
		out = t.out
	}()
	<-done
	return out, err
}

func (t *tracer) follow(args, env []string, stdout, stderr *os.File, limit time.Duration) error {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	// A process group of its own, so that waiting for it takes nobody else's
	// children.
	t.pid, err = syscall.ForkExec(args[0], args, &syscall.ProcAttr{
		Env: env, Files: []uintptr{null.Fd(), stdout.Fd(), stderr.Fd()},
		Sys: &syscall.SysProcAttr{Ptrace: true, Setpgid: true},
	})
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EACCES) {
		return fmt.Errorf("%w: %w", errNoTracing, err)
	}
	if err != nil {
		return err
	}
	var status unix.WaitStatus
	if _, err := unix.Wait4(t.pid, &status, unix.WALL, nil); err != nil {
		return err
	}
	if !status.Stopped() {
		return fmt.Errorf("%w: the program ran off", errNoTracing)
	}
	t.known[t.pid] = true
	const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_EXITKILL
	if err := unix.PtraceSetOptions(t.pid, options); err != nil {
		return errors.Join(fmt.Errorf("%w: %w", errNoTracing, err), t.end())
	}
	var hung atomic.Bool
	timer := time.AfterFunc(limit, func() { hung.Store(true); unix.Kill(t.pid, unix.SIGKILL) })
	defer timer.Stop()
	tid, signal := t.pid, 0
	for {
		if err := unix.PtraceSyscall(tid, signal); err != nil && err != unix.ESRCH { // ESRCH: killed meanwhile
			return errors.Join(err, t.end())
		}
		var gone bool
		if tid, signal, gone, err = t.next(); err != nil {
			return errors.Join(err, t.end())
		}
		if gone {
			t.out.hung = hung.Load()
			return nil
		}
	}
}

// next waits until a thread stops, looks at why, and gives the signal with
// which it goes on. gone: there is no thread left.
func (t *tracer) next() (tid, signal int, gone bool, err error) {
	for {
		var status unix.WaitStatus
		tid, err = unix.Wait4(-t.pid, &status, unix.WALL, nil)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.ECHILD:
			return 0, 0, true, nil
		case err != nil:
			return 0, 0, false, err
		case !status.Stopped():
			if tid == t.pid {
				t.out.code = status.ExitStatus()
			}
			continue
		}
		begins := !t.known[tid]
		t.known[tid] = true
		switch stop := status.StopSignal(); {
		case stop == unix.SIGTRAP|0x80:
			return tid, 0, false, t.atCall(tid)
		case stop == unix.SIGTRAP && status>>16 != 0: // it made a thread
			return tid, 0, false, nil
		case stop == unix.SIGSTOP && begins:
			return tid, 0, false, nil
		default:
			return tid, int(stop), false, nil
		}
	}
}

func (t *tracer) end() error {
	err := unix.Kill(t.pid, unix.SIGKILL)
	for {
		if _, waited := unix.Wait4(-t.pid, nil, unix.WALL, nil); waited == unix.ECHILD {
			return err
		}
	}
}

// callInfo is struct ptrace_syscall_info (Linux 5.3): the kernel's own word on
// whether a call begins or ends.
type callInfo struct {
	op   uint8
	_    [3]uint8
	arch uint32
	_    [2]uint64
	nr   uint64    // entry: which call; exit: what it returns
	args [6]uint64 // entry
	_    uint64
}

func (t *tracer) atCall(tid int) error {
	const getSyscallInfo, entry, exit = 0x420e, 1, 2
	var info callInfo
	_, _, failed := unix.Syscall6(unix.SYS_PTRACE, getSyscallInfo, uintptr(tid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	switch {
	case failed == unix.ESRCH:
		return nil // killed meanwhile
	case failed != 0:
		return fmt.Errorf("%w: %w", errNoTracing, failed)
	case info.op == entry:
		return t.begins(tid, t.look(tid, info.nr, info.args))
	case info.op == exit:
		c := t.inside[tid]
		delete(t.inside, tid)
		return t.ends(tid, c, int64(info.nr))
	}
	return nil
}

// count counts a point and reports whether the stroke falls on it.
func (t *tracer) count(p point) bool {
	t.out.points = append(t.out.points, p)
	if t.how == watched || slices.Contains(faults, t.how) && !p.file {
		return false
	}
	t.counted++
	if t.out.struck != nil || t.counted < t.at || slices.Contains(faults, t.how) && !p.suits(t.how) {
		return false
	}
	t.out.struck = &p
	return true
}

func (t *tracer) kill() error { return unix.Kill(t.pid, unix.SIGKILL) }

func (t *tracer) begins(tid int, c *call) error {
	if c == nil {
		return nil
	}
	t.inside[tid] = c
	if c.reads {
		return nil // counts when something has come
	}
	c.hit = t.count(c.point)
	switch {
	case c.hit && t.how == before:
		return t.kill()
	case c.hit && (t.how == full || t.how == locked):
		t.strikes = true
	case c.hit && t.how == broken:
		c.fails = c.point.fails(broken)
	case c.hit && (t.how == short || t.how == torn):
		return t.change(tid, func(r *unix.PtraceRegs) {
			c.whole = r.Rdx
			r.Rdx /= 2
		})
	}
	switch {
	case t.strikes && t.how == torn:
		c.fails = c.point.fails(full)
	case t.strikes:
		c.fails = c.point.fails(t.how)
	}
	if c.fails == 0 {
		return nil
	}
	return t.change(tid, func(r *unix.PtraceRegs) { r.Orig_rax = ^uint64(0) }) // no call at all
}

func (t *tracer) ends(tid int, c *call, result int64) error {
	switch {
	case c == nil:
		return nil
	case c.reads && result > 0:
		// Nothing comes before the arrival of what came: both kills are this one.
		if t.count(c.point) && slices.Contains(kills, t.how) {
			return t.kill()
		}
	case c.hit && t.how == after:
		return t.kill()
	case c.fails != 0:
		return t.change(tid, func(r *unix.PtraceRegs) { r.Rax = uint64(-int64(c.fails)) })
	case c.whole != 0:
		t.strikes = t.how == torn
		return t.change(tid, func(r *unix.PtraceRegs) { r.Rdx = c.whole })
	}
	return nil
}

func (t *tracer) change(tid int, edit func(*unix.PtraceRegs)) error {
	var r unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &r); err != nil {
		return t.unlessGone(err)
	}
	edit(&r)
	return t.unlessGone(unix.PtraceSetRegs(tid, &r))
}

func (t *tracer) unlessGone(err error) error {
	if err == unix.ESRCH {
		return nil
	}
	return err
}
