package phrases

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ringup/assets"
)

func TestOpenSlipFindsTheNearestLanguage(t *testing.T) {
	for _, c := range []struct{ asked, want string }{
		{"en", "en"},
		{"ja", "ja"},
		{"ja_JP.UTF-8", "ja"},
		{"th-TH", "th"},
		{"ko", "ko"},
		{"zh-Hans", "zh-Hans"},
		{"zh-CN", "zh-Hans"},
		{"zh-Hant", "zh-Hant"},
		{"zh-TW", "zh-Hant"},
		{"zh-Hant-HK", "zh-Hant"},
		{"tlh", "en"},
		{"", "en"},
	} {
		t.Run(fmt.Sprintf("%q opens %s", c.asked, c.want), func(t *testing.T) {
			book, err := OpenSlip(c.asked)
			if err != nil {
				t.Fatal(err)
			}
			if book.Language() != c.want {
				t.Errorf("opened %s", book.Language())
			}
		})
	}
}

// Languages that only slips come in are none that the program can be in.
func TestSlipLanguagesAreNotTheProgrammes(t *testing.T) {
	names := map[string]string{}
	for _, tag := range SlipLanguages() {
		book, err := OpenSlip(tag)
		if err != nil || book.Language() != tag {
			t.Errorf("%s opened %v, %v", tag, book, err)
			continue
		}
		name := book.Say("slip.language")
		if !book.Has("slip.language") || names[name] != "" {
			t.Errorf("%s has no name of its own: %q", tag, name)
		}
		names[name] = tag
	}
	for _, tag := range []string{"ja", "ko", "th", "zh-Hant"} {
		if !slices.Contains(SlipLanguages(), tag) || slices.Contains(Languages(), tag) {
			t.Errorf("%s: slips in %v, program in %v", tag, SlipLanguages(), Languages())
		}
	}
}

// Every language of slips says exactly what a slip says in English. No phrase of
// a slip holds a value, so that two languages beside each other never say it
// twice; and none cries out.
func TestEverySlipLanguageSaysTheSame(t *testing.T) {
	var keys []string
	for key := range texts(t, Fallback) {
		if strings.HasPrefix(key, "slip.") {
			keys = append(keys, key)
		}
	}
	if len(keys) < 50 {
		t.Fatalf("only %d phrases", len(keys))
	}
	for _, tag := range SlipLanguages() {
		t.Run(tag, func(t *testing.T) {
			book, err := OpenSlip(tag)
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range keys {
				text := book.Say(key)
				if !book.Has(key) {
					t.Errorf("%s is missing", key)
				} else if strings.ContainsAny(text, "{}!！") || text == "" || strings.TrimSpace(text) != text {
					t.Errorf("%s is %q", key, text)
				}
			}
			if slices.Contains(Languages(), tag) {
				return
			}
			raw, err := assets.SlipLanguages.ReadFile(slipFolder + "/" + tag + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var own map[string]string
			if err := json.Unmarshal(raw, &own); err != nil {
				t.Fatal(err)
			}
			for key := range own {
				if !slices.Contains(keys, key) {
					t.Errorf("%s is not in %s", key, Fallback)
				}
			}
			if n := strings.Count(string(raw), "\"slip."); n != len(keys) {
				t.Errorf("%d keys stand in the file, %d are different", n, len(keys))
			}
		})
	}
}
