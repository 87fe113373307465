package till

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A claim is something that a text says about money, goods or what to do.
type claim string

const (
	saysPaid      claim = "paid"          // the shop holds the money
	saysNothing   claim = "nothing taken" // the customer was not charged
	saysBack      claim = "gone back"     // money went back to the customer
	saysNoRefund  claim = "nothing back"  // no money went back
	saysUnsure    claim = "not certain"
	saysKeep      claim = "keep the goods"
	saysNoRepeat  claim = "do not repeat" // charge or refund again, or cash
	saysNotByThis claim = "not by this"   // what was just tried moved nothing; no word about a sale
	saysUnchanged claim = "unchanged"     // nothing was changed, written, printed or decided
	saysOwner     claim = "tell the owner"
	saysScan      claim = "scan a code"
	saysItself    claim = "by itself"
	saysSupport   claim = "support"
)

// word is how a claim sounds. What it matches is cut out before the next one
// is looked for, so that "whether the customer paid" is no "paid": what hedges
// stands first.
type word struct {
	says claim
	find *regexp.Regexp
}

func vocabulary(rows ...[2]string) (list []word) {
	for _, r := range rows {
		list = append(list, word{claim(r[0]), regexp.MustCompile(r[1])})
	}
	return list
}

// words are the claim words of each language.
var words = map[string][]word{
	"en": vocabulary(
		[2]string{string(saysKeep), `(?i)keep the goods|keep its goods|do not hand over the goods|give no goods`},
		// Hedges and conditions: they claim nothing, or that nothing is certain.
		[2]string{string(saysUnsure), `(?i)not known (yet|how|whether)[^.:,;]*|settles nothing|did not confirm|not certain( whether[^.:,;]*)?|not confirmed yet|not (been )?confirmed|not final yet|has not answered yet|could not be given back yet|Not settled yet|not settled|does not stand as paid[^.,]*`},
		[2]string{"", `(?i)Giving money back|If the customer has just paid, the sale is paid|If the customer paid|the customer paid (after the sale was given up|too late)|The customer paid, and Alipay says|if money was taken|Only a sale that stands as paid|paid or under way|If the customer has them already, the owner keeps the money; otherwise it is given back|so that the money goes back|the money (is to|can) go back|may still take the money back|gives? it back|gives the money back|give (it|the money|money|this money|back) ?(back)?|to give back`},
		[2]string{string(saysNotByThis), `(?i)no money (has )?moved by this`},
		[2]string{string(saysNothing), `(?i)nothing was charged|not charged|no money (has )?moved|nothing was sent|\bnot paid\b|nothing stays charged|it was not paid|was not given`},
		[2]string{string(saysNoRefund), `(?i)nothing was given back|no refund was begun|not refunded`},
		[2]string{string(saysNoRepeat), `(?i)do not (charge|refund|repeat|do)[^.;,]*|nobody is to pay twice|charge nothing more|give no cash back|do not give cash back`},
		[2]string{string(saysBack), `(?i)went back|money given back|\brefunded\b|money back\b`},
		[2]string{string(saysPaid), `(?i)\bpaid\b|is (still )?held|hold a payment|books hold`},
		[2]string{string(saysUnchanged), `(?i)nothing was (changed|written|decided|begun)|was not touched|nothing was printed|payment is not affected`},
		[2]string{string(saysOwner), `(?i)owner`},
		[2]string{string(saysScan), `(?i)\bscan\b|fresh code|new code`},
		[2]string{string(saysItself), `(?i)by itself|keeps (asking|trying)|goes on asking|follows it|is finding out|finds out|waits for it`},
		[2]string{string(saysSupport), `(?i)for support|call support|tell support`},
	),
	"zh-Hans": vocabulary(
		[2]string{string(saysKeep), `请勿交货|请先不要交货|请勿为这笔付款交货`},
		[2]string{string(saysUnsure), `还?不知道[^。，；]*|还不确定[^。，；]*|尚未(最终)?确认|尚未确定|尚未应答|还没有应答|还没有结果|还没有退成|没有确认|不能说明结果|尚未结清|没有确定的收款|结果未知`},
		[2]string{"", `如果顾客刚刚付款，则记为收款|如果顾客已付款|顾客在放弃收款之(后|后才)才?付款|顾客付过款|如果扣了款|只有已确定收款的交易|已成功或进行中|由店主决定收下这笔钱；否则退还顾客|正在撤销以退还(这笔钱)?|仍可能退回钱款|可以通过退款退回|会把钱退还顾客|钱会退还顾客`},
		[2]string{string(saysNotByThis), `资金没有因此变动`},
		[2]string{string(saysNothing), `没有扣款|不会扣款|没有重复扣款|资金没有变动|没有资金变动|请求没有发出|未付款|没有收款`},
		[2]string{string(saysNoRefund), `没有退款|退款未成功|没有完成`},
		[2]string{string(saysNoRepeat), `请勿(再次|重复)[^。；，]*|也?请勿再次[^。；，]*|请不要退现金|也?不要再次退款|以免重复付款|就不要再收|再作处理`},
		[2]string{string(saysBack), `已退还|已退回|已退款|已全额退款|已退 |钱已退`},
		[2]string{string(saysPaid), `已付款|已收款|已经收款|仍持有|已在店铺账上|已有收款|确认已付款|按已收款`},
		[2]string{string(saysUnchanged), `没有任何改变|没有写入任何内容|没有作出决定|未作改动|不影响付款`},
		[2]string{string(saysOwner), `店主`},
		[2]string{string(saysScan), `扫码|扫描|扫一|扫新的|再扫|请扫|新的付款码|刷新付款码`},
		[2]string{string(saysItself), `自动|会继续|跟进|正在查明|会查明|等待结果|继续尝试|继续查询`},
		[2]string{string(saysSupport), `技术支持`},
	),
}

