package till_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ringup/storage"
	"ringup/ui/till"
)

// A child that dies, hangs up its own way, or is fine: programs of the system
// stand for the three.
func TestBooksThatEndTheirReaderAreDamaged(t *testing.T) {
	data := t.TempDir()
	o := till.Options{Data: data, Environment: till.Training}
	if err := till.CheckBooks(t.Context(), "/bin/false", o); err != nil {
		t.Errorf("no books at all: %v", err)
	}
	if err := os.MkdirAll(filepath.Join(data, "training"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "training", "journal.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dies := filepath.Join(t.TempDir(), "dies")
	if err := os.WriteFile(dies, []byte("#!/bin/sh\nkill -SEGV $$\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for program, damaged := range map[string]bool{"/bin/true": false, "/bin/false": false, dies: true} {
		if err := till.CheckBooks(t.Context(), program, o); errors.Is(err, storage.ErrDamaged) != damaged {
			t.Errorf("%s: %v", filepath.Base(program), err)
		}
	}
}
