package alipay

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"ringup/payments"
)

// TestWhatIsNotBelieved changes one thing of a whole, signed, fresh success and
// asks what is left: nothing certain, and told to the owner where it smells of
// forgery.
func TestWhatIsNotBelieved(t *testing.T) {
	paid := success(CallPay)
	unsigned := reply{unsigned: true}
	saying := func(r reply, body string) reply { r.body = body; return r }
	header := func(change func(http.Header)) reply { return reply{body: paid, header: change} }
	for _, c := range []struct {
		name    string
		reply   reply
		reason  string
		suspect bool
	}{
		{"a success without a signature", saying(unsigned, paid), payments.ReasonUnsigned, true},
		{"a refusal of the wallet's without a signature", saying(unsigned, `{`+result("F", "RISK_REJECT")+`}`), payments.ReasonUnsigned, true},
		{"a refusal of the gateway's without a signature is a hint", saying(unsigned, `{`+result("F", "INVALID_SIGNATURE")+`}`), payments.ReasonUnsigned, false},
		{"a busy gateway without a signature is a hint", saying(unsigned, `{`+result("U", "REQUEST_TRAFFIC_EXCEED_LIMIT")+`}`), payments.ReasonUnsigned, false},
		{"a new code without a signature is a hint", saying(unsigned, `{`+result("F", "GATEWAY_MOVED")+`}`), payments.ReasonUnsigned, false},
		{"a page without a signature", saying(unsigned, `<html>Sign in to this Wi-Fi</html>`), payments.ReasonBroken, false},
		{"nothing", saying(unsigned, ``), payments.ReasonBroken, false},
		{"signed with another key", reply{body: paid, key: otherKey()}, payments.ReasonUnsigned, true},
		{"signed with the till's own key", reply{body: paid, key: tillKey()}, payments.ReasonUnsigned, true},
		{"signed for another client id", reply{body: paid, clientID: "SANDBOX_5Y0000000000000001"}, payments.ReasonUnsigned, true},
		{"the client id changed after signing", header(func(h http.Header) { h.Set(HeaderClientID, "SANDBOX_5Y0000000000000001") }), payments.ReasonUnsigned, true},
		{"no client id", header(func(h http.Header) { h.Del(HeaderClientID) }), payments.ReasonUnsigned, true},
		{"no time", header(func(h http.Header) { h.Del(HeaderResponseTime) }), payments.ReasonUnsigned, true},
		{"the time changed after signing", header(func(h http.Header) { h.Set(HeaderResponseTime, "2026-11-21T10:00:01+08:00") }), payments.ReasonUnsigned, true},
		{"two signatures", header(func(h http.Header) { h.Add(HeaderSignature, h.Get(HeaderSignature)) }), payments.ReasonUnsigned, true},
		{"two times", header(func(h http.Header) { h.Add(HeaderResponseTime, "2026-11-21T10:00:00+08:00") }), payments.ReasonUnsigned, true},
		{"a signature in another algorithm", header(func(h http.Header) {
			h.Set(HeaderSignature, strings.Replace(h.Get(HeaderSignature), "RSA256", "RSA", 1))
		}), payments.ReasonUnsigned, true},
		{"a signature cut short", header(func(h http.Header) {
			h.Set(HeaderSignature, h.Get(HeaderSignature)[:200])
		}), payments.ReasonUnsigned, true},
		{"a body changed after signing", reply{body: paid, send: []byte(with(t, paid, `"4550"`, `"4551"`))}, payments.ReasonUnsigned, true},
		{"a line break behind the body", reply{body: paid, send: []byte(paid + "\n")}, payments.ReasonUnsigned, true},

		{"stamped six seconds before it was asked", reply{body: paid, stamp: string(TimeOf(noon.Add(-6 * time.Second)))}, payments.ReasonStale, true},
		{"stamped yesterday", reply{body: paid, stamp: string(TimeOf(noon.AddDate(0, 0, -1)))}, payments.ReasonStale, true},
		{"stamped with no time", reply{body: paid, stamp: "soon"}, payments.ReasonStale, true},
		{"stamped without a zone", reply{body: paid, stamp: "2026-11-21T10:00:00"}, payments.ReasonStale, true},

		{"for another payment", saying(reply{}, with(t, paid, requestID, "s01t0220261121000017a2")), payments.ReasonUnequal, true},
		{"without the payment's id", saying(reply{}, with(t, paid, `"paymentRequestId":"`+requestID+`",`, ``)), payments.ReasonUnequal, true},
		{"for another amount", saying(reply{}, with(t, paid, `"value":"4550"`, `"value":"4549"`)), payments.ReasonUnequal, true},
		{"in another currency", saying(reply{}, with(t, paid, `"currency":"HKD"`, `"currency":"CNY"`)), payments.ReasonUnequal, true},
		{"in a currency nobody knows", saying(reply{}, with(t, paid, `"currency":"HKD"`, `"currency":"HKX"`)), payments.ReasonUnequal, true},
		{"with an amount in major units", saying(reply{}, with(t, paid, `"value":"4550"`, `"value":"45.50"`)), payments.ReasonUnequal, true},
		{"with a signed amount", saying(reply{}, with(t, paid, `"value":"4550"`, `"value":"+4550"`)), payments.ReasonUnequal, true},
		{"with an exponent", saying(reply{}, with(t, paid, `"value":"4550"`, `"value":455e1`)), payments.ReasonUnequal, true},
		{"without an amount", saying(reply{}, with(t, paid, `"paymentAmount":{"currency":"HKD","value":"4550"},`, ``)), payments.ReasonUnequal, true},
		{"without a currency", saying(reply{}, with(t, paid, `"currency":"HKD",`, ``)), payments.ReasonUnequal, true},
		{"without Alipay's id", saying(reply{}, with(t, paid, `"paymentId":"`+paymentID+`",`, ``)), payments.ReasonUnequal, true},

		{"with Alipay's id unfit to keep", saying(reply{}, with(t, paid, paymentID, `1\u0000\u001b@`)), payments.ReasonBroken, false},
		{"with a name twice", saying(reply{}, with(t, paid, `"paymentId"`, `"paymentId":"1","paymentId"`)), payments.ReasonBroken, false},
		{"with a name twice in another case", saying(reply{}, with(t, paid, `"paymentId"`, `"PaymentID":"1","paymentId"`)), payments.ReasonBroken, false},
		{"with two amounts in one", saying(reply{}, with(t, paid, `"value":"4550"`, `"value":"1","value":"4550"`)), payments.ReasonBroken, false},
		{"with two results", saying(reply{}, with(t, paid, ok, ok+`,"result":{"resultStatus":"F"}`)), payments.ReasonBroken, false},
		{"with something behind it", saying(reply{}, paid+` {}`), payments.ReasonBroken, false},
		{"cut short before it was signed", saying(reply{}, paid[:len(paid)-20]), payments.ReasonBroken, false},
		{"in a list", saying(reply{}, `[`+paid+`]`), payments.ReasonBroken, false},
		{"not in UTF-8", saying(reply{}, with(t, paid, "138", "\xff")), payments.ReasonBroken, false},
		{"without a result", saying(reply{}, with(t, paid, ok+`,`, ``)), payments.ReasonBroken, false},
		{"with no status", saying(reply{}, with(t, paid, `"resultStatus":"S",`, ``)), payments.ReasonBroken, false},
		{"with a status nobody knows", saying(reply{}, with(t, paid, `"resultStatus":"S"`, `"resultStatus":"s"`)), payments.ReasonBroken, false},
		{"with no code", saying(reply{}, with(t, paid, `"SUCCESS"`, `""`)), payments.ReasonBroken, false},
		{"with a list for an amount", saying(reply{}, with(t, paid, `"value":"4550"`, `"value":["4550"]`)), payments.ReasonBroken, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := newStage(t, shop(), func(w http.ResponseWriter, q asked) { c.reply.write(w, q.path) }).ask(CallPay)
			expect(t, got, payments.Unsure, c.reason, c.suspect)
			if got.PaymentID != "" || !got.PaidAt.IsZero() || got.Wallet != "" || got.Refunds != nil {
				t.Errorf("something of it is believed: %+v", got)
			}
			if c.suspect && !got.Stamp.IsZero() {
				t.Errorf("its time is believed: %v", got.Stamp)
			}
			if strings.Contains(got.Hint, digits) {
				t.Errorf("the hint holds the payment code: %s", got.Hint)
			}
		})
	}
}

