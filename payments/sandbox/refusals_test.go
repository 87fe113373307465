package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"ringup/payments/alipay"
)

// What the gateway refuses before it knows the caller comes unsigned.
func TestTheGatewayRefusesUnsigned(t *testing.T) {
	c := newTill(t)
	body, err := json.Marshal(alipay.InquiryPaymentRequest{PaymentRequestID: "A1"})
	if err != nil {
		t.Fatal(err)
	}
	good := func() *http.Request { return c.request(alipay.CallInquire, body) }
	other, err := alipay.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	sign := func(r *http.Request, version string, s alipay.Signed) {
		signature, err := alipay.Sign(other, version, s)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set(alipay.HeaderSignature, signature)
	}
	replaceBody := func(r *http.Request, text string) {
		r.Body, r.ContentLength = http.NoBody, 0
		if text != "" {
			fresh, err := http.NewRequest(r.Method, r.URL.String(), strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			r.Body, r.ContentLength = fresh.Body, fresh.ContentLength
		}
	}
	for _, x := range []struct {
		name  string
		want  string
		spoil func(r *http.Request)
	}{
		{"an address that isn't there", "NO_INTERFACE_DEF", func(r *http.Request) { r.URL.Path = "/ams/sandbox/api/v1/payments/capture" }},
		{"the call's name in other letters", "NO_INTERFACE_DEF", func(r *http.Request) { r.URL.Path = strings.Replace(r.URL.Path, "inquiryPayment", "inquirypayment", 1) }},
		{"an address outside of /ams", "NO_INTERFACE_DEF", func(r *http.Request) { r.URL.Path = "/payments/pay" }},
		{"GET", "METHOD_NOT_SUPPORTED", func(r *http.Request) { r.Method = http.MethodGet; replaceBody(r, "") }},
		{"PUT", "METHOD_NOT_SUPPORTED", func(r *http.Request) { r.Method = http.MethodPut }},
		{"a form", "MEDIA_TYPE_NOT_ACCEPTABLE", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }},
		{"JSON in GBK", "MEDIA_TYPE_NOT_ACCEPTABLE", func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=GBK") }},
		{"two types at once", "MEDIA_TYPE_NOT_ACCEPTABLE", func(r *http.Request) { r.Header.Add("Content-Type", "application/json") }},
		{"no client id", "CLIENT_INVALID", func(r *http.Request) { r.Header.Del(alipay.HeaderClientID) }},
		{"another client id", "CLIENT_INVALID", func(r *http.Request) { r.Header.Set(alipay.HeaderClientID, "SANDBOX_5Y0000000000000000") }},
		{"no signature", "INVALID_SIGNATURE", func(r *http.Request) { r.Header.Del(alipay.HeaderSignature) }},
		{"a signature of nothing", "INVALID_SIGNATURE", func(r *http.Request) {
			r.Header.Set(alipay.HeaderSignature, "algorithm=RSA256,keyVersion=1,signature=AAAA")
		}},
		{"a signature by another key", "INVALID_SIGNATURE", func(r *http.Request) {
			sign(r, "1", alipay.Signed{Method: "POST", Path: r.URL.Path, ClientID: c.creds.ClientID, Time: r.Header.Get(alipay.HeaderRequestTime), Body: body})
		}},
		{"a key version that isn't there", "KEY_NOT_FOUND", func(r *http.Request) {
			r.Header.Set(alipay.HeaderSignature, strings.Replace(r.Header.Get(alipay.HeaderSignature), "keyVersion=1", "keyVersion=2", 1))
		}},
		{"another time than was signed", "INVALID_SIGNATURE", func(r *http.Request) {
			r.Header.Set(alipay.HeaderRequestTime, alipay.RequestTime(c.now().Add(time.Second)))
		}},
		{"another body than was signed", "INVALID_SIGNATURE", func(r *http.Request) { replaceBody(r, string(body)+" ") }},
		{"another address than was signed", "INVALID_SIGNATURE", func(r *http.Request) { r.URL.Path = alipay.CallInquire.Path("live") }},
		{"a query that wasn't signed", "INVALID_SIGNATURE", func(r *http.Request) { r.URL.RawQuery = "a=1" }},
		{"a body of more than a mebibyte", "PARAM_ILLEGAL", func(r *http.Request) { replaceBody(r, strings.Repeat(" ", maxBody+1)) }},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := good()
			x.spoil(r)
			h, err := c.send(r)
			if err != nil {
				t.Fatal(err)
			}
			h.want(t, "F "+x.want)
			if h.header.Get(alipay.HeaderSignature) != "" || h.status != http.StatusOK {
				t.Errorf("HTTP %d, signature %q", h.status, h.header.Get(alipay.HeaderSignature))
			}
		})
	}
	t.Run("and nothing else", func(t *testing.T) {
		for _, spoil := range []func(r *http.Request){
			func(*http.Request) {},
			func(r *http.Request) { r.Header.Del("Content-Type") },
			func(r *http.Request) { r.Header.Set("Content-Type", "application/json") },
			func(r *http.Request) { r.Header.Set("Content-Type", "application/json;charset=utf-8") },
			func(r *http.Request) { r.Header.Set("client-id", r.Header.Get(alipay.HeaderClientID)) },
			func(r *http.Request) {
				r.Header.Set(alipay.HeaderSignature, strings.ReplaceAll(r.Header.Get(alipay.HeaderSignature), ",", ", "))
			},
			func(r *http.Request) {
				r.Header.Set(alipay.HeaderSignature, strings.Replace(r.Header.Get(alipay.HeaderSignature), "keyVersion=1,", "", 1))
			},
		} {
			r := good()
			spoil(r)
			h, err := c.send(r)
			if err != nil {
				t.Fatal(err)
			}
			h.want(t, "F ORDER_NOT_EXIST")
			if err := h.verify(); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("on both paths", func(t *testing.T) {
		for _, base := range []string{alipay.SandboxPath, alipay.LivePath} {
			h, err := c.send(c.requestTo(base+string(alipay.CallInquire), body))
			if err != nil {
				t.Fatal(err)
			}
			h.want(t, "F ORDER_NOT_EXIST")
			if err := h.verify(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestRequestTime(t *testing.T) {
	c := newTill(t)
	body := []byte(`{"paymentRequestId":"A1"}`)
	for _, x := range []struct {
		name, stamp, want string
	}{
		{"ten minutes early", alipay.RequestTime(c.now().Add(-10 * time.Minute)), "ORDER_NOT_EXIST"},
		{"ten minutes late", alipay.RequestTime(c.now().Add(10 * time.Minute)), "ORDER_NOT_EXIST"},
		{"more than ten minutes early", alipay.RequestTime(c.now().Add(-10*time.Minute - time.Millisecond)), "PARAM_ILLEGAL"},
		{"more than ten minutes late", alipay.RequestTime(c.now().Add(10*time.Minute + time.Millisecond)), "PARAM_ILLEGAL"},
		{"as ISO 8601", "2026-11-21T02:00:00Z", "ORDER_NOT_EXIST"},
		{"without a zone", "2026-11-21T10:00:00", "PARAM_ILLEGAL"},
		{"that is none", "now", "PARAM_ILLEGAL"},
		{"left out", "", "PARAM_ILLEGAL"},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := c.request(alipay.CallInquire, body)
			signature, err := alipay.Sign(c.key, "", alipay.Signed{
				Method: "POST", Path: r.URL.Path, ClientID: c.creds.ClientID, Time: x.stamp, Body: body,
			})
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set(alipay.HeaderRequestTime, x.stamp)
			r.Header.Set(alipay.HeaderSignature, signature)
			h, err := c.send(r)
			if err != nil {
				t.Fatal(err)
			}
			h.want(t, "F "+x.want)
			if err := h.verify(); err != nil { // so that a till can learn the time
				t.Error(err)
			}
		})
	}
}

// set changes a field, named with dots, in a request's JSON; nil takes it out.
func set(t *testing.T, request any, field string, value any) map[string]any {
	t.Helper()
	raw, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	var top map[string]any
	if err := json.Unmarshal(raw, &top); err != nil {
		t.Fatal(err)
	}
	at := top
	names := strings.Split(field, ".")
	for _, name := range names[:len(names)-1] {
		next, ok := at[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[name] = next
		}
		at = next
	}
	last := names[len(names)-1]
	if _, there := at[last]; value == nil && !there {
		t.Fatalf("%s isn't in the request, so that taking it out tests nothing", field)
	}
	if value == nil {
		delete(at, last)
	} else {
		at[last] = value
	}
	return top
}

func TestPayChecksEveryField(t *testing.T) {
	c := newTill(t)
	long := func(n int) string { return strings.Repeat("x", n) }
	goods := func(n int) []alipay.Goods {
		list := make([]alipay.Goods, n)
		for i := range list {
			list[i] = alipay.Goods{ReferenceGoodsID: fmt.Sprint(i), GoodsName: "茶"}
		}
		return list
	}
	required := []string{
		"productCode", "paymentRequestId", "paymentAmount", "paymentAmount.currency", "paymentAmount.value",
		"paymentMethod", "paymentMethod.paymentMethodType", "paymentMethod.paymentMethodId",
		"paymentFactor", "paymentFactor.inStorePaymentScenario", "paymentNotifyUrl",
		"settlementStrategy", "settlementStrategy.settlementCurrency",
		"order", "order.orderDescription", "order.orderAmount", "order.orderAmount.currency", "order.orderAmount.value",
		"order.merchant", "order.merchant.referenceMerchantId", "order.merchant.merchantMCC", "order.merchant.merchantName",
		"order.merchant.store", "order.merchant.store.referenceStoreId", "order.merchant.store.storeName", "order.merchant.store.storeMCC",
		"order.env", "order.env.storeTerminalId", "order.env.storeTerminalRequestTime",
	}
	for _, field := range required {
		t.Run("without "+field, func(t *testing.T) {
			c.call(alipay.CallPay, set(t, c.goodPay("A1", c.fresh(), "100"), field, nil)).want(t, "F PARAM_ILLEGAL")
		})
	}
	for _, x := range []struct {
		field string
		value any
	}{
		{"productCode", "CASHIER_PAYMENT"},
		{"paymentRequestId", long(65)},
		{"paymentRequestId", "T1 1"},
		{"paymentRequestId", "T1/1"},
		{"paymentRequestId", 17},
		{"paymentMethod.paymentMethodType", "ALIPAY_CN"},
		{"paymentMethod.paymentMethodId", long(129)},
		{"paymentFactor.inStorePaymentScenario", "OrderCode"},
		{"paymentNotifyUrl", "ringup"},
		{"paymentNotifyUrl", "ftp://ringup.invalid/"},
		{"paymentNotifyUrl", "https://ringup.invalid/" + long(2048)},
		{"paymentExpiryTime", "soon"},
		{"paymentExpiryTime", "2026-11-21T10:01:00"},
		{"settlementStrategy.settlementCurrency", "HK"},
		{"paymentAmount.value", "0"},
		{"paymentAmount.value", "-100"},
		{"paymentAmount.value", "+100"},
		{"paymentAmount.value", "1.00"},
		{"paymentAmount.value", "0100"},
		{"paymentAmount.value", "1e3"},
		{"paymentAmount.value", " 100"},
		{"paymentAmount.value", "一百"},
		{"paymentAmount.value", "12345678901234567"},
		{"paymentAmount.currency", "hkd"},
		{"paymentAmount.currency", "HK$"},
		{"paymentAmount.currency", "HKDD"},
		{"order.orderAmount.value", "0"},
		{"order.referenceOrderId", long(65)},
		{"order.orderDescription", long(257)},
		{"order.merchant.referenceMerchantId", long(65)},
		{"order.merchant.merchantMCC", "58120"},
		{"order.merchant.merchantMCC", "58a2"},
		{"order.merchant.merchantName", long(257)},
		{"order.merchant.merchantDisplayName", long(257)},
		{"order.merchant.merchantAddress.region", "HKG"},
		{"order.merchant.merchantAddress.city", long(33)},
		{"order.merchant.store.referenceStoreId", long(33)},
		{"order.merchant.store.storeName", long(257)},
		{"order.merchant.store.storeMCC", "581"},
		{"order.merchant.store.storeTerminalId", long(65)},
		{"order.merchant.store.storeAddress.zipCode", long(33)},
		{"order.env.storeTerminalId", long(65)},
		{"order.env.storeTerminalRequestTime", "today"},
		{"order.goods", goods(101)},
		{"order.goods", []alipay.Goods{{GoodsName: "Tea"}}},
		{"order.goods", []alipay.Goods{{ReferenceGoodsID: "1"}}},
		{"order.goods", []alipay.Goods{{ReferenceGoodsID: "1", GoodsName: long(257)}}},
		{"order.goods", []alipay.Goods{{ReferenceGoodsID: "1", GoodsName: "Tea", GoodsQuantity: "1.5"}}},
		{"order.goods", "none"},
	} {
		t.Run(fmt.Sprintf("with %s %.40v", x.field, x.value), func(t *testing.T) {
			c.call(alipay.CallPay, set(t, c.goodPay("A1", c.fresh(), "100"), x.field, x.value)).want(t, "F PARAM_ILLEGAL")
		})
	}
	t.Run("and leaves nothing of what it refused", func(t *testing.T) {
		c.inquire("A1").want(t, "F ORDER_NOT_EXIST")
		c.stands("A1", "unknown", 0)
	})
	for i, x := range []struct {
		field string
		value any
	}{
		{"paymentRequestId", long(64)},
		{"paymentAmount.value", 100},
		{"order.referenceOrderId", strings.Repeat("茶", 64)},
		{"order.orderDescription", strings.Repeat("茶", 256)},
		{"order.goods", goods(100)},
		{"order.goods", nil},
		{"order.orderAmount.value", "999"},
		{"order.extendInfo", "{}"},
		{"paymentExpiryTime", "2026-11-21 10:01:00+08:00"},
		{"paymentExpiryTime", nil},
	} {
		t.Run(fmt.Sprintf("but takes %s %.40v", x.field, x.value), func(t *testing.T) {
			request := set(t, c.goodPay(fmt.Sprintf("B%d", i), c.fresh(), "100"), x.field, x.value)
			c.call(alipay.CallPay, request).want(t, "S SUCCESS")
		})
	}
}

func TestCodesThatAreNone(t *testing.T) {
	c := newTill(t)
	for i, x := range []struct{ code, want string }{
		{"281234567890123", "F INVALID_PAYMENT_CODE"},           // 15 digits
		{"2812345678901234567890123", "F INVALID_PAYMENT_CODE"}, // 25
		{"2412345678901234", "F INVALID_PAYMENT_CODE"},
		{"3112345678901234", "F INVALID_PAYMENT_CODE"},
		{"28123456789O1234", "F INVALID_PAYMENT_CODE"},
		{"２８12345678901234", "F INVALID_PAYMENT_CODE"},
		{"hQVDUFYwMQ0123456", "F INVALID_PAYMENT_CODE"},
		{"2512345678901234", "S SUCCESS"},
		{"301234567890123456789012", "S SUCCESS"},
	} {
		c.pay(fmt.Sprintf("A%d", i), x.code, "100").want(t, x.want)
	}
}

func TestCurrencies(t *testing.T) {
	t.Run("only that of the contract", func(t *testing.T) {
		c := newTill(t, WithCurrency("SGD"))
		for _, currency := range []string{"HKD", "USD", "XYZ"} {
			request := c.goodPay("A1", c.fresh(), "100")
			request.PaymentAmount.Currency = currency
			c.call(alipay.CallPay, request).want(t, "F CURRENCY_NOT_SUPPORT")
		}
		c.stands("A1", "unknown", 0)
		c.pay("A1", c.fresh(), "100").want(t, "S SUCCESS")
	})
	t.Run("IDR in steps of 100", func(t *testing.T) {
		c := newTill(t, WithCurrency("IDR"))
		c.pay("A1", c.fresh(), "50001").want(t, "F PARAM_ILLEGAL")
		c.pay("A1", c.fresh(), "50000").want(t, "S SUCCESS")
	})
}

func TestOtherCallsCheckTheirFields(t *testing.T) {
	c := newTill(t)
	p := c.pay("A1", c.fresh(), "100").want(t, "S SUCCESS")
	good := alipay.RefundRequest{
		RefundRequestID: "R1", PaymentID: p.paymentID, RefundAmount: alipay.Amount{Currency: "HKD", Value: "1"},
		ReferenceRefundID: "T1-1", RefundReason: "one bun returned",
	}
	for _, x := range []struct {
		field string
		value any
	}{
		{"refundRequestId", nil}, {"paymentId", nil}, {"refundAmount", nil}, {"refundAmount.currency", nil}, {"refundAmount.value", nil},
		{"refundAmount.value", "0"}, {"refundAmount.value", "01"}, {"refundRequestId", "R 1"},
		{"refundRequestId", strings.Repeat("x", 65)}, {"paymentId", strings.Repeat("1", 65)},
		{"refundReason", strings.Repeat("x", 257)}, {"referenceRefundId", strings.Repeat("x", 65)},
	} {
		t.Run(fmt.Sprintf("refund with %s %.40v", x.field, x.value), func(t *testing.T) {
			c.call(alipay.CallRefund, set(t, good, x.field, x.value)).want(t, "F PARAM_ILLEGAL")
		})
	}
	t.Run("and a good refund passes", func(t *testing.T) { c.call(alipay.CallRefund, good).want(t, "S SUCCESS") })
	for _, call := range []alipay.Call{alipay.CallPay, alipay.CallInquire, alipay.CallCancel, alipay.CallRefund, alipay.CallInquireRefund} {
		for _, body := range []string{
			``, `{}`, `[]`, `null`, `"A1"`, `{`, `{"paymentRequestId":"A1"} x`, `{"paymentRequestId":"A1"}{}`,
			`{"paymentRequestId":"A1","paymentRequestId":"A2","refundRequestId":"R1","refundRequestId":"R2"}`,
			`{"paymentRequestId":"A1","PaymentRequestID":"A2","refundRequestId":"R1","REFUNDREQUESTID":"R2"}`,
			`{"paymentRequestId":["A1"],"refundRequestId":{}}`,
			"{\"paymentRequestId\":\"A\xff\",\"refundRequestId\":\"R\xff\"}",
			`{"paymentRequestId":"` + strings.Repeat("A", 65) + `","refundRequestId":"` + strings.Repeat("R", 65) + `"}`,
		} {
			t.Run(fmt.Sprintf("%s with %.60q", call, body), func(t *testing.T) {
				c.call(call, []byte(body)).want(t, "F PARAM_ILLEGAL")
			})
		}
	}
	c.stands("A1", alipay.StateSuccess, 99)
}

// A real wallet's code may be scanned in training by mistake: it must not stay
// anywhere in the folder.
func TestNoCodeIsKept(t *testing.T) {
	c := newTill(t)
	codes := []string{"281234567890123456", c.code("password"), c.code("poor"), "1234567890123456"}
	for i, code := range codes {
		c.call(alipay.CallPay, c.goodPay(fmt.Sprintf("A%d", i), code, "100"))
	}
	issued, err := c.NewCode("pays")
	if err != nil {
		t.Fatal(err)
	}
	raw := readLedger(t, c.dir)
	for _, code := range append(codes, issued.Digits()) {
		if bytes.Contains(raw, []byte(code)) {
			t.Errorf("the ledger holds a code that begins with %s", code[:6])
		}
	}
	if !bytes.Contains(raw, []byte("ALIPAY_HK")) {
		t.Error("the ledger doesn't hold what it must: the test looked in the wrong place")
	}
}
