package receipts_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"ringup/receipts"
)

// painted is a picture of that size, each of its points by a function.
func painted(w, h int, at func(x, y int) color.Color) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, at(x, y))
		}
	}
	return m
}

// blackness is which part of a picture is black.
func blackness(p *receipts.Picture, r image.Rectangle) float64 {
	black := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if p.Black(x, y) {
				black++
			}
		}
	}
	return float64(black) / float64(r.Dx()*r.Dy())
}

func TestPictureFitsThePaper(t *testing.T) {
	for _, c := range []struct{ w, h, dots, width, height int }{
		{100, 50, 384, 104, 50},     // not enlarged, to whole bytes
		{800, 100, 384, 384, 48},    // as wide as the paper
		{500, 500, 384, 120, 115},   // 30 % of the paper's width high
		{4000, 1, 384, 384, 1},      // a line
		{1, 4000, 384, 8, 115},      // another
		{1000, 1000, 576, 176, 172}, // 80 mm
		{576, 172, 576, 576, 172},   // what was made for it before
		{3, 3, 1, 8, 2},             // a paper that can't be
	} {
		p := receipts.NewPicture(painted(c.w, c.h, func(x, y int) color.Color { return color.Black }), c.dots)
		if p.Width != c.width || p.Height != c.height || len(p.Dots) != p.Width/8*p.Height {
			t.Errorf("%d × %d on %d dots is %d × %d in %d bytes", c.w, c.h, c.dots, p.Width, p.Height, len(p.Dots))
		}
	}
}

func TestPictureIsWhatAnEyeSees(t *testing.T) {
	grey := painted(200, 100, func(x, y int) color.Color { return color.Gray{uint8(x * 255 / 199)} })
	p := receipts.NewPicture(grey, 384)
	for i := range 4 { // dithered: as dark as the greys are
		part := image.Rect(i*50, 0, i*50+50, 100)
		if got, want := blackness(p, part), 1-(float64(i)*50+25)/200; got < want-0.05 || got > want+0.05 {
			t.Errorf("a grey of %.2f is %.2f black", want, got)
		}
	}
	clear := painted(64, 64, func(x, y int) color.Color { return color.NRGBA{0, 0, 0, 0} })
	if got := blackness(receipts.NewPicture(clear, 384), image.Rect(0, 0, 64, 64)); got != 0 {
		t.Errorf("what is transparent is %.2f black", got)
	}
	check := painted(64, 64, func(x, y int) color.Color {
		if (x/3+y/5)%2 == 0 {
			return color.Black
		}
		return color.White
	})
	p = receipts.NewPicture(check, 384)
	for y := range 64 {
		for x := range 64 {
			if want := (x/3+y/5)%2 == 0; p.Black(x, y) != want {
				t.Fatalf("the dot %d, %d is %v", x, y, !want)
			}
		}
	}
	// A drawing that is made smaller has no dots beside its lines: upright bars
	// are the same in every row, though their edges lie between dots.
	bars := painted(1600, 200, func(x, y int) color.Color {
		if x/97%2 == 0 {
			return color.Black
		}
		return color.White
	})
	p = receipts.NewPicture(bars, 408)
	for y := range p.Height {
		changes := 0
		for x := range p.Width {
			if p.Black(x, y) != p.Black(x-1, y) {
				changes++
			}
			if p.Black(x, y) != p.Black(x, 0) {
				t.Fatalf("the dot %d, %d is not as above", x, y)
			}
		}
		if changes != 17 {
			t.Fatalf("row %d changes %d times", y, changes)
		}
	}
	if p.Black(-1, 0) || p.Black(0, -1) || p.Black(p.Width, 0) || p.Black(0, p.Height) {
		t.Error("there are dots outside")
	}
}

