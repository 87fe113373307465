package console_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"

	"ringup/payments/sandbox"
)

// Which strokes fall; see TestKilledAnywhere.
var (
	crashEvery = flag.Bool("every", false, "strike at every point of every life")
	crashSeed  = flag.Uint64("seed", 0, "repeat the choice of points of an earlier run")
	crashLife  = flag.String("life", "", "strike in this verb of this life only, such as paid/pay")
	crashPoint = flag.Int("point", 0, "strike at this point only")
	crashList  = flag.Bool("points", false, "list the points of the verb instead of striking")
	crashHow   = flag.String("how", "", "strike in this way only: before, after, full, locked, broken, short, torn")
)

// The real program is killed, or its disk fails, at the calls that it makes to
// the system; then it is started again, settles what is open, and its books
// are held against Alipay's ledger. Without flags a random few points are
// struck, with -every all of them.
func TestKilledAnywhere(t *testing.T) {
	keys, err := openedOnce(t)
	if err != nil {
		t.Fatal(err)
	}
	c := campaign{seed: *crashSeed, rows: map[string]*tally{}}
	if c.seed == 0 {
		c.seed = rand.Uint64()
	}
	work := make(chan part)
	var wait sync.WaitGroup
	for range 3 * runtime.NumCPU() { // some verbs wait
		w, err := newWorld(inMemory(t), keys)
		if err != nil {
			t.Fatal(err)
		}
		if err := allowed(w); errors.Is(err, errNoTracing) {
			t.Skip(err)
		} else if err != nil {
			t.Fatal(err)
		}
		wait.Go(func() {
			for p := range work {
				c.play(t, w, p)
			}
			if err := w.close(); err != nil {
				t.Error(err)
			}
		})
	}
	begin := time.Now()
	played := c.chosen(scenes())
	if len(played) == 0 {
		t.Errorf("no such life: %s", *crashLife)
	}
	of := 1
	if *crashEvery {
		of = 4 // so that verbs which wait stand beside verbs which work
	}
	for n := range of {
		for _, s := range played {
			work <- part{s, n, of}
		}
	}
	close(work)
	wait.Wait()
	if (*crashEvery || *crashLife != "") && !*crashList {
		c.table(os.Stdout, time.Since(begin))
	}
}

