package receipts_test

import (
	"testing"

	"ringup/receipts"
)

func BenchmarkLayout(b *testing.B) {
	for _, name := range []string{"sale", "declined", "test"} {
		s := slips(b, "ja", receipts.Paper58)[name]
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				receipts.Layout(s, receipts.Paper58)
			}
		})
	}
}
