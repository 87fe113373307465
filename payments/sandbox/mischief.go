package sandbox

import (
	"bytes"
	"compress/gzip"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ringup/payments/alipay"
)

// hugeAnswer is the size of an answer that is too big: 10 MiB.
const hugeAnswer = 10 << 20

// answer is what goes over the wire.
type answer struct {
	status int
	header http.Header
	body   []byte
	about  string // the id that was asked about
}

// before does what a fault does before the call is processed; false: the
// connection ends here.
func (s *Server) before(f *Fault) bool {
	switch {
	case f.is(FaultDropRequest):
		return false
	case f.is(FaultDieRequest):
		s.exit(1)
		return false
	case f.is(FaultDelay):
		return s.sleep(f.delay(0))
	}
	return true
}

// alter changes what an answer says, before it is signed.
func (f *Fault) alter(body []byte) []byte {
	if !f.is(FaultWrongID, FaultWrongAmount, FaultWrongCurrency, FaultNoList, FaultHuge, FaultGzip) {
		return body
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return body
	}
	edit := func(name string, change func(raw json.RawMessage) any) {
		if raw, ok := fields[name]; ok {
			if changed, err := json.Marshal(change(raw)); err == nil {
				fields[name] = changed
			}
		}
	}
	amount := func(change func(a *alipay.Amount)) {
		for _, name := range []string{"paymentAmount", "actualPaymentAmount", "refundAmount", "grossSettlementAmount"} {
			edit(name, func(raw json.RawMessage) any {
				var a alipay.Amount
				if json.Unmarshal(raw, &a) == nil {
					change(&a)
				}
				return a
			})
		}
	}
	switch f.Kind {
	case FaultWrongID:
		for _, name := range []string{"paymentRequestId", "refundRequestId"} {
			edit(name, func(raw json.RawMessage) any {
				var id string
				_ = json.Unmarshal(raw, &id)
				return id + "X"
			})
		}
	case FaultWrongAmount:
		amount(func(a *alipay.Amount) {
			n, _ := strconv.ParseInt(string(a.Value), 10, 64)
			a.Value = alipay.Text(strconv.FormatInt(n+1, 10))
		})
	case FaultWrongCurrency:
		amount(func(a *alipay.Amount) {
			if a.Currency == "USD" {
				a.Currency = "HKD"
			} else {
				a.Currency = "USD"
			}
		})
	case FaultNoList:
		delete(fields, "transactions")
	case FaultHuge, FaultGzip:
		fields["padding"] = json.RawMessage(`"` + strings.Repeat("0", hugeAnswer) + `"`)
	}
	altered, err := json.Marshal(fields)
	if err != nil {
		return body
	}
	return altered
}

// forge changes an answer's headers, before it is signed.
func (s *Server) forge(a *answer, f *Fault) error {
	switch {
	case f.is(FaultWrongClient):
		a.header.Set(alipay.HeaderClientID, alipay.SandboxPrefix+"0000000000000000")
	case f.is(FaultStale):
		a.header.Set(alipay.HeaderResponseTime, string(wireTime(s.now().Add(-f.delay(time.Hour)))))
	case f.is(FaultWrongKey):
		return s.makeWrongKey()
	}
	return nil
}

// makeWrongKey makes a key that nobody trusts, when it is first needed.
func (s *Server) makeWrongKey() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wrongKey == nil {
		s.wrongKey, err = alipay.GenerateKey()
	}
	return err
}

