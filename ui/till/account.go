package till

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"ringup/payments"
	"ringup/payments/alipay"
	"ringup/storage"
	"ringup/storage/vault"
)

// The names under which credentials lie in an environment's vault: the
// account that sells, and every account that ever did, since a refund is made
// under the account of its payment.
const (
	vaultFolder   = "keys"
	presentSecret = "account"
	olderSecret   = "account-"
)

// topicAccount is the journal's note of a change of account.
const topicAccount = "account"

// trainingHost is the name that training's payments keep in the books. The
// built-in Alipay listens at another port after every start.
const trainingHost = "http://localhost"

// openGateway sets up the accounts of the environment: training's own, or
// those in the vault.
func (t *Till) openGateway() (payments.Gateway, error) {
	options := []alipay.Option{alipay.WithLog(t.options.Log)}
	folder := Folder(t.options.Data, t.environment)
	if t.environment == Training {
		p, err := openPractice(folder, t.options, t.settings.Currency)
		if err != nil {
			return nil, fmt.Errorf("training's Alipay: %w", err)
		}
		t.practice = p
		t.account = p.server.Credentials()
		client := alipay.NewClient(append(options, alipay.WithDial(p.dial))...)
		t.hangUp = client.Close
		return client, client.Use(t.shopOf(t.account))
	}
	client := alipay.NewClient(options...)
	t.hangUp = client.Close
	accounts, err := readAccounts(folder)
	if err != nil {
		return nil, err
	}
	t.account = accounts[0]
	known := map[payments.Account]bool{}
	for _, a := range accounts {
		known[a.Account()] = true
		if err := client.Use(t.shopOf(a)); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoKeys, err)
		}
	}
	return client, checkOpen(t.journal, known)
}

// shopOf fills in what the settings decide.
func (t *Till) shopOf(a alipay.Credentials) alipay.Credentials {
	if t.settings.NotifyURL != "" {
		a.PaymentNotifyURL = t.settings.NotifyURL
	}
	a.StoreTerminalID = t.settings.TillName
	return a
}

// checkOpen: what is open can only be asked about under its own account.
func checkOpen(j *storage.Journal, known map[payments.Account]bool) error {
	open, err := j.Open()
	if err != nil {
		return err
	}
	for _, s := range open {
		for _, a := range s.Attempts {
			if a.Open() && !known[a.Account] {
				return &AccountError{a.Account.Host}
			}
		}
		for _, r := range s.Refunds {
			if !r.State.Final() && !known[r.Account] {
				return &AccountError{r.Account.Host}
			}
		}
	}
	return nil
}

// readAccounts is the vault's present account, then the older ones.
func readAccounts(folder string) ([]alipay.Credentials, error) {
	dir := filepath.Join(folder, vaultFolder)
	raw, err := vault.Load(dir, presentSecret)
	if errors.Is(err, vault.ErrNone) {
		return nil, ErrNoKeys
	}
	if err != nil {
		return nil, err
	}
	present, err := alipay.ParseCredentials(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoKeys, err)
	}
	accounts := []alipay.Credentials{present}
	names, err := filepath.Glob(filepath.Join(dir, olderSecret+"*"))
	if err != nil {
		return nil, err
	}
	for _, path := range names {
		raw, err := vault.Load(dir, filepath.Base(path))
		if err != nil {
			return nil, err
		}
		older, err := alipay.ParseCredentials(raw)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoKeys, err)
		}
		if older.Account() != present.Account() {
			accounts = append(accounts, older)
		}
	}
	return accounts, nil
}

// ImportKeys makes an environment sell under the account of a credentials
// file. It refuses a change of account while anything is open under the
// present one (payments.ErrSomethingOpen), keys of another environment
// (ErrOtherEnvironment) and training (ErrTrainingKeys); the errors of a bad
// file are alipay's. A sandbox becomes the environment that opens by default;
// live money needs a word of its own each time.
func ImportKeys(o Options, e Environment, path string) (Environment, payments.Account, error) {
	fail := func(err error) (Environment, payments.Account, error) { return e, payments.Account{}, err }
	c, err := alipay.ReadCredentials(path)
	if err != nil {
		return fail(err)
	}
	found := Live
	if alipay.IsSandbox(c.ClientID) {
		found = Sandbox
	}
	switch {
	case e == Training:
		return fail(ErrTrainingKeys)
	case e == "":
		e = found
	case e != found:
		return fail(ErrOtherEnvironment)
	}
	if e == Live {
		if c.Local || !strings.HasPrefix(c.Host, "https://") {
			return fail(&alipay.CredentialsError{Field: "host", Err: alipay.ErrPlainHTTP})
		}
		// Refuses a host that is not Alipay's.
		if err := alipay.NewClient().Use(c); err != nil {
			return fail(err)
		}
	}
	if _, err := readChoice(o.Data); err != nil {
		return fail(err) // before anything is changed
	}
	folder := Folder(o.Data, e)
	j, err := storage.Open(folder, storage.Options{Program: "ringup " + o.Version})
	if err != nil {
		return fail(err)
	}
	defer j.Close()
	return e, c.Account(), adopt(j, o, e, folder, c)
}

