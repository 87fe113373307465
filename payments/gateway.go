package payments

import (
	"context"
	"time"
)

// Gateway is the port to Alipay: five calls, each answered with what is
// certain. An error is returned only for the caller's own fault (a malformed
// request, an account that isn't set up); then nothing was sent. The network's
// and Alipay's faults are outcomes. The context's deadline bounds a call from
// connecting to the last byte of the body; nothing is ever sent twice by
// itself.
type Gateway interface {
	Pay(ctx context.Context, r PayRequest) (Answer, error)
	Inquire(ctx context.Context, r InquireRequest) (Answer, error)
	Cancel(ctx context.Context, r CancelRequest) (Answer, error)
	Refund(ctx context.Context, r RefundRequest) (Answer, error)
	InquireRefund(ctx context.Context, r InquireRefundRequest) (Answer, error)
}

// Moment is what every call carries of time, all in Alipay's clock.
type Moment struct {
	Now   time.Time // becomes the Request-Time
	Floor time.Time // an answer stamped before it is stale and not believed; zero: the first question, when Alipay's clock isn't known yet
}

// PayRequest asks for a payment. The same request makes the same body bytes.
type PayRequest struct {
	Moment           Moment
	Account          Account
	PaymentRequestID string
	Amount           Money
	Code             PaymentCode
	SentAt           time.Time // order.env.storeTerminalRequestTime
	Expiry           time.Time // paymentExpiryTime
	Number           string    // order.referenceOrderId
	Description      string    // order.orderDescription; "" lets the gateway name the shop
	Lines            []Line    // order.goods
}

// InquireRequest asks how a payment stands.
type InquireRequest struct {
	Moment           Moment
	Account          Account
	PaymentRequestID string
	Amount           Money // what a success must equal; the zero Money (a probe) believes no success
	// AnyAmount believes a success of any amount, which Answer.Amount tells:
	// for a payment that the books have lost.
	AnyAmount bool
}

// CancelRequest ends a payment whose result is not known.
type CancelRequest struct {
	Moment           Moment
	Account          Account
	PaymentRequestID string
}

// RefundRequest gives back part of a payment.
type RefundRequest struct {
	Moment          Moment
	Account         Account
	RefundRequestID string
	PaymentID       string
	Amount          Money
	Reason          string
	Number          string // referenceRefundId
}

// InquireRefundRequest asks how a refund stands.
type InquireRefundRequest struct {
	Moment          Moment
	Account         Account
	RefundRequestID string
	Amount          Money
	AnyAmount       bool // as in InquireRequest
}

// Outcome is what an answer makes certain.
type Outcome string

// The outcomes. Which call can have which is in the comment.
const (
	Succeeded  Outcome = "succeeded"   // pay, inquire: paid; cancel: cancelled; refund, inquire refund: refunded
	Declined   Outcome = "declined"    // pay, inquire: not paid and never will be; refund, inquire refund: not refunded and never will be by this id
	WasStopped Outcome = "cancelled"   // inquire: the payment stands cancelled
	InProgress Outcome = "in_progress" // pay, inquire: the customer is confirming; refunds: on the way
	NotFound   Outcome = "not_found"   // inquire, cancel, inquire refund: Alipay knows no such order (yet)
	NotAllowed Outcome = "not_allowed" // cancel: window passed, or the state forbids it
	ShortFunds Outcome = "short_funds" // cancel: the merchant's balance is too small
	NotSent    Outcome = "not_sent"    // any: no connection was ever handed the request
	Unsure     Outcome = "unsure"      // any: nothing is certain
)

// Reasons of NotSent and Unsure that are not Alipay's codes.
const (
	ReasonNoConnection = "NO_CONNECTION"     // name, route, TLS or connect failed
	ReasonTimeout      = "TIMEOUT"           // no whole answer in time
	ReasonBroken       = "BROKEN_ANSWER"     // reset, cut, not JSON, not 200, too big
	ReasonUnsigned     = "UNSIGNED_ANSWER"   // no or a wrong signature
	ReasonStale        = "STALE_ANSWER"      // stamped before it was asked for
	ReasonUnequal      = "UNEQUAL_ANSWER"    // ids, amount or currency are not what was asked
	ReasonNoAccount    = "ACCOUNT_NOT_SETUP" // the keys of the payment's account are not here
)

// Answer is one exchange with Alipay, told in outcomes.
type Answer struct {
	Outcome Outcome
	Result  string    // Alipay's result code (of the payment where it gives one), or one of the Reasons
	Stamp   time.Time // Response-Time of a verified answer, Alipay's clock; zero when none was verified
	Suspect bool      // signed wrongly, unequal or stale: told to the owner
	Hint    string    // an unsigned gateway code or a transport's words, for support; never believed

	PaymentID string
	RefundID  string
	Amount    Money // of a payment or refund that was asked about with AnyAmount
	PaidAt    time.Time
	Wallet    string
	Customer  string
	// Refunds are those that an inquiry lists for the payment; nil when the
	// answer held no list, empty when the list held none.
	Refunds []ListedRefund
}

// ListedRefund is a refund that Alipay's list of a payment's transactions shows.
type ListedRefund struct {
	RefundRequestID string
	RefundID        string
	Amount          Money
	At              time.Time
	State           RefundState // RefundUnknown while it is in progress
}
