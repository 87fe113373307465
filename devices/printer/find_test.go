package printer

import "testing"

func TestDeviceName(t *testing.T) {
	for id, want := range map[string]string{
		"MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;CLS:PRINTER;DES:EPSON TM-T20II;\n": "EPSON TM-T20II",
		"MANUFACTURER: Xprinter ;MODEL: XP-58 ;":                               "Xprinter XP-58",
		"mfg:EPSON;mdl:EPSON TM-m30;":                                          "EPSON TM-m30",
		"MDL:POS58":                                                            "POS58",
		"MFG:\x1b[2J\tEPSON;MDL:TM\x00T20;":                                    "[2J EPSON TM T20",
		"":                                                                     "",
		";;:;MFG;":                                                             "",
	} {
		if got := deviceName(id); got != want {
			t.Errorf("%q is %q, want %q", id, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	found, err := Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if _, err := Open(f.Link); err != nil {
			t.Errorf("found %+v, which can't be opened: %v", f, err)
		}
	}
}
