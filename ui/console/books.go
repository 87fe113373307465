package console

import (
	"ringup/payments"
	"ringup/ui/till"
)

type saleVerb struct {
	Number string `arg:"" help:"The sale's number."`
}

func (v *saleVerb) Run(r *run) error {
	return r.books(func(b *till.Books) error {
		s, err := b.Sale(v.Number)
		if err != nil {
			return err
		}
		story, err := b.Story(s.Number)
		if err != nil {
			return err
		}
		if r.json {
			j := toJSON(s)
			for _, m := range story {
				j.Story = append(j.Story, storyJSON{m.At.Format("2006-01-02T15:04:05.000Z07:00"), m.Text})
			}
			r.print(j)
			return nil
		}
		r.say("%s", r.rowOf(b, s))
		for _, m := range story {
			r.say("  %s  %s", m.At.Format("2006-01-02 15:04:05"), m.Text)
		}
		return nil
	})
}

type salesVerb struct {
	Day  string `help:"Business day, YYYY-MM-DD. Default: today." placeholder:"DAY"`
	Find string `help:"A number or its end, an amount, a time, one of Alipay's ids, a slip's code." placeholder:"TEXT"`
}

// mostListed bounds what one list prints.
const mostListed = 10_000

func (v *salesVerb) Run(r *run) error {
	return r.books(func(b *till.Books) error {
		day := b.Today()
		var err error
		if v.Day != "" {
			if day, err = payments.ParseDay(v.Day); err != nil {
				return err
			}
		}
		var sales []payments.Sale
		if v.Find != "" {
			sales, err = b.FindOn(v.Find, day)
		} else {
			sales, err = b.Sales(day, 0, mostListed)
		}
		if err != nil {
			return err
		}
		if r.json {
			list := struct {
				Sales []saleJSON `json:"sales"`
			}{[]saleJSON{}}
			for _, s := range sales {
				list.Sales = append(list.Sales, toJSON(s))
			}
			r.print(list)
			return nil
		}
		for _, s := range sales {
			r.say("%s", r.rowOf(b, s))
		}
		if len(sales) == 0 {
			r.say("%s", b.Book().Say("console.no_sales"))
		}
		return nil
	})
}

type dayVerb struct {
	Date  string `help:"Business day, YYYY-MM-DD. Default: today." placeholder:"DAY"`
	Out   string `help:"Write the day: FILE.csv, FILE.xlsx with a summary, or - for CSV on stdout." placeholder:"FILE"`
	Print bool   `help:"Print the figures on the slip printer."`
}

func (v *dayVerb) Run(r *run) error {
	if v.Out != "" && v.Out != "-" {
		if _, err := till.DayEnding(v.Out); err != nil {
			return err
		}
	}
	return r.books(func(b *till.Books) error {
		day := b.Today()
		var err error
		if v.Date != "" {
			if day, err = payments.ParseDay(v.Date); err != nil {
				return err
			}
		}
		switch v.Out {
		case "":
		case "-":
			if r.json {
				break // stdout holds the JSON object and nothing else
			}
			return b.WriteDay(r.out, day)
		default:
			if err := b.SaveDay(day, v.Out); err != nil {
				return err
			}
		}
		if v.Print {
			if err := b.PrintDay(r.ctx, day); err != nil {
				return err
			}
		}
		s, err := b.Day(day)
		if err != nil {
			return err
		}
		r.showDay(b, s)
		return r.countAlarms(b)
	})
}

type shareJSON struct {
	Name   string `json:"name"`
	Amount string `json:"amount"`
	Count  int    `json:"count"`
}

func sharesJSON(of []till.Share) []shareJSON {
	list := []shareJSON{}
	for _, s := range of {
		list = append(list, shareJSON{s.Name, s.Amount.Wire(), s.Count})
	}
	return list
}

func (r *run) showDay(b *till.Books, s till.Summary) {
	if r.json {
		r.print(struct {
			Day       payments.Day      `json:"day"`
			Currency  payments.Currency `json:"currency"`
			Takings   string            `json:"takings"`
			Count     int               `json:"count"`
			Refunds   string            `json:"refunds"`
			Refunded  int               `json:"refunded"`
			Net       string            `json:"net"`
			Declined  int               `json:"declined"`
			Cancelled int               `json:"cancelled"`
			Open      int               `json:"open"`
			ByCashier []shareJSON       `json:"byCashier"`
			ByWallet  []shareJSON       `json:"byWallet"`
			Head      string            `json:"head"`
		}{s.Day, s.Currency, s.Takings.Wire(), s.Count, s.Refunds.Wire(), s.Refunded, s.Net.Wire(), s.Declined, s.Stopped, s.Open,
			sharesJSON(s.ByCashier), sharesJSON(s.ByWallet), s.Head})
		return
	}
	say := b.Book().Say
	r.say("%s", say("console.day", "day", s.Day, "takings", s.Takings, "count", s.Count, "refunds", s.Refunds, "refunded", s.Refunded, "net", s.Net))
	r.say("%s", say("console.day.rest", "declined", s.Declined, "cancelled", s.Stopped, "open", s.Open, "head", s.Head))
}
