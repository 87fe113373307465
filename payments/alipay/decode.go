package alipay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

var (
	errNotUTF8   = errors.New("not UTF-8")
	errNotObject = errors.New("not a JSON object")
	errDuplicate = errors.New("a name stands twice in one object")
)

// Decode reads one JSON object and nothing behind it; both sides of the wire
// read bodies with it. What two readers could
// understand in two ways is refused: invalid UTF-8, and a name that stands
// twice in one object, in whatever case, since encoding/json matches names
// without regard to case and lets the last one win.
func Decode(raw []byte, into any) error {
	if !utf8.Valid(raw) {
		return errNotUTF8
	}
	if err := checkNames(raw); err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

func checkNames(raw []byte) error {
	if trimmed := bytes.TrimLeft(raw, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return errNotObject
	}
	// names holds one set for each object that is open, nil for a list.
	var names []map[string]bool
	wantName := false
	tokens := json.NewDecoder(bytes.NewReader(raw))
	tokens.UseNumber()
	for {
		token, err := tokens.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case json.Delim:
			switch t {
			case '{':
				names = append(names, map[string]bool{})
			case '[':
				names = append(names, nil)
			default:
				names = names[:len(names)-1]
			}
		case string:
			if wantName {
				name := strings.ToLower(strings.ToUpper(t)) // as encoding/json folds
				if open := names[len(names)-1]; open[name] {
					return fmt.Errorf("%w: %.40q", errDuplicate, t)
				} else {
					open[name] = true
				}
				wantName = false
				continue
			}
		}
		wantName = len(names) > 0 && names[len(names)-1] != nil
	}
}
