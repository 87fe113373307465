package desktop

import (
	"image/color"
	"math"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
)

// prompt is the broad sign that says what the till waits for: an amount, a
// scan, or a remedy.
type prompt struct {
	c      *counter
	box    *fyne.Container
	ground *plate
	sign   *sign
	title  *word
	detail *word
	text   *prose // in place of title and detail
	charge *press
	shown  promptText
}

// promptText is everything that a prompt says.
type promptText struct {
	icon, title, detail, text string
	strong, soft              color.NRGBA
	charge, ready             bool
}

func newPrompt(c *counter) *prompt {
	l := c.w.look
	p := &prompt{c: c}
	pl, box := newPlate(l.accent, l.accent, 16)
	p.ground = pl
	p.sign = l.icon("scan", l.onAccent, 44)
	p.title = newWord("", 26, l.onAccent).bold().shrink(15)
	p.detail = newWord("", 16, l.onAccent).shrink(12)
	p.text = newProse("", 18, l.ink)
	p.text.lead = 1.35
	p.charge = l.button(mainButton, c.w.say("window.charge_held"), "F3", c.chargeHeld)
	p.box = placed(fyne.NewSize(200, 88), p.lay, box, p.sign, p.title, p.detail, p.text, p.charge)
	return p
}

func (p *prompt) show() {
	t := p.wording()
	if t == p.shown {
		return
	}
	if t.charge && !p.shown.charge {
		p.c.charge.seen()
	}
	p.shown = t
	p.ground.paint(t.soft, t.soft, 1)
	p.sign.set(t.icon, t.strong)
	p.title.text, p.title.color = t.title, t.strong
	p.detail.text, p.detail.color = t.detail, t.strong
	p.text.text = t.text
	p.title.Hidden, p.detail.Hidden, p.text.Hidden = t.text != "", t.text != "", t.text == ""
	p.charge.Hidden = !t.charge
	p.charge.enable(t.ready)
	p.lay(p.box.Size())
	p.title.Refresh()
	p.detail.Refresh()
	p.text.Refresh()
	p.box.Refresh()
}

// wording is what the prompt has to say now. The most pressing comes first.
func (p *prompt) wording() promptText {
	c, l, say := p.c, p.c.w.look, p.c.w.say
	amount := c.amount()
	switch {
	case c.trouble != "":
		return promptText{icon: "attention", text: c.trouble, strong: l.no, soft: l.noSoft}
	case c.held != nil:
		left := max(0, int(math.Ceil(c.held.until.Sub(c.w.now()).Seconds())))
		t := promptText{
			icon: "scan", title: say("window.held", "code", c.held.masked), strong: l.wait, soft: l.waitSoft,
			detail: say("window.held.amount", "seconds", left), charge: true, ready: !amount.IsZero(),
		}
		if t.ready {
			t.detail = say("window.held.ready", "amount", amount, "seconds", left)
		}
		return t
	case c.ready != nil:
		return promptText{icon: "attention", text: c.w.till.Explain(c.ready), strong: l.hold, soft: l.holdSoft}
	case c.again != nil:
		return promptText{icon: "scan", title: say("window.prompt.again"), detail: say("window.prompt.again.detail"), strong: l.onAccent, soft: l.accent}
	case amount.IsZero():
		return promptText{icon: "till", title: say("window.prompt.amount"), detail: say("window.prompt.amount.detail"), strong: l.accent, soft: l.soft}
	}
	return promptText{icon: "scan", title: say("window.prompt.scan"), detail: say("window.prompt.scan.detail"), strong: l.onAccent, soft: l.accent}
}

func (p *prompt) lay(s fyne.Size) {
	if s.Width <= 0 {
		return
	}
	put(p.box.Objects[0], 0, 0, s.Width, s.Height)
	z := s.Height / 88
	p.title.size, p.detail.size = 26*z, 16*z
	edge, after := 28*z, 20*z
	if s.Width < 420 {
		edge, after = 16, 12
	}
	x := edge + 44*z + after
	p.sign.Hidden = !p.charge.Hidden && s.Width < 640
	if p.sign.Hidden {
		x = edge
	}
	put(p.sign, edge, (s.Height-44*z)/2, 44*z, 44*z)
	wide := s.Width - x - edge
	if !p.charge.Hidden {
		b := min(p.charge.MinSize().Width, s.Width*0.48)
		put(p.charge, s.Width-b-12, 12, b, s.Height-24)
		wide = s.Width - b - 24 - x
	}
	a, b := p.title.natural().Height, p.detail.natural().Height
	y := (s.Height - a - b) / 2
	put(p.title, x, y+1, wide, a)
	put(p.detail, x, y+a-1, wide, b)
	p.title.Refresh()
	p.detail.Refresh()
	p.text.size = 18
	high := p.text.heightFor(wide)
	for high > s.Height-8 && p.text.size > 13 {
		p.text.size--
		high = p.text.heightFor(wide)
	}
	put(p.text, x, (s.Height-high)/2, wide, high)
}

// afterTimes is what was typed after ×.
func afterTimes(typed string) string {
	_, after, _ := strings.Cut(typed, "× ")
	return after
}

func countText(n int64) string { return strconv.FormatInt(n, 10) }
