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
	Close     int       // the number of the close; 0 for none
	Opened    time.Time // when the day began or the last close was, in the shop's zone; zero is left out
	Ended     time.Time // when it was closed; zero is left out
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
	Drawer    int // how often the cash drawer was opened
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

// Day is the slip of a day's figures: the X report of a day that goes on, or
// the Z report of one that is closed.
func (f Form) Day(d Figures) Slip {
	p := f.begin()
	p.shop()
	title := "slip.day_so_far"
	if d.Closed {
		title = "slip.day_close"
	}
	p.title(title)
	p.rule()
	if d.Close > 0 {
		p.row(p.label("slip.close_number"), strconv.Itoa(d.Close))
	}
	p.row(p.label("slip.day"), string(d.Day))
	p.row(p.label("slip.till"), f.Shop.Till)
	p.moment("slip.opened", d.Opened)
	p.moment("slip.closed", d.Ended)
	if !d.Printed.Equal(d.Ended) {
		p.moment("slip.printed", d.Printed)
	}
	if d.By != "" {
		p.row(p.label("slip.by"), d.By)
	}
	p.rule()
	p.row(p.label("slip.takings")+" x"+strconv.Itoa(d.Count), d.Takings.Grouped())
	back := d.Refunds
	back.Minor = -back.Minor
	p.row(p.label("slip.refunds")+" x"+strconv.Itoa(d.Refunded), back.Grouped())
	p.rule()
	p.total(p.amountOf("slip.net", d.Net), d.Net.Grouped())
	p.rule()
	p.row(p.label("slip.declined"), strconv.Itoa(d.Declined))
	p.row(p.label("slip.stopped"), strconv.Itoa(d.Stopped))
	p.add(Line{Left: p.label("slip.open"), Right: strconv.Itoa(d.Open), Bold: d.Open > 0})
	if d.Drawer > 0 {
		p.row(p.label("slip.drawer"), strconv.Itoa(d.Drawer))
	}
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
		p.row(p.label("slip.head"), d.Head)
	}
	return p.end("")
}

func (p *page) moment(key string, at time.Time) {
	if !at.IsZero() {
		p.row(p.label(key), at.Format(dateTime))
	}
}

func (p *page) shares(title string, shares []Share, name func(string) string) {
	if len(shares) == 0 {
		return
	}
	p.rule()
	p.add(Line{Left: p.label(title), Bold: true})
	for _, s := range shares {
		n := name(s.Name)
		if n == "" {
			n = p.label("slip.nobody")
		}
		p.row(n+" x"+strconv.Itoa(s.Count), s.Amount.Grouped())
	}
}
