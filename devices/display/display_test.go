package display

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"ringup/devices/printer"
)

func languages() map[string]language {
	return map[string]language{"epson": epson{}, "cd5220": cd5220{}}
}

func TestTranscribe(t *testing.T) {
	for _, c := range []struct{ text, epson, ascii string }{
		{"TOTAL", "TOTAL", "TOTAL"},
		{"Café Zoë", "Café Zoë", "Cafe Zoe"},
		{"Cafe\u0301", "Café", "Cafe"},
		{"Łódź, Škoda, Ångström", "Lódz, Skoda, Ångströ", "Lodz, Skoda, Angstro"},
		{"Cà phê sữa đá", "Cà phê sua dá", "Ca phe sua da"},
		{"海港 Harbour 海", "Harbour", "Harbour"},
		{"Tea 茶 shop", "Tea shop", "Tea shop"},
		{"支付宝", "", ""},
		{"€ 12.50", "EUR 12.50", "EUR 12.50"},
		{"£5 ¥6 ￥7", "£5 ¥6 ¥7", "GBP5 Y6 Y7"},
		{"₩100 ฿20 ₱3", "KRW100 THB20 PHP3", "KRW100 THB20 PHP3"},
		{"１２．５０", "12.50", "12.50"},
		{"“don’t” – wait…", `"don't" - wait...`, `"don't" - wait...`},
		{"Straße", "Straße", "Strasse"},
		{"one\ttwo\r\nthree", "one two three", "one two three"},
		{"\x1b@\x1fC\x01\x00x\x7fy\x9bz", "@Cxyz", "@Cxyz"},
		{"\u2302house\u00a0☺", "house", "house"},
		{"123456789 123456789 123456789", "123456789 123456789", "123456789 123456789"},
		{"12345678901234567890123", "12345678901234567890", "12345678901234567890"},
		{strings.Repeat("海", 1000) + "x", "x", "x"},
	} {
		epsonWrites, err := charmap.CodePage437.NewDecoder().String(epson{}.transcribe(c.text))
		if err != nil || epsonWrites != c.epson {
			t.Errorf("%q: on an Epson %q, want %q", c.text, epsonWrites, c.epson)
		}
		if got := (cd5220{}).transcribe(c.text); got != c.ascii {
			t.Errorf("%q: in ASCII %q, want %q", c.text, got, c.ascii)
		}
	}
}

// TestGlass shows texts one after the other, on a glass that was left in any
// state.
func TestGlass(t *testing.T) {
	for kind, l := range languages() {
		t.Run(kind, func(t *testing.T) {
			for _, before := range []string{"", "\x1f", "\x1b", "\x1b&", "\x1bt", "\x1f$", "\x1f$\x05", "text", "\x1bQA", "\x1bQAhalf"} {
				if kind == "epson" && strings.HasPrefix(before, "\x1bQ") || kind == "cd5220" && strings.HasPrefix(before, "\x1f") {
					continue
				}
				g := newGlass(kind)
				g.write([]byte(before))
				g.write([]byte(l.setUp() + l.show(strings.Repeat("x", Columns), strings.Repeat("y", Columns))))
				g.faults = nil // what was there before may be wrong
				if top, bottom := g.lines(); top != strings.Repeat("x", Columns) || bottom != strings.Repeat("y", Columns) {
					t.Errorf("after % x it shows %q %q", before, top, bottom)
				}
				g.write([]byte(l.show("TOTAL               ", "           HKD 12.50")))
				if top, bottom := g.lines(); top != "TOTAL               " || bottom != "           HKD 12.50" || len(g.faults) > 0 {
					t.Errorf("then it shows %q %q, faults %q", top, bottom, g.faults)
				}
				if kind == "epson" && (g.page != 0 || g.set != 0 || g.mode != 1 || g.cursor) {
					t.Errorf("page %d, set %d, mode %d, cursor %v", g.page, g.set, g.mode, g.cursor)
				}
				g.write([]byte(l.clear()))
				if g.shows() != "|" || len(g.faults) > 0 {
					t.Errorf("cleared it shows %q, faults %q", g.shows(), g.faults)
				}
				g.write([]byte(l.show("PAID                ", "              THANKS")))
				if g.shows() != "PAID|THANKS" || len(g.faults) > 0 {
					t.Errorf("again it shows %q, faults %q", g.shows(), g.faults)
				}
			}
		})
	}
}

// FuzzShow: no text becomes a command, and what is shown is what was written.
func FuzzShow(f *testing.F) {
	f.Add("TOTAL", "HKD 12.50")
	f.Add("\x1b@\x1f$\x01\x01", "\r\n\x0c\x18")
	f.Add("Café 海港", "€ 1\x9b\x7f")
	f.Add("\x1bQAx\r", strings.Repeat("ﷺ", 30))
	f.Fuzz(func(t *testing.T, top, bottom string) {
		for kind, l := range languages() {
			first, second := l.transcribe(top), l.transcribe(bottom)
			if len(first) > Columns || len(second) > Columns {
				t.Fatalf("%q and %q are too long", first, second)
			}
			for _, b := range []byte(first + second) {
				if b < ' ' || b == 0x7f || kind == "cd5220" && b > '~' {
					t.Fatalf("%02x passes", b)
				}
			}
			plain, g := newGlass(kind), newGlass(kind)
			plain.write([]byte(l.setUp() + l.show(strings.Repeat("x", Columns), strings.Repeat("x", Columns))))
			first += strings.Repeat(" ", Columns-len(first))
			second = strings.Repeat(" ", Columns-len(second)) + second
			g.write([]byte(l.setUp() + l.show(first, second)))
			if a, b := g.lines(); a != first || b != second || len(g.faults) > 0 || !slices.Equal(g.commands, plain.commands) {
				t.Fatalf("%q %q shows %q %q by %q, faults %q", top, bottom, a, b, g.commands, g.faults)
			}
		}
	})
}

func TestOpen(t *testing.T) {
	for link, want := range map[string]error{
		"serial:///dev/ttyUSB1":                       nil,
		"serial://COM4?baud=19200":                    nil,
		"serial:///dev/ttyUSB1?mode=cd5220&baud=9600": nil,
		"serial:///dev/ttyUSB1?mode=epson":            nil,
		"":                                            printer.ErrUnknownLink,
		"/dev/ttyUSB1":                                printer.ErrUnknownLink,
		"tcp://10.0.0.1":                              printer.ErrUnknownLink,
		"serial://":                                   printer.ErrNoAddress,
		"serial://COM4?baud=fast":                     printer.ErrBadBaud,
		"serial://COM4?baud=0":                        printer.ErrBadBaud,
		"serial://COM4?mode=utc":                      printer.ErrBadOption,
		"serial://COM4?status=off":                    printer.ErrBadOption,
		"serial://COM4?%zz":                           printer.ErrBadOption,
	} {
		d, err := Open(link)
		if !errors.Is(err, want) || want == nil && (err != nil || d.Link() != link) {
			t.Errorf("%q: %v, want %v", link, err, want)
		}
		var wrong *printer.LinkError
		if want != nil && (!errors.As(err, &wrong) || wrong.Link != link) {
			t.Errorf("%q: %v", link, err)
		}
	}
}
