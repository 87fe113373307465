package till

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // Windows has no time zones that Go can read

	"ringup/devices/printer"
	"ringup/payments"
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
	Paper   int    `json:"paper"`  // millimetres: 58 or 80
	Script  string `json:"script"` // what the printer's text mode can write: raster, gb18030, latin
	// Scanner is a serial scanner's port; "" is none (a keyboard scanner needs
	// no setting).
	Scanner  string `json:"scanner,omitempty"`
	Language string `json:"language,omitempty"` // BCP 47; "" is the system's
	// NotifyURL goes with every payment as paymentNotifyUrl. Alipay demands
	// one, and a till that asks needs none: "" is the account's own, or a
	// static address that nobody listens at.
	NotifyURL     string   `json:"notifyUrl,omitempty"`
	Presets       []Preset `json:"presets,omitempty"`
	ExtraPrefixes []string `json:"extraPrefixes,omitempty"` // of payment codes beside 25 to 30
	ExportFolder  string   `json:"exportFolder,omitempty"`  // last chosen
}

// The scripts that a printer's text mode can write.
const (
	ScriptRaster  = "raster" // draw everything: any language on any printer
	ScriptGB18030 = "gb18030"
	ScriptLatin   = "latin"
)

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
	case s.Paper != 58 && s.Paper != 80:
		return wrong("Paper", ErrSettingRange)
	case !slices.Contains([]string{ScriptRaster, ScriptGB18030, ScriptLatin}, s.Script):
		return wrong("Script", ErrSettingUnknown)
	case len(s.Presets) > MaxPresets:
		return wrong("Presets", ErrSettingRange)
	}
	if _, err := time.LoadLocation(s.Zone); s.Zone != "" && err != nil {
		return wrong("Zone", ErrSettingUnknown)
	}
	if s.Printer != "" {
		if _, err := printer.Open(s.Printer); err != nil {
			return wrong("Printer", err)
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
