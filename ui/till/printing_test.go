package till_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"net"
	"strings"
	"testing"

	"ringup/payments"
	"ringup/ui/phrases"
	"ringup/ui/till"
)

// A head is a printer on the network that says nothing. It keeps what each
// connection brought, and may break the first ones off.
type head struct {
	net.Listener
	breaks int // so many connections are reset once something came
	jobs   chan []byte
}

func newHead(t *testing.T, breaks int) *head {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &head{Listener: l, breaks: breaks, jobs: make(chan []byte, 16)}
	t.Cleanup(func() { l.Close() })
	go func() {
		for i := 0; ; i++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if i < h.breaks {
				_, _ = io.ReadFull(conn, make([]byte, 16))
				_ = conn.(*net.TCPConn).SetLinger(0)
				conn.Close()
				continue
			}
			job, _ := io.ReadAll(conn)
			conn.Close()
			h.jobs <- job
		}
	}()
	return h
}

func (h *head) link() string { return "tcp://" + h.Addr().String() + "?status=off" }

// outcomes hears how prints end.
func outcomes(t *testing.T, shop *till.Till) chan till.PrintOutcome {
	t.Helper()
	told := make(chan till.PrintOutcome, 16)
	t.Cleanup(shop.Listen(func(n till.News) {
		if n.Printed != nil {
			told <- *n.Printed
		}
	}))
	return told
}

func change(t *testing.T, shop *till.Till, how func(*till.Settings)) {
	t.Helper()
	s := shop.Settings()
	how(&s)
	if err := shop.ChangeSettings(s); err != nil {
		t.Fatal(err)
	}
}

func TestASlipThatBrokeOffIsListedUntilItIsPrintedAgain(t *testing.T) {
	shop := training(t, nil)
	h := newHead(t, 1)
	told := outcomes(t, shop)
	change(t, shop, func(s *till.Settings) { s.Printer, s.Script = h.link(), till.ScriptLatin })
	sale := sell(t, shop, "pays", 4550)
	if o := <-told; o.OK || o.Waits || o.Number != sale.Number {
		t.Fatalf("the slip that broke off: %+v", o)
	}
	list, err := shop.Unprinted()
	if err != nil || len(list) != 1 || list[0].Number != sale.Number || list[0].What != "Slip" {
		t.Fatalf("not printed: %+v, %v", list, err)
	}
	if !strings.Contains(list[0].Sentence, "may be on paper") {
		t.Errorf("why: %q", list[0].Sentence)
	}
	if err := shop.PrintAgain(list[0].Job); err != nil {
		t.Fatal(err)
	}
	if job := <-h.jobs; bytes.Count(job, []byte("COPY")) != 2 {
		t.Errorf("printed again without COPY: %q", job)
	}
	if o := <-told; !o.OK {
		t.Errorf("printed again: %+v", o)
	}
	if list, err := shop.Unprinted(); err != nil || len(list) != 0 {
		t.Errorf("afterwards: %+v, %v", list, err)
	}
	if err := shop.PrintAgain(list[0].Job); err != nil { // a second press
		t.Error(err)
	}
	select {
	case job := <-h.jobs:
		t.Errorf("a second press printed %q", job)
	default:
	}
}

func TestASlipThatNobodyWantsIsForgotten(t *testing.T) {
	shop := training(t, nil)
	h := newHead(t, 1)
	told := outcomes(t, shop)
	change(t, shop, func(s *till.Settings) { s.Printer = h.link() })
	sell(t, shop, "pays", 4550)
	<-told
	list, err := shop.Unprinted()
	if err != nil || len(list) != 1 {
		t.Fatalf("not printed: %+v, %v", list, err)
	}
	if err := shop.Forget(list[0].Job); err != nil {
		t.Fatal(err)
	}
	if list, err := shop.Unprinted(); err != nil || len(list) != 0 {
		t.Errorf("afterwards: %+v, %v", list, err)
	}
}

func TestWhatWasNotPaidHasASlipOnlyOnRequest(t *testing.T) {
	shop := training(t, nil)
	h := newHead(t, 0)
	change(t, shop, func(s *till.Settings) { s.Printer, s.Script = h.link(), till.ScriptLatin })
	sale := sell(t, shop, "poor", 4550)
	if sale.State() != payments.AttemptFailed {
		t.Fatalf("the sale is %s", sale.State())
	}
	shop.FinishPrinting(t.Context(), sale)
	select {
	case job := <-h.jobs:
		t.Fatalf("printed by itself: %q", job)
	default:
	}
	if err := shop.Print(sale.Number); err != nil {
		t.Fatal(err)
	}
	job := <-h.jobs
	if !bytes.Contains(job, []byte(sale.Number)) || !bytes.Contains(bytes.ToUpper(job), []byte("NOT PAID")) {
		t.Errorf("the slip: %q", job)
	}
}

