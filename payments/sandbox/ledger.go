package sandbox

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"

	"ringup/payments"
)

// The ledger's buckets. Values are JSON, except where another meaning is given.
var (
	bucketMeta      = []byte("meta")       // see the keys below
	bucketPayments  = []byte("payments")   // paymentRequestId → payment
	bucketPayIDs    = []byte("paymentIds") // paymentId → paymentRequestId, as it is
	bucketRefunds   = []byte("refunds")    // refundRequestId → refund
	bucketRefundIDs = []byte("refundIds")  // refundId → refundRequestId, as it is
	bucketOrder     = []byte("order")      // sequence, 8 bytes → 'p' or 'r' and the request id
	bucketDue       = []byte("due")        // see dueKey → nothing
	bucketCodes     = []byte("codes")      // keyed hash of a payment code → codeMark
	bucketIssued    = []byte("issued")     // moment and hash of the codes that NewCode made → nothing
	bucketWallets   = []byte("wallets")    // prefix → Wallet
	bucketTombs     = []byte("tombs")      // paymentRequestId cancelled before it was known (StickyCancel) → time
)

// Keys of bucketMeta.
var (
	metaIdentity = []byte("identity") // identity
	metaBalance  = []byte("balance")  // the merchant's balance in minor units, as text; absent: without limit
)

const ledgerFile = "ledger.db"

// payment is one order as the ledger holds it.
type payment struct {
	Seq       uint64
	RequestID string
	PaymentID string
	Amount    payments.Money
	Code      string `json:",omitempty"` // keyed hash
	Habit     string `json:",omitempty"`
	Wallet    string `json:",omitempty"` // prefix of the Wallet that pays; "" is a wallet of the code's own
	PspName   string `json:",omitempty"`
	PspID     string `json:",omitempty"`
	Customer  string `json:",omitempty"` // masked

	Status      string // SUCCESS, PROCESSING, FAIL or CANCELLED
	Result      string // the result code behind the status
	Created     time.Time
	Expiry      time.Time
	ConfirmAt   time.Time `json:",omitzero"` // when the customer confirms; zero: never, or already done
	PaidAt      time.Time `json:",omitzero"`
	CancelledAt time.Time `json:",omitzero"`

	// Captured is what was taken from the customer, Returned what went back by
	// cancel and refunds, Refunding what refunds in progress hold; minor units.
	Captured  int64 `json:",omitempty"`
	Returned  int64 `json:",omitempty"`
	Refunding int64 `json:",omitempty"`

	Refunds []string `json:",omitempty"` // refundRequestIds, oldest first
	Lost    int      `json:",omitempty"` // how many more calls about it lose their answer

	wasDue time.Time // as stored
}

// refund is one refund as the ledger holds it.
type refund struct {
	Seq              uint64
	RequestID        string
	RefundID         string
	PaymentRequestID string
	PaymentID        string
	Amount           payments.Money
	Status           string // SUCCESS, PROCESSING or FAIL
	Result           string
	Created          time.Time
	Due              time.Time `json:",omitzero"` // when one in progress ends
	Bounces          bool      `json:",omitempty"`
	DoneAt           time.Time `json:",omitzero"`

	wasDue time.Time // as stored
}

// codeMark is what is remembered of a payment code.
type codeMark struct {
	Issued time.Time `json:",omitzero"`  // by NewCode
	UsedBy string    `json:",omitempty"` // paymentRequestId
	Eaten  bool      `json:",omitempty"` // request_lost has struck
}

// identity is what the ledger is made with, once.
type identity struct {
	Tag       string // five digits that begin the running part of all ids
	ClientID  string
	Host      string // where it was reached last
	Currency  payments.Currency
	HashKey   []byte // of the keyed hash of codes
	TillKey   string // the till's private key
	AlipayKey string // Alipay's private key
}

// ErrInUse says that another program has the folder open.
var ErrInUse = errors.New("the built-in Alipay's folder is in use")

type ledger struct {
	db *bbolt.DB
	id identity
}

// openLedger opens DIR's ledger and makes it if there is none. An identity is
// made by create when the file holds none.
func openLedger(dir string, create func() (identity, error)) (*ledger, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, ledgerFile)
	_, err := os.Stat(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType})
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return nil, ErrInUse
	}
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	l := &ledger{db: db}
	if err := l.prepare(create); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if fresh {
		syncDir(dir)
	}
	return l, nil
}

func (l *ledger) prepare(create func() (identity, error)) error {
	complete := false
	err := l.db.View(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if meta == nil {
			return nil
		}
		complete = true
		return json.Unmarshal(meta.Get(metaIdentity), &l.id)
	})
	if err != nil || complete {
		return err
	}
	if l.id, err = create(); err != nil {
		return err
	}
	return l.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{
			bucketMeta, bucketPayments, bucketPayIDs, bucketRefunds, bucketRefundIDs,
			bucketOrder, bucketDue, bucketCodes, bucketIssued, bucketWallets, bucketTombs,
		} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return put(tx, bucketMeta, string(metaIdentity), l.id)
	})
}

