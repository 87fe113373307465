package printer

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
)

func TestAddressesAround(t *testing.T) {
	own := func(list ...string) (p []netip.Prefix) {
		for _, text := range list {
			p = append(p, netip.MustParsePrefix(text))
		}
		return p
	}
	for _, c := range []struct {
		name        string
		own         []netip.Prefix
		first, last string
		count       int
	}{
		{"a shop's network", own("127.0.0.1/8", "192.168.1.50/24", "fe80::1/64"), "192.168.1.1", "192.168.1.254", 253},
		{"of a large one, the part around", own("10.20.30.40/8"), "10.20.30.1", "10.20.30.254", 253},
		{"a small one", own("172.16.0.5/29"), "172.16.0.1", "172.16.0.6", 5},
		{"two addresses in one", own("192.168.1.50/24", "192.168.1.51/24"), "192.168.1.1", "192.168.1.254", 252},
		{"two networks", own("192.168.1.1/24", "192.168.2.1/24"), "192.168.1.2", "192.168.2.254", 506},
		{"none beyond some", own("10.0.1.1/24", "10.0.2.1/24", "10.0.3.1/24", "10.0.4.1/24", "10.0.5.1/24"), "10.0.1.2", "10.0.4.254", 4 * 253},
		{"a line to one other machine", own("10.8.0.2/32", "10.9.0.2/31"), "", "", 0},
		{"never a public one", own("8.8.8.8/24", "100.64.0.1/24", "169.254.3.4/16", "2001:db8::1/64"), "", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := around(c.own)
			if len(got) != c.count {
				t.Fatalf("%d addresses", len(got))
			}
			if c.count > 0 && (got[0].String() != c.first || got[len(got)-1].String() != c.last) {
				t.Errorf("from %v to %v", got[0], got[len(got)-1])
			}
			for _, p := range c.own {
				if slices.Contains(got, p.Addr()) {
					t.Errorf("our own %v", p.Addr())
				}
			}
		})
	}
}

func TestDialAll(t *testing.T) {
	m := good()
	there := []string{serve(t, m)[len("tcp://"):], serve(t, good())[len("tcp://"):]}
	l := listen(t)
	gone := l.Addr().String()
	_ = l.Close()
	addresses := []string{gone, there[0], gone, there[1]}
	for range 200 {
		addresses = append(addresses, gone)
	}
	var last, calls int
	found, err := dialAll(t.Context(), addresses, func(done, total int) {
		if calls++; done != last+1 || total != len(addresses) {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
	})
	want := []Found{{Link: "tcp://" + there[0]}, {Link: "tcp://" + there[1]}}
	if err != nil || !slices.Equal(found, want) || calls != len(addresses) {
		t.Errorf("%+v, %v, after %d calls", found, err, calls)
	}
	if m.printed() != "" {
		t.Error("it was sent something")
	}
	for _, f := range found {
		if _, err := Open(f.Link); err != nil {
			t.Error(err)
		}
	}
	t.Run("it can be ended", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		found, err := dialAll(ctx, addresses, func(int, int) {
			if n++; n == 10 {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || n != 10 || len(found) > 2 {
			t.Errorf("%+v, %v, after %d", found, err, n)
		}
	})
	t.Run("nothing to look at", func(t *testing.T) {
		if found, err := dialAll(t.Context(), nil, nil); err != nil || found != nil {
			t.Errorf("%+v, %v", found, err)
		}
	})
}
