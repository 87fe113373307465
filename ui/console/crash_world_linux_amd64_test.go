package console_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ringup/payments"
	"ringup/payments/sandbox"
	"ringup/storage"
)

// world is a till's folder and an Alipay, both of which can be put back to an
// earlier moment. The till is the real program; Alipay runs in this process on
// a real socket, with a clock that the test moves on.
type world struct {
	dir      string
	listener net.Listener
	http     *http.Server
	ahead    atomic.Int64 // Alipay's clock less this machine's
	env      []string
	zone     *time.Location // the shop's

	mu        sync.Mutex
	alipay    *sandbox.Server
	conns     map[net.Conn]bool // open ones
	closed    *sync.Cond        // one of them was closed
	asked     map[string]string // id of each pay, cancel and refund that arrived → which, and the body of a pay or refund
	twoBodies string            // an id that came with two bodies

	kept   map[string]keeping
	number string // of the sale
}

// keeping is what is kept of a moment beside the folders.
type keeping struct {
	at    time.Time
	ahead int64
	asked map[string]string
	truth
}

// newWorld makes a world without books. keys is the folder of an Alipay that
// was opened once: to draw its keys takes longer than all else.
func newWorld(dir, keys string) (w *world, err error) {
	w = &world{dir: dir, conns: map[net.Conn]bool{}, asked: map[string]string{}, kept: map[string]keeping{}}
	w.closed = sync.NewCond(&w.mu)
	// A zone in which it is about noon: no business day ends in a test.
	hour := time.Now().UTC().Hour() - 12
	w.zone = time.FixedZone("", -hour*60*60)
	w.env = append(os.Environ(), asProgram+"=1", fmt.Sprintf("TZ=Etc/GMT%+d", hour))
	if err := errors.Join(os.Mkdir(w.data(), 0o700), copyTree(keys, w.alipayDir())); err != nil {
		return nil, err
	}
	if w.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	w.http = &http.Server{Handler: http.HandlerFunc(w.serve), ConnState: w.connected}
	go w.http.Serve(w.listener)
	return w, w.open()
}

func (w *world) data() string      { return filepath.Join(w.dir, "till") }
func (w *world) alipayDir() string { return filepath.Join(w.dir, "alipay") }
func (w *world) credentials() string {
	return filepath.Join(w.alipayDir(), sandbox.CredentialsFile)
}

func (w *world) open() error {
	alipay, err := sandbox.Open(w.alipayDir(), sandbox.WithHost("http://"+w.listener.Addr().String()),
		sandbox.WithClock(func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }))
	w.mu.Lock() // a connection that was made ahead may still ask
	defer w.mu.Unlock()
	w.alipay = alipay
	return err
}

func (w *world) close() error {
	return errors.Join(w.alipay.Close(), w.http.Close())
}

// serve notes what is asked, before Alipay hears of it.
func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the program was killed while it wrote
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	w.mu.Lock()
	w.note(path.Base(r.URL.Path), body)
	alipay := w.alipay
	w.mu.Unlock()
	alipay.Handler().ServeHTTP(rw, r)
}

func (w *world) note(call string, body []byte) {
	var ids struct{ PaymentRequestID, RefundRequestID string }
	if json.Unmarshal(body, &ids) != nil {
		return
	}
	switch call {
	case "pay", "refund":
		id := ids.PaymentRequestID + ids.RefundRequestID
		if earlier, ok := w.asked[id]; ok && earlier != call+string(body) {
			w.twoBodies = id
		}
		w.asked[id] = call + string(body)
	case "cancel":
		if w.asked[ids.PaymentRequestID] == "" {
			w.asked[ids.PaymentRequestID] = call
		}
	}
}

func (w *world) connected(c net.Conn, s http.ConnState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch s {
	case http.StateNew:
		w.conns[c] = true
	case http.StateClosed, http.StateHijacked:
		delete(w.conns, c)
		w.closed.Broadcast()
	}
}

// quiet waits until everything is processed that programs which are gone had
// asked.
func (w *world) quiet() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.conns) > 0 {
		w.closed.Wait()
	}
}

// later moves Alipay's clock on. The till notices by the next answer.
func (w *world) later(d time.Duration) { w.ahead.Add(int64(d)) }

// keep remembers the present moment under a name.
func (w *world) keep(name string) error {
	t, err := w.truth()
	if err != nil {
		return err
	}
	if err := w.alipay.Close(); err != nil {
		return err
	}
	w.kept[name] = keeping{at: time.Now(), ahead: w.ahead.Load(), asked: maps.Clone(w.asked), truth: t}
	for _, folder := range []string{w.data(), w.alipayDir()} {
		to := folder + "." + name
		if err := errors.Join(os.RemoveAll(to), copyTree(folder, to)); err != nil {
			return err
		}
	}
	return w.open()
}

