package export

import (
	"encoding/csv"
	"io"

	"ringup/payments"
	"ringup/storage"
)

// WriteDayCSV writes the books of a day: sales are what storage's SettledOn
// lists for it.
func WriteDayCSV(w io.Writer, day payments.Day, sales []storage.DaySale) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(columns); err != nil {
		return err
	}
	for _, s := range sales {
		for _, r := range rowsOf(day, s) {
			if err := out.Write(r.cells()); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}
