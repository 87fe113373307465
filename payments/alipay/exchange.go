package alipay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"ringup/payments"
)

// clockTolerance is how much earlier than asked an answer may be stamped:
// Response-Time has whole seconds, and clocks are never quite equal.
const clockTolerance = 5 * time.Second

// exchange sends a body once and returns the bytes of an answer that is signed
// by Alipay, for us, and fresh, with an Answer that holds its Stamp; or nil
// and the Answer that says why there is none.
func (c *Client) exchange(ctx context.Context, a *account, call Call, m payments.Moment, body []byte) ([]byte, payments.Answer) {
	ctx, done := context.WithTimeout(ctx, longestCall) // an earlier deadline stays
	defer done()
	begun := time.Now()
	path := call.Path(a.ClientID)
	resp, raw, answer := c.send(ctx, a, path, m, body)
	if resp != nil {
		answer = believe(a, path, m, resp, raw)
	}
	c.note(ctx, a, path, body, resp, raw, answer, time.Since(begun))
	if answer.Outcome != "" {
		return nil, answer
	}
	return raw, answer
}

// send makes the request and reads the whole answer. Without one, it tells
// "not sent" from "unsure": not sent means that no connection was ever handed
// the request.
//
// The transport must never send a request twice. It does so by itself only for
// a request whose body it can rewind (GetBody), on a connection that was used
// before, and then if nothing was written yet or if the method or an
// Idempotency-Key header says that it is harmless (net/http,
// persistConn.shouldRetryRequest). So GetBody is taken away here, that header
// is never set, redirects are not followed (RoundTrip knows none), and HTTP/2,
// which has rules of its own, is switched off.
func (c *Client) send(ctx context.Context, a *account, path string, m payments.Moment, body []byte) (*http.Response, []byte, payments.Answer) {
	none := func(outcome payments.Outcome, reason, words string) (*http.Response, []byte, payments.Answer) {
		return nil, nil, payments.Answer{Outcome: outcome, Result: reason, Hint: hint(words)}
	}
	stamp := RequestTime(m.Now)
	signature, err := Sign(a.key, a.keyVersion, Signed{http.MethodPost, path, a.ClientID, stamp, body})
	if err != nil {
		return none(payments.NotSent, payments.ReasonNoAccount, err.Error())
	}
	var handed atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { handed.Store(true) },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base+path, bytes.NewReader(body))
	if err != nil {
		return none(payments.NotSent, payments.ReasonNoAccount, err.Error())
	}
	req.GetBody = nil
	req.Header.Set("Content-Type", ContentType)
	req.Header.Set("User-Agent", "Ringup")
	req.Header.Set(HeaderClientID, a.ClientID)
	req.Header.Set(HeaderRequestTime, stamp)
	req.Header.Set(HeaderSignature, signature)
	if a.AgentToken != "" {
		req.Header.Set(HeaderAgentToken, string(a.AgentToken))
	}

	resp, err := c.transport.RoundTrip(req)
	if err == nil {
		defer resp.Body.Close()
		var raw []byte
		if raw, err = io.ReadAll(io.LimitReader(resp.Body, largestAnswer+1)); err == nil {
			return resp, raw, payments.Answer{}
		}
	}
	switch {
	case !handed.Load():
		return none(payments.NotSent, payments.ReasonNoConnection, err.Error())
	case timedOut(ctx, err):
		return none(payments.Unsure, payments.ReasonTimeout, err.Error())
	}
	return none(payments.Unsure, payments.ReasonBroken, err.Error())
}

func timedOut(ctx context.Context, err error) bool {
	var n net.Error
	return ctx.Err() != nil || errors.As(err, &n) && n.Timeout()
}

// believe says whether an answer is Alipay's, for us, and fresh: then its
// Outcome is "" and its Stamp is set. What its body says comes later.
//
// An answer without a signature is what the gateway gives when it could not
// tell who asks. Its code is a hint for the owner and nothing more: whether
// the payment was made is open. Any other unsigned answer smells of forgery.
func believe(a *account, path string, m payments.Moment, resp *http.Response, raw []byte) payments.Answer {
	not := func(reason, words string, suspect bool) payments.Answer {
		return payments.Answer{Outcome: payments.Unsure, Result: reason, Hint: hint(words), Suspect: suspect}
	}
	code, refusal := unsignedCode(raw)
	switch {
	case resp.StatusCode != http.StatusOK:
		if !refusal {
			code = fmt.Sprintf("HTTP status %d", resp.StatusCode)
		}
		return not(payments.ReasonBroken, code, false)
	case len(raw) > largestAnswer:
		return not(payments.ReasonBroken, "answer too large", false)
	case len(resp.Header.Values(HeaderSignature)) == 0 && refusal:
		return not(payments.ReasonUnsigned, code, false)
	case len(resp.Header.Values(HeaderSignature)) == 0 && code == "":
		return not(payments.ReasonBroken, "neither signed nor an answer", false)
	}
	var values [3]string
	for i, name := range []string{HeaderSignature, HeaderClientID, HeaderResponseTime} {
		all := resp.Header.Values(name)
		if len(all) != 1 {
			return not(payments.ReasonUnsigned, fmt.Sprintf("%d headers %s", len(all), name), true)
		}
		values[i] = all[0]
	}
	signature, clientID, stamp := values[0], values[1], values[2]
	if clientID != a.ClientID {
		return not(payments.ReasonUnsigned, "for another client id", true)
	}
	if err := Verify(a.alipay, signature, Signed{http.MethodPost, path, clientID, stamp, raw}); err != nil {
		return not(payments.ReasonUnsigned, err.Error(), true)
	}
	at, err := ParseTime(stamp)
	if err != nil {
		return not(payments.ReasonStale, "Response-Time: "+err.Error(), true)
	}
	if !m.Floor.IsZero() && at.Before(m.Floor.Add(-clockTolerance)) {
		return not(payments.ReasonStale, "stamped "+stamp, true)
	}
	return payments.Answer{Stamp: at}
}

// unsignedCode is the result code in a body whose signature is not known, and
// whether it only refuses the request: a code that any call can be answered
// with, or one that is new. It then claims nothing about a payment.
func unsignedCode(raw []byte) (code string, refusal bool) {
	var p Plain
	if Decode(raw, &p) != nil || !p.Result.check() {
		return "", false
	}
	c, known := LookUp(p.Result.ResultCode)
	return p.Result.ResultCode, p.Result.ResultStatus != StatusSuccess && (!known || c.calls == inAll)
}
