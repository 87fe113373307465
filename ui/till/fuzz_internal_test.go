package till

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/BurntSushi/toml"

	"ringup/devices/printer"
	"ringup/payments"
	"ringup/storage"
	"ringup/ui/phrases"
)

// FuzzSettings: whatever the note in the journal holds, settings that are read
// and pass come back from their own note, and everything that is made of them
// can be made.
func FuzzSettings(f *testing.F) {
	good, err := Settings{ShopName: "Tea", Presets: []Preset{{Name: "Bun", Price: payments.Money{Minor: 950, Currency: "HKD"}}}}.withDefaults("x").note()
	if err != nil {
		f.Fatal(err)
	}
	for _, change := range [][2]string{
		{"", ""}, {`"paper":58`, `"paper":80`}, {`"paper":58`, `"paper":1e9`}, {`"HKD"`, `"hkd"`}, {`"zone":""`, `"zone":"Asia/Hong_Kong"`}, {`"zone":""`, `"zone":"../../etc/passwd"`},
		{`"cutOver":0`, `"cutOver":-1`}, {`"T1"`, `"T-1"`}, {`"script":"raster"`, `"script":"gb18030","printer":"tcp://a"`}, {`"raster"`, `"latin","printer":"x"`}, {"{", "["}, {"}", ""},
		{`"Bun"`, `"\u001b@"`}, {`"minor":950`, `"minor":-950`}, {`"shopName":"Tea"`, `"shopName":"Tea","ShopName":" "`},
	} {
		f.Add([]byte(strings.Replace(string(good.Data), change[0], change[1], 1)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := decodeSettings(payments.Note{Topic: topicSettings, Data: data})
		if err != nil {
			return
		}
		s = s.withDefaults("A shop")
		if err := s.Validate(); err != nil {
			var why *SettingError
			if !errors.As(err, &why) || why.Field == "" {
				t.Fatalf("%s: %v", data, err)
			}
			return
		}
		note, err := s.note()
		if err != nil {
			t.Fatal(err)
		}
		back, err := decodeSettings(note)
		if err != nil || back.Validate() != nil {
			t.Fatalf("%s comes back as %+v, %v", data, back, err)
		}
		// Empty lists may come back as none.
		again, err := back.note()
		if err != nil || string(again.Data) != string(note.Data) {
			t.Fatalf("%s is noted as %s and then as %s, %v", data, note.Data, again.Data, err)
		}
		day := s.Calendar().Day(time.Date(2026, 11, 21, 1, 30, 0, 0, time.UTC))
		if _, err := payments.ParseDay(string(day)); err != nil {
			t.Fatalf("%s makes the day %q", data, day)
		}
		if _, compact, n, ok := payments.ParseShopNumber(payments.ShopNumber(s.TillName, day, 17)); !ok || compact != day.Compact() || n != 17 {
			t.Fatalf("%s makes the number %s", data, payments.ShopNumber(s.TillName, day, 17))
		}
		if sheet := s.profile().Sheet(); sheet.Columns < 16 || sheet.Dots%8 != 0 {
			t.Fatalf("%s prints on %+v", data, sheet)
		}
	})
}

// FuzzChoice: whatever stands in the file beside the environments, it is the
// last choice or an error that says so; live money is never chosen by accident.
func FuzzChoice(f *testing.F) {
	for _, text := range []string{
		"", "environment = \"live\"\n", "environment = \"Live\"\n", "environment = 1\n", "language = \"zh-Hans\"\nenvironment = 'sandbox'", "environment = \"live\"\nenvironment = \"training\"",
		"[environment]\n", "a.b.c = 1", "environment = \"\"\"live\n\"\"\"", "\xff", "environment = \"\\u0000\"", "# live\n", strings.Repeat("[", 3000), "x = " + strings.Repeat("[", 3000),
	} {
		f.Add([]byte(text))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, choiceFile), text, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := readChoice(dir)
		if err != nil {
			if !errors.Is(err, ErrDamagedSettings) {
				t.Fatalf("%q: %v", text, err)
			}
			if e, _ := ChosenEnvironment(dir); e == Live && c.Environment != "live" {
				t.Fatalf("%q is live, and %v", text, err)
			}
			return
		}
		var other map[string]any
		if err := toml.Unmarshal(text, &other); err != nil {
			t.Fatalf("%q is read, elsewhere it is %v", text, err)
		}
		switch e := c.environment(); {
		case e != Training && e != Sandbox && e != Live:
			t.Fatalf("%q chooses %q", text, e)
		case e == Live && other["environment"] != "live" && other["Environment"] != "live" && !strings.Contains(string(text), "live"):
			t.Fatalf("%q is live", text)
		}
		if err := writeChoice(dir, c); err != nil {
			t.Fatal(err)
		}
		if back, err := readChoice(dir); err != nil || back != c {
			t.Fatalf("%q: %+v comes back as %+v, %v", text, c, back, err)
		}
	})
}