func adopt(j *storage.Journal, o Options, e Environment, folder string, c alipay.Credentials) error {
	accounts, err := readAccounts(folder)
	if err != nil && !errors.Is(err, ErrNoKeys) {
		return err
	}
	if open, err := j.Open(); err != nil {
		return err
	} else if len(open) > 0 && (len(accounts) == 0 || accounts[0].Account() != c.Account()) {
		return payments.ErrSomethingOpen
	}
	s, book, err := settle(j, e, o.Language)
	if err != nil {
		return err
	}
	s.Currency = c.Currency
	if s.ShopName == book.Say("shop.unnamed") {
		s.ShopName = firstOf(c.MerchantDisplayName, c.MerchantName)
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}
	// The older copy first: a power cut in between leaves the present account
	// as it was.
	dir := filepath.Join(folder, vaultFolder)
	name := olderSecret + nameOf(c.Account())
	if err := vault.Save(dir, name, raw); err != nil {
		return err
	}
	settingsNote, err := s.note()
	if err != nil {
		return err
	}
	account, err := json.Marshal(c.Account())
	if err != nil {
		return err
	}
	now := o.now()
	if err := j.Append(payments.Batch{Events: []payments.Event{
		{At: now, Body: settingsNote},
		{At: now, Body: payments.Note{Topic: topicAccount, Data: account}},
	}}); err != nil {
		return err
	}
	if err := vault.Save(dir, presentSecret, raw); err != nil {
		return err
	}
	if e != Sandbox {
		return nil
	}
	return ChooseEnvironment(o.Data, e)
}

// nameOf is a file name for an account.
func nameOf(a payments.Account) string {
	sum := sha256.Sum256([]byte(a.Host + "\n" + a.ClientID + "\n" + a.TokenID))
	return hex.EncodeToString(sum[:8])
}

func (o Options) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

// NewKeys makes a pair of RSA-2048 keys in a folder: the private half readable
// by the user alone, the public half for Alipay's dashboard. It never
// overwrites a key. It returns the public half as the dashboard takes it.
func NewKeys(folder string) (public string, paths [2]string, err error) {
	paths = [2]string{filepath.Join(folder, "ringup-private-key.pem"), filepath.Join(folder, "ringup-public-key.txt")}
	key, err := alipay.GenerateKey()
	if err != nil {
		return "", paths, err
	}
	public = alipay.FormatPublicKey(&key.PublicKey)
	if err := newFile(paths[0], []byte(alipay.FormatPrivateKey(key)), 0o600); err != nil {
		return "", paths, err
	}
	return public, paths, newFile(paths[1], []byte(public+"\n"), 0o644)
}

// AccountShown is what `keys show` tells of an account: no secret.
type AccountShown struct {
	Account     payments.Account
	PublicKey   string // the till's own, as the dashboard takes it
	Fingerprint string // of Alipay's public key
	Merchant    string
	Store       string
	Currency    payments.Currency
}

// ShowKeys tells of the present account of an environment. ErrNoKeys when
// there is none.
func ShowKeys(data string, e Environment) (AccountShown, error) {
	if e == Training {
		return AccountShown{}, ErrTrainingKeys
	}
	accounts, err := readAccounts(Folder(data, e))
	if err != nil {
		return AccountShown{}, err
	}
	c := accounts[0]
	private, err := alipay.ParsePrivateKey(string(c.PrivateKey))
	if err != nil {
		return AccountShown{}, err
	}
	public, err := alipay.ParsePublicKey(c.AlipayPublicKey)
	if err != nil {
		return AccountShown{}, err
	}
	return AccountShown{
		Account: c.Account(), PublicKey: alipay.FormatPublicKey(&private.PublicKey), Fingerprint: alipay.Fingerprint(public),
		Merchant: c.ReferenceMerchantID, Store: c.ReferenceStoreID, Currency: c.Currency,
	}, nil
}
