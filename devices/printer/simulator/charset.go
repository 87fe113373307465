package simulator

import (
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// pages are the code pages by the numbers of ESC t, in Epson's table.
var pages = map[byte]*charmap.Charmap{
	0: charmap.CodePage437, 2: charmap.CodePage850, 3: charmap.CodePage860, 4: charmap.CodePage863,
	5: charmap.CodePage865, 15: charmap.ISO8859_7, 16: charmap.Windows1252, 17: charmap.CodePage866,
	18: charmap.CodePage852, 19: charmap.CodePage858, 34: charmap.CodePage855, 36: charmap.CodePage862,
	39: charmap.ISO8859_2, 40: charmap.ISO8859_15, 45: charmap.Windows1250, 46: charmap.Windows1251,
	47: charmap.Windows1253, 48: charmap.Windows1254, 49: charmap.Windows1255, 50: charmap.Windows1256,
	51: charmap.Windows1257, 52: charmap.Windows1258,
}

// turkish is page 13 (857, with the euro), greek page 14 (737), from 80h on.
var (
	turkish = []rune("ÇüéâäàåçêëèïîıÄÅÉæÆôöòûùİÖÜø£ØŞşáíóúñÑĞğ¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ºªÊËÈ€ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµ\ufffd×ÚÛÙìÿ¯´\u00ad±\ufffd¾¶§÷¸°¨·¹³²■\u00a0")
	greek   = []rune("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρσςτυφχψ░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀ωάέήϊίόύϋώΆΈΉΊΌΎΏ±≥≤ΪΫ÷≈°∙·√ⁿ²■\u00a0")
)

// katakana is page 1, from 80h on.
var katakana = []rune("▁▂▃▄▅▆▇█▏▎▍▌▋▊▉┼┴┬┤├▔─│▕┌┐└┘╭╮╰╯" +
	" ｡｢｣､･ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ" +
	"═╞╪╡◢◣◥◤♠♥♦♣●○╱╲╳円年月日時分秒〒市区町村人▒ ")

// nationals are the characters that stand for # $ @ [ \ ] ^ ` { | } ~ in the
// sets of ESC R, from 0 (USA) to 15 (China).
var nationals = []string{
	0: `#$@[\]^` + "`" + `{|}~`,
	1: "#$à°ç§^`éùè¨", 2: "#$§ÄÖÜ^`äöüß", 3: "£$@[\\]^`{|}~", 4: "#$@ÆØÅ^`æøå~", 5: "#¤ÉÄÖÅÜéäöåü",
	6: "#$@°\\é^ùàòèì", 7: "₧$@¡Ñ¿^`¨ñ}~", 8: "#$@[¥]^`{|}~", 9: "#¤ÉÆØÅÜéæøåü", 10: "#$ÉÆØÅÜéæøåü",
	11: "#$á¡Ñ¿é`íñóú", 12: "#$á¡Ñ¿éüíñóú", 13: "#$@[₩]^`{|}~", 14: "#$ŽŠĐĆČžšđćč", 15: "#¥@[\\]^`{|}~",
}

// character takes a byte that is to be printed.
func (d *Decoder) character(b byte) {
	if d.leads(b) {
		d.read([]byte{b}, 2, d.pair)
		return
	}
	if b < 0x80 {
		d.print(national(d.national, b), false)
		return
	}
	if d.twoByte() && d.head.Script != Japanese {
		d.misprint("byte %02X leads no character of the two-byte set", b)
		d.print(utf8.RuneError, false)
		return
	}
	r := utf8.RuneError
	switch page := pages[d.page]; {
	case d.page == 1 || d.head.Script == Japanese && d.shiftJIS:
		r = katakana[b-0x80]
	case d.page == 13:
		r = turkish[b-0x80]
	case d.page == 14:
		r = greek[b-0x80]
	case page == nil:
		d.misprint("byte %02X in code page %d, whose characters depend on the maker", b, d.page)
		d.print(r, false)
		return
	default:
		r = page.DecodeByte(b)
	}
	if r == utf8.RuneError {
		d.misprint("byte %02X is no character of code page %d", b, d.page)
	}
	d.print(r, false)
}

func national(set, b byte) rune {
	const places = `#$@[\]^` + "`" + `{|}~`
	for i := range len(places) {
		if places[i] == b {
			return []rune(nationals[set])[i]
		}
	}
	return rune(b)
}

// twoByte tells whether bytes from 80h on belong to the two-byte set.
func (d *Decoder) twoByte() bool {
	switch d.head.Script {
	case Western:
		return false
	case Japanese:
		return d.shiftJIS || d.wide
	}
	return d.wide
}

// leads tells whether the byte is the first of two.
func (d *Decoder) leads(b byte) bool {
	if !d.twoByte() {
		return false
	}
	switch d.head.Script {
	case Japanese:
		if !d.shiftJIS {
			return b > 0x20 && b < 0x7f // JIS: all bytes are halves
		}
		return b >= 0x81 && b <= 0x9f || b >= 0xe0 && b <= 0xfc
	case Chinese:
		if d.head.GB2312 {
			return b >= 0xa1 && b <= 0xf7
		}
	}
	return b >= 0x81 && b <= 0xfe
}

// pair has both bytes of a character, or what should be.
func (d *Decoder) pair(c []byte) {
	var set encoding.Encoding
	switch d.head.Script {
	case Traditional:
		set = traditionalchinese.Big5
	case Japanese:
		set = japanese.ShiftJIS
		if !d.shiftJIS {
			set, c = japanese.EUCJP, []byte{c[0] | 0x80, c[1] | 0x80}
		}
	case Korean:
		set = korean.EUCKR
	default:
		set = simplifiedchinese.GB18030
		if c[1] >= '0' && c[1] <= '9' {
			d.misprint("% X begins a four-byte character, which no head has", c)
			d.print(utf8.RuneError, true)
			return
		}
	}
	text, err := set.NewDecoder().Bytes(c)
	r, n := utf8.DecodeRune(text)
	if err != nil || n != len(text) || r == utf8.RuneError || r >= 0xe000 && r < 0xf900 || d.head.GB2312 && c[1] < 0xa1 {
		d.misprint("% X is no character of the two-byte set", c)
		if c[1] < 0x20 { // what was cut off is a command or a line feed
			d.print(utf8.RuneError, true)
			d.ground(c[1])
			return
		}
		r = utf8.RuneError
	}
	d.print(r, true)
}
