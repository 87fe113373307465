package phrases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ringup/assets"
)

func TestOpenFindsTheNearestLanguage(t *testing.T) {
	for _, c := range []struct{ asked, want string }{
		{"en", "en"},
		{"en_GB.UTF-8", "en"},
		{"zh-Hans", "zh-Hans"},
		{"ZH-hans", "zh-Hans"},
		{"zh", "zh-Hans"},
		{"zh_CN.UTF-8", "zh-Hans"},
		{"zh-Hant-HK", "zh-Hans"},
		{"zht", "en"},
		{"C.UTF-8", "en"},
		{"POSIX", "en"},
		{"../en", "en"},
		{"", "en"},
	} {
		t.Run(fmt.Sprintf("%q opens %s", c.asked, c.want), func(t *testing.T) {
			book, err := Open(c.asked)
			if err != nil {
				t.Fatal(err)
			}
			if book.Language() != c.want {
				t.Errorf("opened %s", book.Language())
			}
		})
	}
}

func TestEveryLanguageOpensUnderItsOwnName(t *testing.T) {
	names := map[string]string{}
	for _, tag := range Languages() {
		book, err := Open(tag)
		if err != nil {
			t.Fatal(err)
		}
		if book.Language() != tag {
			t.Errorf("%s opened %s", tag, book.Language())
		}
		name := book.Say("language.name")
		if !book.Has("language.name") || names[name] != "" {
			t.Errorf("%s has no name of its own: %q", tag, name)
		}
		names[name] = tag
	}
	if !slices.Contains(Languages(), Fallback) {
		t.Errorf("the fallback %s is not one of %v", Fallback, Languages())
	}
}

