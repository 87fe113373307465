package receipts

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
