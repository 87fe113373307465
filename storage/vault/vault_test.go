package vault

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestVault(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	t.Run("what was never saved is not there", func(t *testing.T) {
		if _, err := Load(dir, "client.key"); !errors.Is(err, ErrNone) {
			t.Fatal(err)
		}
	})
	t.Run("what is saved last comes back, and nothing else is left", func(t *testing.T) {
		for _, secret := range []string{"an old key", "a new key\x00\n", ""} {
			if err := Save(dir, "client.key", []byte(secret)); err != nil {
				t.Fatal(err)
			}
			if got, err := Load(dir, "client.key"); err != nil || string(got) != secret {
				t.Fatalf("%q, %v, want %q", got, err, secret)
			}
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 1 {
			t.Fatalf("%v, %v", entries, err)
		}
	})
	t.Run("names can't lead out of the folder", func(t *testing.T) {
		for _, name := range []string{"", ".", "..", "../x", "a/b", `a\b`, ".hidden", "a\x00", "C:x", "ключ"} {
			if err := Save(dir, name, nil); !errors.Is(err, ErrName) {
				t.Errorf("save %q: %v", name, err)
			}
			if _, err := Load(dir, name); !errors.Is(err, ErrName) {
				t.Errorf("load %q: %v", name, err)
			}
		}
	})
	t.Run("a folder that is a file can't take one", func(t *testing.T) {
		if err := Save(filepath.Join(dir, "client.key"), "x", nil); !errors.Is(err, ErrNotSaved) {
			t.Fatal(err)
		}
	})
	if runtime.GOOS == "windows" {
		return // the rest is about permissions that Windows has in another way
	}
	t.Run("only its owner can read it", func(t *testing.T) {
		for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "client.key"): 0o600} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v, want %v", path, info.Mode(), err, want)
			}
		}
	})
	t.Run("a secret that others may read is refused", func(t *testing.T) {
		if err := os.Chmod(filepath.Join(dir, "client.key"), 0o640); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir, "client.key"); !errors.Is(err, ErrOpenToOthers) {
			t.Fatal(err)
		}
		if err := Save(dir, "client.key", []byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir, "client.key"); err != nil {
			t.Fatalf("saved again: %v", err)
		}
	})
}
