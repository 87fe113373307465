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

// Calls is a set of calls.
type Calls uint8

// The sets of one call each.
const (
	inPay Calls = 1 << iota
	inInquire
	inCancel
	inRefund
	inInquireRefund

	inAll       = inPay | inInquire | inCancel | inRefund | inInquireRefund
	inInquiries = inInquire | inInquireRefund
)

func setOf(c Call) Calls {
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
	calls  Calls
	ends   map[Calls]payments.Outcome
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

// Phrase is the key of what a cashier reads when the code ended a payment or a
// refund. While a payment or refund is not certain, its state has words of its
// own and the code is for support only.
func (c Code) Phrase() string { return "code." + c.Name }

// Keys for results that are not in the table: a payment or refund that Alipay
// calls failed without saying why, and any other.
const (
	PhraseFailed = "code.FAIL"
	PhraseOther  = "code.OTHER"
)

// PhraseNotSent is the key for a payment or refund that ended because no
// connection was there to send it on.
const PhraseNotSent = "reason.NOT_SENT"

// PhraseOf is the key of the words for a payment or refund that ended with
// this Result. While it has not ended, and for the link, a reason's own words
// are "reason." and the reason: they leave open whether money moved.
func PhraseOf(result string) string {
	switch result {
	case payments.ReasonNoConnection:
		return PhraseNotSent
	case payments.ReasonTimeout, payments.ReasonBroken, payments.ReasonUnsigned,
		payments.ReasonStale, payments.ReasonUnequal, payments.ReasonNoAccount:
		return "reason." + result
	case StateFail:
		return PhraseFailed
	}
	if c, ok := LookUp(result); ok {
		return c.Phrase()
	}
	return PhraseOther
}

// LookUp finds a code by its name.
func LookUp(name string) (Code, bool) {
	c, ok := byName[name]
	return c, ok
}

// Codes lists every code of the table, in the table's order.
func Codes() []Code { return slices.Clone(codes) }

var (
	declinesPay    = map[Calls]payments.Outcome{inPay: payments.Declined}
	declinesRefund = map[Calls]payments.Outcome{inRefund: payments.Declined}
	declinesBoth   = map[Calls]payments.Outcome{inPay | inRefund: payments.Declined}
)

// codes is the only place that knows result codes (Antom documentation, pages
// of the five calls). A failure that is not certain to be the end (SYSTEM_ERROR,
// PROCESS_FAIL, an id used with other values, a gateway's refusal of a cancel
// or a refund) ends nothing: the payment stays unknown, keeps its id, and is
// asked about.
var codes = []Code{
	{"SUCCESS", StatusSuccess, AdviceNone, inAll, map[Calls]payments.Outcome{inAll: payments.Succeeded}},

	// Not certain yet.
	{"PAYMENT_IN_PROCESS", StatusUnknown, AdviceWait, inPay, map[Calls]payments.Outcome{inPay: payments.InProgress}},
	{"REFUND_IN_PROCESS", StatusUnknown, AdviceWait, inRefund, map[Calls]payments.Outcome{inRefund: payments.InProgress}},
	{"REQUEST_TRAFFIC_EXCEED_LIMIT", StatusUnknown, AdviceWait, inAll, nil},
	{"UNKNOWN_EXCEPTION", StatusUnknown, AdviceWait, inAll, nil},
	{"ORDER_NOT_EXIST", StatusFailure, AdviceWait, inAll &^ inPay, map[Calls]payments.Outcome{inInquire | inCancel | inInquireRefund: payments.NotFound}},
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
	{"ORDER_IS_CANCELED", StatusFailure, AdviceNewCode, inPay | inRefund, declinesBoth},
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
	{"CANCEL_WINDOW_EXCEED", StatusFailure, AdviceShop, inCancel, map[Calls]payments.Outcome{inCancel: payments.NotAllowed}},
	{"ORDER_STATUS_INVALID", StatusFailure, AdviceShop, inCancel | inRefund, map[Calls]payments.Outcome{inCancel: payments.NotAllowed, inRefund: payments.Declined}},
	{"MERCHANT_BALANCE_NOT_ENOUGH", StatusFailure, AdviceShop, inCancel | inRefund, map[Calls]payments.Outcome{inCancel: payments.ShortFunds, inRefund: payments.Declined}},
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
