package desktop

import (
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ringup/devices/scanner"
	"ringup/ui/till"
)

func TestWhatAScannerReadsIsShownAndSellsNothing(t *testing.T) {
	b := newBench(t, "en")
	b.milkTea()
	b.section(sectionScanner)
	b.mustSee("Scan anything")
	if b.find("Use this scanner") != nil {
		t.Error("nothing came, and it can be used")
	}
	b.scan(aCode)
	b.mustSee("281006••••56", "Passes as a payment code", "Types like a keyboard · ends with Enter")
	b.scan("6901234567892")
	b.mustSee("690123••••92", "Would not pass as a payment code")
	b.mustAsk("sell")
	b.tap("Use this scanner")
	b.mustAsk("use", "use ")
	b.mustSee("This scanner is set up. Leave this page to sell.")
	b.tap("Save") // nothing to save
	b.mustAsk("settings")
	if b.till.settings.ScannerPace != 60 {
		t.Error("the pace that was found is lost")
	}
	b.w.Go(PlaceTill)
	b.scan(otherCode)
	if len(b.asked("sell")) != 1 {
		t.Error("the page is left, and a scan still sells nothing")
	}
}

func TestASerialScannerIsSetUpByAScan(t *testing.T) {
	b := newBench(t, "en")
	b.section(sectionScanner)
	ctx := b.till.trying
	b.till.trial(till.Trial{Port: "/dev/ttyS9", Trouble: true, Sentence: "Nobody may open it."})
	b.mustSee("Nobody may open it. Other scanners are still heard: scan.")
	b.till.trial(till.Trial{Port: "/dev/ttyACM0", Digits: 9, Sentence: "Too short.", How: scanner.How{Baud: 9600}})
	b.mustSee("9 digits", "Not a whole read", "/dev/ttyACM0 · 9600 baud", "Too short.")
	if b.find("Use this scanner") != nil {
		t.Error("half a read can be used")
	}
	b.till.trial(till.Trial{Port: "/dev/ttyACM0", PortID: "usb:1", Name: "Honeywell", Text: "281006••••56", Digits: 24, Whole: true, Payment: true,
		How: scanner.How{Baud: 9600, Ending: scanner.EndsCRLF}})
	b.mustSee("281006••••56", "/dev/ttyACM0  Honeywell · 9600 baud, ends with CR LF")
	b.till.failing = errStrange
	b.tap("Use this scanner")
	b.mustSee("explained: something strange")
	b.till.failing = nil
	b.tap("Use this scanner")
	if s := b.till.settings; s.Scanner != "/dev/ttyACM0" || s.ScannerID != "usb:1" {
		t.Errorf("keeps %q %q", s.Scanner, s.ScannerID)
	}
	b.mustSee("This scanner is set up. Leave this page to sell.")
	if ctx.Err() != nil && b.till.trying.Err() != nil {
		t.Error("the ports are let go while the page is open")
	}
	b.tap("Printer") // the light
	if b.till.trying.Err() == nil {
		t.Error("the ports are held after the page is left")
	}
	late := b.till.trial
	late(till.Trial{Text: "late", Whole: true})
	b.mustNotSee("late")
}

func TestTheAdvancedScannerSettingsAreKept(t *testing.T) {
	b := newBench(t, "en")
	b.section(sectionScanner)
	b.write(1, "]C1")
	b.write(2, "80")
	b.write(3, "31 32")
	b.tap("Save")
	s := b.till.settings
	if s.ScannerPrefix != "]C1" || s.ScannerPace != 80 || !slices.Equal(s.ExtraPrefixes, []string{"31", "32"}) {
		t.Errorf("keeps %q %d %q", s.ScannerPrefix, s.ScannerPace, s.ExtraPrefixes)
	}
	b.write(2, "slow")
	b.tap("Save")
	b.mustSee("explained: not a number")
}

func TestThePrinterSaysHowItIs(t *testing.T) {
	b := newBench(t, "en")
	b.section(sectionPrinter)
	b.mustSee("Ready")
	b.till.printer = till.PrinterState{Title: "No paper", Light: till.Light{Sentence: "Put in a roll."}}
	b.mustAsk("how", "how is the printer")
	b.tap("Ask again")
	b.mustSee("No paper", "Put in a roll.")
	b.mustNotSee("Ready")
}

func TestAFoundPrinterIsChosenByTouch(t *testing.T) {
	b := newBench(t, "en")
	b.plugged()
	b.section(sectionPrinter)
	b.tap("Look for devices")
	b.mustSee("EPSON TM-T20III", b.w.say("print.denied", "group", "lp"))
	b.tap("EPSON TM-T20III")
	b.tap("Save")
	if got := b.till.settings.Printer; got != "usb:///dev/usb/lp0?id=04b8:0e15" {
		t.Errorf("keeps %q", got)
	}
}

