package vault

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzName: whatever a secret is called, it lies in the vault's folder or
// nowhere, and comes back as it was saved.
func FuzzName(f *testing.F) {
	for _, name := range []string{"account", "account-0011aabb", "../account", "a/b", `a\b`, ".hidden", "", "a\x00", "ａ", strings.Repeat("a", 101), "a..b", "C:"} {
		f.Add(name, []byte("secret"))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, name string, secret []byte) {
		path, err := pathOf(dir, name)
		if err != nil {
			if !errors.Is(err, ErrName) || path != "" {
				t.Fatalf("%q: %q, %v", name, path, err)
			}
			return
		}
		if filepath.Dir(path) != dir || filepath.Base(path) != name || strings.ContainsAny(name, "/\\:\x00") {
			t.Fatalf("%q lies at %q", name, path)
		}
		if err := Save(dir, name, secret); err != nil {
			t.Fatal(err)
		}
		if back, err := Load(dir, name); err != nil || !bytes.Equal(back, secret) {
			t.Fatalf("%q: %q came back as %q, %v", name, secret, back, err)
		}
	})
}
