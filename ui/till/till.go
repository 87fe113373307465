package till

import (
	"context"
	"errors"
	"path/filepath"
	"sync"

	"ringup/payments"
	"ringup/payments/alipay"
	"ringup/ui/phrases"
)

// Till is a shop's application in one environment. Its verbs may be called
// from any goroutine; those that wait for disk or network say so.
type Till struct {
	*Books
	desk      *payments.Desk
	account   alipay.Credentials
	practice  *practice // training's Alipay; nil elsewhere
	hangUp    func()    // closes the connections to Alipay
	slips     *slips
	pole      *pole
	stopWatch func()
	searching bool // this start searches for what the books had lost

	mu        sync.Mutex // guards what follows
	listeners map[int]func(News)
	nextID    int
	scanner   Light
	trying    int // how many screens try scanners now

	ports sync.Mutex // held by whoever listens to serial ports
}

// Open opens the till of an environment: its books, its account, its devices.
// What the last start left open is taken up at once, in the background. The
// errors are OpenBooks' and *AccountError.
func Open(o Options) (*Till, error) {
	books, err := OpenBooks(o)
	if err != nil {
		return nil, err
	}
	t := &Till{Books: books, listeners: map[int]func(News){}}
	if err := t.open(); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// open leaves what it opened in t even when it fails, for Close.
func (t *Till) open() error {
	gateway, err := t.openGateway()
	if err != nil {
		return err
	}
	_, searched, restored, err := t.journal.Restored()
	if err != nil {
		return err
	}
	t.searching = restored && !searched
	s := t.Settings()
	t.desk, err = payments.OpenDesk(t.journal, gateway, payments.Options{
		Till: s.TillName, Account: t.account.Account(), Calendar: s.Calendar(),
		Now: t.options.Now, Version: t.options.Version, Log: t.options.Log,
	})
	if err != nil {
		return err
	}
	t.corrected = t.desk.Now
	t.append = t.desk.Note
	if t.pole, err = t.openPole(); err != nil {
		return err
	}
	t.slips = t.openSlips()
	t.printerAt = t.slips.printers.open
	t.stopWatch = t.desk.Watch(t.saleChanged, func(payments.Link) { t.tell(News{Lights: true}) })
	return nil
}

// Close ends everything; what is open stays in the journal for the next start.
func (t *Till) Close() error {
	if t.stopWatch != nil {
		t.stopWatch()
	}
	if t.slips != nil {
		t.slips.close()
	}
	if t.desk != nil {
		t.desk.Close()
	}
	if t.hangUp != nil {
		t.hangUp()
	}
	if t.practice != nil {
		t.practice.close()
	}
	return t.Books.Close()
}

// ChangeSettings validates and writes new choices, as an event. Those of the
// till's name, zone, account and currency count from the next start; all
// others at once. The error is a *SettingError or the journal's.
func (t *Till) ChangeSettings(s Settings) error {
	if err := s.Validate(); err != nil {
		return err
	}
	book, err := phrases.Open(firstOf(s.Language, systemLanguage()))
	if err != nil {
		return err
	}
	note, err := s.note()
	if err != nil {
		return err
	}
	if err := t.append("", note); err != nil {
		return err
	}
	if err := writeChoice(t.options.Data, choice{Environment: string(t.environment), Language: s.Language}); err != nil {
		return err
	}
	t.words.Lock()
	mended := s.Printer != t.settings.Printer
	dark := s.Display != t.settings.Display || s.ShopName != t.settings.ShopName
	t.settings, t.book = s, book
	t.words.Unlock()
	if mended {
		t.slips.went(nil) // what the former address could not print says nothing of this one
	}
	if dark {
		t.pole.say(t.pole.welcome())
	}
	t.tell(News{Lights: true})
	return nil
}

// SetLanguage changes the language of everything the till says.
func (t *Till) SetLanguage(tag string) error {
	s := t.Settings()
	s.Language = tag
	return t.ChangeSettings(s)
}

// Presets are the owner's buttons; in training there are some to try.
func (t *Till) Presets() []Preset {
	s := t.Settings()
	if len(s.Presets) > 0 || t.environment != Training {
		return s.Presets
	}
	return samplePresets(t.Book(), t.Currency())
}

// Listen calls fn for every piece of news until stop is called. fn runs on
// goroutines of the till and must not block.
func (t *Till) Listen(fn func(News)) (stop func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	id := t.nextID
	t.nextID++
	t.listeners[id] = fn
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.listeners, id)
	}
}

func (t *Till) tell(n News) {
	t.mu.Lock()
	all := make([]func(News), 0, len(t.listeners))
	for _, fn := range t.listeners {
		all = append(all, fn)
	}
	t.mu.Unlock()
	for _, fn := range all {
		fn(n)
	}
}

// Ready is nil when a sale can start.
func (t *Till) Ready() error { return t.desk.Ready() }

// Prove waits until Alipay has answered once under this account, or until the
// context ends; then it says why a sale can't start.
func (t *Till) Prove(ctx context.Context) error { return t.desk.Prove(ctx) }

// Lights are the lights of the bar on top.
func (t *Till) Lights() Lights {
	say := t.Book().Say
	link := t.desk.Link()
	l := Lights{Alipay: Light{Name: say("light.alipay"), On: link.Proven && link.Problem == ""}, Printer: t.slips.light()}
	switch err := t.desk.Ready(); {
	case link.Problem != "":
		l.Alipay.Sentence = say("light.alipay.problem", "why", t.doubt(link.Problem))
	case err != nil:
		l.Alipay.On, l.Alipay.Sentence = false, t.Explain(err)
	}
	t.mu.Lock()
	l.Scanner = t.scanner
	t.mu.Unlock()
	l.Scanner.Name = say("light.scanner")
	if l.Scanner.Sentence == "" && !l.Scanner.On {
		l.Scanner.On, l.Scanner.Sentence = true, say("light.scanner.keyboard")
	}
	return l
}

// ExportDay is SaveDay, and remembers the folder.
func (t *Till) ExportDay(day payments.Day, path string) error {
	if err := t.SaveDay(day, path); err != nil {
		return err
	}
	s := t.Settings()
	if folder := filepath.Dir(path); s.ExportFolder != folder {
		s.ExportFolder = folder
		return t.ChangeSettings(s)
	}
	return nil
}
