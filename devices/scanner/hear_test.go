package scanner

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestBelieved: what proves a speed, and what is whole at a proven one.
func TestBelieved(t *testing.T) {
	const url = "HTTPS://EXAMPLE.COM/1"
	for _, c := range []struct {
		what            string
		pieces          []piece
		believed, whole bool
	}{
		{"nothing", nil, false, false},
		{"a code", []piece{{text: code, ending: EndsCR}}, true, true},
		{"a code in silence", []piece{{text: code, ending: EndsSilence}}, true, true},
		{"a code and bare endings", []piece{{ending: EndsLF}, {text: code, ending: EndsCR}, {ending: EndsLF}}, true, true},
		{"bare endings", []piece{{ending: EndsLF}, {ending: EndsCR}}, false, false},
		{"noise in it", []piece{{text: code, noise: 1, ending: EndsSilence}}, false, false},
		{"a part", []piece{{text: code, ending: EndsCR, part: true}}, false, false},
		{"a code and a part", []piece{{text: code, ending: EndsCR}, {text: "28", ending: EndsSilence}}, false, false},
		{"the goods' code", []piece{{text: "4006381333931", ending: EndsTab}}, true, true},
		{"few digits", []piece{{text: "2814263", ending: EndsCR}}, false, false},
		{"two codes in one", []piece{{text: code + code, ending: EndsCR}}, false, false},
		{"a long text", []piece{{text: url, ending: EndsCR}}, true, true},
		{"a long text in silence", []piece{{text: url, ending: EndsSilence}}, false, true},
		{"letters and digits", []piece{{text: "AB-1234 X", ending: EndsCR}}, false, true},
		{"letters and digits in silence", []piece{{text: "AB-1234 X", ending: EndsSilence}}, false, false},
		{"letters", []piece{{text: "JZJJZHJH", ending: EndsTab}}, false, false},
		{"signs", []piece{{text: "`x~f1234", ending: EndsTab}}, false, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			if got := believed(c.pieces); got != c.believed {
				t.Errorf("believed: %v", got)
			}
			whole := len(c.pieces) > 0 && !slices.ContainsFunc(c.pieces, func(p piece) bool { return !p.bare() && !p.clean() }) &&
				slices.ContainsFunc(c.pieces, piece.clean)
			if whole != c.whole {
				t.Errorf("whole: %v", whole)
			}
		})
	}
}

// hearing plays chunks to a new ear: what is heard, "!" for what is broken.
func hearing(s Serial, chunks ...chunk) (told []string) {
	s.Scanned = func(s Scan) { told = append(told, s.Text) }
	s.Broken = func(Broken) { told = append(told, "!") }
	e := newEar(&s)
	ctx, cancel := context.WithCancel(context.Background())
	w := &wire{baud: 9600}
	w.nextDue = func(w *wire) {
		if w.chunks == nil {
			for _, c := range chunks {
				w.chunks = append(w.chunks, chunk{w.now + c.at, slices.Clone(c.bytes)})
			}
			chunks = nil
		}
		if len(w.chunks) == 0 {
			cancel()
		}
	}
	if err := e.listen(ctx, w); !errors.Is(err, context.Canceled) {
		panic(err)
	}
	return told
}

func TestEar(t *testing.T) {
	at := func(at time.Duration, text string) chunk { return chunk{at, []byte(text)} }
	const s = time.Second
	for _, c := range []struct {
		what   string
		serial Serial
		chunks []chunk
		want   []string
	}{
		{"without an ending", Serial{Baud: 9600}, []chunk{at(ms, code), at(s, slip)}, []string{code, slip}},
		{"the rest of a read that was told too soon", Serial{Baud: 9600, Ending: EndsSilence},
			[]chunk{at(ms, code[:8]), at(200*ms, code[8:]), at(s, slip)}, []string{code[:8], "!", slip}},
		{"two scans of a hand", Serial{Baud: 9600, Ending: EndsSilence}, []chunk{at(ms, code), at(500*ms+ms, slip)}, []string{code, slip}},
		{"its ending is known from the start", Serial{Baud: 9600, Ending: EndsCR}, []chunk{at(ms, code), at(s, slip+"\r")}, []string{"!", slip}},
		{"it ends its reads no more", Serial{Baud: 9600, Ending: EndsCR},
			[]chunk{at(ms, code), at(s, slip), at(2*s, slip), at(3*s, code)}, []string{"!", "!", slip, code}},
		{"it still does", Serial{Baud: 9600, Ending: EndsCR},
			[]chunk{at(ms, slip), at(s, code+"\r"), at(2*s, slip), at(3*s, slip+"\n")}, []string{"!", code, "!", slip}},
		{"it still does, in pieces", Serial{Baud: 9600, Ending: EndsCR},
			[]chunk{at(ms, slip), at(s, "32\r"), at(2*s, slip), at(3*s, slip+"\r")}, []string{"!", "!", "!", slip}},
		{"two in quick succession, with endings", Serial{Baud: 9600}, []chunk{at(ms, code+"\r"+slip+"\r"), at(20*ms, code+"\r")}, []string{code, slip, code}},
		{"a trigger that sends its ending alone", Serial{Baud: 9600}, []chunk{at(ms, "\r\n"), at(s, code+"\r\n")}, []string{code}},
		{"a late ending", Serial{Baud: 9600, Ending: EndsSilence}, []chunk{at(ms, code), at(300*ms, "\r"), at(s, slip+"\r")}, []string{code, slip}},
		{"more pieces than are kept", Serial{}, []chunk{at(ms, strings.Repeat("12345678\r", 40)), at(s, code)}, []string{"!", code}},
	} {
		t.Run(c.what, func(t *testing.T) {
			if got := hearing(c.serial, c.chunks...); !slices.Equal(got, c.want) {
				t.Errorf("told %q, want %q", got, c.want)
			}
		})
	}
}
