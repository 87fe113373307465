package desktop

import "golang.org/x/sys/windows"

// HasScreen reports whether there is a desktop to open a window on.
func HasScreen() bool { return true }

// screenSize is how many pixels a maximised window has on the main screen.
func screenSize() (width, height int) {
	const fullScreenWidth, fullScreenHeight = 16, 17 // SM_CXFULLSCREEN, SM_CYFULLSCREEN
	metrics := windows.NewLazySystemDLL("user32.dll").NewProc("GetSystemMetrics")
	w, _, _ := metrics.Call(fullScreenWidth)
	h, _, _ := metrics.Call(fullScreenHeight)
	return int(w), int(h)
}
