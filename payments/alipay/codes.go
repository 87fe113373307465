package alipay

import (
	"slices"

	"ringup/payments"
)

// Advice is what a till does about a result code: the kind of next step, which
// a face turns into buttons and alarms. The words are the code's phrase.
type Advice string

// The kinds of next step.
const (
	AdviceNone          Advice = ""               // it worked
	AdviceWait          Advice = "wait"           // the till asks again by itself
	AdviceCustomer      Advice = "ask_customer"   // the customer does something in the wallet, then the code is scanned again
	AdviceNewCode       Advice = "new_code"       // scan a fresh code
	AdviceOtherWallet   Advice = "other_wallet"   // another wallet or another way to pay
	AdviceSmallerAmount Advice = "smaller_amount" // a smaller amount may pass
	AdviceShop          Advice = "shop"           // the shop's own matter: balance, terms, refund rules
	AdviceConfiguration Advice = "configuration"  // the owner looks at the settings or the contract
	AdviceSupport       Advice = "support"        // Alipay's technical support
)

// callSet is a set of calls.
type callSet uint8

// The sets of one call each.
const (
	inPay callSet = 1 << iota
	inInquire
	inCancel
	inRefund
	inInquireRefund

	inAll       = inPay | inInquire | inCancel | inRefund | inInquireRefund
	inInquiries = inInquire | inInquireRefund
)

func setOf(c Call) callSet {
	switch c {
	case CallPay:
		return inPay
	case CallInquire:
		return inInquire
	case CallCancel:
		return inCancel
	case CallRefund:
		return inRefund
	case CallInquireRefund:
		return inInquireRefund
	}
	return 0
}

// Code is one of Alipay's result codes, and all that Ringup knows about it.
type Code struct {
	Name   string
	Status Status
	Advice Advice
	calls  callSet
	ends   map[callSet]payments.Outcome
}

// In reports whether the code is documented for the call.
func (c Code) In(call Call) bool { return c.calls&setOf(call) != 0 }

// Outcome is what the code, signed and with its own status, makes certain when
// it answers the call. For the two inquiries Succeeded says only that the
// inquiry worked. Whatever the table doesn't name is payments.Unsure.
func (c Code) Outcome(call Call) payments.Outcome {
	for calls, outcome := range c.ends {
		if calls&setOf(call) != 0 {
			return outcome
		}
	}
	return payments.Unsure
}

// Final reports whether the code ends the call for good: nothing more is asked
// about this request id.
func (c Code) Final(call Call) bool {
	switch c.Outcome(call) {
	case payments.Succeeded:
		return setOf(call)&inInquiries == 0
	case payments.Declined:
		return true
	}
	return false
}

// Phrase is the key of the code's own words, which are for a payment or refund
// that ended with it: see PhraseOfEnd.
func (c Code) Phrase() string { return "code." + c.Name }

// neverDeclines: the code ends no payment and no refund, so its words promise
// nothing about money.
func (c Code) neverDeclines() bool {
	for _, outcome := range c.ends {
		if outcome == payments.Declined {
			return false
		}
	}
	return true
}

// saysNotFound reports whether the code means that there is no such order.
func (c Code) saysNotFound() bool {
	for _, outcome := range c.ends {
		if outcome == payments.NotFound {
			return true
		}
	}
	return false
}

// Keys for results that have no words of their own. PhraseRefused and
// PhraseOther take the result as {code}.
const (
	PhraseNotSent   = "reason.NOT_SENT"            // ended because there was no connection to send it on
	PhraseNoAccount = "reason.NOT_SENT_NO_ACCOUNT" // ended because its account isn't set up
	PhraseFailed    = "code.FAIL"                  // ended, and Alipay doesn't say why
	PhraseRefused   = "code.refused"               // ended with a code that is not in the table
	// PhraseNeverThere is for what ended because Alipay never had it.
	PhraseNeverThere = "reason.NEVER_ARRIVED"
	PhraseNotYet     = "reason.NO_ANSWER_YET" // not ended, and never answered
	PhraseOther      = "code.other"           // not ended, and the code's words would promise too much
)

