package desktop

import "fyne.io/fyne/v2"

// fitted is a window's size that fits on a screen of so many pixels (0 where
// they are not known), on which a unit of Fyne's has scale pixels.
func fitted(wanted fyne.Size, width, height int, scale float32) fyne.Size {
	if width <= 0 || height <= 0 || scale <= 0 {
		return wanted
	}
	return fyne.NewSize(min(wanted.Width, float32(width)/scale), min(wanted.Height, float32(height)/scale))
}
