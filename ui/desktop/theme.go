package desktop

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Appearance is which of the two looks is worn.
type Appearance string

// The appearances.
const (
	AsSystem Appearance = "system"
	Light    Appearance = "light"
	Dark     Appearance = "dark"
)

// shopTheme dresses the few stock widgets that are used (text fields, scroll
// bars) like our own, and brings the letters.
type shopTheme struct {
	wear Appearance
	cjk  fyne.Resource // nil: leave Chinese to the system's fonts
}

// look is what a variant of the system's theme looks like under this
// appearance.
func (t *shopTheme) look(v fyne.ThemeVariant) *look {
	if t.wear == Dark || t.wear != Light && v == theme.VariantDark {
		return &darkLook
	}
	return &lightLook
}

// Color implements fyne.Theme.
func (t *shopTheme) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	l := t.look(v)
	switch name {
	case theme.ColorNameBackground:
		return l.bg
	case theme.ColorNameForeground:
		return l.ink
	case theme.ColorNamePlaceHolder, theme.ColorNameDisabled:
		return l.muted
	case theme.ColorNamePrimary, theme.ColorNameHyperlink:
		return l.accent
	case theme.ColorNameInputBackground, theme.ColorNameInputBorder, theme.ColorNameFocus,
		theme.ColorNameHover, theme.ColorNamePressed, theme.ColorNameShadow:
		return nothing
	case theme.ColorNameSelection:
		return mix(l.card, l.accent, 0.3)
	case theme.ColorNameScrollBar:
		return mix(l.card, l.ink, 0.35)
	case theme.ColorNameScrollBarBackground:
		return nothing
	case theme.ColorNameSeparator:
		return l.line
	case theme.ColorNameMenuBackground, theme.ColorNameOverlayBackground:
		return l.card
	case theme.ColorNameError:
		return l.no
	case theme.ColorNameSuccess:
		return l.paid
	case theme.ColorNameWarning:
		return l.hold
	}
	if l == &darkLook {
		v = theme.VariantDark
	} else {
		v = theme.VariantLight
	}
	return theme.DefaultTheme().Color(name, v)
}

// Font implements fyne.Theme. The Chinese font has no Latin letters: those and
// the figures fall through to Fyne's Noto Sans. It has one weight, so it is
// there for plain text only, once; see word for heavy Chinese.
func (t *shopTheme) Font(s fyne.TextStyle) fyne.Resource {
	if plain := (fyne.TextStyle{TabWidth: s.TabWidth}); t.cjk != nil && s == plain {
		return t.cjk
	}
	return theme.DefaultTheme().Font(s)
}

// Icon implements fyne.Theme.
func (t *shopTheme) Icon(name fyne.ThemeIconName) fyne.Resource {
	return theme.DefaultTheme().Icon(name)
}

// Size implements fyne.Theme.
func (t *shopTheme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return 18
	case theme.SizeNamePadding:
		return 0
	case theme.SizeNameInnerPadding:
		return 8
	case theme.SizeNameInputBorder:
		return 0
	case theme.SizeNameScrollBar, theme.SizeNameScrollBarSmall:
		return 6
	case theme.SizeNameScrollBarRadius:
		return 3
	}
	return theme.DefaultTheme().Size(name)
}
