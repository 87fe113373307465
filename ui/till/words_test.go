package till

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ringup/payments"
)

// All that a cashier reads about a sale stands in testdata/words.golden.md, for
// a person to review against what is known at that moment. After a change:
//
//	go test ./ui/till -run Words -update
//
// and read what differs.
var update = flag.Bool("update", false, "write the golden files anew")

var tongues = []string{"en", "zh-Hans"}

// screen is what is shown of a situation in one language.
type screen struct {
	title, detail, tag, task string
	face                     Face
	tagFace                  Face
	actions                  []Action
	next                     Action
}

func (t *Till) screenOf(s situation) screen {
	tell, task := t.Tell(s.sale, s.progress), t.task(s.sale, s.progress)
	if !s.sale.Open() { // it stands in no list of tasks
		task.Text, task.Action = tell.Detail, ""
	}
	return screen{tell.Title, tell.Detail, task.Tag.Text, task.Text, tell.Face, task.Tag.Face, tell.Actions, task.Action}
}

// inTongues calls what with a till that speaks each language in turn.
func inTongues(t *testing.T, shop *Till, what func(language string)) {
	t.Helper()
	for _, language := range tongues {
		if err := shop.SetLanguage(language); err != nil {
			t.Fatal(err)
		}
		what(language)
	}
}

// screens are all situations in all languages: the locked ones by a till whose
// journal failed.
func screens(t *testing.T) ([]situation, map[string][]screen) {
	t.Helper()
	if shown != nil {
		return all, shown
	}
	all, shown = situations(), map[string][]screen{}
	for _, language := range tongues {
		open, locked := insideTraining(t), insideTraining(t)
		for _, shop := range []*Till{open, locked} {
			if err := shop.SetLanguage(language); err != nil {
				t.Fatal(err)
			}
		}
		if err := locked.desk.Note("", payments.Note{Topic: "a\x00b"}); err == nil { // any failed write
			t.Fatal("not locked")
		}
		for _, s := range all {
			shop := open
			if s.locked {
				shop = locked
			}
			shown[language] = append(shown[language], shop.screenOf(s))
		}
	}
	return all, shown
}

// What screens found out, once for all tests.
var (
	all   []situation
	shown map[string][]screen
)

// Each text claims no more than is known, says what is to be done, and holds
// nothing that isn't a word.
func TestWordsClaimWhatIsKnown(t *testing.T) {
	all, shown := screens(t)
	if len(all) < 1000 {
		t.Fatalf("only %d situations", len(all))
	}
	seen := map[string]bool{}
	for language, list := range shown {
		for i, w := range list {
			s := all[i]
			for _, complaint := range complaints(language, s, w) {
				line := hide(fmt.Sprintf("%s: %s\n\t%s | %s", language, complaint, w.title, w.detail), s.result)
				if !seen[line] {
					seen[line] = true
					t.Errorf("%s, %s, %q: %s", s.group, s.name, s.result, line)
				}
			}
		}
	}
	t.Logf("%d situations in %d languages", len(all), len(shown))
}

// complaints is what is wrong with what is shown of a situation.
func complaints(language string, s situation, w screen) (list []string) {
	for _, text := range []string{w.title, w.detail, w.tag, w.task} {
		for _, f := range flaws(text) {
			list = append(list, text+" "+f)
		}
	}
	if most := 340; len(w.detail) > most && language == "en" {
		list = append(list, fmt.Sprintf("is %d letters long, nobody reads that in a queue", len(w.detail)))
	}
	has := claimsOf(language, w.title+"\n"+w.detail)
	says := func(c claim) bool { return slices.Contains(has, c) }
	must := func(c claim) {
		if !says(c) {
			list = append(list, "does not say: "+string(c))
		}
	}
	never := func(c claim) {
		if says(c) {
			list = append(list, "says: "+string(c))
		}
	}
	for _, o := range opposites {
		if says(o[0]) && says(o[1]) {
			list = append(list, fmt.Sprintf("says both %q and %q", o[0], o[1]))
		}
	}
	refunding := openRefund(s.sale) != nil && s.sale.State().Holds() && !s.sale.Speaker().Contested
	switch s.truth() {
	case held:
		never(saysNothing)
		never(saysUnsure)
		if !says(saysPaid) && !says(saysBack) {
			list = append(list, "does not say that it is paid")
		}
		if back := s.sale.RefundedSum(); says(saysBack) != (back.Minor > 0) {
			list = append(list, "says of what went back: "+back.String())
		}
	case nothing:
		never(saysPaid)
		never(saysUnsure)
		late := len(s.sale.Attempts) > 0 && s.sale.Speaker().LateSuccess
		if late {
			must(saysBack)
			never(saysNothing)
		} else {
			must(saysNothing)
			never(saysBack)
		}
	case uncertain:
		must(saysUnsure)
		never(saysPaid)
		never(saysNothing)
		never(saysBack)
		if refunding {
			must(saysNoRepeat)
		} else {
			must(saysKeep)
		}
	}
	if s.truth() != held && !step[language].MatchString(w.detail) {
		list = append(list, "does not say what to do")
	}
	if (w.face == FacePaid) != (s.truth() == held && (s.sale.RefundedSum().IsZero() || !s.sale.Left().IsZero())) {
		list = append(list, "wears the face "+string(w.face))
	}
	if w.face == FaceNotPaid && s.truth() != nothing {
		list = append(list, "wears the face "+string(w.face))
	}
	// The list's tag and text stand alone, without title and buttons.
	inList := claimsOf(language, w.tag+"\n"+w.task)
	if s.truth() == uncertain {
		if slices.Contains(inList, saysPaid) || slices.Contains(inList, saysNothing) || slices.Contains(inList, saysBack) {
			list = append(list, fmt.Sprintf("claims in the list: %v in %q %q", inList, w.tag, w.task))
		}
		if !refunding && !slices.Contains(inList, saysKeep) {
			list = append(list, "does not say in the list to keep the goods: "+w.task)
		}
	}
	if slices.Contains(w.actions, ActAgain) && s.truth() != nothing && s.sale.Speaker().State != payments.AttemptCancelSeen {
		list = append(list, "offers to charge again")
	}
	return list
}

