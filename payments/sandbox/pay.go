package sandbox

import (
	"time"

	"go.etcd.io/bbolt"

	"ringup/payments"
	"ringup/payments/alipay"
)

// Lives of orders and codes, in seconds of Alipay's clock.
const (
	defaultExpiry = 10 * time.Minute // of an order without paymentExpiryTime
	codeLife      = 60 * time.Second // of a code that the training phone shows
)

// reply is the answer to one call, before the network gets hold of it.
type reply struct {
	body any
	lost bool          // processed, but the answer never arrives
	eats bool          // the request never arrived
	late time.Duration // the answer arrives that much later
}

// illegal is the answer to a request that can't be read or breaks a rule.
func illegal(problem string) reply {
	return reply{body: alipay.Plain{Result: result(codeIllegal, problem)}}
}

func refused(code string) reply {
	return reply{body: alipay.Plain{Result: result(code, "")}}
}

// pay answers a payment request: the standing answer for a known id, else a
// new order.
func (s *Server) pay(body []byte, now time.Time) (reply, error) {
	var r alipay.PayRequest
	if err := alipay.Decode(body, &r); err != nil {
		return illegal(err.Error()), nil
	}
	var c checker
	amount := c.pay(&r)
	if c.problem != "" {
		return illegal(c.problem), nil
	}
	if amount.Currency != s.ledger.id.Currency {
		return refused(codeCurrency), nil
	}
	digits := r.PaymentMethod.PaymentMethodID
	hash := s.ledger.hash(digits)
	var rep reply
	err := s.ledger.db.Update(func(tx *bbolt.Tx) error {
		p, err := findPayment(tx, r.PaymentRequestID, "")
		if err != nil {
			return err
		}
		if p != nil {
			if p.Amount != amount || p.Code != hash {
				rep = refused(codeInconsistent)
				return nil
			}
			rep = payReply(p)
			rep.lost, err = p.loses(tx)
			return err
		}
		if tx.Bucket(bucketTombs).Get([]byte(r.PaymentRequestID)) != nil {
			rep = refused(codeCanceled)
			return nil
		}
		expiry := now.Add(defaultExpiry)
		if r.PaymentExpiryTime != "" {
			expiry = r.PaymentExpiryTime.Time()
		}
		p = &payment{RequestID: r.PaymentRequestID, Amount: amount, Code: hash, Created: now, Expiry: expiry}
		rep, err = s.newPayment(tx, p, digits, now)
		return err
	})
	return rep, err
}

// newPayment decides about an order that was not known before, and enters it.
func (s *Server) newPayment(tx *bbolt.Tx, p *payment, digits string, now time.Time) (reply, error) {
	if !isCode(digits) {
		p.fail(codeInvalid)
		return s.enterPayment(tx, p, habit{}, now)
	}
	var mark codeMark
	if _, err := get(tx, bucketCodes, p.Code, &mark); err != nil {
		return reply{}, err
	}
	w, err := walletOf(tx, digits)
	if err != nil {
		return reply{}, err
	}
	h := habitOfCode(digits)
	if w.Habit != "" {
		h, _ = habitByID(w.Habit)
	}
	if h.eaten && !mark.Eaten {
		mark.Eaten = true
		return reply{eats: true}, put(tx, bucketCodes, p.Code, mark)
	}
	p.Habit, p.Wallet = h.ID, w.Prefix
	p.PspName, p.PspID, p.Customer = customerOf(digits, p.Code, w.PspName)
	enough, err := affords(tx, p)
	if err != nil {
		return reply{}, err
	}
	switch {
	case !now.Before(p.Expiry):
		p.fail(codeClosed)
		return s.enterPayment(tx, p, habit{}, now) // the wallet never saw the code
	case mark.UsedBy != "":
		p.fail(codeInvalid)
		return s.enterPayment(tx, p, habit{}, now)
	case h.refuse != "":
		p.fail(h.refuse)
	case !mark.Issued.IsZero() && now.Sub(mark.Issued) >= codeLife:
		p.fail(codeExpired)
	case !enough:
		p.fail(codePoor)
	case h.asks:
		p.Status, p.Result = alipay.StateProcessing, codeInProcess
		if h.confirm > 0 {
			p.ConfirmAt = now.Add(h.confirm)
		}
	default:
		if _, err := capture(tx, p); err != nil {
			return reply{}, err
		}
		p.Status, p.Result, p.PaidAt = alipay.StateSuccess, codeSuccess, now
	}
	mark.UsedBy = p.RequestID
	if err := put(tx, bucketCodes, p.Code, mark); err != nil {
		return reply{}, err
	}
	return s.enterPayment(tx, p, h, now)
}

func (s *Server) enterPayment(tx *bbolt.Tx, p *payment, h habit, now time.Time) (reply, error) {
	var err error
	if p.Seq, p.PaymentID, err = s.ledger.enter(tx, kindPayment, p.RequestID, now); err != nil {
		return reply{}, err
	}
	p.Lost = h.lost
	if err := savePayment(tx, p); err != nil {
		return reply{}, err
	}
	rep := payReply(p)
	rep.lost, rep.late = h.lost > 0, h.late
	return rep, nil
}

