// Package e2e uses the real program as a person does: a window on a screen of
// its own, keys and clicks. `make test-window` runs it.
package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// patience is how long a slow machine may take for what a person would see at
// once; a test that passes never waits for it.
const patience = time.Minute

func TestTheWindowOpens(t *testing.T) {
	till := open(t)
	if name := till.xdotool(t, "getwindowname", till.window); !strings.Contains(name, "Ringup") {
		t.Errorf("the window is called %q", name)
	}
}

// window is the program, running, with its window open.
type window struct {
	program string
	home    string
	display string
	window  string // its number, as xdotool takes it
	process *os.Process
	ended   chan error
	closed  bool
}

// environment is what the program and its verbs run in.
func (w *window) environment() []string {
	return append(os.Environ(), "DISPLAY="+w.display, "WAYLAND_DISPLAY=", "HOME="+w.home,
		"XDG_CONFIG_HOME="+w.home, "XDG_CACHE_HOME="+w.home, "XDG_RUNTIME_DIR="+w.home, "LANG=C.UTF-8",
		"LIBGL_ALWAYS_SOFTWARE=1", "FYNE_THEME=light", "TZ="+noon())
}

// noon is a time zone in which it is about noon now, so that no business day
// ends in the middle of a test.
func noon() string { return fmt.Sprintf("Etc/GMT%+d", time.Now().UTC().Hour()-12) }

// close ends the program as a person's log-out does, and waits.
func (w *window) close(t *testing.T) {
	t.Helper()
	w.closed = true
	if err := w.process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := <-w.ended; err != nil {
		t.Errorf("the program ended with %v", err)
	}
}

// open starts the program that RINGUP_WINDOW names, with an empty home and a
// screen of its own, and waits for its window. When the test ends the program
// is killed, which it must always be ready for, and what it wrote is searched
// for calls to Fyne from a wrong goroutine.
func open(t *testing.T) *window {
	t.Helper()
	till := newHome(t)
	till.start(t)
	return till
}

// newHome is the program that RINGUP_WINDOW names, not running yet.
func newHome(t *testing.T) *window {
	t.Helper()
	program := os.Getenv("RINGUP_WINDOW")
	if program == "" {
		t.Skip("RINGUP_WINDOW names no program to test; make test-window builds one and names it")
	}
	return &window{program: program, home: t.TempDir(), ended: make(chan error, 1)}
}

// start is what open says, with a home that is there.
func (w *window) start(t *testing.T) {
	t.Helper()
	if w.display == "" {
		w.display = screen(t)
	}
	ringup := exec.Command(w.program)
	ringup.Dir, ringup.Env = w.home, w.environment()
	var written bytes.Buffer
	ringup.Stdout, ringup.Stderr = &written, &written
	if err := ringup.Start(); err != nil {
		t.Fatal(err)
	}
	w.process = ringup.Process
	go func() { w.ended <- ringup.Wait() }()
	t.Cleanup(func() {
		if !w.closed {
			select {
			case err := <-w.ended:
				t.Errorf("the program ended by itself: %v", err)
			default:
				ringup.Process.Kill()
				<-w.ended
			}
		}
		if strings.Contains(written.String(), "Error in Fyne call thread") {
			t.Error("Fyne was called from a wrong goroutine")
		}
		if t.Failed() {
			t.Logf("the program wrote:\n%s", written.String())
		}
	})
	w.window = w.xdotool(t, "search", "--sync", "--onlyvisible", "--name", "Ringup")
}

// xdotool asks for something to be done on the screen.
func (w *window) xdotool(t *testing.T, words ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	do := exec.CommandContext(ctx, "xdotool", words...)
	do.Env = append(os.Environ(), "DISPLAY="+w.display)
	out, err := do.CombinedOutput()
	if err != nil {
		t.Fatalf("xdotool %v: %v\n%s", words, err, out)
	}
	return strings.TrimSpace(string(out))
}

// screen starts an X server that draws into memory, and returns its display.
func screen(t *testing.T) string {
	t.Helper()
	told, number, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer told.Close()
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1366x768x24", "-nolisten", "tcp")
	server.ExtraFiles = []*os.File{number} // is 3 there; the server picks a free display and writes it
	err = server.Start()
	number.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Signal(os.Interrupt) // so that it takes its lock away
		server.Wait()
	})
	display, err := io.ReadAll(told)
	if err != nil || len(display) == 0 {
		t.Fatalf("Xvfb did not start: %v", err)
	}
	return ":" + strings.TrimSpace(string(display))
}
