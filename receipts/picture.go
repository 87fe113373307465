package receipts

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // the kinds of file that ReadLogo reads
	_ "image/png"
	"io"

	scaling "golang.org/x/image/draw"
)

// Errors of ReadLogo.
var (
	ErrPicture     = errors.New("not a PNG or JPEG picture")
	ErrPictureSize = errors.New("picture too large or empty")
)

// The limits of a logo's file.
const (
	maxPictureSide  = 4000     // pixels
	maxPictureBytes = 16 << 20 // of the file
)

// Picture is a picture of black dots on white, one bit a dot: rows of
// Width/8 bytes, the left dot in the highest bit, 1 is black.
type Picture struct {
	Width, Height int // in dots; Width is a multiple of 8
	Dots          []byte
}

// ReadLogo reads a PNG or JPEG file for a paper that is so many dots wide: see
// NewPicture. Its size is known before anything is unpacked; the errors are
// ErrPicture and ErrPictureSize.
func ReadLogo(r io.Reader, dots int) (*Picture, error) {
	file, err := io.ReadAll(io.LimitReader(r, maxPictureBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPicture, err)
	}
	if len(file) > maxPictureBytes {
		return nil, fmt.Errorf("%w: a file of more than %d MiB", ErrPictureSize, maxPictureBytes>>20)
	}
	head, kind, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPicture, err)
	}
	if kind != "png" && kind != "jpeg" { // another part of the program reads more
		return nil, fmt.Errorf("%w: %s", ErrPicture, kind)
	}
	if min(head.Width, head.Height) < 1 || max(head.Width, head.Height) > maxPictureSide {
		return nil, fmt.Errorf("%w: %d × %d pixels", ErrPictureSize, head.Width, head.Height)
	}
	img, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPicture, err)
	}
	return NewPicture(img, dots), nil
}

// NewPicture makes a picture of dots for a paper that is so many dots wide. It
// is never enlarged, and at most as wide as the paper and 30 % of that high.
// What is transparent is white. Photographs are dithered (Floyd and Steinberg);
// a drawing in black and white keeps its edges.
func NewPicture(img image.Image, width int) *Picture {
	b := img.Bounds()
	width = max(8, width)
	w, h := fit(b.Dx(), b.Dy(), width, max(1, width*30/100))
	page := image.NewRGBA(image.Rect(0, 0, (w+7)&^7, h))
	draw.Draw(page, page.Rect, image.White, image.Point{}, draw.Src)
	left := (page.Rect.Dx() - w) / 2
	at := image.Rect(left, 0, left+w, h)
	if w == b.Dx() && h == b.Dy() {
		draw.Draw(page, at, img, b.Min, draw.Over)
	} else {
		scaling.CatmullRom.Scale(page, at, img, b, draw.Over, nil)
	}
	grey := image.NewGray(page.Rect)
	draw.Draw(grey, grey.Rect, page, image.Point{}, draw.Src)
	if !isDrawing(img) {
		return dither(grey)
	}
	return pack(grey.Rect.Dx(), h, func(i int) bool { return grey.Pix[i] < inkDrawing })
}

// dither makes greys of black and white dots.
func dither(grey *image.Gray) *Picture {
	dots := image.NewPaletted(grey.Rect, color.Palette{color.White, color.Black})
	draw.FloydSteinberg.Draw(dots, dots.Rect, grey, image.Point{})
	return pack(grey.Rect.Dx(), grey.Rect.Dy(), func(i int) bool { return dots.Pix[i] == 1 })
}

// inkDrawing is the lightest grey of a drawing that prints: thin lines become
// grey when they are made smaller, and shall not go.
const inkDrawing = 160

// fit is a size within the limits, of the same shape.
func fit(w, h, most, high int) (int, int) {
	if w > most {
		w, h = most, max(1, (h*most+w/2)/w)
	}
	if h > high {
		w, h = max(1, (w*high+h/2)/h), high
	}
	return w, h
}

// isDrawing reports whether nearly all of a picture is black or white. It looks
// at some 100,000 points of it.
func isDrawing(img image.Image) bool {
	b := img.Bounds()
	step := 1
	for b.Dx()/step*(b.Dy()/step) > 100_000 {
		step++
	}
	all, between := 0, 0
	for y := b.Min.Y; y < b.Max.Y; y += step {
		for x := b.Min.X; x < b.Max.X; x += step {
			r, g, bl, a := img.At(x, y).RGBA()
			white := 0xFFFF - a
			grey := (299*(r+white) + 587*(g+white) + 114*(bl+white)) / 1000
			all++
			if grey > 0x2FFF && grey < 0xD000 {
				between++
			}
		}
	}
	return between*20 <= all
}

// pack makes a picture of dots that are black where the function says.
func pack(width, height int, black func(i int) bool) *Picture {
	p := &Picture{Width: width, Height: height, Dots: make([]byte, width/8*height)}
	for i := range width * height {
		if black(i) {
			p.Dots[i/8] |= 0x80 >> (i % 8)
		}
	}
	return p
}

// Black reports whether the dot is black; outside the picture none is.
func (p *Picture) Black(x, y int) bool {
	if x < 0 || x >= p.Width || y < 0 || y >= p.Height {
		return false
	}
	return p.Dots[y*(p.Width/8)+x/8]&(0x80>>(x%8)) != 0
}

// valid reports whether there are as many dots as the size says.
func (p *Picture) valid() bool {
	return p != nil && p.Width > 0 && p.Width%8 == 0 && p.Width <= maxPictureSide && p.Height > 0 && p.Height <= maxPictureSide &&
		len(p.Dots) == p.Width/8*p.Height
}

// on is the picture as it fits a paper that is so many dots wide: a logo that
// was made for a wider one becomes smaller.
func (p *Picture) on(dots int) *Picture {
	if p.Width <= dots {
		return p
	}
	img := image.NewGray(image.Rect(0, 0, p.Width, p.Height))
	for i := range img.Pix {
		if !p.Black(i%p.Width, i/p.Width) {
			img.Pix[i] = 0xFF
		}
	}
	w := dots &^ 7
	grey := image.NewGray(image.Rect(0, 0, w, max(1, p.Height*w/p.Width)))
	scaling.ApproxBiLinear.Scale(grey, grey.Rect, img, img.Rect, draw.Src, nil)
	return dither(grey)
}
