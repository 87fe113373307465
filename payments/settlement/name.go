package settlement

import (
	"regexp"
	"time"

	"ringup/payments"
)

// Name is what the name of one of Alipay's files says about it.
type Name struct {
	Kind     Kind
	Day      payments.Day      // of the transactions; "" for settlements
	Wallet   string            // pspName, a payment method or CONNECTWALLET; "" when settled together
	Currency payments.Currency // of the settlement; "" for transactions
	Batch    string            // settlementBatchId; "" for transactions
	Seq      string            // "000" to "999"
}

// The names of files (Antom documentation of the three files), with what an
// archive puts behind.
var (
	transactionsName = regexp.MustCompile(`^transactionItems_(\d{8})_(\d{3})\.csv(?:\.gz|\.zip)?$`)
	settlementsName  = regexp.MustCompile(`^settlement(Items|Summary)(?:_([A-Za-z0-9-]+))?_([A-Z]{3})_([A-Za-z0-9-]+)_(\d{3})\.csv(?:\.gz|\.zip)?$`)
)

// ParseName reads a file's name, without folders; false when it is none of
// Alipay's.
func ParseName(name string) (Name, bool) {
	if m := transactionsName.FindStringSubmatch(name); m != nil {
		day, err := time.Parse("20060102", m[1])
		return Name{Kind: Transactions, Day: payments.Day(day.Format(time.DateOnly)), Seq: m[2]}, err == nil
	}
	m := settlementsName.FindStringSubmatch(name)
	if m == nil {
		return Name{}, false
	}
	n := Name{Kind: Settlements, Wallet: m[2], Currency: payments.Currency(m[3]), Batch: m[4], Seq: m[5]}
	if m[1] == "Summary" {
		n.Kind = Summaries
	}
	return n, true
}
