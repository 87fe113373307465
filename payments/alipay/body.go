package alipay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"ringup/payments"
)

// ErrRequest is a request that can't be sent as it is: the caller's fault.
// Nothing was sent.
var ErrRequest = errors.New("request malformed")

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrRequest, what) }

// payBody is the body of pay. The same request under the same settings always
// makes the same bytes, so that a lost one may be sent again.
func payBody(c *Credentials, q payments.PayRequest) ([]byte, error) {
	switch {
	case !isRequestID(q.PaymentRequestID):
		return nil, malformed("payment request id")
	case q.Code.Digits() == "":
		return nil, malformed("no payment code")
	case q.SentAt.IsZero() || !q.Expiry.After(q.SentAt):
		return nil, malformed("times")
	case len(q.Number) > longestReference:
		return nil, malformed("order number")
	}
	if err := q.Amount.CheckCharge(); err != nil {
		return nil, fmt.Errorf("%w: amount: %w", ErrRequest, err)
	}
	shop := firstOf(c.MerchantDisplayName, c.MerchantName)
	description := cut(firstOf(line(q.Description), shop), longestDescription)
	amount := AmountOf(q.Amount)
	terminal := firstOf(c.StoreTerminalID, DefaultTerminalID)
	return encode(PayRequest{
		ProductCode:      ProductInStore,
		PaymentRequestID: q.PaymentRequestID,
		Order: Order{
			ReferenceOrderID: q.Number,
			OrderDescription: description,
			OrderAmount:      amount,
			Merchant: Merchant{
				ReferenceMerchantID: c.ReferenceMerchantID,
				MerchantMCC:         c.MerchantMCC,
				MerchantName:        c.MerchantName,
				MerchantDisplayName: c.MerchantDisplayName,
				Store: Store{
					ReferenceStoreID: c.ReferenceStoreID,
					StoreName:        firstOf(c.StoreName, c.MerchantName),
					StoreMCC:         firstOf(c.StoreMCC, c.MerchantMCC),
					StoreTerminalID:  terminal,
				},
			},
			Env:   Env{StoreTerminalID: terminal, StoreTerminalRequestTime: TimeOf(q.SentAt)},
			Goods: goods(q.Lines, description),
		},
		PaymentAmount:     amount,
		PaymentMethod:     PaymentMethod{MethodConnectWallet, q.Code.Digits()},
		PaymentFactor:     PaymentFactor{ScenarioPaymentCode},
		PaymentNotifyURL:  firstOf(c.PaymentNotifyURL, DefaultNotifyURL),
		PaymentExpiryTime: TimeOf(q.Expiry),
		// Alipay wants the settlement currency with CONNECT_WALLET.
		SettlementStrategy: SettlementStrategy{firstOf(string(c.SettlementCurrency), string(q.Amount.Currency))},
	})
}

// goods are the sale's lines as the wallet shows them. A line that adds
// nothing, such as a discount, has no place there.
func goods(lines []payments.Line, unnamed string) []Goods {
	var list []Goods
	for i, l := range lines {
		if l.Unit.Minor <= 0 || l.Count <= 0 {
			continue
		}
		if len(list) == mostGoods {
			break
		}
		list = append(list, Goods{
			ReferenceGoodsID: strconv.Itoa(i + 1),
			GoodsName:        cut(firstOf(line(l.Text), unnamed), longestName),
			GoodsUnitAmount:  AmountOf(l.Unit),
			GoodsQuantity:    Text(strconv.FormatInt(l.Count, 10)),
		})
	}
	return list
}

func inquireBody(_ *Credentials, q payments.InquireRequest) ([]byte, error) {
	if !isRequestID(q.PaymentRequestID) {
		return nil, malformed("payment request id")
	}
	return encode(InquiryPaymentRequest{PaymentRequestID: q.PaymentRequestID})
}

func cancelBody(_ *Credentials, q payments.CancelRequest) ([]byte, error) {
	if !isRequestID(q.PaymentRequestID) {
		return nil, malformed("payment request id")
	}
	return encode(CancelRequest{PaymentRequestID: q.PaymentRequestID})
}

func refundBody(_ *Credentials, q payments.RefundRequest) ([]byte, error) {
	switch {
	case !isRequestID(q.RefundRequestID):
		return nil, malformed("refund request id")
	case !isAlipayID(q.PaymentID):
		return nil, malformed("payment id")
	case len(q.Number) > longestReference:
		return nil, malformed("refund number")
	}
	if err := q.Amount.CheckCharge(); err != nil {
		return nil, fmt.Errorf("%w: amount: %w", ErrRequest, err)
	}
	return encode(RefundRequest{
		RefundRequestID:   q.RefundRequestID,
		PaymentID:         q.PaymentID,
		ReferenceRefundID: q.Number,
		RefundAmount:      AmountOf(q.Amount),
		RefundReason:      cut(line(q.Reason), longestDescription),
	})
}

func inquireRefundBody(_ *Credentials, q payments.InquireRefundRequest) ([]byte, error) {
	if !isRequestID(q.RefundRequestID) {
		return nil, malformed("refund request id")
	}
	return encode(InquiryRefundRequest{RefundRequestID: q.RefundRequestID})
}

// encode writes JSON without a line break at its end and without the escapes
// that are for HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// isRequestID reports whether an id of ours is letters and digits, which is
// all that Alipay takes without doubt.
func isRequestID(id string) bool {
	return id != "" && len(id) <= longestRequestID && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// isAlipayID reports whether an id of Alipay's is fit to be kept and printed.
func isAlipayID(id string) bool { return checkText(id, longestPaymentID, true) == nil }

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// line is the text on one line: breaks and control characters become spaces.
func line(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// cut is the text's first characters.
func cut(text string, longest int) string {
	n := 0
	for i := range text {
		if n == longest {
			return strings.TrimSpace(text[:i])
		}
		n++
	}
	return text
}
