package scanner

import (
	"bytes"
	"slices"
	"testing"
)

func TestSplitter(t *testing.T) {
	// In a chunk's place:
	const silence, pause, distrust = "silence", "pause", "distrust"
	for _, c := range []struct {
		name   string
		chunks []string
		want   []piece
	}{
		{"CR ends a read", []string{code + "\r"}, []piece{{code, 0, EndsCR, false}}},
		{"LF ends a read", []string{code + "\n"}, []piece{{code, 0, EndsLF, false}}},
		{"Tab ends a read", []string{code + "\t"}, []piece{{code, 0, EndsTab, false}}},
		{"CR LF ends one read", []string{code + "\r\n" + code + "\r\n"}, []piece{{code, 0, EndsCRLF, false}, {code, 0, EndsCRLF, false}}},
		{"an LF that comes later is known next time", []string{code + "\r", "\n" + code + "\r", "\n", code + "\r", code + "\r"},
			[]piece{{code, 0, EndsCR, false}, {code, 0, EndsCRLF, false}, {code, 0, EndsCRLF, false}, {code, 0, EndsCR, false}}},
		{"silence ends a read", []string{code, silence}, []piece{{code, 0, EndsSilence, false}}},
		{"a read may come byte by byte", []string{"2", "8", "1\r"}, []piece{{"281", 0, EndsCR, false}}},
		{"silence alone is nothing", []string{silence, silence}, nil},
		{"endings that come alone are told as such", []string{"\r\n", silence, "\t\n"},
			[]piece{{"", 0, EndsCRLF, false}, {"", 0, EndsTab, false}, {"", 0, EndsLF, false}}},
		{"noise spoils the read and what is in it", []string{"2814\x00\xff26\r", "34", silence}, []piece{{"28142634", 3, EndsSilence, false}}},
		{"after noise a new read is clean", []string{"\xf8\r", silence, code + "\r"}, []piece{{"", 2, EndsSilence, false}, {code, 0, EndsCR, false}}},
		{"a letter beyond ASCII is noise", []string{"中\r", silence}, []piece{{"", 4, EndsSilence, false}}},
		{"a pause within a read", []string{"2814", pause, "26\r" + code + "\r"}, []piece{{"281426", 0, EndsCR, true}, {code, 0, EndsCR, false}}},
		{"a pause between reads", []string{code + "\r", pause, code + "\r"}, []piece{{code, 0, EndsCR, false}, {code, 0, EndsCR, false}}},
		{"what was in the line before", []string{distrust, "\n26\r", code + "\r"},
			[]piece{{"", 0, EndsLF, false}, {"26", 0, EndsCR, true}, {code, 0, EndsCR, false}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s splitter
			var got []piece
			tell := func(p piece) { got = append(got, p) }
			for _, chunk := range c.chunks {
				switch chunk {
				case silence:
					s.silence(tell)
				case pause:
					s.pause()
				case distrust:
					s.distrust()
				default:
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
}
