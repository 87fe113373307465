package printer

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzOpen: any text is a printer's address or an error that says what is wrong
// with it. What is opened keeps its text, and a network address is whole.
func FuzzOpen(f *testing.F) {
	for _, link := range []string{
		"tcp://192.168.1.50:9100", "tcp://printer", "tcp://[fe80::1]:9100", "tcp://fe80::1", "tcp://a:b", "tcp://:9100", "tcp://a:0", "tcp://a:65536", "tcp://a:+1",
		"serial:///dev/ttyUSB0?baud=9600", "serial://COM3", "serial://x?baud=1", "serial://x?baud=1e3", "serial://x?parity=odd", "serial://x?status=off&status=on",
		"usb:///dev/usb/lp0", "usb:///dev/usb/lp0?status=off", "usb:///../../etc/passwd", "file:///tmp/a?b", "file://", "file:///C:/slips", "cups://queue", "cups://-d", "cups://a b", "spool://A printer", "usb:///dev/usb/lp0?id=04b8:0e15&serial=x", "usb:///dev/usb/lp0?id=4:5",
		"TCP://a", "://", "tcp:/a", "tcp://a?%zz", "tcp://a\n:9100", "tcp://[]", "tcp://[::1", "\x00://",
	} {
		f.Add(link)
	}
	f.Fuzz(func(t *testing.T, link string) {
		p, err := Open(link)
		if err != nil {
			var why *LinkError
			if p != nil || !errors.As(err, &why) || why.Link != link || why.Err == nil {
				t.Fatalf("%q: %v, %v", link, p, err)
			}
			known := false
			for _, k := range []error{ErrUnknownLink, ErrNotHere, ErrNoAddress, ErrBadPort, ErrBadBaud, ErrBadOption} {
				known = known || errors.Is(err, k)
			}
			if !known {
				t.Fatalf("%q: %v is none of the errors of links", link, err)
			}
			return
		}
		if p.Link() != link {
			t.Fatalf("%q is opened as %q", link, p.Link())
		}
		kind, rest, _ := strings.Cut(link, "://")
		address, _, _ := strings.Cut(rest, "?")
		switch kind {
		case "tcp":
			whole, err := hostAndPort(address)
			if err != nil {
				t.Fatal(err)
			}
			host, port, err := net.SplitHostPort(whole)
			if n, e := strconv.Atoi(port); err != nil || e != nil || host == "" || n < 1 || n > 65535 {
				t.Fatalf("%q leads to %q", link, whole)
			}
			if again, err := hostAndPort(whole); err != nil || again != whole {
				t.Fatalf("%q leads to %q, which leads to %q, %v", link, whole, again, err)
			}
		case "serial":
			if d := p.(*device); d.bytesPerSecond < 5 || d.bytesPerSecond > 400_000 || d.path != address {
				t.Fatalf("%q is %q at %d bytes a second", link, d.path, d.bytesPerSecond)
			}
		case "usb", "file":
		case "spool":
			if name := p.(*spool).name; "spool://"+name != link {
				t.Fatalf("%q is the printer %q", link, name)
			}
		case "cups":
			if q := p.(*cups).queue; !isQueue(q) || q != address {
				t.Fatalf("%q is the queue %q", link, q)
			}
		default:
			t.Fatalf("%q is a printer", link)
		}
	})
}

// FuzzDeviceName: what a device says of itself becomes a short name on one
// line, made of its own words.
func FuzzDeviceName(f *testing.F) {
	for _, id := range []string{"MFG:EPSON;MDL:TM-T20II;", "MFG:\x1b[2J;MDL:\r\n;", ";;:;MFG;", "mdl:\xff\xfe;", "MFG:" + strings.Repeat("x", 5000), "MFG:\u202egpj;"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		name := deviceName(id)
		if utf8.RuneCountInString(name) > longestDeviceName || name != strings.TrimSpace(name) || !utf8.ValidString(name) {
			t.Fatalf("%q is %q", id, name)
		}
		if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("%q is %q, which no screen should get", id, name)
		}
	})
}

