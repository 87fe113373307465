//go:build !windows

package desktop

import (
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
)

func TestTheSmallestScreenCounts(t *testing.T) {
	root := t.TempDir()
	for name, files := range map[string][2]string{
		"card0-HDMI-A-1": {"connected\n", "1920x1080\n1280x720\n"},
		"card0-eDP-1":    {"connected\n", "1024x768\n"},
		"card0-DP-1":     {"disconnected\n", "800x600\n"},
	} {
		dir := filepath.Join(root, "class/drm", name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for i, file := range []string{"status", "modes"} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(files[i]), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if w, h := screenSizeUnder(root); w != 1024 || h != 768 {
		t.Errorf("%d×%d", w, h)
	}
	if w, h := screenSizeUnder(t.TempDir()); w != 0 || h != 0 {
		t.Errorf("unknown is %d×%d", w, h)
	}
}

func TestTheWindowFitsTheScreen(t *testing.T) {
	rows := []struct {
		wanted        fyne.Size
		width, height int
		scale         float32
		want          fyne.Size
	}{
		{fyne.NewSize(1366, 768), 1024, 768, 1, fyne.NewSize(1024, 768)},
		{fyne.NewSize(1366, 768), 1920, 1080, 1, fyne.NewSize(1366, 768)},
		{fyne.NewSize(1366, 768), 0, 0, 1, fyne.NewSize(1366, 768)},
		{fyne.NewSize(1366, 768), 1920, 1080, 2, fyne.NewSize(960, 540)},
	}
	for _, r := range rows {
		if got := fitted(r.wanted, r.width, r.height, r.scale); got != r.want {
			t.Errorf("%v on %d×%d at %v: %v", r.wanted, r.width, r.height, r.scale, got)
		}
	}
}
