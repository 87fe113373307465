package payments

import (
	"context"
	"time"
)

// A journal that was restored may lack the end of what was: payments that were
// taken and refunds that were made, and then lost with the disk. Their ids can
// be counted out, because a start makes them one after the other, so Alipay is
// asked about each that would have followed. What it knows is taken up.

// Limits of a search.
const (
	// SearchRun is how many ids in a row Alipay must not know.
	SearchRun = 100
	// searchSales is how many sales are looked through for a refund whose sale
	// was not lost: an answer about a refund doesn't name its payment.
	searchSales = 2000
	searchPage  = 20
)

var searchPauses = []time.Duration{1, 3, 10, 30, 60}

// search is one search for what a restored journal lacks.
type search struct {
	d       *Desk
	after   Restored
	account Account
	found   int
	refunds map[string]Answer // by refundRequestId: made, and in no book
}

func (d *Desk) search(restores []Restored) {
	if !d.answered(d.ctx) {
		return // closed; the next start searches
	}
	s := &search{d: d, account: d.options.Account, refunds: map[string]Answer{}}
	ended := Searched{}
	for _, s.after = range restores {
		through, ok := s.ids()
		if !ok {
			return
		}
		ended.Seed, ended.Through = s.after.Seed, through
	}
	if !s.sales() {
		return
	}
	ended.Found = s.found
	d.mu.Lock()
	defer d.mu.Unlock()
	events := []Event{}
	for id, ans := range s.refunds {
		alarm := Alarm{At: d.options.Calendar.In(d.clock.alipay()), Kind: AlarmFound, ID: id, Text: "refund " + ans.RefundID + " " + ans.Amount.String()}
		events = append(events, d.event("", Alarmed{alarm}))
	}
	events = append(events, d.event("", ended))
	if d.refusal() != nil {
		return
	}
	if err := d.journal.Append(Batch{Events: events}); err != nil {
		d.lock(err)
		return
	}
	close(d.searched)
}

// Searched waits until Alipay was asked about all that a restored journal may
// lack; at once when it was never restored. It answers with the context's
// error, or ErrLocked or ErrClosed, when that comes first: the next start
// searches on.
func (d *Desk) Searched(ctx context.Context) error {
	select {
	case <-d.searched:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-d.ctx.Done():
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.refusal()
	}
}

// ids asks about one id after the other. What the customer is still paying, or
// Alipay still giving back, is asked about again at the end. It is false when
// the till closes first.
func (s *search) ids() (through uint32, ok bool) {
	if s.after.Seed == "" {
		return 0, true // nothing was ever begun
	}
	var later []string
	n := s.after.After
	for unknown := 0; unknown < SearchRun; {
		n++
		id := IDAfter(s.after.Seed, n)
		known, settled, ok := s.lookUp(id)
		switch {
		case !ok:
			return 0, false
		case !settled:
			later = append(later, id)
		}
		if unknown++; known {
			unknown = 0
		}
	}
	for try := 0; len(later) > 0; {
		_, settled, ok := s.lookUp(later[0])
		switch {
		case !ok:
			return 0, false
		case settled:
			later, try = later[1:], 0
		default:
			if !s.wait(try) {
				return 0, false
			}
			try++
		}
	}
	return n, true
}

// lookUp asks about an id as a payment's, then as a refund's, and takes up what
// there is. settled is false while Alipay has not finished with it.
func (s *search) lookUp(id string) (known, settled, ok bool) {
	ans, ok := s.ask(func(ctx context.Context, m Moment) (Answer, error) {
		return s.d.gateway.Inquire(ctx, InquireRequest{Moment: m, Account: s.account, PaymentRequestID: id, AnyAmount: true})
	})
	if !ok {
		return false, false, false
	}
	switch ans.Outcome {
	case Succeeded:
		return true, true, s.takeUpPayment(id, ans)
	case InProgress:
		return true, false, true
	case Declined, WasStopped:
		return true, true, true // no money moved, or none is left
	}
	ans, ok = s.ask(func(ctx context.Context, m Moment) (Answer, error) {
		return s.d.gateway.InquireRefund(ctx, InquireRefundRequest{Moment: m, Account: s.account, RefundRequestID: id, AnyAmount: true})
	})
	if !ok {
		return false, false, false
	}
	switch ans.Outcome {
	case Succeeded:
		if _, err := s.d.journal.SaleByAlipay(id); err != nil { // not with the payment that was found
			s.refunds[id] = ans
		}
		return true, true, true
	case InProgress:
		return true, false, true
	}
	return ans.Outcome != NotFound, true, true
}

