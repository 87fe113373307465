package desktop

import (
	"runtime"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"ringup/devices/scanner"
)

func TestAScannerThatIsSetUpSellsNothing(t *testing.T) {
	b := newBench(t, "en")
	var scans []string
	var broken []int
	restore := b.w.ear.divert(func(s *scanner.Scan, x *scanner.Broken) {
		if s != nil {
			scans = append(scans, s.Text)
		} else {
			broken = append(broken, x.Digits)
		}
	})
	b.keys("4", "5")
	b.scan("281006020000000000123456")
	b.scanAt(20*time.Millisecond, "28100")
	b.w.Scanned("281006020000000000654321") // a serial scanner's
	b.w.ScanBroken(3)
	if len(scans) != 1 || scans[0] != "281006020000000000123456" || len(broken) != 1 || broken[0] != 5 {
		t.Errorf("heard %q and %v", scans, broken)
	}
	b.mustAsk("sell")
	b.mustNotSee(b.w.say("window.scan.broken", "digits", 5), b.w.say("window.scan.broken", "digits", 3))
	restore()
	b.scan("281006020000000000123456")
	if len(b.asked("sell")) != 1 {
		t.Errorf("asked %q", b.till.asked)
	}
}

// idles lets time go by for the ear, as a program does that doesn't stand still.
func (b *bench) idles(d time.Duration) {
	for ; d > 0; d -= 20 * time.Millisecond {
		b.at = b.at.Add(20 * time.Millisecond)
		b.w.ear.expire()
	}
}

// scanInto types a code into a window as a scanner on a French computer does,
// which tells the keys beside the characters.
func (b *bench) scanInto(win fyne.Window, digits string) { b.scanWith(fyne.KeyReturn, win, digits) }

func (b *bench) scanWith(ending fyne.KeyName, win fyne.Window, digits string) {
	b.idles(time.Second)
	for _, digit := range digits {
		n := int(digit-'0'+9) % 10 // 1 comes first, 0 last
		code := n + 10
		if runtime.GOOS == "windows" {
			code = n + 2
		}
		b.at = b.at.Add(8 * time.Millisecond)
		strike(win.Canvas(), &fyne.KeyEvent{Name: fyne.KeyName(digit), Physical: fyne.HardwareKey{ScanCode: code}}, []rune("&é\"'(-è_çà")[n])
	}
	b.at = b.at.Add(8 * time.Millisecond)
	if last := (&fyne.KeyEvent{Name: ending}); ending == fyne.KeyTab {
		b.tabIn(win, last)
	} else {
		strike(win.Canvas(), last, 0)
	}
	b.idles(time.Second)
}

// tabIn gives Tab to a window as Fyne's driver does where nothing has the focus.
func (b *bench) tabIn(win fyne.Window, k *fyne.KeyEvent) {
	b.w.ear.downIn(win, k)
	win.Canvas().FocusNext()
}

// strike gives a key to a window as Fyne's driver does.
func strike(c fyne.Canvas, k *fyne.KeyEvent, r rune) {
	down, key, char := func(*fyne.KeyEvent) {}, c.OnTypedKey(), c.OnTypedRune()
	if c, ok := c.(desktop.Canvas); ok && c.OnKeyDown() != nil {
		down = c.OnKeyDown()
	}
	if f := c.Focused(); f != nil {
		key, char = f.TypedKey, f.TypedRune
		if f, ok := f.(desktop.Keyable); ok {
			down = f.KeyDown
		}
	}
	down(k)
	key(k)
	if r != 0 {
		char(r)
	}
}

func TestAScanOnAFrenchComputerPays(t *testing.T) {
	b := newBench(t, "en")
	b.keys("4", "5")
	b.scanInto(b.w.win, aCode)
	b.mustAsk("sell", "sell 45.00 281006…56")
}

func TestASlipOpensItsSaleOverARefund(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	b.w.openSale("T2-261121-0012")
	b.tap("Refund")
	if b.w.sales.refund == nil {
		t.Fatal("no refund is open")
	}
	b.scanInto(b.w.win, "90000000000000000017")
	if b.w.sales.refund != nil || b.w.sales.detail.number != "T2-261121-0017" {
		t.Errorf("the sale in view is %s, with a refund: %v", b.w.sales.detail.number, b.w.sales.refund != nil)
	}
	b.mustAsk("refund")
}