// PhraseOfEnd is the key of the words for a payment or refund that ended with
// this Answer.Result: they say that no money moved, and what to do.
func PhraseOfEnd(result string) string {
	switch result {
	case payments.ReasonNoConnection:
		return PhraseNotSent
	case payments.ReasonNoAccount:
		return PhraseNoAccount
	case StateFail, "": // no result: a list of refunds says it, without a reason
		return PhraseFailed
	}
	if isReason(result) {
		return "reason." + result
	}
	c, ok := LookUp(result)
	switch {
	case !ok:
		return PhraseRefused
	case c.saysNotFound(): // it ended because the order was never there
		return PhraseNeverThere
	}
	return c.Phrase()
}

// PhraseWhileOpen is the key of the words for a payment or refund that has not
// ended, and for the link: they leave open whether money moved. A code that
// would end a payment as an answer to pay says nothing of the kind as an answer
// to an inquiry.
func PhraseWhileOpen(result string) string {
	if result == "" {
		return PhraseNotYet
	}
	if isReason(result) {
		return "reason." + result
	}
	c, ok := LookUp(result)
	switch {
	case ok && c.neverDeclines() && c.Status != StatusSuccess: // a success that isn't believed is no "done"
		return c.Phrase()
	case ok && c.calls == inAll && c.Status == StatusFailure: // the gateway refuses any question
		return "doubt." + c.Name
	}
	return PhraseOther
}

func isReason(result string) bool {
	switch result {
	case payments.ReasonNoConnection, payments.ReasonTimeout, payments.ReasonBroken, payments.ReasonUnsigned,
		payments.ReasonStale, payments.ReasonUnequal, payments.ReasonNoAccount:
		return true
	}
	return false
}

// LookUp finds a code by its name.
func LookUp(name string) (Code, bool) {
	c, ok := byName[name]
	return c, ok
}

// Codes lists every code of the table, in the table's order.
func Codes() []Code { return slices.Clone(codes) }

var (
	declinesPay    = map[callSet]payments.Outcome{inPay: payments.Declined}
	declinesRefund = map[callSet]payments.Outcome{inRefund: payments.Declined}
	declinesBoth   = map[callSet]payments.Outcome{inPay | inRefund: payments.Declined}
)

// Codes that a state stands for in an answer's Result.
const (
	codePaymentInProcess = "PAYMENT_IN_PROCESS"
	codeRefundInProcess  = "REFUND_IN_PROCESS"
	codeCancelled        = "ORDER_IS_CANCELED"
)

