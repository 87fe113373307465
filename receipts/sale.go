package receipts

import (
	"fmt"
	"strconv"
	"time"

	"ringup/payments"
)

// How times stand on a slip: the shop's zone, one way in every language.
const (
	clockTime = "15:04"
	dateTime  = time.DateOnly + " " + clockTime
)

// Sale is the slip of a paid sale as the journal holds it: ErrNotPaid unless
// an attempt of it holds money and isn't contradicted, so that no slip exists
// without its payment.
// Refunds made since are on it, so that a copy shows what is left.
func (f Form) Sale(s payments.Sale) (Slip, error) {
	paid := held(s)
	if paid == nil {
		return Slip{}, fmt.Errorf("%w: %s is %s", ErrNotPaid, s.Number, s.State())
	}
	p := f.begin()
	p.rule()
	at := paidAt(s, paid)
	p.row(p.say("slip.number", "number", s.Number), at.Format(clockTime))
	if s.Cashier != "" {
		p.row(p.say("slip.cashier", "name", s.Cashier), at.Format(time.DateOnly))
	} else {
		p.row(p.say("slip.date"), at.Format(time.DateOnly))
	}
	p.rule()
	if len(s.Lines) > 0 {
		if err := p.items(s.Lines); err != nil {
			return Slip{}, fmt.Errorf("slip of %s: %w", s.Number, err)
		}
		p.rule()
	}
	p.total(p.say("slip.total", "currency", paid.Amount.Currency.Symbol()), paid.Amount.Grouped())
	p.row(p.wallet(paid), p.say("slip.paid"))
	for _, r := range s.Refunds {
		if r.State == payments.Refunded {
			back := r.Amount
			back.Minor = -back.Minor
			p.row(p.say("slip.refunded_on", "date", refundedAt(s, &r).Format(time.DateOnly)), back.Grouped())
		}
	}
	if paid.PaymentID != "" {
		p.small(p.say("slip.payment_id", "id", paid.PaymentID))
	}
	if err := p.code(s, s.Left().Minor > 0); err != nil {
		return Slip{}, err
	}
	return p.end(s.Number), nil
}

// Refund is the slip of one refund of a sale: ErrNotRefunded unless the money
// has certainly gone back.
func (f Form) Refund(s payments.Sale, refundRequestID string) (Slip, error) {
	r := s.Refund(refundRequestID)
	if r == nil || r.State != payments.Refunded {
		return Slip{}, fmt.Errorf("%w: sale %s", ErrNotRefunded, s.Number)
	}
	paid := s.Attempt(r.PaymentRequestID)
	if paid == nil {
		return Slip{}, fmt.Errorf("%w: sale %s", ErrNotPaid, s.Number)
	}
	p := f.begin()
	p.bold(p.say("slip.refund"))
	p.rule()
	p.row(p.say("slip.refund_of", "number", s.Number), "")
	p.row(p.say("slip.sold"), paidAt(s, paid).Format(dateTime))
	p.row(p.say("slip.refunded_at"), refundedAt(s, r).Format(dateTime))
	if r.By != "" {
		p.row(p.say("slip.cashier", "name", r.By), "")
	}
	p.rule()
	p.total(p.say("slip.refund_total", "currency", r.Amount.Currency.Symbol()), r.Amount.Grouped())
	p.row(p.wallet(paid), p.say("slip.refunded"))
	p.row(p.say("slip.refund_from"), paid.Amount.Grouped())
	if r.Reason != "" {
		p.row(p.say("slip.reason", "reason", r.Reason), "")
	}
	if r.RefundID != "" {
		p.small(p.say("slip.refund_id", "id", r.RefundID))
	}
	if err := p.code(s, s.Left().Minor > 0); err != nil {
		return Slip{}, err
	}
	return p.end(s.Number), nil
}

// items writes what was sold: name and count to the left, their price to the
// right.
func (p *page) items(lines []payments.Line) error {
	for _, l := range lines {
		price, err := l.Unit.Times(l.Count)
		if err != nil {
			return err
		}
		name := l.Text
		if name == "" {
			name = p.say("slip.item")
		}
		if l.Count != 1 {
			name += " x" + strconv.FormatInt(l.Count, 10)
		}
		p.row(name, price.Grouped())
	}
	return nil
}

// wallet is the wallet's name and the customer's account, as Alipay masks it.
func (p *page) wallet(a *payments.Attempt) string {
	name := WalletName(a.Wallet)
	if name == "" {
		name = p.say("slip.wallet")
	}
	if a.Customer != "" {
		name += " " + a.Customer
	}
	return name
}

// held is the attempt whose money the shop holds for certain; the last one,
// should there be two. nil when there is none.
func held(s payments.Sale) *payments.Attempt {
	for i := len(s.Attempts) - 1; i >= 0; i-- {
		if a := &s.Attempts[i]; a.State.Holds() && !a.Contested {
			return a
		}
	}
	return nil
}

// paidAt is when Alipay says that it was paid, or else when the till knew it.
func paidAt(s payments.Sale, a *payments.Attempt) time.Time {
	return inShop(s, a.PaidAt, a.SettledAt, s.Created)
}

func refundedAt(s payments.Sale, r *payments.Refund) time.Time {
	return inShop(s, r.SettledAt, r.Created, s.Created)
}

// inShop is the first of the moments that is known, in the shop's zone, which
// is the one that the sale was made in.
func inShop(s payments.Sale, moments ...time.Time) time.Time {
	for _, t := range moments {
		if !t.IsZero() {
			return t.In(s.Created.Location())
		}
	}
	return s.Created
}

// walletNames are the names that customers know their wallets by, in every
// language, for the pspName that Alipay sends. A wallet without an entry shows
// Alipay's name for it.
var walletNames = map[string]string{
	"ALIPAY_CN": "Alipay",
	"ALIPAY_HK": "AlipayHK",
	"GCASH":     "GCash",
	"TNG":       "Touch 'n Go",
	"KAKAOPAY":  "Kakao Pay",
	"TRUEMONEY": "TrueMoney",
	"DANA":      "DANA",
	"JKOPAY":    "JKOPay",
}

// WalletName is the name of a wallet for people.
func WalletName(pspName string) string {
	if name, ok := walletNames[pspName]; ok {
		return name
	}
	return pspName
}
