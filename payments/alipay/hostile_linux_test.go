package alipay

import (
	"net"
	"syscall"
	"testing"
	"time"

	"ringup/payments"
)

// TestAGatewayThatTakesNoConnectionIsNotSentTo: its queue is full, so packets
// vanish, as they do on a route that leads nowhere.
func TestAGatewayThatTakesNoConnectionIsNotSentTo(t *testing.T) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address := (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*syscall.SockaddrInet4).Port}).String()
	for {
		conn, err := net.DialTimeout("tcp", address, 100*time.Millisecond)
		if n, is := err.(net.Error); is && n.Timeout() {
			break // the queue is full
		}
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	for _, host := range []string{"http://" + address, "https://" + address} {
		s := at(t, host, address)
		expect(t, s.within(200*time.Millisecond), payments.NotSent, payments.ReasonNoConnection, false)
	}
}
