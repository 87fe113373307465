package receipts_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringup/assets"
	"ringup/payments"
	"ringup/receipts"
)

var update = flag.Bool("update", false, "write the golden files anew")

// words are the phrases of a language, read from the texts that ship.
type words map[string]string

func open(t testing.TB, language string) words {
	t.Helper()
	raw, err := assets.Languages.ReadFile("languages/" + language + ".json")
	if err != nil {
		raw, err = assets.SlipLanguages.ReadFile("languages/slips/" + language + ".json")
	}
	if err != nil {
		t.Fatal(err)
	}
	w := words{}
	if err := json.Unmarshal(raw, &w); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w words) Say(key string, pairs ...any) string {
	text, ok := w[key]
	if !ok {
		return key
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, fmt.Sprintf("{%v}", pairs[i]), fmt.Sprint(pairs[i+1]))
	}
	return text
}

// wideSigns is what Layout makes of currency signs for heads in Chinese mode.
var wideSigns = strings.NewReplacer("¥", "￥", "₩", "￦")

func hkd(minor int64) payments.Money { return payments.Money{Minor: minor, Currency: "HKD"} }

var hongKong = time.FixedZone("HKT", 8*3600)

// sale is a paid sale with two lines.
func sale(language string) payments.Sale {
	at := time.Date(2026, 11, 21, 14, 32, 4, 0, hongKong)
	s := payments.Sale{
		ID: "7K2M9QX4T8VB3NRW5CZP6HJD1A000017", Number: "T2-261121-0017", Amount: hkd(4550),
		Cashier: "Min Chan", BusinessDay: "2026-11-21", Created: at,
		Lines: []payments.Line{
			{Text: "Hong Kong milk tea", Unit: hkd(1800), Count: 2},
			{Text: "Pineapple bun", Unit: hkd(950), Count: 1},
		},
		Attempts: []payments.Attempt{{
			PaymentRequestID: "7K2M9QX4T8VB3NRW5CZP6HJD1A000018",
			PaymentID:        "202611211940108001001881111111111",
			State:            payments.AttemptPaid, Amount: hkd(4550),
			PaidAt: at.Add(5 * time.Second).UTC(), Wallet: "ALIPAY_HK", Customer: "138****0000",
		}},
	}
	if own, ok := goods[language]; ok {
		s.Cashier, s.Lines[0].Text, s.Lines[1].Text = own[0], own[1], own[2]
	}
	return s
}

// goods are a cashier, two things sold, why one came back, and what the owner
// must see, in the languages of the pictures.
var goods = map[string][5]string{
	"zh-Hans": {"陈敏", "港式奶茶", "菠萝包", "菠萝包售完", "08:12 更换了支付宝账户。"},
	"ja":      {"陳 敏", "香港ミルクティー", "パイナップルパン", "パン売り切れのため", "08:12 に Alipay のアカウントが変更されました。"},
	"th":      {"มินตรา", "ชานมฮ่องกงเย็นหวานน้อย", "ขนมปังสับปะรด", "ขนมปังหมด", "เปลี่ยนบัญชี Alipay เมื่อเวลา 08:12"},
}

// refunded is the same sale after a part of it went back.
func refunded(language string) payments.Sale {
	s := sale(language)
	s.Refunds = []payments.Refund{{
		RefundRequestID: "7K2M9QX4T8VB3NRW5CZP6HJD1A000031", RefundID: "202611211940108001001882222222222",
		PaymentRequestID: s.Attempts[0].PaymentRequestID, PaymentID: s.Attempts[0].PaymentID,
		Amount: hkd(950), State: payments.Refunded, By: s.Cashier,
		Created:   time.Date(2026, 11, 22, 9, 15, 0, 0, hongKong),
		SettledAt: time.Date(2026, 11, 22, 9, 15, 2, 0, hongKong),
	}}
	s.Refunds[0].Reason = "Bun sold out"
	if own, ok := goods[language]; ok {
		s.Refunds[0].Reason = own[3]
	}
	return s
}

// unpaid is the same sale when it ended in that state.
func unpaid(language string, state payments.AttemptState) payments.Sale {
	s := sale(language)
	a := &s.Attempts[0]
	a.State, a.PaidAt, a.Wallet, a.Customer = state, time.Time{}, "", ""
	a.SettledAt = s.Created.Add(8 * time.Second)
	return s
}

// whys say in words why a payment failed, as the till does.
var whys = map[string]string{
	"en":      "The wallet's balance is too small. Pay with another wallet, or in cash.",
	"zh-Hans": "钱包余额不足。请换一个钱包，或用现金付款。",
	"ja":      "ウォレットの残高が不足しています。別のウォレットか現金でお支払いください。",
	"th":      "ยอดเงินในวอลเล็ตไม่พอ โปรดชำระด้วยวอลเล็ตอื่นหรือเงินสด",
}

func form(t testing.TB, language string, e receipts.Environment) receipts.Form {
	f := receipts.Form{Environment: e, Words: open(t, language), Shop: receipts.Shop{
		Name: "Harbour Tea House", Address: []string{"18 Des Voeux Road, Central"}, Till: "T2"}}
	switch language {
	case "zh-Hans":
		f.Shop.Name, f.Shop.Address = "海港茶屋", []string{"Harbour Tea House, Central"}
	case "ja":
		f.Shop.Name, f.Shop.Address = "ハーバー茶屋", []string{"香港中環德輔道中18号"}
	case "th":
		f.Shop.Name, f.Shop.Address = "ร้านชาฮาร์เบอร์", []string{"เลขที่ 18 ถนนเดสวูซ์ เซ็นทรัล ฮ่องกง"}
	}
	return f
}

func figures(language string) receipts.Figures {
	d := receipts.Figures{
		Day: "2026-11-21", Closed: true, Close: 326, By: "Min Chan", Drawer: 4,
		Opened:  time.Date(2026, 11, 21, 7, 58, 0, 0, hongKong),
		Ended:   time.Date(2026, 11, 21, 22, 5, 0, 0, hongKong),
		Printed: time.Date(2026, 11, 21, 22, 5, 0, 0, hongKong),
		Takings: hkd(1284050), Count: 212, Refunds: hkd(950), Refunded: 1, Net: hkd(1283100), Declined: 6, Stopped: 2, Open: 1,
		ByWallet:  []receipts.Share{{Name: "ALIPAY_HK", Amount: hkd(904050), Count: 160}, {Name: "ALIPAY_CN", Amount: hkd(380000), Count: 52}},
		ByCashier: []receipts.Share{{Name: "Min Chan", Amount: hkd(1284050), Count: 212}},
		Notes:     []string{"The Alipay account was changed at 08:12."},
		Head:      "9f3a 11c0 7be2 40d5",
	}
	if own, ok := goods[language]; ok {
		d.By, d.ByCashier[0].Name, d.Notes[0] = own[0], own[0], own[4]
	}
	return d
}

// golden compares with a file under testdata, or writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs from what was made: %d bytes for %d; look at it, then run go test -update", name, len(got), len(want))
	}
}
