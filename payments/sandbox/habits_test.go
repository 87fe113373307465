package sandbox

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"ringup/payments/alipay"
)

// TestHabits goes through the whole table: a habit without a test fails.
func TestHabits(t *testing.T) {
	tests := map[string]func(t *testing.T, c *till){
		"pays": func(t *testing.T, c *till) {
			c.pay("A1", c.code("pays"), "100").want(t, "S SUCCESS")
			c.stands("A1", alipay.StateSuccess, 100)
		},
		"password":       confirmsAfter("password", 5*time.Second),
		"slow":           confirmsAfter("slow", 40*time.Second),
		"poor":           refusesWith("poor", "USER_BALANCE_NOT_ENOUGH"),
		"limit":          refusesWith("limit", "USER_AMOUNT_EXCEED_LIMIT"),
		"expired":        refusesWith("expired", "EXPIRED_CODE"),
		"used":           refusesWith("used", "INVALID_PAYMENT_CODE"),
		"risk":           refusesWith("risk", "RISK_REJECT"),
		"kyc":            refusesWith("kyc", "USER_KYC_NOT_QUALIFIED"),
		"abnormal":       refusesWith("abnormal", "USER_STATUS_ABNORMAL"),
		"unknown_wallet": refusesWith("unknown_wallet", "USER_NOT_EXIST"),
		"no_options":     refusesWith("no_options", "NO_PAY_OPTIONS"),
		"walks_away": func(t *testing.T, c *till) {
			c.pay("A1", c.code("walks_away"), "100").want(t, "U PAYMENT_IN_PROCESS")
			c.watch.pass(59 * time.Second)
			c.stands("A1", alipay.StateProcessing, 0)
			c.watch.pass(24 * time.Hour)
			c.stands("A1", alipay.StateFail, 0)
		},
		"confirms_on_cancel": func(t *testing.T, c *till) {
			c.pay("A1", c.code("confirms_on_cancel"), "100").want(t, "U PAYMENT_IN_PROCESS")
			c.watch.pass(30 * time.Second)
			c.stands("A1", alipay.StateProcessing, 0)
			c.cancel("A1").want(t, "U UNKNOWN_EXCEPTION")
			c.stands("A1", alipay.StateSuccess, 100)
			if h := c.inquire("A1"); h.text("paymentStatus") != "SUCCESS" {
				t.Errorf("inquiry: %s", h.body)
			}
			c.cancel("A1").want(t, "S SUCCESS")
			c.stands("A1", alipay.StateCancelled, 0)
		},
		"confirms_after_cancel": func(t *testing.T, c *till) {
			c.pay("A1", c.code("confirms_after_cancel"), "100").want(t, "U PAYMENT_IN_PROCESS")
			c.watch.pass(30 * time.Second)
			c.cancel("A1").want(t, "S SUCCESS")
			c.stands("A1", alipay.StateCancelled, 0)
			c.watch.pass(3 * time.Second)
			c.stands("A1", alipay.StateCancelled, 0)
			if b, err := c.Balance("A1"); err != nil || b.Captured.Minor != 100 || b.Returned.Minor != 100 {
				t.Errorf("balance %+v, %v", b, err)
			}
			if h := c.inquire("A1"); h.text("paymentStatus") != "CANCELLED" {
				t.Errorf("inquiry: %s", h.body)
			}
		},
		"network_fails": func(t *testing.T, c *till) {
			request := c.goodPay("A1", c.code("network_fails"), "100")
			if _, err := c.try(alipay.CallPay, request); err == nil {
				t.Fatal("pay was answered")
			}
			c.stands("A1", alipay.StateSuccess, 100)
			inquiry := alipay.InquiryPaymentRequest{PaymentRequestID: "A1"}
			for i, call := range []struct {
				call alipay.Call
				body any
			}{{alipay.CallInquire, inquiry}, {alipay.CallPay, request}, {alipay.CallInquire, inquiry}} {
				if _, err := c.try(call.call, call.body); err == nil {
					t.Fatalf("call %d was answered", i+1)
				}
			}
			if h := c.inquire("A1").want(t, "S SUCCESS"); h.text("paymentStatus") != "SUCCESS" {
				t.Errorf("inquiry: %s", h.body)
			}
			// A cancel counts as a call, too, and works although nobody hears of it.
			if _, err := c.try(alipay.CallPay, c.goodPay("A2", c.code("network_fails"), "100")); err == nil {
				t.Fatal("pay was answered")
			}
			if _, err := c.try(alipay.CallCancel, alipay.CancelRequest{PaymentRequestID: "A2"}); err == nil {
				t.Fatal("cancel was answered")
			}
			c.stands("A2", alipay.StateCancelled, 0)
		},
		"never_sure": func(t *testing.T, c *till) {
			request := c.goodPay("A1", c.code("never_sure"), "100")
			c.call(alipay.CallPay, request).want(t, "U UNKNOWN_EXCEPTION")
			c.watch.pass(time.Hour)
			c.call(alipay.CallPay, request).want(t, "U UNKNOWN_EXCEPTION")
			c.inquire("A1").want(t, "U UNKNOWN_EXCEPTION")
			c.stands("A1", alipay.StateSuccess, 100)
			c.cancel("A1").want(t, "S SUCCESS")
			c.stands("A1", alipay.StateCancelled, 0)
			if h := c.inquire("A1").want(t, "S SUCCESS"); h.text("paymentStatus") != "CANCELLED" {
				t.Errorf("inquiry: %s", h.body)
			}
		},
		"late_answer": func(t *testing.T, _ *till) {
			inBubble(t, func(t *testing.T, c *till) {
				begun := time.Now()
				c.client.Timeout = 5 * time.Second
				if _, err := c.try(alipay.CallPay, c.goodPay("A1", c.code("late_answer"), "100")); err == nil {
					t.Error("answered within 5 s")
				}
				if h := c.inquire("A1").want(t, "S SUCCESS"); h.text("paymentStatus") != "SUCCESS" {
					t.Errorf("inquiry: %s", h.body)
				}
				c.client.Timeout = time.Minute
				if took := time.Since(begun); took != 5*time.Second {
					t.Errorf("took %v", took)
				}
				h, err := c.try(alipay.CallPay, c.goodPay("A2", c.code("late_answer"), "100"))
				if took := time.Since(begun); err != nil || took != 13*time.Second {
					t.Fatalf("%v after %v", err, took)
				}
				h.want(t, "S SUCCESS")
			})
		},
		"request_lost": func(t *testing.T, c *till) {
			request := c.goodPay("A1", c.code("request_lost"), "100")
			if _, err := c.try(alipay.CallPay, request); err == nil {
				t.Fatal("answered")
			}
			c.stands("A1", "unknown", 0)
			c.inquire("A1").want(t, "F ORDER_NOT_EXIST")
			c.call(alipay.CallPay, request).want(t, "S SUCCESS")
			c.stands("A1", alipay.StateSuccess, 100)
		},
		"wrong_password": func(t *testing.T, c *till) {
			c.pay("A1", c.code("wrong_password"), "100").want(t, "U PAYMENT_IN_PROCESS")
			c.watch.pass(5 * time.Second)
			if h := c.inquire("A1"); h.text("paymentStatus") != "FAIL" || h.text("paymentResultCode") != "USER_PAYMENT_VERIFICATION_FAILED" {
				t.Errorf("inquiry: %s", h.body)
			}
			c.stands("A1", alipay.StateFail, 0)
		},
		"no_refunds": func(t *testing.T, c *till) {
			p := c.pay("A1", c.code("no_refunds"), "100").want(t, "S SUCCESS")
			c.refund("R1", p.paymentID, "100").want(t, "F REFUND_NOT_SUPPORTED")
			c.stands("A1", alipay.StateSuccess, 100)
		},
		"one_refund": func(t *testing.T, c *till) {
			p := c.pay("A1", c.code("one_refund"), "100").want(t, "S SUCCESS")
			c.refund("R1", p.paymentID, "40").want(t, "S SUCCESS")
			c.refund("R2", p.paymentID, "40").want(t, "F MULTIPLE_REFUNDS_NOT_SUPPORTED")
			c.stands("A1", alipay.StateSuccess, 60)
		},
		"whole_refund": func(t *testing.T, c *till) {
			p := c.pay("A1", c.code("whole_refund"), "100").want(t, "S SUCCESS")
			c.refund("R1", p.paymentID, "99").want(t, "F PARTIAL_REFUND_NOT_SUPPORTED")
			c.refund("R2", p.paymentID, "100").want(t, "S SUCCESS")
			c.stands("A1", alipay.StateSuccess, 0)
		},
		"slow_refund": func(t *testing.T, c *till) {
			p := c.pay("A1", c.code("slow_refund"), "100").want(t, "S SUCCESS")
			c.refund("R1", p.paymentID, "60").want(t, "U REFUND_IN_PROCESS")
			c.refund("R1", p.paymentID, "60").want(t, "U REFUND_IN_PROCESS")
			c.refund("R2", p.paymentID, "41").want(t, "F REFUND_AMOUNT_EXCEED")
			c.cancel("A1").want(t, "F ORDER_STATUS_INVALID")
			if h := c.inquireRefund("R1").want(t, "S SUCCESS"); h.text("refundStatus") != "PROCESSING" {
				t.Errorf("inquiry: %s", h.body)
			}
			c.stands("A1", alipay.StateSuccess, 100)
			c.watch.pass(10 * time.Second)
			c.stands("A1", alipay.StateSuccess, 40)
			if h := c.inquireRefund("R1").want(t, "S SUCCESS"); h.text("refundStatus") != "SUCCESS" {
				t.Errorf("inquiry: %s", h.body)
			}
			c.refund("R1", p.paymentID, "60").want(t, "S SUCCESS")
		},
		"refund_fails": func(t *testing.T, c *till) {
			p := c.pay("A1", c.code("refund_fails"), "100").want(t, "S SUCCESS")
			c.refund("R1", p.paymentID, "60").want(t, "U REFUND_IN_PROCESS")
			c.watch.pass(10 * time.Second)
			if h := c.inquireRefund("R1").want(t, "S SUCCESS"); h.text("refundStatus") != "FAIL" {
				t.Errorf("inquiry: %s", h.body)
			}
			c.stands("A1", alipay.StateSuccess, 100)
		},
	}
	for _, h := range Habits() {
		t.Run(h.ID, func(t *testing.T) {
			test, ok := tests[h.ID]
			if !ok {
				t.Fatal("no test")
			}
			test(t, newTill(t))
		})
		delete(tests, h.ID)
	}
	for id := range tests {
		t.Errorf("a test for %s, which is no habit", id)
	}
}

