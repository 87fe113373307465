// Package assets holds what Ringup carries inside itself: the texts of every
// language, fonts, icons and sounds. It knows nobody.
package assets

import "embed"

// Languages holds one JSON file a language: a flat object from a phrase's key
// to its text.
//
//go:embed languages/*.json
var Languages embed.FS
