package desktop

// HasScreen reports whether there is a desktop to open a window on.
func HasScreen() bool { return true }
