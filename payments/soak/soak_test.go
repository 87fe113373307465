// Package soak lives through random days in a shop, in virtual time: the real
// Desk, the real client, a real journal, and the built-in Alipay as the judge,
// under every fault there is at every call. One seed is one day, the same each
// time.
package soak

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var (
	wanted   = flag.Int("sales", 250, "how many sales to live through")
	perRun   = flag.Int("run", 120, "how many sales a run has")
	shards   = flag.Int("shards", 0, "how many processes share the sales; 0 is this one")
	within   = flag.Duration("for", 0, "end after this time, whatever is left; 0 is never")
	asShard  = flag.Bool("shard", false, "this process is one of them")
	onlySeed = flag.Uint64("seed", 0, "one run, again")
)

func TestMain(m *testing.M) {
	flag.Parse()
	runtime.GOMAXPROCS(1) // so that one seed is one run; -shards uses the other cores
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "soak")
		if err == nil {
			defer os.RemoveAll(dir)
			err = makeFreshAlipay(dir)
		}
		if err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

// TestSoak lives through as many sales as -sales says, and ends with a table. A
// run that breaks a promise is told as its shortest story: "-seed N" lives
// through the whole of it again.
func TestSoak(t *testing.T) {
	began, sales := time.Now(), *wanted
	if testing.Short() {
		sales = min(sales, *perRun)
	}
	var all table
	switch {
	case *asShard:
		lines := json.NewEncoder(os.Stdout)
		soak(t, sales, func(result table) { _ = lines.Encode(result) })
		return
	case *shards > 0:
		all = shareOut(t, sales, *shards)
	default:
		all = soak(t, sales, func(table) {})
	}
	if testing.Verbose() {
		all.print(os.Stdout, time.Since(began))
	}
	for _, story := range all.Failed {
		t.Errorf("%s", story)
	}
}

// soak lives through so many sales and tells of each run. It ends with the
// first that breaks a promise.
func soak(t *testing.T, sales int, tell func(table)) table {
	all, began := newTable(), time.Now()
	for all.Sales < sales && len(all.Failed) == 0 && (*within == 0 || time.Since(began) < *within) {
		seed := rand.Uint64() >> 1
		if *onlySeed != 0 {
			seed, sales = *onlySeed, 0
		}
		s := draw(seed, *perRun)
		result, problem := live(t, s)
		if problem != "" {
			short, why := shortest(t, s, problem)
			result.Failed = []string{fmt.Sprintf("%s\nthe shortest story that ends so:\n%s", why, short)}
		}
		tell(result)
		all.add(result)
	}
	return all
}

// shareOut has several processes live through the sales, and adds up what they
// tell.
func shareOut(t *testing.T, sales, among int) table {
	all, told := newTable(), make(chan table)
	ended := make(chan error)
	var running []*exec.Cmd
	for range among {
		c := exec.Command(os.Args[0], "-test.run=^TestSoak$", "-test.timeout=0", "-shard", fmt.Sprintf("-sales=%d", (sales+among-1)/among), fmt.Sprintf("-run=%d", *perRun), fmt.Sprintf("-for=%v", *within))
		c.Stderr = os.Stderr
		out, err := c.StdoutPipe()
		if err == nil {
			err = c.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		running = append(running, c)
		go func() {
			for lines := bufio.NewReader(out); ; {
				line, err := lines.ReadBytes('\n')
				var result table
				if json.Unmarshal(line, &result) == nil {
					told <- result
				}
				if err != nil {
					break
				}
			}
			ended <- c.Wait()
		}()
	}
	began, spoke := time.Now(), time.Now()
	for left := among; left > 0; {
		select {
		case result := <-told:
			all.add(result)
			if len(result.Failed) > 0 {
				for _, c := range running {
					_ = c.Process.Kill()
				}
			}
			if time.Since(spoke) > 10*time.Second {
				spoke = time.Now()
				fmt.Fprintf(os.Stderr, "%9d of %d sales, %d cents apart, %d open, %.0f sales/s\n",
					all.Sales, sales, all.CentsApart, all.Open, float64(all.Sales)/time.Since(began).Seconds())
			}
		case err := <-ended:
			left--
			if err != nil && len(all.Failed) == 0 {
				t.Errorf("a shard: %v", err)
			}
		}
	}
	return all
}

// One seed is one run, the same each time.
func TestOneSeedIsOneRun(t *testing.T) {
	s := draw(rand.Uint64()>>1, 60)
	if *onlySeed != 0 {
		s = draw(*onlySeed, *perRun)
	}
	_, _, first := liveAndTell(t, s)
	_, _, second := liveAndTell(t, s)
	slices.Sort(first) // two lines of the same moment may change places
	slices.Sort(second)
	for i := range min(len(first), len(second)) {
		if first[i] != second[i] {
			from, to := max(i-6, 0), i+4
			t.Fatalf("seed %d: line %d was\n%s\nand is\n%s", s.seed, i,
				strings.Join(first[from:min(to, len(first))], "\n"), strings.Join(second[from:min(to, len(second))], "\n"))
		}
	}
	if len(first) != len(second) {
		t.Fatalf("seed %d: %d lines and then %d", s.seed, len(first), len(second))
	}
}

// The simulated machine has two clocks, as a real one has.
func TestTheMachineHasTwoClocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m machine
		before := m.now()
		m.off.Store(int64(8 * time.Minute)) // somebody sets the clock
		time.Sleep(3 * time.Second)
		m.slept.Store(int64(time.Second)) // of which it slept one
		after := m.now()
		if wall := after.Round(0).Sub(before.Round(0)); wall != 8*time.Minute+3*time.Second {
			t.Errorf("the wall clock went on by %v", wall)
		}
		if steady := after.Sub(before); steady != 2*time.Second {
			t.Errorf("the steady clock went on by %v", steady)
		}
		if !after.Round(0).Equal(time.Now().Add(8 * time.Minute)) {
			t.Errorf("%v", after)
		}
	})
}
