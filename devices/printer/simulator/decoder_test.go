package simulator

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// bytesOf joins text (as GB18030's ASCII), bytes and numbers to a job.
func bytesOf(parts ...any) []byte {
	var job []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			job = append(job, p...)
		case []byte:
			job = append(job, p...)
		case int:
			job = append(job, byte(p))
		default:
			panic(fmt.Sprintf("%T", p))
		}
	}
	return job
}

var (
	cutAfterFeed = bytesOf(0x1d, "V", 66, 0)
	dotsOf3      = bytesOf(0x80, 0x40, 0x20)
	qrOfHello    = bytesOf(0x1d, "(k", 8, 0, "1P0hello")
	printTheQR   = bytesOf(0x1d, "(k", 3, 0, "1Q0")
)

func TestAHeadRefusesWhatItWouldMisprint(t *testing.T) {
	western, old, noQR, torn := Head{Script: Western}, Head{GB2312: true}, Head{NoQR: true}, Head{NoCutter: true}
	for _, c := range []struct {
		name string
		head Head
		job  []byte
		want []string // a part of each misprint's reason, in turn
		text string
	}{
		{"an unknown command, whose rest is text", Head{}, bytesOf("a", 0x1b, "~", "b\n"), []string{"unknown command 1B 7E"}, "ab\n"},
		{"an unknown GS (", Head{}, bytesOf(0x1d, "(Z", 2, 0, "xxb\n"), []string{"unknown command GS ( 'Z'"}, "b\n"},
		{"an unknown GS 8", Head{}, bytesOf(0x1d, "8Z", 0, 0, 0, 0, "b\n"), []string{"unknown command GS 8 'Z'"}, "b\n"},
		{"an unknown FS (", Head{}, bytesOf(0x1c, "(Z", 2, 0, "xxb\n"), []string{"unknown command FS ("}, "b\n"},
		{"a control byte", Head{}, bytesOf("a", 0x07, "b\n"), []string{"control byte 07"}, "ab\n"},
		{"a tab", Head{}, bytesOf("a\tb\n"), []string{"control byte 09"}, "ab\n"},
		{"a delete", Head{}, bytesOf("a", 0x7f, "b\n"), []string{"control byte 7F"}, "ab\n"},
		{"a zero in a line", Head{}, bytesOf("a", 0, "b\n"), []string{"control byte 00"}, "ab\n"},
		{"zeros before a line are nothing", Head{}, bytesOf(make([]byte, 8192), "b\n"), nil, "b\n"},
		{"a carriage return in a line", Head{}, bytesOf("a\rb\n"), []string{"carriage return"}, "ab\n"},
		{"a carriage return after a line feed is nothing", Head{}, bytesOf("a\n\rb\n"), nil, "a\nb\n"},
		{"alignment in a line", Head{}, bytesOf("a", 0x1b, "a", 1, "b\n"), []string{`ESC a within a line is ignored, after "a"`}, "ab\n"},
		{"no such alignment", Head{}, bytesOf(0x1b, "a", 7, "b\n"), []string{"ESC a: no value 7"}, "b\n"},
		{"a margin in a line", Head{}, bytesOf("a", 0x1d, "L", 9, 0, "\n"), []string{"GS L within a line"}, "a\n"},
		{"a margin without paper", Head{}, bytesOf(0x1d, "L", 0, 4, "a\n"), []string{"leaves nothing"}, "a\n"},
		{"an area in a line", Head{}, bytesOf("a", 0x1d, "W", 9, 0, "\n"), []string{"GS W within a line"}, "a\n"},
		{"an area wider than the head", Head{Dots: 384}, bytesOf(0x1d, "W", 0x40, 2, "a\n"), []string{"GS W: an area of 576"}, "a\n"},
		{"a cut in a line", Head{}, bytesOf("a", 0x1d, "V", 0, "\n"), []string{"GS V within a line"}, "a\n"},
		{"a cut through the text", Head{}, bytesOf("a\n", 0x1d, "V", 0), []string{"GS V goes through the last lines: 6 dots"}, "a\n"},
		{"a cut that feeds first", Head{}, bytesOf("a\n", cutAfterFeed), nil, "a\n"},
		{"no such cut", Head{}, bytesOf(0x1d, "V", 9, "a\n"), []string{"GS V: no cut 9"}, "a\n"},
		{"a cut without a cutter", torn, bytesOf("a\n", cutAfterFeed, 0x1b, "d", 4), []string{"has no cutter"}, "a\n"},
		{"tearing off too soon", torn, bytesOf("a\n", 0x1b, "d", 1), []string{"torn through its last lines"}, "a\n"},
		{"tearing off", torn, bytesOf("a\n", 0x1b, "d", 4), nil, "a\n"},
		{"a reset in a line", Head{}, bytesOf("a", 0x1b, "@", "b\n"), []string{`ESC @ drops what stands in the line: "a"`}, "b\n"},
		{"no such underline", Head{}, bytesOf(0x1b, "-", 3, "a\n"), []string{"ESC -: no value 3"}, "a\n"},
		{"no such font", Head{}, bytesOf(0x1b, "M", 3, "a\n"), []string{"ESC M: no value 3"}, "a\n"},
		{"no such size", Head{}, bytesOf(0x1d, "!", 0x88, "a\n"), []string{"GS !: no size 88"}, "a\n"},
		{"no such national set", Head{}, bytesOf(0x1b, "R", 99, "a\n"), []string{"ESC R: no national set 99"}, "a\n"},
		{"a national set", Head{}, bytesOf(0x1b, "R", 3, "#1\n"), nil, "£1\n"},
		{"a place outside", Head{}, bytesOf(0x1b, "$", 0, 3, "a\n"), []string{"ESC $: 768 is outside"}, "a\n"},
		{"upside down", Head{}, bytesOf(0x1b, "{", 1, "a\n"), []string{"upside down"}, "a\n"},

		{"four-byte GB18030", Head{}, bytesOf("a", 0x81, 0x30, 0x84, 0x36, "b\n"), []string{"81 30 begins a four-byte character", "84 36 begins a four-byte"}, "a��b\n"},
		{"half a character before a line feed", Head{}, bytesOf("a", 0xd6, "\n"), []string{"D6 0A is no character"}, "a�\n"},
		{"the euro of another Chinese set", Head{}, bytesOf(0x80, "1\n"), []string{"byte 80 leads no character"}, "�1\n"},
		{"a character that GBK has and GB2312 not", old, bytesOf(0x88, 0xd2, "\n"), []string{"byte 88 leads no", "D2 0A is no"}, "��\n"},
		{"a code page's character in Chinese mode", Head{}, bytesOf("caf", 0x82, "\n"), []string{"82 0A is no character"}, "caf�\n"},
		{"Chinese on a head without it", western, bytesOf(0x1c, "&", 0xd6, 0xd0, 0x1c, ".\n"), []string{"FS & on a head without a two-byte font"}, "╓╨\n"},
		{"a code page that has no such character", western, bytesOf(0x1b, "t", 16, 0x81, "\n"), []string{"byte 81 is no character of code page 16"}, "�\n"},
		{"a code page that each maker fills", western, bytesOf(0x1b, "t", 99, 0xc4, "a\n"), []string{"C4 in code page 99"}, "�a\n"},
		{"ASCII in any code page", western, bytesOf(0x1b, "t", 99, "a\n"), nil, "a\n"},
		{"a code page after Chinese mode", Head{}, bytesOf(0x1c, ".", 0x1b, "t", 2, "caf", 0x82, "\n"), nil, "café\n"},
		{"Greek and Turkish", western, bytesOf(0x1b, "t", 14, 0x80, 0x1b, "t", 13, 0x9e, "\n"), nil, "ΑŞ\n"},
		{"Chinese at power-up, and after a reset", Head{}, bytesOf(0xd6, 0xd0, "\n", 0x1c, ".", 0x1b, "@", 0xba, 0xcf, "\n"), nil, "中\n合\n"},
		{"a switch to Chinese that ends the line", Head{SwitchEndsLine: true}, bytesOf(0x1c, ".", "a", 0x1c, "&", 0xd6, 0xd0, "\n"), []string{"end the line"}, "a\n中\n"},
		{"Korean", Head{Script: Korean}, bytesOf(0xc7, 0xd1, "\n"), nil, "한\n"},
		{"Big5", Head{Script: Traditional}, bytesOf(0xa4, 0xa4, "\n"), nil, "中\n"},
		{"JIS", Head{Script: Japanese}, bytesOf(0x1c, "&", 0x46, 0x7c, 0x1c, ".a\n"), nil, "日a\n"},
		{"Shift-JIS", Head{Script: Japanese}, bytesOf(0x1c, "C", 1, 0x93, 0xfa, 0xb1, "\n"), nil, "日ｱ\n"},

		{"a raster in a line", Head{}, bytesOf("a", 0x1d, "v0", 0, 1, 0, 3, 0, dotsOf3, "b\n"), []string{"GS v 0 within a line"}, "ab\n"},
		{"a raster wider than the head", Head{Dots: 384}, bytesOf(0x1d, "v0", 0, 49, 0, 1, 0, make([]byte, 49), "b\n"), []string{"392 dots are wider than the 384"}, "b\n"},
		{"a raster of nothing", Head{}, bytesOf(0x1d, "v0", 0, 0, 0, 1, 0, "b\n"), []string{"0 bytes by 1 rows"}, "b\n"},
		{"a raster of a mode that isn't", Head{}, bytesOf(0x1d, "v0", 9, 1, 0, 1, 0, "b\n"), []string{"no mode 9"}, "b\n"},
		{"a raster of too many rows for some", Head{RasterRows: 2}, bytesOf(0x1d, "v0", 0, 1, 0, 3, 0, dotsOf3), []string{"3 rows, and this head takes 2"}, ""},
		{"graphics that were never stored", Head{}, bytesOf(0x1d, "(L", 2, 0, 48, 50, "b\n"), []string{"no picture is stored"}, "b\n"},
		{"graphics whose length is wrong", Head{}, bytesOf(0x1d, "(L", 12, 0, 48, 112, 48, 1, 1, 49, 8, 0, 3, 0, "xxb\n"), []string{"8×3 dots are 3 bytes, and its length says 2"}, "b\n"},
		{"graphics in grey", Head{}, bytesOf(0x1d, "(L", 13, 0, 48, 112, 52, 1, 1, 49, 8, 0, 3, 0, dotsOf3, "b\n"), []string{"not black and white"}, "b\n"},
		{"graphics in a line", Head{}, bytesOf(0x1d, "(L", 13, 0, 48, 112, 48, 1, 1, 49, 8, 0, 3, 0, dotsOf3, "a", 0x1d, "(L", 2, 0, 48, 50, "\n"), []string{"GS ( L within a line"}, "a\n"},
		{"graphics of a function that isn't", Head{}, bytesOf(0x1d, "(L", 3, 0, 48, 99, 1, "b\n"), []string{"unknown function 99"}, "b\n"},
		{"columns wider than the line", Head{Dots: 384}, bytesOf(0x1b, "*", 33, 0x90, 1, make([]byte, 1200), "\n"), []string{"400 columns, and the line has room for 384"}, ""},
		{"columns of a mode that isn't", Head{}, bytesOf(0x1b, "*", 5, 1, 0, "b\n"), []string{"ESC *: no mode 5"}, "b\n"},
		{"character wider than the area", Head{}, bytesOf(0x1d, "W", 20, 0, 0x1d, "!", 0x11, "a\n"), []string{"wider than the paper"}, ""},

		{"a QR code that was never stored", Head{}, printTheQR, []string{"no QR code is stored"}, ""},
		{"a QR code in a line", Head{}, bytesOf(qrOfHello, "a", printTheQR, "\n"), []string{"GS ( k within a line"}, "a\n"},
		{"a QR level that isn't", Head{}, bytesOf(0x1d, "(k", 3, 0, "1E", 6), []string{"function 69"}, ""},
		{"a QR module of no size", Head{}, bytesOf(0x1d, "(k", 3, 0, "1C", 0), []string{"function 67"}, ""},
		{"an old QR model", Head{}, bytesOf(0x1d, "(k", 4, 0, "1A1", 0), []string{"function 65"}, ""},
		{"a QR code wider than the paper", Head{Dots: 200}, bytesOf(0x1d, "(k", 3, 0, "1C", 16, qrOfHello, printTheQR), []string{"336 dots is not printed on 200"}, ""},
		{"too much for a QR code", Head{}, bytesOf(0x1d, "(k", 0xbb, 0x0b, "1P0", bytes.Repeat([]byte("ab"), 1500), printTheQR), []string{"3000 bytes are more"}, ""},
		{"another symbol", Head{}, bytesOf(0x1d, "(k", 3, 0, "0C", 2), []string{"no symbol 30 43"}, ""},
		{"a QR code on a head without, which prints it", noQR, bytesOf(qrOfHello, "\n"), []string{"knows no QR code", "control byte 08", "control byte 00"}, "k1P0hello\n"},

		{"a bar code in a line", Head{}, bytesOf("a", 0x1d, "kI", 4, "{B12", "\n"), []string{"GS k within a line"}, "a\n"},
		{"a bar code without a set", Head{}, bytesOf(0x1d, "kI", 2, "12"), []string{"begin with a code set"}, ""},
		{"a bar code with a character that isn't in the set", Head{}, bytesOf(0x1d, "kI", 3, "{Aa"), []string{"byte 61 is not in code set A"}, ""},
		{"an empty bar code", Head{}, bytesOf(0x1d, "kI", 2, "{B"), []string{"says nothing"}, ""},
		{"a bar code that isn't", Head{}, bytesOf(0x1d, "k", 50, "a\n"), []string{"GS k: no bar code 50"}, "a\n"},
		{"a bar code wider than the paper", Head{Dots: 200}, bytesOf(0x1d, "kI", 12, "{B9012345678"), []string{"435 dots is not printed on 200"}, ""},
		{"a bar code width that isn't", Head{}, bytesOf(0x1d, "w", 9), []string{"GS w: no width 9"}, ""},
		{"a bar code without height", Head{}, bytesOf(0x1d, "h", 0), []string{"GS h: no height 0"}, ""},
		{"an EAN of 5 digits", Head{}, bytesOf(0x1d, "k", 2, "12345", 0), []string{"EAN13 of \"12345\": 5 digits"}, ""},
		{"an EAN of 13, ended by a zero", Head{}, bytesOf(0x1d, "k", 2, "4006381333931", 0), nil, ""},

		{"a question inside a raster", Head{}, bytesOf(0x1d, "v0", 0, 1, 0, 3, 0, 0x10, 0x04, 0x01, "b\n"), []string{"DLE EOT stands inside another command"}, "b\n"},
		{"a drawer inside a raster", Head{}, bytesOf(0x1d, "v0", 0, 1, 0, 5, 0, 0x10, 0x14, 0x01, 0x00, 0x02, "b\n"), []string{"DLE DC4 stands inside another command"}, "b\n"},
		{"an error's answer inside arguments", Head{}, bytesOf(0x1b, "p", 0, 0x10, 0x05, 0x02, "\n"), []string{"DLE ENQ stands inside", "control byte 02"}, ""},
		{"questions between commands are none", Head{}, bytesOf(0x10, 4, 1, 0x10, 4, 4, 0x10, 5, 1, "b\n"), nil, "b\n"},
		{"a question that isn't", Head{}, bytesOf(0x10, 4, 9, "b\n"), []string{"DLE EOT: no question 9"}, "b\n"},
		{"a drawer without times", Head{}, bytesOf(0x1b, "p", 0, 0x1b, "p", 1, "b\n"), []string{"control byte 01"}, "b\n"},
		{"a pulse of no length", Head{}, bytesOf(0x1b, "p", 0, 0, 9), []string{"no length"}, ""},
		{"a density that isn't", Head{}, bytesOf(0x1d, "(K", 2, 0, 49, 99), []string{"GS ( K 31 63"}, ""},
		{"a density", Head{}, bytesOf(0x1d, "(K", 2, 0, 49, 255), nil, ""},

		{"a job that ends in a command", Head{}, bytesOf("a\n", 0x1b, "p", 0), []string{"ends inside a command: 1B 70 00"}, "a\n"},
		{"a job that ends in its data", Head{}, bytesOf("a\n", 0x1d, "v0", 0, 1, 0, 3, 0, 1), []string{"2 bytes short"}, "a\n"},
		{"a job that ends in a line", Head{}, bytesOf("a"), []string{`no line feed prints: "a"`}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			paper, misprints := Decode(c.job, c.head)
			ok := len(misprints) == len(c.want)
			for i := 0; ok && i < len(c.want); i++ {
				ok = strings.Contains(misprints[i].Reason, c.want[i])
			}
			if !ok {
				t.Errorf("misprints %v, want %q", misprints, c.want)
			}
			if got := paper.Text(); got != c.text {
				t.Errorf("text %q, want %q", got, c.text)
			}
		})
	}
}

