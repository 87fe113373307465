package till

import (
	"strings"

	"ringup/payments"
	"ringup/receipts"
)

// Read understands a scanned text: a payment code, a slip of this shop, or
// something else that is explained. It looks a slip up in the journal and so
// must not be called from a goroutine that draws.
func (t *Books) Read(text string) Scan {
	text = strings.TrimSpace(text)
	if receipts.IsCode(text) {
		code, err := receipts.ParseCode(text)
		if err == nil {
			var s payments.Sale
			if s, err = t.saleOfSlip(code); err == nil {
				return Scan{Kind: ScanSlip, Number: s.Number}
			}
		}
		return Scan{Kind: ScanWrong, Sentence: t.Explain(err)}
	}
	code, err := payments.ParseCode(text, t.Settings().ExtraPrefixes...)
	if err != nil {
		return Scan{Kind: ScanWrong, Sentence: t.Explain(err)}
	}
	return Scan{Kind: ScanPayment, Masked: code.Masked()}
}

// saleOfSlip is the sale that a slip's code opens: the one whose number and
// random part both agree with it.
func (t *Books) saleOfSlip(c receipts.Code) (payments.Sale, error) {
	if c.Environment != receipts.Environment(t.environment) {
		return payments.Sale{}, ErrOtherEnvironment
	}
	last, err := t.journal.LastCount(t.start.TillName, c.Day())
	if err != nil {
		return payments.Sale{}, err
	}
	for _, number := range c.Numbers(t.start.TillName, last) {
		if s, err := t.journal.SaleByNumber(number); err == nil && c.Matches(s) {
			return s, nil
		}
	}
	// The till may have been renamed since: the day's sales are gone through.
	for offset := 0; ; offset += pageOfDay {
		page, err := t.journal.SalesOf(c.Day(), offset, pageOfDay)
		if err != nil {
			return payments.Sale{}, err
		}
		for _, s := range page {
			if c.Matches(s) {
				return s, nil
			}
		}
		if len(page) < pageOfDay {
			return payments.Sale{}, ErrOtherSlip
		}
	}
}

const pageOfDay = 500
