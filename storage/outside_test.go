package storage

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"ringup/payments"
)

// A test runs this binary again as another program when this variable names
// the part that it is to play.
const childRole = "RINGUP_STORAGE_TEST_ROLE"

var roles = map[string]func(dir string) error{
	"hold":  hold,
	"write": write,
	"try":   try,
}

func TestMain(m *testing.M) {
	role := os.Getenv(childRole)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := roles[role](os.Args[len(os.Args)-1]); err != nil {
		fmt.Println("FAILED", err)
		os.Exit(1)
	}
}

// child starts this binary as another program; it ends with the test.
func child(t *testing.T, role, dir string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe, dir)
	c.Env = append(os.Environ(), childRole+"="+role)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	return c, bufio.NewReader(out)
}

// hold keeps the journal open until its standard input ends.
func hold(dir string) error {
	o := small
	o.Program = "the other till"
	j, err := Open(dir, o)
	if err != nil {
		return err
	}
	fmt.Println("HELD")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return j.Close()
}

// write sells until it is killed and tells each event that is durable.
func write(dir string) error {
	j, err := Open(dir, small)
	if err != nil {
		return err
	}
	seq, _, err := j.Head()
	if err != nil {
		return err
	}
	for n := int(seq); ; n++ { // larger than any number that was used
		for _, b := range []payments.Batch{aSale(n), paid(n)} {
			if err := j.Append(b); err != nil {
				return err
			}
			fmt.Println("DURABLE", b.Events[len(b.Events)-1].Seq)
		}
	}
}

// try tells the kind of error that opening gives.
func try(dir string) error {
	j, err := Open(dir, small)
	if err == nil {
		err = j.Append(aSale(0))
	}
	for name, known := range map[string]error{"READONLY": ErrReadOnly, "FULL": ErrDiskFull, "DAMAGED": ErrDamaged} {
		if errors.Is(err, known) {
			fmt.Println(name)
			return nil
		}
	}
	fmt.Println("OTHER", err)
	return nil
}

func TestAJournalIsOpenInOneProgramOnly(t *testing.T) {
	dir := t.TempDir()
	c, out := child(t, "hold", dir)
	if line, err := out.ReadString('\n'); line != "HELD\n" {
		t.Fatal(line, err)
	}
	o := small
	o.Wait = 100 * time.Millisecond
	_, err := Open(dir, o)
	var held *HeldError
	if !errors.As(err, &held) || held.PID != c.Process.Pid || held.Program != "the other till" || time.Since(held.Since) > time.Hour {
		t.Fatal(err)
	}
	if host, _ := os.Hostname(); held.Host != host {
		t.Fatalf("held on %q, want %q", held.Host, host)
	}
	if err := os.Remove(filepath.Join(dir, holderName)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, o); !errors.As(err, &held) || held.PID != 0 {
		t.Fatalf("without word: %v", err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	_ = open(t, dir) // a program that died holds nothing
}

func TestTwoProgramsThatBeginAtOnceShareOneJournal(t *testing.T) {
	for range 5 {
		dir := t.TempDir()
		ids := make(chan string, 4)
		for range cap(ids) {
			go func() {
				o := small
				o.Wait = 20 * time.Second
				j, err := Open(dir, o)
				if err != nil {
					ids <- err.Error()
					return
				}
				_, id := j.Incarnation()
				_ = j.Close()
				ids <- id
			}()
		}
		first := <-ids
		for range cap(ids) - 1 {
			if id := <-ids; id != first || strings.Contains(id, " ") {
				t.Fatalf("%q and %q", first, id)
			}
		}
	}
}

func TestWhatIsDurableSurvivesAKill(t *testing.T) {
	dir := t.TempDir()
	for round := range 12 {
		c, out := child(t, "write", dir)
		durable := uint64(0)
		for range 1 + rand.IntN(60) {
			line, err := out.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			word, number, _ := strings.Cut(strings.TrimSpace(line), " ")
			if word != "DURABLE" {
				t.Fatal(line)
			}
			if durable, err = strconv.ParseUint(number, 10, 64); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		rest, _ := io.ReadAll(out)
		_ = c.Wait()
		for line := range strings.Lines(string(rest)) { // said between the last reading and the kill
			var seq uint64
			if _, err := fmt.Sscanf(line, "DURABLE %d\n", &seq); err == nil {
				durable = max(durable, seq)
			}
		}
		j := open(t, dir)
		if err := j.Verify(t.Context(), nil); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		// One batch may be written and not yet told: at most two events.
		if seq, _, err := j.Head(); err != nil || seq < durable || seq > durable+2 {
			t.Fatalf("round %d: head %d, %v, but %d was durable", round, seq, err, durable)
		}
		_ = j.Close()
	}
}

func TestAFileWithAnyPageDamagedIsNeverBelieved(t *testing.T) {
	dir := whole(t, 60)
	path := filepath.Join(dir, fileName)
	intact, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	j := open(t, copyOf(t, dir))
	for n := range 61 {
		s, err := j.Sale(saleID(n))
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, fmt.Sprintf("%+v", s))
	}
	_ = j.Close()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, %d pages", seed, len(intact)/4096)
	r := rand.New(rand.NewPCG(seed, 1))
	unseen := 0
	for range 40 {
		bad := append([]byte(nil), intact...)
		// Leave out the pages' own heads: a wrong page number can keep bbolt
		// in a loop for ever, which only a child process with a deadline bears.
		page := r.IntN(len(bad)/4096) * 4096
		for bytes.Count(bad[page:page+4096], []byte{0}) > 4000 {
			page = r.IntN(len(bad)/4096) * 4096
		}
		for range 16 {
			bad[page+2048+r.IntN(2048)] ^= byte(1 + r.IntN(255))
		}
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := Open(dir, small)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewerFormat) {
				t.Fatalf("page %d: %v", page/4096, err)
			}
			continue
		}
		faults := 0
		for n := range 61 {
			s, err := j.Sale(saleID(n))
			if err == nil && fmt.Sprintf("%+v", s) != want[n] {
				t.Fatalf("page %d: sale %d is believed as %+v", page/4096, n, s)
			}
			if err != nil {
				faults++
			}
		}
		if err := j.Verify(t.Context(), nil); err == nil && faults == 0 {
			unseen++ // a page that holds nothing any more
		} else if err == nil {
			t.Fatalf("page %d: %d sales can't be read, but the journal is verified", page/4096, faults)
		}
		_ = j.Close()
	}
	t.Logf("%d of 40 damaged pages held nothing any more", unseen)
	if unseen == 40 {
		t.Fatal("the damage did nothing")
	}
}
