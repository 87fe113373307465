package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"ringup/payments"
	"ringup/payments/alipay"
)

func TestPayIsIdempotent(t *testing.T) {
	c := newTill(t)
	code := c.fresh()
	request := c.goodPay("A1", code, "1250")
	first := c.call(alipay.CallPay, request).want(t, "S SUCCESS")
	if first.amount("paymentAmount") != request.PaymentAmount || first.paymentRequestID != "A1" {
		t.Errorf("answer %s", first.body)
	}
	c.watch.pass(3 * time.Minute)
	again := c.call(alipay.CallPay, request).want(t, "S SUCCESS")
	if string(again.body) != string(first.body) {
		t.Errorf("the second answer is\n%s, the first\n%s", again.body, first.body)
	}
	other := request
	other.PaymentAmount.Value = "1251"
	c.call(alipay.CallPay, other).want(t, "F REPEAT_REQ_INCONSISTENT")
	other = request
	other.PaymentMethod.PaymentMethodID = c.fresh()
	c.call(alipay.CallPay, other).want(t, "F REPEAT_REQ_INCONSISTENT")
	other = request
	other.Order.OrderDescription = "not compared"
	c.call(alipay.CallPay, other).want(t, "S SUCCESS")
	c.stands("A1", alipay.StateSuccess, 1250)
	c.pay("A2", code, "1250").want(t, "F INVALID_PAYMENT_CODE")
	c.pay("A2", code, "1250").want(t, "F INVALID_PAYMENT_CODE")
	c.stands("A2", alipay.StateFail, 0)
	c.pay("A3", "123", "1250").want(t, "F INVALID_PAYMENT_CODE")
	if h := c.inquire("A3").want(t, "S SUCCESS"); h.text("paymentStatus") != "FAIL" || h.text("paymentResultCode") != "INVALID_PAYMENT_CODE" {
		t.Errorf("inquiry of a refused order: %s", h.body)
	}
}

func TestEveryOtherCodeHasAMillion(t *testing.T) {
	for _, x := range []struct {
		currency payments.Currency
		million  int64
	}{{"HKD", 100_000_000}, {"JPY", 1_000_000}} {
		t.Run(string(x.currency), func(t *testing.T) {
			c := newTill(t, WithCurrency(x.currency))
			c.pay("A1", c.fresh(), fmt.Sprint(x.million+1)).want(t, "F USER_BALANCE_NOT_ENOUGH")
			c.pay("A2", c.fresh(), fmt.Sprint(x.million)).want(t, "S SUCCESS")
			c.stands("A2", alipay.StateSuccess, x.million)
			c.pay("A3", HabitPrefix+"9912345678901", "100").want(t, "S SUCCESS")
		})
	}
}

func TestExpiry(t *testing.T) {
	c := newTill(t)
	t.Run("an order that nobody confirms is closed then, and not before", func(t *testing.T) {
		request := c.goodPay("A1", c.code("walks_away"), "100")
		c.call(alipay.CallPay, request).want(t, "U PAYMENT_IN_PROCESS")
		c.watch.pass(59 * time.Second)
		if h := c.inquire("A1"); h.text("paymentStatus") != "PROCESSING" {
			t.Errorf("inquiry before expiry: %s", h.body)
		}
		c.watch.pass(time.Second)
		if h := c.inquire("A1"); h.text("paymentStatus") != "FAIL" || h.text("paymentResultCode") != "ORDER_IS_CLOSED" {
			t.Errorf("inquiry at expiry: %s", h.body)
		}
		c.call(alipay.CallPay, request).want(t, "F ORDER_IS_CLOSED")
	})
	t.Run("a request that arrives after its own expiry is refused", func(t *testing.T) {
		request := c.goodPay("A2", c.fresh(), "100")
		c.watch.pass(time.Minute)
		c.call(alipay.CallPay, request).want(t, "F ORDER_IS_CLOSED")
		c.stands("A2", alipay.StateFail, 0)
		request.PaymentRequestID, request.PaymentExpiryTime = "A3", alipay.TimeOf(c.now().Add(time.Minute))
		c.call(alipay.CallPay, request).want(t, "S SUCCESS") // the wallet never saw the code
	})
	t.Run("without paymentExpiryTime it is ten minutes", func(t *testing.T) {
		request := c.goodPay("A4", c.code("walks_away"), "100")
		request.PaymentExpiryTime = ""
		c.call(alipay.CallPay, request).want(t, "U PAYMENT_IN_PROCESS")
		c.watch.pass(10*time.Minute - time.Second)
		c.stands("A4", alipay.StateProcessing, 0)
		c.watch.pass(time.Second)
		c.stands("A4", alipay.StateFail, 0)
	})
	t.Run("who confirms at the moment of expiry is too late", func(t *testing.T) {
		request := c.goodPay("A5", c.code("password"), "100")
		request.PaymentExpiryTime = alipay.TimeOf(c.now().Add(quickConfirm))
		c.call(alipay.CallPay, request).want(t, "U PAYMENT_IN_PROCESS")
		c.watch.pass(time.Minute)
		c.stands("A5", alipay.StateFail, 0)
	})
}

