//go:build unix

package printer

// hasSpooler: only Windows has a spooler.
const hasSpooler = false

func openSpooler(string) (spooler, error) { return nil, ErrNotHere }

// spoolPrinters is empty: only Windows has a spooler.
func spoolPrinters() ([]Found, error) { return nil, nil }
