package settlement

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"time"

	"ringup/payments"
)

// Options says what is matched with what.
type Options struct {
	// From is where the journal is looked through from while the Pool does not
	// say it; To is up to where it is: the end of Alipay's day that the file
	// is of. A zero To looks nothing through: only the lines are judged.
	From, To time.Time
	Pool     Pool
	Calendar payments.Calendar // whose days the sums are by
	// Under says which accounts the files are of, so that what was made under
	// others is not missed in them; nil means all.
	Under func(payments.Account) bool
	// Lean is how the shop's files were read before: taken for a file that
	// tells nothing.
	Lean Units
	// Missing is how much may wait for later files before the run is refused
	// with ErrMissing; 0 means 100,000.
	Missing int
	// Each is given every finding as it is made, also those that agree; its
	// error ends the run. Nothing of it counts before End has returned.
	Each func(Finding) error
	// Progress is called now and then.
	Progress func(Progress)
}

var errEnded = errors.New("the run has ended")

// Progress is how far a run is.
type Progress struct {
	File  string
	Lines int   // of this file
	Taken int64 // bytes of this file, packed ones if it is packed
}

const (
	defaultMissing = 100_000
	everyLines     = 1000 // between two calls of Progress, and two looks at the context
	keptFaults     = 100
)

// Result is what a run found.
type Result struct {
	Kind      Kind
	Units     Units // how the last file was read; Auto when it made no difference
	Files     int
	Lines     int // that could be read
	Malformed int // that could not
	Faults    []LineFault
	Counts    map[Outcome]int
	Sums      []Sums
	Payouts   []Payout
	Pool      Pool // for the next run
}

// LineFault is a line that could not be read, and its file. A Result keeps the
// first hundred.
type LineFault struct {
	File string
	LineError
}

// Matcher matches the files of one run: all of a day's transactions, or all of
// a batch's settlements, with its summary if there is one. It is not safe for
// concurrent use.
//
// In memory it keeps, for every line, 16 bytes of a hash and the line's number
// (with Go's map 56 bytes, so 56 MB for a million lines), which tell what
// stands there twice and what is missing; and, whole, only what waits for a
// later file, of which there is an upper limit. Two lines would be taken for
// one if 128 bits of two keyed hashes were equal.
type Matcher struct {
	books   Books
	o       Options
	from    time.Time
	through time.Time
	kind    Kind // "" until a file has told
	units   Units
	seeds   [2]maphash.Seed
	seen    map[[2]uint64]int32 // the line where a transaction stood first; 0 when an earlier run had it
	waiting map[poolKey]Waiting
	old     map[poolKey]bool // waiting from an earlier run
	early   map[poolKey]Early
	awaits  map[string]Finding // by paymentRequestId: paid there, cancelled here, and the cancel not seen yet
	ledger  ledger
	result  Result
	err     error
	ended   bool
}

// New begins a run.
func New(books Books, o Options) *Matcher {
	if o.Missing <= 0 {
		o.Missing = defaultMissing
	}
	if o.Under == nil {
		o.Under = func(payments.Account) bool { return true }
	}
	m := &Matcher{
		books: books, o: o, from: o.From, through: o.To, kind: o.Pool.Kind,
		seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()},
		seen:  map[[2]uint64]int32{}, waiting: map[poolKey]Waiting{}, old: map[poolKey]bool{},
		early: map[poolKey]Early{}, awaits: map[string]Finding{}, ledger: newLedger(o.Calendar),
		result: Result{Counts: map[Outcome]int{}},
	}
	if !o.Pool.Through.IsZero() {
		m.from = o.Pool.Through
	}
	if m.through.Before(m.from) && !o.Pool.Through.IsZero() {
		m.through = m.from
	}
	for _, w := range o.Pool.Waiting {
		key := poolKey{w.Type, w.RequestID}
		m.waiting[key], m.old[key] = w, true
	}
	for _, e := range o.Pool.Early {
		m.early[poolKey{e.Type, e.RequestID}] = e
	}
	return m
}

// Take matches a file to its end. After an error nothing of the run counts,
// and it can't go on: begin again with New, without the file.
func (m *Matcher) Take(ctx context.Context, f *File) error {
	if m.ended && m.err == nil {
		return errEnded
	}
	if m.err == nil {
		if err := m.take(ctx, f); err != nil {
			m.err = fmt.Errorf("%s: %w", f.Name(), err)
		}
	}
	return m.err
}

func (m *Matcher) take(ctx context.Context, f *File) error {
	if f.Kind() != Summaries {
		if m.kind == "" {
			m.kind = f.Kind()
		}
		if m.kind != f.Kind() {
			return fmt.Errorf("%w: %s and %s", ErrKinds, m.kind, f.Kind())
		}
	}
	if err := m.tell(f); err != nil {
		return err
	}
	m.result.Files++
	for n := 0; ; n++ {
		if n%everyLines == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			m.progress(f, n)
		}
		row, err := f.Next()
		var fault *LineError
		switch {
		case errors.Is(err, io.EOF):
			m.progress(f, n)
			m.units = f.Units()
			return nil
		case errors.As(err, &fault):
			m.result.Malformed++
			if len(m.result.Faults) < keptFaults {
				m.result.Faults = append(m.result.Faults, LineFault{File: f.Name(), LineError: *fault})
			}
			continue
		case err != nil:
			return err
		}
		m.result.Lines++
		if err := m.row(f, row); err != nil {
			return fmt.Errorf("line %d: %w", row.Line, err)
		}
	}
}

func (m *Matcher) progress(f *File, lines int) {
	if m.o.Progress != nil {
		m.o.Progress(Progress{File: f.Name(), Lines: lines, Taken: f.Taken()})
	}
}

