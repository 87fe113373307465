package alipay

import (
	"strings"

	"ringup/payments"
)

// This file decides what an answer makes certain. What comes here is signed by
// Alipay and fresh; it is believed if it also speaks of what was asked. The
// functions are pure.

// echo compares what an answer holds with what was asked. With must, a value
// that is left out is as bad as one that differs.
type echo struct{ must, bad bool }

func (e *echo) text(got, asked string) {
	if got == "" && !e.must {
		return
	}
	e.bad = e.bad || got != asked
}

func (e *echo) amount(got Amount, asked payments.Money) {
	if got == (Amount{}) && !e.must {
		return
	}
	m, err := got.Money()
	e.bad = e.bad || err != nil || m != asked
}

// told is the amount to compare with when any amount is believed: the answer's
// own, or none, which nothing equals.
func told(got Amount) payments.Money {
	m, err := got.Money()
	if err != nil || m.CheckCharge() != nil {
		return payments.Money{}
	}
	return m
}

// unsure is an answer that makes nothing certain, and why.
func unsure(base payments.Answer, reason, hint string) payments.Answer {
	return payments.Answer{Outcome: payments.Unsure, Result: reason, Hint: hint, Stamp: base.Stamp}
}

// unequal is an answer that speaks of something else than was asked. It is not
// believed in anything, not even in what time it is.
func unequal(hint string) payments.Answer {
	return payments.Answer{Outcome: payments.Unsure, Result: payments.ReasonUnequal, Hint: hint, Suspect: true}
}

// outcomeOf is what a result makes certain. A code that is not in the table,
// or that comes with another status than its own, makes nothing certain.
func outcomeOf(call Call, r Result) payments.Outcome {
	c, known := LookUp(r.ResultCode)
	if !known || c.Status != r.ResultStatus {
		return payments.Unsure
	}
	return c.Outcome(call)
}

// isCode reports whether a text has the form of a result code.
func isCode(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
	})
}

// check is true for a result that has the form of one.
func (r Result) check() bool {
	switch r.ResultStatus {
	case StatusSuccess, StatusFailure, StatusUnknown:
		return isCode(r.ResultCode)
	}
	return false
}

// payment takes over what an answer tells about a payment, made fit to keep;
// false when Alipay's id is not one.
func payment(a *payments.Answer, id string, who PspCustomerInfo) bool {
	if id != "" && !isAlipayID(id) {
		return false
	}
	a.PaymentID = id
	a.Wallet = cut(line(who.PspName), longestPaymentID)
	a.Customer = cut(line(who.DisplayCustomerID), longestPaymentID)
	return true
}

func judgePay(q payments.PayRequest, r PayResponse, base payments.Answer) payments.Answer {
	if !r.Result.check() {
		return unsure(base, payments.ReasonBroken, "no result")
	}
	a := base
	a.Outcome, a.Result = outcomeOf(CallPay, r.Result), r.Result.ResultCode
	e := echo{must: a.Outcome == payments.Succeeded}
	e.text(r.PaymentRequestID, q.PaymentRequestID)
	e.amount(r.PaymentAmount, q.Amount)
	if e.bad || e.must && r.PaymentID == "" {
		return unequal("pay: " + r.Result.ResultCode)
	}
	if !payment(&a, r.PaymentID, r.PspCustomerInfo) {
		return unsure(base, payments.ReasonBroken, "paymentId")
	}
	if a.Outcome == payments.Succeeded {
		a.PaidAt = r.PaymentTime.Time()
	}
	return a
}

// judgeInquiry reads the two levels of an inquiry: the result says only
// whether the inquiry worked, the payment's own state is paymentStatus.
func judgeInquiry(q payments.InquireRequest, r InquiryPaymentResponse, base payments.Answer) payments.Answer {
	if !r.Result.check() {
		return unsure(base, payments.ReasonBroken, "no result")
	}
	a := base
	a.Outcome, a.Result = outcomeOf(CallInquire, r.Result), r.Result.ResultCode
	if a.Outcome == payments.Succeeded {
		a.Outcome, a.Result = outcomeOfState(r.PaymentStatus, r.PaymentResultCode)
	}
	if q.AnyAmount {
		q.Amount = told(r.PaymentAmount)
		a.Amount = q.Amount
	}
	probe := q.Amount == payments.Money{}
	e := echo{must: a.Outcome == payments.Succeeded}
	if !probe {
		e.amount(r.PaymentAmount, q.Amount)
	}
	// Who says that a payment stands cancelled must say which.
	e.must = e.must || a.Outcome == payments.WasStopped
	e.text(r.PaymentRequestID, q.PaymentRequestID)
	if e.bad || a.Outcome == payments.Succeeded && (probe || r.PaymentID == "") {
		return unequal("inquiryPayment: " + a.Result)
	}
	if a.Outcome == payments.Declined && isCode(r.PaymentResultCode) {
		a.Hint = r.PaymentResultCode // also where Result can't be it
	}
	if !payment(&a, r.PaymentID, r.PspCustomerInfo) {
		return unsure(base, payments.ReasonBroken, "paymentId")
	}
	if a.Outcome == payments.Succeeded {
		a.PaidAt = r.PaymentTime.Time()
		refunds, ok := refundsOf(r.Transactions, q.Amount.Currency)
		if !ok {
			return unsure(base, payments.ReasonBroken, "transactions")
		}
		a.Refunds = refunds
	}
	return a
}

