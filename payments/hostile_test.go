package payments_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"ringup/payments"
	"ringup/payments/sandbox"
)

// gate stands in front of the real client and changes single answers, for what
// no script of the built-in Alipay can say: a replica that lags, a list with
// somebody else's refund.
type gate struct {
	payments.Gateway
	inquire atomic.Pointer[func(payments.InquireRequest, payments.Answer) payments.Answer]
	askRef  atomic.Pointer[func(payments.InquireRefundRequest, payments.Answer) payments.Answer]
	refund  atomic.Pointer[func(payments.RefundRequest) *payments.Answer]
	refunds atomic.Int32
}

func (g *gate) onInquire(f func(payments.InquireRequest, payments.Answer) payments.Answer) {
	g.inquire.Store(&f)
}

func (g *gate) onAskRefund(f func(payments.InquireRefundRequest, payments.Answer) payments.Answer) {
	g.askRef.Store(&f)
}

func (g *gate) onRefund(f func(payments.RefundRequest) *payments.Answer) { g.refund.Store(&f) }

func (g *gate) Inquire(ctx context.Context, q payments.InquireRequest) (payments.Answer, error) {
	a, err := g.Gateway.Inquire(ctx, q)
	if f := g.inquire.Load(); f != nil && *f != nil && q.Amount != (payments.Money{}) {
		a = (*f)(q, a)
	}
	return a, err
}

func (g *gate) InquireRefund(ctx context.Context, q payments.InquireRefundRequest) (payments.Answer, error) {
	a, err := g.Gateway.InquireRefund(ctx, q)
	if f := g.askRef.Load(); f != nil && *f != nil {
		a = (*f)(q, a)
	}
	return a, err
}

func (g *gate) Refund(ctx context.Context, q payments.RefundRequest) (payments.Answer, error) {
	g.refunds.Add(1)
	if f := g.refund.Load(); f != nil && *f != nil {
		if a := (*f)(q); a != nil {
			return *a, nil
		}
	}
	return g.Gateway.Refund(ctx, q)
}

func (s *shop) script(faults ...sandbox.Fault) {
	s.t.Helper()
	if err := s.alipay.Script(faults...); err != nil {
		s.t.Fatal(err)
	}
}

// reopenThrough restarts the Desk with the gate in front of the real client.
func (s *shop) reopenThrough(g *gate) {
	s.t.Helper()
	s.desk.Close()
	g.Gateway = s.client
	var err error
	s.desk, err = payments.OpenDesk(s.journal, g, payments.Options{
		Till: "T1", Account: s.alipay.Credentials().Account(), Now: s.now,
		Calendar: payments.Calendar{Zone: time.FixedZone("HKT", 8*3600)},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.prove()
}

// Paid at Alipay, the answer lost with a crash, the till started again after
// expiry: the last inquiry decides, and it says paid.
func TestRestartAfterExpiryOfAPaidOrder(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.prove()
		s.script(sandbox.Fault{Call: "pay", Kind: sandbox.FaultLate, DelayMS: 30000})
		sale := s.charge("pays", 4550)
		time.Sleep(time.Second)
		s.close()
		time.Sleep(3 * time.Minute)
		s.open()
		got := s.settle(sale.ID)
		if got.State() != payments.AttemptPaid {
			t.Errorf("ended %s, want paid", got.State())
		}
		s.agree(sale.ID)
	})
}

// A stop that comes too late: the last inquiry finds the money.
func TestStopHearsTheLastInquiry(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.prove()
		s.script(sandbox.Fault{Call: "pay", Kind: sandbox.FaultLate, DelayMS: 14000})
		sale := s.charge("pays", 4550)
		time.Sleep(2 * time.Second)
		if err := s.desk.Stop(sale.ID); err != nil {
			t.Fatal(err)
		}
		got := s.settle(sale.ID)
		if got.State() != payments.AttemptPaid {
			t.Errorf("ended %s late=%v, want paid", got.State(), got.Last().LateSuccess)
		}
	})
}

