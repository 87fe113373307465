package till

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"slices"

	"ringup/payments"
	"ringup/receipts"
	"ringup/receipts/raster"
	"ringup/ui/phrases"
)

// topicLogo is the journal's note of the slips' logo: a PNG of black and white
// dots, as it prints; empty after it was removed.
const topicLogo = "logo"

// asItIs is a paper on which no logo is made smaller: that of the journal has its
// size already, and each slip fits it to its paper.
const asItIs = 1 << 13

// ErrLogo says that a file is no picture that can be a logo.
var ErrLogo = errors.New("not a picture that can be a logo")

// form is the head of every slip of this shop.
func (t *Books) form(copy bool) (receipts.Form, error) {
	f, err := t.formOf(t.Settings())
	f.Copy = copy
	return f, err
}

// formOf is the head of a slip under these settings, drafts among them.
func (t *Books) formOf(s Settings) (receipts.Form, error) {
	f := receipts.Form{
		Shop:        receipts.Shop{Name: s.ShopName, Address: s.Address, Till: t.start.TillName},
		Environment: receipts.Environment(t.environment), Words: t.Book(), Template: s.Template,
	}
	var err error
	if f.Template.Logo, err = t.logo(); err != nil {
		return f, err
	}
	for i, tag := range s.Template.Languages {
		book, err := phrases.OpenSlip(tag)
		if err != nil {
			return f, err
		}
		if i == 0 {
			f.Words = book
		} else {
			f.Second = book
		}
	}
	return f, nil
}

// logo is the slips' logo, nil when there is none.
func (t *Books) logo() (*receipts.Picture, error) {
	t.words.Lock()
	defer t.words.Unlock()
	if t.picked {
		return t.mark, nil
	}
	note, found, err := t.journal.Latest(topicLogo)
	if err != nil {
		return nil, err
	}
	if found && len(note.Data) > 0 {
		if t.mark, err = receipts.ReadLogo(bytes.NewReader(note.Data), asItIs); err != nil {
			return nil, fmt.Errorf("logo in the journal: %w", err)
		}
	}
	t.picked = true
	return t.mark, nil
}

// SetLogo makes the logo of slips of a PNG or JPEG file: scaled to the paper
// and dithered to black and white, as it then stands in the journal. Nothing at
// all removes it. The error is ErrLogo or the journal's.
func (t *Till) SetLogo(file []byte) error {
	var data []byte
	var mark *receipts.Picture
	if len(file) > 0 {
		var err error
		if mark, err = receipts.ReadLogo(bytes.NewReader(file), t.Settings().profile().Paper.Dots); err != nil {
			return fmt.Errorf("%w: %w", ErrLogo, err)
		}
		var dots bytes.Buffer
		bitmap := raster.Bitmap{Width: mark.Width, Height: mark.Height, Pix: mark.Dots}
		if err := png.Encode(&dots, bitmap.Image(0, 0)); err != nil {
			return err
		}
		data = dots.Bytes()
	}
	if err := t.append("", payments.Note{Topic: topicLogo, Data: data}); err != nil {
		return err
	}
	t.words.Lock()
	t.mark, t.picked = mark, true
	t.words.Unlock()
	return nil
}

// HasLogo reports whether slips have a logo.
func (t *Books) HasLogo() bool {
	mark, err := t.logo()
	return err == nil && mark != nil
}

// Sample is the slip of a sale that never was, as draft settings would print
// it: what is seen while a template is changed.
func (t *Books) Sample(draft Settings) (Slip, error) {
	if err := draft.Template.Validate(); err != nil {
		return Slip{}, &SettingError{"Template", err}
	}
	f, err := t.formOf(draft)
	if err != nil {
		return Slip{}, err
	}
	slip, err := f.Sale(t.sampleSale(draft))
	if err != nil {
		return Slip{}, err
	}
	return pictureOf(slip, draft)
}

// sampleSale is a paid sale of the shop's own buttons.
func (t *Books) sampleSale(draft Settings) payments.Sale {
	now := t.Calendar().In(t.corrected())
	if !draft.Currency.Known() {
		draft.Currency = t.Currency()
	}
	presets := draft.Presets
	if len(presets) == 0 || presets[0].Price.Currency != draft.Currency {
		presets = samplePresets(t.Book(), draft.Currency)
	}
	sale := payments.Sale{
		ID: "sample", Cashier: draft.Cashier, Created: now, BusinessDay: t.Calendar().Day(now),
		Amount: payments.Money{Currency: draft.Currency},
	}
	sale.Number = t.start.TillName + "-" + sale.BusinessDay.Compact() + "-0017"
	for i, p := range presets[:min(len(presets), 3)] {
		line := payments.Line{Text: p.Name, Unit: p.Price, Count: int64(1 + i%2)}
		price, err := p.Price.Times(line.Count)
		if err != nil {
			continue
		}
		sale.Lines = append(sale.Lines, line)
		sale.Amount.Minor += price.Minor
	}
	sale.Attempts = []payments.Attempt{{
		State: payments.AttemptPaid, Amount: sale.Amount, PaymentID: "202611211940108001001881111111111",
		Wallet: "ALIPAY_HK", Customer: "138****0000", PaidAt: now,
	}}
	return sale
}

// Choice is a value of a setting, with its name in words.
type Choice struct{ Value, Name string }

// SlipLanguages lists the languages that slips can be in, with their own names.
func SlipLanguages() []Choice {
	var list []Choice
	for _, tag := range phrases.SlipLanguages() {
		name := tag
		if book, err := phrases.OpenSlip(tag); err == nil {
			name = book.Say("slip.language")
		}
		list = append(list, Choice{tag, name})
	}
	return list
}

// TemplateFields lists what a slip's template can hold, in the usual order.
func (t *Books) TemplateFields() []Choice {
	var list []Choice
	for _, f := range receipts.UsualFields() {
		list = append(list, Choice{string(f), t.Book().Say("template." + string(f))})
	}
	return list
}

// Fields are the template's, in their order, as plain values.
func (s Settings) Fields() []string {
	fields := s.Template.Fields
	if len(fields) == 0 {
		fields = receipts.UsualFields()
	}
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = string(f)
	}
	return list
}

// WithFields are the settings with these fields on the slip, in this order; the
// usual ones are kept as none.
func (s Settings) WithFields(fields []string) Settings {
	s.Template.Fields = nil
	for _, f := range fields {
		s.Template.Fields = append(s.Template.Fields, receipts.Field(f))
	}
	if slices.Equal(s.Template.Fields, receipts.UsualFields()) {
		s.Template.Fields = nil
	}
	return s
}

// SlipCodes lists the ways in which a slip's own code can be printed.
func (t *Books) SlipCodes() []Choice {
	var list []Choice
	for _, c := range []receipts.Codes{receipts.CodeQR, receipts.CodeBarcode, receipts.CodeBoth, receipts.CodeNone} {
		list = append(list, Choice{string(c), t.Book().Say("template.codes." + string(c))})
	}
	return list
}
