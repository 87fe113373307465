// Package display writes to pole displays: the two lines of twenty characters
// that face the customer, on a serial line.
package display

import "context"

// Columns and Rows are what a pole display shows.
const (
	Columns = 20
	Rows    = 2
)

// Display is one pole display.
type Display interface {
	// Show writes both lines, the top one from the left and the bottom one at
	// the right edge; what the display can't write is left out or transcribed.
	// It returns when the display has been sent all of it.
	Show(ctx context.Context, top, bottom string) error
	// Clear empties it.
	Clear(ctx context.Context) error
	// Link is the link as it was opened.
	Link() string
}
