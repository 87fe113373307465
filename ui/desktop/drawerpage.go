package desktop

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"ringup/ui/till"
)

// drawerPage is about what else hangs on the till: the cash drawer on the
// printer, and the display that the customer reads.
func (s *settings) drawerPage() fyne.CanvasObject {
	w, l := s.w, s.w.look
	pins := []int{0, 2, 5}
	names := []string{w.say("window.settings.drawer.pin.none"), w.say("window.settings.drawer.pin.2"), w.say("window.settings.drawer.pin.5")}
	pin := l.newChips(names, max(0, slices.Index(pins, s.draft.Drawer.Pin)), func(i int) {
		s.draft.Drawer.Pin = pins[i]
		s.changed()
		s.show()
	})
	lines := []settingLine{s.chosen("drawer.pin", pin)}
	if s.draft.Drawer.Pin != 0 {
		lines = append(lines, s.opensOn("drawer.on_paid", till.DrawerOnPaid), s.opensOn("drawer.on_refund", till.DrawerOnRefund))
		why := newField(w, s.why, w.say("window.settings.drawer.why"))
		why.OnChanged = func(t string) { s.why = t }
		why.onSubmit = func(string) { w.win.Canvas().Unfocus() }
		frame, _ := w.framed(why, "", nil)
		open := l.button(plainButton, w.say("window.settings.drawer.open.do"), "", s.openDrawer)
		lines = append(lines, s.withButton("drawer.open", frame, open))
	}
	f := newField(w, s.draft.Display, "")
	f.OnChanged = func(t string) { s.draft.Display = strings.TrimSpace(t); s.changed() }
	f.onSubmit = func(string) { w.win.Canvas().Unfocus() }
	frame, _ := w.framed(f, "", nil)
	test := l.button(plainButton, w.say("window.settings.drawer.display.test"), "", s.testDisplay)
	lines = append(lines, s.withButton("drawer.display", frame, test))
	return s.withButtons(s.flowOf(lines))
}

// opensOn is the switch that lets one event open the drawer.
func (s *settings) opensOn(key, event string) settingLine {
	return s.onOff(key, slices.Contains(s.draft.Drawer.On, event), func(on bool) {
		var events []string
		for _, e := range []string{till.DrawerOnPaid, till.DrawerOnRefund} {
			if e == event && on || e != event && slices.Contains(s.draft.Drawer.On, e) {
				events = append(events, e)
			}
		}
		s.draft.Drawer.On = events
	})
}

// withButton is a line with a field and a button behind it.
func (s *settings) withButton(key string, f fyne.CanvasObject, b *press) settingLine {
	line := s.lineFor(key, row(8, share(f, 1), fixed(b, min(220, b.MinSize().Width))))
	line.need = 380
	return line
}

func (s *settings) openDrawer() {
	why := strings.TrimSpace(s.why)
	if why == "" {
		s.w.notify(till.FaceFinding, s.w.say("window.settings.drawer.why.empty"))
		return
	}
	s.kept(func() {
		s.try(func(ctx context.Context) error { return s.w.till.OpenDrawer(ctx, why) }, "drawer.opened")
	})
}

func (s *settings) testDisplay() {
	link := s.draft.Display
	s.try(func(ctx context.Context) error { return s.w.till.TestDisplay(ctx, link) }, "window.settings.drawer.display.sent")
}
