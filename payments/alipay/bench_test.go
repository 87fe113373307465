package alipay

import (
	"context"
	"net"
	"testing"
	"time"

	"ringup/payments"
)

// BenchmarkScanToFirstByte measures from the call of Pay to the first byte on a
// warm connection, beside one signature alone: what the till adds to it.
func BenchmarkScanToFirstByte(b *testing.B) {
	w := newWire(b, func(c *heardOn) {
		if path, _ := c.next(); path != "" {
			c.say(onTheWire(path, reply{body: success(CallPay)}))
		}
	})
	s := w.stage(b)
	var first time.Time
	s.client = NewClient(WithDial(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return writes{conn, &first}, err
	}))
	b.Cleanup(s.client.Close)
	creds := shop()
	creds.Host = s.account.Host
	if err := s.client.Use(creds); err != nil {
		b.Fatal(err)
	}
	q := s.payRequest()
	body, err := payBody(&creds, q)
	if err != nil {
		b.Fatal(err)
	}
	var sending, signing time.Duration
	for b.Loop() {
		first = time.Time{}
		begun := time.Now()
		got, err := s.client.Pay(b.Context(), q)
		if err != nil || got.Outcome != payments.Succeeded {
			b.Fatalf("%+v, %v", got, err)
		}
		sending += first.Sub(begun)
		begun = time.Now()
		if _, err := Sign(tillKey(), "1", Signed{"POST", CallPay.Path(clientID), clientID, "1795226400000", body}); err != nil {
			b.Fatal(err)
		}
		signing += time.Since(begun)
	}
	b.ReportMetric(float64(sending)/float64(signing), "of-one-signature")
}

// writes notes when the first byte of a request leaves.
type writes struct {
	net.Conn
	first *time.Time
}

func (w writes) Write(p []byte) (int, error) {
	if w.first.IsZero() {
		*w.first = time.Now()
	}
	return w.Conn.Write(p)
}
