package desktop

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// Problem is a window for a till that can't open: one sentence that says why,
// and what to do. Closing it ends the program.
func Problem(app fyne.App, title, sentence, closing string) fyne.Window {
	win := app.NewWindow("Ringup")
	head := canvas.NewText(title, color.NRGBA{0x8f, 0x3d, 0x00, 0xff})
	head.TextSize, head.TextStyle.Bold = 32, true
	text := widget.NewLabel(sentence)
	text.Wrapping = fyne.TextWrapWord
	text.SizeName = "subHeadingText"
	done := widget.NewButton(closing, app.Quit)
	win.SetContent(container.NewPadded(container.NewBorder(head, container.NewHBox(layout.NewSpacer(), done), nil, nil, container.NewPadded(text))))
	win.Resize(fyne.NewSize(760, 320))
	win.CenterOnScreen()
	return win
}
