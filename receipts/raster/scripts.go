package raster

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"

	"ringup/assets"
	"ringup/receipts"
)

// script is a writing whose letters join, stack or stand differently with
// their neighbours, so that it is drawn in runs and not by the character.
type script struct {
	tag           language.Script
	first, last   rune // of its block in Unicode
	regular, bold face
	em            float32 // its em, where that of Latin letters is 1
	narrow        float32 // how wide it is drawn, where its design is 1
	lift          float32 // of its baseline above that of Latin letters, in ems
}

// face is one font of a script, read when it is first needed.
type face struct {
	data  *[]byte
	once  sync.Once
	shape *harfbuzz.Font
	font  *font.Face
	err   error
}

// The scripts. Their letters are as high as fits a row with the marks above
// and below them, and as narrow as the columns that receipts.Paper counts for
// them; marks take none.
var (
	thai = script{tag: language.Thai, first: 0x0E01, last: 0x0E5B, em: 0.98, narrow: 0.9,
		regular: face{data: &assets.Thai}, bold: face{data: &assets.ThaiBold}}
	lao = script{tag: language.Lao, first: 0x0E81, last: 0x0EDF, em: 0.98, narrow: 0.9,
		regular: face{data: &assets.Lao}}
	arabic = script{tag: language.Arabic, first: 0x0600, last: 0x06FF, em: 1.06, narrow: 0.95, lift: 0.06,
		regular: face{data: &assets.Arabic}}
	hebrew = script{tag: language.Hebrew, first: 0x0591, last: 0x05F4, em: 1, narrow: 0.95,
		regular: face{data: &assets.Hebrew}, bold: face{data: &assets.HebrewBold}}
	devanagari = script{tag: language.Devanagari, first: 0x0900, last: 0x097F, em: 0.95, narrow: 0.9, lift: 0.05,
		regular: face{data: &assets.Devanagari}}

	scripts = [...]*script{&thai, &lao, &arabic, &hebrew, &devanagari}

	// latin draws a letter with marks for which there is no character.
	latin = script{tag: language.Latin, em: 1, narrow: 1,
		regular: face{data: &assets.Mono}, bold: face{data: &assets.MonoBold}}
)

// scriptOf is the script of a character that can't be drawn by itself; nil for
// all others.
func scriptOf(r rune) *script {
	if r < 0x0590 || r > 0x0EDF || r == '฿' {
		return nil
	}
	for _, s := range scripts {
		if r >= s.first && r <= s.last {
			return s
		}
	}
	return nil
}

// faceOf is the font of that weight; twice says that it has none, so that a
// regular one is to be struck twice.
func (s *script) faceOf(bold bool) (f *face, twice bool, err error) {
	f = &s.regular
	if bold && s.bold.data != nil {
		f = &s.bold
	} else if bold {
		twice = true
	}
	f.once.Do(func() {
		f.font, f.err = font.ParseTTF(bytes.NewReader(*f.data))
		if f.err == nil {
			f.shape = harfbuzz.NewFont(f.font)
		}
	})
	if f.err != nil {
		return nil, false, fmt.Errorf("%s font: %w", s.tag, f.err)
	}
	return f, twice, nil
}

// has reports whether the script's font has a character.
func (s *script) has(r rune) bool {
	f, _, err := s.faceOf(false)
	if err != nil {
		return false
	}
	_, ok := f.font.NominalGlyph(r)
	return ok
}

// runKey names one drawing of one run.
type runKey struct {
	text    string
	script  *script
	columns int
	cell    int
	size    receipts.Size
	bold    bool
	rtl     bool
}

// run is a drawn run: the dots of its cells, words of 64 a row, the leftmost in
// the highest bit of the first.
type run struct {
	words int // a row
	used  int // dots of its cells that it takes, with the space after it
	dots  []uint64
}

// maxRuns is how many runs are remembered before all are forgotten: far more
// than a shop has products on one day's slips.
const maxRuns = 2000

// runOf is the drawing of a run.
func (p *pen) runOf(k runKey) (run, error) {
	if r, ok := p.runs[k]; ok {
		return r, nil
	}
	r, err := p.drawRun(k)
	if err != nil {
		return run{}, err
	}
	if len(p.runs) >= maxRuns {
		clear(p.runs)
	}
	p.runs[k] = r
	return r, nil
}

