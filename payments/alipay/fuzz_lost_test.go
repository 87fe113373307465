package alipay

import (
	"encoding/json"
	"strings"
	"testing"

	"ringup/payments"
)

// FuzzAnswerOfAnyAmount: where the books have lost an amount, the answer's own
// is believed only when it is one; and a probe never finds a payment.
func FuzzAnswerOfAnyAmount(f *testing.F) {
	for _, body := range []string{success(CallInquire), success(CallInquireRefund)} {
		f.Add([]byte(body))
		f.Add([]byte(strings.ReplaceAll(body, `"4550"`, `"0"`)))
		f.Add([]byte(strings.ReplaceAll(body, `"4550"`, `-1`)))
		f.Add([]byte(strings.ReplaceAll(body, `"HKD"`, `"IDR"`)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var r reading
		if json.Unmarshal(raw, &r) != nil {
			return
		}
		whole := func(a payments.Answer, amount, id, want string) {
			if a.Outcome != payments.Succeeded {
				return
			}
			if a.Amount.CheckCharge() != nil || a.Amount.Wire() != strings.TrimLeft(r.at(amount, "value"), "0") ||
				string(a.Amount.Currency) != r.at(amount, "currency") || r.at(id) != want {
				t.Fatalf("%s: taken up as %v", raw, a.Amount)
			}
		}
		if a, read := judged(inquire, payments.InquireRequest{PaymentRequestID: requestID, AnyAmount: true}, raw, payments.Answer{Stamp: noon}); read {
			whole(a, "paymentAmount", "paymentRequestId", requestID)
		}
		if a, read := judged(inquireRefund, payments.InquireRefundRequest{RefundRequestID: refundID, AnyAmount: true}, raw, payments.Answer{Stamp: noon}); read {
			whole(a, "refundAmount", "refundRequestId", refundID)
		}
		if a, read := judged(inquire, payments.InquireRequest{PaymentRequestID: requestID}, raw, payments.Answer{Stamp: noon}); read && a.Outcome == payments.Succeeded {
			t.Fatalf("%s: a probe is paid", raw)
		}
	})
}
