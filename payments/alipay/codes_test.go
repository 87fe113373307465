package alipay

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ringup/payments"
)

// What Antom's documents list as the end of a call, written out a second time
// so that a slip in the table shows.
var (
	endsPay = strings.Fields(`EXPIRED_CODE INVALID_PAYMENT_CODE USER_BALANCE_NOT_ENOUGH USER_AMOUNT_EXCEED_LIMIT USER_KYC_NOT_QUALIFIED
		USER_PAYMENT_VERIFICATION_FAILED USER_STATUS_ABNORMAL USER_NOT_EXIST RISK_REJECT NO_PAY_OPTIONS PAYMENT_AMOUNT_EXCEED_LIMIT
		PAYMENT_COUNT_EXCEED_LIMIT PAYMENT_NOT_QUALIFIED ORDER_IS_CANCELED ORDER_IS_CLOSED CURRENCY_NOT_SUPPORT INVALID_CONTRACT
		INVALID_MERCHANT_STATUS MERCHANT_KYB_NOT_QUALIFIED MERCHANT_NOT_REGISTERED ACCESS_DENIED INVALID_API CLIENT_INVALID
		INVALID_SIGNATURE KEY_NOT_FOUND PARAM_ILLEGAL METHOD_NOT_SUPPORTED MEDIA_TYPE_NOT_ACCEPTABLE NO_INTERFACE_DEF`)
	endsRefund = strings.Fields(`REFUND_AMOUNT_EXCEED REFUND_WINDOW_EXCEED MULTIPLE_REFUNDS_NOT_SUPPORTED PARTIAL_REFUND_NOT_SUPPORTED
		REFUND_NOT_SUPPORTED MERCHANT_BALANCE_NOT_ENOUGH ORDER_IS_CANCELED ORDER_STATUS_INVALID`)
	undecided = strings.Fields(`SYSTEM_ERROR PROCESS_FAIL REPEAT_REQ_INCONSISTENT REQUEST_TRAFFIC_EXCEED_LIMIT UNKNOWN_EXCEPTION`)
)

func expected(call Call, code string) payments.Outcome {
	switch {
	case code == "SUCCESS":
		return payments.Succeeded
	case call == CallPay && slices.Contains(endsPay, code), call == CallRefund && slices.Contains(endsRefund, code):
		return payments.Declined
	case call == CallPay && code == "PAYMENT_IN_PROCESS", call == CallRefund && code == "REFUND_IN_PROCESS":
		return payments.InProgress
	case code == "ORDER_NOT_EXIST" && call != CallPay && call != CallRefund:
		return payments.NotFound
	case call == CallCancel && (code == "CANCEL_WINDOW_EXCEED" || code == "ORDER_STATUS_INVALID"):
		return payments.NotAllowed
	case call == CallCancel && code == "MERCHANT_BALANCE_NOT_ENOUGH":
		return payments.ShortFunds
	}
	return payments.Unsure
}

func TestEveryCodeAtEveryCall(t *testing.T) {
	names := slices.Concat(endsPay, endsRefund, undecided, []string{
		"SUCCESS", "PAYMENT_IN_PROCESS", "REFUND_IN_PROCESS", "ORDER_NOT_EXIST", "CANCEL_WINDOW_EXCEED",
		"A_CODE_OF_NEXT_YEAR", "INVALID_CODE", "FAIL", "CANCELLED",
	})
	for _, c := range Codes() {
		if !slices.Contains(names, c.Name) {
			t.Errorf("%s is in the table and not in this test", c.Name)
		}
	}
	slices.Sort(names)
	var body string
	s := newStage(t, shop(), func(w http.ResponseWriter, q asked) { reply{body: body}.write(w, q.path) })
	for _, name := range slices.Compact(names) {
		own := StatusFailure
		if c, known := LookUp(name); known {
			own = c.Status
		}
		for _, call := range allCalls {
			body = `{` + result(own, name) + `}`
			if name == "SUCCESS" {
				body = success(call)
			}
			want := expected(call, name)
			got := s.ask(call)
			if got.Outcome != want || got.Result != name || got.Suspect || got.Stamp.IsZero() {
				t.Errorf("%s says %s: %+v, want %s", call, name, got, want)
			}
			if c, known := LookUp(name); known && c.Outcome(call) != want {
				t.Errorf("%s says %s: the table has %s, want %s", call, name, c.Outcome(call), want)
			}
		}
	}
}

func TestACodeWithAnotherStatusThanItsOwnIsNotCertain(t *testing.T) {
	for _, c := range Codes() {
		for _, status := range []Status{StatusSuccess, StatusFailure, StatusUnknown} {
			if status == c.Status {
				continue
			}
			for _, call := range allCalls {
				if got := outcomeOf(call, Result{ResultStatus: status, ResultCode: c.Name}); got != payments.Unsure {
					t.Errorf("%s %s at %s is %s", status, c.Name, call, got)
				}
			}
		}
	}
}

