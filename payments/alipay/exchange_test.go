package alipay

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
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

// quiet keeps a server's complaints about a client's handshakes out of the
// test's output.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func TestAnswersThatAreNotAnswers(t *testing.T) {
	paid := success(CallPay)
	elsewhere := false
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere = true }))
	t.Cleanup(other.Close)
	for _, c := range []struct {
		name, hint string
		act        func(w http.ResponseWriter, q asked)
	}{
		{"a redirect is not followed", "302", func(w http.ResponseWriter, q asked) {
			reply{body: paid, status: 302, header: func(h http.Header) { h.Set("Location", other.URL) }}.write(w, q.path)
		}},
		{"a redirect that keeps the method is not followed", "307", func(w http.ResponseWriter, q asked) {
			reply{body: paid, status: 307, header: func(h http.Header) { h.Set("Location", other.URL) }}.write(w, q.path)
		}},
		{"a success with status 500, signed", "500", func(w http.ResponseWriter, q asked) { reply{body: paid, status: 500}.write(w, q.path) }},
		{"a success with status 201, signed", "201", func(w http.ResponseWriter, q asked) { reply{body: paid, status: 201}.write(w, q.path) }},
		{"a refusal with status 403 keeps its code as a hint", "CLIENT_INVALID", func(w http.ResponseWriter, q asked) {
			reply{body: `{` + result("F", "CLIENT_INVALID") + `}`, status: 403, unsigned: true}.write(w, q.path)
		}},
		{"a page of a proxy", "502", func(w http.ResponseWriter, _ asked) {
			w.WriteHeader(502)
			_, _ = io.WriteString(w, "<html>Bad gateway</html>")
		}},
		{"no body at all", "204", func(w http.ResponseWriter, _ asked) { w.WriteHeader(204) }},
		{"more than 256 KiB", "large", func(w http.ResponseWriter, q asked) {
			reply{body: strings.TrimSuffix(paid, "}") + `,"x":"` + strings.Repeat("x", 256<<10) + `"}`}.write(w, q.path)
		}},
		{"more than 256 KiB without a length", "large", func(w http.ResponseWriter, q asked) {
			for range 300 {
				_, _ = io.WriteString(w, strings.Repeat(" ", 1<<10))
				w.(http.Flusher).Flush()
			}
		}},
		{"cut short of its length", "EOF", func(w http.ResponseWriter, q asked) {
			reply{body: paid, header: func(h http.Header) { h.Set("Content-Length", "5000") }}.write(w, q.path)
		}},
		{"cut short between chunks", "EOF", func(w http.ResponseWriter, q asked) {
			_, _ = io.WriteString(w, paid[:100])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}},
		{"closed without an answer", "EOF", func(http.ResponseWriter, asked) { panic(http.ErrAbortHandler) }},
		{"reset without an answer", "", func(w http.ResponseWriter, _ asked) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			_ = conn.(*tls.Conn).NetConn().(*net.TCPConn).SetLinger(0)
			_ = conn.(*tls.Conn).NetConn().Close()
		}},
		{"not HTTP", "malformed", func(w http.ResponseWriter, _ asked) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(conn, "SSH-2.0-surprise\r\n\r\n")
			_ = conn.Close()
		}},
		{"endless headers", "", func(w http.ResponseWriter, _ asked) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
			for i := range 2000 {
				if _, err := fmt.Fprintf(conn, "X-%d: %s\r\n", i, strings.Repeat("x", 100)); err != nil {
					break
				}
			}
			_ = conn.Close()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, shop(), c.act)
			s.server.Config.ErrorLog = quiet()
			got := s.ask(CallPay)
			expect(t, got, payments.Unsure, payments.ReasonBroken, false)
			if !strings.Contains(got.Hint, c.hint) || !got.Stamp.IsZero() {
				t.Errorf("hint %q, want %q in it; stamp %v", got.Hint, c.hint, got.Stamp)
			}
			if n := len(s.requests()); n != 1 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
	if elsewhere {
		t.Error("a redirect was followed")
	}
}

func TestACompressedAnswerIsTakenAsItIs(t *testing.T) {
	s := newStage(t, shop(), func(w http.ResponseWriter, q asked) {
		if got := q.header.Get("Accept-Encoding"); got != "" {
			t.Errorf("Accept-Encoding %q", got)
		}
		reply{body: success(CallPay), header: func(h http.Header) { h.Set("Content-Encoding", "gzip") }}.write(w, q.path)
	})
	expect(t, s.ask(CallPay), payments.Succeeded, "SUCCESS", false)
}

