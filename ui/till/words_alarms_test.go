package till

import (
	"slices"
	"testing"

	"ringup/payments"
)

// ended are sales that are settled, with what may then be said of their money.
type ended struct {
	name string
	sale payments.Sale
	says claim
}

func endings() []ended {
	of := func(state payments.AttemptState, change ...func(*payments.Attempt)) payments.Sale {
		return saleOf(attemptOf("a", state, change...))
	}
	back := func(minor int64) payments.Sale {
		s := of(payments.AttemptPaid)
		s.Refunds = []payments.Refund{refundOf("a", minor, payments.Refunded, "SUCCESS")}
		s.Refunds[0].PaymentRequestID = "a"
		return s
	}
	return []ended{
		{"paid", of(payments.AttemptPaid), saysPaid},
		{"paid late", of(payments.AttemptPaidLate), saysPaid},
		{"not paid", of(payments.AttemptFailed), saysNothing},
		{"cancelled", of(payments.AttemptCancelled), saysNothing},
		{"cancelled after a late success", of(payments.AttemptCancelled, late), saysBack},
		{"refunded in part", back(1000), saysPaid},
		{"refunded", back(4550), saysBack},
	}
}

// alarmLines are all that stands under Attention beside the open sales.
func alarmLines() (lines []line) {
	add := func(group, name string, say func(b *Books) string) {
		lines = append(lines, line{group, name, "", inBoth(say)})
	}
	for _, k := range weights {
		add(string(k), "as a word", func(b *Books) string { return b.tagOfAlarm(k).Text })
		for _, e := range endings() {
			add(string(k), e.name, func(b *Books) string { return b.tellAlarm(k, e.sale, "inquire UNEQUAL_ANSWER") })
		}
	}
	plain := func(group, name, key string, pairs ...any) {
		add(group, name, func(b *Books) string {
			if key == "alarm.restored.found" || key == "alarm.restored.none" || key == "alarm.restored.searching" {
				return b.book.Say(key, append(pairs, "what", b.book.Say("alarm.restored."+name, "date", "2026-11-21 09:12"))...)
			}
			return b.book.Say(key, pairs...)
		})
	}
	plain("Of no sale", "as a word", "alarm.found.refund.tag")
	plain("Of no sale", "a refund", "alarm.found.refund", "text", "refund 2026112119 HK$ 10.00")
	plain("Of no sale", "another as a word", "alarm.alone.tag")
	plain("Of no sale", "another", "alarm.alone", "text", "inquire UNEQUAL_ANSWER")
	plain("Of many sales", "suspicion", "alarm.suspicion.many", "sales", 17, "number", "T1-261121-0017", "text", "inquire UNEQUAL_ANSWER")
	plain("Of many sales", "suspicion, more than are counted", "alarm.suspicion.most", "sales", 200, "number", "T1-261121-0017", "text", "inquire UNEQUAL_ANSWER")
	plain("Of many sales", "another", "alarm.many", "count", mostOfAKind, "text", "inquire UNEQUAL_ANSWER")
	plain("Of the books", "as a word", "alarm.restored.tag")
	for _, from := range []string{payments.RestoredFromCopy, payments.RestoredFromBackup} {
		plain("Of the books", from, "alarm.restored.searching")
		plain("Of the books", from, "alarm.restored.found", "found", 3)
		plain("Of the books", from, "alarm.restored.none")
	}
	plain("Of the books", "the copy as a word", "alarm.copy.tag")
	plain("Of the books", "the copy", "alarm.copy", "text", "the journal's copy: no room")
	return lines
}

// An alarm of a settled sale says how it ended and nothing else of money, and
// what to do; both languages claim the same.
func TestWordsOfAnAlarm(t *testing.T) {
	want := map[string]claim{}
	for _, e := range endings() {
		want[e.name] = e.says
	}
	money := []claim{saysPaid, saysNothing, saysBack, saysNoRefund}
	for _, l := range alarmLines() {
		en, zh := claimsOf("en", l.text[0]), claimsOf("zh-Hans", l.text[1])
		if !slices.Equal(en, zh) {
			t.Errorf("%s, %s:\n\ten %v %s\n\tzh %v %s", l.group, l.name, en, l.text[0], zh, l.text[1])
		}
		for i, language := range tongues {
			complain := func(what string) { t.Errorf("%s, %s, %s: %s: %s", language, l.group, l.name, what, l.text[i]) }
			has := claimsOf(language, l.text[i])
			for _, f := range flaws(l.text[i]) {
				complain(f)
			}
			must, ofSale := want[l.name]
			if l.name == "a refund" {
				must = saysBack
			}
			for _, c := range money {
				// What went back in part leaves the rest paid.
				if part := l.name == "refunded in part" && c == saysBack; !part && slices.Contains(has, c) != (c == must) {
					complain("is wrong about: " + string(c))
				}
			}
			if word := l.name == "as a word" || l.name == "another as a word" || l.name == "the copy as a word"; !word && !step[language].MatchString(l.text[i]) {
				complain("does not say what to do")
			}
			if ofSale && slices.Contains(has, saysUnsure) {
				complain("is not certain of a settled sale")
			}
		}
	}
}
