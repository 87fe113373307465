package scanner

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// uart is a receiver, played bit by bit: it waits for the line to fall, looks
// half a bit later whether it is still low, and then samples eight data bits and
// the stop bit in their middles. Sent at another speed, bytes come out as a real
// one makes them of it.
type uart struct {
	baud int
	// marks says that a byte whose stop bit is missing reads as NUL, as the
	// kernel makes it where it is asked to (INPCK).
	marks bool
	// eager takes a missing stop bit for the next start bit, as the 16550 does;
	// others wait for the line to rise first.
	eager bool
}

// hear is what the receiver makes of bytes that were sent one right after the
// other; phase, 0 to 1, is where its clock stands.
func (u uart) hear(sent []byte, baud int, phase float64) []byte {
	// The line's level by the sender's bits: high, then start, data from the
	// lowest, stop.
	bits := []bool{true, true}
	for _, b := range sent {
		bits = append(bits, false)
		for i := range 8 {
			bits = append(bits, b>>i&1 == 1)
		}
		bits = append(bits, true)
	}
	level := func(t float64) bool { // t in the receiver's bits
		i := int(t * float64(baud) / float64(u.baud))
		return i >= len(bits) || bits[i]
	}
	var heard []byte
	const step = 1.0 / 16
	end := float64(len(bits))*float64(u.baud)/float64(baud) + 1
	high := true
	for t := phase * step; t < end; t += step {
		now := level(t)
		if fell := high && !now; !fell {
			high = now
			continue
		}
		high = now
		if level(t + 0.5) {
			continue // a spike
		}
		var b byte
		for i := range 8 {
			if level(t + 1.5 + float64(i)) {
				b |= 1 << i
			}
		}
		whole := level(t + 9.5)
		if !whole && u.marks {
			b = 0
		}
		heard = append(heard, b)
		t += 9.5
		high = whole || u.eager
	}
	return heard
}

func TestUART(t *testing.T) {
	for _, baud := range speeds {
		for _, eager := range []bool{false, true} {
			text := code + "\r\x00\xff"
			if got := string((uart{baud, true, eager}).hear([]byte(text), baud, 0.3)); got != text {
				t.Errorf("at %d it hears %q", baud, got)
			}
		}
	}
	// Twice as fast, a line of zeros is too short for the start bit and the rest
	// of a byte: half the bytes, and other ones.
	if got := (uart{baud: 9600}).hear([]byte("00000000"), 19200, 0); len(got) == 0 || len(got) > 4 || strings.Contains(string(got), "0") {
		t.Errorf("at half the speed it hears %q", got)
	}
	// Twice as slow, it is more bytes, and the first lacks its stop bit.
	if got := (uart{baud: 9600, marks: true}).hear([]byte("0"), 4800, 0); len(got) < 2 || got[0] != 0 {
		t.Errorf("at twice the speed it hears %q", got)
	}
}

// randomDigits are n digits.
func randomDigits(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(byte('0' + r.IntN(10)))
	}
	return b.String()
}

// randomCode is a payment code.
func randomCode(r *rand.Rand) string {
	return fmt.Sprint(25+r.IntN(6)) + randomDigits(r, 14+r.IntN(9))
}

// TestWrongSpeedsProveNothing: at an unproven speed only that passes for a scan
// which no wrong speed makes, also where the system doesn't tell which bytes came
// without their stop bit. It shows how near the worst came.
func TestWrongSpeedsProveNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	rounds := 400
	if testing.Short() {
		rounds = 40
	}
	for _, marks := range []bool{true, false} {
		sent, clean, longest := 0, 0, 0
		for _, from := range []int{1200, 2400, 4800, 9600, 14400, 19200, 28800, 38400, 57600, 115200, 230400} {
			for _, to := range speeds {
				if from == to {
					continue
				}
				for range rounds {
					var text string
					switch r.IntN(4) {
					case 0:
						text = slip
					case 1:
						text = randomDigits(r, MinLength+r.IntN(200)) // a QR code of digits
					case 2:
						text = "HTTPS://EXAMPLE.COM/" + randomDigits(r, 30)
					default:
						text = randomCode(r)
					}
					text += []string{"\r", "\n", "\r\n", "\t", ""}[r.IntN(5)]
					sent++
					var s splitter
					var all []piece
					tell := func(p piece) { all = append(all, p) }
					u := uart{to, marks, r.IntN(2) == 0}
					s.feed(u.hear([]byte(text), from, r.Float64()), tell)
					s.silence(tell)
					if believed(all) {
						t.Errorf("%d characters at %d pass for a scan at %d", len(text), from, to)
					}
					noise := 0
					for _, p := range all {
						noise += p.noise
					}
					if noise > 0 {
						continue
					}
					clean++
					for _, p := range all {
						if isDigits(p.text) {
							longest = max(longest, len(p.text))
						}
					}
				}
			}
		}
		t.Logf("errors marked %v: %d scans at wrong speeds, %d without noise, and then at most %d digits in a row", marks, sent, clean, longest)
		if longest >= MinLength {
			t.Errorf("%d digits", longest)
		}
	}
}
