package console_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"ringup/payments"
	"ringup/payments/sandbox"
	"ringup/storage"
)

// truth is all that is known of a world at one moment, on both sides.
type truth struct {
	sales    []payments.Sale
	open     []payments.Sale
	day      storage.DayTotals
	ledger   sandbox.Ledger
	balances map[string]sandbox.Balance // by paymentRequestId
}

func (w *world) truth() (t truth, err error) {
	w.quiet()
	err = w.journal(func(j *storage.Journal) (err error) {
		if t.sales, err = j.SalesOf(w.today(), 0, 100); err != nil {
			return err
		}
		if t.open, err = j.Open(); err != nil {
			return err
		}
		if t.day, err = j.Totals(w.today()); err != nil {
			return err
		}
		return j.Verify(context.Background(), nil)
	})
	if err != nil {
		return t, err
	}
	return t, t.readAlipay(w.alipay)
}

func (t *truth) readAlipay(a *sandbox.Server) (err error) {
	if t.ledger, err = a.Ledger(); err != nil {
		return err
	}
	all, err := a.Balances()
	t.balances = map[string]sandbox.Balance{}
	for _, b := range all {
		t.balances[b.PaymentRequestID] = b
	}
	return err
}

// captured reports whether a payment holds money at Alipay.
func (t truth) captured(id string) bool { return t.balances[id].Held().Minor > 0 }

// end is how a life ended.
type end string

const (
	endPaid     end = "paid"
	endNotPaid  end = "not paid"
	endRefunded end = "refunded"
)

