package raster

import "ringup/receipts"

// picture is a picture in the middle of the paper. One that is wider than the
// paper is drawn smaller: receipts makes logos for the paper, so this is for a
// slip that goes to a narrower one.
type picture struct {
	*receipts.Picture
	width, high int // as drawn
}

// pictureGap is the white below a picture.
const pictureGap = 8

func pictureOf(p *receipts.Picture, paper receipts.Paper) picture {
	if p == nil || p.Width <= 0 || p.Height <= 0 || len(p.Dots) < (p.Width+7)/8*p.Height {
		return picture{}
	}
	drawn := picture{p, p.Width, p.Height}
	if p.Width > paper.Dots {
		drawn.width, drawn.high = paper.Dots, max(1, p.Height*paper.Dots/p.Width)
	}
	return drawn
}

func (p picture) height() int {
	if p.Picture == nil {
		return 0
	}
	return p.high + pictureGap
}

func (p picture) draw(b *Bitmap, y int) error {
	left := (b.Width - p.width) / 2
	for j := range p.high {
		for i := range p.width {
			if p.black(i, j) {
				b.fill(left+i, y+j, 1, 1)
			}
		}
	}
	return nil
}

// black reports whether at least half of the dots are black that one drawn dot
// stands for.
func (p picture) black(i, j int) bool {
	stride := (p.Width + 7) / 8
	black, all := 0, 0
	for y := j * p.Height / p.high; y < max((j+1)*p.Height/p.high, j*p.Height/p.high+1); y++ {
		for x := i * p.Width / p.width; x < max((i+1)*p.Width/p.width, i*p.Width/p.width+1); x++ {
			all++
			if p.Dots[y*stride+x/8]&(0x80>>(x%8)) != 0 {
				black++
			}
		}
	}
	return 2*black >= all
}