func TestTheTableAgreesWithItself(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Codes() {
		if seen[c.Name] {
			t.Errorf("%s stands twice", c.Name)
		}
		seen[c.Name] = true
		if !isCode(c.Name) || c.calls == 0 {
			t.Errorf("%s: %08b", c.Name, c.calls)
		}
		if (c.Advice == AdviceNone) != (c.Name == "SUCCESS") {
			t.Errorf("%s: advice %q", c.Name, c.Advice)
		}
		for calls := range c.ends {
			if calls&^c.calls != 0 {
				t.Errorf("%s ends a call that it is not documented for", c.Name)
			}
		}
		for _, call := range allCalls {
			outcome := c.Outcome(call)
			if outcome == payments.Declined && c.Status != StatusFailure {
				t.Errorf("%s declines with status %s", c.Name, c.Status)
			}
			final := outcome == payments.Declined || c.Name == "SUCCESS" && call != CallInquire && call != CallInquireRefund
			if c.Final(call) != final {
				t.Errorf("%s at %s: final %v", c.Name, call, c.Final(call))
			}
			if outcome != payments.Unsure && !c.In(call) {
				t.Errorf("%s decides %s, which it is not documented for", c.Name, call)
			}
		}
	}
	if setOf("merchants/registration") != 0 {
		t.Error("a call that a till doesn't make has codes")
	}
}

var reasons = []string{
	payments.ReasonNoConnection, payments.ReasonTimeout, payments.ReasonBroken, payments.ReasonUnsigned,
	payments.ReasonStale, payments.ReasonUnequal, payments.ReasonNoAccount,
}

// phraseKeys are the keys of every sentence that this package can ask for.
func phraseKeys() []string {
	keys := []string{PhraseNotSent, PhraseNoAccount, PhraseFailed, PhraseRefused, PhraseOther, PhraseNotYet}
	for _, r := range reasons {
		keys = append(keys, PhraseWhileOpen(r))
	}
	for _, c := range Codes() {
		keys = append(keys, PhraseOfEnd(c.Name), PhraseWhileOpen(c.Name))
	}
	return keys
}

func TestEveryCodeAndReasonHasWordsInEveryLanguage(t *testing.T) {
	// What a declined payment's words must say, so that nobody has to guess.
	nothingCharged := map[string]string{"en": "Nothing was charged", "zh-Hans": "没有扣款"}
	nothingGiven := map[string]string{"en": "Nothing was given back", "zh-Hans": "没有退款"}
	files, err := filepath.Glob("../../assets/languages/*.json")
	if err != nil || len(files) < 2 {
		t.Fatalf("%d languages: %v", len(files), err)
	}
	for _, file := range files {
		language := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(language, func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			texts := map[string]string{}
			if err := json.Unmarshal(raw, &texts); err != nil {
				t.Fatal(err)
			}
			keys := phraseKeys()
			for _, key := range keys {
				text := texts[key]
				if strings.TrimSpace(text) == "" {
					t.Errorf("%s has no text", key)
				}
				text = strings.ReplaceAll(text, "{code}", "")
				if strings.ContainsAny(text, "!！{}") || strings.Contains(text, "_") {
					t.Errorf("%s: %s", key, text)
				}
			}
			for key := range texts {
				if (strings.HasPrefix(key, "code.") || strings.HasPrefix(key, "reason.") || strings.HasPrefix(key, "doubt.")) && !slices.Contains(keys, key) {
					t.Errorf("%s has a text and no use", key)
				}
			}
			for _, c := range Codes() {
				open := texts[PhraseWhileOpen(c.Name)]
				if strings.Contains(open, nothingCharged[language]) && nothingCharged[language] != "" || strings.Contains(open, nothingGiven[language]) && nothingGiven[language] != "" {
					t.Errorf("%s promises something while it is open: %s", c.Name, open)
				}
				if c.Final(CallPay) && c.Name != "SUCCESS" && nothingCharged[language] != "" && !strings.Contains(texts[c.Phrase()], nothingCharged[language]) {
					t.Errorf("%s doesn't say that nothing was charged: %s", c.Name, texts[c.Phrase()])
				}
				if c.Final(CallRefund) && !c.Final(CallPay) && c.Name != "SUCCESS" && nothingGiven[language] != "" && !strings.Contains(texts[c.Phrase()], nothingGiven[language]) {
					t.Errorf("%s doesn't say that nothing was given back: %s", c.Name, texts[c.Phrase()])
				}
			}
		})
	}
}

func TestPhrases(t *testing.T) {
	for result, want := range map[string]struct{ end, open string }{
		"EXPIRED_CODE":              {"code.EXPIRED_CODE", "code.other"},
		"CLIENT_INVALID":            {"code.CLIENT_INVALID", "doubt.CLIENT_INVALID"},
		"SUCCESS":                   {"code.SUCCESS", "code.other"},
		"":                          {"code.FAIL", "reason.NO_ANSWER_YET"},
		"ORDER_STATUS_INVALID":      {"code.ORDER_STATUS_INVALID", "code.other"},
		"SYSTEM_ERROR":              {"code.SYSTEM_ERROR", "code.SYSTEM_ERROR"},
		"PAYMENT_IN_PROCESS":        {"code.PAYMENT_IN_PROCESS", "code.PAYMENT_IN_PROCESS"},
		"A_CODE_OF_NEXT_YEAR":       {"code.refused", "code.other"},
		"ORDER_NOT_EXIST":           {"reason.NEVER_ARRIVED", "code.ORDER_NOT_EXIST"},
		"FAIL":                      {"code.FAIL", "code.other"},
		payments.ReasonNoConnection: {"reason.NOT_SENT", "reason.NO_CONNECTION"},
		payments.ReasonNoAccount:    {"reason.NOT_SENT_NO_ACCOUNT", "reason.ACCOUNT_NOT_SETUP"},
		payments.ReasonTimeout:      {"reason.TIMEOUT", "reason.TIMEOUT"},
	} {
		if end, open := PhraseOfEnd(result), PhraseWhileOpen(result); end != want.end || open != want.open {
			t.Errorf("%q: %s and %s, want %s and %s", result, end, open, want.end, want.open)
		}
	}
}
