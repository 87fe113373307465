package scanner

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

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
	f.Add("", []byte("\x08\x07\x08\x07\x08\x05\x08\x05\x08\x03\x08\x04\x08\x045\x08\r"))
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
			case c == 3:
				d.Down("LeftAlt", 0x38+firstCode, now)
			case c == 4: // a part of a number with Alt, or a shortcut
				d.Down("5", padCode('5'), now)
			case c == 5: // without NumLock
				d.Down("5", padCode('5'), now)
				seen++
				obey(d.Key("5", padCode('5'), now))
			case c == 6: // held
				obey(d.Key("5", padCode('5'), now))
				seen++
				obey(d.Rune('5', now))
			case c == 7: // on a French keyboard
				d.Down("5", 0x06+firstCode, now)
				obey(d.Key("5", 0x06+firstCode, now))
				seen++
				obey(d.Rune('(', now))
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
