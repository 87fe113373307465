package settlement

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"ringup/payments"
)

// mostTotals is how many days, currencies and batches one run may add up: a
// file in which each line has its own is none of Alipay's.
const mostTotals = 20_000

// Sums is what the files say of one day, currency and batch, all lines counted
// that can be read. Amounts are above zero.
type Sums struct {
	Day       payments.Day      // of the payment, by the calendar of Options
	Currency  payments.Currency // of the transaction
	Batch     string            // "" in transaction files
	Paid      Sum
	Refunded  Sum
	Cancelled Sum
	Other     Sum // types that no till makes
}

// Sum is a count of lines and what they add up to.
type Sum struct {
	Count  int
	Amount payments.Money
}

// Payout is what Alipay pays out for a batch in one currency: Net after all
// fees, and Fees by column.
type Payout struct {
	Batch     string
	Currency  payments.Currency
	SettledAt time.Time // the newest of its lines
	Lines     int
	Net       payments.Money
	Fees      []Fee // a column may stand there once per currency
}

type sumsKey struct {
	day      payments.Day
	currency payments.Currency
	batch    string
}

type payoutKey struct {
	batch    string
	currency payments.Currency
}

// ledger adds lines up.
type ledger struct {
	calendar  payments.Calendar
	sums      map[sumsKey]*Sums
	payouts   map[payoutKey]*Payout
	summaries map[payoutKey]*summed
}

// summed is the net of a batch as its summary has it: of the line that is the
// total, if there is one, or of all lines.
type summed struct {
	net      payments.Money
	hasTotal bool
	file     string
	line     int
	at       time.Time
}

func newLedger(c payments.Calendar) ledger {
	return ledger{calendar: c, sums: map[sumsKey]*Sums{}, payouts: map[payoutKey]*Payout{}, summaries: map[payoutKey]*summed{}}
}

func (l *ledger) room() error {
	if len(l.sums)+len(l.payouts)+len(l.summaries) >= mostTotals {
		return ErrTooMany
	}
	return nil
}

func (s *Sum) add(m payments.Money) (err error) {
	s.Count++
	s.Amount, err = s.Amount.Add(m)
	return err
}

// transaction adds a line's amount.
func (l *ledger) transaction(t Transaction, batch string) error {
	if t.Amount.Currency == "" {
		return nil // of a type that has none
	}
	key := sumsKey{currency: t.Amount.Currency, batch: batch}
	if !t.PaidAt.IsZero() {
		key.day = l.calendar.Day(t.PaidAt)
	}
	s := l.sums[key]
	if s == nil {
		if err := l.room(); err != nil {
			return err
		}
		zero := Sum{Amount: payments.Money{Currency: key.currency}}
		s = &Sums{Day: key.day, Currency: key.currency, Batch: batch, Paid: zero, Refunded: zero, Cancelled: zero, Other: zero}
		l.sums[key] = s
	}
	switch t.Type {
	case Payment:
		return s.Paid.add(t.Amount)
	case Refund:
		return s.Refunded.add(t.Amount)
	case Cancel:
		return s.Cancelled.add(t.Amount)
	}
	return s.Other.add(t.Amount)
}

// settlement adds a line's net and fees.
func (l *ledger) settlement(s Settlement) (err error) {
	key := payoutKey{s.Batch, s.Net.Currency}
	p := l.payouts[key]
	if p == nil {
		if err := l.room(); err != nil {
			return err
		}
		p = &Payout{Batch: s.Batch, Currency: s.Net.Currency, Net: payments.Money{Currency: s.Net.Currency}}
		l.payouts[key] = p
	}
	p.Lines++
	if s.SettledAt.After(p.SettledAt) {
		p.SettledAt = s.SettledAt
	}
	if p.Net, err = p.Net.Add(s.Net); err != nil {
		return err
	}
	for _, f := range s.Fees {
		i := slices.IndexFunc(p.Fees, func(o Fee) bool { return o.Column == f.Column && o.Amount.Currency == f.Amount.Currency })
		if i < 0 {
			p.Fees = append(p.Fees, f)
			continue
		}
		if p.Fees[i].Amount, err = p.Fees[i].Amount.Add(f.Amount); err != nil {
			return err
		}
	}
	return nil
}

// summary adds a line of a summary file.
func (l *ledger) summary(s Summary, file string, line int) (err error) {
	key := payoutKey{s.Batch, s.Net.Currency}
	sum := l.summaries[key]
	if sum == nil {
		if err := l.room(); err != nil {
			return err
		}
		sum = &summed{net: payments.Money{Currency: s.Net.Currency}}
		l.summaries[key] = sum
	}
	sum.file, sum.line = file, line
	if s.SettledAt.After(sum.at) {
		sum.at = s.SettledAt
	}
	switch {
	case s.Type == Total && !sum.hasTotal:
		sum.net, sum.hasTotal = s.Net, true
		return nil
	case sum.hasTotal && s.Type != Total:
		return nil
	}
	if sum.net, err = sum.net.Add(s.Net); err != nil {
		return fmt.Errorf("batch %s: %w", s.Batch, err)
	}
	return nil
}

func (l *ledger) sorted() ([]Sums, []Payout) {
	sums := make([]Sums, 0, len(l.sums))
	for _, s := range l.sums {
		sums = append(sums, *s)
	}
	slices.SortFunc(sums, func(a, b Sums) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Batch, b.Batch))
	})
	payouts := make([]Payout, 0, len(l.payouts))
	for _, p := range l.payouts {
		slices.SortFunc(p.Fees, func(a, b Fee) int {
			return cmp.Or(cmp.Compare(a.Column, b.Column), cmp.Compare(a.Amount.Currency, b.Amount.Currency))
		})
		payouts = append(payouts, *p)
	}
	slices.SortFunc(payouts, func(a, b Payout) int {
		return cmp.Or(cmp.Compare(a.Batch, b.Batch), cmp.Compare(a.Currency, b.Currency))
	})
	return sums, payouts
}

// unequal are the batches whose summary and lines stand in the same run and
// differ in the net.
func (l *ledger) unequal() []Finding {
	var list []Finding
	for key, s := range l.summaries {
		p := l.payouts[key]
		if p == nil || p.Net == s.net {
			continue
		}
		f := Finding{Outcome: AmountOver, Why: WhySummary, File: s.file, Line: s.line, Type: Total, Batch: key.batch, Till: p.Net, Alipay: s.net, At: s.at}
		if s.net.Minor < p.Net.Minor {
			f.Outcome = AmountUnder
		}
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Batch, b.Batch), cmp.Compare(a.Alipay.Currency, b.Alipay.Currency))
	})
	return list
}
