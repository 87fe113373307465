package scanner

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// A cable is a pseudo-terminal: the test is the scanner at its far end, port
// is the till's. Plug puts another one in the same place.
type cable struct {
	t    *testing.T
	port string // a link to the till's end
	far  *os.File
}

func newCable(t *testing.T) *cable {
	c := &cable{t: t, port: filepath.Join(t.TempDir(), "ttyACM0")}
	c.plug()
	t.Cleanup(func() { _ = c.far.Close() })
	return c
}

func (c *cable) plug() {
	c.t.Helper()
	far, near, err := pty.Open()
	if err != nil {
		c.t.Fatal(err)
	}
	c.far = far
	_ = near.Close()
	if err := os.Symlink(near.Name(), c.port); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cable) unplug() {
	_ = os.Remove(c.port)
	_ = c.far.Close()
}

// direct names the device itself: the link lies in a folder of our own, where
// nobody else may look.
func (c *cable) direct() {
	device, err := filepath.EvalSymlinks(c.port)
	if err != nil {
		c.t.Fatal(err)
	}
	c.port = device
}

func (c *cable) send(text string) {
	c.t.Helper()
	if _, err := c.far.WriteString(text); err != nil {
		c.t.Fatal(err)
	}
}

// A heard is one thing that a Serial told.
type heard struct {
	scan   *Scan
	broken *Broken
	state  *State
}

// listen runs a Serial on the cable and returns what it tells.
func (c *cable) listen(baud int) <-chan heard { return c.listenBy(Serial{Baud: baud}) }

func (c *cable) listenBy(s Serial) <-chan heard {
	told := make(chan heard, 16)
	s.Port, s.retry = c.port, 5*time.Millisecond
	s.Scanned = func(s Scan) { told <- heard{scan: &s} }
	s.Broken = func(b Broken) { told <- heard{broken: &b} }
	s.Changed = func(s State) { told <- heard{state: &s} }
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	c.t.Cleanup(func() { cancel(); <-done })
	return told
}

func (c *cable) next(told <-chan heard) heard {
	c.t.Helper()
	select {
	case h := <-told:
		return h
	case <-time.After(10 * time.Second):
		c.t.Fatal("nothing was told")
		return heard{}
	}
}

func (c *cable) wantState(told <-chan heard, link Link) State {
	c.t.Helper()
	h := c.next(told)
	if h.state == nil || h.state.Link != link {
		c.t.Fatalf("told %+v, want %s", h, link)
	}
	return *h.state
}

func (c *cable) wantScan(told <-chan heard, text string) {
	c.t.Helper()
	if h := c.next(told); h.scan == nil || h.scan.Text != text || h.scan.Source != c.port || h.scan.At.IsZero() {
		c.t.Fatalf("told %+v, want a scan", h)
	}
}

func (c *cable) wantBroken(told <-chan heard, digits int) {
	c.t.Helper()
	if h := c.next(told); h.broken == nil || h.broken.Digits != digits || h.broken.Source != c.port {
		c.t.Fatalf("told %+v, want a broken read of %d", h, digits)
	}
}

// excluded tells whether a program has the port for itself.
func (c *cable) excluded() bool {
	c.t.Helper()
	near, err := os.OpenFile(c.port, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.EBUSY) {
		return true // and we are nobody who may all the same
	}
	if err != nil {
		c.t.Fatal(err)
	}
	defer near.Close()
	excluded, err := unix.IoctlGetInt(int(near.Fd()), unix.TIOCGEXCL)
	if err != nil {
		c.t.Fatal(err)
	}
	return excluded != 0
}

func TestSerialHears(t *testing.T) {
	t.Parallel()
	c := newCable(t)
	told := c.listen(9600)
	if s := c.wantState(told, Connected); s.Baud != 9600 {
		t.Errorf("state %+v", s)
	}
	c.send(code)
	c.wantScan(told, code) // a scanner without an ending: silence ends it
	time.Sleep(2 * rest)   // a hand's, to the next scan
	c.send(code + "\r\n" + slip + "\r\n")
	c.wantScan(told, code)
	c.wantScan(told, slip)
	c.send(slip + "\t")
	c.wantScan(told, slip)
	c.send("28142\r")
	c.wantBroken(told, 5)
	c.send(code[:9] + "\x00" + code[9:] + "\r")
	c.wantBroken(told, 18)
	// This scanner is known by now to end its reads: one that trails off is
	// half of one, though long enough for a code.
	c.send(code[:16])
	c.wantBroken(told, 16)
	c.send(code + "\r")
	c.wantScan(told, code)
}

func TestSerialPlugs(t *testing.T) {
	t.Parallel()
	c := newCable(t)
	told := c.listen(9600)
	c.wantState(told, Connected)
	c.send(code + "\r")
	c.wantScan(told, code)

	c.unplug()
	c.wantState(told, Unplugged)
	c.plug()
	c.wantState(told, Connected)
	c.send(slip + "\r")
	c.wantScan(told, slip)

	// What is half read when the cable goes is broken. Both come in one piece,
	// so the half has been read when the first is told.
	c.send(slip + "\r" + code[:17])
	c.wantScan(told, slip)
	c.unplug()
	c.wantBroken(told, 17)
	c.wantState(told, Unplugged)
}

