package receipts

import (
	"strconv"
	"strings"
	"time"
)

// TestPage is the slip that shows whether a printer is set up right: every
// column, every size, both scripts, and a code to scan. printer is the name of
// the printer as the settings write it, now is in the shop's zone.
func (f Form) TestPage(p Paper, printer string, now time.Time) Slip {
	g := f.begin()
	g.bold(g.say("slip.test"))
	g.rule()
	g.row(printer, "")
	g.row(g.say("slip.paper", "mm", p.Millimetres, "columns", p.Columns), "")
	g.row(g.say("slip.till"), f.Shop.Till)
	g.row(g.say("slip.printed"), now.Format(dateTime))
	g.rule()
	g.row(ruler(p.Columns), "")
	g.row("ABCDEFGHIJ abcdefghij 0123456789", "")
	g.row("$ & @ # % + - = / ( ) [ ] { } <>", "")
	g.row("港式奶茶 鴛鴦 ￥", "HK$ 45.50")
	g.row("¥ € £ é ñ ü Ж Ω", "1,234.50")
	g.add(Line{Left: g.say("slip.test_bold"), Right: "45.50", Bold: true})
	g.total(g.say("slip.test_large"), "45.50")
	g.small("abcdefghij 0123456789 ABCDEFGHIJ")
	g.rule()
	g.centre(g.say("slip.test_code"))
	g.add(Line{Kind: QR, Payload: "RINGUP TEST"})
	g.centre(g.say("slip.test_good"))
	return g.end("")
}

// ruler numbers the columns: its tens are whole only when the paper has as
// many columns as the settings say.
func ruler(columns int) string {
	var b strings.Builder
	for i := 1; i <= columns; i++ {
		b.WriteString(strconv.Itoa(i % 10))
	}
	return b.String()
}
