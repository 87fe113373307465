package settlement

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"ringup/payments"
)

// documented are lines as the documentation's example has them: 18,000 KRW
// paid, settled as 14.50 USD after a fee of 0.50, and half of it given back.
const documented = `settlementBatchId,customerId,referenceMerchantId,referenceStoreId,transactionId,originalTransactionId,transactionRequestId,referenceTransactionId,paymentMethodType,pspName,transactionType,paymentTime,settlementTime,productCode,transactionAmountValue,transactionCurrency,settlementAmountValue,settlementCurrency,quoteCurrencyPair,quotePrice,feeAmountValue,feeCurrency
2018122611021040123,1022188000000000001,,,2018122519074101000000000112612,,20190326L648423000404,,KAKAOPAY,KaKaoPay,PAYMENT,2018-12-25T10:00:00+08:30,2018-12-26T20:00:00+08:30,AGREEMENT_PAYMENT,18000,KRW,1450,USD,KRW/USD,0.00083,50,USD
2018122611021040123,1022188000000000001,,,2018122519074102000000000041675,2018122519074101000000000112612,20190326L648423000405,,KAKAOPAY,KaKaoPay,REFUND,2018-12-25T12:00:00+08:30,2018-12-26T20:00:00+08:30,AGREEMENT_PAYMENT,9000,KRW,725,USD,KRW/USD,0.00083,25,USD
<END>
`

func TestTheDocumentedExampleIsRead(t *testing.T) {
	f, err := Open(strings.NewReader(documented), Reading{Units: Minor})
	if err != nil {
		t.Fatal(err)
	}
	if f.Kind() != Settlements {
		t.Fatalf("kind %s", f.Kind())
	}
	paid, err := f.Next()
	if err != nil {
		t.Fatal(err)
	}
	back, err := f.Next()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Next(); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	p, r := paid.Settlement, back.Settlement
	if paid.Line != 2 || p.Type != Payment || p.ID != "2018122519074101000000000112612" || p.RequestID != "20190326L648423000404" ||
		p.Amount != money(18000, "KRW") || p.Net != money(1450, "USD") || !slices.Equal(p.Fees, []Fee{{mainFee, money(50, "USD")}}) ||
		p.Batch != "2018122611021040123" || p.Wallet != "KaKaoPay" || p.Price != "0.00083" || p.Pair != "KRW/USD" ||
		!p.PaidAt.Equal(time.Date(2018, 12, 25, 1, 30, 0, 0, time.UTC)) || !p.SettledAt.Equal(time.Date(2018, 12, 26, 11, 30, 0, 0, time.UTC)) {
		t.Errorf("%+v", p)
	}
	if back.Line != 3 || r.Type != Refund || r.OriginalID != p.ID || r.Amount != money(9000, "KRW") || r.Net != money(-725, "USD") ||
		!slices.Equal(r.Fees, []Fee{{mainFee, money(-25, "USD")}}) {
		t.Errorf("%+v", r)
	}
}

// all reads a file to its end.
func all(f *File) (rows []Row, faults []*LineError, err error) {
	for {
		row, err := f.Next()
		var fault *LineError
		switch {
		case errors.Is(err, io.EOF):
			return rows, faults, nil
		case errors.As(err, &fault):
			faults = append(faults, fault)
		case err != nil:
			return rows, faults, err
		default:
			rows = append(rows, row)
		}
	}
}

