package e2e

import (
	"encoding/json"
	"image"
	"image/color"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// badLine is a proxy between the till and Alipay, whose way back can be closed
// or made slow while requests still arrive.
type badLine struct {
	net.Listener
	to   string
	open sync.WaitGroup
	over chan struct{}

	mu     sync.Mutex
	pace   time.Duration // between two bytes of an answer; 0: as they come
	silent bool          // answers are swallowed
}

func newBadLine(t *testing.T, to string) *badLine {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &badLine{Listener: l, to: to, over: make(chan struct{})}
	b.open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			b.open.Go(func() { b.carry(conn) })
		}
	})
	t.Cleanup(func() { close(b.over); l.Close(); b.open.Wait() })
	return b
}

// carry takes bytes both ways until the till leaves or the test is over.
func (b *badLine) carry(conn net.Conn) {
	defer conn.Close()
	there, err := net.Dial("tcp", b.to)
	if err != nil {
		return
	}
	defer there.Close()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		asked := make([]byte, 64<<10)
		for {
			n, err := conn.Read(asked)
			if err != nil {
				return
			}
			if _, err := there.Write(asked[:n]); err != nil {
				return
			}
		}
	}()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		said := make([]byte, 64<<10)
		for {
			n, err := there.Read(said)
			if n > 0 && !b.pass(conn, said[:n], gone) {
				return
			}
			if err != nil {
				_ = conn.(*net.TCPConn).CloseWrite()
				return
			}
		}
	}()
	select {
	case <-gone:
	case <-b.over:
	}
	_ = conn.Close()
	_ = there.Close()
	<-gone
	<-answered
}

// pass lets bytes of an answer through in the present manner; false when that
// has no end.
func (b *badLine) pass(conn net.Conn, said []byte, gone <-chan struct{}) bool {
	b.mu.Lock()
	pace, silent := b.pace, b.silent
	b.mu.Unlock()
	switch {
	case silent:
		select {
		case <-gone:
		case <-b.over:
		}
		return false
	case pace == 0:
		_, err := conn.Write(said)
		return err == nil
	}
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for i := range said {
		select {
		case <-tick.C:
		case <-gone:
			return false
		case <-b.over:
			return false
		}
		if _, err := conn.Write(said[i : i+1]); err != nil {
			return false
		}
	}
	return true
}

// answers sets how answers come back from now on.
func (b *badLine) answers(pace time.Duration, silent bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pace, b.silent = pace, silent
}

// alipay runs the built-in Alipay as a program of its own, and tells where it
// listens and where its credentials are.
func (w *window) alipay(t *testing.T) (address, credentials string) {
	t.Helper()
	c := exec.Command(w.program, "sandbox", "--json", "--state", filepath.Join(w.home, "alipay"))
	c.Env = w.environment()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Signal(os.Interrupt)
		c.Wait()
	})
	var told struct{ Listen, Credentials string }
	if err := json.NewDecoder(out).Decode(&told); err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(told.Listen, "http://"), told.Credentials
}

// throughLine puts a line between the till and Alipay, and the till's keys in
// place.
func (w *window) throughLine(t *testing.T) (line *badLine, alipay string) {
	t.Helper()
	alipay, credentials := w.alipay(t)
	line = newBadLine(t, alipay)
	raw, err := os.ReadFile(credentials)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]any{}
	decode(t, raw, &keys)
	keys["host"] = "http://" + line.Addr().String()
	if raw, err = json.Marshal(keys); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(w.home, "credentials.json")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	w.verb(t, "keys", "import", path)
	return line, alipay
}

// changes waits until something of a part of the screen is not as it was before
// something was done.
func (w *window) changes(t *testing.T, what string, part image.Rectangle, do func()) {
	t.Helper()
	before, end := w.picture(t), time.Now().Add(patience)
	do()
	for time.Now().Before(end) {
		now := w.picture(t)
		for y := part.Min.Y; y < part.Max.Y; y++ {
			for x := part.Min.X; x < part.Max.X; x++ {
				if before.At(x, y) != now.At(x, y) {
					return
				}
			}
		}
	}
	t.Fatalf("waited in vain: %s", what)
}

// Alipay hears the till, but its answers don't come back: at first none, then a
// byte at a time. The window says that nothing is known, counts on, serves the
// next customer, and ends both sales right when the answers come again.
func TestTheNetworkFailsInTheMiddleOfASale(t *testing.T) {
	var (
		holdSoft  = color.NRGBA{0xff, 0xe9, 0xd6, 0xff} // "Do not hand over the goods"
		holdDark  = color.NRGBA{0x8f, 0x3d, 0x00, 0xff}
		sentence  = image.Rect(300, 440, 1200, 560) // says how often was asked, and for how many seconds
		total     = image.Rect(500, 480, 920, 620)
		attention = image.Pt(62, 347) // how many sales are not settled
	)
	till := newHome(t)
	line, alipay := till.throughLine(t)
	till.start(t)
	till.typed(t, "45.50")
	till.shows(t, "the prompt to scan", promptCorner, accent, true)

	line.answers(0, true)
	till.scanned(t, "281006020000000000123456")
	till.shows(t, "do not hand over the goods", stateCorner, holdSoft, true)
	till.shows(t, "one sale under Attention", attention, holdDark, true)
	till.changes(t, "the seconds of asking go on", sentence, func() {})

	line.answers(40*time.Millisecond, false)
	till.changes(t, "the seconds still go on while answers trickle", sentence, func() {})
	till.xdotool(t, "key", "F2")
	till.shows(t, "the till for the next customer", stateCorner, holdSoft, false)
	till.typed(t, "2")
	till.changes(t, "a key is seen while answers trickle", total, func() { till.typed(t, "0") })
	till.shows(t, "the prompt for the next customer", promptCorner, accent, true)

	line.answers(0, false)
	till.scanned(t, "281006020000000000654321")
	till.shows(t, "the next customer has paid", stateCorner, paidSoft, true)
	till.shows(t, "nothing under Attention", attention, holdDark, false)
	till.close(t)

	var journal struct {
		Sales []struct {
			State    string
			Amount   struct{ Value string }
			Attempts []struct {
				PaymentRequestID string `json:"paymentRequestId"`
			}
		}
	}
	decode(t, till.verb(t, "sales", "--json"), &journal)
	books := map[string]string{}
	for _, s := range journal.Sales {
		if s.State != "paid" || len(s.Attempts) != 1 {
			t.Errorf("in the journal: %+v", s)
			continue
		}
		books[s.Attempts[0].PaymentRequestID] = s.Amount.Value
	}
	l := ledgerAt(t, "http://"+alipay)
	for _, p := range l.Payments {
		if p.PaymentStatus != "SUCCESS" || p.PaymentAmount.Value != books[p.PaymentRequestID] {
			t.Errorf("in the ledger %+v, in the journal %q", p, books[p.PaymentRequestID])
		}
	}
	if len(books) != 2 || len(l.Payments) != 2 || len(l.Refunds) != 0 {
		t.Errorf("%d sales in the journal, %d payments and %d refunds in the ledger", len(books), len(l.Payments), len(l.Refunds))
	}
	till.verb(t, "journal", "verify")
}
