//go:build unix

package printer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// cupsHere puts commands of CUPS that do as told into a folder, first on PATH.
// Each writes down how it was called.
func cupsHere(t *testing.T, commands map[string]string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, does := range commands {
		script := "#!/bin/sh\necho \"" + name + " $*\" >>" + folder + "/calls\n[ \"$LC_ALL\" = C ] || exit 9\n" + does + "\n"
		if err := os.WriteFile(filepath.Join(folder, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", folder+":/usr/bin:/bin")
	return folder
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

const (
	idle     = `echo "printer receipts is idle.  enabled since Sat 21 Nov 2026 09:00:00"`
	disabled = `printf 'printer receipts disabled since Sat 21 Nov 2026 09:00:00 -\n\tUnplugged or turned off\n'`
	accept   = `cat >"$(dirname "$0")/job"; echo "request id is receipts-12 (0 file(s))"`
	states   = `case $1 in -p) ` + idle + `;; -o) ;; esac`
)

func TestCUPS(t *testing.T) {
	if _, err := Open("cups://receipts"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		commands map[string]string
		problem  Problem
		begun    bool
		taken    bool
		cancels  bool
	}{
		{"CUPS takes the job and passes it on", map[string]string{"lpstat": states, "lp": accept}, "", false, true, false},
		{"what it says of a job is not understood", map[string]string{"lpstat": states, "lp": "cat >$(dirname $0)/job; echo ok"}, "", false, true, false},
		{"the queue's state can't be read in time", map[string]string{"lpstat": `[ $1 = -o ] || exec sleep 30`, "lp": accept}, "", false, true, false},
		{"the queue is stopped", map[string]string{"lpstat": disabled, "lp": accept}, Offline, false, false, false},
		{"no such queue", map[string]string{"lpstat": `echo 'lpstat: Invalid destination name in list "receipts".' >&2; exit 1`}, Unreachable, false, false, false},
		{"no CUPS", nil, Unreachable, false, false, false},
		{"CUPS doesn't run", map[string]string{"lpstat": states, "lp": `echo "lp: Error - scheduler not responding." >&2; exit 1`}, Unreachable, false, false, false},
		{"one may not", map[string]string{"lpstat": states, "lp": `echo "lp: Forbidden" >&2; exit 1`}, Denied, false, false, false},
		{"the queue takes no jobs", map[string]string{"lpstat": states, "lp": `echo 'lp: Destination "receipts" is not accepting jobs.' >&2; exit 1`}, Offline, false, false, false},
		{"the command hangs", map[string]string{"lpstat": states, "lp": "exec sleep 30"}, Stuck, true, false, false},
		{"the job stays where it is, and is taken back", map[string]string{
			"lpstat": `case $1 in -p) ` + idle + `;; -o) echo "receipts-12  root  1024  Sat 21 Nov 2026";; esac`, "lp": accept, "cancel": ":",
		}, Stuck, true, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := cupsHere(t, c.commands)
			if c.commands == nil {
				t.Setenv("PATH", folder)
			}
			p, err := Open("cups://receipts")
			if err != nil {
				t.Fatal(err)
			}
			q := p.(*cups)
			q.poll, q.gone, q.patience = 10*ms, 100*ms, 20*time.Second
			q.run = func(ctx context.Context, stdin []byte, name string, args ...string) (string, error) {
				if strings.Contains(c.commands[name], "exec sleep") && args[0] != "-o" { // it hangs: no need to wait for it long
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, 100*ms)
					defer cancel()
				}
				return command(ctx, stdin, name, args...)
			}
			r, err := q.Send(t.Context(), slip)
			if r.Printed {
				t.Error("it can't know that")
			}
			if c.problem != "" {
				wantError(t, err, c.problem, c.begun)
			} else if err != nil {
				t.Error(err)
			}
			if got := read(t, filepath.Join(folder, "job")); c.taken && got != string(slip) || !c.taken && got != "" {
				t.Errorf("%d bytes were taken", len(got))
			}
			calls := read(t, filepath.Join(folder, "calls"))
			if strings.Contains(calls, "lp -d ") && !strings.Contains(calls, "lp -d receipts -o raw -t Ringup\n") {
				t.Errorf("called as %s", calls)
			}
			if strings.Contains(calls, "cancel receipts-12\n") != c.cancels {
				t.Errorf("calls: %s", calls)
			}
		})
	}
	t.Run("how it is", func(t *testing.T) {
		cupsHere(t, map[string]string{"lpstat": disabled})
		p, _ := Open("cups://receipts")
		if s, err := p.Check(t.Context()); err != nil || s.Problem() != Offline {
			t.Errorf("%+v, %v", s, err)
		}
		cupsHere(t, map[string]string{"lpstat": idle})
		if s, err := p.Check(t.Context()); err != nil || s != (Status{}) {
			t.Errorf("%+v, %v", s, err)
		}
	})
	t.Run("a pulse", func(t *testing.T) {
		folder := cupsHere(t, map[string]string{"lpstat": states, "lp": accept})
		p, _ := Open("cups://receipts")
		if err := p.Pulse(t.Context(), []byte("\x1bp\x00\x19\xfa"), nil); err != nil || read(t, filepath.Join(folder, "job")) != "\x1bp\x00\x19\xfa" {
			t.Error(err)
		}
	})
	t.Run("a caller who has gone", func(t *testing.T) {
		folder := cupsHere(t, map[string]string{"lpstat": states, "lp": accept})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		p, _ := Open("cups://receipts")
		if _, err := p.Send(ctx, slip); err == nil || read(t, filepath.Join(folder, "job")) != "" {
			t.Error(err)
		}
	})
	t.Run("names that are none", func(t *testing.T) {
		for _, link := range []string{"cups://-d", "cups://a b", "cups://a/b", "cups://a,b", "cups://" + strings.Repeat("a", 128)} {
			if p, err := Open(link); err == nil || p != nil {
				t.Errorf("%s is a queue", link)
			}
		}
	})
}

func TestFindCUPSQueues(t *testing.T) {
	cupsHere(t, map[string]string{"lpstat": idle + "\n" + disabled + `
echo "printer kitchen-80mm now printing kitchen-80mm-3.  enabled since Sat"
echo "printer bad/name is idle."
echo "lpstat: nonsense"`})
	want := []Found{{Link: "cups://receipts", Name: "receipts"}, {Link: "cups://receipts", Name: "receipts"}, {Link: "cups://kitchen-80mm", Name: "kitchen-80mm"}}
	if got := cupsQueues(t.Context()); !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	t.Setenv("PATH", t.TempDir())
	if got := cupsQueues(t.Context()); got != nil {
		t.Errorf("got %+v", got)
	}
}
