package receipts_test

import (
	"encoding/json"
	"testing"
	"time"

	"ringup/receipts"
	"ringup/receipts/raster"
)

// slips are the slips that have golden pictures and jobs.
func slips(t testing.TB, language string, p receipts.Paper) map[string]receipts.Slip {
	t.Helper()
	live, training := form(t, language, receipts.Live), form(t, language, receipts.Training)
	reprint := live
	reprint.Copy = true
	must := func(s receipts.Slip, err error) receipts.Slip {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	return map[string]receipts.Slip{
		"sale":     must(live.Sale(sale(language))),
		"training": must(training.Sale(sale(language))),
		"copy":     must(reprint.Sale(refunded(language))),
		"refund":   must(live.Refund(refunded(language), refunded(language).Refunds[0].RefundRequestID)),
		"day":      live.Day(figures(language)),
		"test":     training.TestPage(p, "tcp://printer:9100", time.Date(2026, 11, 21, 8, 3, 0, 0, hongKong)),
	}
}

// TestSlipsSayWhatWasApproved keeps the slips themselves, as the tests of the
// encoders read them.
func TestSlipsSayWhatWasApproved(t *testing.T) {
	for _, language := range []string{"en", "zh-Hans"} {
		for name, s := range slips(t, language, receipts.Paper58) {
			name += "." + language[:2] + ".json"
			t.Run(name, func(t *testing.T) {
				got, err := json.MarshalIndent(s, "", "  ")
				if err != nil {
					t.Fatal(err)
				}
				golden(t, name, append(got, '\n'))
			})
		}
	}
}

func TestPicturesLookAsApproved(t *testing.T) {
	for _, language := range []string{"en", "zh-Hans"} {
		for _, p := range []receipts.Paper{receipts.Paper58, receipts.Paper80} {
			for name, s := range slips(t, language, p) {
				name += "-" + p.Name + "." + language[:2] + ".png"
				t.Run(name, func(t *testing.T) {
					got, err := raster.PNG(s, p)
					if err != nil {
						t.Fatal(err)
					}
					golden(t, name, got)
				})
			}
		}
	}
}
