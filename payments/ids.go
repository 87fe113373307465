package payments

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"
)

// idAlphabet is letters and digits only: Alipay wants request ids without
// special characters.
var idAlphabet = base32.NewEncoding(idLetters).WithPadding(base32.NoPadding)

// ids makes every id of one start of the program: 128 random bits, drawn at
// the start and journaled before the first use, then a counter. A restored
// backup or a cloned disk draws new bits and so can never repeat an id; the
// ids that would have followed in a lost stretch of the journal can be counted
// out again.
type ids struct {
	seed string // 26 characters
	n    uint32
}

func drawIDs() (*ids, error) {
	seed, err := randomID()
	return &ids{seed: seed}, err
}

// next is 26 + 6 characters: at most 2^30 of them in one start.
func (g *ids) next() string {
	g.n++
	return IDAfter(g.seed, g.n)
}

const idLetters = "0123456789abcdefghjkmnpqrstvwxyz"

// IDAfter is the n-th id of the start with that seed.
func IDAfter(seed string, n uint32) string {
	var b [6]byte
	for i := 5; i >= 0; i-- {
		b[i] = idLetters[n&31]
		n >>= 5
	}
	return seed + string(b[:])
}

// IDCount is the n of IDAfter; false when id is not of the start with that
// seed.
func IDCount(seed, id string) (n uint32, ok bool) {
	rest, ok := strings.CutPrefix(id, seed)
	if !ok || len(seed) != 26 || len(rest) != 6 {
		return 0, false
	}
	for i := range len(rest) {
		digit := strings.IndexByte(idLetters, rest[i])
		if digit < 0 {
			return 0, false
		}
		n = n<<5 | uint32(digit)
	}
	return n, true
}

// randomID is 128 random bits as 26 letters and digits.
func randomID() (string, error) {
	var bits [16]byte
	if _, err := rand.Read(bits[:]); err != nil {
		return "", fmt.Errorf("random source: %w", err)
	}
	return idAlphabet.EncodeToString(bits[:]), nil
}

// ShopNumber is a sale's number for people: the till, the business day and the
// count of the day ("T1-261121-0017").
func ShopNumber(till string, day Day, count int) string {
	return fmt.Sprintf("%s-%s-%04d", till, day.Compact(), count)
}

// ParseShopNumber takes a shop number apart; false when it is none.
func ParseShopNumber(number string) (till string, compactDay string, count int, ok bool) {
	parts := strings.Split(number, "-")
	if len(parts) != 3 || len(parts[1]) != 6 || !allDigits(parts[1]) || len(parts[2]) < 4 || !allDigits(parts[2]) {
		return "", "", 0, false
	}
	if _, err := fmt.Sscanf(parts[2], "%d", &count); err != nil {
		return "", "", 0, false
	}
	return parts[0], parts[1], count, true
}
