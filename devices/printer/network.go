package printer

import (
	"context"
	"net"
	"sync/atomic"
	"time"
)

// network is a TCP connection to a printer's raw port. Many printers take one
// at a time, so it stands for one job only.
type network struct {
	*net.TCPConn
	aborted atomic.Bool
}

func dial(ctx context.Context, address string, timeout time.Duration) (line, error) {
	d := net.Dialer{Timeout: timeout}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &network{TCPConn: conn.(*net.TCPConn)}, nil
}

func (n *network) OneWay() bool { return false }

func (n *network) Abort() {
	n.aborted.Store(true)
	_ = n.SetWriteDeadline(longAgo)
}

// Finish says that no more comes: the printer may close once it has read all.
func (n *network) Finish() (bool, error) { return true, n.CloseWrite() }

// Close drops what has not left if the job was aborted, so that the rest of it
// doesn't come out when nobody expects it any more.
func (n *network) Close() error {
	if n.aborted.Load() {
		_ = n.SetLinger(0)
	}
	return n.TCPConn.Close()
}

var longAgo = time.Unix(1, 0)
