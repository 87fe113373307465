package raster

import (
	"slices"
	"strings"
	"testing"
)

// TestTextStandsInItsOrder writes texts as they stand on paper: small letters
// run from the left, and Hebrew's first letters from the right.
func TestTextStandsInItsOrder(t *testing.T) {
	for text, want := range map[string]string{
		"tea 12":           "tea 12",
		"12":               "12",
		"":                 "",
		"אב":               "בא",
		"אב 12":            "12 בא",
		"אב (12) גד":       "דג (12) בא",
		"אב cola 5 גד":     "דג cola 5 בא",
		"tea אב":           "tea בא",
		"tea אב גד cup":    "tea דג בא cup",
		"tea אב 12 גד x":   "tea דג 12 בא x",
		"tea אב 12":        "tea 12 בא",
		"tea אב 50% off":   "tea 50% בא off",
		"tea (אב) x":       "tea (בא) x",
		"tea אב (12) x":    "tea (12) בא x",
		"tea אב, x":        "tea בא, x",
		"אב: 1.5 x":        "x 1.5 :בא",
		"a אב b גד c":      "a בא b דג c",
		"א\u2029ב":         "ב\u2029א",
		"tea אב גד, 3: הו": "tea וה :3 ,דג בא",
	} {
		runes := []rune(text)
		var got strings.Builder
		for _, s := range visual(runes) {
			part := slices.Clone(runes[s.from:s.to])
			if s.rtl {
				slices.Reverse(part)
				for i := range part {
					part[i] = mirrored(part[i])
				}
			}
			got.WriteString(string(part))
		}
		if got.String() != want {
			t.Errorf("%q stands as %q, want %q", text, got.String(), want)
		}
	}
}
