package display

import (
	"fmt"
	"strings"
)

// glass is a pole display, played from what its manual says of each byte: a
// grid of two lines, a cursor and a mode. Whatever the manual doesn't know is
// kept as a fault. It knows nothing of what display.go sends.
type glass struct {
	kind     string // "epson" or "cd5220"
	grid     [Rows][Columns]byte
	x, y     int    // the cursor, from 0
	mode     int    // 1 overwrite, 2 vertical scroll, 3 horizontal scroll
	page     int    // ESC t
	set      int    // ESC R
	cursor   bool   // shown
	text     bool   // cd5220: the string mode, in which other commands can't be used
	wait     []byte // a command that is not whole yet
	commands []string
	faults   []string
}

func newGlass(kind string) *glass {
	g := &glass{kind: kind}
	g.reset()
	g.page, g.set, g.mode = 19, 3, 2 // as somebody else left it
	return g
}

func (g *glass) reset() {
	g.x, g.y, g.mode, g.page, g.set, g.cursor, g.text = 0, 0, 1, 0, 0, true, false
	g.blank()
}

func (g *glass) blank() {
	g.x, g.y = 0, 0
	for y := range g.grid {
		g.empty(y)
	}
}

func (g *glass) empty(y int) {
	for x := range g.grid[y] {
		g.grid[y][x] = ' '
	}
}

func (g *glass) lines() (string, string) { return string(g.grid[0][:]), string(g.grid[1][:]) }

func (g *glass) fault(format string, a ...any) {
	g.faults = append(g.faults, fmt.Sprintf(format, a...))
}

func (g *glass) write(p []byte) {
	for _, b := range p {
		g.wait = append(g.wait, b)
		if g.obey(g.wait) {
			g.wait = nil
		}
	}
}

// obey takes a command as far as it came, and tells whether it was whole.
func (g *glass) obey(c []byte) bool {
	if c[0] != 0x1b && c[0] != 0x1f {
		g.single(c[0])
		return true
	}
	if len(c) < 2 {
		return false
	}
	if g.kind == "cd5220" && c[0] == 0x1b && c[1] == 'Q' {
		return g.line(c)
	}
	if g.text {
		g.fault("% x in string mode", c)
	}
	name := map[byte]string{0x1b: "ESC ", 0x1f: "US "}[c[0]] + string(rune(c[1]))
	// How many bytes follow the two.
	more, known := map[string]int{
		"ESC @": 0, "ESC t": 1, "ESC R": 1, "ESC %": 1, "ESC =": 1, "ESC ?": 1,
		"US \x01": 0, "US \x02": 0, "US \x03": 0, "US \n": 0, "US \r": 0, "US B": 0, "US @": 0,
		"US $": 2, "US C": 1, "US E": 1, "US X": 1, "US r": 1, "US .": 1, "US ,": 1, "US ;": 1, "US #": 2,
	}[name]
	if g.kind == "cd5220" {
		more, known = map[string]int{"ESC @": 0, "ESC f": 1, "ESC c": 1, "ESC *": 1, "ESC _": 1, "ESC l": 2}[name]
	}
	if !known {
		g.fault("unknown % x", c)
		return true
	}
	if len(c) < 2+more {
		return false
	}
	g.commands = append(g.commands, name)
	switch name {
	case "ESC @":
		g.reset()
	case "ESC t":
		if g.page = int(c[2]); g.page > 5 && g.page < 16 || g.page > 19 && g.page < 254 {
			g.fault("page %d", g.page)
		}
	case "ESC R":
		g.set = int(c[2])
	case "US \x01", "US \x02", "US \x03":
		g.mode = int(c[1])
	case "US C":
		g.cursor = c[2] == 1
	case "US $":
		if c[2] < 1 || c[2] > Columns || c[3] < 1 || c[3] > Rows {
			g.fault("moved to %d %d", c[2], c[3])
			break
		}
		g.x, g.y = int(c[2])-1, int(c[3])-1
	default:
		g.fault("%s is nothing that Ringup needs", name)
	}
	return true
}

// line takes ESC Q A text CR, and B for the lower line.
func (g *glass) line(c []byte) bool {
	if c[len(c)-1] != '\r' {
		return false
	}
	g.text = true
	text := c[3 : len(c)-1]
	switch {
	case c[2] != 'A' && c[2] != 'B':
		g.fault("unknown % x", c)
	case len(text) > Columns:
		g.fault("%d characters on a line", len(text))
	default:
		y := int(c[2] - 'A')
		g.empty(y)
		copy(g.grid[y][:], text)
		for _, b := range text {
			if b < ' ' {
				g.fault("% x in a text", b)
			}
		}
	}
	g.commands = append(g.commands, "ESC Q "+string(rune(c[2])))
	return true
}

func (g *glass) single(b byte) {
	switch {
	case b == 0x0c:
		g.commands = append(g.commands, "CLR")
		g.text = false
		g.blank()
	case b == '\r' && g.kind == "cd5220":
		g.x = 0
	case b < ' ':
		g.fault("control %02x", b)
	case g.text:
		g.fault("%q outside a line in string mode", b)
	default:
		g.put(b)
	}
}

// put writes a character and moves the cursor as the mode says.
func (g *glass) put(b byte) {
	if g.y == Rows { // vertical scroll: the line was full
		g.grid[0] = g.grid[1]
		g.empty(1)
		g.x, g.y = 0, 1
	}
	g.grid[g.y][g.x] = b
	g.x++
	if g.x < Columns {
		return
	}
	switch {
	case g.mode == 3:
		copy(g.grid[g.y][:], g.grid[g.y][1:])
		g.x = Columns - 1
	case g.y == 0 || g.mode == 2:
		g.x, g.y = 0, g.y+1
	default:
		g.x, g.y = 0, 0
	}
}

// shows is what a person reads, in the display's page.
func (g *glass) shows() string {
	top, bottom := g.lines()
	return strings.TrimSpace(top) + "|" + strings.TrimSpace(bottom)
}
