package sandbox

import (
	"time"

	"go.etcd.io/bbolt"

	"ringup/payments"
	"ringup/payments/alipay"
)

// cancelEnd is the end of the cancel window of an order of that moment: 00:15
// of the following day in GMT+8 (Antom documentation of cancel).
func cancelEnd(t time.Time) time.Time {
	t = t.In(beijing)
	return time.Date(t.Year(), t.Month(), t.Day()+1, 0, 15, 0, 0, beijing)
}

// cancel ends an order, and gives back what was taken.
func (s *Server) cancel(body []byte, now time.Time) (reply, error) {
	var r alipay.CancelRequest
	if err := alipay.Decode(body, &r); err != nil {
		return illegal(err.Error()), nil
	}
	var c checker
	c.either("paymentRequestId", r.PaymentRequestID, "paymentId", r.PaymentID)
	if c.problem != "" {
		return illegal(c.problem), nil
	}
	var rep reply
	err := s.ledger.db.Update(func(tx *bbolt.Tx) error {
		p, err := findPayment(tx, r.PaymentRequestID, r.PaymentID)
		if err != nil {
			return err
		}
		if p == nil {
			rep, err = s.cancelUnknown(tx, r, now)
			return err
		}
		code, err := cancelPayment(tx, p, now)
		if err != nil {
			return err
		}
		a := alipay.CancelResponse{Result: result(code, ""), PaymentID: p.PaymentID, PaymentRequestID: p.RequestID}
		if code == codeSuccess {
			a.CancelTime = wireTime(p.CancelledAt)
		}
		rep = reply{body: a, lost: p.Lost > 0}
		if p.Lost > 0 {
			p.Lost--
		}
		return savePayment(tx, p)
	})
	return rep, err
}

// cancelUnknown answers a cancel of an order that isn't there.
func (s *Server) cancelUnknown(tx *bbolt.Tx, r alipay.CancelRequest, now time.Time) (reply, error) {
	if !s.stickyCancel || r.PaymentID != "" {
		return refused(codeNoOrder), nil
	}
	return reply{body: alipay.CancelResponse{
		Result: result(codeSuccess, ""), PaymentRequestID: r.PaymentRequestID, CancelTime: wireTime(now),
	}}, put(tx, bucketTombs, r.PaymentRequestID, now)
}

// cancelPayment changes p if it can be cancelled and gives the result code.
func cancelPayment(tx *bbolt.Tx, p *payment, now time.Time) (string, error) {
	h, _ := habitByID(p.Habit)
	switch p.Status {
	case alipay.StateCancelled:
		return codeSuccess, nil
	case alipay.StateProcessing:
		if h.onCancel {
			if err := confirmPayment(tx, p, now); err != nil {
				return "", err
			}
			return codeUnknown, nil
		}
		if h.after > 0 {
			p.ConfirmAt = now.Add(h.after)
		}
	case alipay.StateSuccess:
		if p.Returned > 0 || p.Refunding > 0 {
			return codeWrongState, nil
		}
		if !now.Before(cancelEnd(p.PaidAt)) {
			return codeCancelWindow, nil
		}
		if enough, err := canReturn(tx, p.Captured); err != nil || !enough {
			return codeMerchantPoor, err
		}
		if err := giveBack(tx, p, p.Captured); err != nil {
			return "", err
		}
	}
	p.Status, p.Result, p.CancelledAt = alipay.StateCancelled, codeCanceled, now
	return codeSuccess, nil
}

// refund gives back part or all of a paid order: the standing answer for a
// known id, else a new refund.
func (s *Server) refund(body []byte, now time.Time) (reply, error) {
	var r alipay.RefundRequest
	if err := alipay.Decode(body, &r); err != nil {
		return illegal(err.Error()), nil
	}
	var c checker
	amount := c.refund(&r)
	if c.problem != "" {
		return illegal(c.problem), nil
	}
	var rep reply
	err := s.ledger.db.Update(func(tx *bbolt.Tx) error {
		f, err := findRefund(tx, r.RefundRequestID, "")
		if err != nil {
			return err
		}
		if f != nil {
			if f.Amount != amount {
				rep = refused(codeInconsistent)
			} else {
				rep = refundReply(f)
			}
			return nil
		}
		p, err := findPayment(tx, "", r.PaymentID)
		switch {
		case err != nil:
			return err
		case p == nil:
			rep = refused(codeNoOrder)
			return nil
		case amount.Currency != p.Amount.Currency:
			rep = refused(codeCurrency)
			return nil
		}
		f = &refund{
			RequestID: r.RefundRequestID, PaymentRequestID: p.RequestID, PaymentID: p.PaymentID,
			Amount: amount, Created: now,
		}
		rep, err = s.newRefund(tx, f, p, now)
		if err == nil && p.Lost > 0 {
			rep.lost, err = p.loses(tx)
		}
		return err
	})
	return rep, err
}

