package alipay

import (
	"fmt"
	"strings"

	"ringup/payments"
)

// Call is one of the calls of Alipay's interface: the end of its path.
type Call string

// The calls that a till makes.
const (
	CallPay           Call = "payments/pay"
	CallInquire       Call = "payments/inquiryPayment"
	CallCancel        Call = "payments/cancel"
	CallRefund        Call = "payments/refund"
	CallInquireRefund Call = "payments/inquiryRefund"
)

// Where the calls live (Antom documentation, API overview). A client id that
// begins with SandboxPrefix speaks to the sandbox path of the same host, and
// that path is what gets signed.
const (
	SandboxPrefix = "SANDBOX_"
	LivePath      = "/ams/api/v1/"
	SandboxPath   = "/ams/sandbox/api/v1/"
)

// Names of the headers that carry the signature's parts.
const (
	HeaderClientID     = "Client-Id"
	HeaderRequestTime  = "Request-Time"
	HeaderResponseTime = "Response-Time"
	HeaderSignature    = "Signature"
	HeaderAgentToken   = "Agent-Token"
	ContentType        = "application/json; charset=UTF-8"
)

// Path is where a client with this id sends the call.
func (c Call) Path(clientID string) string {
	if IsSandbox(clientID) {
		return SandboxPath + string(c)
	}
	return LivePath + string(c)
}

// IsSandbox reports whether a client id belongs to a sandbox, where no money
// is real.
func IsSandbox(clientID string) bool { return strings.HasPrefix(clientID, SandboxPrefix) }

// Fixed values of a payment by a customer's code.
const (
	ProductInStore      = "IN_STORE_PAYMENT"
	MethodConnectWallet = "CONNECT_WALLET"
	ScenarioPaymentCode = "PaymentCode"
)

// Status is a result's status: whether the call itself succeeded.
type Status string

// The three statuses.
const (
	StatusSuccess Status = "S"
	StatusFailure Status = "F"
	StatusUnknown Status = "U"
)

// The states of a payment, a refund or a transaction in inquiries. They are
// compared without regard to case; PENDING means the same as PROCESSING.
const (
	StateSuccess    = "SUCCESS"
	StateFail       = "FAIL"
	StateProcessing = "PROCESSING"
	StatePending    = "PENDING"
	StateCancelled  = "CANCELLED"
)

// Types of a transaction in inquiryPayment's list that Ringup reads.
const (
	TransactionRefund = "REFUND"
	TransactionCancel = "CANCEL"
)

// Result is how a call went. ResultMessage is for developers only.
type Result struct {
	ResultStatus  Status `json:"resultStatus"`
	ResultCode    string `json:"resultCode"`
	ResultMessage string `json:"resultMessage,omitempty"`
}

// Amount is money on the wire: an ISO 4217 code and a whole number of its
// minor units.
type Amount struct {
	Currency string `json:"currency"`
	Value    Text   `json:"value"`
}

// AmountOf is m on the wire.
func AmountOf(m payments.Money) Amount {
	return Amount{string(m.Currency), Text(m.Wire())}
}

// Money is the amount as Money; see payments.MoneyFromWire for the errors.
func (a Amount) Money() (payments.Money, error) {
	return payments.MoneyFromWire(string(a.Value), a.Currency)
}

// PayRequest is the body of pay.
type PayRequest struct {
	ProductCode        string             `json:"productCode"`
	PaymentRequestID   string             `json:"paymentRequestId"`
	Order              Order              `json:"order"`
	PaymentAmount      Amount             `json:"paymentAmount"`
	PaymentMethod      PaymentMethod      `json:"paymentMethod"`
	PaymentFactor      PaymentFactor      `json:"paymentFactor"`
	PaymentNotifyURL   string             `json:"paymentNotifyUrl"`
	PaymentExpiryTime  Time               `json:"paymentExpiryTime,omitempty"`
	SettlementStrategy SettlementStrategy `json:"settlementStrategy,omitzero"`
}

// PaymentMethod names the wallet's kind and holds the customer's code.
type PaymentMethod struct {
	PaymentMethodType string `json:"paymentMethodType"`
	PaymentMethodID   string `json:"paymentMethodId"`
}

// Format writes the method with the code masked, for every verb.
func (m PaymentMethod) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "{%s %s}", m.PaymentMethodType, maskDigits([]byte(m.PaymentMethodID)))
}

// PaymentFactor says how the payment is presented.
type PaymentFactor struct {
	InStorePaymentScenario string `json:"inStorePaymentScenario"`
}

// SettlementStrategy asks for a currency to settle in.
type SettlementStrategy struct {
	SettlementCurrency string `json:"settlementCurrency"`
}

