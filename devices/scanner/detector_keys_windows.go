package scanner

// usKey is the key's number on a PC keyboard (its code in set 1) from the code
// that the window system gives: Windows gives just that, with 0x100 added for
// the keys that came with later keyboards, such as the arrows beside the
// keypad.
func usKey(code int) int { return code }
