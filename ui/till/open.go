package till

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"ringup/devices/printer"
	"ringup/payments"
	"ringup/receipts"
	"ringup/storage"
	"ringup/ui/phrases"
)

// Errors of a till, beside those of the rooms that it joins.
var (
	ErrNoKeys           = errors.New("no keys for this environment")
	ErrTrainingKeys     = errors.New("training has its own keys")
	ErrOtherEnvironment = errors.New("belongs to another environment")
	ErrOtherSlip        = errors.New("the slip is not of this till's books")
	ErrDamagedSettings  = errors.New("the settings file is damaged")
	ErrBooks            = errors.New("the books can't be opened")

	ErrPaidRefundInstead = errors.New("the sale is paid: refund it instead")
	ErrRefundAmount      = errors.New("not an amount that can be given back")
	ErrFormat            = errors.New("only .csv and .xlsx can be written")
	ErrNoFolder          = errors.New("no such folder")
	ErrNoPrinter         = errors.New("no printer is set up")
	ErrNotLoopback       = errors.New("not a loopback address")
)

// LanguageOr is the language to speak before any settings are known: the one
// given, else the system's.
func LanguageOr(given string) string { return firstOf(given, systemLanguage()) }

// LanguageOf is the language to speak while no books are open: the one asked
// for, else the one last chosen, else the system's.
func LanguageOf(o Options) string {
	c, _ := readChoice(o.Data) // what is wrong with the file is said by OpenBooks
	return LanguageOr(firstOf(o.Language, c.Language))
}

// AccountError says that something is open under an account whose keys are
// not here.
type AccountError struct{ Host string }

func (e *AccountError) Error() string { return "no keys for the account at " + e.Host }

// Options say which till to open.
type Options struct {
	Data        string      // the folder of all environments
	Environment Environment // "" is the one last chosen, else Training
	Language    string      // "" is the settings', else the system's
	Version     string
	AutoPrint   bool // print a slip when a sale of this start is paid
	NoAccount   bool // OpenBooks asks for no keys: for verbs on the books themselves
	Log         *slog.Logger
	Now         func() time.Time // this machine's clock; nil is time.Now
}

// Books are a shop's journal to read, to tell and to print from. They need no
// Alipay and no device; a Till is Books that can sell.
type Books struct {
	options     Options
	environment Environment
	journal     *storage.Journal
	corrected   func() time.Time                              // Alipay's clock, as far as it is known
	append      func(saleID string, note payments.Note) error // writes what is not money
	printerAt   func(link string) (printer.Printer, error)    // opens one, or has it open
	start       Settings                                      // as they were at the start, for what counts only from the next one

	marking  sync.Mutex // one alarm is marked as seen at a time
	words    sync.Mutex // guards what follows
	settings Settings
	book     *phrases.Book
	mark     *receipts.Picture // the slips' logo, once picked
	picked   bool
}

// OpenBooks opens an environment's journal. The errors are storage's (held,
// damaged, newer, read-only, disk full), ErrNoKeys for an environment that was
// never set up, and ErrDamagedSettings.
func OpenBooks(o Options) (*Books, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	choice, err := readChoice(o.Data)
	if err != nil {
		return nil, err
	}
	t := &Books{options: o, environment: o.Environment, printerAt: printer.Open}
	if t.environment == "" {
		t.environment = choice.environment()
	}
	folder := Folder(o.Data, t.environment)
	if err := t.setUp(folder); err != nil {
		return nil, err
	}
	if t.journal, err = storage.Open(folder, storage.Options{Program: "ringup " + o.Version}); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBooks, err)
	}
	t.settings, t.book, err = settle(t.journal, t.environment, firstOf(o.Language, choice.Language))
	if err != nil {
		return nil, errors.Join(err, t.journal.Close())
	}
	t.start = t.settings
	noted, err := t.journal.Offset()
	if err != nil {
		return nil, errors.Join(err, t.journal.Close())
	}
	t.corrected = func() time.Time { return t.Calendar().In(o.Now().Add(noted.Offset)) }
	t.append = func(saleID string, note payments.Note) error {
		return t.journal.Append(payments.Batch{Events: []payments.Event{{At: t.corrected(), Sale: saleID, Body: note}}})
	}
	return t, nil
}

// setUp is nil when the environment was set up: it has keys, or at least books
// for a verb that needs no account. Training needs nothing.
func (t *Books) setUp(folder string) error {
	if t.environment == Training {
		return nil
	}
	_, err := readAccounts(folder)
	if !t.options.NoAccount {
		return err
	}
	for _, name := range []string{"journal.db", "journal.copy"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
			return nil
		}
	}
	return ErrNoKeys
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// Folder is where an environment keeps everything.
func Folder(data string, e Environment) string { return filepath.Join(data, string(e)) }

// DefaultData is the user's own folder for Ringup.
func DefaultData() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "ringup"), nil
}

// settle reads the settings of a journal and opens the book of their language.
func settle(j *storage.Journal, e Environment, language string) (Settings, *phrases.Book, error) {
	var s Settings
	note, found, err := j.Latest(topicSettings)
	if err == nil && found {
		s, err = decodeSettings(note)
	}
	if err != nil {
		return s, nil, fmt.Errorf("settings in the journal: %w", err)
	}
	book, err := phrases.Open(firstOf(language, s.Language, systemLanguage()))
	if err != nil {
		return s, nil, err
	}
	name := "shop.unnamed"
	if e == Training {
		name = "shop.training"
	}
	return s.withDefaults(book.Say(name)), book, nil
}

// Close lets go of the journal.
func (t *Books) Close() error { return t.journal.Close() }

// Environment is the one that these books are of.
func (t *Books) Environment() Environment { return t.environment }

// Settings are the shop's present choices.
func (t *Books) Settings() Settings {
	t.words.Lock()
	defer t.words.Unlock()
	return t.settings
}

// Book is the phrases in the present language.
func (t *Books) Book() *phrases.Book {
	t.words.Lock()
	defer t.words.Unlock()
	return t.book
}

// ShopName is the shop's name as slips print it.
func (t *Books) ShopName() string { return t.Settings().ShopName }

// TillName is "till T1" in the present language.
func (t *Books) TillName() string { return t.Book().Say("shop.till", "name", t.start.TillName) }

// Cashier is who sells; "" when nobody is named.
func (t *Books) Cashier() string { return t.Settings().Cashier }

// Currency is what the shop charges in; a change counts from the next start.
func (t *Books) Currency() payments.Currency { return t.start.Currency }

// Calendar is the shop's way of telling days; a change counts from the next
// start.
func (t *Books) Calendar() payments.Calendar { return t.start.Calendar() }

// Today is the business day now, by the corrected clock.
func (t *Books) Today() payments.Day { return t.Calendar().Day(t.corrected()) }