func TestCancel(t *testing.T) {
	c := newTill(t)
	t.Run("of a paid order gives the money back", func(t *testing.T) {
		request := c.goodPay("A1", c.fresh(), "100")
		paid := c.call(alipay.CallPay, request).want(t, "S SUCCESS")
		h := c.cancel("A1").want(t, "S SUCCESS")
		if h.paymentID != paid.paymentID || h.paymentRequestID != "A1" || h.text("cancelTime") != "2026-11-21T10:00:00+08:00" {
			t.Errorf("answer %s", h.body)
		}
		c.stands("A1", alipay.StateCancelled, 0)
		c.watch.pass(time.Hour)
		if h := c.cancel("A1").want(t, "S SUCCESS"); h.text("cancelTime") != "2026-11-21T10:00:00+08:00" {
			t.Errorf("cancelled again: %s", h.body)
		}
		c.call(alipay.CallPay, request).want(t, "F ORDER_IS_CANCELED")
		c.refund("R1", paid.paymentID, "100").want(t, "F ORDER_IS_CANCELED")
		if h := c.inquire("A1").want(t, "S SUCCESS"); h.text("paymentStatus") != "CANCELLED" {
			t.Errorf("inquiry: %s", h.body)
		}
	})
	t.Run("by paymentId, which wins over paymentRequestId", func(t *testing.T) {
		a := c.pay("B1", c.fresh(), "100").want(t, "S SUCCESS")
		c.pay("B2", c.fresh(), "100").want(t, "S SUCCESS")
		h := c.call(alipay.CallCancel, alipay.CancelRequest{PaymentRequestID: "B2", PaymentID: a.paymentID}).want(t, "S SUCCESS")
		if h.paymentRequestID != "B1" {
			t.Errorf("cancelled %s", h.paymentRequestID)
		}
		c.stands("B1", alipay.StateCancelled, 0)
		c.stands("B2", alipay.StateSuccess, 100)
	})
	t.Run("of an unknown order leaves no trace", func(t *testing.T) {
		c.cancel("C1").want(t, "F ORDER_NOT_EXIST")
		c.stands("C1", "unknown", 0)
		c.pay("C1", c.fresh(), "100").want(t, "S SUCCESS")
	})
	t.Run("until 00:15 of the next day in GMT+8", func(t *testing.T) {
		for i, x := range []struct{ paid, asked, want string }{
			{"2026-11-21T23:59:59+08:00", "2026-11-22T00:14:59+08:00", "S SUCCESS"},
			{"2026-11-21T23:59:59+08:00", "2026-11-22T00:15:00+08:00", "F CANCEL_WINDOW_EXCEED"},
			{"2026-11-22T00:00:00+08:00", "2026-11-22T23:15:00+08:00", "S SUCCESS"},
			{"2026-12-31T17:00:00Z", "2027-01-01T16:14:59Z", "S SUCCESS"},
			{"2026-12-31T17:00:00Z", "2027-01-01T16:15:00Z", "F CANCEL_WINDOW_EXCEED"},
		} {
			id := fmt.Sprintf("D%d", i)
			c.watch.set(alipay.Time(x.paid).Time())
			c.pay(id, c.fresh(), "100").want(t, "S SUCCESS")
			c.watch.set(alipay.Time(x.asked).Time())
			c.cancel(id).want(t, x.want)
			if x.want[0] == 'F' {
				c.stands(id, alipay.StateSuccess, 100)
			}
		}
	})
	t.Run("after a refund is refused", func(t *testing.T) {
		p := c.pay("E1", c.fresh(), "100").want(t, "S SUCCESS")
		c.refund("E1R1", p.paymentID, "101").want(t, "F REFUND_AMOUNT_EXCEED")
		c.refund("E1R2", p.paymentID, "1").want(t, "S SUCCESS")
		c.cancel("E1").want(t, "F ORDER_STATUS_INVALID")
		c.stands("E1", alipay.StateSuccess, 99)
	})
	t.Run("after a refund that failed goes on", func(t *testing.T) {
		p := c.pay("F1", c.fresh(), "100").want(t, "S SUCCESS")
		c.refund("F1R1", p.paymentID, "101").want(t, "F REFUND_AMOUNT_EXCEED")
		c.cancel("F1").want(t, "S SUCCESS")
		c.stands("F1", alipay.StateCancelled, 0)
	})
	t.Run("of an order that failed succeeds", func(t *testing.T) {
		c.pay("G1", c.code("risk"), "100").want(t, "F RISK_REJECT")
		c.cancel("G1").want(t, "S SUCCESS")
		c.stands("G1", alipay.StateCancelled, 0)
	})
	t.Run("of a waiting order keeps it cancelled when the customer confirms", func(t *testing.T) {
		c.pay("H1", c.code("slow"), "100").want(t, "U PAYMENT_IN_PROCESS")
		c.watch.pass(20 * time.Second)
		c.cancel("H1").want(t, "S SUCCESS")
		b, err := c.Balance("H1")
		if err != nil || b.Captured.Minor != 0 {
			t.Errorf("before the confirmation: %+v %v", b, err)
		}
		c.watch.pass(20 * time.Second)
		c.stands("H1", alipay.StateCancelled, 0)
		if b, err = c.Balance("H1"); err != nil || b.Captured.Minor != 100 || b.Returned.Minor != 100 {
			t.Errorf("after the confirmation: %+v %v", b, err)
		}
	})
}

