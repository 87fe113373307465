package till_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ringup/payments"
	"ringup/payments/sandbox"
	"ringup/ui/till"
)

// badLine is a proxy in front of the built-in Alipay that does to each
// exchange what a test wants: it may lose, cut, delay, double or mix up
// requests and answers, byte by byte.
type badLine struct {
	net.Listener
	to   string // the built-in Alipay
	open sync.WaitGroup
	late sync.WaitGroup // requests still on their way after the till gave them up

	mu     sync.Mutex
	manner func(x *passage) // nil: everything passes
	dark   bool             // every connection is cut as soon as it is made
	conns  map[net.Conn]bool
}

// passage is one connection with the one request that came over it.
type passage struct {
	net.Conn
	line *badLine
	call string // "pay", "inquiryPayment", ...
	n    int    // counts the passages of this call from 1
	raw  []byte // the request
	over <-chan struct{}
}

// arrive takes the request to Alipay and returns its whole answer.
func (x *passage) arrive() []byte {
	conn, err := net.Dial("tcp", x.line.to)
	if err != nil {
		return nil
	}
	defer conn.Close()
	if _, err := conn.Write(x.raw); err != nil {
		return nil
	}
	answer, err := io.ReadAll(conn) // the request said that nothing follows it
	if err != nil {
		return nil
	}
	return answer
}

func (x *passage) say(answer []byte) { _, _ = x.Write(answer) }

// hold keeps the connection open and silent until the till leaves.
func (x *passage) hold() { _, _ = io.Copy(io.Discard, x.Conn) }

func (x *passage) reset() {
	_ = x.Conn.(*net.TCPConn).SetLinger(0)
	_ = x.Conn.Close()
}

// wait is false when the test is over.
func (x *passage) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.over:
		return false
	}
}

func newBadLine(t *testing.T, to string) *badLine {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &badLine{Listener: l, to: to, conns: map[net.Conn]bool{}}
	calls := map[string]int{}
	over := make(chan struct{})
	b.open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			b.open.Go(func() {
				defer conn.Close()
				b.mu.Lock()
				dark := b.dark
				b.conns[conn] = true
				b.mu.Unlock()
				defer func() {
					b.mu.Lock()
					delete(b.conns, conn)
					b.mu.Unlock()
				}()
				if dark {
					return
				}
				var raw bytes.Buffer
				q, err := http.ReadRequest(bufio.NewReader(io.TeeReader(conn, &raw)))
				if err != nil {
					return
				}
				if _, err := io.Copy(io.Discard, q.Body); err != nil {
					return
				}
				x := &passage{Conn: conn, line: b, call: q.URL.Path[strings.LastIndex(q.URL.Path, "/")+1:], raw: raw.Bytes(), over: over}
				b.mu.Lock()
				calls[x.call]++
				x.n = calls[x.call]
				manner := b.manner
				b.mu.Unlock()
				if manner == nil {
					x.say(x.arrive())
					return
				}
				manner(x)
			})
		}
	})
	// The till is closed before this; a connection that it has kept would be
	// waited for here.
	t.Cleanup(func() { close(over); l.Close(); b.open.Wait() })
	return b
}

// behave begins a manner; the calls are counted on from before.
func (b *badLine) behave(manner func(x *passage)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.manner = manner
}

// fallDark cuts every connection and every new one, or ends that.
func (b *badLine) fallDark(dark bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dark = dark
	if dark {
		for conn := range b.conns {
			_ = conn.Close()
		}
	}
}

// builtIn is a built-in Alipay for all cases of a test, each of which reaches
// it over a line of its own.
func builtIn(t *testing.T) (*sandbox.Server, string) {
	t.Helper()
	server, err := sandbox.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		if err := errors.Join(server.Close(), <-served); err != nil && !errors.Is(err, sandbox.ErrClosed) {
			t.Error(err)
		}
	})
	return server, l.Addr().String()
}

// behindLine opens a till that reaches Alipay over a line.
func behindLine(t *testing.T, server *sandbox.Server, line *badLine) *till.Till {
	t.Helper()
	creds := server.Credentials()
	creds.Host = "http://" + line.Addr().String()
	path := filepath.Join(t.TempDir(), "credentials.json")
	if err := creds.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	o := till.Options{Data: t.TempDir(), Language: "en", Version: "test"}
	if _, _, err := till.ImportKeys(o, till.Sandbox, path); err != nil {
		t.Fatal(err)
	}
	o.Environment = till.Sandbox
	shop, err := till.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shop.Close(); err != nil {
			t.Error(err)
		}
	})
	prove(t, shop)
	return shop
}