func (s *Server) keyFor(f *Fault) *rsa.PrivateKey {
	if !f.is(FaultWrongKey) {
		return s.alipayKey
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wrongKey
}

// replayed remembers the answer, and gives an earlier one in its place where
// the script says so.
func (s *Server) replayed(e *exchange, a *answer, f *Fault) *answer {
	a.about = e.about.subject()
	s.mu.Lock()
	defer s.mu.Unlock()
	earlier := s.earlier[e.call]
	if f.is(FaultReplay) && len(earlier) > 0 {
		found := earlier[len(earlier)-1]
		for _, old := range earlier {
			if old.about != a.about {
				found = old
			}
		}
		return found
	}
	if len(a.body) > maxBody {
		return a
	}
	// The last one about this id and the last one about another are enough.
	kept := []*answer{a}
	for i := len(earlier) - 1; i >= 0; i-- {
		if earlier[i].about != a.about {
			kept = []*answer{earlier[i], a}
			break
		}
	}
	s.earlier[e.call] = kept
	return a
}

// deliver sends the answer in the way that the fault wants.
func (s *Server) deliver(w http.ResponseWriter, a *answer, f *Fault) {
	a = &answer{status: a.status, header: a.header.Clone(), body: a.body}
	switch {
	case f == nil:
	case f.Kind == FaultDropAnswer:
		s.abort(w)
		return
	case f.Kind == FaultDieAnswer:
		s.exit(1)
		s.abort(w)
		return
	case f.Kind == FaultLate:
		if !s.sleep(f.delay(0)) {
			s.abort(w)
			return
		}
	case f.Kind == FaultUnsign:
		a.header.Del(alipay.HeaderSignature)
	case f.Kind == FaultCorrupt:
		a.body = corrupted(a.body)
	case f.Kind == FaultStatus:
		if a.status = f.HTTPStatus; a.status == 0 {
			a.status = http.StatusInternalServerError
		}
	case f.Kind == FaultRedirect:
		a.status = http.StatusTemporaryRedirect
		a.header.Set("Location", "?again")
	case f.Kind == FaultHTML:
		a.header = http.Header{"Content-Type": {"text/html; charset=utf-8"}}
		a.body = []byte("<!DOCTYPE html><title>Welcome</title><p>Please accept the terms of this network.</p>\n")
	case f.Kind == FaultGzip:
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(a.body)
		_ = z.Close()
		a.body = packed.Bytes()
		a.header.Set("Content-Encoding", "gzip")
	case f.Kind == FaultTruncate:
		s.write(w, a, len(a.body)/2)
		panic(http.ErrAbortHandler)
	case f.Kind == FaultSlow:
		s.writeSlowly(w, a, f.delay(time.Second))
		return
	case f.Kind == FaultTwice:
		s.writeTwice(w, a)
		return
	}
	s.write(w, a, len(a.body))
}

// corrupted changes one digit in the middle of body, or any byte if there is
// no digit: what is left is usually still JSON.
func corrupted(body []byte) []byte {
	body = bytes.Clone(body)
	for i := range body {
		at := (len(body)/2 + i) % len(body)
		if body[at] >= '0' && body[at] <= '9' {
			body[at] = '0' + (body[at]-'0'+1)%10
			return body
		}
	}
	body[len(body)/2] ^= 1
	return body
}

// write sends the head and the first n bytes of the body.
func (s *Server) write(w http.ResponseWriter, a *answer, n int) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body[:n])
	if n < len(a.body) {
		_ = http.NewResponseController(w).Flush()
	}
}

func (s *Server) writeSlowly(w http.ResponseWriter, a *answer, pace time.Duration) {
	s.write(w, a, 0)
	flush := http.NewResponseController(w).Flush
	for i := range a.body {
		if !s.sleep(pace) {
			s.abort(w)
			return
		}
		if _, err := w.Write(a.body[i : i+1]); err != nil {
			return
		}
		if flush() != nil {
			return
		}
	}
}

// writeTwice sends two whole answers in one piece and leaves the connection
// open, so that a careless client takes the second one for the answer to its
// next request.
func (s *Server) writeTwice(w http.ResponseWriter, a *answer) {
	conn := s.hijack(w)
	if conn == nil {
		return
	}
	defer s.release(conn)
	var once bytes.Buffer
	fmt.Fprintf(&once, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	a.header.Set("Content-Length", strconv.Itoa(len(a.body)))
	_ = a.header.Write(&once)
	once.WriteString("\r\n")
	once.Write(a.body)
	if _, err := conn.Write(append(once.Bytes(), once.Bytes()...)); err != nil {
		return
	}
	// What the client sends now is read and not answered.
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	sink := make([]byte, 4096)
	for {
		if _, err := conn.Read(sink); err != nil {
			return
		}
	}
}

// abort ends the connection as hard as it can be ended: over TCP with a reset.
func (s *Server) abort(w http.ResponseWriter) {
	conn := s.hijack(w)
	if conn == nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	s.release(conn)
}

// hijack takes the connection from the HTTP server; nil where that can't be.
func (s *Server) hijack(w http.ResponseWriter) net.Conn {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = conn.Close()
		return conn
	}
	s.hijacked[conn] = true
	return conn
}

func (s *Server) release(conn net.Conn) {
	_ = conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.hijacked, conn)
}
