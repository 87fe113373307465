//go:build !windows

package desktop

import (
	"io"
	"log"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// listenKeys lets a clock hear the keys of a window by a connection of its own
// to the X server: its KeyPress events say when the key went down (X Window
// System Protocol, "Input Device events"). false if the window isn't shown yet.
// Where there is no X server, as on Wayland, nothing is ever heard.
func listenKeys(win fyne.Window, k *keyClock) bool {
	native, ok := win.(driver.NativeWindow)
	if !ok {
		return true
	}
	var handle uintptr
	here := true
	native.RunNative(func(context any) {
		var x driver.X11WindowContext
		if x, here = context.(driver.X11WindowContext); here {
			handle = x.WindowHandle
		}
	})
	if !here || handle == 0 {
		return !here
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.also != nil:
		k.also(handle)
	case k.opened: // and the connection isn't made yet
		return k.over
	default:
		k.opened = true
		go k.listen(xproto.Window(handle))
	}
	return true
}

// patient is how long the X server may take to answer a question: the window
// waits for it at worst.
const patient = 200 * time.Millisecond

// listen hears the keys of a window until the connection ends.
func (k *keyClock) listen(win xproto.Window) {
	xgb.Logger = log.New(io.Discard, "", 0)
	defer k.end()
	conn, err := xgb.NewConn()
	if err != nil {
		return
	}
	defer conn.Close()
	// What is asked is a message to a window of ours: it comes back after all
	// keys that were pressed before it.
	own, err := xproto.NewWindowId(conn)
	if err != nil {
		return
	}
	root := xproto.Setup(conn).DefaultScreen(conn).Root
	if xproto.CreateWindowChecked(conn, 0, own, root, 0, 0, 1, 1, 0, xproto.WindowClassInputOnly, 0, 0, nil).Check() != nil {
		return
	}
	keys := []uint32{xproto.EventMaskKeyPress}
	if xproto.ChangeWindowAttributesChecked(conn, win, xproto.CwEventMask, keys).Check() != nil {
		return
	}
	var asking sync.Mutex
	var asked uint32
	answers := make(chan uint32, 64)
	k.mu.Lock()
	k.ask = func() bool {
		asking.Lock()
		defer asking.Unlock()
		asked++
		n := asked
		message := xproto.ClientMessageEvent{
			Format: 32, Window: own, Type: xproto.AtomInteger,
			Data: xproto.ClientMessageDataUnionData32New([]uint32{n, 0, 0, 0, 0}),
		}
		xproto.SendEvent(conn, false, own, xproto.EventMaskNoEvent, string(message.Bytes()))
		for late := time.After(patient); ; {
			select {
			case got := <-answers:
				if got == n {
					return true
				}
			case <-late:
				return false
			}
		}
	}
	k.also = func(win uintptr) {
		xproto.ChangeWindowAttributes(conn, xproto.Window(win), xproto.CwEventMask, keys)
	}
	k.mu.Unlock()
	for {
		event, err := conn.WaitForEvent()
		switch e := event.(type) {
		case xproto.KeyPressEvent:
			k.pressed(int(e.Detail), uint32(e.Time))
		case xproto.ClientMessageEvent:
			select {
			case answers <- e.Data.Data32[0]:
			default: // nobody waits any more
			}
		case nil:
			if err == nil { // the connection has ended
				return
			}
		}
	}
}
