package scanner

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"go.bug.st/serial/enumerator"
)

// FuzzSplitter: however bytes are cut into chunks, the reads are the same,
// they hold printable ASCII only, no byte is lost or made up, and nothing
// grows without end.
func FuzzSplitter(f *testing.F) {
	f.Add([]byte(code+"\r\n\x00\xff12\t"), 3)
	f.Add([]byte("\x1b[A"+code+"\n"), 1)
	f.Add([]byte(strings.Repeat("9", longestRead+5)+"\r"), 100)
	f.Add([]byte("\r\r\n\t\x80"), 2)
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		read := func(step int) (got []piece) {
			var s splitter
			tell := func(p piece) {
				if p.ending == EndsCRLF { // known at once only within a chunk
					p.ending = EndsCR
				}
				got = append(got, p)
			}
			for chunk := range slices.Chunk(data, step) {
				s.feed(chunk, tell)
			}
			if len(s.text) > longestRead {
				t.Fatalf("%d characters are kept", len(s.text))
			}
			s.silence(tell)
			if s.open() {
				t.Fatal("open after silence")
			}
			return got
		}
		whole := read(max(len(data), 1))
		if parts := read(1 + (cut&0x7fffffff)%(len(data)+1)); !slices.Equal(whole, parts) {
			t.Fatalf("whole %+v, in parts %+v", whole, parts)
		}
		n := 0
		for _, p := range whole {
			n += len(p.text) + p.noise
			for _, r := range p.text {
				if r < ' ' || r > '~' {
					t.Fatalf("read holds %q", r)
				}
			}
			if p.ending != EndsSilence && p.noise > 0 || p.ending == EndsSilence && p.bare() || p.part || len(p.text) > longestRead {
				t.Fatalf("read %+v", p)
			}
		}
		endings := 0
		for _, b := range data {
			if b == '\r' || b == '\n' || b == '\t' {
				endings++
			}
		}
		if n > len(data) || n < len(data)-endings {
			t.Fatalf("%d of %d bytes are accounted for", n, len(data))
		}
	})
}

// FuzzHear: only a clean and whole read becomes a scan, and no way of printing
// one tells it.
func FuzzHear(f *testing.F) {
	f.Add(code, 0, true, true, false)
	f.Add(code[:7], 0, true, false, false)
	f.Add(code, 1, false, false, false)
	f.Add(code, 0, false, true, false)
	f.Add(code+code, 0, true, true, false)
	f.Add(code, 0, true, true, true)
	f.Fuzz(func(t *testing.T, text string, noise int, ended, marked, part bool) {
		var scans []Scan
		var broken []Broken
		e := ear{port: "COM3", speeds: speeds, marked: marked,
			Serial: &Serial{Scanned: func(s Scan) { scans = append(scans, s) }, Broken: func(b Broken) { broken = append(broken, b) }}}
		p := piece{text, noise, EndsSilence, part}
		if ended {
			p.ending = EndsLF
		}
		whole := e.hear(p)
		if len(scans)+len(broken) != 1 || whole != (len(scans) == 1) {
			t.Fatalf("%q: scans %d, broken %d", text, len(scans), len(broken))
		}
		digits := strings.Trim(text, "0123456789") == ""
		if whole && (noise > 0 || part || len(text) < MinLength || marked && !ended || digits && len(text) >= 32) {
			t.Fatalf("%q with %d bytes of noise is whole", text, noise)
		}
		if !whole && digits && len(text) >= MinLength && len(text) < 32 && noise == 0 && !part && (ended || !marked) {
			t.Fatalf("%q is not whole", text)
		}
		if !whole {
			if broken[0].Digits > len(text) || broken[0].Noise != (noise > 0) || broken[0].Ending != p.ending || broken[0].Baud != 9600 {
				t.Fatalf("%q is told as %+v", text, broken[0])
			}
			return
		}
		said := fmt.Sprintf("%v %+v %s %q", scans[0], scans[0], scans[0], scans[0]) + scans[0].LogValue().String()
		if scans[0].Text != text || scans[0].Ending != p.ending || digits && (strings.Contains(said, text[:8]) || strings.Contains(said, text[len(text)-8:])) {
			t.Fatalf("%q is said as %q", text, said)
		}
	})
}

// FuzzEar: whatever comes on a line, and when, a scan is the whole of what came
// between two endings or silences, in order, and a line always comes to rest.
func FuzzEar(f *testing.F) {
	f.Add([]byte("\x05"+code+"\r\xff\xff\x05"+code), 0, "")
	f.Add([]byte("\x05281426348240\x20442632\r"), 9600, "cr")
	f.Add([]byte("\x05"+code+"\x18"+code), 9600, "none")
	f.Fuzz(func(t *testing.T, script []byte, baud int, ending string) {
		// A byte below 0x20, but an ending, is a pause of as many 10 ms; 0xff is
		// a second.
		var chunks []chunk
		at, sent := time.Millisecond, ""
		for _, b := range script {
			switch {
			case b == 0xff:
				at += time.Second
				sent += "…"
			case b < ' ' && b != '\r' && b != '\n' && b != '\t':
				at += time.Duration(b) * 10 * time.Millisecond
				if b >= 10 {
					sent += "…"
				}
			default:
				chunks = append(chunks, chunk{at, []byte{b}})
				sent += string(rune(b))
			}
		}
		told := hearing(Serial{Baud: max(baud, 0), Ending: Ending(ending)}, chunks...)
		for _, scan := range told {
			if scan == "!" {
				continue
			}
			reads := strings.FieldsFunc(sent, func(r rune) bool { return strings.ContainsRune("\r\n\t…", r) })
			if !slices.Contains(reads, scan) {
				t.Fatalf("%q is no whole read of %q", scan, sent)
			}
			_, sent, _ = strings.Cut(sent, scan)
		}
	})
}

// FuzzDescribe: what a device on a serial port says of itself is fit for a
// screen.
func FuzzDescribe(f *testing.F) {
	f.Add("/dev/ttyACM0", "Honeywell", "1900 Scanner", "0C2E", true)
	f.Add("COM3", "\x1b]0;x\x07", "\u202ea\r\nb", "", true)
	f.Add("", "x", "y", "z", false)
	f.Fuzz(func(t *testing.T, name, maker, product, vendor string, usb bool) {
		ports := describe([]*enumerator.PortDetails{{Name: name, Manufacturer: maker, Product: product, VID: vendor, PID: "1", IsUSB: usb}})
		if len(ports) > 1 || (name == "") != (len(ports) == 0) {
			t.Fatalf("%d ports", len(ports))
		}
		for _, p := range ports {
			for _, words := range []string{p.Maker, p.Product} {
				if utf8.RuneCountInString(words) > longestDeviceName || !utf8.ValidString(words) || strings.ContainsFunc(words, func(r rune) bool { return !unicode.IsPrint(r) }) {
					t.Fatalf("it is called %q", words)
				}
			}
		}
	})
}
