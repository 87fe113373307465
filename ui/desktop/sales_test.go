package desktop

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"ringup/payments"
	"ringup/ui/till"
)

func TestASlipOpensItsSaleFromEveryPlace(t *testing.T) {
	for _, p := range places {
		t.Run(string(p), func(t *testing.T) {
			b := newBench(t, "en")
			b.aDay()
			b.w.Go(p)
			b.scan("90000000000000000017")
			b.mustSee("T2-261121-0017", "HK$ 45.50", "Alipay confirmed: paid")
			if b.w.place != PlaceSales {
				t.Errorf("in %s", b.w.place)
			}
		})
	}
}

func TestACodeScannedElsewhereWaitsAtTheTill(t *testing.T) {
	for _, p := range places[1:] {
		t.Run(string(p), func(t *testing.T) {
			b := newBench(t, "en")
			b.keys("4", "5")
			b.w.Go(p)
			b.scan(aCode)
			b.mustAsk("sell")
			if b.w.place != PlaceTill {
				t.Errorf("in %s", b.w.place)
			}
			b.mustSee("Code 281006…56", "45.00")
			b.tap("Charge this code")
			b.mustAsk("sell", "sell 45.00 281006…56")
		})
	}
}

func TestNoScanLandsInAnyField(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	check := func(where string) {
		t.Helper()
		found := 0
		walk(b.w.win.Canvas().Content(), func(o fyne.CanvasObject) {
			f, ok := o.(*field)
			if !ok {
				return
			}
			found++
			before := f.Text
			b.w.win.Canvas().Focus(f)
			b.keys("a")
			typed := f.Text
			if len(typed) != len(before)+1 {
				t.Errorf("%s: typing %q gave %q", where, before, typed)
			}
			b.scan("4006381333931") // opens nothing, goes nowhere
			if f.Text != typed {
				t.Errorf("%s: a scan left %q in the field, %q before", where, f.Text, typed)
			}
			if b.w.win.Canvas().Focused() != f {
				t.Errorf("%s: the scan's ending moved the focus", where)
			}
		})
		if found == 0 {
			t.Errorf("%s: no field seen", where)
		}
	}
	b.w.Go(PlaceSales)
	check("search")
	b.w.openSale("T2-261121-0017")
	b.tap("Refund")
	check("refund")
	b.w.Go(PlaceDay)
	b.tap("Export")
	check("export")
	for _, x := range []section{sectionShop, sectionButtons, sectionPrinter, sectionScanner} {
		b.w.Go(PlaceSettings)
		b.w.screens[PlaceSettings].(*settings).open(x)
		check(string(x))
	}
	b.mustAsk("sell")
	b.mustAsk("refund")
	b.mustAsk("export")
}

func TestTheListIsReadInPages(t *testing.T) {
	b := newBench(t, "en")
	for i := range 150 {
		b.till.sales = append(b.till.sales, payments.Sale{
			ID: fmt.Sprint(i), Number: fmt.Sprintf("T2-261121-%04d", i), Amount: hkd(100), BusinessDay: b.till.Today(), Created: b.at,
			Attempts: []payments.Attempt{{State: payments.AttemptPaid, Amount: hkd(100)}},
		})
	}
	b.w.Go(PlaceSales)
	b.mustAsk("sales", "sales 2026-11-21 0+60")
	b.mustSee("T2-261121-0149")
	if n := len(b.w.sales.rows.pool); n > 20 {
		t.Errorf("%d rows exist for those in sight", n)
	}
	for range 40 {
		b.w.sales.rows.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(0, -400)})
	}
	b.mustAsk("sales", "sales 2026-11-21 0+60", "sales 2026-11-21 60+60", "sales 2026-11-21 120+60")
	b.mustSee("T2-261121-0000")
	b.mustNotSee("T2-261121-0149")
	b.w.sales.rows.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, 1e6)})
	b.mustSee("T2-261121-0149")
}

func TestATouchedRowOpensItsSale(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	b.w.Go(PlaceSales)
	b.w.sales.rows.Tapped(&fyne.PointEvent{Position: fyne.NewPos(100, 3*60+5)})
	b.mustSee("HK$ 36.00")
	b.keys("Down")
	b.mustSee("HK$ 54.00")
	b.keys("Up", "Up")
	b.mustSee("HK$ 9.50")
}

func TestTheSearchFinds(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	b.w.Go(PlaceSales)
	b.keys("1", "2", "8", ".", "0", "0", "Return") // typing anywhere begins a search
	b.mustAsk("find", "find 128.00")
	b.mustSee("HK$ 128.00")
	b.mustNotSee("T2-261121-0010")
	b.tap("clear search")
	b.mustSee("T2-261121-0010")
	b.keys("z", "z", "Return")
	b.mustSee(b.w.say("window.sales.not_found"))
}

func TestEarlierDays(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	b.w.Go(PlaceSales)
	b.tap("earlier day")
	b.mustSee("Fri 20 Nov", "No sales on this day.")
	b.tap("later day")
	b.mustSee("Today · Sat 21 Nov", "T2-261121-0010")
	b.tap("later day")
	b.mustSee("Today · Sat 21 Nov")
}

func TestNewsReachTheList(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	b.w.openSale("T2-261121-0016")
	b.mustSee("Finding out")
	delete(b.till.tells, "T2-261121-0016")
	b.till.tell("T2-261121-0016", payments.AttemptPaid, till.Telling{})
	b.mustNotSee("Finding out")
	b.mustSee("Refund")
}

