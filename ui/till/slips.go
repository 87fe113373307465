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
	What    string `json:"what"` // sale, or a refund's request id
	Problem string `json:"problem,omitempty"`
}

// form is the head of every slip of this shop.
func (t *Books) form(copy bool) receipts.Form {
	s := t.Settings()
	return receipts.Form{
		Shop:        receipts.Shop{Name: s.ShopName, Address: s.Address, Till: t.start.TillName},
		Environment: receipts.Environment(t.environment), Words: t.Book(), Copy: copy,
	}
}

// profile is how the shop's printer prints.
func (s Settings) profile() escpos.Profile {
	p := escpos.Profile{Paper: receipts.Paper58, Text: escpos.TextRaster, Cut: escpos.CutPartial}
	if s.Paper == 80 {
		p.Paper = receipts.Paper80
	}
	switch s.Script {
	case ScriptGB18030:
		p.Text = escpos.TextGB18030
	case ScriptLatin:
		p.Text = escpos.TextCP437
	}
	return p
}

func (t *Books) picture(slip receipts.Slip, err error) (Slip, error) {
	if err != nil {
		return Slip{}, err
	}
	png, err := raster.PNG(slip, t.Settings().profile().Sheet())
	return Slip{Number: slip.Number, Copy: slip.Copy, PNG: png}, err
}

// Slip is the picture of a paid sale's slip, as it prints.
func (t *Books) Slip(number string, copy bool) (Slip, error) {
	s, err := t.journal.SaleByNumber(number)
	if err != nil {
		return Slip{}, err
	}
	return t.picture(t.form(copy).Sale(s))
}

// RefundSlip is the picture of a refund's slip.
func (t *Books) RefundSlip(number, refundRequestID string, copy bool) (Slip, error) {
	s, err := t.journal.SaleByNumber(number)
	if err != nil {
		return Slip{}, err
	}
	return t.picture(t.form(copy).Refund(s, refundRequestID))
}

// TestSlip is the picture of the test page.
func (t *Books) TestSlip() (Slip, error) { return t.picture(t.testPage(), nil) }

func (t *Books) testPage() receipts.Slip {
	s := t.Settings()
	return t.form(false).TestPage(s.profile().Sheet(), firstOf(s.Printer, previewPrinter), t.Calendar().In(t.corrected()))
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
	return t.form(false).Day(receipts.Figures{
		Day: day, Printed: t.Calendar().In(t.corrected()), By: t.Cashier(),
		Takings: d.Takings, Count: d.Count, Refunds: d.Refunds, Refunded: d.Refunded, Net: d.Net,
		Declined: d.Declined, Stopped: d.Stopped, Open: d.Open,
		ByWallet: share(d.ByWallet), ByCashier: share(d.ByCashier), Head: d.Head,
	}), nil
}

// PrintDay prints a day's figures on the shop's printer and waits for it.
func (t *Books) PrintDay(ctx context.Context, day payments.Day) error {
	slip, err := t.figures(day)
	if err != nil {
		return err
	}
	_, err = t.send(ctx, slip, t.Settings().Printer)
	return err
}

// PrintTo prints a paid sale's slip on any printer and waits for it; a slip
// that was printed before says COPY. It returns how the print ended, as the
// books name it and as a sentence.
func (t *Books) PrintTo(ctx context.Context, number, address string) (state, sentence string, err error) {
	s, err := t.journal.SaleByNumber(number)
	if err != nil {
		return "", "", err
	}
	copy, err := t.printedBefore(s.ID, whatSale)
	if err != nil {
		return "", "", err
	}
	slip, err := t.form(copy).Sale(s)
	if err != nil {
		return "", "", err
	}
	state, err = t.send(ctx, slip, address)
	t.notePrint(s.ID, whatSale, address, state, err)
	if err != nil {
		return state, "", err
	}
	return state, t.Book().Say(map[string]string{printPrinted: "print.done", printSent: "print.sent"}[state]), nil
}

// send encodes a slip for a printer and sends it once.
func (t *Books) send(ctx context.Context, slip receipts.Slip, address string) (state string, err error) {
	p, err := printer.Open(address)
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

func (t *Books) printedBefore(saleID, what string) (bool, error) {
	events, err := t.journal.EventsOf(saleID)
	if err != nil {
		return false, err
	}
	for _, e := range events {
		if n, ok := e.Body.(payments.Note); ok && n.Topic == topicPrint {
			var p printNote
			if json.Unmarshal(n.Data, &p) == nil && p.What == what && p.State != printFailed {
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
	case errors.As(err, &problem):
		return "print." + string(problem.Problem), problem.Group
	case errors.As(err, &word):
		return "print." + string(word), ""
	case errors.As(err, &link) && errors.Is(err, printer.ErrUnsupportedLink):
		return "print.unsupported", ""
	case errors.As(err, &link):
		return "print.address", ""
	}
	return "", ""
}
