package desktop

import (
	"context"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"ringup/devices/scanner"
	"ringup/payments"
	"ringup/ui/till"
)

// picturesTo is the environment variable that names a folder for pictures of
// every screen. With _ONLY behind it, a pattern says which.
const picturesTo = "RINGUP_PICTURES"

// scenes are the screens to look at.
var scenes = []struct {
	name string
	set  func(b *bench)
}{
	{"till-empty", func(b *bench) {}},
	{"till", func(b *bench) { b.milkTea() }},
	{"waiting", func(b *bench) {
		b.pay(payments.AttemptUnknown, till.Telling{Face: till.FaceWaiting, Title: b.pick("Customer is confirming", "等待顾客确认"), Left: 47, Total: 60,
			Detail:  b.pick("The customer is entering the password on the phone. Keep the goods until this turns green.", "顾客正在手机上输入密码。请勿让顾客重复付款。"),
			Actions: []till.Action{till.ActStop}})
	}},
	{"paid", func(b *bench) {
		b.pay(payments.AttemptPaid, b.paid())
	}},
	{"finding", func(b *bench) {
		b.pay(payments.AttemptUnknown, till.Telling{Face: till.FaceFinding, Title: b.pick("Do not hand over the goods", "请先不要交货"),
			Detail:  b.pick("The network failed and it is not known yet whether the customer paid. Asking Alipay (4th time, 23 s). You can serve the next customer: the result will stand under Attention.", "网络中断，还不知道顾客是否已付款。正在向支付宝查询（第 4 次，已 23 秒）。可以先接待下一位，结果会显示在“待处理”。"),
			Actions: []till.Action{till.ActStop, till.ActNext}})
	}},
	{"paid-slip", func(b *bench) {
		b.pay(payments.AttemptPaid, b.paid())
		b.till.listener(till.News{Slip: &till.Slip{Number: b.till.sales[len(b.till.sales)-1].Number, PNG: slipPicture()}})
	}},
	{"not-paid", func(b *bench) {
		b.pay(payments.AttemptFailed, till.Telling{Face: till.FaceNotPaid, Title: b.pick("Not paid", "未付款"),
			Detail:  b.pick("Too little money in the wallet. Nothing was charged. Ask the customer to choose another way to pay in the wallet, then scan again.", "余额不足，没有扣款。请顾客换一种付款方式，然后重新扫码。"),
			Actions: []till.Action{till.ActGiveUp, till.ActAgain}})
	}},
	{"again", func(b *bench) {
		b.pay(payments.AttemptFailed, till.Telling{Face: till.FaceNotPaid, Actions: []till.Action{till.ActGiveUp, till.ActAgain}})
		b.tap(b.w.say("window.act.again"))
	}},
	{"cancelled", func(b *bench) {
		b.pay(payments.AttemptCancelled, till.Telling{Face: till.FaceCancelled, Title: b.pick("Cancelled", "已撤销"),
			Detail: b.pick("Nothing was charged.", "没有扣款。"), Actions: []till.Action{till.ActGiveUp, till.ActAgain}})
	}},
	{"locked", func(b *bench) {
		b.milkTea()
		b.till.sellErr = payments.ErrLocked
		b.scan("281006020000000012345656")
	}},
	{"same-customer", func(b *bench) {
		b.milkTea()
		b.till.sellErr = &payments.SameAmountError{Number: "T2-261121-0016"}
		b.scan("281006020000000012345656")
	}},
	{"held", func(b *bench) { b.scan("281006020000000012345656") }},
	{"held-ready", func(b *bench) { b.scan("281006020000000012345656"); b.milkTea() }},
	{"trouble", func(b *bench) {
		b.keys("1", ".", "2", "3", "4")
	}},
	{"not-ready", func(b *bench) {
		b.till.ready = payments.ErrNotProven
		b.till.lights.Alipay.On = false
		b.till.listener(till.News{Lights: true})
		b.scan("12345")
	}},
	{"full", func(b *bench) {
		for i := range 8 {
			b.till.settings.Presets = append(b.till.settings.Presets, till.Preset{Name: b.pick("Lemon tea, iced", "冻柠檬茶") + string('A'+rune(i)), Price: hkd(2350)})
		}
		b.w.rebuild()
		for i := range 15 {
			b.keys("1", "2", "3", "4", "5", "0", "+")
			b.tap(b.till.settings.Presets[i%12].Name)
		}
		b.keys("8", "8", "8", "8", "8", "8", "*", "3")
	}},
	{"live", func(b *bench) {
		b.till.env = till.Live
		size := b.w.win.Canvas().Size()
		b.w = New(b.w.app, b.till, Options{Now: b.w.now, spawn: b.w.spawn, post: b.w.post, still: true})
		b.w.ear.deaf = true
		b.w.win.Resize(size)
		b.milkTea()
	}},
	{"sales", func(b *bench) { b.aDay(); b.tap(b.w.say("window.place.sales")); b.w.openSale("T2-261121-0017") }},
	{"sales-empty", func(b *bench) { b.tap(b.w.say("window.place.sales")) }},
	{"sales-slip", func(b *bench) {
		b.aDay()
		b.w.openSale("T2-261121-0017")
		b.till.listener(till.News{Slip: &till.Slip{Number: "T2-261121-0017", PNG: slipPicture()}})
	}},
	{"refund", func(b *bench) {
		b.aDay()
		b.w.openSale("T2-261121-0017")
		b.tap(b.w.say("window.sales.refund"))
		b.keys("1", "0")
		b.tap(b.w.say("window.reason.returned"))
	}},
	{"refund-done", func(b *bench) {
		b.aDay()
		b.w.openSale("T2-261121-0017")
		b.tap(b.w.say("window.sales.refund"))
		b.tap(b.w.say("window.refund.confirm"))
	}},
	{"refund-ask", func(b *bench) {
		b.aDay()
		b.till.refundOK = func(till.RefundOrder) error { return payments.ErrConfirm }
		b.w.openSale("T2-261121-0017")
		b.tap(b.w.say("window.sales.refund"))
		b.tap(b.w.say("window.refund.confirm"))
	}},
	{"day", func(b *bench) { b.aDay(); b.tap(b.w.say("window.place.day")) }},
	{"day-export", func(b *bench) { b.aDay(); b.tap(b.w.say("window.place.day")); b.tap(b.w.say("window.day.export")) }},
	{"attention", func(b *bench) { b.aDay(); b.tap(b.w.say("window.place.attention")) }},
	{"attention-alarms", func(b *bench) { b.aDay(); b.alarms(); b.tap(b.w.say("window.place.attention")) }},
	{"attention-only-alarms", func(b *bench) {
		b.aDay()
		b.till.tasks = nil
		b.alarms()
		b.tap(b.w.say("window.place.attention"))
	}},
	{"attention-none", func(b *bench) { b.tap(b.w.say("window.place.attention")) }},
	{"settings", func(b *bench) { b.tap(b.w.say("window.place.settings")) }},
	{"settings-buttons", func(b *bench) { b.section(sectionButtons) }},
	{"settings-printer", func(b *bench) { b.plugged(); b.section(sectionPrinter) }},
	{"settings-printer-found", func(b *bench) {
		b.plugged()
		b.section(sectionPrinter)
		b.tap(b.w.say("window.settings.find"))
	}},
	{"settings-printer-probe", func(b *bench) {
		b.till.printer = till.PrinterState{Word: "near_end", Title: b.w.say("printer.title.near_end"), Answered: true,
			Light: till.Light{On: true, Warn: true, Sentence: b.w.say("print.near_end")}}
		b.section(sectionPrinter)
		b.tap(b.w.say("window.settings.printer.probe"))
		b.scrollTo(380)
	}},
	{"settings-printer-other", func(b *bench) {
		b.till.printer = till.PrinterState{Word: "paper_out", Title: b.w.say("printer.title.paper_out"), Answered: true,
			Light: till.Light{Sentence: b.w.say("print.paper_out")}}
		b.section(sectionPrinter)
		b.tap(b.w.say("window.settings.printer.other"))
		b.scrollTo(150)
	}},
	{"settings-slips", func(b *bench) { b.section(sectionSlips) }},
	{"settings-slips-fields", func(b *bench) {
		b.till.settings.Template.Languages = []string{"en", "zh-Hans"}
		b.till.settings.Template.Footer = []string{b.pick("Thank you, come again", "谢谢惠顾，欢迎再来")}
		b.till.logo = []byte{1}
		b.section(sectionSlips)
		b.tap(b.w.say("template.note"))
		b.scrollTo(1000)
	}},
	{"settings-drawer", func(b *bench) {
		b.section(sectionDrawer)
		b.tap(b.w.say("window.settings.drawer.pin.2"))
	}},
	{"settings-scanner", func(b *bench) { b.section(sectionScanner) }},
	{"settings-scanner-heard", func(b *bench) { b.section(sectionScanner); b.scan("281006020000000012345656") }},
	{"settings-scanner-short", func(b *bench) {
		b.section(sectionScanner)
		b.till.trial(till.Trial{Port: "/dev/ttyACM0", Name: "Honeywell 1900", Digits: 9, How: scanner.How{Baud: 9600, Ending: scanner.EndsCRLF}, Sentence: b.w.say("trial.short", "digits", 9)})
	}},
	{"unprinted", func(b *bench) { b.aDay(); b.lostSlips(2); b.tap(b.w.say("window.place.attention")) }},
	{"unprinted-list", func(b *bench) { b.aDay(); b.lostSlips(3); b.w.openUnprinted() }},
	{"sales-refunded", func(b *bench) { b.aDay(); b.w.openSale("T2-261121-0013") }},
	{"sales-unpaid", func(b *bench) { b.aDay(); b.w.openSale("T2-261121-0014") }},
	{"settings-language", func(b *bench) { b.section(sectionLanguage) }},
	{"settings-about", func(b *bench) { b.section(sectionAbout) }},
}

