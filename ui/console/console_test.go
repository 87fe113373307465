package console_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ringup/payments/alipay"
	"ringup/ui/console"
)

// asProgram makes the test's own executable be ringup: real processes, to be
// killed for real.
const asProgram = "RINGUP_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := console.Run(ctx, os.Args[1:], console.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, "test")
	stop()
	os.Exit(code)
}

// patience is how long a slow machine may take; a test that passes never waits
// for it.
const patience = 2 * time.Minute

type program struct {
	t    *testing.T
	data string
}

func newProgram(t *testing.T) program { return program{t, t.TempDir()} }

func (p program) command(args ...string) *exec.Cmd {
	p.t.Helper()
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	c := exec.Command(self, append([]string{"--data", p.data, "--language", "en"}, args...)...)
	// A zone in which it is about noon: no business day ends in a test.
	c.Env = append(os.Environ(), asProgram+"=1", fmt.Sprintf("TZ=Etc/GMT%+d", time.Now().UTC().Hour()-12))
	return c
}

// run runs a verb to its end.
func (p program) run(args ...string) (code int, out, errors string) {
	p.t.Helper()
	c := p.command(args...)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Start(); err != nil {
		p.t.Fatal(err)
	}
	timer := time.AfterFunc(patience, func() { c.Process.Kill() })
	defer timer.Stop()
	if err := c.Wait(); err != nil && c.ProcessState == nil {
		p.t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// expect runs a verb with --json and reads its one object.
func (p program) expect(want int, into any, args ...string) {
	p.t.Helper()
	code, out, errs := p.run(append(args, "--json")...)
	if code != want {
		p.t.Fatalf("%v: exit code %d, want %d\n%s%s", args, code, want, out, errs)
	}
	d := json.NewDecoder(strings.NewReader(out))
	if err := d.Decode(into); err != nil {
		p.t.Fatalf("%v: not JSON: %v\n%s", args, err, out)
	}
	if d.More() {
		p.t.Errorf("%v: more than one object on stdout:\n%s", args, out)
	}
}

type sale struct {
	Number, State, Refunded, BusinessDay string
	Amount                               struct{ Currency, Value string }
	Attempts                             []struct{ PaymentRequestID, PaymentID, State, Code string }
	Refunds                              []struct{ RefundRequestID, RefundID, State, Amount string }
}

func (s *sale) UnmarshalJSON(raw []byte) error {
	var exact struct {
		Number      string `json:"number"`
		State       string `json:"state"`
		Refunded    string `json:"refunded"`
		BusinessDay string `json:"businessDay"`
		Amount      struct {
			Currency string `json:"currency"`
			Value    string `json:"value"`
		} `json:"amount"`
		Attempts []struct {
			PaymentRequestID string `json:"paymentRequestId"`
			PaymentID        string `json:"paymentId"`
			State            string `json:"state"`
			Code             string `json:"code"`
		} `json:"attempts"`
		Refunds []struct {
			RefundRequestID string `json:"refundRequestId"`
			RefundID        string `json:"refundId"`
			State           string `json:"state"`
			Amount          string `json:"amount"`
		} `json:"refunds"`
	}
	if err := json.Unmarshal(raw, &exact); err != nil {
		return err
	}
	s.Number, s.State, s.Refunded, s.BusinessDay = exact.Number, exact.State, exact.Refunded, exact.BusinessDay
	s.Amount.Currency, s.Amount.Value = exact.Amount.Currency, exact.Amount.Value
	for _, a := range exact.Attempts {
		s.Attempts = append(s.Attempts, struct{ PaymentRequestID, PaymentID, State, Code string }(a))
	}
	for _, r := range exact.Refunds {
		s.Refunds = append(s.Refunds, struct{ RefundRequestID, RefundID, State, Amount string }(r))
	}
	return nil
}

// alipayProcess is `ringup sandbox` as a process of its own.
type alipayProcess struct {
	p       program
	state   string
	address string
	cmd     *exec.Cmd
}

func startAlipay(t *testing.T, p program, state, listen string) *alipayProcess {
	t.Helper()
	a := &alipayProcess{p: p, state: state, cmd: p.command("sandbox", "--listen", listen, "--state", state, "--json")}
	out, err := a.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.kill)
	var told struct{ Listen, Credentials string }
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&told); err != nil {
		t.Fatal(err)
	}
	a.address = strings.TrimPrefix(told.Listen, "http://")
	return a
}

