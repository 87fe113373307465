//go:build !windows

package desktop

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// HasScreen reports whether there is a desktop to open a window on.
func HasScreen() bool {
	return runtime.GOOS == "darwin" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// screenSize is how many pixels the smallest screen that is plugged in has; 0
// where the kernel doesn't tell. Fyne doesn't say, and a first window that is
// larger than the screen can't be mended where no window manager runs.
func screenSize() (width, height int) { return screenSizeUnder("/sys") }

func screenSizeUnder(root string) (width, height int) {
	plugs, err := filepath.Glob(filepath.Join(root, "class/drm/card*-*/status"))
	if err != nil {
		return 0, 0
	}
	for _, plug := range plugs {
		status, err := os.ReadFile(plug)
		if err != nil || strings.TrimSpace(string(status)) != "connected" {
			continue
		}
		modes, err := os.ReadFile(filepath.Join(filepath.Dir(plug), "modes"))
		if err != nil {
			continue
		}
		var w, h int // the first mode is the screen's own
		if _, err := fmt.Sscanf(string(modes), "%dx%d", &w, &h); err == nil && (width == 0 || w < width) {
			width, height = w, h
		}
	}
	return width, height
}
