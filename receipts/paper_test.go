package receipts_test

import (
	"errors"
	"testing"

	"ringup/receipts"
)

func TestUsualPapers(t *testing.T) {
	names := map[string]bool{}
	for _, p := range receipts.Papers() {
		if again, err := receipts.PaperOf(p.Millimetres, p.Dots, p.Columns); err != nil || again != p {
			t.Errorf("%s: %v, %v", p.Name, again, err)
		}
		if names[p.Name] || p.Cell == 0 || p.In(receipts.Normal)*p.CellWidth(receipts.Normal) > p.Dots {
			t.Errorf("%+v", p)
		}
		names[p.Name] = true
	}
}

func TestPaperOfAnyWidth(t *testing.T) {
	for _, c := range []struct {
		millimetres, dots, columns int
		want                       receipts.Paper // zero for one that can't be
	}{
		{0, 0, 0, receipts.Paper58},
		{58, 0, 32, receipts.Paper58},
		{58, 0, 42, receipts.Paper{Name: "58/42", Millimetres: 58, Dots: 384, Columns: 42, Cell: 9}},
		{80, 0, 0, receipts.Paper80},
		{80, 512, 0, receipts.Paper80Narrow},
		{80, 0, 42, receipts.Paper80Narrow},
		{80, 0, 64, receipts.Paper{Name: "80/64", Millimetres: 80, Dots: 576, Columns: 64, Cell: 9}},
		{80, 576, 42, receipts.Paper{Name: "80/576/42", Millimetres: 80, Dots: 576, Columns: 42, Cell: 12}},
		{57, 0, 0, receipts.Paper{Name: "57/384/32", Millimetres: 57, Dots: 384, Columns: 32, Cell: 12}},
		{58, 416, 34, receipts.Paper{Name: "58/416/34", Millimetres: 58, Dots: 416, Columns: 34, Cell: 12}},
		{58, 416, 46, receipts.Paper{Name: "58/416/46", Millimetres: 58, Dots: 416, Columns: 46, Cell: 9}},
		{112, 0, 0, receipts.Paper{Name: "112/832/69", Millimetres: 112, Dots: 832, Columns: 69, Cell: 12}},
		{76, 0, 40, receipts.Paper{Name: "76/544/40", Millimetres: 76, Dots: 544, Columns: 40, Cell: 12}},
		{25, 200, 16, receipts.Paper{Name: "25/200/16", Millimetres: 25, Dots: 200, Columns: 16, Cell: 12}},
		{58, 384, 43, receipts.Paper{}},  // no room even for font B
		{58, 380, 0, receipts.Paper{}},   // half a byte
		{58, 576, 0, receipts.Paper{}},   // wider than the roll
		{30, 192, 16, receipts.Paper{}},  // no room for the largest amount
		{58, 384, 15, receipts.Paper{}},  // too few
		{58, -8, 0, receipts.Paper{}},    // nothing
		{58, 384, -1, receipts.Paper{}},  // nothing
		{-80, 0, 0, receipts.Paper{}},    // nothing
		{800, 6400, 0, receipts.Paper{}}, // no head is so wide
	} {
		got, err := receipts.PaperOf(c.millimetres, c.dots, c.columns)
		if got != c.want || (err == nil) != (c.want != receipts.Paper{}) || err != nil && !errors.Is(err, receipts.ErrNoPaper) {
			t.Errorf("%d mm, %d dots, %d columns is %+v, %v", c.millimetres, c.dots, c.columns, got, err)
		}
	}
}
