package e2e

import (
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"io"
	"log"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"
)

// A keyboard presses keys on a window's screen as real ones do, by the X
// server: by their place on the keyboard, and at the server's own pace, which a
// busy test doesn't disturb.
type keyboard struct {
	*testing.T
	conn *xgb.Conn
	root xproto.Window
	ear  xproto.Window // of ours, to which the clipboard is handed
}

// Keys by their places, as X11 counts them.
const (
	keyReturn    = 36
	keyPadEnter  = 104
	keyTab       = 23
	keyBackspace = 22
	keyShift     = 50
	keyControl   = 37
	keyA         = 38 // Q on a French keyboard
	keyC         = 54
)

func (w *window) keyboard(t *testing.T) *keyboard {
	t.Helper()
	xgb.Logger = log.New(io.Discard, "", 0)
	conn, err := xgb.NewConnDisplay(w.display)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if err := xtest.Init(conn); err != nil {
		t.Fatal(err)
	}
	k := &keyboard{T: t, conn: conn, root: xproto.Setup(conn).DefaultScreen(conn).Root}
	if k.ear, err = xproto.NewWindowId(conn); err != nil {
		t.Fatal(err)
	}
	if err := xproto.CreateWindowChecked(conn, 0, k.ear, k.root, 0, 0, 1, 1, 0, xproto.WindowClassInputOnly, 0, 0, nil).Check(); err != nil {
		t.Fatal(err)
	}
	return k
}

// rowKey and padKey are the places of a digit above the letters and on the
// keypad.
func rowKey(digit rune) byte { return 10 + byte(digit-'0'+9)%10 }

func padKey(digit rune) byte { return 79 + byte(strings.IndexRune("789-456+1230", digit)) }

// strike lets a key go down and up so long after the one before.
func (k *keyboard) strike(after time.Duration, keys ...byte) {
	delay := uint32(max(after.Milliseconds(), 0))
	for _, key := range keys { // together: Shift first
		xtest.FakeInput(k.conn, xproto.KeyPress, key, delay, k.root, 0, 0, 0)
		delay = 0
	}
	for i := range keys {
		xtest.FakeInput(k.conn, xproto.KeyRelease, keys[len(keys)-1-i], 0, k.root, 0, 0, 0)
	}
}

// done waits until the server has pressed them all.
func (k *keyboard) done() {
	k.Helper()
	if _, err := xproto.GetInputFocus(k.conn).Reply(); err != nil {
		k.Fatal(err)
	}
}

// look is a part of the screen, as a number that tells pictures apart.
func (k *keyboard) look(r image.Rectangle) uint64 {
	k.Helper()
	sum := fnv.New64a()
	sum.Write(k.pixels(r))
	return sum.Sum64()
}

func (k *keyboard) pixels(r image.Rectangle) []byte {
	k.Helper()
	got, err := xproto.GetImage(k.conn, xproto.ImageFormatZPixmap, xproto.Drawable(k.root), int16(r.Min.X), int16(r.Min.Y),
		uint16(r.Dx()), uint16(r.Dy()), 0xffffffff).Reply()
	if err != nil {
		k.Fatal(err)
	}
	return got.Data
}

func (k *keyboard) at(p image.Point) color.NRGBA {
	k.Helper()
	x := k.pixels(image.Rectangle{p, p.Add(image.Pt(1, 1))})
	return color.NRGBA{x[2], x[1], x[0], 0xff}
}

// waits until something is so.
func (k *keyboard) waits(what string, is func() bool) {
	k.Helper()
	for end := time.Now().Add(patience); !is(); {
		if time.Now().After(end) {
			k.Fatalf("waited in vain: %s; the screen is in %s", what, k.keep())
		}
		time.Sleep(5 * time.Millisecond) // how often is looked
	}
}

// keep writes what is on the screen to a file.
func (k *keyboard) keep() string {
	all := image.Rect(0, 0, 1366, 768)
	img := image.NewNRGBA(all)
	raw := k.pixels(all)
	for i := 0; i < len(raw); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = raw[i+2], raw[i+1], raw[i], 0xff
	}
	f, err := os.CreateTemp("", "ringup-window-*.png")
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		return err.Error()
	}
	return f.Name()
}

// settled is a part of the screen once it doesn't change any more.
func (k *keyboard) settled(r image.Rectangle) uint64 {
	k.Helper()
	now, since := k.look(r), time.Now()
	k.waits("a picture that stays", func() bool {
		if look := k.look(r); look != now {
			now, since = look, time.Now()
		}
		return time.Since(since) > 120*time.Millisecond // two slow frames
	})
	return now
}

// changes clicks, and waits until a part of the screen is another and stays so.
func (k *keyboard) changes(r image.Rectangle, click func()) {
	k.Helper()
	before := k.settled(r)
	click()
	k.waits("a click to be seen", func() bool { return k.look(r) != before })
	k.settled(r)
}

// text is all that stands in the field that has the focus, by way of the
// clipboard. The field's cursor is at its end afterwards.
func (k *keyboard) text(a byte) string {
	k.Helper()
	clip, err := xproto.InternAtom(k.conn, false, 9, "CLIPBOARD").Reply()
	if err != nil {
		k.Fatal(err)
	}
	utf8, err := xproto.InternAtom(k.conn, false, 11, "UTF8_STRING").Reply()
	if err != nil {
		k.Fatal(err)
	}
	// What is there is let go of, so that nothing older is read.
	xproto.SetSelectionOwner(k.conn, k.ear, clip.Atom, xproto.TimeCurrentTime)
	k.strike(0, keyControl, a)
	k.strike(0, keyControl, keyC)
	k.strike(0, 115) // End
	k.done()
	k.waits("the field's text in the clipboard", func() bool {
		owner, err := xproto.GetSelectionOwner(k.conn, clip.Atom).Reply()
		return err == nil && owner.Owner != k.ear
	})
	xproto.ConvertSelection(k.conn, k.ear, clip.Atom, utf8.Atom, clip.Atom, xproto.TimeCurrentTime)
	for {
		event, err := k.conn.WaitForEvent()
		if event == nil || err != nil {
			k.Fatalf("clipboard: %v, %v", event, err)
		}
		if e, ok := event.(xproto.SelectionNotifyEvent); ok {
			if e.Property == 0 {
				return ""
			}
			break
		}
	}
	got, err := xproto.GetProperty(k.conn, true, k.ear, clip.Atom, xproto.GetPropertyTypeAny, 0, 1<<10).Reply()
	if err != nil {
		k.Fatal(err)
	}
	return string(got.Value)
}
