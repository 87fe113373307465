package scanner

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// A machine is a folder that holds what the kernel and udev say of serial
// ports, as on a real one, and device files that are real terminals.
type machine struct {
	t    *testing.T
	root string
}

func newMachine(t *testing.T) *machine {
	m := &machine{t, t.TempDir()}
	m.folder("dev/serial/by-id")
	m.folder("sys/class/tty")
	return m
}

func (m *machine) folder(path string) string {
	m.t.Helper()
	path = filepath.Join(m.root, path)
	if err := os.MkdirAll(path, 0o755); err != nil {
		m.t.Fatal(err)
	}
	return path
}

func (m *machine) file(path, text string) {
	m.t.Helper()
	m.folder(filepath.Dir(path))
	if err := os.WriteFile(filepath.Join(m.root, path), []byte(text), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) link(path, target string) {
	m.t.Helper()
	m.folder(filepath.Dir(path))
	if err := os.Symlink(target, filepath.Join(m.root, path)); err != nil {
		m.t.Fatal(err)
	}
}

// usb is a USB device as the kernel names it: socket "1-2", and what it says of
// itself, attribute by attribute.
func (m *machine) usb(socket string, attributes ...string) string {
	dir := "sys/devices/pci0000:00/0000:00:14.0/usb1/" + socket
	for i := 0; i+1 < len(attributes); i += 2 {
		m.file(filepath.Join(dir, attributes[i]), attributes[i+1]+"\n")
	}
	m.folder(dir)
	return dir
}

// tty is a serial port on an interface of a USB device. One of usb-serial
// (ttyUSB) has a folder of its own in it.
func (m *machine) tty(name, device, number string) {
	iface := filepath.Join(device, filepath.Base(device)+":1."+strings.TrimLeft(number, "0")+"0")
	m.file(filepath.Join(iface, "bInterfaceNumber"), number+"\n")
	behind := iface
	if strings.HasPrefix(name, "ttyUSB") {
		behind = filepath.Join(iface, name)
		m.file(filepath.Join(behind, "port_number"), "0\n")
	}
	class := filepath.Join(behind, "tty", name)
	m.folder(class)
	up, err := filepath.Rel(filepath.Join(m.root, class), filepath.Join(m.root, behind))
	if err != nil {
		m.t.Fatal(err)
	}
	m.link(filepath.Join(class, "device"), up)
	m.link("sys/class/tty/"+name, "../../../"+class)
}

// onBoard is a port of the machine itself, with the type of its chip.
func (m *machine) onBoard(name, chip string) {
	class := "sys/devices/platform/serial8250/tty/" + name
	m.file(filepath.Join(class, "type"), chip+"\n")
	m.folder("sys/devices/platform/serial8250")
	m.link(class+"/device", "../../../serial8250")
	m.link("sys/class/tty/"+name, "../../../"+class)
}

func (m *machine) device(name string) string { return filepath.Join(m.root, "dev", name) }

// pty puts a real terminal where the port's device file is, and returns its far
// end.
func (m *machine) pty(name string) *os.File {
	m.t.Helper()
	far, near, err := pty.Open()
	if err != nil {
		m.t.Fatal(err)
	}
	_ = near.Close()
	m.link("dev/"+name, near.Name())
	m.t.Cleanup(func() { _ = far.Close() })
	return far
}

func (m *machine) list() ([]Port, error) { return portsBelow(m.root) }

func TestPortsOfAMachine(t *testing.T) {
	m := newMachine(t)
	honeywell := m.usb("1-2", "idVendor", "0c2e", "idProduct", "0aaf", "serial", "S123", "manufacturer", "Honeywell", "product", "1900")
	m.tty("ttyACM0", honeywell, "00")
	m.pty("ttyACM0")
	m.link("dev/serial/by-id/usb-Honeywell_1900_S123-if00", "../../ttyACM0")

	// Two adapters of a kind, without serial numbers or names; one link for both.
	for i, name := range []string{"ttyUSB2", "ttyUSB10"} {
		m.tty(name, m.usb("1-"+strconv.Itoa(3+i), "idVendor", "067b", "idProduct", "2303", "product", "USB-Serial\x1b[2J Controller"), "00")
		m.pty(name)
	}
	m.link("dev/serial/by-id/usb-067b_2303-if00-port0", "../../ttyUSB2")

	// A scanner that is a keyboard too, and one with two ports.
	two := m.usb("1-5", "idVendor", "05f9", "idProduct", "4204", "serial", "G:7", "manufacturer", "Datalogic")
	m.tty("ttyACM1", two, "02")
	m.pty("ttyACM1")

	// One that is so broken that it says nothing of itself.
	m.tty("ttyUSB3", m.usb("1-6"), "00")
	m.pty("ttyUSB3")

	m.onBoard("ttyS0", "4")
	m.pty("ttyS0")
	m.onBoard("ttyS1", "0") // no chip
	m.pty("ttyS1")
	m.onBoard("ttyS2", "4") // no device file
	m.file("sys/class/tty/tty1/dev", "4:1\n")
	m.pty("tty1") // a console
	m.file("sys/class/tty/rfcomm0/dev", "216:0\n")
	m.pty("rfcomm0")

	got, err := m.list()
	if err != nil {
		t.Fatal(err)
	}
	byID := filepath.Join(m.root, "dev/serial/by-id")
	want := []Port{
		{Name: byID + "/usb-Honeywell_1900_S123-if00", Device: m.device("ttyACM0"), Maker: "Honeywell", Product: "1900", USB: "0C2E:0AAF", ID: "0c2e:0aaf:S123"},
		{Name: m.device("ttyACM1"), Device: m.device("ttyACM1"), Maker: "Datalogic", USB: "05F9:4204", ID: "05f9:4204:G:7#2"},
		{Name: byID + "/usb-067b_2303-if00-port0", Device: m.device("ttyUSB2"), Product: "USB-Serial [2J Controller", USB: "067B:2303", ID: "067b:2303:"},
		{Name: m.device("ttyUSB10"), Device: m.device("ttyUSB10"), Product: "USB-Serial [2J Controller", USB: "067B:2303", ID: "067b:2303:"},
		{Name: m.device("rfcomm0"), Device: m.device("rfcomm0")},
		{Name: m.device("ttyS0"), Device: m.device("ttyS0")},
		{Name: m.device("ttyUSB3"), Device: m.device("ttyUSB3")},
	}
	if !slices.Equal(got, want) {
		for _, p := range got {
			t.Logf("%+v", p)
		}
		t.Error("not the ports of this machine")
	}
	if _, err := portsBelow(filepath.Join(m.root, "nowhere")); err == nil {
		t.Error("a machine that tells nothing has no ports")
	}
}

func TestPortsThatMayNotBeUsed(t *testing.T) {
	m := newMachine(t)
	m.onBoard("ttyS0", "4")
	m.pty("ttyS0")
	// The links lie in a folder of our own, where nobody else may look.
	for dir := m.root; strings.HasPrefix(dir, os.TempDir()+"/"); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	device, err := filepath.EvalSymlinks(m.device("ttyS0"))
	if err != nil {
		t.Fatal(err)
	}
	group := giveToGroup(t, device)
	var got []Port
	asNobody(t, func() { got, err = m.list() })
	if err != nil || len(got) != 1 || !got[0].Denied || got[0].Group != group {
		t.Errorf("got %+v, %v, want group %s", got, err, group)
	}
}

// TestSerialIsFoundAgain: a scanner comes back under another name, while its old
// one is another device's.
func TestSerialIsFoundAgain(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	plug := func(name, socket, vendor, serialNumber string) *cable {
		far := m.pty(name) // before the list knows it, or it could be opened half made
		m.tty(name, m.usb(socket, "idVendor", vendor, "idProduct", "0aaf", "serial", serialNumber), "00")
		return &cable{t: t, port: m.device(name), far: far}
	}
	unplug := func(c *cable) {
		if err := os.Remove(filepath.Join(m.root, "sys/class/tty", filepath.Base(c.port))); err != nil {
			t.Fatal(err)
		}
		c.unplug()
	}
	c := plug("ttyACM0", "1-1", "0c2e", "S123")
	told := c.listenBy(Serial{Baud: 9600, ID: "0c2e:0aaf:S123", list: m.list})
	if s := c.wantState(told, Connected); s.Port != c.port {
		t.Errorf("state %+v", s)
	}
	c.send(code + "\r")
	c.wantScan(told, code)

	unplug(c)
	c.wantState(told, Unplugged)
	other := plug("ttyACM0", "1-2", "04b8", "P1") // a printer
	twin := plug("ttyACM1", "1-3", "0c2e", "S124")
	c = plug("ttyACM2", "1-4", "0c2e", "S123")
	if s := c.wantState(told, Connected); s.Port != c.port {
		t.Errorf("state %+v", s)
	}
	c.send(slip + "\r")
	c.wantScan(told, slip)
	if other.excluded() || twin.excluded() {
		t.Error("another device's port was opened")
	}

	unplug(c)
	if s := c.wantState(told, Unplugged); s.Port != c.port {
		t.Errorf("state %+v", s)
	}
	// Its own name again, though another is still there.
	unplug(other)
	c = plug("ttyACM0", "1-5", "0c2e", "S123")
	if s := c.wantState(told, Connected); s.Port != c.port {
		t.Errorf("state %+v", s)
	}
}

func TestSerialFinds(t *testing.T) {
	const name, id = "/dev/none/ttyUSB0", "067b:2303:"
	at := func(device, id string) Port { return Port{Name: device, Device: device, ID: id} }
	for _, c := range []struct {
		what  string
		ports []Port
		want  string
		ok    bool
	}{
		{"nothing there", nil, name, true},
		{"its own", []Port{at(name, id)}, name, true},
		{"its own beside one of a kind", []Port{at("/dev/none/ttyUSB1", id), at(name, id)}, name, true},
		{"elsewhere", []Port{at("/dev/none/ttyUSB1", id)}, "/dev/none/ttyUSB1", true},
		{"elsewhere, its name another's", []Port{at(name, "x"), at("/dev/none/ttyUSB1", id)}, "/dev/none/ttyUSB1", true},
		{"gone, its name another's", []Port{at(name, "x")}, name, false},
		{"gone, its name no USB device's", []Port{at(name, "")}, name, false},
		{"elsewhere, but which", []Port{at("/dev/none/ttyUSB1", id), at("/dev/none/ttyUSB2", id)}, name, false},
		{"known by its lasting name", []Port{{Name: name, Device: "/dev/none/ttyUSB7", ID: id}, at("/dev/none/ttyUSB0", "x")}, name, true},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := Serial{Port: name, ID: id, list: func() ([]Port, error) { return c.ports, nil }}
			if got, ok := s.find(); got != c.want || ok != c.ok {
				t.Errorf("got %s, %v", got, ok)
			}
			s.ID = ""
			if got, ok := s.find(); got != name || !ok {
				t.Errorf("without its ID %s, %v", got, ok)
			}
		})
	}
}