func TestStickyCancel(t *testing.T) {
	c := newTill(t, StickyCancel())
	h := c.cancel("A1").want(t, "S SUCCESS")
	if h.paymentRequestID != "A1" || h.text("cancelTime") == "" {
		t.Errorf("answer %s", h.body)
	}
	if h := c.inquire("A1").want(t, "S SUCCESS"); h.text("paymentStatus") != "CANCELLED" {
		t.Errorf("inquiry: %s", h.body)
	}
	code := c.fresh()
	c.pay("A1", code, "100").want(t, "F ORDER_IS_CANCELED")
	c.stands("A1", "unknown", 0)
	c.pay("A2", code, "100").want(t, "S SUCCESS")
	c.call(alipay.CallCancel, alipay.CancelRequest{PaymentID: "20261121"}).want(t, "F ORDER_NOT_EXIST")
}

func TestRefund(t *testing.T) {
	c := newTill(t)
	p := c.pay("A1", c.fresh(), "1000").want(t, "S SUCCESS")
	t.Run("in parts up to the amount", func(t *testing.T) {
		h := c.refund("R1", p.paymentID, "400").want(t, "S SUCCESS")
		if h.refundRequestID != "R1" || h.paymentID != p.paymentID || h.text("refundId") == "" || h.text("refundTime") == "" {
			t.Errorf("answer %s", h.body)
		}
		again := c.refund("R1", p.paymentID, "400").want(t, "S SUCCESS")
		if string(again.body) != string(h.body) {
			t.Errorf("the second answer is\n%s, the first\n%s", again.body, h.body)
		}
		c.refund("R1", p.paymentID, "300").want(t, "F REPEAT_REQ_INCONSISTENT")
		c.refund("R2", p.paymentID, "601").want(t, "F REFUND_AMOUNT_EXCEED")
		c.refund("R2", p.paymentID, "601").want(t, "F REFUND_AMOUNT_EXCEED")
		c.refund("R3", p.paymentID, "600").want(t, "S SUCCESS")
		c.refund("R4", p.paymentID, "1").want(t, "F REFUND_AMOUNT_EXCEED")
		c.stands("A1", alipay.StateSuccess, 0)
	})
	t.Run("shows in the inquiry of the payment", func(t *testing.T) {
		h := c.inquire("A1").want(t, "S SUCCESS")
		var list []alipay.Transaction
		if err := json.Unmarshal(h.fields["transactions"], &list); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, x := range list {
			got = append(got, fmt.Sprintf("%s %s %s %s", x.TransactionType, x.TransactionRequestID, x.TransactionAmount.Value, x.TransactionStatus))
		}
		want := []string{"REFUND R1 400 SUCCESS", "REFUND R2 601 FAIL", "REFUND R3 600 SUCCESS", "REFUND R4 1 FAIL"}
		if h.text("paymentStatus") != "SUCCESS" || !slices.Equal(got, want) {
			t.Errorf("%s with %v", h.text("paymentStatus"), got)
		}
	})
	t.Run("is inquired by either id", func(t *testing.T) {
		h := c.inquireRefund("R1").want(t, "S SUCCESS")
		if h.text("refundStatus") != "SUCCESS" || h.amount("refundAmount").Value != "400" {
			t.Errorf("answer %s", h.body)
		}
		byID := c.call(alipay.CallInquireRefund, alipay.InquiryRefundRequest{RefundID: h.text("refundId"), RefundRequestID: "R3"})
		if byID.refundRequestID != "R1" {
			t.Errorf("answer %s", byID.body)
		}
		if h := c.inquireRefund("R2").want(t, "S SUCCESS"); h.text("refundStatus") != "FAIL" {
			t.Errorf("answer %s", h.body)
		}
		c.inquireRefund("R9").want(t, "F ORDER_NOT_EXIST")
	})
	t.Run("of what can't be refunded", func(t *testing.T) {
		c.refund("S1", "20261121000", "1").want(t, "F ORDER_NOT_EXIST")
		c.inquireRefund("S1").want(t, "F ORDER_NOT_EXIST")
		waiting := c.pay("B1", c.code("password"), "100")
		c.refund("S2", waiting.paymentID, "1").want(t, "F ORDER_STATUS_INVALID")
		failed := c.pay("B2", c.code("poor"), "100")
		c.refund("S3", failed.paymentID, "1").want(t, "F ORDER_STATUS_INVALID")
		paid := c.pay("B3", c.fresh(), "100")
		c.call(alipay.CallRefund, alipay.RefundRequest{
			RefundRequestID: "S4", PaymentID: paid.paymentID, RefundAmount: alipay.Amount{Currency: "USD", Value: "1"},
		}).want(t, "F CURRENCY_NOT_SUPPORT")
		c.refund("S4", paid.paymentID, "1").want(t, "S SUCCESS")
	})
	t.Run("within the window", func(t *testing.T) {
		c := newTill(t, WithRefundWindow(48*time.Hour))
		p := c.pay("A1", c.fresh(), "100").want(t, "S SUCCESS")
		c.watch.pass(48 * time.Hour)
		c.refund("R1", p.paymentID, "1").want(t, "S SUCCESS")
		c.watch.pass(time.Second)
		c.refund("R2", p.paymentID, "1").want(t, "F REFUND_WINDOW_EXCEED")
	})
}

