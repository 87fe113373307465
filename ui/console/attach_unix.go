//go:build !windows

package console

// Attach gives a verb somewhere to print. Only Windows needs it.
func Attach() {}