func (a *alipayProcess) kill() {
	if a.cmd.ProcessState == nil {
		a.cmd.Process.Kill()
		a.cmd.Wait()
	}
}

type ledger struct {
	Payments []struct {
		PaymentRequestID string `json:"paymentRequestId"`
		PaymentAmount    struct {
			Value string `json:"value"`
		} `json:"paymentAmount"`
		PaymentStatus string `json:"paymentStatus"`
	} `json:"payments"`
	Refunds []struct {
		RefundRequestID string `json:"refundRequestId"`
		RefundAmount    struct {
			Value string `json:"value"`
		} `json:"refundAmount"`
		RefundStatus string `json:"refundStatus"`
	} `json:"refunds"`
}

func (a *alipayProcess) ledger(t *testing.T) (l ledger) {
	t.Helper()
	resp, err := http.Get("http://" + a.address + "/sandbox/ledger")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&l); err != nil {
		t.Fatal(err)
	}
	return l
}

func (a *alipayProcess) script(t *testing.T, faults string) {
	t.Helper()
	resp, err := http.Post("http://"+a.address+"/sandbox/faults", "application/json", strings.NewReader(faults))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		t.Fatalf("faults: %s %s", resp.Status, body)
	}
}

// ready is a till that sells at a running built-in Alipay.
func ready(t *testing.T) (program, *alipayProcess) {
	t.Helper()
	p := newProgram(t)
	a := startAlipay(t, p, t.TempDir(), "127.0.0.1:0")
	var imported struct{ Environment string }
	p.expect(0, &imported, "keys", "import", filepath.Join(a.state, "credentials.json"))
	if imported.Environment != "sandbox" {
		t.Errorf("imported into %q", imported.Environment)
	}
	return p, a
}

func TestTwoProcessesKilledInBetween(t *testing.T) {
	p, a := ready(t)

	// A sale whose customer must confirm; the till is killed while it waits.
	pay := p.command("pay", "--amount", "8.00", "--code", "289901020000000000123456", "--json")
	if err := pay.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the payment reaches Alipay", func() bool { return len(a.ledger(t).Payments) == 1 })
	pay.Process.Kill()
	pay.Wait()

	// Alipay is killed too and comes back at the same address.
	a.kill()
	a = startAlipay(t, p, a.state, a.address)

	var open struct{ Sales []sale }
	p.expect(0, &open, "sales")
	if len(open.Sales) != 1 || open.Sales[0].State != "intent" && open.Sales[0].State != "unknown" {
		t.Fatalf("after the kill: %+v", open.Sales)
	}
	var settled struct{ Sales []sale }
	p.expect(0, &settled, "resume")
	if len(settled.Sales) != 1 || settled.Sales[0].State != "paid" {
		t.Fatalf("resumed: %+v", settled.Sales)
	}
	s := settled.Sales[0]
	l := a.ledger(t)
	if len(l.Payments) != 1 || l.Payments[0].PaymentStatus != "SUCCESS" || l.Payments[0].PaymentAmount.Value != s.Amount.Value ||
		l.Payments[0].PaymentRequestID != s.Attempts[0].PaymentRequestID {
		t.Errorf("the ledger %+v and the journal %+v disagree", l.Payments, s)
	}
	if code, _, errs := p.run("journal", "verify"); code != 0 {
		t.Errorf("verify: %s", errs)
	}
}