// plugged lets two printers be found, one of them not to be used.
func (b *bench) plugged() {
	b.w.devices = func(context.Context) (till.Devices, error) {
		return till.Devices{Printers: []till.Device{
			{Address: "usb:///dev/usb/lp0?id=04b8:0e15", Name: "EPSON TM-T20III", State: "online", Sentence: b.w.say("printer.says.online", "printer", "usb:///dev/usb/lp0")},
			{Address: "usb:///dev/usb/lp1", Name: "XPrinter XP-58", State: "denied", Sentence: b.w.say("print.denied", "group", "lp")},
		}}, nil
	}
}

// lostSlips lets so many slips be not printed.
func (b *bench) lostSlips(n int) {
	for i, why := range []string{"print.paper_out", "print.expired", "print.unreachable"}[:n] {
		b.till.unprinted = append(b.till.unprinted, till.Unprinted{Job: fmt.Sprint("j", i), Number: fmt.Sprintf("T2-261121-%04d", 17-i),
			What: b.w.say("print.what.sale"), At: b.at.Add(-time.Duration(i) * time.Hour), Sentence: b.w.say(why)})
	}
	b.w.countTasks()
}

// scrollTo moves the open section's lines up.
func (b *bench) scrollTo(y float32) {
	b.w.screens[PlaceSettings].(*settings).paging.scroll.ScrollToOffset(fyne.NewPos(0, y))
}

