package payments_test

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"ringup/payments"
	"ringup/payments/sandbox"
)

var (
	seeds    = flag.Int("seeds", 6, "how many random days to live through")
	onlySeed = flag.Uint64("seed", 0, "one random day, again")
)

// Random days: customers of every habit, faults at random calls, stops, scans
// again, refunds, restarts. Afterwards an owner answers what only a person can,
// and a day after the last fault nothing is open and every cent is where
// Alipay's ledger has it. A failure names its seed: go test -run RandomDays
// -seed N lives through it again.
func TestRandomDays(t *testing.T) {
	if *onlySeed != 0 {
		t.Run("seed", func(t *testing.T) { randomDay(t, *onlySeed) })
		return
	}
	days := *seeds
	if testing.Short() {
		days = min(days, 2)
	}
	for range days {
		seed := rand.Uint64()
		if !t.Run("seed", func(t *testing.T) { randomDay(t, seed) }) {
			t.Fatalf("failed with -seed %d", seed)
		}
	}
}

var (
	randomCalls  = []string{"pay", "inquiryPayment", "cancel", "refund", "inquiryRefund", ""}
	randomFaults = []sandbox.FaultKind{
		sandbox.FaultDropRequest, sandbox.FaultDropAnswer, sandbox.FaultDelay, sandbox.FaultLate, sandbox.FaultTruncate,
		sandbox.FaultCorrupt, sandbox.FaultUnsign, sandbox.FaultWrongKey, sandbox.FaultWrongClient, sandbox.FaultStale,
		sandbox.FaultReplay, sandbox.FaultWrongID, sandbox.FaultWrongAmount, sandbox.FaultWrongCurrency, sandbox.FaultNoList,
		sandbox.FaultStatus, sandbox.FaultRedirect, sandbox.FaultHTML, sandbox.FaultSlow,
	}
	// codes that Alipay may truly answer with while nothing is processed
	randomCodes = []string{"UNKNOWN_EXCEPTION", "REQUEST_TRAFFIC_EXCEED_LIMIT", "SYSTEM_ERROR", "PROCESS_FAIL"}
)

func randomDay(t *testing.T, seed uint64) {
	inShop(t, func(t *testing.T, s *shop) {
		r := rand.New(rand.NewPCG(seed, 1))
		habits := sandbox.Habits()
		var ids []string
		for range 15 {
			s.randomFaults(r)
			sale, err := s.desk.Charge(payments.ChargeOrder{
				Code: s.code(habits[r.IntN(len(habits))].ID), Amount: hkd(1 + r.Int64N(20_000)), SameAmountOK: true,
			})
			if err == nil {
				ids = append(ids, sale.ID)
			} else if !errors.Is(err, payments.ErrNotProven) {
				t.Fatalf("seed %d: charge: %v", seed, err)
			}
			time.Sleep(time.Duration(r.Int64N(int64(40 * time.Second))))
			if len(ids) > 0 {
				s.randomDeed(r, ids[r.IntN(len(ids))])
			}
		}
		s.alipay.ClearScript()
		s.tidyUp(ids)
		for _, id := range ids {
			s.agree(id)
		}
		if open, err := s.journal.Open(); err != nil || len(open) != 0 {
			t.Errorf("seed %d: %d open a day later, %v", seed, len(open), err)
			for _, o := range open {
				t.Logf("%s %s %+v %+v", o.Number, o.State(), o.Attempts, o.Refunds)
			}
		}
		if err := s.journal.Verify(t.Context(), nil); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	})
}

func (s *shop) randomFaults(r *rand.Rand) {
	s.t.Helper()
	for range r.IntN(3) {
		f := sandbox.Fault{Call: randomCalls[r.IntN(len(randomCalls))], Times: 1 + r.IntN(4)}
		if r.IntN(4) == 0 {
			f.Kind, f.Code = sandbox.FaultResult, randomCodes[r.IntN(len(randomCodes))]
		} else {
			f.Kind, f.DelayMS = randomFaults[r.IntN(len(randomFaults))], 200+r.Int64N(30_000)
		}
		s.script(f)
	}
}

// randomDeed is something that somebody does about a sale.
func (s *shop) randomDeed(r *rand.Rand, id string) {
	s.t.Helper()
	switch r.IntN(6) {
	case 0, 1:
		_ = s.desk.Stop(id) // refused where there is nothing to stop
	case 2:
		_, _ = s.desk.Refund(s.t.Context(), payments.RefundOrder{SaleID: id, Amount: hkd(1 + r.Int64N(5000))}) // refused where it is not paid
	case 3:
		_, _ = s.desk.Charge(payments.ChargeOrder{Code: s.code("pays"), Again: id}) // refused where it is not over
	case 4:
		s.restart()
	}
}

// tidyUp gives everything a day to settle, and answers what asks for a person.
func (s *shop) tidyUp(ids []string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 24*time.Hour)
	defer cancel()
	for _, id := range ids {
		for ctx.Err() == nil {
			sale, err := s.desk.Await(ctx, id, func(sale payments.Sale) bool {
				return !sale.Open() || sale.State() == payments.AttemptResolve
			})
			if err != nil || sale.State() != payments.AttemptResolve {
				break
			}
			if err := s.desk.Decide(ctx, id, payments.GiveBack, "owner"); err != nil {
				time.Sleep(11 * time.Minute)
			}
		}
	}
}
