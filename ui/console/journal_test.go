package console_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ringup/payments"
	"ringup/storage"
	"ringup/ui/phrases"
)

// remade is what rebuild and restore print with --json.
type remade struct {
	Environment, From, Head string
	Events, FromJournal     uint64
	Unread                  int64
	Kept                    []string
	Search                  struct {
		After string
		Run   int
	}
	Numbers struct {
		Day   string
		After int
	}
	CopyFault string
}

type failed struct{ Error, Reason string }

func (p program) file(names ...string) string {
	return filepath.Join(append([]string{p.data, "sandbox"}, names...)...)
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// The ways in which an owner meets damaged books, and that after one verb the
// shop goes on as if nothing had been.
func TestDamagedBooksAreMadeAnew(t *testing.T) {
	english, err := phrases.Open("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, path string, older []byte)
		says   string
		kept   int
	}{
		{"cut short", func(t *testing.T, path string, _ []byte) {
			if err := os.Truncate(path, 6*int64(os.Getpagesize())); err != nil {
				t.Fatal(err)
			}
		}, "error.journal_damaged", 1},
		{"overwritten", func(t *testing.T, path string, _ []byte) { write(t, path, bytes.Repeat([]byte("junk"), 1<<14)) }, "error.journal_damaged", 1},
		{"overwritten in part", func(t *testing.T, path string, _ []byte) {
			b := content(t, path)
			for at := 3 * os.Getpagesize(); at < len(b); at += 2 * os.Getpagesize() {
				copy(b[at:], bytes.Repeat([]byte{0xff}, os.Getpagesize()))
			}
			write(t, path, b)
		}, "error.journal_damaged", 1},
		{"emptied", func(t *testing.T, path string, _ []byte) { write(t, path, nil) }, "error.journal_damaged", 1},
		{"deleted", func(t *testing.T, path string, _ []byte) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}, "error.copy_ahead", 0},
		{"an older one put back", func(t *testing.T, path string, older []byte) { write(t, path, older) }, "error.copy_ahead", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, a := ready(t)
			var first, second sale
			p.expect(0, &first, "pay", "--amount", "45.50", "--code", "281006020000000000000001")
			older := content(t, p.file("journal.db"))
			p.expect(0, &second, "pay", "--amount", "7.00", "--code", "281006020000000000000002")
			c.damage(t, p.file("journal.db"), older)

			sentence, _, _ := strings.Cut(english.Say(c.says), "(")
			if code, _, errs := p.run("sales"); code != 4 || !strings.Contains(errs, sentence) {
				t.Fatalf("exit code %d: %s", code, errs)
			}
			var r remade
			p.expect(0, &r, "journal", "rebuild")
			if r.Environment != "sandbox" || r.From != "copy" || r.Events == 0 || r.Head == "" || len(r.Kept) != c.kept || r.Unread != 0 ||
				r.CopyFault != "" || len(r.Search.After) != 32 || r.Search.Run != 100 || r.Numbers.Day != first.BusinessDay {
				t.Errorf("%+v", r)
			}
			var v struct {
				OK     bool
				Events uint64
				Head   string
			}
			p.expect(0, &v, "journal", "verify")
			if !v.OK || v.Events != r.Events || v.Head != r.Head {
				t.Errorf("%+v, of %+v", v, r)
			}

			var third sale
			p.expect(0, &third, "pay", "--amount", "3.00", "--code", "281006020000000000000003")
			if third.Number == first.Number || third.Number == second.Number {
				t.Errorf("the number %s stands on two slips", third.Number)
			}
			var refund struct{ State string }
			p.expect(0, &refund, "refund", second.Number, "--amount", "2.00", "--confirm")
			var day struct{ Takings, Refunds string }
			p.expect(0, &day, "day")
			if day.Takings != "5550" || day.Refunds != "200" {
				t.Errorf("%+v", day)
			}
			if l := a.ledger(t); len(l.Payments) != 3 || len(l.Refunds) != 1 {
				t.Errorf("the ledger holds %+v", l)
			}
			var whole failed
			p.expect(1, &whole, "journal", "rebuild")
			if whole.Reason != "books_whole" || whole.Error != english.Say("error.books_whole") {
				t.Errorf("once more: %+v", whole)
			}
			p.expect(0, &r, "journal", "rebuild", "--anyway")
			p.expect(0, &v, "journal", "verify")
		})
	}
}

