package payments_test

import (
	"context"
	"errors"
	"flag"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ringup/payments"
	"ringup/payments/alipay"
	"ringup/payments/sandbox"
	"ringup/storage"
)

// shop is a whole shop in virtual time: the real Desk, a real journal, the
// real client with real signatures over net/http, and the built-in Alipay,
// which is the judge.
type shop struct {
	t       *testing.T
	folder  string
	alipay  *sandbox.Server
	wire    *pipes
	journal *storage.Journal
	desk    *payments.Desk
	client  *alipay.Client
	now     func() time.Time // the till's clock
}

// pipes is a network in memory: synctest's time goes on only while nobody
// waits for a real socket.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	cut   atomic.Bool // no connection can be made
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	select {
	case <-p.done:
	default:
		close(p.done)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if p.cut.Load() {
		return nil, &net.OpError{Op: "dial", Err: errors.New("network is unreachable")}
	}
	mine, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return mine, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// freshAlipay is the folder of a built-in Alipay that nothing has happened in.
// Its keys take long to make, so every shop begins with a copy.
var freshAlipay string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "ringup")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		freshAlipay = filepath.Join(dir, "alipay")
		a, err := sandbox.Open(freshAlipay, sandbox.WithHost("http://localhost"))
		if err == nil {
			err = a.Close()
		}
		if err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

// inShop runs a test in a shop of its own, in virtual time.
func inShop(t *testing.T, test func(t *testing.T, s *shop)) {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(filepath.Join(folder, "alipay"), os.DirFS(freshAlipay)); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := &shop{t: t, folder: folder, now: time.Now, wire: &pipes{conns: make(chan net.Conn), done: make(chan struct{})}}
		var err error
		s.alipay, err = sandbox.Open(filepath.Join(folder, "alipay"), sandbox.WithHost("http://localhost"))
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- s.alipay.Serve(s.wire) }()
		defer func() { // also when the test gives up half way
			s.close()
			if err := s.alipay.Close(); err != nil {
				t.Error(err)
			}
			<-served
		}()
		s.open()
		test(t, s)
	})
}

// open starts the till, as a program's start does.
func (s *shop) open() {
	s.t.Helper()
	var err error
	if s.journal, err = storage.Open(filepath.Join(s.folder, "till"), storage.Options{Ballast: -1, Now: s.now}); err != nil {
		s.t.Fatal(err)
	}
	s.client = alipay.NewClient(alipay.WithDial(s.wire.dial))
	if err := s.client.Use(s.alipay.Credentials()); err != nil {
		s.t.Fatal(err)
	}
	s.desk, err = payments.OpenDesk(s.journal, s.client, payments.Options{
		Till: "T1", Account: s.alipay.Credentials().Account(), Now: s.now,
		Calendar: payments.Calendar{Zone: time.FixedZone("HKT", 8*3600)},
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) close() {
	s.desk.Close()
	s.client.Close()
	if err := s.journal.Close(); err != nil {
		s.t.Error(err)
	}
}

func (s *shop) restart() { s.close(); s.open() }

func (s *shop) prove() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	if err := s.desk.Prove(ctx); err != nil {
		s.t.Fatalf("the link: %v", err)
	}
}

func (s *shop) code(habit string) payments.PaymentCode {
	s.t.Helper()
	c, err := s.alipay.NewCode(habit)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *shop) charge(habit string, minor int64) payments.Sale {
	s.t.Helper()
	s.prove()
	sale, err := s.desk.Charge(payments.ChargeOrder{Code: s.code(habit), Amount: hkd(minor)})
	if err != nil {
		s.t.Fatal(err)
	}
	return sale
}

func hkd(minor int64) payments.Money { return payments.Money{Minor: minor, Currency: "HKD"} }

// settle waits until the sale is settled, for an hour of virtual time at most.
func (s *shop) settle(id string) payments.Sale {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Hour)
	defer cancel()
	sale, err := s.desk.Settle(ctx, id)
	if err != nil {
		s.t.Fatalf("%v: still %s", err, sale.State())
	}
	return sale
}

// agree checks the till's books against Alipay's ledger, to the cent.
func (s *shop) agree(id string) {
	s.t.Helper()
	sale, err := s.journal.Sale(id)
	if err != nil {
		s.t.Fatal(err)
	}
	var held int64
	for _, a := range sale.Attempts {
		b, err := s.alipay.Balance(a.PaymentRequestID)
		if err != nil && !errors.Is(err, sandbox.ErrNoOrder) {
			s.t.Fatal(err)
		}
		held += b.Held().Minor
	}
	if mine := sale.Paid().Minor - sale.RefundedSum().Minor; mine != held {
		s.t.Errorf("sale %s (%s): the till says %d, Alipay's ledger %d", sale.Number, sale.State(), mine, held)
	}
}

