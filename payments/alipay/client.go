package alipay

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"ringup/payments"
)

// ErrNoAccount says that the keys of an account are not here; see Client.Use.
var ErrNoAccount = errors.New("account not set up")

// Client is Alipay as a payments.Gateway, for any number of accounts. It sends
// every request exactly once, on a connection of its own. Its methods may be
// called from several goroutines.
type Client struct {
	transport   *http.Transport
	connections *connections
	log         *slog.Logger
	hosts       []string
	heard       heard

	mu       sync.RWMutex
	accounts map[payments.Account]*account
}

var _ payments.Gateway = (*Client)(nil)

// account is credentials with their texts read once.
type account struct {
	Credentials
	key        *rsa.PrivateKey
	alipay     *rsa.PublicKey
	base       *url.URL // scheme://host[:port]
	keyVersion string
}

// Option changes how a Client is made.
type Option func(*Client)

// WithRootCAs trusts these certificates instead of the system's.
func WithRootCAs(pool *x509.CertPool) Option {
	return func(c *Client) { c.transport.TLSClientConfig.RootCAs = pool }
}

// WithHosts lets live accounts use hosts by these names, beside alipay.com's.
// It is the owner's decision, and one that belongs into the books.
func WithHosts(names ...string) Option {
	return func(c *Client) { c.hosts = append(c.hosts, names...) }
}

// WithLog writes every exchange to log at debug level, with payment codes and
// customers' names masked. Keys, tokens and signatures are never written.
func WithLog(log *slog.Logger) Option {
	return func(c *Client) { c.log = log }
}

// Limits of the connection. One that was made ahead is dropped before the usual
// 75 seconds after which a server would; a till's heartbeat has it made anew.
const (
	connectIn = 5 * time.Second
	idleFor   = 70 * time.Second
	// longestCall bounds a call whose context has no deadline.
	longestCall = 30 * time.Second
	// largestAnswer is many times what an answer can be, in bytes.
	largestAnswer = 256 << 10
)

// NewClient is a client without accounts.
func NewClient(options ...Option) *Client {
	// HTTP/1.1 only: one connection carries one exchange and nothing else.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	c := &Client{
		accounts: map[payments.Account]*account{},
		transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: connectIn}).DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    connectIn,
			Protocols:              &protocols,
			DisableCompression:     true, // the signature covers the bytes on the wire
			MaxResponseHeaderBytes: 64 << 10,
		},
	}
	for _, o := range options {
		o(c)
	}
	c.connections = newConnections(c.transport)
	return c
}

// Use sets an account up, or replaces its keys and shop settings. The errors
// are those of Credentials.Validate and, for a live client id, ErrForeignHost.
func (c *Client) Use(creds Credentials) error {
	k, err := creds.parse()
	if err != nil {
		return err
	}
	name := k.base.Hostname()
	local := creds.Local && isLoopback(name)
	if !IsSandbox(creds.ClientID) && !local && !isAlipays(name) && !slices.Contains(c.hosts, name) {
		return &CredentialsError{"host", ErrForeignHost}
	}
	a := &account{
		Credentials: creds, key: k.private, alipay: k.alipay,
		base: k.base, keyVersion: firstOf(creds.KeyVersion, DefaultKeyVersion),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.accounts[creds.Account()] = a
	return nil
}

// Forget removes an account; asking under it is ErrNoAccount from now on.
func (c *Client) Forget(a payments.Account) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.accounts, a)
}

// Close drops the connections that are not in use, and keeps none from now on.
func (c *Client) Close() { c.connections.close() }