// Both languages claim the same, text by text.
func TestWordsClaimTheSameInBothLanguages(t *testing.T) {
	all, shown := screens(t)
	seen := map[string]bool{}
	for i, s := range all {
		e, z := shown["en"][i], shown["zh-Hans"][i]
		for _, pair := range [][2]string{{e.title + "\n" + e.detail, z.title + "\n" + z.detail}, {e.tag, z.tag}, {e.task, z.task}} {
			en, zh := claimsOf("en", pair[0]), claimsOf("zh-Hans", pair[1])
			if key := hide(pair[0], s.result); !slices.Equal(en, zh) && !seen[key] {
				seen[key] = true
				t.Errorf("%s, %s, %s:\n\ten %v %s\n\tzh %v %s", s.group, s.name, s.result, en, pair[0], zh, pair[1])
			}
		}
		if !slices.Equal(e.actions, z.actions) || e.face != z.face || e.tagFace != z.tagFace || e.next != z.next {
			t.Errorf("%s, %s, %s: shown differently", s.group, s.name, s.result)
		}
	}
}

func TestWordsAreThoseThatWereReviewed(t *testing.T) {
	var out bytes.Buffer
	out.WriteString("# What a cashier reads of a sale\n\nMade by the tests of ui/till; every text with the states and result codes that lead to it. WHY stands for what the last result means, which the next chapter lists; CODE for a result code, as support asks for it.\n")
	all, shown := screens(t)
	writeScreens(&out, all, shown)
	out.WriteString("\n# What a result means: WHY\n")
	writeLines(&out, meanings())
	out.WriteString("\n# What is said of a refund\n")
	writeLines(&out, refundLines())
	out.WriteString("\n# A sale's story\n")
	writeLines(&out, storyLines())
	out.WriteString("\n# What waits to be seen\n")
	writeLines(&out, alarmLines())
	out.WriteString("\n# What is said of an error\n")
	writeLines(&out, errorLines())
	golden(t, "words.golden.md", out.Bytes())
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	have, old := strings.Split(string(got), "\n"), strings.Split(strings.ReplaceAll(string(want), "\r\n", "\n"), "\n")
	for i := range max(len(have), len(old)) {
		h, o := "(nothing)", "(nothing)"
		if i < len(have) {
			h = have[i]
		}
		if i < len(old) {
			o = old[i]
		}
		if h != o {
			t.Fatalf("%s, line %d, differs from what was reviewed; the first difference:\n\twas %s\n\tis  %s", path, i+1, o, h)
		}
	}
}

