package display

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"ringup/devices/printer"
)

// stand is a display's socket: what is plugged in is at the far end of a real
// terminal line.
type stand struct {
	t    *testing.T
	port string
	far  *os.File
	near *os.File // kept open, or the far end sees a hang-up between two texts
}

func (s *stand) plug() {
	s.t.Helper()
	var err error
	if s.far, s.near, err = pty.Open(); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Symlink(s.near.Name(), s.port); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stand) unplug() {
	_ = os.Remove(s.port)
	_ = s.near.Close()
	_ = s.far.Close()
}

// read plays what has come on the glass.
func (s *stand) read(g *glass, want string) {
	s.t.Helper()
	var buf [4096]byte
	_ = s.far.SetReadDeadline(time.Now().Add(10 * time.Second))
	for g.shows() != want {
		n, err := s.far.Read(buf[:])
		if err != nil {
			s.t.Fatalf("it shows %q, want %q: %v", g.shows(), want, err)
		}
		g.write(buf[:n])
	}
	if len(g.faults) > 0 {
		s.t.Errorf("faults %q", g.faults)
	}
}

func TestLine(t *testing.T) {
	for kind, options := range map[string]string{"epson": "", "cd5220": "?mode=cd5220&baud=19200"} {
		t.Run(kind, func(t *testing.T) {
			s := &stand{t: t, port: filepath.Join(t.TempDir(), "ttyUSB1")}
			s.plug()
			t.Cleanup(s.unplug)
			d, err := Open("serial://" + s.port + options)
			if err != nil {
				t.Fatal(err)
			}
			show := func(top, bottom string) error { return d.Show(t.Context(), top, bottom) }

			g := newGlass(kind)
			if err := show("TOTAL", "HKD 45.50"); err != nil {
				t.Fatal(err)
			}
			s.read(g, "TOTAL|HKD 45.50")
			if err := show("PAID", "Thanks 谢谢"); err != nil {
				t.Fatal(err)
			}
			s.read(g, "PAID|Thanks")
			if n := strings.Count(strings.Join(g.commands, " "), "ESC @"); n != 1 {
				t.Errorf("it was set up %d times: that flickers", n)
			}
			if err := d.Clear(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.read(g, "|")

			s.unplug()
			if err := show("lost", ""); !errors.Is(err, printer.Unreachable) && !errors.Is(err, printer.Unplugged) {
				t.Errorf("unplugged: %v", err)
			}
			s.plug()
			g = newGlass(kind) // it lost its power
			if err := show("WELCOME", "9.00"); err != nil {
				t.Fatal(err)
			}
			s.read(g, "WELCOME|9.00")
		})
	}
}

// TestDeadLine: a line that takes nothing doesn't hold anyone up.
func TestDeadLine(t *testing.T) {
	s := &stand{t: t, port: filepath.Join(t.TempDir(), "ttyUSB1")}
	s.plug()
	t.Cleanup(s.unplug)
	s.hold(true)
	d, err := Open("serial://" + s.port)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := d.Show(ctx, "TOTAL", "1.00"); !errors.Is(err, printer.Stuck) {
		t.Errorf("dead: %v", err)
	}
	// It comes to life, in the middle of whatever it got.
	s.hold(false)
	g := newGlass("epson")
	if err := d.Show(t.Context(), "TOTAL", "2.00"); err != nil {
		t.Fatal(err)
	}
	s.read(g, "TOTAL|2.00")
}

// hold stops the line, as a display that raises no ready signal does, and lets
// it go on (tcflow of POSIX).
func (s *stand) hold(stop bool) {
	s.t.Helper()
	const off, on = 0, 1
	how := on
	if stop {
		how = off
	}
	if err := unix.IoctlSetInt(int(s.near.Fd()), unix.TCXONC, how); err != nil {
		s.t.Fatal(err)
	}
}