// The only inquiry that is answered is the last one, at expiry.
func TestExpiryHearsTheLastInquiry(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.prove()
		g := &gate{}
		s.reopenThrough(g)
		var begun time.Time // all inquiries but the last bring nothing
		g.onInquire(func(q payments.InquireRequest, a payments.Answer) payments.Answer {
			if time.Since(begun) < 58*time.Second {
				return payments.Answer{Outcome: payments.Unsure, Result: "UNKNOWN_EXCEPTION", Stamp: a.Stamp}
			}
			time.Sleep(300 * time.Millisecond) // a network
			return a
		})
		s.script(sandbox.Fault{Call: "pay", Kind: sandbox.FaultDropAnswer})
		begun = time.Now()
		sale := s.charge("pays", 4550)
		got := s.settle(sale.ID)
		if got.State() != payments.AttemptPaid {
			t.Errorf("ended %s late=%v, want paid", got.State(), got.Last().LateSuccess)
		}
	})
}

// A journal that fails at a move without an answer: the till locks, and can
// still be closed.
func TestAWriteThatFailsAtAMoveEndsTheCourse(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.prove()
		s.script(sandbox.Fault{Call: "pay", Kind: sandbox.FaultLate, DelayMS: 14000})
		s.charge("pays", 4550)
		time.Sleep(time.Second)
		if err := s.journal.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		if !s.desk.Link().Locked {
			t.Error("not locked")
		}
		s.desk.Close()
		s.client.Close()
		s.open()
	})
}

// The till's clock suddenly runs ahead of Alipay's by more than what still
// counts as fresh: it is told anew, and sales end.
func TestAlipaysClockGoesBack(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		var ahead atomic.Int64
		s.close()
		s.now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		s.open()
		s.prove()
		ahead.Store(int64(8 * time.Second))
		time.Sleep(time.Hour)
		if p := s.desk.Link().Problem; p != "" {
			t.Errorf("an hour later the link still says %s", p)
		}
		sale, err := s.desk.Charge(payments.ChargeOrder{Code: s.code("pays"), Amount: hkd(100)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
		defer cancel()
		got, err := s.desk.Settle(ctx, sale.ID)
		if err != nil {
			t.Errorf("a day later: %v, %s", err, got.State())
		}
		s.agree(sale.ID)
	})
}

// A refund was sent by an earlier start; this start's resend finds no network.
func TestARefundSentByAnEarlierStartIsNotEndedByNotSent(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		sale := s.settle(s.charge("pays", 5000).ID)
		s.script(sandbox.Fault{Call: "refund", Kind: sandbox.FaultLate, DelayMS: 14000})
		if _, err := s.desk.Refund(t.Context(), payments.RefundOrder{SaleID: sale.ID, Amount: hkd(2000)}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // Alipay has refunded
		g := &gate{}
		lag := 1
		g.onAskRefund(func(q payments.InquireRefundRequest, a payments.Answer) payments.Answer {
			if lag--; lag >= 0 {
				return payments.Answer{Outcome: payments.NotFound, Result: "ORDER_NOT_EXIST", Stamp: time.Now().Truncate(time.Second)}
			}
			return a
		})
		cut := 1
		g.onRefund(func(payments.RefundRequest) *payments.Answer {
			if cut--; cut >= 0 {
				return &payments.Answer{Outcome: payments.NotSent, Result: payments.ReasonNoConnection}
			}
			return nil
		})
		s.reopenThrough(g)
		sale = s.settle(sale.ID)
		s.agree(sale.ID)
		_, err := s.desk.Refund(t.Context(), payments.RefundOrder{SaleID: sale.ID, Amount: hkd(2000)})
		if err == nil {
			s.settle(sale.ID)
		}
		s.agree(sale.ID)
	})
}

