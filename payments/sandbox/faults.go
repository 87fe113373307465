package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"ringup/payments/alipay"
)

// FaultKind is what goes wrong.
type FaultKind string

// The faults. What is said of processing is whether the ledger knows of the
// call; where nothing is said it does.
const (
	FaultResult        FaultKind = "result"         // answers Code instead; not processed unless Processed
	FaultDropRequest   FaultKind = "drop_request"   // not processed, the connection is reset
	FaultDropAnswer    FaultKind = "drop_answer"    // processed, the connection is reset
	FaultDelay         FaultKind = "delay"          // processed Delay later, also when the caller has gone
	FaultLate          FaultKind = "late"           // processed at once, answered Delay later
	FaultTruncate      FaultKind = "truncate"       // half of the answer, then the connection is closed
	FaultCorrupt       FaultKind = "corrupt"        // one character of the answer is another
	FaultUnsign        FaultKind = "unsign"         // no signature
	FaultWrongKey      FaultKind = "wrong_key"      // signed with a key that isn't Alipay's
	FaultWrongClient   FaultKind = "wrong_client"   // signed, for another client id
	FaultStale         FaultKind = "stale"          // signed, stamped Delay ago (an hour if Delay is 0)
	FaultReplay        FaultKind = "replay"         // the earlier signed answer of such a call about another id, or else about this one
	FaultWrongID       FaultKind = "wrong_id"       // signed, about another request id
	FaultWrongAmount   FaultKind = "wrong_amount"   // signed, one minor unit more
	FaultWrongCurrency FaultKind = "wrong_currency" // signed, in another currency
	FaultNoList        FaultKind = "no_list"        // signed, an inquiry's transactions left out
	FaultTwice         FaultKind = "twice"          // the whole answer two times on one connection
	FaultStatus        FaultKind = "status"         // the signed answer with another HTTP status
	FaultRedirect      FaultKind = "redirect"       // HTTP 307 to the same address; not processed unless Processed
	FaultHTML          FaultKind = "html"           // a page as a hotel's network sends it; not processed unless Processed
	FaultHuge          FaultKind = "huge"           // a signed answer of 10 MiB
	FaultGzip          FaultKind = "gzip"           // the same, compressed to 10 KiB
	FaultSlow          FaultKind = "slow"           // one byte each Delay (a second if Delay is 0)
	FaultDieRequest    FaultKind = "die_request"    // the program ends; not processed
	FaultDieAnswer     FaultKind = "die_answer"     // processed, the program ends before it answers
)

var faultKinds = []FaultKind{
	FaultResult, FaultDropRequest, FaultDropAnswer, FaultDelay, FaultLate, FaultTruncate, FaultCorrupt,
	FaultUnsign, FaultWrongKey, FaultWrongClient, FaultStale, FaultReplay, FaultWrongID, FaultWrongAmount,
	FaultWrongCurrency, FaultNoList, FaultTwice, FaultStatus, FaultRedirect, FaultHTML, FaultHuge, FaultGzip,
	FaultSlow, FaultDieRequest, FaultDieAnswer,
}

// aliases are short names that a script may use.
var aliases = map[FaultKind]FaultKind{"drop": FaultDropAnswer, "die": FaultDieAnswer}

// Fault is one line of the script: what happens to the calls that it fits.
// Every call counts for each line that it fits; the first line that is due
// strikes, and only that one.
type Fault struct {
	Kind       FaultKind     `json:"kind"`
	Call       string        `json:"call,omitempty"`       // "pay", "inquiryPayment", "cancel", "refund", "inquiryRefund"; "" fits all
	ID         string        `json:"id,omitempty"`         // only calls that hold this request or Alipay id; "" fits all
	Nth        int           `json:"nth,omitempty"`        // strikes from the nth call that fits; 0 is 1
	Times      int           `json:"times,omitempty"`      // how often; 0 is once, -1 is for ever
	Code       string        `json:"code,omitempty"`       // of a result
	Status     alipay.Status `json:"status,omitempty"`     // of a result: "S", "F", "U"; "" is the code's own
	Processed  bool          `json:"processed,omitempty"`  // of a result, html or redirect
	DelayMS    int64         `json:"delayMs,omitempty"`    // of delay, late, stale, slow
	HTTPStatus int           `json:"httpStatus,omitempty"` // of status; 0 is 500
}

