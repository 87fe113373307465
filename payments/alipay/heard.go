package alipay

import (
	"crypto/sha256"
	"sync"
	"time"
)

// heard remembers the answers of the last moments. A signature covers no
// question, only the call, the time and the body, and an answer that says no
// may leave out whom it says no to: "there is no such order" for one order is,
// byte for byte, that of another. Such an answer is believed once. What ids it
// holds bind any other.
type heard struct {
	mu     sync.Mutex
	first  time.Time // the earliest stamp of all
	recent map[[sha256.Size]byte]time.Time
}

// remembered is longer than an answer stays fresh.
const remembered = 4 * clockTolerance

// again reports whether the same bytes were answered to the same call before,
// or may have been before this program started.
func (h *heard) again(call Call, stamp time.Time, raw []byte) bool {
	key := sha256.Sum256(append([]byte(string(call)+stamp.UTC().Format(time.RFC3339Nano)), raw...))
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.recent == nil {
		h.first, h.recent = stamp, map[[sha256.Size]byte]time.Time{}
	}
	for k, at := range h.recent {
		if stamp.Sub(at) > remembered {
			delete(h.recent, k)
		}
	}
	_, before := h.recent[key]
	h.recent[key] = stamp
	if stamp.Before(h.first.Add(-clockTolerance)) {
		h.first = stamp // Alipay's clock was set back
	}
	return before || stamp.Before(h.first)
}
