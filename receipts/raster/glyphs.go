package raster

import (
	"fmt"
	"image"
	"image/draw"
	"math"
	"math/bits"
	"slices"
	"sync"

	"github.com/go-text/typesetting/harfbuzz"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"ringup/assets"
	"ringup/receipts"
)

// grid is how a size of text stands in its row, in dots.
type grid struct {
	cell     int // width of a column
	row      int // height of the row
	baseline int // from the row's top
	capital  int // height of a capital letter
	chinese  int // the em of Chinese characters
}

// The grids of columns of 12 dots and of 9. Capitals are a multiple of four
// high, or nearly so: Noto Sans Mono's small letters are three quarters as
// high, so both end on whole dots and strokes stay even without hinting.
var (
	grids12 = [...]grid{
		receipts.Normal: {cell: 12, row: 30, baseline: 23, capital: 16, chinese: 23},
		receipts.Double: {cell: 24, row: 60, baseline: 46, capital: 32, chinese: 46},
		receipts.Small:  {cell: 9, row: 24, baseline: 18, capital: 12, chinese: 17},
		receipts.Tall:   {cell: 12, row: 48, baseline: 36, capital: 24, chinese: 23},
	}
	grids9 = [...]grid{
		receipts.Normal: {cell: 9, row: 24, baseline: 18, capital: 12, chinese: 18},
		receipts.Double: {cell: 18, row: 48, baseline: 36, capital: 24, chinese: 36},
		receipts.Small:  grids12[receipts.Small],
		receipts.Tall:   {cell: 9, row: 36, baseline: 28, capital: 18, chinese: 18},
	}
)

// gridOf is the grid of a size on a paper; cell is what the paper gives one of
// its columns.
func gridOf(size receipts.Size, cell int) grid {
	if (size == receipts.Double && cell < 24) || (size != receipts.Double && cell < 12) {
		return grids9[size]
	}
	return grids12[size]
}

// Where ink begins: a dot is black when this much of 255 of it is covered.
// Both are under a half, since thin strokes print pale on thermal paper.
const (
	inkLatin   = 88
	inkChinese = 88
	inkHangul  = 64 // its strokes are thinner
	inkRun     = 88
)

// glyphKey names one drawing of one character.
type glyphKey struct {
	r       rune
	columns int
	size    receipts.Size
	cell    int // dots of a column
	bold    bool
}

// glyph is a character's dots from its cell's left edge and its row's top;
// the leftmost dot is in the highest bit.
type glyph struct {
	top  int
	rows []uint64
}

// pen draws characters and remembers them: a slip uses few different ones. A
// font is read when the first character needs it.
type pen struct {
	mu                      sync.Mutex
	drawn                   map[glyphKey]glyph
	runs                    map[runKey]run
	mono, bold, han, hangul outlines
	buf                     sfnt.Buffer
	shaper                  *harfbuzz.Buffer
	raster                  vector.Rasterizer
	mask                    *image.Alpha
}

var thePen = pen{
	drawn: map[glyphKey]glyph{}, runs: map[runKey]run{}, shaper: harfbuzz.NewBuffer(),
	mono: outlines{data: &assets.Mono}, bold: outlines{data: &assets.MonoBold},
	han: outlines{data: &assets.Chinese}, hangul: outlines{data: &assets.Hangul},
	mask: image.NewAlpha(image.Rect(0, 0, 64, 64)),
}

// outlines is a font that is drawn one character a cell, read when it is first
// needed.
type outlines struct {
	data *[]byte
	once sync.Once
	font *sfnt.Font
	err  error
}

func (o *outlines) read() (*sfnt.Font, error) {
	o.once.Do(func() {
		if o.font, o.err = sfnt.Parse(*o.data); o.err != nil {
			o.err = fmt.Errorf("font: %w", o.err)
		}
	})
	return o.font, o.err
}

// glyphOf is the drawing of a character that takes so many columns.
func (p *pen) glyphOf(k glyphKey) (glyph, error) {
	if g, ok := p.drawn[k]; ok {
		return g, nil
	}
	g, err := p.draw(k)
	if err == nil {
		p.drawn[k] = g
	}
	return g, err
}

// baht is the sign of Thailand's money as a B whose stroke shows above and below
// only, as many draw it: inside there is no room for it in so few dots.
func (p *pen) baht(k glyphKey) (glyph, error) {
	k.r = 'B'
	b, err := p.draw(k)
	if err != nil || len(b.rows) == 0 {
		return b, err
	}
	var all uint64
	for _, row := range b.rows {
		all |= row
	}
	left, right := bits.LeadingZeros64(all), 63-bits.TrailingZeros64(all)
	wide, high := k.cell/6, min(len(b.rows)/6, b.top)
	if k.bold {
		wide += k.cell / 12
	}
	stroke := (^uint64(0) << (64 - wide)) >> ((left + right + 1 - wide) / 2)
	ticks := slices.Repeat([]uint64{stroke}, high)
	return glyph{b.top - high, slices.Concat(ticks, b.rows, ticks)}, nil
}