func TestARefund(t *testing.T) {
	open := func(t *testing.T) *bench {
		b := newBench(t, "en")
		b.aDay()
		b.w.openSale("T2-261121-0017")
		b.tap("Refund")
		return b
	}
	t.Run("of all that is left", func(t *testing.T) {
		b := open(t)
		b.tap("Give the money back")
		b.mustAsk("refund", `refund T2-261121-0017 45.50 "" confirmed=false`)
		b.mustSee("Money given back")
		b.tap("Done")
		b.mustSee("Refunded 45.50")
		b.mustNotSee("Refund")
	})
	t.Run("of a part, with a reason", func(t *testing.T) {
		b := open(t)
		b.tap("1")
		b.keys("0")
		b.tap("Goods returned")
		b.tap("Give the money back")
		b.mustAsk("refund", `refund T2-261121-0017 10.00 "Goods returned" confirmed=false`)
	})
	t.Run("never of more than is left", func(t *testing.T) {
		b := open(t)
		b.keys("4", "6")
		b.mustSee("Only HK$ 45.50 is left")
		b.tap("Give the money back")
		b.mustAsk("refund")
	})
	t.Run("is sent by no key", func(t *testing.T) {
		b := open(t)
		b.keys("1", "Return", "KP_Enter", "F2")
		b.mustAsk("refund")
		b.keys("Escape")
		b.mustSee("Print copy")
	})
	t.Run("that a person must confirm", func(t *testing.T) {
		b := open(t)
		b.till.refundOK = func(o till.RefundOrder) error {
			if !o.Confirmed {
				return payments.ErrConfirm
			}
			return nil
		}
		b.tap("Give the money back")
		b.mustSee("Was nothing refunded elsewhere?")
		b.keys("Return", "Escape")
		b.tap("Nothing elsewhere: refund")
		b.mustAsk("refund", `refund T2-261121-0017 45.50 "" confirmed=false`, `refund T2-261121-0017 45.50 "" confirmed=true`)
		b.mustSee("Money given back")
	})
	t.Run("that is refused stays on the form", func(t *testing.T) {
		b := open(t)
		b.till.refundOK = func(till.RefundOrder) error { return payments.ErrRefundOpen }
		b.tap("Give the money back")
		b.mustSee("explained: an earlier refund of this sale is not settled", "Give the money back")
	})
	t.Run("takes no digit of a scan", func(t *testing.T) {
		b := open(t)
		b.keys("5")
		b.scan("4006381333931")
		b.mustSee("HK$ 5.00")
	})
}

func TestADecisionIsTakenInTheSale(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	b.till.tells["T2-261121-0013"] = till.Telling{Face: till.FaceDecide, Actions: []till.Action{till.ActGiveBack, till.ActGoodsGiven}}
	b.w.Go(PlaceAttention)
	b.tap("Decide")
	b.mustSee("T2-261121-0013")
	b.tap("The goods were given")
	b.mustAsk("decide", "decide T2-261121-0013 goods_given")
}

func TestAttentionOffersOneNextStep(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	b.w.Go(PlaceAttention)
	if b.w.shell.badge.text != "2" || b.w.shell.counter.Hidden {
		t.Errorf("badge %q", b.w.shell.badge.text)
	}
	b.tap("Stop and cancel")
	b.mustAsk("stop", "stop d6")
	b.till.tasks = nil
	b.till.listener(till.News{Sale: &b.till.sales[0]})
	b.pass(time.Second)
	b.mustSee("Everything is settled")
	if !b.w.shell.counter.Hidden {
		t.Error("the badge stays")
	}
}

func TestTheDayInFigures(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	b.w.Go(PlaceDay)
	b.mustSee("6,482.00", "173", "96.00", "HK$ 6,386.00", "Qiang Li", "2,361.50", "GCash", "Head of the books 7f3a 91c4 e05b 22d8", "1,035")
	b.keys("Left")
	b.mustAsk("day", "day 2026-11-21", "day 2026-11-20")
}

func TestTheDayIsExported(t *testing.T) {
	b := newBench(t, "en", func(m *memoryTill) { m.settings.ExportFolder = "/shop/books" })
	b.aDay()
	b.w.Go(PlaceDay)
	b.tap("Export")
	b.w.screens[PlaceDay].(*day).path = "/shop/other/day.csv"
	b.tap("Write the file")
	b.mustAsk("export", "export 2026-11-21 /shop/other/day.csv")
	if got := b.till.settings.ExportFolder; got != "/shop/other" {
		t.Errorf("remembers %q", got)
	}
	b.tap("Export")
	if got := b.w.screens[PlaceDay].(*day).path; got != "/shop/other/ringup-2026-11-21.csv" {
		t.Errorf("offers %q", got)
	}
}

func TestARefundThatNobodyWatchesIsTold(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	b.w.openSale("T2-261121-0017")
	b.tap("Refund")
	var later func()
	b.w.spawn = func(f func()) { later = f }
	b.tap("Give the money back")
	b.w.spawn = func(f func()) { f() }
	b.mustSee("Giving the money back")
	b.w.openSale("T2-261121-0010") // a slip was scanned meanwhile
	later()
	b.mustSee("Money given back · HK$ 45.50", "T2-261121-0010")
}

func TestTodayGoesOnByItself(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	b.w.Go(PlaceSales)
	b.w.Go(PlaceDay)
	b.at = b.at.Add(24 * time.Hour)
	b.w.Go(PlaceSales)
	b.mustSee("Today · Sun 22 Nov", "No sales on this day.")
	b.w.Go(PlaceDay)
	b.mustSee("Today · Sun 22 Nov")
}
