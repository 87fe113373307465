package printer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// conversation serves one connection after the other, each as its own part of
// a script says.
func conversation(t *testing.T, parts ...func(conn net.Conn)) (link string) {
	t.Helper()
	l := listen(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, part := range parts {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			part(conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return "tcp://" + l.Addr().String()
}

// answer reads what comes and answers each command whose bytes are a key; it
// returns everything else.
func answer(conn net.Conn, answers map[string]string) (rest string) {
	var got []byte
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		got = append(got, buf[:n]...)
		for command, say := range answers {
			for bytes.Contains(got, []byte(command)) {
				got = bytes.Replace(got, []byte(command), nil, 1)
				_, _ = conn.Write([]byte(say))
			}
		}
		if err != nil {
			return string(got)
		}
	}
}

const (
	ask1, ask2, ask3, ask4 = "\x10\x04\x01", "\x10\x04\x02", "\x10\x04\x03", "\x10\x04\x04"
	proof                  = "\x1dr\x01"
	asbWell                = "\x14\x00\x00\x0f"
	asbOpen                = "\x3c\x00\x00\x0f"
)

// A printer with its automatic status left on talks whenever it likes.
func TestUnaskedStatus(t *testing.T) {
	well := map[string]string{ask1: "\x16", ask2: "\x12", ask3: "\x12", ask4: "\x12", proof: "\x00"}
	with := func(command, say string) map[string]string {
		m := map[string]string{}
		for k, v := range well {
			m[k] = v
		}
		m[command] = say
		return m
	}
	for _, c := range []struct {
		name    string
		answers map[string]string
		problem Problem
		printed bool
	}{
		{"before an answer", with(ask1, asbWell+"\x16"), "", true},
		{"after an answer", with(ask2, "\x12"+asbWell), "", true},
		{"around an answer", with(ask3, asbWell[:2]+"\x12"+asbWell[2:]), "", true},
		{"instead of all answers", map[string]string{ask1: asbWell, proof: "\x00"}, "", true},
		{"instead of all answers, and no proof", map[string]string{ask1: asbWell}, "", false},
		{"around the proof", with(proof, asbWell+"\x00"+asbWell), "", true},
		{"the cover is opened between two answers", with(ask3, asbOpen+"\x12"), CoverOpen, false},
		{"the cover was open, and is closed by the first answer", with(ask1, asbOpen+"\x16"), "", true},
		{"an automatic status is no proof", map[string]string{ask1: "\x16", ask2: "\x12", ask3: "\x12", ask4: "\x12", proof: asbWell}, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := make(chan string, 1)
			link := conversation(t, func(conn net.Conn) { got <- answer(conn, c.answers) })
			d := open(t, link, patience{answer: 200 * ms, poll: 20 * ms, proof: 100 * ms})
			r, err := d.Send(t.Context(), slip)
			if c.problem != "" {
				wantError(t, err, c.problem, false)
			} else if err != nil {
				t.Error(err)
			}
			if r.Printed != c.printed {
				t.Errorf("result %+v", r)
			}
			if paper := strings.ReplaceAll(<-got, proof, ""); err == nil && !strings.HasPrefix(paper, string(slip)) {
				t.Errorf("got %d bytes", len(paper))
			}
		})
	}
}

// One that used to answer and is silent has another's connection, or is off:
// it is left alone, and sent to in the end.
func TestSilence(t *testing.T) {
	m := good()
	d := open(t, serve(t, m), patience{answer: 10 * ms, poll: 10 * ms, proof: 50 * ms})
	if r, err := d.Send(t.Context(), slip); err != nil || !r.Printed {
		t.Fatal(err)
	}
	m.mu.Lock()
	m.mute = true
	m.mu.Unlock()
	for range maxSilences {
		_, err := d.Send(t.Context(), slip)
		wantError(t, err, Busy, false)
	}
	if m.printed() != string(slip) {
		t.Error("it was sent to")
	}
	_, err := d.Send(t.Context(), slip)
	if wantError(t, err, Stuck, true); m.printed() != strings.Repeat(string(slip), 2) {
		t.Error("it was not sent to")
	}
	m.mu.Lock()
	m.mute = false
	m.mu.Unlock()
	if r, err := d.Send(t.Context(), slip); err != nil || !r.Printed || d.silences != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A printer that dies with the job in it, without a word, did not print it as
// far as anyone knows.
func TestDeadAfterTheJob(t *testing.T) {
	m := good()
	m.breaksAt, m.breaks = 500, func(m *machine) { m.mu.Lock(); m.mute = true; m.mu.Unlock() }
	d := open(t, serve(t, m), patience{answer: 10 * ms, poll: 10 * ms, proof: 60 * ms})
	_, err := d.Send(t.Context(), slip)
	wantError(t, err, Stuck, true)
}

// After a job broke off, what leads the next one ends a picture of which the
// printer has only half, and prints nothing.
func TestJobAfterATornOne(t *testing.T) {
	picture := append([]byte("\x1b@\x1dv0\x00\x08\x00\xff\x00"), make([]byte, 8*255)...)
	first := make(chan bool, 1)
	second := make(chan string, 1)
	link := conversation(t, func(conn net.Conn) {
		_, _ = io.ReadFull(conn, make([]byte, len(picture)/2))
		first <- true // and the connection breaks
	}, func(conn net.Conn) { second <- answer(conn, nil) })
	d := open(t, link+"?status=off", patience{linger: 500 * ms})
	_, err := d.Send(t.Context(), append(picture, bytes.Repeat(slip, 100_000)...))
	<-first
	if wantError(t, err, Cut, true); d.torn == 0 {
		t.Fatal("forgotten")
	}
	if _, err := d.Send(t.Context(), slip); err != nil {
		t.Fatal(err)
	}
	want := strings.Repeat("\x00", longestCommand) + string(slip)
	if got := <-second; got != want {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
	if d.torn != 0 {
		t.Error("not forgotten")
	}
}

func TestPulse(t *testing.T) {
	drawer := []byte("\x1bp\x00\x19\xfa")
	t.Run("whatever the printer says of itself", func(t *testing.T) {
		for _, status := range []byte{0x12, 0x16, 0x32} {
			m := good()
			m.status[2] = status
			d := open(t, serve(t, m), patience{linger: 200 * ms})
			if err := d.Pulse(t.Context(), drawer, nil); err != nil || m.printed() != string(drawer) {
				t.Errorf("%x: %v, %q", status, err, m.printed())
			}
		}
	})
	t.Run("not without a printer", func(t *testing.T) {
		l := listen(t)
		_ = l.Close()
		wantError(t, open(t, "tcp://"+l.Addr().String(), patience{}).Pulse(t.Context(), drawer, nil), Unreachable, false)
	})
	t.Run("it waits for its turn, and not for ever", func(t *testing.T) {
		m := good()
		m.keeps, m.breaksAt, m.breaks = true, 300, func(m *machine) { m.set(2, 0x32) }
		d := open(t, serve(t, m), patience{poll: 5 * ms, turn: 20 * ms, pulse: 50 * ms})
		held, ended := make(chan Problem, 9), make(chan error, 1)
		go func() {
			r, err := d.carry(t.Context(), slip, func(p Problem) { held <- p })
			if err == nil && !r.Printed {
				err = errors.New("not printed")
			}
			ended <- err
		}()
		if p := <-held; p != PaperOut {
			t.Fatal(p)
		}
		// Nobody waits long, and both learn why.
		wantError(t, d.Pulse(t.Context(), drawer, nil), PaperOut, false)
		if s, err := d.Check(t.Context()); err != nil || s.Problem() != PaperOut {
			t.Errorf("%+v, %v", s, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		wantError(t, d.Pulse(ctx, drawer, nil), PaperOut, false)
		m.set(2, 0x12)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		d.patience.pulse = 20 * time.Second
		if err := d.Pulse(t.Context(), drawer, nil); err != nil {
			t.Fatal(err)
		}
		if s, err := d.Check(t.Context()); err != nil || s.Problem() != "" { // asked after it, so that all is read
			t.Errorf("%+v, %v", s, err)
		}
		if m.printed() != string(slip)+string(drawer) {
			t.Errorf("%q", m.printed()[300:])
		}
	})
	t.Run("asking is not kept by a job that says nothing", func(t *testing.T) {
		l := listen(t)
		d := open(t, "tcp://"+l.Addr().String()+"?status=off", patience{turn: 20 * ms})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		begun := make(chan bool)
		go func() { _, err := d.Send(ctx, bytes.Repeat(slip, 100_000)); ended <- err }()
		go func() {
			if conn, err := l.Accept(); err == nil {
				t.Cleanup(func() { _ = conn.Close() })
				_, _ = conn.Read(make([]byte, 1))
			}
			close(begun)
		}()
		<-begun
		_, err := d.Check(t.Context())
		wantError(t, err, Busy, false)
		cancel()
		wantError(t, <-ended, Stuck, true)
	})
}