// codes is the only place that knows result codes (Antom documentation, pages
// of the five calls). A failure that is not certain to be the end (SYSTEM_ERROR,
// PROCESS_FAIL, an id used with other values, a gateway's refusal of a cancel
// or a refund) ends nothing: the payment stays unknown, keeps its id, and is
// asked about.
var codes = []Code{
	{"SUCCESS", StatusSuccess, AdviceNone, inAll, map[callSet]payments.Outcome{inAll: payments.Succeeded}},

	// Not certain yet.
	{codePaymentInProcess, StatusUnknown, AdviceWait, inPay, map[callSet]payments.Outcome{inPay: payments.InProgress}},
	{codeRefundInProcess, StatusUnknown, AdviceWait, inRefund, map[callSet]payments.Outcome{inRefund: payments.InProgress}},
	{"REQUEST_TRAFFIC_EXCEED_LIMIT", StatusUnknown, AdviceWait, inAll, nil},
	{"UNKNOWN_EXCEPTION", StatusUnknown, AdviceWait, inAll, nil},
	{"ORDER_NOT_EXIST", StatusFailure, AdviceWait, inAll &^ inPay, map[callSet]payments.Outcome{inInquire | inCancel | inInquireRefund: payments.NotFound}},
	{"REPEAT_REQ_INCONSISTENT", StatusFailure, AdviceSupport, inPay | inRefund, nil},
	{"PROCESS_FAIL", StatusFailure, AdviceSupport, inAll, nil},
	{"SYSTEM_ERROR", StatusFailure, AdviceSupport, inAll, nil},

	// The customer's wallet says no.
	{"EXPIRED_CODE", StatusFailure, AdviceNewCode, inPay, declinesPay},
	{"INVALID_PAYMENT_CODE", StatusFailure, AdviceOtherWallet, inPay, declinesPay},
	{"USER_BALANCE_NOT_ENOUGH", StatusFailure, AdviceCustomer, inPay, declinesPay},
	{"USER_AMOUNT_EXCEED_LIMIT", StatusFailure, AdviceSmallerAmount, inPay, declinesPay},
	{"USER_KYC_NOT_QUALIFIED", StatusFailure, AdviceCustomer, inPay | inInquire, declinesPay},
	{"USER_PAYMENT_VERIFICATION_FAILED", StatusFailure, AdviceCustomer, inPay, declinesPay},
	{"USER_STATUS_ABNORMAL", StatusFailure, AdviceOtherWallet, inPay, declinesPay},
	{"USER_NOT_EXIST", StatusFailure, AdviceOtherWallet, inPay, declinesPay},
	{"RISK_REJECT", StatusFailure, AdviceOtherWallet, inPay, declinesPay},
	{"NO_PAY_OPTIONS", StatusFailure, AdviceOtherWallet, inPay, declinesPay},

	// The order says no.
	{codeCancelled, StatusFailure, AdviceNewCode, inPay | inRefund, declinesBoth},
	{"ORDER_IS_CLOSED", StatusFailure, AdviceNewCode, inPay, declinesPay},

	// The shop's account says no.
	{"PAYMENT_AMOUNT_EXCEED_LIMIT", StatusFailure, AdviceSmallerAmount, inPay, declinesPay},
	{"PAYMENT_COUNT_EXCEED_LIMIT", StatusFailure, AdviceSupport, inPay, declinesPay},
	{"PAYMENT_NOT_QUALIFIED", StatusFailure, AdviceSupport, inPay, declinesPay},
	{"CURRENCY_NOT_SUPPORT", StatusFailure, AdviceConfiguration, inPay | inRefund, declinesPay},
	{"INVALID_CONTRACT", StatusFailure, AdviceConfiguration, inPay, declinesPay},
	{"INVALID_MERCHANT_STATUS", StatusFailure, AdviceConfiguration, inPay, declinesPay},
	{"MERCHANT_KYB_NOT_QUALIFIED", StatusFailure, AdviceConfiguration, inPay, declinesPay},
	{"MERCHANT_NOT_REGISTERED", StatusFailure, AdviceConfiguration, inPay, declinesPay},

	// The gateway refuses the request.
	{"ACCESS_DENIED", StatusFailure, AdviceConfiguration, inAll, declinesPay},
	{"INVALID_API", StatusFailure, AdviceConfiguration, inAll, declinesPay},
	{"CLIENT_INVALID", StatusFailure, AdviceConfiguration, inAll, declinesPay},
	{"INVALID_SIGNATURE", StatusFailure, AdviceConfiguration, inAll, declinesPay},
	{"KEY_NOT_FOUND", StatusFailure, AdviceConfiguration, inAll, declinesPay},
	{"PARAM_ILLEGAL", StatusFailure, AdviceSupport, inAll, declinesPay},
	{"METHOD_NOT_SUPPORTED", StatusFailure, AdviceSupport, inAll, declinesPay},
	{"MEDIA_TYPE_NOT_ACCEPTABLE", StatusFailure, AdviceSupport, inAll, declinesPay},
	{"NO_INTERFACE_DEF", StatusFailure, AdviceConfiguration, inAll, declinesPay},

	// Giving back.
	{"CANCEL_WINDOW_EXCEED", StatusFailure, AdviceShop, inCancel, map[callSet]payments.Outcome{inCancel: payments.NotAllowed}},
	{"ORDER_STATUS_INVALID", StatusFailure, AdviceShop, inCancel | inRefund, map[callSet]payments.Outcome{inCancel: payments.NotAllowed, inRefund: payments.Declined}},
	{"MERCHANT_BALANCE_NOT_ENOUGH", StatusFailure, AdviceShop, inCancel | inRefund, map[callSet]payments.Outcome{inCancel: payments.ShortFunds, inRefund: payments.Declined}},
	{"REFUND_AMOUNT_EXCEED", StatusFailure, AdviceSmallerAmount, inRefund, declinesRefund},
	{"REFUND_WINDOW_EXCEED", StatusFailure, AdviceShop, inRefund, declinesRefund},
	{"MULTIPLE_REFUNDS_NOT_SUPPORTED", StatusFailure, AdviceShop, inRefund, declinesRefund},
	{"PARTIAL_REFUND_NOT_SUPPORTED", StatusFailure, AdviceShop, inRefund, declinesRefund},
	{"REFUND_NOT_SUPPORTED", StatusFailure, AdviceShop, inRefund, declinesRefund},
}

var byName = func() map[string]Code {
	m := make(map[string]Code, len(codes))
	for _, c := range codes {
		m[c.Name] = c
	}
	return m
}()