// FuzzRowOf: a print job's row is a job that comes back from its own row, or
// an error; a state that isn't known never prints.
func FuzzRowOf(f *testing.F) {
	raw, err := json.Marshal(printer.Job{ID: "a", Link: "tcp://a", Ref: "s sale", Data: []byte{0x1b, '@'}, Made: time.Unix(1, 0).UTC(), Mark: printer.Mark{State: printer.StateWaiting}})
	if err != nil {
		f.Fatal(err)
	}
	for _, change := range [][2]string{{"", ""}, {"waiting", "printing"}, {`"Data":"`, `"Data":"!`}, {"{", "["}, {"1970", "10970"}} {
		f.Add([]byte(strings.Replace(string(raw), change[0], change[1], 1)))
	}
	f.Fuzz(func(t *testing.T, row []byte) {
		j, err := rowOf(storage.JobRow{ID: "a", Row: row})
		if err != nil {
			return
		}
		again, err := json.Marshal(j)
		if err != nil {
			return // a year that JSON can't write
		}
		back, err := rowOf(storage.JobRow{ID: "a", Row: again})
		if err != nil || !back.Made.Equal(j.Made) || !back.At.Equal(j.At) {
			t.Fatalf("%s comes back as %+v, %v", row, back, err)
		}
		back.Made, back.At = j.Made, j.At
		if len(back.Data) == 0 {
			back.Data, j.Data = nil, nil
		}
		if !reflect.DeepEqual(back, j) {
			t.Fatalf("%s comes back as %+v, want %+v", row, back, j)
		}
		if open := j.State == printer.StateWaiting || j.State == printer.StateSending; j.State.Settled() == open {
			t.Fatalf("%q is settled: %v", j.State, j.State.Settled())
		}
	})
}

