package sandbox

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"ringup/payments/alipay"
)

func readLedger(t *testing.T, dir string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, ledgerFile))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// faultTest sees one kind of fault on the wire. It scripts the fault itself.
type faultTest func(t *testing.T, c *till)

// TestFaults goes through the whole list: a kind without a test fails.
func TestFaults(t *testing.T) {
	tests := map[FaultKind]faultTest{
		FaultResult: func(t *testing.T, c *till) {
			c.script(t, Fault{Call: "pay", Kind: FaultResult, Code: "SYSTEM_ERROR"})
			c.pay("A1", c.fresh(), "100").want(t, "F SYSTEM_ERROR")
			c.stands("A1", "unknown", 0)
			c.script(t, Fault{Call: "pay", Kind: FaultResult, Code: "UNKNOWN_EXCEPTION", Processed: true})
			c.pay("A2", c.fresh(), "100").want(t, "U UNKNOWN_EXCEPTION")
			c.stands("A2", alipay.StateSuccess, 100)
			c.script(t, Fault{Kind: FaultResult, Code: "NEW_CODE", Status: alipay.StatusUnknown})
			c.cancel("A2").want(t, "U NEW_CODE")
			c.stands("A2", alipay.StateSuccess, 100)
		},
		FaultDropRequest: func(t *testing.T, c *till) {
			c.script(t, Fault{Call: "pay", Kind: FaultDropRequest})
			_, err := c.try(alipay.CallPay, c.goodPay("A1", c.fresh(), "100"))
			wantReset(t, err)
			c.stands("A1", "unknown", 0)
		},
		FaultDropAnswer: func(t *testing.T, c *till) {
			c.script(t, Fault{Call: "pay", Kind: FaultDropAnswer})
			_, err := c.try(alipay.CallPay, c.goodPay("A1", c.fresh(), "100"))
			wantReset(t, err)
			c.stands("A1", alipay.StateSuccess, 100)
		},
		FaultDelay: func(t *testing.T, _ *till) {
			inBubble(t, func(t *testing.T, c *till) {
				c.script(t, Fault{Call: "pay", Kind: FaultDelay, DelayMS: 20_000})
				c.client.Timeout = 5 * time.Second
				if _, err := c.try(alipay.CallPay, c.goodPay("A1", c.fresh(), "100")); err == nil {
					t.Error("answered within 5 s")
				}
				c.inquire("A1").want(t, "F ORDER_NOT_EXIST")
				c.cancel("A1").want(t, "F ORDER_NOT_EXIST")
				time.Sleep(16 * time.Second)
				synctest.Wait()
				c.stands("A1", alipay.StateSuccess, 100) // the request arrived after all
			})
			inBubble(t, func(t *testing.T, c *till) {
				c.script(t, Fault{Call: "pay", Kind: FaultDelay, DelayMS: 61_000})
				h, err := c.try(alipay.CallPay, c.goodPay("A1", c.fresh(), "100"))
				if err != nil {
					t.Fatal(err)
				}
				h.want(t, "F ORDER_IS_CLOSED")
			})
		},
		FaultLate: func(t *testing.T, _ *till) {
			inBubble(t, func(t *testing.T, c *till) {
				c.script(t, Fault{Call: "pay", Kind: FaultLate, DelayMS: 20_000})
				begun := time.Now()
				c.client.Timeout = 5 * time.Second
				if _, err := c.try(alipay.CallPay, c.goodPay("A1", c.fresh(), "100")); err == nil {
					t.Error("answered within 5 s")
				}
				c.stands("A1", alipay.StateSuccess, 100)
				c.script(t, Fault{Call: "inquiryPayment", Kind: FaultLate, DelayMS: 3000})
				h, err := c.try(alipay.CallInquire, alipay.InquiryPaymentRequest{PaymentRequestID: "A1"})
				if err != nil || time.Since(begun) != 8*time.Second {
					t.Fatalf("%v after %v", err, time.Since(begun))
				}
				h.want(t, "S SUCCESS")
				if at := alipay.Time(h.header.Get(alipay.HeaderResponseTime)).Time(); !at.Equal(begun.Add(5 * time.Second)) {
					t.Errorf("stamped at %v, want when it was made", at.Sub(begun))
				}
			})
		},
		FaultTruncate: func(t *testing.T, c *till) {
			c.script(t, Fault{Call: "pay", Kind: FaultTruncate})
			_, err := c.try(alipay.CallPay, c.goodPay("A1", c.fresh(), "100"))
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("error %v", err)
			}
			c.stands("A1", alipay.StateSuccess, 100)
		},
		FaultCorrupt:     breaksSignature(FaultCorrupt),
		FaultUnsign:      breaksSignature(FaultUnsign),
		FaultWrongKey:    breaksSignature(FaultWrongKey),
		FaultWrongClient: breaksSignature(FaultWrongClient),
		FaultStale: func(t *testing.T, c *till) {
			for _, x := range []struct {
				ms   int64
				want time.Duration
			}{{0, time.Hour}, {90_000, 90 * time.Second}} {
				c.script(t, Fault{Call: "pay", Kind: FaultStale, DelayMS: x.ms})
				h, err := c.try(alipay.CallPay, c.goodPay(fmt.Sprintf("A%d", x.ms), c.fresh(), "100"))
				if err != nil {
					t.Fatal(err)
				}
				h.want(t, "S SUCCESS")
				at := alipay.Time(h.header.Get(alipay.HeaderResponseTime)).Time()
				if got := c.now().Sub(at); got != x.want {
					t.Errorf("stamped %v ago", got)
				}
				c.watch.pass(-x.want)
				if err := h.verify(); err != nil {
					t.Error("not rightly signed:", err)
				}
				c.watch.pass(x.want)
			}
		},
		FaultReplay: func(t *testing.T, c *till) {
			first := c.pay("A1", c.fresh(), "100").want(t, "S SUCCESS")
			refused := c.goodPay("A2", c.code("poor"), "100")
			c.call(alipay.CallPay, refused).want(t, "F USER_BALANCE_NOT_ENOUGH")
			c.script(t, Fault{Call: "pay", Kind: FaultReplay})
			h := c.call(alipay.CallPay, refused)
			if string(h.body) != string(first.body) || h.header.Get(alipay.HeaderSignature) != first.header.Get(alipay.HeaderSignature) {
				t.Errorf("answered %s", h.body)
			}
			c.stands("A2", alipay.StateFail, 0)
			// An inquiry of a payment that was waiting when it was asked before.
			c.pay("A3", c.code("password"), "100").want(t, "U PAYMENT_IN_PROCESS")
			c.inquire("A3")
			c.watch.pass(5 * time.Second)
			c.script(t, Fault{Call: "inquiryPayment", Kind: FaultReplay})
			if h, err := c.try(alipay.CallInquire, alipay.InquiryPaymentRequest{PaymentRequestID: "A3"}); err != nil || h.text("paymentStatus") != "PROCESSING" {
				t.Errorf("answered %s, %v", h.body, err)
			}
			c.stands("A3", alipay.StateSuccess, 100)
		},
		FaultWrongID: tellsAnother(FaultWrongID, func(t *testing.T, right, wrong *heard) {
			if wrong.paymentRequestID == right.paymentRequestID {
				t.Error("the right id")
			}
		}),
		FaultWrongAmount: tellsAnother(FaultWrongAmount, func(t *testing.T, right, wrong *heard) {
			if wrong.paymentRequestID != right.paymentRequestID || wrong.amount("paymentAmount") != (alipay.Amount{Currency: "HKD", Value: "101"}) {
				t.Errorf("answered %s", wrong.body)
			}
		}),
		FaultWrongCurrency: tellsAnother(FaultWrongCurrency, func(t *testing.T, right, wrong *heard) {
			if wrong.amount("paymentAmount") != (alipay.Amount{Currency: "USD", Value: "100"}) {
				t.Errorf("answered %s", wrong.body)
			}
		}),
		FaultNoList: tellsAnother(FaultNoList, func(t *testing.T, right, wrong *heard) {
			if right.fields["transactions"] == nil || wrong.fields["transactions"] != nil {
				t.Errorf("answered %s", wrong.body)
			}
		}),
		FaultTwice: func(t *testing.T, c *till) {
			c.script(t, Fault{Call: "pay", Kind: FaultTwice})
			conn, err := net.Dial("tcp", strings.TrimPrefix(c.creds.Host, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			raw := marshal(t, c.goodPay("A1", c.fresh(), "100"))
			request := c.request(alipay.CallPay, raw)
			if err := request.Write(conn); err != nil {
				t.Fatal(err)
			}
			in := bufio.NewReader(conn)
			var bodies []string
			for range 2 {
				resp, err := http.ReadResponse(in, request)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Fatal(err)
				}
				bodies = append(bodies, string(body))
				h := &heard{header: resp.Header, body: body, path: request.URL.RequestURI(), till: c}
				if err := h.verify(); err != nil {
					t.Error(err)
				}
			}
			if bodies[0] != bodies[1] {
				t.Error("two different answers")
			}
			c.stands("A1", alipay.StateSuccess, 100)
		},
		FaultStatus: func(t *testing.T, c *till) {
			for status, want := range map[int]int{0: 500, 404: 404, 502: 502} {
				c.script(t, Fault{Call: "pay", Kind: FaultStatus, HTTPStatus: status})
				id := fmt.Sprintf("A%d", status)
				h := c.pay(id, c.fresh(), "100").want(t, "S SUCCESS")
				if h.status != want {
					t.Errorf("HTTP %d", h.status)
				}
				c.stands(id, alipay.StateSuccess, 100)
			}
		},
		FaultRedirect: func(t *testing.T, c *till) {
			c.script(t, Fault{Call: "pay", Kind: FaultRedirect})
			h, err := c.try(alipay.CallPay, c.goodPay("A1", c.fresh(), "100"))
			if err != nil {
				t.Fatal(err)
			}
			if h.status != http.StatusTemporaryRedirect || h.header.Get("Location") == "" || h.ResultStatus == alipay.StatusSuccess {
				t.Errorf("HTTP %d to %q: %s", h.status, h.header.Get("Location"), h.body)
			}
			c.stands("A1", "unknown", 0)
			c.script(t, Fault{Call: "pay", Kind: FaultRedirect, Processed: true})
			if _, err := c.try(alipay.CallPay, c.goodPay("A2", c.fresh(), "100")); err != nil {
				t.Fatal(err)
			}
			c.stands("A2", alipay.StateSuccess, 100)
		},
		FaultHTML: func(t *testing.T, c *till) {
			c.script(t, Fault{Call: "pay", Kind: FaultHTML})
			h, err := c.try(alipay.CallPay, c.goodPay("A1", c.fresh(), "100"))
			if err != nil {
				t.Fatal(err)
			}
			if h.status != 200 || !bytes.HasPrefix(h.body, []byte("<!DOCTYPE html>")) || h.header.Get(alipay.HeaderSignature) != "" {
				t.Errorf("HTTP %d: %s", h.status, h.body)
			}
			c.stands("A1", "unknown", 0)
		},
		FaultHuge: func(t *testing.T, c *till) {
			c.script(t, Fault{Call: "pay", Kind: FaultHuge})
			h := c.pay("A1", c.fresh(), "100").want(t, "S SUCCESS")
			if len(h.body) < hugeAnswer {
				t.Errorf("%d bytes", len(h.body))
			}
		},
		FaultGzip: func(t *testing.T, c *till) {
			c.script(t, Fault{Call: "pay", Kind: FaultGzip})
			h, err := c.try(alipay.CallPay, c.goodPay("A1", c.fresh(), "100"))
			if err != nil {
				t.Fatal(err)
			}
			if h.header.Get("Content-Encoding") != "gzip" || len(h.body) > 64<<10 {
				t.Fatalf("%d bytes, %q", len(h.body), h.header.Get("Content-Encoding"))
			}
			z, err := gzip.NewReader(bytes.NewReader(h.body))
			if err != nil {
				t.Fatal(err)
			}
			if h.body, err = io.ReadAll(z); err != nil || len(h.body) < hugeAnswer {
				t.Fatal(len(h.body), err)
			}
			if err := h.verify(); err != nil {
				t.Error(err)
			}
		},
		FaultSlow: func(t *testing.T, _ *till) {
			inBubble(t, func(t *testing.T, c *till) {
				c.script(t, Fault{Call: "pay", Kind: FaultSlow})
				begun := time.Now()
				h, err := c.try(alipay.CallPay, c.goodPay("A1", c.fresh(), "100"))
				if err != nil {
					t.Fatal(err)
				}
				h.want(t, "S SUCCESS")
				if took := time.Since(begun); took != time.Duration(len(h.body))*time.Second {
					t.Errorf("%d bytes in %v", len(h.body), took)
				}
			})
		},
		FaultDieRequest: dies(FaultDieRequest, "unknown", 0),
		FaultDieAnswer:  dies(FaultDieAnswer, alipay.StateSuccess, 100),
	}
	for _, kind := range faultKinds {
		t.Run(string(kind), func(t *testing.T) {
			test, ok := tests[kind]
			if !ok {
				t.Fatal("no test")
			}
			c := newTill(t)
			test(t, c)
			// Whatever happened, the next customer is served.
			c.pay("NEXT", c.fresh(), "100").want(t, "S SUCCESS")
			if left := c.Scripted(); len(left) != 0 {
				t.Errorf("left of the script: %+v", left)
			}
		})
		delete(tests, kind)
	}
	for kind := range tests {
		t.Errorf("a test for %s, which is no fault", kind)
	}
}

