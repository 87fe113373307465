package alipay

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ringup/payments"
)

// gatewayName is a host that only these tests' resolvers know.
const gatewayName = "gateway.ringup.test"

// authority vouches for certificates.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t testing.TB) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().AddDate(-2, 0, 0), NotAfter: time.Now().AddDate(2, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{key, cert}
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// vouch makes a certificate for the gateway's name, good today, and changed.
func (a *authority) vouch(t testing.TB, change func(*x509.Certificate)) tls.Certificate {
	form := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: gatewayName}, DNSNames: []string{gatewayName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if change != nil {
		change(form)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.CreateCertificate(rand.Reader, form, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}

// secured is a wire that shakes hands first and then pays whatever is asked.
func secured(t testing.TB, config *tls.Config) *wire {
	return newWire(t, func(c *heardOn) {
		conn := tls.Server(c.Conn, config)
		defer conn.Close()
		if conn.Handshake() != nil {
			return
		}
		c.Conn, c.r = conn, bufio.NewReader(conn)
		if path, body := c.next(); path != "" {
			c.say(onTheWire(path, reply{body: strings.ReplaceAll(success(CallPay), requestID, idOf(body))}))
		}
		c.untilGone()
	})
}

// at is a client whose account lives at a host, and whose connections all go
// to one address.
func at(t testing.TB, host, address string, options ...Option) *stage {
	t.Helper()
	creds := shop()
	creds.Host = host
	toAddress := WithDial(func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	})
	s := &stage{t: t, client: NewClient(append([]Option{toAddress}, options...)...), account: creds.Account()}
	t.Cleanup(s.client.Close)
	if err := s.client.Use(creds); err != nil {
		t.Fatal(err)
	}
	return s
}

// within asks for a payment with little time.
func (s *stage) within(d time.Duration) payments.Answer {
	s.t.Helper()
	ctx, done := context.WithTimeout(s.t.Context(), d)
	defer done()
	return s.askWith(ctx, CallPay, func(*payments.PayRequest, *payments.InquireRequest) {})
}

// TestOnlyAlipaysOwnCertificateIsSpokenTo: before the handshake is over nothing
// of a payment leaves, so whatever goes wrong in it is "not sent".
func TestOnlyAlipaysOwnCertificateIsSpokenTo(t *testing.T) {
	trusted, stranger := newAuthority(t), newAuthority(t)
	for _, c := range []struct {
		name   string
		cert   tls.Certificate
		change func(*tls.Config)
		want   payments.Outcome
		reason string
		heard  int32
	}{
		{"a good one", trusted.vouch(t, nil), nil, payments.Succeeded, "SUCCESS", 1},
		{"a good one under TLS 1.2", trusted.vouch(t, nil), func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, payments.Succeeded, "SUCCESS", 1},
		{"expired an hour ago", trusted.vouch(t, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().AddDate(-1, 0, 0), time.Now().Add(-time.Hour)
		}), nil, payments.NotSent, payments.ReasonNoConnection, 0},
		{"good from tomorrow on", trusted.vouch(t, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().AddDate(0, 0, 1), time.Now().AddDate(0, 0, 2)
		}), nil, payments.NotSent, payments.ReasonNoConnection, 0},
		{"of another name", trusted.vouch(t, func(c *x509.Certificate) { c.DNSNames = []string{"other.ringup.test"} }), nil, payments.NotSent, payments.ReasonNoConnection, 0},
		{"with the name in its subject alone", trusted.vouch(t, func(c *x509.Certificate) { c.DNSNames = nil }), nil, payments.NotSent, payments.ReasonNoConnection, 0},
		{"of all names two levels above", trusted.vouch(t, func(c *x509.Certificate) { c.DNSNames = []string{"*.test"} }), nil, payments.NotSent, payments.ReasonNoConnection, 0},
		{"that is for clients", trusted.vouch(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), nil, payments.NotSent, payments.ReasonNoConnection, 0},
		{"that a stranger vouches for", stranger.vouch(t, nil), nil, payments.NotSent, payments.ReasonNoConnection, 0},
		{"the authority's own, without the name", tls.Certificate{Certificate: [][]byte{trusted.cert.Raw}, PrivateKey: trusted.key}, nil, payments.NotSent, payments.ReasonNoConnection, 0},
		{"TLS 1.1 at most", trusted.vouch(t, nil), func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, payments.NotSent, payments.ReasonNoConnection, 0},
		{"demands a certificate of ours, TLS 1.2", trusted.vouch(t, nil), func(c *tls.Config) {
			c.ClientAuth, c.MaxVersion = tls.RequireAndVerifyClientCert, tls.VersionTLS12
		}, payments.NotSent, payments.ReasonNoConnection, 0},
		// In TLS 1.3 the client's side of the handshake is over before the
		// server looks for the certificate: the request may be on its way.
		{"demands a certificate of ours, TLS 1.3", trusted.vouch(t, nil), func(c *tls.Config) { c.ClientAuth = tls.RequireAndVerifyClientCert }, payments.Unsure, payments.ReasonBroken, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Pointer[tls.ClientHelloInfo]
			config := &tls.Config{Certificates: []tls.Certificate{c.cert}, MinVersion: tls.VersionTLS10}
			config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				asked.Store(hello)
				return nil, nil
			}
			if c.change != nil {
				c.change(config)
			}
			w := secured(t, config)
			s := at(t, "https://"+gatewayName, w.Addr().String(), WithRootCAs(trusted.pool()))
			expect(t, s.within(time.Minute), c.want, c.reason, false)
			if n := w.heard.Load(); n != c.heard {
				t.Errorf("%d requests came", n)
			}
			hello := asked.Load()
			if hello == nil || hello.ServerName != gatewayName {
				t.Fatalf("the server was asked for by %+v", hello)
			}
			for _, p := range hello.SupportedProtos {
				if p != "http/1.1" {
					t.Errorf("the client speaks %s, too", p)
				}
			}
		})
	}
	t.Run("trusted by nobody but the tests", func(t *testing.T) {
		w := secured(t, &tls.Config{Certificates: []tls.Certificate{trusted.vouch(t, nil)}})
		s := at(t, "https://"+gatewayName, w.Addr().String())
		expect(t, s.within(time.Minute), payments.NotSent, payments.ReasonNoConnection, false)
	})
}

