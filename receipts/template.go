package receipts

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// ErrTemplate is a template that can't be; the error that wraps it says why.
var ErrTemplate = errors.New("not a template of a slip")

// The limits of a template.
const (
	MaxTemplateLines = 8   // of the header, and of the footer
	MaxTemplateRunes = 200 // in each of them
)

// Template is how the owner wants the shop's slips; the zero Template is the
// usual way. It changes what stands on a slip and in which order, never what
// has happened: the amount, the sale's number, COPY and the marks of training
// stand on every slip.
type Template struct {
	Header []string `json:"header,omitempty"` // under the shop's address, a line each
	Footer []string `json:"footer,omitempty"` // at the end, a line each
	// Fields are what a sale's or refund's slip says and in which order; none
	// means UsualFields.
	Fields []Field `json:"fields,omitempty"`
	// Codes is how the slip's own code stands on it; "" means CodeQR.
	Codes Codes `json:"codes,omitempty"`
	// Languages are the slip's, one or two, as BCP 47 tags; none means the
	// till's own.
	Languages []string `json:"languages,omitempty"`
	Logo      *Picture `json:"-"`
}

// Field is a part of a slip that the owner may move or leave out.
type Field string

// The fields.
const (
	FieldLogo      Field = "logo"
	FieldShop      Field = "shop" // name and address
	FieldHeader    Field = "header"
	FieldNumber    Field = "number" // with time and date; always there
	FieldCashier   Field = "cashier"
	FieldLines     Field = "lines"      // what was sold
	FieldTotal     Field = "total"      // always there
	FieldWallet    Field = "wallet"     // and the customer's masked account
	FieldPaymentID Field = "payment_id" // Alipay's
	FieldNote      Field = "note"
	FieldCode      Field = "code" // the slip's own, for refunds
	FieldFooter    Field = "footer"
)

// Codes is how a slip's own code is printed.
type Codes string

// The ways to print the slip's own code.
const (
	CodeQR      Codes = "qr"
	CodeBarcode Codes = "barcode" // Code 128
	CodeBoth    Codes = "both"
	CodeNone    Codes = "none"
)

// UsualFields are the fields of a slip and their order, as long as the owner
// has no wishes.
func UsualFields() []Field {
	return []Field{
		FieldLogo, FieldShop, FieldHeader, FieldNumber, FieldCashier, FieldLines, FieldTotal,
		FieldWallet, FieldPaymentID, FieldNote, FieldCode, FieldFooter,
	}
}

// Validate says whether the template can be kept; the error wraps ErrTemplate.
// A slip is made by any template: what is not known is left out.
func (t Template) Validate() error {
	wrong := func(format string, values ...any) error {
		return fmt.Errorf("%w: %s", ErrTemplate, fmt.Sprintf(format, values...))
	}
	for name, lines := range map[string][]string{"header": t.Header, "footer": t.Footer} {
		if len(lines) > MaxTemplateLines {
			return wrong("%s of %d lines", name, len(lines))
		}
		for _, line := range lines {
			if n := utf8.RuneCountInString(line); n > MaxTemplateRunes {
				return wrong("line of %d characters in the %s", n, name)
			}
		}
	}
	for i, f := range t.Fields {
		if !slices.Contains(UsualFields(), f) {
			return wrong("no field %q", string(f))
		}
		if slices.Contains(t.Fields[:i], f) {
			return wrong("field %q twice", string(f))
		}
	}
	switch t.Codes {
	case "", CodeQR, CodeBarcode, CodeBoth, CodeNone:
	default:
		return wrong("no codes %q", string(t.Codes))
	}
	if len(t.Languages) > 2 {
		return wrong("%d languages", len(t.Languages))
	}
	for _, tag := range t.Languages {
		if _, err := language.Parse(tag); err != nil {
			return wrong("language %q", tag)
		}
	}
	if len(t.Languages) == 2 && t.Languages[0] == t.Languages[1] {
		return wrong("language %q twice", t.Languages[0])
	}
	return nil
}

// fields are those of a slip, in their order: each at most once, the number
// after what stands at the top and the total before what stands at the end
// where the owner has left them out.
func (t Template) fields() []Field {
	if len(t.Fields) == 0 {
		return UsualFields()
	}
	fields := make([]Field, 0, len(t.Fields)+2)
	for _, f := range t.Fields {
		if !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	if !slices.Contains(fields, FieldNumber) {
		at := 0
		for at < len(fields) && fields[at].part() == partHead {
			at++
		}
		fields = slices.Insert(fields, at, FieldNumber)
	}
	if !slices.Contains(fields, FieldTotal) {
		at := slices.Index(fields, FieldLines)
		if at < 0 {
			at = slices.Index(fields, FieldNumber)
			if next := at + 1; next < len(fields) && fields[next] == FieldCashier {
				at = next
			}
		}
		fields = slices.Insert(fields, at+1, FieldTotal)
	}
	return fields
}

// part is a piece of a slip that a rule keeps from the next.
type part int

const (
	partHead part = iota + 1 // logo, shop, header
	partSale                 // number, cashier
	partLines
	partMoney // total, wallet, ids, note
	partEnd   // the code and the footer: no rule before them
)

func (f Field) part() part {
	switch f {
	case FieldLogo, FieldShop, FieldHeader:
		return partHead
	case FieldNumber, FieldCashier:
		return partSale
	case FieldLines:
		return partLines
	case FieldCode, FieldFooter:
		return partEnd
	}
	return partMoney
}
