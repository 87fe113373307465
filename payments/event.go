package payments

import (
	"fmt"
	"time"
)

// Event is one thing that happened, as the journal holds it for ever. Seq and
// Hash are given by the journal when it appends; the rest is the Desk's.
type Event struct {
	Seq  uint64
	At   time.Time // wall time in the shop's zone
	Sale string    // Sale.ID, or "" for what is about no sale
	Body Body
	Hash [32]byte // SHA-256 chain, see the journal
}

// Body is what an event says. The bodies are a closed list: see NewBody.
type Body interface {
	Kind() Kind
}

// Kind names a body in the journal; it never changes its meaning.
type Kind string

// The kinds of event.
const (
	KindStarted        Kind = "started"
	KindClock          Kind = "clock"
	KindSaleOpened     Kind = "sale.opened"
	KindAttemptBegun   Kind = "attempt.begun"
	KindAttemptChanged Kind = "attempt.changed"
	KindRefundBegun    Kind = "refund.begun"
	KindRefundChanged  Kind = "refund.changed"
	KindDecided        Kind = "decided"
	KindAlarmed        Kind = "alarm"
	KindRestored       Kind = "restored"
	KindSearched       Kind = "searched"
	KindNote           Kind = "note"
)

// NewBody is a pointer to an empty body of that kind, to decode into; false
// for a kind that this program doesn't know.
func NewBody(k Kind) (any, bool) {
	switch k {
	case KindStarted:
		return new(Started), true
	case KindClock:
		return new(ClockSeen), true
	case KindSaleOpened:
		return new(SaleOpened), true
	case KindAttemptBegun:
		return new(AttemptBegun), true
	case KindAttemptChanged:
		return new(AttemptChanged), true
	case KindRefundBegun:
		return new(RefundBegun), true
	case KindRefundChanged:
		return new(RefundChanged), true
	case KindDecided:
		return new(Decided), true
	case KindAlarmed:
		return new(Alarmed), true
	case KindRestored:
		return new(Restored), true
	case KindSearched:
		return new(Searched), true
	case KindNote:
		return new(Note), true
	}
	return nil, false
}

// Started says that a program began to write, with the random seed of all ids
// it will make. It is on disk before any of them is used.
type Started struct {
	Seed    string `cbor:"1,keyasint"` // 128 random bits, 26 letters and digits
	Version string `cbor:"2,keyasint,omitempty"`
}

// ClockSeen notes how far Alipay's clock is ahead of this machine's.
type ClockSeen struct {
	Offset time.Duration `cbor:"1,keyasint"`
}

// SaleOpened begins a sale. Attempts, Refunds and Alarms of Sale are empty.
type SaleOpened struct {
	Sale Sale `cbor:"1,keyasint"`
}

// AttemptBegun is the intent to charge: on disk before the request leaves.
type AttemptBegun struct {
	Attempt Attempt       `cbor:"1,keyasint"`
	Offset  time.Duration `cbor:"2,keyasint,omitempty"` // clock offset that SentAt was made with
}

// AttemptChanged moves an attempt to a state, with what was learned on the way.
// Empty fields leave what was known.
type AttemptChanged struct {
	PaymentRequestID string       `cbor:"1,keyasint"`
	State            AttemptState `cbor:"2,keyasint"`
	Result           string       `cbor:"3,keyasint,omitempty"`
	PaymentID        string       `cbor:"4,keyasint,omitempty"`
	PaidAt           time.Time    `cbor:"5,keyasint,omitempty"`
	Wallet           string       `cbor:"6,keyasint,omitempty"`
	Customer         string       `cbor:"7,keyasint,omitempty"`
	Day              Day          `cbor:"8,keyasint,omitempty"` // the day it books on, when it becomes final or stops being so
	CancelAsked      time.Time    `cbor:"9,keyasint,omitempty"`
	LateSuccess      bool         `cbor:"10,keyasint,omitempty"`
	ShortFunds       bool         `cbor:"11,keyasint,omitempty"`
	Stopped          bool         `cbor:"12,keyasint,omitempty"`
	Stamp            time.Time    `cbor:"13,keyasint,omitempty"` // Alipay's clock in the answer that moved it
	Contested        bool         `cbor:"14,keyasint,omitempty"`
	Known            bool         `cbor:"15,keyasint,omitempty"`
}

// RefundBegun is the intent to give back: on disk before the request leaves.
type RefundBegun struct {
	Refund Refund `cbor:"1,keyasint"`
}

// RefundChanged moves a refund to a state.
type RefundChanged struct {
	RefundRequestID string      `cbor:"1,keyasint"`
	State           RefundState `cbor:"2,keyasint"`
	Result          string      `cbor:"3,keyasint,omitempty"`
	RefundID        string      `cbor:"4,keyasint,omitempty"`
	Day             Day         `cbor:"5,keyasint,omitempty"`
	Stamp           time.Time   `cbor:"6,keyasint,omitempty"`
	Refused         string      `cbor:"7,keyasint,omitempty"`
}

// Decided is a person's word on an attempt that could not be settled by
// asking.
type Decided struct {
	PaymentRequestID string   `cbor:"1,keyasint"`
	Decision         Decision `cbor:"2,keyasint"`
	By               string   `cbor:"3,keyasint,omitempty"`
}

// Decision is what a person can say in AttemptResolve.
type Decision string