// payReply is what pay answers about an order as it stands.
func payReply(p *payment) reply {
	code := p.Result
	switch h, _ := habitByID(p.Habit); {
	case p.Status == alipay.StateCancelled:
		code = codeCanceled
	case h.unsure && p.Status == alipay.StateSuccess:
		code = codeUnknown
	}
	a := alipay.PayResponse{
		Result:           result(code, ""),
		PaymentRequestID: p.RequestID,
		PaymentID:        p.PaymentID,
		PaymentAmount:    alipay.AmountOf(p.Amount),
	}
	switch a.Result.ResultStatus {
	case alipay.StatusSuccess:
		a.ActualPaymentAmount, a.GrossSettlementAmount = a.PaymentAmount, a.PaymentAmount
		a.PaymentCreateTime, a.PaymentTime = wireTime(p.Created), wireTime(p.PaidAt)
		a.PspCustomerInfo = p.customer()
	case alipay.StatusUnknown:
		a.PaymentCreateTime = wireTime(p.Created)
	}
	return reply{body: a}
}

func (p *payment) customer() alipay.PspCustomerInfo {
	return alipay.PspCustomerInfo{PspName: p.PspName, PspCustomerID: p.PspID, DisplayCustomerID: p.Customer}
}

// loses reports whether the answer to this call is lost on the way, and counts
// it.
func (p *payment) loses(tx *bbolt.Tx) (bool, error) {
	if p.Lost == 0 {
		return false, nil
	}
	p.Lost--
	return true, savePayment(tx, p)
}

// inquirePayment answers how an order stands.
func (s *Server) inquirePayment(body []byte, _ time.Time) (reply, error) {
	var r alipay.InquiryPaymentRequest
	if err := alipay.Decode(body, &r); err != nil {
		return illegal(err.Error()), nil
	}
	var c checker
	c.either("paymentRequestId", r.PaymentRequestID, "paymentId", r.PaymentID)
	if c.problem != "" {
		return illegal(c.problem), nil
	}
	var rep reply
	lossy := false
	err := s.ledger.db.View(func(tx *bbolt.Tx) error {
		p, err := findPayment(tx, r.PaymentRequestID, r.PaymentID)
		switch {
		case err != nil:
			return err
		case p != nil:
			lossy = p.Lost > 0
			rep, err = s.inquiryReply(tx, p)
			return err
		case r.PaymentID == "" && tx.Bucket(bucketTombs).Get([]byte(r.PaymentRequestID)) != nil:
			rep = reply{body: alipay.InquiryPaymentResponse{
				Result:           result(codeSuccess, ""),
				PaymentStatus:    alipay.StateCancelled,
				PaymentRequestID: r.PaymentRequestID,
			}}
		default:
			rep = refused(codeNoOrder)
		}
		return nil
	})
	if err == nil && lossy {
		rep.lost, err = s.countLost(r.PaymentRequestID, r.PaymentID)
	}
	return rep, err
}

func (s *Server) countLost(requestID, paymentID string) (lost bool, err error) {
	err = s.ledger.db.Update(func(tx *bbolt.Tx) error {
		p, err := findPayment(tx, requestID, paymentID)
		if p == nil || err != nil {
			return err
		}
		lost, err = p.loses(tx)
		return err
	})
	return lost, err
}

func (s *Server) inquiryReply(tx *bbolt.Tx, p *payment) (reply, error) {
	if h, _ := habitByID(p.Habit); h.unsure && !s.sure.Load() && p.Status == alipay.StateSuccess {
		return reply{body: alipay.Plain{Result: result(codeUnknown, "")}}, nil
	}
	a := alipay.InquiryPaymentResponse{
		Result:               result(codeSuccess, ""),
		PaymentStatus:        p.Status,
		PaymentResultCode:    p.Result,
		PaymentResultMessage: p.Result,
		PaymentRequestID:     p.RequestID,
		PaymentID:            p.PaymentID,
		PaymentAmount:        alipay.AmountOf(p.Amount),
		PaymentCreateTime:    wireTime(p.Created),
		PaymentTime:          wireTime(p.PaidAt),
		Transactions:         []alipay.Transaction{},
	}
	if p.Status == alipay.StateSuccess {
		a.ActualPaymentAmount, a.GrossSettlementAmount = a.PaymentAmount, a.PaymentAmount
		a.PspCustomerInfo = p.customer()
	}
	for _, id := range p.Refunds {
		r, err := findRefund(tx, id, "")
		if err != nil {
			return reply{}, err
		}
		a.Transactions = append(a.Transactions, alipay.Transaction{
			TransactionResult:    result(r.Result, ""),
			TransactionID:        r.RefundID,
			TransactionType:      alipay.TransactionRefund,
			TransactionStatus:    r.Status,
			TransactionAmount:    alipay.AmountOf(r.Amount),
			TransactionRequestID: r.RequestID,
			TransactionTime:      wireTime(r.when()),
		})
	}
	if p.Status == alipay.StateCancelled && p.Returned > 0 {
		a.Transactions = append(a.Transactions, alipay.Transaction{
			TransactionResult: result(codeSuccess, ""),
			TransactionType:   alipay.TransactionCancel,
			TransactionStatus: alipay.StateSuccess,
			TransactionAmount: alipay.AmountOf(payments.Money{Minor: p.Returned, Currency: p.Amount.Currency}),
			TransactionTime:   wireTime(p.CancelledAt),
		})
	}
	return reply{body: a}, nil
}

// wireTime is a moment as the answers write it.
func wireTime(t time.Time) alipay.Time {
	if t.IsZero() {
		return ""
	}
	return alipay.TimeOf(t.In(beijing).Truncate(time.Second))
}
