package escpos_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"text/tabwriter"
	"time"

	"ringup/receipts"
	"ringup/receipts/escpos"
)

var node = flag.String("node", "", "the node program, for BenchmarkAgainstNode; bench/README.md tells how")

const (
	rounds    = 9
	roundTime = 300 * time.Millisecond // for each encoder
	leastFold = 5                      // how many times as fast as the fastest of the others it has to be
)

// BenchmarkAgainstNode measures the same slip in this encoder and in three of
// Node, in turns, and tells how many times as long the fastest of them took.
// bench/README.md tells what is compared.
func BenchmarkAgainstNode(b *testing.B) {
	if *node == "" {
		b.Skip("needs -node and the packages of bench/package.json")
	}
	for _, c := range []struct {
		slip string
		mode escpos.TextMode
	}{{"slip.zh.json", escpos.TextGB18030}, {"slip.en.json", escpos.TextCP437}} {
		b.Run(c.slip, func(b *testing.B) {
			others := startNode(b)
			s, p := benchSlip(b, c.slip), benchProfile(c.mode)
			took := map[string][]float64{}
			sizes := map[string]int{}
			for round := range rounds + 1 {
				ns, job := ours(b, s, p)
				answers := others(fmt.Sprintf("%s %s %d\n", c.slip, c.mode, roundTime.Milliseconds()))
				if round == 0 { // warm, and the place to look at what was made
					for _, a := range answers {
						sameSlip(b, a.Name, a.Bytes, s, p)
					}
					sameSlip(b, "ringup", job, s, p)
					continue
				}
				took["ringup"], sizes["ringup"] = append(took["ringup"], ns), len(job)
				for _, a := range answers {
					took[a.Name], sizes[a.Name] = append(took[a.Name], a.Ns), len(a.Bytes)
				}
			}
			report(b, took, sizes)
		})
	}
}

// answer is what bench.js says of one round of one encoder.
type answer struct {
	Name  string
	Ns    float64
	Bytes []byte
}

// startNode starts bench/bench.js; what it returns plays one round.
func startNode(b *testing.B) func(round string) []answer {
	command := exec.Command(*node, filepath.Join("bench", "bench.js"))
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		if err := command.Wait(); err != nil {
			b.Error(err)
		}
	})
	lines := bufio.NewReader(out)
	return func(round string) []answer {
		if _, err := io.WriteString(in, round); err != nil {
			b.Fatal(err)
		}
		answers := make([]answer, 3)
		for i := range answers {
			line, err := lines.ReadBytes('\n')
			if err == nil {
				err = json.Unmarshal(line, &answers[i])
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		return answers
	}
}

// ours is one round of this encoder.
func ours(b *testing.B, s receipts.Slip, p escpos.Profile) (ns float64, job []byte) {
	n, start := 0, time.Now()
	for time.Since(start) < roundTime {
		for range 20 {
			var err error
			if job, err = escpos.Encode(s, p); err != nil {
				b.Fatal(err)
			}
		}
		n += 20
	}
	return float64(time.Since(start).Nanoseconds()) / float64(n), job
}

// sameSlip says whether a job has all that the slip says. What prints question
// marks for Chinese is let pass: it does less, which only helps it.
func sameSlip(b *testing.B, name string, job []byte, s receipts.Slip, p escpos.Profile) {
	missing := 0
	for _, l := range s.Lines {
		parts := [][]byte{[]byte(l.Right)}
		switch l.Kind {
		case receipts.Text:
			parts = append(parts, charsetBytes(b, l.Left, p))
		case receipts.QR:
			parts = append(parts, []byte("1P0"+l.Payload), []byte("\x1d(k\x03\x001Q0"))
		}
		for _, part := range parts {
			if !bytes.Contains(job, part) {
				missing++
			}
		}
	}
	if !bytes.Contains(job, []byte("\x1dV")) {
		missing++
	}
	if missing > 0 {
		if p.Text != escpos.TextGB18030 || bytes.Count(job, []byte("?")) < 20 {
			b.Errorf("%s: %d parts of the slip are missing", name, missing)
		}
		b.Logf("%s has no Chinese and prints question marks", name)
	}
}

// charsetBytes is a text as the job of a slip with nothing else has it.
func charsetBytes(b *testing.B, text string, p escpos.Profile) []byte {
	job, err := escpos.Encode(lines(text), p)
	if err != nil {
		b.Fatal(err)
	}
	before, err := escpos.Encode(lines(""), p)
	if err != nil {
		b.Fatal(err)
	}
	at := 0
	for job[at] == before[at] {
		at++
	}
	return job[at : at+bytes.IndexByte(job[at:], '\n')]
}

func report(b *testing.B, took map[string][]float64, sizes map[string]int) {
	median := func(name string) float64 {
		ns := slices.Sorted(slices.Values(took[name]))
		return ns[len(ns)/2]
	}
	own, fastest := median("ringup"), 0.0
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\n\tbytes\tmicroseconds a slip (least, median, most of %d rounds)\t\t\tof ringup's\t\n", rounds)
	for _, name := range slices.SortedFunc(maps.Keys(took), func(x, y string) int { return int(median(x) - median(y)) }) {
		ns := median(name)
		if name != "ringup" && (fastest == 0 || ns < fastest) {
			fastest = ns
		}
		fmt.Fprintf(table, "%s\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t\n", name, sizes[name],
			slices.Min(took[name])/1e3, ns/1e3, slices.Max(took[name])/1e3, ns/own)
	}
	table.Flush()
	b.ReportMetric(own, "ns/slip")
	b.ReportMetric(fastest/own, "times-the-fastest")
	b.ReportMetric(0, "ns/op")
	if fastest < leastFold*own {
		b.Errorf("only %.1f times as fast as the fastest of the others, for %d", fastest/own, leastFold)
	}
}
