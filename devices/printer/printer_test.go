package printer

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

const ms = time.Millisecond

// slip is a job of ordinary size with none of the bytes that mean questions.
var slip = bytes.Repeat([]byte("\x1b@Ringup HK$ 45.50\n"), 60)

func TestOpen(t *testing.T) {
	for _, c := range []struct {
		link string
		want error
	}{
		{"tcp://192.168.1.87:9100", nil},
		{"tcp://printer", nil},
		{"tcp://[fe80::1]:9100?status=off", nil},
		{"tcp://fe80::1", nil},
		{"serial:///dev/ttyUSB0?baud=19200", nil},
		{"serial://COM3", nil},
		{"file://slips/out.prn", nil},
		{"", ErrUnknownLink},
		{"/dev/usb/lp0", ErrUnknownLink},
		{"http://printer", ErrUnknownLink},
		{"usb:///dev/usb/lp0?id=04B8:0e15&serial=J%201", nil},
		{"usb:///dev/usb/lp0?id=04b8", ErrBadOption},
		{"usb:///dev/usb/lp0?serial=J1", ErrBadOption},
		{"tcp://host?id=04b8:0e15", ErrBadOption},
		{"cups://receipts", nil},
		{"cups://receipts?status=off", ErrBadOption},
		{"cups://", ErrNoAddress},
		{"spool://", ErrNoAddress},
		{"tcp://", ErrNoAddress},
		{"tcp://:9100", ErrNoAddress},
		{"file://", ErrNoAddress},
		{"tcp://host:0", ErrBadPort},
		{"tcp://host:91000", ErrBadPort},
		{"tcp://host:a:b", ErrBadPort},
		{"serial://COM3?baud=fast", ErrBadBaud},
		{"serial://COM3?baud=0", ErrBadBaud},
		{"tcp://host?baud=9600", ErrBadOption},
		{"tcp://host?status=maybe", ErrBadOption},
		{"tcp://host?%zz", ErrBadOption},
	} {
		t.Run(c.link, func(t *testing.T) {
			if runtime.GOOS == "windows" && (strings.HasPrefix(c.link, "usb") || strings.HasPrefix(c.link, "cups") && c.want == nil) {
				c.want = ErrNotHere
			}
			p, err := Open(c.link)
			if c.want == nil {
				if err != nil || p.Link() != c.link {
					t.Errorf("got %v, %v", p, err)
				}
				return
			}
			var e *LinkError
			if !errors.Is(err, c.want) || !errors.As(err, &e) || e.Link != c.link || p != nil || !strings.Contains(err.Error(), c.want.Error()) {
				t.Errorf("got %v, %v", p, err)
			}
		})
	}
	for in, want := range map[string]string{"printer": "printer:9100", "10.0.0.9:515": "10.0.0.9:515", "::1": "[::1]:9100", "[::1]": "[::1]:9100"} {
		if got, err := hostAndPort(in); got != want || err != nil {
			t.Errorf("%s is %s, %v, want %s", in, got, err, want)
		}
	}
}

