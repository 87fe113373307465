package alipay

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"ringup/payments"
)

// mostTaken bounds what the client may take of an answer that never ends. The
// rest of it is what the system's buffers swallow on the way.
const mostTaken = 24 << 20

// squeezed is fifty million zeros behind a gzip or a deflate header.
func squeezed(t *testing.T, with func(io.Writer) io.WriteCloser) []byte {
	var out bytes.Buffer
	w := with(&out)
	zeros := make([]byte, 1<<20)
	for range 50 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func inUTF16(text string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// TestNoAnswerHurts: whatever a gateway says, over a real socket, ends in time,
// in bounded memory, with the request sent once, the connection closed, and
// with nothing believed that isn't signed as it came.
func TestNoAnswerHurts(t *testing.T) {
	paid := success(CallPay)
	gzipped := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	deflated := func(w io.Writer) io.WriteCloser {
		z, err := flate.NewWriter(w, flate.BestCompression)
		if err != nil {
			panic(err)
		}
		return z
	}
	signed := func(body []byte, headers ...string) func(c *heardOn, path string) {
		return func(c *heardOn, path string) {
			answer := onTheWire(path, reply{body: string(body)})
			for i := 0; i < len(headers); i += 2 {
				line, more, _ := strings.Cut(answer, "\r\n")
				answer = line + "\r\n" + headers[i] + ": " + headers[i+1] + "\r\n" + more
			}
			c.say(answer)
		}
	}
	typed := func(kind string) func(c *heardOn, path string) {
		return func(c *heardOn, path string) {
			c.say(onTheWire(path, reply{body: paid, header: func(h http.Header) { h.Set("Content-Type", kind) }}))
		}
	}
	framed := func(frame func(body string) string) func(c *heardOn, path string) {
		return func(c *heardOn, path string) { c.say(head(path, reply{body: paid}) + frame(paid)) }
	}
	chunk := func(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }
	raw := func(text string) func(c *heardOn, path string) {
		return func(c *heardOn, _ string) { c.say(text) }
	}
	endless := func(begin, more string) func(c *heardOn, path string) {
		return func(c *heardOn, path string) {
			if begin == "" {
				begin = "HTTP/1.1 200 OK\r\n"
			}
			c.say(begin)
			for c.say(more) {
			}
		}
	}
	const (
		succeeds = payments.Succeeded
		unsure   = payments.Unsure
		broken   = payments.ReasonBroken
	)
	for _, c := range []struct {
		name    string
		act     func(c *heardOn, path string)
		outcome payments.Outcome
		reason  string
		suspect bool
	}{
		// The body's end.
		{"a body without an end, in chunks", endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", strings.Repeat(chunk(strings.Repeat(" ", 1000)), 64)), unsure, broken, false},
		{"a body without an end and without a length", endless("HTTP/1.1 200 OK\r\n\r\n", strings.Repeat(" ", 64<<10)), unsure, broken, false},
		{"a body of as many bytes as there are numbers", endless("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n", strings.Repeat(" ", 64<<10)), unsure, broken, false},
		{"chunks of one byte without an end", endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", strings.Repeat(chunk(" "), 4096)), unsure, broken, false},
		{"a chunk whose extension never ends", endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", strings.Repeat("x", 64<<10)), unsure, broken, false},
		{"a chunk of a length that is no number", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n"), unsure, broken, false},
		{"a chunk of more bytes than there are numbers", raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{"), unsure, broken, false},
		{"trailers without an end", endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", strings.Repeat("X: y\r\n", 8192)), unsure, broken, false},
		{"a length that is too small for the body", framed(func(b string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(b)-1, b) }), unsure, payments.ReasonUnsigned, true},
		{"a length that is too large for the body", framed(func(b string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(b)+1, b) }), unsure, broken, false},
		{"a length below nothing", framed(func(b string) string { return "Content-Length: -1\r\n\r\n" + b }), unsure, broken, false},
		{"two lengths that differ", framed(func(b string) string {
			return fmt.Sprintf("Content-Length: %d\r\nContent-Length: %d\r\n\r\n%s", len(b), len(b)-1, b)
		}), unsure, broken, false},
		{"a length of none, and then a body", framed(func(b string) string { return "Content-Length: 0\r\n\r\n" + b }), unsure, payments.ReasonUnsigned, true},
		{"a length and chunks: the chunks count", framed(func(b string) string {
			return "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b) + "0\r\n\r\n"
		}), succeeds, "SUCCESS", false},
		{"chunks of one byte", framed(func(b string) string {
			out := "Transfer-Encoding: chunked\r\n\r\n"
			for i := range b {
				out += chunk(b[i : i+1])
			}
			return out + "0\r\n\r\n"
		}), succeeds, "SUCCESS", false},
		{"an encoding of the transfer that nobody knows", framed(func(b string) string { return "Transfer-Encoding: gzip\r\n\r\n" + b }), unsure, broken, false},
		{"a trailer that means nothing", framed(func(b string) string {
			return "Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b) + "0\r\nX-Sum: 1\r\n\r\n"
		}), succeeds, "SUCCESS", false},
		{"a second signature in the trailer changes nothing", framed(func(b string) string {
			return "Trailer: Signature, Client-Id\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b) + "0\r\nSignature: signature=eA\r\nClient-Id: x\r\n\r\n"
		}), succeeds, "SUCCESS", false},
		{"a signature in the trailer alone is none", func(c *heardOn, path string) {
			before, signature := "", ""
			for l := range strings.Lines(head(path, reply{body: paid})) {
				if strings.HasPrefix(l, "Signature:") {
					signature = l
				} else {
					before += l
				}
			}
			c.say(before + "Trailer: Signature\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(paid) + "0\r\n" + signature + "\r\n")
		}, unsure, payments.ReasonUnsigned, true},
		{"the body, the end of the line said too early", func(c *heardOn, path string) {
			c.say(onTheWire(path, reply{body: paid}))
			_ = c.Conn.(*net.TCPConn).CloseWrite()
			c.untilGone()
		}, succeeds, "SUCCESS", false},
		{"a reset behind the last byte", func(c *heardOn, path string) {
			c.say(onTheWire(path, reply{body: paid}))
			c.untilGone() // the client closes as soon as it has all
			c.reset()
		}, succeeds, "SUCCESS", false},

		// The headers.
		{"one header without an end", endless("", strings.Repeat("x", 64<<10)), unsure, broken, false},
		{"headers without an end", endless("", strings.Repeat("X-Flood: y\r\n", 8192)), unsure, broken, false},
		{"two thousand small headers", func(c *heardOn, path string) {
			c.say(head(path, reply{body: paid}) + strings.Repeat("A: b\r\n", 2000) + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(paid), paid))
		}, succeeds, "SUCCESS", false},
		{"a hundred thousand small headers", func(c *heardOn, path string) {
			c.say(head(path, reply{body: paid}) + strings.Repeat("A: b\r\n", 100_000) + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(paid), paid))
		}, unsure, broken, false},
		{"a header without a colon", framed(func(b string) string { return fmt.Sprintf("hello\r\nContent-Length: %d\r\n\r\n%s", len(b), b) }), unsure, broken, false},
		{"a NUL in a header's name", framed(func(b string) string { return fmt.Sprintf("X\x00: y\r\nContent-Length: %d\r\n\r\n%s", len(b), b) }), unsure, broken, false},
		{"a status that is no number", raw("HTTP/1.1 OK 200\r\n\r\n"), unsure, broken, false},
		{"the body alone, as in HTTP/0.9", func(c *heardOn, _ string) { c.say(paid) }, unsure, broken, false},
		{"HTTP/1.0, closed at the end", func(c *heardOn, path string) {
			c.say(strings.Replace(head(path, reply{body: paid}), "HTTP/1.1", "HTTP/1.0", 1) + "\r\n" + paid)
		}, succeeds, "SUCCESS", false},
		{"HTTP/1.0, closed before the end", func(c *heardOn, path string) {
			c.say(strings.Replace(head(path, reply{body: paid}), "HTTP/1.1", "HTTP/1.0", 1) + "\r\n" + paid[:len(paid)-1])
		}, unsure, payments.ReasonUnsigned, true},
		{"HTTP/2 and nothing else", raw("\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80\x00\x04\x00\x01\x00\x00\x00\x05\x00\xff\xff\xff"), unsure, broken, false},
		{"a status line of HTTP/2", func(c *heardOn, path string) {
			c.say(strings.Replace(onTheWire(path, reply{body: paid}), "HTTP/1.1", "HTTP/2", 1))
		}, unsure, broken, false},

		// Answers before the answer.
		{"100 Continue, which nobody asked for", func(c *heardOn, path string) {
			c.say("HTTP/1.1 100 Continue\r\n\r\n" + onTheWire(path, reply{body: paid}))
		}, succeeds, "SUCCESS", false},
		{"early hints", func(c *heardOn, path string) {
			c.say(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 3) + onTheWire(path, reply{body: paid}))
		}, succeeds, "SUCCESS", false},
		{"1xx without an end", endless("HTTP/1.1 100 Continue\r\n\r\n", strings.Repeat("HTTP/1.1 102 Processing\r\nX: y\r\n\r\n", 1000)), unsure, broken, false},
		{"100 without an end and without a header", endless("HTTP/1.1 100 Continue\r\n\r\n", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 1000)), unsure, broken, false},
		{"another protocol from now on", func(c *heardOn, path string) {
			c.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n" + onTheWire(path, reply{body: paid}))
		}, unsure, broken, false},

		// What the body is said to be, and what it is.
		{"a gzip bomb", signed(squeezed(t, gzipped), "Content-Encoding", "gzip"), unsure, broken, false},
		{"a gzip bomb that isn't called one", signed(squeezed(t, gzipped)), unsure, broken, false},
		{"a deflate bomb", signed(squeezed(t, deflated), "Content-Encoding", "deflate"), unsure, broken, false},
		{"a success in gzip that is signed as it was before", func(c *heardOn, path string) {
			var z bytes.Buffer
			w := gzip.NewWriter(&z)
			_, _ = io.WriteString(w, paid)
			_ = w.Close()
			c.say(onTheWire(path, reply{body: paid, send: z.Bytes(), header: func(h http.Header) { h.Set("Content-Encoding", "gzip") }}))
		}, unsure, payments.ReasonUnsigned, true},
		{"called br, and isn't", signed([]byte(paid), "Content-Encoding", "br"), succeeds, "SUCCESS", false},
		{"called a picture", typed("image/png"), succeeds, "SUCCESS", false},
		{"called GBK", typed("application/json; charset=GBK"), succeeds, "SUCCESS", false},
		{"called nothing", typed(""), succeeds, "SUCCESS", false},
		{"in GBK", signed(bytes.Replace([]byte(paid), []byte("138****0000"), []byte{0xd5, 0xc5, '*'}, 1)), unsure, broken, false},
		{"in UTF-16", signed(inUTF16(paid)), unsure, broken, false},
		{"with a byte order mark", signed([]byte("\ufeff" + paid)), unsure, broken, false},
		{"with a NUL in a text", signed([]byte(with(t, paid, "ALIPAY_CN", "ALIPAY\x00CN"))), unsure, broken, false},
		{"with NULs behind it", signed([]byte(paid + "\x00\x00")), unsure, broken, false},
		{"NULs and nothing else", signed(make([]byte, 1000)), unsure, broken, false},
		{"with half a surrogate in a name", signed([]byte(with(t, paid, "ALIPAY_CN", `\ud800`))), succeeds, "SUCCESS", false},
		{"lists in lists, as many as fit", signed([]byte(`{"a":` + strings.Repeat("[", largestAnswer-100))), unsure, broken, false},
		{"objects in objects, as many as fit", signed([]byte(strings.Repeat(`{"a":`, largestAnswer/5-20))), unsure, broken, false},
		{"a closed depth of ten thousand and one", signed([]byte(with(t, paid, ok, ok+`,"x":`+strings.Repeat("[", 10_001)+strings.Repeat("]", 10_001)))), unsure, broken, false},
		{"a field nobody knows with a number beyond all", signed([]byte(with(t, paid, ok, ok+`,"x":1e999999999`))), succeeds, "SUCCESS", false},
		{"a price with an exponent beyond all", signed([]byte(with(t, paid, "1.0811", "1e999999999"))), succeeds, "SUCCESS", false},
		{"an amount of a hundred thousand digits", signed([]byte(with(t, paid, `"4550"`, `"`+strings.Repeat("9", 100_000)+`"`))), unsure, payments.ReasonUnequal, true},
		{"an amount that is 4550 after it has overflown", signed([]byte(with(t, paid, `"4550"`, `"18446744073709556166"`))), unsure, payments.ReasonUnequal, true},
		{"twenty thousand names in one object", func(c *heardOn, path string) {
			var names strings.Builder
			for i := range 20_000 {
				fmt.Fprintf(&names, `,"n%d":0`, i)
			}
			c.say(onTheWire(path, reply{body: with(t, paid, ok, ok+names.String())}))
		}, succeeds, "SUCCESS", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, func(conn *heardOn) {
				if conn.n > 1 {
					conn.untilGone() // made ahead: nothing comes
					return
				}
				if path, _ := conn.next(); path != "" {
					c.act(conn, path)
				}
			})
			s := w.stage(t)
			ctx, done := context.WithTimeout(t.Context(), time.Minute)
			defer done()
			got := s.askWith(ctx, CallPay, func(*payments.PayRequest, *payments.InquireRequest) {})
			expect(t, got, c.outcome, c.reason, c.suspect)
			if ctx.Err() != nil {
				t.Error("it ended by its deadline alone")
			}
			if (got.Outcome == unsure) != got.Stamp.IsZero() && got.Result != broken {
				t.Errorf("stamped %v", got.Stamp)
			}
			s.client.Close()
			w.Close()
			w.open.Wait() // every connection is closed
			if n := w.heard.Load(); n != 1 {
				t.Errorf("the request came %d times", n)
			}
			if n := w.written.Load(); n > mostTaken {
				t.Errorf("%d bytes were taken", n)
			}
		})
	}
}

// TestASlowGatewayIsLeftAtTheDeadline: the connection of a call that has run
// out of time is closed, wherever the gateway stalls, and the next call has
// another.
func TestASlowGatewayIsLeftAtTheDeadline(t *testing.T) {
	trickle := func(c *heardOn, text string, over <-chan struct{}) {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for i := range text {
			select {
			case <-over:
				return
			case <-tick.C:
			}
			if !c.say(text[i : i+1]) {
				return
			}
		}
		c.untilGone()
	}
	slow := strings.Repeat(" ", 1<<20)
	for name, stall := range map[string]func(c *heardOn, path string, over <-chan struct{}){
		"accepts and says nothing":          func(c *heardOn, _ string, _ <-chan struct{}) { c.untilGone() },
		"says its status a byte at a time":  func(c *heardOn, _ string, o <-chan struct{}) { trickle(c, "HTTP/1.1 200 "+slow, o) },
		"says its headers a byte at a time": func(c *heardOn, _ string, o <-chan struct{}) { trickle(c, "HTTP/1.1 200 OK\r\nX: "+slow, o) },
		"says its body a byte at a time":    func(c *heardOn, p string, o <-chan struct{}) { trickle(c, head(p, reply{body: slow})+"\r\n"+slow, o) },
		"says chunks a byte at a time": func(c *heardOn, _ string, o <-chan struct{}) {
			trickle(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n"+slow, o)
		},
		"says 100 Continue again and again": func(c *heardOn, _ string, o <-chan struct{}) {
			trickle(c, strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100_000), o)
		},
		"says all but the last byte": func(c *heardOn, p string, _ <-chan struct{}) {
			a := onTheWire(p, reply{body: success(CallPay)})
			c.say(a[:len(a)-1])
			c.untilGone()
		},
		"lies about a length that is too big": func(c *heardOn, p string, _ <-chan struct{}) {
			c.say(head(p, reply{body: "{}"}) + "Content-Length: 3\r\n\r\n{}")
			c.untilGone()
		},
		"ends the chunks without a last one": func(c *heardOn, _ string, _ <-chan struct{}) {
			c.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
			c.untilGone()
		},
		"stops reading, too": func(c *heardOn, _ string, o <-chan struct{}) { <-o },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			over := make(chan struct{})
			w := newWire(t, func(c *heardOn) {
				first := c.n == 1
				path, body := c.next()
				switch {
				case first:
					stall(c, path, over)
				case path != "":
					c.say(onTheWire(path, reply{body: strings.ReplaceAll(success(CallPay), requestID, idOf(body))}))
				}
			})
			s := w.stage(t)
			ctx, done := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer done()
			got := s.askWith(ctx, CallPay, func(*payments.PayRequest, *payments.InquireRequest) {})
			expect(t, got, payments.Unsure, payments.ReasonTimeout, false)
			if ctx.Err() == nil {
				t.Error("it ended before its deadline")
			}
			got = s.askWith(t.Context(), CallPay, func(q *payments.PayRequest, _ *payments.InquireRequest) { q.PaymentRequestID = "second" })
			expect(t, got, payments.Succeeded, "SUCCESS", false)
			close(over)
			s.client.Close()
			w.Close()
			w.open.Wait()
			if n := w.heard.Load(); n != 2 {
				t.Errorf("%d requests came of two", n)
			}
		})
	}
}

