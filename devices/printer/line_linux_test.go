package printer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// terminal is a pseudo-terminal: far is the printer's end, path the till's. It
// passes bytes as they are, like a line without a terminal's habits.
func terminal(t *testing.T) (far *os.File, path string) {
	t.Helper()
	far, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	// As it was opened, reading far could not be ended.
	fd, err := unix.Dup(int(far.Fd()))
	if err = errors.Join(err, far.Close(), unix.SetNonblock(fd, true)); err != nil {
		t.Fatal(err)
	}
	far = os.NewFile(uintptr(fd), "printer")
	t.Cleanup(func() { _ = far.Close() })
	raw, err := far.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(raw.Control(func(fd uintptr) {
		var s *unix.Termios
		if s, err = unix.IoctlGetTermios(int(fd), unix.TCGETS); err != nil {
			return
		}
		s.Iflag, s.Oflag = 0, 0
		s.Lflag &^= unix.ECHO | unix.ICANON | unix.ISIG | unix.IEXTEN
		s.Cc[unix.VMIN], s.Cc[unix.VTIME] = 1, 0
		err = unix.IoctlSetTermios(int(fd), unix.TCSETS, s)
	}), err)
	if err != nil {
		t.Fatal(err)
	}
	// near stays open: a terminal whose near end nobody holds reads as gone.
	t.Cleanup(func() { _ = near.Close() })
	return far, near.Name()
}

// plug puts a machine at the far end of a terminal.
func plug(t *testing.T, m *machine) (path string) {
	t.Helper()
	far, path := terminal(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		m.run(far)
		if m.hangsUp {
			_ = far.Close()
		}
	}()
	t.Cleanup(func() { _ = far.Close(); <-done })
	return path
}

func TestSendToDevices(t *testing.T) {
	for _, kind := range []string{"serial", "usb"} {
		for _, c := range []struct {
			name     string
			machine  func(*machine)
			patience patience
			problem  Problem
			begun    bool
			printed  bool
			paper    int
		}{
			{"prints, and says so", func(*machine) {}, patience{}, "", false, true, len(slip)},
			{"never answers", func(m *machine) { m.mute = true }, patience{answer: 20 * ms}, "", false, false, len(slip)},
			{"never says that it printed", func(m *machine) { m.noProof = true }, patience{poll: 10 * ms, proof: 40 * ms}, "", false, false, len(slip)},
			{"cover open", func(m *machine) { m.status[2] = 0x16 }, patience{}, CoverOpen, false, false, 0},
			{"runs out of paper in the middle", func(m *machine) {
				m.breaksAt, m.breaks = 300, func(m *machine) { m.set(2, 0x32) }
			}, patience{poll: 10 * ms}, PaperOut, true, false, 300},
			{"is plugged out in the middle", func(m *machine) { m.breaksAt, m.hangsUp = 300, true }, patience{poll: 10 * ms, answer: 20 * ms}, Cut, true, false, 300},
		} {
			t.Run(kind+" "+c.name, func(t *testing.T) {
				m := good()
				c.machine(m)
				d := open(t, kind+"://"+plug(t, m), c.patience)
				r, err := d.Send(t.Context(), slip)
				if c.problem != "" {
					wantError(t, err, c.problem, c.begun)
				} else if err != nil {
					t.Error(err)
				}
				if r.Printed != c.printed {
					t.Errorf("result %+v", r)
				}
				if c.paper == len(slip) && !c.printed {
					// Another job comes after it, whole.
					d = open(t, d.link, patience{})
					m.mu.Lock()
					m.mute, m.noProof = false, false
					m.mu.Unlock()
					if r, err := d.Send(t.Context(), slip); err != nil || !r.Printed {
						t.Errorf("result %+v, %v", r, err)
					}
					c.paper *= 2
				}
				if got := m.printed(); got != string(bytes.Repeat(slip, 2)[:c.paper]) {
					t.Errorf("%d bytes on paper, want %d", len(got), c.paper)
				}
			})
		}
		t.Run(kind+" opens a drawer, and takes its turn", func(t *testing.T) {
			m := good()
			m.status[2] = 0x12
			d := open(t, kind+"://"+plug(t, m), patience{})
			drawer := "\x1bp\x00\x19\xfa"
			ended := make(chan error)
			for range 3 {
				go func() { ended <- d.Pulse(t.Context(), []byte(drawer), nil) }()
				go func() { _, err := d.Send(t.Context(), slip); ended <- err }()
			}
			for range 6 {
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}
			m.set(2, 0x16)
			if err := d.Pulse(t.Context(), []byte(drawer), nil); err != nil { // with its cover open
				t.Error(err)
			}
			if s, err := d.Check(t.Context()); err != nil || s.Problem() != CoverOpen { // asked after it, so that all is read
				t.Errorf("%+v, %v", s, err)
			}
			rest := strings.ReplaceAll(m.printed(), string(slip), "")
			if rest != strings.Repeat(drawer, 4) {
				t.Errorf("beside the slips %q", rest)
			}
		})
		t.Run(kind+" that takes nothing in stops the job when time is up", func(t *testing.T) {
			_, path := terminal(t)
			d := open(t, kind+"://"+path, patience{answer: 10 * ms, job: 100 * ms})
			d.bytesPerSecond = 0
			_, err := d.Send(t.Context(), bytes.Repeat(slip, 1000))
			wantError(t, err, Stuck, true)
		})
		t.Run(kind+" that isn't there", func(t *testing.T) {
			_, err := open(t, kind+"://"+filepath.Join(t.TempDir(), "lp0"), patience{}).Send(t.Context(), slip)
			wantError(t, err, Unreachable, false)
		})
		t.Run(kind+" that the user may not use", func(t *testing.T) {
			_, path := terminal(t)
			gid := os.Getgid()
			if gid == 0 {
				gid = 7 // not root's; "lp" in Debian
			}
			group := strconv.Itoa(gid) // where it has no name
			if g, err := user.LookupGroupId(group); err == nil {
				group = g.Name
			}
			if err := errors.Join(os.Chown(path, -1, gid), os.Chmod(path, 0o060)); err != nil {
				t.Fatal(err)
			}
			d := open(t, kind+"://"+path, patience{})
			asNobody(t, func() {
				_, err := d.Send(t.Context(), slip)
				wantError(t, err, Denied, false)
				var e *Error
				if errors.As(err, &e) && e.Group != group {
					t.Errorf("group %q, want %q", e.Group, group)
				}
			})
		})
		t.Run(kind+" that another program has", func(t *testing.T) {
			_, path := terminal(t)
			if err := os.Chmod(path, 0o666); err != nil {
				t.Fatal(err)
			}
			other, err := openSerial(path, 9600)
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			d := open(t, kind+"://"+path, patience{})
			asNobody(t, func() {
				_, err := d.Send(t.Context(), slip)
				wantError(t, err, Busy, false)
			})
		})
	}
}

