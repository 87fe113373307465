package printer

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// rawPort is where printers take what is to be printed as it is.
	rawPort = "9100"
	// dials is how many addresses are tried at once: few enough for a small
	// router, and all 254 of a network are through in some seconds.
	dials = 48
	// knock is how long an address may take to answer.
	knock = 700 * time.Millisecond
	// networks is how many are looked through.
	networks = 4
)

// FindNetwork looks through the private networks that this machine is in, the
// 254 addresses around its own, for port 9100 of printers. It connects and
// sends nothing: an office printer would print it. Progress, which may be nil,
// hears how many addresses of how many are through, from one goroutine at a
// time. When ctx ends, what was found until then is returned with its error.
func FindNetwork(ctx context.Context, progress func(done, total int)) ([]Found, error) {
	own, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var prefixes []netip.Prefix
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok {
				bits, _ := n.Mask.Size()
				prefixes = append(prefixes, netip.PrefixFrom(ip.Unmap(), bits))
			}
		}
	}
	var addresses []string
	for _, ip := range around(prefixes) {
		addresses = append(addresses, net.JoinHostPort(ip.String(), rawPort))
	}
	return dialAll(ctx, addresses, progress)
}

// around are the addresses to try around this machine's own: of each private
// network of IPv4 the last number from 1 to 254, except our own.
func around(own []netip.Prefix) (list []netip.Addr) {
	mine := map[netip.Addr]bool{}
	for _, p := range own {
		mine[p.Addr()] = true
	}
	seen := map[netip.Prefix]bool{}
	for _, p := range own {
		ip := p.Addr()
		// A network of one or two addresses is a line to one other machine.
		if !ip.Is4() || !ip.IsPrivate() || p.Bits() > 30 {
			continue
		}
		near := netip.PrefixFrom(ip, max(p.Bits(), 24)).Masked()
		if seen[near] || len(seen) == networks {
			continue
		}
		seen[near] = true
		for ip := near.Addr().Next(); near.Contains(ip.Next()); ip = ip.Next() {
			if !mine[ip] {
				list = append(list, ip)
			}
		}
	}
	return list
}

// dialAll lists the addresses that take a connection, in their order.
func dialAll(ctx context.Context, addresses []string, progress func(done, total int)) ([]Found, error) {
	open := make([]bool, len(addresses))
	next := make(chan int)
	var work sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range min(dials, len(addresses)) {
		work.Go(func() {
			d := net.Dialer{Timeout: knock}
			for i := range next {
				conn, err := d.DialContext(ctx, "tcp", addresses[i])
				if err == nil {
					_ = conn.Close()
				}
				mu.Lock()
				open[i] = err == nil
				if done++; progress != nil && ctx.Err() == nil {
					progress(done, len(addresses))
				}
				mu.Unlock()
			}
		})
	}
	for i := range addresses {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	work.Wait()
	var found []Found
	for i, a := range addresses {
		if open[i] {
			found = append(found, Found{Link: "tcp://" + a})
		}
	}
	return found, ctx.Err()
}