func (s *shop) state(id string) payments.AttemptState {
	s.t.Helper()
	sale, err := s.desk.Sale(id)
	if err != nil {
		s.t.Fatal(err)
	}
	return sale.State()
}

func TestEachHabitEndsRight(t *testing.T) {
	rows := []struct {
		habit string
		want  payments.AttemptState
		most  time.Duration // that it may take
	}{
		{"pays", payments.AttemptPaid, 2 * time.Second},
		{"password", payments.AttemptPaid, 30 * time.Second},
		{"poor", payments.AttemptFailed, 2 * time.Second},
		{"limit", payments.AttemptFailed, 2 * time.Second},
		{"expired", payments.AttemptFailed, 2 * time.Second},
		{"used", payments.AttemptFailed, 2 * time.Second},
		{"risk", payments.AttemptFailed, 2 * time.Second},
		{"walks_away", payments.AttemptFailed, 3 * time.Minute},
		{"network_fails", payments.AttemptPaid, 90 * time.Second},
	}
	for _, r := range rows {
		t.Run(r.habit, func(t *testing.T) {
			inShop(t, func(t *testing.T, s *shop) {
				sale := s.charge(r.habit, 4550)
				begun := time.Now()
				sale = s.settle(sale.ID)
				if sale.State() != r.want && !(r.habit == "walks_away" && sale.State() == payments.AttemptCancelled) {
					t.Errorf("ended %s (%s), want %s", sale.State(), sale.Last().Result, r.want)
				}
				if took := time.Since(begun); took > r.most {
					t.Errorf("took %v of virtual time, want at most %v", took, r.most)
				}
				s.agree(sale.ID)
			})
		})
	}
}

func TestEveryHabitOfTheBuiltInAlipaySettles(t *testing.T) {
	for _, h := range sandbox.Habits() {
		t.Run(h.ID, func(t *testing.T) {
			inShop(t, func(t *testing.T, s *shop) {
				sale := s.charge(h.ID, 12800)
				ctx, cancel := context.WithTimeout(t.Context(), 48*time.Hour)
				defer cancel()
				sale, err := s.desk.Settle(ctx, sale.ID)
				if err != nil && sale.State() != payments.AttemptResolve {
					t.Fatalf("%v: %s after two days", err, sale.State())
				}
				if sale.State() == payments.AttemptResolve {
					if err := s.desk.Decide(t.Context(), sale.ID, payments.GiveBack, "owner"); err != nil {
						t.Fatal(err)
					}
					s.settle(sale.ID)
				}
				s.agree(sale.ID)
			})
		})
	}
}

func TestStop(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		sale := s.charge("walks_away", 1000)
		time.Sleep(10 * time.Second)
		if err := s.desk.Stop(sale.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.desk.Stop(sale.ID); err != nil {
			t.Errorf("a second press: %v", err)
		}
		time.Sleep(2 * time.Second)
		if got := s.state(sale.ID); got != payments.AttemptCancelSeen {
			t.Errorf("two seconds after Stop: %s, want cancel_seen", got)
		}
		if got := s.settle(sale.ID).State(); got != payments.AttemptCancelled {
			t.Errorf("ended %s, want cancelled", got)
		}
		s.agree(sale.ID)
		if err := s.desk.Stop(sale.ID); !errors.Is(err, payments.ErrNothingToStop) {
			t.Errorf("stop of a settled sale: %v", err)
		}
	})
}

func TestNothingStartsBeforeAlipayAnswered(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.close()
		s.wire.cut.Store(true)
		s.open()
		synctest.Wait()
		_, err := s.desk.Charge(payments.ChargeOrder{Code: s.code("pays"), Amount: hkd(100)})
		if !errors.Is(err, payments.ErrNotProven) {
			t.Errorf("got %v, want ErrNotProven", err)
		}
		s.wire.cut.Store(false)
		s.prove() // by itself, within a minute
	})
}

