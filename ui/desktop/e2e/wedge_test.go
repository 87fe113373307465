package e2e

import (
	"flag"
	"fmt"
	"image"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// bursts is how many reads the windows hear, in all.
var bursts = flag.Int("bursts", 20, "how many reads of a scanner the windows hear; 500 is all of them")

// Where a read that is refused is told: in place of the prompt on the till, in
// a notice elsewhere.
var (
	tillTells  = image.Rect(132, 662, 636, 738)
	otherTells = image.Rect(310, 92, 1100, 150)
	refundSum  = image.Rect(130, 310, 890, 430)
	firstSale  = image.Pt(400, 220)
)

// A scene is a place in the window with bursts among typing.
type scene struct {
	name   string
	share  int // of a hundred bursts
	french bool
	loads  int // programs that keep the machine busy meanwhile
	play   func(*stage)
	before func(*testing.T, *window) // it opens; may be nil
}

// A stage is a window that a scene is played in, and what came of it.
type stage struct {
	*keyboard
	*rand.Rand
	till   *window
	scene  scene
	left   int // bursts still to come
	tells  image.Rectangle
	said   map[string]uint64 // how each refusal looks
	latest string            // the refusal in view
	typed  string            // by a person, since the field was empty
	codes  int
	lift   time.Duration // that a person takes at least to type after a burst
	tally
}

type tally struct{ bursts, paid, refused, short, misplaced int }

// Bursts at 1 to 30 ms a key, among typing, from the keys of a real keyboard
// through the X server into real windows: what is a payment is paid once and
// with the right amount, every other read is told for what it was, and nothing
// of any of them stays in a field or presses a button.
func TestBurstsInTheWindow(t *testing.T) {
	newHome(t) // or there is nothing to test
	scenes := []scene{
		{"amount", 20, false, 0, (*stage).amounts, nil},
		{"amount, machine under load", 20, false, 3, (*stage).amounts, nil},
		{"amount, French keyboard", 15, true, 0, (*stage).amounts, nil},
		{"same, machine under load", 15, true, 3, (*stage).amounts, nil},
		{"search", 5, false, 0, (*stage).search, nil},
		{"search, machine under load", 5, false, 3, (*stage).search, nil},
		{"setting", 5, false, 0, (*stage).setting, nil},
		{"export's path", 5, true, 0, (*stage).export, nil},
		{"refund", 10, false, 0, (*stage).refund, aSale},
	}
	tallies := make([]tally, len(scenes))
	t.Run("scene", func(t *testing.T) {
		for i, s := range scenes {
			t.Run(s.name, func(t *testing.T) {
				tallies[i] = s.open(t, max(2, *bursts*s.share/100), uint64(i))
			})
		}
	})
	var all tally
	t.Logf("%-24s %7s %7s %8s %6s %10s", "where", "bursts", "paid", "refused", "short", "misplaced")
	for i, x := range tallies {
		t.Logf("%-24s %7d %7d %8d %6d %10d", scenes[i].name, x.bursts, x.paid, x.refused, x.short, x.misplaced)
		all = tally{all.bursts + x.bursts, all.paid + x.paid, all.refused + x.refused, all.short + x.short, all.misplaced + x.misplaced}
	}
	t.Logf("%-24s %7d %7d %8d %6d %10d", "all", all.bursts, all.paid, all.refused, all.short, all.misplaced)
}

// open plays a scene in a window of its own.
func (c scene) open(t *testing.T, bursts int, seed uint64) tally {
	till := newHome(t)
	till.display = screen(t)
	if c.before != nil {
		c.before(t, till)
	}
	k := till.keyboard(t) // first: a server that nobody is connected to forgets its layout
	if c.french {
		change := exec.Command("setxkbmap", "fr")
		change.Env = till.environment()
		if out, err := change.CombinedOutput(); err != nil {
			t.Fatalf("setxkbmap: %v\n%s", err, out)
		}
	}
	till.start(t)
	s := &stage{
		keyboard: k, Rand: rand.New(rand.NewPCG(2026, seed)), till: till, scene: c, left: bursts,
		tells: otherTells, said: map[string]uint64{},
	}
	s.waits("the till with the customer's phone", func() bool { return near(s.at(image.Pt(1112, 680)), violet) })
	for range c.loads {
		busy(t)
	}
	c.play(s)
	return s.tally
}

// busy starts a program that takes all the time that the machine gives it.
func busy(t *testing.T) {
	t.Helper()
	loop := exec.Command("sh", "-c", "while :; do :; done")
	if err := loop.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		loop.Process.Kill()
		loop.Wait()
	})
}