func TestAPrinterIsFoundOnTheNetwork(t *testing.T) {
	b := newBench(t, "en")
	b.plugged()
	var found []till.Device
	b.w.network = func(_ context.Context, progress func(done, total int)) ([]till.Device, error) {
		progress(254, 254)
		if !b.sees("254 of 254 addresses asked") {
			t.Error("does not say how far it is")
		}
		return found, nil
	}
	b.section(sectionPrinter)
	b.tap("Look there")
	b.mustSee("No printer answered on the network. Is it switched on, and on the same network as this computer?")
	found = []till.Device{{Address: "tcp://192.168.1.50:9100"}}
	b.tap("Look there")
	b.tap("tcp://192.168.1.50:9100")
	b.tap("Save")
	if got := b.till.settings.Printer; got != found[0].Address {
		t.Errorf("keeps %q", got)
	}
}

func TestAnyPaperCanBeSet(t *testing.T) {
	b := newBench(t, "en")
	b.section(sectionPrinter)
	b.tap("Other")
	b.write(1, "76")
	b.write(2, "500")
	b.write(3, "40")
	b.tap("Through")
	b.tap("On")
	b.tap("Save")
	if s := b.till.settings; s.Paper != 76 || s.Dots != 500 || s.Columns != 40 || s.Cut != "full" || !s.NativeQR {
		t.Errorf("keeps %+v", s)
	}
	b.section(sectionPrinter)
	b.tap("80 mm")
	b.tap("Save")
	if s := b.till.settings; s.Paper != 80 || s.Dots != 0 || s.Columns != 0 {
		t.Errorf("keeps %d %d %d", s.Paper, s.Dots, s.Columns)
	}
}

func TestWhoeverReadsALineChoosesTheScript(t *testing.T) {
	for name, want := range map[string]string{"A": till.ScriptGB18030, "B": till.ScriptLatin, "C": till.ScriptRaster, "–": till.ScriptRaster} {
		b := newBench(t, "en", func(m *memoryTill) { m.settings.Script = "cp850" })
		b.section(sectionPrinter)
		b.till.failing = errors.New("no paper")
		b.tap("Print three lines")
		b.mustSee("explained: no paper")
		b.mustNotSee("Which of these lines can you read?")
		b.till.failing = nil
		b.tap("Print three lines")
		b.mustSee("Which of these lines can you read?", "Café ñandú £88.00")
		b.tap(name)
		b.tap("Save")
		if got := b.till.settings.Script; got != want {
			t.Errorf("%s means %q, want %q", name, got, want)
		}
	}
}

func TestMoreScriptsAreThereWhenAskedFor(t *testing.T) {
	b := newBench(t, "en")
	b.section(sectionPrinter)
	b.mustNotSee("cp852")
	b.tap("More")
	b.tap("cp852")
	b.tap("Save")
	if got := b.till.settings.Script; got != "cp852" {
		t.Errorf("keeps %q", got)
	}
}

func TestTheDrawerOpensWhenItIsTold(t *testing.T) {
	b := newBench(t, "en")
	b.section(sectionDrawer)
	if b.find("Open drawer") != nil {
		t.Error("opens a drawer that isn't there")
	}
	b.tap("Pin 5")
	b.tap("Open drawer")
	b.mustSee("Say why the drawer is to be opened: it goes into the books.")
	b.mustAsk("drawer")
	b.write(0, "change for the float")
	b.tap("Open drawer")
	b.mustAsk("drawer", "drawer change for the float")
	if b.till.settings.Drawer.Pin != 5 {
		t.Error("it was opened by another pin than the one in view")
	}
	b.till.failing = errStrange
	b.tap("Open drawer")
	b.mustSee("explained: something strange")
}

func TestTheDrawerOpensByItselfOnlyOnWhatWasChosen(t *testing.T) {
	b := newBench(t, "en", func(m *memoryTill) { m.settings.Drawer = till.Drawer{Pin: 2, On: []string{till.DrawerOnPaid}} })
	b.section(sectionDrawer)
	b.tap("On") // the last of the two that say so: on a refund
	b.tap("Save")
	if got := b.till.settings.Drawer.On; !slices.Equal(got, []string{till.DrawerOnPaid, till.DrawerOnRefund}) {
		t.Errorf("opens on %q", got)
	}
}

func TestTheDisplayIsTried(t *testing.T) {
	b := newBench(t, "en")
	b.section(sectionDrawer)
	b.write(0, "serial://COM4")
	b.tap("Try it")
	b.mustAsk("display", "display serial://COM4")
	b.tap("Save")
	if b.till.settings.Display != "serial://COM4" {
		t.Error("not kept")
	}
}

