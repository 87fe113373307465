package simulator

import (
	"io"
	"net"
	"time"
)

// Start puts a printer on a free TCP port of this machine.
func Start(o Options) (*Printer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := newPrinter(o)
	p.link, p.listener = "tcp://"+l.Addr().String(), l
	p.running.Go(func() { p.serve(l.Addr().String()) })
	return p, nil
}

// serve takes connections until it is over.
func (p *Printer) serve(address string) {
	none := make(chan struct{})
	close(none)
	done := (<-chan struct{})(none) // closed when the connection that stands has ended
	for l := p.listening(address); l != nil; l = p.listening(address) {
		conn, err := l.Accept()
		if err != nil {
			p.deafen(l)
			continue
		}
		switch p.options.Habit {
		case Waits:
			<-p.talk(conn, reset(conn))
		case Refuses:
			p.deafen(l)
			<-p.talk(conn, reset(conn))
		case Closes:
			select {
			case <-done:
				done = p.talk(conn, reset(conn))
			default:
				_ = conn.Close()
			}
		}
	}
}

// listening is the port while the power is on; nil when it is over.
func (p *Printer) listening(address string) net.Listener {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if p.isOver() {
			return nil
		}
		if p.listener != nil {
			return p.listener
		}
		var again <-chan time.Time
		if !p.off {
			l, err := net.Listen("tcp", address)
			if err == nil {
				p.listener = l
				p.change()
				return l
			}
			again = time.After(10 * time.Millisecond) // another has the port for a moment
		}
		p.wait(nil, again)
	}
}

// deafen closes the port: who knocks now is refused.
func (p *Printer) deafen(l net.Listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = l.Close()
	if p.listener == l {
		p.listener = nil
	}
}

// reset breaks a connection, as a plug pulled out does.
func reset(conn net.Conn) func() {
	return func() {
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
}

// connection is one with a till: what comes in goes to the buffer, what is said goes
// out.
type connection struct {
	link  io.ReadWriteCloser
	reset func() // nil where a link can't break
	out   []byte
	ended bool // nothing more comes in
}

// talk begins a connection. The channel is closed when it has ended.
func (p *Printer) talk(link io.ReadWriteCloser, reset func()) <-chan struct{} {
	s := &connection{link: link, reset: reset}
	done := make(chan struct{})
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off && reset != nil {
		reset()
		close(done)
		return done
	}
	p.connection = s
	if p.asb != 0 {
		p.said = p.asbBytes()
		p.say(p.said[:])
	}
	p.change()
	p.running.Go(func() {
		p.hear(s)
	})
	p.running.Go(func() {
		defer close(done)
		p.tell(s)
	})
	p.running.Go(func() { // what waits in Read and Write ends with the printer
		select {
		case <-p.over:
		case <-done:
		}
		_ = link.Close()
	})
	return done
}

// hear takes in what comes over a link until it ends.
func (p *Printer) hear(s *connection) {
	var buf [512]byte
	some := false
	for {
		p.mu.Lock()
		for p.dead || len(p.buffer) >= p.options.Buffer {
			if s.ended || !p.wait(nil, nil) {
				break
			}
		}
		room := min(len(buf), max(1, p.options.Buffer-len(p.buffer)))
		p.mu.Unlock()
		n, err := s.link.Read(buf[:room])
		p.mu.Lock()
		for p.dead && !s.ended && p.wait(nil, nil) {
		}
		if !p.off && !s.ended {
			for _, b := range buf[:n] {
				p.hearByte(b)
			}
			some = some || n > 0
		}
		if err != nil {
			if some && p.connection == s {
				p.ends = append(p.ends, p.printed+len(p.buffer))
			}
			s.ended = true
			if p.connection == s {
				p.connection = nil
			}
			p.change()
			p.mu.Unlock()
			return
		}
		p.change()
		p.mu.Unlock()
	}
}

// hearByte puts a byte into the buffer; a real-time command is carried out now,
// whatever it stands in.
func (p *Printer) hearByte(b byte) {
	p.buffer = append(p.buffer, b)
	copy(p.recent[:], p.recent[1:])
	p.recent[4] = b
	switch r := p.recent[:]; {
	case r[2] == dle && r[3] == 0x04 && b >= 1 && b <= 4:
		p.say([]byte{p.status(b)})
	case r[2] == dle && r[3] == 0x05 && b == 2 && p.jammed:
		p.buffer, p.printed = nil, p.printed+len(p.buffer)
		p.head.restart()
	case r[0] == dle && r[1] == 0x14 && r[2] == 1 && r[3] <= 1 && b >= 1 && b <= 8:
		p.head.pulse(drawerPulse(r[3], b))
	}
}

// say sends to whoever is connected now: a printer can't know whose job it
// answers.
func (p *Printer) say(b []byte) {
	if p.connection != nil && !p.mute && !p.off {
		p.connection.out = append(p.connection.out, b...)
	}
}

// tell sends what is said until the connection has ended.
func (p *Printer) tell(s *connection) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if len(s.out) > 0 && !p.dead {
			out := s.out
			s.out = nil
			p.mu.Unlock()
			_, err := s.link.Write(out)
			p.mu.Lock()
			if err != nil && s.ended {
				return
			}
			continue
		}
		if s.ended || !p.wait(nil, nil) {
			return
		}
	}
}

// work prints what is in the buffer, while it can.
func (p *Printer) work() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		n := len(p.buffer)
		if p.off || p.dead || p.offline() {
			n = 0
		}
		if p.speed > 0 {
			n = min(n, max(1, p.speed/50))
		}
		if n == 0 && !p.atEnd() {
			if !p.wait(nil, nil) {
				return
			}
			continue
		}
		p.endJobs()
		for range n {
			p.printed++
			b := p.buffer[0]
			p.buffer = p.buffer[1:]
			p.head.step(b)
			if p.paperEnd > 0 && p.head.fed >= p.paperEnd {
				p.out, p.paperEnd = true, 0
			}
			if p.diesAt > 0 && p.printed >= p.diesAt {
				p.powerOff()
			}
			if p.off || p.offline() {
				break
			}
			p.endJobs()
		}
		p.change()
		if p.speed > 0 && n > 0 {
			rest := time.NewTimer(time.Second * time.Duration(n) / time.Duration(p.speed))
			p.mu.Unlock()
			select {
			case <-rest.C:
			case <-p.over:
			}
			p.mu.Lock()
		}
	}
}

// atEnd tells whether the head has come to where a connection ended.
func (p *Printer) atEnd() bool {
	return len(p.ends) > 0 && p.ends[0] <= p.printed && !p.dead
}

func (p *Printer) endJobs() {
	for p.atEnd() {
		p.head.End()
		p.ends = p.ends[1:]
	}
}