// The window that shows the customer something is in front: what is typed there
// is the till's.
func TestAnyWindowHears(t *testing.T) {
	b := newBench(t, "en")
	second := b.w.app.NewWindow("For the customer")
	second.SetContent(widget.NewLabel("45.00"))
	second.Show()
	b.w.ear.attach(second)
	four := &fyne.KeyEvent{Name: fyne.Key4}
	b.idles(time.Second)
	strike(second.Canvas(), four, '4')
	b.idles(time.Second)
	b.mustSee("4.00")
	b.scanInto(second, aCode)
	b.mustAsk("sell", "sell 4.00 281006…56")
	strike(second.Canvas(), &fyne.KeyEvent{Name: fyne.KeyF6}, 0)
	if b.w.place != PlaceSales {
		t.Errorf("F6 leads to %s", b.w.place)
	}

	// A field of the till has the focus, and the customer's window is in front.
	b.w.Go(PlaceSales)
	b.w.win.Canvas().Focus(b.w.sales.search)
	b.idles(time.Second)
	strike(second.Canvas(), four, '4')
	b.scanInto(second, "4006381333931")
	if b.w.sales.search.Text != "4" {
		t.Errorf("the search holds %q", b.w.sales.search.Text)
	}
}

// Fyne's own menu lies over the window and would take all keys to itself.
func TestAScanIsHeardUnderAMenu(t *testing.T) {
	b := newBench(t, "en")
	b.keys("4", "5")
	b.w.Go(PlaceSales)
	f := b.w.sales.search
	b.w.win.Canvas().Focus(f)
	b.keys("7")
	f.TappedSecondary(&fyne.PointEvent{})
	over := b.w.win.Canvas().Overlays()
	if over.Top() == nil {
		t.Fatal("no menu")
	}
	b.scanInto(b.w.win, aCode)
	if f.Text != "7" {
		t.Errorf("the search holds %q", f.Text)
	}
	b.mustSee("Code 281006…56", "45.00")
	b.mustAsk("sell")
	if over.Top() == nil {
		t.Error("the scan's ending closed the menu")
	}
	b.keys("Escape")
	if over.Top() != nil {
		t.Error("Escape leaves the menu open")
	}
	b.mustSee("45.00")
}

// A pop-up without anything to type in.
func TestAScanIsHeardUnderAPopUp(t *testing.T) {
	b := newBench(t, "en")
	b.keys("4", "5")
	widget.NewModalPopUp(container.NewStack(widget.NewLabel("Well?")), b.w.win.Canvas()).Show()
	b.keys("6")
	b.scanInto(b.w.win, aCode)
	b.mustAsk("sell", "sell 45.00 281006…56")
}

// The settings say what the scanner sends before each read, and how slow it is.
func TestTheEarFollowsTheSettings(t *testing.T) {
	b := newBench(t, "en")
	b.keys("4", "5")
	b.scan("*" + aCode)
	b.mustAsk("sell")
	b.till.settings.ScannerPrefix, b.till.settings.ScannerPace = "*", 80
	b.pass(2 * time.Second)
	b.scanAt(70*time.Millisecond, "*"+aCode)
	b.mustAsk("sell", "sell 45.00 281006…56")
}

// The last digit of the amount, typed as the scanner fires, stays in the amount.
func TestADigitRightBeforeAScanStays(t *testing.T) {
	b := newBench(t, "en")
	b.keys("4")
	b.idles(time.Second)
	b.send("5")
	b.at = b.at.Add(45 * time.Millisecond)
	for _, r := range aCode {
		b.at = b.at.Add(4 * time.Millisecond)
		b.send(string(r))
	}
	b.send("Return")
	b.mustAsk("sell", "sell 45.00 281006…56")
}

// Fyne gives the focus to a field by Tab where nothing has it, and asks nobody.
func TestAScansTabMovesNoFocus(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	b.w.openSale("T2-261121-0012")
	b.tap("Refund")
	b.tap("A part")
	b.keys("5")
	b.scanWith(fyne.KeyTab, b.w.win, "4006381333931")
	if f := b.w.win.Canvas().Focused(); f != nil {
		t.Errorf("%T has the focus", f)
	}
	b.mustSee("HK$ 5.00")
	b.idles(time.Second)
	b.tabIn(b.w.win, &fyne.KeyEvent{Name: fyne.KeyTab})
	if b.w.win.Canvas().Focused() == nil {
		t.Error("a person's Tab gives no field the focus")
	}
}