func TestSendOverTCP(t *testing.T) {
	type want struct {
		problem Problem
		begun   bool
		printed bool
		nearEnd bool
		paper   int // bytes of the job that came out
	}
	all := len(slip)
	for _, c := range []struct {
		name     string
		machine  func(*machine)
		patience patience
		options  string
		want     want
	}{
		{"a good printer prints, and says so", func(*machine) {}, patience{}, "", want{printed: true, paper: all}},
		{"near its end of paper", func(m *machine) { m.status[4] = 0x1e }, patience{}, "",
			want{printed: true, nearEnd: true, paper: all}},
		{"a printer that never answers is sent to", func(m *machine) { m.mute = true }, patience{answer: 20 * ms}, "",
			want{paper: all}},
		{"a printer that only answers DLE EOT is sent to", func(m *machine) { m.noProof = true }, patience{poll: 10 * ms, proof: 60 * ms}, "",
			want{paper: all}},
		{"offline", func(m *machine) { m.status[1] = 0x1e }, patience{}, "", want{problem: Offline}},
		{"cover open", func(m *machine) { m.status[1], m.status[2] = 0x1e, 0x16 }, patience{}, "", want{problem: CoverOpen}},
		{"paper out", func(m *machine) { m.status[1], m.status[2], m.status[4] = 0x1e, 0x32, 0x72 }, patience{}, "", want{problem: PaperOut}},
		{"paper out, told by the sensor alone", func(m *machine) { m.status[4] = 0x72 }, patience{}, "", want{problem: PaperOut}},
		{"cutter jammed", func(m *machine) { m.status[1], m.status[2], m.status[3] = 0x1e, 0x52, 0x1a }, patience{}, "", want{problem: CutterError}},
		{"a wrong answer can be told to be ignored", func(m *machine) { m.status[1] = 0x1e }, patience{}, "?status=off", want{paper: all}},
		{"status that comes unasked is understood", func(m *machine) { m.greeting = []byte{0x14, 0x00, 0x00, 0x0f, 0x11, 0x13, 0xff} }, patience{}, "",
			want{printed: true, paper: all}},
		{"paper runs out in the middle", func(m *machine) {
			m.breaksAt, m.breaks = 200, func(m *machine) { m.set(2, 0x32) }
		}, patience{poll: 10 * ms}, "", want{problem: PaperOut, begun: true, paper: 200}},
		{"a head that is hot for a while prints in the end", func(m *machine) { m.hot = 3 }, patience{poll: 5 * ms}, "",
			want{printed: true, paper: all}},
		{"a head that stays hot is offline", func(m *machine) { m.hot = 1e9 }, patience{poll: 5 * ms, proof: 50 * ms}, "",
			want{problem: Offline, begun: true, paper: all}},
		{"no proof when time is up", func(m *machine) { m.noProof = true }, patience{poll: 10 * ms, job: 100 * ms}, "",
			want{problem: Stuck, begun: true, paper: all}},
		{"hangs up in the middle", func(m *machine) { m.breaksAt, m.hangsUp = 200, true }, patience{}, "",
			want{problem: Cut, begun: true, paper: 200}},
		{"a mute one hangs up in the middle", func(m *machine) { m.breaksAt, m.hangsUp, m.mute = 200, true, true }, patience{answer: 20 * ms}, "",
			want{problem: Cut, begun: true, paper: 200}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := good()
			c.machine(m)
			d := open(t, serve(t, m)+c.options, c.patience)
			r, err := d.Send(t.Context(), slip)
			var e *Error
			if errors.As(err, &e) != (c.want.problem != "") || err != nil && (e.Problem != c.want.problem || !errors.Is(err, c.want.problem) || e.Begun != c.want.begun) {
				t.Errorf("error %v, want %s, begun %v", err, c.want.problem, c.want.begun)
			}
			if r.Printed != c.want.printed || r.Status.NearEnd != c.want.nearEnd {
				t.Errorf("result %+v", r)
			}
			if got := m.printed(); got != string(slip[:c.want.paper]) {
				t.Errorf("%d bytes on paper, want %d", len(got), c.want.paper)
			}
		})
	}
}

func TestSendOverTCPThatFails(t *testing.T) {
	big := bytes.Repeat(slip, 20_000) // more than the buffers of a connection hold
	t.Run("a printer that never reads stops the job when time is up", func(t *testing.T) {
		l := listen(t)
		d := open(t, "tcp://"+l.Addr().String(), patience{answer: 10 * ms, job: 150 * ms})
		_, err := d.Send(t.Context(), big)
		wantError(t, err, Stuck, true)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a printer that says why it stops reading is believed", func(t *testing.T) {
		l := listen(t)
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() }) // and not earlier
			_, _ = conn.Read(make([]byte, 1))      // the job has begun
			_, _ = conn.Write([]byte{0x1c, 0x00, 0x0c, 0x0f})
		}()
		d := open(t, "tcp://"+l.Addr().String()+"?status=off", patience{job: 300 * ms})
		_, err := d.Send(t.Context(), big)
		wantError(t, err, PaperOut, true)
	})
	t.Run("the caller may stop it", func(t *testing.T) {
		l := listen(t)
		ctx, cancel := context.WithCancel(t.Context())
		d := open(t, "tcp://"+l.Addr().String()+"?status=off", patience{})
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() }) // and not earlier
			_, _ = conn.Read(make([]byte, 1))      // the job has begun
			cancel()
		}()
		_, err := d.Send(ctx, big)
		wantError(t, err, Stuck, true)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("nobody listens", func(t *testing.T) {
		l := listen(t)
		_ = l.Close()
		_, err := open(t, "tcp://"+l.Addr().String(), patience{}).Send(t.Context(), slip)
		wantError(t, err, Unreachable, false)
	})
	t.Run("no connection in time", func(t *testing.T) {
		l := listen(t)
		_, err := open(t, "tcp://"+l.Addr().String(), patience{dial: time.Nanosecond}).Send(t.Context(), slip)
		wantError(t, err, Unreachable, false)
	})
	t.Run("a printer that talks with another hangs up", func(t *testing.T) {
		l := listen(t)
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 3))
			_ = conn.Close()
		}()
		_, err := open(t, "tcp://"+l.Addr().String(), patience{}).Send(t.Context(), slip)
		wantError(t, err, Busy, false)
	})
}