// TestTry hears all ports of a machine, also those that come later.
func TestTry(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	plug := func(name, socket string) *cable {
		m.tty(name, m.usb(socket, "idVendor", "0c2e", "idProduct", "0aaf", "serial", socket, "product", "scanner "+socket), "00")
		return &cable{t: t, port: m.device(name), far: m.pty(name)}
	}
	first, second := plug("ttyACM0", "1-1"), plug("ttyACM1", "1-2")
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan Heard, 16)
	done := make(chan struct{})
	go func() { defer close(done); Try(ctx, m.list, func(h Heard) { told <- h }) }()
	next := func(device string) Heard {
		t.Helper()
		select {
		case h := <-told:
			if h.Port.Device != device || h.Port.Product == "" {
				t.Fatalf("told %+v, want of %s", h, device)
			}
			return h
		case <-time.After(10 * time.Second):
			t.Fatal("nothing was told")
			return Heard{}
		}
	}
	both := map[string]bool{}
	for range 2 {
		h := <-told
		if h.State == nil || h.State.Link != Connected {
			t.Fatalf("told %+v", h)
		}
		both[h.Port.Device] = true
	}
	if !both[first.port] || !both[second.port] {
		t.Fatalf("told %v", both)
	}
	first.send(code + "\r\n")
	if h := next(first.port); h.Scan == nil || h.Scan.Text != code || h.Scan.Ending != EndsCRLF || h.Scan.Baud != 9600 {
		t.Fatalf("told %+v", h)
	}
	second.send("2814\xff\r")
	if h := next(second.port); h.Broken == nil || !h.Broken.Noise || h.Broken.Digits != 4 {
		t.Fatalf("told %+v", h)
	}
	if h := next(second.port); h.State == nil || h.State.Baud != 115200 {
		t.Fatalf("told %+v", h)
	}
	third := plug("ttyUSB0", "1-3")
	if h := next(third.port); h.State == nil || h.State.Link != Connected {
		t.Fatalf("told %+v", h)
	}
	third.send("4006381333931\t")
	if h := next(third.port); h.Scan == nil || h.Scan.Text != "4006381333931" || h.Scan.Ending != EndsTab {
		t.Fatalf("told %+v", h)
	}
	if !first.excluded() {
		t.Error("others may open a port that is tried")
	}
	cancel()
	<-done
	// Closed: what is sent now is read by nobody, and the port is free.
	for _, c := range []*cable{first, second, third} {
		if c.excluded() {
			t.Errorf("%s is still open", c.port)
		}
	}
}
