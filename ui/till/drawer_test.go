package till_test

import (
	"context"
	"testing"
	"time"

	"ringup/devices/printer/simulator"
	"ringup/ui/till"
)

// A printer without paper keeps what it is sent for later. The drawer opens now,
// once, and not when somebody puts in a roll.
func TestTheDrawerOpensThoughThereIsNoPaper(t *testing.T) {
	head, err := simulator.Start(simulator.Options{Head: simulator.Head{Dots: 384}})
	if err != nil {
		t.Fatal(err)
	}
	defer head.Close()
	shop := training(t, nil)
	change(t, shop, func(s *till.Settings) { s.Printer, s.Drawer.Pin = head.Link(), 5 })
	opened := func(want int) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		paper, err := head.WaitPaper(ctx, func(p simulator.Paper) bool { return len(p.Pulses) >= want })
		if err != nil || len(paper.Pulses) != want || paper.Pulses[want-1].Pin != 5 {
			t.Errorf("pulses %v, want %d (%v)", paper.Pulses, want, err)
		}
	}
	head.PaperOut()
	if err := shop.OpenDrawer(t.Context(), "change"); err != nil {
		t.Fatal(err)
	}
	opened(1)
	head.LoadPaper()
	if err := shop.PrintTest(); err != nil { // all that waited comes before it
		t.Fatal(err)
	}
	opened(1)
	if err := shop.OpenDrawer(t.Context(), "change"); err != nil {
		t.Fatal(err)
	}
	opened(2)
	if p := head.Paper().Pulses; !p[0].RealTime || p[1].RealTime {
		t.Errorf("pulses %v, want the first alone in real time", p)
	}
	if m := head.Misprints(); len(m) > 0 {
		t.Errorf("misprints: %v", m)
	}
}
