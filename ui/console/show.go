package console

import (
	"encoding/json"
	"fmt"

	"ringup/payments"
	"ringup/ui/till"
)

// The JSON that verbs print. Amounts are strings of minor units; codes are
// masked. These names are a contract: they never change.
type (
	amountJSON struct {
		Currency payments.Currency `json:"currency"`
		Value    string            `json:"value"`
	}
	saleJSON struct {
		Number      string        `json:"number"`
		State       string        `json:"state"`
		Amount      amountJSON    `json:"amount"`
		Refunded    string        `json:"refunded"`
		BusinessDay payments.Day  `json:"businessDay"`
		Cashier     string        `json:"cashier,omitempty"`
		Note        string        `json:"note,omitempty"`
		Lines       []lineJSON    `json:"lines,omitempty"`
		Attempts    []attemptJSON `json:"attempts"`
		Refunds     []refundJSON  `json:"refunds"`
		Story       []storyJSON   `json:"story,omitempty"`
	}
	lineJSON struct {
		Text  string `json:"text"`
		Unit  string `json:"unitPrice"`
		Count int64  `json:"count"`
	}
	attemptJSON struct {
		PaymentRequestID string `json:"paymentRequestId"`
		PaymentID        string `json:"paymentId"`
		State            string `json:"state"`
		Code             string `json:"code"`
		Result           string `json:"result,omitempty"`
	}
	refundJSON struct {
		RefundRequestID string `json:"refundRequestId"`
		RefundID        string `json:"refundId"`
		State           string `json:"state"`
		Amount          string `json:"amount"`
	}
	// searchJSON is the search at Alipay for what restored books had lost.
	searchJSON struct {
		Done  bool `json:"done"`
		Found int  `json:"found"` // payments that it took up
	}
	storyJSON struct {
		At   string `json:"at"`
		Text string `json:"text"`
	}
)

func moneyJSON(m payments.Money) amountJSON { return amountJSON{m.Currency, m.Wire()} }

func toJSON(s payments.Sale) saleJSON {
	j := saleJSON{
		Number: s.Number, State: string(s.State()), Amount: moneyJSON(s.Amount), Refunded: s.RefundedSum().Wire(),
		BusinessDay: s.BusinessDay, Cashier: s.Cashier, Note: s.Note, Attempts: []attemptJSON{}, Refunds: []refundJSON{},
	}
	for _, l := range s.Lines {
		j.Lines = append(j.Lines, lineJSON{l.Text, l.Unit.Wire(), l.Count})
	}
	for _, a := range s.Attempts {
		j.Attempts = append(j.Attempts, attemptJSON{a.PaymentRequestID, a.PaymentID, string(a.State), a.Code, a.Result})
	}
	for _, f := range s.Refunds {
		j.Refunds = append(j.Refunds, refundJSON{f.RefundRequestID, f.RefundID, string(f.State), f.Amount.Wire()})
	}
	return j
}

// print writes one JSON object.
func (r *run) print(v any) {
	enc := json.NewEncoder(r.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		fmt.Fprintln(r.err, err)
	}
}

// showSale tells a sale's state: as JSON, or as the window would say it.
func (r *run) showSale(t *till.Till, s payments.Sale) {
	if r.json {
		r.print(toJSON(s))
		return
	}
	tell := t.Tell(s, t.Progress(s.ID))
	r.say("%s  %s  %s\n%s", s.Number, tell.Amount, tell.Title, tell.Detail)
}

// rowOf is one sale as a line of a list.
func (r *run) rowOf(b *till.Books, s payments.Sale) string {
	return fmt.Sprintf("%s  %s  %14s  %-20s %s", b.Calendar().In(s.Created).Format("2006-01-02 15:04"), s.Number, s.Amount, b.Tag(s).Text, till.WalletOf(s))
}
