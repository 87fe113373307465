package simulator

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// start is a printer with a client on it.
func start(t *testing.T, o Options) *Printer {
	t.Helper()
	p, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func dial(t *testing.T, p *Printer) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.Link(), "tcp://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func send(t *testing.T, conn io.Writer, b []byte) {
	t.Helper()
	if _, err := conn.Write(b); err != nil {
		t.Fatal(err)
	}
}

// hears reads exactly so many bytes.
func hears(t *testing.T, conn io.Reader, want ...byte) {
	t.Helper()
	got := make([]byte, len(want))
	if c, ok := conn.(net.Conn); ok {
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	}
	if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, want) {
		t.Errorf("heard % X, %v; want % X", got, err, want)
	}
}

// silent makes sure that nothing more was said: the answer to a question that
// every state answers comes next.
func silent(t *testing.T, p *Printer, conn net.Conn) {
	t.Helper()
	p.mu.Lock()
	want := p.status(1)
	p.mu.Unlock()
	send(t, conn, []byte{0x10, 4, 1})
	hears(t, conn, want)
}

var (
	askAll = []byte{0x10, 4, 1, 0x10, 4, 2, 0x10, 4, 3, 0x10, 4, 4}
	askGSr = []byte{0x1d, 'r', 1}
	slipA  = bytesOf("slip a\n", cutAfterFeed)
)

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func slips(t *testing.T, p *Printer, n int) Paper {
	t.Helper()
	paper, err := p.WaitSlips(soon(t), n)
	if err != nil {
		t.Fatal(err)
	}
	return paper
}

func TestWhatAPrinterSaysOfItself(t *testing.T) {
	for _, c := range []struct {
		name string
		turn func(*Printer)
		eot  [4]byte
		asb  [4]byte
	}{
		{"well", func(*Printer) {}, [4]byte{0x16, 0x12, 0x12, 0x12}, [4]byte{0x14, 0x00, 0x00, 0x0f}},
		{"drawer open", func(p *Printer) { p.Drawer(true) }, [4]byte{0x12, 0x12, 0x12, 0x12}, [4]byte{0x10, 0x00, 0x00, 0x0f}},
		{"cover open", func(p *Printer) { p.Cover(true) }, [4]byte{0x1e, 0x16, 0x12, 0x12}, [4]byte{0x3c, 0x00, 0x00, 0x0f}},
		{"paper out", (*Printer).PaperOut, [4]byte{0x1e, 0x32, 0x12, 0x7e}, [4]byte{0x1c, 0x00, 0x0f, 0x0f}},
		{"near end", func(p *Printer) { p.NearEnd(true) }, [4]byte{0x16, 0x12, 0x12, 0x1e}, [4]byte{0x14, 0x00, 0x03, 0x0f}},
		{"feeding", func(p *Printer) { p.FeedButton(true) }, [4]byte{0x5e, 0x1a, 0x12, 0x12}, [4]byte{0x5c, 0x02, 0x00, 0x0f}},
		{"cutter", (*Printer).JamCutter, [4]byte{0x3e, 0x52, 0x1a, 0x12}, [4]byte{0x1c, 0x09, 0x00, 0x0f}},
		{"hot", (*Printer).Overheat, [4]byte{0x3e, 0x52, 0x52, 0x12}, [4]byte{0x1c, 0x41, 0x00, 0x0f}},
		{"broken", func(p *Printer) { p.Break(true) }, [4]byte{0x1e, 0x52, 0x32, 0x12}, [4]byte{0x1c, 0x20, 0x00, 0x0f}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := start(t, Options{})
			conn := dial(t, p)
			send(t, conn, []byte{0x1d, 'a', 0xff})
			hears(t, conn, 0x14, 0x00, 0x00, 0x0f)
			c.turn(p)
			if c.name != "well" {
				hears(t, conn, c.asb[:]...) // unasked
			}
			send(t, conn, askAll)
			hears(t, conn, c.eot[:]...)
			// Back to what it was; GS r is answered in its turn.
			send(t, conn, bytesOf(slipA, 0x1d, "a", 0, askGSr))
			if c.eot[0]&0x08 != 0 {
				silent(t, p, conn)
				p.LoadPaper()
				p.Cover(false)
				p.FeedButton(false)
				p.FreeCutter()
				p.Cool()
				p.Break(false)
				hears(t, conn, 0x14, 0x00, 0x00, 0x0f)
			}
			hears(t, conn, c.asb[2]&0x03*byte(1-c.eot[0]>>3&1)) // near end; after the others all is well
			if paper := slips(t, p, 1); len(paper.Slips) != 1 || paper.Slips[0].Text() != "slip a\n" {
				t.Errorf("%v", paper.Slips)
			}
			if m := p.Misprints(); len(m) > 0 {
				t.Error(m)
			}
		})
	}
}