func TestAFileIsReadHoweverItIsWritten(t *testing.T) {
	rows := []map[string]string{
		row(Payment, "pay-1", "req-1", "12.34", "HKD", day1),
		row(Refund, "ref-1", "rreq-1", "-2.00", "HKD", day1),
		row("payment", "pay-2", "req-2", "1000", "JPY", day1),
	}
	rows[1]["orderDescription"] = "first\nsecond \"line\""
	plain := sheet{columns: transactionColumns, rows: rows}
	turned := plain
	turned.columns = slices.Clone(transactionColumns)
	slices.Reverse(turned.columns)
	mark, crlf, quoted, small := plain, plain, plain, plain
	mark.bom, crlf.crlf, quoted.quoted, quoted.bom = true, true, true, true
	lower := strings.Replace(small.String(), "transactionAmountValue", "TransactionAmountVALUE", 1)
	files := map[string][]byte{
		"plain": []byte(plain.String()), "turned": []byte(turned.String()), "mark": []byte(mark.String()), "crlf": []byte(crlf.String()),
		"quoted": []byte(quoted.String()), "no line end": bytes.TrimRight([]byte(plain.String()), "\n"), "letters": []byte(lower),
		"gzip": gzipped(t, quoted.String()), "zip": zipped(t, crlf.String()), "empty lines": []byte(strings.ReplaceAll(plain.String(), "<END>", "\n \n<END>\n\n")),
		"end filled up": []byte(strings.ReplaceAll(plain.String(), "<END>", `"<END>",,,`)),
	}
	for name, data := range files {
		t.Run(name, func(t *testing.T) {
			for _, source := range []io.Reader{bytes.NewReader(data), io.MultiReader(bytes.NewReader(data))} {
				f, err := Open(source, Reading{})
				if err != nil {
					t.Fatal(err)
				}
				got, faults, err := all(f)
				if err != nil || len(faults) > 0 || len(got) != 3 || f.Kind() != Transactions || f.Units() != Major {
					t.Fatalf("%d rows, %v, %v, %s, %s", len(got), faults, err, f.Kind(), f.Units())
				}
				first, second, third := got[0].Transaction, got[1].Transaction, got[2].Transaction
				if first.Amount != money(1234, "HKD") || second.Amount != money(200, "HKD") || third.Amount != money(1000, "JPY") ||
					first.RequestID != "req-1" || second.ID != "ref-1" || third.Type != Payment || first.Description != `tea, "hot"` || !first.PaidAt.Equal(day1) {
					t.Errorf("%+v %+v %+v", first, second, third)
				}
				if want := strings.ReplaceAll("first\nsecond \"line\"", "\r", ""); second.Description != want {
					t.Errorf("%q", second.Description)
				}
				if f.Taken() == 0 {
					t.Error("nothing was counted as read")
				}
			}
		})
	}
}

func TestTheKindIsToldByTheColumns(t *testing.T) {
	for heading, want := range map[string]Kind{
		"transactionType,transactionId,transactionAmountValue,transactionCurrency":                                                            Transactions,
		"transactionType,transactionId,transactionAmountValue,transactionCurrency,settlementBatchId,settlementAmountValue,settlementCurrency": Settlements,
		"settlementBatchId,customerId,summaryType,count,settlementTime,settlementAmountValue,settlementCurrency":                              Summaries,
		"settlementBatchId,settlementAmountValue,settlementCurrency":                                                                          Summaries,
		"transactionType,transactionId,transactionAmountValue,transactionCurrency,settlementAmountValue":                                      "",
		"transactionType,transactionId,transactionAmountValue":                                                                                "",
		"a,b,c": "",
		"transactionId,transactionId,transactionType,transactionAmountValue": "",
		strings.Repeat("a,", 300): "",
	} {
		f, err := Open(strings.NewReader(heading+"\n<END>\n"), Reading{})
		if want == "" {
			if !errors.Is(err, ErrColumns) {
				t.Errorf("%s: %v", heading, err)
			}
			continue
		}
		if err != nil || f.Kind() != want {
			t.Errorf("%s: %v, want %s", heading, err, want)
		}
	}
}

func TestADayWithoutTransactions(t *testing.T) {
	f, err := Open(strings.NewReader("\ufeff<END>\r\n"), Reading{Name: "transactionItems_20261121_000.csv"})
	if err != nil || f.Kind() != Transactions {
		t.Fatal(err)
	}
	if rows, faults, err := all(f); len(rows) != 0 || len(faults) != 0 || err != nil {
		t.Error(rows, faults, err)
	}
	if _, err := Open(strings.NewReader("<END>\n"), Reading{Name: "x.csv"}); !errors.Is(err, ErrColumns) {
		t.Error(err)
	}
	if _, err := Open(strings.NewReader(""), Reading{Name: "transactionItems_20261121_000.csv"}); !errors.Is(err, ErrIncomplete) {
		t.Error(err)
	}
}

