package escpos_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ringup/receipts"
	"ringup/receipts/escpos"
)

// benchSlip is one of the slips that other encoders were given too.
func benchSlip(t testing.TB, name string) receipts.Slip {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("bench", name))
	if err != nil {
		t.Fatal(err)
	}
	var s receipts.Slip
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// benchProfile is the printer of the comparisons: 80 mm, native QR codes.
func benchProfile(mode escpos.TextMode) escpos.Profile {
	return escpos.Profile{Paper: receipts.Paper80, Text: mode, Cut: escpos.CutPartial, NativeQR: true, AskStatus: true}
}

// said is what a job says, however it places and styles it.
type said struct {
	lines []string // the bytes of each line without spaces, rules as "rule"
	codes []string // the commands of GS ( k
	cuts  []string
	reset bool
	asked bool
}

// listen takes a job apart by the command tables, far enough for both
// receiptline's jobs and ours.
func listen(job []byte) (said, error) {
	length := map[string]int{
		"\x1b@": 0, "\x1bM": 1, "\x1b ": 1, "\x1b2": 0, "\x1b3": 1, "\x1b{": 1, "\x1b-": 1, "\x1bE": 1, "\x1ba": 1,
		"\x1b$": 2, "\x1b\\": 2, "\x1bt": 1, "\x1bR": 1,
		"\x1cS": 2, "\x1c.": 0, "\x1c&": 0, "\x1c-": 1, "\x1c!": 1, "\x1cC": 1, "\x1c(": 3,
		"\x1da": 1, "\x1dB": 1, "\x1d!": 1, "\x1dL": 2, "\x1dW": 2, "\x1dV": 2, "\x1dr": 1, "\x1d(": 3,
	}
	var s said
	var line []byte
	for i := 0; i < len(job); i++ {
		switch b := job[i]; {
		case b == '\n':
			text := strings.ReplaceAll(string(line), " ", "")
			if text != "" && len(text) > 20 && strings.Trim(text, text[:1]) == "" {
				text = "rule"
			}
			if text != "" {
				s.lines = append(s.lines, text)
			}
			line = nil
			continue
		case b >= 0x20:
			line = append(line, b)
			continue
		case i+1 == len(job):
			return s, fmt.Errorf("ends with %02X", b)
		}
		name := string(job[i : i+2])
		n, ok := length[name]
		if !ok || i+2+n > len(job) {
			return s, fmt.Errorf("command % X at %d", name, i)
		}
		if name[1] == '(' {
			n += int(job[i+3]) + int(job[i+4])<<8
		}
		command := string(job[i : i+2+n])
		switch name {
		case "\x1b@":
			s.reset = i == 0
		case "\x1d(":
			s.codes = append(s.codes, command)
		case "\x1dV":
			s.cuts = append(s.cuts, command)
		case "\x1dr":
			s.asked = i+3 == len(job)
		}
		i += 1 + n
	}
	return s, nil
}

// TestJobsSayWhatReceiptlineSays compares with what another encoder made of the
// same slips (bench/README.md tells how): the same bytes for every text, the
// same code commands, the same cut.
func TestJobsSayWhatReceiptlineSays(t *testing.T) {
	for name, mode := range map[string]escpos.TextMode{"slip.zh": escpos.TextGB18030, "slip.en": escpos.TextCP437} {
		t.Run(name, func(t *testing.T) {
			theirs, err := os.ReadFile(filepath.Join("bench", name+".receiptline.bin"))
			if err != nil {
				t.Fatal(err)
			}
			want, err := listen(theirs)
			if err != nil {
				t.Fatal(err)
			}
			job, err := escpos.Encode(benchSlip(t, name+".json"), benchProfile(mode))
			if err != nil {
				t.Fatal(err)
			}
			got, err := listen(job)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.lines, want.lines) || len(got.lines) != 12 {
				t.Errorf("lines\n%q, theirs\n%q", got.lines, want.lines)
			}
			// FS ( A chooses a font; theirs begins with it.
			want.codes = slices.DeleteFunc(want.codes, func(c string) bool { return c[:2] != "\x1d(" })
			if !slices.Equal(got.codes, want.codes) || len(got.codes) != 5 {
				t.Errorf("codes\n%q, theirs\n%q", got.codes, want.codes)
			}
			if !slices.Equal(got.cuts, want.cuts) || !slices.Equal(got.cuts, []string{"\x1dVB\x00"}) {
				t.Errorf("cuts %q, theirs %q", got.cuts, want.cuts)
			}
			if !got.reset || !want.reset || !got.asked || !want.asked {
				t.Errorf("begins and ends %v %v, theirs %v %v", got.reset, got.asked, want.reset, want.asked)
			}
			if n := bytes.Count(theirs, []byte("\x1c&")); (n > 0) != bytes.Contains(job, []byte("\x1c&")) {
				t.Errorf("Chinese mode %d times in theirs", n)
			}
		})
	}
}