func (b *bench) section(x section) {
	b.tap(b.w.say("window.place.settings"))
	b.w.screens[PlaceSettings].(*settings).open(x)
}

// aDay is a day of sales as in the drawings.
func (b *bench) aDay() {
	m := b.till
	for i, x := range []struct {
		minute int
		state  payments.AttemptState
		minor  int64
		back   int64
	}{
		{0, payments.AttemptPaid, 7200, 0}, {14, payments.AttemptPaid, 2750, 0}, {31, payments.AttemptPaid, 1800, 0},
		{49, payments.AttemptPaid, 5400, 1000}, {67, payments.AttemptFailed, 3600, 0}, {72, payments.AttemptPaid, 950, 0},
		{90, payments.AttemptUnknown, 12800, 0}, {101, payments.AttemptPaid, 4550, 0},
	} {
		at := b.at.Add(time.Duration(x.minute-101) * time.Minute)
		s := payments.Sale{
			ID: fmt.Sprint("d", i), Number: fmt.Sprintf("T2-261121-%04d", i+10), Amount: hkd(x.minor), BusinessDay: m.Today(), Created: at,
			Attempts: []payments.Attempt{{PaymentRequestID: fmt.Sprint("r", i), State: x.state, Amount: hkd(x.minor), SettledAt: at}},
		}
		if x.back > 0 {
			s.Refunds = []payments.Refund{{RefundRequestID: "f", PaymentRequestID: s.Attempts[0].PaymentRequestID, Amount: hkd(x.back), State: payments.Refunded}}
		}
		if i == 7 {
			s.Lines = []payments.Line{{Text: m.settings.Presets[0].Name, Unit: hkd(1800), Count: 2}, {Text: m.settings.Presets[1].Name, Unit: hkd(950), Count: 1}}
		}
		m.sales = append(m.sales, s)
		m.tells[s.Number] = till.Telling{}
	}
	for i, text := range []string{
		b.pick("code 281006……56 scanned", "扫到付款码 281006……56"), b.pick("asked Alipay for the payment", "向支付宝发起收款"),
		b.pick("the customer is confirming on the phone, and takes the time to read what it says", "顾客正在确认"), b.pick("Alipay confirmed: paid", "支付宝确认已付款"), b.pick("slip printed", "小票已打印"),
	} {
		m.stories["T2-261121-0017"] = append(m.stories["T2-261121-0017"], till.Moment{At: b.at.Add(time.Duration(i) * 2 * time.Second), Text: text})
	}
	m.tasks = []till.Task{
		{Sale: m.sales[6], Tag: m.Tag(m.sales[6]), Text: b.pick("The network failed and it is not known yet whether the customer paid. Ringup asks Alipay every few seconds.", "网络中断，还不知道顾客是否已付款。系统每隔几秒向支付宝查询。"), Action: till.ActStop},
		{Sale: m.sales[3], Tag: till.Tag{Face: till.FaceDecide, Text: b.pick("Decide", "待决定")}, Text: b.pick("Alipay took the money after all, and it can't be cancelled any more. Were the goods given?", "支付宝最终扣款，已无法撤销。商品是否已交付？"), Action: till.ActGoodsGiven},
	}
	m.summary = till.Summary{
		Currency: "HKD", Takings: hkd(648200), Count: 173, Refunds: hkd(9600), Refunded: 3, Net: hkd(638600), Open: 1, Declined: 4, Stopped: 2,
		ByCashier: []till.Share{{Name: b.pick("Min Chan", "陈敏"), Amount: hkd(412050)}, {Name: b.pick("Qiang Li", "李强"), Amount: hkd(236150)}},
		ByWallet:  []till.Share{{Name: "AlipayHK", Amount: hkd(390400)}, {Name: "Alipay", Amount: hkd(198650)}, {Name: "GCash", Amount: hkd(40200)}, {Name: "KakaoPay", Amount: hkd(18950)}},
		Head:      "7f3a 91c4 e05b 22d8",
	}
	for i, v := range []int64{12, 30, 55, 48, 88, 100, 72, 40, 35, 52, 64, 30} {
		m.summary.ByHour[8+i] = hkd(v * 1035)
	}
	b.w.countTasks()
}

