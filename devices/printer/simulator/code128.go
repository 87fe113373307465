package simulator

import (
	"errors"
	"fmt"
)

// code128Widths are the widths of bars and spaces of the symbol characters 0 to
// 105, and of the stop (ISO/IEC 15417, table 1).
var code128Widths = [107]string{
	"212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213",
	"221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132",
	"221231", "213212", "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211",
	"212123", "212321", "232121", "111323", "131123", "131321", "112313", "132113", "132311", "211313",
	"231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121", "313121", "211331",
	"231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
	"314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214",
	"112412", "122114", "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111",
	"111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
	"214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311", "113141",
	"114131", "311141", "411131", "211412", "211214", "211232", "2331112",
}

var errNoCodeSet = errors.New("it doesn't begin with a code set: {A, {B or {C")

// code128 reads the data of GS k 73, in which {A {B {C choose the code set, {S
// shifts for one character, {1 to {4 are functions and {{ is a brace, and makes
// the bars of it: true is black. Text is what a scanner reads.
func code128(p []byte) (bars []bool, text string, err error) {
	const start = 103 - 'A'
	if len(p) < 2 || p[0] != '{' || p[1] < 'A' || p[1] > 'C' {
		return nil, "", errNoCodeSet
	}
	set := p[1]
	symbols := []int{int(set) + start}
	var said []byte
	shifted := false
	for i := 2; i < len(p); i++ {
		now := set
		if shifted {
			now, shifted = 'A'+'B'-set, false
		}
		b := p[i]
		if b == '{' {
			i++
			if i == len(p) {
				return nil, "", errors.New("it ends with {")
			}
			switch e := p[i]; {
			case e >= 'A' && e <= 'C':
				if e != set {
					symbols = append(symbols, map[byte]int{'A': 101, 'B': 100, 'C': 99}[e])
				}
				set = e
				continue
			case e == 'S' && set != 'C':
				symbols, shifted = append(symbols, 98), true
				continue
			case e == '1':
				symbols = append(symbols, 102)
				continue
			case (e == '2' || e == '3') && set != 'C':
				symbols = append(symbols, map[byte]int{'2': 97, '3': 96}[e])
				continue
			case e == '4' && set != 'C':
				symbols = append(symbols, map[byte]int{'A': 101, 'B': 100}[set])
				continue
			case e != '{' || set == 'C':
				return nil, "", fmt.Errorf("no {%c in code set %c", e, set)
			}
		}
		switch {
		case now == 'C' && b < 100:
			symbols = append(symbols, int(b))
			said = fmt.Appendf(said, "%02d", b)
		case now == 'A' && b < 0x60, now == 'B' && b >= 0x20 && b < 0x80:
			v := int(b) - 0x20
			if b < 0x20 {
				v = int(b) + 64
			}
			symbols = append(symbols, v)
			said = append(said, b)
		default:
			return nil, "", fmt.Errorf("byte %02X is not in code set %c", b, now)
		}
	}
	if len(symbols) == 1 {
		return nil, "", errors.New("it says nothing")
	}
	check := symbols[0]
	for i, v := range symbols[1:] {
		check += (i + 1) * v
	}
	symbols = append(symbols, check%103, 106)
	for _, v := range symbols {
		black := true
		for _, w := range code128Widths[v] {
			for range w - '0' {
				bars = append(bars, black)
			}
			black = !black
		}
	}
	return bars, string(said), nil
}