// The five calls: how each is asked and what its answer makes certain.
var (
	pay = verb[payments.PayRequest, PayResponse]{CallPay, payBody, judgePay,
		func(_ payments.PayRequest, r PayResponse) bool { return r.PaymentRequestID != "" }}
	inquire = verb[payments.InquireRequest, InquiryPaymentResponse]{CallInquire, inquireBody, judgeInquiry,
		func(q payments.InquireRequest, r InquiryPaymentResponse) bool {
			// No money hangs on a probe or a search.
			return r.PaymentRequestID != "" || q.Amount == payments.Money{}
		}}
	cancel = verb[payments.CancelRequest, CancelResponse]{CallCancel, cancelBody, judgeCancel,
		func(_ payments.CancelRequest, r CancelResponse) bool { return r.PaymentRequestID != "" }}
	refund = verb[payments.RefundRequest, RefundResponse]{CallRefund, refundBody, judgeRefund,
		func(_ payments.RefundRequest, r RefundResponse) bool { return r.RefundRequestID != "" }}
	inquireRefund = verb[payments.InquireRefundRequest, InquiryRefundResponse]{CallInquireRefund, inquireRefundBody, judgeRefundInquiry,
		func(q payments.InquireRefundRequest, r InquiryRefundResponse) bool {
			return r.RefundRequestID != "" || q.Amount == payments.Money{}
		}}
)

// Pay asks for a payment. The errors of all five calls are ErrNoAccount and
// ErrRequest; see payments.Gateway.
func (c *Client) Pay(ctx context.Context, q payments.PayRequest) (payments.Answer, error) {
	return do(ctx, c, q.Account, q.Moment, pay, q)
}

// Inquire asks how a payment stands.
func (c *Client) Inquire(ctx context.Context, q payments.InquireRequest) (payments.Answer, error) {
	return do(ctx, c, q.Account, q.Moment, inquire, q)
}

// Cancel ends a payment whose result is not known.
func (c *Client) Cancel(ctx context.Context, q payments.CancelRequest) (payments.Answer, error) {
	return do(ctx, c, q.Account, q.Moment, cancel, q)
}

// Refund gives back part of a payment.
func (c *Client) Refund(ctx context.Context, q payments.RefundRequest) (payments.Answer, error) {
	return do(ctx, c, q.Account, q.Moment, refund, q)
}

// InquireRefund asks how a refund stands.
func (c *Client) InquireRefund(ctx context.Context, q payments.InquireRefundRequest) (payments.Answer, error) {
	return do(ctx, c, q.Account, q.Moment, inquireRefund, q)
}

// verb is one call: Q is asked, R is answered.
type verb[Q, R any] struct {
	call  Call
	body  func(*Credentials, Q) ([]byte, error)
	judge func(Q, R, payments.Answer) payments.Answer
	names func(Q, R) bool // whether the answer names what was asked about, or needn't
}

func do[Q, R any](ctx context.Context, c *Client, name payments.Account, m payments.Moment, v verb[Q, R], q Q) (payments.Answer, error) {
	c.mu.RLock()
	a, known := c.accounts[name]
	c.mu.RUnlock()
	if !known {
		return fault(fmt.Errorf("%w: %s at %s", ErrNoAccount, name.ClientID, name.Host))
	}
	if m.Now.IsZero() {
		return fault(malformed("no time"))
	}
	body, err := v.body(&a.Credentials, q)
	if err != nil {
		return fault(err)
	}
	raw, answer := c.exchange(ctx, a, v.call, m, body)
	if raw == nil {
		return answer, nil
	}
	var r R
	if err := Decode(raw, &r); err != nil {
		return payments.Answer{Outcome: payments.Unsure, Result: payments.ReasonBroken, Hint: hint(err.Error())}, nil
	}
	again := c.heard.again(v.call, answer.Stamp, raw)
	judged := v.judge(q, r, answer)
	if again && !v.names(q, r) && judged.Outcome != payments.Unsure {
		return unsure(answer, payments.ReasonStale, "names no order, and is not new"), nil
	}
	return judged, nil
}

// fault is the answer to what could not be asked: nothing was sent.
func fault(err error) (payments.Answer, error) {
	return payments.Answer{Outcome: payments.NotSent, Result: payments.ReasonNoAccount, Hint: err.Error()}, err
}
