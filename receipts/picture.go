package receipts

// Picture is a picture of black dots on white, one bit a dot: rows of
// Width/8 bytes, the left dot in the highest bit, 1 is black.
type Picture struct {
	Width, Height int // in dots; Width is a multiple of 8
	Dots          []byte
}