// judge compares the settled books with Alipay's ledger. The error lists every
// disagreement.
func (w *world) judge(t truth) (end, error) {
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if len(t.open) > 0 {
		say("%d sales are still open", len(t.open))
	}
	status := map[string]string{}
	byPaymentID := map[string]string{}
	for _, p := range t.ledger.Payments {
		status[p.PaymentRequestID] = p.PaymentStatus
		byPaymentID[p.PaymentID] = p.PaymentRequestID
	}
	back := map[string]int64{} // refunded at Alipay, by payment
	refundStatus := map[string]string{}
	for _, r := range t.ledger.Refunds {
		refundStatus[r.RefundRequestID] = r.RefundStatus
		if r.RefundStatus == "SUCCESS" {
			m, err := r.RefundAmount.Money()
			if err != nil {
				say("the ledger's refund: %w", err)
			}
			back[byPaymentID[r.PaymentID]] += m.Minor
		}
	}
	known := map[string]bool{}
	var takings, refunds int64
	result := endNotPaid
	for _, s := range t.sales {
		holds := 0
		for _, a := range s.Attempts {
			id := a.PaymentRequestID
			known[id] = true
			b := t.balances[id]
			if b.Captured.Minor != 0 && b.Captured != a.Amount {
				say("%s: %v captured, %v asked", id, b.Captured, a.Amount)
			}
			if b.Returned.Minor > b.Captured.Minor {
				say("%s: %v captured, %v returned", id, b.Captured, b.Returned)
			}
			if status[id] == "SUCCESS" {
				holds++
				result = endPaid
				takings += b.Captured.Minor
			}
			if (status[id] == "SUCCESS") != a.State.Holds() {
				say("the books say %s, Alipay says %q", a.State, status[id])
			}
			if !a.State.Holds() && b.Held().Minor != 0 {
				say("the books say %s, Alipay holds %v", a.State, b.Held())
			}
			if a.State.Holds() && b.Returned.Minor != back[id] {
				say("%v went back, %d by refunds", b.Returned, back[id])
			}
		}
		if holds > 1 {
			say("%d payments hold money for one sale", holds)
		}
		for _, r := range s.Refunds {
			known[r.RefundRequestID] = true
			if (r.State == payments.Refunded) != (refundStatus[r.RefundRequestID] == "SUCCESS") {
				say("the books say %s of a refund, Alipay says %q", r.State, refundStatus[r.RefundRequestID])
			}
			if r.State == payments.Refunded {
				refunds += r.Amount.Minor
				result = endRefunded
			}
		}
		if s.RefundedSum().Minor > s.Paid().Minor {
			say("%v paid, %v refunded", s.Paid(), s.RefundedSum())
		}
	}
	for id := range status {
		if !known[id] {
			say("Alipay has payment %s, the books have not", id)
		}
	}
	for id := range refundStatus {
		if !known[id] {
			say("Alipay has refund %s, the books have not", id)
		}
	}
	var given int64
	for _, n := range back {
		given += n
	}
	if takings != t.day.Takings.Minor || refunds != t.day.Refunds.Minor || refunds != given {
		say("Alipay took %d and gave back %d; the day's figures are %d and %d", takings, given, t.day.Takings.Minor, t.day.Refunds.Minor)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, call := range w.asked {
		if !known[id] {
			say("%.6s of %s reached Alipay, and the books hold no intent", call, id)
		}
	}
	if w.twoBodies != "" {
		say("%s was sent with two bodies", w.twoBodies)
	}
	return result, errors.Join(wrong...)
}

// claim is what a verb has told its user.
type claim struct {
	verb      string
	code      int
	sale      *sale  // of pay, cancel, decide
	refund    string // refund's request id, and its state
	refunded  string
	noCharge  bool // said that nothing was charged, or that no money moved
	noRefund  bool // said that nothing was given back
	byThis    bool // said that no money moved by this verb
	sentences string
}

// Sentences that say that no money moved. They are taken as a person in a
// hurry takes them: of whatever payment the verb was about, unless they say
// themselves that they speak of this verb only.
var (
	saysByThis   = []string{"o money has moved by this", "o money moved by this", "harged now"}
	saysNoCharge = []string{"othing was charged", "o money moved", "not charged", "Not paid", "stays charged"}
	saysNoRefund = []string{"othing was given back", "o money moved", "Not refunded", "nothing was given back"}
)

func (e ended) claim(verb []string) (c claim, err error) {
	c = claim{verb: verb[0], code: e.code, sentences: e.errs}
	var told struct {
		Error           string
		RefundRequestID string
		State           string
	}
	if raw := []byte(e.out); json.Valid(raw) { // a killed program may have printed half
		if err := json.Unmarshal(raw, &told); err != nil {
			return c, err
		}
		if strings.Contains(e.out, `"attempts"`) && verb[0] != "resume" {
			c.sale = new(sale)
			if err := json.Unmarshal(raw, c.sale); err != nil {
				return c, err
			}
		}
		c.refund, c.refunded = told.RefundRequestID, told.State
	} else if e.code >= 0 && e.out != "" {
		return c, fmt.Errorf("%v printed no JSON: %s", verb, e.out)
	}
	rest := e.errs
	says := func(list []string) (yes bool) {
		for _, words := range list {
			yes = yes || strings.Contains(rest, words)
		}
		return yes
	}
	c.byThis = says(saysByThis)
	for _, words := range saysByThis {
		rest = strings.ReplaceAll(rest, words, "")
	}
	c.noCharge, c.noRefund = says(saysNoCharge), says(saysNoRefund)
	return c, nil
}

// check holds what a verb has told against Alipay's ledger: as it was before
// the verb, right after it, and when all was settled.
func (c claim) check(start, then, last truth) error {
	var wrong []error
	say := func(format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("%s claimed: %s (exit code %d) %s", c.verb, fmt.Sprintf(format, args...), c.code, strings.TrimSpace(c.sentences)))
	}
	// The payments that the verb was about: begun by it, or open before it.
	about := map[string]bool{}
	begun := false // by this verb, and holds money
	for id := range last.balances {
		if _, earlier := start.balances[id]; !earlier {
			about[id] = true
			begun = begun || then.captured(id) || last.captured(id)
		}
	}
	for _, s := range start.open {
		for _, a := range s.Attempts {
			if a.Open() {
				about[a.PaymentRequestID] = true
			}
		}
	}
	charged := false
	for id := range about {
		charged = charged || then.captured(id) || last.captured(id)
	}
	gaveBack := returned(last) > returned(start)
	if s := c.sale; s != nil {
		for _, a := range s.Attempts {
			switch payments.AttemptState(a.State) {
			case payments.AttemptPaid, payments.AttemptPaidLate:
				if then.balances[a.PaymentRequestID].Captured.Minor == 0 {
					say("paid, and nothing was captured")
				}
			case payments.AttemptFailed, payments.AttemptCancelled:
				if then.captured(a.PaymentRequestID) || last.captured(a.PaymentRequestID) {
					say("%s, and Alipay holds the money", a.State)
				}
			}
		}
	}
	if c.refund != "" {
		done := false
		for _, r := range then.ledger.Refunds {
			done = done || r.RefundRequestID == c.refund && r.RefundStatus == "SUCCESS"
		}
		if c.refunded == string(payments.Refunded) && !done {
			say("refunded, and no money went back")
		}
	}
	switch {
	case c.verb == "pay" && c.code == 0 && (c.sale == nil || !charged):
		say("paid")
	case c.verb == "pay" && c.code == 1 && charged:
		say("not paid, and Alipay holds the money")
	case c.verb == "cancel" && c.code == 0 && charged:
		say("cancelled, and Alipay holds the money")
	case c.verb == "refund" && c.code == 0 && c.refunded != string(payments.Refunded):
		say("%q", c.refunded)
	case c.verb == "refund" && c.code == 1 && gaveBack:
		say("not refunded, and money went back")
	case c.verb == "resume" && c.code == 0 && len(then.open) > 0:
		say("settled, and %d sales are open", len(then.open))
	}
	if c.byThis && (begun || givenBackSince(start, then)) {
		say("no money moved by this, and some did")
	}
	if c.noCharge && charged {
		say("nothing was charged, and Alipay holds the money")
	}
	if c.noRefund && gaveBack {
		say("nothing was given back, and money went back")
	}
	return errors.Join(wrong...)
}

// givenBackSince reports whether a refund that was asked for since, or a
// cancel, has moved money. What was on its way before is not counted.
func givenBackSince(start, then truth) bool {
	before := map[string]string{}
	for _, r := range start.ledger.Refunds {
		before[r.RefundRequestID] = r.RefundStatus
	}
	for _, p := range start.ledger.Payments {
		before[p.PaymentRequestID] = p.PaymentStatus
	}
	for _, r := range then.ledger.Refunds {
		if _, known := before[r.RefundRequestID]; !known && r.RefundStatus == "SUCCESS" {
			return true
		}
	}
	for _, p := range then.ledger.Payments {
		if p.PaymentStatus == "CANCELLED" && before[p.PaymentRequestID] != "CANCELLED" && then.balances[p.PaymentRequestID].Captured.Minor > 0 {
			return true
		}
	}
	return false
}

func returned(t truth) (sum int64) {
	for _, b := range t.balances {
		sum += b.Returned.Minor
	}
	return sum
}
