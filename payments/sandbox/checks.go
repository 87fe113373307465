package sandbox

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"ringup/payments"
	"ringup/payments/alipay"
)

// Lengths, in characters, and counts that a request may have (Antom
// documentation of pay, refund and inquiry; where it gives none, the shortest
// that integrators' own lists give).
const (
	maxRequestID   = 64
	maxPaymentID   = 64
	maxURL         = 2048
	maxOrderID     = 64
	maxDescription = 256
	maxMerchantID  = 64
	maxStoreID     = 32
	maxName        = 256
	maxTerminalID  = 64
	maxGoods       = 100
	maxGoodsID     = 64
	maxGoodsName   = 256
	maxMethodType  = 64
	maxReason      = 256
	maxBody        = 1 << 20
)

// checker collects the first thing that is wrong with a request.
type checker struct{ problem string }

func (c *checker) fail(field, why string) {
	if c.problem == "" {
		c.problem = field + ": " + why
	}
}

// need wants a text of at most limit characters.
func (c *checker) need(field, value string, limit int) {
	if value == "" {
		c.fail(field, "required")
	}
	c.limit(field, value, limit)
}

func (c *checker) limit(field, value string, limit int) {
	if utf8.RuneCountInString(value) > limit {
		c.fail(field, fmt.Sprintf("longer than %d", limit))
	}
}

func (c *checker) equal(field, value, want string) {
	if value != want {
		c.fail(field, "must be "+want)
	}
}

// id wants a request id: letters, digits, - and _ only.
func (c *checker) id(field, value string) {
	c.need(field, value, maxRequestID)
	if strings.ContainsFunc(value, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != '_'
	}) {
		c.fail(field, "special characters")
	}
}

// mcc wants a merchant category code: four digits.
func (c *checker) mcc(field, value string) {
	c.need(field, value, 4)
	if len(value) != 4 || !allDigits(value) {
		c.fail(field, "must be 4 digits")
	}
}

// time wants a time with a zone.
func (c *checker) time(field string, value alipay.Time) {
	if value == "" {
		c.fail(field, "required")
	} else if _, err := alipay.ParseTime(string(value)); err != nil {
		c.fail(field, "not an ISO 8601 time")
	}
}

// amount wants a positive whole number of minor units without leading zeros,
// at most 16 digits, that the currency allows. A currency that isn't known is
// left for the contract to refuse.
func (c *checker) amount(field string, a alipay.Amount) payments.Money {
	value := string(a.Value)
	switch {
	case a.Currency == "" || value == "":
		c.fail(field, "required")
	case !isCapitals(a.Currency, 3):
		c.fail(field+".currency", "must be an ISO 4217 code")
	case !allDigits(value) || value[0] == '0' || len(value) > 16:
		c.fail(field+".value", "must be a positive whole number of at most 16 digits")
	case !payments.Currency(a.Currency).Known():
	default:
		m, err := a.Money()
		if err == nil {
			err = m.CheckCharge()
		}
		if err != nil {
			c.fail(field+".value", err.Error())
		}
		return m
	}
	return payments.Money{}
}

// pay checks the fields of a pay request; the code's form is checked later,
// because it has a result code of its own.
func (c *checker) pay(r *alipay.PayRequest) payments.Money {
	c.equal("productCode", r.ProductCode, alipay.ProductInStore)
	c.id("paymentRequestId", r.PaymentRequestID)
	amount := c.amount("paymentAmount", r.PaymentAmount)
	c.need("paymentMethod.paymentMethodType", r.PaymentMethod.PaymentMethodType, maxMethodType)
	c.equal("paymentMethod.paymentMethodType", r.PaymentMethod.PaymentMethodType, alipay.MethodConnectWallet)
	c.need("paymentMethod.paymentMethodId", r.PaymentMethod.PaymentMethodID, 128)
	c.equal("paymentFactor.inStorePaymentScenario", r.PaymentFactor.InStorePaymentScenario, alipay.ScenarioPaymentCode)
	c.need("paymentNotifyUrl", r.PaymentNotifyURL, maxURL)
	if u, err := url.Parse(r.PaymentNotifyURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		c.fail("paymentNotifyUrl", "must be an http or https address")
	}
	if r.PaymentExpiryTime != "" {
		c.time("paymentExpiryTime", r.PaymentExpiryTime)
	}
	c.need("settlementStrategy.settlementCurrency", r.SettlementStrategy.SettlementCurrency, 3)
	if cur := payments.Currency(r.SettlementStrategy.SettlementCurrency); !cur.Known() {
		c.fail("settlementStrategy.settlementCurrency", "must be an ISO 4217 code")
	}
	c.order(&r.Order)
	return amount
}

