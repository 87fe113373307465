package soak

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"ringup/payments"
	"ringup/payments/alipay"
	"ringup/payments/sandbox"
	"ringup/storage"
)

// shop is a whole shop in virtual time: the real Desk, a real journal, the real
// client with real signatures over net/http, and the built-in Alipay, which is
// the judge.
type shop struct {
	folder  string
	story   story
	alipay  *sandbox.Server
	wire    *wire
	clock   machine
	journal *storage.Journal
	desk    *payments.Desk
	client  *alipay.Client
	witness *witness
	unwatch func()
	began   time.Time
	sales   []string                        // Sale.ID, in the order in which they were made
	codes   map[string]payments.PaymentCode // the newest code of each
	numbers map[string]bool                 // every shop number that was ever given
	saved   bool                            // there is a backup of this start
	lost    bool                            // a disk died
}

var shopZone = time.FixedZone("HKT", 8*3600)

// broken is a failure of a run, thrown by whoever finds it and caught by live.
type broken struct{ what string }

func fail(format string, args ...any) { panic(broken{fmt.Sprintf(format, args...)}) }

func must(err error, doing string) {
	if err != nil {
		fail("%s: %v", doing, err)
	}
}

// machine is the till's computer: its wall clock can be set, and its steady
// clock stands still while it sleeps.
type machine struct{ off, slept atomic.Int64 }

func (m *machine) now() time.Time {
	world := time.Now()
	steady := time.Hour + world.Sub(virtualStart) - time.Duration(m.slept.Load())
	return withSteady(world.Add(time.Duration(m.off.Load())), steady)
}

