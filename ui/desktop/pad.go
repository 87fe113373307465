package desktop

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"ringup/ui/till"
)

// padView is the calculator: the tape with its total, the presets, the prompt
// to scan, the keys, and in training the customer's phone.
type padView struct {
	c       *counter
	box     *fyne.Container
	tape    *tapeView
	presets []*press
	prompt  *prompt
	keys    []*press
	clear   *press
}

// keypad is the order of the keys, four a row.
var keypad = []till.Key{
	"7", "8", "9", till.KeyBack,
	"4", "5", "6", till.KeyTimes,
	"1", "2", "3", till.KeyPlus,
	"0", till.KeyDouble, till.KeyPoint, till.KeyEquals,
}

func newPadView(c *counter) *padView {
	v := &padView{c: c}
	w := c.w
	v.tape = newTapeView(w)
	v.prompt = newPrompt(c)
	objects := []fyne.CanvasObject{v.tape.box, v.prompt.box}
	for _, p := range w.till.Presets() {
		b := newPresetButton(w, p, func() { c.preset(p) })
		v.presets = append(v.presets, b)
		objects = append(objects, b)
	}
	for _, k := range keypad {
		b := w.newKey(k, func() { c.press(k) })
		if k == till.KeyPoint && w.till.Currency().Digits() == 0 {
			b.enable(false)
		}
		v.keys = append(v.keys, b)
		objects = append(objects, b)
	}
	v.clear = w.look.button(plainButton, w.say("window.clear"), "Esc", func() { c.press(till.KeyClear) })
	objects = append(objects, v.clear)
	if c.phone != nil {
		objects = append(objects, c.phone.box)
	}
	v.box = placed(fyne.NewSize(700, 560), v.lay, objects...)
	return v
}

func (v *padView) lay(s fyne.Size) {
	if s.Width <= 0 {
		return
	}
	space := edgeFor(s.Width + 2*roomy)
	padWide := min(max(s.Width*0.32, 288), 480)
	left := s.Width - padWide - space
	if v.c.phone != nil {
		phoneWide := float32(260)
		switch {
		case s.Width < 1000:
			phoneWide = 216
		case s.Width > 1500:
			phoneWide = 320
		}
		put(v.c.phone.box, s.Width-phoneWide, 0, phoneWide, s.Height)
		left -= phoneWide + space
	}
	layKeys(v.keys, left+space, 0, padWide, s.Height-64*zoom(s)-16)
	z := zoom(s)
	put(v.clear, left+space, s.Height-64*z, padWide, 64*z)

	put(v.prompt.box, 0, s.Height-88*z, left, 88*z)
	bottom := s.Height - 88*z - 16
	if n := len(v.presets); n > 0 {
		per := 4
		if left < 480 {
			per = 3
			if n <= 4 {
				per = 2
			}
		}
		if left > 800 {
			per = 6
		}
		lines := (n + per - 1) / per
		high := 64 * z
		y := bottom - float32(lines)*(high+8) + 8
		wide := (left - float32(per-1)*8) / float32(per)
		for i, p := range v.presets {
			put(p, float32(i%per)*(wide+8), y+float32(i/per)*(high+8), wide, high)
		}
		bottom = y - 16
	}
	put(v.tape.box, 0, 0, left, bottom)
}

// zoom makes things larger on a large screen: 1 at 1366 × 768, 1.3 at most.
func zoom(task fyne.Size) float32 {
	return min(1.3, max(1, min(task.Width/1222, task.Height/664)))
}

// layKeys lays keys out four a row, filling the room.
func layKeys(keys []*press, x, y, w, h float32) {
	const between = 8
	lines := (len(keys) + 3) / 4
	wide := (w - 3*between) / 4
	high := (h - float32(lines-1)*between) / float32(lines)
	for i, k := range keys {
		put(k, x+float32(i%4)*(wide+between), y+float32(i/4)*(high+between), wide, high)
	}
}

func (v *padView) refresh() {
	v.tape.show(v.c)
	v.prompt.show()
}

// newKey is one key of a keypad.
func (w *Window) newKey(k till.Key, onTap func()) *press {
	l := w.look
	var face fyne.CanvasObject
	switch k {
	case till.KeyBack:
		face = middle(l.icon("back", l.muted, 30))
	case till.KeyTimes, till.KeyPlus, till.KeyEquals:
		face = keyLabel(newWord(string(k), 36, l.accent).centre())
	default:
		face = keyLabel(newWord(string(k), 34, l.ink).centre())
	}
	return l.newPress(face, 14, onTap).called(string(k))
}

// keyLabel is a key's label, a little larger on a large key.
func keyLabel(label *word) fyne.CanvasObject {
	usual := label.size
	box := placed(fyne.NewSize(48, 48), nil, label)
	box.Layout.(*free).lay = func(s fyne.Size) {
		label.size = usual * min(1.35, max(0.8, s.Height/150))
		h := label.natural().Height
		put(label, 0, (s.Height-h)/2, s.Width, h)
		label.Refresh()
	}
	return box
}

func newPresetButton(w *Window, p till.Preset, onTap func()) *press {
	l := w.look
	name := newWord(p.Name, 16, l.ink).shrink(12)
	price := newWord(p.Price.Grouped(), 15, l.muted).elastic()
	body := placed(fyne.NewSize(64, 64), nil, name, price)
	body.Layout.(*free).lay = func(s fyne.Size) {
		z := s.Height / 64
		name.size, price.size = 16*z, 15*z
		a, b := name.natural().Height, price.natural().Height
		y := (s.Height - a - b) / 2
		put(name, 14, y, s.Width-24, a)
		put(price, 14, y+a, s.Width-24, b)
		name.Refresh()
		price.Refresh()
	}
	return l.newPress(body, 12, onTap).called(p.Name)
}

