package alipay

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ringup/payments"
)

// wire is a gateway on a bare TCP listener: what it says, and when, is up to
// the test, byte by byte.
type wire struct {
	net.Listener
	conns   atomic.Int32 // accepted
	heard   atomic.Int32 // whole requests read
	written atomic.Int64 // bytes that the client's side took
	open    sync.WaitGroup
}

// heardOn is one connection to a wire.
type heardOn struct {
	net.Conn
	of *wire
	n  int32 // counts the connections from 1
	r  *bufio.Reader
}

// next reads one whole request; its path is "" when none came.
func (c *heardOn) next() (path, body string) {
	q, err := http.ReadRequest(c.r)
	if err != nil {
		return "", ""
	}
	raw, err := io.ReadAll(q.Body)
	if err != nil {
		return "", ""
	}
	c.of.heard.Add(1)
	return q.URL.Path, string(raw)
}

func (c *heardOn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.of.written.Add(int64(n))
	return n, err
}

// say writes a text and reports whether the connection still took it.
func (c *heardOn) say(text string) bool {
	_, err := io.WriteString(c, text)
	return err == nil
}

// untilGone waits until the client hangs up.
func (c *heardOn) untilGone() { _, _ = io.Copy(io.Discard, c.r) }

func (c *heardOn) reset() {
	_ = c.Conn.(*net.TCPConn).SetLinger(0)
	_ = c.Conn.Close()
}

// newWire starts one. act has each connection for itself, on a goroutine of
// its own; the connection is closed when it returns. The test ends when every
// connection is closed, so a client that holds on to one shows.
func newWire(t testing.TB, act func(c *heardOn)) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l}
	w.open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			n := w.conns.Add(1)
			w.open.Go(func() {
				defer conn.Close()
				act(&heardOn{conn, w, n, bufio.NewReader(conn)})
			})
		}
	})
	t.Cleanup(func() { l.Close(); w.open.Wait() })
	return w
}

// stage is a client whose account lives at this wire.
func (w *wire) stage(t testing.TB, options ...Option) *stage {
	t.Helper()
	creds := shop()
	creds.Host = "http://" + w.Addr().String()
	s := &stage{t: t, client: NewClient(options...), account: creds.Account()}
	t.Cleanup(s.client.Close)
	if err := s.client.Use(creds); err != nil {
		t.Fatal(err)
	}
	return s
}

// head is a signed answer's status line and headers, without those that say
// how long the body is, and without the empty line.
func head(path string, r reply) string {
	w := httptest.NewRecorder()
	r.write(w, path)
	var out bytes.Buffer
	fmt.Fprintf(&out, "HTTP/1.1 %d %s\r\n", w.Code, http.StatusText(w.Code))
	_ = w.Header().Write(&out)
	return out.String()
}

// onTheWire is a signed answer as it goes over the wire.
func onTheWire(path string, r reply) string {
	body := r.body
	if r.send != nil {
		body = string(r.send)
	}
	return head(path, r) + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
}

// idOf is the payment request that a body is about.
func idOf(body string) string {
	_, after, _ := strings.Cut(body, `"paymentRequestId":"`)
	id, _, _ := strings.Cut(after, `"`)
	return id
}

// refused is how Alipay refuses a payment: without any id in it.
var refused = `{` + result("F", "USER_BALANCE_NOT_ENOUGH") + `}`

// TestAnAnswerIsNeverTakenForAnothersQuestion: an answer in HTTP/1.1 doesn't
// say what it answers, and a refusal holds no id. Whatever a gateway says
// twice, or late, must not end the next payment as "not paid".
func TestAnAnswerIsNeverTakenForAnothersQuestion(t *testing.T) {
	const second = "second"
	paidSecond := func(path string) string {
		return onTheWire(path, reply{body: strings.ReplaceAll(success(CallPay), requestID, second)})
	}
	var round atomic.Int64 // each has its own second: the same bytes would not be believed again
	refusal := func(path string) string {
		return onTheWire(path, reply{body: refused, stamp: string(TimeOf(noon.Add(time.Duration(round.Load()) * time.Second)))})
	}
	for _, c := range []struct {
		name string
		act  func(c *heardOn, path string) // after the first request of a connection
	}{
		{"a refusal that comes twice at once", func(c *heardOn, path string) {
			c.say(strings.Repeat(refusal(path), 2))
		}},
		{"a refusal whose copy comes when the next payment was asked for", func(c *heardOn, path string) {
			c.say(refusal(path))
			if path, _ := c.next(); path != "" {
				c.say(refusal(path))
			}
		}},
		{"a refusal with a hundred copies behind it", func(c *heardOn, path string) {
			c.say(strings.Repeat(refusal(path), 100))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWire(t, func(conn *heardOn) {
				path, body := conn.next()
				switch {
				case path == "":
					return
				case idOf(body) == second:
					conn.say(paidSecond(path))
				default:
					c.act(conn, path)
				}
				if path, _ := conn.next(); path != "" {
					conn.say(paidSecond(path))
				}
			})
			s := w.stage(t)
			for range 20 {
				round.Add(1)
				expect(t, s.ask(CallPay), payments.Declined, "USER_BALANCE_NOT_ENOUGH", false)
				got := s.askWith(t.Context(), CallPay, func(q *payments.PayRequest, _ *payments.InquireRequest) { q.PaymentRequestID = second })
				expect(t, got, payments.Succeeded, "SUCCESS", false)
			}
		})
	}
}
