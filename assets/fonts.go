package assets

import _ "embed" // for the directives below

// The fonts that Ringup draws slips with, as TrueType files; the window falls
// back to Chinese where its own font has no character. Each licence stands
// beside its file in fonts/.
var (
	// Chinese is Droid Sans Fallback (Apache 2.0): Chinese in both scripts,
	// kana and full-width forms; neither Latin letters nor Hangul.
	//go:embed fonts/DroidSansFallbackFull.ttf
	Chinese []byte

	// Mono is Noto Sans Mono (SIL Open Font License 1.1): Latin, Greek,
	// Cyrillic and currency signs, every character 0.6 em wide.
	//go:embed fonts/NotoSansMono-Regular.ttf
	Mono []byte

	// MonoBold is the bold of Mono.
	//go:embed fonts/NotoSansMono-Bold.ttf
	MonoBold []byte
)
