package desktop

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"ringup/ui/till"
)

// codeLives is how long a code on the training phone is shown: wallets renew
// theirs about every minute.
const codeLives = 50 * time.Second

// phone is the training customer's phone beside the till. What it shows can be
// scanned from the screen, or shown to the scanner by a button; either way it
// comes in like any scan.
type phone struct {
	c      *counter
	till   till.Phone
	habits []till.Habit
	habit  string
	code   string
	since  time.Time
	box    *fyne.Container
	qr     *canvas.Image
	digits *word
	picks  []*press
	show   *press
}

func newPhone(c *counter, p till.Phone) *phone {
	f := &phone{c: c, till: p, habits: p.Habits()}
	if len(f.habits) > 0 {
		f.habit = f.habits[0].ID
	}
	f.renew()
	return f
}

// renew shows a fresh code of the chosen customer.
func (f *phone) renew() {
	f.code, f.since = f.till.Code(f.habit), f.c.w.now()
	f.refresh()
}

func (f *phone) tick(now time.Time) {
	if now.Sub(f.since) >= codeLives {
		f.renew()
	}
}

// used renews the code when it was charged.
func (f *phone) used(code string) {
	if code == f.code {
		f.renew()
	}
}

func (f *phone) choose(habit string) {
	f.habit = habit
	f.renew()
}

func (f *phone) build() {
	w, l := f.c.w, f.c.w.look
	f.habits = f.till.Habits()
	title := newWord(w.say("window.phone"), 16, l.train).bold().centre().shrink(12)
	sheet := canvas.NewRectangle(paper)
	sheet.CornerRadius = 12
	f.qr = &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScalePixels}
	f.digits = newWord("", 13, l.ink).centre().shrink(9)
	frame := l.newDashed(l.trainSoft, l.train, 32)
	objects := []fyne.CanvasObject{frame, title, sheet, f.qr, f.digits}
	f.picks = nil
	for _, h := range f.habits {
		p := l.newPress(inset(0, 12, 0, 12, upright(newWord(h.Name, 15, l.ink).shrink(11))), 10, func() { f.choose(h.ID) }).called(h.Name)
		f.picks = append(f.picks, p)
		objects = append(objects, p)
	}
	f.show = l.button(trainButton, w.say("window.phone.show"), "", func() { w.heard(f.code) })
	objects = append(objects, f.show)
	f.box = placed(fyne.NewSize(216, 480), nil, objects...)
	f.box.Layout.(*free).lay = func(s fyne.Size) {
		if s.Width <= 0 {
			return
		}
		put(frame, 0, 0, s.Width, s.Height)
		const side = 18
		wide := s.Width - 2*side
		put(title, side, 20, wide, title.natural().Height)
		n := float32(len(f.picks))
		qr := min(wide, s.Height-20-34-30-n*52-84-24)
		y := float32(54)
		put(sheet, (s.Width-qr)/2, y, qr, qr)
		put(f.qr, (s.Width-qr)/2+6, y+6, qr-12, qr-12)
		y += qr + 10
		put(f.digits, side-6, y, wide+12, f.digits.natural().Height)
		y += 30
		put(f.show, side, s.Height-64-20, wide, 64)
		room := s.Height - 64 - 20 - 12 - y
		pitch := min(56, room/max(n, 1))
		for i, p := range f.picks {
			put(p, side, y+float32(i)*pitch, wide, pitch-8)
		}
	}
	f.refresh()
}

func (f *phone) refresh() {
	if f.qr == nil {
		return
	}
	l := f.c.w.look
	f.qr.Image = qrPicture(f.code)
	f.qr.Refresh()
	f.digits.set(inFours(f.code))
	for i, p := range f.picks {
		on := f.habits[i].ID == f.habit
		label := p.body.(*fyne.Container).Objects[0].(*fyne.Container).Objects[0].(*word)
		label.heavy = on
		label.Refresh()
		if on {
			p.colours(l.card, l.train, 2)
		} else {
			p.colours(l.card, l.line, 1)
		}
	}
}

// inFours parts digits into groups of four, as wallets show them.
func inFours(s string) string {
	var groups []string
	for len(s) > 4 {
		groups = append(groups, s[:4])
		s = s[4:]
	}
	return strings.Join(append(groups, s), " ")
}