// alarms puts what nobody has looked at yet behind the day's tasks.
func (b *bench) alarms() {
	m, say := b.till, b.w.say
	paid, cancelled := say("alarm.stands.paid"), say("alarm.stands.cancelled")
	found := say("alarm.restored.found", "what", say("alarm.restored.copy", "date", "2026-11-21 09:12"), "found", 3)
	add := func(key string, sale payments.Sale, f till.Face, tag, text string, lasting bool) {
		t := till.Task{Sale: sale, Tag: till.Tag{Face: f, Text: say(tag)}, Text: text, Alarm: &till.Alarm{Key: key, At: b.at.Add(-5 * time.Hour), Lasting: lasting}}
		if !lasting {
			t.Action = till.ActSeen
		}
		m.tasks = append(m.tasks, t)
	}
	none := payments.Sale{}
	add("copy", none, till.FaceNotPaid, "alarm.copy.tag", say("alarm.copy", "text", "the journal's copy: no room on the disk"), true)
	m.tasks[len(m.tasks)-1].Alarm.At = time.Time{}
	add("restored 4", none, till.FaceDecide, "alarm.restored.tag", found, false)
	add("contradiction 9", m.sales[0], till.FaceDecide, "alarm.contradiction.tag", say("alarm.contradiction", "stands", paid, "text", "inquire SUCCESS"), false)
	add("found 8", m.sales[1], till.FaceDecide, "alarm.found.tag", say("alarm.found", "stands", paid, "text", "payment 20261121194010800100188000000001"), false)
	add("found 7", none, till.FaceDecide, "alarm.found.refund.tag", say("alarm.found.refund", "text", "refund 20261121194010800100188000000002 HK$ 10.00"), false)
	add("short_funds 6", m.sales[4], till.FaceDecide, "alarm.short_funds.tag", say("alarm.short_funds", "stands", cancelled, "text", "cancel MERCHANT_BALANCE_NOT_ENOUGH"), false)
	add("suspicion 5", none, till.FaceWaiting, "alarm.suspicion.tag", say("alarm.suspicion.many", "sales", 17, "number", "T2-261121-0012", "text", "inquire UNSIGNED_ANSWER"), false)
	b.w.countTasks()
}

