package alipay

import (
	"log"
	"strings"
	"testing"
)

func TestAnUnaskedAnswerIsNotPrinted(t *testing.T) {
	var out strings.Builder
	l := log.New(QuietLog(&out), "", log.LstdFlags)
	l.Printf("Unsolicited response received on idle HTTP channel starting with %q; err=%v", `{"pspCustomerId":"2088000000000000"}`, nil)
	l.Print("Error in Fyne call thread")
	if strings.Contains(out.String(), "2088") || !strings.Contains(out.String(), "Unsolicited") || !strings.Contains(out.String(), "Fyne") {
		t.Errorf("wrote %q", out.String())
	}
}
