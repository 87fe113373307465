// Package assets holds what Ringup carries inside itself: the texts of every
// language, fonts, icons and sounds. It knows nobody.
package assets

import "embed"

// Languages holds one JSON file a language: a flat object from a phrase's key
// to its text.
//
//go:embed languages/*.json
var Languages embed.FS

// SlipLanguages holds the texts of slips alone, for the languages that only
// slips come in: a file each, with the keys that begin "slip.".
//
//go:embed languages/slips/*.json
var SlipLanguages embed.FS
