package desktop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"time"

	"ringup/devices/scanner"
	"ringup/payments"
	"ringup/ui/phrases"
	"ringup/ui/till"
)

// memoryTill is an application in memory, for driving the window. It remembers
// what it was asked; what it answers is set by the test. It moves no money and
// knows no rule: the rules are tested where they stand.
type memoryTill struct {
	env      till.Environment
	settings till.Settings
	book     *phrases.Book
	now      func() time.Time
	lights   till.Lights
	ready    error
	phone    till.Phone
	listener func(till.News)

	sales    []payments.Sale // oldest first
	tells    map[string]till.Telling
	stories  map[string][]till.Moment
	tasks    []till.Task
	summary  till.Summary
	sellErr  error
	refundOK func(till.RefundOrder) error

	trial     func(till.Trial) // takes what a serial scanner sends
	trying    context.Context
	used      *till.Trial
	printer   till.PrinterState
	unprinted []till.Unprinted
	logo      []byte
	drafts    []till.Settings // that a sample was drawn of
	quoted    []string
	failing   error // of the next thing that is asked of a device

	asked []string // "sell 45.50 281006…56", "stop T1-…", in order
	sold  []till.Order
}

func (m *memoryTill) Unprinted() ([]till.Unprinted, error) { return m.unprinted, nil }
func (m *memoryTill) PrintAgain(job string) error          { m.ask("again %s", job); return m.done(job) }
func (m *memoryTill) Forget(job string) error              { m.ask("forget %s", job); return m.done(job) }
func (m *memoryTill) done(job string) error {
	m.unprinted = slices.DeleteFunc(slices.Clone(m.unprinted), func(u till.Unprinted) bool { return u.Job == job })
	return m.failing
}

func (m *memoryTill) TryScanners(ctx context.Context, heard func(till.Trial)) error {
	m.trying, m.trial = ctx, heard
	return nil
}
func (m *memoryTill) TryKeyboard(s scanner.Scan) till.Trial {
	code, err := payments.ParseCode(s.Text)
	_ = code
	return till.Trial{Keyboard: true, Text: s.Text[:6] + "••••" + s.Text[len(s.Text)-2:], Digits: len(s.Text), Whole: true, Payment: err == nil, How: s.How, Sentence: m.book.Say("trial.payment")}
}
func (m *memoryTill) TryBroken(b scanner.Broken) till.Trial {
	return till.Trial{Keyboard: true, Digits: b.Digits, How: b.How, Sentence: m.book.Say("trial.short", "digits", b.Digits)}
}
func (m *memoryTill) UseScanner(t till.Trial) error {
	m.ask("use %s", t.Port)
	if m.failing == nil {
		m.used = &t
		m.settings.Scanner, m.settings.ScannerID = t.Port, t.PortID
		if t.Keyboard {
			m.settings.ScannerPace = 60
		}
	}
	return m.failing
}
func (m *memoryTill) PrinterNow(context.Context) till.PrinterState {
	m.ask("how is the printer")
	return m.printer
}
func (m *memoryTill) PrintProbe(context.Context) error { m.ask("probe"); return m.failing }
func (m *memoryTill) Probes() ([]till.Probe, error) {
	return []till.Probe{{Name: "A", Text: "谢谢惠顾 ￥88.00", Script: till.ScriptGB18030}, {Name: "B", Text: "Café ñandú £88.00", Script: till.ScriptLatin}, {Name: "C", Text: "谢谢 Merci ありがとう", Script: till.ScriptRaster}}, nil
}
func (m *memoryTill) OpenDrawer(_ context.Context, why string) error {
	m.ask("drawer %s", why)
	return m.failing
}
func (m *memoryTill) TestDisplay(_ context.Context, link string) error {
	m.ask("display %s", link)
	return m.failing
}
func (m *memoryTill) Quote(amount payments.Money) { m.quoted = append(m.quoted, amount.Grouped()) }
func (m *memoryTill) Sample(draft till.Settings) (till.Slip, error) {
	m.drafts = append(m.drafts, draft)
	return till.Slip{Number: "sample", PNG: slipPicture()}, m.failing
}
func (m *memoryTill) SetLogo(file []byte) error {
	m.ask("logo %d", len(file))
	if m.failing == nil {
		m.logo = file
	}
	return m.failing
}
func (m *memoryTill) HasLogo() bool { return m.logo != nil }
func (m *memoryTill) TemplateFields() []till.Choice {
	var list []till.Choice
	for _, f := range (till.Settings{}).Fields() {
		list = append(list, till.Choice{Value: f, Name: m.book.Say("template." + f)})
	}
	return list
}
func (m *memoryTill) SlipCodes() []till.Choice {
	var list []till.Choice
	for _, c := range []string{"qr", "barcode", "both", "none"} {
		list = append(list, till.Choice{Value: c, Name: m.book.Say("template.codes." + c)})
	}
	return list
}

