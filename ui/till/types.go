// Package till is the application that both faces share: the verbs of a shop,
// joining the heart with printers, slips, books and settings. The window and
// the console hold no rules of their own; what happens after "paid" is written
// here, once.
package till

import (
	"time"

	"ringup/payments"
)

// Environment is where money is real or not; each has its own folder, journal,
// keys and colours.
type Environment string

// The environments.
const (
	Training Environment = "training" // the built-in Alipay
	Sandbox  Environment = "sandbox"  // Alipay's own, or a built-in one elsewhere
	Live     Environment = "live"
)

// Order is a sale to be made, or tried again.
type Order struct {
	Amount payments.Money
	Lines  []payments.Line // may be empty
	Note   string
	Code   string // as scanned
	// Again is the Sale.ID of a sale whose earlier attempt was not paid: the
	// same sale is tried with a new code. Amount and Lines are then the
	// sale's.
	Again string
	// SameAmountOK answers a payments.SameAmountError: this is another customer.
	SameAmountOK bool
}

// Face is which of the few pictures a payment shows: colour, icon and word
// follow from it.
type Face string

// The faces of a payment.
const (
	FaceSending    Face = "sending"    // calm: the request is under way
	FaceWaiting    Face = "waiting"    // the customer is confirming on the phone; Telling.Left counts down
	FacePaid       Face = "paid"       // green
	FaceNotPaid    Face = "not_paid"   // red: certain that nothing was taken
	FaceFinding    Face = "finding"    // hold: do not hand over the goods, we are finding out
	FaceCancelling Face = "cancelling" // hold: do not hand over the goods, it is being cancelled
	FaceCancelled  Face = "cancelled"  // certain enough to go on: nothing taken, or given back
	FaceDecide     Face = "decide"     // call the owner
	FaceLocked     Face = "locked"     // the till can't write
)

// Action is something that the cashier can do on a payment's screen. A screen
// shows at most two, the second one is the natural next step.
type Action string

// The actions.
const (
	ActStop       Action = "stop"        // Till.Stop
	ActNext       Action = "next"        // serve the next customer; the sale goes on by itself
	ActAgain      Action = "again"       // scan again for the same sale (Order.Again)
	ActGiveUp     Action = "give_up"     // leave the sale unpaid
	ActPrint      Action = "print"       // Till.Print
	ActGoodsGiven Action = "goods_given" // Till.Decide
	ActGiveBack   Action = "give_back"   // Till.Decide
	ActSeen       Action = "seen"        // Books.Acknowledge
)

// Telling is a sale's state in words, in the till's language.
type Telling struct {
	Face    Face
	Title   string // one to six words
	Amount  string // "HK$ 45.50"
	Detail  string // one or two sentences: what is known, whether money moved, what to do
	Left    int    // seconds left in FaceWaiting
	Total   int    // of so many seconds
	Actions []Action
}

// Tag is a sale's state as a word in a list, with the face that colours it.
type Tag struct {
	Face Face
	Text string // "Paid", "Refunded 10.00"
}

// Moment is one line of a sale's story.
type Moment struct {
	At   time.Time
	Text string
}

// ScanKind is what a scanned text turned out to be.
type ScanKind string

// The kinds of scan.
const (
	ScanPayment ScanKind = "payment" // a wallet's payment code: Scan.Masked, and Order.Code takes the text
	ScanSlip    ScanKind = "slip"    // a slip of this shop: Scan.Number is the sale's
	ScanWrong   ScanKind = "wrong"   // anything else: Scan.Sentence says what it is and what to do
)

// Scan is a scanned text, understood.
type Scan struct {
	Kind     ScanKind
	Masked   string
	Number   string
	Sentence string
}

// Light is the state of one device or connection in the bar on top.
type Light struct {
	Name     string // "Alipay", in the till's language
	On       bool   // green; otherwise red, or grey when Absent
	Warn     bool   // On, and amber: it works and needs a look
	Absent   bool   // none is set up
	Sentence string // what is wrong and what to do
}

// Lights are the lights of the bar on top.
type Lights struct{ Scanner, Printer, Alipay Light }

// News is what changed, for a screen to show.
type News struct {
	Sale     *payments.Sale // nil when it is about no sale
	Progress payments.Progress
	Lights   bool          // Lights changed
	Slip     *Slip         // a slip came out of the preview printer
	Printed  *PrintOutcome // a slip went to a printer, or didn't
}

// PrintOutcome tells how a print job ended.
type PrintOutcome struct {
	Number   string // the sale's
	OK       bool
	Waits    bool // not printed yet: it goes on by itself once what Sentence says is mended
	Sentence string
}

// Slip is a receipt as the preview shows it: PNG-ready pixels, black on white.
type Slip struct {
	Number string
	Copy   bool
	PNG    []byte
}

// Task is one thing under Attention, with its one next step.
type Task struct {
	Sale   payments.Sale // its ID is "" for an alarm that is about no sale, or about many
	Tag    Tag
	Text   string // what is known and what to do
	Action Action // "" when there is only to wait
	Alarm  *Alarm // nil for a sale that is open
}

// Summary is a business day in figures.
type Summary struct {
	Day      payments.Day
	Currency payments.Currency
	Takings  payments.Money // paid, before refunds
	Count    int            // paid sales
	Refunds  payments.Money
	Refunded int // how many refunds
	Net      payments.Money
	Open     int // unsettled sales, of any day
	Declined int
	Stopped  int // cancelled
	ByHour   [24]payments.Money
	// ByCashier and ByWallet are sorted by amount, largest first.
	ByCashier []Share
	ByWallet  []Share
	Head      string // the head of the books' chain, first 16 hex digits in groups of four
}

// Share is one row of a breakdown.
type Share struct {
	Name   string
	Amount payments.Money
	Count  int
}

// RefundOrder gives money back for a sale.
type RefundOrder struct {
	Number string
	Amount payments.Money // the zero Money means all that is left
	Reason string
	// Confirmed answers payments.ErrConfirm: a person knows of no refund made elsewhere.
	Confirmed bool
}

// Habit is how the training customer behaves.
type Habit struct {
	ID   string
	Name string // in the till's language
}

// Preset is a button with a name and a price of the owner's.
type Preset struct {
	Name  string
	Price payments.Money
}

// Phone is the training customer's phone that stands beside the till.
type Phone interface {
	Habits() []Habit
	// Code is a fresh payment code whose customer has that habit.
	Code(habitID string) string
}
