package soak

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	"ringup/payments"
	"ringup/storage"
)

// live lives through a story in virtual time and returns what came of it; the
// problem is "" when every promise was kept.
func live(t *testing.T, s story) (result table, problem string) {
	result, problem, _ = liveAndTell(t, s)
	return result, problem
}

// liveAndTell also returns the transcript.
func liveAndTell(t *testing.T, s story) (result table, problem string, transcript []string) {
	result = newTable()
	t.Run(fmt.Sprint("seed ", s.seed), func(t *testing.T) {
		cryptotest.SetGlobalRandom(t, s.seed)
		synctest.Test(t, func(t *testing.T) {
			defer func() {
				switch p := recover().(type) {
				case nil:
				case broken:
					problem = p.what
				default:
					problem = fmt.Sprintf("panic: %v\n%s", p, debug.Stack())
				}
			}()
			inShop(s, func(shop *shop) {
				for _, d := range s.deeds {
					time.Sleep(d.Wait)
					shop.do(d, &result)
				}
				shop.settle()
				shop.witness.settled(&result)
				must(shop.journal.Verify(context.Background(), nil), "verify")
				problem, transcript = shop.witness.problem(), shop.witness.transcript()
			})
		})
	})
	result.Runs++
	return result, problem, transcript
}

// do does one deed.
func (s *shop) do(d deed, t *table) {
	if len(d.Faults) > 0 {
		must(s.alipay.Script(d.Faults...), "script")
	}
	sale := ""
	if n := len(s.sales); n > 0 {
		sale = s.sales[n-1-d.Of%n]
	}
	t.Deeds[string(d.Kind)]++
	switch d.Kind {
	case sell:
		s.charge(t, payments.ChargeOrder{Code: s.code(d.Habit), Amount: hkd(d.Amount), SameAmountOK: true})
	case pressTwice:
		s.pressTwice(t, d)
	case scanTwice:
		if code, ok := s.codes[sale]; ok {
			s.charge(t, payments.ChargeOrder{Code: code, Amount: hkd(d.Amount), SameAmountOK: true})
		}
	case again:
		if sale != "" {
			s.charge(t, payments.ChargeOrder{Code: s.code(d.Habit), Again: sale})
		}
	case stop:
		if sale != "" {
			refusedOr(s.desk.Stop(sale))
		}
	case refund:
		if sale != "" {
			s.refund(sale, d.Amount)
		}
	case refundTwice:
		if sale != "" {
			both(func() { s.refund(sale, d.Amount) })
		}
	case decide:
		s.decide(sale, d.Keep)
	case restart:
		s.close()
		s.open()
	case overnight:
		s.close()
		time.Sleep(d.For)
		s.open()
	case setClock:
		s.clock.off.Store(int64(d.For))
	case sleep:
		s.wire.silent.Store(true)
		s.wire.hangUp()
		s.clock.slept.Add(int64(d.For))
		time.Sleep(d.For)
		s.wire.silent.Store(false)
	case cut:
		s.away(&s.wire.cut, d.For)
	case silent:
		s.away(&s.wire.silent, d.For)
	case poor:
		must(s.alipay.SetMerchantBalance(0), "balance")
	case rich:
		must(s.alipay.SetMerchantBalance(-1), "balance")
	case calm:
		s.calm()
	case backup:
		must(s.journal.Backup(context.Background(), s.path("backup"), nil), "backup")
		s.saved = true
	case diskDies:
		// What later starts made can't be counted out: that is told in the
		// README, and comes back from the copy or the settlement file.
		if s.saved {
			s.diskDies()
		}
	case journalDies:
		s.journalDies()
	}
}

// diskDies loses everything since the backup. The ids that follow its end are
// asked about; what is found is taken up under new numbers.
func (s *shop) diskDies() {
	s.close()
	must(os.RemoveAll(s.path("till")), "the disk")
	_, err := storage.Restore(context.Background(), s.path("till"), s.path("backup"), s.today())
	must(err, "restore")
	s.witness.forget()
	s.lost = true
	s.open()
	known := s.sales[:0]
	for _, id := range s.sales {
		if _, err := s.journal.Sale(id); err == nil {
			known = append(known, id)
		}
	}
	s.sales = known
}

func (s *shop) journalDies() {
	s.close()
	must(os.Truncate(s.path("till", "journal.db"), 5000), "damage")
	if _, err := storage.Open(s.path("till"), storage.Options{Ballast: -1, MinFree: 1}); !errors.Is(err, storage.ErrDamaged) {
		fail("a damaged journal opens: %v", err)
	}
	_, err := storage.Rebuild(context.Background(), s.path("till"), s.today())
	must(err, "rebuild")
	s.witness.forgetCodes() // their marks are not in the copy; Alipay takes a code once
	s.open()
}

func (s *shop) path(names ...string) string {
	return filepath.Join(append([]string{s.folder}, names...)...)
}

func (s *shop) today() storage.RebuildOptions {
	now := func() time.Time { return time.Now().In(shopZone) }
	return storage.RebuildOptions{Day: payments.Calendar{Zone: shopZone}.Day(now()), Now: now}
}

// away takes the network away for a time; the shop goes on meanwhile.
func (s *shop) away(how interface{ Store(bool) }, long time.Duration) {
	how.Store(true)
	s.wire.hangUp()
	time.AfterFunc(long, func() { how.Store(false) })
}