func TestStatusUnaskedFromPowerUp(t *testing.T) {
	p := start(t, Options{ASB: true})
	conn := dial(t, p)
	hears(t, conn, 0x14, 0x00, 0x00, 0x0f)
	p.Cover(true)
	hears(t, conn, 0x3c, 0x00, 0x00, 0x0f)
	p.Cover(false)
	hears(t, conn, 0x14, 0x00, 0x00, 0x0f)
	send(t, conn, []byte{0x1d, 'a', 0})
	send(t, conn, askGSr)
	hears(t, conn, 0)
	p.Cover(true)
	silent(t, p, conn)
}

func TestPaperThatEndsInAJobComesBack(t *testing.T) {
	for _, what := range []string{"lines", "a raster"} {
		t.Run(what, func(t *testing.T) {
			p := start(t, Options{})
			conn := dial(t, p)
			p.PaperOutAfter(100)
			job := bytesOf(bytes.Repeat([]byte("line\n"), 20), cutAfterFeed, askGSr)
			if what == "a raster" {
				job = bytesOf(0x1d, "v0", 0, 2, 0, 200, 0, bytes.Repeat([]byte{0xff}, 400), cutAfterFeed, askGSr)
			}
			send(t, conn, job)
			if _, err := p.WaitPaper(soon(t), func(paper Paper) bool { return paper.Hanging.Picture.Bounds().Dy() >= 100 }); err != nil {
				t.Fatal(err)
			}
			// It answers while the rest stands in its buffer.
			send(t, conn, askAll)
			hears(t, conn, 0x1e, 0x32, 0x12, 0x7e)
			if y := p.Paper().Hanging.Picture.Bounds().Dy(); y < 100 || y > 130 {
				t.Errorf("it stopped after %d dots", y)
			}
			p.LoadPaper()
			hears(t, conn, 0)
			paper := slips(t, p, 1)
			if n := len(paper.Slips[0].Lines) + 20*len(paper.Slips[0].Images); n != 20 {
				t.Errorf("%d lines", n)
			}
			if m := p.Misprints(); len(m) > 0 {
				t.Error(m)
			}
		})
	}
}

func TestAFullBufferStopsTheLink(t *testing.T) {
	p := start(t, Options{Buffer: 64})
	conn := dial(t, p)
	p.PaperOut()
	send(t, conn, bytesOf(bytes.Repeat([]byte("line\n"), 20), cutAfterFeed, askGSr))
	p.mu.Lock()
	for len(p.buffer) < 64 && p.wait(soon(t).Done(), nil) {
	}
	if len(p.buffer) != 64 {
		t.Errorf("%d bytes in a buffer of 64", len(p.buffer))
	}
	p.mu.Unlock()
	p.LoadPaper()
	hears(t, conn, 0)
	slips(t, p, 1)
}

func TestASecondConnection(t *testing.T) {
	t.Run("waits", func(t *testing.T) {
		p := start(t, Options{Habit: Waits})
		one := dial(t, p)
		silent(t, p, one)
		two := dial(t, p)
		send(t, two, askAll)
		silent(t, p, one)
		_ = one.Close()
		hears(t, two, 0x16, 0x12, 0x12, 0x12)
	})
	t.Run("is closed", func(t *testing.T) {
		p := start(t, Options{Habit: Closes})
		one := dial(t, p)
		silent(t, p, one)
		two := dial(t, p)
		if n, err := two.Read(make([]byte, 1)); n > 0 || err == nil {
			t.Errorf("%d, %v", n, err)
		}
		silent(t, p, one)
	})
	t.Run("is refused", func(t *testing.T) {
		p := start(t, Options{Habit: Refuses})
		one := dial(t, p)
		silent(t, p, one)
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.Link(), "tcp://"))
		if !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%v, %v", conn, err)
		}
		silent(t, p, one)
		_ = one.Close()
		// Then it listens again, as soon as it has seen that.
		p.mu.Lock()
		for p.listener == nil && p.wait(soon(t).Done(), time.After(10*time.Millisecond)) {
		}
		p.mu.Unlock()
		two := dial(t, p)
		silent(t, p, two)
	})
}

