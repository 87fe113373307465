package phrases

import (
	"slices"

	"ringup/assets"
)

const slipFolder = "languages/slips"

// SlipLanguages lists the languages that slips can be in, by their BCP 47 tags,
// sorted: those of the program, and more that have the texts of slips only.
func SlipLanguages() []string {
	tags := append(Languages(), list(assets.SlipLanguages, slipFolder)...)
	slices.Sort(tags)
	return slices.Compact(tags)
}

// OpenSlip is the book of a language for slips, or of the nearest one that
// exists: "zh-HK" opens zh-Hant, "th_TH" opens th, what is unknown opens
// English. Only its keys that begin "slip." are sure to be there. The error is
// only for a language file that can't be read.
func OpenSlip(tag string) (*Book, error) {
	tag = nearest(tag, SlipLanguages())
	if slices.Contains(Languages(), tag) {
		return Open(tag)
	}
	return read(assets.SlipLanguages, slipFolder+"/", tag)
}
