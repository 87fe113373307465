package payments_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"ringup/payments"
	"ringup/payments/sandbox"
)

// unresolved is a sale whose customer paid although it was to be cancelled,
// and which Alipay refuses to cancel.
func (s *shop) unresolved() payments.Sale {
	s.t.Helper()
	sale := s.charge("slow", 6600)
	time.Sleep(10 * time.Second)
	if err := s.alipay.Script(sandbox.Fault{Call: "cancel", Kind: sandbox.FaultResult, Code: "CANCEL_WINDOW_EXCEED"}); err != nil {
		s.t.Fatal(err)
	}
	if err := s.desk.Stop(sale.ID); err != nil {
		s.t.Fatal(err)
	}
	time.Sleep(10 * time.Second)
	if got := s.state(sale.ID); got != payments.AttemptResolve {
		s.t.Fatalf("cancel refused: %s, want resolve", got)
	}
	return sale
}

func TestResolveWaitsForAPerson(t *testing.T) {
	t.Run("goods given, ten minutes after the last cancel", func(t *testing.T) {
		inShop(t, func(t *testing.T, s *shop) {
			sale := s.unresolved()
			if err := s.desk.Decide(t.Context(), sale.ID, payments.GoodsGiven, "owner"); !errors.Is(err, payments.ErrNotCertain) {
				t.Errorf("before the customer confirmed: %v", err)
			}
			time.Sleep(time.Minute)
			if err := s.desk.Decide(t.Context(), sale.ID, payments.GoodsGiven, "owner"); !errors.Is(err, payments.ErrTooEarly) {
				t.Errorf("a minute after the cancel: %v", err)
			}
			time.Sleep(10 * time.Minute)
			if err := s.desk.Decide(t.Context(), sale.ID, payments.GoodsGiven, "owner"); err != nil {
				t.Fatal(err)
			}
			if got := s.settle(sale.ID).State(); got != payments.AttemptPaidLate {
				t.Errorf("ended %s", got)
			}
			s.agree(sale.ID)
			if err := s.desk.Decide(t.Context(), sale.ID, payments.GiveBack, "owner"); !errors.Is(err, payments.ErrNotDecidable) {
				t.Errorf("decided twice: %v", err)
			}
		})
	})
	t.Run("give back", func(t *testing.T) {
		inShop(t, func(t *testing.T, s *shop) {
			sale := s.unresolved()
			time.Sleep(time.Minute)
			if err := s.desk.Decide(t.Context(), sale.ID, payments.GiveBack, "owner"); err != nil {
				t.Fatal(err)
			}
			got := s.settle(sale.ID)
			if got.RefundedSum() != hkd(6600) || !got.Left().IsZero() {
				t.Errorf("gave back %v", got.RefundedSum())
			}
			s.agree(sale.ID)
		})
	})
	t.Run("over a restart, and never closed by itself", func(t *testing.T) {
		inShop(t, func(t *testing.T, s *shop) {
			sale := s.unresolved()
			s.restart()
			time.Sleep(26 * time.Hour)
			if got := s.state(sale.ID); got != payments.AttemptResolve {
				t.Fatalf("a day later: %s", got)
			}
			if err := s.desk.Decide(t.Context(), sale.ID, payments.GiveBack, "owner"); err != nil {
				t.Fatal(err)
			}
			s.settle(sale.ID)
			s.agree(sale.ID)
		})
	})
}

// A new attempt may begin once Alipay has said "cancelled"; the old one is
// watched on in the background, and its late money goes back.
func TestScanAgainAfterStop(t *testing.T) {
	for _, habit := range []string{"walks_away", "confirms_on_cancel", "confirms_after_cancel"} {
		t.Run(habit, func(t *testing.T) {
			inShop(t, func(t *testing.T, s *shop) {
				sale := s.charge(habit, 2500)
				time.Sleep(4 * time.Second)
				if err := s.desk.Stop(sale.ID); err != nil {
					t.Fatal(err)
				}
				if _, err := s.desk.Charge(payments.ChargeOrder{Code: s.code("pays"), Again: sale.ID}); !errors.Is(err, payments.ErrAttemptOpen) {
					t.Errorf("again before the stop is answered: %v", err)
				}
				time.Sleep(15 * time.Second)
				again, err := s.desk.Charge(payments.ChargeOrder{Code: s.code("pays"), Again: sale.ID})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(3 * time.Second)
				if got := s.state(again.ID); got != payments.AttemptPaid {
					t.Errorf("the second attempt: %s", got)
				}
				done := s.settle(sale.ID)
				if done.Attempts[0].State != payments.AttemptCancelled || done.Attempts[1].State != payments.AttemptPaid {
					t.Errorf("ended %s and %s", done.Attempts[0].State, done.Attempts[1].State)
				}
				s.agree(sale.ID)
				if _, err := s.desk.Charge(payments.ChargeOrder{Code: s.code("pays"), Again: sale.ID}); !errors.Is(err, payments.ErrAlreadyPaid) {
					t.Errorf("charging a paid sale again: %v", err)
				}
			})
		})
	}
}

