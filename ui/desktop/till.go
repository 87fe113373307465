// Package desktop is the window: what a cashier sees and touches. Widgets
// present, screens connect, and the Till decides; no rule of a sale stands
// here. Every sentence comes from the till's book of phrases, every number
// from the till.
//
// A window belongs to Fyne's own goroutine. News and the answers of slow calls
// reach it there; nothing that waits for a disk or the network is called from
// it.
package desktop

import (
	"context"

	"ringup/devices/scanner"
	"ringup/payments"
	"ringup/ui/phrases"
	"ringup/ui/till"
)

// Till is what the window needs of the application; *till.Till is one.
type Till interface {
	Environment() till.Environment
	ShopName() string
	TillName() string // a phrase already: "till 2"
	Cashier() string  // "" when nobody is named
	Currency() payments.Currency
	Calendar() payments.Calendar
	Presets() []till.Preset // up to 12
	Book() *phrases.Book    // in the current language
	SetLanguage(tag string) error
	Settings() till.Settings
	ChangeSettings(till.Settings) error // validated; the error explains

	// Listen calls fn, off the window's goroutine, for each piece of news
	// until stop is called.
	Listen(fn func(till.News)) (stop func())
	Lights() till.Lights
	Ready() error // nil when a sale can start

	Read(text string) till.Scan
	Sell(ctx context.Context, o till.Order) (payments.Sale, error)
	Stop(saleID string) error
	Refund(ctx context.Context, o till.RefundOrder) (payments.Sale, error)
	Decide(ctx context.Context, number string, d payments.Decision) (payments.Sale, error)
	Progress(saleID string) payments.Progress
	Tell(s payments.Sale, p payments.Progress) till.Telling
	Tag(s payments.Sale) till.Tag
	Explain(err error) string

	Today() payments.Day
	Sales(day payments.Day, offset, limit int) ([]payments.Sale, error) // newest first
	Find(text string) ([]payments.Sale, error)
	Sale(number string) (payments.Sale, error)
	Story(number string) ([]till.Moment, error)
	Attention() ([]till.Task, error)
	Acknowledge(a till.Alarm) error // a person has seen it
	Day(day payments.Day) (till.Summary, error)
	ExportDay(day payments.Day, path string) error
	PrintDay(ctx context.Context, day payments.Day) error // on the shop's printer

	Slip(number string, copy bool) (till.Slip, error)
	RefundSlip(number, refundRequestID string, copy bool) (till.Slip, error)
	Print(number string) error
	PrintRefund(number, refundRequestID string) error
	TestSlip() (till.Slip, error)
	PrintTest() error
	Unprinted() ([]till.Unprinted, error) // slips that nobody has looked after, newest first
	PrintAgain(job string) error
	Forget(job string) error

	// TryScanners tells what any serial scanner sends until ctx ends; heard is
	// called off the window's goroutine.
	TryScanners(ctx context.Context, heard func(till.Trial)) error
	TryKeyboard(s scanner.Scan) till.Trial
	TryBroken(b scanner.Broken) till.Trial
	UseScanner(t till.Trial) error

	PrinterNow(ctx context.Context) till.PrinterState // takes some seconds at most
	PrintProbe(ctx context.Context) error
	Probes() ([]till.Probe, error)
	OpenDrawer(ctx context.Context, why string) error
	TestDisplay(ctx context.Context, link string) error
	Quote(amount payments.Money) // for the pole display; zero: nothing is being sold

	Sample(draft till.Settings) (till.Slip, error) // as the draft would print it
	SetLogo(file []byte) error                     // nil removes it
	HasLogo() bool
	TemplateFields() []till.Choice
	SlipCodes() []till.Choice

	Phone() till.Phone // nil outside training
}
