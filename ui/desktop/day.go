package desktop

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"ringup/payments"
	"ringup/ui/till"
)

// day is the place of a business day in figures.
type day struct {
	w       *Window
	day     payments.Day
	sum     till.Summary
	known   bool
	reading int
	stale   bool // news came since the figures were read
	export  bool // the path is being asked for
	path    string
	ending  string            // of the files that are offered
	asking  fyne.CanvasObject // the panel for the path, while it is open
	field   *field            // where the path is typed

	view   *fyne.Container
	days   *daySwitch
	kpis   [4]*kpi
	bars   *bars
	side   *fyne.Container
	middle *fyne.Container
}

func newDay(w *Window) *day { return &day{w: w, ending: till.EndingCSV} }

// kpi is one figure with its name.
type kpi struct {
	box   *fyne.Container
	name  *word
	value *word
}

func newKPI(l *look, name string) *kpi {
	k := &kpi{name: newWord(name, 15, l.muted).shrink(11), value: newWord("", 38, l.ink).bold().shrink(18)}
	k.box = placed(fyne.NewSize(120, 112), nil, ground(l.card, l.line, 16), k.name, k.value)
	k.box.Layout.(*free).lay = func(s fyne.Size) {
		put(k.box.Objects[0], 0, 0, s.Width, s.Height)
		edge := min(24, s.Width*0.1)
		put(k.name, edge, 20, s.Width-2*edge, 22)
		put(k.value, edge, 42, s.Width-2*edge, 54)
	}
	return k
}

func (d *day) build() fyne.CanvasObject {
	d.asking = nil
	w, l := d.w, d.w.look
	if d.day == "" {
		d.day = w.till.Today()
	}
	symbol := w.till.Currency().Symbol()
	for i, key := range []string{"takings", "count", "refunds", "open"} {
		d.kpis[i] = newKPI(l, w.say("window.day."+key, "currency", symbol))
	}
	d.bars = l.newBars()
	d.days = newDaySwitch(w, d.day, func(to payments.Day) { d.day, d.known, d.export = to, false, false; d.read() })
	d.side = stack()
	d.middle = stack()
	export := l.button(plainButton, w.say("window.day.export"), "", d.askPath)
	print := l.button(plainButton, w.say("window.day.print"), "", d.print)
	print.Hidden = w.till.Settings().Printer == ""
	side := l.cardWith(d.side)
	d.view = placed(fyne.NewSize(700, 500), nil, d.kpis[0].box, d.kpis[1].box, d.kpis[2].box, d.kpis[3].box, d.middle, d.days.box, side, export, print)
	d.view.Layout.(*free).lay = func(s fyne.Size) {
		if s.Width <= 0 {
			return
		}
		space := edgeFor(s.Width + 2*roomy)
		right := min(460, max(288, s.Width*0.31))
		left := s.Width - right - space
		wide := (left - 3*16) / 4
		for i, k := range d.kpis {
			put(k.box, float32(i)*(wide+16), 0, wide, 112)
		}
		put(d.middle, 0, 128, left, s.Height-128)
		put(d.days.box, left+space, 0, right, 64)
		put(side, left+space, 80, right, s.Height-160)
		if print.Hidden {
			put(export, left+space, s.Height-64, right, 64)
			return
		}
		half := (right - 16) / 2
		put(print, left+space, s.Height-64, half, 64)
		put(export, left+space+half+16, s.Height-64, half, 64)
	}
	d.show()
	return d.view
}

func (d *day) enter() {
	d.days.follow()
	if d.known && d.sum.Day != d.day {
		d.known = false
	}
	d.read()
}

// read asks for the figures.
func (d *day) read() {
	d.reading++
	d.stale = false
	mine, which, w := d.reading, d.day, d.w
	w.spawn(func() {
		sum, err := w.till.Day(which)
		w.post(func() {
			switch {
			case mine != d.reading:
			case err != nil:
				w.complain(err)
			default:
				d.sum, d.known = sum, true
				d.show()
			}
		})
	})
}

func (d *day) show() {
	w, l := d.w, d.w.look
	if d.known {
		for i, text := range []string{d.sum.Takings.Grouped(), strconv.Itoa(d.sum.Count), d.sum.Refunds.Grouped(), strconv.Itoa(d.sum.Open)} {
			d.kpis[i].value.set(text)
		}
		d.kpis[3].value.paint(l.ink)
		if d.sum.Open > 0 {
			d.kpis[3].value.paint(l.hold)
		}
		d.bars.set(d.sum.ByHour, w.till.Calendar().CutOver)
		d.side.Objects = []fyne.CanvasObject{d.breakdown()}
		d.side.Refresh()
	}
	if d.export {
		if d.asking == nil { // new figures leave what is being typed alone
			d.asking = d.exportPanel()
		}
		d.middle.Objects = []fyne.CanvasObject{d.asking}
	} else {
		title := newWord(w.say("window.day.by_hour"), 17, l.ink).bold()
		d.middle.Objects = []fyne.CanvasObject{l.cardWith(inset(20, 24, 16, 24, column(16, fixed(title, 26), share(d.bars, 1))))}
	}
	d.middle.Refresh()
}

