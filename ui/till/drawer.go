package till

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"ringup/payments"
	"ringup/receipts/escpos"
)

// Errors of OpenDrawer.
var (
	ErrNoDrawer = errors.New("no cash drawer is set up")
	ErrNoReason = errors.New("no reason was given")
)

// topicDrawer is the journal's note of a cash drawer that was opened. It is
// written before the drawer opens, so that every opening is in the books, with
// who and why.
const topicDrawer = "drawer"

type drawerNote struct {
	Why     string `json:"why,omitempty"` // a person's reason
	On      string `json:"on,omitempty"`  // or the event: paid, refund
	By      string `json:"by,omitempty"`
	Pin     int    `json:"pin"`
	Printer string `json:"printer"`
	Failed  string `json:"failed,omitempty"` // a second note: why it stayed shut, or may have
}

// OpenDrawer opens the cash drawer because a person asked for it, and waits
// for its printer; who and why go into the books first. The errors are
// ErrNoDrawer, ErrNoReason, the journal's and a *printer.Error.
func (t *Till) OpenDrawer(ctx context.Context, why string) error {
	if why = strings.TrimSpace(why); why == "" {
		return ErrNoReason
	}
	return t.slips.openDrawer(ctx, "", drawerNote{Why: why})
}

// pulse opens the drawer on an event, if the settings say so: off everybody's
// way, since a printer that hangs must hold up nothing.
func (s *slips) pulse(sale payments.Sale, on string) {
	if d := s.t.Settings().Drawer; d.Pin == 0 || !slices.Contains(d.On, on) {
		return
	}
	id := rand.Text()
	if !s.begin(id) {
		return
	}
	go func() {
		defer s.work.Done()
		defer s.over(id)
		if err := s.openDrawer(s.running, sale.ID, drawerNote{On: on}); err != nil {
			s.t.options.Log.Error("cash drawer", "error", err)
			s.t.tell(News{Printed: &PrintOutcome{Number: sale.Number, Sentence: s.t.Book().Say("drawer.failed", "why", s.t.Explain(err))}})
		}
	}()
}

func (s *slips) openDrawer(ctx context.Context, saleID string, n drawerNote) error {
	set := s.t.Settings()
	if set.Drawer.Pin == 0 || set.Printer == "" {
		return ErrNoDrawer
	}
	p, err := s.printers.open(set.Printer)
	if err != nil {
		return err
	}
	n.By, n.Pin, n.Printer = set.Cashier, set.Drawer.Pin, set.Printer
	if err := s.noteDrawer(saleID, n); err != nil {
		return err
	}
	err = p.Pulse(ctx, escpos.OpenDrawer(set.Drawer.Pin), escpos.OpenDrawerNow(set.Drawer.Pin))
	if err != nil {
		n.Failed = err.Error()
		err = errors.Join(err, s.noteDrawer(saleID, n))
	}
	return err
}

func (s *slips) noteDrawer(saleID string, n drawerNote) error {
	data, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return s.t.append(saleID, payments.Note{Topic: topicDrawer, Data: data})
}
