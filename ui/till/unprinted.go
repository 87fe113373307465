package till

import (
	"errors"
	"strings"
	"time"

	"ringup/devices/printer"
)

// Unprinted is a slip that was not printed, or not for certain.
type Unprinted struct {
	Job      string // its id, for PrintAgain and Forget
	Number   string // the sale's
	What     string // "Slip", "Refund slip", in the till's language
	At       time.Time
	Sentence string // why, and what to do
}

// Unprinted lists the slips that were not printed and that nobody has looked
// after yet, newest first.
func (t *Till) Unprinted() ([]Unprinted, error) {
	rows, err := t.slips.jobs().lost()
	if err != nil {
		return nil, err
	}
	list := make([]Unprinted, 0, len(rows))
	for _, r := range rows {
		saleID, what, _ := strings.Cut(r.Ref, refSeparator)
		sale, err := t.journal.Sale(saleID)
		if err != nil {
			return nil, err
		}
		list = append(list, Unprinted{
			Job: r.ID, Number: sale.Number, What: t.nameOfSlip(what), At: t.Calendar().In(r.Made), Sentence: t.whyUnprinted(r.Job),
		})
	}
	return list, nil
}

func (t *Books) nameOfSlip(what string) string {
	switch what {
	case whatSale, whatDeclined, whatCancelled:
		return t.Book().Say("print.what." + what)
	}
	return t.Book().Say("print.what.refund")
}

func (t *Books) whyUnprinted(j printer.Job) string {
	sentence := t.Explain(problemOf(j))
	if j.Uncertain {
		return t.Book().Say("print.uncertain", "why", sentence)
	}
	return sentence
}

// problemOf is why a settled job was not printed.
func problemOf(j printer.Job) error {
	problem := &printer.Error{Problem: j.Problem, Link: j.Link, Group: j.Group, Begun: j.Uncertain}
	if j.Problem == "" {
		problem.Problem = printer.Cut
	}
	if j.State == printer.StateExpired {
		return errors.Join(errExpired, problem)
	}
	return problem
}

// PrintAgain prints one of the Unprinted once more; it says COPY if the first
// may be on paper after all. It isn't waited for; Listen tells how it ended.
func (t *Till) PrintAgain(job string) error {
	t.slips.again.Lock()
	defer t.slips.again.Unlock()
	row, err := t.slips.jobs().row(job)
	if err != nil {
		return err
	}
	if !row.lost() { // somebody was faster
		return nil
	}
	saleID, what, _ := strings.Cut(row.Ref, refSeparator)
	sale, err := t.journal.Sale(saleID)
	if err != nil {
		return err
	}
	if kept, err := t.printSlip(sale, what, row.Uncertain, job); err != nil || !kept {
		return err
	}
	return t.Forget(job) // after the new one is kept: better shown twice than lost
}

// Forget takes one from the list of the Unprinted: nobody wants it any more.
func (t *Till) Forget(job string) error {
	err := t.slips.jobs().seen(job)
	if err == nil {
		t.tell(News{Lights: true})
	}
	return err
}