func TestAMalformedLineIsRefusedByItsNumberAndTheOthersAreRead(t *testing.T) {
	good := row(Payment, "pay-1", "req-1", "12.34", "HKD", day1)
	bad := func(column, value string) map[string]string {
		r := row(Payment, "pay-9", "req-9", "12.34", "HKD", day1)
		r[column] = value
		return r
	}
	huge := strings.Repeat("x", 70<<10)
	for name, c := range map[string]struct {
		row    map[string]string
		raw    string
		fault  Fault
		column string
	}{
		"few cells":     {raw: "a,b,c", fault: FaultCells},
		"many cells":    {raw: strings.Repeat("a,", 40), fault: FaultCells},
		"open quote":    {raw: `a,"b`, fault: FaultQuotes},
		"quote inside":  {raw: `a,b"c,d`, fault: FaultQuotes},
		"quote behind":  {raw: `a,"b"c,d`, fault: FaultQuotes},
		"long":          {raw: huge, fault: FaultLength},
		"not UTF-8":     {raw: strings.Repeat("\xff,", 11), fault: FaultText},
		"control":       {row: bad("transactionId", "a\x00b"), fault: FaultText, column: colID},
		"long id":       {row: bad("transactionRequestId", strings.Repeat("1", 300)), fault: FaultText, column: colRequestID},
		"no type":       {row: bad("transactionType", ""), fault: FaultMissing, column: colType},
		"no amount":     {row: bad("transactionAmountValue", ""), fault: FaultMissing, column: colAmount},
		"a word":        {row: bad("transactionAmountValue", "twelve"), fault: FaultAmount, column: colAmount},
		"an exponent":   {row: bad("transactionAmountValue", "1e3"), fault: FaultAmount, column: colAmount},
		"grouped":       {row: bad("transactionAmountValue", "1,234.50"), fault: FaultAmount, column: colAmount},
		"too precise":   {row: bad("transactionAmountValue", "12.345"), fault: FaultAmount, column: colAmount},
		"too large":     {row: bad("transactionAmountValue", "99999999999999999999"), fault: FaultAmount, column: colAmount},
		"two signs":     {row: bad("transactionAmountValue", "--1"), fault: FaultAmount, column: colAmount},
		"two points":    {row: bad("transactionAmountValue", "1.2.3"), fault: FaultAmount, column: colAmount},
		"no currency":   {row: bad("transactionCurrency", ""), fault: FaultCurrency, column: colAmount},
		"unknown money": {row: bad("transactionCurrency", "XAU"), fault: FaultCurrency, column: colAmount},
		"no offset":     {row: bad("paymentTime", "2026-11-21T10:00:00"), fault: FaultTime, column: colPaidAt},
		"month 13":      {row: bad("paymentTime", "2026-13-21T10:00:00+08:00"), fault: FaultTime, column: colPaidAt},
	} {
		t.Run(name, func(t *testing.T) {
			s := sheet{columns: transactionColumns, rows: []map[string]string{good, c.row, good, good}}
			if c.raw != "" {
				s.raw = map[int]string{1: c.raw}
			}
			f, err := Open(strings.NewReader(s.String()), Reading{Units: Major})
			if err != nil {
				t.Fatal(err)
			}
			rows, faults, err := all(f)
			if err != nil || len(rows) != 3 || len(faults) != 1 {
				t.Fatalf("%d rows, %v, %v", len(rows), faults, err)
			}
			if got := faults[0]; got.Line != 3 || got.Fault != c.fault || got.Column != c.column || !strings.Contains(got.Error(), "line 3") {
				t.Errorf("%+v", got)
			}
			if rows[1].Line != 4 || rows[2].Line != 5 {
				t.Errorf("lines %d and %d", rows[1].Line, rows[2].Line)
			}
		})
	}
}

