package settlement

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	// longest is the most bytes of a line, and of one whose quoted cells hold
	// line ends.
	longest = 64 << 10
	// spread is over how many lines of the file a quoted cell may go.
	spread = 32
	// end is the last line of every file.
	end = "<END>"
)

// lines cuts a file into lines and these into cells. encoding/csv is not used
// because there one quote that is never closed takes all the rest of the file
// into its cell: here it costs the line that it stands in.
type lines struct {
	in    *bufio.Reader
	n     int        // lines of the file that were read
	ahead []physical // read, and to be given again
	cells []string   // of the last record; used again
}

// physical is a line of the file without its line end.
type physical struct {
	n    int
	text string
	long bool // it was longer than longest, and text is empty
}

// newLines begins behind the byte order mark, if there is one.
func newLines(r io.Reader) (*lines, error) {
	const mark = "\ufeff"
	l := &lines{in: bufio.NewReaderSize(r, longest)}
	first, err := l.in.Peek(len(mark))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read: %w", err)
	}
	if string(first) == mark {
		_, err = l.in.Discard(len(mark))
		return l, err
	}
	return l, nil
}

// physical is the next line of the file; io.EOF after the last.
func (l *lines) physical() (physical, error) {
	if len(l.ahead) > 0 {
		p := l.ahead[0]
		l.ahead = l.ahead[1:]
		return p, nil
	}
	part, err := l.in.ReadSlice('\n')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF) {
		return physical{}, fmt.Errorf("read: %w", err)
	}
	if errors.Is(err, io.EOF) && len(part) == 0 {
		return physical{}, io.EOF
	}
	l.n++
	p := physical{n: l.n}
	for errors.Is(err, bufio.ErrBufferFull) {
		p.long = true
		_, err = l.in.ReadSlice('\n')
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return physical{}, fmt.Errorf("read: %w", err)
	}
	if !p.long {
		p.text = strings.TrimSuffix(strings.TrimSuffix(string(part), "\n"), "\r")
	}
	return p, nil
}

// record is the cells of the next line that is not empty, and the number of
// the line that it begins in. A LineError leaves the lines after it to be
// read; the <END> line is the only cell of its record. The cells are good until
// the next call.
func (l *lines) record() (n int, cells []string, err error) {
	var p physical
	for {
		if p, err = l.physical(); err != nil {
			return 0, nil, err
		}
		if p.long || strings.TrimSpace(p.text) != "" {
			break
		}
	}
	if p.long {
		return p.n, nil, &LineError{Line: p.n, Fault: FaultLength}
	}
	if ends(p.text) {
		return p.n, []string{end}, nil
	}
	cells, open, ok := split(p.text, l.cells[:0])
	if open {
		var joined string
		if joined, ok, err = l.join(p); err != nil {
			return 0, nil, err
		}
		if ok {
			cells, _, ok = split(joined, l.cells[:0])
		}
		p.text = joined
	}
	l.cells = cells
	if !ok {
		return p.n, nil, &LineError{Line: p.n, Fault: FaultQuotes}
	}
	if !utf8.ValidString(p.text) {
		return p.n, nil, &LineError{Line: p.n, Fault: FaultText}
	}
	return p.n, cells, nil
}

// join puts the lines that follow behind first until its quotes are closed. If
// they never are, the lines will be read again, each for itself.
func (l *lines) join(first physical) (string, bool, error) {
	var took []physical
	joined := first.text
	for len(took) < spread {
		p, err := l.physical()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", false, err
		}
		took = append(took, p)
		if p.long || ends(p.text) || len(joined)+1+len(p.text) > longest {
			break
		}
		joined += "\n" + p.text
		if strings.Contains(p.text, `"`) {
			if _, open, ok := split(joined, nil); !open {
				if ok {
					return joined, true, nil
				}
				break
			}
		}
	}
	l.ahead = append(took, l.ahead...)
	return "", false, nil
}

// ends reports whether a line is the file's last: <END>, perhaps quoted, and
// with empty cells behind it where a spreadsheet has filled the line up.
func ends(line string) bool {
	if !strings.Contains(line, end) {
		return false
	}
	return strings.Trim(line, "\" ,\t") == end
}

// split cuts a line into its cells, without the spaces around them (RFC 4180,
// section 2). open says that a quote is not closed at the end, ok that the
// line was well made.
func split(line string, cells []string) (_ []string, open, ok bool) {
	for {
		rest := strings.TrimLeft(line, " \t")
		if !strings.HasPrefix(rest, `"`) {
			cell, after, more := strings.Cut(line, ",")
			if strings.Contains(cell, `"`) {
				return cells, false, false
			}
			cells = append(cells, strings.TrimSpace(cell))
			if !more {
				return cells, false, true
			}
			line = after
			continue
		}
		rest = rest[1:]
		doubled := false
		at := 0
		for {
			next := strings.IndexByte(rest[at:], '"')
			if next < 0 {
				return cells, true, false
			}
			at += next
			if at+1 < len(rest) && rest[at+1] == '"' {
				doubled, at = true, at+2
				continue
			}
			break
		}
		cell := rest[:at]
		if doubled {
			cell = strings.ReplaceAll(cell, `""`, `"`)
		}
		cells = append(cells, strings.TrimSpace(cell))
		after := strings.TrimLeft(rest[at+1:], " \t")
		if after == "" {
			return cells, false, true
		}
		if after[0] != ',' {
			return cells, false, false
		}
		line = after[1:]
	}
}