// A refund in progress that somebody else made is asked about, and never made
// by this till.
func TestARefundMadeElsewhereIsNeverSent(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		sale := s.settle(s.charge("pays", 5000).ID)
		g := &gate{}
		s.reopenThrough(g)
		g.onInquire(func(q payments.InquireRequest, a payments.Answer) payments.Answer {
			a.Refunds = append(a.Refunds, payments.ListedRefund{RefundRequestID: "DASH0001", Amount: hkd(2000), State: payments.RefundUnknown})
			return a
		})
		g.onAskRefund(func(q payments.InquireRefundRequest, a payments.Answer) payments.Answer {
			return a // the sandbox knows no such refund: ORDER_NOT_EXIST
		})
		if _, err := s.desk.Refund(t.Context(), payments.RefundOrder{SaleID: sale.ID, Amount: hkd(1000)}); !errors.Is(err, payments.ErrRefundOpen) {
			t.Errorf("beside one in progress: %v", err)
		}
		time.Sleep(time.Minute)
		l, _ := s.alipay.Ledger()
		if n := g.refunds.Load(); n != 0 {
			t.Errorf("the till sent %d refund calls with the id of a refund it never made; ledger: %+v", n, l.Refunds)
		}
	})
}

// One refund on two lines of Alipay's list.
func TestARefundListedTwiceIsOne(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		sale := s.settle(s.charge("pays", 5000).ID)
		g := &gate{}
		s.reopenThrough(g)
		g.onInquire(func(q payments.InquireRequest, a payments.Answer) payments.Answer {
			r := payments.ListedRefund{RefundRequestID: "DASH0001", Amount: hkd(2000), State: payments.Refunded}
			a.Refunds = append(a.Refunds, r, r)
			return a
		})
		_, err := s.desk.Refund(t.Context(), payments.RefundOrder{SaleID: sale.ID, Amount: hkd(1000)})
		if errors.Is(err, payments.ErrLocked) {
			t.Errorf("the till locked itself: %v", err)
		}
	})
}

// resolve is a sale that Alipay took and refuses to cancel.
func (s *shop) resolve(g *gate, minor int64) payments.Sale {
	g.onInquire(func(q payments.InquireRequest, a payments.Answer) payments.Answer {
		return payments.Answer{Outcome: payments.Unsure, Result: "UNKNOWN_EXCEPTION", Stamp: a.Stamp}
	})
	s.script(sandbox.Fault{Call: "pay", Kind: sandbox.FaultDropAnswer}, sandbox.Fault{Call: "cancel", Kind: sandbox.FaultResult, Code: "CANCEL_WINDOW_EXCEED"})
	sale := s.charge("pays", minor)
	sale, err := s.desk.Await(s.t.Context(), sale.ID, func(s payments.Sale) bool { return s.State() == payments.AttemptResolve })
	if err != nil {
		s.t.Fatal(err)
	}
	g.onInquire(nil)
	return sale
}

// A person decided to give back, and the refund fails: it is not forgotten.
func TestAGiveBackThatFailsComesBackToAPerson(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		g := &gate{}
		s.reopenThrough(g)
		sale := s.resolve(g, 4550)
		g.onRefund(func(payments.RefundRequest) *payments.Answer {
			return &payments.Answer{Outcome: payments.NotSent, Result: payments.ReasonNoConnection}
		})
		if err := s.desk.Decide(t.Context(), sale.ID, payments.GiveBack, "owner"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		got, _ := s.desk.Sale(sale.ID)
		open, _ := s.journal.Open()
		if got.State() != payments.AttemptResolve || len(open) != 1 || len(got.Alarms) == 0 {
			t.Errorf("the refund failed: sale %s, %d open in the books, %d alarms", got.State(), len(open), len(got.Alarms))
		}
		g.onRefund(nil)
		if err := s.desk.Decide(t.Context(), sale.ID, payments.GiveBack, "owner"); err != nil {
			t.Fatal(err)
		}
		s.settle(sale.ID)
		s.agree(sale.ID)
	})
}

