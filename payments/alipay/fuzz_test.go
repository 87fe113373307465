package alipay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"ringup/payments"
)

// reading is a body read with nothing of this package: maps, without regard to
// case in names.
type reading map[string]any

func (r reading) at(path ...string) string {
	var v any = map[string]any(r)
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = nil
		for k := range m {
			if strings.EqualFold(k, name) {
				v = m[k]
			}
		}
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// FuzzAnswer: whatever a signed body says, a success is believed only if it
// says so in every place, and nothing is kept that is unfit to be kept.
func FuzzAnswer(f *testing.F) {
	for _, call := range allCalls {
		f.Add([]byte(success(call)))
		for _, c := range []string{"RISK_REJECT", "ORDER_NOT_EXIST", "SYSTEM_ERROR"} {
			f.Add([]byte(`{` + result("F", c) + `}`))
		}
	}
	f.Add([]byte(`{` + ok + `,"transactions":[{"transactionType":"REFUND","transactionStatus":"SUCCESS","transactionRequestId":"a","transactionAmount":{"currency":"HKD","value":1}}]}`))
	f.Add([]byte(`{"result":{"resultStatus":"S","resultCode":"SUCCESS","ResultCode":"X"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		base := payments.Answer{Stamp: noon}
		for _, call := range allCalls {
			a, read := judge(call, raw, base)
			if !read {
				continue
			}
			var r reading
			d := json.NewDecoder(bytes.NewReader(raw))
			d.UseNumber()
			if err := d.Decode(&r); err != nil {
				t.Fatalf("%s was read, and is %v", raw, err)
			}
			switch a.Outcome {
			case payments.Succeeded:
				want := map[string]string{"result resultStatus": "S", "result resultCode": "SUCCESS"}
				switch call {
				case CallInquire:
					want["paymentRequestId"], want["paymentAmount value"], want["paymentAmount currency"] = requestID, "4550", "HKD"
					if !strings.EqualFold(r.at("paymentStatus"), "SUCCESS") {
						t.Fatalf("%s: paid", raw)
					}
				case CallPay:
					want["paymentRequestId"], want["paymentAmount value"], want["paymentAmount currency"] = requestID, "4550", "HKD"
				case CallCancel:
					want["paymentRequestId"] = requestID
				case CallRefund:
					want["refundRequestId"], want["refundAmount value"], want["refundAmount currency"], want["paymentId"] = refundID, "4550", "HKD", paymentID
				case CallInquireRefund:
					want["refundRequestId"], want["refundAmount value"], want["refundAmount currency"] = refundID, "4550", "HKD"
					if !strings.EqualFold(r.at("refundStatus"), "SUCCESS") {
						t.Fatalf("%s: refunded", raw)
					}
				}
				for path, value := range want {
					if got := r.at(strings.Fields(path)...); got != value {
						t.Fatalf("%s: %s believes %s, but %s is %q", raw, call, a.Outcome, path, got)
					}
				}
				if (call == CallPay || call == CallInquire) && a.PaymentID == "" {
					t.Fatalf("%s: paid without an id", raw)
				}
			case payments.Declined, payments.NotFound, payments.NotAllowed, payments.ShortFunds:
				if r.at("result", "resultStatus") != "F" && !strings.EqualFold(r.at("paymentStatus"), "FAIL") && !strings.EqualFold(r.at("refundStatus"), "FAIL") {
					t.Fatalf("%s: %s is %s", raw, call, a.Outcome)
				}
			case payments.Unsure:
				if a.PaymentID != "" && a.PaymentID != r.at("paymentId") || a.Refunds != nil {
					t.Fatalf("%s: %+v", raw, a)
				}
			case payments.NotSent, "":
				t.Fatalf("%s: %s", raw, a.Outcome)
			}
			if a.Suspect && !a.Stamp.IsZero() {
				t.Fatalf("%s: suspect, and its time is believed", raw)
			}
			for _, kept := range []string{a.PaymentID, a.RefundID, a.Wallet, a.Customer, a.Result, a.Hint} {
				if strings.ContainsFunc(kept, func(r rune) bool { return r < ' ' || r == 0x7f }) || len(kept) > 800 {
					t.Fatalf("%s: keeps %q", raw, kept)
				}
			}
		}
	})
}

// judge reads and judges a body as the client does after verifying it.
func judge(call Call, raw []byte, base payments.Answer) (payments.Answer, bool) {
	switch call {
	case CallPay:
		return judged(pay, payments.PayRequest{PaymentRequestID: requestID, Amount: price}, raw, base)
	case CallInquire:
		return judged(inquire, payments.InquireRequest{PaymentRequestID: requestID, Amount: price}, raw, base)
	case CallCancel:
		return judged(cancel, payments.CancelRequest{PaymentRequestID: requestID}, raw, base)
	case CallRefund:
		return judged(refund, payments.RefundRequest{RefundRequestID: refundID, PaymentID: paymentID, Amount: price}, raw, base)
	}
	return judged(inquireRefund, payments.InquireRefundRequest{RefundRequestID: refundID, Amount: price}, raw, base)
}

func judged[Q, R any](v verb[Q, R], q Q, raw []byte, base payments.Answer) (payments.Answer, bool) {
	var r R
	if Decode(raw, &r) != nil {
		return payments.Answer{}, false
	}
	return v.judge(q, r, base), true
}
