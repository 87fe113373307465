package till_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"ringup/ui/till"
)

// TestThePoleDisplayFollowsTheCounter has a display at a real terminal line.
func TestThePoleDisplayFollowsTheCounter(t *testing.T) {
	far, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	defer near.Close() // kept open, or the far end sees a hang-up between two texts
	shown := make(chan string, 64)
	go read(far, shown)
	until := func(what string) {
		t.Helper()
		var all strings.Builder
		limit := time.After(time.Minute)
		for !strings.Contains(all.String(), what) {
			select {
			case text := <-shown:
				all.WriteString(text)
			case <-limit:
				t.Fatalf("the display never showed %q but %q", what, all.String())
			}
		}
	}

	shop := training(t, nil)
	change(t, shop, func(s *till.Settings) { s.Display, s.ShopName = "serial://"+near.Name(), "Café 海港" })
	until("Caf\x82") // é of code page 437; what has no place in it is left out
	shop.Quote(hkd(4550))
	until("45.50")
	sell(t, shop, "pays", 4550)
	until("PAID")
	shop.Quote(hkd(0))
	until("WELCOME")
	if err := shop.TestDisplay(t.Context(), "serial://"+near.Name()); err != nil {
		t.Error(err)
	}
	until("RINGUP")
}

func read(far *os.File, shown chan<- string) {
	buf := make([]byte, 256)
	for {
		n, err := far.Read(buf)
		if err != nil {
			return
		}
		shown <- string(buf[:n])
	}
}

// A display that was unplugged shows the present words when it is back, though
// they are the ones that it was sent last; one that is used no more is emptied.
func TestAPoleDisplayThatComesBack(t *testing.T) {
	far, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	defer near.Close()
	shown := make(chan string, 64)
	go read(far, shown)
	port := filepath.Join(t.TempDir(), "ttyPole")
	failed := make(chan bool, 64)
	shop := training(t, func(o *till.Options) { o.Log = slog.New(slog.NewTextHandler(poleLog(failed), nil)) })
	change(t, shop, func(s *till.Settings) { s.Display = "serial://" + port })
	<-failed // the shop's name
	shop.Quote(hkd(4550))
	<-failed
	if err := os.Symlink(near.Name(), port); err != nil {
		t.Fatal(err)
	}
	shop.Quote(hkd(4550))
	for text := ""; !strings.Contains(text, "45.50"); {
		select {
		case more := <-shown:
			text += more
		case <-time.After(time.Minute):
			t.Fatalf("it shows %q", text)
		}
	}
	change(t, shop, func(s *till.Settings) { s.Display = "" })
	for text := ""; !strings.Contains(text, strings.Repeat(" ", 20)); {
		select {
		case more := <-shown:
			text += more
		case <-time.After(time.Minute):
			t.Fatalf("left with %q", text)
		}
	}
}

// poleLog hears of each text that a pole display did not take.
type poleLog chan bool

func (l poleLog) Write(line []byte) (int, error) {
	if strings.Contains(string(line), "pole display") {
		l <- true
	}
	return len(line), nil
}