// The money is on its way back already, by a refund made elsewhere.
func TestDecideFollowsWhatItTakesUp(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		g := &gate{}
		s.reopenThrough(g)
		sale := s.resolve(g, 4550)
		g.onInquire(func(q payments.InquireRequest, a payments.Answer) payments.Answer {
			a.Refunds = []payments.ListedRefund{{RefundRequestID: "DASH0001", Amount: hkd(4550), State: payments.RefundUnknown}}
			return a
		})
		asked := 0
		g.onAskRefund(func(q payments.InquireRefundRequest, a payments.Answer) payments.Answer {
			asked++
			return payments.Answer{Outcome: payments.Succeeded, Result: "SUCCESS", Stamp: time.Now()}
		})
		if err := s.desk.Decide(t.Context(), sale.ID, payments.GiveBack, "owner"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		got, _ := s.desk.Sale(sale.ID)
		if got.Open() {
			t.Errorf("a day later the sale is open, refund %s, asked about it %d times", got.Refunds[0].State, asked)
		}
	})
}

// Stopped while still dialling: what never left needs no cancelling.
func TestStopOfWhatWasNeverSent(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.prove()
		s.client.Close() // drop idle connections
		s.wire.cut.Store(true)
		sale, err := s.desk.Charge(payments.ChargeOrder{Code: s.code("pays"), Amount: hkd(100)})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.desk.Stop(sale.ID); err != nil && !errors.Is(err, payments.ErrNothingToStop) {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		if got := s.state(sale.ID); !got.Final() || got.Holds() {
			t.Errorf("ten seconds later: %s", got)
		}
		s.wire.cut.Store(false)
	})
}

func TestTheMostOpenAttemptSpeaks(t *testing.T) {
	s := payments.Sale{Attempts: []payments.Attempt{
		{PaymentRequestID: "a", State: payments.AttemptCancelling, LateSuccess: true},
		{PaymentRequestID: "b", State: payments.AttemptFailed},
	}}
	if s.State() != payments.AttemptCancelling {
		t.Errorf("%s: the customer's money is held and on its way back, and the sale says %s (open %v)", "a cancelling", s.State(), s.Open())
	}
}

func TestABadTextDoesNotLockTheTill(t *testing.T) {
	for name, text := range map[string]string{"latin1": "caf\xe9", "long": string(make([]byte, 70000))} {
		t.Run(name, func(t *testing.T) {
			inShop(t, func(t *testing.T, s *shop) {
				sale := s.settle(s.charge("pays", 5000).ID)
				_, err := s.desk.Refund(t.Context(), payments.RefundOrder{SaleID: sale.ID, Amount: hkd(1000), Reason: text})
				if s.desk.Link().Locked {
					t.Errorf("a refund's reason locked the till: %v", err)
				}
			})
		})
	}
}

func TestCancelSeenThroughAnHourWithoutNetwork(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		sale := s.charge("walks_away", 1000)
		time.Sleep(10 * time.Second)
		if err := s.desk.Stop(sale.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		s.wire.cut.Store(true)
		s.client.Close()
		time.Sleep(time.Hour)
		if got := s.state(sale.ID); got != payments.AttemptCancelSeen {
			t.Errorf("an hour later: %s", got)
		}
		s.wire.cut.Store(false)
		time.Sleep(61 * time.Second)
		if got := s.state(sale.ID); got != payments.AttemptCancelled {
			t.Errorf("%s", got)
		}
		s.agree(sale.ID)
	})
}

// A stop and a close in the same moment.
func TestStopThenClose(t *testing.T) {
	for range 20 {
		inShop(t, func(t *testing.T, s *shop) {
			s.prove()
			s.script(sandbox.Fault{Call: "inquiryPayment", Kind: sandbox.FaultLate, DelayMS: 3000})
			sale := s.charge("walks_away", 1000)
			time.Sleep(500 * time.Millisecond)
			if err := s.desk.Stop(sale.ID); err != nil { // an inquiry is under way
				t.Fatal(err)
			}
		})
	}
}