func TestAFileThatIsNotWholeIsRefused(t *testing.T) {
	whole := sheet{columns: transactionColumns, rows: []map[string]string{row(Payment, "pay-1", "req-1", "12.34", "HKD", day1), row(Payment, "pay-2", "req-2", "1.00", "HKD", day1)}}
	text := whole.String()
	without := whole
	without.noEnd = true
	packed, zip := gzipped(t, text), zipped(t, text)
	broken := bytes.Clone(packed)
	broken[len(broken)-6] ^= 1 // its sum
	brokenZip := bytes.Clone(zip)
	brokenZip[60] ^= 1
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"no END":           {[]byte(without.String()), ErrIncomplete},
		"cut":              {[]byte(text[:len(text)-20]), ErrIncomplete},
		"cut in END":       {[]byte(text[:len(text)-3]), ErrIncomplete},
		"lines behind":     {[]byte(text + text), ErrAfterEnd},
		"END in a quote":   {[]byte(strings.Replace(text, "<END>", "x,\"open\n<END>\ny\",z", 1)), ErrAfterEnd},
		"cut gzip":         {packed[:len(packed)-10], ErrIncomplete},
		"gzip without sum": {packed[:len(packed)-4], ErrIncomplete},
		"broken gzip":      {broken, ErrArchive},
		"broken zip":       {brokenZip, ErrArchive},
		"cut zip":          {zip[:len(zip)-30], ErrArchive},
		"zip of two":       {zipped(t, text, text), ErrArchive},
		"zip of none":      {zipped(t), ErrArchive},
		"zip in zip":       {zipped(t, string(zip)), ErrColumns},
		"nothing":          {nil, ErrIncomplete},
		"a picture":        {[]byte("\x89PNG\r\n\x1a\n"), ErrColumns},
	} {
		t.Run(name, func(t *testing.T) {
			for _, source := range []io.Reader{bytes.NewReader(c.data), io.MultiReader(bytes.NewReader(c.data))} {
				f, err := Open(source, Reading{Name: "x", Units: Major})
				if err == nil {
					_, _, err = all(f)
					if _, again := f.Next(); again == nil || errors.Is(again, io.EOF) {
						t.Errorf("after %v it goes on: %v", err, again)
					}
				}
				if !errors.Is(err, c.want) {
					t.Errorf("%v, want %v", err, c.want)
				}
			}
		})
	}
	f, err := Open(strings.NewReader(without.String()), Reading{NoEnd: true})
	if err != nil {
		t.Fatal(err)
	}
	if rows, _, err := all(f); len(rows) != 2 || err != nil {
		t.Errorf("a file without END by nature: %d rows, %v", len(rows), err)
	}
}

func TestWhatUnpacksToMoreThanTheLimitIsRefused(t *testing.T) {
	text := "transactionType,transactionId,transactionAmountValue,transactionCurrency\n" + strings.Repeat("\n", 1<<20) + "<END>\n"
	for name, data := range map[string][]byte{"gzip": gzipped(t, text), "zip": zipped(t, text), "plain": []byte(text)} {
		for _, limit := range []int64{1000, int64(len(text)) - 1} {
			f, err := Open(bytes.NewReader(data), Reading{Unpacked: limit, Units: Minor})
			if err == nil {
				_, _, err = all(f)
			}
			if !errors.Is(err, ErrTooBig) {
				t.Errorf("%s to %d: %v", name, limit, err)
			}
		}
		f, err := Open(bytes.NewReader(data), Reading{Unpacked: int64(len(text)), Units: Minor})
		if err == nil {
			_, _, err = all(f)
		}
		if err != nil {
			t.Errorf("%s of just the limit: %v", name, err)
		}
	}
	_, err := Open(io.MultiReader(bytes.NewReader(zipped(t, text))), Reading{Packed: 100})
	if !errors.Is(err, ErrTooBig) {
		t.Errorf("a zip beyond the memory for it: %v", err)
	}
}