// inMemory is a folder that is gone after the test. It lies in memory where the
// machine has such a place: a kill loses nothing that a sync would save, so
// waiting for a disk proves nothing more.
func inMemory(t *testing.T) string {
	t.Helper()
	const memory, enough = "/dev/shm", 1 << 30
	var st unix.Statfs_t
	if unix.Statfs(memory, &st) != nil || st.Bavail*uint64(st.Bsize) < enough {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "ringup-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// openedOnce is the folder of an Alipay with keys.
func openedOnce(t *testing.T) (string, error) {
	dir := filepath.Join(t.TempDir(), "alipay")
	a, err := sandbox.Open(dir)
	if err != nil {
		return dir, err
	}
	return dir, a.Close()
}

// allowed tries whether this machine lets one program watch another.
func allowed(w *world) error {
	_, err := w.run(stroke{how: watched}, "version")
	return err
}

// campaign is one run of the test.
type campaign struct {
	seed uint64
	mu   sync.Mutex
	rows map[string]*tally // by life
}

// tally is what came of the strokes in one life.
type tally struct {
	points                                 int
	before, after, recovery, failed, quick int
	ends                                   map[end]int
	wrong                                  int
}

// How much is struck without -every: a few seconds' worth.
const (
	fewScenes = 6
	fewKills  = 8
	fewFaults = 4
)

// chosen are the scenes that are played.
func (c *campaign) chosen(all []scene) []scene {
	switch {
	case *crashLife != "":
		var some []scene
		for _, s := range all {
			if s.String() == *crashLife || s.name == *crashLife {
				some = append(some, s)
			}
		}
		return some
	case *crashEvery:
		return all
	}
	r := rand.New(rand.NewPCG(c.seed, 0))
	r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all[:fewScenes]
}

// choose are the strokes that fall on a scene.
func (c *campaign) choose(r *rand.Rand, all []stroke) (some []stroke) {
	if *crashPoint != 0 || *crashHow != "" {
		for _, s := range all {
			if (*crashPoint == 0 || s.at == *crashPoint) && (*crashHow == "" || string(s.how) == *crashHow) {
				some = append(some, s)
			}
		}
		if len(some) == 0 && *crashPoint != 0 && *crashHow != "" {
			some = append(some, stroke{*crashPoint, how(*crashHow)})
		}
		return some
	}
	if *crashEvery || *crashLife != "" {
		return all
	}
	r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	left := map[bool]int{true: fewKills, false: fewFaults}
	for _, s := range all {
		if left[s.kills()] > 0 {
			left[s.kills()]--
			some = append(some, s)
		}
	}
	return some
}

func (s stroke) kills() bool { return s.how == before || s.how == after }

// part is each of-th stroke in a scene, from the n-th.
type part struct {
	scene
	n, of int
}

// play strikes in one verb of one life.
func (c *campaign) play(t *testing.T, w *world, p part) {
	s := p.scene
	r := rand.New(rand.NewPCG(c.seed, hashOf(s.String())+uint64(p.n)))
	delete(w.kept, atScene)
	seen, err := w.points(s)
	if err != nil {
		t.Errorf("%v: %v", s, err)
		return
	}
	c.mu.Lock()
	row := c.rows[s.name]
	if row == nil {
		row = &tally{ends: map[end]int{}}
		c.rows[s.name] = row
	}
	if p.n == 0 {
		row.points += len(seen.points)
	}
	c.mu.Unlock()
	if *crashList {
		for i, p := range seen.points {
			fmt.Printf("%3d  %s\n", i+1, p)
		}
		return
	}
	chosen := c.choose(r, strokes(seen))
	if *crashEvery && p.n == 0 {
		fmt.Printf("%-34s %3d points, %4d strokes\n", s, len(seen.points), len(chosen))
	}
	for i, blow := range chosen {
		if i%p.of != p.n {
			continue
		}
		var again []stroke
		if blow.kills() {
			again = inRecovery(r)
		}
		v := w.suffer(s, blow, again)
		c.mu.Lock()
		row.add(blow, v)
		wrong := row.wrong
		c.mu.Unlock()
		if v.err != nil && wrong <= 10 {
			t.Errorf("%v\nagain: go test ./ui/console -run TestKilledAnywhere -life %v %v (seed %d, recovery killed %v)", v.err, s, blow, c.seed, again)
		} else if v.err != nil {
			t.Fail()
		}
	}
}

func hashOf(text string) (h uint64) {
	for _, b := range []byte(text) {
		h = h*31 + uint64(b)
	}
	return h
}

func (t *tally) add(s stroke, v verdict) {
	switch {
	case !v.struck:
		t.quick++
	case s.how == before:
		t.before++
	case s.how == after:
		t.after++
	default:
		t.failed++
	}
	t.recovery += v.recovery
	if v.err != nil {
		t.wrong++
	} else {
		t.ends[v.end]++
	}
}

// table tells how it went, life by life.
func (c *campaign) table(out *os.File, took time.Duration) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "life\tpoints\tkilled before\tkilled after\tin recovery\tdisk faults\tended first\tpaid\tnot paid\trefunded\tdisagreements\t")
	var sum tally
	sum.ends = map[end]int{}
	line := func(name string, t *tally) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", name, t.points, t.before, t.after, t.recovery, t.failed, t.quick,
			t.ends[endPaid], t.ends[endNotPaid], t.ends[endRefunded], t.wrong)
	}
	for _, l := range lives {
		t := c.rows[l.name]
		if t == nil {
			continue
		}
		line(l.name, t)
		sum.points += t.points
		sum.before += t.before
		sum.after += t.after
		sum.recovery += t.recovery
		sum.failed += t.failed
		sum.quick += t.quick
		sum.wrong += t.wrong
		for e, n := range t.ends {
			sum.ends[e] += n
		}
	}
	line("all", &sum)
	_ = w.Flush()
	fmt.Fprintf(out, "\n%d kills and %d disk faults in %.0f s. After each the program was started again and settled;\nthen the books verified and equalled Alipay's ledger to the cent, except %d times.\n%s\n",
		sum.before+sum.after+sum.recovery, sum.failed, took.Seconds(), sum.wrong, strings.TrimSpace(legend))
}

const legend = `
points: calls that write, sync, name or remove a file, connect, send, or bring an answer; counted in a run without a fault
killed before, after: by SIGKILL, before or after the point; in recovery: the restart after a kill was killed too
disk faults: from the point on the disk is full or read-only; or the one call fails, or writes half
ended first: the threads ran in another order, and the verb ended before the point was reached
`