// TestAResetAtAnyByteMakesNothingCertain: an answer that breaks off anywhere
// is no answer; only the whole of it is.
func TestAResetAtAnyByteMakesNothingCertain(t *testing.T) {
	answer := onTheWire(CallPay.Path(clientID), reply{body: success(CallPay)})
	for name, end := range map[string]func(c *heardOn){"closed": func(*heardOn) {}, "reset": func(c *heardOn) { c.reset() }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var at atomic.Int64
			w := newWire(t, func(c *heardOn) {
				if path, _ := c.next(); path != "" {
					c.say(answer[:at.Load()])
					end(c)
				}
			})
			s := w.stage(t)
			for ; at.Load() < int64(len(answer)); at.Add(13) {
				got := s.ask(CallPay)
				if got.Outcome != payments.Unsure || got.Result != payments.ReasonBroken || got.Suspect {
					t.Fatalf("%s after %d bytes of %d: %+v", name, at.Load(), len(answer), got)
				}
			}
			if n := int(w.heard.Load()); n != (len(answer)+12)/13 {
				t.Errorf("%d requests came", n)
			}
		})
	}
}

// TestAHostileDayLeavesNothingBehind: no goroutine and no connection outlives
// a closed client, and an answer without an end costs little more memory than
// the largest that is read.
func TestAHostileDayLeavesNothingBehind(t *testing.T) {
	spaces := bytes.Repeat([]byte(" "), 64<<10) // once: what the gateway takes doesn't count
	acts := []func(c *heardOn, path string){
		func(c *heardOn, path string) { c.say(onTheWire(path, reply{body: success(CallPay)})) },
		func(c *heardOn, _ string) {
			c.say("HTTP/1.1 200 OK\r\n\r\n")
			for err := error(nil); err == nil; {
				_, err = c.Write(spaces)
			}
		},
		func(c *heardOn, _ string) { c.say("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"); c.untilGone() },
		func(c *heardOn, _ string) { c.reset() },
		func(c *heardOn, _ string) { c.untilGone() },
	}
	w := newWire(t, func(c *heardOn) {
		if path, body := c.next(); path != "" {
			acts[int(idOf(body)[0]-'a')](c, path)
		}
	})
	s := w.stage(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const rounds = 8
	for range rounds {
		for i := range acts {
			ctx, done := context.WithTimeout(t.Context(), 50*time.Millisecond)
			s.askWith(ctx, CallPay, func(q *payments.PayRequest, _ *payments.InquireRequest) { q.PaymentRequestID = string(rune('a' + i)) })
			done()
		}
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / uint64(rounds*len(acts)); each > 4*largestAnswer {
		t.Errorf("%d bytes of memory for each answer", each)
	}
	s.client.Close()
	w.Close()
	w.open.Wait()
	end := time.Now().Add(time.Minute)
	for {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if !bytes.Contains(stacks, []byte("net/http.(*persistConn)")) && !bytes.Contains(stacks, []byte("alipay.(*connections)")) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("goroutines were left:\n%s", stacks)
		}
		runtime.Gosched()
	}
}
