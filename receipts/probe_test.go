package receipts_test

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"

	"ringup/receipts"
)

// TestProbeLinesAreOfTheirWays: what is to be read in a way of printing can be
// written in it, and shows what the way is for.
func TestProbeLinesAreOfTheirWays(t *testing.T) {
	for _, language := range []string{"en", "zh-Hans", "ja", "th", "zh-Hant", "ko"} {
		p := form(t, language, receipts.Training).ProbeLines()
		for i, letter := range "ABC" {
			if !strings.HasPrefix(p.Lines[i], string(letter)+" ") {
				t.Errorf("%s: line %d is %q", language, i, p.Lines[i])
			}
			if receipts.Paper58.Span(p.Lines[i]) > receipts.Paper58.Columns+8 {
				t.Errorf("%s: %q takes more than two rows", language, p.Lines[i])
			}
		}
		if p.Title == "" || p.Intro == "" || p.Outro == "" || strings.Contains(p.Title+p.Intro+p.Outro, "slip.") {
			t.Errorf("%s: %+v", language, p)
		}
		chinese, err := simplifiedchinese.GBK.NewEncoder().String(p.Lines[0])
		if err != nil || len(chinese) != receipts.Paper58.Span(p.Lines[0]) { // two bytes, two columns
			t.Errorf("%s: %q is %d bytes of GBK, %v", language, p.Lines[0], len(chinese), err)
		}
		accents := 0
		for _, page := range []*charmap.Charmap{charmap.CodePage437, charmap.CodePage850, charmap.CodePage858, charmap.Windows1252} {
			b, err := page.NewEncoder().String(p.Lines[1])
			if err != nil {
				t.Errorf("%s: %q in %s: %v", language, p.Lines[1], page, err)
			}
			for i := range len(b) {
				if b[i] >= 0x80 {
					accents++
				}
			}
		}
		if accents < 4*4 {
			t.Errorf("%s: %q has only %d accents in four code pages", language, p.Lines[1], accents)
		}
		if !strings.Contains(p.Lines[2], "กาแฟ") || !strings.Contains(p.Lines[2], "커피") || !strings.Contains(p.Lines[2], "咖啡") {
			t.Errorf("%s: %q", language, p.Lines[2])
		}
	}
}
