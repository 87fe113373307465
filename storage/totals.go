package storage

import (
	"cmp"
	"slices"
	"time"

	"ringup/payments"
)

// BookingKind says what a booking does to its day.
type BookingKind string

// The kinds of booking.
const (
	BookedPaid       BookingKind = "paid"       // money came to be held
	BookedUnpaid     BookingKind = "unpaid"     // money that was booked as paid turned out not to be held
	BookedDeclined   BookingKind = "declined"   // an attempt ended without money
	BookedCancelled  BookingKind = "cancelled"  // an attempt was cancelled
	BookedRefunded   BookingKind = "refunded"   // money was given back
	BookedUnrefunded BookingKind = "unrefunded" // money that was booked as given back was not
)

// Booking is what one event did to one business day. It books on the day on
// which it became known, whatever day the sale is of: a closed day never
// changes.
type Booking struct {
	Seq    uint64 // of the event
	At     time.Time
	Day    payments.Day
	Kind   BookingKind
	ID     string         // the request id of the attempt or refund
	Amount payments.Money // what the day's net changes by; zero for declined and cancelled
	Hour   int            // of At, the shop's wall clock

	cashier, wallet string
}

// bookings is what the step from before to after books.
func bookings(before, after *payments.Sale, e payments.Event) []Booking {
	switch b := e.Body.(type) {
	case payments.AttemptBegun:
		return attemptBooking(before, after, e, b.Attempt.PaymentRequestID, b.Attempt.SettledDay)
	case payments.AttemptChanged:
		return attemptBooking(before, after, e, b.PaymentRequestID, b.Day)
	case payments.RefundBegun:
		return refundBooking(before, after, e, b.Refund.RefundRequestID, b.Refund.SettledDay)
	case payments.RefundChanged:
		return refundBooking(before, after, e, b.RefundRequestID, b.Day)
	}
	return nil
}

func attemptBooking(before, after *payments.Sale, e payments.Event, id string, day payments.Day) []Booking {
	was, is := before.Attempt(id), after.Attempt(id)
	var from payments.AttemptState
	if was != nil {
		from = was.State
	}
	b := Booking{Seq: e.Seq, At: e.At, Day: fallbackDay(day, e.At), ID: id, Hour: e.At.Hour(),
		Amount: payments.Money{Currency: is.Amount.Currency}, cashier: is.Cashier, wallet: is.Wallet}
	if b.cashier == "" {
		b.cashier = after.Cashier
	}
	var all []Booking
	if from.Holds() && !is.State.Holds() {
		b := b
		b.Kind, b.Amount.Minor, b.wallet = BookedUnpaid, -was.Amount.Minor, was.Wallet
		all = append(all, b)
	}
	switch {
	case is.State.Holds() && !from.Holds():
		b.Kind, b.Amount.Minor = BookedPaid, is.Amount.Minor
	case is.State == payments.AttemptFailed && from != is.State:
		b.Kind = BookedDeclined
	case is.State == payments.AttemptCancelled && from != is.State:
		b.Kind = BookedCancelled
	default:
		return all
	}
	return append(all, b)
}

func refundBooking(before, after *payments.Sale, e payments.Event, id string, day payments.Day) []Booking {
	was, is := before.Refund(id), after.Refund(id)
	given := was != nil && was.State == payments.Refunded
	b := Booking{Seq: e.Seq, At: e.At, Day: fallbackDay(day, e.At), ID: id, Hour: e.At.Hour(), Amount: is.Amount}
	switch {
	case is.State == payments.Refunded && !given:
		b.Kind, b.Amount.Minor = BookedRefunded, -is.Amount.Minor
	case is.State != payments.Refunded && given:
		b.Kind = BookedUnrefunded
	default:
		return nil
	}
	return []Booking{b}
}

// DayTotals is what was booked on one business day in one currency.
type DayTotals struct {
	Day       payments.Day      `cbor:"-"`
	Currency  payments.Currency `cbor:"-"`
	Takings   payments.Money    `cbor:"1,keyasint"` // paid, before refunds
	Count     int               `cbor:"2,keyasint"` // payments
	Refunds   payments.Money    `cbor:"3,keyasint"` // given back, above zero
	Refunded  int               `cbor:"4,keyasint"` // refunds
	Declined  int               `cbor:"5,keyasint"`
	Cancelled int               `cbor:"6,keyasint"`
	ByHour    [24]int64         `cbor:"7,keyasint"` // takings in minor units, by the hour in which they were booked
	// ByCashier and ByWallet divide the takings; largest first.
	ByCashier []Share `cbor:"8,keyasint,omitempty"`
	ByWallet  []Share `cbor:"9,keyasint,omitempty"`
	// Others are the same day in further currencies: nearly always none.
	Others []DayTotals `cbor:"-"`
}

// Share is one part of a day's takings.
type Share struct {
	Name   string `cbor:"1,keyasint"`
	Amount int64  `cbor:"2,keyasint"` // minor units of the day's currency
	Count  int    `cbor:"3,keyasint"`
}

// Net is the takings less the refunds.
func (t DayTotals) Net() payments.Money {
	return payments.Money{Minor: t.Takings.Minor - t.Refunds.Minor, Currency: t.Currency}
}

func newTotals(day payments.Day, c payments.Currency) DayTotals {
	return DayTotals{Day: day, Currency: c, Takings: payments.Money{Currency: c}, Refunds: payments.Money{Currency: c}}
}

// add books b.
func (t *DayTotals) add(b Booking) {
	one := 1
	switch b.Kind {
	case BookedDeclined:
		t.Declined++
	case BookedCancelled:
		t.Cancelled++
	case BookedUnrefunded:
		t.Refunds.Minor -= b.Amount.Minor
		t.Refunded--
	case BookedRefunded:
		t.Refunds.Minor -= b.Amount.Minor
		t.Refunded++
	case BookedUnpaid:
		one = -1
		fallthrough
	case BookedPaid:
		t.Takings.Minor += b.Amount.Minor
		t.Count += one
		t.ByHour[b.Hour] += b.Amount.Minor
		t.ByCashier = share(t.ByCashier, b.cashier, b.Amount.Minor, one)
		t.ByWallet = share(t.ByWallet, b.wallet, b.Amount.Minor, one)
	}
}

func share(all []Share, name string, minor int64, count int) []Share {
	i := slices.IndexFunc(all, func(s Share) bool { return s.Name == name })
	if i < 0 {
		i, all = len(all), append(all, Share{Name: name})
	}
	all[i].Amount += minor
	all[i].Count += count
	if all[i] == (Share{Name: name}) {
		all = slices.Delete(all, i, i+1)
	}
	slices.SortFunc(all, func(a, b Share) int {
		return cmp.Or(cmp.Compare(b.Amount, a.Amount), cmp.Compare(a.Name, b.Name))
	})
	return all
}