// drawRun shapes a run and draws it at its natural width, narrower only if its
// cells have no room for that, at their left. Ink stays within the cells.
func (p *pen) drawRun(k runKey) (run, error) {
	f, twice, err := k.script.faceOf(k.bold)
	if err != nil {
		return run{}, err
	}
	o := p.outlineOf(k, f)
	g := gridOf(k.size, k.cell)
	width := k.columns * k.cell
	strike := 0
	if twice {
		strike = max(1, k.cell/12)
	}

	em := float32(f.font.Upem())
	sy := k.script.em * float32(g.capital) / (0.714 * em)
	sx := k.script.narrow * k.script.em * float32(g.cell) / (0.6 * em)
	if k.script != &latin {
		sx = k.script.narrow * sy
		if k.size == receipts.Tall {
			sx = sx * 2 / 3
		}
	}
	sx = min(sx, float32(width-strike)/(o.right-o.left))
	x := -o.left * sx

	baseline := float32(g.baseline) - k.script.lift*sy*em
	if high := (o.top - o.bottom) * sy; high > float32(g.row) {
		sy *= float32(g.row) / high
	}
	baseline = max(baseline, o.top*sy)
	baseline = min(baseline, float32(g.row)+o.bottom*sy)

	mask := image.NewAlpha(image.Rect(0, 0, width, g.row))
	var best float32
	most := -1
	for _, shift := range [...]float32{0, -0.25, 0.25, 0.5} {
		p.fillRun(mask, o, sx, sy, x, baseline+shift)
		sum := 0
		for _, a := range mask.Pix {
			if a != 0 {
				d := int(a) - 128
				sum += d * d
			}
		}
		if sum > most+most/50 {
			best, most = shift, sum
		}
	}
	p.fillRun(mask, o, sx, sy, x, baseline+best)

	r := run{words: (width + 63) / 64, used: strike + int((o.right-o.left)*sx+0.999)}
	r.dots = make([]uint64, r.words*g.row)
	for y := range g.row {
		row := mask.Pix[y*mask.Stride : y*mask.Stride+width]
		for x, a := range row {
			if a >= inkRun || x >= strike && row[x-strike] >= inkRun {
				r.dots[y*r.words+x/64] |= 1 << (63 - x%64)
			}
		}
	}
	return r, nil
}

// outline is a shaped run in font units, y upward; its box holds the advance
// too.
type outline struct {
	segments                 []opentype.Segment
	left, right, top, bottom float32
}

// outlineOf shapes a run.
func (p *pen) outlineOf(k runKey, f *face) outline {
	p.shaper.Clear()
	text := []rune(k.text)
	p.shaper.AddRunes(text, 0, len(text))
	p.shaper.Props = harfbuzz.SegmentProperties{Script: k.script.tag, Direction: harfbuzz.LeftToRight}
	if k.script == &latin {
		p.shaper.Props.Script = 0
		p.shaper.GuessSegmentProperties() // Greek and Cyrillic are in the same font
	}
	if k.rtl {
		p.shaper.Props.Direction = harfbuzz.RightToLeft
	}
	p.shaper.Shape(f.shape, nil)

	var o outline
	var x, y float32
	for i, info := range p.shaper.Info {
		pos := p.shaper.Pos[i]
		dx, dy := x+float32(pos.XOffset), y+float32(pos.YOffset)
		glyph, _ := f.font.GlyphData(font.GID(info.Glyph)).(font.GlyphOutline)
		for _, s := range glyph.Segments {
			args := s.ArgsSlice()
			for j := range args {
				args[j].X += dx
				args[j].Y += dy
				o.left, o.right = min(o.left, args[j].X), max(o.right, args[j].X)
				o.bottom, o.top = min(o.bottom, args[j].Y), max(o.top, args[j].Y)
			}
			o.segments = append(o.segments, s)
		}
		x += float32(pos.XAdvance)
		y += float32(pos.YAdvance)
	}
	o.right = max(o.right, x, 1)
	return o
}

// fillRun rasterizes an outline into a mask.
func (p *pen) fillRun(mask *image.Alpha, o outline, sx, sy, x, baseline float32) {
	p.raster.Reset(mask.Rect.Dx(), mask.Rect.Dy())
	p.raster.DrawOp = draw.Src
	at := func(q opentype.SegmentPoint) (float32, float32) { return x + q.X*sx, baseline - q.Y*sy }
	for _, s := range o.segments {
		ax, ay := at(s.Args[0])
		bx, by := at(s.Args[1])
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			p.raster.ClosePath()
			p.raster.MoveTo(ax, ay)
		case opentype.SegmentOpLineTo:
			p.raster.LineTo(ax, ay)
		case opentype.SegmentOpQuadTo:
			p.raster.QuadTo(ax, ay, bx, by)
		case opentype.SegmentOpCubeTo:
			cx, cy := at(s.Args[2])
			p.raster.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	p.raster.ClosePath()
	p.raster.Draw(mask, mask.Rect, image.Opaque, image.Point{})
}