// tapeView is the strip of lines with the total below it.
type tapeView struct {
	w      *Window
	box    *fyne.Container
	rows   []*tapeRow
	line   *canvas.Rectangle
	symbol *word
	total  *word
	hint   *word
	data   []till.Row
}

type tapeRow struct{ left, right *word }

// how the tape looks, in units of the screen.
const (
	tapeSize  = 20
	tapePitch = 1.8 // of the text's size
	tapeSide  = 32
)

func newTapeView(w *Window) *tapeView {
	l := w.look
	v := &tapeView{w: w, line: l.hairline()}
	v.symbol = newWord(w.till.Currency().Symbol(), 28, l.muted)
	v.total = newWord("", 96, l.ink).bold().right().shrink(28)
	v.hint = newWord("", 17, l.muted).elastic()
	v.box = placed(fyne.NewSize(200, 200), v.lay, ground(l.card, l.line, 16), v.line, v.symbol, v.total, v.hint)
	return v
}

func (v *tapeView) show(c *counter) {
	v.data = c.tape.Rows()
	v.hint.text = ""
	if c.again != nil {
		v.data = nil
		for _, line := range c.again.Lines {
			sum, _ := line.Unit.Times(line.Count)
			v.data = append(v.data, till.Row{Text: line.Text, Unit: line.Unit, Count: line.Count, Sum: sum})
		}
		v.hint.text = c.again.Number
	}
	v.total.text = c.amount().Grouped()
	v.total.color = v.w.look.ink
	if c.amount().IsZero() {
		v.total.color = mix(v.w.look.card, v.w.look.ink, 0.35)
	}
	v.lay(v.box.Size())
	v.box.Refresh()
}

func (v *tapeView) lay(s fyne.Size) {
	if s.Width <= 0 {
		return
	}
	put(v.box.Objects[0], 0, 0, s.Width, s.Height)
	side := float32(tapeSide)
	if s.Width < 420 {
		side = 20
	}
	wide := s.Width - 2*side
	v.total.size = min(144, max(s.Height*0.2, min(96, s.Height*0.3)))
	high := v.total.natural().Height
	totalAt := s.Height - high - 4
	put(v.line, side, totalAt-4, wide, 1)
	symbol := v.symbol.natural()
	put(v.total, side+symbol.Width+12, totalAt, wide-symbol.Width-12, high)
	// the symbol stands left of the figures, on their line
	figures := min(v.total.natural().Width, wide-symbol.Width-12)
	size := v.total.size
	if w := v.total.natural().Width; w > wide-symbol.Width-12 {
		size = max(v.total.least, float32(int(size*(wide-symbol.Width-12)/w)))
	}
	base := totalAt + (high-measure("0", size, true).Height)/2 + lift("0", size) + size*baseLine
	put(v.symbol, s.Width-side-figures-12-symbol.Width, base-28*baseLine-lift("0", 28), symbol.Width+1, symbol.Height)

	top := float32(20)
	v.hint.Hidden = v.hint.text == ""
	if !v.hint.Hidden {
		put(v.hint, side, top, wide, v.hint.natural().Height)
		top += 32
	}
	size = tapeSize * min(1.3, max(1, s.Height/560))
	pitch := size * tapePitch
	room := max(1, int((totalAt-8-top)/pitch))
	data := v.data
	more := 0
	if len(data) > room {
		more = len(data) - room + 1
		if room == 1 {
			more = len(data) - 1
		}
		data = data[more:]
	}
	v.fill(data, more, room, size, fyne.NewPos(side, top), wide)
}

// fill writes the latest rows; above them stands how many more there are.
func (v *tapeView) fill(data []till.Row, more, room int, size float32, from fyne.Position, wide float32) {
	side, top := from.X, from.Y
	l := v.w.look
	n := len(data)
	if more > 0 && room > 1 {
		n++
	}
	for len(v.rows) < n {
		r := &tapeRow{newWord("", 20, l.muted).elastic(), newWord("", 20, l.muted).right().elastic()}
		v.rows = append(v.rows, r)
		v.box.Objects = append(v.box.Objects, r.left, r.right)
	}
	for i, r := range v.rows {
		r.left.Hidden, r.right.Hidden = i >= n, i >= n
		if i >= n {
			continue
		}
		left, right, ink := "", "", l.muted
		switch at := i - (n - len(data)); {
		case at < 0:
			left = v.w.say("window.tape.more", "count", more)
		default:
			left, right = tapeText(data[at])
			if data[at].Open {
				ink = l.ink
			}
		}
		r.left.text, r.right.text = left, right
		r.left.color, r.right.color = ink, ink
		r.left.size, r.right.size = size, size
		h := r.left.natural().Height
		y := top + float32(i)*size*tapePitch + (size*tapePitch-h)/2
		amount := min(r.right.natural().Width+1, wide/2)
		put(r.left, side, y, wide-amount-16, h)
		put(r.right, side+wide-amount, y, amount, h)
		r.left.Refresh()
		r.right.Refresh()
	}
}

// tapeText is a row for the eye: what, and how much.
func tapeText(r till.Row) (left, right string) {
	right = r.Sum.Grouped()
	if r.Open && r.Text == "" {
		return r.Typed, right
	}
	left = r.Unit.Grouped()
	if r.Text != "" {
		left = r.Text + "  " + left
	}
	switch {
	case r.Open:
		left += " × " + afterTimes(r.Typed)
	case r.Count != 1:
		left += " × " + countText(r.Count)
	}
	return left, right
}