func TestMerchantBalance(t *testing.T) {
	c := newTill(t)
	a := c.pay("A1", c.fresh(), "100").want(t, "S SUCCESS")
	if err := c.SetMerchantBalance(50); err != nil {
		t.Fatal(err)
	}
	c.cancel("A1").want(t, "F MERCHANT_BALANCE_NOT_ENOUGH")
	c.stands("A1", alipay.StateSuccess, 100)
	c.refund("R1", a.paymentID, "51").want(t, "F MERCHANT_BALANCE_NOT_ENOUGH")
	c.refund("R2", a.paymentID, "50").want(t, "S SUCCESS")
	c.pay("A2", c.fresh(), "100").want(t, "S SUCCESS")
	c.cancel("A2").want(t, "S SUCCESS")
	if n, limited, err := c.MerchantBalance(); err != nil || !limited || n != 0 {
		t.Errorf("left %d, limited %v, %v", n, limited, err)
	}
	c.refund("R1", a.paymentID, "51").want(t, "F MERCHANT_BALANCE_NOT_ENOUGH")
	if err := c.SetMerchantBalance(-1); err != nil {
		t.Fatal(err)
	}
	c.refund("R3", a.paymentID, "50").want(t, "S SUCCESS")
	// What a customer confirmed before is not added to a balance set later.
	c.pay("A3", c.code("password"), "100").want(t, "U PAYMENT_IN_PROCESS")
	c.watch.pass(quickConfirm)
	if err := c.SetMerchantBalance(0); err != nil {
		t.Fatal(err)
	}
	if n, _, err := c.MerchantBalance(); err != nil || n != 0 {
		t.Errorf("left %d, %v", n, err)
	}
}