func (c *till) script(t *testing.T, faults ...Fault) {
	t.Helper()
	if err := c.Script(faults...); err != nil {
		t.Fatal(err)
	}
}

func wantReset(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
		t.Errorf("error %v, want a connection reset", err)
	}
}

// breaksSignature: the call is processed, the answer fails verification.
func breaksSignature(kind FaultKind) faultTest {
	return func(t *testing.T, c *till) {
		c.script(t, Fault{Call: "pay", Kind: kind})
		h, err := c.try(alipay.CallPay, c.goodPay("A1", c.fresh(), "100"))
		if err != nil {
			t.Fatal(err)
		}
		if err := h.verify(); err == nil {
			t.Errorf("verified: %s", h.body)
		}
		c.stands("A1", alipay.StateSuccess, 100)
		c.inquire("A1").want(t, "S SUCCESS")
	}
}

// tellsAnother: the answer is rightly signed and says something else.
func tellsAnother(kind FaultKind, compare func(t *testing.T, right, wrong *heard)) faultTest {
	return func(t *testing.T, c *till) {
		c.pay("A1", c.fresh(), "100").want(t, "S SUCCESS")
		right := c.inquire("A1")
		c.script(t, Fault{Call: "inquiryPayment", Kind: kind})
		compare(t, right, c.inquire("A1").want(t, "S SUCCESS"))
		if again := c.inquire("A1"); string(again.body) != string(right.body) {
			t.Errorf("afterwards %s", again.body)
		}
	}
}