func TestWhatRebuildAndRestoreRefuse(t *testing.T) {
	p := newProgram(t)
	var f failed
	p.expect(1, &f, "--env", "live", "journal", "rebuild", "--anyway") // a folder that is not there
	if f.Reason != "no_copy" {
		t.Errorf("%+v", f)
	}
	if code, _, errs := p.run("sales"); code != 0 {
		t.Fatal(errs)
	}
	training := func(name string) string { return filepath.Join(p.data, "training", name) }
	write(t, training("journal.db"), []byte("junk"))
	if err := os.Remove(training("journal.copy")); err != nil {
		t.Fatal(err)
	}
	p.expect(1, &f, "journal", "rebuild")
	if f.Reason != "no_copy" || !strings.Contains(f.Error, "ringup journal restore") {
		t.Errorf("%+v", f)
	}
	other := filepath.Join(t.TempDir(), "sheet.csv")
	write(t, other, []byte("a,b,c\n1,2,3\n"))
	p.expect(1, &f, "journal", "restore", other)
	if f.Reason != "not_a_backup" {
		t.Errorf("%+v", f)
	}
	p.expect(1, &f, "journal", "restore", other+".none")
	if !strings.Contains(f.Error, "no such file") {
		t.Errorf("%+v", f)
	}
	if string(content(t, training("journal.db"))) != "junk" {
		t.Error("the damaged file was touched")
	}
	for _, verb := range [][]string{{"verify"}, {"head"}, {"backup", other + ".bak"}} {
		if code, _, errs := p.run(append([]string{"--env", "live", "journal"}, verb...)...); code != 4 || !strings.Contains(errs, "keys import") {
			t.Errorf("%v of an environment that was never set up: %d %s", verb, code, errs)
		}
	}
}

// A backup, the end of the machine, and the same shop on another one.
func TestBackupAndRestore(t *testing.T) {
	p, a := ready(t)
	var first sale
	p.expect(0, &first, "pay", "--amount", "45.50", "--code", "281006020000000000000001")
	stick := filepath.Join(t.TempDir(), "shop.ringup")
	var made struct {
		File, Head string
		Events     uint64
	}
	p.expect(0, &made, "journal", "backup", stick)
	var v struct {
		Events uint64
		Head   string
	}
	p.expect(0, &v, "journal", "verify")
	if made.File != stick || made.Events != v.Events || made.Head != v.Head {
		t.Errorf("%+v of %+v", made, v)
	}
	p.expect(0, &made, "journal", "backup", stick) // in place of the older one

	t.Run("nothing else is overwritten", func(t *testing.T) {
		sheet := filepath.Join(t.TempDir(), "sheet.csv")
		write(t, sheet, []byte("a,b,c\n"))
		if code, _, errs := p.run("journal", "backup", sheet); code != 1 || !strings.Contains(errs, "not touched") || string(content(t, sheet)) != "a,b,c\n" {
			t.Errorf("%d %s", code, errs)
		}
		if code, _, errs := p.run("journal", "backup", filepath.Join(sheet+".d", "x")); code != 1 || !strings.Contains(errs, "no such folder") {
			t.Errorf("%d %s", code, errs)
		}
		if code, _, errs := p.run("journal", "backup", p.file("journal.copy")); code == 0 {
			t.Errorf("over its own copy: %s", errs)
		}
	})

	t.Run("on a fresh machine", func(t *testing.T) {
		q := newProgram(t)
		var r remade
		q.expect(0, &r, "--env", "sandbox", "journal", "restore", stick) // before any keys
		if r.From != "backup" || r.Events != made.Events+1 || len(r.Kept) != 0 {
			t.Errorf("%+v", r)
		}
		q.expect(0, &v, "--env", "sandbox", "journal", "verify")
		if code, _, errs := q.run("keys", "import", filepath.Join(a.state, "credentials.json")); code != 0 {
			t.Fatal(errs)
		}
		var again sale
		q.expect(0, &again, "sale", first.Number)
		if again.State != "paid" || again.Amount.Value != "4550" {
			t.Errorf("%+v", again)
		}
		var resumed struct {
			Sales  []sale
			Search *struct {
				Done  bool
				Found int
			}
		}
		q.expect(0, &resumed, "resume")
		if resumed.Search == nil || !resumed.Search.Done || resumed.Search.Found != 0 {
			t.Errorf("%+v", resumed)
		}
		resumed.Search = nil
		q.expect(0, &resumed, "resume")
		if resumed.Search != nil {
			t.Error("searched twice")
		}
		var refund struct{ State string }
		q.expect(0, &refund, "refund", first.Number, "--confirm")
		if refund.State != "refunded" {
			t.Errorf("%+v", refund)
		}
	})
}

