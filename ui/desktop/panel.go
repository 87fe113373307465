package desktop

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"ringup/ui/till"
)

// choice is a button of a panel, and the keys that do the same.
type choice struct {
	text string
	hint string // the key as written on the button
	keys []fyne.KeyName
	main bool
	do   func()
}

// panel is the one big picture that a payment shows: soft colour, icon, one to
// six words, the amount, what is known and what to do, at most two buttons. It
// is a widget without rules: set says all.
type panel struct {
	widget.BaseWidget
	look    *look
	face    till.Face
	ground  *plate
	sign    *sign
	ring    *ring
	title   *word
	amount  *word
	detail  *prose
	buttons *fyne.Container
	choices []choice
	box     *fyne.Container
}

func (l *look) newPanel() *panel {
	p := &panel{look: l, face: "none"}
	pl, box := newPlate(l.soft, l.soft, 20)
	p.ground = pl
	p.sign = l.icon("face-sending", l.accent, 150)
	p.ring = newRing(l.wait, l.waitSoft)
	p.title = newWord("", 72, l.ink).bold().centre().shrink(32)
	p.amount = newWord("", 40, l.ink).bold().centre().shrink(20)
	p.detail = newProse("", 22, l.muted).centre()
	p.buttons = row(16)
	p.box = placed(fyne.NewSize(320, 400), p.lay, box, p.sign, p.ring, p.title, p.amount, p.detail, p.buttons)
	p.ExtendBaseWidget(p)
	return p
}

// set shows a picture. Only what changed is drawn anew, so that it can be said
// every second.
func (p *panel) set(t till.Telling, choices []choice) {
	if t.Face != p.face {
		p.face = t.Face
		f := p.look.face(t.Face)
		p.ground.paint(f.soft, f.soft, 1)
		p.sign.set(f.icon, f.strong)
		p.title.color = f.strong
		p.title.Refresh()
	}
	p.ring.Hidden = t.Face != till.FaceWaiting || t.Total == 0
	p.sign.Hidden = !p.ring.Hidden
	if !p.ring.Hidden {
		p.ring.set(t.Left, t.Total)
	}
	p.title.set(t.Title)
	p.amount.set(t.Amount)
	p.detail.set(t.Detail)
	if !sameChoices(p.choices, choices) {
		var parts []part
		for _, c := range choices {
			k := plainButton
			if c.main {
				k = mainButton
			}
			parts = append(parts, fit(p.look.button(k, c.text, c.hint, c.do)))
		}
		p.buttons.Objects, p.buttons.Layout = nil, &flex{space: 16, parts: parts}
		for _, x := range parts {
			p.buttons.Objects = append(p.buttons.Objects, x.o)
		}
	}
	p.choices = choices
	p.lay(p.box.Size())
	p.box.Refresh()
}

func sameChoices(a, b []choice) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].text != b[i].text || a[i].hint != b[i].hint || a[i].main != b[i].main {
			return false
		}
	}
	return true
}

// choose does what a key stands for, if a button of the panel has it.
func (p *panel) choose(k fyne.KeyName) bool {
	for _, c := range p.choices {
		for _, name := range c.keys {
			if name == k {
				c.do()
				return true
			}
		}
	}
	return false
}

func (p *panel) lay(s fyne.Size) {
	if s.Width <= 0 {
		return
	}
	put(p.box.Objects[0], 0, 0, s.Width, s.Height)
	z := zoom(s)
	const side = 32
	between := 20 * z
	p.title.size, p.amount.size, p.detail.size = 72*z, 40*z, 22*z
	wide := s.Width - 2*side
	textWide := min(wide, 840*z)
	title, amount := p.title.natural().Height*0.9, p.amount.natural().Height
	if p.amount.text == "" {
		amount = 0
	}
	detail := p.detail.heightFor(textWide)
	mark := min(150*z, s.Height*0.22)
	high := mark + between + title + 6*z + amount + between + detail
	if len(p.choices) > 0 {
		high += 36 + 64
	}
	y := max(16, (s.Height-high)/2)
	for _, o := range []fyne.CanvasObject{p.sign, p.ring} {
		put(o, (s.Width-mark)/2, y, mark, mark)
	}
	y += mark + between
	put(p.title, side, y, wide, title)
	y += title + 6*z
	put(p.amount, side, y, wide, amount)
	y += amount + between
	put(p.detail, (s.Width-textWide)/2, y, textWide, detail)
	for _, o := range []fyne.CanvasObject{p.title, p.amount, p.detail} {
		o.Refresh()
	}
	y += detail + 36
	w := min(p.buttons.MinSize().Width, wide)
	put(p.buttons, (s.Width-w)/2, y, w, 64)
}

// CreateRenderer implements fyne.Widget.
func (p *panel) CreateRenderer() fyne.WidgetRenderer {
	return laidOut(p, widget.NewSimpleRenderer(p.box))
}

// question is a panel that wants an answer before anything goes on. No key
// answers it; at the till Esc leaves it, and nothing was done.
type question struct {
	face                  till.Face
	title, amount, detail string
	choices               []choice
	panel                 *panel
	look                  *look
	guard                 *guard
}

// seen is told when the question comes into view again.
func (q *question) seen() {
	if q != nil && q.guard != nil {
		q.guard.seen()
	}
}

// retell says something else, with the same buttons.
func (q *question) retell(title, detail string) {
	if q.title == title && q.detail == detail {
		return
	}
	q.title, q.detail = title, detail
	q.seen() // who was about to answer meant the words before
	if q.panel != nil {
		q.panel.set(till.Telling{Face: q.face, Title: title, Amount: q.amount, Detail: detail}, q.choices)
	}
}

func (q *question) view(w *Window) fyne.CanvasObject {
	if q.guard == nil {
		q.guard = w.newGuard()
		for i := range q.choices {
			q.choices[i].do = q.guard.once(q.choices[i].do)
		}
	}
	if q.panel == nil || q.look != w.look {
		q.panel, q.look = w.look.newPanel(), w.look
		q.panel.set(till.Telling{Face: q.face, Title: q.title, Amount: q.amount, Detail: q.detail}, q.choices)
	}
	return q.panel
}
