package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.etcd.io/bbolt"

	"ringup/payments"
)

// Wallet says whose codes begin with Prefix, and so who pays. Of several that
// fit a code the longest prefix counts. A code that fits none has a wallet of
// its own, with the habit of its digits and 1,000,000.00 in it.
type Wallet struct {
	Prefix  string `json:"prefix"`            // 1 to 24 digits; a whole code names one customer
	Habit   string `json:"habit,omitempty"`   // "" is the habit of the code's digits
	Balance string `json:"balance,omitempty"` // minor units, shared by all codes of the prefix; "" is 1,000,000.00 for each code
	PspName string `json:"pspName,omitempty"` // "" is chosen by the code
}

// ErrWallet is a wallet that can't be: its prefix, habit or balance.
var ErrWallet = errors.New("no such wallet possible")

// ownWallet is what a code that belongs to no Wallet has in it, in major units.
const ownWallet = 1_000_000

// SetWallets adds wallets, or changes those that have the same prefix.
func (s *Server) SetWallets(wallets ...Wallet) error {
	for _, w := range wallets {
		if err := w.check(); err != nil {
			return err
		}
	}
	return s.update(func(tx *bbolt.Tx) error {
		for _, w := range wallets {
			if err := put(tx, bucketWallets, w.Prefix, w); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w Wallet) check() error {
	if n := len(w.Prefix); n < 1 || n > 24 || !allDigits(w.Prefix) {
		return fmt.Errorf("%w: prefix must be 1 to 24 digits", ErrWallet)
	}
	if _, ok := habitByID(w.Habit); !ok && w.Habit != "" {
		return fmt.Errorf("%w: no habit %q", ErrWallet, w.Habit)
	}
	if w.Balance != "" {
		if n, err := strconv.ParseInt(w.Balance, 10, 64); err != nil || n < 0 {
			return fmt.Errorf("%w: balance must be a whole number of minor units", ErrWallet)
		}
	}
	return nil
}

// Wallets lists the wallets that were set, by prefix.
func (s *Server) Wallets() ([]Wallet, error) {
	var list []Wallet
	err := s.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketWallets).ForEach(func(_, raw []byte) error {
			var w Wallet
			if err := json.Unmarshal(raw, &w); err != nil {
				return err
			}
			list = append(list, w)
			return nil
		})
	})
	return list, err
}

// ClearWallets forgets all wallets that were set. Orders keep the money they
// moved.
func (s *Server) ClearWallets() error {
	return s.update(func(tx *bbolt.Tx) error {
		if err := tx.DeleteBucket(bucketWallets); err != nil {
			return err
		}
		_, err := tx.CreateBucket(bucketWallets)
		return err
	})
}

// SetMerchantBalance limits what the merchant can give back, in minor units of
// the contract's currency: payments add to it, cancels and refunds take from
// it. A negative number takes the limit away, which is how it begins.
func (s *Server) SetMerchantBalance(minor int64) error {
	return s.update(func(tx *bbolt.Tx) error {
		if minor < 0 {
			return tx.Bucket(bucketMeta).Delete(metaBalance)
		}
		return putBalance(tx, minor)
	})
}

// MerchantBalance is what is left of it; false when it has no limit.
func (s *Server) MerchantBalance() (minor int64, limited bool, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		minor, limited, err = merchantBalance(tx)
		return err
	})
	return minor, limited, err
}

func putBalance(tx *bbolt.Tx, minor int64) error {
	return tx.Bucket(bucketMeta).Put(metaBalance, strconv.AppendInt(nil, minor, 10))
}

func merchantBalance(tx *bbolt.Tx) (int64, bool, error) {
	raw := tx.Bucket(bucketMeta).Get(metaBalance)
	if raw == nil {
		return 0, false, nil
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	return n, true, err
}

// walletOf finds the wallet that a code belongs to; the zero Wallet when it is
// the code's own.
func walletOf(tx *bbolt.Tx, digits string) (Wallet, error) {
	for n := len(digits); n > 0; n-- {
		var w Wallet
		if ok, err := get(tx, bucketWallets, digits[:n], &w); ok || err != nil {
			return w, err
		}
	}
	return Wallet{}, nil
}

// affords reports whether the customer of p has the money now.
func affords(tx *bbolt.Tx, p *payment) (bool, error) {
	_, balance, err := purse(tx, p)
	return balance >= p.Amount.Minor, err
}

// purse is p's shared wallet, if it has one, and the money that is there.
func purse(tx *bbolt.Tx, p *payment) (*Wallet, int64, error) {
	var w Wallet
	ok, err := get(tx, bucketWallets, p.Wallet, &w)
	if err != nil {
		return nil, 0, err
	}
	if !ok || w.Balance == "" {
		return nil, fullWallet(p.Amount.Currency), nil
	}
	balance, err := strconv.ParseInt(w.Balance, 10, 64)
	return &w, balance, err
}

func fullWallet(c payments.Currency) int64 {
	full := int64(ownWallet)
	for range c.Digits() {
		full *= 10
	}
	return full
}

// capture takes p's amount out of the customer's wallet; false when it isn't
// in there. The caller saves p.
func capture(tx *bbolt.Tx, p *payment) (bool, error) {
	if enough, err := affords(tx, p); !enough || err != nil {
		return false, err
	}
	p.Captured += p.Amount.Minor
	return true, move(tx, p, p.Amount.Minor)
}

// canReturn reports whether the merchant has that much to give back.
func canReturn(tx *bbolt.Tx, minor int64) (bool, error) {
	balance, limited, err := merchantBalance(tx)
	return !limited || balance >= minor, err
}

// giveBack puts money back into the customer's wallet; canReturn was asked.
// The caller saves p.
func giveBack(tx *bbolt.Tx, p *payment, minor int64) error {
	p.Returned += minor
	return move(tx, p, -minor)
}

// move books minor from the customer to the merchant, or back if negative.
func move(tx *bbolt.Tx, p *payment, minor int64) error {
	w, balance, err := purse(tx, p)
	if err != nil {
		return err
	}
	if w != nil {
		w.Balance = strconv.FormatInt(balance-minor, 10)
		if err := put(tx, bucketWallets, w.Prefix, w); err != nil {
			return err
		}
	}
	if merchant, limited, err := merchantBalance(tx); err != nil || !limited {
		return err
	} else {
		return putBalance(tx, merchant+minor)
	}
}

// brands are the wallets that a code can belong to, by its last digit.
var brands = [10]string{
	"ALIPAY_HK", "ALIPAY_HK", "ALIPAY_HK", "ALIPAY_HK",
	"ALIPAY_CN", "ALIPAY_CN", "ALIPAY_CN", "GCASH", "GCASH", "KAKAOPAY",
}

// customerOf makes up the wallet's brand, the customer's id there, and how it
// is shown, masked. They come from the keyed hash of the code: nothing of a
// code that may be real is told.
func customerOf(digits, hash, brand string) (pspName, id, shown string) {
	pspName = brand
	if pspName == "" {
		pspName = brands[digits[len(digits)-1]-'0']
	}
	n, _ := strconv.ParseUint(hash[:12], 16, 64)
	tail := fmt.Sprintf("%010d", n%1e10)
	switch pspName {
	case "ALIPAY_CN":
		return pspName, "208800" + tail, "138****" + tail[6:]
	case "ALIPAY_HK":
		return pspName, "216000" + tail, "852-****" + tail[6:]
	}
	return pspName, strings.ToLower(pspName[:1]) + tail, "****" + tail[6:]
}

func allDigits(text string) bool {
	return !slices.ContainsFunc([]rune(text), func(r rune) bool { return r < '0' || r > '9' })
}
