package sandbox

import (
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ringup/payments/alipay"
)

func TestTheSameRequestsAtOnce(t *testing.T) {
	c := newTill(t)
	pay := marshal(t, c.goodPay("A1", c.fresh(), "100"))
	other := marshal(t, c.goodPay("A2", "2899000000000001", "100"))
	third := marshal(t, c.goodPay("A3", "2899000000000001", "100"))
	var together sync.WaitGroup
	ids := make([]string, 24)
	codes := make([]string, 24)
	for i := range ids {
		together.Go(func() {
			body := [][]byte{pay, other, third}[i%3]
			h, err := c.send(c.request(alipay.CallPay, body))
			if err != nil {
				t.Error(err)
				return
			}
			ids[i], codes[i] = h.paymentID, h.ResultCode
		})
	}
	together.Wait()
	for i := range ids {
		if ids[i] != ids[i%3] || codes[i] != codes[i%3] {
			t.Errorf("request %d was answered %s %s, the first one %s %s", i, ids[i], codes[i], ids[i%3], codes[i%3])
		}
	}
	if codes[0] != "SUCCESS" || (codes[1] == "SUCCESS") == (codes[2] == "SUCCESS") {
		t.Errorf("one code paid for %v", codes[:3])
	}
	l, err := c.Ledger()
	if err != nil || len(l.Payments) != 3 {
		t.Errorf("%+v %v", l, err)
	}
	paid := ids[0]
	done := make([]string, 20)
	for i := range done {
		together.Go(func() {
			h, err := c.send(c.request(alipay.CallRefund, []byte(fmt.Sprintf(
				`{"refundRequestId":"R%d","paymentId":"%s","refundAmount":{"currency":"HKD","value":"30"}}`, i, paid))))
			if err != nil {
				t.Error(err)
				return
			}
			done[i] = h.ResultCode
		})
	}
	together.Wait()
	n := 0
	for _, code := range done {
		if code == "SUCCESS" {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d refunds of 30 out of 100", n)
	}
	c.stands("A1", alipay.StateSuccess, 10)
}

// TestMoneyIsNeverMadeOrLost plays any customers, calls and moments against one
// wallet, with restarts, and counts the money.
func TestMoneyIsNeverMadeOrLost(t *testing.T) {
	const wallet, merchant = 5000, 300
	start := newDir(t)
	rapid.Check(t, func(r *rapid.T) {
		w := newWatch()
		dir := copyDir(t, start)
		s := open(t, dir, w)
		defer func() { s.Close() }()
		limited := rapid.Bool().Draw(r, "merchant's balance limited")
		if limited {
			if err := s.SetMerchantBalance(merchant); err != nil {
				r.Fatal(err)
			}
		}
		if err := s.SetWallets(Wallet{Prefix: "2899", Balance: strconv.Itoa(wallet)}); err != nil {
			r.Fatal(err)
		}
		var ids []string
		alipayIDs, final := map[string]string{}, map[string]string{}
		refunds := 0
		ask := func(call alipay.Call, body any) alipay.Plain {
			rep, err := process(s, call, marshal(t, body), w.now())
			if err != nil {
				r.Fatal(err)
			}
			return rep
		}
		pick := func() string {
			if len(ids) == 0 {
				r.Skip("no order yet")
			}
			return rapid.SampledFrom(ids).Draw(r, "order")
		}
		r.Repeat(map[string]func(*rapid.T){
			"pay": func(r *rapid.T) {
				h := rapid.SampledFrom(habits).Draw(r, "habit")
				id := fmt.Sprintf("P%d", len(ids))
				c := &till{TB: t, Server: s, creds: s.Credentials(), now: w.now}
				code := fmt.Sprintf("%s%s%012d", HabitPrefix, h.Digits, len(ids))
				ids = append(ids, id)
				ask(alipay.CallPay, c.goodPay(id, code, strconv.Itoa(rapid.IntRange(1, 2000).Draw(r, "amount"))))
			},
			"cancel": func(r *rapid.T) {
				id := pick()
				if a := ask(alipay.CallCancel, alipay.CancelRequest{PaymentRequestID: id}); a.Result.ResultCode == codeSuccess {
					final[id] = alipay.StateCancelled
				}
			},
			"refund": func(r *rapid.T) {
				id := pick()
				refunds++
				ask(alipay.CallRefund, alipay.RefundRequest{
					RefundRequestID: fmt.Sprintf("R%d", refunds), PaymentID: alipayIDs[id], RefundAmount: alipay.Amount{
						Currency: "HKD", Value: alipay.Text(strconv.Itoa(rapid.IntRange(1, 2000).Draw(r, "back"))),
					},
				})
			},
			"wait": func(r *rapid.T) {
				w.pass(time.Duration(rapid.IntRange(1, 70_000).Draw(r, "ms")) * time.Millisecond)
			},
			"restart": func(r *rapid.T) {
				if err := s.Close(); err != nil {
					r.Fatal(err)
				}
				s = open(t, dir, w)
			},
			"": func(r *rapid.T) {
				held := int64(0)
				l, err := s.Ledger()
				if err != nil {
					r.Fatal(err)
				}
				balances, err := s.Balances()
				if err != nil {
					r.Fatal(err)
				}
				for i, p := range l.Payments {
					alipayIDs[p.PaymentRequestID] = p.PaymentID
					b := balances[i]
					held += b.Held().Minor
					if b.Held().Minor < 0 || b.Captured.Minor > amountOf(t, p.PaymentAmount) {
						r.Fatalf("%s: %+v", p.PaymentRequestID, b)
					}
					if p.PaymentStatus != alipay.StateSuccess && b.Held().Minor != 0 {
						r.Fatalf("%s is %s and holds %v", p.PaymentRequestID, p.PaymentStatus, b.Held())
					}
					if was := final[p.PaymentRequestID]; was != "" && was != p.PaymentStatus {
						r.Fatalf("%s was %s and is %s", p.PaymentRequestID, was, p.PaymentStatus)
					}
				}
				list, err := s.Wallets()
				if err != nil || len(list) != 1 || list[0].Balance != strconv.FormatInt(wallet-held, 10) {
					r.Fatalf("the merchant holds %d, the wallet %+v (%v)", held, list, err)
				}
				if n, is, err := s.MerchantBalance(); err != nil || is != limited || limited && (n != merchant+held || n < 0) {
					r.Fatalf("the merchant holds %d, its balance is %d (%v)", held, n, err)
				}
			},
		})
	})
}

func open(t *testing.T, dir string, w *watch) *Server {
	t.Helper()
	s, err := Open(dir, WithClock(w.now))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// process has a call processed without the network and the signatures.
func process(s *Server, call alipay.Call, body []byte, now time.Time) (alipay.Plain, error) {
	rep, err := s.answer(&exchange{call: call, body: body}, alipay.RequestTime(now), nil)
	if err != nil {
		return alipay.Plain{}, err
	}
	var a alipay.Plain
	if rep.body == nil {
		return a, nil
	}
	raw, err := json.Marshal(rep.body)
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(raw, &a)
}