func TestAQuoteThatIsNeverClosedCostsItsLineOnly(t *testing.T) {
	s := sheet{columns: transactionColumns, raw: map[int]string{}}
	for i := range 200 {
		s.rows = append(s.rows, row(Payment, "pay", "req", "1.00", "HKD", day1))
		s.rows[i]["orderDescription"] = "plain"
		if i%10 == 5 {
			s.raw[i] = `x,"never closed`
		}
	}
	f, err := Open(strings.NewReader(s.String()), Reading{})
	if err != nil {
		t.Fatal(err)
	}
	rows, faults, err := all(f)
	if err != nil || len(rows)+len(faults) != 200 || len(faults) != 20 {
		t.Fatalf("%d rows, %d faults, %v", len(rows), len(faults), err)
	}
	for i, fault := range faults {
		if fault.Line != 10*i+7 {
			t.Errorf("fault %d in line %d", i, fault.Line)
		}
	}
}

func TestFeesOfNewerFilesAreReadByTheirColumns(t *testing.T) {
	text := `transactionType,transactionId,transactionAmountValue,transactionCurrency,settlementBatchId,settlementAmountValue,settlementCurrency,feeAmountValue,feeCurrency,processingFeeAmountValue,processingFeeCurrency,taxFeeAmountValue,couponAmountValue
PAYMENT,p,100.00,HKD,B1,98.00,HKD,-1.00,HKD,0.50,USD,0.25,7.00
ADJUSTMENT_FEE,,,,B1,-3.00,HKD,,,,,,
<END>
`
	f, err := Open(strings.NewReader(text), Reading{})
	if err != nil {
		t.Fatal(err)
	}
	rows, faults, err := all(f)
	if err != nil || len(faults) > 0 || len(rows) != 2 {
		t.Fatal(faults, err)
	}
	want := []Fee{{mainFee, money(100, "HKD")}, {"processingFeeAmountValue", money(50, "USD")}, {"taxFeeAmountValue", money(25, "HKD")}}
	if !slices.Equal(rows[0].Settlement.Fees, want) {
		t.Errorf("%+v", rows[0].Settlement.Fees)
	}
	if s := rows[1].Settlement; s.Net != money(-300, "HKD") || s.Amount != (payments.Money{}) || s.Type != "ADJUSTMENT_FEE" {
		t.Errorf("%+v", s)
	}
}

func TestEveryCurrencyIsReadInBothUnits(t *testing.T) {
	for _, c := range []payments.Currency{"AUD", "BDT", "BRL", "CAD", "CLP", "CNY", "EUR", "GBP", "HKD", "IDR", "JPY", "KRW", "MOP", "MXN", "MYR", "NZD", "PEN", "PHP", "PKR", "PLN", "SGD", "THB", "TWD", "USD", "VND"} {
		m := money(123400, c)
		for units, text := range map[Units]string{Major: m.Major(), Minor: m.Wire()} {
			f, err := read("-"+text, c)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := f.money(units); err != nil || got != money(-123400, c) {
				t.Errorf("%s in %s units: %v, %v", text, units, got, err)
			}
		}
	}
}

func TestNamesOfFiles(t *testing.T) {
	for name, want := range map[string]Name{
		"transactionItems_20261121_000.csv":                          {Kind: Transactions, Day: "2026-11-21", Seq: "000"},
		"transactionItems_20261121_999.csv.gz":                       {Kind: Transactions, Day: "2026-11-21", Seq: "999"},
		"settlementItems_USD_2018122611021040123_000.csv":            {Kind: Settlements, Currency: "USD", Batch: "2018122611021040123", Seq: "000"},
		"settlementItems_KaKaoPay_USD_2018122611021040123_000.csv":   {Kind: Settlements, Wallet: "KaKaoPay", Currency: "USD", Batch: "2018122611021040123", Seq: "000"},
		"settlementSummary_CONNECTWALLET_HKD_2026112111_001.csv.zip": {Kind: Summaries, Wallet: "CONNECTWALLET", Currency: "HKD", Batch: "2026112111", Seq: "001"},
		"transactionItems_20261321_000.csv":                          {},
		"../transactionItems_20261121_000.csv":                       {},
		"settlementItems_USD_1_000.csv.tmp":                          {},
	} {
		got, ok := ParseName(name)
		if ok != (want != Name{}) || ok && got != want {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
}
