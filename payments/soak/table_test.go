package soak

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// table is what many runs add up to. It travels between the shards as JSON.
type table struct {
	Runs, Sales, Attempts, Calls, Refused, Resolves, Open int
	CentsApart                                            int64
	Faults, Deeds, Outcomes, Refunds, Decisions, Alarms   map[string]int
	Took                                                  time.Duration // of all shards together
	Failed                                                []string      // the stories that broke a promise
}

func newTable() table {
	return table{Faults: map[string]int{}, Deeds: map[string]int{}, Outcomes: map[string]int{},
		Refunds: map[string]int{}, Decisions: map[string]int{}, Alarms: map[string]int{}}
}

func (t *table) add(o table) {
	t.Runs += o.Runs
	t.Sales += o.Sales
	t.Attempts += o.Attempts
	t.Calls += o.Calls
	t.Refused += o.Refused
	t.Resolves += o.Resolves
	t.Open += o.Open
	t.CentsApart += o.CentsApart
	t.Took += o.Took
	t.Failed = append(t.Failed, o.Failed...)
	for _, p := range []struct{ to, from map[string]int }{
		{t.Faults, o.Faults}, {t.Deeds, o.Deeds}, {t.Outcomes, o.Outcomes},
		{t.Refunds, o.Refunds}, {t.Decisions, o.Decisions}, {t.Alarms, o.Alarms},
	} {
		for k, n := range p.from {
			p.to[k] += n
		}
	}
}

// print writes the closing table.
func (t table) print(w io.Writer, took time.Duration) {
	row := func(name string, value any) { fmt.Fprintf(w, "  %-34s %12v\n", name, value) }
	section := func(title string, of map[string]int) {
		fmt.Fprintf(w, "\n%s\n", title)
		for _, k := range slices.Sorted(maps.Keys(of)) {
			row(k, of[k])
		}
	}
	section("Faults that struck", t.Faults)
	section("What people and the world did", t.Deeds)
	section("How the sales ended", t.Outcomes)
	section("How the refunds ended", t.Refunds)
	section("What the owner decided", t.Decisions)
	section("Alarms raised", t.Alarms)
	fmt.Fprintf(w, "\nIn all\n")
	row("runs", t.Runs)
	row("sales", t.Sales)
	row("attempts to have them paid", t.Attempts)
	row("calls to Alipay", t.Calls)
	row("charges refused by the till", t.Refused)
	row("times that a person had to decide", t.Resolves)
	row("cents apart from Alipay's ledger", t.CentsApart)
	row("open for good", t.Open)
	row("promises broken", len(t.Failed))
	row("time", took.Round(time.Second))
	row("sales per second", fmt.Sprintf("%.1f", float64(t.Sales)/took.Seconds()))
}
