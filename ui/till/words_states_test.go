package till

import (
	"time"

	"ringup/payments"
	"ringup/payments/alipay"
)

// truth is what is known of a sale's money, said a second time and apart from
// the words, so that a word that claims more shows.
type truth string

const (
	held      truth = "held"      // Alipay confirmed it and nothing contradicts
	nothing   truth = "nothing"   // ended without a payment, and nothing contradicts
	uncertain truth = "uncertain" // neither
)

// situation is a sale as a cashier may meet it.
type situation struct {
	group    string
	name     string
	result   string // the result code or reason, if the words may depend on it
	sale     payments.Sale
	progress payments.Progress
	locked   bool
}

func (s situation) truth() truth {
	a := s.sale.Speaker()
	switch {
	case a == nil:
		return nothing
	case s.locked && a.Open(), a.Contested, openRefund(s.sale) != nil:
		return uncertain
	case a.State.Holds():
		return held
	case a.State.Final():
		return nothing
	}
	return uncertain
}

const (
	newCode  = "A_CODE_OF_NEXT_YEAR"
	sampleNo = "T1-261121-0017"
)

// names are the results that an answer to one of the calls can bring with an
// outcome: from the table of codes, and what Ringup says itself.
func names(keep func(c alipay.Code) bool, more ...string) []string {
	var list []string
	for _, c := range alipay.Codes() {
		if keep(c) {
			list = append(list, c.Name)
		}
	}
	return append(list, more...)
}

var unbelieved = []string{
	payments.ReasonNoConnection, payments.ReasonTimeout, payments.ReasonBroken, payments.ReasonUnsigned,
	payments.ReasonStale, payments.ReasonUnequal, payments.ReasonNoAccount,
}

// Results by what they can have led to. A code with another status than its
// own makes nothing certain, so any code may stand while a payment is open.
var (
	whileOpen   = append(names(func(alipay.Code) bool { return true }, "", newCode, "FAIL", "PROCESSING"), unbelieved...)
	endsUnpaid  = names(func(c alipay.Code) bool { return c.Outcome(alipay.CallPay) == payments.Declined }, "FAIL", newCode, "ORDER_NOT_EXIST", payments.ReasonNoConnection, payments.ReasonNoAccount)
	endsRefused = names(func(c alipay.Code) bool { return c.Outcome(alipay.CallRefund) == payments.Declined }, "FAIL", "", payments.ReasonNoConnection, payments.ReasonNoAccount)
)

func money(minor int64) payments.Money { return payments.Money{Minor: minor, Currency: "HKD"} }

// settled is a moment that prints the same on every machine. It is read late,
// since the tests choose a zone when they begin.
func settled() time.Time { return time.Date(2026, 11, 21, 12, 5, 41, 0, time.Local) }

func attemptOf(id string, state payments.AttemptState, change ...func(*payments.Attempt)) payments.Attempt {
	a := payments.Attempt{
		PaymentRequestID: id, PaymentID: "2026" + id, State: state, Amount: money(4550), Code: "281006…56", SentAt: time.Now(), Expiry: time.Now().Add(time.Minute),
		SettledAt: settled(), Wallet: "ALIPAY_HK", Customer: "138****0000",
	}
	for _, f := range change {
		f(&a)
	}
	return a
}

func refundOf(id string, minor int64, state payments.RefundState, result string) payments.Refund {
	return payments.Refund{RefundRequestID: id, RefundID: "2026" + id, PaymentRequestID: "a", PaymentID: "2026a", Amount: money(minor), State: state, Result: result, Created: settled(), SettledAt: settled()}
}

func saleOf(attempts ...payments.Attempt) payments.Sale {
	return payments.Sale{ID: "s", Number: sampleNo, Amount: money(4550), BusinessDay: "2026-11-21", Created: settled(), Attempts: attempts}
}

func with(s payments.Sale, refunds ...payments.Refund) payments.Sale {
	s.Refunds = refunds
	return s
}

func alarmedBy(s payments.Sale, k payments.AlarmKind) payments.Sale {
	s.Alarms = append(s.Alarms, payments.Alarm{At: settled(), Kind: k, ID: "a", Text: "inquire SUCCESS"})
	return s
}

// What an attempt may be beside its state.
func because(result string) func(*payments.Attempt) {
	return func(a *payments.Attempt) { a.Result = result }
}
func late(a *payments.Attempt)      { a.LateSuccess = true }
func short(a *payments.Attempt)     { a.ShortFunds = true }
func contested(a *payments.Attempt) { a.Contested = true }
func earlier(a *payments.Attempt) { // left by an earlier start of the program
	a.SentAt, a.Expiry = a.SentAt.Add(-time.Hour), a.Expiry.Add(-time.Hour)
}
func interrupted(a *payments.Attempt) { a.SentAt = a.SentAt.Add(-20 * time.Second) }
func nobody(a *payments.Attempt)      { a.Wallet, a.Customer = "", "" }