// back goes back to a moment that was kept. Alipay's clock keeps its distance
// to this machine's, as it does for a shop.
func (w *world) back(name string) error {
	w.quiet()
	if err := w.alipay.Close(); err != nil {
		return err
	}
	for _, folder := range []string{w.data(), w.alipayDir()} {
		if err := errors.Join(os.RemoveAll(folder), copyTree(folder+"."+name, folder)); err != nil {
			return err
		}
	}
	k := w.kept[name]
	w.ahead.Store(k.ahead)
	w.asked, w.twoBodies = maps.Clone(k.asked), ""
	w.number = ""
	if len(k.sales) > 0 {
		w.number = k.sales[0].Number
	}
	return w.open()
}

// copyTree copies a folder. The ballast, which nobody writes to once it is
// whole, is shared.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		in, err := filepath.Rel(from, at)
		if err != nil {
			return err
		}
		target := filepath.Join(to, in)
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		if strings.HasSuffix(at, ".ballast") {
			return os.Link(at, target)
		}
		content, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, info.Mode().Perm())
	})
}

// ended is how one run of the program went.
type ended struct {
	traced
	out, errs string
}

// patienceWithOne is how long one verb may take; the longest wait of a healthy
// one here is a few seconds.
const patienceWithOne = time.Minute

// run runs one verb under a stroke.
func (w *world) run(s stroke, verb ...string) (e ended, err error) {
	self, err := os.Executable()
	if err != nil {
		return e, err
	}
	var files [2]*os.File
	for i, name := range []string{"out", "errors"} {
		if files[i], err = os.Create(filepath.Join(w.dir, name)); err != nil {
			return e, err
		}
		defer files[i].Close()
	}
	args := append([]string{self, "--data", w.data(), "--language", "en", "--json"}, w.fill(verb)...)
	if s.how == "" {
		e.code, err = plain(args, w.env, files[0], files[1])
	} else {
		e.traced, err = trace(args, w.env, w.data(), s, files[0], files[1], patienceWithOne)
	}
	if err != nil {
		return e, err
	}
	for i, into := range []*string{&e.out, &e.errs} {
		text, err := os.ReadFile(files[i].Name())
		if err != nil {
			return e, err
		}
		*into = string(text)
	}
	if e.hung {
		return e, fmt.Errorf("%v did not end", verb)
	}
	if e.code == 2 || strings.Contains(e.errs, "goroutine ") {
		return e, fmt.Errorf("%v: exit code %d: %s", verb, e.code, e.errs)
	}
	if e.code > 0 && e.errs == "" && e.out == "" {
		return e, fmt.Errorf("%v: exit code %d without a word", verb, e.code)
	}
	return e, nil
}

// plain runs a program that nobody watches.
func plain(args, env []string, stdout, stderr *os.File) (code int, err error) {
	c := exec.Command(args[0], args[1:]...)
	c.Env, c.Stdout, c.Stderr = env, stdout, stderr
	if err := c.Start(); err != nil {
		return 0, err
	}
	timer := time.AfterFunc(patienceWithOne, func() { _ = c.Process.Kill() })
	defer timer.Stop()
	var exited *exec.ExitError
	if err := c.Wait(); err != nil && !errors.As(err, &exited) {
		return 0, err
	}
	if c.ProcessState.ExitCode() < 0 {
		return 0, fmt.Errorf("%v did not end", args)
	}
	return c.ProcessState.ExitCode(), nil
}

func (w *world) fill(verb []string) []string {
	verb = slices.Clone(verb)
	for i, word := range verb {
		switch word {
		case theNumber:
			verb[i] = w.number
		case theCredentials:
			verb[i] = w.credentials()
		}
	}
	return verb
}

// Words of a verb that stand for what a world knows.
const (
	theNumber      = "{number}"
	theCredentials = "{credentials}"
)

func (w *world) today() payments.Day {
	return payments.Calendar{Zone: w.zone}.Day(time.Now().Add(time.Duration(w.ahead.Load())))
}

// journal reads the till's journal; read is not called when there is none. A
// damaged file could end the reader, so a program reads it first.
func (w *world) journal(read func(j *storage.Journal) error) error {
	folder := filepath.Join(w.data(), "sandbox")
	if _, err := os.Stat(filepath.Join(folder, "journal.db")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	j, err := storage.Open(folder, storage.Options{Ballast: -1})
	if err != nil {
		return err
	}
	return errors.Join(read(j), j.Close())
}