func TestMisprintsTellWhere(t *testing.T) {
	d := NewDecoder(Head{})
	_, _ = d.Write(bytesOf("a\n", cutAfterFeed))
	d.End()
	_, _ = d.Write(bytesOf("ab", 7, "\n", cutAfterFeed))
	d.End()
	want := []Misprint{{Job: 1, Offset: 2, Reason: "control byte 07 is no command"}}
	if got := d.Misprints(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if n := len(d.Paper().Slips); n != 2 {
		t.Errorf("%d slips", n)
	}
}

func TestLinesAndStyles(t *testing.T) {
	paper, misprints := Decode(bytesOf(
		0x1b, "a", 1, 0x1d, "!", 0x11, 0x1b, "E", 1, "Big", 0x1b, "E", 0, 0x1d, "!", 0, " small\n",
		0x1b, "a", 2, 0x1b, "!", 0x80, "under", 0x1b, "!", 0, " ", 0x1d, "B", 1, "inverse", 0x1d, "B", 0, "\n",
		0x1b, "a", 0, 0x1b, "M", 1, "font B", 0x1b, "M", 0, "\n",
		0x1c, "!", 0x0c, 0xba, 0xcf, 0x1c, "!", 0, 0x1c, "-", 1, 0xbc, 0xc6, 0x1c, "-", 0, "12", 0x1c, "W", 1, 0xa3, 0xa4, 0x1c, "W", 0, "\n",
		0x1b, " ", 3, "abc", 0x1b, " ", 0, 0x1c, "S", 2, 4, 0xd6, 0xd0, 0x1c, "S", 0, 0, "\n",
		0x1b, "$", 100, 0, "at 100", 0x1b, "\\", 24, 0, "on\n",
		strings.Repeat("x", 50), "\n",
		cutAfterFeed,
	), Head{})
	if len(misprints) > 0 {
		t.Error(misprints)
	}
	plain := Style{Width: 1, Height: 1}
	with := func(f func(*Style)) Style { s := plain; f(&s); return s }
	double := with(func(s *Style) { s.Width, s.Height = 2, 2 })
	want := []struct {
		x0, y0, x1, y1 int
		align          Align
		wrapped        bool
		spans          []Span
	}{
		{216, 0, 360, 48, Center, false, []Span{{"Big", Style{Bold: true, Width: 2, Height: 2}}, {" small", plain}}},
		{420, 48, 576, 72, Right, false, []Span{{"under", with(func(s *Style) { s.Underline = 1 })}, {" ", plain}, {"inverse", with(func(s *Style) { s.Reverse = true })}}},
		{0, 78, 54, 95, Left, false, []Span{{"font B", with(func(s *Style) { s.FontB = true })}}},
		{0, 108, 144, 156, Left, false, []Span{{"合", double}, {"计", with(func(s *Style) { s.Underline = 1 })}, {"12", plain}, {"￥", double}}},
		{0, 156, 71, 180, Left, false, []Span{{"abc", plain}, {"中", plain}}},
		{0, 186, 220, 210, Left, false, []Span{{"at 100", plain}, {"on", plain}}},
		{0, 216, 576, 240, Left, true, []Span{{strings.Repeat("x", 48), plain}}},
		{0, 246, 24, 270, Left, false, []Span{{"xx", plain}}},
	}
	lines := paper.Slips[0].Lines
	if len(lines) != len(want) {
		t.Fatalf("%d lines: %v", len(lines), lines)
	}
	for i, w := range want {
		l := lines[i]
		b := l.Bounds
		if b.Min.X != w.x0 || b.Min.Y != w.y0 || b.Max.X != w.x1 || b.Max.Y != w.y1 || l.Align != w.align || l.Wrapped != w.wrapped {
			t.Errorf("line %q: %v, aligned %v, wrapped %v; want %+v", l.Text, b, l.Align, l.Wrapped, w)
		}
		if i == 4 { // one style, and the space between is less than a column
			w.spans = []Span{{"abc中", plain}}
		}
		if !slices.Equal(l.Spans, w.spans) {
			t.Errorf("line %q: spans %v, want %v", l.Text, l.Spans, w.spans)
		}
	}
}

func TestARasterIsScaledAsItsModeSays(t *testing.T) {
	for mode, want := range []struct{ w, h int }{{8, 3}, {16, 3}, {8, 6}, {16, 6}} {
		paper, misprints := Decode(bytesOf(0x1d, "v0", mode, 1, 0, 3, 0, dotsOf3), Head{})
		if len(misprints) > 0 || len(paper.Hanging.Images) != 1 {
			t.Fatal(misprints)
		}
		if b := paper.Hanging.Images[0].Bounds; b.Dx() != want.w || b.Dy() != want.h {
			t.Errorf("mode %d: %v, want %v", mode, b, want)
		}
		// The dots stand on a diagonal, each as large as the scale.
		sx, sy := want.w/8, want.h/3
		for y := range want.h {
			for x := range want.w {
				if got, black := paper.Hanging.Picture.Black(x, y), x/sx == y/sy && x/sx < 3; got != black {
					t.Errorf("mode %d: dot %d, %d is %v", mode, x, y, got)
				}
			}
		}
	}
}

func TestChineseSizesOnAHeadThatKeepsThemApart(t *testing.T) {
	job := bytesOf(0x1d, "!", 0x11, 0xba, 0xcf, "a\n")
	for _, apart := range []bool{false, true} {
		paper, _ := Decode(job, Head{SizeApart: apart})
		s := paper.Hanging.Lines[0].Spans[0].Style
		if (s.Width == 1) != apart {
			t.Errorf("apart %v: %v", apart, s)
		}
	}
}

func TestPulses(t *testing.T) {
	paper, misprints := Decode(bytesOf(0x1b, "p", 0, 25, 250, 0x1b, "p", "1", 50, 10, 0x10, 0x14, 1, 1, 2), Head{})
	want := []Pulse{
		{Pin: 2, On: 50 * time.Millisecond, Off: 500 * time.Millisecond},
		{Pin: 5, On: 100 * time.Millisecond, Off: 100 * time.Millisecond},
		{Pin: 5, On: 200 * time.Millisecond, Off: 200 * time.Millisecond, RealTime: true},
	}
	if !slices.Equal(paper.Pulses, want) || !slices.Equal(paper.Hanging.Pulses, want) || len(misprints) > 0 {
		t.Errorf("%v %v %v", paper.Pulses, paper.Hanging.Pulses, misprints)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	d := NewDecoder(Head{Dots: 4096})
	// Solid black, 65535 rows at twice the size, again and again.
	for range 3 {
		_, _ = d.Write(bytesOf(0x1d, "v0", 3, 1, 0, 0xff, 0xff))
		_, _ = d.Write(bytes.Repeat([]byte{0xff}, 0xffff))
		_, _ = d.Write(cutAfterFeed)
	}
	if d.rows > rollRows {
		t.Errorf("%d rows are drawn", d.rows)
	}
	for range 5000 {
		_, _ = d.Write([]byte{7})
	}
	if n := len(d.Misprints()); n > mostMisprints {
		t.Errorf("%d misprints are kept", n)
	}
}

func TestTablesAreWhole(t *testing.T) {
	for name, table := range map[string][]rune{"katakana": katakana, "turkish": turkish, "greek": greek} {
		if len(table) != 128 {
			t.Errorf("%s has %d characters", name, len(table))
		}
	}
	for i, n := range nationals {
		if len([]rune(n)) != 12 {
			t.Errorf("national set %d has %d characters", i, len([]rune(n)))
		}
	}
	seen := map[string]int{}
	for i, w := range code128Widths {
		sum := 0
		for _, r := range w {
			sum += int(r - '0')
		}
		if sum != 11 && (i != 106 || sum != 13) {
			t.Errorf("symbol %d is %d wide", i, sum)
		}
		if j, ok := seen[w]; ok {
			t.Errorf("symbols %d and %d are the same", i, j)
		}
		seen[w] = i
	}
}

func FuzzDecoder(f *testing.F) {
	for _, name := range recorded(f) {
		f.Add(read(f, name), uint8(0))
	}
	f.Add(bytesOf(0x1d, "(k", 8, 0, "1P0hello", 0x1d, "(k", 3, 0, "1Q0"), uint8(1))
	f.Add(bytesOf(0x1d, "8L", 13, 0, 0, 0, 48, 112, 48, 1, 1, 49, 8, 0, 3, 0, dotsOf3), uint8(2))
	f.Add(bytesOf(0x1d, "k", 4, "ABC", 0, 0x1d, "kI", 4, "{C", 1, 2, 0x1b, "*", 0, 2, 0, 1, 2), uint8(0x83))
	f.Fuzz(func(t *testing.T, job []byte, kind uint8) {
		h := Head{
			Dots: []int{0, 384, 512, 16}[kind&3], Script: Script(kind >> 2 % 5), NoQR: kind&0x20 != 0,
			NoCutter: kind&0x40 != 0, SwitchEndsLine: kind&0x80 != 0, GB2312: kind&0x80 != 0,
		}
		d := NewDecoder(h)
		if n, err := d.Write(job); n != len(job) || err != nil {
			t.Fatal(n, err)
		}
		d.End()
		paper, misprints := d.Paper(), d.Misprints()
		if d.rows > rollRows || len(misprints) > mostMisprints {
			t.Errorf("%d rows, %d misprints", d.rows, len(misprints))
		}
		for _, s := range append(paper.Slips, paper.Hanging) {
			if b := s.Picture.Bounds(); b.Dx() != h.dots() || b.Dy() > 3*longestSlip {
				t.Errorf("a slip of %v", b)
			}
		}
		// Byte by byte it is the same.
		e := NewDecoder(h)
		for _, b := range job {
			_, _ = e.Write([]byte{b})
		}
		e.End()
		if a, b := paper.Text(), e.Paper().Text(); a != b || !slices.Equal(misprints, e.Misprints()) {
			t.Errorf("%q and %q", a, b)
		}
	})
}
