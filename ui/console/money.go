package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ringup/payments"
	"ringup/ui/till"
)

type payVerb struct {
	Amount  string `required:"" help:"Amount in major units, such as 12.50."`
	Code    string `required:"" help:"The digits of the customer's payment code." placeholder:"DIGITS"`
	Note    string `help:"A note for the books and the slip."`
	Print   bool   `help:"Print the slip when it is paid."`
	Again   string `help:"Try this unpaid sale again with a new code." placeholder:"NUMBER"`
	Another bool   `name:"another-customer" help:"Go on although a sale with the same amount is open."`
	patience
}

func (v *payVerb) Run(r *run) error {
	r.options.AutoPrint = v.Print
	return r.till(func(t *till.Till) error {
		amount, err := payments.ParseMoney(v.Amount, t.Currency())
		if err == nil {
			err = amount.CheckCharge()
		}
		if err != nil {
			return err
		}
		if _, err := payments.ParseCode(v.Code, t.Settings().ExtraPrefixes...); err != nil {
			return err
		}
		if v.Print && t.Settings().Printer == "" {
			fmt.Fprintln(r.err, t.Book().Say("light.printer.preview"))
		}
		o := till.Order{Amount: amount, Note: v.Note, Code: v.Code, SameAmountOK: v.Another}
		if v.Again != "" {
			s, err := t.Sale(v.Again)
			if err != nil {
				return err
			}
			o.Again = s.ID
		}
		if err := v.prove(r.ctx, t); err != nil {
			return err
		}
		s, err := t.Sell(r.ctx, o)
		if err != nil {
			return err
		}
		return r.settled(t, s.ID, v.patience)
	})
}

// settled waits for a sale's end, shows it, and gives the exit code.
func (r *run) settled(t *till.Till, saleID string, p patience) error {
	if p.NoWait {
		if _, err := t.Answered(r.ctx, saleID); err != nil && !waited(err) {
			return err
		}
	}
	ctx, cancel := p.context(r.ctx)
	defer cancel()
	s, err := t.Settle(ctx, saleID)
	if err != nil && !waited(err) {
		return err
	}
	r.finishPrinting(t, s)
	r.showSale(t, s)
	switch {
	case s.Open():
		return exit(ExitNotSettled)
	case s.State().Holds():
		return nil
	}
	return exit(ExitRefused)
}

// finishPrinting gives the slip time to get out before the program ends; a
// printer that doesn't take it meanwhile leaves a sentence on stderr.
func (r *run) finishPrinting(t *till.Till, s payments.Sale) {
	ctx, cancel := context.WithTimeout(r.ctx, printWithin)
	defer cancel()
	t.FinishPrinting(ctx, s)
	if light := t.Lights().Printer; !light.On {
		fmt.Fprintln(r.err, light.Sentence)
	}
}

const printWithin = 20 * time.Second

