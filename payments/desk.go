// Package payments is the heart of the till: what a sale is, and how it comes
// to exactly one known end whatever fails in between.
//
// The Desk drives every sale through the table of step.go. It writes to the
// Journal before it asks the Gateway, believes only what the Gateway says is
// certain, and goes on in the background until there is nothing left to find
// out. Screens and programs that stop or die change nothing about a sale's
// way: the next start takes up what is open.
//
// The package knows no wire, no disk and no screen; see Gateway and Journal.
package payments

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Desk is the only caller of the Gateway and the only writer of money events.
// All its verbs may be called from any goroutine.
type Desk struct {
	journal Journal
	gateway Gateway
	options Options
	ctx     context.Context // ends all background work
	cancel  context.CancelFunc
	work    sync.WaitGroup
	four    chan struct{} // at most four calls at once for what a restart took up
	news    *board
	// restored is the newest restore of the journal; zero when there was none.
	restored Restored
	searched chan struct{} // closed when nothing is searched for any more

	mu        sync.Mutex // guards what follows, and every write to the journal
	clock     clock
	ids       *ids
	open      map[string]*Sale   // by Sale.ID: what is not settled, as the journal holds it
	courses   map[string]*course // by request id of the attempt or refund
	refunding map[string]bool    // by Sale.ID: a refund is being prepared
	link      Link
	turned    chan struct{} // closed and renewed whenever the link turns
	probe     chan struct{} // wakes the heartbeat
}

// Options is what a Desk needs to know of its shop.
type Options struct {
	Till     string  // begins shop numbers: "T1"
	Account  Account // that new payments are made under
	Calendar Calendar
	Now      func() time.Time // this machine's clock; nil means time.Now
	Version  string           // of the program, for the journal
	Log      *slog.Logger     // nil means none
}

// OpenDesk takes up everything that the journal holds open, in the background,
// searches for what a restored journal may lack, and begins to prove the link
// to Alipay. It fails only when the journal can't
// be read or written.
func OpenDesk(j Journal, g Gateway, o Options) (*Desk, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d := &Desk{
		journal: j, gateway: g, options: o,
		clock: clock{now: o.Now},
		open:  map[string]*Sale{}, courses: map[string]*course{}, refunding: map[string]bool{},
		four: make(chan struct{}, 4), probe: make(chan struct{}, 1), turned: make(chan struct{}), searched: make(chan struct{}),
	}
	var err error
	if d.ids, err = drawIDs(); err != nil {
		return nil, err
	}
	noted, err := j.Offset()
	if err != nil {
		return nil, fmt.Errorf("clock offset: %w", err)
	}
	d.clock.offset = noted.Offset
	unsettled, err := j.Open()
	if err != nil {
		return nil, fmt.Errorf("open sales: %w", err)
	}
	restored, searched, ever, err := j.Restored()
	if err != nil {
		return nil, fmt.Errorf("restored when: %w", err)
	}
	d.restored = restored
	lacking, err := j.Unsearched()
	if err != nil {
		return nil, fmt.Errorf("what it lacks: %w", err)
	}
	started := d.event("", Started{Seed: d.ids.seed, Version: o.Version})
	if err := j.Append(Batch{Events: []Event{started}}); err != nil {
		return nil, fmt.Errorf("note the start: %w", err)
	}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	d.news = newBoard()
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range unsettled {
		s := unsettled[i].Clone()
		d.open[s.ID] = &s
		d.followAll(&s)
	}
	d.background(d.heartbeat)
	if ever && !searched {
		d.background(func() { d.search(lacking) })
	} else {
		close(d.searched)
	}
	return d, nil
}

// Close ends all background work and waits for it. What is open stays open in
// the journal and is taken up by the next start.
func (d *Desk) Close() {
	d.mu.Lock() // no course begins after this
	d.cancel()
	d.mu.Unlock()
	d.work.Wait()
	d.news.close()
}

func (d *Desk) background(f func()) {
	d.work.Add(1)
	go func() {
		defer d.work.Done()
		f()
	}()
}

// Now is Alipay's clock, which is also the one that sales are dated by.
func (d *Desk) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.options.Calendar.In(d.clock.alipay())
}

// Sale is a sale as the journal holds it, by Sale.ID. ErrNoSale when none is.
func (d *Desk) Sale(id string) (Sale, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sale(id)
}

func (d *Desk) sale(id string) (Sale, error) {
	if s, ok := d.open[id]; ok {
		return s.Clone(), nil
	}
	return d.journal.Sale(id)
}

// Unsettled lists every sale that is still open, in no order.
func (d *Desk) Unsettled() []Change {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]Change, 0, len(d.open))
	for _, s := range d.open {
		list = append(list, Change{s.Clone(), d.progress(s)})
	}
	return list
}

// event dates a body by the shop's zone and the corrected clock.
func (d *Desk) event(saleID string, b Body) Event {
	return Event{At: d.options.Calendar.In(d.clock.alipay()), Sale: saleID, Body: b}
}