func TestWhatIsBelievedAllTheSame(t *testing.T) {
	paid := success(CallPay)
	for name, r := range map[string]reply{
		"stamped five seconds before":         {body: paid, stamp: string(TimeOf(noon.Add(-5 * time.Second)))},
		"stamped by a clock far ahead":        {body: paid, stamp: string(TimeOf(noon.AddDate(1, 0, 0)))},
		"stamped with a space and a fraction": {body: paid, stamp: "2026-11-21 10:00:00.999+08:00"},
		"stamped in UTC":                      {body: paid, stamp: "2026-11-21T02:00:00Z"},
		"with spaces and line breaks":         {body: with(t, "\r\n "+paid+"\n", `,"paymentId"`, " ,\n\"paymentId\"")},
		"with an amount as a number":          {body: with(t, paid, `"value":"4550"`, `"value":4550`)},
		"with fields nobody knows":            {body: with(t, paid, ok, ok+`,"promotionResult":[{"a":[]},null],"x":{"result":{}}`)},
		"with null for what is missing":       {body: with(t, paid, ok, ok+`,"redirectActionForm":null,"grossSettlementAmount":null`)},
		"with a payment time nobody can read": {body: with(t, paid, "2026-11-21T10:00:03+08:00", "21/11/2026")},
		"with a second unknown header": {body: paid, header: func(h http.Header) {
			h.Add("Trace-Id", "1")
			h.Add("Trace-Id", "2")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got := newStage(t, shop(), func(w http.ResponseWriter, q asked) { r.write(w, q.path) }).ask(CallPay)
			expect(t, got, payments.Succeeded, "SUCCESS", false)
			if got.PaymentID != paymentID || got.Stamp.IsZero() {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestDotsCannotBeMoved: the signature covers CLIENT-ID.TIME.BODY, and dots
// stand inside all three. The same signed bytes split at other dots keep their
// signature, and must not be believed.
func TestDotsCannotBeMoved(t *testing.T) {
	creds := shop()
	creds.ClientID = "SANDBOX_5Y.0"
	const stamp = "2026-11-21T10:00:00.500+08:00"
	body := with(t, success(CallPay), ok, ok+`,"note":"2026-11-21T10:00:00Z.{}"`)
	text := creds.ClientID + "." + stamp + "." + body
	signature := must(Sign(alipayKey(), "1", Signed{"POST", CallPay.Path(creds.ClientID), creds.ClientID, stamp, []byte(body)}))
	believed := 0
	for i := range text {
		for j := i + 1; j < len(text); j++ {
			if text[i] != '.' || text[j] != '.' {
				continue
			}
			split := Signed{"POST", CallPay.Path(creds.ClientID), text[:i], text[i+1 : j], []byte(text[j+1:])}
			if err := Verify(&alipayKey().PublicKey, signature, split); err != nil {
				t.Fatalf("the split at %d and %d is no longer the signed text: %v", i, j, err)
			}
			s := newStage(t, creds, func(w http.ResponseWriter, _ asked) {
				h := w.Header()
				h.Set(HeaderClientID, split.ClientID)
				h.Set(HeaderResponseTime, split.Time)
				h.Set(HeaderSignature, signature)
				_, _ = w.Write(split.Body)
			})
			switch got := s.ask(CallPay); {
			case got.Outcome == payments.Succeeded && string(split.Body) == body:
				believed++
			case got.Outcome != payments.Unsure:
				t.Errorf("%s | %s | %s is believed: %+v", split.ClientID, split.Time, split.Body, got)
			}
		}
	}
	if believed != 1 {
		t.Errorf("%d splits are believed, want the one that was signed", believed)
	}
}

func TestTheFirstAnswerMayHaveAnyTime(t *testing.T) {
	s := saying(t, reply{body: success(CallPay), stamp: string(TimeOf(noon.AddDate(0, 0, -1)))})
	got := s.askWith(t.Context(), CallPay, func(q *payments.PayRequest, _ *payments.InquireRequest) { q.Moment.Floor = time.Time{} })
	expect(t, got, payments.Succeeded, "SUCCESS", false)
}

func TestAFailureMayLeaveThingsOutButNotSayOtherThings(t *testing.T) {
	const failed = `"resultStatus":"F","resultCode":"%s"}`
	const otherAmount = `,"paymentAmount":{"currency":"HKD","value":"4551"}`
	const otherRefund = `,"refundAmount":{"currency":"HKD","value":"4551"}`
	for _, c := range []struct {
		call    Call
		code    string
		outcome payments.Outcome
		wrong   []string // each of them makes it unequal
		right   string
	}{
		{CallPay, "RISK_REJECT", payments.Declined, []string{`,"paymentRequestId":"x"`, otherAmount, `,"paymentAmount":{"currency":"HKD"}`}, `,"paymentRequestId":"` + requestID + `","paymentAmount":{"currency":"HKD","value":"4550"}`},
		{CallInquire, "ORDER_NOT_EXIST", payments.NotFound, []string{`,"paymentRequestId":"x"`, otherAmount}, `,"paymentRequestId":"` + requestID + `"`},
		{CallCancel, "CANCEL_WINDOW_EXCEED", payments.NotAllowed, []string{`,"paymentRequestId":"x"`}, `,"paymentRequestId":"` + requestID + `"`},
		{CallRefund, "REFUND_AMOUNT_EXCEED", payments.Declined, []string{`,"refundRequestId":"x"`, `,"paymentId":"x"`, otherRefund}, `,"refundRequestId":"` + refundID + `","paymentId":"` + paymentID + `"`},
		{CallInquireRefund, "ORDER_NOT_EXIST", payments.NotFound, []string{`,"refundRequestId":"x"`, otherRefund}, `,"refundRequestId":"` + refundID + `"`},
	} {
		body := func(more string) string { return `{"result":{` + fmt.Sprintf(failed, c.code) + more + `}` }
		t.Run(string(c.call), func(t *testing.T) {
			expect(t, saying(t, reply{body: body("")}).ask(c.call), c.outcome, c.code, false)
			expect(t, saying(t, reply{body: body(c.right)}).ask(c.call), c.outcome, c.code, false)
			for _, wrong := range c.wrong {
				expect(t, saying(t, reply{body: body(wrong)}).ask(c.call), payments.Unsure, payments.ReasonUnequal, true)
			}
		})
	}
}

func TestASuccessOfEachCallMustHoldAllThatWasAsked(t *testing.T) {
	const amount = `"value":"4550"`
	for call, changes := range map[Call][][2]string{
		CallInquire:       {{requestID, "x"}, {`"paymentRequestId":"` + requestID + `",`, ``}, {amount, `"value":"4551"`}, {`"HKD"`, `"USD"`}, {`"paymentId":"` + paymentID + `",`, ``}},
		CallCancel:        {{requestID, "x"}, {`"paymentRequestId":"` + requestID + `",`, ``}},
		CallRefund:        {{refundID, "x"}, {`"refundRequestId":"` + refundID + `",`, ``}, {amount, `"value":"4551"`}, {`"HKD"`, `"USD"`}, {paymentID, "x"}, {`"paymentId":"` + paymentID + `",`, ``}},
		CallInquireRefund: {{refundID, "x"}, {`"refundRequestId":"` + refundID + `",`, ``}, {amount, `"value":"4551"`}, {`"HKD"`, `"USD"`}},
	} {
		for _, change := range changes {
			t.Run(string(call)+" with "+change[0]+" as "+change[1], func(t *testing.T) {
				s := saying(t, reply{body: with(t, success(call), change[0], change[1])})
				expect(t, s.ask(call), payments.Unsure, payments.ReasonUnequal, true)
			})
		}
	}
}

func TestInquiryHasTwoLevels(t *testing.T) {
	for _, c := range []struct {
		name    string
		body    string
		outcome payments.Outcome
		result  string
	}{
		{"paid", `"paymentStatus":"SUCCESS"`, payments.Succeeded, "SUCCESS"},
		{"paid, in another case", `"paymentStatus":"Success"`, payments.Succeeded, "SUCCESS"},
		{"paid, with a code nobody knows", `"paymentStatus":"SUCCESS","paymentResultCode":"PAID_IN_FULL"`, payments.Succeeded, "SUCCESS"},
		{"paid, but its code says no", `"paymentStatus":"SUCCESS","paymentResultCode":"RISK_REJECT"`, payments.Unsure, payments.ReasonBroken},
		{"failed", `"paymentStatus":"FAIL","paymentResultCode":"ORDER_IS_CLOSED"`, payments.Declined, "ORDER_IS_CLOSED"},
		{"failed, in small letters", `"paymentStatus":"fail","paymentResultCode":"RISK_REJECT"`, payments.Declined, "RISK_REJECT"},
		{"failed without a code", `"paymentStatus":"FAIL"`, payments.Declined, "FAIL"},
		{"failed by a fault of Alipay's", `"paymentStatus":"FAIL","paymentResultCode":"SYSTEM_ERROR"`, payments.Declined, "FAIL"},
		{"failed, with a code nobody knows", `"paymentStatus":"FAIL","paymentResultCode":"MOON_PHASE"`, payments.Declined, "MOON_PHASE"},
		{"failed, but its code says success", `"paymentStatus":"FAIL","paymentResultCode":"SUCCESS"`, payments.Unsure, payments.ReasonBroken},
		{"failed, but its code says in process", `"paymentStatus":"FAIL","paymentResultCode":"PAYMENT_IN_PROCESS"`, payments.Unsure, payments.ReasonBroken},
		{"in progress", `"paymentStatus":"PROCESSING","paymentResultCode":"PAYMENT_IN_PROCESS"`, payments.InProgress, "PAYMENT_IN_PROCESS"},
		{"pending", `"paymentStatus":"Pending"`, payments.InProgress, "PAYMENT_IN_PROCESS"},
		{"cancelled", `"paymentStatus":"CANCELLED"`, payments.WasStopped, "ORDER_IS_CANCELED"},
		{"a state nobody knows", `"paymentStatus":"FROZEN"`, payments.Unsure, payments.ReasonBroken},
		{"no state", `"paymentTime":""`, payments.Unsure, payments.ReasonBroken},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := `{` + ok + `,"paymentRequestId":"` + requestID + `","paymentId":"` + paymentID + `","paymentAmount":{"currency":"HKD","value":"4550"},` + c.body + `}`
			got := saying(t, reply{body: body}).ask(CallInquire)
			expect(t, got, c.outcome, c.result, false)
			if got.Stamp.IsZero() {
				t.Error("a verified answer without its time")
			}
		})
	}
	t.Run("an inquiry that failed says nothing about the payment", func(t *testing.T) {
		body := `{` + result("F", "CLIENT_INVALID") + `,"paymentStatus":"SUCCESS","paymentRequestId":"` + requestID + `","paymentId":"1","paymentAmount":{"currency":"HKD","value":"4550"}}`
		expect(t, saying(t, reply{body: body}).ask(CallInquire), payments.Unsure, "CLIENT_INVALID", false)
	})
	t.Run("cancelled must say which payment", func(t *testing.T) {
		body := `{` + ok + `,"paymentStatus":"CANCELLED"}`
		expect(t, saying(t, reply{body: body}).ask(CallInquire), payments.Unsure, payments.ReasonUnequal, true)
	})
	for state, want := range map[string]payments.Outcome{"SUCCESS": payments.Succeeded, "FAIL": payments.Declined, "processing": payments.InProgress, "PENDING": payments.InProgress, "LOST": payments.Unsure, "": payments.Unsure} {
		t.Run("a refund that is "+state, func(t *testing.T) {
			body := with(t, success(CallInquireRefund), `"refundStatus":"SUCCESS"`, `"refundStatus":"`+state+`"`)
			if got := saying(t, reply{body: body}).ask(CallInquireRefund); got.Outcome != want {
				t.Errorf("%+v, want %s", got, want)
			}
		})
	}
}

func TestAProbeNeverBelievesASuccess(t *testing.T) {
	probe := func(_ *payments.PayRequest, q *payments.InquireRequest) { q.Amount = payments.Money{} }
	for name, c := range map[string]struct {
		body    string
		outcome payments.Outcome
		suspect bool
	}{
		"paid":         {success(CallInquire), payments.Unsure, true},
		"paid nothing": {with(t, success(CallInquire), `,"paymentAmount":{"currency":"HKD","value":"4550"}`, ``), payments.Unsure, true},
		"paid zero":    {with(t, success(CallInquire), `{"currency":"HKD","value":"4550"}`, `{"currency":"","value":"0"}`), payments.Unsure, true},
		"no such":      {`{` + result("F", "ORDER_NOT_EXIST") + `}`, payments.NotFound, false},
		"failed":       {with(t, success(CallInquire), `"paymentStatus":"SUCCESS","paymentResultCode":"SUCCESS"`, `"paymentStatus":"FAIL"`), payments.Declined, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := saying(t, reply{body: c.body}).askWith(t.Context(), CallInquire, probe)
			if got.Outcome != c.outcome || got.Suspect != c.suspect {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestRefundsThatAnInquiryLists(t *testing.T) {
	refund := func(id, status, amount string) string {
		return `{"transactionType":"REFUND","transactionStatus":"` + status + `","transactionId":"R` + id + `","transactionRequestId":"` + id + `","transactionAmount":` + amount + `,"transactionTime":"2026-11-21T11:30:00+08:00"}`
	}
	const ten = `{"currency":"HKD","value":"1000"}`
	at := time.Date(2026, 11, 21, 11, 30, 0, 0, zone)
	listed := func(id string, state payments.RefundState) payments.ListedRefund {
		return payments.ListedRefund{RefundRequestID: id, RefundID: "R" + id, Amount: payments.Money{Minor: 1000, Currency: "HKD"}, At: at, State: state}
	}
	for _, c := range []struct {
		name string
		list string // after transactions:, "" leaves it out
		want []payments.ListedRefund
		bad  bool
	}{
		{"no list", ``, nil, false},
		{"null", `null`, nil, false},
		{"an empty list", `[]`, []payments.ListedRefund{}, false},
		{"nothing but the payment", `[{"transactionType":"PAYMENT","transactionStatus":"SUCCESS"}]`, []payments.ListedRefund{}, false},
		{"of all kinds", `[` + refund("a", "SUCCESS", ten) + `,` + refund("b", "processing", ten) + `,` + refund("c", "FAIL", ten) + `,` + refund("d", "PENDING", ten) + `,` + refund("e", "NEW_STATE", ten) + `]`,
			[]payments.ListedRefund{listed("a", payments.Refunded), listed("b", payments.RefundUnknown), listed("c", payments.RefundFailed), listed("d", payments.RefundUnknown), listed("e", payments.RefundUnknown)}, false},
		{"one that failed and says no more", `[{"transactionType":"REFUND","transactionStatus":"FAIL"}]`, []payments.ListedRefund{}, false},
		{"one without an amount", `[{"transactionType":"REFUND","transactionStatus":"SUCCESS","transactionRequestId":"a"}]`, nil, true},
		{"one in another currency", `[` + refund("a", "SUCCESS", `{"currency":"USD","value":"1000"}`) + `]`, nil, true},
		{"one without an id", `[` + strings.Replace(refund("a", "SUCCESS", ten), `"transactionRequestId":"a"`, `"x":1`, 1) + `]`, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := success(CallInquire)
			if c.list != "" {
				body = with(t, body, ok, ok+`,"transactions":`+c.list)
			}
			got := saying(t, reply{body: body}).ask(CallInquire)
			if c.bad {
				expect(t, got, payments.Unsure, payments.ReasonBroken, false)
				return
			}
			for i := range got.Refunds {
				if !got.Refunds[i].At.Equal(at) {
					t.Errorf("at %v", got.Refunds[i].At)
				}
				got.Refunds[i].At = at
			}
			if got.Outcome != payments.Succeeded || !reflect.DeepEqual(got.Refunds, c.want) {
				t.Errorf("got  %#v\nwant %#v", got.Refunds, c.want)
			}
		})
	}
}