// newRefund decides about a refund that was not known before, and enters it.
func (s *Server) newRefund(tx *bbolt.Tx, f *refund, p *payment, now time.Time) (reply, error) {
	code, err := s.refundCode(tx, p, f.Amount, now)
	if err != nil {
		return reply{}, err
	}
	f.Result = code
	h, _ := habitByID(p.Habit)
	switch code {
	case codeSuccess:
		f.Status, f.DoneAt = alipay.StateSuccess, now
		if err := giveBack(tx, p, f.Amount.Minor); err != nil {
			return reply{}, err
		}
	case codeRefunding:
		f.Status, f.Due, f.Bounces = alipay.StateProcessing, now.Add(slowRefund), h.refunds == refundsBounce
		p.Refunding += f.Amount.Minor
	default:
		f.Status = alipay.StateFail
	}
	if f.Seq, f.RefundID, err = s.ledger.enter(tx, kindRefund, f.RequestID, now); err != nil {
		return reply{}, err
	}
	if err := saveRefund(tx, f); err != nil {
		return reply{}, err
	}
	p.Refunds = append(p.Refunds, f.RequestID)
	return refundReply(f), savePayment(tx, p)
}

// refundCode is the result of giving amount back from p now.
func (s *Server) refundCode(tx *bbolt.Tx, p *payment, amount payments.Money, now time.Time) (string, error) {
	switch p.Status {
	case alipay.StateCancelled:
		return codeCanceled, nil
	case alipay.StateProcessing, alipay.StateFail:
		return codeWrongState, nil
	}
	h, _ := habitByID(p.Habit)
	given := p.Returned + p.Refunding
	enough, err := canReturn(tx, amount.Minor)
	switch {
	case err != nil:
		return "", err
	case h.refunds == refundsNone:
		return codeNoRefund, nil
	case now.After(p.PaidAt.Add(s.refundWindow)):
		return codeRefundWindow, nil
	case amount.Minor > p.Captured-given:
		return codeRefundTooMuch, nil
	case h.refunds == refundsOnce && given > 0:
		return codeNoMoreRefunds, nil
	case h.refunds == refundsWhole && amount.Minor != p.Captured:
		return codeNoPartRefund, nil
	case !enough:
		return codeMerchantPoor, nil
	case h.refunds == refundsSlowly || h.refunds == refundsBounce:
		return codeRefunding, nil
	}
	return codeSuccess, nil
}

// refundReply is what refund answers about a refund as it stands.
func refundReply(f *refund) reply {
	a := alipay.RefundResponse{
		Result:          result(f.Result, ""),
		RefundRequestID: f.RequestID,
		RefundID:        f.RefundID,
		PaymentID:       f.PaymentID,
		RefundAmount:    alipay.AmountOf(f.Amount),
	}
	if f.Status == alipay.StateSuccess {
		a.RefundTime, a.GrossSettlementAmount = wireTime(f.DoneAt), a.RefundAmount
	}
	return reply{body: a}
}

// when is the moment that a list of transactions shows for the refund.
func (r *refund) when() time.Time {
	if r.DoneAt.IsZero() {
		return r.Created
	}
	return r.DoneAt
}

// inquireRefund answers how a refund stands.
func (s *Server) inquireRefund(body []byte, _ time.Time) (reply, error) {
	var r alipay.InquiryRefundRequest
	if err := alipay.Decode(body, &r); err != nil {
		return illegal(err.Error()), nil
	}
	var c checker
	c.either("refundRequestId", r.RefundRequestID, "refundId", r.RefundID)
	if c.problem != "" {
		return illegal(c.problem), nil
	}
	rep := refused(codeNoOrder)
	err := s.ledger.db.View(func(tx *bbolt.Tx) error {
		f, err := findRefund(tx, r.RefundRequestID, r.RefundID)
		if f == nil || err != nil {
			return err
		}
		a := alipay.InquiryRefundResponse{
			Result:          result(codeSuccess, ""),
			RefundRequestID: f.RequestID,
			RefundID:        f.RefundID,
			RefundAmount:    alipay.AmountOf(f.Amount),
			RefundStatus:    f.Status,
		}
		if f.Status == alipay.StateSuccess {
			a.RefundTime, a.GrossSettlementAmount = wireTime(f.DoneAt), a.RefundAmount
		}
		rep = reply{body: a}
		return nil
	})
	return rep, err
}