// ErrFault is a line that no script can hold.
var ErrFault = errors.New("no such fault possible")

// scriptLine is a fault and what it has done so far.
type scriptLine struct {
	Fault
	seen, struck int
}

func (f *Fault) check() error {
	if long, ok := aliases[f.Kind]; ok {
		f.Kind = long
	}
	_, known := names[f.Call]
	switch {
	case !slices.Contains(faultKinds, f.Kind):
		return fmt.Errorf("%w: kind %q", ErrFault, f.Kind)
	case f.Call != "" && !known:
		return fmt.Errorf("%w: call %q", ErrFault, f.Call)
	case f.Nth < 0 || f.Times < -1 || f.DelayMS < 0:
		return fmt.Errorf("%w: negative number", ErrFault)
	case f.Kind == FaultResult && f.Code == "":
		return fmt.Errorf("%w: result without code", ErrFault)
	case f.Status != "" && f.Status != alipay.StatusSuccess && f.Status != alipay.StatusFailure && f.Status != alipay.StatusUnknown:
		return fmt.Errorf("%w: status %q", ErrFault, f.Status)
	case f.HTTPStatus != 0 && (f.HTTPStatus < 200 || f.HTTPStatus > 599):
		return fmt.Errorf("%w: HTTP status %d", ErrFault, f.HTTPStatus)
	}
	if f.Nth == 0 {
		f.Nth = 1
	}
	if f.Times == 0 {
		f.Times = 1
	}
	return nil
}

// Script adds lines to the script of faults. It lives in memory only: a
// restart ends it.
func (s *Server) Script(faults ...Fault) error {
	lines := make([]*scriptLine, 0, len(faults))
	for _, f := range faults {
		if err := f.check(); err != nil {
			return err
		}
		lines = append(lines, &scriptLine{Fault: f})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, lines...)
	return nil
}

// ClearScript ends all faults.
func (s *Server) ClearScript() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = nil
}

// Struck is how often a fault of each kind has struck since Open.
func (s *Server) Struck() map[FaultKind]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.struck)
}

// EndDoubt ends the habit never_sure: from now on an inquiry tells how such a
// payment stands.
func (s *Server) EndDoubt() { s.sure.Store(true) }

// Scripted lists the lines that can still strike, with the times and the
// calls that are left to each.
func (s *Server) Scripted() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Fault{}
	for _, l := range s.script {
		if l.spent() {
			continue
		}
		f := l.Fault
		f.Nth = max(f.Nth-l.seen, 1)
		if f.Times > 0 {
			f.Times -= l.struck
		}
		list = append(list, f)
	}
	return list
}

func (l *scriptLine) spent() bool { return l.Times > 0 && l.struck >= l.Times }

func (l *scriptLine) fits(e *exchange) bool {
	return (l.Call == "" || names[l.Call] == e.call) && (l.ID == "" || e.about.has(l.ID))
}

// draw finds the fault that strikes this call; nil for none.
func (s *Server) draw(e *exchange) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var strikes *scriptLine
	for _, l := range s.script {
		if !l.fits(e) {
			continue
		}
		l.seen++
		if strikes == nil && l.seen >= l.Nth && !l.spent() {
			strikes = l
		}
	}
	if strikes == nil {
		return nil
	}
	strikes.struck++
	s.struck[strikes.Kind]++
	f := strikes.Fault
	return &f
}

// is reports whether f is one of the kinds; nil is none.
func (f *Fault) is(kinds ...FaultKind) bool {
	return f != nil && slices.Contains(kinds, f.Kind)
}

// skips reports whether the call is not processed.
func (f *Fault) skips() bool {
	return f.is(FaultResult, FaultRedirect, FaultHTML) && !f.Processed
}

// delay is f's own delay, or else the one given.
func (f *Fault) delay(otherwise time.Duration) time.Duration {
	if f.DelayMS > 0 {
		return time.Duration(f.DelayMS) * time.Millisecond
	}
	return otherwise
}

// scripted is the reply that a result fault puts in a reply's place.
func (s *Server) scripted(f *Fault) reply {
	if !f.is(FaultResult) {
		return refused(codeUnknown)
	}
	r := result(f.Code, "")
	if f.Status != "" {
		r.ResultStatus = f.Status
	}
	return reply{body: alipay.Plain{Result: r}}
}
