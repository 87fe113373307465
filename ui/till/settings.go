package till

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // Windows has no time zones that Go can read

	"ringup/devices/display"
	"ringup/devices/printer"
	"ringup/devices/scanner"
	"ringup/payments"
	"ringup/receipts"
	"ringup/receipts/escpos"
	"ringup/ui/phrases"
)

// topicSettings is the journal's note that holds Settings.
const topicSettings = "settings"

// Settings are a shop's choices in one environment. They live in that
// environment's journal: every change is an event.
type Settings struct {
	ShopName string   `json:"shopName"`
	Address  []string `json:"address,omitempty"` // lines under the name on the slip
	// TillName begins shop numbers: up to six letters and digits, "T1".
	TillName string            `json:"tillName"`
	Cashier  string            `json:"cashier,omitempty"`
	Currency payments.Currency `json:"currency"`
	Zone     string            `json:"zone"`    // IANA name; "" is the system's
	CutOver  int               `json:"cutOver"` // hour at which a business day begins, 0 to 23
	// Printer is a printer's address; "" is the preview on screen.
	Printer string `json:"printer,omitempty"`
	Paper   int    `json:"paper"`             // the roll's width in millimetres
	Dots    int    `json:"dots,omitempty"`    // that the head prints across it; 0 is what is usual
	Columns int    `json:"columns,omitempty"` // characters in a row; 0 is what is usual
	// Script is what the printer's text mode can write: one of Scripts.
	Script   string `json:"script"`
	Cut      string `json:"cut,omitempty"`      // one of Cuts; "" is partial
	NativeQR bool   `json:"nativeQr,omitempty"` // the printer draws codes by itself
	Drawer   Drawer `json:"drawer,omitzero"`
	Display  string `json:"display,omitempty"` // a pole display's link; "" is none
	// Scanner is a serial scanner's port; "" is none (a keyboard scanner needs
	// no setting).
	Scanner string `json:"scanner,omitempty"`
	// ScannerID is the USB device behind that port, by which it is found again
	// under another name; "" when it has none.
	ScannerID   string `json:"scannerId,omitempty"`
	ScannerBaud int    `json:"scannerBaud,omitempty"` // 0 tries the usual speeds
	// ScannerEnding is what a serial scanner sends after each read, "" if that
	// is not known.
	ScannerEnding scanner.Ending `json:"scannerEnding,omitempty"`
	// ScannerPrefix is what a keyboard scanner sends before each read.
	ScannerPrefix string `json:"scannerPrefix,omitempty"`
	// ScannerPace is how many milliseconds a keyboard scanner takes for a
	// character at most; 0 is the usual.
	ScannerPace int               `json:"scannerPace,omitempty"`
	Template    receipts.Template `json:"template,omitzero"`  // of slips
	Language    string            `json:"language,omitempty"` // BCP 47; "" is the system's
	// NotifyURL goes with every payment as paymentNotifyUrl. Alipay demands
	// one, and a till that asks needs none: "" is the account's own, or a
	// static address that nobody listens at.
	NotifyURL     string   `json:"notifyUrl,omitempty"`
	Presets       []Preset `json:"presets,omitempty"`
	ExtraPrefixes []string `json:"extraPrefixes,omitempty"` // of payment codes beside 25 to 30
	ExportFolder  string   `json:"exportFolder,omitempty"`  // last chosen
}

// Drawer is the cash drawer that hangs on the printer.
type Drawer struct {
	Pin int `json:"pin,omitempty"` // 2 or 5; 0 is none
	// On are the events that open it by themselves: DrawerOnPaid,
	// DrawerOnRefund. None: only a person does.
	On []string `json:"on,omitempty"`
}

// The events that may open the drawer.
const (
	DrawerOnPaid   = "paid"
	DrawerOnRefund = "refund"
)

// The scripts that a printer's text mode can write.
const (
	ScriptRaster  = "raster" // draw everything: any language on any printer
	ScriptGB18030 = "gb18030"
	ScriptLatin   = "latin"
)