// virtualStart is when virtual time begins, in every bubble.
var virtualStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// withSteady is a wall time with the steady reading that time.Now gives outside
// of virtual time and leaves out in it. The layout is package time's: a flag,
// 33 bits of seconds since 1885, 30 bits of nanoseconds; the steady reading;
// the zone.
func withSteady(wall time.Time, steady time.Duration) time.Time {
	since1885 := uint64(wall.Unix() - time.Date(1885, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
	t := wall.Local()
	inside := (*struct {
		wall uint64
		ext  int64
		loc  *time.Location
	})(unsafe.Pointer(&t))
	inside.wall = 1<<63 | since1885<<30 | uint64(wall.Nanosecond())
	inside.ext = int64(steady)
	return t
}

// wire is a network in memory: virtual time goes on only while nobody waits for
// a real socket.
type wire struct {
	conns  chan net.Conn
	done   chan struct{}
	cut    atomic.Bool // no connection can be made
	silent atomic.Bool // none is answered

	mu   sync.Mutex
	open []net.Conn
}

// hangUp breaks every connection that there is.
func (w *wire) hangUp() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.open {
		_ = c.Close()
		time.Sleep(time.Millisecond) // one after the other, so that one seed is one run
	}
	w.open = nil
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.done:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error {
	select {
	case <-w.done:
	default:
		close(w.done)
	}
	return nil
}

func (w *wire) Addr() net.Addr { return &net.UnixAddr{Name: "wire"} }

func (w *wire) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	switch {
	case w.silent.Load():
		<-ctx.Done()
		return nil, ctx.Err()
	case w.cut.Load():
		return nil, &net.OpError{Op: "dial", Err: errors.New("network is unreachable")}
	}
	mine, theirs := net.Pipe()
	select {
	case w.conns <- theirs:
		w.mu.Lock()
		defer w.mu.Unlock()
		w.open = append(w.open, mine)
		return mine, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// freshAlipay is the folder of a built-in Alipay in which nothing has happened.
// Its keys take long to make, so every shop begins with a copy.
var freshAlipay string

func makeFreshAlipay(dir string) error {
	freshAlipay = filepath.Join(dir, "alipay")
	a, err := sandbox.Open(freshAlipay, sandbox.WithHost("http://localhost"))
	if err == nil {
		err = a.Close()
	}
	return err
}

// inShop runs do in a shop of its own. It must be called in a bubble of virtual
// time.
func inShop(s story, do func(*shop)) {
	folder, err := os.MkdirTemp("", "soak")
	must(err, "folder")
	defer os.RemoveAll(folder)
	must(os.CopyFS(filepath.Join(folder, "alipay"), os.DirFS(freshAlipay)), "Alipay's folder")

	shop := &shop{folder: folder, story: s, codes: map[string]payments.PaymentCode{}, numbers: map[string]bool{}, wire: &wire{conns: make(chan net.Conn), done: make(chan struct{})}}
	shop.clock.off.Store(int64(s.offset))
	options := []sandbox.Option{sandbox.WithHost("http://localhost"), sandbox.WithRefundWindow(s.refunds)}
	if s.sticky {
		options = append(options, sandbox.StickyCancel())
	}
	shop.alipay, err = sandbox.Open(filepath.Join(folder, "alipay"), options...)
	must(err, "Alipay")
	served := make(chan error, 1)
	go func() { served <- shop.alipay.Serve(shop.wire) }()
	defer func() {
		_ = shop.alipay.Close()
		<-served
	}()
	shop.witness = newWitness(shop)
	time.Sleep(s.start)
	shop.began = time.Now()
	shop.open()
	defer shop.close()
	do(shop)
}

// open starts the till, as a program's start does.
func (s *shop) open() {
	var err error
	s.journal, err = storage.Open(filepath.Join(s.folder, "till"), storage.Options{Ballast: -1, MinFree: 1, Now: s.clock.now})
	must(err, "journal")
	s.client = alipay.NewClient(alipay.WithDial(s.wire.dial))
	must(s.client.Use(s.alipay.Credentials()), "credentials")
	s.desk, err = payments.OpenDesk(s.journal, watched{s.client, s}, payments.Options{
		Till: "T1", Account: s.alipay.Credentials().Account(), Now: s.clock.now,
		Calendar: payments.Calendar{Zone: shopZone},
	})
	must(err, "desk")
	s.unwatch = s.desk.Watch(s.witness.told, nil)
	s.saved = false
}

func (s *shop) close() {
	if s.desk == nil {
		return
	}
	s.desk.Close()
	s.unwatch()
	s.client.Close()
	must(s.journal.Close(), "close the journal")
	s.desk = nil
}

func (s *shop) code(habit string) payments.PaymentCode {
	c, err := s.alipay.NewCode(habit)
	must(err, "code")
	return c
}

// prove waits until the till can sell; false when it can't for now.
func (s *shop) prove() bool {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	return s.desk.Prove(ctx) == nil
}

// watched stands between the Desk and the client. It gives every call a way
// through the network, and tells the witness of it.
type watched struct {
	payments.Gateway
	shop *shop
}

// The way of a call through the network, there and back, takes a time of its
// own, told from what is sent and not from which of two calls came first: so no
// two answers come at the same moment, and one seed is one run.
func (w watched) way(call, id string) (there, back time.Duration) {
	h := uint64(14695981039346656037) // FNV-1a, which is the same in every run
	for _, b := range fmt.Append(nil, w.shop.story.seed, call, id, w.shop.witness.count(call, id)) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return 5*time.Millisecond + time.Duration(h%uint64(295*time.Millisecond)), time.Duration(h>>32) % (3 * time.Millisecond)
}

// send sends a call on its way and notes what came back.
func send[Q any](ctx context.Context, w watched, call, id string, ask func(context.Context, Q) (payments.Answer, error), q Q) (payments.Answer, error) {
	there, back := w.way(call, id)
	timer := time.NewTimer(there)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	a, err := ask(ctx, q)
	time.Sleep(back)
	w.shop.witness.note("%s %s: %s %s %v", call, id, a.Outcome, a.Result, err)
	return a, err
}

func (w watched) Pay(ctx context.Context, q payments.PayRequest) (payments.Answer, error) {
	w.shop.witness.pays(q)
	return send(ctx, w, "pay", q.PaymentRequestID, w.Gateway.Pay, q)
}

func (w watched) Inquire(ctx context.Context, q payments.InquireRequest) (payments.Answer, error) {
	return send(ctx, w, "inquire", q.PaymentRequestID, w.Gateway.Inquire, q)
}

func (w watched) Cancel(ctx context.Context, q payments.CancelRequest) (payments.Answer, error) {
	w.shop.witness.cancels(q)
	return send(ctx, w, "cancel", q.PaymentRequestID, w.Gateway.Cancel, q)
}

func (w watched) Refund(ctx context.Context, q payments.RefundRequest) (payments.Answer, error) {
	w.shop.witness.refunds(q)
	return send(ctx, w, "refund", q.RefundRequestID, w.Gateway.Refund, q)
}

func (w watched) InquireRefund(ctx context.Context, q payments.InquireRefundRequest) (payments.Answer, error) {
	return send(ctx, w, "inquire refund", q.RefundRequestID, w.Gateway.InquireRefund, q)
}
