package scanner

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// A scanner types by pressing keys, and the computer makes characters of them
// by the layout that it is set to. A scanner that is set to the American layout
// (they come so) on a French computer types "é&'" for 214: the digits are the
// keys' own. Where a burst isn't digits, its keys are looked at.

// rows are the keys of a PC keyboard by their numbers in set 1, each with what
// it writes on the American layout without Shift and with it.
var rows = []struct {
	first          int
	plain, shifted string
}{
	{0x02, "1234567890-=", "!@#$%^&*()_+"},
	{0x10, "qwertyuiop[]", "QWERTYUIOP{}"},
	{0x1e, "asdfghjkl;'`", `ASDFGHJKL:"~`},
	{0x2b, `\zxcvbnm,./`, `|ZXCVBNM<>?`},
	{0x37, "*", "*"},
	{0x47, "789-456+1230.", "789-456+1230."}, // the keypad
}

// usRunes is what a key writes on the American layout; 0, 0 where it isn't
// known.
func usRunes(code int) (plain, shifted rune) {
	key := usKey(code)
	for _, row := range rows {
		if i := key - row.first; i >= 0 && i < len(row.plain) {
			return rune(row.plain[i]), rune(row.shifted[i])
		}
	}
	return 0, 0
}

// keyDigit is the digit on a key, above the letters or on the keypad; 0 if
// there is none.
func keyDigit(code int) rune {
	if plain, _ := usRunes(code); isDigit(plain) {
		return plain
	}
	return 0
}

// onPad tells the digits of the keypad, which write none while NumLock is off.
func onPad(code int) bool { return usKey(code) >= 0x47 && keyDigit(code) != 0 }

// endingOf is what a key ends a read with, by its name; "" if it doesn't.
func endingOf(name string) Ending {
	switch name {
	case "Return", "KP_Enter":
		return EndsEnter
	case "Tab":
		return EndsTab
	}
	return ""
}

// isCharacterKey tells the keys that are told beside a character, or beside
// none: they say nothing of their own.
func isCharacterKey(name string) bool {
	switch name {
	case "", "Space", "LeftShift", "RightShift", "LeftControl", "RightControl", "LeftAlt", "RightAlt",
		"LeftSuper", "RightSuper", "CapsLock":
		return true
	}
	return len([]rune(name)) == 1
}

func isAlt(name string) bool { return name == "LeftAlt" || name == "RightAlt" }

// narrow makes a digit of the full width, as an input method writes it, a plain
// one.
func narrow(r rune) rune {
	if '０' <= r && r <= '９' {
		r += '0' - '０'
	}
	return r
}

// digit is the digit of a press, written or on its key; 0 if there is none.
func (p press) digit() rune {
	if isDigit(p.r) {
		return p.r
	}
	return keyDigit(p.code)
}

// textOf is what a scanner meant by its presses, after the prefix that it is
// set to send: the characters, or if those aren't all digits but their keys
// are, the digits on the keys.
func textOf(run []press, prefix string) string {
	run = afterPrefix(run, []rune(prefix))
	codes := map[rune]int{} // a key pressed twice within a millisecond may be told once
	for _, p := range run {
		if p.code != 0 {
			codes[p.r] = p.code
		}
	}
	var written, meant strings.Builder
	digits := true
	for _, p := range run {
		if p.r != 0 {
			written.WriteRune(p.r)
		}
		if p.code == 0 {
			p.code = codes[p.r]
		}
		if digit := p.digit(); digit != 0 {
			meant.WriteRune(digit)
		} else {
			digits = false
		}
	}
	if digits {
		return meant.String()
	}
	return written.String()
}

// afterPrefix cuts the prefix off: as it is written, in whatever state CapsLock
// is, or where the layout changes what follows, by its keys.
func afterPrefix(run []press, prefix []rune) []press {
	n := len(prefix)
	if n > len(run) {
		return run
	}
	written, pressed := true, true
	for i, r := range prefix {
		plain, shifted := usRunes(run[i].code)
		written = written && unicode.ToLower(run[i].r) == unicode.ToLower(r)
		pressed = pressed && (plain == unicode.ToLower(r) || shifted == r)
	}
	changed := slices.ContainsFunc(run[n:], func(p press) bool { return !isDigit(p.r) && p.digit() != 0 })
	if written || pressed && changed {
		return run[n:]
	}
	return run
}

// keys is what is known of the keys themselves, beside what they write.
type keys struct {
	silent   press // the newest key, whose character may still come
	open     bool  // it may
	repeated bool  // it is held

	held  int       // the key that went down last
	since time.Time // when
	fresh bool      // its Key is still to come
	told  bool      // the window tells of keys that go down

	// A character that is composed of several keys, Alt and its number on the
	// keypad, takes no longer than one key: the time for the others is taken
	// back.
	alt       bool          // Alt went down, and nothing but the keypad after it
	numbers   int           // keys of the keypad since
	from, to  time.Duration // since when, and up to the newest key, in awake time
	composing time.Duration // time taken back, in all
}

// down takes a key as it goes down.
func (k *keys) down(d *Detector, name string, code int, now time.Time) {
	k.held, k.since, k.fresh, k.told = code, now, true, true
	switch {
	case isAlt(name):
		k.alt, k.numbers, k.from, k.to = true, 0, d.awake, d.awake
	case k.alt && onPad(code) && d.awake-k.to <= d.pace():
		k.numbers++
		k.rewind(d)
	default:
		k.alt = false
	}
}

// composed takes the character that the keys with Alt made.
func (k *keys) composed(d *Detector) {
	if k.alt && k.numbers > 1 && d.awake-k.to <= d.pace() {
		k.rewind(d)
	}
	k.alt = false
}

func (k *keys) rewind(d *Detector) {
	k.composing += d.awake - k.from
	d.awake, k.to = k.from, k.from
}

// pressed takes a key's Key.
func (k *keys) pressed(p press, now time.Time) {
	k.silent, k.open = p, !k.alt || !onPad(p.code) // with Alt it is a part of a number
	k.repeated = k.told && !k.fresh && p.code != 0 && p.code == k.held && now.Sub(k.since) >= repeats
	k.fresh = false
}

// writes is the key of a character that came, 0 if it isn't known, and whether
// that key is held and repeats.
func (k *keys) writes() (code int, repeated bool) {
	if k.open {
		code, repeated = k.silent.code, k.repeated
	}
	k.open = false
	return code, repeated
}

// mute tells whether the newest key is a digit of the keypad that wrote
// nothing.
func (k *keys) mute() bool {
	code, repeated := k.writes()
	return onPad(code) && !repeated
}
