package payments

import "time"

// Progress is what the Desk is doing about a sale right now. It lives in
// memory only: a screen shows it, nothing depends on it.
type Progress struct {
	Asking int       // how many times Alipay was asked since the request left
	Since  time.Time // when the request left, this machine's clock
	Until  time.Time // when asking ends and cancelling begins, this machine's clock; zero when nothing is asked
	// Silent is set while the newest question has brought no answer that can
	// be believed: the network may be down.
	Silent bool
	// Stopping is set from the moment a person asked to stop.
	Stopping bool
	// Cancels is how many times cancel was sent.
	Cancels int
}

// Change is one piece of news from the Desk: a sale as the journal now holds
// it, and what is being done about it.
type Change struct {
	Sale     Sale
	Progress Progress
}

// Link is how the Desk stands with Alipay.
type Link struct {
	Proven   bool          // a verified answer came under the present account: selling is open
	Answered time.Time     // when the last verified answer came, this machine's clock
	Offset   time.Duration // Alipay's clock less this machine's
	Problem  string        // a Reason or result code of the last failure; "" when the last call was answered
	Hint     string        // for support
	Locked   bool          // the journal failed: nothing is sent until a restart
}