func (b *bench) pick(en, zh string) string {
	if b.till.book.Language() == "en" {
		return en
	}
	return zh
}

// milkTea keys in the sale of the drawings: 45.50.
func (b *bench) milkTea() {
	b.tap(b.till.settings.Presets[0].Name)
	b.keys("*", "2", "+", "9", ".", "5")
}

func (b *bench) paid() till.Telling {
	return till.Telling{Face: till.FacePaid, Title: b.pick("Paid", "已收款"), Actions: []till.Action{till.ActPrint, till.ActNext},
		Detail: b.pick("AlipayHK · 138****0000 · 14:32:09 · no. T2-261121-0017\nThe slip is printing", "AlipayHK · 138****0000 · 14:32:09 · 单号 T2-261121-0017\n小票正在打印")}
}

// pay sells the milk tea and lets the payment come to a state.
func (b *bench) pay(state payments.AttemptState, t till.Telling) {
	b.milkTea()
	b.scan("281006020000000012345656")
	b.till.tell(b.till.sales[len(b.till.sales)-1].Number, state, t)
}

// TestPictures draws every scene into the folder that picturesTo names, in both
// languages and three sizes; for looking at, not for comparing.
func TestPictures(t *testing.T) {
	folder := os.Getenv(picturesTo)
	if folder == "" {
		t.Skip(picturesTo + " names no folder")
	}
	only := os.Getenv(picturesTo + "_ONLY")
	for _, language := range []string{"en", "zh-Hans"} {
		for _, s := range scenes {
			if ok, _ := filepath.Match(only, s.name); only != "" && !ok {
				continue
			}
			for _, size := range []fyne.Size{{Width: 1024, Height: 768}, {Width: 1366, Height: 768}, {Width: 1920, Height: 1080}} {
				b := newBench(t, language)
				b.w.win.Resize(size)
				s.set(b)
				b.keep(filepath.Join(folder, fmt.Sprintf("%s.%s.%v.png", s.name, language, size.Width)))
				if size.Width == 1366 {
					b.w.wear(Dark)
					b.keep(filepath.Join(folder, fmt.Sprintf("%s.%s.dark.png", s.name, language)))
				}
			}
		}
	}
}