// FuzzRead: whatever is scanned or looked for at a shop is a payment code, one
// of its own slips, or explained in one sentence that doesn't repeat it; and
// finding never fails.
func FuzzRead(f *testing.F) {
	b, err := OpenBooks(Options{Data: f.TempDir(), Environment: Training, Language: "en", Version: "test"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = b.Close() })
	for _, text := range []string{
		"281006020000000000123456", "90326516717000000000", "134567890123456789", "6212345678901234567", "4006381333931", "\x1b[2J", "https://qr.alipay.com/x", "", "T1-261121-0017",
		"12:00", "45.50", strings.Repeat("9", 5000), "\xff", "901", "{name}",
	} {
		f.Add(text, "2026-11-21")
	}
	f.Fuzz(func(t *testing.T, text, day string) {
		got := b.Read(text)
		meant := strings.TrimSpace(text)
		switch got.Kind {
		case ScanPayment:
			if c, err := payments.ParseCode(meant); err != nil || got.Masked != c.Masked() || got.Sentence != "" {
				t.Fatalf("%q is %+v, %v", text, got, err)
			}
		case ScanWrong:
			if got.Sentence == "" || strings.Contains(got.Sentence, "\n") || strings.ContainsFunc(got.Sentence, unicode.IsControl) || strings.Contains(got.Sentence, "{") {
				t.Fatalf("%q is explained as %q", text, got.Sentence)
			}
			if len(meant) > 12 && strings.Contains(got.Sentence, meant) {
				t.Fatalf("%q is repeated: %q", text, got.Sentence)
			}
		default:
			t.Fatalf("%q is %+v of empty books", text, got)
		}
		if sales, err := b.FindOn(text, payments.Day(day)); err != nil && !(meant == "" && errors.Is(err, payments.ErrNotADay)) || len(sales) > 0 {
			t.Fatalf("%q on %q: %v, %v", text, day, sales, err)
		}
		if _, err := b.Sale(text); !errors.Is(err, payments.ErrNoSale) {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

// FuzzTape: whatever keys are pressed, the lines add up to the total, what
// isn't taken changes nothing, and no payment code becomes an amount.
func FuzzTape(f *testing.F) {
	f.Add([]byte("18*2+9.50="), "HKD")
	f.Add([]byte("281006020000000000123456"), "JPY")
	f.Add([]byte("..**++bbcb"), "IDR")
	f.Add(bytes.Repeat([]byte("1+"), payments.MaxLines+2), "HKD")
	f.Add([]byte("9999*9999999999+9999*999999999999"), "HKD")
	keys := map[byte]Key{'d': KeyDouble, '.': KeyPoint, '+': KeyPlus, '*': KeyTimes, '=': KeyEquals, 'b': KeyBack, 'c': KeyClear}
	tea := Preset{Name: "Tea", Price: payments.Money{Minor: 1800, Currency: "HKD"}}
	f.Fuzz(func(t *testing.T, pressed []byte, currency string) {
		tape := NewTape(payments.Currency(currency))
		if !tape.Currency().Known() || len(pressed) > 300 {
			return
		}
		for _, p := range pressed {
			k, ok := keys[p]
			if !ok {
				k = Key(p)
			}
			before := tape.Clone()
			var err error
			switch {
			case p == 't':
				err = tape.AddPreset(tea)
			case ok || p >= '0' && p <= '9':
				err = tape.Press(k)
			default:
				continue
			}
			if err != nil && !reflect.DeepEqual(before, tape) {
				t.Fatalf("%q: %v changed the tape", pressed, err)
			}
			sum := payments.Money{Currency: tape.Currency()}
			for _, l := range tape.Lines() {
				line, err := l.Unit.Times(l.Count)
				if err == nil {
					sum, err = sum.Add(line)
				}
				if err != nil {
					t.Fatalf("%q: %+v: %v", pressed, l, err)
				}
			}
			if total := tape.Total(); total != sum || total.Minor < 0 || total.Minor > largestTape || len(tape.Lines()) > payments.MaxLines {
				t.Fatalf("%q: %v, and the lines are %v", pressed, tape.Total(), sum)
			}
		}
	})
}

// FuzzStoryOfANote: a note that a newer or damaged journal holds is told in
// words or not at all.
func FuzzStoryOfANote(f *testing.F) {
	book, err := phrases.Open("en")
	if err != nil {
		f.Fatal(err)
	}
	b := &Books{book: book}
	for _, data := range []string{`{"state":"printed","printer":"tcp://a","what":"sale"}`, `{"state":"burnt"}`, `{"state":"printed","printer":"\u001b[2J"}`, `[]`, `null`, `{`} {
		f.Add(topicPrint, []byte(data))
	}
	f.Add("settings", []byte("{}"))
	f.Fuzz(func(t *testing.T, topic string, data []byte) {
		said := b.tellEvent(new(payments.Sale), payments.Event{Body: payments.Note{Topic: topic, Data: data}})
		if topic != topicPrint && said != "" {
			t.Fatalf("%q is told as %q", topic, said)
		}
	})
}