// situations are all that a cashier can meet, and some that nobody should.
func situations() []situation {
	var all []situation
	add := func(group, name, result string, s payments.Sale, p payments.Progress) {
		all = append(all, situation{group, name, result, s, p, false})
	}
	still := payments.Progress{}
	silent := payments.Progress{Silent: true, Asking: 4}
	asked := payments.Progress{Asking: 4}

	add("No payment", "no attempt", "", saleOf(), still)
	for _, state := range []payments.AttemptState{payments.AttemptIntent, payments.AttemptUnknown} {
		group := "On its way: " + string(state)
		results := whileOpen
		if state == payments.AttemptIntent {
			results = []string{""}
		}
		for _, r := range results {
			add(group, "fresh", r, saleOf(attemptOf("a", state, because(r))), asked)
			add(group, "network silent", r, saleOf(attemptOf("a", state, because(r))), silent)
			add(group, "taken up by a restart, still running", r, saleOf(attemptOf("a", state, because(r), interrupted)), asked)
			add(group, "taken up by a restart, run out", r, saleOf(attemptOf("a", state, because(r), earlier)), asked)
			add(group, "stop asked", r, saleOf(attemptOf("a", state, because(r))), payments.Progress{Stopping: true, Asking: 4})
			add(group, "stop asked, network silent", r, saleOf(attemptOf("a", state, because(r))), payments.Progress{Stopping: true, Silent: true, Asking: 4})
		}
	}
	add("On its way: intent", "taken up by a restart, nothing asked yet", "", saleOf(attemptOf("a", payments.AttemptIntent, earlier)), still)
	for _, r := range whileOpen {
		group := "Being cancelled"
		for _, n := range []int{0, 3, 4, 30} {
			add(group, []string{0: "up to 3 cancels", 3: "up to 3 cancels", 4: "4 cancels", 30: "30 cancels"}[n], r,
				saleOf(attemptOf("a", payments.AttemptCancelling, because(r))), payments.Progress{Cancels: n})
		}
		add(group, "network silent", r, saleOf(attemptOf("a", payments.AttemptCancelling, because(r))), payments.Progress{Cancels: 1, Silent: true})
		add(group, "late success", r, saleOf(attemptOf("a", payments.AttemptCancelling, because(r), late)), payments.Progress{Cancels: 9})
		add(group, "short funds", r, saleOf(attemptOf("a", payments.AttemptCancelling, because(r), short)), still)
		add(group, "late success, short funds", r, saleOf(attemptOf("a", payments.AttemptCancelling, because(r), short, late)), still)
		add("Cancelled, to be seen again", "said by Alipay", r, saleOf(attemptOf("a", payments.AttemptCancelSeen, because(r))), still)
		add("Cancelled, to be seen again", "said by Alipay after a late success", r, saleOf(attemptOf("a", payments.AttemptCancelSeen, because(r), late)), still)
		add("Cancelled", "final", r, saleOf(attemptOf("a", payments.AttemptCancelled, because(r))), still)
		add("Cancelled", "final, after a late success", r, saleOf(attemptOf("a", payments.AttemptCancelled, because(r), late)), still)
	}
	for _, r := range endsUnpaid {
		add("Not paid", "final", r, saleOf(attemptOf("a", payments.AttemptFailed, because(r))), still)
		add("Not paid", "final, twice", r, saleOf(attemptOf("a", payments.AttemptFailed, because("EXPIRED_CODE")), attemptOf("b", payments.AttemptFailed, because(r))), still)
	}
	all = append(all, personDecides()...)
	all = append(all, whenPaid()...)
	all = append(all, besideEachOther()...)
	for _, state := range []payments.AttemptState{payments.AttemptPaid, payments.AttemptPaidLate, payments.AttemptFailed, payments.AttemptCancelled} {
		for _, r := range append([]string{"SUCCESS", "ORDER_IS_CANCELED"}, endsUnpaid...) {
			add("Contradicted", string(state), r, saleOf(attemptOf("a", state, because(r), contested)), asked)
			add("Contradicted", string(state)+", network silent", r, saleOf(attemptOf("a", state, because(r), contested)), silent)
		}
	}
	for _, s := range all { // the same, at a till that can't write
		if s.result == "" || s.result == payments.ReasonTimeout {
			s.group, s.locked = "Locked", true
			if s.sale.Open() {
				all = append(all, s)
			}
		}
	}
	return all
}