func confirmsAfter(id string, d time.Duration) func(t *testing.T, c *till) {
	return func(t *testing.T, c *till) {
		c.pay("A1", c.code(id), "100").want(t, "U PAYMENT_IN_PROCESS")
		c.watch.pass(d - time.Nanosecond)
		c.stands("A1", alipay.StateProcessing, 0)
		c.watch.pass(time.Nanosecond)
		h := c.inquire("A1").want(t, "S SUCCESS")
		if h.text("paymentStatus") != "SUCCESS" || h.amount("paymentAmount").Value != "100" || h.paymentID == "" {
			t.Errorf("inquiry: %s", h.body)
		}
		c.stands("A1", alipay.StateSuccess, 100)
	}
}

func refusesWith(id, code string) func(t *testing.T, c *till) {
	return func(t *testing.T, c *till) {
		digits := c.code(id)
		request := c.goodPay("A1", digits, "100")
		c.call(alipay.CallPay, request).want(t, "F "+code)
		c.call(alipay.CallPay, request).want(t, "F "+code)
		if h := c.inquire("A1").want(t, "S SUCCESS"); h.text("paymentStatus") != "FAIL" || h.text("paymentResultCode") != code {
			t.Errorf("inquiry: %s", h.body)
		}
		c.stands("A1", alipay.StateFail, 0)
		c.pay("A2", digits, "100").want(t, "F INVALID_PAYMENT_CODE") // a failed try uses a code up
	}
}

