package printer

import (
	"testing"
)

func TestStatusBytes(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers [4]byte // to DLE EOT 1 to 4; 0 for none
		want    Status
		problem Problem
	}{
		{"well", [4]byte{0x12, 0x12, 0x12, 0x12}, Status{}, ""},
		{"well, with the drawer's pin high", [4]byte{0x16, 0x12, 0x12, 0x12}, Status{}, ""},
		{"only the first is answered", [4]byte{0x12}, Status{}, ""},
		{"offline by its button", [4]byte{0x1a, 0x1a, 0x12, 0x12}, Status{Offline: true, Feeding: true}, Offline},
		{"cover open", [4]byte{0x1a, 0x16, 0x12, 0x12}, Status{Offline: true, CoverOpen: true}, CoverOpen},
		{"paper out", [4]byte{0x1a, 0x32, 0x12, 0x7e}, Status{Offline: true, PaperOut: true, NearEnd: true}, PaperOut},
		{"paper out, without a sensor for its end", [4]byte{0x1a, 0x32}, Status{Offline: true, PaperOut: true}, PaperOut},
		{"near the end", [4]byte{0x12, 0x12, 0x12, 0x1e}, Status{NearEnd: true}, NearEnd},
		{"cutter", [4]byte{0x1a, 0x52, 0x1a, 0x12}, Status{Offline: true, CutterError: true}, CutterError},
		{"broken for good", [4]byte{0x1a, 0x52, 0x32, 0x12}, Status{Offline: true, Fault: true}, Fault},
		{"an error of which it doesn't say more", [4]byte{0x1a, 0x52}, Status{Offline: true, Fault: true}, Fault},
		{"the same, and it answers all questions", [4]byte{0x1a, 0x52, 0x12, 0x12}, Status{Offline: true, Fault: true}, Fault},
		{"an error that some call recoverable", [4]byte{0x12, 0x52, 0x16, 0x12}, Status{Offline: true}, Offline},
		{"fed by its button, and online", [4]byte{0x12, 0x1a, 0x12, 0x12}, Status{Feeding: true}, Offline},
		{"head too hot", [4]byte{0x1a, 0x52, 0x52, 0x12}, Status{Offline: true, HotHead: true}, HotHead},
		{"hot and broken", [4]byte{0x1a, 0x52, 0x72, 0x12}, Status{Offline: true, HotHead: true, Fault: true}, Fault},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s Status
			for i, b := range c.answers {
				if b != 0 {
					s.take(byte(i+1), b)
				}
			}
			c.want.Answered = true
			if s != c.want || s.Problem() != c.problem {
				t.Errorf("got %+v, %q", s, s.Problem())
			}
			if s.Problem().Stops() != (c.problem != "" && c.problem != NearEnd) {
				t.Errorf("%q stops: %v", s.Problem(), s.Problem().Stops())
			}
		})
	}
}

// Each problem has a colour, and one that stops is never green.
func TestSeverity(t *testing.T) {
	want := map[Severity][]Problem{
		Good:     {""},
		LookAtIt: {NearEnd, HotHead, Busy},
		Stopped:  {Offline, CoverOpen, PaperOut, CutterError, Fault, Unplugged, Unreachable, Denied, Stuck, Cut},
	}
	for severity, problems := range want {
		for _, p := range problems {
			if got := p.Severity(); got != severity {
				t.Errorf("%q is %s, want %s", p, got, severity)
			}
		}
	}
}

func TestAutomaticStatusBytes(t *testing.T) {
	for _, c := range []struct {
		name string
		asb  [4]byte
		want Status
	}{
		{"well", [4]byte{0x14, 0x00, 0x00, 0x0f}, Status{}},
		{"cover open", [4]byte{0x38, 0x00, 0x00, 0x0f}, Status{Offline: true, CoverOpen: true}},
		{"paper out", [4]byte{0x1c, 0x00, 0x0f, 0x0f}, Status{Offline: true, PaperOut: true, NearEnd: true}},
		{"near the end", [4]byte{0x10, 0x00, 0x03, 0x0f}, Status{NearEnd: true}},
		{"cutter", [4]byte{0x18, 0x08, 0x00, 0x0f}, Status{Offline: true, CutterError: true}},
		{"broken", [4]byte{0x18, 0x20, 0x00, 0x0f}, Status{Offline: true, Fault: true}},
		{"hot", [4]byte{0x18, 0x40, 0x00, 0x0f}, Status{Offline: true, HotHead: true}},
		{"fed by its button", [4]byte{0x58, 0x00, 0x00, 0x0f}, Status{Offline: true, Feeding: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Status{CoverOpen: true} // as it was before
			s.takeASB(c.asb)
			c.want.Answered = true
			if s != c.want {
				t.Errorf("got %+v", s)
			}
		})
	}
}

func TestDecoder(t *testing.T) {
	rt := func(b byte) reply { return reply{kind: realTime, b: b} }
	turn := func(b byte) reply { return reply{kind: inTurn, b: b} }
	asb := func(b ...byte) reply { return reply{kind: automatic, asb: [4]byte(b)} }
	for _, c := range []struct {
		name string
		in   []byte
		want []reply
	}{
		{"answers to DLE EOT", []byte{0x12, 0x16, 0x32, 0x7e}, []reply{rt(0x12), rt(0x16), rt(0x32), rt(0x7e)}},
		{"an answer to GS r", []byte{0x03}, []reply{turn(0x03)}},
		{"an automatic status", []byte{0x10, 0x00, 0x00, 0x0f, 0x00}, []reply{asb(0x10, 0x00, 0x00, 0x0f), turn(0x00)}},
		{"an answer within an automatic status", []byte{0x10, 0x00, 0x12, 0x00, 0x0f}, []reply{rt(0x12), asb(0x10, 0x00, 0x00, 0x0f)}},
		{"an automatic status that begins anew", []byte{0x10, 0x00, 0x38, 0x00, 0x00, 0x0f}, []reply{asb(0x38, 0x00, 0x00, 0x0f)}},
		{"flow control says nothing", []byte{0x13, 0x11, 0x10, 0x13, 0x00, 0x11, 0x00, 0x0f}, []reply{asb(0x10, 0x00, 0x00, 0x0f)}},
		{"bytes above 7f are noise", []byte{0xff, 0x80, 0x10, 0x80, 0x00}, []reply{turn(0x00)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d decoder
			var got []reply
			for _, b := range c.in {
				if r, ok := d.feed(b); ok {
					got = append(got, r)
				}
			}
			if len(got) != len(c.want) {
				t.Fatalf("got %+v", got)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("got %+v, want %+v", got[i], c.want[i])
				}
			}
		})
	}
}
