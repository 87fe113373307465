package assets

import "embed"

// Icons are Ringup's own drawings: one SVG a picture, black strokes (#000000)
// on nothing, for a face to colour.
//
//go:embed icons/*.svg
var Icons embed.FS
