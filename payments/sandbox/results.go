package sandbox

import "ringup/payments/alipay"

// Result codes that are named more than once.
const (
	codeSuccess       = "SUCCESS"
	codeInProcess     = "PAYMENT_IN_PROCESS"
	codeUnknown       = "UNKNOWN_EXCEPTION"
	codeIllegal       = "PARAM_ILLEGAL"
	codePoor          = "USER_BALANCE_NOT_ENOUGH"
	codeExpired       = "EXPIRED_CODE"
	codeInvalid       = "INVALID_PAYMENT_CODE"
	codeClosed        = "ORDER_IS_CLOSED"
	codeCanceled      = "ORDER_IS_CANCELED"
	codeNoOrder       = "ORDER_NOT_EXIST"
	codeWrongState    = "ORDER_STATUS_INVALID"
	codeInconsistent  = "REPEAT_REQ_INCONSISTENT"
	codeCurrency      = "CURRENCY_NOT_SUPPORT"
	codeMerchantPoor  = "MERCHANT_BALANCE_NOT_ENOUGH"
	codeRefunding     = "REFUND_IN_PROCESS"
	codeNoInterface   = "NO_INTERFACE_DEF"
	codeMethod        = "METHOD_NOT_SUPPORTED"
	codeMediaType     = "MEDIA_TYPE_NOT_ACCEPTABLE"
	codeClient        = "CLIENT_INVALID"
	codeKey           = "KEY_NOT_FOUND"
	codeSignature     = "INVALID_SIGNATURE"
	codeCancelWindow  = "CANCEL_WINDOW_EXCEED"
	codeRefundWindow  = "REFUND_WINDOW_EXCEED"
	codeRefundTooMuch = "REFUND_AMOUNT_EXCEED"
	codeNoRefund      = "REFUND_NOT_SUPPORTED"
	codeNoPartRefund  = "PARTIAL_REFUND_NOT_SUPPORTED"
	codeNoMoreRefunds = "MULTIPLE_REFUNDS_NOT_SUPPORTED"
)

// statusOf is the status that a result code comes with; a code that nobody
// knows is a failure.
func statusOf(code string) alipay.Status {
	if c, ok := alipay.LookUp(code); ok {
		return c.Status
	}
	return alipay.StatusFailure
}

// result is the code as a Result, with a message for developers: what says
// more than the code, or else the code itself.
func result(code, message string) alipay.Result {
	if message == "" {
		message = code
	}
	return alipay.Result{ResultStatus: statusOf(code), ResultCode: code, ResultMessage: message}
}
