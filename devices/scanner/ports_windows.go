package scanner

import (
	"errors"

	"golang.org/x/sys/windows"
)

// denied is false: on Windows, every user may open serial ports.
func denied(string) (bool, string) { return false, "" }

// groupOf is "": on Windows, every user may open serial ports.
func groupOf(string) string { return "" }

// lastingName is the name itself: Windows gives a device its COM number back.
func lastingName(port string) string { return port }

// isGone tells the errors of a device that was plugged out.
func isGone(err error) bool {
	for _, gone := range []error{
		windows.ERROR_GEN_FAILURE, windows.ERROR_DEVICE_NOT_CONNECTED, windows.ERROR_BAD_COMMAND,
		windows.ERROR_DEVICE_REMOVED, windows.ERROR_OPERATION_ABORTED, windows.ERROR_INVALID_HANDLE,
	} {
		if errors.Is(err, gone) {
			return true
		}
	}
	return false
}