// A refund made elsewhere, in Alipay's dashboard say, lowers what is left.
func TestARefundMadeElsewhereIsSeen(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		sale := s.settle(s.charge("pays", 5000).ID)
		ans, err := s.client.Refund(t.Context(), payments.RefundRequest{
			Moment: payments.Moment{Now: time.Now()}, Account: sale.Attempts[0].Account,
			RefundRequestID: "elsewhere1", PaymentID: sale.Attempts[0].PaymentID, Amount: hkd(3000),
		})
		if err != nil || ans.Outcome != payments.Succeeded {
			t.Fatalf("%+v, %v", ans, err)
		}
		if _, err := s.desk.Refund(t.Context(), payments.RefundOrder{SaleID: sale.ID, Amount: hkd(2001)}); !errors.Is(err, payments.ErrRefundTooMuch) {
			t.Errorf("more than is really left: %v", err)
		}
		if _, err := s.desk.Refund(t.Context(), payments.RefundOrder{SaleID: sale.ID}); err != nil {
			t.Fatal(err)
		}
		sale = s.settle(sale.ID)
		if sale.RefundedSum() != hkd(5000) || !sale.Refunds[0].Elsewhere || sale.Refunds[1].Amount != hkd(2000) {
			t.Errorf("refunds: %+v", sale.Refunds)
		}
		s.agree(sale.ID)
	})
}

func TestTwoRefundsAtOnceAreOne(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		sale := s.settle(s.charge("slow_refund", 5000).ID)
		var work sync.WaitGroup
		errs := make([]error, 5)
		for i := range errs {
			work.Go(func() {
				_, errs[i] = s.desk.Refund(t.Context(), payments.RefundOrder{SaleID: sale.ID, Amount: hkd(3000)})
			})
		}
		work.Wait()
		begun := 0
		for _, err := range errs {
			switch {
			case err == nil:
				begun++
			case !errors.Is(err, payments.ErrRefundOpen):
				t.Errorf("refused with %v", err)
			}
		}
		if begun != 1 {
			t.Errorf("%d refunds began", begun)
		}
		if sale = s.settle(sale.ID); sale.RefundedSum() != hkd(3000) {
			t.Errorf("refunded %v", sale.RefundedSum())
		}
		s.agree(sale.ID)
	})
}

// A double press, and five tills' worth of them, is one charge.
func TestManyPressesAreOneCharge(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.prove()
		code := s.code("password")
		var work sync.WaitGroup
		sales := make([]payments.Sale, 8)
		errs := make([]error, len(sales))
		for i := range sales {
			work.Go(func() {
				sales[i], errs[i] = s.desk.Charge(payments.ChargeOrder{Code: code, Amount: hkd(900), SameAmountOK: true})
			})
		}
		work.Wait()
		begun := 0
		for i := range sales {
			if errs[i] == nil {
				begun++
				s.settle(sales[i].ID)
				s.agree(sales[i].ID)
			}
		}
		if begun != 1 {
			t.Errorf("%d charges began", begun)
		}
	})
}

func TestBalanceTooSmallToCancelAlarmsAndGoesOn(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		sale := s.charge("never_sure", 8000)
		time.Sleep(2 * time.Second)
		if err := s.alipay.SetMerchantBalance(0); err != nil {
			t.Fatal(err)
		}
		if err := s.desk.Stop(sale.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		now, err := s.desk.Sale(sale.ID)
		if err != nil {
			t.Fatal(err)
		}
		if now.State() != payments.AttemptCancelling || !now.Last().ShortFunds || len(now.Alarms) != 1 {
			t.Fatalf("%s, short %v, %d alarms", now.State(), now.Last().ShortFunds, len(now.Alarms))
		}
		if err := s.alipay.SetMerchantBalance(1_000_000); err != nil {
			t.Fatal(err)
		}
		if got := s.settle(sale.ID).State(); got != payments.AttemptCancelled {
			t.Errorf("with money again: %s", got)
		}
		s.agree(sale.ID)
	})
}
