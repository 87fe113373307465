package desktop

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"ringup/payments"
	"ringup/ui/till"
)

// salesPage is how many sales are read at a time.
const salesPage = 60

// sales is the place of past sales: a search, the list of a day, and one sale
// in full beside it.
type sales struct {
	w      *Window
	day    payments.Day
	query  string          // not empty: the list is what was found
	list   []payments.Sale // newest first
	whole  bool            // nothing more to read
	reload int             // counts readings: only the latest answer is shown
	busy   bool
	detail *saleView
	refund *refund // in place of everything, when money goes back

	view   *fyne.Container
	main   *fyne.Container
	rows   *rows
	search *field
	days   *daySwitch
	empty  *prose
	shut   *press
}

func newSales(w *Window) *sales {
	s := &sales{w: w}
	s.detail = newSaleView(s)
	return s
}

func (s *sales) build() fyne.CanvasObject {
	w, l := s.w, s.w.look
	if s.day == "" {
		s.day = w.till.Today()
	}
	s.search = newField(w, s.query, w.say("window.sales.search"))
	s.search.onSubmit = func(text string) { s.find(text) }
	s.search.OnChanged = func(text string) {
		if text == "" && s.query != "" {
			s.find("")
		}
	}
	s.shut = l.newPress(middle(l.icon("close", l.muted, 20)), 12, func() { s.search.SetText(""); s.find("") }).colours(l.card, l.card, 0).called("clear search")
	s.days = newDaySwitch(w, s.day, s.showDay)
	s.rows = l.newRows(60, func() int { return len(s.list) }, func() fyne.CanvasObject { return newSaleRow(s) }, func(i int, o fyne.CanvasObject) {
		o.(*saleRow).show(s.list[i])
	})
	s.rows.onTap = func(i int) { s.open(s.list[i].Number) }
	s.rows.onEnd = s.more
	s.empty = newProse("", 18, l.muted).centre()
	head := newSaleHead(w)
	frame, shape := w.framed(s.search, "search", s.shut)
	table := l.cardWith(nil)
	table.Objects = append(table.Objects[:1], placed(fyne.NewSize(300, 200), nil, head, s.rows, s.empty))
	table.Objects[1].(*fyne.Container).Layout.(*free).lay = func(size fyne.Size) {
		put(head, 0, 0, size.Width, 44)
		put(s.rows, 1, 44, size.Width-2, size.Height-46)
		put(s.empty, 32, size.Height*0.4, size.Width-64, 60)
	}
	s.search.onFocus = func(on bool) { shape(on) }
	detail := s.detail.build()
	s.main = placed(fyne.NewSize(700, 500), nil, frame, s.days.box, table, detail)
	s.main.Layout.(*free).lay = func(size fyne.Size) {
		if size.Width <= 0 {
			return
		}
		space := edgeFor(size.Width + 2*roomy)
		side := min(560, max(368, size.Width*0.373))
		left := size.Width - side - space
		dayWide := float32(272)
		if left < 560 {
			dayWide = 208
		}
		put(frame, 0, 0, left-dayWide-8, 64)
		put(s.days.box, left-dayWide, 0, dayWide, 64)
		put(table, 0, 80, left, size.Height-80)
		put(detail, left+space, 0, side, size.Height)
	}
	if s.refund != nil {
		s.refund.build()
	}
	s.view = stack()
	s.show()
	return s.view
}

func (s *sales) enter() {
	s.days.follow()
	if s.query == "" {
		s.read()
	}
	s.detail.guard.seen()
	if s.refund != nil {
		s.refund.seen()
	}
	s.detail.reread()
}

// show brings the list, or a refund, into view.
func (s *sales) show() {
	o := s.main
	if s.refund != nil {
		o = s.refund.view
	}
	s.view.Objects = []fyne.CanvasObject{o}
	s.view.Refresh()
	s.fill()
}

// fill shows what was read.
func (s *sales) fill() {
	s.rows.renew()
	s.shut.Hidden = s.query == "" && s.search.Text == ""
	s.empty.Hidden = len(s.list) > 0 || s.busy
	key := "window.sales.none"
	if s.query != "" {
		key = "window.sales.not_found"
	}
	s.empty.set(s.w.say(key))
	s.shut.Refresh()
}

func (s *sales) showDay(d payments.Day) {
	s.day, s.query = d, ""
	s.search.SetText("")
	s.list = nil
	s.rows.top()
	s.read()
}

// find shows what a text finds; nothing shows the day again.
func (s *sales) find(text string) {
	s.query = text
	s.list = nil
	s.rows.top()
	s.read()
}

// read reads the list anew.
func (s *sales) read() {
	s.reload++
	s.busy = true
	mine, day, query := s.reload, s.day, s.query
	want := max(salesPage, len(s.list))
	s.w.spawn(func() {
		var list []payments.Sale
		var err error
		if query != "" {
			list, err = s.w.till.Find(query)
		} else {
			list, err = s.w.till.Sales(day, 0, want)
		}
		s.w.post(func() { s.got(mine, list, query != "" || len(list) < want, err) })
	})
}

func (s *sales) got(reading int, list []payments.Sale, whole bool, err error) {
	if reading != s.reload {
		return
	}
	s.busy = false
	if err != nil {
		s.w.complain(err)
		return
	}
	s.list, s.whole = list, whole
	if s.query != "" && len(list) == 1 {
		s.open(list[0].Number)
	}
	s.fill()
}

// more reads the next page, when the end of the list comes into view.
func (s *sales) more() {
	if s.busy || s.whole || s.query != "" || len(s.list) == 0 {
		return
	}
	s.busy = true
	mine, day, from := s.reload, s.day, len(s.list)
	s.w.spawn(func() {
		next, err := s.w.till.Sales(day, from, salesPage)
		s.w.post(func() {
			if mine == s.reload {
				s.got(mine, append(s.list[:from:from], next...), len(next) < salesPage, err)
			}
		})
	})
}

