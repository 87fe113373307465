package settlement

import (
	"flag"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"ringup/payments"
)

var memoryLines = flag.Int("memory.lines", 200_000, "lines of the file in the test of memory")

// stream is a file that is made while it is read, so that only what the
// package keeps is in memory.
type stream struct {
	lines, n int
	rest     []byte
}

func (s *stream) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		switch {
		case s.n == 0:
			s.rest = fmt.Appendf(nil, "transactionType,transactionId,transactionRequestId,transactionAmountValue,transactionCurrency,paymentTime,orderDescription\n")
		case s.n <= s.lines:
			s.rest = fmt.Appendf(s.rest[:0], "PAYMENT,2026112119074101000000%010d,%s,12.34,HKD,2026-11-21T12:00:00+08:00,\"a cup of tea, and %d more\"\n", s.n, streamID(s.n), s.n)
		case s.n == s.lines+1:
			s.rest = []byte("<END>\n")
		default:
			return 0, io.EOF
		}
		s.n++
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func streamID(n int) string { return payments.IDAfter("0123456789abcdefghjkmnpqrs", uint32(n)) }

// endless is a journal that holds each payment of the stream, and keeps none.
type endless struct{ lines int }

func (b endless) sale(n int, id string) payments.Sale {
	return payments.Sale{ID: "s", Number: "n", Attempts: []payments.Attempt{{
		PaymentRequestID: id, State: payments.AttemptPaid, Amount: money(1234, "HKD"), SettledAt: day1.Add(time.Hour),
	}}}
}

func (b endless) SaleByAlipay(id string) (payments.Sale, error) {
	n, ok := payments.IDCount("0123456789abcdefghjkmnpqrs", id)
	if !ok || int(n) > b.lines {
		return payments.Sale{}, payments.ErrNoSale
	}
	return b.sale(int(n), id), nil
}

func (b endless) Sales(_, _ time.Time, each func(payments.Sale) error) error {
	for n := 1; n <= b.lines; n++ {
		if err := each(b.sale(n, streamID(n))); err != nil {
			return err
		}
	}
	return nil
}

// TestMemoryIsBounded matches a long file and looks at the heap on the way: a
// line may cost no more than its mark among those that were seen. The long form
// is -memory.lines 1000000.
func TestMemoryIsBounded(t *testing.T) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	lines := *memoryLines
	before, most := heap(), uint64(0)
	m := New(endless{lines}, Options{From: day1, To: day2, Progress: func(p Progress) {
		if p.Lines%(lines/10) == 0 {
			most = max(most, heap())
		}
	}})
	began := time.Now()
	f, err := Open(&stream{lines: lines}, Reading{})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Take(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	r, err := m.End(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Lines != lines || r.Counts[Agrees] != lines || len(r.Pool.Waiting) != 0 {
		t.Fatalf("%+v", r)
	}
	most = max(most, heap())
	if most < before {
		most = before
	}
	grown := most - before
	t.Logf("%d lines in %s: %.1f MB, %.0f bytes a line", lines, time.Since(began).Round(time.Millisecond), float64(grown)/1e6, float64(grown)/float64(lines))
	const fixed, perLine = 4 << 20, 80
	if limit := uint64(fixed + perLine*lines); grown > limit {
		t.Errorf("%d bytes for %d lines, more than %d", grown, lines, limit)
	}
	runtime.KeepAlive(m)
}

func BenchmarkMatch(b *testing.B) {
	const lines = 10_000
	for b.Loop() {
		f, err := Open(&stream{lines: lines}, Reading{})
		if err != nil {
			b.Fatal(err)
		}
		m := New(endless{lines}, Options{From: day1, To: day2})
		if err := m.Take(b.Context(), f); err != nil {
			b.Fatal(err)
		}
		if _, err := m.End(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lines), "ns/line")
}
