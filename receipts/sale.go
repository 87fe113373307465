package receipts

import (
	"errors"
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
	var err error
	p.write("", map[Field]func(before, after Field){
		FieldNumber:  func(_, after Field) { p.number(s, paidAt(s, paid), after) },
		FieldCashier: func(before, _ Field) { p.cashier(s.Cashier, paidAt(s, paid), before) },
		FieldLines:   func(_, _ Field) { err = errors.Join(err, p.items(s.Lines)) },
		FieldTotal: func(_, after Field) {
			p.total(p.amountOf("slip.total", paid.Amount), paid.Amount.Grouped())
			if after != FieldWallet {
				p.refunds(s)
			}
		},
		FieldWallet: func(before, _ Field) {
			p.row(p.wallet(paid), p.label("slip.paid"))
			if before == FieldTotal {
				p.refunds(s)
			}
		},
		FieldPaymentID: func(_, _ Field) { p.alipayID(paid.PaymentID) },
		FieldNote:      func(_, _ Field) { p.labelled("slip.note", s.Note) },
		FieldCode:      func(_, _ Field) { err = errors.Join(err, p.code(s, s.Left().Minor > 0)) },
		FieldFooter:    func(_, _ Field) { p.footer() },
	})
	if err != nil {
		return Slip{}, fmt.Errorf("slip of %s: %w", s.Number, err)
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
	var err error
	p.write("slip.refund", map[Field]func(before, after Field){
		FieldNumber: func(_, _ Field) {
			p.row(p.label("slip.refund_of")+" "+s.Number, "")
			p.row(p.label("slip.sold"), paidAt(s, paid).Format(dateTime))
			p.row(p.label("slip.refunded_at"), refundedAt(s, r).Format(dateTime))
		},
		FieldCashier: func(_, _ Field) { p.cashier(r.By, time.Time{}, "") },
		FieldTotal: func(_, after Field) {
			p.total(p.amountOf("slip.refund_total", r.Amount), r.Amount.Grouped())
			if after != FieldWallet {
				p.row(p.label("slip.refund_from"), paid.Amount.Grouped())
			}
		},
		FieldWallet: func(before, _ Field) {
			p.row(p.wallet(paid), p.label("slip.refunded"))
			if before == FieldTotal {
				p.row(p.label("slip.refund_from"), paid.Amount.Grouped())
			}
		},
		FieldPaymentID: func(_, _ Field) { p.alipayID(r.RefundID) },
		FieldNote:      func(_, _ Field) { p.labelled("slip.reason", r.Reason) },
		FieldCode:      func(_, _ Field) { err = p.code(s, s.Left().Minor > 0) },
		FieldFooter:    func(_, _ Field) { p.footer() },
	})
	if err != nil {
		return Slip{}, fmt.Errorf("refund slip of %s: %w", s.Number, err)
	}
	return p.end(s.Number), nil
}

// number writes which sale it is and when it was; the cashier's row, if it
// comes next and is in one language, has room for the date.
func (p *page) number(s payments.Sale, at time.Time, after Field) {
	p.row(p.label("slip.number")+" "+s.Number, at.Format(clockTime))
	if after != FieldCashier || s.Cashier == "" || p.Second != nil {
		p.row(p.label("slip.date"), at.Format(time.DateOnly))
	}
}

// cashier writes who sold; the date beside it when the number stands above.
func (p *page) cashier(name string, at time.Time, before Field) {
	if name == "" {
		return
	}
	date := ""
	if before == FieldNumber && p.Second == nil {
		date = at.Format(time.DateOnly)
	}
	p.row(p.label("slip.cashier")+" "+name, date)
}

// amountOf is a label with the sign of the amount that it is for.
func (p *page) amountOf(key string, m payments.Money) string {
	return p.label(key) + " " + m.Currency.Symbol()
}

// labelled writes a text that somebody wrote, if there is one.
func (p *page) labelled(key, text string) {
	if text != "" {
		p.row(p.label(key)+": "+text, "")
	}
}

// alipayID writes Alipay's id, by which Alipay's own support finds it. The name
// is the same in every language.
func (p *page) alipayID(id string) {
	if id != "" {
		p.small("Alipay " + id)
	}
}

// refunds writes what went back since.
func (p *page) refunds(s payments.Sale) {
	for _, r := range s.Refunds {
		if r.State == payments.Refunded {
			back := r.Amount
			back.Minor = -back.Minor
			p.row(p.label("slip.refunded")+" "+refundedAt(s, &r).Format(time.DateOnly), back.Grouped())
		}
	}
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
			name = p.label("slip.item")
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
		name = p.label("slip.wallet")
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