// TestAHandshakeThatGoesWrongSendsNothing on a port where TLS should be.
func TestAHandshakeThatGoesWrongSendsNothing(t *testing.T) {
	trusted := newAuthority(t)
	config := &tls.Config{Certificates: []tls.Certificate{trusted.vouch(t, nil)}}
	first := func(c *heardOn) { _, _ = c.r.Peek(1) } // the client has begun
	for name, act := range map[string]func(c *heardOn){
		"garbage": func(c *heardOn) { first(c); c.say(strings.Repeat("\x16\x03\x03\xff\xffgarbage", 1000)) },
		"a record of nothing, for ever": func(c *heardOn) {
			first(c)
			for c.say(strings.Repeat("\x16\x03\x03\x00\x00", 1000)) {
			}
		},
		"warnings, for ever": func(c *heardOn) {
			first(c)
			for c.say(strings.Repeat("\x15\x03\x03\x00\x02\x01\x5a", 1000)) {
			}
		},
		"an alert":                        func(c *heardOn) { first(c); c.say("\x15\x03\x03\x00\x02\x02\x28") },
		"plain HTTP":                      func(c *heardOn) { first(c); c.say("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") },
		"plain HTTP before anybody spoke": func(c *heardOn) { c.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"); c.untilGone() },
		"closed at once":                  func(*heardOn) {},
		"closed behind the first bytes":   func(c *heardOn) { first(c) },
		"reset":                           func(c *heardOn) { first(c); c.reset() },
		"half closed":                     func(c *heardOn) { _ = c.Conn.(*net.TCPConn).CloseWrite(); c.untilGone() },
		"silence":                         func(c *heardOn) { c.untilGone() },
		"a byte at a time": func(c *heardOn) {
			slow := &trickled{c.Conn}
			_ = tls.Server(slow, config).Handshake()
		},
		"a certificate, and then nothing": func(c *heardOn) {
			_ = tls.Server(&choked{Conn: c.Conn, left: 600}, config).Handshake()
			c.untilGone()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t, act)
			s := at(t, "https://"+gatewayName, w.Addr().String(), WithRootCAs(trusted.pool()))
			expect(t, s.within(300*time.Millisecond), payments.NotSent, payments.ReasonNoConnection, false)
			w.Close()
			w.open.Wait() // the client has hung up
			if n := w.conns.Load(); n != 1 {
				t.Errorf("%d connections for one question", n)
			}
		})
	}
}

// trickled writes a byte every few milliseconds.
type trickled struct{ net.Conn }

func (c *trickled) Write(p []byte) (int, error) {
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	for i := range p {
		<-tick.C
		if _, err := c.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

// choked swallows what is written behind its first bytes.
type choked struct {
	net.Conn
	left int
}

func (c *choked) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.left -= n
	if _, err := c.Conn.Write(p[:n]); err != nil {
		return 0, err
	}
	return len(p), nil
}

// nameServer is a DNS server on loopback. answer makes the reply to a question
// for an address of a kind (1: IPv4, 28: IPv6), or nil for none.
func nameServer(t *testing.T, answer func(question []byte, kind byte) []byte) Option {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil || n < 12 {
				continue
			}
			end := 12 + bytes.IndexByte(buffer[12:n], 0) + 5
			if reply := answer(buffer[:end], buffer[end-3]); reply != nil {
				_, _ = conn.WriteTo(reply, from)
			}
		}
	})
	t.Cleanup(func() { conn.Close(); served.Wait() })
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	return WithDial((&net.Dialer{Timeout: connectIn, Resolver: resolver}).DialContext)
}