// outcomeOfState is what a payment's state makes certain, and the result to
// keep: for a failure the payment's own code, if it is one that says no, and
// otherwise FAIL; for the others the code that says the same. A state that its own code contradicts makes nothing
// certain.
func outcomeOfState(state, code string) (payments.Outcome, string) {
	state = strings.ToUpper(state)
	c, known := LookUp(code)
	switch {
	case state == StateSuccess && (!known || c.Status == StatusSuccess):
		return payments.Succeeded, state
	case state == StateFail && c.Status != StatusSuccess && code != codePaymentInProcess:
		if isCode(code) && (!known || c.Outcome(CallPay) == payments.Declined) {
			return payments.Declined, code
		}
		return payments.Declined, state
	case state == StateProcessing || state == StatePending:
		return payments.InProgress, codePaymentInProcess
	case state == StateCancelled:
		return payments.WasStopped, codeCancelled
	}
	return payments.Unsure, payments.ReasonBroken
}

// refundsOf reads the refunds in a payment's list of transactions; nil when
// there is no list. It is false when one that may have moved money can't be
// read: then the whole answer is of no use for giving money back.
func refundsOf(list []Transaction, in payments.Currency) ([]payments.ListedRefund, bool) {
	if list == nil {
		return nil, true
	}
	refunds := []payments.ListedRefund{}
	for _, t := range list {
		if !strings.EqualFold(t.TransactionType, TransactionRefund) {
			continue
		}
		r := payments.ListedRefund{
			RefundRequestID: t.TransactionRequestID, RefundID: t.TransactionID,
			At: t.TransactionTime.Time(), State: payments.RefundUnknown,
		}
		switch strings.ToUpper(t.TransactionStatus) {
		case StateSuccess:
			r.State = payments.Refunded
		case StateFail, StateCancelled:
			r.State = payments.RefundFailed
		}
		var err error
		r.Amount, err = t.TransactionAmount.Money()
		bad := err != nil || r.Amount.Currency != in || checkText(r.RefundRequestID, longestRequestID, true) != nil
		if bad && r.State == payments.RefundFailed {
			continue
		}
		if bad || r.RefundID != "" && !isAlipayID(r.RefundID) {
			return nil, false
		}
		refunds = append(refunds, r)
	}
	return refunds, true
}

func judgeCancel(q payments.CancelRequest, r CancelResponse, base payments.Answer) payments.Answer {
	if !r.Result.check() {
		return unsure(base, payments.ReasonBroken, "no result")
	}
	a := base
	a.Outcome, a.Result = outcomeOf(CallCancel, r.Result), r.Result.ResultCode
	e := echo{must: a.Outcome == payments.Succeeded}
	e.text(r.PaymentRequestID, q.PaymentRequestID)
	if e.bad {
		return unequal("cancel: " + r.Result.ResultCode)
	}
	if !payment(&a, r.PaymentID, PspCustomerInfo{}) {
		return unsure(base, payments.ReasonBroken, "paymentId")
	}
	return a
}

func judgeRefund(q payments.RefundRequest, r RefundResponse, base payments.Answer) payments.Answer {
	if !r.Result.check() {
		return unsure(base, payments.ReasonBroken, "no result")
	}
	a := base
	a.Outcome, a.Result = outcomeOf(CallRefund, r.Result), r.Result.ResultCode
	e := echo{must: a.Outcome == payments.Succeeded}
	e.text(r.RefundRequestID, q.RefundRequestID)
	e.text(r.PaymentID, q.PaymentID)
	e.amount(r.RefundAmount, q.Amount)
	if e.bad {
		return unequal("refund: " + r.Result.ResultCode)
	}
	if r.RefundID != "" && !isAlipayID(r.RefundID) {
		return unsure(base, payments.ReasonBroken, "refundId")
	}
	a.PaymentID, a.RefundID = r.PaymentID, r.RefundID
	return a
}

// judgeRefundInquiry reads the two levels of an inquiry about a refund, as
// judgeInquiry does.
func judgeRefundInquiry(q payments.InquireRefundRequest, r InquiryRefundResponse, base payments.Answer) payments.Answer {
	if !r.Result.check() {
		return unsure(base, payments.ReasonBroken, "no result")
	}
	a := base
	a.Outcome, a.Result = outcomeOf(CallInquireRefund, r.Result), r.Result.ResultCode
	if a.Outcome == payments.Succeeded {
		switch state := strings.ToUpper(r.RefundStatus); state {
		case StateSuccess:
			a.Result = state
		case StateFail:
			a.Outcome, a.Result = payments.Declined, state
		case StateProcessing, StatePending:
			a.Outcome, a.Result = payments.InProgress, codeRefundInProcess
		default:
			a.Outcome, a.Result = payments.Unsure, payments.ReasonBroken
		}
	}
	if q.AnyAmount {
		q.Amount = told(r.RefundAmount)
		a.Amount = q.Amount
	}
	e := echo{must: a.Outcome == payments.Succeeded}
	e.text(r.RefundRequestID, q.RefundRequestID)
	e.amount(r.RefundAmount, q.Amount)
	if e.bad {
		return unequal("inquiryRefund: " + a.Result)
	}
	if r.RefundID != "" && !isAlipayID(r.RefundID) {
		return unsure(base, payments.ReasonBroken, "refundId")
	}
	a.RefundID = r.RefundID
	return a
}
