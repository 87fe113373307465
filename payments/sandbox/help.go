package sandbox

import (
	"fmt"
	"strings"
)

// Help is the reference of the sandbox for `ringup sandbox --help`: codes,
// control endpoints with examples, faults.
func Help() string {
	var b strings.Builder
	b.WriteString(helpCalls)
	fmt.Fprintf(&b, "\nPayment codes are 16 to 24 digits that begin with 25 to 30. Digits five and six\nof a code that begins with %s choose what the customer does:\n\n", HabitPrefix)
	for _, h := range habits {
		fmt.Fprintf(&b, "  %s%s…  %-22s %s\n", HabitPrefix, h.Digits, h.ID, h.Does)
	}
	b.WriteString(helpControl)
	for _, k := range faultKinds {
		fmt.Fprintf(&b, "  %-15s %s\n", k, faultTexts[k])
	}
	b.WriteString(helpFaults)
	return b.String()
}

const helpCalls = `A whole Alipay on this machine: it checks every request, signs every answer and
keeps a durable ledger in the state folder. credentials.json there holds all that
a till needs; "ringup keys import" reads it.

  POST /ams/sandbox/api/v1/payments/{pay|inquiryPayment|cancel|refund|inquiryRefund}
  POST /ams/api/v1/payments/...                           the same
`

const helpControl = `
Every other code that was not seen before pays at once from a wallet of its own
with 1,000,000.00 in it. A code works once.

Control, in plain JSON, from this machine only; all amounts in minor units:

  GET    /sandbox/ledger
      {"payments":[{"paymentRequestId":"…","paymentId":"…",
         "paymentAmount":{"currency":"HKD","value":"1250"},"paymentStatus":"SUCCESS"}],
       "refunds":[{"refundRequestId":"…","paymentId":"…",
         "refundAmount":{"currency":"HKD","value":"1250"},"refundStatus":"SUCCESS"}]}
      paymentStatus is SUCCESS, PROCESSING, FAIL or CANCELLED;
      refundStatus is SUCCESS, PROCESSING or FAIL.

  POST   /sandbox/wallets    adds or changes; GET lists, DELETE forgets all
      {"wallets":[{"prefix":"281234","balance":"5000","habit":"password","pspName":"GCASH"}],
       "merchantBalance":"100000"}
      A wallet owns the codes that begin with its prefix, which may be a whole
      code; of several the longest prefix counts. Without balance each code has
      1,000,000.00; without habit the code's digits choose it. merchantBalance is
      what cancels and refunds can be paid from: a number, or "unlimited", which
      it is at first.

  POST   /sandbox/codes      a fresh code as a phone shows it, good for 60 seconds
      {"habit":"password"}                          → {"code":"289901…"}

  GET    /sandbox/habits     the table above

  POST   /sandbox/faults     adds lines to the script; GET lists what is left,
                             DELETE clears it, and so does a restart
      {"faults":[{"call":"pay","kind":"drop_answer"},
                 {"call":"inquiryPayment","kind":"result","code":"UNKNOWN_EXCEPTION","times":5},
                 {"call":"cancel","nth":2,"kind":"delay","delayMs":8000},
                 {"kind":"late","id":"PAYMENTREQUESTID","delayMs":3000,"times":-1}]}
      call   pay, inquiryPayment, cancel, refund, inquiryRefund; all when left out
      id     only calls that hold this request id or Alipay id
      nth    strikes from the nth such call on (1)      times  how often (1; -1: always)
      Every call counts for each line that fits it; the first line that is due
      strikes, and only that one.

`

var faultTexts = map[FaultKind]string{
	FaultResult:        `answers "code" (and "status" S, F or U); not processed unless "processed":true`,
	FaultDropRequest:   "never arrives: not processed, connection reset",
	FaultDropAnswer:    `processed, connection reset ("drop" for short)`,
	FaultDelay:         `processed "delayMs" later, also when the caller has gone`,
	FaultLate:          `processed at once, answered "delayMs" later`,
	FaultTruncate:      "half of the answer",
	FaultCorrupt:       "one character of the answer is another",
	FaultUnsign:        "answer without signature",
	FaultWrongKey:      "answer signed with another key",
	FaultWrongClient:   "signed answer for another client id",
	FaultStale:         `signed answer stamped "delayMs" ago (an hour)`,
	FaultReplay:        "earlier signed answer to such a call about another id, else about this one",
	FaultWrongID:       "signed answer about another request id",
	FaultWrongAmount:   "signed answer with one minor unit more",
	FaultWrongCurrency: "signed answer in another currency",
	FaultNoList:        "signed inquiry without its list of transactions",
	FaultTwice:         "the answer two times on one connection, which stays open",
	FaultStatus:        `signed answer with HTTP status "httpStatus" (500)`,
	FaultRedirect:      `HTTP 307; not processed unless "processed":true`,
	FaultHTML:          `a web page; not processed unless "processed":true`,
	FaultHuge:          "signed answer of 10 MiB",
	FaultGzip:          "the same, compressed",
	FaultSlow:          `one byte each "delayMs" (a second)`,
	FaultDieRequest:    "the program ends before it processes",
	FaultDieAnswer:     `processed, the program ends before it answers ("die" for short)`,
}

const helpFaults = `
Customers who confirm later, orders that expire and slow refunds go by the clock
and not by the program: they are right after any restart.
`