// dns is a reply to a question: a code and addresses.
func dns(question []byte, code byte, addresses ...net.IP) []byte {
	out := append([]byte(nil), question[:12]...)
	out[2], out[3] = 0x81, 0x80|code
	out[6], out[7] = 0, byte(len(addresses))
	copy(out[8:12], []byte{0, 0, 0, 0})
	out = append(out, question[12:]...)
	for _, ip := range addresses {
		kind := byte(28)
		if v4 := ip.To4(); v4 != nil {
			kind, ip = 1, v4
		}
		out = append(out, 0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0, byte(len(ip)))
		out = append(out, ip...)
	}
	return out
}

// TestNamesThatLeadNowhere: without an address nothing is sent, and one
// address that answers is enough.
func TestNamesThatLeadNowhere(t *testing.T) {
	trusted := newAuthority(t)
	w := secured(t, &tls.Config{Certificates: []tls.Certificate{trusted.vouch(t, nil)}})
	_, port, err := net.SplitHostPort(w.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	here := net.IPv4(127, 0, 0, 1)
	for _, c := range []struct {
		name    string
		answer  func(q []byte, kind byte) []byte
		outcome payments.Outcome
		reason  string
		limit   time.Duration
	}{
		{"the name doesn't exist", func(q []byte, _ byte) []byte { return dns(q, 3) }, payments.NotSent, payments.ReasonNoConnection, time.Minute},
		{"the name server fails", func(q []byte, _ byte) []byte { return dns(q, 2) }, payments.NotSent, payments.ReasonNoConnection, time.Minute},
		{"the name server refuses", func(q []byte, _ byte) []byte { return dns(q, 5) }, payments.NotSent, payments.ReasonNoConnection, time.Minute},
		{"the name has no address", func(q []byte, _ byte) []byte { return dns(q, 0) }, payments.NotSent, payments.ReasonNoConnection, time.Minute},
		{"the name server says nothing", func([]byte, byte) []byte { return nil }, payments.NotSent, payments.ReasonNoConnection, 300 * time.Millisecond},
		{"the name server talks nonsense", func(q []byte, _ byte) []byte { return append(q[:2:2], "nonsense"...) }, payments.NotSent, payments.ReasonNoConnection, 300 * time.Millisecond},
		{"the name server answers another question", func(q []byte, _ byte) []byte { r := dns(q, 0, here); r[0]++; return r }, payments.NotSent, payments.ReasonNoConnection, 300 * time.Millisecond},
		{"IPv4 alone", func(q []byte, kind byte) []byte {
			if kind == 1 {
				return dns(q, 0, here)
			}
			return dns(q, 0)
		}, payments.Succeeded, "SUCCESS", time.Minute},
		{"IPv6 where nobody listens, and IPv4", func(q []byte, kind byte) []byte {
			if kind == 1 {
				return dns(q, 0, here)
			}
			return dns(q, 0, net.IPv6loopback)
		}, payments.Succeeded, "SUCCESS", time.Minute},
		{"three addresses where nobody listens, and one", func(q []byte, kind byte) []byte {
			if kind == 1 {
				return dns(q, 0, net.IPv4(127, 0, 0, 9), net.IPv4(127, 0, 0, 8), net.IPv4(127, 0, 0, 7), here)
			}
			return dns(q, 0)
		}, payments.Succeeded, "SUCCESS", time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := at(t, "https://"+gatewayName+":"+port, "", nameServer(t, c.answer), WithRootCAs(trusted.pool()))
			before := w.heard.Load()
			expect(t, s.within(c.limit), c.outcome, c.reason, false)
			want := int32(0)
			if c.outcome == payments.Succeeded {
				want = 1
			}
			if n := w.heard.Load() - before; n != want {
				t.Errorf("%d requests came", n)
			}
		})
	}
}