var errStrange = errors.New("something strange")

func newMemoryTill(now func() time.Time, language string) *memoryTill {
	book, err := phrases.Open(language)
	if err != nil {
		panic(err)
	}
	m := &memoryTill{env: till.Training, book: book, now: now, tells: map[string]till.Telling{}, stories: map[string][]till.Moment{}}
	zh := language != "en"
	pick := func(en, han string) string {
		if zh {
			return han
		}
		return en
	}
	m.settings = till.Settings{
		ShopName: pick("Harbour Tea House", "海港茶屋"), TillName: "T2", Cashier: pick("Min Chan", "陈敏"), Currency: "HKD",
		Zone: "Asia/Hong_Kong", Paper: 58, Script: till.ScriptGB18030, Language: language,
		Presets: []till.Preset{
			{Name: pick("Milk tea", "港式奶茶"), Price: hkd(1800)}, {Name: pick("Pineapple bun", "菠萝包"), Price: hkd(950)},
			{Name: pick("Egg tart", "蛋挞"), Price: hkd(800)}, {Name: pick("Yuanyang", "鸳鸯"), Price: hkd(2000)},
		},
	}
	light := func(en, han string) till.Light { return till.Light{Name: pick(en, han), On: true} }
	m.lights = till.Lights{Scanner: light("Scanner", "扫码枪"), Printer: light("Printer", "打印机"), Alipay: light("Alipay", "支付宝")}
	m.phone = &memoryPhone{zh: zh}
	m.printer = till.PrinterState{Word: "online", Title: book.Say("printer.title.online"), Answered: true,
		Light: till.Light{On: true, Sentence: book.Say("printer.says.online", "printer", "tcp://192.168.1.50:9100")}}
	return m
}

func hkd(minor int64) payments.Money { return payments.Money{Minor: minor, Currency: "HKD"} }

type memoryPhone struct {
	zh    bool
	count int
}

func (p *memoryPhone) Habits() []till.Habit {
	names := []string{"Pays at once", "Asks for the password", "Too little money", "Walks away", "Network fails"}
	if p.zh {
		names = []string{"直接付款", "需要输入密码", "余额不足", "中途离开", "网络中断"}
	}
	var out []till.Habit
	for i, n := range names {
		out = append(out, till.Habit{ID: fmt.Sprint(i), Name: n})
	}
	return out
}

func (p *memoryPhone) Code(habit string) string {
	p.count++
	return fmt.Sprintf("28990%s0000000000%08d", habit, p.count)
}

func (m *memoryTill) ask(format string, args ...any) {
	m.asked = append(m.asked, fmt.Sprintf(format, args...))
}

func (m *memoryTill) Environment() till.Environment { return m.env }
func (m *memoryTill) ShopName() string              { return m.settings.ShopName }
func (m *memoryTill) TillName() string {
	if m.book.Language() == "en" {
		return "till 2"
	}
	return "2 号机"
}
func (m *memoryTill) Cashier() string             { return m.settings.Cashier }
func (m *memoryTill) Currency() payments.Currency { return m.settings.Currency }
func (m *memoryTill) Calendar() payments.Calendar {
	return payments.Calendar{Zone: time.FixedZone("HKT", 8*3600), CutOver: m.settings.CutOver}
}
func (m *memoryTill) Presets() []till.Preset { return m.settings.Presets }
func (m *memoryTill) Book() *phrases.Book    { return m.book }
func (m *memoryTill) SetLanguage(tag string) error {
	m.ask("language %s", tag)
	book, err := phrases.Open(tag)
	m.book = book
	m.settings.Language = tag
	return err
}
func (m *memoryTill) Settings() till.Settings { return m.settings }
func (m *memoryTill) ChangeSettings(s till.Settings) error {
	m.ask("settings")
	if s.TillName == "" {
		return errStrange
	}
	m.settings = s
	return nil
}
func (m *memoryTill) Listen(fn func(till.News)) func() {
	m.listener = fn
	return func() { m.listener = nil }
}
func (m *memoryTill) Lights() till.Lights { return m.lights }
func (m *memoryTill) Ready() error        { return m.ready }