// types types a text as a person does.
func (s *stage) types(text string) {
	for _, r := range text {
		after := s.lift + time.Duration(60+s.IntN(120))*time.Millisecond
		s.lift = 0
		switch {
		case r == '.' && s.scene.french:
			s.strike(after, keyShift, 59)
		case r == '.':
			s.strike(after, 60)
		case s.scene.french:
			s.strike(after, keyShift, rowKey(r))
		default:
			s.strike(after, rowKey(r))
		}
	}
	s.typed += text
}

// burst lets a scanner read a code.
func (s *stage) burst(digits string) {
	s.bursts++
	s.left--
	// Its trigger is pulled a moment after the last key.
	pace := []int{1, 1, 2, 4, 8, 8, 15, 30}[s.IntN(8)]
	// A machine that is too busy to read the keys in time stretches a scanner's
	// pace: slow digits may then be what a person typed, and are typed, for all
	// to see.
	if len(digits) < 8 || s.scene.loads > 0 {
		pace = min(pace, 15)
	}
	wait := time.Duration(150+s.IntN(300)) * time.Millisecond
	pad := s.IntN(4) == 0 // the keypad; NumLock is off, as at every start
	for i, r := range digits {
		key := rowKey(r)
		if pad {
			key = padKey(r)
		}
		s.strike(wait, key)
		wait = time.Duration(pace+i%2*(pace/8)) * time.Millisecond
	}
	switch ending := s.IntN(5); {
	case ending == 0:
		s.strike(wait, keyTab)
	case ending == 1:
		s.strike(wait, keyPadEnter)
	case ending == 2:
		s.strike(wait, keyReturn)
		s.strike(wait, keyReturn) // LF after CR
	case ending == 3 && len(digits) > 7:
		s.lift = 300 * time.Millisecond // what comes at once after it would be its rest
	default:
		s.strike(wait, keyReturn)
	}
	s.done()
}

func (s *stage) digits(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte('0' + byte(s.IntN(10)))
	}
	return b.String()
}

// refusal lets a scanner read what is no code, or less than one, and waits for
// the sentence about it. That of the same refusal looks the same each time, and
// like no other.
func (s *stage) refusal() {
	const least = 5
	n := least + s.IntN(16-least)
	name := fmt.Sprint(n, " digits")
	if name == s.latest {
		n = least + (n+1-least)%(16-least)
		name = fmt.Sprint(n, " digits")
	}
	before := s.look(s.tells)
	s.burst("4" + s.digits(n-1))
	var now uint64
	s.waits("a refusal of "+name, func() bool {
		now = s.look(s.tells)
		return now != before && s.warns()
	})
	if look, ok := s.said[name]; ok {
		s.waits("the refusal of "+name+" as it was told before", func() bool { return s.look(s.tells) == look })
		now = look
	} else {
		now = s.settled(s.tells)
	}
	for other, look := range s.said {
		if other != name && look == now {
			s.Errorf("a read of %s is told as one of %s", name, other)
		}
	}
	s.said[name], s.latest = now, name
	if n < 8 {
		s.short++
	} else {
		s.refused++
	}
}

// warns tells whether a refusal is in view, by its colour: red or amber.
func (s *stage) warns() bool {
	at := image.Pt(1112, 140)
	if s.tells == tillTells {
		at = promptCorner
	}
	c := s.at(at)
	return int(c.R)-int(c.B) > 10
}

