package alipay

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// connections gives each exchange a connection of its own, and makes the next
// one ahead.
//
// An answer in HTTP/1.1 doesn't say what it answers: on a connection that is
// used again, one that came twice or too late would be taken for the answer to
// the next question, and a refusal holds no id that could tell. So a
// connection carries one question and is closed behind its answer. That nobody
// has to wait for a new one, TLS and all, it is made in the background after
// each answer.
type connections struct {
	transport *http.Transport
	ctx       context.Context // of those that are made ahead; over after close
	stop      context.CancelFunc
	making    sync.WaitGroup

	mu    sync.Mutex
	ready map[string]*ready // by host; nil while it is made
}

// ready is a connection that was made ahead and has carried nothing.
type ready struct {
	*http.ClientConn
	made time.Time
	old  *time.Timer
}

func newConnections(t *http.Transport) *connections {
	c := &connections{transport: t, ready: map[string]*ready{}}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

// take is an unused connection to a host, which the caller closes. An error
// means that there is none, so nothing can have been sent.
func (c *connections) take(ctx context.Context, host *url.URL) (*http.ClientConn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	r := c.ready[host.String()]
	if r != nil {
		delete(c.ready, host.String())
	}
	c.mu.Unlock()
	if r != nil {
		r.old.Stop()
		// By the wall clock too, which goes on while the machine sleeps.
		age := time.Since(r.made.Round(0))
		if r.Err() == nil && age >= 0 && age < idleFor {
			return r.ClientConn, nil
		}
		_ = r.Close()
	}
	return c.dial(ctx, host)
}

func (c *connections) dial(ctx context.Context, host *url.URL) (*http.ClientConn, error) {
	port := host.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[host.Scheme]
	}
	return c.transport.NewClientConn(ctx, host.Scheme, net.JoinHostPort(host.Hostname(), port))
}

// makeAhead makes the connection for the next exchange with a host, unless
// there is one. What goes wrong is found out by the exchange itself.
func (c *connections) makeAhead(host *url.URL) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.ready[host.String()]; there || c.ctx.Err() != nil {
		return
	}
	c.ready[host.String()] = nil
	c.making.Go(func() {
		ctx, done := context.WithTimeout(c.ctx, 2*connectIn)
		defer done()
		conn, err := c.dial(ctx, host)
		c.mu.Lock()
		defer c.mu.Unlock()
		switch {
		case err != nil:
			delete(c.ready, host.String())
		case c.ctx.Err() != nil:
			delete(c.ready, host.String())
			_ = conn.Close()
		default:
			r := &ready{ClientConn: conn, made: time.Now()}
			r.old = time.AfterFunc(idleFor, func() { c.drop(host, r) })
			c.ready[host.String()] = r
		}
	})
}

// drop closes a connection that nobody has taken.
func (c *connections) drop(host *url.URL, r *ready) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ready[host.String()] == r {
		delete(c.ready, host.String())
		_ = r.Close()
	}
}

// close drops what was made ahead and makes nothing ahead any more.
func (c *connections) close() {
	c.stop()
	c.making.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	for host, r := range c.ready {
		delete(c.ready, host)
		if r != nil {
			r.old.Stop()
			_ = r.Close()
		}
	}
}
