package e2e

import (
	"bytes"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The owner comes in the morning and the books are damaged: one button, and the
// till sells again, with yesterday's sale in its books.
func TestDamagedBooksAreMadeAnewByOneButton(t *testing.T) {
	till := newHome(t)
	till.verb(t, "pay", "--amount", "12.30", "--code", "281006020000000000123456")
	path := filepath.Join(till.home, "ringup", "training", "journal.db")
	junk := bytes.Repeat([]byte("junk"), 1<<14)
	if err := os.WriteFile(path, junk, 0o600); err != nil {
		t.Fatal(err)
	}
	till.start(t)
	mend := image.Pt(600, 660) // inside "Make the books anew"
	till.shows(t, "the button that makes the books anew", mend, accent, true)
	till.click(t, mend)
	till.shows(t, "the till with the customer's phone", image.Pt(1112, 680), violet, true)
	till.typed(t, "7.70")
	till.click(t, phoneShow)
	till.shows(t, "paid", stateCorner, paidSoft, true)
	till.close(t)

	till.verb(t, "journal", "verify")
	if day := string(till.verb(t, "day")); !strings.Contains(day, "20.00") {
		t.Errorf("the day: %s", day)
	}
	kept, err := filepath.Glob(filepath.Join(filepath.Dir(path), "journal.before-*.db"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept %v, %v", kept, err)
	}
	if old, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(old, junk) {
		t.Errorf("the damaged file was not kept as it was: %v", err)
	}
}
