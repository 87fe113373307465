package alipay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
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
// Nothing here sends a request twice: each has a connection of its own, and a
// connection (unlike http.Transport, which tries a second one when a kept one
// is dead) carries it once or fails. Redirects are not followed.
func (c *Client) send(ctx context.Context, a *account, path string, m payments.Moment, body []byte) (*http.Response, []byte, payments.Answer) {
	none := func(outcome payments.Outcome, reason, words string) (*http.Response, []byte, payments.Answer) {
		return nil, nil, payments.Answer{Outcome: outcome, Result: reason, Hint: hint(words)}
	}
	stamp := RequestTime(m.Now)
	signature, err := Sign(a.key, a.keyVersion, Signed{http.MethodPost, path, a.ClientID, stamp, body})
	if err != nil {
		return none(payments.NotSent, payments.ReasonNoAccount, err.Error())
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base.String()+path, bytes.NewReader(body))
	if err != nil {
		return none(payments.NotSent, payments.ReasonNoAccount, err.Error())
	}
	req.Close = true // the server, too, need not wait for another question
	req.Header.Set("Content-Type", ContentType)
	req.Header.Set("User-Agent", "Ringup")
	req.Header.Set(HeaderClientID, a.ClientID)
	req.Header.Set(HeaderRequestTime, stamp)
	req.Header.Set(HeaderSignature, signature)
	if a.AgentToken != "" {
		req.Header.Set(HeaderAgentToken, string(a.AgentToken))
	}

	conn, err := c.connections.take(ctx, a.base)
	if err != nil {
		return none(payments.NotSent, payments.ReasonNoConnection, err.Error())
	}
	defer conn.Close()
	resp, err := conn.RoundTrip(req)
	if err == nil {
		var raw []byte
		if raw, err = io.ReadAll(io.LimitReader(resp.Body, largestAnswer+1)); err == nil {
			c.connections.makeAhead(a.base)
			return resp, raw, payments.Answer{}
		}
	}
	if timedOut(ctx, err) {
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