// calm ends all faults.
func (s *shop) calm() { s.alipay.ClearScript() }

func hkd(minor int64) payments.Money { return payments.Money{Minor: minor, Currency: "HKD"} }

// refusedOr lets pass what a till may refuse, and nothing else.
func refusedOr(err error) {
	if errors.Is(err, payments.ErrLocked) || errors.Is(err, payments.ErrClosed) || errors.Is(err, payments.ErrNoSale) {
		fail("refused with %v", err)
	}
}

func (s *shop) charge(t *table, o payments.ChargeOrder) bool {
	sale, err := s.desk.Charge(o)
	if errors.Is(err, payments.ErrNotProven) && s.prove() {
		sale, err = s.desk.Charge(o)
	}
	refusedOr(err)
	if err != nil {
		t.Refused++
		return false
	}
	if o.Again == "" {
		s.made(t, sale)
	}
	s.codes[sale.ID] = o.Code
	return true
}

// made keeps a sale that was made. No number is ever given to two.
func (s *shop) made(t *table, sale payments.Sale) {
	if s.numbers[sale.Number] {
		fail("the number %s is given again", sale.Number)
	}
	s.numbers[sale.Number] = true
	s.sales = append(s.sales, sale.ID)
	t.Sales++
}

// pressTwice presses Charge two times at once: one sale, or none.
func (s *shop) pressTwice(t *table, d deed) {
	code := s.code(d.Habit)
	var mu sync.Mutex
	made := 0
	both(func() {
		sale, err := s.desk.Charge(payments.ChargeOrder{Code: code, Amount: hkd(d.Amount), SameAmountOK: true})
		refusedOr(err)
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			made++
			s.codes[sale.ID] = code
			s.made(t, sale)
		}
	})
	if made > 1 {
		fail("a charge pressed two times made %d sales", made)
	}
}

// both does something two times at once.
func both(do func()) {
	var second sync.WaitGroup
	var thrown any
	second.Add(1)
	go func() {
		defer second.Done()
		defer func() { thrown = recover() }()
		do()
	}()
	do()
	second.Wait()
	if thrown != nil {
		panic(thrown)
	}
}

func (s *shop) refund(sale string, minor int64) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err := s.desk.Refund(ctx, payments.RefundOrder{SaleID: sale, Amount: hkd(minor)})
	refusedOr(err)
}

// decide is the owner's word, where one is asked for.
func (s *shop) decide(id string, keep bool) {
	if id == "" {
		return
	}
	sale, err := s.desk.Sale(id)
	must(err, "sale")
	if sale.State() != payments.AttemptResolve {
		return
	}
	what := payments.GiveBack
	if keep {
		what = payments.GoodsGiven
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err = s.desk.Decide(ctx, id, what, "owner")
	if errors.Is(err, payments.ErrOnlyGiveBack) {
		err = s.desk.Decide(ctx, id, payments.GiveBack, "owner")
	}
	refusedOr(err)
}

// settle ends all faults and gives everything a day: two hours in which the
// shop is open and the owner answers, a night, and the rest of the next day.
// Now and then the shop is closed for weeks after it, and a customer comes back
// when the refund window has passed.
func (s *shop) settle() {
	s.calm()
	s.alipay.EndDoubt()
	s.clock.off.Store(int64(s.story.offset))
	time.Sleep(time.Hour) // the longest that the network is away
	must(s.alipay.SetMerchantBalance(-1), "balance")
	s.answer(8)
	s.close()
	time.Sleep(12 * time.Hour)
	s.open()
	s.answer(36)
	if s.story.seed%8 == 0 && len(s.sales) > 0 {
		s.close()
		time.Sleep(s.story.refunds + 24*time.Hour)
		s.open()
		s.prove()
		for i := range min(5, len(s.sales)) {
			s.refund(s.sales[i*len(s.sales)/5], 0)
		}
		s.answer(8)
	}
}

// answer is the owner going through what waits for a person, every quarter of
// an hour, until nothing is open.
func (s *shop) answer(rounds int) {
	for round := range rounds {
		open, err := s.journal.Open()
		must(err, "open sales")
		_, searched, restored, err := s.journal.Restored()
		must(err, "restored")
		if len(open) == 0 && (searched || !restored) {
			return
		}
		for _, sale := range open {
			s.decide(sale.ID, (len(sale.Number)+round+int(sale.Amount.Minor))%2 == 0)
		}
		time.Sleep(15 * time.Minute)
	}
}

// shortest leaves out of a story all that it fails without.
func shortest(t *testing.T, s story, problem string) (story, string) {
	for size := len(s.deeds) / 2; size > 0; size /= 2 {
		for from := 0; from+size <= len(s.deeds); {
			tried := s
			tried.deeds = append(append([]deed(nil), s.deeds[:from]...), s.deeds[from+size:]...)
			if _, p := live(t, tried); p != "" && same(p, problem) {
				s, problem = tried, p
			} else {
				from += size
			}
		}
	}
	return s, problem
}

// same reports whether two problems are of one kind: their first words.
func same(a, b string) bool {
	kind := func(s string) string {
		words := strings.Fields(s)
		return strings.Join(words[:min(1, len(words))], " ")
	}
	return kind(a) == kind(b)
}
