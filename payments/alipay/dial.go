package alipay

import (
	"context"
	"net"
)

// WithDial makes connections by dial instead of the system's. Training needs
// it: an account keeps one host in the books for ever, while the built-in
// Alipay listens at another port after each start. What is signed and believed
// doesn't change.
func WithDial(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return func(c *Client) { c.transport.DialContext = dial }
}