// ask asks until there is a verified answer that makes something certain. It
// is false when the till closes first.
func (s *search) ask(call func(context.Context, Moment) (Answer, error)) (Answer, bool) {
	for try := 0; ; try++ {
		select {
		case s.d.four <- struct{}{}:
		case <-s.d.ctx.Done():
			return Answer{}, false
		}
		s.d.mu.Lock()
		moment := s.d.clock.moment(try)
		s.d.mu.Unlock()
		ans := asking(askDeadline, call, moment)(s.d.ctx)
		<-s.d.four
		s.d.heard(ans, s.account)
		if !ans.Stamp.IsZero() && ans.Outcome != Unsure {
			return ans, true
		}
		if !s.wait(try) {
			return Answer{}, false
		}
	}
}

// wait is false when the till closes meanwhile.
func (s *search) wait(try int) bool {
	timer := time.NewTimer(pause(searchPauses, try))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.d.ctx.Done():
		return false
	}
}

// takeUpPayment puts a payment that Alipay holds and the books have lost into
// the books: as a sale of its own, dated and booked today, with an alarm.
func (s *search) takeUpPayment(id string, ans Answer) bool {
	d := s.d
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refusal() != nil {
		return false
	}
	if _, err := d.journal.SaleByAlipay(id); err == nil {
		return true // taken up by an earlier search that didn't end
	}
	sale, err := d.newSale()
	if err != nil {
		d.options.Log.Error("found payment", "error", err)
		return false
	}
	sale.Amount = ans.Amount
	sent := ans.PaidAt
	if sent.IsZero() {
		sent = sale.Created
	}
	sent = d.options.Calendar.In(sent).Truncate(time.Second)
	a := Attempt{
		PaymentRequestID: id, PaymentID: ans.PaymentID, State: AttemptUnknown, Account: s.account, Amount: ans.Amount,
		SentAt: sent, Expiry: sent.Add(payFor), Known: true,
	}
	after := sale.Clone()
	after.Attempts = []Attempt{a}
	events := append([]Event{
		d.event(sale.ID, SaleOpened{sale}),
		d.event(sale.ID, AttemptBegun{Attempt: a, Offset: d.clock.offset}),
		d.event(sale.ID, Alarmed{Alarm{At: sale.Created, Kind: AlarmFound, ID: id, Text: "payment " + ans.PaymentID}}),
	}, d.takeUpInquiry(&after, a, ans)...)
	if err := d.write(&sale, Batch{Events: events}); err != nil {
		return false
	}
	d.followAll(&sale)
	s.found++
	return true
}

// sales looks for the refunds that were found in the lists of the payments
// that hold money. While anything is open it looks again: a payment whose
// outcome was lost may be the one. It is false when the till closes first.
func (s *search) sales() bool {
	for try := 0; len(s.refunds) > 0; try++ {
		s.d.mu.Lock()
		open := len(s.d.open)
		s.d.mu.Unlock()
		if !s.pass() {
			return false
		}
		if open == 0 {
			return true
		}
		if len(s.refunds) > 0 && !s.wait(try) {
			return false
		}
	}
	return true
}

// pass goes through the payments once, newest first.
func (s *search) pass() bool {
	before := ""
	for looked := 0; len(s.refunds) > 0 && looked < searchSales; looked += searchPage {
		page, err := s.d.journal.Held(before, searchPage)
		if err != nil {
			s.d.options.Log.Error("sales of lost refunds", "error", err)
			return false
		}
		if len(page) == 0 {
			break
		}
		before = page[len(page)-1].ID
		for _, sale := range page {
			if !s.askAboutRefunds(sale) {
				return false
			}
		}
	}
	return true
}

// searchLists is how often a payment is asked about whose answer holds no list
// of what happened to it.
const searchLists = 5

func (s *search) askAboutRefunds(sale Sale) bool {
	d := s.d
	for _, a := range sale.Attempts {
		if !a.State.Holds() || sale.Refundable(a.PaymentRequestID).Minor <= 0 {
			continue
		}
		var ans Answer
		for try := 0; try < searchLists && ans.Refunds == nil; try++ {
			var ok bool
			if try > 0 && !s.wait(0) {
				return false
			}
			ans, ok = s.ask(func(ctx context.Context, m Moment) (Answer, error) {
				return d.gateway.Inquire(ctx, inquiryOf(a, m))
			})
			if !ok {
				return false
			}
		}
		if !s.takeUpListed(sale.ID, a.PaymentRequestID, ans) {
			return false
		}
	}
	return true
}

func (s *search) takeUpListed(saleID, paymentRequestID string, ans Answer) bool {
	d := s.d
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refusal() != nil {
		return false
	}
	sale, err := d.sale(saleID)
	if err != nil {
		return false
	}
	a := sale.Attempt(paymentRequestID)
	if events := d.takeUpInquiry(&sale, *a, ans); len(events) > 0 {
		if err := d.write(&sale, Batch{Events: events}); err != nil {
			return false
		}
		d.followAll(&sale)
	}
	for _, l := range ans.Refunds {
		if _, lost := s.refunds[l.RefundRequestID]; lost && sale.Refund(l.RefundRequestID) != nil {
			delete(s.refunds, l.RefundRequestID)
			s.found++
		}
	}
	return true
}