func TestADoubtAfterADecisionIsAskedAboutAtOnce(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		g := &gate{}
		s.reopenThrough(g)
		sale := s.resolve(g, 4550)
		time.Sleep(15 * time.Minute)
		if err := s.desk.Decide(t.Context(), sale.ID, payments.GoodsGiven, "owner"); err != nil {
			t.Fatal(err)
		}
		g.onRefund(func(payments.RefundRequest) *payments.Answer {
			return &payments.Answer{Outcome: payments.Declined, Result: "ORDER_IS_CANCELED", Stamp: time.Now()}
		})
		if _, err := s.desk.Refund(t.Context(), payments.RefundOrder{SaleID: sale.ID, Amount: hkd(1000)}); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if _, err := s.desk.Await(t.Context(), sale.ID, func(s payments.Sale) bool { return len(s.Refunds) > 0 && s.Refunds[0].State.Final() }); err != nil {
			t.Fatal(err)
		}
		if _, err := s.desk.Settle(t.Context(), sale.ID); err != nil {
			t.Error(err)
		}
		if time.Since(begun) > 5*time.Minute {
			t.Error("the doubt was not asked about for", time.Since(begun))
		}
	})
}

// Alipay answers every question with a signed refusal: selling stays shut.
func TestAlipayRefusesEverythingSigned(t *testing.T) {
	opened := 0
	for range 20 {
		inShop(t, func(t *testing.T, s *shop) {
			s.close()
			s.script(sandbox.Fault{Call: "inquiryPayment", Kind: sandbox.FaultResult, Code: "ACCESS_DENIED", Times: -1})
			s.open()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			if err := s.desk.Prove(ctx); err == nil {
				opened++
			}
		})
	}
	if opened > 0 {
		t.Errorf("Prove said yes %d of 20 times", opened)
	}
}

// The first copy of a request was taken and its answer lost; the second one is
// declined, since the code is spent.
func TestADeclinedSecondCopyProvesNothing(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		g := &gate{}
		s.reopenThrough(g)
		lag := 1
		g.onInquire(func(q payments.InquireRequest, a payments.Answer) payments.Answer {
			if lag--; lag >= 0 {
				return payments.Answer{Outcome: payments.NotFound, Result: "ORDER_NOT_EXIST", Stamp: time.Now().Truncate(time.Second)}
			}
			return a
		})
		s.script(sandbox.Fault{Call: "pay", Kind: sandbox.FaultDropAnswer}, sandbox.Fault{Call: "pay", Kind: sandbox.FaultResult, Code: "INVALID_PAYMENT_CODE"})
		sale := s.settle(s.charge("pays", 700).ID)
		s.agree(sale.ID)
	})
}

// unproven answers every question but the Desk's own about whether Alipay is
// there.
type unproven struct {
	payments.Gateway
	asked atomic.Int32
}

func (u *unproven) Inquire(ctx context.Context, q payments.InquireRequest) (payments.Answer, error) {
	if q.Amount == (payments.Money{}) {
		return payments.Answer{Outcome: payments.Unsure, Result: payments.ReasonTimeout}, nil
	}
	u.asked.Add(1)
	return u.Gateway.Inquire(ctx, q)
}

// Before any answer of this start nothing tells an answer of today from an old
// one that somebody sends once more, so no money goes back on one.
func TestNoMoneyGoesBackBeforeAlipayWasHeard(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		sale := s.settle(s.charge("pays", 4550).ID)
		s.desk.Close()
		u := &unproven{Gateway: s.client}
		var err error
		s.desk, err = payments.OpenDesk(s.journal, u, payments.Options{Till: "T1", Account: s.alipay.Credentials().Account(), Now: s.now})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.desk.Refund(t.Context(), payments.RefundOrder{SaleID: sale.ID}); !errors.Is(err, payments.ErrNotCertain) {
			t.Errorf("refund: %v, want ErrNotCertain", err)
		}
		if err := s.desk.Decide(t.Context(), sale.ID, payments.GiveBack, "owner"); !errors.Is(err, payments.ErrNotCertain) {
			t.Errorf("decide: %v, want ErrNotCertain", err)
		}
		if n := u.asked.Load(); n != 0 {
			t.Errorf("asked %d times", n)
		}
	})
}