// writeScreens writes each distinct screen once, under the group in which it is
// met first, with all that lead to it.
func writeScreens(out *bytes.Buffer, all []situation, shown map[string][]screen) {
	type entry struct {
		text  string
		group string
		when  []string
		codes map[string][]string
	}
	results := map[string]map[string]bool{} // by group and name
	byText := map[string]*entry{}
	var order []*entry
	for i, s := range all {
		key := s.group + ": " + s.name
		if results[key] == nil {
			results[key] = map[string]bool{}
		}
		results[key][s.result] = true
		text := ""
		for _, language := range tongues {
			w := shown[language][i]
			one := fmt.Sprintf("- %s: **%s** %s", language, w.title, w.detail)
			if w.task != w.detail {
				one += fmt.Sprintf(" (in the list: %s)", w.task)
			}
			text += hide(one, s.result) + "\n"
		}
		w, z := shown["en"][i], shown["zh-Hans"][i]
		head := fmt.Sprintf("%s · tag %s / %s (%s)", w.face, w.tag, z.tag, w.tagFace)
		if len(w.actions) > 0 {
			head += fmt.Sprintf(" · buttons %v", w.actions)
		}
		text = head + "\n" + text
		e := byText[s.group+text]
		if e == nil {
			e = &entry{text: text, group: s.group, codes: map[string][]string{}}
			byText[s.group+text] = e
			order = append(order, e)
		}
		if e.codes[key] == nil {
			e.when = append(e.when, key)
		}
		e.codes[key] = append(e.codes[key], s.result)
	}
	group := ""
	for _, e := range order {
		if e.group != group {
			group = e.group
			fmt.Fprintf(out, "\n## %s\n", group)
		}
		head, rest, _ := strings.Cut(e.text, "\n")
		fmt.Fprintf(out, "\n### %s\n\n%s", head, rest)
		var lists []string
		by := map[string][]string{}
		for _, key := range e.when {
			list := listed(e.codes[key], results[key])
			if by[list] == nil {
				lists = append(lists, list)
			}
			by[list] = append(by[list], strings.TrimPrefix(key, e.group+": "))
		}
		for _, list := range lists {
			fmt.Fprintf(out, "- when %s%s\n", strings.Join(by[list], "; "), list)
		}
	}
}

// listed names the results that lead to one text, of all that there are.
func listed(codes []string, of map[string]bool) string {
	var all []string
	for c := range of {
		all = append(all, c)
	}
	has := func(c string) bool { return slices.Contains(codes, c) }
	with, without := parted(all, has)
	switch {
	case len(of) == 1 && has(""):
		return ""
	case len(of) > 5 && len(without) == 0:
		return ": any result"
	case len(of) > 5 && len(with) > len(without):
		return ": any result but " + strings.Join(without, ", ")
	}
	return ": " + strings.Join(with, ", ")
}

// parted sorts codes by whether they are in, and has a name for none.
func parted(codes []string, in func(string) bool) (with, without []string) {
	slices.Sort(codes)
	for _, c := range codes {
		to := &without
		if in(c) {
			to = &with
		}
		if c == "" {
			c = "none yet"
		}
		*to = append(*to, c)
	}
	return with, without
}

var whys = map[string][]string{}

// hide puts WHY for what a result means, and CODE for the result itself, so that
// texts that differ by nothing else fold.
func hide(text, result string) string {
	if whys[result] == nil {
		for _, language := range tongues {
			b := Books{book: bookOf(language)}
			whys[result] = append(whys[result], b.doubt(result), b.why(result), b.whyNoRefund(result))
		}
	}
	for _, why := range whys[result] {
		text = strings.ReplaceAll(text, why, "WHY")
	}
	if result == "" {
		return text
	}
	return strings.ReplaceAll(text, result, "CODE")
}

// meanings are what each result means: while nothing is certain, and at the end.
func meanings() (lines []line) {
	add := func(group string, results []string, say func(b *Books, result string) string) {
		for _, r := range results {
			lines = append(lines, line{group, "", r, inBoth(func(b *Books) string {
				if r == "" {
					return say(b, r)
				}
				return strings.ReplaceAll(say(b, r), r, "CODE")
			})})
		}
	}
	add("While it is not certain how a payment or refund ends", whileOpen, (*Books).doubt)
	add("When a payment has ended unpaid", endsUnpaid, (*Books).why)
	add("When a refund has ended without giving back", endsRefused, (*Books).whyNoRefund)
	return lines
}

// line is one text in both languages, and what leads to it.
type line struct {
	group, name, result string
	text                [2]string
}

// writeLines writes each distinct text once.
func writeLines(out *bytes.Buffer, lines []line) {
	type key struct {
		group string
		text  [2]string
	}
	names := map[key][]string{}
	codes := map[key]map[string][]string{}
	results := map[string]map[string]bool{} // by group and name
	var order []key
	for _, l := range lines {
		k := key{l.group, l.text}
		if codes[k] == nil {
			codes[k] = map[string][]string{}
			order = append(order, k)
		}
		if codes[k][l.name] == nil {
			names[k] = append(names[k], l.name)
		}
		codes[k][l.name] = append(codes[k][l.name], l.result)
		if results[l.group+l.name] == nil {
			results[l.group+l.name] = map[string]bool{}
		}
		results[l.group+l.name][l.result] = true
	}
	group := ""
	for _, k := range order {
		if k.group != group {
			group = k.group
			fmt.Fprintf(out, "\n## %s\n", group)
		}
		var when []string
		for _, name := range names[k] {
			when = append(when, strings.TrimPrefix(name+listed(codes[k][name], results[k.group+name]), ": "))
		}
		fmt.Fprintf(out, "\n- en: %s\n- zh-Hans: %s\n- when %s\n", k.text[0], k.text[1], strings.Join(when, "; "))
	}
}