func TestPowerGoesInAJob(t *testing.T) {
	p := start(t, Options{})
	conn := dial(t, p)
	p.PowerOffAfter(50)
	send(t, conn, bytesOf(bytes.Repeat([]byte("line\n"), 20), cutAfterFeed))
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("it ended with %v", err)
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(p.Link(), "tcp://")); err == nil {
		t.Error("it can be reached without power")
	}
	if paper := p.Paper(); len(paper.Slips) != 0 || len(paper.Hanging.Lines) != 10 {
		t.Errorf("%v", paper)
	}
	p.PowerOn()
	p.mu.Lock()
	for p.listener == nil && p.wait(soon(t).Done(), time.After(10*time.Millisecond)) {
	}
	p.mu.Unlock()
	send(t, dial(t, p), slipA)
	if paper := slips(t, p, 1); len(paper.Slips[0].Lines) != 11 {
		t.Errorf("%v", paper.Slips)
	}
}

func TestHangMuteAndNoGSr(t *testing.T) {
	p := start(t, Options{Mute: true})
	conn := dial(t, p)
	send(t, conn, bytesOf(askAll, slipA, askGSr))
	slips(t, p, 1)
	p.Mute(false)
	silent(t, p, conn)

	p.Hang(true)
	send(t, conn, bytesOf(askAll, slipA))
	p.Hang(false)
	hears(t, conn, 0x16, 0x12, 0x12, 0x12)
	slips(t, p, 2)

	p = start(t, Options{NoGSr: true})
	conn = dial(t, p)
	send(t, conn, bytesOf(slipA, askGSr))
	slips(t, p, 1)
	silent(t, p, conn)
}

func TestSlow(t *testing.T) {
	p := start(t, Options{BytesPerSecond: 2000})
	job := bytesOf(bytes.Repeat([]byte("line\n"), 100), cutAfterFeed)
	begun := time.Now()
	send(t, dial(t, p), job)
	slips(t, p, 1)
	// The last bytes may come out at once.
	if took, least := time.Since(begun), time.Duration(len(job)-40)*time.Second/2000; took < least {
		t.Errorf("it took %v, less than %v", took, least)
	}
}

func TestACutterThatJamsAtItsCut(t *testing.T) {
	p := start(t, Options{})
	conn := dial(t, p)
	p.JamNextCut()
	send(t, conn, bytesOf(0x1d, "a", 0xff, slipA, askGSr))
	hears(t, conn, 0x14, 0x00, 0x00, 0x0f, 0x1c, 0x09, 0x00, 0x0f)
	if n := len(p.Paper().Slips); n != 0 {
		t.Errorf("%d slips", n)
	}
	p.FreeCutter()
	hears(t, conn, 0x14, 0x00, 0x00, 0x0f, 0x00)
	slips(t, p, 1)
}

func TestADrawerOpensWithoutPaper(t *testing.T) {
	p := start(t, Options{})
	conn := dial(t, p)
	p.PaperOut()
	send(t, conn, bytesOf(0x1b, "p", 0, 25, 250, 0x10, 0x14, 1, 1, 2))
	silent(t, p, conn)
	// The real-time pulse went off at once, the other waits for paper.
	if got := p.Paper().Pulses; len(got) != 1 || !got[0].RealTime || got[0].Pin != 5 {
		t.Errorf("%v", got)
	}
	p.LoadPaper()
	paper, err := p.WaitPaper(soon(t), func(paper Paper) bool { return len(paper.Pulses) == 2 })
	if err != nil || paper.Pulses[1].RealTime || paper.Pulses[1].Pin != 2 {
		t.Errorf("%v, %v", paper.Pulses, err)
	}
}

func TestJobsOfConnectionsAreToldApart(t *testing.T) {
	p := start(t, Options{})
	for range 2 {
		conn := dial(t, p)
		silent(t, p, conn)
		send(t, conn, bytesOf("text", 7, "\n", cutAfterFeed))
		_ = conn.Close()
	}
	slips(t, p, 2)
	m := p.Misprints()
	if len(m) != 2 || m[0].Job != 0 || m[1].Job != 1 || m[0].Offset != m[1].Offset {
		t.Errorf("%v", m)
	}
}

// TestJobsWaitInTheBuffer: where one ended is remembered until the head gets there.
func TestJobsWaitInTheBuffer(t *testing.T) {
	p := start(t, Options{})
	p.PaperOut()
	for range 2 {
		conn := dial(t, p)
		silent(t, p, conn)
		send(t, conn, bytesOf("text", 7, "\n", cutAfterFeed))
		silent(t, p, conn)
		_ = conn.Close()
	}
	silent(t, p, dial(t, p))
	p.LoadPaper()
	slips(t, p, 2)
	m := p.Misprints()
	if len(m) != 2 || m[0].Job != 0 || m[1].Job != 1 {
		t.Errorf("%v", m)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	p, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	conn := dial(t, p)
	silent(t, p, conn)
	p.Hang(true)
	p.Close()
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection stands")
	}
	if _, err := p.WaitSlips(t.Context(), 1); err == nil {
		t.Error("a closed printer is waited for")
	}
}