func TestSay(t *testing.T) {
	book := &Book{"en", map[string]string{
		"plain": "Nothing was taken.",
		"paid":  "{amount} from {who}, of {amount}",
	}}
	for _, c := range []struct {
		name, key string
		pairs     []any
		want      string
	}{
		{"says a text as it is", "plain", nil, "Nothing was taken."},
		{"puts a value wherever its name stands", "paid", []any{"amount", "1.00", "who", "A"}, "1.00 from A, of 1.00"},
		{"writes values that are no strings", "paid", []any{"amount", 7, "who", true}, "7 from true, of 7"},
		{"leaves a value alone that looks like a name", "paid", []any{"who", "{amount}", "amount", "1.00"}, "1.00 from {amount}, of 1.00"},
		{"leaves a name without a value", "paid", []any{"who", "A"}, "{amount} from A, of {amount}"},
		{"leaves out a last name without a value", "paid", []any{"who", "A", "amount"}, "{amount} from A, of {amount}"},
		{"shows a key without a text", "unheard.of", []any{"who", "A"}, "unheard.of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := book.Say(c.key, c.pairs...); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A person may read either language, so each says all that the other says, with
// the same values in it.
func TestEveryLanguageSaysTheSame(t *testing.T) {
	english := texts(t, Fallback)
	for _, tag := range Languages() {
		t.Run(tag, func(t *testing.T) {
			these := texts(t, tag)
			for key, text := range english {
				if _, ok := these[key]; !ok {
					t.Errorf("%s is missing", key)
				} else if got, want := placeholders(these[key]), placeholders(text); !slices.Equal(got, want) {
					t.Errorf("%s holds %v, in %s %v", key, got, Fallback, want)
				}
			}
			for key := range these {
				if _, ok := english[key]; !ok {
					t.Errorf("%s is not in %s", key, Fallback)
				}
			}
		})
	}
}

// The rules of how texts are written, as far as a test can read.
func TestTextsAreWellWritten(t *testing.T) {
	for _, tag := range Languages() {
		t.Run(tag, func(t *testing.T) {
			for key, text := range texts(t, tag) {
				if strings.TrimSpace(text) == "" || strings.TrimSpace(text) != text {
					t.Errorf("%s is empty or has blanks around it: %q", key, text)
				}
				if strings.ContainsAny(text, "!！") {
					t.Errorf("%s cries out: %q", key, text)
				}
				if rest := placeholder.ReplaceAllString(text, ""); strings.ContainsAny(rest, "{}") {
					t.Errorf("%s has a brace that names no value: %q", key, text)
				}
			}
		})
	}
}

// Every Say("key", "name", value) in the program: the key has a text, and every
// name in that text gets its value. Keys that are put together at run time are
// the business of the tests of those who do so.
func TestEverySaidKeyHasItsText(t *testing.T) {
	english := texts(t, Fallback)
	for _, p := range program(t) {
		for _, call := range p.said {
			key, ok := literal(call.Args[0])
			if !ok {
				continue
			}
			at := p.files.Position(call.Pos())
			text, ok := english[key]
			if !ok {
				t.Errorf("%s: %s has no text", at, key)
				continue
			}
			names, known := given(call)
			for _, name := range placeholders(text) {
				if known && !slices.Contains(names, name) {
					t.Errorf("%s: %s gets no value for {%s}", at, key, name)
				}
			}
		}
	}
}

// Every text is said somewhere: its key stands in the program, or the beginning
// of it up to a dot does, to which the rest is added at run time.
func TestEveryTextIsSaid(t *testing.T) {
	standing := map[string]bool{"language.name": true}
	for _, p := range program(t) {
		for _, text := range p.literals {
			standing[text] = true
		}
	}
	for key := range texts(t, Fallback) {
		said := standing[key]
		for at, letter := range key {
			said = said || letter == '.' && standing[key[:at+1]]
		}
		if !said {
			t.Errorf("nothing says %s", key)
		}
	}
}

// source is a package of the program, its tests left out.
type source struct {
	files    *token.FileSet
	said     []*ast.CallExpr // calls of Say, or of the package's own shorthand for it
	literals []string
}

// program reads the whole program.
func program(t *testing.T) map[string]*source {
	t.Helper()
	trees := map[string][]*ast.File{} // by folder
	files := token.NewFileSet()
	err := filepath.WalkDir("../..", func(file string, entry fs.DirEntry, err error) error {
		if name := entry.Name(); err == nil && entry.IsDir() && (name == "build" || name == ".git") {
			return fs.SkipDir
		}
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		tree, err := parser.ParseFile(files, file, nil, parser.SkipObjectResolution)
		trees[filepath.Dir(file)] = append(trees[filepath.Dir(file)], tree)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]*source{}
	for folder, trees := range trees {
		p := &source{files: files}
		shorthand := !slices.ContainsFunc(trees, saysOtherwise)
		for _, tree := range trees {
			ast.Inspect(tree, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					name := called(n)
					if len(n.Args) > 0 && (name == "Say" || shorthand && name == "say") {
						p.said = append(p.said, n)
					}
				case *ast.BasicLit:
					if text, ok := literal(n); ok {
						p.literals = append(p.literals, text)
					}
				}
				return true
			})
		}
		found[folder] = p
	}
	return found
}

// saysOtherwise reports whether a file has a say of its own that takes no key.
func saysOtherwise(tree *ast.File) bool {
	return slices.ContainsFunc(tree.Decls, func(d ast.Decl) bool {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "say" {
			return false
		}
		takes := f.Type.Params.List
		return len(takes) == 0 || len(takes[0].Names) == 0 || takes[0].Names[0].Name != "key"
	})
}

var placeholder = regexp.MustCompile(`\{[a-z][A-Za-z0-9]*\}`)

// placeholders are the names in a text, sorted, each once.
func placeholders(text string) []string {
	var names []string
	for _, name := range placeholder.FindAllString(text, -1) {
		names = append(names, strings.Trim(name, "{}"))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// texts reads a language's file as it stands, and fails on what a map would
// swallow: a key that is there twice.
func texts(t *testing.T, tag string) map[string]string {
	t.Helper()
	raw, err := assets.Languages.ReadFile("languages/" + tag + ".json")
	if err != nil {
		t.Fatal(err)
	}
	book := map[string]string{}
	if err := json.Unmarshal(raw, &book); err != nil {
		t.Fatal(err)
	}
	once := maps.Clone(book)
	for words := json.NewDecoder(bytes.NewReader(raw)); ; {
		word, err := words.Token()
		if err != nil { // the end: the file was read whole above
			return book
		}
		key, ok := word.(string)
		if !ok {
			continue
		}
		if _, ok := once[key]; !ok {
			t.Errorf("%s: %s is there twice", tag, key)
		}
		delete(once, key)
		if _, err := words.Token(); err != nil { // its text
			t.Fatal(err)
		}
	}
}

// called is the name of the function or method of a call.
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

// given are the names of a Say's pairs; not known when they are made elsewhere.
func given(call *ast.CallExpr) (names []string, known bool) {
	if call.Ellipsis.IsValid() {
		return nil, false
	}
	for i := 1; i < len(call.Args); i += 2 {
		name, ok := literal(call.Args[i])
		if !ok {
			return nil, false
		}
		names = append(names, name)
	}
	return names, true
}

// literal is the text of a string literal.
func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}
