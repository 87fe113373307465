//go:build !windows

package desktop

import (
	"os"
	"runtime"
)

// HasScreen reports whether there is a desktop to open a window on.
func HasScreen() bool {
	return runtime.GOOS == "darwin" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}
