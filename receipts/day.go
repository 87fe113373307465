package receipts

import (
	"strconv"
	"time"

	"ringup/payments"
)

// Figures are a business day as its summary prints it. All amounts are of one
// currency.
type Figures struct {
	Day       payments.Day
	Closed    bool      // the day's close; otherwise how the day stands so far
	Printed   time.Time // in the shop's zone
	By        string    // who asked for it
	Takings   payments.Money
	Count     int // paid sales
	Refunds   payments.Money
	Refunded  int // how many refunds
	Net       payments.Money
	Declined  int
	Stopped   int
	Open      int // not settled yet, of any day
	ByWallet  []Share
	ByCashier []Share
	// Notes are what the owner must see on paper, such as a changed account;
	// sentences in the shop's language.
	Notes []string
	// Head is the head of the books' chain, printed so that tampering shows.
	Head string
}

// Share is one row of a breakdown.
type Share struct {
	Name   string // a wallet's is Alipay's pspName
	Amount payments.Money
	Count  int
}

// Day is the slip of a day's figures.
func (f Form) Day(d Figures) Slip {
	p := f.begin()
	title := "slip.day_so_far"
	if d.Closed {
		title = "slip.day_close"
	}
	p.bold(p.say(title))
	p.rule()
	p.row(p.say("slip.day"), string(d.Day))
	p.row(p.say("slip.till"), f.Shop.Till)
	p.row(p.say("slip.printed"), d.Printed.Format(dateTime))
	if d.By != "" {
		p.row(p.say("slip.by"), d.By)
	}
	p.rule()
	p.row(p.say("slip.takings", "count", d.Count), d.Takings.Grouped())
	back := d.Refunds
	back.Minor = -back.Minor
	p.row(p.say("slip.refunds", "count", d.Refunded), back.Grouped())
	p.rule()
	p.total(p.say("slip.net", "currency", d.Net.Currency.Symbol()), d.Net.Grouped())
	p.rule()
	p.row(p.say("slip.declined"), strconv.Itoa(d.Declined))
	p.row(p.say("slip.stopped"), strconv.Itoa(d.Stopped))
	p.add(Line{Left: p.say("slip.open"), Right: strconv.Itoa(d.Open), Bold: d.Open > 0})
	p.shares("slip.by_wallet", d.ByWallet, WalletName)
	p.shares("slip.by_cashier", d.ByCashier, func(name string) string { return name })
	if len(d.Notes) > 0 {
		p.rule()
		for _, n := range d.Notes {
			p.row(n, "")
		}
	}
	if d.Head != "" {
		p.rule()
		p.row(p.say("slip.head"), d.Head)
	}
	return p.end("")
}

func (p *page) shares(title string, shares []Share, name func(string) string) {
	if len(shares) == 0 {
		return
	}
	p.rule()
	p.add(Line{Left: p.say(title), Bold: true})
	for _, s := range shares {
		n := name(s.Name)
		if n == "" {
			n = p.say("slip.nobody")
		}
		p.row(n+" x"+strconv.Itoa(s.Count), s.Amount.Grouped())
	}
}
