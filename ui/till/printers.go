package till

import (
	"context"
	"sync"

	"ringup/devices/printer"
)

// printers are the printers of a till, each opened once.
type printers struct {
	mu   sync.Mutex
	list map[string]printer.Printer
}

// open is the printer at a link. The error is a *printer.LinkError.
func (p *printers) open(link string) (printer.Printer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.list[link]; known != nil {
		return known, nil
	}
	opened, err := printer.Open(link)
	if err != nil {
		return nil, err
	}
	if p.list == nil {
		p.list = map[string]printer.Printer{}
	}
	p.list[link] = opened
	return opened, nil
}

// sendNow sends a job that is no slip, such as the test page, to the shop's
// printer and waits for it.
func (t *Till) sendNow(ctx context.Context, job []byte) error {
	address := t.Settings().Printer
	if address == "" {
		return ErrNoPrinter
	}
	p, err := t.slips.printers.open(address)
	if err == nil {
		_, err = p.Send(ctx, job)
	}
	t.slips.went(err)
	t.tell(News{Lights: true})
	return err
}