// today is the business day that what becomes known now books on.
func (d *Desk) today() Day { return d.options.Calendar.Day(d.clock.alipay()) }

// write appends events about one sale and folds them into it: the one place
// where a sale changes. s is the sale before the events; a failed write locks
// the till and leaves s as it was. The Desk's lock is held.
func (d *Desk) write(s *Sale, b Batch) error {
	if err := d.refusal(); err != nil {
		return err
	}
	after := s.Clone()
	for i := range b.Events {
		if err := after.Apply(b.Events[i]); err != nil {
			return err
		}
	}
	if err := d.journal.Append(b); err != nil {
		d.lock(err)
		return fmt.Errorf("%w: %w", ErrLocked, err)
	}
	*s = after
	if s.Open() {
		d.open[s.ID] = s
	} else {
		delete(d.open, s.ID)
	}
	d.publish(s)
	return nil
}

// lock stops everything: what a failed write left on the disk is not known,
// so nothing is sent any more and a restart finds out.
func (d *Desk) lock(cause error) {
	d.options.Log.Error("journal write failed, till locked", "error", cause)
	d.link.Locked = true
	d.cancel()
	d.tellLink()
}

func (d *Desk) refusal() error {
	switch {
	case d.link.Locked:
		return ErrLocked
	case d.ctx.Err() != nil:
		return ErrClosed
	}
	return nil
}

// Ready is nil when a sale can begin; otherwise it says why not.
func (d *Desk) Ready() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ready()
}

func (d *Desk) ready() error {
	if err := d.refusal(); err != nil {
		return err
	}
	if d.clock.disturbed() {
		d.link.Proven = false
		d.wakeProbe()
	}
	switch {
	case d.clock.wrong() && d.link.Proven:
		return ErrClockWrong
	case !d.link.Proven:
		return &NotProvenError{d.link.Problem, d.link.Hint}
	}
	return d.journal.Healthy()
}

// Watch calls sale for every change of a sale and link for every change of the
// link, in order, until stop is called. Both are called from one goroutine of
// the Desk and must not block; either may be nil.
func (d *Desk) Watch(sale func(Change), link func(Link)) (stop func()) {
	return d.news.add(listener{sale, link})
}

func (d *Desk) publish(s *Sale) {
	c := Change{s.Clone(), d.progress(s)}
	d.news.post(func(l listener) {
		if l.sale != nil {
			l.sale(c)
		}
	})
}

// Progress is what is being done about a sale right now.
func (d *Desk) Progress(saleID string) Progress {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s, ok := d.open[saleID]; ok {
		return d.progress(s)
	}
	return Progress{}
}

func (d *Desk) progress(s *Sale) Progress {
	last := s.Speaker()
	if last == nil {
		return Progress{}
	}
	c, ok := d.courses[last.PaymentRequestID]
	if !ok {
		return Progress{}
	}
	m := c.mem
	p := Progress{Asking: m.asked, Since: m.begun, Cancels: m.cancels, Stopping: m.stop, Silent: m.silent}
	if last.State == AttemptIntent || last.State == AttemptUnknown {
		p.Until = d.clock.now().Add(last.Expiry.Sub(d.clock.alipay()))
	}
	return p
}

// Settle waits until nothing about the sale is open any more and returns it;
// with the context's error when that comes first.
func (d *Desk) Settle(ctx context.Context, saleID string) (Sale, error) {
	return d.Await(ctx, saleID, func(s Sale) bool { return !s.Open() })
}

// Await waits until a sale is as done wants it, and returns it; with the
// context's error, ErrLocked or ErrClosed when that comes first, and the sale
// as it stands then.
func (d *Desk) Await(ctx context.Context, saleID string, done func(Sale) bool) (Sale, error) {
	changed := make(chan struct{}, 1)
	poke := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	stop := d.Watch(func(c Change) {
		if c.Sale.ID == saleID {
			poke()
		}
	}, func(l Link) {
		if l.Locked {
			poke()
		}
	})
	defer stop()
	for {
		d.mu.Lock()
		s, err := d.sale(saleID)
		locked := d.link.Locked
		d.mu.Unlock()
		switch {
		case err != nil:
			return s, err
		case done(s):
			return s, nil
		case locked:
			return s, ErrLocked
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return s, ctx.Err()
		case <-d.ctx.Done():
			if d.Link().Locked {
				return s, ErrLocked
			}
			return s, ErrClosed
		}
	}
}

// Note writes something that is not money into the books, such as a print or
// a setting; saleID is "" when it is about no sale.
func (d *Desk) Note(saleID string, n Note) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.refusal(); err != nil {
		return err
	}
	if err := d.journal.Append(Batch{Events: []Event{d.event(saleID, n)}}); err != nil {
		d.lock(err)
		return fmt.Errorf("%w: %w", ErrLocked, err)
	}
	return nil
}