// breakdown is who took the money, and from which wallets.
func (d *day) breakdown() fyne.CanvasObject {
	w, l, sum := d.w, d.w.look, d.sum
	var objects []fyne.CanvasObject
	var lay []func(y, wide float32) float32
	heading := func(text string) {
		t := newWord(text, 17, l.ink).bold().shrink(12)
		objects = append(objects, t)
		lay = append(lay, func(y, wide float32) float32 { put(t, 0, y+4, wide, 30); return y + 38 })
	}
	entry := func(name, value string, strong bool) {
		a, b, line := newWord(name, 17, l.muted).shrink(12), newWord(value, 17, l.ink).right(), l.hairline()
		b.heavy = strong
		objects = append(objects, a, b, line)
		lay = append(lay, func(y, wide float32) float32 {
			v := b.natural().Width + 2
			put(a, 0, y, wide-v-12, 39)
			put(b, wide-v, y, v, 39)
			put(line, 0, y+39, wide, 1)
			return y + 40
		})
	}
	entry(w.say("window.day.net"), sum.Net.String(), true)
	entry(w.say("window.day.unpaid"), strconv.Itoa(sum.Declined)+" · "+strconv.Itoa(sum.Stopped), false)
	for _, group := range []struct {
		key    string
		shares []till.Share
	}{{"window.day.by_cashier", sum.ByCashier}, {"window.day.by_wallet", sum.ByWallet}} {
		if len(group.shares) == 0 {
			continue
		}
		objects = append(objects, stack())
		lay = append(lay, func(y, _ float32) float32 { return y + 8 })
		heading(w.say(group.key))
		for _, s := range group.shares {
			name := s.Name
			if name == "" {
				name = w.say("window.day.nobody")
			}
			entry(name, s.Amount.Grouped(), false)
		}
	}
	content := newFlow(func(wide float32, _ bool) float32 {
		y := float32(0)
		for _, f := range lay {
			y = f(y, wide-scrollRoom)
		}
		return y
	}, objects...)
	head := newWord(w.say("window.day.head", "head", sum.Head), 14, l.muted).shrink(10)
	return inset(12, 24-scrollRoom, 16, 24, column(8, share(newSwipe(content), 1), fixed(head, 24)))
}

// askPath asks where the file is to go.
func (d *day) askPath() {
	folder := d.w.till.Settings().ExportFolder
	if folder == "" {
		folder, _ = os.UserHomeDir()
	}
	d.path = filepath.Join(folder, "ringup-"+string(d.day)+d.ending)
	d.export, d.asking = true, nil
	d.show()
	d.w.win.Canvas().Focus(d.field)
}

func (d *day) exportPanel() fyne.CanvasObject {
	w, l := d.w, d.w.look
	title := newWord(w.say("window.export.title", "day", w.date(d.day, "window.date.long")), 22, l.ink).bold().shrink(14)
	text := newProse(w.say("window.export.detail"), 17, l.muted)
	path := newField(w, d.path, "")
	d.field = path
	endings := []string{till.EndingCSV, till.EndingXLSX}
	kinds := l.newChips([]string{w.say("window.export.csv"), w.say("window.export.xlsx")}, slices.Index(endings, d.ending), func(i int) {
		name := d.path
		if _, err := till.DayEnding(name); err == nil {
			name = strings.TrimSuffix(name, filepath.Ext(name))
		}
		path.SetText(name + endings[i])
		w.win.Canvas().Focus(path)
	})
	path.OnChanged = func(s string) {
		d.path = s
		if ending, err := till.DayEnding(s); err == nil {
			d.ending = ending
			kinds.pick(slices.Index(endings, ending))
		}
	}
	path.onSubmit = func(string) { d.write() }
	path.onEscape = d.closeExport
	frame, _ := w.framed(path, "", nil)
	back := l.button(plainButton, w.say("window.back"), "Esc", d.closeExport)
	write := l.button(mainButton, w.say("window.export.write"), "Enter", d.write)
	return l.cardWith(inset(24, 28, 24, 28, column(16,
		fixed(title, 32), fit(text), fixed(kinds.box, 56), fixed(frame, 56), spring(), fixed(row(16, share(back, 1), share(write, 1)), 64))))
}

func (d *day) closeExport() {
	d.w.win.Canvas().Unfocus()
	d.export = false
	d.show()
}

// write exports the day, and remembers the folder.
func (d *day) write() {
	w, which, path := d.w, d.day, d.path
	w.spawn(func() {
		err := w.till.ExportDay(which, path)
		if s := w.till.Settings(); err == nil && s.ExportFolder != filepath.Dir(path) {
			s.ExportFolder = filepath.Dir(path)
			err = w.till.ChangeSettings(s)
		}
		w.post(func() {
			if err != nil {
				w.complain(err)
				return
			}
			d.closeExport()
			w.notify(till.FacePaid, w.say("window.export.done", "path", path))
		})
	})
}

// print prints the figures.
func (d *day) print() {
	w, which := d.w, d.day
	w.spawn(func() {
		err := w.till.PrintDay(context.Background(), which)
		w.post(func() {
			if err != nil {
				w.complain(err)
				return
			}
			w.notify(till.FacePaid, w.say("window.day.printed"))
		})
	})
}

func (d *day) news(n till.News) { d.stale = d.stale || n.Sale != nil }

func (d *day) tick(time.Time) {
	if d.stale {
		d.read()
	}
}

func (d *day) typed(rune) func() { return func() {} }

func (d *day) pressed(k *fyne.KeyEvent) {
	switch {
	case d.export && k.Name == fyne.KeyEscape:
		d.closeExport()
	case d.export && (k.Name == fyne.KeyReturn || k.Name == fyne.KeyEnter):
		d.write()
	case d.export:
	case k.Name == fyne.KeyLeft:
		d.days.step(-1)
	case k.Name == fyne.KeyRight:
		d.days.step(1)
	}
}
