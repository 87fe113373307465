package sandbox

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
)

// pipes is a network within the program: it works where time is not real.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	select {
	case <-p.done:
		return errors.New("closed already")
	default:
		close(p.done)
		return nil
	}
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// inBubble runs a test in simulated time, with a sandbox that is reached over
// pipes and goes by package time.
func inBubble(t *testing.T, test func(t *testing.T, c *till), opts ...Option) {
	t.Helper()
	dir := newDir(t)
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(dir, opts...)
		if err != nil {
			t.Fatal(err)
		}
		l := &pipes{make(chan net.Conn), make(chan struct{})}
		served := make(chan error, 1)
		go func() { served <- s.Serve(l) }()
		c := newClient(t, s, l.dial)
		c.dir = dir
		defer func() {
			c.audit()
			c.client.CloseIdleConnections()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if err := <-served; err != nil {
				t.Error("Serve:", err)
			}
		}()
		test(t, c)
	})
}
