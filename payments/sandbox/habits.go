package sandbox

import "time"

// Habit is what a customer does with a payment. What it is called for people
// is the phrase "habit.<ID>".
type Habit struct {
	ID     string `json:"id"`
	Digits string `json:"digits"` // the fifth and sixth digit of a code that begins with 2899
	Does   string `json:"does"`   // in technical English, for Help
}

// HabitPrefix begins every code whose fifth and sixth digit choose a habit.
const HabitPrefix = "2899"

// Times that habits keep.
const (
	quickConfirm    = 5 * time.Second  // a customer who types the password at once
	slowConfirm     = 40 * time.Second // one who looks for the glasses first
	confirmAfter    = 3 * time.Second  // confirms_after_cancel: after the cancel
	lateAnswer      = 8 * time.Second  // the answer that comes after the till stopped waiting
	slowRefund      = 10 * time.Second
	lostAfterPay    = 3 // network_fails: how many calls after pay lose their answers
	habitDigitsFrom = len(HabitPrefix)
	habitDigitsTo   = habitDigitsFrom + 2
)

// habit is a Habit with what it does in figures. The zero habit pays at once.
type habit struct {
	Habit
	refuse    string        // pay fails at once with this code
	asks      bool          // asks for the password before it pays
	confirm   time.Duration // after which the customer confirms; 0: never, when it asks
	failsWith string        // the confirmation fails with this code
	onCancel  bool          // confirms at the moment that the first cancel arrives
	after     time.Duration // confirms this long after a cancel
	lost      int           // answers lost after pay's own
	eaten     bool          // the first pay never arrives
	unsure    bool          // pay and every inquiry stay U
	late      time.Duration // pay's answer comes this much later
	refunds   refundHabit
}

// refundHabit is what a wallet does about refunds.
type refundHabit int

const (
	refundsAll refundHabit = iota
	refundsNone
	refundsOnce
	refundsWhole
	refundsSlowly
	refundsBounce
)

// habits is the table. An id or its digits never change their meaning.
var habits = []habit{
	{Habit: Habit{"pays", "00", "pays at once"}},
	{Habit: Habit{"password", "01", "asks for the password; the customer confirms after 5 s"}, asks: true, confirm: quickConfirm},
	{Habit: Habit{"slow", "02", "asks for the password; the customer confirms after 40 s"}, asks: true, confirm: slowConfirm},
	{Habit: Habit{"poor", "03", "too little money: USER_BALANCE_NOT_ENOUGH"}, refuse: codePoor},
	{Habit: Habit{"limit", "04", "over the customer's limit: USER_AMOUNT_EXCEED_LIMIT"}, refuse: "USER_AMOUNT_EXCEED_LIMIT"},
	{Habit: Habit{"expired", "05", "the code is too old: EXPIRED_CODE"}, refuse: codeExpired},
	{Habit: Habit{"used", "06", "the code was used before: INVALID_PAYMENT_CODE"}, refuse: codeInvalid},
	{Habit: Habit{"risk", "07", "refused by risk control: RISK_REJECT"}, refuse: "RISK_REJECT"},
	{Habit: Habit{"walks_away", "08", "asks for the password; nobody confirms, closed at expiry"}, asks: true},
	{Habit: Habit{"confirms_on_cancel", "09", "asks; confirms as the first cancel arrives (answered U); the next one gives back"}, asks: true, onCancel: true},
	{Habit: Habit{"confirms_after_cancel", "10", "asks; confirms 3 s after the cancel; given back at once, stays CANCELLED"}, asks: true, after: confirmAfter},
	{Habit: Habit{"network_fails", "11", "pays at once; the answers to pay and the next 3 calls about it are lost"}, lost: lostAfterPay},
	{Habit: Habit{"never_sure", "12", "pays at once, but pay and every inquiry answer U for ever; cancel works"}, unsure: true},
	{Habit: Habit{"late_answer", "13", "pays at once, but pay is answered 8 s late"}, late: lateAnswer},
	{Habit: Habit{"request_lost", "14", "the first pay with this code never arrives; the next one pays at once"}, eaten: true},
	{Habit: Habit{"wrong_password", "15", "asks; after 5 s the customer fails: USER_PAYMENT_VERIFICATION_FAILED"}, asks: true, confirm: quickConfirm, failsWith: "USER_PAYMENT_VERIFICATION_FAILED"},
	{Habit: Habit{"kyc", "16", "identity not checked: USER_KYC_NOT_QUALIFIED"}, refuse: "USER_KYC_NOT_QUALIFIED"},
	{Habit: Habit{"abnormal", "17", "wallet account has a problem: USER_STATUS_ABNORMAL"}, refuse: "USER_STATUS_ABNORMAL"},
	{Habit: Habit{"unknown_wallet", "18", "no such wallet: USER_NOT_EXIST"}, refuse: "USER_NOT_EXIST"},
	{Habit: Habit{"no_options", "19", "the wallet can't pay in this currency: NO_PAY_OPTIONS"}, refuse: "NO_PAY_OPTIONS"},
	{Habit: Habit{"no_refunds", "20", "pays at once; a refund is refused: REFUND_NOT_SUPPORTED"}, refunds: refundsNone},
	{Habit: Habit{"one_refund", "21", "pays at once; takes one refund, then MULTIPLE_REFUNDS_NOT_SUPPORTED"}, refunds: refundsOnce},
	{Habit: Habit{"whole_refund", "22", "pays at once; a refund of a part: PARTIAL_REFUND_NOT_SUPPORTED"}, refunds: refundsWhole},
	{Habit: Habit{"slow_refund", "23", "pays at once; a refund is REFUND_IN_PROCESS (U) and succeeds after 10 s"}, refunds: refundsSlowly},
	{Habit: Habit{"refund_fails", "24", "pays at once; a refund is REFUND_IN_PROCESS (U) and fails after 10 s"}, refunds: refundsBounce},
}

// Habits lists what customers can do, in the order of their digits.
func Habits() []Habit {
	list := make([]Habit, len(habits))
	for i, h := range habits {
		list[i] = h.Habit
	}
	return list
}

func habitByID(id string) (habit, bool) {
	for _, h := range habits {
		if h.ID == id {
			return h, true
		}
	}
	return habit{}, false
}

// habitOfCode is the habit that a code's digits choose; digits that are not in
// the table pay at once, as every other code does.
func habitOfCode(digits string) habit {
	if len(digits) >= habitDigitsTo && digits[:habitDigitsFrom] == HabitPrefix {
		for _, h := range habits {
			if h.Digits == digits[habitDigitsFrom:habitDigitsTo] {
				return h
			}
		}
	}
	return habits[0]
}
