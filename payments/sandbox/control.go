package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// Control is how tests and trainers steer the sandbox. It answers in plain
// JSON, unsigned, and only to this machine.

// walletsForm is the JSON of /sandbox/wallets.
type walletsForm struct {
	// MerchantBalance is in minor units; "" leaves it as it is (POST) or means
	// without limit (GET), "unlimited" takes the limit away.
	MerchantBalance string   `json:"merchantBalance,omitempty"`
	Wallets         []Wallet `json:"wallets"`
}

// faultsForm is the JSON of /sandbox/faults.
type faultsForm struct {
	Faults []Fault `json:"faults"`
}

const unlimited = "unlimited"

func (s *Server) handleControl() {
	handle := func(pattern string, h func(w http.ResponseWriter, r *http.Request) error) {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if !isLocal(r) {
				http.Error(w, "only from this machine", http.StatusForbidden)
				return
			}
			switch err := h(w, r); {
			case err == nil:
			case errors.Is(err, ErrWallet), errors.Is(err, ErrFault), errors.Is(err, ErrNoHabit), errors.Is(err, errForm):
				http.Error(w, err.Error(), http.StatusBadRequest)
			default:
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})
	}
	handle("GET /sandbox/ledger", func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/json")
		return s.writeLedger(w)
	})
	handle("GET /sandbox/wallets", func(w http.ResponseWriter, _ *http.Request) error { return s.showWallets(w) })
	handle("POST /sandbox/wallets", s.postWallets)
	handle("DELETE /sandbox/wallets", func(w http.ResponseWriter, _ *http.Request) error {
		if err := s.ClearWallets(); err != nil {
			return err
		}
		if err := s.SetMerchantBalance(-1); err != nil {
			return err
		}
		return s.showWallets(w)
	})
	handle("GET /sandbox/faults", func(w http.ResponseWriter, _ *http.Request) error { return s.showFaults(w) })
	handle("POST /sandbox/faults", s.postFaults)
	handle("DELETE /sandbox/faults", func(w http.ResponseWriter, _ *http.Request) error {
		s.ClearScript()
		return s.showFaults(w)
	})
	handle("GET /sandbox/habits", func(w http.ResponseWriter, _ *http.Request) error { return writeJSON(w, Habits()) })
	handle("POST /sandbox/codes", s.postCode)
	handle("/sandbox/", func(w http.ResponseWriter, r *http.Request) error {
		http.NotFound(w, r)
		return nil
	})
}

// isLocal reports whether a request comes from a program on this machine, and
// not from a page of somebody else's in a browser on it.
func isLocal(r *http.Request) bool {
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return true // no network address at all: a pipe within the program
	}
	to, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		to = r.Host
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
	default:
		return false
	}
	return r.Header.Get("Origin") == "" && isLoopback(from) && isLoopback(to)
}

func isLoopback(name string) bool {
	return name == "localhost" || net.ParseIP(strings.Trim(name, "[]")).IsLoopback()
}

var errForm = errors.New("not the JSON that is expected here")

// readForm reads the body: an object with fields of form, or its list alone,
// or a single entry of the list alone.
func readForm[T, E any](w http.ResponseWriter, r *http.Request, form *T, list *[]E) error {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return errForm
	}
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		return strictly(raw, list)
	}
	inForm := strictly(raw, form)
	if inForm == nil {
		return nil
	}
	var entry E
	if strictly(raw, &entry) != nil {
		return inForm
	}
	*list = []E{entry}
	return nil
}

// strictly reads one JSON value and takes no name that isn't known: a typing
// error in a script should be seen.
func strictly(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errForm
	}
	return nil
}

func (s *Server) postWallets(w http.ResponseWriter, r *http.Request) error {
	var form walletsForm
	if err := readForm(w, r, &form, &form.Wallets); err != nil {
		return err
	}
	balance := int64(-1)
	if form.MerchantBalance != "" && form.MerchantBalance != unlimited {
		n, err := strconv.ParseInt(form.MerchantBalance, 10, 64)
		if err != nil || n < 0 {
			return ErrWallet
		}
		balance = n
	}
	if err := s.SetWallets(form.Wallets...); err != nil {
		return err
	}
	if form.MerchantBalance != "" {
		if err := s.SetMerchantBalance(balance); err != nil {
			return err
		}
	}
	return s.showWallets(w)
}

func (s *Server) showWallets(w io.Writer) error {
	wallets, err := s.Wallets()
	if err != nil {
		return err
	}
	form := walletsForm{Wallets: wallets}
	if wallets == nil {
		form.Wallets = []Wallet{}
	}
	balance, limited, err := s.MerchantBalance()
	if err != nil {
		return err
	}
	if limited {
		form.MerchantBalance = strconv.FormatInt(balance, 10)
	}
	return writeJSON(w, form)
}

func (s *Server) postFaults(w http.ResponseWriter, r *http.Request) error {
	var form faultsForm
	if err := readForm(w, r, &form, &form.Faults); err != nil {
		return err
	}
	if err := s.Script(form.Faults...); err != nil {
		return err
	}
	return s.showFaults(w)
}

func (s *Server) showFaults(w io.Writer) error {
	return writeJSON(w, faultsForm{Faults: s.Scripted()})
}

func (s *Server) postCode(w http.ResponseWriter, r *http.Request) error {
	var form struct {
		Habit string `json:"habit"`
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return errForm
	}
	if err := strictly(raw, &form); err != nil {
		return err
	}
	code, err := s.NewCode(form.Habit)
	if err != nil {
		return err
	}
	return writeJSON(w, struct {
		Code string `json:"code"`
	}{code.Digits()})
}

func writeJSON(w io.Writer, value any) error {
	if h, ok := w.(http.ResponseWriter); ok {
		h.Header().Set("Content-Type", "application/json")
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(value)
}
