package soak

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"ringup/payments"
	"ringup/payments/alipay"
	"ringup/payments/sandbox"
)

// deedKind is what somebody, or the world, does in one step of a run.
type deedKind string

const (
	sell        deedKind = "sell"         // a customer pays, or not
	pressTwice  deedKind = "press twice"  // the same charge pressed two times at once
	scanTwice   deedKind = "scan twice"   // a code that was used, for another sale
	stop        deedKind = "stop"         // the cashier gives an attempt up
	again       deedKind = "again"        // another code for a sale
	refund      deedKind = "refund"       // give back a part, or all
	refundTwice deedKind = "refund twice" // the same refund pressed two times at once
	decide      deedKind = "decide"       // the owner decides what can't be found out
	restart     deedKind = "restart"      // the program ends and starts
	overnight   deedKind = "overnight"    // it ends, and starts the next morning
	setClock    deedKind = "clock set"    // somebody sets the till's clock
	sleep       deedKind = "sleep"        // the machine sleeps
	cut         deedKind = "network cut"  // no connection can be made
	silent      deedKind = "silent gateway"
	poor        deedKind = "merchant poor" // the merchant's balance is too small to give back
	rich        deedKind = "merchant paid" // it isn't any more
	calm        deedKind = "calm"          // all faults end
	backup      deedKind = "backup"        // of the journal, to another disk
	diskDies    deedKind = "disk dies"     // journal and copy are lost, the backup is restored
	journalDies deedKind = "journal dies"  // its file is damaged, and made again from the copy
)

// deed is one step of a run. Of names a sale by its place among those of the
// run, counted back from the newest; what it means depends on Kind.
type deed struct {
	Kind   deedKind
	Wait   time.Duration // before it
	Faults []sandbox.Fault
	Habit  string
	Amount int64 // minor units of HKD
	Of     int
	For    time.Duration // how long, or how far the clock is set
	Keep   bool          // decide: goods given
}

func (d deed) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "+%-9s %s", d.Wait.Round(time.Millisecond), d.Kind)
	switch d.Kind {
	case sell, pressTwice:
		fmt.Fprintf(&b, " %d.%02d to one who %q", d.Amount/100, d.Amount%100, d.Habit)
	case scanTwice, again:
		fmt.Fprintf(&b, ", sale %d back, %q", d.Of, d.Habit)
	case refund, refundTwice:
		fmt.Fprintf(&b, " %d.%02d of sale %d back", d.Amount/100, d.Amount%100, d.Of)
	case stop:
		fmt.Fprintf(&b, " sale %d back", d.Of)
	case decide:
		fmt.Fprintf(&b, " sale %d back, goods given: %t", d.Of, d.Keep)
	case setClock, sleep, cut, silent, overnight:
		fmt.Fprintf(&b, " %s", d.For.Round(time.Second))
	}
	for _, f := range d.Faults {
		fmt.Fprintf(&b, "; fault %s", f.Kind)
		if f.Code != "" {
			fmt.Fprintf(&b, " %s", f.Code)
		}
		if f.Call != "" {
			fmt.Fprintf(&b, " at %s", f.Call)
		}
		fmt.Fprintf(&b, " ×%d (nth %d, %d ms, processed %t)", f.Times, f.Nth, f.DelayMS, f.Processed)
	}
	return b.String()
}

// story is a run's plan. The whole of it is drawn before it is lived, so that
// deeds can be left out when the shortest one that fails is looked for.
type story struct {
	seed  uint64
	deeds []deed
	// How this Alipay and this till are.
	sticky  bool          // it remembers the cancel of an order that it doesn't know
	offset  time.Duration // of the till's clock at the start
	start   time.Duration // after midnight in Beijing, when the shop opens
	refunds time.Duration // the refund window
}

func (s story) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: sticky cancel %t, clock %v off, opens at %v\n", s.seed, s.sticky, s.offset, s.start)
	for _, d := range s.deeds {
		fmt.Fprintln(&b, "  ", d)
	}
	return b.String()
}

var calls = []string{"pay", "inquiryPayment", "cancel", "refund", "inquiryRefund", ""}

var wireCalls = map[string]alipay.Call{
	"pay": alipay.CallPay, "inquiryPayment": alipay.CallInquire, "cancel": alipay.CallCancel,
	"refund": alipay.CallRefund, "inquiryRefund": alipay.CallInquireRefund,
}

// plainFaults are those that need no code. Those that would end Alipay's own
// process belong to the tests that kill processes.
var plainFaults = []sandbox.FaultKind{
	sandbox.FaultDropRequest, sandbox.FaultDropAnswer, sandbox.FaultDelay, sandbox.FaultLate, sandbox.FaultTwice,
	sandbox.FaultTruncate, sandbox.FaultCorrupt, sandbox.FaultUnsign, sandbox.FaultWrongKey, sandbox.FaultWrongClient,
	sandbox.FaultStale, sandbox.FaultReplay, sandbox.FaultWrongID, sandbox.FaultWrongAmount, sandbox.FaultWrongCurrency,
	sandbox.FaultNoList, sandbox.FaultStatus, sandbox.FaultRedirect, sandbox.FaultHTML, sandbox.FaultHuge, sandbox.FaultGzip,
	sandbox.FaultSlow,
}

// scripted is a result code at a call, and whether Alipay may have processed
// the call all the same.
type scripted struct {
	call, code string
	mayProcess bool
}

