package payments

import "time"

// MaxLines is how many lines a sale may hold; they travel to the wallet as
// order.goods, print on the slip and stand in the export.
const MaxLines = 40

// Sale is one customer's business: one amount, the tries to have it paid, and
// what was given back since. It is what the events about it add up to; see
// Sale.Apply.
type Sale struct {
	ID          string    `cbor:"1,keyasint"` // random, never reused; see IDs
	Number      string    `cbor:"2,keyasint"` // the shop's number: till, date, count ("T1-261121-0017")
	Amount      Money     `cbor:"3,keyasint"`
	Lines       []Line    `cbor:"4,keyasint,omitempty"`
	Note        string    `cbor:"5,keyasint,omitempty"`
	Cashier     string    `cbor:"6,keyasint,omitempty"`
	BusinessDay Day       `cbor:"7,keyasint"`
	Created     time.Time `cbor:"8,keyasint"` // corrected clock, shop's zone
	Attempts    []Attempt `cbor:"9,keyasint,omitempty"`
	Refunds     []Refund  `cbor:"10,keyasint,omitempty"`
	Alarms      []Alarm   `cbor:"11,keyasint,omitempty"`
}

// Line is one thing sold: a text (may be empty), a unit price and a count.
type Line struct {
	Text  string `cbor:"1,keyasint,omitempty"`
	Unit  Money  `cbor:"2,keyasint"`
	Count int64  `cbor:"3,keyasint"`
}

// Account names the account at Alipay that a call was made under. A payment is
// only ever asked about under the account it was made with.
type Account struct {
	Host     string `cbor:"1,keyasint" json:"host"`                        // scheme://host[:port], no path
	ClientID string `cbor:"2,keyasint" json:"clientId"`                    // as issued by Alipay
	TokenID  string `cbor:"3,keyasint,omitempty" json:"tokenId,omitempty"` // names the Agent-Token, is not the token
}

// AttemptState is where one try to have a sale paid stands.
type AttemptState string

// The states of an attempt. Paid, PaidLate, Failed and Cancelled are final.
const (
	AttemptIntent     AttemptState = "intent"      // on disk; the request may or may not have left
	AttemptUnknown    AttemptState = "unknown"     // asked, not answered for certain; asking on
	AttemptCancelling AttemptState = "cancelling"  // to be cancelled, until Alipay says it is
	AttemptCancelSeen AttemptState = "cancel_seen" // Alipay said cancelled, but the order could still start; asked again after expiry
	AttemptResolve    AttemptState = "resolve"     // cannot be cancelled any more: a person decides
	AttemptPaid       AttemptState = "paid"
	AttemptPaidLate   AttemptState = "paid_late" // paid, by a person's decision in Resolve
	AttemptFailed     AttemptState = "failed"    // not paid, and never will be
	AttemptCancelled  AttemptState = "cancelled" // not paid; what was taken was given back
)

// Final reports whether nothing more is asked about an attempt in this state.
func (s AttemptState) Final() bool {
	switch s {
	case AttemptPaid, AttemptPaidLate, AttemptFailed, AttemptCancelled:
		return true
	}
	return false
}

// Holds reports whether the shop holds the attempt's money in this state.
func (s AttemptState) Holds() bool { return s == AttemptPaid || s == AttemptPaidLate }

