package desktop

import (
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"ringup/ui/till"
)

// A newcomer's first minute, with the real application and the built-in Alipay
// behind the window: a sale, its slip, its refund, a customer who can't pay.
func TestTrainingWithTheRealTill(t *testing.T) {
	app := test.NewTempApp(t)
	real, err := till.Open(till.Options{Data: t.TempDir(), Environment: till.Training, Language: "en", AutoPrint: true})
	if err != nil {
		t.Fatal(err)
	}
	queue := make(chan func(), 1024)
	b := &bench{T: t}
	b.w = New(app, real, Options{post: func(f func()) { queue <- f }})
	t.Cleanup(func() {
		b.w.win.Close()
		if err := real.Close(); err != nil {
			t.Error(err)
		}
	})
	until := func(what string, is func() bool) {
		t.Helper()
		late := time.After(time.Minute)
		for !is() {
			select {
			case f := <-queue:
				f()
			case <-late:
				t.Fatalf("waited a minute for: %s", what)
			}
		}
	}
	until("a till that can sell", func() bool { return real.Ready() == nil })

	for _, k := range []string{"4", "5", ".", "5"} {
		b.tap(k)
	}
	b.mustSee("45.50")
	b.tap("Show it to the scanner")
	until("paid", func() bool { return b.w.counter.pay != nil && b.w.counter.pay.telling.Face == till.FacePaid })
	b.mustSee("HK$ 45.50")
	until("the slip on the screen", func() bool { return b.w.counter.pay == nil || b.w.counter.pay.slip != nil })

	sales, err := real.Sales(real.Today(), 0, 10)
	if err != nil || len(sales) != 1 || !sales[0].State().Holds() {
		t.Fatalf("sales %v, %v", sales, err)
	}
	b.w.openSale(sales[0].Number)
	until("the sale's story", func() bool { return len(b.w.sales.detail.story) > 2 })
	b.tap("Refund")
	opened := time.Now()
	until("a form that takes an answer", func() bool { return time.Since(opened) >= settles })
	b.tap("Give the money back")
	until("refunded", func() bool { return b.sees("Money given back") })
	b.tap("Done")
	until("the list says so", func() bool { return b.sees("Refunded in full") || b.w.sales.detail.sale.Left().IsZero() })

	b.w.Go(PlaceTill)
	b.w.counter.next()
	habits := real.Phone().Habits()
	b.tap(habits[2].Name) // too little money
	b.tap("9")
	b.tap("Show it to the scanner")
	until("not paid", func() bool { return b.w.counter.pay != nil && b.w.counter.pay.telling.Face == till.FaceNotPaid })

	b.w.Go(PlaceDay)
	until("the day's figures", func() bool { return b.w.screens[PlaceDay].(*day).known })
	b.mustSee("45.50")
}

var _ Till = (*till.Till)(nil)