// Order is what is paid for.
type Order struct {
	ReferenceOrderID string   `json:"referenceOrderId,omitempty"`
	OrderDescription string   `json:"orderDescription"`
	OrderAmount      Amount   `json:"orderAmount"`
	Merchant         Merchant `json:"merchant"`
	Env              Env      `json:"env,omitzero"`
	Goods            []Goods  `json:"goods,omitempty"`
}

// Merchant is who sells.
type Merchant struct {
	ReferenceMerchantID string  `json:"referenceMerchantId"`
	MerchantMCC         string  `json:"merchantMCC"`
	MerchantName        string  `json:"merchantName"`
	MerchantDisplayName string  `json:"merchantDisplayName,omitempty"`
	MerchantAddress     Address `json:"merchantAddress,omitzero"`
	Store               Store   `json:"store"`
}

// Store is where it is sold.
type Store struct {
	ReferenceStoreID string  `json:"referenceStoreId"`
	StoreName        string  `json:"storeName"`
	StoreMCC         string  `json:"storeMCC"`
	StoreDisplayName string  `json:"storeDisplayName,omitempty"`
	StoreTerminalID  string  `json:"storeTerminalId,omitempty"`
	StoreOperatorID  string  `json:"storeOperatorId,omitempty"`
	StoreAddress     Address `json:"storeAddress,omitzero"`
}

// Address is a postal address; Region is an ISO 3166 code of two letters.
type Address struct {
	Region   string `json:"region,omitempty"`
	State    string `json:"state,omitempty"`
	City     string `json:"city,omitempty"`
	Address1 string `json:"address1,omitempty"`
	Address2 string `json:"address2,omitempty"`
	ZipCode  string `json:"zipCode,omitempty"`
}

// Env is the till that asks.
type Env struct {
	StoreTerminalID          string `json:"storeTerminalId,omitempty"`
	StoreTerminalRequestTime Time   `json:"storeTerminalRequestTime,omitempty"`
}

// Goods is one line of the sale.
type Goods struct {
	ReferenceGoodsID string `json:"referenceGoodsId"`
	GoodsName        string `json:"goodsName"`
	GoodsUnitAmount  Amount `json:"goodsUnitAmount,omitzero"`
	GoodsQuantity    Text   `json:"goodsQuantity,omitempty"`
}

// PayResponse answers pay.
type PayResponse struct {
	Result                Result          `json:"result"`
	PaymentRequestID      string          `json:"paymentRequestId,omitempty"`
	PaymentID             string          `json:"paymentId,omitempty"`
	PaymentAmount         Amount          `json:"paymentAmount,omitzero"`
	ActualPaymentAmount   Amount          `json:"actualPaymentAmount,omitzero"`
	PaymentCreateTime     Time            `json:"paymentCreateTime,omitempty"`
	PaymentTime           Time            `json:"paymentTime,omitempty"`
	PspCustomerInfo       PspCustomerInfo `json:"pspCustomerInfo,omitzero"`
	GrossSettlementAmount Amount          `json:"grossSettlementAmount,omitzero"`
	SettlementQuote       Quote           `json:"settlementQuote,omitzero"`
}

// PspCustomerInfo is the wallet and its customer; the display fields are masked.
type PspCustomerInfo struct {
	PspName             string `json:"pspName,omitempty"`
	PspCustomerID       string `json:"pspCustomerId,omitempty"`
	DisplayCustomerID   string `json:"displayCustomerId,omitempty"`
	DisplayCustomerName string `json:"displayCustomerName,omitempty"`
}

// Quote is an exchange rate.
type Quote struct {
	QuoteID           string `json:"quoteId,omitempty"`
	QuoteCurrencyPair string `json:"quoteCurrencyPair,omitempty"`
	QuotePrice        Text   `json:"quotePrice,omitempty"`
	QuoteStartTime    Time   `json:"quoteStartTime,omitempty"`
	QuoteExpiryTime   Time   `json:"quoteExpiryTime,omitempty"`
	Guaranteed        Flag   `json:"guaranteed,omitempty"`
}

// InquiryPaymentRequest is the body of inquiryPayment: one of the two ids; with
// both, PaymentID wins.
type InquiryPaymentRequest struct {
	PaymentRequestID string `json:"paymentRequestId,omitempty"`
	PaymentID        string `json:"paymentId,omitempty"`
}

// InquiryPaymentResponse answers inquiryPayment. Result is only about the
// inquiry; the payment's own state is PaymentStatus.
type InquiryPaymentResponse struct {
	Result                Result          `json:"result"`
	PaymentStatus         string          `json:"paymentStatus,omitempty"`
	PaymentResultCode     string          `json:"paymentResultCode,omitempty"`
	PaymentResultMessage  string          `json:"paymentResultMessage,omitempty"`
	PaymentRequestID      string          `json:"paymentRequestId,omitempty"`
	PaymentID             string          `json:"paymentId,omitempty"`
	PaymentAmount         Amount          `json:"paymentAmount,omitzero"`
	ActualPaymentAmount   Amount          `json:"actualPaymentAmount,omitzero"`
	PaymentCreateTime     Time            `json:"paymentCreateTime,omitempty"`
	PaymentTime           Time            `json:"paymentTime,omitempty"`
	PspCustomerInfo       PspCustomerInfo `json:"pspCustomerInfo,omitzero"`
	Transactions          []Transaction   `json:"transactions,omitzero"`
	GrossSettlementAmount Amount          `json:"grossSettlementAmount,omitzero"`
	SettlementQuote       Quote           `json:"settlementQuote,omitzero"`
}

