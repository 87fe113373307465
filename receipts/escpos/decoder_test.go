package escpos_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"ringup/receipts"
	"ringup/receipts/escpos"
	"ringup/receipts/raster"
)

// printed is what a printer put on paper by one line feed or one command.
type printed struct {
	text    string
	align   receipts.Align
	bold    bool
	size    receipts.Size
	picture *raster.Bitmap // of the paper's width
	qr      string
	bars    string // what a native barcode says
	dots    int    // a square of qr, a module of bars
	spaced  bool
}

// paper is all that a job did.
type paper struct {
	lines   []printed
	resets  int
	cuts    []byte // the modes of GS V
	fed     int    // lines fed by ESC d
	asked   int    // GS r
	pulses  int    // drawer
	chinese bool
	system  int // FS C; -1 when none was chosen
	page    int // code page; -1 when none was chosen
	// country is what the head's two-byte characters are in Chinese mode.
	country encoding.Encoding
}

// pagesByNumber are the heads' code pages.
var pagesByNumber = map[int]interface{ DecodeByte(byte) rune }{
	0: charmap.CodePage437, 1: kana{}, 2: charmap.CodePage850, 3: charmap.CodePage860, 4: charmap.CodePage863,
	5: charmap.CodePage865, 13: python("cp857"), 14: python("cp737"), 16: charmap.Windows1252, 17: charmap.CodePage866,
	18: charmap.CodePage852, 19: charmap.CodePage858, 34: charmap.CodePage855, 45: charmap.Windows1250,
	46: charmap.Windows1251, 47: charmap.Windows1253, 48: charmap.Windows1254,
}

// kana is JIS X 0201's upper half.
type kana struct{}

func (kana) DecodeByte(b byte) rune {
	s, err := japanese.ShiftJIS.NewDecoder().Bytes([]byte{b})
	if err != nil {
		return utf8.RuneError
	}
	r, _ := utf8.DecodeRune(s)
	return r
}

// countries are what the heads have that each text mode is for.
var countries = map[escpos.TextMode]encoding.Encoding{
	escpos.TextGB18030: simplifiedchinese.GBK, escpos.TextGB2312: simplifiedchinese.GBK,
	escpos.TextBig5: traditionalchinese.Big5, escpos.TextKorean: korean.EUCKR, escpos.TextShiftJIS: japanese.ShiftJIS,
}