func (m *memoryTill) Read(text string) till.Scan {
	switch {
	case strings.HasPrefix(text, "90"):
		for _, s := range m.sales {
			if strings.HasSuffix(s.Number, text[len(text)-4:]) {
				return till.Scan{Kind: till.ScanSlip, Number: s.Number}
			}
		}
		return till.Scan{Kind: till.ScanWrong, Sentence: "no such slip"}
	}
	code, err := payments.ParseCode(text)
	if err != nil {
		return till.Scan{Kind: till.ScanWrong, Sentence: err.Error()}
	}
	return till.Scan{Kind: till.ScanPayment, Masked: code.Masked()}
}

func (m *memoryTill) Sell(_ context.Context, o till.Order) (payments.Sale, error) {
	code, _ := payments.ParseCode(o.Code)
	again := ""
	if o.Again != "" {
		again = " again " + o.Again
	}
	if o.SameAmountOK {
		again += " same-amount-ok"
	}
	m.ask("sell %s %s%s", o.Amount.Major(), code.Masked(), again)
	m.sold = append(m.sold, o)
	if m.sellErr != nil {
		err := m.sellErr
		m.sellErr = nil
		return payments.Sale{}, err
	}
	s := payments.Sale{
		ID: o.Again, Number: fmt.Sprintf("T2-261121-%04d", len(m.sales)+1), Amount: o.Amount, Lines: o.Lines,
		BusinessDay: m.Today(), Created: m.now(),
		Attempts: []payments.Attempt{{PaymentRequestID: fmt.Sprint("r", len(m.asked)), State: payments.AttemptIntent, Amount: o.Amount, Code: code.Masked(), SentAt: m.now(), Expiry: m.now().Add(time.Minute)}},
	}
	if s.ID == "" {
		s.ID = fmt.Sprint("s", len(m.sales)+1)
	}
	m.sales = append(m.sales, s)
	return s.Clone(), nil
}

// tell lets a sale's latest attempt come to a state and tells the window.
func (m *memoryTill) tell(number string, state payments.AttemptState, t till.Telling) {
	for i := range m.sales {
		if m.sales[i].Number != number {
			continue
		}
		a := m.sales[i].Last()
		a.State = state
		if state.Final() {
			a.SettledAt = m.now()
		}
		t.Amount = m.sales[i].Amount.String()
		m.tells[number] = t
		s := m.sales[i].Clone()
		if m.listener != nil {
			m.listener(till.News{Sale: &s})
		}
	}
}

func (m *memoryTill) Stop(id string) error { m.ask("stop %s", id); return nil }

func (m *memoryTill) Refund(_ context.Context, o till.RefundOrder) (payments.Sale, error) {
	m.ask("refund %s %s %q confirmed=%v", o.Number, o.Amount.Major(), o.Reason, o.Confirmed)
	if m.refundOK != nil {
		if err := m.refundOK(o); err != nil {
			return payments.Sale{}, err
		}
	}
	for i := range m.sales {
		if s := &m.sales[i]; s.Number == o.Number {
			s.Refunds = append(s.Refunds, payments.Refund{
				RefundRequestID: fmt.Sprint("f", len(s.Refunds)), PaymentRequestID: s.Attempts[0].PaymentRequestID,
				Amount: o.Amount, State: payments.Refunded, Reason: o.Reason, Created: m.now(), SettledAt: m.now(),
			})
			return s.Clone(), nil
		}
	}
	return payments.Sale{}, payments.ErrNoSale
}

func (m *memoryTill) Decide(_ context.Context, number string, d payments.Decision) (payments.Sale, error) {
	m.ask("decide %s %s", number, d)
	return m.Sale(number)
}

func (m *memoryTill) Progress(string) payments.Progress { return payments.Progress{} }

func (m *memoryTill) Tell(s payments.Sale, _ payments.Progress) till.Telling {
	if t, ok := m.tells[s.Number]; ok {
		return t
	}
	return till.Telling{Face: till.FaceSending, Title: "Asking Alipay", Amount: s.Amount.String(), Detail: "On its way.", Actions: []till.Action{till.ActStop}}
}

