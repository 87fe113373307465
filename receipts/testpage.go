package receipts

import (
	"strconv"
	"strings"
	"time"
)

// TestPage is the slip that shows whether a printer is set up right: every
// column, every size, many scripts, the logo, and codes to scan. printer is the name of
// the printer as the settings write it, now is in the shop's zone.
func (f Form) TestPage(p Paper, printer string, now time.Time) Slip {
	g := f.begin()
	g.logo()
	g.shop()
	g.title("slip.test")
	g.rule()
	g.row(printer, "")
	g.row(g.label("slip.paper"), strconv.Itoa(p.Millimetres)+" mm")
	g.row(g.label("slip.columns"), strconv.Itoa(p.Columns))
	g.row(g.label("slip.till"), f.Shop.Till)
	g.row(g.label("slip.printed"), now.Format(dateTime))
	g.rule()
	g.row(ruler(p.Columns), "")
	g.row("ABCDEFGHIJ abcdefghij 0123456789", "")
	g.row("$ & @ # % + - = / ( ) [ ] { } <>", "")
	g.row("¥ € £ é ñ ü ß Ж Ω", "1,234.50")
	for _, sample := range samples {
		g.row(sample, "45.50")
	}
	g.add(Line{Left: g.label("slip.test_bold"), Right: "45.50", Bold: true})
	g.add(Line{Left: g.label("slip.test_tall"), Right: "45.50", Size: Tall})
	g.total(g.label("slip.test_large"), "45.50")
	g.small("abcdefghij 0123456789 ABCDEFGHIJ")
	g.rule()
	g.sentence("slip.test_code", plain)
	g.add(Line{Kind: QR, Payload: "RINGUP TEST"})
	g.add(Line{Kind: Barcode, Payload: "RINGUP 128"})
	g.sentence("slip.test_good", plain)
	return g.end("")
}

// samples are a cup of tea or coffee in the scripts that customers and goods
// have: Chinese in both ways of writing, Japanese, Korean, Thai, Vietnamese,
// Arabic, Hebrew.
var samples = [...]string{"港式奶茶 鴛鴦", "抹茶ラテ", "커피", "กาแฟเย็น", "Cà phê sữa đá", "شاي", "תה"}

// ruler numbers the columns: its tens are whole only when the paper has as
// many columns as the settings say.
func ruler(columns int) string {
	var b strings.Builder
	for i := 1; i <= columns; i++ {
		b.WriteString(strconv.Itoa(i % 10))
	}
	return b.String()
}
