package receipts_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringup/payments"
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
	both := live
	both.Second = open(t, "en")
	if language == "en" {
		both.Second = open(t, "zh-Hans")
	}
	signed := live
	signed.Template = receipts.Template{
		Header: []string{"Tel. +852 2345 6789"}, Footer: []string{footers[language], "www.harbour-tea.example"},
		Codes: receipts.CodeBarcode, Logo: logo(t, p.Dots),
	}
	busy := signed
	busy.Template.Codes = receipts.CodeBoth
	busy.Template.Fields = []receipts.Field{receipts.FieldShop, receipts.FieldLogo, receipts.FieldTotal, receipts.FieldWallet,
		receipts.FieldLines, receipts.FieldNumber, receipts.FieldCode, receipts.FieldFooter}
	sofar := figures(language)
	sofar.Closed, sofar.Close, sofar.Ended, sofar.Notes = false, 0, time.Time{}, nil
	test := training
	test.Template.Logo = signed.Template.Logo
	return map[string]receipts.Slip{
		"sale":      must(live.Sale(sale(language))),
		"training":  must(training.Sale(sale(language))),
		"copy":      must(reprint.Sale(refunded(language))),
		"refund":    must(live.Refund(refunded(language), refunded(language).Refunds[0].RefundRequestID)),
		"declined":  must(live.Declined(unpaid(language, payments.AttemptFailed), whys[language])),
		"cancelled": must(live.Cancelled(unpaid(language, payments.AttemptCancelled))),
		"bilingual": must(both.Sale(refunded(language))),
		"logo":      must(signed.Sale(sale(language))),
		"order":     must(busy.Sale(sale(language))),
		"day":       live.Day(figures(language)),
		"sofar":     live.Day(sofar),
		"test":      test.TestPage(p, "tcp://printer:9100", time.Date(2026, 11, 21, 8, 3, 0, 0, hongKong)),
	}
}

var languages = []string{"en", "zh-Hans", "ja", "th"}

// footers are what an owner writes at the end of a slip.
var footers = map[string]string{
	"en": "Thank you. See you again.", "zh-Hans": "多谢惠顾，欢迎再来", "ja": "またのお越しをお待ちしております", "th": "ขอบคุณที่ใช้บริการ",
}

// logo is a cup drawn in black on white, as a shop's file would be.
func logo(t testing.TB, dots int) *receipts.Picture {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "logo.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p, err := receipts.ReadLogo(file, dots)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestSlipsSayWhatWasApproved keeps the slips themselves, as the tests of the
// encoders read them.
func TestSlipsSayWhatWasApproved(t *testing.T) {
	for _, language := range languages {
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
	for _, p := range receipts.Papers() { // each is its own grid
		name := "test-" + strings.ReplaceAll(p.Name, "/", "-") + ".en.png"
		t.Run(name, func(t *testing.T) {
			got, err := raster.PNG(slips(t, "en", p)["test"], p)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, got)
		})
	}
	for _, language := range languages {
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
