package printer

import (
	"errors"
	"fmt"
)

// Problem is what keeps a printer from printing, as a word that never changes.
// It is an error itself: errors.Is(err, printer.PaperOut) asks for it in what
// Send returns.
type Problem string

// The problems.
const (
	Offline     Problem = "offline"      // it says so and not why, or feeds by its button, or is paused
	CoverOpen   Problem = "cover_open"   //
	PaperOut    Problem = "paper_out"    //
	NearEnd     Problem = "near_end"     // the only one that doesn't keep it from printing
	CutterError Problem = "cutter_error" //
	HotHead     Problem = "hot_head"     // it rests, and goes on by itself
	Fault       Problem = "fault"        // an error that only switching it off may mend
	Unplugged   Problem = "unplugged"    // it was there, and its device is gone
	Unreachable Problem = "unreachable"  // no such device, host, port or queue now
	Denied      Problem = "denied"       // this user may not use the device: see Error.Group
	Busy        Problem = "busy"         // another program or till has it
	Stuck       Problem = "stuck"        // it stopped taking the job in, until time was up
	Cut         Problem = "cut"          // the link broke in the middle of the job
)

func (p Problem) Error() string { return "printer: " + string(p) }

// Stops tells whether it keeps the printer from printing.
func (p Problem) Stops() bool { return p != "" && p != NearEnd }

// Severity is how much a problem matters, for whoever colours it.
type Severity string

// The severities.
const (
	Good     Severity = "good"  // no problem
	LookAtIt Severity = "look"  // it prints, or will by itself, and someone should look at it
	Stopped  Severity = "stops" // nothing is printed until someone does something
)

// Severity is how much it matters. It never means that a payment has to wait.
func (p Problem) Severity() Severity {
	switch p {
	case "":
		return Good
	case NearEnd, HotHead, Busy:
		return LookAtIt
	}
	return Stopped
}

// Error is why a job was not printed, or not certainly.
type Error struct {
	Problem Problem
	Link    string
	// Begun says that bytes of the job have left: some of it, or all, may be on
	// paper. Without it nothing was printed and sending again is safe.
	Begun bool
	// Group, when Denied, is the group of users who may use the device: joining
	// it mends that. "" where there is none.
	Group string
	Err   error // what the system said, if it said anything
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %s", e.Link, string(e.Problem))
	if e.Begun {
		text += " after the job had begun"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap is the problem and what the system said.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Problem}
	}
	return []error{e.Problem, e.Err}
}

// What can be wrong with a link's text. Open returns them in a *LinkError.
var (
	ErrUnknownLink = errors.New("not a link that is known (tcp, serial, usb, spool, cups, file)")
	ErrNotHere     = errors.New("this system has no such links")
	ErrNoAddress   = errors.New("no address after the kind")
	ErrBadPort     = errors.New("not a port number (1 to 65535)")
	ErrBadBaud     = errors.New("not a speed in baud")
	ErrBadOption   = errors.New("not an option of this link")
)

// LinkError is a link that can't be used as it is written.
type LinkError struct {
	Link string
	Err  error // one of those above, with the part that is wrong
}

func (e *LinkError) Error() string { return fmt.Sprintf("printer %q: %v", e.Link, e.Err) }
func (e *LinkError) Unwrap() error { return e.Err }