func TestPrinterTakesOneJobAtATime(t *testing.T) {
	m := good()
	d := open(t, serve(t, m), patience{})
	results := make(chan error)
	for range 4 {
		go func() { _, err := d.Send(t.Context(), slip); results <- err }()
	}
	for range 4 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if m.printed() != strings.Repeat(string(slip), 4) {
		t.Error("the jobs are mixed")
	}
}

func TestProoflessPrinterIsNotWaitedForLongAgain(t *testing.T) {
	m := good()
	m.noProof = true
	d := open(t, serve(t, m), patience{poll: 5 * ms, proof: 20 * ms})
	for range 2 {
		if r, err := d.Send(t.Context(), slip); r.Printed || err != nil || !d.proofless {
			t.Fatalf("result %+v, %v", r, err)
		}
	}
	m.mu.Lock()
	m.noProof = false
	m.mu.Unlock()
	// That it can is learned, and believed from the next job on.
	d.patience.behind = 20 * time.Second
	for _, printed := range []bool{false, true} {
		if r, err := d.Send(t.Context(), slip); r.Printed != printed || err != nil || d.proofless {
			t.Fatalf("result %+v, %v", r, err)
		}
	}
}

func TestCheck(t *testing.T) {
	m := good()
	m.set(4, 0x1e)
	d := open(t, serve(t, m), patience{})
	if s, err := d.Check(t.Context()); err != nil || s != (Status{Answered: true, NearEnd: true}) || s.Problem() != NearEnd {
		t.Errorf("status %+v, %v", s, err)
	}
	m.set(2, 0x16)
	if s, err := d.Check(t.Context()); err != nil || s.Problem() != CoverOpen {
		t.Errorf("status %+v, %v", s, err)
	}
	if m.printed() != "" {
		t.Errorf("checking printed %q", m.printed())
	}
}

func TestFile(t *testing.T) {
	dir := t.TempDir()
	send := func(link, job string) error {
		p, err := Open(link)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := p.Check(t.Context()); err == nil && s.Answered {
			t.Errorf("a file answers: %+v", s)
		}
		r, err := p.Send(t.Context(), []byte(job))
		if r.Printed {
			t.Error("a file is not paper")
		}
		return err
	}
	t.Run("a job replaces the file", func(t *testing.T) {
		path := filepath.Join(dir, "out with 100% blanks.prn")
		for _, job := range []string{"first, and longer", "second"} {
			if err := send("file://"+path, job); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); string(got) != "second" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
	t.Run("a path may be relative", func(t *testing.T) {
		t.Chdir(dir)
		if err := send("file://relative.prn", "job"); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "relative.prn")); string(got) != "job" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
	t.Run("in a folder each job is a file, in order", func(t *testing.T) {
		folder := filepath.Join(dir, "slips")
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		want := []string{"a", "b", "c"}
		for _, job := range want {
			if err := send("file://"+folder, job); err != nil {
				t.Fatal(err)
			}
		}
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries {
			b, err := os.ReadFile(filepath.Join(folder, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(b))
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
	})
	t.Run("a pulse never takes a slip's place", func(t *testing.T) {
		path := filepath.Join(dir, "with pulse.prn")
		p, err := Open("file://" + path)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"!", "!!"} {
			if err := p.Pulse(t.Context(), []byte("!"), nil); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(path); string(got) != want || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
		}
		if err := errors.Join(send("file://"+path, "slip"), p.Pulse(t.Context(), []byte("!"), nil)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); string(got) != "slip!" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		folder := t.TempDir()
		if p, err = Open("file://" + folder); err != nil {
			t.Fatal(err)
		}
		if err := p.Pulse(t.Context(), []byte("!"), nil); err != nil {
			t.Fatal(err)
		}
		if entries, err := os.ReadDir(folder); len(entries) != 1 || err != nil {
			t.Errorf("%d files, %v", len(entries), err)
		}
	})
	t.Run("no folder to write to", func(t *testing.T) {
		link := "file://" + filepath.Join(dir, "none", "out.prn")
		wantError(t, send(link, "job"), Unreachable, false)
		p, _ := Open(link)
		_, err := p.Check(t.Context())
		wantError(t, err, Unreachable, false)
	})
	t.Run("a time that is up writes nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		p, _ := Open("file://" + filepath.Join(dir, "late.prn"))
		_, err := p.Send(ctx, slip)
		wantError(t, err, Stuck, false)
		if _, err := os.Stat(filepath.Join(dir, "late.prn")); !errors.Is(err, os.ErrNotExist) {
			t.Error("written")
		}
	})
	if runtime.GOOS == "windows" && localPath("/C:/slips") != "C:/slips" {
		t.Error("the drive is lost")
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func wantError(t *testing.T, err error, p Problem, begun bool) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Problem != p || !errors.Is(err, p) || e.Begun != begun || !strings.Contains(err.Error(), string(p)) {
		t.Errorf("error %v, want %s, begun %v", err, p, begun)
	}
}