// amounts types amounts with refused reads between their keys, and pays each.
func (s *stage) amounts() {
	s.tells = tillTells
	var sums []string
	for s.left > 0 {
		sum := fmt.Sprintf("%d%d.%d%d", 1+s.IntN(9), s.IntN(10), s.IntN(10), 1+s.IntN(9))
		for i, key := range sum {
			s.types(string(key))
			s.done()
			s.waits("the prompt to scan", func() bool { return near(s.at(promptCorner), accent) })
			if len(sums) == 0 && i == 0 {
				s.said[""] = s.settled(s.tells)
			}
			s.waits("the prompt as it is before a scan", func() bool { return s.look(s.tells) == s.said[""] })
			s.latest = ""
			if s.left > 1 {
				s.refusal()
			}
		}
		s.codes++
		s.burst(fmt.Sprintf("28100602%010d", s.codes))
		s.waits("paid", func() bool { return near(s.at(stateCorner), paidSoft) })
		s.paid++
		sums = append(sums, sum)
	}
	s.till.close(s.T)

	var journal struct {
		Sales []struct {
			State  string
			Amount struct{ Value string }
		}
	}
	decode(s.T, s.till.verb(s.T, "sales", "--json"), &journal)
	if len(journal.Sales) != len(sums) {
		s.Fatalf("%d sales in the journal, %d were paid", len(journal.Sales), len(sums))
	}
	for i, sale := range journal.Sales { // newest first
		want := minor(s.T, strings.Replace(sums[len(sums)-1-i], ".", "", 1))
		if got := minor(s.T, sale.Amount.Value); got != want || sale.State != "paid" {
			s.misplaced++
			s.Errorf("sale %d in the journal is %s with %d, typed was %d", i, sale.State, got, want)
		}
	}
}

// among lets refused reads come among the typing in the field that has the
// focus, which holds a text already.
func (s *stage) among(text string) {
	a := byte(keyA)
	if s.scene.french {
		a = 24
	}
	for s.left > 0 {
		s.types(s.digits(1 + s.IntN(2)))
		s.refusal()
		if s.left%4 == 0 {
			if got := s.text(a); got != text+s.typed {
				s.misplaced++
				s.Errorf("the field holds %q, and %q was typed after %q", got, s.typed, text)
				text, s.typed = got, ""
			}
		}
	}
}

// click clicks and waits for what that changes.
func (s *stage) click(at image.Point) {
	s.changes(image.Rect(97, 57, 1366, 768), func() { s.till.click(s.T, at) })
}

func (s *stage) search() {
	s.click(railSales)
	s.click(image.Pt(300, 110))
	s.among("")
}

func (s *stage) setting() {
	s.click(image.Pt(48, 468))
	s.click(image.Pt(1022, 215)) // the shop's address
	s.among("")
}

// export types into the path of the day's file: a scan's Enter would write it.
func (s *stage) export() {
	s.click(railDay)
	s.click(dayExport)
	s.waits("the field for the path", func() bool { return near(s.at(image.Pt(560, 665)), accent) })
	a := byte(24) // A on a French keyboard
	path := s.text(a)
	if !strings.HasPrefix(path, s.till.home) {
		s.Fatalf("the path is %q", path)
	}
	s.among(path)
	if files, err := filepath.Glob(filepath.Join(s.till.home, "*.csv*")); err != nil || len(files) > 0 {
		s.Errorf("a scan wrote %v (%v)", files, err)
	}
}

// aSale is made before the window opens.
func aSale(t *testing.T, till *window) {
	till.verb(t, "pay", "--amount", "99999.99", "--code", "281006020000000000123456")
}

// refund types what is to be given back, with reads between its keys. What is
// typed stands there in large figures, and nothing is given back.
func (s *stage) refund() {
	s.click(railSales)
	s.waits("the sale's Refund button", func() bool {
		if near(s.at(image.Pt(1170, 690)), accent) {
			return true
		}
		s.till.click(s.T, firstSale) // the list may not be there yet
		return false
	})
	s.click(saleRefund)
	s.waits("the refund's keypad", func() bool { return near(s.at(image.Pt(940, 690)), accent) })
	s.click(refundPart)
	empty := s.settled(refundSum)
	for s.left > 0 {
		for range min(3, s.left) {
			before := s.look(refundSum)
			s.types(fmt.Sprint(1 + s.IntN(9)))
			s.done()
			s.waits("what is to be given back", func() bool { return s.look(refundSum) != before })
			typed := s.settled(refundSum)
			s.refusal()
			if s.look(refundSum) != typed && s.settled(refundSum) != typed {
				s.misplaced++
				s.Error("a scan changed what is to be given back; the screen is in", s.keep())
			}
		}
		for range s.typed {
			s.strike(90*time.Millisecond, keyBackspace)
		}
		s.typed = ""
		s.done()
		s.waits("nothing to be given back", func() bool { return s.look(refundSum) == empty })
	}
	s.till.close(s.T)
	var journal struct{ Sales []struct{ Refunded string } }
	decode(s.T, s.till.verb(s.T, "sales", "--json"), &journal)
	if len(journal.Sales) != 1 || minor(s.T, journal.Sales[0].Refunded) != 0 {
		s.Errorf("in the journal: %+v", journal.Sales)
	}
}
