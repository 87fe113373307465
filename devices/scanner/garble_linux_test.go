package scanner

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var lineScans = flag.Int("linescans", 2, "how many scans each of the real terminal lines with trouble brings")

// transmit sends as a scanner that is set to a speed: what the till's end hears
// is what its own speed makes of it. The terminal tells that speed, and whether
// bytes without a stop bit are to be marked.
func (c *cable) transmit(r *rand.Rand, baud int, text string) {
	c.t.Helper()
	termios := c.termios()
	u := uart{baud: c.speed(), marks: termios.Iflag&unix.INPCK != 0, eager: r.IntN(2) == 0}
	if heard := u.hear([]byte(text), baud, r.Float64()); len(heard) > 0 {
		c.send(string(heard))
	}
}

// TestSerialFindsEveryScanner: at each speed, with each ending, on a real
// terminal. A hand scans again until it is heard.
func TestSerialFindsEveryScanner(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	table := map[string]int{}
	endings := []string{"\r", "\n", "\r\n", "\t", ""}
	names := []Ending{EndsCR, EndsLF, EndsCRLF, EndsTab, EndsSilence}
	var all sync.WaitGroup // they wait, most of the time
	for i, baud := range speeds {
		for j, ending := range endings {
			all.Go(func() {
				t.Run(fmt.Sprint(baud, " ", names[j]), func(t *testing.T) {
					r := rand.New(rand.NewPCG(uint64(baud), uint64(j)))
					c := newCable(t)
					told := c.listen(0)
					c.wantState(told, Connected)
					text := randomCode(r)
					for try := 1; ; try++ {
						c.transmit(r, baud, text+ending)
						h := c.next(told)
						if h.scan != nil {
							if h.scan.Text != text || h.scan.Baud != baud || h.scan.Ending != names[j] || try != i+1 {
								t.Errorf("scan %d: %v by %+v", try, h.scan, h.scan.How)
							}
							mu.Lock()
							table[fmt.Sprint(baud, names[j])] = try
							mu.Unlock()
							break
						}
						if h.broken == nil || !h.broken.Noise || try > 4 {
							t.Fatalf("scan %d told %+v", try, h)
						}
						if s := c.wantState(told, Connected); s.Baud != c.speed() {
							t.Fatalf("%+v, and the line's speed is %d", s, c.speed())
						}
					}
					// From now on the first is heard.
					time.Sleep(2 * rest) // a hand's
					c.transmit(r, baud, slip+ending)
					c.wantScan(told, slip)
				})
			})
		}
	}
	all.Wait()
	var lines strings.Builder
	fmt.Fprintf(&lines, "\n%-8s", "speed")
	for _, n := range names {
		fmt.Fprintf(&lines, "%6s", n)
	}
	for _, baud := range speeds {
		fmt.Fprintf(&lines, "\n%-8d", baud)
		for _, n := range names {
			fmt.Fprintf(&lines, "%6d", table[fmt.Sprint(baud, n)])
		}
	}
	t.Log("which scan is heard", lines.String())
}

// TestTroublesOfRealLines: the troubles of TestTroubles that a terminal can
// show, on many at once, with a hand's time between two scans.
func TestTroublesOfRealLines(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	sent, heardAll, brokenAll := 0, 0, 0
	var all sync.WaitGroup
	for line := range 24 {
		all.Go(func() {
			t.Run(fmt.Sprint(line), func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(line), 7))
				baud := speeds[line%4]
				ending := []string{"\r", "\n", "\r\n", "\t"}[r.IntN(4)]
				c := newCable(t)
				told := c.listen(0)
				c.wantState(told, Connected)
				// outcome is the next scan or broken read; states pass.
				outcome := func() heard {
					for {
						if h := c.next(told); h.state == nil {
							return h
						}
					}
				}
				find := func() { // scans until the till has found the speed
					for range 2 * len(speeds) {
						c.transmit(r, baud, slip+ending)
						if outcome().scan != nil {
							break
						}
						c.wantState(told, Connected) // at the next
					}
					time.Sleep(2 * rest) // a hand's
				}
				find()
				for range *lineScans {
					if c.speed() != baud { // after much noise
						find()
					}
					text := randomCode(r)
					cut := 1 + r.IntN(len(text)-1)
					whole, unplug := false, false
					switch r.IntN(6) {
					case 0, 1:
						c.transmit(r, baud, text+ending)
						whole = true
					case 2:
						c.transmit(r, baud, text[:cut])
					case 3:
						// Both come in one piece, so the half has been read when the
						// first is told.
						c.transmit(r, baud, slip+ending+text[:cut])
						if h := outcome(); h.scan == nil || h.scan.Text != slip {
							t.Errorf("told %+v", h)
						}
						unplug = true
					case 4:
						c.transmit(r, baud, text[:cut]+"\x00"+text[cut:]+ending)
					case 5:
						c.transmit(r, baud, text+randomCode(r)+ending)
					}
					if unplug {
						c.unplug()
					}
					h := outcome()
					if whole && (h.scan == nil || h.scan.Text != text) || !whole && h.broken == nil {
						t.Errorf("%d digits, whole %v, unplugged %v: told %+v", len(text), whole, unplug, h)
					}
					if unplug {
						c.wantState(told, Unplugged)
						c.plug()
						c.wantState(told, Connected)
					}
					time.Sleep(2 * rest)
					mu.Lock()
					sent++
					if h.scan != nil {
						heardAll++
					} else {
						brokenAll++
					}
					mu.Unlock()
				}
			})
		})
	}
	all.Wait()
	t.Logf("%d scans on real lines: %d heard, %d told as broken, 0 misread unless said above", sent, heardAll, brokenAll)
}

// TestSerialMarksErrors: bytes without a stop bit read as noise, at each speed
// that is tried.
func TestSerialMarksErrors(t *testing.T) {
	t.Parallel()
	c := newCable(t)
	told := c.listen(0)
	c.wantState(told, Connected)
	for range 2 {
		if i := c.termios().Iflag; i&unix.INPCK == 0 || i&(unix.IGNPAR|unix.PARMRK|unix.IXON|unix.IXOFF) != 0 {
			t.Errorf("input flags %x", i)
		}
		c.send("\xff")
		c.wantBroken(told, 0)
		c.wantState(told, Connected)
	}
	if c.termios().Cflag&(unix.CRTSCTS|unix.PARENB|unix.CSTOPB) != 0 {
		t.Error("flow control, parity or two stop bits")
	}
}