func waited(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

type cancelVerb struct {
	Number string `arg:"" help:"The sale's number."`
	patience
}

func (v *cancelVerb) Run(r *run) error {
	return r.till(func(t *till.Till) error {
		s, err := t.Sale(v.Number)
		if err != nil {
			return err
		}
		err = t.Stop(s.ID)
		switch {
		case errors.Is(err, payments.ErrAlreadyPaid):
			return till.ErrPaidRefundInstead
		case errors.Is(err, payments.ErrNeedsDecision):
			r.showSale(t, s)
			fmt.Fprintln(r.err, t.Explain(err))
			return exit(ExitNotSettled)
		case errors.Is(err, payments.ErrNothingToStop) && !s.Open():
			r.showSale(t, s) // unpaid for good already: what was wanted
			return nil
		case err != nil:
			return err
		}
		ctx, cancel := v.context(r.ctx)
		defer cancel()
		if s, err = t.Settle(ctx, s.ID); err != nil && !waited(err) {
			return err
		}
		r.showSale(t, s)
		switch {
		case s.Open():
			return exit(ExitNotSettled)
		case s.State().Holds():
			return exit(ExitRefused)
		}
		return nil
	})
}

type refundVerb struct {
	Number  string `arg:"" help:"The sale's number."`
	Amount  string `help:"Amount in major units. Default: all that is left."`
	Reason  string `help:"Why, for the books and the slip."`
	Print   bool   `help:"Print the slip when the money is back."`
	Confirm bool   `help:"A person knows of no refund of this sale made elsewhere."`
	patience
}

func (v *refundVerb) Run(r *run) error {
	r.options.AutoPrint = v.Print
	return r.till(func(t *till.Till) error {
		o := till.RefundOrder{Number: v.Number, Reason: v.Reason, Confirmed: v.Confirm}
		s, err := t.Sale(v.Number)
		if err != nil {
			return err
		}
		o.Number = s.Number
		if v.Amount != "" {
			if o.Amount, err = payments.ParseMoney(v.Amount, s.Amount.Currency); err == nil {
				err = o.Amount.CheckCharge()
			}
			if err != nil {
				return fmt.Errorf("%w: %w", till.ErrRefundAmount, err)
			}
		}
		if !s.State().Holds() {
			return payments.ErrNotPaid
		}
		if err := v.prove(r.ctx, t); err != nil && !errors.Is(err, payments.ErrClockWrong) {
			return err
		}
		id, err := t.BeginRefund(r.ctx, o)
		if err != nil {
			return err
		}
		if v.NoWait {
			if _, err := t.Answered(r.ctx, s.ID); err != nil && !waited(err) {
				return err
			}
		}
		ctx, cancel := v.context(r.ctx)
		defer cancel()
		if s, err = t.RefundSettled(ctx, s.ID, id); err != nil && !waited(err) {
			return err
		}
		r.finishPrinting(t, s)
		f := s.Refund(id)
		if r.json {
			r.print(struct {
				Number          string `json:"number"`
				RefundRequestID string `json:"refundRequestId"`
				State           string `json:"state"`
			}{s.Number, f.RefundRequestID, string(f.State)})
		} else {
			r.say("%s  %s  %s", s.Number, f.Amount, t.TellRefund(*f))
		}
		switch f.State {
		case payments.Refunded:
			return nil
		case payments.RefundFailed:
			return exit(ExitRefused)
		}
		return exit(ExitNotSettled)
	})
}

type decideVerb struct {
	Number     string `arg:"" help:"The sale's number."`
	GoodsGiven bool   `xor:"what" required:"" help:"The customer has the goods: the money stays."`
	GiveBack   bool   `xor:"what" required:"" help:"The money goes back, by a refund."`
	patience
}

func (v *decideVerb) Run(r *run) error {
	what := payments.GiveBack
	if v.GoodsGiven {
		what = payments.GoodsGiven
	}
	return r.till(func(t *till.Till) error {
		s, err := t.Sale(v.Number)
		if err != nil {
			return err
		}
		if err := v.prove(r.ctx, t); err != nil && !errors.Is(err, payments.ErrClockWrong) {
			return err
		}
		if s, err = t.Decide(r.ctx, s.Number, what); err != nil {
			return err
		}
		ctx, cancel := v.context(r.ctx)
		defer cancel()
		if s, err = t.Settle(ctx, s.ID); err != nil && !waited(err) {
			return err
		}
		r.showSale(t, s)
		switch {
		case s.State() == payments.AttemptResolve: // it could not be given back
			return exit(ExitRefused)
		case s.Open():
			return exit(ExitNotSettled)
		}
		return nil
	})
}

type resumeVerb struct{ patience }

// join adds those sales that are not listed already.
func join(list, more []payments.Sale) []payments.Sale {
	for _, s := range more {
		if !slices.ContainsFunc(list, func(l payments.Sale) bool { return l.ID == s.ID }) {
			list = append(list, s)
		}
	}
	return list
}

func (v *resumeVerb) Run(r *run) error {
	return r.till(func(t *till.Till) error {
		open, err := t.Unsettled()
		if err != nil {
			return err
		}
		ctx, cancel := v.context(r.ctx)
		defer cancel()
		list := struct {
			Sales  []saleJSON  `json:"sales"`
			Search *searchJSON `json:"search,omitempty"`
			Alarms []alarmJSON `json:"alarms,omitempty"`
		}{Sales: []saleJSON{}}
		lost, err := t.SearchLost(ctx)
		if err != nil {
			return err
		}
		if lost != nil {
			list.Search = &searchJSON{lost.Done, len(lost.Found)}
			open = join(open, lost.Found)
		}
		left := 0
		for _, s := range open {
			s, err := t.Settle(ctx, s.ID)
			if err != nil && !waited(err) {
				return err
			}
			if s.Open() {
				left++
			}
			list.Sales = append(list.Sales, toJSON(s))
			if !r.json {
				r.showSale(t, s)
				for _, f := range s.Refunds {
					r.say("  %s  %s", f.Amount, t.TellRefund(f))
				}
			}
		}
		if list.Alarms, err = r.alarms(t.Books); err != nil {
			return err
		}
		if r.json {
			r.print(list)
		} else {
			r.say("%s", t.Book().Say("console.resumed", "settled", len(open)-left, "left", left))
		}
		switch {
		case lost == nil:
		case lost.Done:
			r.say("%s", t.Book().Say("console.searched", "found", len(lost.Found)))
		default:
			fmt.Fprintln(r.err, t.Book().Say("console.searching"))
			return exit(ExitNotSettled)
		}
		if left > 0 {
			return exit(ExitNotSettled)
		}
		return nil
	})
}
