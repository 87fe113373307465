package alipay

import (
	"bytes"
	"io"
)

// QuietLog passes on what the standard logger writes, except the one line in
// which net/http prints an answer that came unasked, whole and unmasked.
func QuietLog(w io.Writer) io.Writer { return quietLog{w} }

type quietLog struct{ w io.Writer }

var unsolicited = []byte("Unsolicited response received on idle HTTP channel")

func (q quietLog) Write(line []byte) (int, error) {
	if i := bytes.Index(line, unsolicited); i >= 0 {
		_, err := q.w.Write(append(append([]byte(nil), line[:i+len(unsolicited)]...), '\n'))
		return len(line), err
	}
	return q.w.Write(line)
}