func personDecides() (all []situation) {
	add := func(name, result string, s payments.Sale) {
		all = append(all, situation{"A person decides", name, result, s, payments.Progress{}, false})
	}
	for _, r := range whileOpen {
		resolve := attemptOf("a", payments.AttemptResolve, because(r))
		add("could not be cancelled", r, saleOf(resolve))
		add("could not be cancelled, late success", r, saleOf(attemptOf("a", payments.AttemptResolve, because(r), late)))
		add("contradicted twice", r, alarmedBy(saleOf(resolve), payments.AlarmContradiction))
		for _, state := range []payments.AttemptState{payments.AttemptPaid, payments.AttemptIntent, payments.AttemptUnknown, payments.AttemptCancelling, payments.AttemptCancelSeen} {
			add("another payment of the sale is "+string(state), r, saleOf(resolve, attemptOf("b", state)))
		}
	}
	for _, r := range endsRefused {
		back := refundOf("r", 4550, payments.RefundFailed, r)
		back.GiveBack = true
		add("giving back failed", r, with(saleOf(attemptOf("a", payments.AttemptResolve)), back))
	}
	return all
}

func whenPaid() (all []situation) {
	add := func(group, name, result string, s payments.Sale) {
		all = append(all, situation{group, name, result, s, payments.Progress{}, false})
	}
	for _, state := range []payments.AttemptState{payments.AttemptPaid, payments.AttemptPaidLate} {
		paid := saleOf(attemptOf("a", state))
		name := string(state)
		add("Paid", name, "", paid)
		add("Paid", name+", the wallet gives no names", "", saleOf(attemptOf("a", state, nobody)))
		for _, k := range []payments.AlarmKind{payments.AlarmContradiction, payments.AlarmSuspicion, payments.AlarmShortFunds, payments.AlarmNotGivenBack, payments.AlarmOtherSale} {
			add("Paid", name+", alarm "+string(k), "", alarmedBy(paid, k))
		}
		add("Paid", name+", found after a restore", "", alarmedBy(paid, payments.AlarmFound))
		add("Paid", name+", the second try", "", saleOf(attemptOf("b", payments.AttemptFailed), attemptOf("a", state)))
		for _, r := range endsRefused {
			add("Paid", name+", a refund failed", r, with(paid, refundOf("r", 1000, payments.RefundFailed, r)))
			add("Given back", name+", a part, after a refund that failed", r, with(paid, refundOf("r", 1000, payments.RefundFailed, r), refundOf("q", 1000, payments.Refunded, "SUCCESS")))
		}
		add("Given back", name+", a part", "", with(paid, refundOf("r", 1000, payments.Refunded, "SUCCESS")))
		elsewhere := refundOf("r", 1000, payments.Refunded, "")
		elsewhere.Elsewhere = true
		add("Given back", name+", a part, elsewhere", "", with(paid, elsewhere))
		add("Given back", name+", all by two refunds", "", with(paid, refundOf("r", 1000, payments.Refunded, "SUCCESS"), refundOf("q", 3550, payments.Refunded, "SUCCESS")))
		add("Given back", name+", all", "", with(paid, refundOf("r", 4550, payments.Refunded, "SUCCESS")))
		add("Giving back", name+", refund just written", "", with(paid, refundOf("r", 1000, payments.RefundIntent, "")))
		for _, r := range whileOpen {
			add("Giving back", name+", refund unknown", r, with(paid, refundOf("r", 1000, payments.RefundUnknown, r)))
			add("Giving back", name+", refund unknown after one that went back", r, with(paid, refundOf("q", 500, payments.Refunded, ""), refundOf("r", 1000, payments.RefundUnknown, r)))
		}
	}
	return all
}

// besideEachOther are sales with two attempts.
func besideEachOther() (all []situation) {
	add := func(name string, s payments.Sale) {
		all = append(all, situation{"Two payments of one sale", name, "", s, payments.Progress{Asking: 4, Cancels: 1}, false})
	}
	for _, second := range []payments.AttemptState{payments.AttemptIntent, payments.AttemptUnknown, payments.AttemptCancelling, payments.AttemptCancelSeen, payments.AttemptPaid, payments.AttemptFailed, payments.AttemptCancelled} {
		add("cancel_seen, then "+string(second), saleOf(attemptOf("a", payments.AttemptCancelSeen), attemptOf("b", second, because("FAIL"))))
		add("cancelling with late success, then "+string(second), saleOf(attemptOf("a", payments.AttemptCancelling, late), attemptOf("b", second, because("FAIL"))))
		add("cancelled, then "+string(second), saleOf(attemptOf("a", payments.AttemptCancelled), attemptOf("b", second, because("FAIL"))))
		add("failed and contradicted, then "+string(second), saleOf(attemptOf("a", payments.AttemptFailed, contested), attemptOf("b", second, because("FAIL"))))
	}
	paid := attemptOf("a", payments.AttemptPaid)
	add("paid with a refund unknown, beside one for a person", with(saleOf(paid, attemptOf("b", payments.AttemptResolve)), refundOf("r", 1000, payments.RefundUnknown, "")))
	add("cancelling, beside one that is given back", with(saleOf(attemptOf("b", payments.AttemptCancelling), paid), refundOf("r", 4550, payments.RefundUnknown, "")))
	return all
}
