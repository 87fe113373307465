package till

import (
	"context"

	"ringup/payments"
)

// Sell charges a customer. It returns once the intent is on disk and the
// request is on its way; Listen tells how it goes. An error means that nothing
// was sent.
func (t *Till) Sell(_ context.Context, o Order) (payments.Sale, error) {
	s := t.Settings()
	code, err := payments.ParseCode(o.Code, s.ExtraPrefixes...)
	if err != nil {
		return payments.Sale{}, err
	}
	lines := o.Lines
	if len(lines) == 1 && lines[0].Text == "" && lines[0].Count == 1 {
		lines = nil // a plain amount: the total says it
	}
	sale, err := t.desk.Charge(payments.ChargeOrder{
		Code: code, Amount: o.Amount, Lines: lines, Note: o.Note, Cashier: s.Cashier,
		Again: o.Again, SameAmountOK: o.SameAmountOK,
	})
	if err != nil {
		return sale, err
	}
	t.pole.serve(sale.ID)
	t.ownSlip(sale.ID, sale.Last().PaymentRequestID)
	return sale, nil
}

// ownSlip has the slip of an attempt or refund printed when it ends well.
func (t *Till) ownSlip(saleID, requestID string) {
	sale, err := t.desk.Sale(saleID)
	if err != nil {
		t.options.Log.Error("slip", "error", err)
		return
	}
	t.slips.own(sale, requestID)
}

// Stop gives up an unpaid sale: it is asked about a last time, then cancelled
// in the background for as long as that takes.
func (t *Till) Stop(saleID string) error { return t.desk.Stop(saleID) }

// Settle waits until nothing of the sale is open, or the context ends.
func (t *Till) Settle(ctx context.Context, saleID string) (payments.Sale, error) {
	return t.desk.Settle(ctx, saleID)
}

// Refund gives money back and waits until it is settled or the context ends;
// then the sale says how it stands.
func (t *Till) Refund(ctx context.Context, o RefundOrder) (payments.Sale, error) {
	s, err := t.journal.SaleByNumber(o.Number)
	if err != nil {
		return s, err
	}
	id, err := t.BeginRefund(ctx, o)
	if err != nil {
		return s, err
	}
	return t.RefundSettled(ctx, s.ID, id)
}

// BeginRefund is Refund up to the moment at which the intent is on disk; it
// returns the refund's request id. An error means that nothing was given back.
func (t *Till) BeginRefund(ctx context.Context, o RefundOrder) (refundRequestID string, err error) {
	s, err := t.journal.SaleByNumber(o.Number)
	if err != nil {
		return "", err
	}
	id, err := t.desk.Refund(ctx, payments.RefundOrder{
		SaleID: s.ID, Amount: o.Amount, Reason: o.Reason, By: t.Settings().Cashier, Confirmed: o.Confirmed,
	})
	if err != nil {
		return "", err
	}
	t.ownSlip(s.ID, id)
	return id, nil
}

// RefundSettled waits for one refund only: another attempt of the sale may be
// open for much longer.
func (t *Till) RefundSettled(ctx context.Context, saleID, refundRequestID string) (payments.Sale, error) {
	return t.desk.Await(ctx, saleID, func(s payments.Sale) bool {
		r := s.Refund(refundRequestID)
		return r != nil && r.State.Final()
	})
}

// Answered waits until what a sale's newest payment or refund asked of Alipay
// was answered, or is known not to be: no longer than the few seconds after
// which silence counts as unknown. A program that ends earlier may end before
// the request has left.
func (t *Till) Answered(ctx context.Context, saleID string) (payments.Sale, error) {
	return t.desk.Await(ctx, saleID, func(s payments.Sale) bool {
		for _, r := range s.Refunds {
			if r.State == payments.RefundIntent {
				return false
			}
		}
		return s.Speaker().State != payments.AttemptIntent
	})
}

// Decide ends what could not be settled by asking; see payments.Desk.Decide.
func (t *Till) Decide(ctx context.Context, number string, what payments.Decision) (payments.Sale, error) {
	s, err := t.journal.SaleByNumber(number)
	if err != nil {
		return s, err
	}
	if err := t.desk.Decide(ctx, s.ID, what, t.Settings().Cashier); err != nil {
		return s, err
	}
	return t.desk.Sale(s.ID)
}

// Unsettled lists what is still open, oldest first.
func (t *Till) Unsettled() ([]payments.Sale, error) { return t.journal.Open() }

// Progress is what is being done about a sale right now.
func (t *Till) Progress(saleID string) payments.Progress { return t.desk.Progress(saleID) }

// saleChanged passes a change on to the faces, and does what happens after
// "paid": here, once, for both of them.
func (t *Till) saleChanged(c payments.Change) {
	t.slips.afterPaid(c.Sale)
	t.pole.changed(c.Sale.ID)
	s := c.Sale
	t.tell(News{Sale: &s, Progress: c.Progress})
}