func TestTheDrawerOpensOnChosenEventsOnly(t *testing.T) {
	shop := training(t, nil)
	h := newHead(t, 0)
	pulse := []byte{0x1b, 'p', 1, 0x19, 0xfa}
	if err := shop.OpenDrawer(t.Context(), "to see"); !errors.Is(err, till.ErrNoDrawer) {
		t.Errorf("no drawer: %v", err)
	}
	change(t, shop, func(s *till.Settings) {
		s.Printer, s.Cashier = h.link(), "Min"
		s.Drawer = till.Drawer{Pin: 5, On: []string{till.DrawerOnPaid}}
	})
	sale := sell(t, shop, "pays", 4550)
	a, b := <-h.jobs, <-h.jobs // the pulse and the slip, in either order
	if !bytes.Equal(a, pulse) && !bytes.Equal(b, pulse) {
		t.Errorf("no pulse: %d and %d bytes", len(a), len(b))
	}
	if bytes.Contains(a, pulse) && bytes.Contains(b, pulse) {
		t.Error("two pulses")
	}
	if _, err := shop.Refund(t.Context(), till.RefundOrder{Number: sale.Number}); err != nil {
		t.Fatal(err)
	}
	if job := <-h.jobs; bytes.Contains(job, pulse) {
		t.Error("a refund opened the drawer, which was not chosen")
	}
	if err := shop.OpenDrawer(t.Context(), " "); !errors.Is(err, till.ErrNoReason) {
		t.Errorf("without a reason: %v", err)
	}
	if err := shop.OpenDrawer(t.Context(), "change for the bakery"); err != nil {
		t.Fatal(err)
	}
	if job := <-h.jobs; !bytes.Equal(job, pulse) {
		t.Errorf("by hand: % x", job)
	}
	story, err := shop.Story(sale.Number)
	if err != nil {
		t.Fatal(err)
	}
	opened := 0
	for _, m := range story {
		if strings.Contains(m.Text, "drawer opened, Min") {
			opened++
		}
	}
	if opened != 1 {
		t.Errorf("the sale's story tells of %d openings: %v", opened, story)
	}
}

func TestTheLogoOutlivesARestart(t *testing.T) {
	data := t.TempDir()
	open := func() *till.Till {
		shop, err := till.Open(till.Options{Data: data, Environment: till.Training, Language: "en", Version: "test"})
		if err != nil {
			t.Fatal(err)
		}
		return shop
	}
	shop := open()
	change(t, shop, func(s *till.Settings) { s.Paper = 112 }) // wider than any usual paper
	plain, err := shop.Sample(shop.Settings())
	if err != nil {
		t.Fatal(err)
	}
	logo := image.NewGray(image.Rect(0, 0, 800, 200))
	for x := range 400 {
		for y := range 200 {
			logo.SetGray(x, y, color.Gray{Y: 255})
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, logo); err != nil {
		t.Fatal(err)
	}
	if err := shop.SetLogo([]byte("no picture")); !errors.Is(err, till.ErrLogo) {
		t.Errorf("no picture: %v", err)
	}
	if err := shop.SetLogo(file.Bytes()); err != nil {
		t.Fatal(err)
	}
	with, err := shop.Sample(shop.Settings())
	if err != nil || bytes.Equal(with.PNG, plain.PNG) {
		t.Fatalf("the sample shows no logo (%v)", err)
	}
	if err := shop.Close(); err != nil {
		t.Fatal(err)
	}
	shop = open()
	defer shop.Close()
	again, err := shop.Sample(shop.Settings())
	if err != nil || !shop.HasLogo() || height(t, again.PNG) != height(t, with.PNG) {
		t.Errorf("after a restart: %v, logo %v", err, shop.HasLogo())
	}
	if err := shop.SetLogo(nil); err != nil || shop.HasLogo() {
		t.Errorf("removed: %v, logo %v", err, shop.HasLogo())
	}
}

func height(t *testing.T, file []byte) int {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return m.Bounds().Dy()
}

func TestATemplateChangesTheSlip(t *testing.T) {
	shop := training(t, nil)
	draft := shop.Settings()
	plain, err := shop.Sample(draft)
	if err != nil {
		t.Fatal(err)
	}
	draft.Template.Footer = []string{"Thank you", "谢谢"}
	longer, err := shop.Sample(draft)
	if err != nil || height(t, longer.PNG) <= height(t, plain.PNG) {
		t.Errorf("a footer makes the slip no longer (%v)", err)
	}
	fields := draft.Fields()
	if len(fields) < 8 {
		t.Fatalf("fields: %v", fields)
	}
	shorter, err := shop.Sample(draft.WithFields([]string{"number", "total"}))
	if err != nil || height(t, shorter.PNG) >= height(t, plain.PNG) {
		t.Errorf("fewer fields make the slip no shorter (%v)", err)
	}
	if usual := draft.WithFields(fields); usual.Template.Fields != nil {
		t.Errorf("the usual fields are kept as %v", usual.Template.Fields)
	}
	for _, language := range till.SlipLanguages() {
		draft.Template.Languages = []string{"en", language.Value}
		if language.Value == "en" {
			draft.Template.Languages = []string{"en"}
		}
		if _, err := shop.Sample(draft); err != nil || language.Name == "slip.language" {
			t.Errorf("%s (%s): %v", language.Value, language.Name, err)
		}
	}
}

// Two codes that ran together are no code that came short.
func TestABrokenReadIsToldAsWhatItIs(t *testing.T) {
	book, err := phrases.Open("en")
	if err != nil {
		t.Fatal(err)
	}
	for digits, want := range map[int]string{9: "Only 9 digits", 31: "Only 31 digits", 36: "36 digits were read, more than a payment code has"} {
		if got := till.TellBroken(book, digits); !strings.HasPrefix(got, want) {
			t.Errorf("%d digits: %q", digits, got)
		}
	}
}
