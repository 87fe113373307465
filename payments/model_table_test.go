package payments

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The model in payments/model steps through this very table: what stepAttempt
// and stepRefund do is written down from the code, not by hand, as an include
// of the model. The model can so never check another table than the till's.

var update = flag.Bool("update", false, "write the golden files anew")

var tableFile = filepath.Join("model", "table.pml")

func TestModelStepsAsTheCode(t *testing.T) {
	got := modelTable(t)
	if *update {
		if err := os.WriteFile(tableFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(tableFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))) {
		t.Errorf("%s is not what step.go does any more: go test ./payments -run %s -update writes it anew, "+
			"and make model says whether the promise still holds", tableFile, t.Name())
	}
}

// modelNames are the states, calls and outcomes by the names that the model
// has for them.
var (
	modelStates = []struct {
		state AttemptState
		name  string
	}{
		{AttemptIntent, "Intent"}, {AttemptUnknown, "Unknown"}, {AttemptCancelling, "Cancelling"},
		{AttemptCancelSeen, "CancelSeen"}, {AttemptResolve, "Resolve"}, {AttemptPaid, "Paid"},
		{AttemptPaidLate, "PaidLate"}, {AttemptFailed, "Failed"}, {AttemptCancelled, "Cancelled"},
	}
	modelRefunds = []struct {
		state RefundState
		name  string
	}{
		{RefundIntent, "RefundIntent"}, {RefundUnknown, "RefundUnknown"}, {Refunded, "Refunded"}, {RefundFailed, "RefundFailed"},
	}
	// Which call can have which outcome, as Outcome tells.
	modelOutcomes = map[Call][]Outcome{
		CallPay:           {Succeeded, Declined, InProgress, NotSent, Unsure},
		CallInquire:       {Succeeded, Declined, WasStopped, InProgress, NotFound, NotSent, Unsure},
		CallCancel:        {Succeeded, NotFound, NotAllowed, ShortFunds, NotSent, Unsure},
		CallRefund:        {Succeeded, Declined, InProgress, NotSent, Unsure},
		CallInquireRefund: {Succeeded, Declined, InProgress, NotFound, NotSent, Unsure},
	}
)

func stateName(t *testing.T, s AttemptState) string {
	for _, n := range modelStates {
		if n.state == s {
			return n.name
		}
	}
	t.Fatalf("the model has no name for the state %q", s)
	return ""
}

// tried is what a step is given beside state, call and outcome, as the model
// has it, in the order in which the table asks.
type tried struct{ contested, short, known, closed, late, once, refused bool }

var triedNames = []string{"contested[a]", "poor[a]", "known[a]", "closed", "late", "once", "rrefused[a]"}

func (c tried) bits() []bool {
	return []bool{c.contested, c.short, c.known, c.closed, c.late, c.once, c.refused}
}

// modelTable writes both tables.
func modelTable(t *testing.T) []byte {
	var b bytes.Buffer
	b.WriteString(`/* Written by TestModelStepsAsTheCode in payments/model_table_test.go from
   stepAttempt and stepRefund in payments/step.go. Not to be edited: go test
   ./payments -run TestModelStepsAsTheCode -update writes it anew.

   call c was answered with outcome o; closed: the answer's own stamp is at or
   after expiry + 60 s; late: and an hour more; once: no other copy of the
   request was ever sent. What is not listed changes nothing. */

inline step(a, c, o, closed, late, once) {
	if
`)
	for _, from := range modelStates {
		for _, call := range []Call{CallPay, CallInquire, CallCancel} {
			var rows bytes.Buffer
			for _, out := range modelOutcomes[call] {
				split(&rows, fmt.Sprintf("o == %s", out), nil, func(c tried) string {
					// Only what is final can be contested, only a cancel can
					// lack funds, and what is long closed is closed.
					c.contested = c.contested && from.state.Final()
					c.short = c.short && from.state == AttemptCancelling
					c.late = c.late && c.closed
					return effect(t, from.state, call, out, c)
				})
			}
			if rows.Len() > 0 {
				fmt.Fprintf(&b, "\t:: J[a] == %s && c == %s ->\n\t\tif\n%s\t\t:: else\n\t\tfi\n", from.name, call, rows.String())
			}
		}
	}
	b.WriteString("\t:: else\n\tfi\n}\n\ninline step_refund(a, c, o, once) {\n\tif\n")
	for _, from := range modelRefunds {
		for _, call := range []Call{CallRefund, CallInquireRefund} {
			var rows bytes.Buffer
			for _, out := range modelOutcomes[call] {
				split(&rows, fmt.Sprintf("o == %s", out), nil, func(c tried) string { return refundEffect(t, from.state, call, out, c) })
			}
			if rows.Len() > 0 {
				fmt.Fprintf(&b, "\t:: R[a] == %s && c == %s ->\n\t\tif\n%s\t\t:: else\n\t\tfi\n", from.name, call, rows.String())
			}
		}
	}
	b.WriteString("\t:: else\n\tfi\n}\n")
	return b.Bytes()
}

// nowKnown says that Alipay has shown the order. To set it once more does
// nothing, so rows need not tell whether it was.
const nowKnown = "known[a] = 1"