// Transaction is what happened to a payment after it was made. For a refund
// TransactionID is the refundId and TransactionRequestID the refundRequestId.
type Transaction struct {
	TransactionResult    Result `json:"transactionResult,omitzero"`
	TransactionID        string `json:"transactionId,omitempty"`
	TransactionType      string `json:"transactionType,omitempty"`
	TransactionStatus    string `json:"transactionStatus,omitempty"`
	TransactionAmount    Amount `json:"transactionAmount,omitzero"`
	TransactionRequestID string `json:"transactionRequestId,omitempty"`
	TransactionTime      Time   `json:"transactionTime,omitempty"`
}

// CancelRequest is the body of cancel: one of the two ids; with both,
// PaymentID wins.
type CancelRequest struct {
	PaymentRequestID string `json:"paymentRequestId,omitempty"`
	PaymentID        string `json:"paymentId,omitempty"`
}

// CancelResponse answers cancel.
type CancelResponse struct {
	Result           Result `json:"result"`
	PaymentID        string `json:"paymentId,omitempty"`
	PaymentRequestID string `json:"paymentRequestId,omitempty"`
	CancelTime       Time   `json:"cancelTime,omitempty"`
}

// RefundRequest is the body of refund.
type RefundRequest struct {
	RefundRequestID   string `json:"refundRequestId"`
	PaymentID         string `json:"paymentId"`
	ReferenceRefundID string `json:"referenceRefundId,omitempty"`
	RefundAmount      Amount `json:"refundAmount"`
	RefundReason      string `json:"refundReason,omitempty"`
}

// RefundResponse answers refund.
type RefundResponse struct {
	Result                Result `json:"result"`
	RefundRequestID       string `json:"refundRequestId,omitempty"`
	RefundID              string `json:"refundId,omitempty"`
	PaymentID             string `json:"paymentId,omitempty"`
	RefundAmount          Amount `json:"refundAmount,omitzero"`
	RefundTime            Time   `json:"refundTime,omitempty"`
	GrossSettlementAmount Amount `json:"grossSettlementAmount,omitzero"`
	SettlementQuote       Quote  `json:"settlementQuote,omitzero"`
}

// InquiryRefundRequest is the body of inquiryRefund: one of the two ids; with
// both, RefundID wins.
type InquiryRefundRequest struct {
	RefundRequestID string `json:"refundRequestId,omitempty"`
	RefundID        string `json:"refundId,omitempty"`
}

// InquiryRefundResponse answers inquiryRefund. Result is only about the
// inquiry; the refund's own state is RefundStatus.
type InquiryRefundResponse struct {
	Result                Result `json:"result"`
	RefundRequestID       string `json:"refundRequestId,omitempty"`
	RefundID              string `json:"refundId,omitempty"`
	RefundAmount          Amount `json:"refundAmount,omitzero"`
	RefundStatus          string `json:"refundStatus,omitempty"`
	RefundTime            Time   `json:"refundTime,omitempty"`
	GrossSettlementAmount Amount `json:"grossSettlementAmount,omitzero"`
	SettlementQuote       Quote  `json:"settlementQuote,omitzero"`
}

// NotifyPayment is what Alipay posts to paymentNotifyUrl, and only when the
// payment succeeded.
type NotifyPayment struct {
	NotifyType            string          `json:"notifyType"` // PAYMENT_RESULT
	Result                Result          `json:"result"`
	PaymentRequestID      string          `json:"paymentRequestId,omitempty"`
	PaymentID             string          `json:"paymentId,omitempty"`
	PaymentAmount         Amount          `json:"paymentAmount,omitzero"`
	PaymentCreateTime     Time            `json:"paymentCreateTime,omitempty"`
	PaymentTime           Time            `json:"paymentTime,omitempty"`
	PspCustomerInfo       PspCustomerInfo `json:"pspCustomerInfo,omitzero"`
	GrossSettlementAmount Amount          `json:"grossSettlementAmount,omitzero"`
	SettlementQuote       Quote           `json:"settlementQuote,omitzero"`
}

// NotifyPaymentResult is the NotifyType of a payment's notification.
const NotifyPaymentResult = "PAYMENT_RESULT"

// Plain is an answer that holds nothing but a result: a failure, or the
// receiver's acknowledgement of a notification.
type Plain struct {
	Result Result `json:"result"`
}
