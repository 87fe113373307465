package till_test

import (
	"context"
	"testing"

	"ringup/devices/printer"
	"ringup/ui/till"
)

// A printer that took too long has ended its job; a payment that takes long has
// not.
func TestWhatAPrinterCouldNotDoIsFinal(t *testing.T) {
	for want, err := range map[till.ErrorSort]error{
		till.SortRefused:    &printer.Error{Problem: printer.Stuck, Begun: true, Err: context.DeadlineExceeded},
		till.SortWaiting:    context.DeadlineExceeded,
		till.SortWrongInput: &printer.LinkError{Link: "nonsense", Err: printer.ErrUnknownLink},
	} {
		if got := till.Sort(err); got != want {
			t.Errorf("%v is of sort %d, want %d", err, got, want)
		}
	}
}
