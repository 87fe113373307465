package alipay

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"ringup/payments"
)

// Credentials is all that a till needs to sell under one account, as it stands
// in the JSON file that `ringup sandbox` writes and `ringup keys import` reads.
// Keys are PEM or bare base64; see ParsePrivateKey and ParsePublicKey.
//
// It formats and logs without its secrets; only JSON holds them.
type Credentials struct {
	Host            string `json:"host"`     // scheme://host[:port]
	ClientID        string `json:"clientId"` // a sandbox's begins with SandboxPrefix
	PrivateKey      Secret `json:"privateKey"`
	AlipayPublicKey string `json:"alipayPublicKey"`
	KeyVersion      string `json:"keyVersion,omitempty"` // of the till's key; "1" when empty
	AgentToken      Secret `json:"agentToken,omitempty"` // for a shop that sells through a system integrator
	TokenID         string `json:"tokenId,omitempty"`    // names AgentToken in the books; made from it when empty
	// Local marks the built-in Alipay: plain http to loopback then passes
	// for a client id of the live system, too.
	Local bool `json:"local,omitempty"`

	ReferenceMerchantID string            `json:"referenceMerchantId"`
	MerchantName        string            `json:"merchantName"`
	MerchantDisplayName string            `json:"merchantDisplayName,omitempty"`
	MerchantMCC         string            `json:"merchantMCC"` // four digits
	ReferenceStoreID    string            `json:"referenceStoreId"`
	StoreName           string            `json:"storeName,omitempty"`       // MerchantName when empty
	StoreMCC            string            `json:"storeMCC,omitempty"`        // MerchantMCC when empty
	StoreTerminalID     string            `json:"storeTerminalId,omitempty"` // DefaultTerminalID when empty
	Currency            payments.Currency `json:"currency"`                  // what the shop charges in
	// SettlementCurrency is what Alipay pays out in; the payment's own when
	// empty.
	SettlementCurrency payments.Currency `json:"settlementCurrency,omitempty"`
	PaymentNotifyURL   string            `json:"paymentNotifyUrl,omitempty"` // DefaultNotifyURL when empty
}

// Values for settings that are empty.
const (
	DefaultKeyVersion = "1"
	DefaultTerminalID = "T1"
	// DefaultNotifyURL goes nowhere (RFC 6761): Alipay requires an address
	// for notifications, and a till behind a router has none and needs none.
	DefaultNotifyURL = "https://ringup.invalid/notifyPayment"
)

// Longest values, in characters (Antom documentation where it names a number,
// otherwise the smallest number seen at a sister interface).
const (
	longestRequestID   = 64
	longestPaymentID   = 64
	longestReference   = 64 // referenceOrderId, referenceRefundId
	longestShopID      = 32 // referenceMerchantId, referenceStoreId, terminal ids
	longestName        = 128
	longestDescription = 256
	longestClientID    = 128
	longestToken       = 128
	longestURL         = 2048
	mostGoods          = 100
	digitsOfMCC        = 4
)

// Errors of credentials; a CredentialsError wraps one of them, one of the
// errors of keys, or payments.ErrNoCurrency.
var (
	ErrMissing      = errors.New("missing")
	ErrTooLong      = errors.New("too long")
	ErrCharacters   = errors.New("characters that can't be sent")
	ErrMCC          = errors.New("a merchant category code has four digits")
	ErrURL          = errors.New("not an address that begins with https:// or http://")
	ErrHostForm     = errors.New("a host is scheme://name[:port] and nothing else")
	ErrPlainHTTP    = errors.New("plain http only works on this machine")
	ErrForeignHost  = errors.New("not a host of alipay.com")
	ErrNotSettings  = errors.New("not a credentials file")
	errFileTooLarge = fmt.Errorf("%w: too large", ErrNotSettings)
)

// CredentialsError says which setting is wrong, by its name in the JSON file.
// It never holds a key.
type CredentialsError struct {
	Field string
	Err   error
}

func (e *CredentialsError) Error() string { return e.Field + ": " + e.Err.Error() }
func (e *CredentialsError) Unwrap() error { return e.Err }

// Secret is a text that formats and logs as three stars. JSON holds it plainly.
type Secret string

// Format writes three stars for every verb, and LogValue does for slog.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("***")) }
func (s Secret) LogValue() slog.Value       { return slog.StringValue("***") }

// LogValue names the account and holds no key.
func (c Credentials) LogValue() slog.Value {
	return slog.GroupValue(slog.String("host", c.Host), slog.String("clientId", c.ClientID))
}

// Account is how the books name the account of these credentials.
func (c Credentials) Account() payments.Account {
	a := payments.Account{Host: strings.TrimSuffix(c.Host, "/"), ClientID: c.ClientID, TokenID: c.TokenID}
	if a.TokenID == "" && c.AgentToken != "" {
		sum := sha256.Sum256([]byte(c.AgentToken))
		a.TokenID = hex.EncodeToString(sum[:4])
	}
	return a
}

// largestFile is many times what a credentials file can be.
const largestFile = 64 << 10

