package printer

// usbPrinters is empty: printers are no files on Windows.
func usbPrinters(string) []Found { return nil }

// denied is false: on Windows, every user may open serial ports.
func denied(string) (bool, string) { return false, "" }

// lastingName is the name itself: Windows gives a device its COM number back.
func lastingName(port string) string { return port }