// FuzzDecoder: whatever a printer sends, what is told has its fixed bits, an
// answer to DLE EOT is never lost or made up, and a state made of it says
// "well" only if it tells of no trouble.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte{0x12, 0x10, 0x00, 0x12, 0x00, 0x0f, 0x13, 0xff, 0x03})
	f.Add([]byte{0x1a, 0x32, 0x12, 0x7e})
	f.Add([]byte{0x38, 0x08, 0x0c, 0x0f, 0x10, 0x11})
	f.Fuzz(func(t *testing.T, in []byte) {
		var d decoder
		var s Status
		want, got := 0, 0
		for i, b := range in {
			if b&0x93 == 0x12 {
				want++
			}
			r, ok := d.feed(b)
			if d.n < 0 || d.n >= len(d.asb) {
				t.Fatalf("%d bytes of four", d.n)
			}
			if !ok {
				continue
			}
			switch r.kind {
			case realTime:
				if got++; r.b != b {
					t.Fatalf("%x made of %x", r.b, b)
				}
				s.take(byte(i%4+1), r.b)
			case inTurn:
				if r.b != b || b&0x90 != 0 {
					t.Fatalf("%x made of %x", r.b, b)
				}
				continue
			case automatic:
				if r.asb[0]&0x93 != 0x10 || (r.asb[1]|r.asb[2]|r.asb[3])&0x90 != 0 {
					t.Fatalf("automatic status %x", r.asb)
				}
				s.takeASB(r.asb)
			default:
				t.Fatalf("reply %+v", r)
			}
			trouble := s.Offline || s.Feeding || s.CoverOpen || s.PaperOut || s.CutterError || s.HotHead || s.Fault
			if !s.Answered || s.Problem().Stops() != trouble {
				t.Fatalf("%+v is %q", s, s.Problem())
			}
		}
		if got != want {
			t.Fatalf("%d answers of %d", got, want)
		}
	})
}

// FuzzQueues: whatever lpstat says, a queue is a name that the commands of CUPS
// take for nothing else, and its link can be opened.
func FuzzQueues(f *testing.F) {
	for _, said := range []string{
		"printer receipts is idle.  enabled since Sat 21 Nov 2026\n", "printer a disabled since Sat -\n\tUnplugged or turned off\n",
		"printer a now printing a-3.  enabled since\nprinter b is idle.", "printer -h is idle.\n", "printer  is idle", "printer a", "no system default destination\n", "printer a\x00b is", "printer a\x1b[2J is idle\n",
	} {
		f.Add(said)
	}
	f.Fuzz(func(t *testing.T, said string) {
		for _, q := range readQueues(said) {
			if !isQueue(q.name) || !strings.Contains(said, "printer "+q.name+" ") {
				t.Fatalf("%q lists %q", said, q.name)
			}
			if hasDeviceFiles {
				if p, err := Open("cups://" + q.name); err != nil || p.(*cups).queue != q.name {
					t.Fatalf("%q: %v", q.name, err)
				}
			}
		}
	})
}

// FuzzRequest: a job of CUPS is one of the queue that it was sent to, or none.
func FuzzRequest(f *testing.F) {
	f.Add("request id is receipts-12 (1 file(s))\n", "receipts")
	f.Add("request id is a-b-3 (0 file(s))\n", "a-b")
	f.Add("request id is -12 (", "")
	f.Add("lp: warning\nrequest id is a-1 (1 file(s))", "a")
	f.Fuzz(func(t *testing.T, said, queue string) {
		id := readRequest(said, queue)
		if id == "" {
			return
		}
		number, ok := strings.CutPrefix(id, queue+"-")
		if _, err := strconv.ParseUint(number, 10, 64); !ok || err != nil || !strings.Contains(said, id) {
			t.Fatalf("%q: %q of %q", said, id, queue)
		}
		if !holdsRequest(id+"  root 1024", id) || holdsRequest("x"+id, id) {
			t.Fatalf("%q is not found again", id)
		}
	})
}

// FuzzUSBDevice: whatever ids and serial number a device says it has, the link
// made of them means just that device.
func FuzzUSBDevice(f *testing.F) {
	f.Add("04b8:0e15", "J1")
	f.Add("04B8:0E15", "a&id=0000:0000")
	f.Add("4b8:0e15", "")
	f.Add("04b8:0e15", "100% of\x00 +")
	f.Fuzz(func(t *testing.T, text, serial string) {
		id, ok := usbID(text)
		if !ok {
			return
		}
		if len(id) != 9 || !strings.EqualFold(id, text) {
			t.Fatalf("%q is %q", text, id)
		}
		want := usbDevice{id, printable(serial)}
		if !want.is(want) || want.serial != "" && want.is(usbDevice{id, ""}) || want.is(usbDevice{"0000:000", serial}) {
			t.Fatalf("%+v is not itself", want)
		}
		_, query, _ := strings.Cut(want.options(), "?")
		options, err := url.ParseQuery(query)
		if err != nil || len(options) > 2 || options.Get("id") != id || options.Get("serial") != want.serial {
			t.Fatalf("%+v is %q", want, query)
		}
	})
}
