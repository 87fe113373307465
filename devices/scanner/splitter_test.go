package scanner

import (
	"bytes"
	"slices"
	"testing"
)

func TestSplitter(t *testing.T) {
	silence := "…" // in a chunk's place: the line is silent
	for _, c := range []struct {
		name   string
		chunks []string
		want   []piece
	}{
		{"CR ends a read", []string{code + "\r"}, []piece{{code, 0, true}}},
		{"LF ends a read", []string{code + "\n"}, []piece{{code, 0, true}}},
		{"Tab ends a read", []string{code + "\t"}, []piece{{code, 0, true}}},
		{"CR LF ends one read", []string{code + "\r\n" + code + "\r", "\n"}, []piece{{code, 0, true}, {code, 0, true}}},
		{"silence ends a read", []string{code, silence}, []piece{{code, 0, false}}},
		{"a read may come byte by byte", []string{"2", "8", "1\r"}, []piece{{"281", 0, true}}},
		{"silence alone is nothing", []string{silence, "\r\n", silence}, nil},
		{"noise spoils the read and what is in it", []string{"2814\x00\xff26\r", "34", silence}, []piece{{"28142634", 3, false}}},
		{"after noise a new read is clean", []string{"\xf8\r", silence, code + "\r"}, []piece{{"", 2, false}, {code, 0, true}}},
		{"a letter beyond ASCII is noise", []string{"中\r", silence}, []piece{{"", 4, false}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s splitter
			var got []piece
			tell := func(p piece) { got = append(got, p) }
			for _, chunk := range c.chunks {
				if chunk == silence {
					s.silence(tell)
				} else {
					s.feed([]byte(chunk), tell)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
	t.Run("more than a barcode holds is noise", func(t *testing.T) {
		var s splitter
		s.feed(bytes.Repeat([]byte("7"), longestRead+5), nil)
		s.feed([]byte("\r"), nil)
		s.silence(func(p piece) {
			if len(p.text) != longestRead || p.noise != 6 {
				t.Errorf("%d characters and %d of noise", len(p.text), p.noise)
			}
		})
		if s.open() {
			t.Error("the read goes on")
		}
	})
	t.Run("a line that is cut leaves no clean read", func(t *testing.T) {
		var s splitter
		s.feed([]byte(code), nil)
		s.cut(func(p piece) {
			if p.noise == 0 {
				t.Errorf("%+v", p)
			}
		})
	})
}
