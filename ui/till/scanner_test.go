package till_test

import (
	"testing"
	"time"

	"ringup/devices/scanner"
	"ringup/ui/till"
)

// The pace that the detector allows is that of the scanner in use, not of one
// before it: the more it allows, the more typing looks like a scan.
func TestAScannersPaceIsItsOwn(t *testing.T) {
	shop := training(t, nil)
	for _, c := range []struct {
		pace time.Duration
		want int
	}{{60 * time.Millisecond, 90}, {0, 90}, {4 * time.Millisecond, 0}, {time.Second, 150}} {
		trial := till.Trial{Keyboard: true, Whole: true, How: scanner.How{Pace: c.pace}}
		if err := shop.UseScanner(trial); err != nil {
			t.Fatal(err)
		}
		if got := shop.Settings().ScannerPace; got != c.want {
			t.Errorf("after a scan at %v a key: %d ms, want %d", c.pace, got, c.want)
		}
	}
}