// setIdentity changes what may change of it: host and currency.
func (l *ledger) setIdentity(id identity) error {
	if id.Host == l.id.Host && id.Currency == l.id.Currency {
		return nil
	}
	err := l.db.Update(func(tx *bbolt.Tx) error { return put(tx, bucketMeta, string(metaIdentity), id) })
	if err == nil {
		l.id.Host, l.id.Currency = id.Host, id.Currency
	}
	return err
}

// hash is the only form in which a payment code is kept: what is scanned in
// training may be a real wallet's.
func (l *ledger) hash(digits string) string {
	mac := hmac.New(sha256.New, l.id.HashKey)
	mac.Write([]byte(digits))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// syncDir makes a new name in a folder durable, where the system can.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

func put(tx *bbolt.Tx, bucket []byte, key string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return tx.Bucket(bucket).Put([]byte(key), raw)
}

// get reads a record into value; false when there is none.
func get(tx *bbolt.Tx, bucket []byte, key string, value any) (bool, error) {
	if key == "" {
		return false, nil
	}
	raw := tx.Bucket(bucket).Get([]byte(key))
	if raw == nil {
		return false, nil
	}
	if err := json.Unmarshal(raw, value); err != nil {
		return false, fmt.Errorf("ledger: %s %q: %w", bucket, key, err)
	}
	return true, nil
}

// enter gives a new payment or refund its place in the order and its id at
// Alipay: the day, the ledger's tag, which of the two it is, and the place.
func (l *ledger) enter(tx *bbolt.Tx, kind byte, requestID string, now time.Time) (uint64, string, error) {
	seq, err := tx.Bucket(bucketOrder).NextSequence()
	if err != nil {
		return 0, "", err
	}
	ids, sort := bucketPayIDs, "1940108"
	if kind == kindRefund {
		ids, sort = bucketRefundIDs, "1940208"
	}
	id := fmt.Sprintf("%s%s%s%012d", now.In(beijing).Format("20060102"), sort, l.id.Tag, seq)
	if err := tx.Bucket(ids).Put([]byte(id), []byte(requestID)); err != nil {
		return 0, "", err
	}
	return seq, id, tx.Bucket(bucketOrder).Put(binary.BigEndian.AppendUint64(nil, seq), append([]byte{kind}, requestID...))
}

const (
	kindPayment = 'p'
	kindRefund  = 'r'
)

// dueKey sorts by moment: what happens by itself happens in order.
func dueKey(at time.Time, kind byte, requestID string) []byte {
	key := binary.BigEndian.AppendUint64(nil, uint64(at.UnixNano()))
	return append(append(key, kind), requestID...)
}

// findPayment reads by paymentId if there is one, else by paymentRequestId;
// nil when there is no such order.
func findPayment(tx *bbolt.Tx, requestID, paymentID string) (*payment, error) {
	if paymentID != "" {
		requestID = string(tx.Bucket(bucketPayIDs).Get([]byte(paymentID)))
	}
	var p payment
	ok, err := get(tx, bucketPayments, requestID, &p)
	if !ok || err != nil {
		return nil, err
	}
	p.wasDue = p.due()
	return &p, nil
}

// findRefund reads by refundId if there is one, else by refundRequestId.
func findRefund(tx *bbolt.Tx, requestID, refundID string) (*refund, error) {
	if refundID != "" {
		requestID = string(tx.Bucket(bucketRefundIDs).Get([]byte(refundID)))
	}
	var r refund
	ok, err := get(tx, bucketRefunds, requestID, &r)
	if !ok || err != nil {
		return nil, err
	}
	r.wasDue = r.Due
	return &r, nil
}

// savePayment writes p, and when it next changes by itself.
func savePayment(tx *bbolt.Tx, p *payment) error {
	if err := moveDue(tx, kindPayment, p.RequestID, p.wasDue, p.due()); err != nil {
		return err
	}
	p.wasDue = p.due()
	return put(tx, bucketPayments, p.RequestID, p)
}

func saveRefund(tx *bbolt.Tx, r *refund) error {
	if err := moveDue(tx, kindRefund, r.RequestID, r.wasDue, r.Due); err != nil {
		return err
	}
	r.wasDue = r.Due
	return put(tx, bucketRefunds, r.RequestID, r)
}

func moveDue(tx *bbolt.Tx, kind byte, requestID string, before, after time.Time) error {
	if before.Equal(after) {
		return nil
	}
	due := tx.Bucket(bucketDue)
	if !before.IsZero() {
		if err := due.Delete(dueKey(before, kind, requestID)); err != nil {
			return err
		}
	}
	if after.IsZero() {
		return nil
	}
	return due.Put(dueKey(after, kind, requestID), nil)
}

// randomDigits draws n decimal digits.
func randomDigits(n int) (string, error) {
	digits := make([]byte, 0, n)
	var b [32]byte
	for len(digits) < n {
		if _, err := rand.Read(b[:]); err != nil {
			return "", fmt.Errorf("random source: %w", err)
		}
		for _, v := range b {
			if v < 250 && len(digits) < n { // 250 is the last multiple of ten
				digits = append(digits, '0'+v%10)
			}
		}
	}
	return string(digits), nil
}