// The books and their second copy are lost together. The backup ends within
// the start that sold: its sale is found at Alipay.
func TestWhatWasSoldSinceTheBackupIsFound(t *testing.T) {
	p, a := ready(t)
	var first, lost sale
	p.expect(0, &first, "pay", "--amount", "45.50", "--code", "281006020000000000000001")
	stick := filepath.Join(t.TempDir(), "shop.ringup")
	var made struct{ Events uint64 }
	p.expect(0, &made, "journal", "backup", stick)
	before := content(t, stick)
	p.expect(0, &lost, "pay", "--amount", "12.30", "--code", "281006020000000000000002")
	p.expect(0, &made, "journal", "backup", stick)
	after := content(t, stick)
	started := len(before) + 8 + int(binary.BigEndian.Uint32(after[len(before):])) // a record's frame, and its value
	write(t, stick, after[:started+5])
	for _, name := range []string{"journal.db", "journal.copy"} {
		if err := os.Remove(p.file(name)); err != nil {
			t.Fatal(err)
		}
	}
	var r remade
	p.expect(0, &r, "journal", "restore", stick)
	if r.Unread != 5 {
		t.Errorf("%+v", r)
	}
	if code, _, errs := p.run("sale", lost.Number); code != 1 {
		t.Fatalf("it was not lost: %s", errs)
	}
	var resumed struct {
		Sales  []sale
		Search struct {
			Done  bool
			Found int
		}
	}
	p.expect(0, &resumed, "resume")
	if !resumed.Search.Done || resumed.Search.Found != 1 || len(resumed.Sales) != 1 {
		t.Fatalf("%+v", resumed)
	}
	s := resumed.Sales[0]
	if s.State != "paid" || s.Amount.Value != "1230" || s.Attempts[0].PaymentRequestID != lost.Attempts[0].PaymentRequestID || s.Number == lost.Number {
		t.Errorf("%+v, lost %+v", s, lost)
	}
	var day struct{ Takings string }
	p.expect(0, &day, "day")
	if l := a.ledger(t); day.Takings != "5780" || len(l.Payments) != 2 {
		t.Errorf("%+v, ledger %+v", day, l)
	}
	if code, _, errs := p.run("journal", "verify"); code != 0 {
		t.Error(errs)
	}
}

