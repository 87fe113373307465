package console

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"ringup/payments"
	"ringup/payments/sandbox"
	"ringup/ui/till"
)

type printVerb struct {
	Number string `arg:"" help:"The sale's number."`
	Refund string `help:"The slip of this refund of the sale, by its refundRequestId." placeholder:"ID"`
	To     string `required:"" help:"tcp://host:9100, serial:///dev/ttyUSB0?baud=9600, usb:///dev/usb/lp0, cups://queue, spool://Printer name or file://path." placeholder:"PRINTER"`
}

func (v *printVerb) Run(r *run) error {
	return r.books(func(b *till.Books) error {
		s, err := b.Sale(v.Number)
		if err != nil {
			return err
		}
		state, sentence, err := b.PrintTo(r.ctx, s.Number, v.Refund, v.To)
		if err != nil {
			return err
		}
		if r.json {
			r.print(struct {
				Number  string `json:"number"`
				Printer string `json:"printer"`
				State   string `json:"state"`
			}{s.Number, v.To, state})
			return nil
		}
		r.say("%s", sentence)
		return nil
	})
}

type keysVerb struct {
	New    keysNewVerb    `cmd:"" help:"Make a pair of RSA-2048 keys."`
	Show   keysShowVerb   `cmd:"" help:"Show the present account; no secrets."`
	Import keysImportVerb `cmd:"" help:"Sell under the account of a credentials file."`
}

type keysNewVerb struct {
	Out string `help:"Folder for the two files." default:"." type:"path"`
}

func (v *keysNewVerb) Run(r *run) error {
	public, paths, err := till.NewKeys(v.Out)
	if err != nil {
		return err
	}
	if r.json {
		r.print(struct {
			PublicKey   string `json:"publicKey"`
			PrivateFile string `json:"privateKeyFile"`
			PublicFile  string `json:"publicKeyFile"`
		}{public, paths[0], paths[1]})
		return nil
	}
	r.say("%s\n%s", r.book.Say("console.keys_made", "private", paths[0], "public", paths[1]), public)
	return nil
}

type keysShowVerb struct{}

func (v *keysShowVerb) Run(r *run) error {
	env := r.options.Environment
	if env == "" {
		var err error
		if env, err = till.ChosenEnvironment(r.options.Data); err != nil {
			return err
		}
	}
	a, err := till.ShowKeys(r.options.Data, env)
	if err != nil {
		return err
	}
	if r.json {
		r.print(struct {
			Environment till.Environment `json:"environment"`
			Host        string           `json:"host"`
			ClientID    string           `json:"clientId"`
			PublicKey   string           `json:"publicKey"`
			Alipay      string           `json:"alipayKeyFingerprint"`
			Merchant    string           `json:"referenceMerchantId"`
			Store       string           `json:"referenceStoreId"`
		}{env, a.Account.Host, a.Account.ClientID, a.PublicKey, a.Fingerprint, a.Merchant, a.Store})
		return nil
	}
	r.say("%s  %s  %s\n%s / %s  %s\n%s", env, a.Account.Host, a.Account.ClientID, a.Merchant, a.Store, a.Fingerprint, a.PublicKey)
	return nil
}

type keysImportVerb struct {
	File string `arg:"" help:"A credentials file, such as ringup sandbox writes." type:"path"`
}

func (v *keysImportVerb) Run(r *run) error {
	env, account, err := till.ImportKeys(r.options, r.options.Environment, v.File)
	if err != nil {
		return err
	}
	if r.json {
		r.print(struct {
			Environment till.Environment `json:"environment"`
			Host        string           `json:"host"`
			ClientID    string           `json:"clientId"`
		}{env, account.Host, account.ClientID})
		return nil
	}
	r.say("%s", r.book.Say("console.keys_imported", "env", env, "host", account.Host, "client", account.ClientID))
	return nil
}

type sandboxVerb struct {
	Listen   string            `help:"Address to listen on; loopback only." default:"127.0.0.1:0" placeholder:"ADDR"`
	Currency payments.Currency `help:"Currency of the merchant's contract. Default: as before, HKD at first." placeholder:"CUR"`
	State    string            `required:"" help:"Folder of its ledger and of credentials.json." type:"path" placeholder:"DIR"`
}

// Help is the control endpoints and the table of habits.
func (v *sandboxVerb) Help() string { return sandbox.Help() }

func (v *sandboxVerb) Run(r *run) error {
	host, _, err := net.SplitHostPort(v.Listen)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%w: %q", till.ErrNotLoopback, v.Listen)
	}
	l, err := net.Listen("tcp", v.Listen)
	if err != nil {
		return err
	}
	// The credentials name this address before anybody is told of it.
	server, err := sandbox.Open(v.State, sandbox.WithHost("http://"+l.Addr().String()), sandbox.WithCurrency(v.Currency))
	if err != nil {
		return errors.Join(err, l.Close())
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	at := struct {
		Listen      string `json:"listen"`
		Credentials string `json:"credentials"`
	}{"http://" + l.Addr().String(), filepath.Join(v.State, sandbox.CredentialsFile)}
	if r.json {
		r.print(at)
	} else {
		r.say("%s", r.book.Say("console.sandbox", "address", at.Listen, "file", at.Credentials))
	}
	select {
	case err = <-ended:
		return errors.Join(err, server.Close())
	case <-r.ctx.Done():
		return errors.Join(server.Close(), <-ended)
	}
}

type versionVerb struct{}

func (v *versionVerb) Run(r *run) error {
	if r.json {
		r.print(struct {
			Version string `json:"version"`
		}{r.options.Version})
		return nil
	}
	r.say("Ringup %s", r.options.Version)
	return nil
}