func TestWallets(t *testing.T) {
	c := newTill(t)
	if err := c.SetWallets(
		Wallet{Prefix: "28", PspName: "TNG"},
		Wallet{Prefix: "2877", Balance: "500", PspName: "GCASH"},
		Wallet{Prefix: "2877000000000009", Habit: "risk"},
	); err != nil {
		t.Fatal(err)
	}
	brand := func(h *heard) string {
		var info alipay.PspCustomerInfo
		if err := json.Unmarshal(h.fields["pspCustomerInfo"], &info); err != nil {
			t.Fatal(err)
		}
		return info.PspName
	}
	if got := brand(c.pay("A1", "2877000000000001", "300").want(t, "S SUCCESS")); got != "GCASH" {
		t.Error("brand", got)
	}
	c.pay("A2", "2877000000000002", "300").want(t, "F USER_BALANCE_NOT_ENOUGH")
	c.cancel("A1").want(t, "S SUCCESS")
	c.pay("A3", "2877000000000003", "300").want(t, "S SUCCESS")
	c.pay("A4", "2877000000000009", "1").want(t, "F RISK_REJECT")
	if got := brand(c.pay("A5", "2866000000000001", "100000").want(t, "S SUCCESS")); got != "TNG" {
		t.Error("brand", got)
	}
	t.Run("with a balance that is spent before the customer confirms", func(t *testing.T) {
		if err := c.SetWallets(Wallet{Prefix: "2801", Habit: "password", Balance: "100"}); err != nil {
			t.Fatal(err)
		}
		c.pay("B1", "2801000000000001", "80").want(t, "U PAYMENT_IN_PROCESS")
		c.watch.pass(time.Second)
		c.pay("B2", "2801000000000002", "80").want(t, "U PAYMENT_IN_PROCESS")
		c.watch.pass(time.Minute)
		c.stands("B1", alipay.StateSuccess, 80)
		c.stands("B2", alipay.StateFail, 0)
		if h := c.inquire("B2"); h.text("paymentResultCode") != "USER_BALANCE_NOT_ENOUGH" {
			t.Errorf("inquiry: %s", h.body)
		}
	})
	t.Run("that can't be are refused", func(t *testing.T) {
		for _, w := range []Wallet{
			{}, {Prefix: "28x"}, {Prefix: "2812345678901234567890123"},
			{Prefix: "28", Habit: "generous"}, {Prefix: "28", Balance: "-1"}, {Prefix: "28", Balance: "1.50"},
		} {
			if err := c.SetWallets(w); !errors.Is(err, ErrWallet) {
				t.Errorf("%+v: %v", w, err)
			}
		}
	})
	t.Run("are forgotten", func(t *testing.T) {
		if err := c.ClearWallets(); err != nil {
			t.Fatal(err)
		}
		if list, err := c.Wallets(); err != nil || len(list) != 0 {
			t.Error(list, err)
		}
		c.pay("C1", "2877000000000010", "100000").want(t, "S SUCCESS")
	})
}
