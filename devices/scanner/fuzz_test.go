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
			tell := func(p piece) { got = append(got, p) }
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
			if p.ended && p.noise > 0 || len(p.text)+p.noise == 0 || len(p.text) > longestRead {
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
	f.Add(code, 0, true, true)
	f.Add(code[:7], 0, true, false)
	f.Add(code, 1, false, false)
	f.Add(code, 0, false, true)
	f.Fuzz(func(t *testing.T, text string, noise int, ended, marked bool) {
		var scans []Scan
		var broken []Broken
		e := ear{Serial: &Serial{Port: "COM3", Scanned: func(s Scan) { scans = append(scans, s) }, Broken: func(b Broken) { broken = append(broken, b) }}}
		whole := e.hear(piece{text, noise, ended}, marked)
		if len(scans)+len(broken) != 1 || whole != (len(scans) == 1) {
			t.Fatalf("%q: scans %d, broken %d", text, len(scans), len(broken))
		}
		if whole != (noise == 0 && len(text) >= MinLength && (ended || !marked)) {
			t.Fatalf("%q with %d bytes of noise is whole: %v", text, noise, whole)
		}
		if !whole {
			if broken[0].Digits > len(text) {
				t.Fatalf("%q has %d digits", text, broken[0].Digits)
			}
			return
		}
		said := fmt.Sprintf("%v %+v %s %q", scans[0], scans[0], scans[0], scans[0]) + scans[0].LogValue().String()
		digits := len(text) >= MinLength && strings.Trim(text, "0123456789") == ""
		if scans[0].Text != text || digits && (strings.Contains(said, text[:8]) || strings.Contains(said, text[len(text)-8:])) {
			t.Fatalf("%q is said as %q", text, said)
		}
	})
}

// FuzzDetector: whatever comes, no character is lost or made up, nothing is
// taken back that wasn't typed, a scan is made of what came and of nothing
// else, and the deadlines end.
func FuzzDetector(f *testing.F) {
	f.Add("", []byte("1\x002\x003\x10\r\x08281426348240442632\r"))
	var burst []byte
	for _, c := range []byte(code + "\r") {
		burst = append(burst, 5, c)
	}
	f.Add("", burst)
	f.Add("28", burst)
	f.Add("", append([]byte{200, '1', 200, '2', 200, 1}, burst...))
	f.Fuzz(func(t *testing.T, prefix string, script []byte) {
		d := Detector{Prefix: prefix}
		now := start
		field, seen, gone := 0, 0, 0
		obey := func(v Verdict) {
			if v.TakeBack > field {
				t.Fatalf("takes back %d of %d", v.TakeBack, field)
			}
			field += utf8.RuneCountInString(v.Type) - v.TakeBack
			if v.Scan != nil && v.Broken != nil {
				t.Fatal("a scan and a broken read at once")
			}
			if s := v.Scan; s != nil {
				n := utf8.RuneCountInString(s.Text)
				gone += n
				if n < MinLength || strings.ContainsFunc(s.Text, func(r rune) bool { return !unicode.IsPrint(r) }) || s.Source != Keyboard {
					t.Fatalf("scan of %d characters", n)
				}
			}
			if b := v.Broken; b != nil {
				gone += b.Digits
			}
			if field+gone > seen {
				t.Fatalf("%d typed and %d scanned of %d", field, gone, seen)
			}
		}
		for i := 0; i+1 < len(script); i += 2 {
			now = now.Add(time.Duration(script[i]) * ms)
			switch c := script[i+1]; {
			case c == 0:
				obey(d.Expire(now))
			case c == 1:
				obey(d.Key("Left", 0, now))
			case c == 2:
				obey(d.Flush())
			case c == '\r' || c == '\t':
				obey(d.Rune(rune(c), now))
			default:
				if unicode.IsPrint(rune(c)) {
					seen++
				}
				obey(d.Rune(rune(c), now))
			}
		}
		for range 20 {
			now = d.Deadline()
			obey(d.Expire(now))
		}
		if len(d.run) > 0 {
			t.Fatalf("%d characters wait for ever", len(d.run))
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
