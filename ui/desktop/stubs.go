package desktop

import (
	"time"

	"fyne.io/fyne/v2"

	"ringup/ui/till"
)

type sales struct{ w *Window }
type blank struct{ w *Window }

func newSales(w *Window) *sales           { return &sales{w} }
func (s *sales) open(number string)       {}
func (s *sales) build() fyne.CanvasObject { return stack() }
func (s *sales) enter()                   {}
func (s *sales) news(n till.News)         {}
func (s *sales) tick(now time.Time)       {}
func (s *sales) typed(r rune) func()      { return func() {} }
func (s *sales) pressed(*fyne.KeyEvent)   {}
func newDay(w *Window) *sales             { return &sales{w} }
func newAttention(w *Window) *sales       { return &sales{w} }
func newSettings(w *Window) *sales        { return &sales{w} }