func (c *checker) order(o *alipay.Order) {
	c.limit("order.referenceOrderId", o.ReferenceOrderID, maxOrderID)
	c.need("order.orderDescription", o.OrderDescription, maxDescription)
	c.amount("order.orderAmount", o.OrderAmount)
	m := &o.Merchant
	c.need("order.merchant.referenceMerchantId", m.ReferenceMerchantID, maxMerchantID)
	c.mcc("order.merchant.merchantMCC", m.MerchantMCC)
	c.need("order.merchant.merchantName", m.MerchantName, maxName)
	c.limit("order.merchant.merchantDisplayName", m.MerchantDisplayName, maxName)
	c.address("order.merchant.merchantAddress", &m.MerchantAddress)
	c.need("order.merchant.store.referenceStoreId", m.Store.ReferenceStoreID, maxStoreID)
	c.need("order.merchant.store.storeName", m.Store.StoreName, maxName)
	c.mcc("order.merchant.store.storeMCC", m.Store.StoreMCC)
	c.limit("order.merchant.store.storeDisplayName", m.Store.StoreDisplayName, maxName)
	c.limit("order.merchant.store.storeTerminalId", m.Store.StoreTerminalID, maxTerminalID)
	c.limit("order.merchant.store.storeOperatorId", m.Store.StoreOperatorID, maxTerminalID)
	c.address("order.merchant.store.storeAddress", &m.Store.StoreAddress)
	c.need("order.env.storeTerminalId", o.Env.StoreTerminalID, maxTerminalID)
	c.time("order.env.storeTerminalRequestTime", o.Env.StoreTerminalRequestTime)
	if len(o.Goods) > maxGoods {
		c.fail("order.goods", fmt.Sprintf("more than %d", maxGoods))
	}
	for i, g := range o.Goods {
		field := fmt.Sprintf("order.goods[%d].", i)
		c.need(field+"referenceGoodsId", g.ReferenceGoodsID, maxGoodsID)
		c.need(field+"goodsName", g.GoodsName, maxGoodsName)
		if g.GoodsQuantity != "" && !allDigits(string(g.GoodsQuantity)) {
			c.fail(field+"goodsQuantity", "must be a whole number")
		}
	}
}

func (c *checker) address(field string, a *alipay.Address) {
	if a.Region != "" && !isCapitals(a.Region, 2) {
		c.fail(field+".region", "must be an ISO 3166 code of two letters")
	}
	c.limit(field+".state", a.State, 8)
	c.limit(field+".city", a.City, 32)
	c.limit(field+".address1", a.Address1, 256)
	c.limit(field+".address2", a.Address2, 256)
	c.limit(field+".zipCode", a.ZipCode, 32)
}

// refund checks the fields of a refund request.
func (c *checker) refund(r *alipay.RefundRequest) payments.Money {
	c.id("refundRequestId", r.RefundRequestID)
	c.need("paymentId", r.PaymentID, maxPaymentID)
	amount := c.amount("refundAmount", r.RefundAmount)
	c.limit("referenceRefundId", r.ReferenceRefundID, maxOrderID)
	c.limit("refundReason", r.RefundReason, maxReason)
	return amount
}

// either wants one of two ids; with both, the second one wins.
func (c *checker) either(field1, id1, field2, id2 string) {
	if id1 == "" && id2 == "" {
		c.fail(field1, "or "+field2+" required")
	}
	c.limit(field1, id1, maxRequestID)
	c.limit(field2, id2, maxPaymentID)
}

// isCapitals reports whether text is n letters from A to Z.
func isCapitals(text string, n int) bool {
	return len(text) == n && !strings.ContainsFunc(text, func(r rune) bool { return r < 'A' || r > 'Z' })
}

// isCode reports whether digits can be a payment code: 16 to 24 digits that
// begin with 25 to 30 (Antom documentation of pay).
func isCode(digits string) bool {
	if n := len(digits); n < 16 || n > 24 || !allDigits(digits) {
		return false
	}
	return digits[:2] >= "25" && digits[:2] <= "30"
}
