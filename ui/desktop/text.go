package desktop

import (
	"image/color"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// word is one line of text. It can shrink to fit its place, and ends in "…"
// where that isn't enough. Chinese letters have no bold of their own here: a
// heavy word with such letters is drawn twice, a little apart.
type word struct {
	widget.BaseWidget
	text   string
	size   float32
	heavy  bool
	color  color.Color
	align  fyne.TextAlign
	least  float32 // size that it may shrink to; 0: it doesn't shrink
	narrow bool    // it asks for no width of its own
}

func newWord(text string, size float32, c color.Color) *word {
	w := &word{text: text, size: size, color: c}
	w.ExtendBaseWidget(w)
	return w
}

func (w *word) bold() *word    { w.heavy = true; return w }
func (w *word) centre() *word  { w.align = fyne.TextAlignCenter; return w }
func (w *word) right() *word   { w.align = fyne.TextAlignTrailing; return w }
func (w *word) elastic() *word { w.narrow = true; return w }

// shrink lets the word become as small as least before it is cut.
func (w *word) shrink(least float32) *word { w.least, w.narrow = least, true; return w }

func (w *word) set(text string) {
	if w.text != text {
		w.text = text
		w.Refresh()
	}
}

func (w *word) paint(c color.Color) {
	if w.color != c {
		w.color = c
		w.Refresh()
	}
}

func (w *word) natural() fyne.Size { return measure(w.text, w.size, w.heavy) }

// MinSize implements fyne.CanvasObject.
func (w *word) MinSize() fyne.Size {
	s := w.natural()
	if w.narrow {
		s.Width = 0
	}
	return s
}

// CreateRenderer implements fyne.Widget.
func (w *word) CreateRenderer() fyne.WidgetRenderer {
	r := &wordRenderer{w: w, a: canvas.NewText("", w.color), b: canvas.NewText("", w.color)}
	r.Refresh()
	return r
}

type wordRenderer struct {
	w    *word
	a, b *canvas.Text
}

func (r *wordRenderer) Destroy()                     {}
func (r *wordRenderer) MinSize() fyne.Size           { return r.w.MinSize() }
func (r *wordRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.a, r.b} }

func (r *wordRenderer) Layout(s fyne.Size) {
	text, size := r.w.text, r.w.size
	if width := measure(text, size, r.w.heavy).Width; width > s.Width && s.Width > 0 {
		if r.w.least > 0 {
			size = max(r.w.least, float32(int(size*s.Width/width)))
		}
		text = cut(text, size, r.w.heavy, s.Width)
	}
	twice := r.w.heavy && hasHan(text)
	for i, t := range []*canvas.Text{r.a, r.b} {
		t.Text, t.TextSize, t.Color, t.Alignment = text, size, r.w.color, r.w.align
		t.TextStyle.Bold = r.w.heavy && !twice
		t.Move(fyne.NewPos(float32(i)*weight(size), (s.Height-measure(text, size, false).Height)/2+lift(text, size)))
		t.Resize(fyne.NewSize(s.Width, t.MinSize().Height))
		t.Refresh()
	}
	r.b.Hidden = !twice
}

func (r *wordRenderer) Refresh() { r.Layout(r.w.Size()) }

// Where letters stand in a line, in sizes below its top: Noto Sans' base line,
// and the middle of its capitals and of Chinese letters. Fyne gives a line the
// height of the font that has the blank, which is the Chinese one.
const (
	baseLine      = 1.069
	middleOfLatin = 0.70
	middleOfHan   = 0.665
	middleOfBoth  = 0.69
)

// lift moves a line so that its letters, and not its box, stand in the middle.
func lift(text string, size float32) float32 {
	middle := float32(middleOfLatin)
	if hasHan(text) {
		middle = middleOfHan
		if strings.ContainsFunc(text, func(r rune) bool { return r < unicode.MaxLatin1 && r != ' ' }) {
			middle = middleOfBoth
		}
	}
	return measure(text, size, false).Height/2 - middle*size
}

// weight is how far apart the two drawings of a heavy Chinese word are.
func weight(size float32) float32 { return max(0.5, size/36) }

// measure is the size of a line of text.
func measure(text string, size float32, heavy bool) fyne.Size {
	if heavy && hasHan(text) {
		s := fyne.MeasureText(text, size, fyne.TextStyle{})
		s.Width += weight(size)
		return s
	}
	return fyne.MeasureText(text, size, fyne.TextStyle{Bold: heavy})
}

