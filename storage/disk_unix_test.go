//go:build unix

package storage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"ringup/payments"
)

func init() { roles["limit"] = limit }

// limit sells under a limit of the file size, which stands for a disk that
// fills up in the middle of a write, and tells how Append fails.
func limit(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	j, err := Open(dir, small)
	if err != nil {
		return err
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 1 << 20, Max: 1 << 20}); err != nil {
		return err
	}
	for n := 0; ; n++ {
		if err := j.Append(aSale(n)); err != nil {
			fmt.Println("STOPPED", n, errors.Is(err, ErrUncertain), errors.Is(err, ErrDiskFull),
				errors.Is(j.Append(aSale(n+1)), ErrUncertain), errors.Is(j.Healthy(), ErrUncertain))
			return nil
		}
	}
}

func TestAWriteThatFailsHalfWay(t *testing.T) {
	dir := t.TempDir()
	_, out := child(t, "limit", dir)
	said, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	var uncertain, full, stays, unhealthy bool
	if _, err := fmt.Sscanf(string(said), "STOPPED %d %t %t %t %t\n", &n, &uncertain, &full, &stays, &unhealthy); err != nil {
		t.Fatalf("%s: %v", said, err)
	}
	if !uncertain || !full || !stays || !unhealthy || n == 0 {
		t.Fatalf("said %s", said)
	}
	j := open(t, dir)
	if err := j.Verify(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if seq, _, err := j.Head(); err != nil || seq != uint64(2*n) && seq != uint64(2*n+2) {
		t.Fatalf("%d events are there of %d sales, %v", seq, n, err)
	}
}

// asNobody runs this binary in a role as a user who may write nothing.
func asNobody(t *testing.T, role, dir string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe, dir)
	c.Env = append(os.Environ(), childRole+"="+role)
	if os.Getuid() == 0 {
		const nobody = 65534
		place, err := os.MkdirTemp("", "nobody") // where nobody can read the binary
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(place) })
		content, err := os.ReadFile(exe)
		if err != nil {
			t.Fatal(err)
		}
		c.Path = filepath.Join(place, "test")
		if err := errors.Join(os.Chmod(place, 0o755), os.WriteFile(c.Path, content, 0o755)); err != nil {
			t.Fatal(err)
		}
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		c.Dir = "/"
	}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestAFolderThatCanNotBeWritten(t *testing.T) {
	place, err := os.MkdirTemp("", "readonly")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = os.Chmod(place, 0o755)
		_ = os.RemoveAll(place)
	})
	dir := filepath.Join(place, "live")
	j := open(t, dir)
	_ = j.Close()
	for _, mode := range []struct {
		name         string
		folder, file os.FileMode
		inside       string
	}{
		{"a journal that may only be read", 0o555, 0o444, dir},
		{"a folder in which none can be begun", 0o555, 0o444, filepath.Join(dir, "none")},
	} {
		t.Run(mode.name, func(t *testing.T) {
			if err := errors.Join(os.Chmod(filepath.Join(dir, fileName), mode.file), os.Chmod(dir, mode.folder), os.Chmod(place, 0o555)); err != nil {
				t.Fatal(err)
			}
			if got := asNobody(t, "try", mode.inside); got != "READONLY" {
				t.Fatal(got)
			}
		})
	}
}

func TestAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := mountSmall(dir, 8<<20); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = unmount(dir) })
	o := Options{Ballast: 1 << 20, MinFree: 2 << 20}
	j, err := Open(filepath.Join(dir, "live"), o)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := errors.Join(j.Healthy(), j.Append(aSale(0))); err != nil {
		t.Fatal(err)
	}
	filler, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer filler.Close()
	for { // to the last byte
		if _, err := filler.Write(bytes.Repeat([]byte{1}, 4096)); err != nil {
			if !errors.Is(err, unix.ENOSPC) {
				t.Fatal(err)
			}
			break
		}
	}
	before, _, err := j.Head()
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Healthy(); !errors.Is(err, ErrDiskFull) {
		t.Fatalf("healthy: %v", err)
	}
	if err := j.Append(aSale(1)); !errors.Is(err, ErrDiskFull) || errors.Is(err, ErrUncertain) {
		t.Fatalf("a new sale: %v", err)
	}
	if err := j.Append(payments.Batch{Events: []payments.Event{{At: noon, Sale: saleID(0), Body: begun(0, 2, noon)}}}); !errors.Is(err, ErrDiskFull) {
		t.Fatalf("a new attempt: %v", err)
	}
	if seq, _, _ := j.Head(); seq != before || !j.room.hasBallast() {
		t.Fatalf("head %d, was %d; ballast %v", seq, before, j.room.hasBallast())
	}
	// What is open is finished, and there is room for hundreds of events.
	if err := j.Append(paid(0)); err != nil {
		t.Fatalf("finishing: %v", err)
	}
	for range 100 {
		if err := j.Append(payments.Batch{Events: []payments.Event{{At: noon, Sale: saleID(0), Body: payments.Alarmed{Alarm: payments.Alarm{Kind: "x"}}}}}); err != nil {
			t.Fatal(err)
		}
	}
	if j.room.hasBallast() {
		t.Fatal("the ballast is still there")
	}
	if err := j.Healthy(); !errors.Is(err, ErrDiskFull) {
		t.Fatalf("healthy: %v", err)
	}
	if err := os.Remove(filler.Name()); err != nil {
		t.Fatal(err)
	}
	_ = filler.Close()
	if err := errors.Join(j.Healthy(), j.Append(aSale(1)), j.Verify(t.Context(), nil)); err != nil || !j.room.hasBallast() {
		t.Fatalf("with room again: %v, ballast %v", err, j.room.hasBallast())
	}
	t.Run("no journal begins on a full disk", func(t *testing.T) {
		full := filepath.Join(t.TempDir(), "full")
		if err := os.MkdirAll(full, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := mountSmall(full, 8<<10); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = unmount(full) }()
		if _, err := Open(full, o); !errors.Is(err, ErrDiskFull) {
			t.Fatal(err)
		}
		left, err := os.ReadDir(full)
		if err != nil || len(left) != 0 {
			t.Fatalf("left %v, %v", left, err)
		}
	})
}

// fillDisk takes every byte that a disk has left, until the file that comes back
// is removed.
func fillDisk(t *testing.T, dir string) (filler string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(bytes.Repeat([]byte{1}, 4096))
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
	return f.Name()
}

func TestACopyOnAFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := mountSmall(disk, 1<<20); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = unmount(disk) })
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(disk, copyName), filepath.Join(dir, copyName)); err != nil {
		t.Fatal(err)
	}
	j := open(t, dir)
	sell(t, j, 0, 5)
	filler := fillDisk(t, disk)
	n := 5
	for ; j.CopyFault() == nil && n < 1000; n++ {
		sell(t, j, n, 1)
	}
	if err := j.CopyFault(); !errors.Is(err, ErrDiskFull) {
		t.Fatal(err)
	}
	sell(t, j, n, 20) // it never stops a sale
	if err := errors.Join(j.Healthy(), j.Close()); err != nil {
		t.Fatal(err)
	}
	j = open(t, dir) // nor a start
	if err := j.CopyFault(); !errors.Is(err, ErrDiskFull) {
		t.Fatal(err)
	}
	if got := recordsOf(t, filepath.Join(disk, copyName)); len(got) < 15 || !sameValues(got, eventsOf(t, j)[:len(got)]) {
		t.Fatalf("%d records", len(got))
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	sell(t, j, n+20, 1)
	keepUp(t, j)
	if err := j.Verify(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if !sameValues(recordsOf(t, filepath.Join(disk, copyName)), eventsOf(t, j)) {
		t.Fatal("it didn't catch up")
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	t.Run("and a rebuild on one leaves everything as it was", func(t *testing.T) {
		full := filepath.Join(disk, "live")
		if err := os.Mkdir(full, 0o700); err != nil {
			t.Fatal(err)
		}
		copied, damaged := get(t, disk, copyName), []byte("damaged")
		put(t, copied, full, copyName)
		put(t, damaged, full, fileName)
		fillDisk(t, disk)
		if _, err := Rebuild(t.Context(), full, onTheDay); !errors.Is(err, ErrDiskFull) {
			t.Fatal(err)
		}
		if got := names(t, full); len(got) != 2 || !bytes.Equal(get(t, full, copyName), copied) || !bytes.Equal(get(t, full, fileName), damaged) {
			t.Fatal(got)
		}
	})
}