// TestABadLine: a whole till over real TCP in real time. All cases run at once
// (t.Parallel would let only as many wait as there are processors), with one
// Alipay, and each over a line of its own.
func TestABadLine(t *testing.T) {
	server, address := builtIn(t)
	var all sync.WaitGroup
	defer all.Wait()
	for name, group := range map[string]func(*testing.T, *sandbox.Server, string){
		"a sale ends true": saleOverABadLine, "a refund is given once": refundOverABadLine, "nothing gets through": deadLine,
	} {
		run(t, &all, name, func(t *testing.T) { group(t, server, address) })
	}
}

// run begins a case beside the others.
func run(t *testing.T, all *sync.WaitGroup, name string, test func(t *testing.T)) {
	all.Go(func() { t.Run(name, test) })
}

// saleOverABadLine: what the line does to a sale decides how long its truth
// takes, never what it is: the till's books and Alipay's ledger are equal, and
// the customer has paid once or not at all.
func saleOverABadLine(t *testing.T, server *sandbox.Server, address string) {
	var all sync.WaitGroup
	defer all.Wait()
	const (
		paid = payments.AttemptPaid
		not  = payments.AttemptFailed
	)
	pay := func(act func(x *passage, answer func() []byte)) func(x *passage) {
		return func(x *passage) {
			if x.call != "pay" || x.n > 1 {
				x.say(x.arrive())
				return
			}
			act(x, x.arrive)
		}
	}
	for _, c := range []struct {
		name   string
		habit  string
		manner func(x *passage)
		want   payments.AttemptState
	}{
		{"nothing happens", "pays", nil, paid},
		{"the answer comes two seconds late", "pays", pay(func(x *passage, answer func() []byte) {
			a := answer()
			x.wait(2 * time.Second)
			x.say(a)
		}), paid},
		{"the answer comes a byte at a time", "pays", pay(func(x *passage, answer func() []byte) {
			for _, b := range answer() {
				x.say([]byte{b})
				x.wait(time.Millisecond)
			}
		}), paid},
		{"the answer is cut in its headers", "pays", pay(func(x *passage, answer func() []byte) { x.say(answer()[:100]) }), paid},
		{"the answer is cut before its last byte", "pays", pay(func(x *passage, answer func() []byte) { a := answer(); x.say(a[:len(a)-1]) }), paid},
		{"a refusal is cut before its last byte", "poor", pay(func(x *passage, answer func() []byte) { a := answer(); x.say(a[:len(a)-1]) }), not},
		{"the line is reset behind the request", "pays", pay(func(x *passage, answer func() []byte) { answer(); x.reset() }), paid},
		{"the line is reset behind the request of one who can't pay", "poor", pay(func(x *passage, answer func() []byte) { answer(); x.reset() }), not},
		{"the request is lost", "pays", pay(func(x *passage, _ func() []byte) {}), paid},
		{"the request arrives three seconds after the till gave the line up", "pays", pay(func(x *passage, answer func() []byte) {
			x.line.late.Go(func() {
				if x.wait(3 * time.Second) {
					answer()
				}
			})
		}), paid},
		{"the request arrives twice", "pays", pay(func(x *passage, answer func() []byte) { answer(); x.say(answer()) }), paid},
		{"the answer comes twice", "pays", pay(func(x *passage, answer func() []byte) { a := answer(); x.say(append(a[:len(a):len(a)], a...)) }), paid},
		{"the request arrives and the line goes silent", "pays", pay(func(x *passage, answer func() []byte) { answer(); x.hold() }), paid},
		{"one who can't pay is met with silence", "poor", pay(func(x *passage, answer func() []byte) { answer(); x.hold() }), not},
		{"every second passage is reset, before it arrives or after", "pays", func(x *passage) {
			if x.n%2 == 0 {
				x.say(x.arrive())
				return
			}
			if x.n%4 == 1 {
				x.arrive()
			}
			x.reset()
		}, paid},
		{"a page asks to sign in to the Wi-Fi, and to every question", "pays", func(x *passage) {
			if x.n < 3 {
				if x.call == "pay" {
					x.arrive()
				}
				x.say([]byte("HTTP/1.1 302 Found\r\nLocation: http://" + x.line.Addr().String() + "/login\r\nContent-Length: 0\r\n\r\n"))
				return
			}
			x.say(x.arrive())
		}, paid},
	} {
		run(t, &all, c.name, func(t *testing.T) {
			line := newBadLine(t, address)
			shop := behindLine(t, server, line)
			line.behave(c.manner)
			sale := sellOver(t, shop, server, c.habit, 4550)
			if sale.State() != c.want {
				t.Errorf("ended %s", sale.State())
			}
			line.late.Wait()
			agree(t, server, sale)
		})
	}
}

