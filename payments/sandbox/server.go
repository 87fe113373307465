package sandbox

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"ringup/payments"
	"ringup/payments/alipay"
)

// CredentialsFile is the name of the file in DIR that holds all that a till
// needs to sell here; see alipay.Credentials.
const CredentialsFile = "credentials.json"

// firstHost stands in the credentials until somebody serves.
const firstHost = "http://127.0.0.1:8790"

// defaultRefundWindow is how long after payment a refund is possible. The real
// one is in the contract; a year is the common figure.
const defaultRefundWindow = 365 * 24 * time.Hour

// ErrClosed says that the server was closed.
var ErrClosed = errors.New("the built-in Alipay is closed")

// Server is one Alipay with one merchant. It is safe for concurrent use.
type Server struct {
	dir          string
	now          func() time.Time
	exit         func(code int)
	host         string // of WithHost
	shop         alipay.Credentials
	stickyCancel bool
	refundWindow time.Duration

	ledger    *ledger
	tillKey   *rsa.PrivateKey
	alipayKey *rsa.PrivateKey
	mux       *http.ServeMux

	done    chan struct{} // closed by Close
	running sync.WaitGroup

	mu       sync.Mutex // of all below, and of the order in which calls are processed
	closed   bool
	servers  []*http.Server
	hijacked map[net.Conn]bool
	script   []*scriptLine
	struck   map[FaultKind]int // how often each has struck
	earlier  map[alipay.Call][]*answer
	wrongKey *rsa.PrivateKey
	sure     atomic.Bool // never_sure is over
}

// Option changes how a Server behaves.
type Option func(*Server)

// WithClock sets Alipay's clock. Waiting itself always goes by package time.
func WithClock(now func() time.Time) Option { return func(s *Server) { s.now = now } }

// WithExit sets what the faults die_request and die_answer call, instead of
// os.Exit. It must not wait for Close.
func WithExit(exit func(code int)) Option { return func(s *Server) { s.exit = exit } }

// WithHost sets the host that stands in the credentials, as scheme://host[:port];
// without it, it is the address that Serve serves. A till books its payments
// under the host, so one that lasts should stay the same; see alipay.WithDial.
func WithHost(host string) Option { return func(s *Server) { s.host = host } }

// WithCurrency sets the currency that the merchant's contract allows. Without
// it, it is what it was, and HKD at first.
func WithCurrency(c payments.Currency) Option { return func(s *Server) { s.shop.Currency = c } }

// WithShop names the merchant in the credentials: the fields of merchant,
// store, terminal, currencies and notification address. Host, client id and
// keys stay the sandbox's own.
func WithShop(shop alipay.Credentials) Option {
	return func(s *Server) {
		shop.Currency = cmp.Or(shop.Currency, s.shop.Currency)
		s.shop = shop
	}
}

// StickyCancel makes a gateway that remembers the cancel of an order that it
// doesn't know: it answers SUCCESS, and a pay that comes later is refused with
// ORDER_IS_CANCELED.
func StickyCancel() Option { return func(s *Server) { s.stickyCancel = true } }

// WithRefundWindow sets how long after payment a refund is possible; 365 days
// without it.
func WithRefundWindow(d time.Duration) Option { return func(s *Server) { s.refundWindow = d } }

// Open creates or reopens the Alipay of folder dir: ledger, keys, wallets. The
// credentials file is written there. ErrInUse when another program has it
// open; payments.ErrNoCurrency for a currency that isn't known.
func Open(dir string, opts ...Option) (*Server, error) {
	s := &Server{
		dir:          dir,
		now:          time.Now,
		exit:         os.Exit,
		refundWindow: defaultRefundWindow,
		done:         make(chan struct{}),
		hijacked:     map[net.Conn]bool{},
		struck:       map[FaultKind]int{},
		earlier:      map[alipay.Call][]*answer{},
		shop: alipay.Credentials{
			ReferenceMerchantID: "M0001",
			MerchantName:        "Training Shop",
			MerchantMCC:         "5812",
			ReferenceStoreID:    "S0001",
			StoreName:           "Training Shop",
			StoreMCC:            "5812",
		},
	}
	for _, o := range opts {
		o(s)
	}
	if c := s.shop.Currency; c != "" && !c.Known() {
		return nil, payments.ErrNoCurrency
	}
	var err error
	if s.ledger, err = openLedger(dir, newIdentity); err != nil {
		return nil, err
	}
	if err := s.begin(); err != nil {
		_ = s.ledger.db.Close()
		return nil, err
	}
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("/", s.serveGateway)
	s.handleControl()
	return s, nil
}

