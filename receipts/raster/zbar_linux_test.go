package raster_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ringup/receipts"
	"ringup/receipts/raster"
)

// TestZbarReadsPrintedSlips gives the pictures of a sale's slip to zbar, which
// assets/linux/setup.sh installs.
func TestZbarReadsPrintedSlips(t *testing.T) {
	for _, language := range []string{"en", "zh"} {
		s := slip(t, "sale."+language)
		var payload string
		for i, l := range s.Lines {
			if l.Kind == receipts.QR {
				payload = l.Payload
				s.Lines = append(s.Lines[:i+1:i+1], append([]receipts.Line{{Kind: receipts.Barcode, Payload: payload}}, s.Lines[i+1:]...)...)
				break
			}
		}
		for _, p := range []receipts.Paper{receipts.Paper58, receipts.Paper80} {
			data, err := raster.PNG(s, p)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "slip.png")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("zbarimg", "--quiet", "--nodbus", path).Output()
			if err != nil {
				t.Fatalf("zbarimg: %v (assets/linux/setup.sh test installs it)", err)
			}
			if got := string(out); payload == "" || !strings.Contains(got, "QR-Code:"+payload+"\n") || !strings.Contains(got, "CODE-128:"+payload+"\n") {
				t.Errorf("%s on %s: zbar found %q, want %s in both", language, p.Name, got, payload)
			}
		}
	}
}