// tell finds out a file's units, if nothing in it has: each of the first lines
// that the journal knows votes for the reading in which the amounts are equal.
// The two readings are a hundred times apart, so a difference in the amount
// votes for neither. When there is no clear vote it is as in the files before.
func (m *Matcher) tell(f *File) error {
	if f.Units() != Auto {
		return nil
	}
	minors, majors := 0, 0
	err := f.readings(func(minor, major *Transaction) error {
		e, ok, err := lookUp(m.books, minor.Type, minor.RequestID, minor.ID)
		if err != nil || !ok {
			return err
		}
		switch e.amount {
		case minor.Amount:
			minors++
		case major.Amount:
			majors++
		}
		return nil
	})
	if err != nil {
		return err
	}
	before := m.o.Lean
	if m.units != Auto {
		before = m.units // of an earlier file of the run
	}
	switch {
	case minors > 2*majors:
		f.judge(Minor)
	case majors > 2*minors:
		f.judge(Major)
	case before != Auto:
		f.judge(before)
	}
	return nil
}

func (m *Matcher) row(f *File, row Row) error {
	if row.Summary != nil {
		return m.ledger.summary(*row.Summary, f.Name(), row.Line)
	}
	t := *row.transaction()
	found := Finding{
		File: f.Name(), Line: row.Line, Type: t.Type, RequestID: t.RequestID, ID: t.ID, OriginalID: t.OriginalID,
		Alipay: t.Amount, At: t.PaidAt,
	}
	if row.Settlement != nil {
		found.Batch, found.Fees = row.Settlement.Batch, row.Settlement.Fees
		if err := m.ledger.settlement(*row.Settlement); err != nil {
			return err
		}
	}
	if err := m.ledger.transaction(t, found.Batch); err != nil {
		return err
	}
	if !t.Type.known() {
		found.Outcome = OnlyAtAlipay
		return m.say(found)
	}
	e, ok, err := lookUp(m.books, t.Type, t.RequestID, t.ID)
	if err != nil {
		return err
	}
	key := m.hash("alipay", t.Type, cmp.Or(t.ID, t.RequestID))
	if ok {
		key = m.hash("till", t.Type, e.requestID)
	}
	if first, twice := m.seen[key]; twice {
		found.Outcome, found.First = Twice, int(first)
		if ok {
			found.till(e)
		}
		return m.say(found)
	}
	m.seen[key] = int32(row.Line)
	if !ok {
		return m.stranger(t, found)
	}
	found.till(e)
	return m.known(t, e, found)
}

// till notes what the till has.
func (f *Finding) till(e entry) {
	f.SaleID, f.Number, f.State, f.Till = e.sale.ID, e.sale.Number, e.state, e.amount
	if f.RequestID == "" {
		f.RequestID = e.requestID
	}
	if f.ID == "" {
		f.ID = e.id
	}
}

// stranger is a line that the till does not know. Of a refund that was made
// elsewhere it may know the payment.
func (m *Matcher) stranger(t Transaction, found Finding) error {
	found.Outcome = OnlyAtAlipay
	if t.Type == Refund {
		e, ok, err := lookUp(m.books, Payment, t.OriginalRequestID, t.OriginalID)
		if err != nil {
			return err
		}
		if ok {
			found.SaleID, found.Number = e.sale.ID, e.sale.Number
		}
	}
	return m.say(found)
}

// known is a line about e.
func (m *Matcher) known(t Transaction, e entry, found Finding) error {
	key := poolKey{t.Type, e.requestID}
	if w, waited := m.waiting[key]; waited && m.old[key] {
		found.Waited, found.Days = true, days(w.At, m.through)
	}
	delete(m.waiting, key)
	delete(m.old, key)
	found.Outcome, found.Why = judge(t, e)
	found.Outcome = noted(found.Outcome, found.Fees)
	if t.Type == Payment && e.cancelled && found.Why == "" {
		return m.await(e, found)
	}
	if paid, ok := m.awaits[e.requestID]; ok && t.Type == Cancel && !found.Outcome.Difference() {
		delete(m.awaits, e.requestID)
		paid.Outcome, paid.Why = noted(Agrees, paid.Fees), ""
		if err := m.say(paid); err != nil {
			return err
		}
	}
	if !m.through.IsZero() && (!e.final || !e.moment.Before(m.through)) {
		if len(m.early) >= m.o.Missing {
			return ErrMissing
		}
		m.early[key] = Early{Type: t.Type, RequestID: e.requestID, ID: t.ID, Amount: t.Amount, At: t.PaidAt, Said: found.Outcome}
	}
	return m.say(found)
}

// await keeps a payment back that the till has cancelled until its cancel comes
// in the same run: then both agree.
func (m *Matcher) await(e entry, found Finding) error {
	if _, cancelled := m.seen[m.hash("till", Cancel, e.requestID)]; cancelled {
		found.Outcome = noted(Agrees, found.Fees)
		return m.say(found)
	}
	if len(m.awaits) >= m.o.Missing {
		return ErrMissing
	}
	found.Outcome, found.Why = StatusDiffers, WhyNoCancel
	m.awaits[e.requestID] = found
	return nil
}

func (m *Matcher) say(f Finding) error {
	m.result.Counts[f.Outcome]++
	if m.o.Each == nil {
		return nil
	}
	return m.o.Each(f)
}

// hash is what stands for a transaction among those that were seen.
func (m *Matcher) hash(side string, t Type, id string) [2]uint64 {
	text := side + "\x00" + string(t) + "\x00" + id
	return [2]uint64{maphash.String(m.seeds[0], text), maphash.String(m.seeds[1], text)}
}
