package till_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"image/png"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringup/payments"
	"ringup/receipts"
	"ringup/ui/till"
)

// It is about noon in these tests: no business day ends in one.
func TestMain(m *testing.M) {
	time.Local = time.FixedZone("noon", (12-time.Now().UTC().Hour())*3600)
	os.Exit(m.Run())
}

// training opens a training till in a folder of its own: real journal, real
// built-in Alipay, real HTTP.
func training(t *testing.T, change func(*till.Options)) *till.Till {
	t.Helper()
	o := till.Options{Data: t.TempDir(), Environment: till.Training, Language: "en", Version: "test", AutoPrint: true}
	if change != nil {
		change(&o)
	}
	shop, err := till.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shop.Close(); err != nil {
			t.Error(err)
		}
	})
	prove(t, shop)
	return shop
}

func prove(t *testing.T, shop *till.Till) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := shop.Prove(ctx); err != nil {
		t.Fatal(err)
	}
}

func hkd(minor int64) payments.Money { return payments.Money{Minor: minor, Currency: "HKD"} }

func sell(t *testing.T, shop *till.Till, habit string, minor int64) payments.Sale {
	t.Helper()
	s, err := shop.Sell(t.Context(), till.Order{Amount: hkd(minor), Code: shop.Phone().Code(habit)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if s, err = shop.Settle(ctx, s.ID); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestADayInTraining(t *testing.T) {
	shop := training(t, nil)
	paid := sell(t, shop, "pays", 4550)
	poor := sell(t, shop, "poor", 3600)
	if poor.State() != payments.AttemptFailed {
		t.Errorf("too little money ended %s", poor.State())
	}
	after, err := shop.Refund(t.Context(), till.RefundOrder{Number: paid.Number, Amount: hkd(1000), Reason: "=one bun"})
	if err != nil {
		t.Fatal(err)
	}
	if after.RefundedSum() != hkd(1000) {
		t.Errorf("refunded %v", after.RefundedSum())
	}

	day, err := shop.Day(shop.Today())
	if err != nil {
		t.Fatal(err)
	}
	if day.Takings != hkd(4550) || day.Count != 1 || day.Refunds != hkd(1000) || day.Net != hkd(3550) || day.Declined != 1 || day.Open != 0 {
		t.Errorf("the day's figures: %+v", day)
	}
	if len(day.ByWallet) != 1 || day.ByWallet[0].Amount != hkd(4550) {
		t.Errorf("by wallet: %+v", day.ByWallet)
	}

	var csvText bytes.Buffer
	if err := shop.WriteDay(&csvText, shop.Today()); err != nil {
		t.Fatal(err)
	}
	if sum := sumOfCSV(t, csvText.Bytes()); sum != 3550 {
		t.Errorf("the CSV adds up to %d minor units, the day's net is 3550", sum)
	}

	story, err := shop.Story(paid.Number)
	if err != nil {
		t.Fatal(err)
	}
	told := ""
	for _, m := range story {
		told += m.Text + "\n"
	}
	for _, want := range []string{"sale of HK$ 45.50", "Alipay confirmed: paid", "refund of HK$ 10.00", "refunded"} {
		if !strings.Contains(told, want) {
			t.Errorf("the story lacks %q:\n%s", want, told)
		}
	}
	if err := shop.Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// sumOfCSV adds up the amount column in minor units of a two-decimal currency.
func sumOfCSV(t *testing.T, text []byte) (sum int64) {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := -1
	for i, name := range rows[0] {
		if name == "amount" {
			column = i
		}
	}
	for _, row := range rows[1:] {
		amount, minus := strings.CutPrefix(row[column], "-")
		if amount == "" {
			continue
		}
		m, err := payments.ParseMoney(amount, "HKD")
		if err != nil {
			t.Fatalf("amount %q: %v", row[column], err)
		}
		if minus {
			m.Minor = -m.Minor
		}
		sum += m.Minor
	}
	return sum
}

func TestTheSlipComesOutOnceAndOpensItsSale(t *testing.T) {
	shop := training(t, nil)
	slips := make(chan till.Slip, 8)
	stop := shop.Listen(func(n till.News) {
		if n.Slip != nil {
			slips <- *n.Slip
		}
	})
	defer stop()
	sale := sell(t, shop, "pays", 4550)
	shop.FinishPrinting(t.Context(), sale)
	if len(slips) != 1 {
		t.Fatalf("%d slips came out", len(slips))
	}
	slip := <-slips
	if slip.Number != sale.Number || slip.Copy {
		t.Errorf("slip of %s, copy %v", slip.Number, slip.Copy)
	}
	if _, err := png.Decode(bytes.NewReader(slip.PNG)); err != nil {
		t.Error(err)
	}
	code, err := receipts.CodeOf(receipts.Training, sale)
	if err != nil {
		t.Fatal(err)
	}
	if scan := shop.Read(code.String()); scan.Kind != till.ScanSlip || scan.Number != sale.Number {
		t.Errorf("the slip's code reads as %+v", scan)
	}
	if err := shop.Print(sale.Number); err != nil {
		t.Fatal(err)
	}
	shop.FinishPrinting(t.Context(), sale)
	if again := <-slips; !again.Copy {
		t.Error("a reprint is not marked as a copy")
	}
}

func TestASlipOfAnotherEnvironmentOpensNothing(t *testing.T) {
	shop := training(t, nil)
	sale := sell(t, shop, "pays", 100)
	live, err := receipts.CodeOf(receipts.Live, sale)
	if err != nil {
		t.Fatal(err)
	}
	other := sale
	other.ID = "another sale's random id with 32"
	forged, err := receipts.CodeOf(receipts.Training, other)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{live.String(), forged.String(), live.String()[:19]} {
		if scan := shop.Read(code); scan.Kind != till.ScanWrong || scan.Sentence == "" {
			t.Errorf("%s… reads as %+v", code[:3], scan)
		}
	}
}

func TestWhatIsScannedIsUnderstood(t *testing.T) {
	shop := training(t, nil)
	rows := []struct {
		text string
		kind till.ScanKind
		says string
	}{
		{"281006020000000000123456", till.ScanPayment, ""},
		{"2810060200", till.ScanWrong, "10 digits"},
		{"134567890123456789", till.ScanWrong, "WeChat"},
		{"6212345678901234567", till.ScanWrong, "UnionPay"},
		{"https://example.com/pay", till.ScanWrong, "not a payment code"},
	}
	for _, r := range rows {
		got := shop.Read(r.text)
		if got.Kind != r.kind || !strings.Contains(got.Sentence, r.says) {
			t.Errorf("%.6s…: %+v", r.text, got)
		}
		if got.Kind == till.ScanPayment && got.Masked != "281006…56" {
			t.Errorf("masked as %s", got.Masked)
		}
	}
}

func TestARealPrinterGetsTheSlip(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	jobs := make(chan []byte, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		job, _ := io.ReadAll(conn)
		jobs <- job
	}()
	shop := training(t, nil)
	s := shop.Settings()
	s.Printer = "tcp://" + l.Addr().String() + "?status=off"
	if err := shop.ChangeSettings(s); err != nil {
		t.Fatal(err)
	}
	sale := sell(t, shop, "pays", 4550)
	shop.FinishPrinting(t.Context(), sale)
	job := <-jobs
	if !bytes.HasPrefix(job, []byte{0x1b, '@'}) || !bytes.Contains(job, []byte{0x1d, 'v', '0'}) {
		t.Errorf("a job of %d bytes that begins % x", len(job), job[:min(len(job), 8)])
	}
}

// A printer that is not there never holds up a payment, and says what is wrong.
func TestAMissingPrinterHoldsUpNothing(t *testing.T) {
	shop := training(t, nil)
	s := shop.Settings()
	s.Printer = "usb://" + filepath.Join(t.TempDir(), "lp0")
	if err := shop.ChangeSettings(s); err != nil {
		t.Fatal(err)
	}
	told := make(chan till.PrintOutcome, 8)
	defer shop.Listen(func(n till.News) {
		if n.Printed != nil {
			told <- *n.Printed
		}
	})()
	sale := sell(t, shop, "pays", 4550)
	if sale.State() != payments.AttemptPaid {
		t.Fatalf("ended %s", sale.State())
	}
	if o := <-told; o.OK || o.Number != sale.Number {
		t.Errorf("told %+v", o)
	}
	light := shop.Lights().Printer
	if light.On || !strings.Contains(light.Sentence, "payment is not affected") {
		t.Errorf("the printer's light: %+v", light)
	}
}

func TestSettings(t *testing.T) {
	shop := training(t, nil)
	good := shop.Settings()
	rows := map[string]func(*till.Settings){
		"ShopName":      func(s *till.Settings) { s.ShopName = " " },
		"TillName":      func(s *till.Settings) { s.TillName = "till-1" },
		"Currency":      func(s *till.Settings) { s.Currency = "XYZ" },
		"CutOver":       func(s *till.Settings) { s.CutOver = 24 },
		"Paper":         func(s *till.Settings) { s.Paper, s.Columns = 58, 80 },
		"Script":        func(s *till.Settings) { s.Script = "runes" },
		"Cut":           func(s *till.Settings) { s.Cut = "torn" },
		"Drawer":        func(s *till.Settings) { s.Drawer.Pin = 3 },
		"Display":       func(s *till.Settings) { s.Display = "lpt1" },
		"Template":      func(s *till.Settings) { s.Template.Languages = []string{"tlh"} },
		"ScannerPace":   func(s *till.Settings) { s.ScannerPace = 500 },
		"ScannerPrefix": func(s *till.Settings) { s.ScannerPrefix = "123456789" },
		"Zone":          func(s *till.Settings) { s.Zone = "Mars/Olympus" },
		"Printer":       func(s *till.Settings) { s.Printer = "lpt1" },
		"Presets":       func(s *till.Settings) { s.Presets = make([]till.Preset, till.MaxPresets+1) },
	}
	for field, change := range rows {
		s := good
		change(&s)
		var e *till.SettingError
		if err := shop.ChangeSettings(s); !errors.As(err, &e) || e.Field != field {
			t.Errorf("%s: %v", field, err)
		} else if said := shop.Explain(err); strings.Contains(said, "setting.") || said == "" {
			t.Errorf("%s is explained as %q", field, said)
		}
	}
	if got := shop.Settings(); got.ShopName != good.ShopName || got.Printer != good.Printer {
		t.Error("a refused change changed something")
	}
}

func TestSettingsAndSalesOutliveARestart(t *testing.T) {
	data := t.TempDir()
	open := func() *till.Till {
		shop, err := till.Open(till.Options{Data: data, Language: "en"})
		if err != nil {
			t.Fatal(err)
		}
		prove(t, shop)
		return shop
	}
	shop := open()
	s := shop.Settings()
	s.ShopName, s.CutOver = "Lucky Star", 4
	if err := shop.ChangeSettings(s); err != nil {
		t.Fatal(err)
	}
	first := sell(t, shop, "pays", 700)
	if err := shop.Close(); err != nil {
		t.Fatal(err)
	}
	shop = open()
	defer shop.Close()
	if got := shop.Settings(); got.ShopName != "Lucky Star" || got.CutOver != 4 {
		t.Errorf("settings after the restart: %+v", got)
	}
	// The account is the same one, though the built-in Alipay listens at
	// another port now: an old sale can be refunded.
	if _, err := shop.Refund(t.Context(), till.RefundOrder{Number: first.Number}); err != nil {
		t.Error(err)
	}
	if second := sell(t, shop, "pays", 700); second.Number == first.Number {
		t.Errorf("the number %s was given twice", first.Number)
	}
}

func TestASecondStartSaysWhoHoldsTheBooks(t *testing.T) {
	data := t.TempDir()
	shop := training(t, func(o *till.Options) { o.Data = data })
	_, err := till.Open(till.Options{Data: data, Language: "en"})
	if till.Sort(err) != till.SortCannotRun {
		t.Fatalf("got %v", err)
	}
	if said := till.Explain(shop.Book(), err); !strings.Contains(said, "ringup test") {
		t.Errorf("said: %s", said)
	}
}

func TestADamagedSettingsFileLosesNothing(t *testing.T) {
	data := t.TempDir()
	path := filepath.Join(data, "ringup.toml")
	for _, text := range []string{"environment = ", "environment = \"moon\"\n", "colour = 1\n", "\x00\x01"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := till.Open(till.Options{Data: data}); !errors.Is(err, till.ErrDamagedSettings) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "\x00\x01" {
		t.Errorf("the file was touched: %q, %v", got, err)
	}
}

func TestEnvironmentsWithoutKeys(t *testing.T) {
	data := t.TempDir()
	for _, e := range []till.Environment{till.Sandbox, till.Live} {
		if _, err := till.Open(till.Options{Data: data, Environment: e}); !errors.Is(err, till.ErrNoKeys) {
			t.Errorf("%s: %v", e, err)
		}
		if _, err := os.Stat(filepath.Join(data, string(e), "journal.db")); err == nil {
			t.Errorf("%s: a journal was made", e)
		}
	}
}

// Every error that a verb can give has its own sentence in every language.
func TestEveryErrorIsExplained(t *testing.T) {
	shop := training(t, nil)
	for _, tag := range []string{"en", "zh-Hans"} {
		if err := shop.SetLanguage(tag); err != nil {
			t.Fatal(err)
		}
		for _, err := range till.ExplainedErrors() {
			said := shop.Explain(err)
			if said == "" || strings.HasPrefix(said, "error.") || said == shop.Explain(errors.New(err.Error())) {
				t.Errorf("%s: %v is explained as %q", tag, err, said)
			}
		}
	}
}
