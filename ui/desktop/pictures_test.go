package desktop

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"

	"ringup/payments"
	"ringup/ui/till"
)

// picturesTo is the environment variable that names a folder for pictures of
// every screen; without it only one size is drawn, and nothing is kept.
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

func TestPictures(t *testing.T) {
	folder := os.Getenv(picturesTo)
	sizes := []fyne.Size{{Width: 1366, Height: 768}}
	if folder != "" {
		sizes = []fyne.Size{{Width: 1024, Height: 768}, {Width: 1366, Height: 768}, {Width: 1920, Height: 1080}}
	}
	only := os.Getenv(picturesTo + "_ONLY")
	for _, language := range []string{"en", "zh-Hans"} {
		for _, s := range scenes {
			if ok, _ := filepath.Match(only, s.name); only != "" && !ok {
				continue
			}
			for _, dark := range []bool{false, true} {
				if dark && (folder == "" || s.name != "till" && s.name != "sales" && s.name != "finding" && s.name != "day") {
					continue
				}
				for _, size := range sizes {
					if dark && size.Width != 1366 {
						continue
					}
					name := fmt.Sprintf("%s.%s.%v.png", s.name, language, size.Width)
					if dark {
						name = fmt.Sprintf("%s.%s.dark.png", s.name, language)
					}
					t.Run(name, func(t *testing.T) {
						b := newBench(t, language)
						if dark {
							b.w.wear(Dark)
						}
						b.w.win.Resize(size)
						s.set(b)
						img := b.w.win.Canvas().Capture()
						if img.Bounds().Dx() != int(size.Width) || img.Bounds().Dy() != int(size.Height) {
							t.Fatalf("the screen asks for %v, more than %v", img.Bounds(), size)
						}
						if folder == "" {
							return
						}
						f, err := os.Create(filepath.Join(folder, name))
						if err != nil {
							t.Fatal(err)
						}
						defer f.Close()
						if err := png.Encode(f, img); err != nil {
							t.Fatal(err)
						}
					})
				}
			}
		}
	}
}