// open shows one sale in full.
func (s *sales) open(number string) {
	s.refund = nil
	s.detail.open(number)
	s.show()
	for i := range s.list {
		if s.list[i].Number == number {
			s.rows.reveal(i)
		}
	}
}

// news keeps list and detail true.
func (s *sales) news(n till.News) {
	if n.Sale != nil {
		known := false
		for i := range s.list {
			if s.list[i].ID == n.Sale.ID {
				s.list[i], known = *n.Sale, true
			}
		}
		switch {
		case s.rows == nil:
		case known:
			s.rows.renew()
		case s.query == "" && s.w.place == PlaceSales && n.Sale.BusinessDay == s.day:
			s.read()
		}
	}
	s.detail.news(n)
	if s.refund != nil {
		s.refund.news(n)
	}
}

func (s *sales) tick(time.Time) {}

// typed implements typist: what is typed here is a search. The focus stays
// where it is, so that a scan comes whole to one place.
func (s *sales) typed(r rune) func() {
	if s.refund != nil {
		return s.refund.typed(r)
	}
	before := s.search.Text
	s.search.SetText(before + string(r))
	return func() { s.search.SetText(before) }
}

// pressed implements typist.
func (s *sales) pressed(k *fyne.KeyEvent) {
	switch {
	case s.refund != nil:
		s.refund.pressed(k)
	case k.Name == fyne.KeyEscape && (s.query != "" || s.search.Text != ""):
		s.search.SetText("")
		s.find("")
	case k.Name == fyne.KeyBackspace && s.search.Text != "":
		text := []rune(s.search.Text)
		s.search.SetText(string(text[:len(text)-1]))
	case (k.Name == fyne.KeyReturn || k.Name == fyne.KeyEnter) && s.search.Text != "":
		s.find(s.search.Text)
	case k.Name == fyne.KeyDown:
		s.step(1)
	case k.Name == fyne.KeyUp:
		s.step(-1)
	}
}

// step opens the sale below or above the open one.
func (s *sales) step(by int) {
	at := -1
	for i := range s.list {
		if s.list[i].Number == s.detail.number {
			at = i
		}
	}
	if at += by; at >= 0 && at < len(s.list) {
		s.open(s.list[at].Number)
	}
}

// saleColumns are where a row's columns begin, for its width.
func saleColumns(wide float32) (number, state, amount float32) {
	return 20 + max(64, wide*0.13), 20 + max(64, wide*0.13) + max(138, wide*0.3), wide - 20
}

func newSaleHead(w *Window) fyne.CanvasObject {
	l := w.look
	words := []*word{
		newWord(w.say("window.sales.time"), 15, l.muted), newWord(w.say("window.sales.number"), 15, l.muted),
		newWord(w.say("window.sales.state"), 15, l.muted), newWord(w.till.Currency().Symbol(), 15, l.muted).right(),
	}
	line := l.hairline()
	box := placed(fyne.NewSize(300, 44), nil, words[0], words[1], words[2], words[3], line)
	box.Layout.(*free).lay = func(s fyne.Size) {
		number, state, amount := saleColumns(s.Width)
		for i, x := range []float32{20, number, state, amount - 100} {
			put(words[i], x, 11, 100, 22)
		}
		put(line, 0, s.Height-1, s.Width, 1)
	}
	return box
}

// saleRow is one sale in the list.
type saleRow struct {
	widget.BaseWidget
	s              *sales
	ground         *canvas.Rectangle
	at, no, amount *word
	tag            *pill
	tagBox         *fyne.Container
	box            *fyne.Container
}

func newSaleRow(s *sales) *saleRow {
	l := s.w.look
	r := &saleRow{s: s, ground: canvas.NewRectangle(l.card)}
	r.at, r.no, r.amount = newWord("", 17, l.ink), newWord("", 17, l.ink).shrink(12), newWord("", 17, l.ink).right()
	r.tag, r.tagBox = newPill()
	line := l.hairline()
	r.box = placed(fyne.NewSize(300, 60), nil, r.ground, r.at, r.no, r.tagBox, r.amount, line)
	r.box.Layout.(*free).lay = func(size fyne.Size) {
		number, state, amount := saleColumns(size.Width)
		const y, h = 18, 24
		put(r.ground, 0, 0, size.Width, size.Height)
		put(r.at, 20, y, 80, h)
		put(r.no, number, y, state-number-8, h)
		wide := r.amount.natural().Width + 2
		put(r.tagBox, state, 0, amount-wide-8-state, size.Height)
		put(r.amount, amount-wide, y, wide, h)
		put(line, 0, size.Height-1, size.Width, 1)
	}
	r.ExtendBaseWidget(r)
	return r
}

func (r *saleRow) show(s payments.Sale) {
	w := r.s.w
	r.ground.FillColor = w.look.card
	if s.Number == r.s.detail.number {
		r.ground.FillColor = w.look.soft
	}
	local := w.till.Calendar().In(s.Created)
	r.at.text = local.Format("15:04")
	if s.BusinessDay != r.s.day { // found on another day
		r.at.text = local.Format("01-02")
	}
	r.no.text, r.amount.text = s.Number, s.Amount.Grouped()
	w.look.showTag(r.tag, w.till.Tag(s))
	r.box.Layout.Layout(r.box.Objects, r.box.Size())
	r.box.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (r *saleRow) CreateRenderer() fyne.WidgetRenderer {
	return laidOut(r, widget.NewSimpleRenderer(r.box))
}