// TestAProxySeesNothing runs the client in processes of its own, since net/http
// reads the environment once. A proxy that the machine's owner set up may carry
// what is for Alipay, in a tunnel that it can't look into; traffic to this
// machine never goes there.
func TestAProxySeesNothing(t *testing.T) {
	if os.Getenv("RINGUP_TEST_HOST") != "" {
		behindProxy(t)
		return
	}
	trusted, stranger := newAuthority(t), newAuthority(t)
	w := secured(t, &tls.Config{Certificates: []tls.Certificate{trusted.vouch(t, nil)}})
	inTheMiddle := secured(t, &tls.Config{Certificates: []tls.Certificate{stranger.vouch(t, nil)}})
	plain := newWire(t, func(c *heardOn) {
		if path, _ := c.next(); path != "" {
			c.say(onTheWire(path, reply{body: success(CallPay)}))
		}
	})
	tunnel := func(to net.Addr) func(c *heardOn, seen io.Writer) {
		return func(c *heardOn, seen io.Writer) {
			there, err := net.Dial("tcp", to.String())
			if err != nil {
				return
			}
			defer there.Close()
			c.say("HTTP/1.1 200 OK\r\n\r\n")
			back := make(chan struct{})
			go func() {
				_, _ = io.Copy(c.Conn, there)
				_ = c.Conn.Close()
				close(back)
			}()
			_, _ = io.Copy(io.MultiWriter(there, seen), c.r)
			_ = there.Close()
			<-back
		}
	}
	for _, c := range []struct {
		name, host string
		variables  []string
		act        func(c *heardOn, seen io.Writer)
		outcome    payments.Outcome
		through    bool // the proxy was asked
	}{
		{"a tunnel", "https://" + gatewayName, []string{"HTTPS_PROXY"}, tunnel(w.Addr()), payments.Succeeded, true},
		{"a tunnel that ends at somebody else", "https://" + gatewayName, []string{"HTTPS_PROXY"}, tunnel(inTheMiddle.Addr()), payments.NotSent, true},
		{"a proxy that wants a password", "https://" + gatewayName, []string{"HTTPS_PROXY"}, func(c *heardOn, _ io.Writer) {
			c.say("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
		}, payments.NotSent, true},
		{"a proxy that says nothing", "https://" + gatewayName, []string{"HTTPS_PROXY"}, func(c *heardOn, _ io.Writer) { c.untilGone() }, payments.NotSent, true},
		{"a proxy that never ends its headers", "https://" + gatewayName, []string{"HTTPS_PROXY"}, func(c *heardOn, _ io.Writer) {
			c.say("HTTP/1.1 200 OK\r\n")
			for c.say(strings.Repeat("X: y\r\n", 1000)) {
			}
		}, payments.NotSent, true},
		{"a proxy for everything, and Alipay on this machine", "http://" + plain.Addr().String(), []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"}, func(*heardOn, io.Writer) {}, payments.Succeeded, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var seen bytes.Buffer
			proxy := newWire(t, func(conn *heardOn) {
				q, err := http.ReadRequest(conn.r)
				if err != nil {
					return
				}
				mu.Lock()
				_ = q.Write(&seen)
				mu.Unlock()
				conn.of.heard.Add(1)
				var through bytes.Buffer
				c.act(conn, &through)
				mu.Lock()
				seen.Write(through.Bytes())
				mu.Unlock()
			})
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAProxySeesNothing$", "-test.v")
			for _, v := range os.Environ() {
				if name, _, _ := strings.Cut(v, "="); !strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
					child.Env = append(child.Env, v)
				}
			}
			for _, v := range c.variables {
				child.Env = append(child.Env, v+"=http://"+proxy.Addr().String(), strings.ToLower(v)+"=http://"+proxy.Addr().String())
			}
			root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: trusted.cert.Raw})
			child.Env = append(child.Env, "RINGUP_TEST_HOST="+c.host, "RINGUP_TEST_ROOT="+string(root),
				"RINGUP_TEST_KEY="+FormatPublicKey(&alipayKey().PublicKey), "RINGUP_TEST_OUTCOME="+string(c.outcome))
			if out, err := child.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			proxy.Close()
			proxy.open.Wait()
			if (proxy.heard.Load() > 0) != c.through {
				t.Errorf("the proxy was asked %d times", proxy.heard.Load())
			}
			for _, secret := range []string{requestID, digits, HeaderSignature, clientID} {
				if bytes.Contains(seen.Bytes(), []byte(secret)) {
					t.Errorf("the proxy saw %.6s…", secret)
				}
			}
		})
	}
}

func behindProxy(t *testing.T) {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(os.Getenv("RINGUP_TEST_ROOT")))
	creds := shop()
	creds.Host, creds.AlipayPublicKey = os.Getenv("RINGUP_TEST_HOST"), os.Getenv("RINGUP_TEST_KEY")
	s := &stage{t: t, client: NewClient(WithRootCAs(pool)), account: creds.Account()}
	if err := s.client.Use(creds); err != nil {
		t.Fatal(err)
	}
	want := payments.Outcome(os.Getenv("RINGUP_TEST_OUTCOME"))
	limit := time.Minute
	if want == payments.NotSent {
		limit = 500 * time.Millisecond
	}
	if got := s.within(limit); got.Outcome != want {
		t.Errorf("%+v, want %s", got, want)
	}
	s.client.Close()
}