// The second copy is told of apart: selling goes on without it.
func TestVerifyTellsOfTheSecondCopy(t *testing.T) {
	p, _ := ready(t)
	for i := range 3 {
		var s sale
		p.expect(0, &s, "pay", "--amount", "1.00", "--code", "28100602000000000000000"+string('1'+rune(i)))
	}
	b := content(t, p.file("journal.copy"))
	b[len(b)/3] ^= 1
	write(t, p.file("journal.copy"), b)
	var f struct {
		OK            bool
		Error, Reason string
	}
	p.expect(0, &f, "journal", "verify") // it is noticed when the books are opened, and written anew
	if !f.OK || bytes.Equal(content(t, p.file("journal.copy")), b) {
		t.Errorf("%+v", f)
	}
	if err := os.Remove(p.file("journal.copy")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(p.file("journal.copy"), 0o700); err != nil { // nothing can be written there, by root either
		t.Fatal(err)
	}
	p.expect(1, &f, "journal", "verify")
	if f.OK || f.Reason != "copy_unwritten" || !strings.Contains(f.Error, "Selling goes on") {
		t.Errorf("%+v", f)
	}
	var s sale
	p.expect(0, &s, "pay", "--amount", "1.00", "--code", "281006020000000000000009")
}

// An interrupt in the middle of it leaves everything as it was.
func TestARebuildCanBeStopped(t *testing.T) {
	p := newProgram(t)
	folder := filepath.Join(p.data, "sandbox")
	j, err := storage.Open(folder, storage.Options{Ballast: -1})
	if err != nil {
		t.Fatal(err)
	}
	for range 60 {
		var b payments.Batch
		for range 1000 {
			b.Events = append(b.Events, payments.Event{At: time.Now(), Body: payments.Note{Topic: "drawer", Data: []byte(`"opened"`)}})
		}
		if err := j.Append(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(p.file("journal.db")); err != nil {
		t.Fatal(err)
	}
	before := content(t, p.file("journal.copy"))
	for _, how := range [][]string{{"--anyway"}, {}} { // in this process, and in one apart
		c := p.command(append([]string{"--env", "sandbox", "--json", "journal", "rebuild", "--progress"}, how...)...)
		var out bytes.Buffer
		c.Stdout = &out
		said, err := c.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(said)
		for lines.Scan() && !strings.HasPrefix(lines.Text(), "progress ") {
		}
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
		}
		_ = c.Wait()
		var f failed
		if err := json.Unmarshal(out.Bytes(), &f); err != nil || c.ProcessState.ExitCode() != 4 || f.Reason != "stopped" {
			t.Fatalf("%v: exit code %d: %s", how, c.ProcessState.ExitCode(), out.String())
		}
		names, err := filepath.Glob(p.file("*"))
		if err != nil || len(names) != 1 || !bytes.Equal(content(t, p.file("journal.copy")), before) {
			t.Errorf("%v: left %v", how, names)
		}
	}
	var r remade
	p.expect(0, &r, "--env", "sandbox", "journal", "rebuild")
	if r.Events != 60_001 || r.Search.After != "" || r.Search.Run != 0 {
		t.Errorf("%+v", r)
	}
}

// While a till has the books open, nobody else touches them, and says so.
func TestBooksInUseAreLeftAlone(t *testing.T) {
	p, _ := ready(t)
	pay := p.command("pay", "--amount", "8.00", "--code", "289908020000000000123456")
	if err := pay.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { pay.Process.Kill(); pay.Wait() }()
	waitFor(t, "the journal is held", func() bool { code, _, _ := p.run("sales"); return code == 4 })
	stick := filepath.Join(t.TempDir(), "stick")
	for _, verb := range [][]string{{"backup", stick}, {"rebuild"}, {"rebuild", "--anyway"}, {"restore", p.file("journal.copy")}, {"verify"}} {
		var f failed
		p.expect(4, &f, append([]string{"journal"}, verb...)...)
		if f.Reason != "held" || !strings.Contains(f.Error, "in use") {
			t.Errorf("%v: %+v", verb, f)
		}
	}
	if err := pay.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = pay.Wait()
	if code, _, errs := p.run("journal", "verify"); code != 0 {
		t.Error(errs)
	}
}
