// Package phrases turns a key into a sentence that a person reads, in the
// person's language. The texts are data in assets/languages; no other package
// holds a sentence. How they are written: say what happened, whether money
// moved, and what to do next, in words that a cashier uses; no codes but the
// ones support asks for; no exclamation marks, no blame.
package phrases

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"sort"
	"strings"

	"golang.org/x/text/language"

	"ringup/assets"
)

// Fallback is the language that every key exists in.
const Fallback = "en"

// Book is all phrases of one language.
type Book struct {
	language string
	texts    map[string]string
}

// Languages lists the languages that exist, by their BCP 47 tags, sorted.
func Languages() []string {
	tags := list(assets.Languages, "languages")
	if len(tags) == 0 {
		return []string{Fallback}
	}
	return tags
}

// list names the languages whose files lie in a folder, sorted.
func list(files embed.FS, folder string) (tags []string) {
	entries, _ := files.ReadDir(folder) // it can only be missing, and then holds none
	for _, e := range entries {
		if !e.IsDir() {
			tags = append(tags, strings.TrimSuffix(e.Name(), path.Ext(e.Name())))
		}
	}
	sort.Strings(tags)
	return tags
}

// Open is the book of a language, or of the nearest one that exists: "zh_CN"
// and "zh-Hant" open zh-Hans, what is unknown opens English. The error is only
// for a language file that can't be read.
func Open(tag string) (*Book, error) {
	tag = nearest(tag, Languages())
	return read(assets.Languages, "languages/", tag)
}

func read(files embed.FS, folder, tag string) (*Book, error) {
	raw, err := files.ReadFile(folder + tag + ".json")
	if err != nil {
		return nil, fmt.Errorf("language %s: %w", tag, err)
	}
	texts := map[string]string{}
	if err := json.Unmarshal(raw, &texts); err != nil {
		return nil, fmt.Errorf("language %s: %w", tag, err)
	}
	return &Book{tag, texts}, nil
}

// nearest is the one of these languages that fits best what a system or a
// settings file calls a language.
func nearest(wanted string, languages []string) string {
	// POSIX writes zh_CN.UTF-8@pinyin where BCP 47 writes zh-CN.
	wanted, _, _ = strings.Cut(strings.SplitN(wanted, ".", 2)[0], "@")
	names := []string{Fallback}
	for _, name := range languages {
		if name != Fallback {
			names = append(names, name)
		}
	}
	tags := make([]language.Tag, len(names))
	for i, name := range names {
		tags[i] = language.Make(name)
	}
	_, i, sure := language.NewMatcher(tags).Match(language.Make(strings.ReplaceAll(wanted, "_", "-")))
	if sure == language.No {
		return Fallback
	}
	return names[i]
}

// Language is the book's BCP 47 tag, such as "en" or "zh-Hans".
func (b *Book) Language() string { return b.language }

// Has reports whether the book has a text for key.
func (b *Book) Has(key string) bool { _, ok := b.texts[key]; return ok }

// Say is the text of key with each {name} replaced: pairs are name, value,
// name, value. A key without a text is shown as it is, so that nothing is ever
// blank; a test keeps that from happening.
func (b *Book) Say(key string, pairs ...any) string {
	text, ok := b.texts[key]
	if !ok {
		return key
	}
	if len(pairs) == 0 {
		return text
	}
	old := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		old = append(old, fmt.Sprintf("{%v}", pairs[i]), fmt.Sprint(pairs[i+1]))
	}
	return strings.NewReplacer(old...).Replace(text)
}
