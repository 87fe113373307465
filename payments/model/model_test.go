// Package model holds the formal model of the payment life (payment.pml, for
// the model checker Spin) and the test that checks it: the rules as they are
// keep every property, and each rule left out breaks one. The steps of the
// model are written from the code; see payments/model_table_test.go.
package model

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

var long = flag.Bool("long", false, "check the whole model and every mutant, not only the short form")

// variant is one run of the model checker.
type variant struct {
	name     string
	defines  string // of payment.pml
	property string // p1 to p6, or "p2-p6"
	breaks   bool   // the property must break: a mutant
	short    bool   // also run without -long
}

// The bases: everything that can go wrong, and the rules as they are. A
// property that breaks here breaks in the shop.
const (
	one  = "-DREPLICA -DREPLAY " // one attempt, an Alipay that lags and a network that sends old answers again
	two  = "-DTWO "              // two attempts at one sale
	live = "-DLIVE -DFAULTS=1 -DCRASHES=2 "
)

var variants = []variant{
	{name: "one attempt, any faults, any crashes", defines: one, property: "p2-p6", short: true},
	{name: "two attempts, any faults, any crashes", defines: two, property: "p2-p6"},
	{name: "one attempt, finitely many faults and crashes", defines: live, property: "p1"},
	{name: "two attempts, finitely many faults and crashes", defines: "-DTWO -DLIVE -DFAULTS=1 -DCRASHES=0", property: "p1"},
	{name: "a replica that lags without end: only the alarm is promised", defines: "-DLIAR", property: "p6"},

	{name: "1 an old answer is believed", defines: one + "-DM_STALE", property: "p4", breaks: true},
	{name: "1 an answer about another attempt is believed", defines: two + "-DM_OTHER_ID", property: "p3", breaks: true},
	{name: "2 an unknown F is final", defines: one + "-DM_UNKNOWN_F", property: "p3", breaks: true},
	{name: "3 cancelled is final before expiry + 60 s", defines: one + "-DM_CANCEL_ONCE", property: "p3", breaks: true, short: true},
	{name: "3 not found is final before expiry + 60 s", defines: one + "-DM_NOT_FOUND_EARLY", property: "p3", breaks: true},
	{name: "3 expiry by the till's own clock", defines: one + "-DM_OWN_CLOCK", property: "p3", breaks: true},
	{name: "3 the shown order is forgotten", defines: one + "-DM_FORGET_SEEN", property: "p3", breaks: true},
	{name: "4 asks before Alipay was heard", defines: one + "-DM_NO_PROOF", property: "p4", breaks: true},
	{name: "4 decides before Alipay was heard", defines: one + "-DM_DECIDE_UNPROVEN", property: "p4", breaks: true},
	{name: "5 asks under another account", defines: one + "-DM_ACCOUNT", property: "p3", breaks: true},
	{name: "6 a new attempt while unknown", defines: two + "-DM_NEW_WHILE_UNKNOWN", property: "p2", breaks: true},
	{name: "6 goods given although another attempt is paid", defines: two + "-DM_GOODS_BESIDE", property: "p2", breaks: true},
	{name: "7 a paid sale is cancelled", defines: one + "-DM_PAID_CANCELLED", property: "p4", breaks: true},
	{name: "8 a code is used again", defines: two + "-DM_CODE_AGAIN", property: "p2", breaks: true},
	{name: "9 resent without conditions", defines: one + "-DM_RESEND_ALWAYS", property: "p3", breaks: true},
	{name: "9 resent with a new id", defines: two + "-DM_RESEND_NEW_ID", property: "p2", breaks: true},
	{name: "9 a copy that was not sent ends it", defines: one + "-DM_ONCE_NOT_SENT", property: "p3", breaks: true},
	{name: "9 a copy that was declined ends it", defines: one + "-DM_ONCE_DECLINED", property: "p3", breaks: true},
	{name: "10 short funds end the cancel", defines: one + "-DM_SHORT_FINAL", property: "p3", breaks: true},
	{name: "10 a late success while cancelling is paid", defines: one + "-DM_LATE_IS_PAID", property: "p4", breaks: true},
	{name: "10 goods given while a cancel may act", defines: one + "-DM_DECIDE_EARLY", property: "p4", breaks: true},
	{name: "11 recovery sends pay", defines: one + "-DM_RECOVERY_PAYS", property: "p3", breaks: true},
	{name: "11 recovery takes up nothing", defines: live + "-DM_NO_RECOVERY", property: "p1", breaks: true},
	{name: "12 sends although the write failed", defines: one + "-DM_SEND_UNWRITTEN", property: "p5", breaks: true},
	{name: "13 an id is used again after a restore", defines: two + "-DRESTORE -DM_ID_REUSED", property: "p4", breaks: true},
	{name: "13 the same restore with a new id", defines: two + "-DRESTORE", property: "p4"},
	{name: "the intent is not written first", defines: one + "-DM_NO_INTENT_FIRST", property: "p5", breaks: true},
	{name: "cancelling is not written first", defines: one + "-DM_NO_CANCELLING_FIRST", property: "p4", breaks: true},
	{name: "a contradiction without alarm", defines: "-DLIAR -DM_SILENT", property: "p6", breaks: true, short: true},
}