// cut is text, shortened with "…" to a width.
func cut(text string, size float32, heavy bool, width float32) string {
	if measure(text, size, heavy).Width <= width {
		return text
	}
	runes := []rune(text)
	low, high := 0, len(runes)
	for low < high {
		mid := (low + high + 1) / 2
		if measure(strings.TrimRight(string(runes[:mid]), " ")+"…", size, heavy).Width <= width {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return strings.TrimRight(string(runes[:low]), " ") + "…"
}

// hasHan tells whether a text has letters or marks of the Chinese font.
func hasHan(s string) bool { return strings.IndexFunc(s, isHan) >= 0 }

func isHan(r rune) bool { return r >= 0x2E80 && r < 0xFB00 || r >= 0xFE30 && r < 0xFFF0 }

// prose is text of several lines that wraps at its width. Where it is centred
// the lines are made about equally long.
type prose struct {
	widget.BaseWidget
	text  string
	size  float32
	heavy bool
	color color.Color
	align fyne.TextAlign
	lead  float32 // distance of two lines, in sizes
}

func newProse(text string, size float32, c color.Color) *prose {
	p := &prose{text: text, size: size, color: c, lead: 1.5}
	p.ExtendBaseWidget(p)
	return p
}

func (p *prose) centre() *prose { p.align = fyne.TextAlignCenter; return p }

func (p *prose) set(text string) {
	if p.text != text {
		p.text = text
		p.Refresh()
	}
}

// heightFor is the height that the text needs at a width.
func (p *prose) heightFor(width float32) float32 {
	return float32(len(p.lines(width))) * p.size * p.lead
}

func (p *prose) lines(width float32) []string {
	if p.text == "" {
		return nil
	}
	lines := wrap(p.text, p.size, p.heavy, width)
	if p.align != fyne.TextAlignCenter || len(lines) < 2 {
		return lines
	}
	low, high := width/2, width
	for high-low > 8 { // the narrowest width with as many lines
		mid := (low + high) / 2
		if len(wrap(p.text, p.size, p.heavy, mid)) > len(lines) {
			low = mid
		} else {
			high = mid
		}
	}
	return wrap(p.text, p.size, p.heavy, high)
}

// MinSize implements fyne.CanvasObject: one line's height; layouts that know a
// width ask heightFor.
func (p *prose) MinSize() fyne.Size {
	if w := p.Size().Width; w > 0 {
		return fyne.NewSize(0, p.heightFor(w))
	}
	return fyne.NewSize(0, p.size*p.lead)
}

// CreateRenderer implements fyne.Widget.
func (p *prose) CreateRenderer() fyne.WidgetRenderer {
	return laidOut(p, &proseRenderer{p: p})
}

type proseRenderer struct {
	p     *prose
	words []fyne.CanvasObject
}

func (r *proseRenderer) Destroy()                     {}
func (r *proseRenderer) MinSize() fyne.Size           { return r.p.MinSize() }
func (r *proseRenderer) Objects() []fyne.CanvasObject { return r.words }
func (r *proseRenderer) Refresh()                     { r.Layout(r.p.Size()) }

func (r *proseRenderer) Layout(s fyne.Size) {
	lines := r.p.lines(s.Width)
	for len(r.words) < len(lines) {
		r.words = append(r.words, newWord("", r.p.size, r.p.color))
	}
	pitch := r.p.size * r.p.lead
	for i, o := range r.words {
		w := o.(*word)
		w.Hidden = i >= len(lines)
		if w.Hidden {
			continue
		}
		w.text, w.size, w.heavy, w.color, w.align = lines[i], r.p.size, r.p.heavy, r.p.color, r.p.align
		h := w.natural().Height
		w.Move(fyne.NewPos(0, float32(i)*pitch+(pitch-h)/2))
		w.Resize(fyne.NewSize(s.Width, h))
		w.Refresh()
	}
}

// wrap breaks text into lines no wider than width: at blanks, and between
// Chinese letters, but never before a closing mark.
func wrap(text string, size float32, heavy bool, width float32) []string {
	var lines []string
	for _, para := range strings.Split(text, "\n") {
		line := ""
		for _, piece := range pieces(para) {
			if line != "" && measure(strings.TrimRight(line+piece, " "), size, heavy).Width > width {
				lines = append(lines, strings.TrimRight(line, " "))
				line = strings.TrimLeft(piece, " ")
			} else {
				line += piece
			}
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// pieces are the parts between which a line may break; a Latin word takes the
// blank after it along, a Chinese letter the closing mark after it.
func pieces(s string) []string {
	var out []string
	start := 0
	runes := []rune(s)
	for i := 1; i < len(runes); i++ {
		before, here := runes[i-1], runes[i]
		breakable := before == ' ' && here != ' ' ||
			(isHan(before) || isHan(here)) && !strings.ContainsRune("，。、；：？！）》」』”’%…,.;:?!) ", here) &&
				!strings.ContainsRune("（《「『“‘(", before)
		if breakable {
			out = append(out, string(runes[start:i]))
			start = i
		}
	}
	return append(out, string(runes[start:]))
}