func TestAlipayDiesBetweenPayAndItsAnswer(t *testing.T) {
	p, a := ready(t)
	a.script(t, `{"faults":[{"kind":"die_answer","call":"pay"}]}`)
	var s sale
	p.expect(3, &s, "pay", "--amount", "45.50", "--code", "281006020000000000123456", "--wait", "2s")
	if s.State != "unknown" {
		t.Errorf("while Alipay is gone: %s", s.State)
	}
	a.cmd.Wait()
	a = startAlipay(t, p, a.state, a.address)
	var settled struct{ Sales []sale }
	p.expect(0, &settled, "resume")
	if len(settled.Sales) != 1 || settled.Sales[0].State != "paid" {
		t.Errorf("resumed: %+v", settled.Sales)
	}
	if l := a.ledger(t); len(l.Payments) != 1 {
		t.Errorf("%d payments in the ledger", len(l.Payments))
	}
}

func waitFor(t *testing.T, what string, yes func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !yes(); {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestTheContract(t *testing.T) {
	p, a := ready(t)
	var s sale
	p.expect(0, &s, "pay", "--amount", "45.50", "--code", "281006020000000000123456", "--note", "=1+1")
	if s.State != "paid" || s.Amount.Currency != "HKD" || s.Amount.Value != "4550" || s.Refunded != "0" ||
		len(s.Attempts) != 1 || s.Attempts[0].Code != "281006…56" || s.Attempts[0].PaymentID == "" || len(s.Attempts[0].PaymentRequestID) != 32 {
		t.Fatalf("pay: %+v", s)
	}
	var refund, first struct{ Number, RefundRequestID, State string }
	p.expect(0, &refund, "refund", s.Number, "--amount", "10.00", "--reason", "one bun")
	first = refund
	if refund.Number != s.Number || refund.State != "refunded" || refund.RefundRequestID == "" {
		t.Errorf("refund: %+v", refund)
	}
	p.expect(0, &s, "sale", s.Number)
	if s.Refunded != "1000" || len(s.Refunds) != 1 || s.Refunds[0].Amount != "1000" || s.Refunds[0].State != "refunded" {
		t.Errorf("sale: %+v", s)
	}
	var poor sale
	p.expect(1, &poor, "pay", "--amount", "1", "--code", "289903020000000000123456")
	if poor.State != "failed" {
		t.Errorf("too little money: %+v", poor)
	}
	for _, args := range [][]string{
		{"refund", s.Number, "--amount", "35.51"}, // a cent more than is left
		{"refund", poor.Number},
		{"sale", "T1-200101-0001"},
		{"pay", "--amount", "3", "--code", "281006020000000000123456"}, // used
		{"decide", s.Number, "--give-back"},
		{"print", "T1-200101-0001", "--to", "file://" + filepath.Join(t.TempDir(), "slip")},
	} {
		if code, out, errs := p.run(args...); code != 1 || errs == "" {
			t.Errorf("%v: exit code %d, want 1, with a sentence\n%s%s", args, code, out, errs)
		}
	}
	// On request there is a slip of a sale that was not paid, too.
	if code, _, errs := p.run("print", poor.Number, "--to", "file://"+filepath.Join(t.TempDir(), "slip")); code != 0 {
		t.Errorf("a slip of a sale that was not paid: exit code %d: %s", code, errs)
	}
	if code, _, errs := p.run("print", s.Number, "--to", "nonsense"); code != 2 || !strings.Contains(errs, "printer's address") {
		t.Errorf("printed to nonsense: exit code %d: %s", code, errs)
	}
	if code, _, errs := p.run("day", "--print"); code != 1 || !strings.Contains(errs, "No printer is set up") {
		t.Errorf("a day printed without a printer: exit code %d: %s", code, errs)
	}
	if code, _, errs := p.run("cancel", s.Number); code != 1 || !strings.Contains(errs, "ringup refund") {
		t.Errorf("cancel of a paid sale: %d %s", code, errs)
	}

	// Again with another amount is refused, not silently charged otherwise.
	if code, _, errs := p.run("pay", "--amount", "200", "--again", poor.Number, "--code", "281006020000000000000077"); code != 2 || !strings.Contains(errs, "another amount") {
		t.Errorf("again with another amount: %d %s", code, errs)
	}
	var again sale
	p.expect(0, &again, "pay", "--amount", "1", "--again", poor.Number, "--code", "281006020000000000000078")
	if again.State != "paid" || len(again.Attempts) != 2 || again.Amount.Value != "100" || again.Number != poor.Number {
		t.Errorf("again: %+v", again)
	}
	p.expect(0, &refund, "refund", poor.Number)

	slip := filepath.Join(t.TempDir(), "slip.bin")
	if code, _, errs := p.run("print", s.Number, "--to", "file://"+slip); code != 0 {
		t.Errorf("print: %d %s", code, errs)
	}
	if job, err := os.ReadFile(slip); err != nil || !bytes.HasPrefix(job, []byte("\x1b@")) {
		t.Errorf("the printed job: %v, %d bytes", err, len(job))
	}

	// Its refund's slip too, and again as a copy, which is longer.
	sizes := map[int]bool{}
	for range 2 {
		if code, _, errs := p.run("print", s.Number, "--refund", first.RefundRequestID, "--to", "file://"+slip); code != 0 {
			t.Errorf("print of a refund: %d %s", code, errs)
		}
		job, err := os.ReadFile(slip)
		if err != nil {
			t.Fatal(err)
		}
		sizes[len(job)] = true
	}
	if len(sizes) != 2 {
		t.Errorf("the refund's slip and its copy have the same length: %v", sizes)
	}
	if code, _, errs := p.run("print", s.Number, "--refund", "none", "--to", "file://"+slip); code != 1 || errs == "" {
		t.Errorf("print of a refund that never was: %d %s", code, errs)
	}

	// The day, three ways, against the ledger.
	var day struct {
		Takings, Refunds, Net string
		Count                 int
	}
	p.expect(0, &day, "day")
	if day.Takings != "4650" || day.Refunds != "1100" || day.Net != "3550" || day.Count != 2 {
		t.Errorf("day: %+v", day)
	}
	_, csvText, _ := p.run("day", "--out", "-")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(csvText, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 5 { // names, two paid sales and their refunds
		t.Errorf("%d rows: %v", len(rows), rows)
	}
	if strings.Contains(csvText, ",=1+1") {
		t.Error("the note would run as a formula")
	}
	workbook := filepath.Join(t.TempDir(), "today.xlsx")
	p.expect(0, &day, "day", "--out", workbook)
	if file, err := os.ReadFile(workbook); err != nil || !bytes.HasPrefix(file, []byte("PK\x03\x04")) {
		t.Errorf("the workbook: %v, %d bytes", err, len(file))
	}
	l := a.ledger(t)
	if len(l.Refunds) != 2 || l.Refunds[0].RefundAmount.Value != "1000" || l.Refunds[0].RefundRequestID != first.RefundRequestID {
		t.Errorf("the ledger's refunds: %+v", l.Refunds)
	}
}

func TestCancelStopsAnUnpaidSale(t *testing.T) {
	p, a := ready(t)
	var s sale
	p.expect(3, &s, "pay", "--amount", "20", "--code", "289908020000000000123456", "--no-wait")
	waitFor(t, "the payment reaches Alipay", func() bool { return len(a.ledger(t).Payments) <= 1 })
	p.expect(3, &s, "cancel", s.Number, "--wait", "10s")
	if s.State != "cancel_seen" {
		t.Errorf("ten seconds after cancel: %s", s.State)
	}
}

// A sale that Alipay refuses to cancel is neither settled nor forgotten.
func TestCancelThatIsRefusedNamesDecide(t *testing.T) {
	p, a := ready(t)
	a.script(t, `{"faults":[{"call":"cancel","kind":"result","code":"CANCEL_WINDOW_EXCEED","times":-1}]}`)
	var s sale
	p.expect(3, &s, "pay", "--amount", "20", "--code", "289902020000000000123456", "--no-wait")
	p.expect(3, &s, "cancel", s.Number, "--wait", "8s")
	if s.State != "resolve" {
		t.Fatalf("after the refused cancel: %s", s.State)
	}
	if code, _, errs := p.run("cancel", s.Number, "--no-wait"); code != 3 || !strings.Contains(errs, "ringup decide") {
		t.Errorf("cancel again: %d %s", code, errs)
	}
}

// Keys that don't fit are told as such, not as a broken network.
func TestKeysThatDoNotFitAreNamed(t *testing.T) {
	p, a := ready(t)
	c, err := alipay.ReadCredentials(filepath.Join(a.state, "credentials.json"))
	if err != nil {
		t.Fatal(err)
	}
	c.ClientID = "SANDBOX_NOPE"
	path := filepath.Join(t.TempDir(), "credentials.json")
	if err := c.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := p.run("keys", "import", path); code != 0 {
		t.Fatal(errs)
	}
	code, _, errs := p.run("pay", "--amount", "1", "--code", "281006020000000000000001", "--no-wait")
	if code != 1 || !strings.Contains(errs, "CLIENT_INVALID") || !strings.Contains(errs, "No money has moved") {
		t.Errorf("%d %s", code, errs)
	}
}

func TestLiveTakesNoKeysForThisMachine(t *testing.T) {
	p, a := ready(t)
	c, err := alipay.ReadCredentials(filepath.Join(a.state, "credentials.json"))
	if err != nil {
		t.Fatal(err)
	}
	c.ClientID = "LIVE123"
	path := filepath.Join(t.TempDir(), "credentials.json")
	if err := c.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := p.run("keys", "import", path); code == 0 {
		t.Errorf("imported: %s", errs)
	}
}

func TestWrongUse(t *testing.T) {
	p := newProgram(t)
	for _, args := range [][]string{
		{"pay"},
		{"pay", "--amount", "0", "--code", "281006020000000000123456"},
		{"pay", "--amount", "1.234", "--code", "281006020000000000123456"},
		{"pay", "--amount", "1e3", "--code", "281006020000000000123456"},
		{"pay", "--amount", "99999999999999999", "--code", "281006020000000000123456"},
		{"pay", "--amount", "5", "--code", "2810"},
		{"pay", "--amount", "5", "--code", "134567890123456789"},
		{"pay", "--amount", "5", "--code", "28100602000000000012345678901234567"},
		{"day", "--date", "yesterday"},
		{"day", "--out", "day.pdf"},
		{"day", "--out", "day"},
		{"decide", "T1-261121-0001"},
		{"decide", "T1-261121-0001", "--goods-given", "--give-back"},
		{"nonsense"},
		{"pay", "--env", "moon"},
	} {
		if code, out, errs := p.run(args...); code != 2 || errs == "" {
			t.Errorf("%v: exit code %d, want 2, with a sentence\n%s%s", args, code, out, errs)
		}
	}
}

func TestWhatCannotRun(t *testing.T) {
	p := newProgram(t)
	for _, env := range []string{"sandbox", "live"} {
		if code, _, errs := p.run("sales", "--env", env); code != 4 || !strings.Contains(errs, "keys import") {
			t.Errorf("%s without keys: %d %s", env, code, errs)
		}
	}
	if code, out, _ := p.run("day", "--json"); code != 0 || !strings.Contains(out, `"takings": "0"`) {
		t.Errorf("an empty day: %d %s", code, out)
	}
	if err := os.WriteFile(filepath.Join(p.data, "ringup.toml"), []byte("environment = \"tr"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := p.run("sales"); code != 4 || !strings.Contains(errs, "ringup.toml") {
		t.Errorf("a damaged settings file: %d %s", code, errs)
	}
}

func TestADamagedJournalIsLeftAlone(t *testing.T) {
	p := newProgram(t)
	if code, _, errs := p.run("sales"); code != 0 {
		t.Fatal(errs)
	}
	path := filepath.Join(p.data, "training", "journal.db")
	junk := bytes.Repeat([]byte("junk"), 4096)
	if err := os.WriteFile(path, junk, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := p.run("pay", "--amount", "1", "--code", "281006020000000000123456"); code != 4 || !strings.Contains(errs, "damaged") {
		t.Errorf("got %d: %s", code, errs)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, junk) {
		t.Error("the damaged file was touched")
	}
}

func TestKeysThatCannotBe(t *testing.T) {
	p, a := ready(t)
	good, err := alipay.ReadCredentials(filepath.Join(a.state, "credentials.json"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]func(c *alipay.Credentials){
		"a public key":     func(c *alipay.Credentials) { c.PrivateKey = alipay.Secret(c.AlipayPublicKey) },
		"private key":      func(c *alipay.Credentials) { c.AlipayPublicKey = string(c.PrivateKey) },
		"cut short":        func(c *alipay.Credentials) { c.PrivateKey = c.PrivateKey[:len(c.PrivateKey)/2] },
		"not a key":        func(c *alipay.Credentials) { c.PrivateKey = "hello" },
		"what a till":      func(c *alipay.Credentials) { c.MerchantMCC = "" },
		"another environ":  func(c *alipay.Credentials) { c.ClientID = "5Y0000000000000000"; c.Host = "https://open-sea.alipay.com" },
		"2048 bits":        func(c *alipay.Credentials) { c.PrivateKey = shortKey },
		"the till's own p": func(c *alipay.Credentials) { c.AlipayPublicKey = ownPublic(t, *c) },
	}
	for says, spoil := range rows {
		c := good
		spoil(&c)
		path := filepath.Join(t.TempDir(), "credentials.json")
		if err := c.WriteFile(path); err != nil {
			t.Fatal(err)
		}
		code, _, errs := p.run("--env", "sandbox", "keys", "import", path)
		if code == 0 || !strings.Contains(strings.ToLower(errs), says) {
			t.Errorf("want %q: %d %s", says, code, errs)
		}
		if strings.Contains(errs, string(good.PrivateKey)[40:80]) {
			t.Error("the private key was printed")
		}
	}
	var s sale // nothing was changed
	p.expect(0, &s, "pay", "--amount", "1", "--code", "281006020000000000000001")
}

func ownPublic(t *testing.T, c alipay.Credentials) string {
	t.Helper()
	key, err := alipay.ParsePrivateKey(string(c.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	return alipay.FormatPublicKey(&key.PublicKey)
}

func TestKeysNew(t *testing.T) {
	p := newProgram(t)
	dir := t.TempDir()
	var made struct{ PublicKey, PrivateKeyFile, PublicKeyFile string }
	p.expect(0, &made, "keys", "new", "--out", dir)
	raw, err := os.ReadFile(made.PrivateKeyFile)
	if err != nil {
		t.Fatal(err)
	}
	private, err := alipay.ParsePrivateKey(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	public, err := alipay.ParsePublicKey(made.PublicKey)
	if err != nil || alipay.CheckPair(private, public) != nil {
		t.Errorf("not a pair: %v", err)
	}
	if info, err := os.Stat(made.PrivateKeyFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the private key's file: %v %v", info.Mode(), err)
	}
	if code, _, _ := p.run("keys", "new", "--out", dir); code == 0 {
		t.Error("a second pair overwrote the first")
	}
}

func TestTheJournalIsHeld(t *testing.T) {
	p, _ := ready(t)
	pay := p.command("pay", "--amount", "8.00", "--code", "289908020000000000123456")
	if err := pay.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { pay.Process.Kill(); pay.Wait() }()
	waitFor(t, "the journal is held", func() bool {
		code, _, errs := p.run("sales")
		return code == 4 && strings.Contains(errs, "in use by ringup test")
	})
}

// A code's middle digits stand nowhere that the program writes.
func TestCodesAndKeysAreWrittenNowhere(t *testing.T) {
	p, a := ready(t)
	code, out, errs := p.run("pay", "--amount", "3", "--code", "281006029876543210123456", "--verbose")
	if code != 0 {
		t.Fatalf("%d %s", code, errs)
	}
	creds, err := alipay.ReadCredentials(filepath.Join(a.state, "credentials.json"))
	if err != nil {
		t.Fatal(err)
	}
	secrets := []string{"9876543210", string(creds.PrivateKey)[100:160]}
	for _, secret := range secrets {
		if strings.Contains(out+errs, secret) {
			t.Error("a secret was printed")
		}
	}
	err = filepath.WalkDir(p.data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, secret := range secrets {
			if bytes.Contains(raw, []byte(secret)) && !(i == 1 && strings.Contains(path, string(filepath.Separator)+"keys"+string(filepath.Separator))) {
				t.Errorf("%s holds a secret", filepath.Base(path))
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
