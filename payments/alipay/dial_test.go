package alipay

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"ringup/payments"
)

// TestDialOnlyChangesWhereTheConnectionGoes: the books keep one host, the
// server listens elsewhere.
func TestDialOnlyChangesWhereTheConnectionGoes(t *testing.T) {
	s := saying(t, reply{body: success(CallPay)})
	listening := strings.TrimPrefix(s.server.URL, "https://")
	s.server.URL = "https://127.0.0.1:1" // what trust puts into the credentials
	var dialled atomic.Value             // the next connection is made ahead, in the background
	s.trust(shop(), WithDial(func(ctx context.Context, network, address string) (net.Conn, error) {
		dialled.Store(address)
		return new(net.Dialer).DialContext(ctx, network, listening)
	}))
	expect(t, s.ask(CallPay), payments.Succeeded, "SUCCESS", false)
	if dialled.Load() != "127.0.0.1:1" || s.account.Host != "https://127.0.0.1:1" {
		t.Errorf("dialled %v for the account at %s", dialled.Load(), s.account.Host)
	}
	s.trust(shop())
	expect(t, s.ask(CallPay), payments.NotSent, payments.ReasonNoConnection, false)
}