// ParseCredentials reads the JSON of a credentials file and validates it. The
// error is ErrNotSettings, or as of Validate.
func ParseCredentials(raw []byte) (Credentials, error) {
	var c Credentials
	if len(raw) > largestFile {
		return Credentials{}, errFileTooLarge
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if err := Decode(raw, &c); err != nil {
		return Credentials{}, fmt.Errorf("%w: %w", ErrNotSettings, err)
	}
	return c, c.Validate()
}

// ReadCredentials reads a credentials file. The error is the file system's, or
// as of ParseCredentials.
func ReadCredentials(path string) (Credentials, error) {
	f, err := os.Open(path)
	if err != nil {
		return Credentials{}, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, largestFile+1))
	if err != nil {
		return Credentials{}, err
	}
	return ParseCredentials(raw)
}

// WriteFile writes the credentials where only the present user can read them.
// The file is whole or not there.
func (c Credentials) WriteFile(path string) error {
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".credentials-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(raw, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// Validate says what is wrong with the credentials: all of it, as
// *CredentialsErrors joined in the order of the file. Whether a live host is
// Alipay's is for Client.Use to say.
func (c Credentials) Validate() error {
	_, err := c.parse()
	return err
}

// keys is what the texts of the credentials hold, parsed.
type keys struct {
	private *rsa.PrivateKey
	alipay  *rsa.PublicKey
	base    *url.URL
}

func (c Credentials) parse() (keys, error) {
	var k keys
	var wrong []error
	bad := func(field string, err error) {
		if err != nil {
			wrong = append(wrong, &CredentialsError{field, err})
		}
	}
	var err error
	k.base, err = parseHost(c.Host)
	live := c.ClientID != "" && !IsSandbox(c.ClientID)
	if err == nil && k.base.Scheme == "http" && (!isLoopback(k.base.Hostname()) || live && !c.Local) {
		err = ErrPlainHTTP
	}
	bad("host", err)
	bad("clientId", checkText(c.ClientID, longestClientID, true))
	if c.PrivateKey == "" {
		err = ErrMissing
	} else {
		k.private, err = ParsePrivateKey(string(c.PrivateKey))
	}
	bad("privateKey", err)
	if c.AlipayPublicKey == "" {
		err = ErrMissing
	} else if k.alipay, err = ParsePublicKey(c.AlipayPublicKey); err == nil && k.private != nil && CheckPair(k.private, k.alipay) == nil {
		err = ErrOwnKeyAsAlipays
	}
	bad("alipayPublicKey", err)
	bad("keyVersion", checkText(c.KeyVersion, longestShopID, false))
	if err == nil && strings.ContainsAny(c.KeyVersion, ",=") {
		bad("keyVersion", ErrCharacters)
	}
	bad("agentToken", checkText(string(c.AgentToken), longestToken, false))
	bad("tokenId", checkText(c.TokenID, longestToken, false))
	bad("referenceMerchantId", checkText(c.ReferenceMerchantID, longestShopID, true))
	bad("merchantName", checkName(c.MerchantName, true))
	bad("merchantDisplayName", checkName(c.MerchantDisplayName, false))
	bad("merchantMCC", checkMCC(c.MerchantMCC, true))
	bad("referenceStoreId", checkText(c.ReferenceStoreID, longestShopID, true))
	bad("storeName", checkName(c.StoreName, false))
	bad("storeMCC", checkMCC(c.StoreMCC, false))
	bad("storeTerminalId", checkText(c.StoreTerminalID, longestShopID, false))
	switch {
	case c.Currency == "":
		bad("currency", ErrMissing)
	case !c.Currency.Known():
		bad("currency", payments.ErrNoCurrency)
	}
	if c.SettlementCurrency != "" && !c.SettlementCurrency.Known() {
		bad("settlementCurrency", payments.ErrNoCurrency)
	}
	bad("paymentNotifyUrl", checkURL(c.PaymentNotifyURL))
	return k, errors.Join(wrong...)
}

// parseHost reads scheme://name[:port], with one slash behind it at most.
func parseHost(host string) (*url.URL, error) {
	if host == "" {
		return nil, ErrMissing
	}
	host = strings.TrimSuffix(host, "/")
	u, err := url.Parse(host)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.Scheme+"://"+u.Host != host {
		return nil, ErrHostForm
	}
	return u, nil
}

func isLoopback(name string) bool {
	return name == "localhost" || net.ParseIP(name).IsLoopback()
}

// isAlipays reports whether a name is alipay.com or below it.
func isAlipays(name string) bool {
	name = strings.ToLower(name)
	return name == "alipay.com" || strings.HasSuffix(name, ".alipay.com")
}

// checkText is for what travels in a header or is an id: visible ASCII.
func checkText(s string, longest int, required bool) error {
	switch {
	case s == "" && required:
		return ErrMissing
	case len(s) > longest:
		return ErrTooLong
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }):
		return ErrCharacters
	}
	return nil
}

// checkName is for what people read.
func checkName(s string, required bool) error {
	switch {
	case strings.TrimSpace(s) == "" && required:
		return ErrMissing
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return ErrCharacters
	case utf8.RuneCountInString(s) > longestName:
		return ErrTooLong
	}
	return nil
}

func checkMCC(s string, required bool) error {
	switch {
	case s == "" && required:
		return ErrMissing
	case s != "" && (len(s) != digitsOfMCC || strings.Trim(s, "0123456789") != ""):
		return ErrMCC
	}
	return nil
}

func checkURL(s string) error {
	if s == "" {
		return nil
	}
	if len(s) > longestURL {
		return ErrTooLong
	}
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ErrURL
	}
	return nil
}