// split writes the rows of one outcome: one row where what else is given makes
// no difference, and one for each value of what does. fixed are the values
// that are settled so far, in the order of triedNames.
func split(b *bytes.Buffer, when string, fixed []*bool, effect func(tried) string) {
	seen := map[string]bool{}
	each(fixed, func(c tried) { seen[effect(c)] = true })
	if len(seen) == 1 {
		for does := range seen {
			if does != "" {
				fmt.Fprintf(b, "\t\t:: %s -> %s\n", when, does)
			}
		}
		return
	}
	at := len(fixed)
	no := false
	var halves [2]map[string]bool
	for i, v := range []bool{false, true} {
		halves[i] = map[string]bool{}
		each(append(fixed[:at:at], &v), func(c tried) {
			does := effect(c)
			if triedNames[at] == nowKnown[:len("known[a]")] {
				does = strings.TrimPrefix(strings.Replace("; "+does, "; "+nowKnown, "", 1), "; ")
			}
			halves[i][fmt.Sprint(withoutBit(c, at), does)] = true
		})
	}
	if fmt.Sprint(halves[0]) == fmt.Sprint(halves[1]) { // this one makes no difference
		split(b, when, append(fixed[:at:at], &no), effect)
		return
	}
	for _, v := range []bool{true, false} {
		not := ""
		if !v {
			not = "!"
		}
		split(b, when+" && "+not+triedNames[at], append(fixed[:at:at], &v), effect)
	}
}

// each calls f for every case that fits what is fixed.
func each(fixed []*bool, f func(tried)) {
	for n := range 1 << len(triedNames) {
		c := tried{n&1 != 0, n&2 != 0, n&4 != 0, n&8 != 0, n&16 != 0, n&32 != 0, n&64 != 0}
		fits := true
		for i, v := range fixed {
			fits = fits && *v == c.bits()[i]
		}
		if fits {
			f(c)
		}
	}
}

func withoutBit(c tried, i int) string {
	bits := c.bits()
	bits[i] = false
	return fmt.Sprint(bits)
}

// effect is what stepAttempt makes of a case, as the model writes it; "" when
// nothing changes. The model has fewer fields than an Attempt, so every Attempt
// that looks the same to it must step the same: that is checked here.
func effect(t *testing.T, from AttemptState, call Call, out Outcome, c tried) string {
	var first string
	for i, a := range alike(from, c) {
		for j, stamp := range stamps(c) {
			change, alarm := stepAttempt(a, call, Answer{Outcome: out, Result: "X", Stamp: stamp}, c.once)
			after := a
			if change != nil {
				change.apply(&after, sentAt)
			}
			var does []string
			if after.State != from {
				does = append(does, "J[a] = "+stateName(t, after.State))
			}
			if known := after.Known || after.LateSuccess || after.PaymentID != ""; known != c.known {
				does = append(does, nowKnown)
			}
			if after.Contested != c.contested {
				does = append(does, fmt.Sprintf("contested[a] = %d", map[bool]int{true: 1}[after.Contested]))
			}
			if short := after.ShortFunds; short != c.short {
				does = append(does, fmt.Sprintf("poor[a] = %d", map[bool]int{true: 1}[short]))
			}
			if alarm != "" && alarm != AlarmShortFunds { // that one changes no final state
				does = append(does, "alarm = 1")
			}
			s := strings.Join(does, "; ")
			if i == 0 && j == 0 {
				first = s
			} else if s != first {
				t.Errorf("%s, %s of %s: the model can't tell two attempts apart that step differently:\n%+v: %q, else %q", from, out, call, a, s, first)
			}
		}
	}
	return first
}

// alike are attempts that are one and the same to the model.
func alike(from AttemptState, c tried) []Attempt {
	a := attemptIn(from)
	a.Contested, a.ShortFunds = c.contested, c.short
	if !c.known {
		return []Attempt{a}
	}
	known, paid, named := a, a, a
	known.Known, paid.LateSuccess, named.PaymentID = true, true, "p1"
	if c.late {
		// Step never takes "not found" for the end of an order that was once
		// paid. The model can't tell it from others that were seen, and needn't:
		// there, no lag of a replica lasts so long.
		return []Attempt{known, named}
	}
	return []Attempt{known, paid, named}
}

// stamps are moments of an answer: none when it wasn't verified, which is as
// early as any before closing.
func stamps(c tried) []time.Time {
	switch {
	case c.late:
		return []time.Time{closing.Add(longClosed), closing.Add(2 * longClosed)}
	case c.closed:
		return []time.Time{closing, closing.Add(longClosed - time.Second)}
	}
	return []time.Time{{}, early, closing.Add(-time.Second)}
}

// refundEffect is what stepRefund makes of a case.
func refundEffect(t *testing.T, from RefundState, call Call, out Outcome, c tried) string {
	r := Refund{State: from, Result: "BEFORE"}
	if c.refused {
		r.Refused = "X"
	}
	change, _ := stepRefund(r, call, Answer{Outcome: out, Result: "X"}, c.once)
	if change == nil {
		return ""
	}
	var does []string
	for _, to := range modelRefunds {
		if to.state == change.State && to.state != from {
			does = append(does, "R[a] = "+to.name)
		}
	}
	if change.Refused != "" && !c.refused {
		does = append(does, "rrefused[a] = 1")
	}
	return strings.Join(does, "; ")
}
