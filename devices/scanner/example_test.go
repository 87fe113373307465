package scanner_test

import (
	"fmt"
	"time"

	"ringup/devices/scanner"
)

// A window lets all characters and keys through its Detector, and does what
// the verdicts say.
func ExampleDetector() {
	var (
		d      scanner.Detector
		now    = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
		amount string
	)
	obey := func(v scanner.Verdict) {
		amount = amount[:len(amount)-v.TakeBack] + v.Type
		if v.Scan != nil {
			fmt.Println("scanned", v.Scan)
		}
		if v.Broken != nil {
			fmt.Println("scan again: only", v.Broken.Digits, "digits came")
		}
	}
	d.Expire(now)
	press := func(text string, gap time.Duration) {
		for _, r := range text {
			now = now.Add(gap)
			// In a window a timer calls Expire at each Deadline.
			for at := d.Deadline(); at.Before(now); at = d.Deadline() {
				obey(d.Expire(at))
			}
			if r == '⏎' {
				v := d.Key("Return", 0, now)
				obey(v)
				if !v.Swallow {
					fmt.Println("Enter was pressed")
				}
				continue
			}
			obey(d.Rune(r, now))
		}
	}

	press("12.50", 150*time.Millisecond) // a person
	now = now.Add(time.Second)
	press("281426348240442632⏎", 8*time.Millisecond) // a scanner
	now = now.Add(time.Second)
	press("28142⏎", 8*time.Millisecond) // one that was interrupted
	now = now.Add(time.Second)
	press("⏎", 0) // a person
	fmt.Println("the amount is", amount)
	// Output:
	// scanned 281426…32 (keyboard)
	// scan again: only 5 digits came
	// Enter was pressed
	// the amount is 12.50
}
