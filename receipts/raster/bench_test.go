package raster_test

import (
	"testing"

	"ringup/receipts"
	"ringup/receipts/raster"
)

// BenchmarkDrawRows draws a sale's slip, whose characters are remembered after
// the first time, and the same for a whole slip of scripts that are drawn in
// runs.
func BenchmarkDrawRows(b *testing.B) {
	for name, s := range map[string]receipts.Slip{"sale.en": slip(b, "sale.en"), "sale.zh": slip(b, "sale.zh"), "scripts": manyScripts()} {
		rows := receipts.Layout(s, receipts.Paper58)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := raster.DrawRows(rows, receipts.Paper58); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
