package sandbox

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"ringup/payments/alipay"
)

// childDir is the environment variable that makes this test program a sandbox
// of its own: a program that can really die.
const childDir = "RINGUP_TEST_SANDBOX_DIR"

func serveAsChild(dir string) {
	s, err := Open(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	fmt.Println("http://" + l.Addr().String())
	fmt.Fprintln(os.Stderr, s.Serve(l))
	os.Exit(4)
}

// child is a sandbox in a process of its own.
func startChild(t *testing.T, dir string) (*till, *exec.Cmd) {
	t.Helper()
	// The till knows the account from the folder, as any till would.
	s, err := Open(copyDir(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	host, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the sandbox didn't start: %v: %s", err, &errs)
	}
	c := newClient(t, s, nil)
	c.creds.Host = strings.TrimSpace(host)
	t.Cleanup(c.client.CloseIdleConnections)
	return c, cmd
}

func TestAProgramThatDies(t *testing.T) {
	for _, c := range []struct {
		kind  FaultKind
		state string // of the payment after the restart
		held  int64
	}{
		{FaultDieAnswer, alipay.StateSuccess, 1250},
		{FaultDieRequest, "unknown", 0},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			dir := newDir(t)
			child, cmd := startChild(t, dir)
			for i := range 5 {
				child.pay(fmt.Sprintf("OK%d", i), child.fresh(), "1250").want(t, "S SUCCESS")
			}
			if code, body := child.control("POST", "/sandbox/faults", `{"call":"pay","kind":"`+string(c.kind)+`"}`); code != 200 {
				t.Fatal(code, body)
			}
			request := child.goodPay("LAST", child.fresh(), "1250")
			if h, err := child.try(alipay.CallPay, request); err == nil {
				t.Fatalf("answered %s", h.body)
			}
			if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 1 {
				t.Fatalf("the program ended with %v", err)
			}
			again := openTill(t, dir, &watch{t: time.Now()})
			for i := range 5 {
				again.stands(fmt.Sprintf("OK%d", i), alipay.StateSuccess, 1250)
			}
			again.stands("LAST", c.state, c.held)
			again.call(alipay.CallPay, request).want(t, "S SUCCESS")
			again.stands("LAST", alipay.StateSuccess, 1250)
		})
	}
}

func TestAKillAtAnyMomentLosesNothingThatWasAnswered(t *testing.T) {
	dir := newDir(t)
	child, cmd := startChild(t, dir)
	answered := []string{}
	killed := make(chan error, 1)
	for i := 0; ; i++ {
		id := fmt.Sprintf("K%d", i)
		h, err := child.try(alipay.CallPay, child.goodPay(id, child.fresh(), "100"))
		if err != nil {
			break
		}
		h.want(t, "S SUCCESS")
		// The kill strikes at some moment of the calls that follow.
		if answered = append(answered, id); len(answered) == 20 {
			go func() { killed <- cmd.Process.Kill() }()
		}
	}
	if len(answered) < 20 {
		t.Fatalf("%d answers", len(answered))
	}
	if err := <-killed; err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed, which is an error
	again := openTill(t, dir, &watch{t: time.Now()})
	l, err := again.Ledger()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(l.Payments) - len(answered); n != 0 && n != 1 {
		t.Errorf("%d answered, %d in the ledger", len(answered), len(l.Payments))
	}
	for i, id := range answered {
		if l.Payments[i].PaymentRequestID != id || l.Payments[i].PaymentStatus != alipay.StateSuccess {
			t.Fatalf("payment %d is %+v, want %s", i, l.Payments[i], id)
		}
	}
}

func TestARestartChangesNothing(t *testing.T) {
	before := newTill(t)
	w := before.watch
	if err := before.SetWallets(Wallet{Prefix: "2855", Balance: "1000"}); err != nil {
		t.Fatal(err)
	}
	if err := before.SetMerchantBalance(700); err != nil {
		t.Fatal(err)
	}
	paid := before.pay("PAID", "2855000000000001", "400").want(t, "S SUCCESS")
	before.refund("R1", paid.paymentID, "150").want(t, "S SUCCESS")
	waiting := before.goodPay("WAITS", before.code("password"), "500")
	before.call(alipay.CallPay, waiting).want(t, "U PAYMENT_IN_PROCESS")
	before.pay("WALKS", before.code("walks_away"), "500").want(t, "U PAYMENT_IN_PROCESS")
	before.pay("STOPPED", before.code("slow"), "500").want(t, "U PAYMENT_IN_PROCESS")
	before.cancel("STOPPED").want(t, "S SUCCESS")
	slow := before.pay("SLOW", before.code("slow_refund"), "300").want(t, "S SUCCESS")
	before.refund("R2", slow.paymentID, "100").want(t, "U REFUND_IN_PROCESS")
	lossy := before.goodPay("LOSSY", before.code("network_fails"), "300")
	if _, err := before.try(alipay.CallPay, lossy); err == nil {
		t.Fatal("network_fails answered")
	}
	old, err := before.NewCode("pays")
	if err != nil {
		t.Fatal(err)
	}

	// The power fails; a minute later the machine runs again.
	dir := copyDir(t, before.dir)
	w.pass(61 * time.Second)
	after := openTill(t, dir, w)

	after.stands("PAID", alipay.StateSuccess, 250)
	after.stands("WAITS", alipay.StateSuccess, 500)
	h := after.inquire("WAITS").want(t, "S SUCCESS")
	if at := alipay.Time(h.text("paymentTime")).Time(); !at.Equal(w.now().Add(-56 * time.Second)) {
		t.Errorf("confirmed at %v, want five seconds after the request", at)
	}
	after.call(alipay.CallPay, waiting).want(t, "S SUCCESS")
	after.stands("WALKS", alipay.StateFail, 0)
	after.stands("STOPPED", alipay.StateCancelled, 0)
	if b, err := after.Balance("STOPPED"); err != nil || b.Captured.Minor != 500 || b.Returned.Minor != 500 {
		t.Errorf("late confirmation: %+v %v", b, err)
	}
	after.stands("SLOW", alipay.StateSuccess, 200)
	for range lostAfterPay {
		if h, err := after.try(alipay.CallInquire, alipay.InquiryPaymentRequest{PaymentRequestID: "LOSSY"}); err == nil {
			t.Fatalf("answered %s", h.body)
		}
	}
	after.inquire("LOSSY").want(t, "S SUCCESS")
	after.pay("LATE", old.Digits(), "100").want(t, "F EXPIRED_CODE")
	after.pay("TWICE", "2855000000000001", "100").want(t, "F INVALID_PAYMENT_CODE")
	after.pay("SHORT", "2855000000000002", "800").want(t, "F USER_BALANCE_NOT_ENOUGH")
	after.pay("FITS", "2855000000000003", "750").want(t, "S SUCCESS")
	if n, limited, err := after.MerchantBalance(); err != nil || !limited || n != 700+400-150+500+300-100+300+750 {
		t.Errorf("the merchant has %d (limited %v, %v)", n, limited, err)
	}
}