// fifo makes a pipe with a name, and its reader if anyone is to read.
func fifo(t *testing.T, read bool) (path string, reader *os.File) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "lp0")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if !read {
		return path, nil
	}
	reader, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reader.Close() })
	return path, reader
}

func TestSendToAFIFO(t *testing.T) {
	t.Run("without a reader it isn't there", func(t *testing.T) {
		path, _ := fifo(t, false)
		_, err := open(t, "usb://"+path, patience{}).Send(t.Context(), slip)
		wantError(t, err, Unreachable, false)
	})
	t.Run("it gets the job and nothing else", func(t *testing.T) {
		path, reader := fifo(t, true)
		r, err := open(t, "usb://"+path, patience{}).Send(t.Context(), slip)
		if err != nil || r.Printed {
			t.Errorf("result %+v, %v", r, err)
		}
		got := make([]byte, 2*len(slip))
		n, err := reader.Read(got)
		if err != nil || !bytes.Equal(got[:n], slip) {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
	t.Run("a reader that stops reading stops the job when time is up", func(t *testing.T) {
		path, _ := fifo(t, true)
		_, err := open(t, "usb://"+path, patience{job: 100 * ms}).Send(t.Context(), bytes.Repeat(slip, 1000))
		wantError(t, err, Stuck, true)
	})
	t.Run("a reader that goes away cuts it", func(t *testing.T) {
		path, reader := fifo(t, true)
		// Another writer, or reading ends before the job begins.
		other, err := openDevice(path)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		got := make(chan error)
		go func() {
			_, err := open(t, "usb://"+path, patience{}).Send(t.Context(), bytes.Repeat(slip, 1000))
			got <- err
		}()
		if _, err := io.ReadFull(reader, make([]byte, 100)); err != nil {
			t.Error(err)
		}
		_ = reader.Close()
		wantError(t, <-got, Cut, true)
	})
	t.Run("a plain file is no printer", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "lp0")
		if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := open(t, "usb://"+file, patience{}).Send(t.Context(), slip)
		wantError(t, err, Unreachable, false)
		if got, err := os.ReadFile(file); string(got) != "mine" {
			t.Errorf("overwritten: %v", err)
		}
	})
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

// A printer at the end of a line that takes no more in is given time, and the
// rest of the job follows when it does.
func TestQueueHoldsALineThatStops(t *testing.T) {
	far, path := terminal(t)
	link := "serial://" + path + "?status=off"
	told := make(chan Job, 8)
	patience := patience{job: 100 * ms, mend: time.Minute}
	q := NewQueue(&rows{}, func(string) (Printer, error) { return open(t, link, patience), nil }, func(j Job) { told <- j })
	done := make(chan error)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { done <- q.Run(ctx) }()
	job := bytes.Repeat([]byte("a slip\n"), 20_000) // more than any buffer of the line
	if err := q.Print(Job{ID: "a", Link: link, Data: job}); err != nil {
		t.Fatal(err)
	}
	if j := <-told; j.State != StateSending || j.Problem != Stuck {
		t.Fatalf("while it takes nothing in: %+v", j.Mark)
	}
	read := make(chan []byte)
	go func() {
		got := make([]byte, len(job))
		n, _ := io.ReadFull(far, got)
		read <- got[:n]
	}()
	if got := <-read; !bytes.Equal(got, job) {
		t.Errorf("%d bytes arrived, want %d", len(got), len(job))
	}
	if j := <-told; j.State != StateSent {
		t.Errorf("when it has taken all: %+v", j.Mark)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
