package till

import (
	"context"
	"errors"
	"sync"
	"time"

	"ringup/devices/display"
	"ringup/devices/printer"
	"ringup/payments"
	"ringup/ui/phrases"
)

// pole keeps the pole display, which faces the customer, at what goes on at the
// counter. It works off everybody's way: a display that hangs holds up nothing,
// and only the newest words matter.
type pole struct {
	t       *Till
	words   *phrases.Book // displays have Latin letters only
	news    chan poleText
	mu      sync.Mutex
	current string // Sale.ID at the counter
}

// poleText is what the display shows: for so long, then the shop's name; 0 is
// until something else comes.
type poleText struct {
	top, bottom string
	stays       time.Duration
}

// How long an end stays in view, and how long a display may take for one text.
const (
	poleStays  = 20 * time.Second
	poleWithin = 3 * time.Second
)

func (t *Till) openPole() (*pole, error) {
	words, err := phrases.Open(phrases.Fallback)
	return &pole{t: t, words: words, news: make(chan poleText, 1)}, err
}

// say has a text shown, in place of one that was not shown yet.
func (p *pole) say(text poleText) {
	for {
		select {
		case p.news <- text:
			return
		default:
		}
		select {
		case <-p.news:
		default:
		}
	}
}

func (p *pole) welcome() poleText {
	return poleText{top: p.t.ShopName(), bottom: p.words.Say("display.welcome")}
}

// Quote shows the customer an amount that is being keyed; 0 is none.
func (t *Till) Quote(amount payments.Money) {
	t.pole.mu.Lock()
	defer t.pole.mu.Unlock()
	t.pole.current = ""
	if amount.Minor == 0 {
		t.pole.say(t.pole.welcome())
		return
	}
	t.pole.say(poleText{top: t.pole.words.Say("display.total"), bottom: amount.String()})
}

// serve has the sale's course shown from now on: it is the one at the counter.
func (p *pole) serve(saleID string) {
	p.mu.Lock()
	p.current = saleID
	p.mu.Unlock()
	p.changed(saleID)
}

// changed shows how a sale stands if it is the one at the counter. It is read
// under the lock, so that what is shown is never older than what was.
func (p *pole) changed(saleID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != saleID || p.t.Settings().Display == "" {
		return
	}
	s, err := p.t.journal.Sale(saleID)
	if err != nil {
		p.t.options.Log.Warn("pole display", "error", err)
		return
	}
	face := p.t.Tell(s, payments.Progress{}).Face
	text := poleText{top: p.words.Say("display." + string(face)), bottom: s.Amount.String()}
	switch face {
	case FacePaid, FaceNotPaid, FaceCancelled:
		text.stays = poleStays
	}
	p.say(text)
}

// run writes to the display that the settings name until the context ends, and
// leaves it empty.
func (p *pole) run(ctx context.Context) {
	var (
		glass display.Display
		at    string // its link
		shown poleText
		again <-chan time.Time
	)
	write := func(text poleText) {
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), poleWithin)
		defer cancel()
		if err := glass.Show(within, text.top, text.bottom); err != nil {
			p.t.options.Log.Warn("pole display", "error", err)
			shown = poleText{} // nobody knows: the next text is written even if it is the same
			return
		}
		shown = text
	}
	next := p.welcome()
	for {
		if link := p.t.Settings().Display; at != link {
			if glass != nil {
				write(poleText{}) // it would go on showing what was last
			}
			glass, at, shown = nil, link, poleText{}
			if d, err := display.Open(link); link != "" && err == nil { // Validate lets no other in
				glass = d
			}
		}
		if glass != nil && next != shown {
			write(next)
		}
		again = nil
		if next.stays > 0 {
			again = time.After(next.stays)
		}
		select {
		case <-ctx.Done():
			if glass != nil {
				write(poleText{})
			}
			return
		case next = <-p.news:
		case <-again:
			next = p.welcome()
		}
	}
}

// TestDisplay writes the shop's name on the pole display at that link, which
// need not be that of the settings.
func (t *Till) TestDisplay(ctx context.Context, link string) error {
	if link == "" {
		return &SettingError{"Display", ErrSettingEmpty}
	}
	d, err := display.Open(link)
	if err != nil {
		return &SettingError{"Display", ErrSettingUnknown}
	}
	ctx, cancel := context.WithTimeout(ctx, poleWithin)
	defer cancel()
	err = d.Show(ctx, t.ShopName(), t.pole.words.Say("display.test"))
	var failed *printer.Error
	switch say := t.Book().Say; {
	case err == nil:
		return nil
	case errors.As(err, &failed) && failed.Problem == printer.Denied && failed.Group != "":
		return &toldError{say("display.denied", "group", failed.Group), err}
	case errors.As(err, &failed):
		return &toldError{say("display.failed", "title", say("printer.title."+string(failed.Problem))), err}
	}
	return err
}
