//go:build !windows

package scanner

import "runtime"

// usKey is the key's number on a PC keyboard (its code in set 1, which the
// Linux kernel keeps) from the code that the window system gives: X11 counts
// from 8. 0 is a key that isn't known.
func usKey(code int) int {
	if runtime.GOOS == "darwin" || code <= 8 {
		return 0 // macOS numbers keys its own way
	}
	return code - 8
}
