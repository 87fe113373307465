package till_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"ringup/devices/printer/simulator"
	"ringup/ui/till"
)

// The roll ends in the middle of a slip. The till says that it waits, the head
// prints the rest when there is paper, and nothing comes out twice.
func TestPaperThatEndsInASlip(t *testing.T) {
	head, err := simulator.Start(simulator.Options{Head: simulator.Head{Dots: 384}, Buffer: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	defer head.Close()
	shop := training(t, nil)
	change(t, shop, func(s *till.Settings) { s.Printer = head.Link() })
	told := outcomes(t, shop)

	head.PaperOutAfter(100)
	sale := sell(t, shop, "pays", 4550)
	waits := <-told
	if !waits.Waits || waits.OK || !strings.Contains(waits.Sentence, "No paper") {
		t.Errorf("while there is no paper: %+v", waits)
	}
	if state := shop.PrinterNow(t.Context()); state.Light.On {
		t.Errorf("the printer without paper is %+v", state)
	}
	head.LoadPaper()
	if o := <-told; !o.OK || o.Number != sale.Number {
		t.Errorf("with paper again: %+v", o)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := head.WaitSlips(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if n := len(head.Paper().Slips); n != 1 {
		t.Errorf("%d slips on paper", n)
	}
	if list, err := shop.Unprinted(); err != nil || len(list) != 0 {
		t.Errorf("not printed: %+v, %v", list, err)
	}
	if m := head.Misprints(); len(m) > 0 {
		t.Errorf("misprints: %v", m)
	}
	if state := shop.PrinterNow(t.Context()); state.Word != "online" {
		t.Errorf("the printer is %+v", state)
	}
}

// The printer's light follows what the printer says between slips.
func TestThePrintersLightIsTrue(t *testing.T) {
	head, err := simulator.Start(simulator.Options{Head: simulator.Head{Dots: 384}})
	if err != nil {
		t.Fatal(err)
	}
	defer head.Close()
	shop := training(t, nil)
	change(t, shop, func(s *till.Settings) { s.Printer = head.Link() })
	light := func() string {
		state := shop.PrinterNow(t.Context())
		l := shop.Lights().Printer
		return fmt.Sprint(state.Word, " ", l.On, " ", l.Warn)
	}
	for _, step := range []struct {
		what string
		do   func()
		want string
	}{
		{"well", func() {}, "online true false"},
		{"paper low", func() { head.NearEnd(true) }, "near_end true true"},
		{"paper enough", func() { head.NearEnd(false) }, "online true false"},
		{"cover open", func() { head.Cover(true) }, "cover_open false false"},
		{"cover closed", func() { head.Cover(false) }, "online true false"},
		{"no paper", head.PaperOut, "paper_out false false"},
		{"paper", head.LoadPaper, "online true false"},
		{"hot", head.Overheat, "hot_head true true"},
		{"cool", head.Cool, "online true false"},
		{"no power", head.PowerOff, "unreachable false false"},
		{"power", head.PowerOn, "online true false"},
	} {
		step.do()
		if got := light(); got != step.want {
			t.Errorf("%s: the light is %q, want %q", step.what, got, step.want)
		}
	}
}