func TestHabitsAreTold(t *testing.T) {
	ids, digits := map[string]bool{}, map[string]bool{}
	for _, h := range Habits() {
		if ids[h.ID] || digits[h.Digits] || len(h.Digits) != 2 || h.Does == "" {
			t.Errorf("habit %+v is there twice or not whole", h)
		}
		ids[h.ID], digits[h.Digits] = true, true
		if !strings.Contains(Help(), "2899"+h.Digits) || !strings.Contains(Help(), h.ID) || !strings.Contains(Help(), h.Does) {
			t.Errorf("Help doesn't tell of %s", h.ID)
		}
	}
	for _, k := range faultKinds {
		if faultTexts[k] == "" || !strings.Contains(Help(), "  "+string(k)+" ") {
			t.Errorf("Help doesn't tell of the fault %s", k)
		}
	}
	for line := range strings.Lines(Help()) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > 115 {
			t.Errorf("a line of %d characters: %s", n, line)
		}
	}
}

func TestHabitsHaveNamesInEveryLanguage(t *testing.T) {
	for _, language := range []string{"en", "zh-Hans"} {
		raw, err := os.ReadFile("../../assets/languages/" + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]string
		if err := json.Unmarshal(raw, &texts); err != nil {
			t.Fatal(err)
		}
		for _, h := range Habits() {
			if texts["habit."+h.ID] == "" {
				t.Errorf("%s: no text for habit.%s", language, h.ID)
			}
		}
		for key := range texts {
			if id, ok := strings.CutPrefix(key, "habit."); ok {
				if _, known := habitByID(id); !known {
					t.Errorf("%s: %s is no habit", language, key)
				}
			}
		}
	}
}