func (p *pen) draw(k glyphKey) (glyph, error) {
	if k.r == '฿' {
		return p.baht(k)
	}
	f, index, han, err := p.find(k)
	if err != nil {
		return glyph{}, err
	}
	units := fixed.Int26_6(f.UnitsPerEm()) << 6
	outline, err := f.LoadGlyph(&p.buf, index, units, nil)
	if err != nil {
		return glyph{}, fmt.Errorf("glyph of %U: %w", k.r, err)
	}
	shape := append(sfnt.Segments(nil), outline...) // the buffer is used again below
	advance, err := f.GlyphAdvance(&p.buf, index, units, font.HintingNone)
	if err != nil {
		return glyph{}, fmt.Errorf("width of %U: %w", k.r, err)
	}

	g, width := gridOf(k.size, k.cell), k.columns*k.cell
	em := float32(f.UnitsPerEm()) * 64
	var sx, sy float32 // dots in a 64th of a font unit
	ink := uint8(inkLatin)
	if han {
		sx = float32(g.chinese) / em
		sy, ink = sx, inkChinese
		if isHangul(k.r) {
			ink = inkHangul
		}
		if k.size == receipts.Tall {
			sy *= 1.5
		}
	} else {
		sx = float32(k.cell) / (0.6 * em)
		sy = float32(g.capital) / (0.714 * em)
	}
	if w := float32(advance) * sx; w > float32(width) {
		sx *= float32(width) / w
	}
	left := (float32(width) - float32(advance)*sx) / 2
	if advance == 0 { // a mark that stands on the character before it
		left = float32(width)
	}
	best := p.sharpest(shape, sx, sy, left, float32(g.baseline), g.row)
	p.fill(shape, sx, sy, left+best, float32(g.baseline), g.row)
	drawn := p.dots(width, g.row, ink)
	if k.bold && han { // the font has no bold: struck twice, one dot apart, as a head does it
		for i, row := range drawn.rows {
			drawn.rows[i] = (row | row>>max(1, k.cell/12)) &^ (1<<(64-min(width, 64)) - 1)
		}
	}
	return drawn, nil
}

// find is the font that has the character, or a stand-in for it: 〓, which
// East Asian print uses for a missing character, or a question mark. wide says
// that the font is one of characters as wide as they are high.
func (p *pen) find(k glyphKey) (f *sfnt.Font, index sfnt.GlyphIndex, wide bool, err error) {
	if f, index, wide, err = p.look(k.r, k.bold); err != nil || index != 0 {
		return f, index, wide, err
	}
	if k.columns > 1 {
		return p.look('〓', k.bold)
	}
	return p.look('?', k.bold)
}

// look is the font that has the character; index is 0 when none has.
func (p *pen) look(r rune, bold bool) (f *sfnt.Font, index sfnt.GlyphIndex, wide bool, err error) {
	fonts := [...]*outlines{&p.mono, &p.han}
	if bold {
		fonts[0] = &p.bold
	}
	if isHangul(r) {
		fonts[1] = &p.hangul
	}
	for i, o := range fonts {
		if f, err = o.read(); err != nil {
			return nil, 0, false, err
		}
		if index, err = f.GlyphIndex(&p.buf, r); err == nil && index != 0 {
			return f, index, i > 0, nil
		}
	}
	return nil, 0, false, nil
}

func isHangul(r rune) bool { return r >= 0xAC00 && r <= 0xD7A3 || r >= 0x3131 && r <= 0x318E }

// has reports whether any font that is drawn by the cell has a character.
func (p *pen) has(r rune) bool {
	_, index, _, err := p.look(r, false)
	return err == nil && index != 0
}

// sharpest is the shift, in parts of a dot, that covers dots most fully or not
// at all: it puts upright strokes onto whole dots.
func (p *pen) sharpest(shape sfnt.Segments, sx, sy, left, baseline float32, height int) float32 {
	var best float32
	most := -1
	for _, shift := range [...]float32{0, -0.125, 0.125, -0.25, 0.25, -0.375, 0.375, 0.5} {
		p.fill(shape, sx, sy, left+shift, baseline, height)
		sum := 0
		for y := range height {
			for _, a := range p.mask.Pix[y*p.mask.Stride : y*p.mask.Stride+64] {
				if a != 0 {
					d := int(a) - 128
					sum += d * d
				}
			}
		}
		if sum > most+most/50 { // a small gain is not worth a shift
			best, most = shift, sum
		}
	}
	return best
}

// fill rasterizes an outline into the mask.
func (p *pen) fill(shape sfnt.Segments, sx, sy, left, baseline float32, height int) {
	p.raster.Reset(64, height)
	p.raster.DrawOp = draw.Src
	at := func(q fixed.Point26_6) (float32, float32) {
		return left + float32(float32(q.X)*sx), baseline + float32(float32(q.Y)*sy)
	}
	for _, s := range shape {
		ax, ay := at(s.Args[0])
		bx, by := at(s.Args[1])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			p.raster.MoveTo(ax, ay)
		case sfnt.SegmentOpLineTo:
			p.raster.LineTo(ax, ay)
		case sfnt.SegmentOpQuadTo:
			p.raster.QuadTo(ax, ay, bx, by)
		case sfnt.SegmentOpCubeTo:
			cx, cy := at(s.Args[2])
			p.raster.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	p.raster.Draw(p.mask, image.Rect(0, 0, 64, height), image.Opaque, image.Point{})
}

// dots reads the mask: what lies beyond the cell is cut off.
func (p *pen) dots(width, height int, ink uint8) glyph {
	g := glyph{top: math.MaxInt}
	last := 0
	rows := make([]uint64, height)
	for y := range height {
		for x := range min(width, 64) {
			if p.mask.Pix[y*p.mask.Stride+x] >= ink {
				rows[y] |= 1 << (63 - x)
				g.top, last = min(g.top, y), y
			}
		}
	}
	if g.top > last {
		return glyph{}
	}
	g.rows = rows[g.top : last+1]
	return g
}