// The decisions.
const (
	GoodsGiven Decision = "goods_given" // the money stays
	GiveBack   Decision = "give_back"   // the money goes back, by refund
)

// Alarmed puts an alarm on a sale.
type Alarmed struct {
	Alarm Alarm `cbor:"1,keyasint"`
}

// Restored says that the journal's file was made anew, from its second copy or
// from a backup, and what the lost end of it would have begun with: it is the
// first event that the new file holds beyond what was saved.
type Restored struct {
	// Seed is of the last start that is held, After the highest count of an id
	// of that start: the ids that follow may be of sales that were lost.
	Seed  string `cbor:"1,keyasint,omitempty"`
	After uint32 `cbor:"2,keyasint,omitempty"`
	// Day is the business day of the restore. Its shop numbers go on after
	// Skip, so that none stands on two slips.
	Day  Day    `cbor:"3,keyasint,omitempty"`
	Skip int    `cbor:"4,keyasint,omitempty"`
	From string `cbor:"5,keyasint,omitempty"` // RestoredFromCopy or RestoredFromBackup
	// Earlier is the Seq of the restore before, when its search had not ended
	// yet: both have to be searched. 0 when there is none.
	Earlier uint64 `cbor:"6,keyasint,omitempty"`
}

// Where a journal was restored from.
const (
	RestoredFromCopy   = "copy"
	RestoredFromBackup = "backup"
)

// Searched ends the search that Restored began: Alipay was asked about every
// id up to the count Through, and knew none of the last hundred.
type Searched struct {
	Seed    string `cbor:"1,keyasint,omitempty"`
	Through uint32 `cbor:"2,keyasint,omitempty"`
	Found   int    `cbor:"3,keyasint,omitempty"` // payments and refunds that were taken up
}

// Note is anything that is not money: prints, settings, the drawer, people.
// Kind names it, Data is JSON.
type Note struct {
	Topic string `cbor:"1,keyasint"`
	Data  []byte `cbor:"2,keyasint,omitempty"`
}

func (Started) Kind() Kind        { return KindStarted }
func (ClockSeen) Kind() Kind      { return KindClock }
func (SaleOpened) Kind() Kind     { return KindSaleOpened }
func (AttemptBegun) Kind() Kind   { return KindAttemptBegun }
func (AttemptChanged) Kind() Kind { return KindAttemptChanged }
func (RefundBegun) Kind() Kind    { return KindRefundBegun }
func (RefundChanged) Kind() Kind  { return KindRefundChanged }
func (Decided) Kind() Kind        { return KindDecided }
func (Alarmed) Kind() Kind        { return KindAlarmed }
func (Restored) Kind() Kind       { return KindRestored }
func (Searched) Kind() Kind       { return KindSearched }
func (Note) Kind() Kind           { return KindNote }

// Apply folds one event into the sale. It is the only place that knows what an
// event does to a sale: the journal's projections and the Desk both use it.
// An event that doesn't fit (an unknown attempt, say) is an error: the journal
// is damaged or written by a newer program.
func (s *Sale) Apply(e Event) error {
	switch b := e.Body.(type) {
	case SaleOpened:
		*s = b.Sale.Clone()
	case AttemptBegun:
		s.Attempts = append(s.Attempts, b.Attempt)
	case AttemptChanged:
		a := s.Attempt(b.PaymentRequestID)
		if a == nil {
			return fmt.Errorf("event %d: no attempt %s in sale %s", e.Seq, b.PaymentRequestID, s.Number)
		}
		b.apply(a, e.At)
	case RefundBegun:
		s.Refunds = append(s.Refunds, b.Refund)
	case RefundChanged:
		r := s.Refund(b.RefundRequestID)
		if r == nil {
			return fmt.Errorf("event %d: no refund %s in sale %s", e.Seq, b.RefundRequestID, s.Number)
		}
		r.State = b.State
		keep(&r.Result, b.Result)
		keep(&r.RefundID, b.RefundID)
		keep(&r.Refused, b.Refused)
		if b.State.Final() && b.Day != "" {
			r.SettledAt, r.SettledDay = e.At, b.Day
		}
	case Alarmed:
		s.Alarms = append(s.Alarms, b.Alarm)
	case Decided, Note, ClockSeen, Started, Restored, Searched:
	default:
		return fmt.Errorf("event %d: unknown body %T", e.Seq, e.Body)
	}
	return nil
}

func (b AttemptChanged) apply(a *Attempt, at time.Time) {
	a.State = b.State
	keep(&a.Result, b.Result)
	keep(&a.PaymentID, b.PaymentID)
	keep(&a.Wallet, b.Wallet)
	keep(&a.Customer, b.Customer)
	if !b.PaidAt.IsZero() {
		a.PaidAt = b.PaidAt
	}
	if !b.CancelAsked.IsZero() {
		a.CancelAsked = b.CancelAsked
	}
	a.LateSuccess = a.LateSuccess || b.LateSuccess
	a.ShortFunds = b.ShortFunds
	a.Stopped = a.Stopped || b.Stopped
	a.Contested = b.Contested
	a.Known = a.Known || b.Known
	if b.State.Final() && b.Day != "" {
		a.SettledAt, a.SettledDay = at, b.Day
	}
}

func keep(known *string, news string) {
	if news != "" {
		*known = news
	}
}
