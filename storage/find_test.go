package storage

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"ringup/payments"
)

func TestFind(t *testing.T) {
	j := open(t, t.TempDir())
	n := 0
	sell := func(till string, day payments.Day, count int, clock string, amount payments.Money) payments.Sale {
		t.Helper()
		made, err := time.ParseInLocation("2006-01-02 15:04", string(day)+" "+clock, shopZone)
		if err != nil {
			t.Fatal(err)
		}
		n++
		s := payments.Sale{ID: saleID(n), Number: payments.ShopNumber(till, day, count), Amount: amount, BusinessDay: day, Created: made}
		if err := j.Append(payments.Batch{Events: []payments.Event{{At: made, Sale: s.ID, Body: payments.SaleOpened{Sale: s}}}}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	sell("T1", "2025-01-31", 17, "14:30", hkd(4550))
	for i, month := range []string{"08", "09", "11"} {
		sell("T1", payments.Day("2026-"+month+"-02"), 1, "09:00", hkd(4550))
		sell("T10", payments.Day("2026-"+month+"-02"), 17, "09:00", hkd(int64(100+i)))
	}
	sell("T1", "2026-11-20", 17, "14:32", hkd(1200))
	sell("T1", "2026-11-21", 16, "14:26", hkd(1700))
	sell("T1", "2026-11-21", 17, "14:27", hkd(4550))
	sell("T1", "2026-11-21", 18, "14:37", payments.Money{Minor: 46, Currency: "JPY"})
	sell("T1", "2026-11-21", 12345, "14:38", hkd(99))
	last := sell("T1", "2026-11-22", 17, "14:32", hkd(1_000_000_000_000_000))
	if err := j.Append(payments.Batch{Events: []payments.Event{{At: noon, Sale: last.ID, Body: begun(n, 1, noon)}}}); err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		text, day string
		limit     int
		want      []string
	}{
		{"T1-261121-0017", "2026-11-22", 9, []string{"T1-261121-0017"}},
		{" t1-261121-0017 ", "", 9, []string{"T1-261121-0017"}},
		{"261121-0017", "2026-11-22", 9, []string{"T1-261121-0017"}},
		{"-0016", "2026-11-22", 9, []string{"T1-261121-0016"}},
		{"12345", "2026-11-22", 9, []string{"T1-261121-12345"}},
		{last.ID, "", 9, []string{"T1-261122-0017"}},
		{requestID(n, 1), "", 9, []string{"T1-261122-0017"}},
		// By ending: the day itself first, then the days before it.
		{"0017", "2026-11-21", 9, []string{"T1-261121-0017", "T1-261120-0017", "T10-261102-0017", "T10-260902-0017", "T10-260802-0017", "T1-250131-0017", "T1-261121-0016"}},
		{"17", "2026-11-22", 3, []string{"T1-261122-0017", "T1-261121-0017", "T1-261120-0017"}},
		{"17", "2026-11-01", 9, []string{"T10-260902-0017", "T10-260802-0017", "T1-250131-0017", "T1-261121-0016"}}, // the last by its amount
		{"17", "", 1, []string{"T1-261122-0017"}},
		// By time of day: within five minutes, on that day only.
		{"14:32", "2026-11-21", 9, []string{"T1-261121-0018", "T1-261121-0017"}},
		{"14:32", "2026-11-20", 9, []string{"T1-261120-0017"}},
		{"4:32", "2026-11-21", 9, nil},
		{"14:32", "", 9, nil},
		// By amount, of any day, newest first.
		{"45.50", "2026-11-21", 9, []string{"T1-261121-0017", "T1-261102-0001", "T1-260902-0001", "T1-260802-0001", "T1-250131-0017"}},
		{"45.5", "", 2, []string{"T1-261121-0017", "T1-261102-0001"}},
		{"10000000000000.00", "", 9, []string{"T1-261122-0017"}},
		{"45.51", "2026-11-21", 9, nil},
		{"no such thing", "2026-11-21", 9, nil},
		{"", "2026-11-21", 9, nil},
		{"17", "2026-11-21", 0, nil},
	} {
		t.Run(fmt.Sprintf("%q on %q", c.text, c.day), func(t *testing.T) {
			sales, err := j.Find(Query{Text: c.text, Day: payments.Day(c.day), Currency: "HKD", Limit: c.limit})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range sales {
				got = append(got, s.Number)
			}
			if !slices.Equal(got, c.want) {
				t.Fatalf("got %v, want %v", got, c.want)
			}
		})
	}
	t.Run("an amount is read in the currency asked about", func(t *testing.T) {
		sales, err := j.Find(Query{Text: "46", Currency: "JPY", Limit: 9})
		if err != nil || len(sales) != 1 || sales[0].Number != "T1-261121-0018" {
			t.Fatalf("%+v, %v", sales, err)
		}
		sales, err = j.Find(Query{Text: "0.46", Currency: "HKD", Limit: 9})
		if err != nil || len(sales) != 0 {
			t.Fatalf("46 yen are found as %+v, %v", sales, err)
		}
	})
}

func TestNotesAreKeptApartByTopic(t *testing.T) {
	j := open(t, t.TempDir())
	for i, topic := range []string{"set", "settings", "set", "settin", "settings"} {
		if err := j.Append(payments.Batch{Events: []payments.Event{{At: noon, Body: payments.Note{Topic: topic, Data: []byte{byte('0' + i)}}}}}); err != nil {
			t.Fatal(err)
		}
	}
	for topic, want := range map[string]string{"set": "20", "settings": "41", "settin": "3", "": "", "se": "", "zz": "", "settings\x00": ""} {
		notes, err := j.Notes(topic, 9)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, e := range notes {
			got += string(e.Body.(payments.Note).Data)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", topic, got, want)
		}
	}
	if notes, err := j.Notes("settings", 1); err != nil || len(notes) != 1 || notes[0].Seq != 5 {
		t.Fatalf("%+v, %v", notes, err)
	}
}
