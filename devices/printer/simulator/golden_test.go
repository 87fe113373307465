package simulator

import (
	"bytes"
	"flag"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden picture anew")

// everything is a slip with all that a head can draw.
func everything() []byte {
	wedge := make([]byte, 0, 24*24*3)
	for x := range 72 {
		bits := uint32(1)<<(x%24+1) - 1
		wedge = append(wedge, byte(bits>>16), byte(bits>>8), byte(bits))
	}
	var stripes []byte
	for y := range 16 {
		stripes = append(stripes, bytes.Repeat([]byte{[]byte{0xf0, 0xff, 0x0f, 0x81}[y/4]}, 9)...)
	}
	const number, link = "{C\x5a\x0c\x22\x38\x4e", "https://example.com/s/9012"
	return bytesOf(
		0x1b, "@", 0x1b, "a", 1, 0x1d, "!", 0x11, 0xba, 0xcf, 0xbc, 0xc6, " Total\n", 0x1d, "!", 0,
		0x1b, "E", 1, "bold ", 0x1b, "E", 0, 0x1b, "-", 2, "underlined", 0x1b, "-", 0, " ", 0x1d, "B", 1, " inverse ", 0x1d, "B", 0, "\n",
		0x1b, "a", 0, "left", 0x1b, "$", 0xe8, 1, 0xa3, 0xa4, "12.50\n",
		0x1b, "M", 1, "font B, and four-byte: ", 0x1b, "M", 0, 0x81, 0x30, 0x84, 0x36, "\n",
		0x1c, ".", 0x1b, "t", 2, "caf", 0x82, 0x1c, "& ", 0x1d, "!", 0x70, "W", 0x1d, "!", 0x03, "H", 0x1d, "!", 0, "\n",
		0x1b, "3", 60, "sixty dots\n", "from here\n", 0x1b, "2",
		0x1b, "*", 33, 72, 0, wedge, " columns\n",
		0x1b, "a", 2, 0x1d, "v0", 0, 9, 0, 16, 0, stripes,
		0x1b, "a", 0, 0x1d, "v0", 3, 9, 0, 16, 0, stripes,
		0x1d, "(L", 10+16*9, 0, 48, 112, 48, 2, 1, 49, 68, 0, 16, 0, stripes, 0x1b, "a", 1, 0x1d, "(L", 2, 0, 48, 50,
		0x1b, "J", 20,
		0x1d, "(k", 3, 0, "1C", 5, 0x1d, "(k", 3, 0, "1E1", 0x1d, "(k", len(link)+3, 0, "1P0", link, printTheQR,
		0x1b, "d", 1, 0x1d, "h", 70, 0x1d, "w", 2, 0x1d, "H", 2, 0x1d, "kI", len(number), number,
		0x1d, "L", 96, 0, 0x1d, "W", 0xc0, 0, 0x1b, "a", 0, strings.Repeat("wraps ", 5), "\n",
		0x1b, "p", 0, 25, 250, cutAfterFeed,
	)
}

func TestThePaperLooksAsItDid(t *testing.T) {
	const golden = "testdata/everything.png"
	paper, misprints := Decode(everything(), Head{})
	if len(misprints) != 2 || !strings.Contains(misprints[0].Reason, "four-byte") {
		t.Errorf("%v", misprints)
	}
	if len(paper.Slips) != 1 || paper.Slips[0].Cut != Partial {
		t.Fatalf("%v", paper.Slips)
	}
	sheet := paper.Slips[0].Picture.Sheet()
	var made bytes.Buffer
	if err := sheet.PNG(&made); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, made.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := png.Decode(bytes.NewReader(read(t, golden)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(&made)
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds() != want.Bounds() {
		t.Fatalf("%v, want %v", got.Bounds(), want.Bounds())
	}
	different := 0
	for y := range got.Bounds().Dy() {
		for x := range got.Bounds().Dx() {
			if got.At(x, y) != want.At(x, y) {
				different++
			}
		}
	}
	if different > 0 {
		t.Errorf("%d dots differ from %s", different, golden)
	}
}

// TestZbarReadsThePaper is another program's view of the whole slip.
func TestZbarReadsThePaper(t *testing.T) {
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		if runtime.GOOS == "linux" {
			t.Fatalf("assets/linux/setup.sh installs it: %v", err)
		}
		t.Skip("zbar is used on Linux only")
	}
	for _, c := range []struct {
		name string
		job  []byte
		head Head
		want []string
	}{
		{"everything", everything(), Head{}, []string{"CODE-128:9012345678", "QR-Code:https://example.com/s/9012"}},
		{"receiptline", read(t, "testdata/receiptline-58-gb18030.bin"), Head{Dots: 384}, []string{"CODE-128:9012345678", "QR-Code:https://example.com/s/9012"}},
		{"receipt-printer-encoder", read(t, "testdata/receipt-printer-encoder.bin"), Head{Script: Western}, []string{"CODE-128:9012345678", "QR-Code:https://example.com/s/9012"}},
		{"node-thermal-printer", read(t, "testdata/node-thermal-printer.bin"), Head{}, []string{"QR-Code:https://example.com/s/9012"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			paper, _ := Decode(c.job, c.head)
			file, err := os.Create(filepath.Join(t.TempDir(), "slip.png"))
			if err != nil {
				t.Fatal(err)
			}
			if err := paper.Slips[0].Picture.Sheet().PNG(file); err != nil {
				t.Fatal(err)
			}
			_ = file.Close()
			out, err := exec.Command(zbar, "-q", file.Name()).Output()
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(string(out), want+"\n") {
					t.Errorf("read %q, want %q", out, want)
				}
			}
		})
	}
}