// decode is a printer that takes only what a job of ours may hold: it reads
// bytes as a head does, by the command tables and not by what the encoder does,
// and refuses everything that it doesn't know.
func decode(job []byte, profile escpos.Profile) (*paper, error) {
	for _, pair := range [][]byte{{0x10, 0x04}, {0x10, 0x05}, {0x10, 0x14}} {
		if i := bytes.Index(job, pair); i >= 0 {
			return nil, fmt.Errorf("real-time command % X at %d", pair, i)
		}
	}
	sheet := profile.Sheet()
	p := &paper{page: -1, system: -1, country: countries[profile.Text]}
	var (
		line    []byte
		now     printed
		gsSize  byte
		fsSize  byte
		fontB   bool
		stored  string
		qrDots  int
		qrModel bool
		bars    [4]byte // GS H, f, h, w
	)
	take := func(n int) ([]byte, error) {
		if len(job) < n {
			return nil, errors.New("the job ends inside a command")
		}
		b := job[:n]
		job = job[n:]
		return b, nil
	}
	style := func() error {
		if sheet.Wide && (gsSize == 0x11) != (fsSize == 0x0C) || sheet.Wide && (gsSize == 1) != (fsSize == 8) {
			return fmt.Errorf("sizes differ: GS ! %X, FS ! %X", gsSize, fsSize)
		}
		if sheet.Cell == 9 && !fontB {
			return errors.New("font A where columns are font B's")
		}
		switch {
		case fontB && gsSize == 0 && sheet.Cell != 9:
			now.size = receipts.Small
		case fontB && sheet.Cell != 9:
			return errors.New("font B and a size at once")
		case gsSize == 0:
			now.size = receipts.Normal
		case gsSize == 0x11:
			now.size = receipts.Double
		case gsSize == 0x01:
			now.size = receipts.Tall
		default:
			return fmt.Errorf("size %X", gsSize)
		}
		return nil
	}
	for len(job) > 0 {
		c, _ := take(1)
		switch {
		case c[0] == '\n':
			if err := style(); err != nil {
				return nil, err
			}
			var err error
			if now.text, err = p.read(line); err != nil {
				return nil, err
			}
			p.lines = append(p.lines, now)
			line = nil
			continue
		case c[0] >= 0x20 && c[0] != 0x7F:
			line = append(line, c[0])
			continue
		case c[0] != 0x1B && c[0] != 0x1C && c[0] != 0x1D:
			return nil, fmt.Errorf("control byte %02X", c[0])
		}
		op, err := take(1)
		if err != nil {
			return nil, err
		}
		if len(line) > 0 {
			return nil, fmt.Errorf("command %02X %02X in the middle of a line", c[0], op[0])
		}
		name := string([]byte{map[byte]byte{0x1B: 'E', 0x1C: 'F', 0x1D: 'G'}[c[0]], op[0]})
		var arg []byte
		if n, ok := map[string]int{
			"E@": 0, "Ea": 1, "EE": 1, "EM": 1, "ER": 1, "Et": 1, "Ed": 1, "Ep": 3,
			"F&": 0, "F.": 0, "FS": 2, "F!": 1, "FC": 1,
			"G!": 1, "Ga": 1, "Gr": 1, "GV": 2, "Gv": 6, "G(": 3, "GH": 1, "Gf": 1, "Gh": 1, "Gw": 1, "Gk": 2,
		}[name]; !ok {
			return nil, fmt.Errorf("unknown command %02X %02X", c[0], op[0])
		} else if arg, err = take(n); err != nil {
			return nil, err
		}
		switch name {
		case "E@":
			p.resets++
		case "Ea":
			now.align = receipts.Align(arg[0])
		case "EE":
			now.bold = arg[0] == 1
		case "EM":
			fontB = arg[0] == 1
		case "Et":
			p.page = int(arg[0])
		case "ER", "FS", "Ga":
			if len(bytes.Trim(arg, "\x00")) > 0 {
				return nil, fmt.Errorf("%s % X", name, arg)
			}
		case "Ed":
			p.fed += int(arg[0])
		case "Ep":
			p.pulses++
		case "F&":
			p.chinese = true
		case "F.":
			p.chinese = false
		case "FC":
			p.system = int(arg[0])
		case "F!":
			fsSize = arg[0]
		case "GH", "Gf", "Gh", "Gw":
			bars[strings.IndexByte("Hfhw", name[1])] = arg[0]
		case "Gk":
			data, err := take(int(arg[1]))
			if err != nil {
				return nil, err
			}
			text, err := bars128(data)
			if err != nil || arg[0] != 73 || bars[0] != 2 || bars[1] != 1 || now.align != receipts.Centre {
				return nil, fmt.Errorf("barcode %d % X, %v, %v", arg[0], data, bars, err)
			}
			p.lines = append(p.lines, printed{bars: text, dots: int(bars[3])})
		case "G!":
			gsSize = arg[0]
		case "Gr":
			p.asked++
		case "GV":
			p.cuts = append(p.cuts, arg[0])
		case "Gv":
			w, h := int(arg[2])+int(arg[3])<<8, int(arg[4])+int(arg[5])<<8
			pix, err := take(w * h)
			if err != nil {
				return nil, err
			}
			if arg[0] != '0' || arg[1] != 0 || w*8 > sheet.Dots || h > 255 || now.align != receipts.Left {
				return nil, fmt.Errorf("picture % X at alignment %d", arg, now.align)
			}
			b := raster.New(sheet.Dots, h)
			for y := range h {
				copy(b.Pix[y*b.Stride():], pix[y*w:(y+1)*w])
			}
			p.lines = append(p.lines, printed{picture: b})
		case "G(":
			n := int(arg[1]) + int(arg[2])<<8
			body, err := take(n)
			if err != nil {
				return nil, err
			}
			if arg[0] != 'k' || n < 3 || body[0] != '1' {
				return nil, fmt.Errorf("GS ( % X % X", arg, body)
			}
			switch body[1] {
			case 'A':
				qrModel = body[2] == '2'
			case 'C':
				qrDots = int(body[2])
			case 'E':
				if body[2] != '1' {
					return nil, fmt.Errorf("error correction %c", body[2])
				}
			case 'P':
				stored = string(body[3:])
			case 'Q':
				if !qrModel || now.align != receipts.Centre {
					return nil, errors.New("code of another model, or not centred")
				}
				p.lines = append(p.lines, printed{qr: stored, dots: qrDots})
			default:
				return nil, fmt.Errorf("QR function %c", body[1])
			}
		}
	}
	if len(line) > 0 {
		return nil, errors.New("the job ends inside a line")
	}
	return p, nil
}