// TestTheDeadlineHoldsToTheLastByte: what never ends, ends with the context,
// wherever it stalls, and nothing is certain.
func TestTheDeadlineHoldsToTheLastByte(t *testing.T) {
	for name, stall := range map[string]func(w http.ResponseWriter, q asked, over <-chan struct{}){
		"before the headers": func(_ http.ResponseWriter, _ asked, over <-chan struct{}) { <-over },
		"before the body": func(w http.ResponseWriter, _ asked, over <-chan struct{}) {
			w.Header().Set("Content-Length", "500")
			w.(http.Flusher).Flush()
			<-over
		},
		"one byte at a time": func(w http.ResponseWriter, _ asked, over <-chan struct{}) {
			for {
				select {
				case <-over:
					return
				case <-time.After(5 * time.Millisecond):
					_, _ = io.WriteString(w, " ")
					w.(http.Flusher).Flush()
				}
			}
		},
		"before the last byte": func(w http.ResponseWriter, q asked, over <-chan struct{}) {
			body := success(CallPay)
			reply{body: body, send: []byte(body[:len(body)-1]), header: func(h http.Header) {
				h.Set("Content-Length", fmt.Sprint(len(body)))
			}}.write(w, q.path)
			w.(http.Flusher).Flush()
			<-over
		},
	} {
		t.Run(name, func(t *testing.T) {
			over := make(chan struct{})
			warm := false
			s := newStage(t, shop(), func(w http.ResponseWriter, q asked) {
				if warm {
					stall(w, q, over)
				}
				warm = true
				reply{body: success(CallPay)}.write(w, q.path)
			})
			defer close(over)
			// The connection is made before, so that only the answer takes time.
			expect(t, s.ask(CallPay), payments.Succeeded, "SUCCESS", false)
			const limit = 150 * time.Millisecond
			begun := time.Now()
			ctx, done := context.WithTimeout(t.Context(), limit)
			defer done()
			got := s.askWith(ctx, CallPay, func(*payments.PayRequest, *payments.InquireRequest) {})
			expect(t, got, payments.Unsure, payments.ReasonTimeout, false)
			if took := time.Since(begun); took < limit || took > 20*limit {
				t.Errorf("took %v of %v", took, limit)
			}
		})
	}
}

