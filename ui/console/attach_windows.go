package console

import (
	"os"

	"golang.org/x/sys/windows"
)

// Attach gives a verb somewhere to print: a program with a window starts
// without a console of its own, and prints into the one that it was called
// from. Output that goes to a file or a pipe already stays there.
func Attach() {
	if usable(windows.STD_OUTPUT_HANDLE) {
		return
	}
	const parent = ^uintptr(0) // ATTACH_PARENT_PROCESS
	if ok, _, _ := windows.NewLazySystemDLL("kernel32.dll").NewProc("AttachConsole").Call(parent); ok == 0 {
		return // called from no console
	}
	screen, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		return
	}
	os.Stdout = screen
	if !usable(windows.STD_ERROR_HANDLE) {
		os.Stderr = screen
	}
}

// usable reports whether a standard handle leads anywhere.
func usable(which uint32) bool {
	h, err := windows.GetStdHandle(which)
	if err != nil || h == 0 || h == windows.InvalidHandle {
		return false
	}
	kind, err := windows.GetFileType(h)
	return err == nil && kind != windows.FILE_TYPE_UNKNOWN
}
