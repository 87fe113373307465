package raster

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestNoPictureIsACommand fills pictures with the very bytes that make
// real-time commands and looks for any that is left, in whole rows and with
// the white ends of rows unsent.
func TestNoPictureIsACommand(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	bytesOf := []byte{0x10, 0x04, 0x05, 0x14, 0x01, 0x02, 0x00, 0x18}
	changed := 0
	for range 2000 {
		b := New(8*(1+draw.IntN(6)), 1+draw.IntN(6))
		for i := range b.Pix {
			b.Pix[i] = bytesOf[draw.IntN(len(bytesOf))]
		}
		before := bytes.Clone(b.Pix)
		b.tame()
		for i := range b.Pix {
			if b.Pix[i] != before[i] {
				changed++
				if before[i] != 0x10 || b.Pix[i] != 0x18 {
					t.Fatalf("byte %02X became %02X", before[i], b.Pix[i])
				}
			}
		}
		for used := 1; used <= b.Stride(); used++ {
			var sent []byte
			for y := range b.Height {
				sent = append(sent, b.Pix[y*b.Stride():y*b.Stride()+used]...)
			}
			for _, pair := range [][]byte{{0x10, 0x04}, {0x10, 0x05}, {0x10, 0x14}} {
				// Only white may be left unsent, so what follows a row's
				// last byte counts when the rest of it is white.
				if i := bytes.Index(sent, pair); i >= 0 && (i%used != used-1 || whiteFrom(b, i/used, used)) {
					t.Fatalf("% X at %d of % X, %d bytes a row", pair, i, sent, used)
				}
			}
		}
	}
	if changed < 100 {
		t.Errorf("only %d bytes were ever changed", changed)
	}
}

func whiteFrom(b *Bitmap, y, used int) bool {
	return len(bytes.Trim(b.Pix[y*b.Stride()+used:(y+1)*b.Stride()], "\x00")) == 0
}

func TestOrPutsDotsWhereTheyBelong(t *testing.T) {
	draw := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		b := New(96, 3)
		x, dots := draw.IntN(130)-20, draw.Uint64()
		b.or(x, 1, dots)
		for at := range b.Width {
			i := at - x
			want := i >= 0 && i < 64 && dots>>(63-i)&1 == 1
			if b.Black(at, 1) != want || b.Black(at, 0) || b.Black(at, 2) {
				t.Fatalf("dot %d of %064b at %d is %v", at, dots, x, !want)
			}
		}
	}
}