// Attempt is one try to have a sale paid: one scanned code, one request id.
type Attempt struct {
	PaymentRequestID string       `cbor:"1,keyasint"`
	PaymentID        string       `cbor:"2,keyasint,omitempty"` // Alipay's, once known
	State            AttemptState `cbor:"3,keyasint"`
	Code             string       `cbor:"4,keyasint"` // masked: first six and last two digits
	Account          Account      `cbor:"5,keyasint"`
	Cashier          string       `cbor:"6,keyasint,omitempty"`
	Amount           Money        `cbor:"7,keyasint"`
	SentAt           time.Time    `cbor:"8,keyasint"`            // Alipay's clock
	Expiry           time.Time    `cbor:"9,keyasint"`            // Alipay's clock; the order can't start after it
	Result           string       `cbor:"10,keyasint,omitempty"` // the last result code that moved the state
	PaidAt           time.Time    `cbor:"11,keyasint,omitempty"`
	Wallet           string       `cbor:"12,keyasint,omitempty"` // pspName, e.g. ALIPAY_HK
	Customer         string       `cbor:"13,keyasint,omitempty"` // masked account, as Alipay shows it
	SettledAt        time.Time    `cbor:"14,keyasint,omitempty"` // when it became final, shop's clock
	SettledDay       Day          `cbor:"15,keyasint,omitempty"` // business day the outcome books on
	CancelAsked      time.Time    `cbor:"16,keyasint,omitempty"` // when cancel was last sent, Alipay's clock
	LateSuccess      bool         `cbor:"17,keyasint,omitempty"` // success was seen after the wish to cancel
	ShortFunds       bool         `cbor:"18,keyasint,omitempty"` // the merchant's balance is too small to give back
	Stopped          bool         `cbor:"19,keyasint,omitempty"` // a person stopped it
	Contested        bool         `cbor:"20,keyasint,omitempty"` // a final state was contradicted; asking which is true
	Known            bool         `cbor:"21,keyasint,omitempty"` // Alipay has shown that it knows the order
}

// Open reports whether Alipay is still to be asked about the attempt.
func (a Attempt) Open() bool { return !a.State.Final() || a.Contested }

// Closes is the moment, in Alipay's clock, from which an answer about the
// order is final: it can't start any more, with a minute to spare.
func (a Attempt) Closes() time.Time { return a.Expiry.Add(time.Minute) }

// RefundState is where a refund stands.
type RefundState string

// The states of a refund. Refunded and RefundFailed are final.
const (
	RefundIntent  RefundState = "intent"
	RefundUnknown RefundState = "unknown"
	Refunded      RefundState = "refunded"
	RefundFailed  RefundState = "refund_failed"
)

// Final reports whether nothing more is asked about a refund in this state.
func (s RefundState) Final() bool { return s == Refunded || s == RefundFailed }

// Refund gives back part or all of one paid attempt.
type Refund struct {
	RefundRequestID  string      `cbor:"1,keyasint"`
	RefundID         string      `cbor:"2,keyasint,omitempty"` // Alipay's, once known
	PaymentRequestID string      `cbor:"3,keyasint"`           // of the attempt whose money goes back
	PaymentID        string      `cbor:"4,keyasint"`
	Amount           Money       `cbor:"5,keyasint"`
	State            RefundState `cbor:"6,keyasint"`
	Reason           string      `cbor:"7,keyasint,omitempty"` // in the cashier's words
	By               string      `cbor:"8,keyasint,omitempty"`
	Account          Account     `cbor:"9,keyasint"`
	Result           string      `cbor:"10,keyasint,omitempty"`
	Created          time.Time   `cbor:"11,keyasint"`
	SettledAt        time.Time   `cbor:"12,keyasint,omitempty"`
	SettledDay       Day         `cbor:"13,keyasint,omitempty"`
	Elsewhere        bool        `cbor:"14,keyasint,omitempty"` // made outside this till, found at Alipay
	GiveBack         bool        `cbor:"15,keyasint,omitempty"` // decided in Resolve: if it fails, a person decides again
	Refused          string      `cbor:"16,keyasint,omitempty"` // the code with which a later copy was refused: it ends the refund once Alipay knows of none
}

// Alarm is something the owner must know: a final state that was contradicted,
// an answer that smells of forgery, a balance too small.
type Alarm struct {
	At   time.Time `cbor:"1,keyasint"`
	Kind AlarmKind `cbor:"2,keyasint"`
	ID   string    `cbor:"3,keyasint,omitempty"` // the request id it is about
	Text string    `cbor:"4,keyasint,omitempty"` // codes and ids for support, no sentence
}

// AlarmKind says which alarm it is; the words are the face's.
type AlarmKind string