// known is what was found out of texts before: many states share a sentence.
var known sync.Map

// claimsOf are the claims of a text, sorted, each once.
func claimsOf(language, text string) []claim {
	key := language + ": " + text
	if list, ok := known.Load(key); ok {
		return list.([]claim)
	}
	list := readClaims(language, text)
	known.Store(key, list)
	return list
}

func readClaims(language, text string) []claim {
	var list []claim
	for _, w := range words[language] {
		if w.find.MatchString(text) {
			if w.says != "" {
				list = append(list, w.says)
			}
			text = w.find.ReplaceAllString(text, " ~ ")
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// step finds whether a text says what to do next, or that there is nothing to.
var step = map[string]*regexp.Regexp{
	"en":      regexp.MustCompile(`(?i)\b(keep|ask|scan|tell|call|wait|try|check|look|choose|charge a|settle|refund a|refund all|refund it|use|copy|make|import|install|close|free|give|set|put in|switch|write it|run|start|open|key it|key in|clear|confirm|mend|take their|print|have a|look at|do not|you can|the till (asks|tries|follows|waits|is finding|keeps)|goes on|nothing (is )?lost|nothing more to do|press|read)\b`),
	"zh-Hans": regexp.MustCompile(`请|可以|会自动|会继续|无需|可先|按 Esc|正在等待|会跟进`),
}

// opposites are claims that can't stand together on one screen.
var opposites = [][2]claim{{saysPaid, saysNothing}, {saysPaid, saysUnsure}, {saysNothing, saysUnsure}, {saysNothing, saysBack}, {saysBack, saysUnsure}, {saysBack, saysNoRefund}, {saysPaid, saysKeep}, {saysNothing, saysKeep}}

// raw is what no text may hold: a value that was never put in, an empty one,
// a key, an error of Go's, two sentences without their blank.
var raw = regexp.MustCompile(`: \)|：）|\{|\}|%!|\(\)|（）|^\s|\s$|  |“”|\bnil\b|^[a-z_]+(\.[a-z_A-Z]+)+$| [.,;:](\s|$)| [。，；]|[a-z]\.[A-Z]|。\s|，，|。。`)

// code finds a bare result code; what stands in brackets is for support.
var (
	bareCode   = regexp.MustCompile(`\b[A-Z]{3,}_[A-Z_]+\b`)
	forSupport = regexp.MustCompile(`\([^()]*\)|（[^（）]*）`)
)

// flaws is what is wrong with the form of a text.
func flaws(text string) []string {
	if list, ok := known.Load(text); ok {
		return list.([]string)
	}
	list := findFlaws(text)
	known.Store(text, list)
	return list
}

func findFlaws(text string) (list []string) {
	if text == "" {
		return []string{"is empty"}
	}
	if m := raw.FindString(text); m != "" {
		list = append(list, "holds "+strings.TrimSpace(`"`+m+`"`))
	}
	if m := bareCode.FindString(forSupport.ReplaceAllString(text, "")); m != "" {
		list = append(list, "shows the code "+m)
	}
	return list
}
