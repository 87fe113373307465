package printer

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// A machine is a receipt printer at the far end of a link: it prints what it
// is sent, answers DLE EOT at once and GS r when it comes to it.
type machine struct {
	mu     sync.Mutex
	paper  bytes.Buffer
	status [5]byte // what it answers to DLE EOT 1 to 4
	// How it differs from a good one:
	mute     bool // answers nothing
	noProof  bool // doesn't know GS r
	hot      int  // after the job it is offline for so many questions, then goes on
	owed     bool // and owes the answer to GS r
	greeting []byte
	breaksAt int // stops at so many bytes of paper, and then
	hangsUp  bool
	breaks   func(*machine) // or does this
	keeps    bool           // what comes after that, and goes on when its status 2 is well again
}

// good is a machine without a fault: the bytes of a TM-T20II that is well.
func good() *machine { return &machine{status: [5]byte{1: 0x16, 2: 0x12, 3: 0x12, 4: 0x12}} }

func (m *machine) set(n int, b byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.status[n] = b
}

func (m *machine) printed() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.paper.String()
}

// run prints what comes over the link until it ends.
func (m *machine) run(link io.ReadWriter) {
	if len(m.greeting) > 0 {
		_, _ = link.Write(m.greeting)
	}
	var pending []byte
	var buf [1024]byte
	var kept []byte // with owed proof, if it was asked for meanwhile
	unproven := false
	broken := false
	for {
		n, err := link.Read(buf[:])
		if err != nil {
			return
		}
		pending = append(pending, buf[:n]...)
		for len(pending) > 0 {
			command := pending[0] == 0x10 || pending[0] == 0x1d
			if command && len(pending) < 3 {
				break
			}
			m.mu.Lock()
			var answer []byte
			switch {
			case command && pending[1] == 0x04:
				answer = []byte{m.status[pending[2]]}
				if broken && m.keeps && m.status[2] == 0x12 {
					broken = false
					m.paper.Write(kept)
					if kept = nil; unproven {
						answer, unproven = append(answer, 0), false
					}
				}
				if m.owed && pending[2] == 1 {
					if m.hot--; m.hot == 0 {
						m.owed = false
						answer = append(answer, 0)
					} else {
						answer[0] |= 0x08
					}
				}
				pending = pending[3:]
			case command && pending[1] == 0x72:
				m.owed = m.hot > 0 && m.paper.Len() > 0
				unproven = broken
				if !broken && !m.noProof && !m.owed {
					answer = []byte{m.status[4] & 0x0c >> 2} // near end, in its own bits
				}
				pending = pending[3:]
			case broken:
				kept = append(kept, pending[0])
				pending = pending[1:]
			default:
				m.paper.WriteByte(pending[0])
				pending = pending[1:]
				broken = m.breaksAt > 0 && m.paper.Len() == m.breaksAt && kept == nil
			}
			mute := m.mute
			m.mu.Unlock()
			if broken && m.hangsUp {
				return
			}
			if broken && m.breaks != nil {
				m.breaks(m)
				m.breaks = nil
			}
			if len(answer) > 0 && !mute {
				if _, err := link.Write(answer); err != nil {
					return
				}
			}
		}
	}
}

// serve puts the machine on the network. Connections are served one after the
// other, as most printers do.
func serve(t *testing.T, m *machine) (link string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			m.run(conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return "tcp://" + l.Addr().String()
}

// open opens a link with other patience than usual; the zero of each time
// means long enough to never matter.
func open(t *testing.T, link string, p patience) *device {
	t.Helper()
	opened, err := Open(link)
	if err != nil {
		t.Fatal(err)
	}
	d := opened.(*device)
	if p.quiet == 0 {
		p.quiet = 10 * ms
	}
	if p.behind == 0 && (p.proof > 0 || p.poll > 0) {
		p.behind = max(2*p.poll, p.proof/2)
	}
	for _, v := range []*time.Duration{&p.behind, &p.turn, &p.pulse, &p.mend, &p.dial, &p.answer, &p.job, &p.poll, &p.proof, &p.linger} {
		if *v == 0 {
			*v = 20 * time.Second
		}
	}
	d.patience = p
	return d
}