// keep writes what is in view as a picture.
func (b *bench) keep(path string) {
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, b.w.win.Canvas().Capture()); err != nil {
		b.Fatal(err)
	}
}

// Every scene fits the smallest screen: nothing is wider than its place, no
// text is cut, no button stands over another.
func TestEverySceneFitsTheSmallestScreen(t *testing.T) {
	small := fyne.NewSize(1024, 768)
	for _, language := range []string{"en", "zh-Hans"} {
		for _, s := range scenes {
			t.Run(s.name+" "+language, func(t *testing.T) {
				b := newBench(t, language)
				b.w.win.Resize(small)
				s.set(b)
				content := b.w.win.Canvas().Content()
				if min := content.MinSize(); min.Width > small.Width || min.Height > small.Height {
					t.Fatalf("asks for %v", min)
				}
				var buttons []*press
				walk(content, func(o fyne.CanvasObject) {
					switch o := o.(type) {
					case *word:
						if strings.HasPrefix(o.text, "window.") {
							t.Errorf("%s has no text", o.text)
						}
						size := o.size
						if o.least > 0 {
							size = o.least
						}
						if wide := measure(o.text, size, o.heavy).Width; wide > o.Size().Width+1 && s.name != "full" {
							t.Errorf("%q needs %v and has %v", o.text, wide, o.Size().Width)
						}
					case *press:
						if o.name == "" {
							return
						}
						buttons = append(buttons, o)
						if o.Size().Width < 44 || o.Size().Height < 40 {
							t.Errorf("%q is %v: too small for a finger", o.name, o.Size())
						}
					}
				})
				for i, p := range buttons {
					for _, q := range buttons[:i] {
						if overlap(b, p, q) {
							t.Errorf("%q stands over %q", p.name, q.name)
						}
					}
				}
			})
		}
	}
}

// seenOf is where a button is in view: what is scrolled away can't be tapped.
func (b *bench) seenOf(p *press) (fyne.Position, fyne.Size) {
	d := b.w.app.Driver()
	at, size := d.AbsolutePositionForObject(p), p.Size()
	walk(b.w.win.Canvas().Content(), func(o fyne.CanvasObject) {
		s, ok := o.(*swipe)
		if !ok {
			return
		}
		inside := false
		walk(s, func(o fyne.CanvasObject) { inside = inside || o == fyne.CanvasObject(p) })
		if inside {
			top, bottom := d.AbsolutePositionForObject(s).Y, d.AbsolutePositionForObject(s).Y+s.Size().Height
			end := min(at.Y+size.Height, bottom)
			at.Y = max(at.Y, top)
			size.Height = end - at.Y
		}
	})
	return at, size
}

// overlap tells whether two buttons share room; one inside the other (a row's
// own button) is meant.
func overlap(b *bench, p, q *press) bool {
	a, s := b.seenOf(p)
	c, z := b.seenOf(q)
	if s.Height <= 0 || z.Height <= 0 || a.X+s.Width <= c.X || c.X+z.Width <= a.X || a.Y+s.Height <= c.Y || c.Y+z.Height <= a.Y {
		return false
	}
	inside := func(a fyne.Position, s fyne.Size, c fyne.Position, z fyne.Size) bool {
		return a.X >= c.X && a.Y >= c.Y && a.X+s.Width <= c.X+z.Width && a.Y+s.Height <= c.Y+z.Height
	}
	return !inside(a, s, c, z) && !inside(c, z, a, s)
}