func TestTheSlipIsDrawnAsTheDraftPrintsIt(t *testing.T) {
	b := newBench(t, "en")
	b.section(sectionSlips)
	b.write(0, "Tel 2345 6789")
	b.write(1, "Thank you")
	drawn := b.till.drafts[len(b.till.drafts)-1].Template
	if !slices.Equal(drawn.Header, []string{"Tel 2345 6789"}) || !slices.Equal(drawn.Footer, []string{"Thank you"}) {
		t.Errorf("drew %+v", drawn)
	}
	if b.till.settings.Template.Header != nil {
		t.Error("kept before Save")
	}
	b.tap("Both")
	b.tap("English")
	b.tap("简体中文") // the last one that says so: as the second language
	b.tap("Cashier: up")
	b.tap("Note")
	b.tap("Save")
	got := b.till.settings
	if got.Template.Codes != "both" || !slices.Equal(got.Template.Languages, []string{"en", "zh-Hans"}) {
		t.Errorf("keeps %+v", got.Template)
	}
	fields := got.Fields()
	if slices.Contains(fields, "note") || slices.Index(fields, "cashier") != slices.Index(fields, "number")-1 {
		t.Errorf("fields %q", fields)
	}
	b.tap("Note")
	b.tap("Save")
	if fields := b.till.settings.Fields(); fields[len(fields)-1] != "note" {
		t.Errorf("fields %q", fields)
	}
	b.till.failing = errStrange
	b.tap("Barcode")
	b.mustSee("explained: something strange")
}

func TestAScanOnTheSlipsPageLeavesNothingToSave(t *testing.T) {
	b := newBench(t, "en")
	b.section(sectionSlips)
	b.write(0, "x")
	b.write(0, "")
	b.tap("Save")
	b.mustAsk("settings")
}

func TestTheLogoIsTakenFromAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "logo.png")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	f.Close()
	b := newBench(t, "en")
	b.section(sectionSlips)
	b.tap("Use")
	b.mustSee("Write the picture’s file first, with its folder.")
	b.write(2, file+".gone")
	b.tap("Use")
	b.mustSee("The file " + file + ".gone can't be read. Check its name and folder.")
	b.write(2, file)
	b.tap("Use")
	if len(b.till.logo) == 0 {
		t.Fatal("no logo")
	}
	b.tap("Remove")
	if b.till.logo != nil || b.find("Remove") != nil {
		t.Error("the logo stays")
	}
}

func TestSlipsThatWereNotPrintedWaitUnderAttention(t *testing.T) {
	b := newBench(t, "en")
	b.lostSlips(2)
	if b.w.openTasks != 1 {
		t.Errorf("the badge counts %d", b.w.openTasks)
	}
	b.w.Go(PlaceAttention)
	b.mustSee("2 slips were not printed")
	b.tap("See them")
	b.mustSee("Slips that were not printed", b.w.say("print.paper_out"), "T2-261121-0017 · 14:32")
	b.tap("Print again T2-261121-0017")
	b.mustAsk("again", "again j0")
	b.mustNotSee(b.w.say("print.paper_out"))
	b.tap("Back")
	b.mustSee("One slip was not printed")
	b.tap("See them")
	b.tap("Forget T2-261121-0016")
	b.mustAsk("forget", "forget j1")
	if b.w.openTasks != 0 || b.sees("Slips that were not printed") {
		t.Error("something is left")
	}
}

func TestALightLeadsToWhatItIsAbout(t *testing.T) {
	b := newBench(t, "en")
	b.tap("Scanner")
	b.mustSee("Scan anything")
	b.w.Go(PlaceTill)
	b.tap("Printer")
	b.mustSee("Ready")
	b.w.Go(PlaceTill)
	b.lostSlips(1)
	b.tap("Printer")
	b.mustSee("Slips that were not printed")
	b.w.Go(PlaceTill)
	b.tap("Alipay")
	if b.w.place != PlaceTill {
		t.Error("there is no page about Alipay")
	}
	b.mustSee("Alipay is working.")
}

func TestAnUnpaidSaleHasASlipOnRequest(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	b.w.openSale("T2-261121-0014")
	b.tap("Print a slip")
	b.mustAsk("print", "print T2-261121-0014")
}

func TestTheCustomerIsShownTheAmount(t *testing.T) {
	b := newBench(t, "en")
	b.keys("4", "5")
	b.tap("Clear")
	if got := b.till.quoted; !slices.Equal(got, []string{"4.00", "45.00", "0.00"}) {
		t.Errorf("quoted %q", got)
	}
}

func TestARefundsSlipPrints(t *testing.T) {
	b := newBench(t, "en")
	b.aDay()
	b.w.openSale("T2-261121-0013")
	b.tap("Refund slip")
	sale, err := b.till.Sale("T2-261121-0013")
	if err != nil {
		t.Fatal(err)
	}
	b.mustAsk("print", "print refund "+lastRefund(sale)+" of T2-261121-0013")
}