func TestTheModel(t *testing.T) {
	for _, tool := range []string{"spin", "gcc"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%v: Debian's package %s has it; assets/linux/setup.sh test installs it", err, tool)
		}
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "variant\tproperty\tstates\tseconds\tverdict")
	for _, v := range variants {
		if !v.short && !*long {
			continue
		}
		t.Run(v.name, func(t *testing.T) {
			begun := time.Now()
			states, broken := check(t, v)
			verdict := map[bool]string{false: "holds", true: "caught"}[broken]
			if broken != v.breaks {
				verdict = map[bool]string{false: "NOT CAUGHT", true: "BROKEN"}[broken]
				t.Errorf("%s: %s", v.property, verdict)
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%.1f\t%s\n", v.name, v.property, states, time.Since(begun).Seconds(), verdict)
		})
	}
	if testing.Verbose() {
		table.Flush()
	}
}

var (
	storedStates = regexp.MustCompile(`(?m)^ *([0-9.e+]+) states, stored`)
	errorsFound  = regexp.MustCompile(`errors: (\d+)`)
	// incomplete is what the checker says when it didn't look at everything.
	incomplete = regexp.MustCompile(`max search depth too small|out of memory|hash conflicts.*aborted|error: max`)
)

// optimise: what is looked through in a moment isn't worth a compiler's time.
func optimise(v variant) string {
	if strings.Contains(v.defines, "-DTWO") && !v.breaks {
		return "-O2"
	}
	return "-O0"
}

// check runs one variant in a folder of its own and tells how many states were
// looked at and whether the property broke.
func check(t *testing.T, v variant) (states string, broken bool) {
	dir := t.TempDir()
	for _, name := range []string{"payment.pml", "table.pml"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := func(name string, args ...string) string {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
		defer cancel()
		c := exec.CommandContext(ctx, name, args...)
		c.Dir = dir
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		return string(out)
	}
	generate := append([]string{"-a"}, strings.Fields(v.defines)...)
	compile := []string{"-w", optimise(v), "-DMEMLIM=4000", "-o", "pan", "pan.c"}
	search := []string{"-m2000000", "-w22"}
	switch v.property {
	case "p1":
		compile = append(compile, "-DNFAIR=4")
		search = append(search, "-a", "-f")
	case "p2-p6":
		compile = append(compile, "-DSAFETY")
	default:
		generate = append(generate, "-DCHECK="+strings.ToUpper(v.property))
		compile = append(compile, "-DSAFETY")
	}
	run("spin", append(generate, "payment.pml")...)
	run("gcc", compile...)
	out := run(filepath.Join(dir, "pan"), search...)
	found := errorsFound.FindStringSubmatch(out)
	stored := storedStates.FindStringSubmatch(out)
	if found == nil || stored == nil || (found[1] == "0" && incomplete.MatchString(out)) {
		t.Fatalf("the checker did not end its search:\n%s", out)
	}
	broken = found[1] != "0"
	if broken && !strings.Contains(out, "assertion violated") && !strings.Contains(out, "acceptance cycle (at") {
		t.Fatalf("stopped by something else than the property:\n%s", out)
	}
	return stored[1], broken
}