// newIdentity makes what a new ledger begins with.
func newIdentity() (identity, error) {
	id := identity{Currency: "HKD", Host: firstHost, HashKey: make([]byte, 32)}
	if _, err := rand.Read(id.HashKey); err != nil {
		return id, fmt.Errorf("random source: %w", err)
	}
	digits, err := randomDigits(19)
	if err != nil {
		return id, err
	}
	id.Tag, id.ClientID = digits[:5], alipay.SandboxPrefix+"5Y"+digits[5:]
	for _, key := range []*string{&id.TillKey, &id.AlipayKey} {
		k, err := alipay.GenerateKey()
		if err != nil {
			return id, err
		}
		*key = alipay.FormatPrivateKey(k)
	}
	return id, nil
}

func (s *Server) begin() (err error) {
	if s.tillKey, err = alipay.ParsePrivateKey(s.ledger.id.TillKey); err != nil {
		return fmt.Errorf("ledger: till's key: %w", err)
	}
	if s.alipayKey, err = alipay.ParsePrivateKey(s.ledger.id.AlipayKey); err != nil {
		return fmt.Errorf("ledger: Alipay's key: %w", err)
	}
	return s.publish(s.host)
}

// publish keeps host and currency, and writes the credentials file.
func (s *Server) publish(host string) error {
	id := s.ledger.id
	if host != "" {
		id.Host = host
	}
	if s.shop.Currency != "" {
		id.Currency = s.shop.Currency
	}
	if err := s.ledger.setIdentity(id); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	// Only when something changed: a full disk must not keep a ledger from
	// opening.
	path := filepath.Join(s.dir, CredentialsFile)
	if there, err := alipay.ReadCredentials(path); err == nil && there == s.credentials() {
		return nil
	}
	if err := s.credentials().WriteFile(path); err != nil {
		return fmt.Errorf("credentials: %w", err)
	}
	return nil
}

// Credentials is all that a till needs to sell here, as the credentials file
// holds it.
func (s *Server) Credentials() alipay.Credentials {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.credentials()
}

func (s *Server) credentials() alipay.Credentials {
	c, id := s.shop, s.ledger.id
	c.Host, c.ClientID, c.Currency, c.Local = id.Host, id.ClientID, id.Currency, true
	c.PrivateKey, c.KeyVersion = alipay.Secret(id.TillKey), keyVersion
	c.AlipayPublicKey = alipay.FormatPublicKey(&s.alipayKey.PublicKey)
	c.AgentToken, c.TokenID = "", ""
	return c
}

// Handler serves Alipay's calls and the control endpoints; see Help.
func (s *Server) Handler() http.Handler { return s.mux }

// Serve serves on l until Close, and then returns nil. It writes the address
// of l into the credentials, unless WithHost has given one.
func (s *Server) Serve(l net.Listener) error {
	server := &http.Server{Handler: s.mux, ReadHeaderTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		_ = l.Close()
		return ErrClosed
	}
	var err error
	if tcp, ok := l.Addr().(*net.TCPAddr); ok && s.host == "" {
		err = s.publish("http://" + reachable(tcp))
	}
	s.servers = append(s.servers, server)
	s.mu.Unlock()
	if err != nil {
		_ = l.Close()
		return err
	}
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// reachable is an address that a till on this machine can call.
func reachable(a *net.TCPAddr) string {
	ip := a.IP
	if ip.IsUnspecified() || ip == nil {
		ip = net.IPv4(127, 0, 0, 1)
	}
	return net.JoinHostPort(ip.String(), strconv.Itoa(a.Port))
}

// Close ends every connection and every wait, and closes the ledger. What was
// answered is on disk already.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.done)
	for c := range s.hijacked {
		_ = c.Close()
	}
	servers := s.servers
	s.mu.Unlock()
	for _, server := range servers {
		_ = server.Close()
	}
	s.running.Wait()
	return s.ledger.db.Close()
}

// enter counts a request that is being served; false after Close.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	return true
}

func (s *Server) leave() { s.running.Done() }

// sleep waits; false when Close cut it short.
func (s *Server) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.done:
		return false
	}
}

// update changes the ledger after all that has happened by itself until now.
func (s *Server) update(change func(tx *bbolt.Tx) error) error {
	if !s.enter() {
		return ErrClosed
	}
	defer s.leave()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.settle(s.now()); err != nil {
		return err
	}
	return s.ledger.db.Update(change)
}

// view reads the ledger as it is when all has happened that happens by itself
// until now. Calls go on meanwhile; read sees one moment.
func (s *Server) view(read func(tx *bbolt.Tx) error) error {
	if !s.enter() {
		return ErrClosed
	}
	defer s.leave()
	tx, err := s.snapshot()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return read(tx)
}

func (s *Server) snapshot() (*bbolt.Tx, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.settle(s.now()); err != nil {
		return nil, err
	}
	return s.ledger.db.Begin(false)
}
