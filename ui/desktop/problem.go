package desktop

import (
	"fyne.io/fyne/v2"

	"ringup/assets"
	"ringup/ui/till"
)

// Problem is a window for a till that can't open: one sentence that says why,
// and what to do. Closing it ends the program.
func Problem(app fyne.App, title, sentence, closing string) fyne.Window {
	t := &shopTheme{wear: Light, cjk: fyne.NewStaticResource("chinese.ttf", assets.Chinese)}
	app.Settings().SetTheme(t)
	win := app.NewWindow("Ringup")
	l := lightLook
	l.scale = win.Canvas().Scale
	p := l.newPanel()
	p.set(till.Telling{Face: till.FaceDecide, Title: title, Detail: sentence}, []choice{
		{text: closing, hint: "Esc", keys: []fyne.KeyName{fyne.KeyEscape, fyne.KeyReturn, fyne.KeyEnter}, main: true, do: app.Quit},
	})
	win.SetPadded(false)
	win.SetContent(p)
	win.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) { p.choose(k.Name) })
	win.Resize(fyne.NewSize(960, 540))
	win.CenterOnScreen()
	return win
}
