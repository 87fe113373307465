package e2e

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Places on the screen of 1366×768 that these tests have, and what is there.
var (
	railSales    = image.Pt(48, 204)
	railDay      = image.Pt(48, 292)
	phoneShow    = image.Pt(1212, 692) // "Show it to the scanner"
	secondSale   = image.Pt(400, 296)  // the second row of the list
	saleRefund   = image.Pt(1220, 700)
	refundPart   = image.Pt(695, 226)
	refundGo     = image.Pt(1134, 725)
	dayExport    = image.Pt(1152, 725)
	exportWrite  = image.Pt(725, 700)
	stateCorner  = image.Pt(300, 720) // inside every large picture of a payment
	promptCorner = image.Pt(140, 725) // inside "Scan the customer's code"
)

// Colours of the light window: what a person sees from two metres.
var (
	paidSoft = color.NRGBA{0xe2, 0xf3, 0xe7, 0xff}
	accent   = color.NRGBA{0x0b, 0x6b, 0x6b, 0xff}
	violet   = color.NRGBA{0x5b, 0x4b, 0xb7, 0xff}
)

// picture is what is on the screen now.
func (w *window) picture(t *testing.T) image.Image {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	shot := exec.CommandContext(ctx, "import", "-window", "root", "png:-")
	shot.Env = w.environment()
	out, err := shot.Output()
	if err != nil {
		t.Fatalf("screenshot: %v", err)
	}
	img, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// shows waits until a place of the screen has a colour, or has it no more.
func (w *window) shows(t *testing.T, what string, at image.Point, want color.NRGBA, wanted bool) {
	t.Helper()
	end := time.Now().Add(patience)
	for {
		img := w.picture(t)
		if near(img.At(at.X, at.Y), want) == wanted {
			return
		}
		if time.Now().After(end) {
			path := filepath.Join(os.TempDir(), "ringup-window.png")
			if f, err := os.Create(path); err == nil {
				_ = png.Encode(f, img)
				_ = f.Close()
			}
			t.Fatalf("waited in vain: %s; at %v is %v; the screen is in %s", what, at, img.At(at.X, at.Y), path)
		}
	}
}

func near(c color.Color, want color.NRGBA) bool {
	r, g, b, _ := c.RGBA()
	off := func(a uint32, b uint8) bool { d := int(a>>8) - int(b); return d > 6 || d < -6 }
	return !off(r, want.R) && !off(g, want.G) && !off(b, want.B)
}

func (w *window) click(t *testing.T, at image.Point) {
	t.Helper()
	w.xdotool(t, "mousemove", strconv.Itoa(at.X), strconv.Itoa(at.Y), "click", "1")
}

// typed types as a person does, scanned as a scanner does: fast, and with a
// trailing Enter.
func (w *window) typed(t *testing.T, text string) {
	t.Helper()
	w.xdotool(t, "type", "--delay", "150", text)
}

func (w *window) scanned(t *testing.T, code string) {
	t.Helper()
	w.xdotool(t, "type", "--delay", "4", code)
	w.xdotool(t, "key", "Return")
}

// verb runs the program's console over the same books.
func (w *window) verb(t *testing.T, args ...string) []byte {
	t.Helper()
	c := exec.Command(w.program, args...)
	c.Env = w.environment()
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("ringup %v: %v\n%s", args, err, errs.String())
	}
	return out
}

// A newcomer's day in training: a sale by the phone on screen, a sale by a
// scanner that types, a part given back, the day exported. Then journal, ledger
// and spreadsheet are held against each other, to the cent.
func TestADayAtTheTill(t *testing.T) {
	till := open(t)
	till.shows(t, "the till with the customer's phone", image.Pt(1112, 680), violet, true)

	till.typed(t, "18*2+9.50")
	till.shows(t, "the prompt to scan", promptCorner, accent, true)
	till.click(t, phoneShow)
	till.shows(t, "paid, by the phone on screen", stateCorner, paidSoft, true)

	till.typed(t, "20") // the next customer; the first key leaves "paid" and counts
	till.shows(t, "the prompt for the next customer", promptCorner, accent, true)
	till.scanned(t, "281006020000000000123456")
	till.shows(t, "paid, by the scanner", stateCorner, paidSoft, true)

	till.click(t, railSales)
	till.shows(t, "the list of sales", stateCorner, paidSoft, false)
	till.click(t, secondSale)
	till.shows(t, "the sale's Refund button", image.Pt(1135, 715), accent, true)
	till.click(t, saleRefund)
	till.shows(t, "the refund's keypad", image.Pt(940, 690), accent, true)
	till.click(t, refundPart)
	till.typed(t, "5.50")
	till.click(t, refundGo)
	till.shows(t, "money given back", stateCorner, paidSoft, true)
	till.xdotool(t, "key", "Escape")

	till.click(t, railDay)
	till.shows(t, "the day", stateCorner, paidSoft, false)
	till.click(t, dayExport)
	till.shows(t, "where to write the file", image.Pt(560, 665), accent, true)
	till.click(t, exportWrite)
	till.shows(t, "the file is written", image.Pt(560, 665), accent, false)
	till.close(t)

	checkBooks(t, till)
}

