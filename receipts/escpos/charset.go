package escpos

import (
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// charset turns a text that receipts.Clean has seen into a head's own bytes.
// It reports false when a character is missing; what it appended then is to be
// thrown away. It never writes a byte below 0x20, nor 0x7F.
type charset interface {
	append(to []byte, text string) ([]byte, bool)
}

var charsets = map[TextMode]charset{
	TextGB18030: chinese{inGBK},
	TextGB2312:  chinese{inGB2312},
	TextASCII:   codePage{},
	TextCP437:   codePage{charmap.CodePage437},
	TextCP850:   codePage{charmap.CodePage850},
	TextCP852:   codePage{charmap.CodePage852},
	TextCP858:   codePage{charmap.CodePage858},
	TextCP866:   codePage{charmap.CodePage866},
	TextCP1252:  codePage{charmap.Windows1252},
}

// pages are the numbers of the code pages for ESC t (Epson's, which clones
// keep).
var pages = map[TextMode]byte{
	TextCP437: 0, TextCP850: 2, TextCP1252: 16, TextCP866: 17, TextCP852: 18, TextCP858: 19,
}

// ascii reports whether a text needs no charset at all.
func ascii(text string) bool {
	for i := range len(text) {
		if text[i] < 0x20 || text[i] >= 0x7F {
			return false
		}
	}
	return true
}

// chinese is the two-byte part of GB18030: heads in Chinese mode print no
// four-byte character (they print two wrong ones).
type chinese struct{ has func(lead, trail byte) bool }

// inGBK reports whether two bytes are a two-byte character; with a digit for
// its second byte it would be half of a four-byte one.
func inGBK(lead, trail byte) bool { return lead > 0x80 && trail >= 0x40 && trail != 0x7F }

// inGB2312 leaves out the rows that have gaps and are no writing: signs, Greek
// and Cyrillic go as dots then.
func inGB2312(lead, trail byte) bool {
	switch {
	case trail < 0xA1:
		return false
	case lead == 0xA1, lead == 0xA3: // punctuation, full-width forms
		return true
	case lead == 0xD7: // the last of the common characters
		return trail <= 0xF9
	}
	return lead >= 0xB0 && lead <= 0xF7
}

func (c chinese) append(to []byte, text string) ([]byte, bool) {
	if ascii(text) {
		return append(to, text...), true
	}
	if strings.ContainsFunc(text, private) {
		return to, false
	}
	to = slices.Grow(to, 2*len(text)) // at most four bytes for one of two
	n, _, err := simplifiedchinese.GB18030.NewEncoder().Transform(to[len(to):cap(to)], []byte(text), true)
	if err != nil {
		return to, false
	}
	b := to[len(to) : len(to)+n]
	for i := 0; i < n; i++ {
		switch {
		case b[i] < 0x20 || b[i] == 0x7F:
			return to, false
		case b[i] < 0x80:
		case i+1 == n || !c.has(b[i], b[i+1]):
			return to, false
		default:
			i++
		}
	}
	return to[:len(to)+n], true
}

// private are the characters that each head has its own of.
func private(r rune) bool { return r >= 0xE000 && r < 0xF900 }

// codePage is a set of 256 characters of which the first half is ASCII; with no
// table only that.
type codePage struct{ table *charmap.Charmap }

func (c codePage) append(to []byte, text string) ([]byte, bool) {
	for _, r := range text {
		switch {
		case r >= 0x20 && r < 0x7F:
			to = append(to, byte(r))
		case c.table == nil || r < 0xA0:
			return to, false
		default:
			b, ok := c.table.EncodeRune(r)
			if !ok || b < 0x80 {
				return to, false
			}
			to = append(to, b)
		}
	}
	return to, true
}
