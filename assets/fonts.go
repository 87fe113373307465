package assets

import _ "embed" // for the directives below

// The fonts that Ringup draws slips with, as TrueType files; the window falls
// back to Chinese where its own font has no character. Each licence stands
// beside its file in fonts/. Those of one script are cut down to it by
// fonts/subset.sh, and have a space besides.
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

	// Hangul is all of Korea's syllables (made of NAVER's NanumGothicCoding under a
	// name of its own, as its SIL Open Font License 1.1 asks).
	//go:embed fonts/RingupHangul-Regular.ttf
	Hangul []byte

	// Thai and its bold are Noto Sans Thai (SIL Open Font License 1.1, as are
	// all below).
	//go:embed fonts/NotoSansThai-Regular.ttf
	Thai []byte
	//go:embed fonts/NotoSansThai-Bold.ttf
	ThaiBold []byte

	// Lao is Noto Sans Lao.
	//go:embed fonts/NotoSansLao-Regular.ttf
	Lao []byte

	// Arabic is Noto Sans Arabic, with the letters of Persian, Urdu, Uyghur
	// and the other languages of Unicode's first Arabic block.
	//go:embed fonts/NotoSansArabic-Regular.ttf
	Arabic []byte

	// Hebrew and its bold are Noto Sans Hebrew.
	//go:embed fonts/NotoSansHebrew-Regular.ttf
	Hebrew []byte
	//go:embed fonts/NotoSansHebrew-Bold.ttf
	HebrewBold []byte

	// Devanagari, of Hindi, Marathi and Nepali, is Noto Sans Devanagari.
	//go:embed fonts/NotoSansDevanagari-Regular.ttf
	Devanagari []byte
)
