package desktop

import (
	"testing"
	"time"

	"ringup/devices/scanner"
)

func TestAScannerThatIsSetUpSellsNothing(t *testing.T) {
	b := newBench(t, "en")
	var scans []string
	var broken []int
	restore := b.w.ear.divert(func(s *scanner.Scan, x *scanner.Broken) {
		if s != nil {
			scans = append(scans, s.Text)
		} else {
			broken = append(broken, x.Digits)
		}
	})
	b.keys("4", "5")
	b.scan("281006020000000000123456")
	b.scanAt(20*time.Millisecond, "28100")
	b.w.Scanned("281006020000000000654321") // a serial scanner's
	b.w.ScanBroken(3)
	if len(scans) != 1 || scans[0] != "281006020000000000123456" || len(broken) != 1 || broken[0] != 5 {
		t.Errorf("heard %q and %v", scans, broken)
	}
	b.mustAsk("sell")
	b.mustNotSee(b.w.say("window.scan.broken", "digits", 5), b.w.say("window.scan.broken", "digits", 3))
	restore()
	b.scan("281006020000000000123456")
	if len(b.asked("sell")) != 1 {
		t.Errorf("asked %q", b.till.asked)
	}
}