func encoded(t testing.TB, m image.Image, kind string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch kind {
	case "png":
		err = png.Encode(&b, m)
	case "jpeg":
		err = jpeg.Encode(&b, m, nil)
	case "gif":
		err = gif.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a PNG file of a few bytes that says it is that large.
func bomb(w, h uint32) []byte {
	head := []byte("IHDR")
	head = binary.BigEndian.AppendUint32(head, w)
	head = binary.BigEndian.AppendUint32(head, h)
	head = append(head, 8, 6, 0, 0, 0)
	file := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	return binary.BigEndian.AppendUint32(append(file, head...), crc32.ChecksumIEEE(head))
}

func TestReadLogo(t *testing.T) {
	cup := painted(120, 60, func(x, y int) color.Color { return color.Gray{uint8(x * 2)} })
	for _, kind := range []string{"png", "jpeg"} {
		p, err := receipts.ReadLogo(bytes.NewReader(encoded(t, cup, kind)), 384)
		if err != nil || p.Width != 120 || p.Height != 60 {
			t.Errorf("%s: %v", kind, err)
		}
	}
	whole := encoded(t, cup, "png")
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"nothing":          {nil, receipts.ErrPicture},
		"a text":           {[]byte("a logo"), receipts.ErrPicture},
		"another kind":     {encoded(t, cup, "gif"), receipts.ErrPicture},
		"half a file":      {whole[:len(whole)/2], receipts.ErrPicture},
		"a wide bomb":      {bomb(4001, 1), receipts.ErrPictureSize},
		"a bomb":           {bomb(50_000, 50_000), receipts.ErrPictureSize},
		"a larger bomb":    {bomb(1<<30, 1<<30), receipts.ErrPicture}, // too large even to be read
		"a large file":     {make([]byte, 17<<20), receipts.ErrPictureSize},
		"an empty picture": {bomb(0, 4), receipts.ErrPicture}, // the decoder says so itself
	} {
		if p, err := receipts.ReadLogo(bytes.NewReader(c.file), 384); !errors.Is(err, c.want) || p != nil {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
}

// TestALogoThatIsKeptStaysAsItIs reads the dots of a logo as a file again, as a
// till does that keeps them.
func TestALogoThatIsKeptStaysAsItIs(t *testing.T) {
	p := receipts.NewPicture(painted(400, 400, func(x, y int) color.Color { return color.Gray{uint8((x + y) / 4)} }), 576)
	kept := image.NewGray(image.Rect(0, 0, p.Width, p.Height))
	for i := range kept.Pix {
		if !p.Black(i%p.Width, i/p.Width) {
			kept.Pix[i] = 0xFF
		}
	}
	again, err := receipts.ReadLogo(bytes.NewReader(encoded(t, kept, "png")), 576)
	if err != nil || again.Width != p.Width || !bytes.Equal(again.Dots, p.Dots) {
		t.Errorf("%v, or another picture", err)
	}
}

func TestALogoForAWiderPaperFitsANarrowOne(t *testing.T) {
	wide := receipts.NewPicture(painted(576, 100, func(x, y int) color.Color { return color.Gray{128} }), 576)
	rows := receipts.Layout(receipts.Slip{Lines: []receipts.Line{{Kind: receipts.Image, Picture: wide}}}, receipts.Paper58)
	if len(rows) != 1 || rows[0].Picture.Width != 384 || rows[0].Picture.Height != 66 {
		t.Fatalf("rows %+v", rows)
	}
	if got := blackness(rows[0].Picture, image.Rect(0, 0, 384, 66)); got < 0.4 || got > 0.6 {
		t.Errorf("grey has become %.2f black", got)
	}
	for name, broken := range map[string]*receipts.Picture{
		"none": nil, "no dots": {Width: 8, Height: 8}, "half a byte": {Width: 4, Height: 1, Dots: []byte{1}}, "no size": {},
		"less than nothing": {Width: -8, Height: -1, Dots: []byte{1}},
	} {
		if rows := receipts.Layout(receipts.Slip{Lines: []receipts.Line{{Kind: receipts.Image, Picture: broken}}}, receipts.Paper58); len(rows) != 0 {
			t.Errorf("%s: %+v", name, rows)
		}
	}
}

// FuzzReadLogo: whatever file is chosen, the picture fits the paper and has as
// many dots as it says, or there is none.
func FuzzReadLogo(f *testing.F) {
	cup := painted(20, 10, func(x, y int) color.Color { return color.NRGBA{uint8(x * 12), uint8(y * 25), 7, uint8(x * y)} })
	for _, kind := range []string{"png", "jpeg", "gif"} {
		f.Add(encoded(f, cup, kind), 384)
	}
	f.Add(bomb(1<<20, 1<<20), 576)
	f.Add(bomb(1000, 1000), 384)
	f.Add([]byte{}, 0)
	f.Fuzz(func(t *testing.T, file []byte, dots int) {
		dots = dots % 2000
		if head, _, err := image.DecodeConfig(bytes.NewReader(file)); err == nil && head.Width*head.Height > 1<<20 {
			return // slow, and no other way through the code
		}
		p, err := receipts.ReadLogo(bytes.NewReader(file), dots)
		if err != nil {
			if p != nil || !errors.Is(err, receipts.ErrPicture) && !errors.Is(err, receipts.ErrPictureSize) {
				t.Fatalf("%v beside %v", err, p)
			}
			return
		}
		room := (max(8, dots) + 7) &^ 7
		if p.Width%8 != 0 || p.Width < 8 || p.Width > room || p.Height < 1 || p.Height > max(1, room*30/100) || len(p.Dots) != p.Width/8*p.Height {
			t.Fatalf("%d × %d in %d bytes on %d dots", p.Width, p.Height, len(p.Dots), dots)
		}
	})
}
