package receipts

import (
	"fmt"

	"ringup/payments"
)

// Declined is the slip of a sale that was not paid, for a customer who asks for
// one: that nothing was taken, how much it was about, when, and why in a
// sentence of the caller's (one paragraph; "" leaves it out). It has no code,
// since there is nothing to give back, and not the owner's words at the end.
// ErrNotDeclined unless it is certain: no attempt holds money or is open, and
// the newest has failed.
func (f Form) Declined(s payments.Sale, why string) (Slip, error) {
	a := ended(s, payments.AttemptFailed)
	if a == nil {
		return Slip{}, fmt.Errorf("%w: %s is %s", ErrNotDeclined, s.Number, s.State())
	}
	sentence := "slip.nothing_taken"
	for _, other := range s.Attempts { // an earlier one may have been taken and given back
		if other.State == payments.AttemptCancelled {
			sentence = givenBack(other)
		}
	}
	return f.unpaid(s, a, "slip.not_paid", sentence, why), nil
}

// Cancelled is the slip of a sale that was cancelled before it was paid: that
// nothing was taken, or that it was given back. It is like Declined's.
// ErrNotCancelled unless it is certain: no attempt holds money or is open, and
// the newest is cancelled.
func (f Form) Cancelled(s payments.Sale) (Slip, error) {
	a := ended(s, payments.AttemptCancelled)
	if a == nil {
		return Slip{}, fmt.Errorf("%w: %s is %s", ErrNotCancelled, s.Number, s.State())
	}
	sentence := givenBack(*a)
	for _, other := range s.Attempts {
		if other.State == payments.AttemptCancelled && other.LateSuccess {
			sentence = givenBack(other)
		}
	}
	return f.unpaid(s, a, "slip.cancelled", sentence, ""), nil
}

// givenBack is the sentence of a cancelled attempt. Alipay gives back what a
// customer paid in the same moment without saying whether there was anything.
func givenBack(a payments.Attempt) string {
	if a.LateSuccess {
		return "slip.given_back"
	}
	return "slip.nothing_kept"
}

// ended is the newest attempt of a sale that holds no money for certain, if it
// ended so.
func ended(s payments.Sale, state payments.AttemptState) *payments.Attempt {
	if len(s.Attempts) == 0 || s.Open() {
		return nil
	}
	for _, a := range s.Attempts {
		if a.State.Holds() {
			return nil
		}
	}
	if a := &s.Attempts[len(s.Attempts)-1]; a.State == state {
		return a
	}
	return nil
}

func (f Form) unpaid(s payments.Sale, a *payments.Attempt, title, sentence, why string) Slip {
	p := f.begin()
	at := inShop(s, a.SettledAt, a.SentAt, s.Created)
	p.write(title, map[Field]func(before, after Field){
		FieldNumber:  func(_, after Field) { p.number(s, at, after) },
		FieldCashier: func(before, _ Field) { p.cashier(s.Cashier, at, before) },
		FieldTotal: func(_, _ Field) {
			p.add(Line{Left: p.amountOf("slip.amount", a.Amount), Right: a.Amount.Grouped(), Bold: true})
			p.add(Line{Kind: Blank})
			p.sentence(sentence, marked)
			p.spoken(why, plain)
		},
		FieldPaymentID: func(_, _ Field) {
			if a.PaymentID != "" {
				p.add(Line{Kind: Blank})
				p.alipayID(a.PaymentID)
			}
		},
	})
	return p.end(s.Number)
}
