package desktop

import (
	"image/color"

	"ringup/ui/till"
)

// look is every colour of the window, once for light and once for dark rooms.
// State colours come in pairs, strong on soft; a test keeps each text readable
// on each ground it stands on.
type look struct {
	bg, card, ink, muted, line color.NRGBA
	key, keyLine               color.NRGBA
	accent, onAccent, soft     color.NRGBA
	paid, paidSoft             color.NRGBA
	wait, waitSoft             color.NRGBA
	no, noSoft                 color.NRGBA
	hold, holdSoft             color.NRGBA
	train, onTrain, trainSoft  color.NRGBA

	scale func() float32 // pixels of the screen in a unit; nil: one
}

// pixels is how many pixels of the screen a unit has.
func (l *look) pixels() float32 {
	if l.scale == nil {
		return 1
	}
	return l.scale()
}

var lightLook = look{
	bg: rgb(0xF5F4F0), card: rgb(0xFFFFFF), ink: rgb(0x1A2024), muted: rgb(0x5B6770), line: rgb(0xE2E0DA),
	key: rgb(0xFFFFFF), keyLine: rgb(0xDAD7D0),
	accent: rgb(0x0B6B6B), onAccent: rgb(0xFFFFFF), soft: rgb(0xE3F0EF),
	paid: rgb(0x14763B), paidSoft: rgb(0xE2F3E7),
	wait: rgb(0x8A5A00), waitSoft: rgb(0xFFF2D1),
	no: rgb(0xB3261E), noSoft: rgb(0xFBE7E5),
	hold: rgb(0x8F3D00), holdSoft: rgb(0xFFE9D6),
	train: rgb(0x5B4BB7), onTrain: rgb(0xFFFFFF), trainSoft: rgb(0xECE9FB),
}

var darkLook = look{
	bg: rgb(0x13181B), card: rgb(0x1C2327), ink: rgb(0xEEF2F3), muted: rgb(0x9BA8B0), line: rgb(0x2B343A),
	key: rgb(0x232C31), keyLine: rgb(0x323D44),
	accent: rgb(0x4FC3BA), onAccent: rgb(0x06211F), soft: rgb(0x17332F),
	paid: rgb(0x5BD08A), paidSoft: rgb(0x163524),
	wait: rgb(0xF0B84B), waitSoft: rgb(0x3A2D10),
	no: rgb(0xFF8A80), noSoft: rgb(0x3D1C19),
	hold: rgb(0xFFA25C), holdSoft: rgb(0x3D2413),
	train: rgb(0xA99CFF), onTrain: rgb(0x1C2327), trainSoft: rgb(0x272341),
}

var (
	paper    = rgb(0xFFFFFF) // of slips and QR codes, in dark rooms too
	paperInk = rgb(0x111111)
	fadedInk = color.NRGBA{0, 0, 0, 30} // of shadows
	nothing  = color.NRGBA{}
)

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 0xFF}
}

// mix is a with so much of b laid over it, 0 to 1.
func mix(a, b color.NRGBA, much float32) color.NRGBA {
	part := func(x, y uint8) uint8 { return uint8(float32(x) + (float32(y)-float32(x))*much + 0.5) }
	return color.NRGBA{part(a.R, b.R), part(a.G, b.G), part(a.B, b.B), 0xFF}
}

// faceStyle is how a face looks: strong colour, soft ground, icon.
type faceStyle struct {
	strong, soft color.NRGBA
	icon         string
}

func (l *look) face(f till.Face) faceStyle {
	switch f {
	case till.FacePaid:
		return faceStyle{l.paid, l.paidSoft, "face-paid"}
	case till.FaceNotPaid:
		return faceStyle{l.no, l.noSoft, "face-not-paid"}
	case till.FaceWaiting:
		return faceStyle{l.wait, l.waitSoft, "face-sending"}
	case till.FaceFinding:
		return faceStyle{l.hold, l.holdSoft, "face-hold"}
	case till.FaceCancelling:
		return faceStyle{l.hold, l.holdSoft, "face-cancelling"}
	case till.FaceCancelled:
		return faceStyle{l.muted, l.card, "face-cancelled"}
	case till.FaceDecide:
		return faceStyle{l.hold, l.holdSoft, "face-decide"}
	case till.FaceLocked:
		return faceStyle{l.no, l.noSoft, "face-locked"}
	default: // FaceSending
		return faceStyle{l.accent, l.soft, "face-sending"}
	}
}