func TestNoNetworkIsNotPaidAtOnceAndTheCodeStaysGood(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.prove()
		s.client.Close() // no idle connection is left
		s.wire.cut.Store(true)
		code := s.code("pays")
		sale, err := s.desk.Charge(payments.ChargeOrder{Code: code, Amount: hkd(4550)})
		if err != nil {
			t.Fatal(err)
		}
		if sale = s.settle(sale.ID); sale.State() != payments.AttemptFailed || sale.Last().Result != payments.ReasonNoConnection {
			t.Fatalf("ended %s (%s), want failed", sale.State(), sale.Last().Result)
		}
		s.wire.cut.Store(false)
		again, err := s.desk.Charge(payments.ChargeOrder{Code: code, Again: sale.ID})
		if err != nil {
			t.Fatalf("the same code again after not sent: %v", err)
		}
		if again = s.settle(again.ID); again.State() != payments.AttemptPaid || len(again.Attempts) != 2 {
			t.Errorf("ended %s with %d attempts, want paid with 2", again.State(), len(again.Attempts))
		}
		s.agree(sale.ID)
	})
}

func TestALostRequestIsSentOnceMore(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.prove()
		if err := s.alipay.Script(sandbox.Fault{Call: "pay", Kind: sandbox.FaultDropRequest}); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		sale := s.settle(s.charge("pays", 700).ID)
		if sale.State() != payments.AttemptPaid {
			t.Fatalf("ended %s", sale.State())
		}
		if took := time.Since(begun); took > 7*time.Second {
			t.Errorf("took %v, want some six seconds", took)
		}
		s.agree(sale.ID)
	})
}

func TestRestartSettlesWhatWasOpen(t *testing.T) {
	for _, habit := range []string{"password", "walks_away", "network_fails"} {
		t.Run(habit, func(t *testing.T) {
			inShop(t, func(t *testing.T, s *shop) {
				sale := s.charge(habit, 990)
				time.Sleep(500 * time.Millisecond)
				s.restart()
				got := s.settle(sale.ID)
				if len(got.Attempts) != 1 {
					t.Errorf("a restart made %d attempts", len(got.Attempts))
				}
				s.agree(sale.ID)
			})
		})
	}
}

func TestACodeIsUsedOnce(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.prove()
		code := s.code("password")
		first, err := s.desk.Charge(payments.ChargeOrder{Code: code, Amount: hkd(100)})
		if err != nil {
			t.Fatal(err)
		}
		var used *payments.CodeUsedError
		_, err = s.desk.Charge(payments.ChargeOrder{Code: code, Amount: hkd(100), SameAmountOK: true})
		if !errors.As(err, &used) || used.Number != first.Number {
			t.Errorf("the same code again: %v", err)
		}
		s.settle(first.ID)
		s.restart()
		s.prove()
		if _, err = s.desk.Charge(payments.ChargeOrder{Code: code, Amount: hkd(200)}); !errors.As(err, &used) {
			t.Errorf("the same code after a restart: %v", err)
		}
	})
}

func TestSameAmountAsks(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		first := s.charge("walks_away", 4550)
		var same *payments.SameAmountError
		_, err := s.desk.Charge(payments.ChargeOrder{Code: s.code("pays"), Amount: hkd(4550)})
		if !errors.As(err, &same) || same.Number != first.Number {
			t.Fatalf("got %v, want a question about %s", err, first.Number)
		}
		second, err := s.desk.Charge(payments.ChargeOrder{Code: s.code("pays"), Amount: hkd(4550), SameAmountOK: true})
		if err != nil {
			t.Fatal(err)
		}
		if s.settle(second.ID).State() != payments.AttemptPaid {
			t.Error("the next customer was not served while the first was open")
		}
		s.settle(first.ID)
		s.agree(first.ID)
		s.agree(second.ID)
	})
}

func TestRefunds(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		sale := s.settle(s.charge("pays", 5000).ID)
		refund := func(minor int64) error {
			_, err := s.desk.Refund(t.Context(), payments.RefundOrder{SaleID: sale.ID, Amount: hkd(minor)})
			if err == nil {
				sale = s.settle(sale.ID)
			}
			return err
		}
		if err := refund(1200); err != nil {
			t.Fatal(err)
		}
		if err := refund(3801); !errors.Is(err, payments.ErrRefundTooMuch) {
			t.Errorf("a cent too much: %v", err)
		}
		if err := refund(0); err != nil { // all that is left
			t.Fatal(err)
		}
		if sale.RefundedSum() != hkd(5000) || !sale.Left().IsZero() {
			t.Errorf("refunded %v, left %v", sale.RefundedSum(), sale.Left())
		}
		if err := refund(1); !errors.Is(err, payments.ErrRefundTooMuch) {
			t.Errorf("after all is back: %v", err)
		}
		s.agree(sale.ID)
	})
}

