package scanner

import (
	"context"
	"sync"
	"time"
)

// Heard is something that a port told while scanners are tried: exactly one of
// Scan, Broken and State is set.
type Heard struct {
	Port   Port
	Scan   *Scan
	Broken *Broken
	State  *State
}

// Try listens on all ports of a list at once, each at the usual speeds, and
// tells what they read and how they are, until ctx ends; then all are closed
// again. The list is asked again every second, so that a scanner that is
// plugged in meanwhile is heard. heard is called from several goroutines, one
// at a time. A port that a Serial of this program listens to is Busy.
func Try(ctx context.Context, list func() ([]Port, error), heard func(Heard)) {
	var (
		mu      sync.Mutex
		running sync.WaitGroup
		behind  = map[string]Port{} // by device
	)
	defer running.Wait()
	tell := func(device string, h Heard) {
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() == nil {
			h.Port = behind[device]
			heard(h)
		}
	}
	for ctx.Err() == nil {
		ports, _ := list() // no list now may be one in a second
		for _, p := range ports {
			mu.Lock()
			_, known := behind[p.Device]
			behind[p.Device] = p
			mu.Unlock()
			if known {
				continue
			}
			s := Serial{
				Port:    p.Device,
				Scanned: func(s Scan) { tell(p.Device, Heard{Scan: &s}) },
				Broken:  func(b Broken) { tell(p.Device, Heard{Broken: &b}) },
				Changed: func(s State) { tell(p.Device, Heard{State: &s}) },
			}
			running.Go(func() { s.Run(ctx) })
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}