// bars128 reads the data of GS k 73.
func bars128(data []byte) (string, error) {
	var out []byte
	set := byte(0)
	for i := 0; i < len(data); i++ {
		switch b := data[i]; {
		case b == '{' && i+1 < len(data) && (data[i+1] == 'B' || data[i+1] == 'C'):
			i++
			if set == data[i] {
				return "", errors.New("change to the set that is on")
			}
			set = data[i]
		case set == 'C' && b < 100:
			out = fmt.Appendf(out, "%02d", b)
		case set == 'B' && b == '{' && i+1 < len(data) && data[i+1] == '{':
			i++
			out = append(out, '{')
		case set == 'B' && b >= 0x20 && b < 0x7F && b != '{':
			out = append(out, b)
		default:
			return "", fmt.Errorf("byte %02X in set %q", b, set)
		}
	}
	return string(out), nil
}

// read is a line in the character set that is on.
func (p *paper) read(line []byte) (string, error) {
	var out []rune
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case b < 0x7F:
			out = append(out, rune(b))
		case p.chinese && p.country == japanese.ShiftJIS && (p.system != 1 || p.page != 1):
			return "", errors.New("Japanese without FS C 1 and ESC t 1")
		case p.chinese && p.country == japanese.ShiftJIS && b >= 0xA1 && b <= 0xDF:
			out = append(out, kana{}.DecodeByte(b))
		case p.chinese && p.country != nil:
			if i+1 == len(line) || line[i+1] < 0x40 {
				return "", fmt.Errorf("half a character in % X", line)
			}
			s, err := p.country.NewDecoder().Bytes(line[i : i+2])
			if err != nil {
				return "", err
			}
			out = append(out, []rune(string(s))...)
			i++
		case p.page >= 0 && !p.chinese:
			out = append(out, pagesByNumber[p.page].DecodeByte(b))
		default:
			return "", fmt.Errorf("byte %02X without a character set", b)
		}
	}
	return string(out), nil
}

// python are two code pages as Python's codecs print them, with gaps as "?":
//
//	bytes(range(128, 256)).decode(name, "replace")
type python string

func (p python) DecodeByte(b byte) rune {
	r := []rune(pythonPages[p])[b-0x80]
	if r == '?' {
		return utf8.RuneError
	}
	return r
}

var pythonPages = map[python]string{
	"cp857": "ÇüéâäàåçêëèïîıÄÅÉæÆôöòûùİÖÜø£ØŞşáíóúñÑĞğ¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ºªÊËÈ?ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµ?×ÚÛÙìÿ¯´\u00AD±?¾¶§÷¸°¨·¹³²■\u00A0",
	"cp737": "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρσςτυφχψ░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀ωάέήϊίόύϋώΆΈΉΊΌΎΏ±≥≤ΪΫ÷≈°∙·√ⁿ²■\u00A0",
}