// refundOverABadLine: money is given back once, whichever way request or answer
// are lost.
func refundOverABadLine(t *testing.T, server *sandbox.Server, address string) {
	var all sync.WaitGroup
	defer all.Wait()
	for _, c := range []struct {
		name string
		act  func(x *passage)
	}{
		{"the answer is lost", func(x *passage) { x.arrive(); x.reset() }},
		{"the request is lost", func(x *passage) { x.reset() }},
		{"the request arrives twice", func(x *passage) { x.arrive(); x.say(x.arrive()) }},
		{"the answer is cut before its last byte", func(x *passage) { a := x.arrive(); x.say(a[:len(a)-1]) }},
	} {
		run(t, &all, c.name, func(t *testing.T) {
			line := newBadLine(t, address)
			shop := behindLine(t, server, line)
			sale := sellOver(t, shop, server, "pays", 4550)
			line.behave(func(x *passage) {
				if x.call == "refund" && x.n == 1 {
					c.act(x)
					return
				}
				x.say(x.arrive())
			})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			sale, err := shop.Refund(ctx, till.RefundOrder{Number: sale.Number, Amount: hkd(1000), Reason: "one bun"})
			if err != nil {
				t.Fatal(err)
			}
			if sale.RefundedSum() != hkd(1000) {
				t.Errorf("refunded %v", sale.RefundedSum())
			}
			agree(t, server, sale)
		})
	}
}

// deadLine: what can't leave is not charged, and
// what may have left is found out when the line is back.
func deadLine(t *testing.T, server *sandbox.Server, address string) {
	var all sync.WaitGroup
	defer all.Wait()
	run(t, &all, "dead before", func(t *testing.T) {
		line := newBadLine(t, address)
		line.behave(func(x *passage) {
			answer := x.arrive()
			line.Close() // nobody listens any more, so no connection is made ahead
			x.say(answer)
		})
		shop := behindLine(t, server, line)
		sale := sellOver(t, shop, server, "pays", 4550)
		if sale.State() != payments.AttemptFailed {
			t.Errorf("ended %s", sale.State())
		}
		agree(t, server, sale)
		if s, err := server.Ledger(); err != nil || find(s, sale) != "" {
			t.Errorf("the ledger has it: %v, %v", s, err)
		}
	})
	run(t, &all, "dead for four seconds behind the request", func(t *testing.T) {
		line := newBadLine(t, address)
		shop := behindLine(t, server, line)
		arrived := make(chan struct{})
		line.behave(func(x *passage) {
			if x.call == "pay" && x.n == 1 {
				x.arrive()
				close(arrived)
				x.hold()
				return
			}
			x.say(x.arrive())
		})
		back := make(chan struct{})
		go func() {
			defer close(back)
			<-arrived
			line.fallDark(true)
			timer := time.NewTimer(4 * time.Second)
			defer timer.Stop()
			<-timer.C
			line.fallDark(false)
		}()
		sale := sellOver(t, shop, server, "pays", 4550)
		<-back
		if sale.State() != payments.AttemptPaid {
			t.Errorf("ended %s", sale.State())
		}
		agree(t, server, sale)
	})
}

func find(l sandbox.Ledger, sale payments.Sale) string {
	for _, p := range l.Payments {
		for _, a := range sale.Attempts {
			if p.PaymentRequestID == a.PaymentRequestID {
				return p.PaymentStatus
			}
		}
	}
	return ""
}

func sellOver(t *testing.T, shop *till.Till, server *sandbox.Server, habit string, minor int64) payments.Sale {
	t.Helper()
	code, err := server.NewCode(habit)
	if err != nil {
		t.Fatal(err)
	}
	sale, err := shop.Sell(t.Context(), till.Order{Amount: hkd(minor), Code: code.Digits()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if sale, err = shop.Settle(ctx, sale.ID); err != nil {
		t.Fatalf("%v: still %s", err, sale.State())
	}
	return sale
}

// agree holds a settled sale against the ledger, to the cent.
func agree(t *testing.T, server *sandbox.Server, sale payments.Sale) {
	t.Helper()
	var held int64
	for _, a := range sale.Attempts {
		b, err := server.Balance(a.PaymentRequestID)
		if errors.Is(err, sandbox.ErrNoOrder) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		held += b.Held().Minor
		if b.Captured.Minor > a.Amount.Minor {
			t.Errorf("%v was taken for a sale of %v", b.Captured, a.Amount)
		}
	}
	books := int64(0)
	if sale.State().Holds() {
		books = sale.Amount.Minor - sale.RefundedSum().Minor
	}
	if held != books {
		t.Errorf("the ledger holds %d, the books say %d (%s)", held, books, sale.State())
	}
}
