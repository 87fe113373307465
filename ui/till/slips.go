package till

import (
	"context"
	"encoding/json"
	"errors"

	"ringup/devices/printer"
	"ringup/payments"
	"ringup/receipts"
	"ringup/receipts/escpos"
	"ringup/receipts/raster"
)

// topicPrint is the journal's note of a slip that was printed, or was not.
const topicPrint = "print"

// previewPrinter is what the books call the screen.
const previewPrinter = "preview"

// The ends of a print, as the books and the story name them.
const (
	printPrinted = "printed"     // the printer said so
	printSent    = "sent"        // handed over to a printer that can't say
	printFailed  = "not_printed" // not, or not for certain
	printPreview = "preview"     // shown on screen
)

type printNote struct {
	State   string `json:"state"`
	Printer string `json:"printer"`
	What    string `json:"what"` // sale, declined, cancelled, or a refund's request id
	Problem string `json:"problem,omitempty"`
	// Uncertain says of a slip that was not printed that it may be on paper.
	Uncertain bool `json:"uncertain,omitempty"`
}

// paper is the shop's roll.
func (s Settings) paper() (receipts.Paper, error) {
	return receipts.PaperOf(s.Paper, s.Dots, s.Columns)
}

// profile is how the shop's printer prints.
func (s Settings) profile() escpos.Profile {
	p := escpos.Profile{Text: s.textMode(), Cut: escpos.Cut(firstOf(s.Cut, string(escpos.CutPartial))), NativeQR: s.NativeQR, NativeBarcode: s.NativeQR}
	var err error
	if p.Paper, err = s.paper(); err != nil { // Validate lets none such in
		p.Paper = receipts.Paper58
	}
	return p
}

func (s Settings) textMode() escpos.TextMode {
	if s.Script == ScriptLatin {
		return escpos.TextCP437
	}
	return escpos.TextMode(s.Script)
}

func (t *Books) picture(slip receipts.Slip, err error) (Slip, error) {
	if err != nil {
		return Slip{}, err
	}
	return pictureOf(slip, t.Settings())
}

// pictureOf is a slip as it prints under these settings.
func pictureOf(slip receipts.Slip, s Settings) (Slip, error) {
	png, err := raster.PNG(slip, s.profile().Sheet())
	return Slip{Number: slip.Number, Copy: slip.Copy, PNG: png}, err
}

// Slip is the picture of a sale's slip, as it prints.
func (t *Books) Slip(number string, copy bool) (Slip, error) {
	s, err := t.journal.SaleByNumber(number)
	if err != nil {
		return Slip{}, err
	}
	return t.picture(t.slipOf(s, whatIs(s), copy))
}

// RefundSlip is the picture of a refund's slip.
func (t *Books) RefundSlip(number, refundRequestID string, copy bool) (Slip, error) {
	s, err := t.journal.SaleByNumber(number)
	if err != nil {
		return Slip{}, err
	}
	return t.picture(t.slipOf(s, refundRequestID, copy))
}

// TestSlip is the picture of the test page.
func (t *Books) TestSlip() (Slip, error) { return t.picture(t.testPage()) }

func (t *Books) testPage() (receipts.Slip, error) {
	s := t.Settings()
	form, err := t.form(false)
	if err != nil {
		return receipts.Slip{}, err
	}
	return form.TestPage(s.profile().Sheet(), firstOf(s.Printer, previewPrinter), t.Calendar().In(t.corrected())), nil
}

// figures is a day as its slip prints it.
func (t *Books) figures(day payments.Day) (receipts.Slip, error) {
	d, err := t.Day(day)
	if err != nil {
		return receipts.Slip{}, err
	}
	share := func(of []Share) (list []receipts.Share) {
		for _, s := range of {
			list = append(list, receipts.Share(s))
		}
		return list
	}
	form, err := t.form(false)
	if err != nil {
		return receipts.Slip{}, err
	}
	return form.Day(receipts.Figures{
		Day: day, Closed: day < t.Today(), Printed: t.Calendar().In(t.corrected()), By: t.Cashier(),
		Takings: d.Takings, Count: d.Count, Refunds: d.Refunds, Refunded: d.Refunded, Net: d.Net,
		Declined: d.Declined, Stopped: d.Stopped, Open: d.Open,
		ByWallet: share(d.ByWallet), ByCashier: share(d.ByCashier), Head: d.Head,
	}), nil
}