// Scripts lists them all: the common ones first, then the other text modes.
func Scripts() []string {
	list := []string{ScriptRaster, ScriptGB18030, ScriptLatin}
	for _, mode := range escpos.Modes() {
		if name := string(mode); mode != escpos.TextCP437 && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// Cuts lists what may happen to the paper at a slip's end.
func Cuts() []string { return []string{"partial", "full", "none"} }

// MaxPresets is how many preset buttons a till has.
const MaxPresets = 12

// SettingError says which setting can't be as given.
type SettingError struct {
	Field string // as in the struct
	Err   error
}

func (e *SettingError) Error() string { return fmt.Sprintf("setting %s: %v", e.Field, e.Err) }

// Unwrap is the reason.
func (e *SettingError) Unwrap() error { return e.Err }

// Reasons of a SettingError.
var (
	ErrSettingEmpty   = errors.New("must not be empty")
	ErrSettingRange   = errors.New("out of range")
	ErrSettingUnknown = errors.New("not known")
	ErrSettingTaken   = errors.New("another device has this port")
)

// withDefaults fills what was never chosen.
func (s Settings) withDefaults(shopName string) Settings {
	if s.ShopName == "" {
		s.ShopName = shopName
	}
	if s.TillName == "" {
		s.TillName = "T1"
	}
	if s.Currency == "" {
		s.Currency = "HKD"
	}
	if s.Paper == 0 {
		s.Paper = 58
	}
	if s.Script == "" {
		s.Script = ScriptRaster
	}
	return s
}

// Validate checks every value; the error is a *SettingError.
func (s Settings) Validate() error {
	wrong := func(field string, err error) error { return &SettingError{field, err} }
	switch {
	case strings.TrimSpace(s.ShopName) == "":
		return wrong("ShopName", ErrSettingEmpty)
	case s.TillName == "":
		return wrong("TillName", ErrSettingEmpty)
	case len(s.TillName) > 6 || strings.Trim(s.TillName, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") != "":
		return wrong("TillName", ErrSettingRange)
	case !s.Currency.Known():
		return wrong("Currency", payments.ErrNoCurrency)
	case s.CutOver < 0 || s.CutOver > 23:
		return wrong("CutOver", ErrSettingRange)
	case !slices.Contains(Scripts(), s.Script):
		return wrong("Script", ErrSettingUnknown)
	case s.Cut != "" && !slices.Contains(Cuts(), s.Cut):
		return wrong("Cut", ErrSettingUnknown)
	case s.Drawer.Pin != 0 && s.Drawer.Pin != 2 && s.Drawer.Pin != 5:
		return wrong("Drawer", ErrSettingRange)
	case s.Drawer.Pin != 0 && s.Printer == "":
		return wrong("Drawer", ErrNoPrinter)
	case s.ScannerEnding != "" && !slices.Contains(scanner.Endings(), s.ScannerEnding):
		return wrong("ScannerEnding", ErrSettingUnknown)
	case s.ScannerBaud < 0 || s.ScannerBaud > 4_000_000:
		return wrong("ScannerBaud", ErrSettingRange)
	case len(s.ScannerPrefix) > 8:
		return wrong("ScannerPrefix", ErrSettingRange)
	case s.ScannerPace != 0 && (s.ScannerPace < 30 || s.ScannerPace > 150):
		return wrong("ScannerPace", ErrSettingRange)
	case len(s.Presets) > MaxPresets:
		return wrong("Presets", ErrSettingRange)
	}
	if _, err := s.paper(); err != nil {
		return wrong("Paper", ErrSettingRange)
	}
	if _, err := time.LoadLocation(s.Zone); s.Zone != "" && err != nil {
		return wrong("Zone", ErrSettingUnknown)
	}
	if s.Printer != "" {
		if _, err := printer.Open(s.Printer); err != nil {
			return wrong("Printer", err)
		}
	}
	if s.Display != "" {
		if _, err := display.Open(s.Display); err != nil {
			return wrong("Display", ErrSettingUnknown)
		}
	}
	if port := serialPort(s.Display); port != "" && port == serialPort(s.Printer) {
		return wrong("Display", ErrSettingTaken)
	}
	if port := devicePath(s.Scanner); s.Scanner != "" && (port == serialPort(s.Printer) || port == serialPort(s.Display)) {
		return wrong("Scanner", ErrSettingTaken)
	}
	for _, on := range s.Drawer.On {
		if on != DrawerOnPaid && on != DrawerOnRefund {
			return wrong("Drawer", ErrSettingUnknown)
		}
	}
	if err := s.Template.Validate(); err != nil {
		return wrong("Template", err)
	}
	for _, tag := range s.Template.Languages {
		if !slices.Contains(phrases.SlipLanguages(), tag) {
			return wrong("Template", ErrSettingUnknown)
		}
	}
	for _, p := range s.Presets {
		if err := p.Price.CheckCharge(); err != nil {
			return wrong("Presets", err)
		}
	}
	return nil
}

// Calendar is the shop's way of telling days.
func (s Settings) Calendar() payments.Calendar {
	zone := time.Local
	if s.Zone != "" {
		if z, err := time.LoadLocation(s.Zone); err == nil {
			zone = z
		}
	}
	return payments.Calendar{Zone: zone, CutOver: s.CutOver}
}

func decodeSettings(n payments.Note) (Settings, error) {
	var s Settings
	err := json.Unmarshal(n.Data, &s)
	return s, err
}

func (s Settings) note() (payments.Note, error) {
	data, err := json.Marshal(s)
	return payments.Note{Topic: topicSettings, Data: data}, err
}
