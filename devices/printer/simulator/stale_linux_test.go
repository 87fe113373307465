package simulator_test

import (
	"strings"
	"testing"

	"ringup/devices/printer/simulator"
)

// TestAnAnswerToAnEarlierJobIsNoProof: a till that was restarted while its
// printer had no paper meets the answers to what it sent before.
func TestAnAnswerToAnEarlierJobIsNoProof(t *testing.T) {
	for kind, start := range links {
		t.Run(kind, func(t *testing.T) {
			p, err := start(simulator.Options{Buffer: 1 << 16})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(p.Close)
			p.PaperOutAfter(200)
			first := open(t)
			first.print(t, "a", p.Link())
			first.hears(t, "a sending paper_out", "a not_printed paper_out?")
			first.stop()

			// New paper, for the rest of a and a part of b.
			p.Slow(300)
			p.LoadPaper()
			p.PaperOutAfter(700)
			second := open(t)
			second.print(t, "b", p.Link())
			second.hears(t, "b printed", "b sending paper_out", "b not_printed paper_out?", "b sent")
			if slips := len(p.Paper().Slips); slips == 1 && strings.Contains(second.all(), "b printed") {
				t.Errorf("told %s, and only a is on paper", second.all())
			}
			p.Slow(0)
			p.LoadPaper()
			if _, err := p.WaitSlips(soon(t), 2); err != nil {
				t.Error(err)
			}
		})
	}
}
