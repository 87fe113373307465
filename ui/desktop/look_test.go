package desktop

import (
	"image/color"
	"math"
	"testing"

	"ringup/ui/till"
)

// Contrast is WCAG 2's: text needs 4.5 to 1, shapes that mean something 3 to 1.
func TestEveryTextAndShapeIsReadable(t *testing.T) {
	for name, l := range map[string]*look{"light": &lightLook, "dark": &darkLook} {
		text := map[string][2]color.NRGBA{
			"ink on card": {l.ink, l.card}, "ink on key": {l.ink, l.key}, "ink on ground": {l.ink, l.bg},
			"muted on card": {l.muted, l.card}, "muted on ground": {l.muted, l.bg}, "muted on key": {l.muted, l.key},
			"muted on a button that is off": {l.muted, l.bg},
			"ink on the chosen row":         {l.ink, l.soft}, "accent on soft": {l.accent, l.soft}, "accent on key": {l.accent, l.key},
			"main button": {l.onAccent, l.accent}, "training button": {l.onTrain, l.train}, "training pill": {l.train, l.trainSoft},
			"ink on the phone": {l.ink, l.trainSoft}, "badge": {l.card, l.hold}, "error on card": {l.no, l.card},
			"key on the main button":     {mix(l.accent, l.onAccent, 0.85), l.accent},
			"key on the training button": {mix(l.train, l.onTrain, 0.85), l.train},
		}
		shapes := map[string][2]color.NRGBA{
			"bar": {mix(l.card, l.accent, 0.9), l.card}, "lamp on": {l.paid, l.card}, "lamp off": {l.no, l.card},
			"phone's frame": {l.train, l.bg}, "chosen chip": {l.accent, l.card}, "slip": {paperInk, paper},
		}
		for _, f := range []till.Face{till.FaceSending, till.FaceWaiting, till.FacePaid, till.FaceNotPaid, till.FaceFinding, till.FaceCancelling, till.FaceCancelled, till.FaceDecide, till.FaceLocked} {
			s := l.face(f)
			text[string(f)+" title"] = [2]color.NRGBA{s.strong, s.soft}
			text[string(f)+" detail"] = [2]color.NRGBA{l.muted, s.soft}
			text[string(f)+" amount"] = [2]color.NRGBA{l.ink, s.soft}
		}
		for what, pair := range text {
			if c := contrast(pair[0], pair[1]); c < 4.5 {
				t.Errorf("%s: %s has %.2f to 1", name, what, c)
			}
		}
		for what, pair := range shapes {
			if c := contrast(pair[0], pair[1]); c < 3 {
				t.Errorf("%s: %s has %.2f to 1", name, what, c)
			}
		}
	}
}

func contrast(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func luminance(c color.NRGBA) float64 {
	part := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}
