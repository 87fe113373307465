package alipay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"ringup/payments"
)

func fullShop() Credentials {
	c := shop()
	c.Host = "http://127.0.0.1:8080"
	return c
}

func TestCredentialsFileComesBackAsItWent(t *testing.T) {
	c := fullShop()
	c.AgentToken, c.TokenID, c.KeyVersion, c.Local = "token", "shop-7", "2", true
	c.StoreMCC, c.SettlementCurrency, c.PaymentNotifyURL = "5814", "USD", "https://relay.example/notify"
	path := filepath.Join(t.TempDir(), "credentials.json")
	for range 2 { // the second time over the first
		if err := c.WriteFile(path); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadCredentials(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != c {
		t.Error("something changed on the way")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]any{}
	if err := json.Unmarshal(raw, &names); err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(`host clientId privateKey alipayPublicKey keyVersion agentToken tokenId local referenceMerchantId
		merchantName merchantDisplayName merchantMCC referenceStoreId storeName storeMCC storeTerminalId currency settlementCurrency paymentNotifyUrl`) {
		if _, ok := names[name]; !ok {
			t.Errorf("the file has no %s", name)
		}
		delete(names, name)
	}
	if len(names) > 0 {
		t.Errorf("the file has more: %v", names)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".credentials*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestCredentialsFileThatCannotBeRead(t *testing.T) {
	good := string(must(json.Marshal(fullShop())))
	for name, text := range map[string]string{
		"nothing":               "",
		"a key":                 FormatPublicKey(&alipayKey().PublicKey),
		"a list":                "[" + good + "]",
		"two files in one":      good + good,
		"cut short":             good[:len(good)-10],
		"a name twice":          strings.Replace(good, `"clientId"`, `"clientId":"x","clientId"`, 1),
		"a number for a key":    strings.Replace(good, `"privateKey":"`, `"privateKey":1,"x":"`, 1),
		"a film":                strings.Repeat("x", 1<<20),
		"UTF-16":                "\xff\xfe{\x00}\x00",
		"nothing but a comment": "// credentials",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ParseCredentials([]byte(text)); !errors.Is(err, ErrNotSettings) {
				t.Errorf("%v, want ErrNotSettings", err)
			}
		})
	}
	if _, err := ParseCredentials([]byte("\ufeff" + good + "\r\n")); err != nil {
		t.Errorf("as an editor on Windows saves it: %v", err)
	}
	if _, err := ParseCredentials([]byte(strings.Replace(good, "{", `{"comment":"ours",`, 1))); err != nil {
		t.Errorf("with a field of a later version: %v", err)
	}
	if _, err := ReadCredentials(filepath.Join(t.TempDir(), "none.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestWhatIsWrongWithCredentials(t *testing.T) {
	for _, c := range []struct {
		name, field string
		change      func(*Credentials)
		want        error
	}{
		{"no host", "host", func(c *Credentials) { c.Host = "" }, ErrMissing},
		{"a host without scheme", "host", func(c *Credentials) { c.Host = "open-sea.alipay.com" }, ErrHostForm},
		{"a host with a path", "host", func(c *Credentials) { c.Host = "https://open-sea.alipay.com/ams" }, ErrHostForm},
		{"a host with a query", "host", func(c *Credentials) { c.Host = "https://open-sea.alipay.com?x=1" }, ErrHostForm},
		{"a host with a password", "host", func(c *Credentials) { c.Host = "https://a:b@open-sea.alipay.com" }, ErrHostForm},
		{"a host of another kind", "host", func(c *Credentials) { c.Host = "ftp://open-sea.alipay.com" }, ErrHostForm},
		{"a host with a line break", "host", func(c *Credentials) { c.Host = "https://open-sea.alipay.com\n" }, ErrHostForm},
		{"plain http to elsewhere", "host", func(c *Credentials) { c.Host = "http://192.168.1.9:8080" }, ErrPlainHTTP},
		{"plain http to Alipay", "host", func(c *Credentials) { c.Host = "http://open-sea.alipay.com" }, ErrPlainHTTP},
		{"plain http to what only looks like this machine", "host", func(c *Credentials) { c.Host = "http://127.0.0.1.example.com" }, ErrPlainHTTP},
		{"plain http with a live client id", "host", func(c *Credentials) { c.ClientID = "5Y0000000000000000" }, ErrPlainHTTP},
		{"plain http to elsewhere, marked as local", "host", func(c *Credentials) { c.Host, c.Local = "http://192.168.1.9", true }, ErrPlainHTTP},
		{"no client id", "clientId", func(c *Credentials) { c.ClientID = "" }, ErrMissing},
		{"a client id with a line break", "clientId", func(c *Credentials) { c.ClientID += "\r\nX: y" }, ErrCharacters},
		{"no private key", "privateKey", func(c *Credentials) { c.PrivateKey = "" }, ErrMissing},
		{"a public key for the private one", "privateKey", func(c *Credentials) { c.PrivateKey = Secret(c.AlipayPublicKey) }, ErrPublicAsPrivate},
		{"half a private key", "privateKey", func(c *Credentials) { c.PrivateKey = c.PrivateKey[:800] }, ErrKeyTruncated},
		{"no key of Alipay", "alipayPublicKey", func(c *Credentials) { c.AlipayPublicKey = "" }, ErrMissing},
		{"a private key for Alipay's", "alipayPublicKey", func(c *Credentials) { c.AlipayPublicKey = string(c.PrivateKey) }, ErrPrivateAsPublic},
		{"the till's own key for Alipay's", "alipayPublicKey", func(c *Credentials) { c.AlipayPublicKey = FormatPublicKey(&tillKey().PublicKey) }, ErrOwnKeyAsAlipays},
		{"a key version that breaks the header", "keyVersion", func(c *Credentials) { c.KeyVersion = "1,x=y" }, ErrCharacters},
		{"a token with a line break", "agentToken", func(c *Credentials) { c.AgentToken = "a\nb" }, ErrCharacters},
		{"a token of 129", "agentToken", func(c *Credentials) { c.AgentToken = Secret(strings.Repeat("a", 129)) }, ErrTooLong},
		{"no merchant", "referenceMerchantId", func(c *Credentials) { c.ReferenceMerchantID = "" }, ErrMissing},
		{"a merchant id of 33", "referenceMerchantId", func(c *Credentials) { c.ReferenceMerchantID = strings.Repeat("M", 33) }, ErrTooLong},
		{"no merchant name", "merchantName", func(c *Credentials) { c.MerchantName = "  " }, ErrMissing},
		{"a merchant name of 129", "merchantName", func(c *Credentials) { c.MerchantName = strings.Repeat("茶", 129) }, ErrTooLong},
		{"a name with an escape", "merchantDisplayName", func(c *Credentials) { c.MerchantDisplayName = "\x1b@" }, ErrCharacters},
		{"no category", "merchantMCC", func(c *Credentials) { c.MerchantMCC = "" }, ErrMissing},
		{"a category of three digits", "merchantMCC", func(c *Credentials) { c.MerchantMCC = "581" }, ErrMCC},
		{"a category in words", "storeMCC", func(c *Credentials) { c.StoreMCC = "food" }, ErrMCC},
		{"no store", "referenceStoreId", func(c *Credentials) { c.ReferenceStoreID = "" }, ErrMissing},
		{"a till number with a space", "storeTerminalId", func(c *Credentials) { c.StoreTerminalID = "T 2" }, ErrCharacters},
		{"no currency", "currency", func(c *Credentials) { c.Currency = "" }, ErrMissing},
		{"a currency nobody knows", "currency", func(c *Credentials) { c.Currency = "XYZ" }, payments.ErrNoCurrency},
		{"a settlement currency nobody knows", "settlementCurrency", func(c *Credentials) { c.SettlementCurrency = "hkd" }, payments.ErrNoCurrency},
		{"an address that is none", "paymentNotifyUrl", func(c *Credentials) { c.PaymentNotifyURL = "relay" }, ErrURL},
	} {
		t.Run(c.name, func(t *testing.T) {
			creds := fullShop()
			c.change(&creds)
			err := creds.Validate()
			var wrong *CredentialsError
			if !errors.As(err, &wrong) || wrong.Field != c.field || !errors.Is(err, c.want) {
				t.Errorf("%v, want %s: %v", err, c.field, c.want)
			}
			if err := NewClient().Use(creds); !errors.Is(err, c.want) {
				t.Errorf("a client takes them: %v", err)
			}
		})
	}
	t.Run("all of it is said at once", func(t *testing.T) {
		err := Credentials{}.Validate()
		for _, field := range []string{"host", "clientId", "privateKey", "alipayPublicKey", "referenceMerchantId", "merchantName", "merchantMCC", "referenceStoreId", "currency"} {
			if !strings.Contains(err.Error(), field+": missing") {
				t.Errorf("nothing about %s in %v", field, err)
			}
		}
	})
}

func TestWhichHostsAnAccountMayUse(t *testing.T) {
	const live = "5Y0000000000000000"
	for _, c := range []struct {
		host, client string
		local        bool
		option       Option
		want         error
	}{
		{"https://open-sea-global.alipay.com", live, false, nil, nil},
		{"https://open-sea-global.alipay.com:443/", live, false, nil, nil},
		{"https://open-sea-global.alipay.com", clientID, false, nil, nil},
		{"https://alipay.com.example.com", live, false, nil, ErrForeignHost},
		{"https://notalipay.com", live, false, nil, ErrForeignHost},
		{"https://127.0.0.1:9", live, false, nil, ErrForeignHost},
		{"https://relay.example", live, false, nil, ErrForeignHost},
		{"https://relay.example", live, true, nil, ErrForeignHost},
		{"https://relay.example", live, false, WithHosts("relay.example"), nil},
		{"https://other.example", live, false, WithHosts("relay.example"), ErrForeignHost},
		{"http://relay.example", live, false, WithHosts("relay.example"), ErrPlainHTTP},
		{"https://relay.example", clientID, false, nil, nil},
		{"http://127.0.0.1:8080", clientID, false, nil, nil},
		{"http://[::1]:8080", clientID, false, nil, nil},
		{"http://localhost:8080", clientID, false, nil, nil},
		{"http://127.0.0.1:8080", live, false, nil, ErrPlainHTTP},
		{"http://127.0.0.1:8080", live, true, nil, nil},
		{"https://127.0.0.1:8080", live, true, nil, nil},
	} {
		t.Run(fmt.Sprint(c.host, " ", c.client, " ", c.local, " ", c.option != nil), func(t *testing.T) {
			creds := shop()
			creds.Host, creds.ClientID, creds.Local = c.host, c.client, c.local
			var options []Option
			if c.option != nil {
				options = append(options, c.option)
			}
			if err := NewClient(options...).Use(creds); !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestAccountNamesTheTokenAndIsNotTheToken(t *testing.T) {
	c := fullShop()
	c.Host += "/"
	if got := c.Account(); got != (payments.Account{Host: "http://127.0.0.1:8080", ClientID: clientID}) {
		t.Errorf("%+v", got)
	}
	c.AgentToken = "token-of-the-shop"
	one := c.Account()
	c.AgentToken = "token-of-another"
	two := c.Account()
	if one.TokenID == "" || one.TokenID == two.TokenID || strings.Contains(one.TokenID, "token") {
		t.Errorf("%q and %q", one.TokenID, two.TokenID)
	}
	c.TokenID = "shop-7"
	if got := c.Account().TokenID; got != "shop-7" {
		t.Errorf("%q", got)
	}
}

func TestCredentialsNeverTellTheirSecrets(t *testing.T) {
	c := fullShop()
	c.AgentToken = "token-of-the-shop"
	var out bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		log := slog.New(h)
		log.Info("set up", "credentials", c, "pointer", &c, "key", c.PrivateKey, "token", c.AgentToken)
	}
	fmt.Fprintf(&out, "%v %+v %#v %s %q %x %v", c, c, c, c.PrivateKey, c.PrivateKey, c.AgentToken, &c)
	method := PaymentMethod{MethodConnectWallet, digits}
	fmt.Fprintf(&out, "%v %+v %#v %s", method, PayRequest{PaymentMethod: method}, &method, method)
	c.PrivateKey = c.PrivateKey[:800]
	fmt.Fprint(&out, c.Validate())
	for _, secret := range []string{string(c.PrivateKey)[100:140], "token-of-the-shop", digits, fmt.Sprintf("%x", "token-of-the-shop")} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%.6s… is told: %s", secret, out.String())
		}
	}
	if !strings.Contains(out.String(), clientID) {
		t.Error("the account is not named")
	}
}
