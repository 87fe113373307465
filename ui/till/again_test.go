package till_test

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"ringup/devices/printer/simulator"
	"ringup/ui/till"
)

func TestWhatMayBeOnPaperIsACopyWhereverItIsPrintedAgain(t *testing.T) {
	shop := training(t, nil)
	h := newHead(t, 1)
	told := outcomes(t, shop)
	change(t, shop, func(s *till.Settings) { s.Printer, s.Script = h.link(), till.ScriptLatin })
	sale := sell(t, shop, "pays", 4550)
	<-told                                          // it broke off
	if err := shop.Print(sale.Number); err != nil { // not from the list of what was not printed
		t.Fatal(err)
	}
	if n := bytes.Count(<-h.jobs, []byte("COPY")); n != 2 {
		t.Errorf("the next slip says COPY %d times, want 2", n)
	}
}

func TestASlipThatStillComesMakesTheNextOneACopy(t *testing.T) {
	head, err := simulator.Start(simulator.Options{Head: simulator.Head{Dots: 384}, Buffer: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	defer head.Close()
	shop := training(t, nil)
	change(t, shop, func(s *till.Settings) { s.Printer, s.Script = head.Link(), till.ScriptLatin })
	told := outcomes(t, shop)
	head.PaperOutAfter(100)
	sale := sell(t, shop, "pays", 4550)
	<-told                                          // it waits for paper
	if err := shop.Print(sale.Number); err != nil { // somebody is impatient
		t.Fatal(err)
	}
	head.LoadPaper()
	paper, err := head.WaitSlips(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, copies := range []int{0, 2} {
		if n := strings.Count(paper.Slips[i].Text(), "COPY"); n != copies {
			t.Errorf("slip %d says COPY %d times, want %d", i+1, n, copies)
		}
	}
}

func TestTwoPressesPrintOnce(t *testing.T) {
	shop := training(t, nil)
	h := newHead(t, 1)
	told := outcomes(t, shop)
	change(t, shop, func(s *till.Settings) { s.Printer, s.Script = h.link(), till.ScriptLatin })
	sale := sell(t, shop, "pays", 4550)
	<-told
	list, err := shop.Unprinted()
	if err != nil || len(list) != 1 {
		t.Fatalf("not printed: %+v, %v", list, err)
	}
	var presses sync.WaitGroup
	for range 8 {
		presses.Go(func() {
			if err := shop.PrintAgain(list[0].Job); err != nil {
				t.Error(err)
			}
		})
	}
	presses.Wait()
	shop.FinishPrinting(t.Context(), sale)
	if n := len(h.jobs); n != 1 {
		t.Errorf("%d slips, want 1", n)
	}
}

func TestThePrintersLightForgetsWhatIsMended(t *testing.T) {
	head, err := simulator.Start(simulator.Options{Head: simulator.Head{Dots: 384}})
	if err != nil {
		t.Fatal(err)
	}
	defer head.Close()
	shop := training(t, nil)
	change(t, shop, func(s *till.Settings) { s.Printer = head.Link() })
	told := outcomes(t, shop)
	head.PowerOffAfter(500)
	sell(t, shop, "pays", 4550)
	for o := range told {
		if !o.Waits {
			break
		}
	}
	if light := shop.Lights().Printer; light.On {
		t.Errorf("a slip broke off, and the light says %q", light.Sentence)
	}
	head.PowerOn()
	if state := shop.PrinterNow(t.Context()); state.Word != "online" {
		t.Fatalf("the printer is %+v", state)
	}
	if light := shop.Lights().Printer; !light.On {
		t.Errorf("the printer said that it is well, and the light says %q", light.Sentence)
	}
}

// What a former printer could not print says nothing of the new one.
func TestAFormerPrintersEndLeavesTheLight(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	begun, end := make(chan bool), make(chan bool)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = io.ReadFull(conn, make([]byte, 16))
		begun <- true
		<-end
		_ = conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	}()
	shop := training(t, nil)
	told := outcomes(t, shop)
	change(t, shop, func(s *till.Settings) { s.Printer = "tcp://" + l.Addr().String() + "?status=off" })
	sell(t, shop, "pays", 4550)
	<-begun
	change(t, shop, func(s *till.Settings) { s.Printer = newHead(t, 0).link() })
	end <- true
	if o := <-told; o.OK {
		t.Fatalf("the slip that broke off: %+v", o)
	}
	if light := shop.Lights().Printer; !light.On {
		t.Errorf("the light says %q", light.Sentence)
	}
}