func (m *memoryTill) Tag(s payments.Sale) till.Tag {
	zh := m.book.Language() != "en"
	pick := func(f till.Face, en, han string) till.Tag {
		if zh {
			en = han
		}
		return till.Tag{Face: f, Text: en}
	}
	if back := s.RefundedSum(); back.Minor > 0 {
		return pick(till.FaceWaiting, "Refunded "+back.Grouped(), "已退 "+back.Grouped())
	}
	switch s.State() {
	case payments.AttemptPaid, payments.AttemptPaidLate:
		return pick(till.FacePaid, "Paid", "已收款")
	case payments.AttemptFailed:
		return pick(till.FaceNotPaid, "Not paid", "未付款")
	case payments.AttemptCancelled:
		return pick(till.FaceCancelled, "Cancelled", "已撤销")
	case payments.AttemptResolve:
		return pick(till.FaceDecide, "Decide", "待决定")
	}
	return pick(till.FaceFinding, "Finding out", "查询中")
}

func (m *memoryTill) Explain(err error) string { return "explained: " + err.Error() }
func (m *memoryTill) Today() payments.Day      { return m.Calendar().Day(m.now()) }

func (m *memoryTill) Sales(day payments.Day, offset, limit int) ([]payments.Sale, error) {
	m.ask("sales %s %d+%d", day, offset, limit)
	var out []payments.Sale
	for _, s := range slices.Backward(m.sales) {
		if s.BusinessDay == day {
			out = append(out, s.Clone())
		}
	}
	if offset > len(out) {
		return nil, nil
	}
	return out[offset:min(len(out), offset+limit)], nil
}

func (m *memoryTill) Find(text string) ([]payments.Sale, error) {
	m.ask("find %s", text)
	var out []payments.Sale
	for _, s := range m.sales {
		if strings.Contains(s.Number, text) || s.Amount.Major() == text {
			out = append(out, s.Clone())
		}
	}
	return out, nil
}

func (m *memoryTill) Sale(number string) (payments.Sale, error) {
	for _, s := range m.sales {
		if s.Number == number {
			return s.Clone(), nil
		}
	}
	return payments.Sale{}, payments.ErrNoSale
}

func (m *memoryTill) Story(number string) ([]till.Moment, error) { return m.stories[number], nil }
func (m *memoryTill) Attention() ([]till.Task, error)            { return m.tasks, nil }
func (m *memoryTill) Acknowledge(a till.Alarm) error {
	m.ask("seen %s", a.Key)
	m.tasks = slices.DeleteFunc(m.tasks, func(t till.Task) bool { return t.Alarm != nil && t.Alarm.Key == a.Key })
	return nil
}
func (m *memoryTill) Day(d payments.Day) (till.Summary, error) {
	m.ask("day %s", d)
	s := m.summary
	s.Day = d
	return s, nil
}
func (m *memoryTill) ExportDay(d payments.Day, path string) error {
	m.ask("export %s %s", d, path)
	return nil
}

func (m *memoryTill) PrintDay(_ context.Context, d payments.Day) error {
	m.ask("print day %s", d)
	return nil
}

func (m *memoryTill) Slip(number string, copy bool) (till.Slip, error) {
	return till.Slip{Number: number, Copy: copy, PNG: slipPicture()}, nil
}
func (m *memoryTill) RefundSlip(number, _ string, copy bool) (till.Slip, error) {
	return m.Slip(number, copy)
}
func (m *memoryTill) PrintRefund(number, id string) error {
	m.ask("print refund %s of %s", id, number)
	return nil
}
func (m *memoryTill) Print(number string) error    { m.ask("print %s", number); return nil }
func (m *memoryTill) TestSlip() (till.Slip, error) { return m.Slip("test", false) }
func (m *memoryTill) PrintTest() error             { m.ask("print test"); return nil }
func (m *memoryTill) Phone() till.Phone {
	if m.env != till.Training {
		return nil
	}
	return m.phone
}

// slipPicture is something like a slip: bands of print on white paper.
func slipPicture() []byte {
	img := image.NewGray(image.Rect(0, 0, 384, 620))
	for i := range img.Pix {
		img.Pix[i] = 0xFF
	}
	for y := 30; y < 590; y += 34 {
		for x := 20; x < 364-(y*7)%160; x++ {
			for dy := range 14 {
				if (x/9)%3 != 2 {
					img.SetGray(x, y+dy, color.Gray{0x22})
				}
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}