// PrintDay prints a day's figures on the shop's printer and waits for it.
func (t *Books) PrintDay(ctx context.Context, day payments.Day) error {
	if t.Settings().Printer == "" {
		return ErrNoPrinter
	}
	slip, err := t.figures(day)
	if err != nil {
		return err
	}
	_, err = t.send(ctx, slip, t.Settings().Printer)
	return err
}

// PrintTo prints a sale's slip, or that of one of its refunds, on any printer
// and waits for it; a slip that was printed before says COPY. It returns how the
// print ended, as the books name it and as a sentence.
func (t *Books) PrintTo(ctx context.Context, number, refundRequestID, address string) (state, sentence string, err error) {
	s, err := t.journal.SaleByNumber(number)
	if err != nil {
		return "", "", err
	}
	what := firstOf(refundRequestID, whatIs(s))
	copy, err := t.printedBefore(s.ID, what)
	if err != nil {
		return "", "", err
	}
	slip, err := t.slipOf(s, what, copy)
	if err != nil {
		return "", "", err
	}
	state, err = t.send(ctx, slip, address)
	t.notePrint(s.ID, what, address, state, err)
	if err != nil {
		return state, "", err
	}
	return state, t.Book().Say(map[string]string{printPrinted: "print.done", printSent: "print.sent"}[state]), nil
}

// send encodes a slip for a printer and sends it once.
func (t *Books) send(ctx context.Context, slip receipts.Slip, address string) (state string, err error) {
	p, err := t.printerAt(address)
	if err != nil {
		return printFailed, err
	}
	job, err := escpos.Encode(slip, t.Settings().profile())
	if err != nil {
		return printFailed, err
	}
	result, err := p.Send(ctx, job)
	switch {
	case err != nil:
		return printFailed, err
	case result.Printed:
		return printPrinted, nil
	}
	return printSent, nil
}

// printedBefore reports whether the books know of a slip that it is, or may be,
// on paper.
func (t *Books) printedBefore(saleID, what string) (bool, error) {
	events, err := t.journal.EventsOf(saleID)
	if err != nil {
		return false, err
	}
	for _, e := range events {
		if n, ok := e.Body.(payments.Note); ok && n.Topic == topicPrint {
			var p printNote
			if json.Unmarshal(n.Data, &p) == nil && p.What == what && (p.State != printFailed || p.Uncertain) {
				return true, nil
			}
		}
	}
	return false, nil
}

// notePrint writes how a print ended; that it can't be written is logged only,
// since a print never holds up a payment.
func (t *Books) notePrint(saleID, what, address, state string, problem error) {
	n := printNote{State: state, Printer: firstOf(address, previewPrinter), What: what}
	if problem != nil {
		n.Problem = problem.Error()
		var failed *printer.Error
		n.Uncertain = errors.As(problem, &failed) && failed.Begun
	}
	data, err := json.Marshal(n)
	if err == nil {
		err = t.append(saleID, payments.Note{Topic: topicPrint, Data: data})
	}
	if err != nil {
		t.options.Log.Error("note of a print", "error", err)
	}
}

// printProblem is the phrase of what a printer can't do, and the group that
// mends a missing right; "" when err is no printer's.
func printProblem(err error) (key, group string) {
	var problem *printer.Error
	var word printer.Problem
	var link *printer.LinkError
	switch {
	case errors.Is(err, errExpired):
		return "print.expired", ""
	case errors.As(err, &problem) && problem.Problem == printer.Denied && problem.Group == "":
		return "print.denied_here", ""
	case errors.As(err, &problem):
		return "print." + string(problem.Problem), problem.Group
	case errors.As(err, &word):
		return "print." + string(word), ""
	case errors.As(err, &link):
		return "print.address", ""
	}
	return "", ""
}