// checkBooks holds journal, ledger and the exported file against each other.
func checkBooks(t *testing.T, till *window) {
	t.Helper()
	var journal struct {
		Sales []struct {
			Number, State, Refunded string
			Amount                  struct{ Value string }
			Attempts                []struct {
				PaymentRequestID string `json:"paymentRequestId"`
			}
		}
	}
	decode(t, till.verb(t, "sales", "--json"), &journal)
	if len(journal.Sales) != 2 {
		t.Fatalf("%d sales in the journal: %+v", len(journal.Sales), journal.Sales)
	}
	net := map[string]int64{} // by payment request
	var journalNet int64
	for _, s := range journal.Sales {
		if s.State != "paid" || len(s.Attempts) != 1 {
			t.Fatalf("in the journal: %+v", s)
		}
		net[s.Attempts[0].PaymentRequestID] = minor(t, s.Amount.Value) - minor(t, s.Refunded)
		journalNet += minor(t, s.Amount.Value) - minor(t, s.Refunded)
	}
	if journalNet != 4550+2000-550 {
		t.Errorf("the journal's net is %d", journalNet)
	}

	ledger := till.ledger(t)
	ids, ledgerNet := map[string]string{}, int64(0) // payment id → request
	for _, p := range ledger.Payments {
		if p.PaymentStatus != "SUCCESS" {
			t.Errorf("in the ledger: %+v", p)
		}
		ids[p.PaymentID] = p.PaymentRequestID
		ledgerNet += minor(t, p.PaymentAmount.Value)
		net[p.PaymentRequestID] -= minor(t, p.PaymentAmount.Value)
	}
	for _, r := range ledger.Refunds {
		ledgerNet -= minor(t, r.RefundAmount.Value)
		net[ids[r.PaymentID]] += minor(t, r.RefundAmount.Value)
	}
	for id, apart := range net {
		if apart != 0 {
			t.Errorf("payment %s: journal and ledger are %d apart", id, apart)
		}
	}
	if ledgerNet != journalNet {
		t.Errorf("ledger %d, journal %d", ledgerNet, journalNet)
	}

	files, err := filepath.Glob(filepath.Join(till.home, "ringup-*.csv"))
	if err != nil || len(files) != 1 {
		t.Fatalf("exported files: %v, %v", files, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := 0
	for i, name := range rows[0] {
		if name == "amount" {
			column = i
		}
	}
	var csvNet int64
	for _, row := range rows[1:] {
		csvNet += minor(t, strings.Replace(row[column], ".", "", 1))
	}
	if csvNet != journalNet || len(rows) != 4 {
		t.Errorf("the file has %d rows and adds up to %d, the journal to %d", len(rows)-1, csvNet, journalNet)
	}
	till.verb(t, "journal", "verify")
}

type ledger struct {
	Payments []struct {
		PaymentRequestID string `json:"paymentRequestId"`
		PaymentID        string `json:"paymentId"`
		PaymentStatus    string `json:"paymentStatus"`
		PaymentAmount    struct {
			Value string `json:"value"`
		} `json:"paymentAmount"`
	} `json:"payments"`
	Refunds []struct {
		PaymentID    string `json:"paymentId"`
		RefundAmount struct {
			Value string `json:"value"`
		} `json:"refundAmount"`
	} `json:"refunds"`
}

// ledger asks training's Alipay what really happened, by running it alone.
func (w *window) ledger(t *testing.T) ledger {
	t.Helper()
	c := exec.Command(w.program, "sandbox", "--json", "--state", filepath.Join(w.home, "ringup", "training", "alipay"))
	c.Env = w.environment()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		c.Process.Signal(os.Interrupt)
		c.Wait()
	}()
	var told struct{ Listen string }
	if err := json.NewDecoder(out).Decode(&told); err != nil {
		t.Fatal(err)
	}
	return ledgerAt(t, told.Listen)
}

// ledgerAt asks an Alipay that runs.
func ledgerAt(t *testing.T, address string) (l ledger) {
	t.Helper()
	resp, err := http.Get(address + "/sandbox/ledger")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&l); err != nil {
		t.Fatal(err)
	}
	return l
}

func decode(t *testing.T, raw []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
}

func minor(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