func TestARefundWhoseAnswerIsLostIsMadeOnce(t *testing.T) {
	for _, kind := range []sandbox.FaultKind{sandbox.FaultDropRequest, sandbox.FaultDropAnswer} {
		t.Run(string(kind), func(t *testing.T) {
			inShop(t, func(t *testing.T, s *shop) {
				sale := s.settle(s.charge("pays", 5000).ID)
				if err := s.alipay.Script(sandbox.Fault{Call: "refund", Kind: kind}); err != nil {
					t.Fatal(err)
				}
				if _, err := s.desk.Refund(t.Context(), payments.RefundOrder{SaleID: sale.ID, Amount: hkd(2000)}); err != nil {
					t.Fatal(err)
				}
				sale = s.settle(sale.ID)
				if sale.RefundedSum() != hkd(2000) || len(sale.Refunds) != 1 {
					t.Errorf("refunded %v in %d refunds", sale.RefundedSum(), len(sale.Refunds))
				}
				s.agree(sale.ID)
			})
		})
	}
}

func TestRefundOfAnUnpaidSaleIsRefused(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		sale := s.settle(s.charge("poor", 5000).ID)
		if _, err := s.desk.Refund(t.Context(), payments.RefundOrder{SaleID: sale.ID}); !errors.Is(err, payments.ErrNotPaid) {
			t.Errorf("got %v", err)
		}
	})
}

// An answer that can't be believed is never "paid", and the truth comes out by
// asking.
func TestUnbelievableAnswersAreNotBelieved(t *testing.T) {
	for _, kind := range []sandbox.FaultKind{
		sandbox.FaultUnsign, sandbox.FaultWrongKey, sandbox.FaultCorrupt, sandbox.FaultTruncate,
		sandbox.FaultWrongID, sandbox.FaultWrongAmount, sandbox.FaultWrongCurrency,
	} {
		t.Run(string(kind), func(t *testing.T) {
			inShop(t, func(t *testing.T, s *shop) {
				s.prove()
				if err := s.alipay.Script(sandbox.Fault{Call: "pay", Kind: kind}); err != nil {
					t.Fatal(err)
				}
				var seen []payments.AttemptState
				stop := s.desk.Watch(func(c payments.Change) { seen = append(seen, c.Sale.State()) }, nil)
				sale := s.settle(s.charge("pays", 100).ID)
				synctest.Wait()
				stop()
				unsure := false
				for _, st := range seen {
					unsure = unsure || st == payments.AttemptUnknown
				}
				if !unsure {
					t.Errorf("went through %v, never unknown", seen)
				}
				if sale.State() != payments.AttemptPaid {
					t.Errorf("ended %s", sale.State())
				}
				s.agree(sale.ID)
			})
		})
	}
}

func TestAWrongClockSellsNothing(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		s.close()
		s.now = func() time.Time { return time.Now().Add(-11 * time.Minute) }
		s.open()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.desk.Prove(ctx); !errors.Is(err, payments.ErrClockWrong) {
			t.Errorf("eleven minutes slow: %v", err)
		}
	})
}

func TestAClockThatIsMinutesOffStillEndsRight(t *testing.T) {
	for _, off := range []time.Duration{-8 * time.Minute, 8 * time.Minute} {
		t.Run(off.String(), func(t *testing.T) {
			inShop(t, func(t *testing.T, s *shop) {
				s.close()
				s.now = func() time.Time { return time.Now().Add(off) }
				s.open()
				for _, habit := range []string{"pays", "password", "walks_away"} {
					sale := s.settle(s.charge(habit, 300).ID)
					s.agree(sale.ID)
					if habit != "walks_away" && sale.State() != payments.AttemptPaid {
						t.Errorf("%s ended %s (%s)", habit, sale.State(), sale.Last().Result)
					}
				}
			})
		})
	}
}

// A journal that can't be written locks the till: nothing more is sent, and
// the next start finds out.
func TestAFailedWriteLocksTheTill(t *testing.T) {
	inShop(t, func(t *testing.T, s *shop) {
		sale := s.charge("password", 4200)
		time.Sleep(time.Second)
		if err := s.journal.Close(); err != nil { // as if the disk were pulled out
			t.Fatal(err)
		}
		time.Sleep(30 * time.Second)
		if !s.desk.Link().Locked {
			t.Fatal("not locked")
		}
		if _, err := s.desk.Charge(payments.ChargeOrder{Code: s.code("pays"), Amount: hkd(1)}); !errors.Is(err, payments.ErrLocked) {
			t.Errorf("a charge on a locked till: %v", err)
		}
		s.desk.Close()
		s.client.Close()
		s.open()
		if got := s.settle(sale.ID); got.State() != payments.AttemptPaid {
			t.Errorf("after the restart: %s", got.State())
		}
		s.agree(sale.ID)
	})
}