func TestNewCode(t *testing.T) {
	c := newTill(t)
	t.Run("is 24 digits that choose the habit, fresh each time", func(t *testing.T) {
		seen := map[string]bool{}
		for _, h := range Habits() {
			code, err := c.NewCode(h.ID)
			if err != nil {
				t.Fatal(err)
			}
			if d := code.Digits(); len(d) != 24 || d[:6] != HabitPrefix+h.Digits || seen[d] {
				t.Errorf("a code for %s: %v", h.ID, code)
			}
			seen[code.Digits()] = true
		}
		if _, err := c.NewCode("generous"); err == nil {
			t.Error("a code for a habit that isn't there")
		}
	})
	t.Run("is good for 60 seconds, typed codes for ever", func(t *testing.T) {
		for _, x := range []struct {
			age  time.Duration
			want string
		}{{0, "S SUCCESS"}, {59 * time.Second, "S SUCCESS"}, {60 * time.Second, "F EXPIRED_CODE"}, {23 * time.Hour, "F EXPIRED_CODE"}} {
			code, err := c.NewCode("pays")
			if err != nil {
				t.Fatal(err)
			}
			c.watch.pass(x.age)
			c.pay("AGE"+strings.NewReplacer(".", "").Replace(x.age.String()), code.Digits(), "100").want(t, x.want)
		}
	})
	t.Run("is used up by one payment", func(t *testing.T) {
		code, err := c.NewCode("pays")
		if err != nil {
			t.Fatal(err)
		}
		c.pay("B1", code.Digits(), "100").want(t, "S SUCCESS")
		c.pay("B2", code.Digits(), "100").want(t, "F INVALID_PAYMENT_CODE")
		c.watch.pass(time.Hour)
		c.pay("B1", code.Digits(), "100").want(t, "S SUCCESS") // the same payment, asked again
	})
	t.Run("is forgotten after a day if nobody used it", func(t *testing.T) {
		used, err := c.NewCode("pays")
		if err != nil {
			t.Fatal(err)
		}
		unused, err := c.NewCode("pays")
		if err != nil {
			t.Fatal(err)
		}
		c.pay("C1", used.Digits(), "100").want(t, "S SUCCESS")
		c.watch.pass(25 * time.Hour)
		if _, err := c.NewCode("pays"); err != nil {
			t.Fatal(err)
		}
		c.pay("C2", used.Digits(), "100").want(t, "F INVALID_PAYMENT_CODE")
		c.pay("C3", unused.Digits(), "100").want(t, "S SUCCESS")
	})
}
