package till

import (
	"context"
	"strings"

	"ringup/devices/printer"
	"ringup/devices/scanner"
)

// Hear listens to the shop's serial scanner, if one is set up, until the
// context ends, and follows when the settings name another. scanned and broken
// are called from a goroutine of the till.
func (t *Till) Hear(ctx context.Context, scanned func(text string), broken func(digits int)) {
	changed := make(chan struct{}, 1)
	defer t.Listen(func(n News) {
		if n.Lights {
			select {
			case changed <- struct{}{}:
			default:
			}
		}
	})()
	for ctx.Err() == nil {
		port := t.Settings().Scanner
		hearing, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			t.hearPort(hearing, port, scanned, broken)
		}()
		for t.Settings().Scanner == port && ctx.Err() == nil {
			select {
			case <-changed:
			case <-ctx.Done():
			}
		}
		stop()
		<-ended
	}
}

// hearPort listens to one port until the context ends; "" is none.
func (t *Till) hearPort(ctx context.Context, port string, scanned func(text string), broken func(digits int)) {
	t.setScanner(Light{Absent: port == ""})
	if port == "" {
		return
	}
	line := scanner.Serial{
		Port:    port,
		Scanned: func(s scanner.Scan) { scanned(s.Text) },
		Broken:  func(b scanner.Broken) { broken(b.Digits) },
		Changed: func(s scanner.State) { t.setScanner(t.lightOf(port, s)) },
	}
	line.Run(ctx)
}

func (t *Till) lightOf(port string, s scanner.State) Light {
	say := t.Book().Say
	switch s.Link {
	case scanner.Connected:
		return Light{On: true, Sentence: say("light.scanner.on", "port", port)}
	case scanner.Denied:
		return Light{Sentence: say("light.scanner.permission", "port", port, "group", s.Group)}
	}
	return Light{Sentence: say("light.scanner.off", "port", port)}
}

func (t *Till) setScanner(l Light) {
	t.mu.Lock()
	t.scanner = l
	t.mu.Unlock()
	t.tell(News{Lights: true})
}

// Device is something plugged in that a printer or scanner could be.
type Device struct {
	Address string `json:"address"` // as the settings take it
	Name    string `json:"name"`    // maker and product, where they are known
}

// Devices are what is plugged in.
type Devices struct {
	Printers []Device `json:"printers"`
	Scanners []Device `json:"scanners"`
}

// FindDevices lists what is plugged in: printers, and serial ports that a
// scanner or a printer may be behind.
func FindDevices(ctx context.Context) (Devices, error) {
	list := Devices{Printers: []Device{}, Scanners: []Device{}}
	printers, err := printer.Find(ctx)
	if err != nil {
		return list, err
	}
	for _, p := range printers {
		list.Printers = append(list.Printers, Device{p.Link, p.Name})
	}
	ports, err := scanner.Ports()
	for _, p := range ports {
		name := strings.TrimSpace(p.Maker + " " + p.Product)
		list.Scanners = append(list.Scanners, Device{p.Name, firstOf(name, p.USB)})
	}
	return list, err
}