// scriptable is every result code of the table at every call at which it is no
// lie. A signed and final answer that is false (paid, and it is not) is the one
// thing that a till has no defence against, so Alipay never gives it here: what
// ends an order is said only of what was not processed, and that an order does
// not exist only when it doesn't: the sandbox says so by itself.
var scriptable = func() []scripted {
	var all []scripted
	for name, call := range wireCalls {
		for _, c := range alipay.Codes() {
			s := scripted{call: name, code: c.Name}
			switch c.Outcome(call) {
			case payments.Succeeded, payments.WasStopped, payments.NotFound:
				continue
			case payments.Declined:
				if call == alipay.CallInquire || call == alipay.CallInquireRefund {
					continue
				}
			case payments.NotAllowed, payments.ShortFunds:
			default:
				s.mayProcess = true
			}
			all = append(all, s)
		}
	}
	return all
}()

// drawer draws a story. Sorted inputs only: the same seed must draw the same
// story for ever.
type drawer struct{ *rand.Rand }

func (r drawer) chance(percent int) bool { return r.IntN(100) < percent }

func (r drawer) between(least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)))
}

func (r drawer) faults() []sandbox.Fault {
	var list []sandbox.Fault
	for range 1 + r.IntN(3) {
		f := sandbox.Fault{Call: calls[r.IntN(len(calls))], Times: 1 + r.IntN(4), Nth: 1 + r.IntN(2)*r.IntN(4)}
		if r.chance(30) {
			s := codeTable[r.IntN(len(codeTable))]
			f.Kind, f.Call, f.Code = sandbox.FaultResult, s.call, s.code
			f.Processed = s.mayProcess && r.chance(50)
		} else {
			f.Kind, f.DelayMS = plainFaults[r.IntN(len(plainFaults))], 200+r.Int64N(30_000)
			if (f.Kind == sandbox.FaultHuge || f.Kind == sandbox.FaultGzip) && !r.chance(10) {
				f.Kind = sandbox.FaultDropAnswer // 10 MiB take as long as many a sale
			}
			if f.Kind == sandbox.FaultSlow {
				f.DelayMS = 20 + r.Int64N(400)
			}
		}
		list = append(list, f)
	}
	return list
}

var codeTable = sorted(scriptable)

func sorted(all []scripted) []scripted {
	var list []scripted
	for _, call := range calls {
		for _, c := range alipay.Codes() {
			for _, s := range all {
				if s.call == call && s.code == c.Name {
					list = append(list, s)
				}
			}
		}
	}
	return list
}

func (r drawer) habit() string {
	if r.chance(55) {
		return "pays"
	}
	habits := sandbox.Habits()
	return habits[r.IntN(len(habits))].ID
}

// wait is how long until the next thing happens in a shop.
func (r drawer) wait() time.Duration {
	switch n := r.IntN(100); {
	case n < 70:
		return r.between(time.Millisecond, 8*time.Second)
	case n < 97:
		return r.between(time.Second, 40*time.Second)
	}
	return r.between(time.Second, 4*time.Minute)
}

// draw plans a run of so many sales.
func draw(seed uint64, sales int) story {
	r := drawer{rand.New(rand.NewPCG(seed, 7))}
	s := story{seed: seed, sticky: r.chance(50), start: r.between(0, 24*time.Hour), refunds: 30 * 24 * time.Hour}
	if r.chance(40) {
		s.offset = r.between(-9*time.Minute, 9*time.Minute)
	}
	for range sales {
		d := deed{Kind: sell, Wait: r.wait(), Habit: r.habit(), Amount: 1 + r.Int64N(20_000)}
		if r.chance(30) {
			d.Faults = r.faults()
		}
		if r.chance(4) {
			d.Kind = pressTwice
		}
		s.deeds = append(s.deeds, d)
		for r.chance(40) {
			s.deeds = append(s.deeds, r.deed())
		}
	}
	return s
}

func (r drawer) deed() deed {
	d := deed{Wait: r.wait(), Of: r.IntN(6), Habit: r.habit(), Amount: 1 + r.Int64N(8000)}
	if r.chance(5) {
		d.Of = r.IntN(1000)
	}
	if r.chance(10) {
		d.Faults = r.faults()
	}
	switch n := r.IntN(1000); {
	case n < 260:
		d.Kind = stop
	case n < 520:
		d.Kind = refund
		if r.chance(30) {
			d.Amount = 0 // all that is left
		}
	case n < 540:
		d.Kind = refundTwice
	case n < 680:
		d.Kind = again
	case n < 730:
		d.Kind = scanTwice
	case n < 800:
		d.Kind, d.Keep = decide, r.chance(50)
	case n < 860:
		d.Kind = restart
	case n < 880:
		d.Kind, d.For = setClock, r.between(-12*time.Minute, 12*time.Minute)
	case n < 895:
		d.Kind, d.For = sleep, r.between(time.Second, 30*time.Minute)
	case n < 915:
		d.Kind, d.For = cut, r.between(time.Second, 5*time.Minute)
	case n < 925:
		d.Kind, d.For = silent, r.between(time.Second, 5*time.Minute)
	case n < 928:
		d.Kind, d.For = cut, time.Hour
	case n < 931:
		d.Kind, d.For = overnight, r.between(6*time.Hour, 20*time.Hour)
	case n < 940:
		d.Kind = backup
	case n < 944:
		d.Kind = diskDies
	case n < 948:
		d.Kind = journalDies
	case n < 965:
		d.Kind = poor
	case n < 985:
		d.Kind = rich
	default:
		d.Kind = calm
	}
	return d
}