func TestNotSentMeansThatNoConnectionEverHadTheRequest(t *testing.T) {
	unused := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return l.Addr().String()
	}
	// deaf takes connections and says nothing: a TLS handshake with it never ends.
	deaf, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { deaf.Close() })
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	old.Config.ErrorLog = quiet()
	old.StartTLS()
	t.Cleanup(old.Close)
	modern := httptest.NewUnstartedServer(http.NotFoundHandler())
	modern.Config.ErrorLog = quiet()
	modern.StartTLS()
	t.Cleanup(modern.Close)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	trusting := func(s *httptest.Server) Option {
		pool := x509.NewCertPool()
		pool.AddCert(s.Certificate())
		return WithRootCAs(pool)
	}
	for _, c := range []struct {
		name, host string
		option     Option
	}{
		{"nobody listens", "http://" + unused(), nil},
		{"nobody listens, with TLS", "https://" + unused(), nil},
		{"the name doesn't exist", "https://open-na.alipay.invalid", nil},
		{"the handshake never ends", "https://" + deaf.Addr().String(), nil},
		{"TLS 1.1", old.URL, trusting(old)},
		{"a certificate that nobody vouches for", modern.URL, nil},
		{"a certificate for another name", strings.Replace(modern.URL, "127.0.0.1", "localhost", 1), trusting(modern)},
		{"no TLS where there should be", strings.Replace(plain.URL, "http:", "https:", 1), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			options := []Option{}
			if c.option != nil {
				options = append(options, c.option)
			}
			creds := shop()
			creds.Host = c.host
			s := &stage{t: t, client: NewClient(options...), account: creds.Account()}
			if err := s.client.Use(creds); err != nil {
				t.Fatal(err)
			}
			ctx, done := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer done()
			for _, call := range []Call{CallPay, CallInquire} {
				got := s.askWith(ctx, call, func(*payments.PayRequest, *payments.InquireRequest) {})
				expect(t, got, payments.NotSent, payments.ReasonNoConnection, false)
				if got.Hint == "" {
					t.Error("no hint for support")
				}
			}
		})
	}
	t.Run("the context was over before", func(t *testing.T) {
		s := saying(t, reply{body: success(CallPay)})
		ctx, done := context.WithCancel(t.Context())
		done()
		got := s.askWith(ctx, CallPay, func(*payments.PayRequest, *payments.InquireRequest) {})
		expect(t, got, payments.NotSent, payments.ReasonNoConnection, false)
		if n := len(s.requests()); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

// TestNothingIsEverSentTwice makes the connection die under a request in the
// ways in which net/http would send another request again by itself.
func TestNothingIsEverSentTwice(t *testing.T) {
	const second = "second"
	askSecond := func(s *stage) payments.Answer {
		return s.askWith(s.t.Context(), CallPay, func(q *payments.PayRequest, _ *payments.InquireRequest) { q.PaymentRequestID = second })
	}
	for name, die := range map[string]func(c *heardOn){
		"closed":         func(*heardOn) {},
		"reset":          func(c *heardOn) { c.reset() },
		"half an answer": func(c *heardOn) { c.say("HTTP/1.1 200 OK\r\nContent-") },
	} {
		t.Run(name+" after the request was read", func(t *testing.T) {
			var came atomic.Int32
			w := newWire(t, func(c *heardOn) {
				path, body := c.next()
				if idOf(body) == second {
					came.Add(1)
					die(c)
				} else if path != "" {
					c.say(onTheWire(path, reply{body: success(CallPay)}))
				}
			})
			s := w.stage(t)
			expect(t, s.ask(CallPay), payments.Succeeded, "SUCCESS", false)
			expect(t, askSecond(s), payments.Unsure, payments.ReasonBroken, false)
			if n := came.Load(); n != 1 {
				t.Errorf("the request came %d times", n)
			}
		})
	}
	for name, die := range map[string]func(c *heardOn){"closed": func(*heardOn) {}, "reset": func(c *heardOn) { c.reset() }} {
		t.Run("the connection that was made ahead was "+name, func(t *testing.T) {
			// Whether the client sees that in time is luck: then the request
			// goes out on a new connection; else nothing is certain, or, where
			// it was still being made, nothing is sent. Twice it never comes.
			for range 50 {
				var came atomic.Int32
				w := newWire(t, func(c *heardOn) {
					if c.n == 2 {
						die(c)
						return
					}
					path, body := c.next()
					if idOf(body) == second {
						came.Add(1)
					}
					if path != "" {
						c.say(onTheWire(path, reply{body: strings.ReplaceAll(success(CallPay), requestID, idOf(body))}))
					}
				})
				s := w.stage(t)
				expect(t, s.ask(CallPay), payments.Succeeded, "SUCCESS", false)
				got, n := askSecond(s), came.Load()
				paid := got.Outcome == payments.Succeeded && n == 1
				unsure := got.Outcome == payments.Unsure && got.Result == payments.ReasonBroken && n == 0
				notSent := got.Outcome == payments.NotSent && n == 0
				if !paid && !unsure && !notSent {
					t.Fatalf("%+v, and the request came %d times", got, n)
				}
			}
		})
	}
}

// TestTheNextConnectionIsMadeAhead: each exchange has a connection of its own,
// and doesn't wait for it.
func TestTheNextConnectionIsMadeAhead(t *testing.T) {
	s := saying(t, reply{body: success(CallPay)})
	made := make(chan struct{}, 10)
	s.trust(shop(), WithDial(func(ctx context.Context, network, address string) (net.Conn, error) {
		made <- struct{}{}
		return new(net.Dialer).DialContext(ctx, network, address)
	}))
	expect(t, s.ask(CallPay), payments.Succeeded, "SUCCESS", false)
	<-made
	for range 5 {
		<-made
		s.client.connections.making.Wait()
		expect(t, s.ask(CallPay), payments.Succeeded, "SUCCESS", false)
	}
	<-made
	s.client.Close()
	expect(t, s.ask(CallPay), payments.Succeeded, "SUCCESS", false)
	s.client.connections.making.Wait()
	if n := len(made); n != 1 {
		t.Errorf("%d connections for an exchange of a closed client", n)
	}
}

func TestCallsMayRunTogether(t *testing.T) {
	s := newStage(t, shop(), func(w http.ResponseWriter, q asked) {
		reply{body: success(Call(strings.TrimPrefix(q.path, SandboxPath)))}.write(w, q.path)
	})
	var all sync.WaitGroup
	for range 4 {
		for _, call := range allCalls {
			all.Go(func() { expect(t, s.ask(call), payments.Succeeded, "SUCCESS", false) })
		}
	}
	all.Wait()
}