func TestSerialFindsTheSpeed(t *testing.T) {
	t.Parallel()
	c := newCable(t)
	told := c.listen(0)
	// The scanner speaks at 38400, the third that is tried. A pseudo-terminal
	// has no speed of its own, but it tells the one that the till has set.
	for i, want := range []int{9600, 115200} {
		if s := c.wantState(told, Connected); s.Baud != want || c.speed() != want {
			t.Fatalf("state %+v, the line's speed is %d, want %d", s, c.speed(), want)
		}
		c.send([]string{"\x86\xf0\x06\x1e\r", "\x00\xf8\x80\x00\xe6"}[i])
		c.wantBroken(told, 0)
	}
	if s := c.wantState(told, Connected); s.Baud != 38400 || c.speed() != 38400 {
		t.Fatalf("state %+v, the line's speed is %d", s, c.speed())
	}
	c.send(code + "\r")
	c.wantScan(told, code)

	// A speed that is known stays, through single bad reads and replugging.
	c.send("\x86\xf0")
	c.wantBroken(told, 0)
	c.send(code + "\r")
	c.wantScan(told, code)
	c.unplug()
	c.wantState(told, Unplugged)
	c.plug()
	if s := c.wantState(told, Connected); s.Baud != 38400 {
		t.Fatalf("state %+v", s)
	}
	// Three bad ones in a row put it in doubt.
	for range forget {
		c.send("\x86\xf0")
		c.wantBroken(told, 0)
	}
	if s := c.wantState(told, Connected); s.Baud != 19200 {
		t.Fatalf("state %+v", s)
	}
	// From then on one is enough.
	c.send("\x86\xf0")
	c.wantBroken(told, 0)
	if s := c.wantState(told, Connected); s.Baud != 9600 {
		t.Fatalf("state %+v", s)
	}
}

// termios is how the till has set the line.
func (c *cable) termios() *unix.Termios {
	c.t.Helper()
	raw, err := c.far.SyscallConn()
	if err != nil {
		c.t.Fatal(err)
	}
	var t *unix.Termios
	_ = raw.Control(func(fd uintptr) { t, err = unix.IoctlGetTermios(int(fd), unix.TCGETS) })
	if err != nil {
		c.t.Fatal(err)
	}
	return t
}

// speed is the line's speed as the till has set it.
func (c *cable) speed() int {
	c.t.Helper()
	return map[uint32]int{unix.B9600: 9600, unix.B19200: 19200, unix.B38400: 38400, unix.B115200: 115200}[c.termios().Cflag&unix.CBAUD]
}

func TestSerialSaysWhatIsWrong(t *testing.T) {
	t.Run("no such port", func(t *testing.T) {
		c := newCable(t)
		c.unplug()
		c.wantState(c.listen(9600), Unplugged)
	})
	t.Run("not a serial port", func(t *testing.T) {
		c := newCable(t)
		c.port = filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(c.port, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if s := c.wantState(c.listen(9600), Unusable); s.Err == nil {
			t.Error("no reason")
		}
	})
	t.Run("not allowed, and the group that is", func(t *testing.T) {
		c := newCable(t)
		c.direct()
		group := giveToGroup(t, c.port)
		var got State
		asNobody(t, func() { got = c.firstState() })
		if got.Link != Denied || got.Group != group {
			t.Errorf("state %+v, want group %s", got, group)
		}
		if err := os.Chmod(c.port, 0o600); err != nil {
			t.Fatal(err)
		}
		if g := groupOf(c.port); g != "" {
			t.Errorf("group %q would not help", g)
		}
	})
	t.Run("used by another program", func(t *testing.T) {
		c := newCable(t)
		c.direct()
		c.wantState(c.listen(9600), Connected) // takes the port for itself
		if err := os.Chmod(c.port, 0o666); err != nil {
			t.Fatal(err)
		}
		var got State
		asNobody(t, func() { got = c.firstState() })
		if got.Link != Busy {
			t.Errorf("state %+v", got)
		}
	})
}

// giveToGroup makes a device file one that only a group may use, as serial
// ports are, and returns the group.
func giveToGroup(t *testing.T, device string) string {
	t.Helper()
	gid := os.Getgid()
	if gid == 0 {
		gid = 20 // not root's; "dialout" in Debian
	}
	group := strconv.Itoa(gid) // where it has no name
	if g, err := user.LookupGroupId(group); err == nil {
		group = g.Name
	}
	if err := os.Chown(device, -1, gid); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(device, 0o060); err != nil {
		t.Fatal(err)
	}
	return group
}

// firstState runs a Serial on this goroutine until it has told one state.
func (c *cable) firstState() (got State) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s := Serial{Port: c.port, Changed: func(s State) { got = s; cancel() }}
	s.Run(ctx)
	return got
}

// asNobody runs f with no rights that an ordinary user lacks. Who is none
// already stays who they are.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	const nobody, same = 65534, ^uintptr(0)
	become := func(uid uintptr) {
		// The bare call changes this thread only.
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, same, uid, same); errno != 0 {
			t.Fatal(errno)
		}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	become(nobody)
	defer become(0)
	f()
}

func TestPorts(t *testing.T) {
	if _, err := Ports(); err != nil {
		t.Fatal(err)
	}
	t.Run("a link by id is the lasting name", func(t *testing.T) {
		dir := t.TempDir()
		link := filepath.Join(dir, "usb-Maker_Scanner-if00")
		if err := os.Symlink("/dev/null", link); err != nil {
			t.Fatal(err)
		}
		if got := linkTo("/dev/null", dir); got != link {
			t.Errorf("got %s", got)
		}
		if got := linkTo("/dev/zero", dir); got != "/dev/zero" {
			t.Errorf("got %s", got)
		}
		if got := linkTo("/dev/null", filepath.Join(dir, "none")); got != "/dev/null" {
			t.Errorf("got %s", got)
		}
	})
	if s := stateOf("x", fs.ErrPermission); s.Link != Denied {
		t.Errorf("state %+v", s)
	}
}
