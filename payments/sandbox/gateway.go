package sandbox

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ringup/payments/alipay"
)

// clockTolerance is how far a Request-Time may be off. Alipay documents no
// figure; this is the sandbox's choice.
const clockTolerance = 10 * time.Minute

// keyVersion is the only version of the keys that there is.
const keyVersion = "1"

// names maps a fault script's and a ledger reader's names of the calls.
var names = map[string]alipay.Call{
	"pay":            alipay.CallPay,
	"inquiryPayment": alipay.CallInquire,
	"cancel":         alipay.CallCancel,
	"refund":         alipay.CallRefund,
	"inquiryRefund":  alipay.CallInquireRefund,
}

// exchange is one request that the gateway has admitted, and its answer.
type exchange struct {
	call  alipay.Call
	path  string
	body  []byte
	about ids
}

// ids are those that any request may hold.
type ids struct {
	PaymentRequestID string `json:"paymentRequestId"`
	PaymentID        string `json:"paymentId"`
	RefundRequestID  string `json:"refundRequestId"`
	RefundID         string `json:"refundId"`
}

// subject is the id that the request is about.
func (i ids) subject() string {
	return cmp.Or(i.RefundRequestID, i.PaymentRequestID, i.RefundID, i.PaymentID)
}

func (i ids) has(id string) bool {
	return id == i.PaymentRequestID || id == i.PaymentID || id == i.RefundRequestID || id == i.RefundID
}

// serveGateway is Alipay's gateway: it admits a request, lets the script do
// its mischief, has the call answered and the answer signed.
func (s *Server) serveGateway(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.leave()
	e, refusal, err := s.admit(w, r)
	if err != nil { // the request was cut off
		panic(http.ErrAbortHandler)
	}
	if refusal != "" {
		writeUnsigned(w, refusal)
		return
	}
	f := s.draw(e)
	if !s.before(f) {
		s.abort(w)
		return
	}
	rep, err := s.answer(e, r.Header.Get(alipay.HeaderRequestTime), f)
	if err != nil {
		slog.Error("built-in Alipay: the ledger can't be written", "err", err)
		http.Error(w, "ledger", http.StatusInternalServerError)
		return
	}
	if rep.eats || rep.lost {
		s.abort(w)
		return
	}
	a, err := s.sign(e, rep, f)
	if err != nil {
		slog.Error("built-in Alipay: the answer can't be signed", "err", err)
		http.Error(w, "signature", http.StatusInternalServerError)
		return
	}
	if rep.late > 0 && !s.sleep(rep.late) {
		s.abort(w)
		return
	}
	s.deliver(w, a, f)
}

// admit checks all that the gateway checks before it believes the caller. A
// refusal is a result code that is answered unsigned.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) (*exchange, string, error) {
	e := &exchange{path: r.URL.RequestURI()}
	name, ok := strings.CutPrefix(r.URL.Path, alipay.SandboxPath)
	if !ok {
		name, ok = strings.CutPrefix(r.URL.Path, alipay.LivePath)
	}
	for _, call := range names {
		if name == string(call) {
			e.call = call
		}
	}
	if !ok || e.call == "" {
		return nil, codeNoInterface, nil
	}
	if r.Method != http.MethodPost {
		return nil, codeMethod, nil
	}
	if !isJSON(r.Header.Values("Content-Type")) {
		return nil, codeMediaType, nil
	}
	clientID := r.Header.Get(alipay.HeaderClientID)
	if clientID != s.ledger.id.ClientID {
		return nil, codeClient, nil
	}
	var err error
	if e.body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
		var tooLong *http.MaxBytesError
		if errors.As(err, &tooLong) {
			return nil, codeIllegal, nil
		}
		return nil, "", err
	}
	header := r.Header.Get(alipay.HeaderSignature)
	if sig, err := alipay.ParseSignature(header); err == nil && sig.KeyVersion != "" && sig.KeyVersion != keyVersion {
		return nil, codeKey, nil
	}
	if alipay.Verify(&s.tillKey.PublicKey, header, alipay.Signed{
		Method: r.Method, Path: e.path, ClientID: clientID,
		Time: r.Header.Get(alipay.HeaderRequestTime), Body: e.body,
	}) != nil {
		return nil, codeSignature, nil
	}
	// What can't be read here is refused by the call itself.
	_ = json.Unmarshal(e.body, &e.about)
	return e, "", nil
}

// isJSON reports whether a Content-Type, which may be left out, is JSON in UTF-8.
func isJSON(values []string) bool {
	switch len(values) {
	case 0:
		return true
	case 1:
		kind, params, err := mime.ParseMediaType(values[0])
		charset, given := params["charset"]
		return err == nil && kind == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
	}
	return false
}

func writeUnsigned(w http.ResponseWriter, code string) {
	body, err := json.Marshal(alipay.Plain{Result: result(code, "")})
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", alipay.ContentType)
	_, _ = w.Write(body)
}

// answer has the call processed, or whatever the script puts in its place.
func (s *Server) answer(e *exchange, requestTime string, f *Fault) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.skips() {
		return s.scripted(f), nil
	}
	now := s.now()
	if at, err := readRequestTime(requestTime); err != nil {
		return illegal("Request-Time: not a time"), nil
	} else if off := now.Sub(at); off > clockTolerance || off < -clockTolerance {
		return illegal("Request-Time: more than ten minutes off"), nil
	}
	if err := s.settle(now); err != nil {
		return reply{}, err
	}
	process := map[alipay.Call]func([]byte, time.Time) (reply, error){
		alipay.CallPay:           s.pay,
		alipay.CallInquire:       s.inquirePayment,
		alipay.CallCancel:        s.cancel,
		alipay.CallRefund:        s.refund,
		alipay.CallInquireRefund: s.inquireRefund,
	}[e.call]
	rep, err := process(e.body, now)
	if err == nil && f.is(FaultResult) {
		rep = s.scripted(f)
	}
	return rep, err
}

// readRequestTime reads milliseconds since 1970, of any length, or ISO 8601.
func readRequestTime(text string) (time.Time, error) {
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil && allDigits(text) {
		return time.UnixMilli(ms), nil
	}
	return alipay.ParseTime(text)
}

// sign makes a reply into what goes over the wire.
func (s *Server) sign(e *exchange, rep reply, f *Fault) (*answer, error) {
	body, err := json.Marshal(rep.body)
	if err != nil {
		return nil, err
	}
	a := &answer{status: http.StatusOK, header: http.Header{}, body: f.alter(body)}
	a.header.Set("Content-Type", alipay.ContentType)
	a.header.Set(alipay.HeaderClientID, s.ledger.id.ClientID)
	a.header.Set(alipay.HeaderResponseTime, string(wireTime(s.now())))
	if err := s.forge(a, f); err != nil {
		return nil, err
	}
	signature, err := alipay.Sign(s.keyFor(f), keyVersion, alipay.Signed{
		Method: http.MethodPost, Path: e.path,
		ClientID: a.header.Get(alipay.HeaderClientID),
		Time:     a.header.Get(alipay.HeaderResponseTime),
		Body:     a.body,
	})
	if err != nil {
		return nil, err
	}
	a.header.Set(alipay.HeaderSignature, signature)
	return s.replayed(e, a, f), nil
}
