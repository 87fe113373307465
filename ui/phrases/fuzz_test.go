package phrases

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzOpen: whatever a system or a settings file calls its language, a book
// that exists is opened, and the same again by its own name.
func FuzzOpen(f *testing.F) {
	for _, tag := range []string{
		"", "en", "zh_CN.UTF-8", "zh-Hant", "C", "POSIX", "de_DE@euro", "x-klingon", "zh-Hans-CN-u-nu-latn", "../../en", "en\x00", "\xff", strings.Repeat("a-", 500), "und", "i-default",
	} {
		f.Add(tag)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		b, err := Open(tag)
		if err != nil || !slices.Contains(Languages(), b.Language()) || !b.Has("slip.copy") {
			t.Fatalf("%q: %v", tag, err)
		}
		if again, err := Open(b.Language()); err != nil || again.Language() != b.Language() {
			t.Fatalf("%q is %s, which is %v, %v", tag, b.Language(), again, err)
		}
	})
}

// FuzzSay: a value from outside stands in its sentence as it is, once for each
// of its places, and is never itself taken for a sentence with places.
func FuzzSay(f *testing.F) {
	for _, value := range []string{"tea", "{wallet}", "{amount}", "{", "}{", "%s%n", "\x00", "\xff", "", "{name}{name}"} {
		f.Add(value, "HK$ 1.00")
	}
	b := Book{language: "en", texts: map[string]string{"k": "a {name} b {amount} c {name} d {unknown}"}}
	f.Fuzz(func(t *testing.T, name, amount string) {
		want := "a " + name + " b " + amount + " c " + name + " d {unknown}"
		if got := b.Say("k", "name", name, "amount", amount); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
		if got := b.Say("k", "amount", amount, "name", name, "left over"); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
		if utf8.ValidString(name) && name != "k" && b.Say(name) != name {
			t.Fatalf("the key %q says %q", name, b.Say(name))
		}
	})
}