// The kinds of alarm.
const (
	AlarmContradiction AlarmKind = "contradiction"  // Alipay said two different final things
	AlarmSuspicion     AlarmKind = "suspicion"      // an answer was unsigned, unequal or stale
	AlarmShortFunds    AlarmKind = "short_funds"    // the merchant's balance can't give the money back
	AlarmNotGivenBack  AlarmKind = "not_given_back" // a person decided to give back, and the refund failed
	AlarmFound         AlarmKind = "found"          // the books had lost it, and Alipay holds it: taken up after a restore
	AlarmOtherSale     AlarmKind = "other_sale"     // Alipay lists a refund here that belongs to another sale
)

// State is the sale's own state in one word: the speaker's.
func (s Sale) State() AttemptState {
	if a := s.Speaker(); a != nil {
		return a.State
	}
	return AttemptFailed
}

// Speaker is the attempt that the sale's state speaks of: the one that waits
// for a person, else the one that holds money, else the newest that is still
// open, else the newest. nil when there is none.
func (s *Sale) Speaker() *Attempt {
	var best *Attempt
	rank := 0
	for i := range s.Attempts {
		a := &s.Attempts[i]
		r := 1
		switch {
		case a.State == AttemptResolve:
			r = 4
		case a.State.Holds():
			r = 3
		case a.Open():
			r = 2
		}
		if r >= rank {
			best, rank = a, r
		}
	}
	return best
}

// Paid is what the shop holds or held for this sale before refunds.
func (s Sale) Paid() Money {
	sum := Money{0, s.Amount.Currency}
	for _, a := range s.Attempts {
		if a.State.Holds() {
			sum.Minor += a.Amount.Minor
		}
	}
	return sum
}

// RefundedSum is what has certainly been given back by refunds.
func (s Sale) RefundedSum() Money {
	sum := Money{0, s.Amount.Currency}
	for _, r := range s.Refunds {
		if r.State == Refunded {
			sum.Minor += r.Amount.Minor
		}
	}
	return sum
}

// Refundable is what may still be given back of one attempt: what it holds,
// less every refund that is not certain to have failed.
func (s Sale) Refundable(paymentRequestID string) Money {
	left := Money{0, s.Amount.Currency}
	if a := s.Attempt(paymentRequestID); a != nil && a.State.Holds() {
		left.Minor = a.Amount.Minor
	}
	for _, r := range s.Refunds {
		if r.PaymentRequestID == paymentRequestID && r.State != RefundFailed {
			left.Minor -= r.Amount.Minor
		}
	}
	return left
}

// Left is what may still be given back of the whole sale.
func (s Sale) Left() Money {
	sum := Money{0, s.Amount.Currency}
	for _, a := range s.Attempts {
		if a.State.Holds() {
			sum.Minor += s.Refundable(a.PaymentRequestID).Minor
		}
	}
	return sum
}

// Open reports whether anything about the sale is still to be found out.
func (s Sale) Open() bool {
	for _, a := range s.Attempts {
		if a.Open() {
			return true
		}
	}
	for _, r := range s.Refunds {
		if !r.State.Final() {
			return true
		}
	}
	return false
}

// Attempt is the attempt with that request id, or nil.
func (s *Sale) Attempt(paymentRequestID string) *Attempt {
	for i := range s.Attempts {
		if s.Attempts[i].PaymentRequestID == paymentRequestID {
			return &s.Attempts[i]
		}
	}
	return nil
}

// Refund is the refund with that request id, or nil.
func (s *Sale) Refund(refundRequestID string) *Refund {
	for i := range s.Refunds {
		if s.Refunds[i].RefundRequestID == refundRequestID {
			return &s.Refunds[i]
		}
	}
	return nil
}

// Last is the newest attempt, or nil.
func (s *Sale) Last() *Attempt {
	if len(s.Attempts) == 0 {
		return nil
	}
	return &s.Attempts[len(s.Attempts)-1]
}

// Clone is a copy that shares nothing with s.
func (s Sale) Clone() Sale {
	s.Lines = append([]Line(nil), s.Lines...)
	s.Attempts = append([]Attempt(nil), s.Attempts...)
	s.Refunds = append([]Refund(nil), s.Refunds...)
	s.Alarms = append([]Alarm(nil), s.Alarms...)
	return s
}
