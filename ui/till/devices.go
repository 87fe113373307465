package till

import (
	"context"
	"strings"
	"sync"

	"ringup/devices/printer"
	"ringup/devices/scanner"
	"ringup/ui/phrases"
)

// Device is something plugged in that a printer or scanner could be.
type Device struct {
	Address string `json:"address"` // as the settings take it
	Name    string `json:"name"`    // maker and product, where they are known
	// State is what it said when it was asked, as PrinterState.Word; "" for
	// what can't be asked.
	State string `json:"state,omitempty"`
	// Sentence says how it is, and what to do if it can't be used.
	Sentence string `json:"sentence,omitempty"`
}

// Devices are what is plugged in.
type Devices struct {
	Printers []Device `json:"printers"`
	Scanners []Device `json:"scanners"`
}

// FindDevices lists what is plugged in: printers, with what they say of
// themselves, and serial ports that a scanner or a printer may be behind. It
// takes some seconds at most.
func FindDevices(ctx context.Context, book *phrases.Book) (Devices, error) {
	list := Devices{Printers: []Device{}, Scanners: []Device{}}
	printers, err := printer.Find(ctx)
	if err != nil {
		return list, err
	}
	var asking sync.WaitGroup
	for _, p := range printers {
		list.Printers = append(list.Printers, Device{Address: p.Link, Name: p.Name})
		d := &list.Printers[len(list.Printers)-1]
		if p.Denied {
			denied := &printer.Error{Problem: printer.Denied, Link: p.Link, Group: p.Group}
			d.State, d.Sentence = string(printer.Denied), Explain(book, denied)
		}
	}
	for i := range list.Printers {
		d := &list.Printers[i]
		if d.State != "" || strings.HasPrefix(d.Address, "serial:") { // a scanner may be there, and is asked nothing
			continue
		}
		asking.Add(1)
		go func() {
			defer asking.Done()
			state := ask(ctx, book, d.Address, printer.Open)
			d.State, d.Sentence = state.Word, state.Light.Sentence
		}()
	}
	asking.Wait()
	ports, err := scanner.Ports()
	for _, p := range ports {
		d := Device{Address: p.Name, Name: firstOf(makerOf(p), p.USB)}
		if p.Denied {
			d.State, d.Sentence = string(printer.Denied), deniedPort(book, p.Name, p.Group)
		}
		list.Scanners = append(list.Scanners, d)
	}
	return list, err
}

// FindNetworkPrinters looks through the machine's own small networks for
// printers, by connecting to each address's port 9100 and sending nothing. It
// takes some seconds; progress, which may be nil, hears how many addresses of
// how many are through. When the context ends, what was found is returned with
// its error.
func FindNetworkPrinters(ctx context.Context, progress func(done, total int)) ([]Device, error) {
	list := []Device{}
	found, err := printer.FindNetwork(ctx, progress)
	for _, p := range found {
		list = append(list, Device{Address: p.Link, Name: p.Name})
	}
	return list, err
}

func makerOf(p scanner.Port) string { return strings.TrimSpace(p.Maker + " " + p.Product) }