// dies: the exit function is called, and the connection ends without an answer.
func dies(kind FaultKind, state string, held int64) faultTest {
	return func(t *testing.T, _ *till) {
		died := make(chan int, 1)
		c := newTill(t, WithExit(func(code int) { died <- code }))
		c.script(t, Fault{Call: "pay", Kind: kind})
		if h, err := c.try(alipay.CallPay, c.goodPay("A1", c.fresh(), "100")); err == nil {
			t.Fatalf("answered %s", h.body)
		}
		if code := <-died; code != 1 {
			t.Errorf("exit code %d", code)
		}
		c.stands("A1", state, held)
	}
}

func TestTheScript(t *testing.T) {
	t.Run("strikes by call, id, number and times", func(t *testing.T) {
		c := newTill(t)
		c.script(t,
			Fault{Call: "inquiryPayment", Kind: FaultResult, Code: "C1", Nth: 2, Times: 2},
			Fault{ID: "A2", Kind: FaultResult, Code: "C2"},
			Fault{Call: "cancel", Kind: FaultResult, Code: "C3", Times: -1},
		)
		var got []string
		for _, id := range []string{"A1", "A2", "A1", "A1", "A1"} {
			got = append(got, c.inquire(id).ResultCode)
		}
		if want := "ORDER_NOT_EXIST C1 C1 ORDER_NOT_EXIST ORDER_NOT_EXIST"; strings.Join(got, " ") != want {
			t.Errorf("answered %v, want %s", got, want)
		}
		c.inquire("A2").want(t, "F C2") // the line was not used while another one struck
		for range 3 {
			c.cancel("A1").want(t, "F C3")
		}
		if left := c.Scripted(); len(left) != 1 || left[0].Code != "C3" || left[0].Times != -1 {
			t.Errorf("left %+v", left)
		}
		c.ClearScript()
		c.cancel("A1").want(t, "F ORDER_NOT_EXIST")
	})
	t.Run("tells what is left", func(t *testing.T) {
		c := newTill(t)
		c.script(t, Fault{Call: "cancel", Kind: FaultResult, Code: "C1", Nth: 3, Times: 2})
		c.cancel("A1")
		c.cancel("A1")
		c.cancel("A1").want(t, "F C1")
		if left := c.Scripted(); len(left) != 1 || left[0].Nth != 1 || left[0].Times != 1 {
			t.Errorf("left %+v", left)
		}
	})
	t.Run("isn't used up by a request that the gateway refuses", func(t *testing.T) {
		c := newTill(t)
		c.script(t, Fault{Kind: FaultResult, Code: "C1"})
		r := c.request(alipay.CallCancel, []byte(`{"paymentRequestId":"A1"}`))
		r.Header.Del(alipay.HeaderSignature)
		h, err := c.send(r)
		if err != nil {
			t.Fatal(err)
		}
		h.want(t, "F INVALID_SIGNATURE")
		c.cancel("A1").want(t, "F C1")
	})
	t.Run("takes short names", func(t *testing.T) {
		c := newTill(t)
		c.script(t, Fault{Kind: "drop"}, Fault{Kind: "die", Nth: 9})
		if left := c.Scripted(); left[0].Kind != FaultDropAnswer || left[1].Kind != FaultDieAnswer {
			t.Errorf("script %+v", left)
		}
		c.ClearScript()
	})
	t.Run("refuses what can't be, and then takes none of it", func(t *testing.T) {
		c := newTill(t)
		for _, f := range []Fault{
			{}, {Kind: "explode"}, {Kind: FaultDelay, Call: "payments/pay"}, {Kind: FaultResult},
			{Kind: FaultDelay, Nth: -1}, {Kind: FaultDelay, Times: -2}, {Kind: FaultDelay, DelayMS: -1},
			{Kind: FaultResult, Code: "C1", Status: "X"}, {Kind: FaultStatus, HTTPStatus: 99},
		} {
			if err := c.Script(Fault{Kind: FaultDropAnswer}, f); !errors.Is(err, ErrFault) {
				t.Errorf("%+v: %v", f, err)
			}
		}
		if left := c.Scripted(); len(left) != 0 {
			t.Errorf("script %+v", left)
		}
	})
}

func TestCloseEndsEveryWait(t *testing.T) {
	log.SetOutput(io.Discard) // net/http tells of the second answer
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	for _, f := range []Fault{
		{Kind: FaultDelay, DelayMS: 3_600_000}, {Kind: FaultLate, DelayMS: 3_600_000},
		{Kind: FaultSlow}, {Kind: FaultTwice},
	} {
		t.Run(string(f.Kind), func(t *testing.T) {
			inBubble(t, func(t *testing.T, c *till) {
				c.script(t, f)
				begun := time.Now()
				asked := make(chan error, 1)
				go func() {
					_, err := c.try(alipay.CallPay, c.goodPay("A1", c.fresh(), "100"))
					asked <- err
				}()
				synctest.Wait()
				if err := c.Server.Close(); err != nil {
					t.Error(err)
				}
				if took := time.Since(begun); took != 0 {
					t.Errorf("Close took %v", took)
				}
				if err := <-asked; f.Kind != FaultTwice && err == nil {
					t.Error("answered")
				}
			})
		})
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	r, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
