package alipay

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"time"
	"unicode/utf8"

	"ringup/payments"
)

// What is written to the log is masked here, on the last bytes before they are
// written, so that nothing depends on where they came from.
var (
	// anyCode is a run of digits that could be a payment code, and what stands
	// before it: Alipay's own ids are longer runs that begin otherwise.
	anyCode = regexp.MustCompile(`(^|[^0-9])((?:2[5-9]|30)\d{14,})`)
	// anyRun is a run of digits as long as a code. Words for support tell none
	// whole, whatever it begins with: they may quote bytes that no server
	// should have sent.
	anyRun = regexp.MustCompile(`\d{16,}`)
	// sentCode is the code in a request, whatever it begins with.
	sentCode = regexp.MustCompile(`"paymentMethodId":"([^"]+)"`)
	// personal is what an answer tells about the customer.
	personal = regexp.MustCompile(`(?i)("(?:pspCustomerId|customer2088Id|displayCustomerId|displayCustomerName)"\s*:\s*)"(?:[^"\\]|\\.)*"`)
)

const (
	longestLogged = 4 << 10
	longestHint   = 200
)

// mask hides payment codes and customers' names in what is to be logged.
func mask(text []byte) []byte {
	text = anyCode.ReplaceAllFunc(text, func(found []byte) []byte {
		if first := found[0]; first < '0' || first > '9' {
			_, size := utf8.DecodeRune(found)
			return append(bytes.Clone(found[:size]), maskDigits(found[size:])...)
		}
		return maskDigits(found)
	})
	return personal.ReplaceAll(text, []byte(`$1"***"`))
}

func maskDigits(code []byte) []byte {
	if len(code) < 12 {
		return []byte("…")
	}
	return fmt.Appendf(nil, "%s…%s", code[:6], code[len(code)-2:])
}

// maskWith hides the code that a request carries, too, wherever it stands.
func maskWith(request, text []byte) []byte {
	if sent := sentCode.FindSubmatch(request); sent != nil {
		text = bytes.ReplaceAll(text, sent[1], maskDigits(sent[1]))
	}
	if text = mask(text); len(text) > longestLogged {
		text = text[:longestLogged]
	}
	return text
}

// hint is words for support, short, masked and on one line.
func hint(words string) string {
	return cut(line(string(anyRun.ReplaceAllFunc(mask([]byte(words)), maskDigits))), longestHint)
}

// note writes one exchange to the log.
func (c *Client) note(ctx context.Context, a *account, path string, body []byte, resp *http.Response, raw []byte, answer payments.Answer, took time.Duration) {
	if c.log == nil || !c.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("host", a.base.String()), slog.String("path", path), slog.String("clientId", a.ClientID),
		slog.String("request", string(maskWith(body, body))), slog.Duration("took", took),
	}
	if resp != nil {
		attrs = append(attrs, slog.Int("status", resp.StatusCode), slog.String("responseTime", resp.Header.Get(HeaderResponseTime)))
		if utf8.Valid(raw) {
			attrs = append(attrs, slog.String("answer", string(maskWith(body, raw))))
		} else {
			attrs = append(attrs, slog.Int("answerBytes", len(raw)))
		}
	}
	if answer.Outcome != "" {
		attrs = append(attrs, slog.String("outcome", string(answer.Outcome)), slog.String("reason", answer.Result), slog.String("hint", answer.Hint), slog.Bool("suspect", answer.Suspect))
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "alipay", attrs...)
}
